"""The scrubber, key by key: stand on an earlier moment, look at it, let it run again, go on from it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opsconsole.commands import parse
from opsconsole.console.app import OpsConsole
from opsconsole.console.options import Stop
from opsconsole.console.screens.apps import AppsScreen
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.form import FormScreen
from opsconsole.console.screens.pane import PaneScreen
from opsconsole.console.screens.past import PastScreen
from opsconsole.console.screens.prompt import PromptScreen
from opsconsole.console.screens.recovery import RecoveryScreen
from opsconsole.console.screens.scrubber import ScrubberScreen
from opsconsole.console.views.recovery.timeline import NAMES
from opsconsole.console.widgets import LinesView
from opsconsole.drills.load import parse_drill
from opsconsole.drills.running import Run
from opsconsole.engine.begin import begin
from opsconsole.engine.journal import in_use, read_journal
from opsconsole.engine.records import Clock
from opsconsole.engine.replay import rehearse, replay
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet
from tests.console.helpers_app import NARROW, PATIENCE_S, WIDE, Operator, Watched, console, operated, settle, shown
from tests.engine.test_engine import until

SECOND = 1_000_000
OUTAGE_S, END_S = 60, 400
SMALL = (60, 16)
sizes = pytest.mark.parametrize("size", [WIDE, NARROW], ids=lambda size: "x".join(map(str, size)))
Size = tuple[int, int]


def played(journal: Path | None = None) -> Session:
    """A session in which a zone was dark for three minutes."""
    session = begin(load_fleet("aurora_mysql"), journal=journal, live=True)
    session.run_until(OUTAGE_S * SECOND)
    session.ask(parse("az:outage us-east-1a for=3m"), "test")
    session.run_until(END_S * SECOND)
    return session


@asynccontextmanager
async def scrubbing(
    session: Session | None = None, size: Size = WIDE, **options: Any
) -> AsyncIterator[tuple[Watched, Operator, ScrubberScreen]]:
    """The console on such a session, with the scrubber open."""
    async with console(session or played(), size=size, **options) as (app, pilot):
        await pilot.press("S")
        yield app, pilot, scrubber(app)


def scrubber(app: OpsConsole) -> ScrubberScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, ScrubberScreen))


async def arrive(app: OpsConsole, pilot: Operator) -> None:
    """Wait until the moment has been re-run and is on the screen."""
    await asyncio.wait_for(scrubber(app).past.arrived(), PATIENCE_S)
    await pilot.pause()


async def stand(app: OpsConsole, pilot: Operator, time: str) -> None:
    await pilot.press("G", *time, "enter")
    await arrive(app, pilot)


async def look(app: OpsConsole, pilot: Operator, time: str) -> PastScreen:
    """Look at a moment with everything that only looks."""
    await stand(app, pilot, time)
    await pilot.press("enter")
    assert isinstance(app.screen, PastScreen)
    assert "esc line" in shown(app, "keys")
    assert "T drill" not in shown(app, "keys")
    return app.screen


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALL], ids=lambda size: "x".join(map(str, size)))
async def test_it_opens_on_now_fits_and_closes(size: Size) -> None:
    async with scrubbing(size=size) as (app, pilot, screen):
        line = shown(app, "scrub-line")
        lanes = ("faults", "more") if size == SMALL else ("faults", "asked", "AWS events", "az:outage us-east-1a")
        assert all(name in line for name in lanes), line
        assert screen.stance.cursor_us == END_S * SECOND
        assert "PAST" not in shown(app, "status")
        for name in ("scrub-line", "scrub-side"):
            region = screen.query_one(f"#{name}").region
            assert region.height > 0, name
            assert region.bottom <= size[1] - 1, name
            lines = screen.query_one(f"#{name}", LinesView)
            assert max(len(one.text) for one in lines.lines) <= lines.size.width, name
        await pilot.press("enter")  # now is no earlier moment
        assert app.screen is screen
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)


async def test_the_cursor_moves_by_columns_by_marks_to_a_time_and_to_the_ends() -> None:
    async with scrubbing() as (app, pilot, screen):
        stance, step_us = screen.stance, screen._axis().step_us
        await pilot.press("h", "left", "left_square_bracket")
        assert 12 * step_us <= END_S * SECOND - stance.cursor_us < 13 * step_us
        await pilot.press("right_square_bracket", "l", "right", "right")
        assert stance.cursor_us == END_S * SECOND
        await pilot.press("home")
        assert stance.cursor_us == 0
        await pilot.press("n")
        assert stance.cursor_us == OUTAGE_S * SECOND
        await pilot.press("N", "N")
        assert stance.cursor_us == 0
        assert any("nothing further" in told for told in app.told)
        await stand(app, pilot, "1m15s")
        assert stance.cursor_us == 75 * SECOND
        assert "09:01:15Z" in shown(app, "scrub-line")
        await stand(app, pilot, "09:02")
        assert stance.cursor_us == 120 * SECOND
        span = stance.span
        await pilot.press("z")
        assert screen._axis().step_us < step_us
        await pilot.press("Z")
        assert stance.span <= span
        column = 20
        at_us = screen._axis().at(column)
        await pilot.click("#scrub-line", offset=(column + NAMES + 2, 2))
        assert stance.cursor_us == max(0, at_us)
        await pilot.press("end")
        assert stance.cursor_us == END_S * SECOND


async def test_a_time_that_has_not_been_is_told_and_asked_for_again() -> None:
    async with scrubbing() as (app, pilot, screen):
        await pilot.press("G", *"1h", "enter")
        assert isinstance(app.screen, PromptScreen)
        assert "has come to T+6m40s" in str(app.screen.query_one("#prompt-problem").render())
        await pilot.press("escape")
        assert screen.stance.cursor_us == END_S * SECOND


async def test_below_the_line_the_fleet_is_shown_as_it_was() -> None:
    async with scrubbing() as (app, pilot, _):
        assert "the incident is over" in shown(app, "scrub-side")
        await stand(app, pilot, "1m2s")
        assert "PAST T+1m2s · live waits at T+6m40s" in shown(app, "status")
        assert "09:01:02Z" in shown(app, "status")
        assert "the incident is over" not in shown(app, "scrub-side")
        assert "an incident begins" in shown(app, "scrub-side")
        assert "✖ down" in shown(app, "scrub-map")


@sizes
async def test_the_past_is_looked_at_with_everything_that_only_looks(size: Size) -> None:
    async with scrubbing(size=size) as (app, pilot, _):
        live, before = app.desk.cloud, app.desk.cloud.log.digest
        await look(app, pilot, "1m2s")
        assert "PAST T+1m2s" in shown(app, "status")
        assert "✖ down" in shown(app, "map")
        for key, kind in (("a", AppsScreen), ("R", RecoveryScreen), ("d", PaneScreen)):
            await pilot.press(key)
            assert isinstance(app.screen, kind)
            if kind is not PaneScreen:
                assert "PAST T+1m2s" in shown(app, "status")
            await pilot.press("escape")
            assert isinstance(app.screen, PastScreen)
        for key in ("o", "x", "H"):
            await pilot.press(key)
            assert isinstance(app.screen, PastScreen)
        app.confirm(parse("az:outage us-east-1b"))  # as the palette does
        await pilot.pause()
        assert not isinstance(app.screen, FormScreen)
        assert any(told.startswith("read-only: this has been") for told in app.told)
        await pilot.press("a", "S")  # from anywhere back to the line of time
        assert isinstance(app.screen, ScrubberScreen)
        assert (app.desk.cloud, app.desk.cloud.log.digest) == (live, before)


async def test_the_past_moves_by_marks_steps_and_times_and_its_time_runs_again() -> None:
    async with scrubbing() as (app, pilot, screen):
        past = await look(app, pilot, "50s")
        await pilot.press("n")
        await arrive(app, pilot)
        assert past.desk.engine.now_us == OUTAGE_S * SECOND
        await pilot.press("full_stop")
        await until(lambda: past.desk.engine.journey is None)
        stepped = past.desk.engine.now_us
        assert stepped > OUTAGE_S * SECOND
        await stand(app, pilot, "30s")
        assert past.desk.engine.now_us == 30 * SECOND
        assert "PAST T+30s" in shown(app, "status")
        await pilot.press("space")
        assert not past.desk.engine.paused
        assert app.desk.engine.paused
        await pilot.press("q")
        assert app.screen is screen
        assert past.desk.engine.paused
        assert screen.stance.cursor_us == past.desk.engine.now_us >= 30 * SECOND


@pytest.mark.parametrize("paused", [True, False])
async def test_the_session_waits_and_goes_on_as_it_did(paused: bool) -> None:
    async with console(played(), paused=paused) as (app, pilot):
        await pilot.press("S")
        now_us = app.desk.engine.now_us
        assert app.desk.engine.paused
        assert any("it waits at" in told for told in app.told) is not paused
        await look(app, pilot, "1m2s")
        assert app.desk.engine.now_us == now_us
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, FleetScreen)
        assert app.desk.engine.paused is paused


async def test_a_past_that_is_left_is_not_kept() -> None:
    async with scrubbing() as (app, pilot, screen):
        past = await look(app, pilot, "1m2s")
        session = weakref.ref(past.desk.engine.session)
        await pilot.press("escape", "escape")
        del past, screen
        for _ in range(50):  # its engine and its passes over alarms and map end one after the other
            await pilot.pause()
            gc.collect()
            if session() is None:
                break
        assert session() is None


@sizes
async def test_b_goes_on_from_there_in_a_journal_of_its_own(size: Size, tmp_path: Path) -> None:
    journal, branched = tmp_path / "a.journal", tmp_path / "a-branch.journal"
    opened: list[Session] = []
    live = played(journal)
    async with console(live, size=size) as (app, pilot):
        app._branched = opened.append
        await pilot.press("S", "B")
        assert isinstance(app.screen, ScrubberScreen)  # from now there is nothing to leave
        await look(app, pilot, "1m2s")
        await pilot.press("B")
        assert isinstance(app.screen, PromptScreen)
        await pilot.press("escape")
        assert app.desk.engine.session is live
        await pilot.press("B", "enter")
        assert isinstance(app.screen, FleetScreen)
        assert not isinstance(app.screen, PastScreen)
        assert (app.desk.engine.now_us, app.desk.engine.paused) == (62 * SECOND, True)
        assert "PAST" not in shown(app, "status")
        assert any("recorded in a-branch.journal" in told for told in app.told)
        app.desk.ask(parse("heal all"))
        app.desk.engine.run_to(200 * SECOND)
        await settle(app, pilot)
        assert opened == [app.desk.engine.session]
        assert not in_use(journal)
        assert in_use(branched)
        digest = app.desk.cloud.log.digest
    old = read_journal(journal)
    assert old.of(Clock)[-1].why == "quit"
    assert replay(old).cloud.log.digest == live.cloud.log.digest
    again = replay(read_journal(branched))
    assert again.cloud.log.digest == digest
    assert [one.command.line() for one in again.asked] == ["az:outage us-east-1a for=3m", "heal all"]


async def test_what_is_not_recorded_is_gone_on_from_out_of_memory() -> None:
    async with scrubbing() as (app, pilot, _):
        await stand(app, pilot, "1m2s")
        await pilot.press("B", "enter")
        assert app.desk.engine.now_us == 62 * SECOND
        assert app.desk.engine.session.recorder is None
        assert any("not recorded" in told for told in app.told)
        await pilot.press("S")  # and it has a past of its own
        await stand(app, pilot, "10s")
        assert "PAST T+10s · live waits at T+1m2s" in shown(app, "status")


async def test_a_session_that_only_looks_is_not_gone_on_from() -> None:
    async with scrubbing(read_only=True, branches=False) as (app, pilot, screen):
        await stand(app, pilot, "1m2s")
        await pilot.press("B")
        assert app.screen is screen
        assert any(told.startswith("read-only: this session is read-only") for told in app.told)


async def test_a_replay_is_scrubbed_to_its_end_and_gone_on_from(tmp_path: Path) -> None:
    played(tmp_path / "a.journal").close()
    watched = rehearse(read_journal(tmp_path / "a.journal")).session
    async with scrubbing(watched, read_only=True, stop=Stop(END_S * SECOND, "the end")) as (app, pilot, _):
        assert "az:outage us-east-1a" in shown(app, "scrub-line")
        await stand(app, pilot, "2m")
        assert "LATER T+2m · live waits at T+0s" in shown(app, "status")
        assert "✖ down" in shown(app, "scrub-map")
        await pilot.press("B", "enter")
        assert not app.desk.read_only
        app.desk.ask(parse("heal all"))
        assert (tmp_path / "a-branch.journal").exists()


async def test_what_is_not_what_was_is_not_shown() -> None:
    live = played()
    live.cloud.log.marks[0] ^= 1
    async with scrubbing(live) as (app, pilot, screen):
        await stand(app, pilot, "1m2s")
        assert "the session differs from event 1 on" in shown(app, "scrub-side")
        await pilot.press("enter")
        assert app.screen is screen
        await pilot.press("B")
        assert app.screen is screen


async def test_a_drill_is_looked_back_at_after_its_debrief() -> None:
    drill = parse_drill(
        'title = "A zone"\nfleet = "aurora_mysql"\nlength = "2m"\ntimeline = [{ at = "20s", mark = "tea" },'
        ' { at = "1m", expect = "orders.copies == 6" }]\n',
        Path("zone.toml"),
    )
    run = Run(drill)
    app = Watched(run.session, drill=run)
    async with operated(app, WIDE) as pilot:
        app.desk.engine.pause()
        await pilot.press("S")
        assert not isinstance(app.screen, ScrubberScreen)
        assert any("until its debrief" in told for told in app.told)
        app.desk.engine.run_to(120 * SECOND)
        await settle(app, pilot)
        await pilot.press("S")
        await stand(app, pilot, "30s")
        await pilot.press("B", "enter")
        assert app.desk.drill is None
        assert app.desk.engine.now_us == 30 * SECOND


async def test_ascii_needs_nothing_but_ascii() -> None:
    async with scrubbing(ascii=True) as (app, pilot, _):
        await stand(app, pilot, "1m2s")
        for name in ("scrub-line", "scrub-map", "scrub-side", "keys", "status"):
            assert shown(app, name).isascii(), name
        await pilot.press("enter")
        assert shown(app, "status").isascii()
