"""The first paint: the frame of the fleet's screen, while the rest of the program and the fleet are still being read.

Nothing heavy is imported here. Its panels stand where the fleet's will, so that nothing jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size
from time import monotonic
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from opsconsole.console.layouts import AREA_TITLES, AREAS, Grid, Layout, Rows, grid_for, layout_for
from opsconsole.console.screens.placing import FRAMES, place
from opsconsole.engine.way import Way

TELLS_S: Final = 0.25
"""Wall seconds between two words of how far the opening has come."""

ROWS: Final = dict.fromkeys(Layout, Rows(9, 12)) | {Layout.MEDIUM: Rows(9, 9)}
"""How high the apps and the events of a small fleet are."""


class OpeningScreen(Screen[None]):
    """Empty panels, and the word that nobody may miss."""

    DEFAULT_CLASSES = "fleet"

    def __init__(self, way: Way, *, ascii: bool, hidden: Sequence[str]) -> None:
        """``way`` is how far what is re-run for it has come."""
        super().__init__()
        self._way = way
        self._began = monotonic()
        self._areas = [area for area in AREAS if area not in hidden]
        self._opening = "  opening ..." if ascii else "  opening …"
        self._divide(*get_terminal_size())  # so that the first paint need not be divided anew

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Static(self._told(), id="status")
        panels = {area: Static("", id=id, classes="panel") for area, id in FRAMES.items()}
        with Container(id="body") as body:
            for area, panel in panels.items():
                panel.border_title = "" if area == "thing" else AREA_TITLES[area]
                yield panel
        place(self._grid(), body, panels)

    def on_mount(self) -> None:
        """Say from time to time that it is under way."""
        self._telling = self.set_interval(TELLS_S, self._tell)

    def on_screen_suspend(self) -> None:
        """The fleet is there."""
        self._telling.stop()

    def _tell(self) -> None:
        self.query_one("#status", Static).update(self._told())

    def _told(self) -> Content:
        share, seconds = self._way.share, int(monotonic() - self._began)
        so_far = f"  re-running {share:.0%}" if share is not None else f"  {seconds} s" if seconds else ""
        return Content.assemble((" SIMULATED ", "$background on $text-warning bold"), f"{self._opening}{so_far}")

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
