"""Where a function crosses zero is found, from below, and in no more looks than halving takes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from opsconsole.simulation import crossing

WITHIN = 1e-9
FUNCTIONS: dict[str, tuple[Callable[[float], float], float, float, float]] = {
    "a line": (lambda x: x - 0.3, 0.0, 1.0, 0.3),
    "a cube": (lambda x: x**3 - 2, 0.0, 4.0, 2 ** (1 / 3)),
    "smooth, between plateaus": (lambda x: math.tanh(x - 3.3), -14.0, 28.0, 3.3),
    "a jump": (lambda x: -1.0 if x < 0.3 else 1.0, 0.0, 1.0, 0.3),
    "all on one side": (lambda x: 1e-9 if x > 0.999 else -1e9, 0.0, 1.0, 0.999),
}


def looked(f: Callable[[float], float], low: float, high: float) -> tuple[float, int]:
    """The crossing, and at how many points the function was looked at."""
    looks: list[float] = []

    def look(x: float) -> float:
        looks.append(x)
        return f(x)

    return crossing(look, low, high, WITHIN), len(looks)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_crossing_is_found_from_below_in_no_more_looks_than_halving(name: str) -> None:
    f, low, high, expected = FUNCTIONS[name]
    found, looks = looked(f, low, high)
    assert f(found) <= 0 < f(found + 2.1 * WITHIN)
    assert abs(found - expected) <= 2.1 * WITHIN
    assert looks <= 2 + math.ceil(math.log2((high - low) / (2 * WITHIN))) + 1


def test_a_smooth_function_is_looked_at_a_third_as_often() -> None:
    f, low, high, _ = FUNCTIONS["smooth, between plateaus"]
    assert 3 * looked(f, low, high)[1] <= math.log2((high - low) / WITHIN) + 5


def test_without_a_crossing_it_is_the_end_that_is_nearest_to_one() -> None:
    assert crossing(lambda x: x + 1, 0.0, 1.0, WITHIN) == 0.0
    assert crossing(lambda x: x - 2, 0.0, 1.0, WITHIN) == 1.0
