"""However somebody uses the engine, the journal of it replays to the same bytes."""

import tempfile
from pathlib import Path

import anyio
import anyio.lowlevel
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import Engine
from opsconsole.engine.journal import read_journal
from opsconsole.engine.replay import replay, resume
from opsconsole.fleet import load_fleet
from tests.engine.wall import FakeClock

COMMANDS = [
    "az:outage us-east-1a for=10m",
    "az:partition us-east-1b direction=to for=3m",
    "az:slowdown us-east-1c latency=50ms for=5m",
    "rds:failover-db-cluster orders",
    "rds:reboot-db-instance orders-2",
    "sim:crash-instance orders-1",
    "sim:crash-host orders-3",
    "app:set-rate checkout writes=900/s",
    "heal all",
    "mark here",
]
ACTIONS = st.one_of(
    st.tuples(st.just("turns"), st.integers(1, 30)),
    st.tuples(st.just("ask"), st.integers(0, len(COMMANDS) - 1)),
    st.tuples(st.just("speed"), st.sampled_from([0.1, 1.0, 7.3, 60.0, 3600.0])),
    st.tuples(st.just("run"), st.integers(0, 2_000_000_000)),
    st.sampled_from([("pause", 0), ("resume", 0), ("step", 0), ("release", 0), ("brake", 0)]),
)


async def use(engine: Engine, actions: list[tuple[str, int | float]]) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(engine.run)
        for action, number in actions:
            match action:
                case "ask":
                    engine.ask(parse(COMMANDS[int(number)]))
                case "speed":
                    engine.set_speed(number)
                case "run":
                    engine.run_to(engine.now_us + int(number))
                case "pause":
                    engine.pause()
                case "resume":
                    engine.resume()
                case "step":
                    engine.step()
                case "release":
                    engine.release_brake()
                case "brake":
                    engine.brake = not engine.brake
            for _turn in range(int(number) if action == "turns" else 3):
                await anyio.lowlevel.checkpoint()
        engine.stop()


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=25), st.floats(0.00001, 0.01), st.lists(ACTIONS, max_size=10))
def test_however_it_is_used_its_journal_replays_to_the_same_bytes(
    actions: list[tuple[str, int | float]], cost_s: float, later: list[tuple[str, int | float]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.journal"
        session = begin(load_fleet("aurora_mysql"), seed=11, journal=path)
        engine = Engine(session, clock=FakeClock(cost_s))
        engine.listen(lambda: None, every_s=0.25)
        anyio.run(use, engine, actions)
        again = replay(read_journal(path))
        assert (again.now_us, again.cloud.log.digest) == (session.now_us, session.cloud.log.digest)

        resumed = resume(path)
        engine = Engine(resumed, clock=FakeClock(cost_s), speed=30.0, paused=True)
        anyio.run(use, engine, later)
        again = replay(read_journal(path))
        assert (again.now_us, again.cloud.log.digest) == (resumed.now_us, resumed.cloud.log.digest)
