"""What a drill compares: values with a unit, as people write them and as they are shown.

A unit is required wherever AWS has one, because nobody can tell 30 seconds from 30 minutes by looking at `30`.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum

from opsconsole.fleet import BadQuantity, format_duration, parse_duration, parse_rate, parse_size, parse_throughput

Value = float | int | str | bool | None
"""A value at an instant; None where there is none: no such thing, nothing due, no replica."""

_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_PERCENT = re.compile(r"(?P<number>\d{1,6}(?:\.\d{1,6})?) ?%", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
GIB = 1 << 30


class Unit(StrEnum):
    """What a value is counted in."""

    DURATION = "duration"  # seconds
    PERCENT = "percent"
    NUMBER = "number"
    SIZE = "size"  # bytes
    RATE = "rate"  # per second
    THROUGHPUT = "throughput"  # bytes per second
    TEXT = "text"
    BOOL = "true or false"

    @property
    def example(self) -> str:
        """How such a value is written."""
        return _EXAMPLES[self]

    @property
    def one(self) -> str:
        """What such a value is, in a sentence: a duration, text."""
        if self is Unit.PERCENT:
            return "a percentage"
        return self.value if self in (Unit.TEXT, Unit.BOOL) else f"a {self.value}"


_EXAMPLES = {
    Unit.DURATION: "30s",
    Unit.PERCENT: "99.9%",
    Unit.NUMBER: "2",
    Unit.SIZE: "10 GiB",
    Unit.RATE: "400/s",
    Unit.THROUGHPUT: "125 MiB/s",
    Unit.TEXT: "",
    Unit.BOOL: "true",
}


def read(text: str, unit: Unit) -> Value:
    """The value that a text means in a unit. Raises BadQuantity, saying what would be right."""
    match unit:
        case Unit.DURATION:
            return 0.0 if text in ("0", "0s") else parse_duration(text)
        case Unit.PERCENT:
            found = _PERCENT.fullmatch(text)
            if found is None and _PERCENT.fullmatch(f"{text}%") is not None:
                raise BadQuantity("a percentage needs its sign", f'write "{text}%"')
            if found is None:
                raise BadQuantity("is not a percentage", 'write it with its sign, like "99.9%"')
            return float(found["number"])
        case Unit.NUMBER:
            if _NUMBER.fullmatch(text) is None:
                plain = text.replace(",", "").replace("_", "")
                right = f"write {plain}" if _NUMBER.fullmatch(plain) else "write it without a unit, like 2"
                raise BadQuantity("is not a number", right)
            return float(text)
        case Unit.SIZE:
            return parse_size(text)
        case Unit.RATE:
            return parse_rate(text)
        case Unit.THROUGHPUT:
            return parse_throughput(text) * (1 << 20)
        case Unit.BOOL:
            if text not in _BOOLEANS:
                raise BadQuantity("is neither true nor false", "write true or false")
            return _BOOLEANS[text]
        case Unit.TEXT:
            return text.strip("'\"")


def written(value: Value, unit: Unit) -> str:
    """A value as people read it."""
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value or "nobody"
    match unit:
        case Unit.DURATION:
            return ("-" if value < 0 else "") + format_duration(round(abs(value), 3 if abs(value) < 100 else 1))
        case Unit.PERCENT:
            return f"{_percent(value)} %"
        case Unit.SIZE:
            return f"{value / GIB:,.2f} GiB" if value >= GIB else f"{value / (1 << 20):,.2f} MiB"
        case Unit.RATE:
            return f"{value:,.1f}/s"
        case Unit.THROUGHPUT:
            return f"{value / (1 << 20):,.1f} MiB/s"
        case _:
            return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"


def _percent(value: float) -> str:
    """Rounded so that less than all never reads as all, and more than none never as none."""
    for digits in (1, 2, 3):
        text = f"{value:.{digits}f}"
        if (float(text) < 100 or value >= 100) and (float(text) > 0 or value <= 0):
            return text
    return f"{math.floor(value * 1000) / 1000:.3f}"
