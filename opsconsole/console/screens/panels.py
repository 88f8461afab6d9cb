"""The panels of the fleet's screen, as far as they differ from plain lines: their keys.

What a key means for the whole screen is the screen's action.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from opsconsole.console.widgets import LinesView


class Bar(LinesView, can_focus=False):
    """One line of words that can be clicked."""

    show_cursor = reactive(False)


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


VIEWS: Final[dict[str, type[LinesView]]] = {"map": SpotsView, "apps": LinesView, "feed": LinesView}
"""The panel of each area but the thing's, which has a line of tabs above it."""
