"""What the console's tests share: a session of a shipped fleet, and an app on it that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from opsconsole.commands import parse
from opsconsole.console.app import ConsoleOptions, OpsConsole
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.engine.replay import begin
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet

WIDE, MEDIUM, NARROW = (160, 48), (100, 30), (80, 24)
SIZES = (WIDE, MEDIUM, NARROW)


def session_of(fleet: str = "global_aurora", *commands: str, until_s: float = 0.0) -> Session:
    """A session that has been asked some commands at its start and has run for a while."""
    session = begin(load_fleet(fleet))
    for command in commands:
        session.ask(parse(command), "test")
    session.run_until(round(until_s * 1_000_000))
    return session


@asynccontextmanager
async def console(
    session: Session | None = None, size: tuple[int, int] = WIDE, **options: bool | float | str
) -> AsyncIterator[tuple[OpsConsole, Pilot[int]]]:
    """The console on a session; paused unless told otherwise."""
    app = OpsConsole(session or session_of(), ConsoleOptions(**{"paused": True, **options}))  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        while not app.is_open:
            await pilot.pause(0.01)
        await pilot.pause()
        yield app, pilot
    app.finish()


def text_of(app: OpsConsole, area: str) -> str:
    """What a panel of the fleet's screen shows, as text."""
    return "\n".join(line.text for line in app.fleet_screen.lines_of(area).lines)


def fleet(app: OpsConsole) -> FleetScreen:
    """The fleet's screen."""
    return app.fleet_screen


def told(app: OpsConsole) -> list[str]:
    """The messages that were shown and are still there."""
    return [f"{notice.title}: {notice.message}" for notice in app.notices()]
