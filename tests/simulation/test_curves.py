"""Curves, against a list of their values at every microsecond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.simulation import Curve

SECOND = 1_000_000
changes = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(-9, 9)), max_size=30)
rises = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 9)), max_size=30)


def test_a_rate_in_milli_things_per_second_adds_up_in_nano_things() -> None:
    writes = Curve(rate=400_000)  # 400/s
    assert writes.at(SECOND) == 400 * 10**9
    assert writes.at(1) == 400_000
    writes.set_rate(10 * SECOND, 0)
    assert writes.at(60 * SECOND) == 4_000 * 10**9


def test_a_jump_belongs_to_its_instant() -> None:
    curve = Curve(value=5)
    curve.jump(10, 7)
    assert [curve.at(t_us) for t_us in (9, 10, 11)] == [5, 12, 12]


def test_what_changes_nothing_makes_no_breakpoint() -> None:
    curve = Curve(rate=3)
    curve.set_rate(5, 3)
    curve.jump(6, 0)
    assert curve.breakpoints == ((0, 0, 3),)


def test_the_last_rate_of_an_instant_holds() -> None:
    curve = Curve()
    curve.set_rate(10, 5)
    curve.set_rate(10, 7)
    assert curve.breakpoints == ((0, 0, 0), (10, 0, 7))


def test_before_it_begins_a_curve_rests() -> None:
    curve = Curve(value=4, rate=2, at_us=100)
    assert (curve.at(50), curve.rate_at(50), curve.at(101), curve.rate_at(100)) == (4, 0, 6, 2)


def test_the_past_cannot_be_changed() -> None:
    curve = Curve(at_us=7)
    with pytest.raises(ValueError, match="cannot change at 6 µs: its last breakpoint is at 7 µs"):
        curve.set_rate(6, 1)


def test_an_idle_stretch_counts_up_to_its_end() -> None:
    position = Curve(rate=10)
    position.set_rate(100, 0)
    position.set_rate(500, 10)
    assert position.when(1_000, 800) == 500
    assert position.when(999, 800) == 99
    assert position.when(1_000, 300) == 300  # idle still
    assert position.when(10**6, 800) == 800  # not reached by now


def test_what_lies_below_all_that_is_known_has_no_time() -> None:
    curve = Curve(value=100, rate=1, at_us=50)
    assert curve.when(99, 80) is None
    assert curve.when(100, 80) == 50
    assert curve.when(100, 49) is None  # nothing is known of that time


def test_a_crossing_is_predicted_to_the_first_microsecond_behind_it() -> None:
    credits = Curve(value=100, rate=-3)
    assert credits.reaches(0, 0) == 34
    assert (credits.at(33), credits.at(34)) == (1, -2)
    assert credits.reaches(100, 0) == 0
    assert credits.reaches(101, 0) is None
    assert Curve(value=5).reaches(6, 0) is None
    assert Curve(rate=7).reaches(14, 1) == 2


def build(changes: list[tuple[int, bool, int]], rate: int) -> tuple[Curve, list[int]]:
    """A curve and, second by second of its µs, what it should be."""
    curve, now_us, value = Curve(rate=rate), 0, 0
    values = [0]
    for delay_us, jumps, amount in changes:
        for _ in range(delay_us):
            now_us += 1
            value += rate
            values.append(value)
        if jumps:
            curve.jump(now_us, amount)
            value += amount
        else:
            curve.set_rate(now_us, amount)
            rate = amount
        values[now_us] = value
    for _ in range(20):
        value += rate
        values.append(value)
    return curve, values


@given(changes, st.integers(-9, 9))
def test_a_curve_agrees_with_its_sum_at_every_microsecond(changes: list[tuple[int, bool, int]], rate: int) -> None:
    curve, values = build(changes, rate)
    assert [curve.at(t_us) for t_us in range(len(values))] == values
    begins = [t_us for t_us, _, _ in curve.breakpoints]
    assert begins == sorted(dict.fromkeys(begins))
    for t_us in range(len(values) - 1):
        if t_us + 1 not in begins:
            assert curve.rate_at(t_us) == values[t_us + 1] - values[t_us]


@given(st.one_of(changes, rises), st.integers(0, 9), st.data())
def test_when_is_the_latest_time_at_or_below_a_value(
    changes: list[tuple[int, bool, int]], rate: int, data: st.DataObject
) -> None:
    curve, values = build(changes, rate)
    now_us = data.draw(st.integers(0, len(values) - 1))
    for value in range(min(values) - 2, max(values) + 3, max(1, (max(values) - min(values)) // 40)):
        expected = max((t_us for t_us in range(now_us + 1) if values[t_us] <= value), default=None)
        assert curve.when(value, now_us) == expected


@given(changes, st.integers(-9, 9), st.integers(-60, 60))
def test_a_prediction_comes_true(changes: list[tuple[int, bool, int]], rate: int, away: int) -> None:
    curve, values = build(changes, rate)
    now_us = len(values) - 20
    value = curve.at(now_us) + away
    reached_us = curve.reaches(value, now_us)
    future = range(now_us, now_us + 70)
    sign = 1 if away >= 0 else -1
    assert reached_us == next((t_us for t_us in future if sign * (curve.at(t_us) - value) >= 0), None)


@given(rises, st.integers(0, 9), st.integers(0, 120))
def test_folding_changes_no_answer_about_what_is_kept(
    changes: list[tuple[int, bool, int]], rate: int, before_us: int
) -> None:
    curve, values = build(changes, rate)
    curve.fold(before_us)
    assert curve.known_from_us <= max(before_us, 0)
    for t_us in range(before_us, len(values)):
        assert curve.at(t_us) == values[t_us]
        when = curve.when(values[t_us], t_us)
        assert when is not None
        assert when <= t_us
        assert when == len(values) - 1 or curve.at(when + 1) > values[t_us] or when == t_us
    assert len(curve.breakpoints) <= max(2, 1 + sum(t_us > before_us for t_us, _, _ in curve.breakpoints))


def test_a_folded_curve_still_tells_when_it_came_to_rest() -> None:
    curve = Curve(rate=3)
    for t_us, rate in ((10, 5), (20, 1), (30, 0)):
        curve.set_rate(t_us, rate)
    curve.fold(1_000)
    assert len(curve) == 2
    assert curve.when(curve.at(1_000) - 1, 1_000) == 29


def test_looking_does_not_change_the_answers() -> None:
    looked, left_alone = Curve(rate=7), Curve(rate=7)
    for t_us in range(1_000):
        looked.at(t_us)
        looked.when(t_us, t_us)
        looked.reaches(t_us, t_us)
        if t_us % 100 == 0:
            looked.set_rate(t_us, t_us % 13)
            left_alone.set_rate(t_us, t_us % 13)
    assert looked.breakpoints == left_alone.breakpoints
