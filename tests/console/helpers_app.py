"""What the console's tests share: a session of a shipped fleet, and an app on it that stands still."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character
from textual.message import Message
from textual.pilot import Pilot

from opsconsole.commands import parse
from opsconsole.console.app import ConsoleOptions, OpsConsole
from opsconsole.console.notices import Tell
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet

WIDE, MEDIUM, NARROW = (160, 48), (100, 30), (80, 24)
PATIENCE_S = 30
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
    """The console, what it has said in passing, and how many messages its parts have handled."""

    told: Told
    handled: int = 0

    def hear(self, message: Message) -> None:
        """Note a message that arrives at any part; a callback is no news, whoever waits sends them himself."""
        if not isinstance(message, events.Callback):
            self.handled += 1
            self.told.hear(message)


class Operator(Pilot[int]):
    """A pilot who waits until the console has nothing left to do.

    Textual's own waits twice for every key, each time until the process has used no CPU for 20 ms: that is slow on a
    quiet machine, and too short on a busy one, where a process that is not let near a CPU uses none either.
    """

    async def press(self, *keys: str) -> None:
        """Press keys, each when what the one before it has set off is done. A character is its key."""
        for key in keys:
            self.app.post_message(events.Key(key_name(key), key if len(key) == 1 else key_to_character(key)))
            await self.pause()

    async def resize_terminal(self, width: int, height: int) -> None:
        """Make the terminal another size. Textual waits 1/120 s for further ones before it tells the screen."""
        await super().resize_terminal(width, height)
        await asyncio.sleep(1 / 60)
        await self.pause()

    async def pause(self, delay: float | None = None) -> None:
        """Wait so many seconds; without a number until twice nothing but the waiting itself has been handled."""
        if delay is not None:
            await super().pause(delay)
            return
        app = self.app
        assert isinstance(app, Watched)
        quiet = 0
        async with asyncio.timeout(PATIENCE_S):
            while quiet < 2:
                before = app.handled
                await super().pause(0)  # comes back when each part has handled what it had, and what is due is painted
                await app.animator.wait_until_complete()
                quiet = quiet + 1 if app.handled == before else 0

    async def search(self) -> None:
        """Wait until the palette has found all there is to what was typed."""
        searches = [worker for worker in self.app.workers if worker.node is self.app.screen]
        if searches:  # of no workers Textual makes all
            async with asyncio.timeout(PATIENCE_S):
                await self.app.workers.wait_for_complete(searches)
        await self.pause()


def key_name(key: str) -> str:
    """What Textual calls a key: a sign is called as Unicode calls it, all others what they are."""
    if len(key) > 1 or key.isalnum():
        return key
    name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


@asynccontextmanager
async def operated(app: Watched, size: tuple[int, int]) -> AsyncIterator[Operator]:
    """Run an app until it is open, and have somebody operate it."""
    app.told = Told()
    async with app.run_test(size=size, notifications=True, message_hook=app.hear):
        pilot = Operator(app)
        await asyncio.wait_for(app.opened.wait(), PATIENCE_S)
        await pilot.pause()
        yield pilot
    app.finish()


@asynccontextmanager
async def console(
    session: Session | None = None, size: tuple[int, int] = WIDE, **options: Any
) -> AsyncIterator[tuple[Watched, Operator]]:
    """The console on a session; paused unless told otherwise."""
    chosen = {"paused": True, "keys_file": Path("no-such-file"), **options}
    app = Watched(session or session_of(), ConsoleOptions(**chosen))
    async with operated(app, size) as pilot:
        yield app, pilot


async def settle(app: OpsConsole, pilot: Operator) -> None:
    """Wait until a run to a time has arrived and what happened has been painted."""
    async with asyncio.timeout(PATIENCE_S):
        journey = app.desk.engine.journey
        if journey is not None:
            await journey.wait()
    await asyncio.sleep(0.01)
    await pilot.pause()


def shown(app: OpsConsole, area: str) -> str:
    """What a panel shows, as text."""
    from opsconsole.console.widgets import LinesView

    return "\n".join(line.text for line in app.screen.query_one(f"#{area}", LinesView).lines)
