"""What the console's tests share: a session of a shipped fleet, and an app on it that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from opsconsole.commands import parse
from opsconsole.console.app import ConsoleOptions, OpsConsole
from opsconsole.console.notices import Tell
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


class Told(list[str]):
    """What the console has said in passing."""

    def hear(self, message: object) -> None:
        """Note a message if it is one of these."""
        if isinstance(message, Tell) and f"{message.title}: {message.text}" not in self:
            self.append(f"{message.title}: {message.text}")


class Watched(OpsConsole):
    """The console, and what it has said in passing."""

    told: Told


@asynccontextmanager
async def console(
    session: Session | None = None, size: tuple[int, int] = WIDE, **options: Any
) -> AsyncIterator[tuple[Watched, Pilot[int]]]:
    """The console on a session; paused unless told otherwise."""
    chosen = {"paused": True, "keys_file": Path("no-such-file"), **options}
    app = Watched(session or session_of(), ConsoleOptions(**chosen))
    app.told = Told()
    async with app.run_test(size=size, notifications=True, message_hook=app.told.hear) as pilot:
        await asyncio.wait_for(app.opened.wait(), 30)
        await pilot.pause()
        yield app, pilot
    app.finish()


async def settle(app: OpsConsole, pilot: Pilot[int]) -> None:
    """Wait until a run to a time has arrived and what happened has been painted."""
    async with asyncio.timeout(30):
        journey = app.desk.engine.journey
        if journey is not None:
            await journey.wait()
    await asyncio.sleep(0.01)
    await pilot.pause()


def shown(app: OpsConsole, area: str) -> str:
    """What a panel shows, as text."""
    from opsconsole.console.widgets import LinesView

    return "\n".join(line.text for line in app.screen.query_one(f"#{area}", LinesView).lines)
