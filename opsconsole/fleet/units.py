"""Quantities as people write them: `"1m30s"`, `"400 GiB"`, `"1200/s"`.

A number without its unit is refused everywhere, because nobody can tell 30 seconds from 30 minutes by looking at `30`.
Every reader here takes text and returns plain numbers in the unit that its name says, or raises `BadQuantity`.
"""

from __future__ import annotations

import re
from typing import Final

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30
TIB: Final = 1 << 40

LONGEST_S: Final = 36_500 * 86_400
"""A hundred years: no duration may be longer, so that virtual time in microseconds stays a small integer."""
HIGHEST_RATE: Final = 1_000_000_000

_UNIT_US: Final = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_DURATION: Final = re.compile(
    r"(?:(?P<d>\d{1,9}(?:\.\d{1,6})?)d)?\s?(?:(?P<h>\d{1,9}(?:\.\d{1,6})?)h)?\s?(?:(?P<m>\d{1,9}(?:\.\d{1,6})?)m(?!s))?\s?"
    r"(?:(?P<s>\d{1,10}(?:\.\d{1,6})?)s)?\s?(?:(?P<ms>\d{1,9}(?:\.\d{1,3})?)ms)?",
    re.ASCII,
)
_SIZE_UNITS: Final = {"KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": TIB}
_SIZE: Final = re.compile(r"(?P<number>\d{1,12}(?:\.\d{1,6})?) ?(?P<unit>[A-Za-z]{1,10})?", re.ASCII)
_RATE: Final = re.compile(r"(?P<number>\d{1,12}) ?/ ?s", re.ASCII)
_THROUGHPUT: Final = re.compile(r"(?P<number>\d{1,7}) ?MiB ?/ ?s", re.ASCII)
_SHARE: Final = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,4})?) ?%", re.ASCII)
_BARE: Final = re.compile(r"\s*-?\d+(?:\.\d+)?\s*", re.ASCII)


class BadQuantity(ValueError):
    """A text that is not the quantity asked for: `wrong` says why, `right` what would do."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


def parse_duration(text: str) -> float:
    """Seconds, to the microsecond, of `250ms`, `30s`, `1m30s`, `12h`, `7d` (`d h m s ms`, largest first).

    Raises BadQuantity for anything else: a bare number, a negative one, more than a hundred years.
    """
    if _BARE.fullmatch(text):
        raise BadQuantity("a duration needs its unit", f'write "{text.strip().lstrip("-")[:12]}s"')
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise BadQuantity("is not a duration", 'write it like "250ms", "30s", "1m30s", "12h" or "7d"')
    us = sum(round(float(number) * _UNIT_US[unit]) for unit, number in found.groupdict().items() if number)
    if us > LONGEST_S * 1_000_000:
        raise BadQuantity("is longer than a hundred years", "write a shorter duration")
    return us / 1_000_000


def parse_size(text: str) -> int:
    """Bytes of `10 GiB`, `1.5 TiB`, `512 MiB` (binary units only, as AWS counts storage)."""
    if _BARE.fullmatch(text):
        raise BadQuantity("a size needs its unit", f'write "{text.strip().lstrip("-")[:12]} GiB"')
    found = _SIZE.fullmatch(text.strip())
    unit = found["unit"] if found else None
    if found is None or unit is None:
        raise BadQuantity("is not a size", 'write it like "400 GiB" or "1.5 TiB"')
    if unit not in _SIZE_UNITS:
        near = {"b": "MiB", "k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB"}.get(unit[0].lower(), "GiB")
        raise BadQuantity(f"is in {unit}, and AWS counts in binary units", f'write "{found["number"]} {near}"')
    return round(float(found["number"]) * _SIZE_UNITS[unit])


def parse_rate(text: str) -> int:
    """Requests per second of `1200/s`; whole numbers only."""
    if _BARE.fullmatch(text):
        raise BadQuantity("a rate needs its unit", f'write "{text.strip().lstrip("-").split(".")[0][:12]}/s"')
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise BadQuantity("is not a rate", 'write a whole number of requests per second, like "1200/s"')
    if int(found["number"]) > HIGHEST_RATE:
        raise BadQuantity(f"is more than {HIGHEST_RATE:,} per second", "write a lower rate")
    return int(found["number"])


def parse_throughput(text: str) -> int:
    """MiB per second of `500 MiB/s`; whole numbers only."""
    found = _THROUGHPUT.fullmatch(text)
    if found is None:
        raise BadQuantity("is not a throughput", 'write whole MiB per second, like "500 MiB/s"')
    return int(found["number"])


def parse_share(text: str) -> float:
    """0 to 1 of `20%`."""
    found = _SHARE.fullmatch(text)
    if found is None or float(found["number"]) > 100:
        raise BadQuantity("is not a share of the whole", 'write 0 to 1, or "20%"')
    return round(float(found["number"]) / 100, 6)


def format_duration(seconds: float) -> str:
    """The shortest text that `parse_duration` reads back as the same number of microseconds: `90.5` is `1m30s500ms`."""
    us = round(seconds * 1_000_000)
    if us <= 0:
        return "0s"
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, us = divmod(us, _UNIT_US[unit])
        if count:
            parts.append(f"{count}{unit}")
    if us:
        ms, rest = divmod(us, 1_000)
        parts.append(f"{ms}.{rest:03d}".rstrip("0") + "ms" if rest else f"{ms}ms")
    return "".join(parts)


def format_size(size_bytes: int) -> str:
    """Bytes in the largest binary unit that keeps them whole: `400 GiB`, `1536 MiB`."""
    for unit, scale in (("TiB", TIB), ("GiB", GIB), ("MiB", MIB)):
        if size_bytes >= scale and size_bytes % scale == 0:
            return f"{size_bytes // scale} {unit}"
    return f"{size_bytes / KIB:g} KiB"


def format_rate(per_s: int) -> str:
    """`1200` is `1200/s`."""
    return f"{per_s}/s"
