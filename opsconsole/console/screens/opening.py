"""The first paint: the frame of the fleet's screen, while the rest of the program and the fleet are still being read.

Nothing heavy is imported here. Its panels stand where the fleet's will, so that nothing jumps.
"""

from __future__ import annotations

from shutil import get_terminal_size

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from opsconsole.console.layouts import AREA_TITLES, Layout, layout_for


class OpeningScreen(Screen[None]):
    """Empty panels, and the word that nobody may miss."""

    DEFAULT_CLASSES = "fleet"

    def __init__(self, *, ascii: bool) -> None:
        super().__init__()
        self._opening = "  opening ..." if ascii else "  opening …"
        self._divide(*get_terminal_size())  # so that the first paint need not be divided anew

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Static(Content.assemble((" SIMULATED ", "$background on $text-warning bold"), self._opening), id="status")
        with Container(id="body"):
            for area in ("map", "right", "apps", "feed"):
                panel = Static("", id=area, classes="panel")
                panel.border_title = AREA_TITLES.get(area, "")
                yield panel

    def on_resize(self, event: events.Resize) -> None:
        """Divide the screen as the fleet's will be."""
        self._divide(event.size.width, event.size.height)

    def _divide(self, width: int, height: int) -> None:
        shape = layout_for(width, height)
        for layout in Layout:
            self.set_class(layout is shape, layout.value)
