"""Kinds of values in a fleet file, as annotated types: each reads what people write, or says what would be right.

The patterns are for editors: `opsconsole schema fleet` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from .profiles import HIGHEST_SHARE, HOURS, PROFILES
from .text import first_control, meant, quoted
from .units import BadQuantity, parse_duration, parse_rate, parse_share, parse_size, parse_throughput
from .windows import read_daily, read_weekly

DEFAULT_SEED: Final = 7
DEFAULT_START: Final = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)
GREATEST_SEED: Final = (1 << 63) - 1
"""TOML promises 64-bit signed integers and no more."""
FIRST_START: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_START: Final = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_NAME: Final = 100
_LARGEST_ECHOED: Final = 1_000_000
"""A greater bare number was no slip of a unit, and is not proposed with one."""


def _text_of(
    kind: str, unit: str, example: str, parse: Callable[[str], float | int]
) -> Callable[[object], float | int]:
    """A reader of one kind of quantity that insists on text with a unit."""

    def read(value: object) -> float | int:
        if isinstance(value, str):
            try:
                return parse(value)
            except BadQuantity as bad:
                wrong = bad.wrong if " needs " in bad.wrong else f"{quoted(value)} {bad.wrong}"
                raise BadQuantity(wrong, bad.right) from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadQuantity(f"{quoted(value)} is not a {kind}", f"write it like {example}")
        if not abs(value) < _LARGEST_ECHOED:
            raise BadQuantity(f"a {kind} needs its unit", f"write it like {example}")
        raise BadQuantity(f"a {kind} needs its unit", f'write "{abs(value):g}{unit}"')

    return read


def _dns_cache(value: object) -> float | None:
    if value == "forever":
        return None
    try:
        seconds: float = _read_duration(value)
    except BadQuantity as bad:
        raise BadQuantity(bad.wrong, f'{bad.right}, or "forever"') from None
    return seconds


def _start(value: object) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadQuantity("a start needs its offset from UTC", f"write {value.isoformat()}Z")
        if not FIRST_START - timedelta(days=1) <= value <= LAST_START:
            raise BadQuantity(
                "the start lies outside the years 2000 to 2199",
                f"write something like {DEFAULT_START:%Y-%m-%dT%H:%M:%SZ}",
            )
        return value.astimezone(UTC)
    raise BadQuantity(
        f"{quoted(value)} is not a date and time", f"write it without quotes, like {DEFAULT_START:%Y-%m-%dT%H:%M:%SZ}"
    )


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise BadQuantity(f"{quoted(value)} is not text", 'write it in quotes, like "Global storefront"')
    control = first_control(value)
    if control is not None:
        raise BadQuantity(f"the control character U+{ord(control):04X} has no place in a name", "leave it out")
    if not value.strip() or len(value) > LONGEST_NAME:
        right = "shorten it" if value.strip() else "write one, or leave the key out"
        raise BadQuantity(f"a name has 1 to {LONGEST_NAME} characters, and this one {len(value.strip())}", right)
    return value


def _share(value: object) -> float:
    if isinstance(value, str):
        return float(_read_share(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadQuantity(f"{quoted(value)} is not a share of the whole", 'write 0 to 1, or "20%"')
    return float(value)


def _profile(value: object) -> tuple[int, ...]:
    """Thousandths of the rate by hour."""
    if isinstance(value, str):
        if value not in PROFILES:
            raise BadQuantity(f"there is no profile {quoted(value)}", meant(value, PROFILES))
        return PROFILES[value]
    if not isinstance(value, list) or len(value) != HOURS:
        size = f"has {len(value)}" if isinstance(value, list) else f"is {quoted(value)}"
        raise BadQuantity(f"a profile has {HOURS} numbers, one an hour, and this {size}", f'write "office", or {HOURS}')
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int | float) or not 0 <= item <= HIGHEST_SHARE:
            right = f"write 1 for the rate itself, 0.25 for a quarter of it, {HIGHEST_SHARE} at most"
            raise BadQuantity(f"{quoted(item)} is not a multiple of the rate", right)
    return tuple(round(item * 1000) for item in value)


def _window(kind: str, example: str, read: Callable[[str], object]) -> Callable[[object], str]:
    """A reader of one kind of window, which stays text: it is what AWS shows."""

    def check(value: object) -> str:
        if isinstance(value, str):
            text = value.strip().lower()
            if read(text) is not None:
                return text
        raise BadQuantity(f"{quoted(value)} is not a {kind} window", f'write it in UTC, like "{example}"')

    return check


_read_duration = _text_of("duration", "s", '"30s", "1m30s" or "24h"', parse_duration)
_read_size = _text_of("size", " GiB", '"400 GiB"', parse_size)
_read_rate = _text_of("rate", "/s", '"1200/s"', parse_rate)
_read_throughput = _text_of("throughput", " MiB/s", '"500 MiB/s"', parse_throughput)
_read_share = _text_of("share", "%", '"20%"', parse_share)


def _quantity(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Duration: TypeAlias = Annotated[
    float, BeforeValidator(_read_duration), _quantity(r"^[0-9][0-9.dhms ]*(d|h|m|s)$", "250ms", "30s", "1m30s", "24h")
]
Size: TypeAlias = Annotated[
    int, BeforeValidator(_read_size), _quantity(r"^[0-9]+(\.[0-9]+)? ?[KMGT]iB$", "400 GiB", "1.5 TiB")
]
Rate: TypeAlias = Annotated[int, BeforeValidator(_read_rate), _quantity(r"^[0-9]+ ?/ ?s$", "1200/s")]
DnsCache: TypeAlias = Annotated[
    float | None, BeforeValidator(_dns_cache), _quantity(r"^([0-9][0-9.dhms ]*(d|h|m|s)|forever)$", "5s", "forever")
]
Name: TypeAlias = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "examples": ["Global storefront"]}),
]
Start: TypeAlias = Annotated[
    datetime, BeforeValidator(_start), WithJsonSchema({"type": "string", "format": "date-time"})
]
Throughput: TypeAlias = Annotated[
    int, BeforeValidator(_read_throughput), _quantity(r"^[0-9]+ ?MiB ?/ ?s$", "500 MiB/s")
]
Share: TypeAlias = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?%$", "examples": ["20%"]},
            ]
        }
    ),
]
DailyWindow: TypeAlias = Annotated[
    str,
    BeforeValidator(_window("daily", "03:00-03:30", read_daily)),
    _quantity(r"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$", "03:00-03:30"),
]
WeeklyWindow: TypeAlias = Annotated[
    str,
    BeforeValidator(_window("weekly", "sun:05:00-sun:05:30", read_weekly)),
    _quantity(r"^[A-Za-z]{3}:[0-9]{2}:[0-9]{2}-[A-Za-z]{3}:[0-9]{2}:[0-9]{2}$", "sun:05:00-sun:05:30"),
]
Profile: TypeAlias = Annotated[
    tuple[int, ...],
    BeforeValidator(_profile),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": sorted(PROFILES)},
                {
                    "type": "array",
                    "items": {"type": "number", "minimum": 0, "maximum": HIGHEST_SHARE},
                    "minItems": HOURS,
                    "maxItems": HOURS,
                },
            ]
        }
    ),
]

Instead: TypeAlias = Mapping[str, tuple[str, str]]
"""By key: what is wrong with it, and what is wanted instead."""


class Table(BaseModel):
    """A table of the file: its keys are known, its values have the kind they should have."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    shorthand: ClassVar[str | None] = None
    """The key that is meant where the file has plain text instead of this table."""
    instead: ClassVar[Instead] = {}
    """Keys that people will try here: what is wrong with them, and what they want instead."""
