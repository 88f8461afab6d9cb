"""The windows in which AWS acts by itself, as virtual time: weekly maintenance, daily backups (UTC)."""

from __future__ import annotations

from datetime import datetime

from opsconsole.fleet.windows import Window, read_daily, read_weekly

MINUTE_US = 60_000_000


def window_of(text: str) -> Window:
    """The window that `sun:05:00-sun:05:30` or `03:00-03:30` means. Raises ValueError for anything else."""
    window = read_weekly(text) or read_daily(text)
    if window is None:
        raise ValueError(f"{text!r} is not a window such as sun:05:00-sun:05:30 or 03:00-03:30")
    return window


def next_begin_us(start: datetime, now_us: int, text: str) -> int:
    """When the window begins next, not before `now_us`; a window that runs now counts as begun."""
    window = window_of(text)
    at_zero_us = round((start.weekday() * 1440 + start.hour * 60 + start.minute) * MINUTE_US + start.second * 1_000_000)
    period = window.every_min * MINUTE_US
    into = (at_zero_us + now_us - window.start_min * MINUTE_US) % period
    if into < window.length_min * MINUTE_US:
        return now_us
    return now_us + period - into
