"""Jumping with letters on every screen that has more than one panel; the way to the selected thing, and the history."""

import re

import pytest
from textual.widgets import Static

from opsconsole.cloud import databases
from opsconsole.commands import parse
from opsconsole.console.screens.apps import AppsScreen
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.jump import JumpScreen
from opsconsole.console.screens.pane import PaneScreen
from opsconsole.console.screens.recovery import RecoveryScreen
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, Operator, Watched, console, session_of, settle, shown
from tests.console.test_app_drill import lesson


async def letters(app: Watched, pilot: Operator) -> dict[str, str]:
    """What the letters stand on: a panel's id, or the thing's; the overlay stays open."""
    await pilot.press("J")
    screen = app.screen
    assert isinstance(screen, JumpScreen)
    drawn = [str(label.render()).strip() for label in screen.query(Static)]
    places = screen.places
    assert drawn == list(places)
    assert all(label.region in screen.region for label in screen.query(Static))
    return {spot.ref or str(spot.view.id): letter for letter, spot in places.items()}


async def test_on_the_fleet_a_letter_goes_to_a_panel_or_a_tab() -> None:
    async with console(size=WIDE) as (app, pilot):
        app.fleet_screen.look_at("orders")
        found = await letters(app, pilot)
        assert {"map", "apps", "thing", "feed", "Storage", "Recovery"} <= set(found)
        await pilot.press(found["feed"])
        assert isinstance(app.screen, FleetScreen)
        assert app.focused is not None
        assert app.focused.id == app.fleet_screen.area == "feed"
        await pilot.press("J", found["Storage"])
        assert (app.fleet_screen.tab(), app.fleet_screen.area) == ("Storage", "thing")
        await pilot.press("J", "escape")
        assert isinstance(app.screen, FleetScreen)
        await pilot.press("J", "1", "P")
        assert isinstance(app.screen, JumpScreen), "what is no letter here does nothing"


async def test_where_areas_are_tabs_a_letter_opens_an_area() -> None:
    async with console(size=NARROW) as (app, pilot):
        found = await letters(app, pilot)
        assert {"Map", "Apps", "Thing", "Events"} <= set(found)
        await pilot.press(found["Events"])
        assert app.fleet_screen.area == "feed"
        assert app.fleet_screen.lines_of("feed").display


async def test_a_list_of_a_tiny_screen_and_a_terminal_that_changes_need_no_letters() -> None:
    async with console(size=(50, 14)) as (app, pilot):
        await pilot.press("J")
        assert app.told == ["jump: there is one panel here"]
        await pilot.resize_terminal(*MEDIUM)
        await pilot.press("J")
        await pilot.resize_terminal(*WIDE)
        assert isinstance(app.screen, FleetScreen)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=lambda size: "x".join(map(str, size)))
async def test_on_apps_and_recovery_a_letter_chooses_an_app_a_panel_a_database_a_way(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("a")
        apps = app.screen
        assert isinstance(apps, AppsScreen)
        found = await letters(app, pilot)
        await pilot.press(found["checkout"])
        assert apps.id_shown == "checkout"
        await pilot.press("J", found["apps-connections" if size == WIDE else "Connections"])
        assert apps.page_shown == "Connections"
        await pilot.press("escape", "R")
        recovery = app.screen
        assert isinstance(recovery, RecoveryScreen)
        found = await letters(app, pilot)
        assert {recovery.id_shown, "rec-line", "backtrack"} <= set(found)
        other = next(id for id in databases.ids(app.desk.cloud) if id in found and id != recovery.id_shown)
        await pilot.press(found[other])
        assert recovery.id_shown == other


async def test_on_a_drill_and_in_a_pane_there_are_letters_too() -> None:
    async with lesson() as (app, pilot, _):
        found = await letters(app, pilot)
        assert set(found) == {"drill-win", "drill-story"}
        await pilot.press(found["drill-story"])
        assert app.focused is not None
        assert app.focused.id == "drill-story"
        await pilot.press("escape", "D")
        found = await letters(app, pilot)
        await pilot.press(found["from checkout"])
        assert isinstance(app.screen, PaneScreen)
        assert "checkout" in shown(app, "pane-text")


async def test_nothing_is_handled_under_the_letters_while_nothing_happens() -> None:
    async with console() as (app, pilot):
        await pilot.press("J")
        handled = app.handled
        await pilot.pause(0.5)
        assert app.handled == handled


async def test_the_way_to_the_selected_thing_stands_on_every_size() -> None:
    async with console(size=NARROW) as (app, pilot):
        app.fleet_screen.look_at("orders-2")
        assert re.search(r"us-east-1 › orders › orders-2$", shown(app, "areas").rstrip())
        await pilot.resize_terminal(*WIDE)
        assert "us-east-1 › orders › orders-2" in str(app.fleet_screen.frame_of("thing").border_title)


async def test_the_history_goes_past_what_has_been_deleted() -> None:
    async with console(session_of("global_aurora")) as (app, pilot):
        for id in ("catalog", "orders-3", "ledger"):
            app.fleet_screen.look_at(id)
        app.desk.ask(parse("rds:delete-db-instance orders-3"))
        await pilot.press("G", *"30m", "enter")
        await settle(app, pilot)
        assert "orders-3" not in app.desk.cloud.instances
        await pilot.press("left_square_bracket")
        assert app.desk.looking.selected == "catalog"
        await pilot.press("right_square_bracket")
        assert app.desk.looking.selected == "ledger"
