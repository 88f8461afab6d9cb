"""RDS, caches, alarms and tracers on the real screen: what a person does with them, key by key."""

from __future__ import annotations

import pytest

from opsconsole.console.app import News
from opsconsole.console.screens.alarms import AlarmsScreen
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.menu import MenuScreen
from opsconsole.console.widgets import LinesView
from tests.console.helpers_app import NARROW, SIZES, WIDE, console, session_of, shown

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


@sizes
async def test_it_opens_on_the_database_that_the_busiest_app_uses(size: tuple[int, int]) -> None:
    async with console(session_of("three_tier"), size=size) as (app, pilot):
        assert app.desk.looking.selected == "shop"
        app.fleet_screen.show_area("thing")
        await pilot.pause()
        assert "shop/1" in shown(app, "thing")
        assert "in sync" in shown(app, "thing")


async def test_arrows_walk_over_hosts_replicas_and_nodes_and_every_tab_is_there() -> None:
    async with console(session_of("three_tier"), size=WIDE) as (app, pilot):
        app.fleet_screen.look_at("shop")
        await pilot.press("right")
        assert app.desk.looking.selected == "shop/1"
        await pilot.press("right", "right")
        assert app.desk.looking.selected == "shop-ro"
        await pilot.press("down")
        assert app.desk.looking.selected.startswith("sessions")
        for id in ("shop", "shop/2", "shop-ro", "sessions", "sessions-001", "storefront"):
            app.fleet_screen.look_at(id)
            for tab in app.fleet_screen.tabs():
                app.fleet_screen.show_tab(tab)
                await pilot.pause()
                assert shown(app, "thing").strip(), f"{id} {tab}"


async def test_a_menu_of_a_db_instance_is_greyed_in_aws_words() -> None:
    async with console(session_of("rds_multi_az"), size=WIDE) as (app, pilot):
        app.fleet_screen.look_at("billing")
        await pilot.press("o")
        assert isinstance(app.screen, MenuScreen)
        listed = shown(app, "menu-list")
        assert "refused now: InvalidDBInstanceState" in listed
        assert "billing (DB instance)" in listed


async def test_alarms_are_listed_acknowledged_and_lead_to_their_thing() -> None:
    session = session_of("three_tier", "app:set-rate storefront writes=900/s", until_s=1200)
    async with console(session, size=WIDE) as (app, pilot):
        app.desk.alarms.finish(app.desk.cloud)  # the look at the alarms is taken in slices
        app.fleet_screen.repaint()
        assert "▲" in shown(app, "status")
        await pilot.press("A")
        assert shown(app, "pane-tabs").startswith(" in ALARM ")
        assert isinstance(app.screen, AlarmsScreen)
        text = app.screen.query_one("#pane-text", LinesView)
        assert "▲ ALARM  shop" in shown(app, "pane-text")
        await pilot.press("a")
        assert "acknowledged" in shown(app, "pane-text")
        assert app.desk.new_alarms() == []
        await pilot.press("right")
        assert "changes" in shown(app, "pane-text")
        await pilot.press("left")
        row = next(number for number, line in enumerate(text.lines) if line.ref is not None)
        text.move_cursor(row)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, FleetScreen)
        assert app.desk.looking.selected == text.lines[row].ref


async def test_alarms_that_begin_while_others_ring_do_not_pile_up() -> None:
    session = session_of("three_tier", "app:set-rate storefront writes=900/s", until_s=1200)
    async with console(session, size=WIDE) as (app, pilot):

        def toasts() -> list[str]:
            return [str(toast.render()) for toast in app.screen.query("Toast")]

        app.desk.alarms.finish(app.desk.cloud)
        for _ in range(3):
            app.post_message(News())
            await pilot.pause()
        assert sum("in ALARM: A lists them" in toast for toast in toasts()) == 1
        app.desk.acknowledge()
        app.post_message(News())
        await pilot.pause()
        assert sum("in ALARM: A lists them" in toast for toast in toasts()) == 1


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_each_press_follows_another_request(size: tuple[int, int]) -> None:
    async with console(session_of("three_tier", until_s=60), size=size) as (app, pilot):
        await pilot.press("t")
        await pilot.pause()
        assert app.desk.looking.selected == "storefront"
        assert "tracer 0" in shown(app, "thing")
        await pilot.press("t", "t")
        await pilot.pause()
        assert "tracer 2" in shown(app, "thing")
        assert "sessions.primary" in shown(app, "thing")
