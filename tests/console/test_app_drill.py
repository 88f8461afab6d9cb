"""A drill in the console: AWS's view and running promises while it runs, messages, hints, the debrief."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.screen import Screen

from opsconsole.console.app import ConsoleOptions
from opsconsole.console.screens.alarms import AlarmsScreen
from opsconsole.console.screens.apps import AppsScreen
from opsconsole.console.screens.drill import DrillScreen
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.projector import ProjectorScreen
from opsconsole.console.screens.recovery import RecoveryScreen
from opsconsole.drills.load import parse_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import Verdict
from opsconsole.drills.running import Run, run_drill
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, Operator, Watched, operated, settle, shown

LESSON = """
title  = "[b]The writer is gone[/b]: checkout is back within a minute"
fleet  = "aurora_mysql"
length = "4m"
steady = ["checkout.writes.ok >= 99%"]
timeline = [
  { at = "20s", fault = "az:outage", target = "us-east-1a", for = "90s", hidden = true },
  { at = "30s", say = "customers see errors [/] at the till", from = "support" },
  { at = "3m", mark = "tea" },
  { at = "20s", expect = "orders.endpoint.writer.az != us-east-1a", within = "90s", points = 60, note = "AWS did it" },
]
[objective.checkout]
rto = "60s"
rpo = "0s"
[lesson]
number = 10
topics = ["failover"]
brief = "Something happens to the writer.\\nWait, and watch."
hints = [{ text = "Look at the endpoint.", cost = 5 }, { text = "It moves by itself.", cost = 10, after = "30s" }]
questions = [{ ask = "Who moved?", choices = ["the name", "the data"], answer = 0, points = 20, why = "A volume." }]
debrief = ["Where did you get lucky?"]
"""
sizes = pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, (60, 16)], ids=lambda size: "x".join(map(str, size)))


@asynccontextmanager
async def lesson(size: tuple[int, int] = WIDE, text: str = LESSON) -> AsyncIterator[tuple[Watched, Operator, Run]]:
    """The lesson in the console, paused at its first instant."""
    run = Run(parse_drill(text, Path("lesson.toml")), manner=Manner(solution=False))
    app = Watched(run.session, ConsoleOptions(paused=True, keys_file=Path("no-such-file")), drill=run)
    async with operated(app, size) as pilot:
        yield app, pilot, run


async def run_to(app: Watched, pilot: Operator, seconds: float) -> None:
    app.desk.engine.brake = False
    app.desk.engine.run_to(round(seconds * 1_000_000))
    await settle(app, pilot)
    await pilot.pause()


def both(app: Watched) -> str:
    return " ".join(f"{shown(app, 'drill-win')}\n{shown(app, 'drill-story')}".split())


async def test_a_promise_is_kept_so_far_and_the_brief_fills_the_lines() -> None:
    async with lesson() as (app, pilot, _):
        assert re.search(r"✓ so far +checkout", shown(app, "drill-win"))
        assert "Something happens to the writer. Wait, and watch." in shown(app, "drill-win")
        await run_to(app, pilot, 1.283)
        app.ground.repaint()
        assert "T+1s of " in shown(app, "drill-win")
        assert "kept" not in shown(app, "drill-win")


@sizes
async def test_it_opens_on_its_screen_fits_and_comes_back_with_t(size: tuple[int, int]) -> None:
    async with lesson(size) as (app, pilot, _):
        assert isinstance(app.screen, DrillScreen)
        for name in ("drill-win", "drill-story"):
            region = app.screen.query_one(f"#{name}").region
            assert region.height > 2, name
            assert region.right <= size[0], name
            assert region.bottom <= size[1] - 1, name
        assert "SIMULATED" in shown(app, "status")
        assert "[b]The writer is gone[/b]" in both(app)
        assert "Something happens to the writer." in both(app)
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)
        await pilot.press("T")
        assert isinstance(app.screen, DrillScreen)


async def test_while_it_runs_the_view_is_awss_and_what_is_hidden_stays_so() -> None:
    async with lesson() as (app, pilot, _):
        await run_to(app, pilot, 27)
        assert not app.desk.looking.truth
        await pilot.press("v")
        assert not app.desk.looking.truth
        assert any("until the debrief" in told for told in app.told)
        text = both(app)
        assert "az:outage" not in text
        assert "▲ running checkout rto" in text
        assert "and counting" in text
        assert "▲ not yet orders.endpoint.writer.az != us-east-1a now us-east-1a" in text
        await run_to(app, pilot, 31)
        await pilot.pause(0.3)
        assert "support: customers see errors [/] at the till" in app.told
        assert "customers see errors [/] at the till" in both(app)
        assert "T+3m mark mark tea" in both(app)
        assert text.count("customers see errors") == 0  # nobody knows of a message before it comes


async def test_hints_cost_points_and_are_kept_back() -> None:
    async with lesson() as (app, pilot, _):
        assert "n gives the next one: it costs 5 points" in both(app)
        await pilot.press("n")
        assert "Look at the endpoint. (-5)" in both(app)
        await pilot.press("n")
        assert any("the next one in 30s" in told for told in app.told)
        await run_to(app, pilot, 30)
        await pilot.press("n", "n")
        assert "It moves by itself. (-10)" in both(app)
        assert any("there are no more" in told for told in app.told)


async def test_at_its_end_time_stands_still_and_the_debrief_tells_all() -> None:
    async with lesson() as (app, pilot, run):
        await pilot.press("n", "escape")
        await run_to(app, pilot, 240)
        assert app.desk.engine.paused
        assert isinstance(app.screen, DrillScreen)
        assert app.desk.looking.truth
        assert run.result.verdict is Verdict.PASSED
        text = both(app)
        assert "✓ PASSED" in text
        assert "script az:outage us-east-1a for=1m30s" in text
        assert "score 55 of 80" in text
        assert "Where did you get lucky?" in text
        assert "✓ passed steady at the start: checkout.writes.ok >= 99% saw 100.0 %" in text
        assert "✓ passed steady at the end: checkout.writes.ok >= 99% saw 100.0 %" in text
        await pilot.press("1")
        assert "✓ the name" in both(app)
        assert "A volume." in both(app)
        assert "score 75 of 80" in both(app)
        await pilot.press("v")
        assert not app.desk.looking.truth


async def test_the_result_is_the_same_as_headless_whatever_the_engine_does() -> None:
    headless = run_drill(parse_drill(LESSON, Path("lesson.toml")), manner=Manner(solution=False))
    async with lesson() as (app, pilot, run):
        await run_to(app, pilot, 21.5)
        await pilot.press("space", "plus", "plus", "space")
        await run_to(app, pilot, 240)
        assert run.result.model_dump_json() == headless.model_dump_json()


async def test_what_the_person_does_stands_in_the_story_and_in_the_result() -> None:
    async with lesson() as (app, pilot, run):
        from opsconsole.commands import parse

        await run_to(app, pilot, 200)
        app.desk.ask(parse("rds:failover-db-cluster orders"))
        await run_to(app, pilot, 240)
        assert "operator rds:failover-db-cluster orders" in both(app)
        assert [step.by for step in run.result.steps if "failover" in step.text] == ["operator"]


@pytest.mark.parametrize(
    ("key", "screen"), [("a", AppsScreen), ("R", RecoveryScreen), ("P", ProjectorScreen), ("A", AlarmsScreen)]
)
async def test_another_look_opens_over_the_drill_and_leads_back_to_it(key: str, screen: type[Screen[None]]) -> None:
    async with lesson() as (app, pilot, _):
        await pilot.press(key)
        assert isinstance(app.screen, screen)
        await pilot.press("escape")
        assert isinstance(app.screen, DrillScreen)


async def test_a_running_rto_stands_still_while_the_app_settles() -> None:
    """It counts up to when the app was well again; ten seconds more must be so before that is final."""
    async with lesson() as (app, pilot, run):
        seen: dict[str, set[str]] = {}
        for second in range(int(run.session.now_us / 1_000_000) + 1, 120):
            await run_to(app, pilot, second)
            row = next((row for row in shown(app, "drill-win").splitlines() if " rto " in row), "")
            for word in ("and counting", "settling"):
                if word in row:
                    seen.setdefault(word, set()).add(row)
        assert len(seen["and counting"]) > 1
        assert len(seen["settling"]) == 1
