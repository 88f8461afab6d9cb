"""What an app's requests came to over time, as stacked areas in steps: ok at the bottom, what went wrong on top."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.scale import Scale
from opsconsole.drills.result import Sample

STACK = ("ok", "unknown", "wrong", "failed")
"""From the bottom up."""

_COLUMNS = 600
"""More changes than this in a drawing are averaged, so that an area stays true: each column is its mean rate."""


@dataclass(frozen=True)
class Column:
    """A stretch of time and the rates in it."""

    begins_us: int
    ends_us: int
    due: float
    rates: tuple[float, ...]  # as in STACK

    def top(self, layers: int) -> float:
        """The height of the lowest layers together."""
        return sum(self.rates[:layers])


def columns(samples: Sequence[Sample], scale: Scale) -> list[Column]:
    """The samples inside a scale, each until the next; averaged where there are too many to draw."""
    exact = _exact(samples, scale)
    if len(exact) <= _COLUMNS:
        return exact
    edges = [scale.begins_us + scale.length_us * edge // _COLUMNS for edge in range(_COLUMNS + 1)]
    starts = [column.begins_us for column in exact]
    found = (_mean(exact, starts, left, right) for left, right in pairwise(edges))
    return [column for column in found if column is not None]


def _exact(samples: Sequence[Sample], scale: Scale) -> list[Column]:
    ends = [*(sample.t_us for sample in samples[1:]), scale.ends_us]
    found = []
    for sample, until_us in zip(samples, ends, strict=True):
        left, right = max(sample.t_us, scale.begins_us), min(until_us, scale.ends_us)
        if left < right:
            rates = (sample.ok, sample.unknown, sample.wrong, sample.failed)
            found.append(Column(left, right, sample.due, rates))
    return found


def _mean(exact: list[Column], starts: list[int], left: int, right: int) -> Column | None:
    begins, weight = max(0, bisect_right(starts, left) - 1), 0
    due, rates = 0.0, [0.0] * len(STACK)
    for column in exact[begins:]:
        if column.begins_us >= right:
            break
        us = max(0, min(right, column.ends_us) - max(left, column.begins_us))
        weight += us
        due += column.due * us
        rates = [sum_ + rate * us for sum_, rate in zip(rates, column.rates, strict=True)]
    if not weight:
        return None
    return Column(left, right, due / weight, tuple(rate / weight for rate in rates))


def highest(found: Sequence[Column]) -> float:
    """The highest rate of all, due or done; at least a little, so that everything can be divided by it."""
    return max((max(column.due, column.top(len(STACK))) for column in found), default=0.0) or 1.0


def areas(found: Sequence[Column], scale: Scale, height: float, most: float) -> Html:
    """The areas, each drawn over the higher ones behind it, and the due rate as a line."""
    drawn = []
    for layers in range(len(STACK), 0, -1):
        tops = [(column, column.top(layers)) for column in found if column.rates[layers - 1] > 0]
        if tops:
            outline = _steps(tops, scale, height, most, closed=True)
            drawn.append(element("path", d=outline, class_=f"area {STACK[layers - 1]}"))
    due = _steps([(column, column.due) for column in found], scale, height, most, closed=False)
    return join(drawn, element("path", d=due, class_="due") if found else None)


def _steps(tops: list[tuple[Column, float]], scale: Scale, height: float, most: float, *, closed: bool) -> str:
    """A path along the tops; a gap in time is a gap in the path."""
    parts: list[str] = []
    before_us: int | None = None
    for column, top in tops:
        x, y = number(scale.x(column.begins_us)), number(height - height * top / most)
        if before_us == column.begins_us:
            parts.append(f"H{x}V{y}")
        else:
            parts.append(_foot(scale, before_us, height) if closed else "")
            parts.append(f"M{x} {number(height)}V{y}" if closed else f"M{x} {y}")
        before_us = column.ends_us
    if before_us is None:
        return ""
    end = _foot(scale, before_us, height) if closed else f"H{number(scale.x(before_us))}"
    return "".join([*parts, end])


def _foot(scale: Scale, at_us: int | None, height: float) -> str:
    return "" if at_us is None else f"H{number(scale.x(at_us))}V{number(height)}Z"
