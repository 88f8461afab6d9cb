"""The screen, divided: which areas are on it, how large each is, and where the keys are.

It knows sizes and focus, and nothing of what the panels show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.widget import Widget

from opsconsole.console.desk import Desk
from opsconsole.console.layouts import AREA_TITLES, AREAS, Layout, Needs, grid_for, layout_for, rows_for
from opsconsole.console.notices import Tell
from opsconsole.console.screens.panels import VIEWS, Bar, TabBar, ThingView
from opsconsole.console.screens.placing import FRAMES, place
from opsconsole.console.screens.sorting import SortKeys
from opsconsole.console.views import map_rows_at_rest
from opsconsole.console.widgets import LinesView

LEGEND_LINES: Final = 3
SPARE_LINES: Final = 2
"""Lines that the apps get more than they need at rest, for what is wrong; the map gets twice as many."""


class DividedScreen(SortKeys):
    """Map, apps, thing and events; which of them are on the screen depends on its size."""

    DEFAULT_CLASSES = "fleet"

    def __init__(self, desk: Desk, size: Size) -> None:
        """``size`` is the terminal's, so that the screen need not be divided twice before its first paint."""
        super().__init__(desk)
        self.area = self.areas()[0]
        self.maximised = False
        self._divided_for = size
        self._layout = layout_for(size.width, size.height)
        self._divide()

    def compose(self) -> ComposeResult:
        """The bars around a grid of four panels, and the list for a very small screen."""
        yield from self.named(Bar(id="status"), TabBar(id="areas"))
        frames = {area: self._frame(area) for area in FRAMES}
        with Container(id="body") as body:
            for area, frame in frames.items():
                frame.border_title = AREA_TITLES[area]
                yield frame
        self._lay_out(body, frames)
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
        self._arrange()

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

    def areas(self) -> list[str]:
        """The areas that are not hidden, in their order."""
        return [area for area in AREAS if area not in self.desk.remembered.hidden]

    def _shows(self, area: str) -> bool:
        if self._shape is Layout.SINGLE:
            return area == self.area
        return self._shape is not Layout.TINY and area in self.areas()

    def _lay_out(self, body: Container, frames: Mapping[str, Widget]) -> None:
        """Give each panel its place in the grid."""
        rows = rows_for(self._shape, self._divided_for.height, self._needs())
        grid = grid_for(self._shape, [area for area in AREAS if self._shows(area)], rows)
        place(grid, body, frames)

    def _arrange(self) -> None:
        self._divide()
        self._lay_out(self.query_one("#body", Container), {area: self.frame_of(area) for area in FRAMES})
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
        areas = self.areas()
        self.show_area(areas[(areas.index(self.area) + by) % len(areas)])

    def action_maximise(self) -> None:
        """One panel over the whole screen, and back."""
        self.maximised = not self.maximised
        self._arrange()

    def action_hide(self) -> None:
        """Leave the panel with the keys out, until all are shown again."""
        areas = self.areas()
        if len(areas) == 1:
            self.post_message(Tell("panels", "this is the only one that is shown"))
            return
        self.desk.remembered.hidden.append(self.area)
        self.area = areas[(areas.index(self.area) + 1) % len(areas)]
        self.keep()
        self._arrange()

    def action_unhide(self) -> None:
        """Show every panel."""
        self.desk.remembered.hidden.clear()
        self.keep()
        self._arrange()

    def show_area(self, area: str) -> None:
        """Bring an area to the front and move the keys there; one that was hidden is shown again."""
        if area in self.desk.remembered.hidden:
            self.desk.remembered.hidden.remove(area)
            self.keep()
        self.area = area
        self._arrange()
