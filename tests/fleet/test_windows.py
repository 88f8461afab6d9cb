"""Windows of backups and maintenance: reading them, and whether two of them ever meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.fleet.windows import DAY_MIN, WEEK_MIN, Window, read_daily, read_weekly


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [("00:00-00:30", 0, 30), ("03:00-04:15", 180, 75), ("23:45-00:15", 1425, 30), ("05:00-05:00", 300, 0)],
)
def test_a_daily_window_may_run_over_midnight(text: str, start: int, length: int) -> None:
    assert read_daily(text) == Window(start, length, DAY_MIN)


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [("mon:00:00-mon:00:30", 0, 30), ("sun:23:45-mon:00:15", WEEK_MIN - 15, 30), ("sat:22:00-sun:02:00", 8520, 240)],
)
def test_a_weekly_window_may_run_over_the_end_of_the_week(text: str, start: int, length: int) -> None:
    assert read_weekly(text) == Window(start, length, WEEK_MIN)


@pytest.mark.parametrize(
    "text", ["", "3:00-4:00", "24:00-24:30", "03:60-04:00", "03:00", "sun:03:00-04:00", "03:00-04:00 "]
)
def test_what_is_no_daily_window_is_none(text: str) -> None:
    assert read_daily(text) is None


@pytest.mark.parametrize("text", ["", "05:00-05:30", "so:05:00-so:05:30", "sun:05:00-05:30", "SUN:05:00-SUN:05:30"])
def test_what_is_no_weekly_window_is_none(text: str) -> None:
    assert read_weekly(text) is None


WEEKLY = st.builds(Window, st.integers(0, WEEK_MIN - 1), st.integers(1, WEEK_MIN - 1), st.just(WEEK_MIN))
DAILY = st.builds(Window, st.integers(0, DAY_MIN - 1), st.integers(1, DAY_MIN - 1), st.just(DAY_MIN))


def minutes(window: Window) -> set[int]:
    """Every minute of the week in which a window runs."""
    starts = range(window.start_min, window.start_min + WEEK_MIN, window.every_min)
    return {(start + minute) % WEEK_MIN for start in starts for minute in range(window.length_min)}


@given(st.one_of(WEEKLY, DAILY), st.one_of(WEEKLY, DAILY))
def test_two_windows_overlap_just_if_they_share_a_minute_of_the_week(one: Window, other: Window) -> None:
    assert one.overlaps(other) == bool(minutes(one) & minutes(other)) == other.overlaps(one)
