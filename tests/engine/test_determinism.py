"""The same fleet, seed and commands write the same bytes: whatever the speed, the slicing, who looks, and on what.

All shipped fleets under random storms. ``OPSCONSOLE_STORMS=50`` plays so many of each fleet instead of one;
``OPSCONSOLE_PYTHONS=python3.12:/opt/python3.13/bin/python`` names other Pythons that have the dependencies.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from opsconsole.commands import parse, registry
from opsconsole.engine.engine import Engine
from opsconsole.engine.journal import read_journal
from opsconsole.engine.replay import replay
from opsconsole.fleet import shipped_fleets
from tests.console.test_views import everything
from tests.engine.storms import Bytes, Storm, plan_of, reordered, session_of, storm, written
from tests.engine.test_engine import running, until
from tests.engine.wall import FakeClock
from tests.swarm.looks import look
from tests.swarm.scripts import Author

STORMS = int(os.environ.get("OPSCONSOLE_STORMS", "1"))
FLEETS = sorted(shipped_fleets())
CASES = [(fleet, seed) for seed in range(1, STORMS + 1) for fleet in FLEETS]

played = cache(storm)


async def at_speed(engine: Engine, one: Storm, chance: random.Random) -> None:
    """Nobody touches it."""
    await until(lambda: engine.paused)


async def with_pauses(engine: Engine, one: Storm, chance: random.Random) -> None:
    """Pauses, other speeds, steps and journeys at any time."""
    for _turn in range(60):
        for _ in range(chance.randrange(6)):
            await anyio.lowlevel.checkpoint()
        if engine.stop_us is None:
            return
        match chance.randrange(7):
            case 0:
                engine.pause()
            case 1:
                engine.set_speed(chance.choice((0.1, 1.0, 60.0, 3600.0)))
            case 2:
                await engine.step().wait()
            case 3:
                engine.run_to(engine.now_us + chance.randrange(60_000_000))
            case 4:
                engine.brake = not engine.brake
                engine.release_brake()
            case _:
                engine.resume()
    engine.brake = False
    engine.run_to(one.end_us)
    await until(lambda: engine.stop_us is None)


async def with_a_slow_reader(engine: Engine, one: Storm, chance: random.Random) -> None:
    """Somebody who reads a row now and then."""
    reader = engine.reader()
    while not engine.paused:
        reader.read(most=1)
        for _ in range(chance.randrange(30)):
            await anyio.lowlevel.checkpoint()


async def with_looks(engine: Engine, one: Storm, chance: random.Random) -> None:
    """Every view of everything, describe-*, metrics, alarms, traces, previews: at any instant."""
    cloud = engine.session.cloud
    author = Author(chance, plan_of(cloud), weights=dict.fromkeys(registry(), 1.0))
    looked = 0

    def listen() -> None:
        nonlocal looked
        if looked < 40 and chance.random() < 0.3:
            looked += 1
            look(cloud, chance, author)
            if looked % 8 == 0:
                for _ in everything(cloud, chance.choice((44, 80, 160)), chance.random() < 0.5):
                    pass

    engine.listen(listen, every_s=one.end_us / 1_000_000 / engine.speed / 100)
    await until(lambda: engine.paused)
    assert looked > 5


Way = Callable[[Engine, Storm, random.Random], Awaitable[None]]
WAYS: dict[str, tuple[float, Way]] = {
    "1x": (1.0, at_speed),
    "60x": (60.0, at_speed),
    "3600x": (3600.0, at_speed),
    "pauses": (60.0, with_pauses),
    "slow reader": (60.0, with_a_slow_reader),
    "looks": (600.0, with_looks),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("fleet", "seed"), CASES)
async def test_an_engine_writes_what_a_headless_run_writes(fleet: str, seed: int, way: str) -> None:
    one, lines = played(fleet, seed)
    speed, use = WAYS[way]
    log, chance = Bytes(), random.Random(f"{fleet} {seed} {way}")
    session = session_of(one, log)
    brake = way == "pauses"
    engine = Engine(session, speed=speed, brake=brake, stop_us=one.end_us, clock=FakeClock(chance.choice((1e-6, 1e-4))))
    async with running(engine):
        await use(engine, one, chance)
    assert session.now_us == one.end_us
    assert log.lines == lines


@pytest.mark.parametrize(("fleet", "seed"), CASES)
async def test_asked_by_hand_and_replayed_it_is_the_same_too(fleet: str, seed: int, tmp_path: Path) -> None:
    one, lines = played(fleet, seed)
    log, again, path = Bytes(), Bytes(), tmp_path / "a.journal"
    session = session_of(one, log, journal=path)
    session.forget_script()
    engine = Engine(session, speed=60.0, paused=True, brake=False, clock=FakeClock())
    async with running(engine):
        for t, line in one.asked:
            await engine.run_to(t).wait()
            engine.ask(parse(line))
        await engine.run_to(one.end_us).wait()
    assert log.lines == lines
    replay(read_journal(path), again.attach)
    assert again.lines == lines


@pytest.mark.parametrize(("fleet", "seed"), CASES)
def test_the_order_of_tables_in_the_file_changes_no_byte(fleet: str, seed: int) -> None:
    one, lines = played(fleet, seed)
    other, log = reordered(one), Bytes()
    assert other.fleet != one.fleet
    session_of(other, log).run_until(other.end_us)
    assert log.lines == lines


def digests(python: str, **environment: str) -> list[str]:
    """What another process makes of all storms."""
    storms = [played(*case)[0] for case in CASES]
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [python, "-m", "tests.engine.storms"],
        input=written(storms),
        env={**os.environ, "PYTHONPATH": root, **environment},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.split()


def here() -> list[str]:
    found = []
    for case in CASES:
        log = Bytes()
        log.lines = played(*case)[1]
        found.append(log.digest)
    return found


def test_the_hash_seed_of_python_changes_no_byte() -> None:
    assert digests(sys.executable, PYTHONHASHSEED="1") == here()  # here it is another, drawn anew each time


PYTHONS = os.environ.get("OPSCONSOLE_PYTHONS", "python3.11:python3.12:python3.13:python3.14").split(":")


@pytest.mark.parametrize("python", PYTHONS)
def test_another_python_changes_no_byte(python: str) -> None:
    path = shutil.which(python)
    if path is None:
        pytest.skip(f"there is no {python}")
    needed = "import anyio, filelock, pydantic, tree_sitter, tree_sitter_toml, sys; print(sys.version_info[:2])"
    tried = subprocess.run(
        [path, "-c", needed], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""}
    )
    if tried.returncode:
        pytest.skip(f"{python}: {tried.stderr.strip().splitlines()[0]}")
    if tried.stdout.strip() == str(sys.version_info[:2]):
        pytest.skip(f"{python} is this one")
    assert digests(path) == here()
