"""Moving a selection over lines that hold several things, as arrow keys do: to what stands next on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from opsconsole.console.views import Line


class Spot(NamedTuple):
    """Where a thing stands: its row, and its columns from ``start`` to before ``end``."""

    row: int
    start: int
    end: int
    id: str

    def distance(self, column: int) -> int:
        """Columns between the spot and a column; 0 inside."""
        return max(self.start - column, column - (self.end - 1), 0)


def spots(lines: Sequence[Line]) -> list[Spot]:
    """Every place where a thing stands, row by row from left to right."""
    return [spot for row, line in enumerate(lines) for spot in _spots_on(row, line)]


def step(lines: Sequence[Line], selected: str, rows: int, columns: int) -> Spot | None:
    """The spot that one step up, down, left or right of the selected thing leads to; None where there is none.

    From a thing that is not on the lines, any step leads to the first spot. Of a large map only the rows on the way
    are looked at.
    """
    here = spot_of(lines, selected)
    if here is None:
        return next((spot for row, line in enumerate(lines) for spot in _spots_on(row, line)), None)
    if columns:
        return _beside(_spots_on(here.row, lines[here.row]), here, columns)
    return _above_or_below(lines, here, 1 if rows > 0 else -1)


def spot_of(lines: Sequence[Line], id: str) -> Spot | None:
    """Where a thing stands first."""
    for row, line in enumerate(lines):
        if line.ref == id or any(ref == id for _, _, ref in line.refs):
            return next(spot for spot in _spots_on(row, line) if spot.id == id)
    return None


def _spots_on(row: int, line: Line) -> list[Spot]:
    found = [Spot(row, start, end, id) for start, end, id in sorted(line.refs)]
    if line.ref is None:
        return found
    first = found[0].start if found else len(line.text)
    return [Spot(row, 0, max(first, 1), line.ref), *found]


def _beside(everywhere: list[Spot], here: Spot, columns: int) -> Spot | None:
    row = [spot for spot in everywhere if spot.id != here.id or spot == here]
    at = row.index(here) + columns
    return row[at] if 0 <= at < len(row) else None


def _above_or_below(lines: Sequence[Line], here: Spot, by: int) -> Spot | None:
    """In the next row that holds something else, what is nearest."""
    middle = (here.start + here.end - 1) // 2
    row = here.row + by
    while 0 <= row < len(lines):
        others = [spot for spot in _spots_on(row, lines[row]) if spot.id != here.id]
        if others:
            return min(others, key=lambda spot: (spot.distance(middle), spot.start))
        row += by
    return None
