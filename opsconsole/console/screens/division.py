"""The screen, divided: which areas are on it, how large each is, and where the keys are.

It knows sizes and focus, and nothing of what the panels show.
"""

from __future__ import annotations

from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.widget import Widget

from opsconsole.console.desk import Desk
from opsconsole.console.layouts import AREA_TITLES, AREAS, Layout, Needs, layout_for, rows_for
from opsconsole.console.screens.ground import GroundScreen
from opsconsole.console.screens.panels import VIEWS, Bar, TabBar, ThingView
from opsconsole.console.views import map_rows_at_rest
from opsconsole.console.widgets import LinesView

LEGEND_LINES: Final = 3
SPARE_LINES: Final = 2
"""Lines that the apps get more than they need at rest, for what is wrong; the map gets twice as many."""
FRAMES: Final = {"map": "map", "thing": "right", "apps": "apps", "feed": "feed"}
"""The widget around each area, in the order in which the grid is filled."""


class DividedScreen(GroundScreen):
    """Map, apps, thing and events; which of them are on the screen depends on its size."""

    AUTO_FOCUS = "#map"
    DEFAULT_CLASSES = "fleet"

    def __init__(self, desk: Desk, size: Size) -> None:
        """``size`` is the terminal's, so that the screen need not be divided twice before its first paint."""
        super().__init__(desk)
        self.area = "map"
        self.maximised = False
        self._divided_for = size
        self._layout = layout_for(size.width, size.height)
        self._divide()

    def compose(self) -> ComposeResult:
        """The bars around a grid of four panels, and the list for a very small screen."""
        yield from self.named(Bar(id="status"), TabBar(id="areas"))
        with Container(id="body") as body:
            body.styles.grid_rows = self._grid_rows()
            for area in FRAMES:
                frame = self._frame(area)
                frame.border_title = AREA_TITLES[area]
                frame.display = self._shows(area)
                yield frame
        yield from self.named(LinesView(id="tiny"), Bar(id="keys"))

    def _frame(self, area: str) -> Widget:
        if area == "thing":
            return Container(*self.named(TabBar(id="tabs"), ThingView(id="thing")), id=FRAMES[area], classes="panel")
        return self.named(VIEWS[area](id=area, classes="panel"))[0]

    # -- what is where -------------------------------------------------------------------------------------------

    def lines_of(self, area: str) -> LinesView:
        """The widget that shows an area."""
        return self._views[area]

    def frame_of(self, name: str) -> Widget:
        """The widget with the frame around an area: the thing's is around its tabs, too."""
        view = self._views[name]
        return view.parent if name == "thing" and isinstance(view.parent, Widget) else view

    def on_mount(self) -> None:
        """Paint as soon as the panels have their sizes."""
        self.call_after_refresh(self.repaint)

    def on_resize(self, event: events.Resize) -> None:
        """Divide the screen anew, if it is another size."""
        if event.size != self._divided_for:
            self._divided_for = event.size
            self._layout = layout_for(event.size.width, event.size.height)
            self._arrange()

    @property
    def _shape(self) -> Layout:
        """What the screen is divided into: what fits its size, or the one panel that is maximised."""
        return Layout.SINGLE if self.maximised and self._layout is not Layout.TINY else self._layout

    def _divide(self) -> None:
        for layout in Layout:
            self.set_class(layout is self._shape, layout.value)

    def _shows(self, area: str) -> bool:
        return self._shape is not Layout.TINY and (self._shape is not Layout.SINGLE or area == self.area)

    def _grid_rows(self) -> str:
        rows = rows_for(self._shape, self._divided_for.height, self._needs())
        match self._shape:
            case Layout.WIDE:
                return f"1fr {rows.apps} {rows.feed}"
            case Layout.MEDIUM:
                return f"1fr {rows.feed}"
            case _:
                return "1fr"

    def _arrange(self) -> None:
        self._divide()
        self.query_one("#body", Container).styles.grid_rows = self._grid_rows()
        for area in AREAS:
            self.frame_of(area).display = self._shows(area)
        self._focus_area()
        self.call_after_refresh(self.repaint)

    def _needs(self) -> Needs:
        cloud = self.desk.cloud
        return Needs(map_rows_at_rest(cloud) + LEGEND_LINES + 2 * SPARE_LINES, len(cloud.apps) + SPARE_LINES)

    def _focus_area(self) -> None:
        view = self.lines_of("tiny" if self._shape is Layout.TINY else self.area)
        if self.focused is not view:
            view.focus(scroll_visible=False)

    @on(events.DescendantFocus)
    def _area_focused(self, event: events.DescendantFocus) -> None:
        if event.widget.id in AREAS:
            self.area = event.widget.id

    def action_area(self, by: int) -> None:
        """Go to another panel."""
        self.show_area(AREAS[(AREAS.index(self.area) + by) % len(AREAS)])

    def action_maximise(self) -> None:
        """One panel over the whole screen, and back."""
        self.maximised = not self.maximised
        self._arrange()

    def show_area(self, area: str) -> None:
        """Bring an area to the front and move the keys there."""
        self.area = area
        self._arrange()
