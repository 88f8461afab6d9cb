"""What many runs say together: percentiles in which a run that did not recover is the worst, and how sure it all is."""

from __future__ import annotations

import math
from collections.abc import Sequence

_95_PERCENT = 1.959964
"""Standard deviations either side of the mean that hold 95 % of a normal distribution."""


def percentile(values: Sequence[int | None], percent: float) -> int | None:
    """The least value that so many percent of the runs do not exceed (nearest rank): one that was seen, never between.

    None (not recovered) stands above every number. Raises ValueError if there are no values.
    """
    if not values:
        raise ValueError("no values, so no percentile")
    ranked = sorted(values, key=lambda value: math.inf if value is None else value)
    return ranked[rank(len(ranked), percent)]


def rank(size: int, percent: float) -> int:
    """Which of so many sorted values is the percentile, from 0."""
    return max(0, math.ceil(size * percent / 100) - 1)


def reached_by(values: Sequence[float], percent: float) -> float:
    """The highest value that so many percent of the runs reach or exceed: a percentile where more is better."""
    if not values:
        raise ValueError("no values, so no percentile")
    return sorted(values, reverse=True)[rank(len(values), percent)]


def interval(part: int, whole: int) -> tuple[float, float]:
    """Between which percentages the true rate lies with 95 % confidence, if `part` of `whole` runs had it (Wilson)."""
    if whole <= 0:
        return 0.0, 100.0
    share, square = part / whole, _95_PERCENT**2
    middle = share + square / (2 * whole)
    reach = _95_PERCENT * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    scale = 100 / (1 + square / whole)
    return max(0.0, (middle - reach) * scale), min(100.0, (middle + reach) * scale)
