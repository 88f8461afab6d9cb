"""A line of virtual time across a drawing: where a moment stands, and at which round times its ticks do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 960.0
"""A drawing's width, in its own units; the page scales it."""

MARGIN: Final = 6.0

_S = 1_000_000
_STEPS_US: Final = tuple(
    round(step * unit)
    for unit, steps in (
        (_S, (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)),
        (60 * _S, (1, 2, 5, 10, 15, 30)),
        (3_600 * _S, (1, 2, 3, 6, 12)),
        (86_400 * _S, (1, 2, 5, 7, 14, 30, 60, 100)),
    )
    for step in steps
)
_MOST_TICKS = 9
_CHARACTER = 6.1
"""The mean width of a character of a label: a guess on the large side, as no font is at hand to measure."""


@dataclass(frozen=True)
class Scale:
    """The moments from one to another, from the left edge to the right one."""

    begins_us: int
    ends_us: int

    @property
    def length_us(self) -> int:
        """At least a microsecond, so that everything can be divided by it."""
        return max(1, self.ends_us - self.begins_us)

    def x(self, us: int) -> float:
        """Where a moment stands; one outside stands at the edge."""
        inside = min(max(us, self.begins_us), self.ends_us)
        return MARGIN + (WIDTH - 2 * MARGIN) * (inside - self.begins_us) / self.length_us

    def shows(self, begins_us: int, ends_us: int) -> bool:
        """Whether any of a stretch of time lies inside."""
        return begins_us <= self.ends_us and ends_us >= self.begins_us

    def ticks(self) -> list[int]:
        """The round moments that get a line and a label."""
        step = next((step for step in _STEPS_US if self.length_us / step <= _MOST_TICKS), self.length_us // 4 + 1)
        first = -(-self.begins_us // step) * step
        return list(range(first, self.ends_us + 1, step))


def text_width(text: str) -> float:
    """About how wide a label is."""
    return len(text) * _CHARACTER


def label_reach(x: float, label: str) -> tuple[float, float]:
    """From where to where a sign and its label go: the label to the left where the right edge is too near."""
    width = text_width(label) + 9
    return (x - width, x + 5) if x + width > WIDTH - MARGIN else (x - 5, x + width)


def rows_for(stretches: Sequence[tuple[float, float]], most: int) -> list[int | None]:
    """For each stretch from left to right the first row in which it covers no other; None where all are taken."""
    free_from: list[float] = []
    rows: list[int | None] = []
    for left, right in stretches:
        row = next((row for row, free in enumerate(free_from) if free <= left), None)
        if row is None and len(free_from) < most:
            row = len(free_from)
            free_from.append(0.0)
        if row is not None:
            free_from[row] = right + 6
        rows.append(row)
    return rows
