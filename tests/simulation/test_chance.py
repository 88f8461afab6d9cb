"""Chance: named streams, durations, noise."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.simulation import Chance, noise, noise_key
from opsconsole.simulation.chance import SELDOM, inverse_normal


def test_a_stream_is_the_same_for_the_same_seed_and_names() -> None:
    draws = [[Chance(7).stream("orders-2", "failover").random() for _ in range(2)] for _ in range(2)]
    assert draws[0] == draws[1]
    assert Chance(8).stream("orders-2", "failover").random() != draws[0][0]
    assert Chance(7).stream("orders-3", "failover").random() != draws[0][0]


def test_a_stream_goes_on_where_it_was_left() -> None:
    chance = Chance(7)
    assert chance.stream("a").random() != chance.stream("a").random()
    assert chance.stream("a") is chance.stream("a")


def test_one_stream_does_not_touch_another() -> None:
    alone, beside = Chance(7), Chance(7)
    for _ in range(5):
        beside.stream("newcomer").random()
    assert alone.stream("old").random() == beside.stream("old").random()


def test_the_first_draws_are_what_they_have_always_been() -> None:
    stream = Chance(7).stream("orders-2", "failover")
    assert [stream.random() for _ in range(3)] == FIRST_DRAWS
    durations = Chance(7).stream("durations")
    assert [durations.duration(24.0, 8.0, 60.0) for _ in range(3)] == FIRST_DURATIONS
    assert noise_key(7, "orders-2", "CPUUtilization") == NOISE_KEY
    assert [noise(NOISE_KEY, step) for step in range(3)] == FIRST_NOISE


@given(st.integers(1, 1_000), st.integers())
def test_below_stays_below(n: int, seed: int) -> None:
    assert 0 <= Chance(seed).stream("x").below(n) < n


def test_below_nothing_there_is_nothing() -> None:
    with pytest.raises(ValueError, match="no whole number from 0 to -1"):
        Chance(1).stream("x").below(0)
    with pytest.raises(ValueError, match="no whole number"):
        Chance(1).stream("x").pick([])


def test_every_choice_is_picked_about_as_often() -> None:
    stream = Chance(1).stream("x")
    picks = [stream.pick("abcd") for _ in range(8_000)]
    assert all(1_800 < picks.count(letter) < 2_200 for letter in "abcd")


def test_a_duration_has_the_typical_value_as_median_and_the_maximum_as_97th_percentile() -> None:
    stream = Chance(3).stream("failover")
    draws = sorted(stream.duration(24.0, 8.0, 60.0) for _ in range(20_000))
    assert statistics.median(draws) == pytest.approx(24.0, rel=0.02)
    assert sum(draw > 60.0 for draw in draws) / len(draws) == pytest.approx(0.03, abs=0.004)
    assert draws[0] == 8.0
    assert draws[-1] <= 120.0


@given(st.tuples(*[st.floats(0.001, 10_000)] * 3).map(sorted), st.integers(0, 1_000))
def test_a_duration_keeps_to_its_bounds_and_to_whole_microseconds(bounds: list[float], seed: int) -> None:
    low, typical, high = bounds
    drawn = Chance(seed).stream("x").duration(typical, low, high)
    assert round(low, 6) <= drawn <= round(2 * high, 6)
    assert drawn == round(drawn, 6)


def test_a_duration_that_cannot_vary_does_not() -> None:
    assert Chance(1).stream("x").duration(10, 10, 10) == 10
    assert Chance(1).stream("x").duration(0, 0, 0) == 0


@pytest.mark.parametrize("bounds", [(5, 6, 7), (5, 1, 4), (5, -1, 7), (0, 0, 7), (5, 1, float("inf"))])
def test_a_duration_with_crossed_bounds_is_refused(bounds: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="0 <= min <= typical <= max"):
        Chance(1).stream("x").duration(*bounds)


def test_every_duration_takes_one_draw_so_that_bounds_do_not_shift_luck() -> None:
    fixed, free = Chance(1).stream("x"), Chance(1).stream("x")
    fixed.duration(0, 0, 0)
    free.duration(5, 1, 9)
    assert fixed.random() == free.random()


@given(st.floats(0.001, 0.999))
def test_the_table_of_the_normal_distribution_is_close(probability: float) -> None:
    exact = statistics.NormalDist().inv_cdf(probability)
    assert inverse_normal(probability) == pytest.approx(exact, abs=0.03)  # interpolation errs by 0.0293 at most


def test_the_table_is_symmetric_and_bounded() -> None:
    assert inverse_normal(0.5) == 0
    assert inverse_normal(0.0) == -4
    assert inverse_normal(1.0) == 4
    assert inverse_normal(0.03) == pytest.approx(-1.880794)


def test_noise_is_a_pure_function_of_key_and_step() -> None:
    key = noise_key(7, "orders-2", "CPUUtilization")
    backwards = [noise(key, step) for step in reversed(range(1_000))]
    assert backwards == [noise(key, step) for step in range(1_000)][::-1]


def test_noise_is_even_and_neighbours_do_not_follow_each_other() -> None:
    key = noise_key(7, "orders-2", "CPUUtilization")
    values = [noise(key, step) for step in range(20_000)]
    assert all(0 <= value < 1 for value in values)
    assert statistics.mean(values) == pytest.approx(0.5, abs=0.01)
    assert abs(statistics.correlation(values, values[1:] + values[:1])) < 0.02
    tenths = [sum(int(value * 10) == tenth for value in values) for tenth in range(10)]
    assert all(1_850 < count < 2_150 for count in tenths)


FIRST_DRAWS = [0.11404845785033024, 0.12936513368879798, 0.8284318501557844]
FIRST_DURATIONS = [55.777093, 16.826451, 17.285446]
NOISE_KEY = 13684299391659185292
FIRST_NOISE = [0.9424663373280722, 0.44710712104690764, 0.6346279312365046]


def test_a_stream_is_one_sequence_whether_or_not_it_keeps_its_generator() -> None:
    stream, generator = Chance(7).stream("orders-2", "failover"), random.Random("7:orders-2/failover")
    assert [stream.random() for _ in range(3 * SELDOM)] == [generator.random() for _ in range(3 * SELDOM)]
