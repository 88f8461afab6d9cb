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
    found = []
    for row, line in enumerate(lines):
        if line.ref is not None:
            first = min((start for start, _, _ in line.refs), default=len(line.text))
            found.append(Spot(row, 0, max(first, 1), line.ref))
        found += [Spot(row, start, end, id) for start, end, id in sorted(line.refs)]
    return found


def step(lines: Sequence[Line], selected: str, rows: int, columns: int) -> Spot | None:
    """The spot that one step up, down, left or right of the selected thing leads to; None where there is none.

    From a thing that is not on the lines, any step leads to the first spot.
    """
    everywhere = spots(lines)
    here = next((spot for spot in everywhere if spot.id == selected), None)
    if here is None:
        return everywhere[0] if everywhere else None
    if columns:
        return _beside(everywhere, here, columns)
    return _above_or_below(everywhere, here, rows)


def _beside(everywhere: list[Spot], here: Spot, columns: int) -> Spot | None:
    row = [spot for spot in everywhere if (spot.row == here.row and spot.id != here.id) or spot is here]
    at = row.index(here) + columns
    return row[at] if 0 <= at < len(row) else None


def _above_or_below(everywhere: list[Spot], here: Spot, rows: int) -> Spot | None:
    further = [spot for spot in everywhere if (spot.row - here.row) * rows > 0 and spot.id != here.id]
    if not further:
        return None
    nearest = min(abs(spot.row - here.row) for spot in further)
    middle = (here.start + here.end - 1) // 2
    candidates = [spot for spot in further if abs(spot.row - here.row) == nearest]
    return min(candidates, key=lambda spot: (spot.distance(middle), spot.start))
