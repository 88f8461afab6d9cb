"""The panels of the screens, as far as they differ from plain lines: their keys, and what a click on them means.

What a key means for the whole screen is the screen's action.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from opsconsole.console.widgets import LinesView


class Bar(LinesView, can_focus=False):
    """One line of words that can be clicked."""

    show_cursor = reactive(False)


class TabBar(Bar):
    """One line of tabs: each of them can be jumped to."""


class SpotsView(LinesView):
    """Lines that hold several things each: the arrows move the selection itself, in both directions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "screen.move(0, -1)", "left", show=False),
        Binding("right,l", "screen.move(0, 1)", "right", show=False),
        Binding("up,k", "screen.move(-1, 0)", "up", show=False),
        Binding("down,j", "screen.move(1, 0)", "down", show=False),
        Binding("enter", "screen.open_selected", "open", show=False),
    ]

    show_cursor = reactive(False)

    def bring_into_sight(self, row: int) -> None:
        """Scroll no further than needed, but never leave the row at an edge behind which there is more."""
        top, height = self.scroll_offset.y, self.size.height
        lowest, highest = row - height + 2, row - 1
        wanted = max(0, min(max(top, lowest), highest))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False)


class ThingView(LinesView):
    """The selected thing: left and right change its tab."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "screen.next_tab(-1)", "tab before", show=False),
        Binding("right,l", "screen.next_tab(1)", "next tab", show=False),
    ]


class TimeLineView(LinesView, inherit_bindings=False):
    """The time line: a click on it is an instant. Its keys are the screen's: they move the cursor."""

    show_cursor = reactive(False)

    class Pointed(Message):
        """A column was clicked."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column
            """Counted from the left of the panel."""

    def on_click(self, event: events.Click) -> None:
        """Say which column it was."""
        offset = event.get_content_offset(self)
        if offset is not None:
            event.stop()
            self.post_message(TimeLineView.Pointed(offset.x))


class Scrolling(LinesView):
    """Lines to read: the arrows scroll them."""

    show_cursor = reactive(False)


class PageView(LinesView, inherit_bindings=False):
    """Lines to read, page by page: the arrows are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "edge(0)", "first", show=False),
        Binding("end", "edge(1)", "last", show=False),
    ]

    show_cursor = reactive(False)


class Reading(LinesView, can_focus=False):
    """Lines to read, and to click on."""

    show_cursor = reactive(False)


class Listing(Reading):
    """Lines that stand for things: each of them can be jumped to."""


VIEWS: Final[dict[str, type[LinesView]]] = {"map": SpotsView, "apps": LinesView, "feed": LinesView}
"""The panel of each area but the thing's, which has a line of tabs above it."""
