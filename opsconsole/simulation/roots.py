"""Where a function crosses zero."""

from __future__ import annotations

import math
from collections.abc import Callable

SLACK = 1  # so many looks more than bisection are allowed
BEND = 0.2  # how far beside the secant's zero the next look is: of the first bracket, times the square of what is left


def crossing(f: Callable[[float], float], low: float, high: float, within: float) -> float:
    """From where on `f`, which never falls, is above 0: at most 2 × `within` before it, where it is not yet.

    `low` if it is above 0 there, `high` if it is not even there. The ITP method (Oliveira and Takahashi, 2020): a
    secant that is kept inside of what bisection would have left, so that it needs no more looks than that does, or one,
    and where the function is smooth a third of them.
    """
    below, above = f(low), f(high)
    if below > 0:
        return low
    if above <= 0:
        return high
    bend = BEND / (high - low)
    left = within * 2.0 ** (max(0, math.ceil(math.log2((high - low) / (2 * within)))) + SLACK)
    while high - low > 2 * within:
        middle, width = (low + high) / 2, high - low
        secant = (above * low - below * high) / (above - below)
        side = math.copysign(1.0, middle - secant)
        beside = bend * width * width
        x = secant + side * beside if beside <= abs(middle - secant) else middle
        reach = max(0.0, left - width / 2)
        x = x if abs(x - middle) <= reach else middle - side * reach
        value = f(x)
        if value > 0:
            high, above = x, value
        else:
            low, below = x, value
        left /= 2
    return low
