"""Every screen, pane, form and list of the console: at every size it fits, says SIMULATED, and is quiet; its keys work.

What each of them is for is tested beside it; here nothing may be missed.
"""

from __future__ import annotations

import pytest
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from opsconsole.console import keys
from opsconsole.console.app import News
from opsconsole.console.widgets import LinesView
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, Watched
from tests.console.picture import picture_of
from tests.console.places import FLEET_ALONE, PLACES, everywhere, go, leave

SMALL = (60, 16)
SIZES = (WIDE, MEDIUM, NARROW, SMALL)


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The panels whose rows are painted from now on, row by row."""
    rows: list[str] = []
    original = LinesView.render_line

    def render_line(view: LinesView, y: int) -> Strip:
        rows.append(f"{view.id} {y}")
        return original(view, y)

    monkeypatch.setattr(LinesView, "render_line", render_line)
    return rows


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_every_place_opens_fits_says_simulated_and_paints_nothing_while_nothing_happens(
    size: tuple[int, int], painted: list[str]
) -> None:
    wrong = []
    async with everywhere(size) as (app, pilot):
        for place, way in PLACES.items():
            await go(app, pilot, way)
            assert (len(app.screen_stack) > FLEET_ALONE) == bool(way), (place, app.told)
            wrong += [(place, what) for what in beyond(app, size)]
            if "SIMULATED" not in "\n".join(picture_of(app).rows):
                wrong.append((place, "does not say SIMULATED"))
            painted.clear()
            app.post_message(News())
            app.ground.repaint()
            await pilot.pause()
            wrong += [(place, f"painted {row} although nothing had changed") for row in painted]
            await leave(app, pilot)
    assert not wrong


def beyond(app: Watched, size: tuple[int, int]) -> list[str]:
    """Parts of the top screen that reach over an edge of the terminal, and lines that are longer than their panel."""
    width, height = size
    wrong = []
    for widget in app.screen.walk_children(Widget):
        region = widget.region
        if not widget.is_on_screen or not region:
            continue
        if region.right > width or region.x < 0 or (region.bottom > height and not scrolls(widget)):
            wrong.append(f"{widget!r} {region}")
        if isinstance(widget, LinesView):
            most = max((len(line.text) for line in widget.lines), default=0)
            if most > widget.size.width:
                wrong.append(f"{widget!r} has {most} columns of text for {widget.size.width}")
    return wrong


def scrolls(widget: Widget) -> bool:
    """Whether it stands in something that scrolls up and down: then it may go on below the edge."""
    return any(isinstance(node, Widget) and node.allow_vertical_scroll for node in widget.ancestors)


SCREENS = {
    "fleet": "fleet",
    "recovery": "recovery",
    "scrubber": "line of time",
    "past": "past",
    "apps": "apps",
    "drill": "drill",
    "metrics": "metrics",
    "projector": "projector",
}
"""The places whose keys stand in `keys.EVERY`, by what it calls their screens."""
IDLE = ["fleet.zoom-1", "recovery.edge0"]
"""Keys that have nothing to do where the others have led: it is as near as it gets, the cursor stands at the end."""


async def test_every_key_does_something_or_says_why_not() -> None:
    assert SCREENS.keys() == {key.screen for key in keys.EVERY}
    idle = []
    async with everywhere(MEDIUM) as (app, pilot):
        for screen, place in SCREENS.items():
            opened: list[Screen[object]] = []
            for key in (key for key in keys.EVERY if key.screen == screen and key.action != "leave"):
                if app.screen_stack != opened:
                    await leave(app, pilot)
                    app.fleet_screen.look_at("orders")
                    await go(app, pilot, PLACES[place])
                    opened = app.screen_stack[:]
                    assert (len(opened) > FLEET_ALONE) == bool(PLACES[place]), (place, app.told)
                app.told.clear()
                before = state(app)
                await go(app, pilot, key.keys.partition(",")[0])
                if state(app) == before:
                    idle.append(key.name)
                app.desk.engine.pause()
            await leave(app, pilot)
    assert idle == IDLE


def state(app: Watched) -> tuple[object, ...]:
    """Everything that a key may change: what is shown, where the keys go, how time runs, what is said."""
    engine, top = app.looked_at.engine, app.screen
    views = [(view.id, view.lines, view.scroll_offset, view.cursor_row, view.display) for view in top.query(LinesView)]
    clock = (engine.now_us, engine.paused, engine.speed, engine.brake)
    return app.screen_stack[:], app.focused, views, clock, app.clipboard, list(app.told)
