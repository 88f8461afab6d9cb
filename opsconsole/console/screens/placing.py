"""Giving the panels of the fleet's screen their places. The first paint needs it: nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.containers import Container
from textual.widget import Widget

from opsconsole.console.layouts import Grid

FRAMES: Final = {"map": "map", "thing": "right", "apps": "apps", "feed": "feed"}
"""The widget around each area, in the order in which the grid is filled."""


def place(grid: Grid, body: Container, frames: Mapping[str, Widget]) -> None:
    """Lay the frames of the areas out in the body; those that have no place in the grid are not displayed."""
    body.styles.grid_size_columns = len(grid.columns.split())
    body.styles.grid_columns, body.styles.grid_rows = grid.columns, grid.rows
    for area, frame in frames.items():
        frame.display = area in grid.spans
        frame.styles.column_span, frame.styles.row_span = grid.spans.get(area, (1, 1))
    order = {frames[area]: number for number, area in enumerate(grid.spans)}
    if body.is_mounted and list(order) != [frame for frame in body.children if frame in order]:
        body.sort_children(key=lambda frame: order.get(frame, -1))
