"""Panels are hidden and shown again; those that are left fill the screen, and the next session looks the same."""

from itertools import combinations
from pathlib import Path

import pytest

from opsconsole.console.layouts import AREAS, Layout, Rows, grid_for
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, Watched, console, session_of, shown

SUBSETS = [list(some) for count in range(1, 5) for some in combinations(AREAS, count)]


@pytest.mark.parametrize("layout", [Layout.WIDE, Layout.MEDIUM])
def test_what_is_shown_fills_the_grid(layout: Layout) -> None:
    for areas in SUBSETS:
        grid = grid_for(layout, areas, Rows(8, 12))
        assert set(grid.spans) == set(areas)
        cells = len(grid.columns.split()) * len(grid.rows.split())
        assert sum(columns * rows for columns, rows in grid.spans.values()) == cells, areas
        assert "1fr" in grid.rows


def check_filled(app: Watched, areas: list[str]) -> None:
    """The panels that are shown lie side by side over the whole body, the map and the apps to the left of the thing."""
    screen = app.fleet_screen
    body = screen.query_one("#body").region
    regions = {area: screen.frame_of(area).region for area in AREAS if screen.frame_of(area).display}
    assert list(regions) == areas
    assert sum(region.area for region in regions.values()) == body.area
    assert all(region in body for region in regions.values())
    assert not any(one.overlaps(other) for one, other in combinations(regions.values(), 2))
    if "thing" in regions:
        assert all(regions[area].x <= regions["thing"].x for area in ("map", "apps") if area in regions)
    assert screen.area in areas
    assert all(shown(app, area) for area in areas)


@pytest.mark.parametrize("size", [WIDE, MEDIUM], ids=lambda size: "x".join(map(str, size)))
async def test_any_panels_that_are_left_fill_the_screen(size: tuple[int, int]) -> None:
    async with console(session_of("aurora_mysql", until_s=5), size) as (app, pilot):
        check_filled(app, list(AREAS))
        for areas in SUBSETS:
            await pilot.press("W")
            for area in AREAS:
                if area not in areas:
                    app.fleet_screen.show_area(area)
                    await pilot.press("w")
            check_filled(app, areas)
        await pilot.press("W")
        check_filled(app, list(AREAS))


async def test_hidden_panels_are_skipped_remembered_and_come_back_when_they_are_gone_to(tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    async with console(session_of("aurora_mysql"), WIDE, remembered_file=file) as (app, pilot):
        await pilot.press("w", "w", "w")
        check_filled(app, ["feed"])
        await pilot.press("w")
        assert "panels: this is the only one that is shown" in app.told
        await pilot.press("tab", "m", "m", "J")
        assert "jump: there is one panel here" in app.told
    for size in (WIDE, MEDIUM, NARROW):
        async with console(session_of("aurora_mysql"), size, remembered_file=file) as (app, pilot):
            check_filled(app, ["feed"])
            assert app.focused is app.fleet_screen.lines_of("feed")
            assert "Map" not in shown(app, "areas")
    async with console(session_of("aurora_mysql"), WIDE, remembered_file=file) as (app, pilot):
        await pilot.press("W", "shift+tab", "w", "tab")
        check_filled(app, ["map", "apps", "feed"])
        assert app.fleet_screen.area == "map"
        await pilot.press("enter")
        check_filled(app, list(AREAS))
    async with console(session_of("aurora_mysql"), WIDE, remembered_file=file) as (app, pilot):
        check_filled(app, list(AREAS))
