"""The console's life: when it paints, what happens when something breaks, how it fits every size of terminal."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import pytest
from textual.widgets import Static
from textual.widgets._toast import Toast

from opsconsole.commands import parse
from opsconsole.console.app import ConsoleFailure, ConsoleOptions, News, OpsConsole
from opsconsole.console.layouts import Layout
from opsconsole.console.notices import MOST_AT_ONCE, Tell
from opsconsole.console.options import Stop
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.widgets import LinesView
from opsconsole.engine.begin import begin
from opsconsole.engine.journal import JournalError, read_journal
from opsconsole.engine.records import Clock
from opsconsole.engine.session import Session
from opsconsole.engine.way import Way
from opsconsole.fleet import load_fleet
from tests.console.helpers_app import NARROW, PATIENCE_S, console, session_of, settle, shown
from tests.engine.test_engine import until


class Painted:
    """Counts how often the fleet's screen was painted as a whole."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times: list[float] = []
        original = FleetScreen.repaint

        def counted(screen: FleetScreen) -> None:
            self.times.append(time.monotonic())
            original(screen)

        monkeypatch.setattr(FleetScreen, "repaint", counted)


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Painted:
    return Painted(monkeypatch)


async def test_nothing_is_painted_and_nothing_is_posted_while_time_stands_still(painted: Painted) -> None:
    async with console() as (app, _):
        await asyncio.sleep(0.5)
        before, news = len(painted.times), []
        app.told.hear = lambda message: news.append(message) if isinstance(message, News) else None  # type: ignore[method-assign]
        await asyncio.sleep(1.2)
        assert len(painted.times) == before
        assert news == []


async def test_while_time_runs_it_is_painted_once_a_second_if_nothing_happens(painted: Painted) -> None:
    async with console(paused=False) as (_, _):
        await asyncio.sleep(0.5)
        before = len(painted.times)
        await asyncio.sleep(2.2)
        assert 1 <= len(painted.times) - before <= 3


async def test_however_much_happens_it_is_painted_four_times_a_second_at_most(painted: Painted) -> None:
    async with console(paused=False, speed=600.0) as (app, _):
        app.desk.engine.brake = False
        app.desk.ask(parse("az:outage us-east-1a for=2m"))
        before = len(painted.times)
        await asyncio.sleep(2.0)
        assert app.desk.cloud.log.count > 20
        assert 2 <= len(painted.times) - before <= 10


async def test_a_burst_of_news_is_painted_once(painted: Painted) -> None:
    async with console() as (app, pilot):
        rows = app.desk.cloud.log.count
        before = len(painted.times)
        app.fleet_screen._painted_at = 0.0  # long ago: there is something to paint
        for _ in range(50):
            app.post_message(News())
        await pilot.pause()
        assert app.desk.cloud.log.count == rows
        assert len(painted.times) - before == 1


async def test_a_defect_in_the_simulation_ends_the_console_and_finishes_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "a.journal"
    session = begin(load_fleet("global_aurora"), journal=journal, live=True)

    async def broken() -> None:
        raise RuntimeError("a defect")

    session.cloud.kernel.call_at(1_000_000, lambda: session.cloud.kernel.spawn(broken(), "broken"))
    app = OpsConsole(session, ConsoleOptions(speed=10.0))
    async with app.run_test():
        await app.opened.wait()
        await asyncio.sleep(1)
        assert not app.is_running
    with pytest.raises(ConsoleFailure, match="a defect"):
        app.finish()
    assert not read_journal(journal).torn


