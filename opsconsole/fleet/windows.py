"""Backup and maintenance windows as AWS writes them, in UTC: `03:00-03:30` daily, `sun:05:00-sun:05:30` weekly."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

DAY_MIN: Final = 1_440
WEEK_MIN: Final = 7 * DAY_MIN
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAY = f"({'|'.join(DAYS)})"
_DAILY: Final = re.compile(f"{_TIME}-{_TIME}", re.ASCII)
_WEEKLY: Final = re.compile(f"{_DAY}:{_TIME}-{_DAY}:{_TIME}", re.ASCII)


class Window(NamedTuple):
    """A stretch of time that comes again: minutes since Monday 00:00 UTC, how long it is and after how long it repeats.

    A window that ends where it begins has length 0, and is too short for anything.
    """

    start_min: int
    length_min: int
    every_min: int

    def overlaps(self, other: Window) -> bool:
        """Whether the two ever run at the same time."""
        every = min(self.every_min, other.every_min)
        ahead = (other.start_min - self.start_min) % every
        return ahead < self.length_min or every - ahead < other.length_min


def read_daily(text: str) -> Window | None:
    """The window that a text such as `23:30-00:30` means, None if it is none."""
    found = _DAILY.fullmatch(text)
    if found is None:
        return None
    start, end = _minute(*found.group(1, 2)), _minute(*found.group(3, 4))
    return Window(start, (end - start) % DAY_MIN, DAY_MIN)


def read_weekly(text: str) -> Window | None:
    """The window that a text such as `sun:05:00-sun:05:30` means, None if it is none."""
    found = _WEEKLY.fullmatch(text)
    if found is None:
        return None
    start = DAYS.index(found[1]) * DAY_MIN + _minute(*found.group(2, 3))
    end = DAYS.index(found[4]) * DAY_MIN + _minute(*found.group(5, 6))
    return Window(start, (end - start) % WEEK_MIN, WEEK_MIN)


def _minute(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)
