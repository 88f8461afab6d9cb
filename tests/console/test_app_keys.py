"""Every key of the fleet's screen, at three sizes of the terminal."""

import pytest

from opsconsole.console.keys import KEYS
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.menu import MenuScreen
from opsconsole.console.screens.pane import PaneScreen
from opsconsole.console.screens.prompt import PromptScreen
from tests.console.helpers_app import MEDIUM, NARROW, SIZES, WIDE, console, session_of, settle, shown

pytestmark = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
Size = tuple[int, int]


async def test_space_pauses_and_resumes(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        assert "paused" in shown(app, "status")
        await pilot.press("space")
        assert not app.desk.engine.paused
        await pilot.pause(0.1)
        assert "paused" not in shown(app, "status")
        await pilot.press("space")
        assert app.desk.engine.paused


async def test_plus_and_minus_walk_the_ladder_of_speeds(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("plus", "plus", "equals_sign", "minus")
        assert app.desk.engine.speed == 5.0
        for _ in range(20):
            await pilot.press("plus")
        assert app.desk.engine.speed == 3600.0
        for _ in range(20):
            await pilot.press("minus")
        assert app.desk.engine.speed == 0.1


async def test_full_stop_runs_to_the_next_event_and_pauses(size: Size) -> None:
    async with console(session_of("global_aurora", "az:outage us-east-1a"), size=size) as (app, pilot):
        rows = app.desk.cloud.log.count
        await pilot.press("full_stop")
        await settle(app, pilot)
        assert app.desk.cloud.log.count > rows
        assert app.desk.engine.paused


async def test_g_asks_for_a_moment_and_runs_there(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("G", *"10m", "enter")
        await settle(app, pilot)
        assert app.desk.engine.now_us == 600_000_000
        assert isinstance(app.screen, FleetScreen)
        assert "09:10:00Z" in shown(app, "status")


async def test_g_says_what_is_wrong_with_a_moment_and_keeps_asking(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("G", *"soon", "enter")
        assert isinstance(app.screen, PromptScreen)
        problem = app.screen.query_one("#prompt-problem")
        assert "no time" in str(problem.render())
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)
        assert app.desk.engine.now_us == 0


async def test_b_switches_the_incident_brake(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("b")
        assert not app.desk.engine.brake
        await pilot.press("b")
        assert app.desk.engine.brake
        assert [text for text in app.told if text.startswith("incident brake")] == [
            "incident brake: off",
            "incident brake: on: 5× at most from an app's first failed request",
        ]


async def test_r_lets_go_of_the_brake(size: Size) -> None:
    session = session_of("global_aurora", until_s=1)
    async with console(session, size=size, speed=60.0) as (app, pilot):
        await pilot.press("r")
        assert "incident brake: it holds nothing back now" in app.told
        app.desk.engine.resume()
        app.desk.ask(parse_line("region:outage us-east-1"))
        for _ in range(400):
            await pilot.pause(0.01)
            if app.desk.engine.braked is not None:
                break
        assert app.desk.engine.speed == 5.0
        await pilot.pause()
        assert "brake" in shown(app, "status")
        await pilot.press("r")
        assert app.desk.engine.speed == 60.0


async def test_v_changes_the_view(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        assert "truth" in shown(app, "status")
        await pilot.press("v")
        assert not app.desk.looking.truth
        assert "AWS" in shown(app, "status")
        await pilot.press("v")
        assert app.desk.looking.truth


async def test_d_shows_describe_json_and_its_pages_turn(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders")
        await pilot.press("d")
        assert isinstance(app.screen, PaneScreen)
        assert '"DBClusterIdentifier": "orders"' in shown(app, "pane-text")
        await pilot.press("right")
        assert "GlobalClusters" in shown(app, "pane-text")
        await pilot.press("tab", "escape")
        assert isinstance(app.screen, FleetScreen)


async def test_capital_d_digs_from_each_app(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders")
        await pilot.press("D")
        assert "CNAME" in shown(app, "pane-text")
        assert "from checkout" in shown(app, "pane-tabs")
        await pilot.press("right")
        assert "checkout" in shown(app, "pane-text")
        await pilot.press("q")
        assert isinstance(app.screen, FleetScreen)


async def test_capital_d_on_what_has_no_name_says_so(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("us-east-1a")
        await pilot.press("D")
        assert "has no name" in shown(app, "pane-text")


async def test_slash_filters_the_events_as_one_types(size: Size) -> None:
    async with console(session_of("global_aurora", "az:outage us-east-1a", until_s=60), size=size) as (app, pilot):
        app.fleet_screen.show_area("feed")
        await pilot.pause()
        before = shown(app, "feed")
        await pilot.press("slash", *"failover")
        assert app.desk.looking.text_filter == "failover"
        await pilot.press("enter")
        assert isinstance(app.screen, FleetScreen)
        after = shown(app, "feed")
        assert 0 < len(after.splitlines()) < len(before.splitlines())
        await pilot.press("escape")
        assert app.desk.looking.text_filter == ""
        assert shown(app, "feed") == before


async def test_slash_on_the_map_finds_a_thing(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("slash", *"eu-2", "enter")
        assert app.desk.looking.selected == "orders-eu-2"


async def test_tab_walks_the_panels_both_ways(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        seen = []
        for key in ("tab", "tab", "tab", "tab", "shift+tab"):
            await pilot.press(key)
            seen.append(app.focused.id if app.focused else None)
        assert seen == ["apps", "thing", "feed", "map", "feed"]


async def test_the_arrows_move_the_selection_over_the_map(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("us-east-1")
        await pilot.press("right")
        assert app.desk.looking.selected == "us-east-1a"
        await pilot.press("l", "h", "left")
        assert app.desk.looking.selected == "us-east-1"
        await pilot.press("down")
        first = app.desk.looking.selected
        await pilot.press("j")
        assert app.desk.looking.selected != first
        await pilot.press("up", "k")
        assert app.desk.looking.selected == "us-east-1"


async def test_enter_opens_the_selected_thing(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders")
        await pilot.press("enter")
        assert app.focused is not None
        assert app.focused.id == "thing"
        assert app.focused.display


async def test_an_app_is_selected_by_moving_over_it_and_opened_by_enter(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("tab", "down", "down", "down", "down")
        await pilot.pause()
        assert app.desk.looking.selected == "storefront"
        await pilot.press("enter")
        assert app.focused is not None
        assert app.focused.id == "thing"


async def test_enter_on_an_event_looks_at_its_source(size: Size) -> None:
    session = session_of("global_aurora", "rds:failover-db-cluster orders to=orders-3", until_s=60)
    async with console(session, size=size) as (app, pilot):
        app.fleet_screen.look_at("catalog")
        app.fleet_screen.show_area("feed")
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.desk.looking.selected != "catalog"


async def test_brackets_walk_the_history(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        for id in ("orders", "orders-2", "checkout"):
            app.fleet_screen.look_at(id)
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert app.desk.looking.selected == "orders"
        await pilot.press("right_square_bracket")
        assert app.desk.looking.selected == "orders-2"


async def test_m_maximises_a_panel_and_escape_makes_it_small_again(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("m")
        await pilot.pause()
        assert app.fleet_screen.lines_of("map").size.width >= size[0] - 4
        assert not app.fleet_screen.lines_of("feed").is_on_screen
        await pilot.press("escape")
        await pilot.pause()
        assert app.fleet_screen.lines_of("feed").is_on_screen == (size != NARROW)


async def test_c_copies_an_id_or_a_panel_that_says_simulated(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders-2")
        await pilot.press("c")
        assert app.clipboard == "orders-2"
        await pilot.press("tab", "tab", "tab", "c")
        assert app.clipboard.startswith("SIMULATED\n")


async def test_question_mark_helps_with_every_key_and_every_command(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("question_mark")
        text = " ".join(shown(app, "pane-text").split())
        assert all(key.sentence in text for key in KEYS)
        await pilot.press("right")
        assert "az:outage" in shown(app, "pane-text")
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)


async def test_o_and_x_open_what_fits_and_say_so_where_nothing_fits(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders")
        for key, word in (("o", "Fail over"), ("x", "Corrupt")):
            await pilot.press(key)
            assert isinstance(app.screen, MenuScreen)
            assert word in shown(app, "menu-list")
            await pilot.press("escape")
        app.fleet_screen.look_at("us-east-1a")
        await pilot.press("o")
        assert isinstance(app.screen, FleetScreen)
        assert any(text.startswith("operate: nothing fits us-east-1a") for text in app.told)


async def test_capital_h_heals_from_the_list_of_faults(size: Size) -> None:
    async with console(session_of("global_aurora", "az:outage us-east-1a", until_s=1), size=size) as (app, pilot):
        await pilot.press("H")
        assert "az:outage us-east-1a" in shown(app, "menu-list")
        await pilot.press("1")
        await pilot.pause()
        assert app.desk.cloud.faults.in_force == {}
        await pilot.press("H")
        assert "heal: no fault is in force" in app.told


async def test_help_explains_every_sign(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("question_mark", "right", "right")
        text = shown(app, "pane-text")
        for sign in "●◐○✖◌▲▮▯×…":
            assert f"  {sign}  " in text


async def test_read_only_refuses_what_changes_the_world_and_steers_time(size: Size) -> None:
    async with console(size=size, read_only=True) as (app, pilot):
        app.fleet_screen.look_at("orders")
        for key in ("o", "x", "H"):
            await pilot.press(key)
            assert isinstance(app.screen, FleetScreen)
        assert app.told == ["read-only: this session is read-only: it looks, and changes nothing"]
        assert "read-only" in shown(app, "status")
        assert "operate" not in shown(app, "keys")
        await pilot.press("plus", "d")
        assert app.desk.engine.speed == 2.0
        assert isinstance(app.screen, PaneScreen)


async def test_q_leaves_in_order(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


async def test_numbers_choose_tabs_and_arrows_turn_them(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        screen = app.fleet_screen
        screen.look_at("orders")
        await pilot.press("enter", "2")
        tabs = screen.tabs()
        assert screen.tab() == tabs[1]
        await pilot.press("right")
        assert screen.tab() == tabs[2 % len(tabs)]
        await pilot.press("h", "h")
        assert screen.tab() == tabs[0]
        screen.look_at("catalog")
        await pilot.press("2")
        screen.look_at("orders")
        assert screen.tab() == tabs[1]


async def test_a_click_selects_what_is_under_the_pointer(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        screen = app.fleet_screen
        row, line = next((n, one) for n, one in enumerate(screen.lines_of("map").lines) if "orders-2" in str(one.refs))
        start = next(start for start, _, id in line.refs if id == "orders-2")
        assert await pilot.click("#map", offset=(start + gutter(size), row + gutter(size, vertical=True)))
        await pilot.pause()
        assert app.desk.looking.selected == "orders-2"


async def test_a_click_on_the_key_bar_presses_the_key(size: Size) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders")
        bar = app.fleet_screen.query_one("#keys")
        start = next(start for start, _, action in bar.lines[0].refs if action == "break_it")  # type: ignore[attr-defined]
        await pilot.click("#keys", offset=(start, 0))
        await pilot.pause()
        assert isinstance(app.screen, MenuScreen)


def gutter(size: Size, vertical: bool = False) -> int:
    """Columns (or rows) of frame and padding around a panel's text."""
    framed = size in (WIDE, MEDIUM)
    return (1 if framed else 0) if vertical else (2 if framed else 1)


def parse_line(text: str):  # type: ignore[no-untyped-def]
    from opsconsole.commands import parse

    return parse(text)
