"""A screen that stands in place of the fleet's for a while: panels between the line of status and the keys.

Like the fleet's it owns no timer, and paints what has changed.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult

from opsconsole.console import keys
from opsconsole.console.bars import key_line
from opsconsole.console.screens.ground import GroundScreen
from opsconsole.console.screens.panels import Bar
from opsconsole.console.screens.steering import TimeKeys
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.widgets import LinesView


class VisitScreen(TimeKeys, GroundScreen):
    """What such screens share. A screen says which keys it has, what is where, what is painted, what a click means."""

    OWN: ClassVar[tuple[keys.Key, ...]]
    BESIDES: ClassVar[tuple[keys.Key, ...]] = keys.SHARED

    def compose(self) -> ComposeResult:
        """The panels between the bars."""
        yield from self.named(Bar(id="status"))
        yield from self._panels()
        yield from self.named(Bar(id="keys"))

    def on_mount(self) -> None:
        """Paint as soon as the panels have their sizes."""
        self._divide()
        self.call_after_refresh(self.repaint)

    def on_resize(self, event: events.Resize) -> None:
        """Another size."""
        self._divide()
        self.call_after_refresh(self.repaint)

    def repaint(self) -> None:
        """Paint everything that is on the screen; lines that are the same stay untouched."""
        if not self._views or not self.size.width:
            return
        self.painted()
        self.paint_status()
        besides = keys.only_looking(self.BESIDES) if self.desk.locked else self.BESIDES
        shown = keys.visit_bar_keys(self.OWN, besides, self.desk.keymap)
        self._set("keys", in_ascii([key_line(shown, self.size.width)], self.desk.ascii))
        self._paint()

    def _panels(self) -> ComposeResult:
        """What stands between the bars; every view of it is to be `named`."""
        raise NotImplementedError

    def _divide(self) -> None:
        """Give each panel its place in a terminal of this size."""

    def _paint(self) -> None:
        """Paint what stands between the bars."""
        raise NotImplementedError

    def _clicked(self, ref: str, view: str | None) -> None:
        """Something in a panel was chosen."""

    def action_close(self) -> None:
        """Back to what it covered."""
        self.dismiss()

    @on(LinesView.Selected)
    def _selected(self, event: LinesView.Selected) -> None:
        event.stop()
        if event.view.id == "keys":
            self.call_later(self.run_action, event.ref)
        else:
            self._clicked(event.ref, event.view.id)
