"""The Apps screen, key by key: choose an app, read its panels, connect from it by hand, operate it."""

from pathlib import Path

import pytest

from opsconsole.console.app import ConsoleOptions, News
from opsconsole.console.screens.apps import AppsScreen
from opsconsole.console.screens.connect import ConnectScreen
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.menu import MenuScreen
from opsconsole.console.views.apps.pages import PAGES
from opsconsole.console.widgets import LinesView
from opsconsole.drills.director import Manner
from opsconsole.drills.load import parse_drill
from opsconsole.drills.running import Run
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, Operator, Watched, console, operated, session_of, shown

SIZES = (WIDE, MEDIUM, NARROW, (60, 16))


def screen_of(app: Watched) -> AppsScreen:
    assert isinstance(app.screen, AppsScreen)
    return app.screen


def check_fit(app: Watched, size: tuple[int, int]) -> None:
    """Whatever is displayed lies between the bars, and no line is wider than its panel."""
    for panel in app.screen.query(LinesView):
        if not panel.display:
            continue
        assert panel.region.height > 0, panel.id
        assert panel.region.right <= size[0], panel.id
        assert panel.region.bottom <= size[1], panel.id
        assert all(len(line.text) <= panel.size.width for line in panel.lines), panel.id


async def check_panels(app: Watched, pilot: Operator, size: tuple[int, int]) -> None:
    for title in PAGES:
        assert screen_of(app).page_shown == title
        assert app.screen.focused is app.screen.query_one(f"#apps-{title.lower()}")
        assert shown(app, f"apps-{title.lower()}")
        check_fit(app, size)
        await pilot.press("right")
    assert screen_of(app).page_shown == PAGES[0]


async def check_connect(app: Watched, pilot: Operator, size: tuple[int, int]) -> None:
    before = app.desk.cloud.log.digest
    await pilot.press("e")
    assert isinstance(app.screen, ConnectScreen)
    assert "a write to orders.writer" in shown(app, "connect-said")
    assert "connection timed out" in shown(app, "connect-result")
    check_fit(app, size)
    await pilot.press(*"rea", "tab", "tab")
    assert "a write to orders.reader" in shown(app, "connect-said")
    assert "ERROR 1290 (HY000)" in shown(app, "connect-result")
    await pilot.press("tab")
    assert "a read to orders.reader" in shown(app, "connect-said")
    assert "SELECT" in shown(app, "connect-result")
    await pilot.press(*"zz")
    assert "there is no such name" in shown(app, "connect-result")
    await pilot.press("escape")
    assert app.desk.cloud.log.digest == before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_it_opens_fits_chooses_connects_operates_and_closes(size: tuple[int, int]) -> None:
    session = session_of("global_aurora", "az:outage us-east-1a for=30m", until_s=4.0)
    async with console(session, size=size, ascii=size == MEDIUM) as (app, pilot):
        app.fleet_screen.look_at("checkout")
        await pilot.press("a")
        assert list(app.desk.cloud.apps)[:3] == ["billing", "checkout", "storefront"]
        assert screen_of(app).id_shown == "checkout"
        assert "SIMULATED" in shown(app, "status")
        assert ("and counting" in shown(app, "apps-incident")) == (size == WIDE)
        await check_panels(app, pilot, size)
        await pilot.press("down")
        assert screen_of(app).id_shown == app.desk.looking.selected == "storefront"
        assert "storefront" in shown(app, "apps-service").splitlines()[0]
        assert "storefront" in shown(app, "apps-list")
        await pilot.press("tab", "up", "shift+tab")
        assert screen_of(app).id_shown == "checkout"
        tracer = app.desk.looking.tracer
        await pilot.press("t", "t")
        assert app.desk.looking.tracer == tracer + (2 if size == WIDE else 1)
        assert f"tracer {app.desk.looking.tracer}" in shown(app, "apps-tracer")
        await check_connect(app, pilot, size)
        await pilot.press("enter")
        assert isinstance(app.screen, MenuScreen)
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, FleetScreen)


DRILL = """
title = "checkout is promised 99 percent"
fleet = "aurora_mysql"
length = "1m"
timeline = [{ at = "50s", mark = "tea" }]
[objective.checkout]
availability = "99%"
"""


async def test_in_a_drill_the_budget_is_that_of_its_promise_and_the_view_is_awss() -> None:
    run = Run(parse_drill(DRILL, Path("promise.toml")), manner=Manner(solution=False))
    app = Watched(run.session, ConsoleOptions(paused=True, keys_file=Path("no-such-file")), drill=run)
    async with operated(app, WIDE) as pilot:
        await pilot.press("escape", "a", "v")
        assert "of 30 d at 99 %" in shown(app, "apps-service")
        assert "AWS does not show it" in shown(app, "apps-incident")
        assert any("until the debrief" in told for told in app.told)


async def test_news_paint_only_what_changed_and_the_view_hides_what_aws_does() -> None:
    async with console(session_of("aurora_mysql", until_s=30.0)) as (app, pilot):
        await pilot.press("a")
        panel = app.screen.query_one("#apps-connections", LinesView)
        before = panel.lines
        app.desk.engine.session.run_until(31_000_000)
        screen_of(app)._painted_at = -100.0
        app.post_message(News())
        await pilot.pause()
        assert panel.lines is before
        assert "acknowledged writes are in it" in shown(app, "apps-incident")
        await pilot.press("v")
        assert "AWS does not show it" in shown(app, "apps-incident")
