"""The first paint: the frame of the fleet's screen, while the rest of the program and the fleet are still being read.

Nothing heavy is imported here. Its panels stand where the fleet's will, so that nothing jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from opsconsole.console.layouts import AREA_TITLES, AREAS, Grid, Layout, Rows, grid_for, layout_for
from opsconsole.console.screens.placing import FRAMES, place

ROWS: Final = dict.fromkeys(Layout, Rows(9, 12)) | {Layout.MEDIUM: Rows(9, 9)}
"""How high the apps and the events of a small fleet are."""


class OpeningScreen(Screen[None]):
    """Empty panels, and the word that nobody may miss."""

    DEFAULT_CLASSES = "fleet"

    def __init__(self, *, ascii: bool, hidden: Sequence[str]) -> None:
        super().__init__()
        self._areas = [area for area in AREAS if area not in hidden]
        self._opening = "  opening ..." if ascii else "  opening …"
        self._divide(*get_terminal_size())  # so that the first paint need not be divided anew

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Static(Content.assemble((" SIMULATED ", "$background on $text-warning bold"), self._opening), id="status")
        panels = {area: Static("", id=id, classes="panel") for area, id in FRAMES.items()}
        with Container(id="body") as body:
            for area, panel in panels.items():
                panel.border_title = "" if area == "thing" else AREA_TITLES[area]
                yield panel
        place(self._grid(), body, panels)

    def on_resize(self, event: events.Resize) -> None:
        """Divide the screen as the fleet's will be."""
        self._divide(event.size.width, event.size.height)
        place(
            self._grid(), self.query_one("#body", Container), {a: self.query_one(f"#{id}") for a, id in FRAMES.items()}
        )

    def _divide(self, width: int, height: int) -> None:
        self._shape = layout_for(width, height)
        for layout in Layout:
            self.set_class(layout is self._shape, layout.value)

    def _grid(self) -> Grid:
        areas = self._areas[:1] if self._shape is Layout.SINGLE else self._areas
        return grid_for(self._shape, areas, ROWS[self._shape])
