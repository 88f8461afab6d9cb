"""Where in virtual time somebody wants to go: by a duration, to a time since the beginning, to a time of day."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from opsconsole.fleet import BadQuantity, parse_duration

_US: Final = 1_000_000
_TIME_OF_DAY: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?Z?", re.ASCII)
HELP: Final = "10m (by so much), T+1h (since the beginning), 09:30 (when it is next)"


def parse_moment(text: str, now_us: int, start: datetime) -> int:
    """The virtual time (µs) that a text means. Raises ValueError, with a sentence, if it means none or the past."""
    text = text.strip()
    if of_day := _TIME_OF_DAY.fullmatch(text):
        return _next_time_of_day(of_day, now_us, start)
    since_start = text[:2].upper() == "T+"
    try:
        there = round(parse_duration(text[2:] if since_start else text) * _US)
    except BadQuantity:
        raise ValueError(f"{text!r} is no time; write {HELP}") from None
    if not since_start:
        return now_us + there
    if there < now_us:
        raise ValueError(f"{text} has passed; time only goes forward")
    return there


def _next_time_of_day(found: re.Match[str], now_us: int, start: datetime) -> int:
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{found.group()} is no time of day")
    now = start + timedelta(microseconds=now_us)
    there = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    if there < now:
        there += timedelta(days=1)
    return (there - start) // timedelta(microseconds=1)
