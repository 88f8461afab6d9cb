"""Quantities in a drill file, read as people write them; what is refused is answered with what was probably meant."""

from __future__ import annotations

import re
from typing import Final

from opsconsole.fleet import BadQuantity, parse_duration, parse_rate
from opsconsole.fleet.text import quoted

_ISO: Final = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?", re.ASCII)
_LONGEST_ISO: Final = 40
_WORDS: Final = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,3})?) ?-?(?P<unit>[A-Za-z]{1,12})\.?", re.ASCII)
_UNITS: Final = {"ms": "ms", "mil": "ms", "sec": "s", "min": "m", "hou": "h", "hr": "h", "hrs": "h", "day": "d"}
_CLOCK: Final = re.compile(r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{2})", re.ASCII)
_PERCENT: Final = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,6})?) ?%", re.ASCII)
_SPAN_OF_TWO: Final = re.compile(r"(?P<low>[^.\s]+?)\s*(?:\.{3,}|-|–|—|to|,)\s*(?P<high>[^.\s]+)")
_PER: Final = re.compile(r"(?P<number>\d{1,9}) ?(?:r|q|t)ps", re.ASCII | re.IGNORECASE)
_ECHOED: Final = 1e6
"""A greater bare number was no slip of a unit, and is not proposed with one."""


def read_duration(value: object) -> float:
    """Seconds of `30s`, `1m30s`, `T+60s`, or FIS's `PT1M`. Raises BadQuantity."""
    if isinstance(value, bool) or not isinstance(value, str):
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _ECHOED:
            raise BadQuantity("a duration needs its unit", f'write "{abs(value):g}s"')
        raise BadQuantity(f"{quoted(value)} is not a duration", 'write it like "30s", "1m30s" or "24h"')
    text = value.strip()
    bare = text[2:] if text[:2] in ("T+", "t+") else text
    if bare in ("0", "0s", "0m"):
        return 0.0
    found = _ISO.fullmatch(text) if len(text) <= _LONGEST_ISO else None
    if found is not None and any(found.groups()):
        parts = ((found[unit], unit) for unit in "dhms")
        return parse_duration("".join(f"{number}{unit}" for number, unit in parts if number))
    try:
        return parse_duration(bare)
    except BadQuantity as bad:
        if " needs " in bad.wrong:
            raise
        raise BadQuantity(f"{quoted(text)} {bad.wrong}", likely_duration(bare) or bad.right) from None


def likely_duration(text: str) -> str:
    """How a duration is written that somebody wrote as `20 minutes`, `00:05:00` or `-5s`; empty if nobody knows."""
    found = _WORDS.fullmatch(text)
    if found is not None:
        unit = _UNITS.get(found["unit"].lower()) or _UNITS.get(found["unit"].lower()[:3])
        return f'write "{found["number"]}{unit}"' if unit else ""
    found = _CLOCK.fullmatch(text)
    if found is not None:
        parts = ((int(found[unit] or 0), unit) for unit in "hms")
        return f'write "{"".join(f"{number}{unit}" for number, unit in parts if number) or "0s"}"'
    return "no time is negative: write it without the minus" if text.startswith("-") else ""


def read_percent(value: object) -> float:
    """99.9 of `99.9%`. Raises BadQuantity."""
    text = f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise BadQuantity(f"{quoted(value)} is not a percentage", 'write it like "99.9%"')
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        with_sign = _PERCENT.fullmatch(f"{text.strip()}%")
        if with_sign is None or float(with_sign["number"]) > 100:
            raise BadQuantity(f"{quoted(value)} is not a percentage", 'write it like "99.9%"')
        number = float(with_sign["number"])
        raise BadQuantity("a percentage needs its sign", f'write "{number * 100 if 0 < number < 1 else number:g}%"')
    if float(found["number"]) > 100:
        raise BadQuantity(f"{quoted(value)} is more than all", 'write "100%" or less')
    return float(found["number"])


def read_range(value: object) -> tuple[float, float]:
    """`30s..5m`, or one duration for always the same. Raises BadQuantity."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value):
        raise BadQuantity("a range is one text", f'write "{value[0]}..{value[1]}"')
    if not isinstance(value, str):
        return (read_duration(value),) * 2
    low, dots, high = (part.strip() for part in value.partition(".."))
    other = _SPAN_OF_TWO.fullmatch(value.strip())
    if other is not None and (not dots or high.startswith(".")):
        raise BadQuantity(f"{quoted(value)} is not a range", f'write "{other["low"]}..{other["high"]}"')
    if dots and not (low and high):
        raise BadQuantity(f"{quoted(value)} has one end only", 'write both, like "30s..5m"')
    found = read_duration(low), read_duration(high if dots else low)
    if found[0] > found[1]:
        raise BadQuantity(f"{quoted(value)} ends before it begins", f'write "{high}..{low}"')
    if found[1] <= 0:
        raise BadQuantity("it would last no time at all", 'write how long, like "30s..5m"')
    return found


def read_rate(value: object) -> int:
    """Requests per second of `1200/s`. Raises BadQuantity."""
    if not isinstance(value, str):
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _ECHOED:
            raise BadQuantity("a rate needs its unit", f'write "{value}/s"')
        raise BadQuantity(f"{quoted(value)} is not a rate", 'write it like "1200/s"')
    try:
        return parse_rate(value)
    except BadQuantity as bad:
        found = _PER.fullmatch(value.strip())
        right = bad.right if found is None else f'write "{found["number"]}/s"'
        raise BadQuantity(bad.wrong if " needs " in bad.wrong else f"{quoted(value)} {bad.wrong}", right) from None
