"""Every place of the console, how one gets there, and a session in which all of them are: a drill after its debrief.

For tests that go everywhere. A place is a screen, a pane, a form, a prompt or a list over the fleet's screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.command import CommandPalette

from opsconsole.commands import parse
from opsconsole.console.app import ConsoleOptions
from opsconsole.console.screens.scrubber import ScrubberScreen
from opsconsole.drills.load import parse_drill
from opsconsole.drills.running import Run
from tests.console.helpers_app import PATIENCE_S, Operator, Watched, operated, settle

DRILL = """
title  = "A zone is dark, and stays so"
fleet  = "global_aurora"
length = "90s"
timeline = [
  { at = "20s", fault = "az:outage", target = "us-east-1a", for = "30m" },
  { at = "30s", say = "customers see errors at the till", from = "support" },
]
[objective.checkout]
rto = "60s"
"""

END_US, OUTAGE_US = 90_000_000, 40_000_000

PLACES = {
    "fleet": "",
    "operations": "o",
    "faults": "x",
    "heal": "H",
    "form": "x enter",
    "describe": "d",
    "dig": "D",
    "alarms": "A",
    "origins": "I",
    "help": "question_mark",
    "apps": "a",
    "connect": "a e enter",
    "recovery": "R",
    "restore": "R N enter",
    "metrics": "M",
    "projector": "P",
    "line of time": "S",
    "past": "S home enter",
    "go on from there": "S home B",
    "drill": "T",
    "run to": "G z enter",
    "filter": "slash",
    "say": "exclamation_mark",
    "jump": "J",
    "palette": "ctrl+p T h e",
}
"""Each with the keys that lead there from the fleet's screen."""


@asynccontextmanager
async def everywhere(size: tuple[int, int]) -> AsyncIterator[tuple[Watched, Operator]]:
    """A console in which every place is: paused, a fault in force, an incident, alarms, a debrief; on the fleet."""
    run = Run(parse_drill(DRILL, Path("drill.toml")))
    app = Watched(run.session, ConsoleOptions(paused=True, keys_file=Path("no-such-file")), drill=run)
    async with operated(app, size) as pilot:
        app.desk.engine.brake = False
        app.desk.engine.run_to(END_US)
        await settle(app, pilot)
        assert run.over
        app.desk.ask(parse("az:outage us-east-1c for=30m"))  # the drill's own is healed at its end
        app.desk.engine.run_to(END_US + OUTAGE_US)
        await settle(app, pilot)
        app.desk.alarms.finish(app.desk.cloud)
        app.clear_notifications()
        await leave(app, pilot)
        app.fleet_screen.look_at("sessions")
        app.fleet_screen.look_at("orders")
        app.fleet_screen.repaint()
        await pilot.pause()
        yield app, pilot


async def go(app: Watched, pilot: Operator, keys: str) -> None:
    """Press keys one after the other, and wait for what they search or re-run."""
    for key in keys.split():
        await pilot.press(key)
        if isinstance(app.screen, CommandPalette):
            await pilot.search()
        for screen in app.screen_stack:
            if isinstance(screen, ScrubberScreen):
                await asyncio.wait_for(screen.past.arrived(), PATIENCE_S)
                screen.looked_at.alarms.finish(screen.looked_at.cloud)
        await pilot.pause()


async def leave(app: Watched, pilot: Operator) -> None:
    """Back to the fleet's screen, whatever is over it."""
    while len(app.screen_stack) > FLEET_ALONE:
        await pilot.press("escape")


FLEET_ALONE = 2
"""Screens there are when nothing is over the fleet's: the one that was painted first is still below it."""
