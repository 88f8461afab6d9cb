"""Two consoles on one session: the second shows what the first does, and acts in it if it may."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.widgets._toast import Toast

from opsconsole.console.app import ConsoleOptions
from opsconsole.console.options import Sharing
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.scrubber import ScrubberScreen
from opsconsole.engine.begin import begin
from opsconsole.engine.journal import read_journal
from opsconsole.engine.replay import replay
from opsconsole.engine.sharing.attaching import attach
from opsconsole.engine.sharing.follower import WATCHING, Follower
from opsconsole.engine.sharing.meeting import running
from opsconsole.engine.sharing.messages import Role
from opsconsole.fleet import load_fleet
from tests.console.helpers_app import NARROW, PATIENCE_S, WIDE, Operator, Watched, operated, shown


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what it waits for comes out of a socket
            await asyncio.sleep(0.002)


@asynccontextmanager
async def two_consoles(
    tmp_path: Path, role: Role, size: tuple[int, int] = NARROW, **options: bool
) -> AsyncIterator[tuple[Watched, Operator, Watched, Operator]]:
    """A paused session in a wide terminal, recorded, and somebody attached to it in another one."""
    session = begin(load_fleet("aurora_mysql"), seed=3, journal=tmp_path / "a.journal", live=True)
    sharing = Sharing(tmp_path / "run", instructors=True)
    leader = Watched(session, ConsoleOptions(paused=True, keys_file=Path("no-such-file"), sharing=sharing))

    async def opening() -> Follower:
        (place,) = await running(sharing.folder)
        return await attach(place, role, "ana")

    watches = role is Role.WATCH
    asked = ConsoleOptions(
        keys_file=Path("no-such-file"), read_only=watches, why_read_only=WATCHING if watches else "", **options
    )
    follower = Watched(opening, asked)
    async with operated(leader, WIDE) as operator:
        await until(lambda: any(sharing.folder.glob("*.json")))
        async with operated(follower, size) as guest:
            await until(lambda: leader.desk.engine.company != "")
            await operator.pause()
            yield leader, operator, follower, guest


def same_bytes(leader: Watched, follower: Watched) -> bool:
    here, there = leader.desk.engine.session, follower.desk.engine.session
    same = here.last_seq == there.last_seq and here.now_us == there.now_us
    return same and here.cloud.log.digest == there.cloud.log.digest


def toasts(app: Watched) -> str:
    return "\n".join(str(toast.render()) for toast in app.screen.query(Toast))


async def run_to(app: Watched, seconds: int) -> None:
    app.desk.engine.run_to(seconds * 1_000_000)
    await until(lambda: app.desk.engine.now_us == seconds * 1_000_000)


async def test_what_the_operator_breaks_is_seen_in_the_second_terminal(tmp_path: Path) -> None:
    async with two_consoles(tmp_path, Role.WATCH) as (leader, operator, follower, guest):
        assert "1 watching" in shown(leader, "status")
        assert "ana is attached: watch" in " ".join(leader.told)
        leader.fleet_screen.look_at("us-east-1a")
        await operator.press("x", "enter")
        await operator.press("f10")
        await run_to(leader, 60)
        await until(lambda: same_bytes(leader, follower))
        await guest.pause()
        assert leader.desk.engine.session.cloud.log.count > 10
        assert "us-east-1   a ✖ down" in shown(follower, "map")
        assert "SIMULATED" in shown(follower, "status")
        await guest.press("x", "space")
        assert follower.told.count(f"read-only: {WATCHING}") == follower.told.count(f"attached: {WATCHING}") == 1
        assert leader.desk.engine.paused


async def test_an_instructor_breaks_says_and_runs_on_from_the_second_terminal(tmp_path: Path) -> None:
    async with two_consoles(tmp_path, Role.INSTRUCTOR, (100, 30)) as (leader, operator, follower, guest):
        assert "1 instructor (ana)" in shown(leader, "status")
        assert "1 instructor (ana)" in shown(follower, "status")
        follower.fleet_screen.look_at("us-east-1a")
        await guest.press("x", "enter")
        await guest.press("f10")
        await guest.press("!", *"look", "enter")
        await until(lambda: leader.desk.engine.session.last_seq == 2 and same_bytes(leader, follower))
        await until(lambda: all("instructor:ana" in toasts(app) for app in (leader, follower)))
        await guest.press("b")
        await until(lambda: not leader.desk.engine.brake)
        await run_to(follower, 60)
        await until(lambda: same_bytes(leader, follower))
        await operator.pause()
        await guest.pause()
        for app in (leader, follower):
            assert "us-east-1   a ✖ down" in shown(app, "map")
        assert "attached: ana: run to 60s" in leader.told
        digest = leader.desk.engine.session.cloud.log.digest
    contents = read_journal(tmp_path / "a.journal")
    assert [(asked.who, asked.command) for asked in contents.asked] == [
        ("instructor:ana", "az:outage us-east-1a"),
        ("instructor:ana", "say text=look"),
    ]
    assert replay(contents).cloud.log.digest == digest


async def test_when_the_operator_leaves_the_second_terminal_leaves_too(tmp_path: Path) -> None:
    async with two_consoles(tmp_path, Role.WATCH) as (leader, operator, follower, _guest):
        await operator.press("q")
        await until(lambda: follower.return_code == 0)
        engine = follower.desk.engine
        assert isinstance(engine, Follower)
        assert engine.ending is not None
        assert engine.ending.sentence == "the session was left by its operator"
        assert leader.return_code == 0


async def test_when_the_second_terminal_leaves_the_session_goes_on(tmp_path: Path) -> None:
    async with two_consoles(tmp_path, Role.INSTRUCTOR) as (leader, operator, follower, guest):
        await guest.press("q")
        await until(lambda: leader.desk.engine.company == "")
        await operator.pause()
        assert "attached: ana is no longer attached" in leader.told
        assert leader.return_code is None
        assert follower.return_code == 0


async def test_an_attached_console_has_no_line_of_time_and_is_parted_by_a_branch(tmp_path: Path) -> None:
    async with two_consoles(tmp_path, Role.INSTRUCTOR) as (leader, operator, follower, guest):
        await guest.press("S")
        assert isinstance(follower.screen, FleetScreen)
        assert any("the session runs elsewhere" in told for told in follower.told)
        await run_to(leader, 60)
        await operator.press("S", "G", *"30s", "enter")
        scrubber = leader.screen
        assert isinstance(scrubber, ScrubberScreen)
        await scrubber.past.arrived()
        await operator.press("B", "enter")
        await until(lambda: follower.return_code == 0)
        assert leader.return_code is None
        assert leader.desk.engine.now_us == 30_000_000
        assert leader.desk.engine.company == ""
