"""The map at scale, on the screen: only what is seen is painted, keys go nearer and further, a cell can be clicked."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import pytest
from textual.strip import Strip

from opsconsole.cloud import Cloud
from opsconsole.commands import parse
from opsconsole.console.map_watch import MapWatch
from opsconsole.console.views import Level
from opsconsole.console.views.map_rows import rows
from opsconsole.console.widgets import LinesView
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Session
from opsconsole.fleet import LoadedFleet, parse_fleet
from tests.benchmarks.fleets import fleet_of
from tests.console.helpers_app import NARROW, WIDE, console, session_of, shown
from tests.engine.test_engine import until


def large(nodes: int) -> Session:
    text = fleet_of(nodes)
    return begin(LoadedFleet(parse_fleet(text, "many.toml"), text, Path("many.toml")))


async def test_of_ten_thousand_nodes_only_cells_in_sight_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: Counter[str | None] = Counter()
    original = LinesView.render_line

    def counted(view: LinesView, y: int) -> Strip:
        painted[view.id] += 1
        return original(view, y)

    async with console(large(10_000)) as (app, pilot):
        view = app.fleet_screen.lines_of("map")
        assert len({id for line in view.lines for _, _, id in line.refs if id in app.desk.cloud.instances}) == 10_000
        monkeypatch.setattr(LinesView, "render_line", counted)
        app.fleet_screen.repaint()
        await pilot.pause()
        assert not painted  # nothing has changed
        view.refresh()
        await pilot.pause()
        assert 0 < painted["map"] <= view.size.height


async def test_z_goes_nearer_to_the_selected_thing_and_back_and_a_click_selects_a_cell() -> None:
    async with console(large(200)) as (app, pilot):
        screen = app.fleet_screen
        view, looking = screen.lines_of("map"), app.desk.looking
        row = next(number for number, line in enumerate(view.lines) if any(ref == "db000-3" for *_, ref in line.refs))
        column = next(start for start, _, ref in view.lines[row].refs if ref == "db000-3")
        await pilot.click(view, offset=(column + 2, row + 1))  # inside frame and padding
        assert looking.selected == "db000-3"
        titles = []
        for key in ("z", "z", "z", "Z", "Z", "Z"):
            await pilot.press(key)
            titles.append((screen.area, str(screen.frame_of("map").border_title)))
        region, zone = "Map › us-east-1", "Map › us-east-1 › us-east-1a"
        assert titles == [
            ("map", region),
            ("map", zone),
            ("thing", zone),
            ("map", zone),
            ("map", region),
            ("map", "Map"),
        ]
        assert looking.selected == "db000-3"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=str)
async def test_escape_goes_back_from_the_thing_to_the_map(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("enter")
        assert app.fleet_screen.area == "thing"
        assert size == WIDE or "esc back" in shown(app, "areas")
        await pilot.press("escape")
        assert app.fleet_screen.area == "map"
        assert app.focused is app.fleet_screen.lines_of("map")
        assert "esc back" not in shown(app, "areas")


async def test_a_filter_narrows_the_map_and_escape_undoes_filter_and_zoom_one_by_one() -> None:
    async with console(large(200)) as (app, pilot):
        looking = app.desk.looking
        await pilot.press("z", "slash", *"db004-1", "enter")
        assert looking.selected == "db004-1"
        assert "db000" not in shown(app, "map")
        await pilot.press("escape")
        assert (looking.map_filter, looking.level) == ("", Level.REGION)
        assert "db000" in shown(app, "map")
        await pilot.press("escape")
        assert looking.level is Level.FLEET


async def test_a_screen_that_is_left_leaves_nothing_painted_behind() -> None:
    async with console(session_of()) as (_, pilot):
        counts = []
        for _ in range(4):
            await pilot.press("question_mark", "question_mark", "R", "R")
            gc.collect()
            counts.append(sum(isinstance(one, Strip) for one in gc.get_objects()))
        assert counts[-1] - counts[1] < 2 * 200  # each of them is 48 rows of several widgets


async def test_a_large_fleet_is_looked_at_in_slices_and_the_map_tells_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("opsconsole.console.screens.painting.SLICE", 7)
    looks: list[int | None] = []
    original = MapWatch.look

    def noted(watch: MapWatch, cloud: Cloud, truth: bool, services: int | None) -> bool:
        looks.append(services)
        return original(watch, cloud, truth, services)

    async with console(large(200)) as (app, pilot):  # 40 services
        monkeypatch.setattr(MapWatch, "look", noted)
        app.desk.ask(parse("az:outage us-east-1a for=2m"))
        await app.desk.engine.run_to(30_000_000).wait()
        there = sum(one.zone.name == "us-east-1a" for one in app.desk.cloud.instances.values())
        await until(lambda: f"✖ {there} down" in shown(app, "map"))
        await pilot.press("v")
        await until(lambda: f"✖ {there} down" not in shown(app, "map"))  # AWS shows statuses
        assert len(looks) >= 2 * (40 // 7)
        assert set(looks) == {7}  # nobody looks at everything at once


def test_a_pass_over_the_map_goes_on_while_time_does_and_while_things_come_and_go() -> None:
    cloud, watch = large(50).cloud, MapWatch()
    assert [watch.look(cloud, True, 4) for _ in range(3)] == [False, False, True]
    assert (watch.rows, watch.version) == (rows(cloud, True), 1)
    assert watch.look(cloud, True, 4)  # nothing has happened: nothing is looked at
    assert watch.version == 1
    cloud.kernel.run_until(1_000_000)
    assert not watch.look(cloud, True, 4)
    cloud.kernel.run_until(2_000_000)
    del cloud.clusters["db009"]
    assert [watch.look(cloud, True, 4) for _ in range(2)] == [False, True]
    assert (watch.rows != rows(cloud, True), watch.version) == (True, 2)  # it was there when the pass began
    watch.look(cloud, True, None)
    assert watch.rows == rows(cloud, True)
    watch.look(cloud, False, None)
    assert watch.rows == rows(cloud, False)
