"""A trend several rows high: a scale at the left, columns of eighths, a rule at a threshold, times below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from opsconsole.console.views.layout import Row, right
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.spark import BARS, HEADROOM

EIGHTHS = len(BARS)
ASCII_BARS = ".:#"
SCALE = 11
"""Columns that the figures of the scale take, with the line beside them."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: values from left to right (None: there was none), on a scale from 0 to `top`.

    `rule` is a threshold; a value that `breaches` it is drawn as bad.
    """

    values: Sequence[float | None]
    top: float
    rule: float | None = None
    breaches: Callable[[float], bool] = lambda value: False

    def lines(self, rows: int, told: Callable[[float], str], ascii: bool = False) -> list[Line]:
        """So many rows, the highest first; `told` says a value in the words of its unit."""
        rule = None if self.rule is None or not 0 <= self.rule <= self.top else self._row_of(self.rule, rows)
        marks = {rows - 1: told(self.top), 0: told(0.0)}
        if rule is not None and self.rule is not None:
            marks[rule] = told(self.rule)
        drawn = []
        for row in range(rows - 1, -1, -1):
            line = Row((right(marks.get(row, ""), SCALE - 2), "warn" if row == rule else "dim"), (" ", ""))
            line.add(("|" if ascii else "┤" if row in marks else "│"), "dim")
            for text, style in self._cells(row, rows, row == rule, ascii):
                line.add(text, style)
            drawn.append(line.line())
        return drawn

    def _row_of(self, value: float, rows: int) -> int:
        return min(rows - 1, int(value / self.top * rows)) if self.top > 0 else 0

    def _cells(self, row: int, rows: int, ruled: bool, ascii: bool) -> list[Span]:
        """The cells of a row, those of one style together."""
        cells = [self._cell(value, row, rows, ruled, ascii) for value in self.values]
        return [("".join(text for text, _ in run), style) for style, run in groupby(cells, key=lambda cell: cell[1])]

    def _cell(self, value: float | None, row: int, rows: int, ruled: bool, ascii: bool) -> Span:
        empty = ("-" if ascii else "╌", "warn") if ruled else (" ", "")
        if value is None:
            return empty
        full = rows * EIGHTHS
        height = 0 if value <= 0 or self.top <= 0 else min(full, max(1, round(value / self.top * full)))
        filled, style = height - row * EIGHTHS, "bad" if self.breaches(value) else "accent"
        if filled > 0:
            sign = ASCII_BARS[2 if filled > EIGHTHS // 2 else 1] if ascii else BARS[min(filled, EIGHTHS) - 1]
            return sign, style
        return ((ASCII_BARS if ascii else BARS)[0], "dim") if row == 0 and not ruled else empty


def scale(values: Sequence[float | None], rule: float | None, fixed: float | None = None) -> float:
    """The top of a scale: fixed, or a third above the greatest value; a threshold that is not far above is on it."""
    if fixed is not None:
        return fixed
    top = max((value for value in values if value is not None), default=0.0) * HEADROOM
    near = rule is not None and 0 < rule <= 3 * top
    return max(top, rule * 1.1) if near and rule is not None else top or 1.0