async def test_a_defect_of_a_screen_is_told_after_the_screen_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = OpsConsole(session_of(), ConsoleOptions(paused=True))

    async def press_v() -> None:
        async with app.run_test() as pilot:
            await app.opened.wait()
            await pilot.press("v")

    monkeypatch.setattr(FleetScreen, "action_view", lambda screen: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        await press_v()
    with pytest.raises(ConsoleFailure) as failure:
        app.finish()
    assert any("ZeroDivisionError" in note for note in failure.value.__notes__)


async def test_what_cannot_be_opened_raises_what_was_wrong() -> None:
    def opening() -> Session:
        raise JournalError("the disk is full")

    app = OpsConsole(opening)
    async with app.run_test():
        await app.opened.wait()
    with pytest.raises(JournalError, match="the disk is full"):
        app.finish()


async def test_leaving_while_a_large_fleet_is_being_built_leaves_at_once_and_closes_what_comes_too_late(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "a.journal"
    begun, left, made = threading.Event(), threading.Event(), threading.Event()

    def opening() -> Session:
        begun.set()
        assert left.wait(PATIENCE_S), "the console waits for what nobody wants any more"
        session = begin(load_fleet("global_aurora"), journal=journal, live=True)
        made.set()
        return session

    app = OpsConsole(opening)
    async with app.run_test() as pilot:
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        await pilot.press("question_mark", "ctrl+p", "q")
        await until(lambda: not app.is_running)
    assert app.finish() == 0
    left.set()
    await asyncio.to_thread(made.wait, PATIENCE_S)
    await until(lambda: [record.why for record in read_journal(journal).of(Clock)] == ["quit"])


async def test_how_far_the_opening_has_come_is_told_while_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.console.screens.opening.TELLS_S", 0.01)
    way, may_end = Way(), threading.Event()

    def opening() -> Session:
        way.share = 0.43
        assert may_end.wait(PATIENCE_S), "the screen stands still while a session is opened"
        return session_of()

    app = OpsConsole(opening, ConsoleOptions(paused=True, way=way))
    async with app.run_test():
        status = app.screen.query_one("#status", Static)
        await until(lambda: "re-running 43%" in str(status.content))
        assert "SIMULATED" in str(status.content)
        may_end.set()
        await asyncio.wait_for(app.opened.wait(), PATIENCE_S)
        assert app.is_open
    app.finish()


async def test_every_size_is_used_and_none_is_refused() -> None:
    async with console() as (app, pilot):
        screen = app.fleet_screen
        for width, height in (
            (160, 48),
            (100, 30),
            (80, 24),
            (59, 20),
            (80, 12),
            (20, 5),
            (2, 1),
            (300, 90),
            (139, 20),
        ):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert len([layout for layout in Layout if screen.has_class(layout.value)]) == 1
            assert app.focused is not None
            assert app.focused.is_on_screen
            assert all(view.size.width <= width for view in screen.query(LinesView) if view.is_on_screen)
            await pilot.press("tab", "down", "v", "v")
        assert app.desk.looking.truth


async def test_a_very_small_terminal_has_a_list_of_what_matters_most() -> None:
    async with console(session_of("global_aurora", "az:outage us-east-1a", until_s=5), size=(50, 14)) as (app, _):
        assert "checkout" in shown(app, "tiny")
        assert "failing" in shown(app, "tiny")
        assert "SIMULATED" in shown(app, "status")


async def test_in_a_narrow_terminal_a_click_on_a_tab_shows_its_panel() -> None:
    async with console(size=NARROW) as (app, pilot):
        line = app.fleet_screen.query_one("#areas", LinesView).lines[0]
        start = next(start for start, _, name in line.refs if name == "Events")
        await pilot.click("#areas", offset=(start + 1, 0))
        await pilot.pause()
        assert app.fleet_screen.lines_of("feed").is_on_screen
        assert not app.fleet_screen.lines_of("map").is_on_screen


async def test_when_the_selected_thing_is_deleted_what_it_belonged_to_is_looked_at() -> None:
    async with console() as (app, pilot):
        app.fleet_screen.look_at("orders-3")
        app.desk.ask(parse("rds:delete-db-instance orders-3"))
        app.desk.engine.step_by(3600)
        await settle(app, pilot)
        assert "orders-3" not in app.desk.cloud.instances
        app.fleet_screen.repaint()
        assert app.desk.looking.selected == "orders"


def heard(app: OpsConsole, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever is told from now on: a toast itself is gone after a while, or makes room for others."""
    said: list[str] = []
    notify = app.notify

    def noting(message: str, **how: Any) -> None:
        said.append(f"{how.get('title')}: {message}")
        notify(message, **how)

    monkeypatch.setattr(app, "notify", noting)
    return said


async def test_an_incident_is_told_when_it_begins_and_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(session_of("global_aurora", until_s=10)) as (app, pilot):
        app.desk.engine.brake = False
        said = heard(app, monkeypatch)
        app.desk.ask(parse("az:outage us-east-1a for=10s"))
        app.desk.engine.step_by(120)
        await settle(app, pilot)
        assert any("checkout" in text for text in said), said


async def test_messages_do_not_pile_up() -> None:
    async with console() as (app, pilot):
        for number in range(12):
            app.post_message(Tell("title", f"message {number}", "error"))
            await pilot.pause()
        assert len(app.screen.query(Toast)) <= MOST_AT_ONCE


async def test_run_to_gives_up_when_paused() -> None:
    async with console() as (app, pilot):
        journey = app.desk.engine.run_to(10**15)
        await pilot.press("space")
        with anyio.fail_after(5):
            assert not await journey.wait()


async def test_keys_of_ones_own_work_and_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\npause = "p"\nnonsense = "n"\n')
    async with console(keys_file=file) as (app, pilot):
        await pilot.press("space")
        assert app.desk.engine.paused
        await pilot.press("p")
        assert not app.desk.engine.paused
        assert "p pause" in shown(app, "keys")
        assert any("nonsense" in text for text in app.told)


async def test_the_brake_is_told_when_it_bites() -> None:
    async with console(session_of("global_aurora", until_s=5), paused=False, speed=60.0) as (app, pilot):
        app.desk.ask(parse("region:outage us-east-1"))
        async with asyncio.timeout(20):
            while app.desk.engine.braked is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await pilot.pause(0.1)
        toasts = [str(toast.render()) for toast in app.screen.query(Toast)]
        assert any("r goes on as before" in toast for toast in toasts), toasts


async def test_a_replay_stands_still_where_asked_and_says_so_once() -> None:
    stop = Stop(30_000_000, "the recorded session ends here")
    async with console(session_of("aurora_mysql"), paused=False, speed=600.0, stop=stop) as (app, pilot):
        async with asyncio.timeout(20):
            while not app.desk.engine.paused:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await settle(app, pilot)
        assert app.desk.engine.now_us == 30_000_000
        await pilot.press("space")
        assert not app.desk.engine.paused
        await pilot.press("space")
        toasts = [str(toast.render()) for toast in app.screen.query(Toast)]
        assert len([toast for toast in toasts if "the recorded session ends here" in toast]) == 1, toasts
