"""Numbers, times and texts of a result as people read them: in the report, in JUnit, in a comparison, all the same way.

Nothing is rounded into a lie: 99.9996 % is not 100 %, and a moment is told to the millisecond.
"""

from __future__ import annotations

import math
import re
from typing import Final

NOT_RECOVERED: Final = "not recovered"

# What a terminal would obey, an editor would hide or turn round, and XML 1.0 forbids.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def visible(text: str) -> str:
    r"""The text with each control character spelt out (`\u001b`): it is shown, not obeyed, and legal in XML."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shortened(text: str, most: int) -> str:
    """At most so many characters, an ellipsis for what was left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def clock(us: int) -> str:
    """A virtual time since the run began: `T+1m16.795s`."""
    return f"T+{_compact(us)}"


def moment(us: int | None) -> str:
    """A virtual time, or a dash for one that never came."""
    return "–" if us is None else clock(us)


def span(us: int | None) -> str:
    """A length of time in at most two units: `420 ms`, `16.8 s`, `3 m 20 s`, `2 h 05 m`; None: not recovered.

    Rounded from whole milliseconds, which is what the event log has: so an event tells the same as a report.
    """
    if us is None:
        return NOT_RECOVERED
    if us < 0:
        return f"−{span(-us)}"
    milliseconds = round(us / 1000)
    if us < 1_000_000:
        return f"{milliseconds} ms" if us else "0 s"
    if us < 120_000_000:
        return f"{milliseconds / 1000:.1f} s"
    seconds = round(milliseconds / 1000)
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds // 60 % 60:02d} m"
    return f"{seconds // 86_400} d {seconds // 3_600 % 24} h"


def count(number: int) -> str:
    """`14,198`."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """`1 check`, `12 checks`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """A share of good things, cut to three decimals and never rounded up: `100 %`, `99.312 %`, `0 %`."""
    if not math.isfinite(share):
        return "–"
    thousandths = math.floor(share * 1000 + 1e-6)  # the addend: 99.95 is stored as a little less
    if thousandths == 0 and share > 0:
        return "< 0.001 %"
    return f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".") + " %"


def decimal(value: float, digits: int = 2) -> str:
    """A number with at most so many decimals: `0.42`, `1,200`; a dash where it is none (an empty error budget)."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def _compact(us: int) -> str:
    """`1d2h3m4.5s`, to the millisecond, without the units that are nought."""
    milliseconds = us // 1000
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if number]
    if seconds or thousandths or not parts:
        parts.append(f"{seconds}.{thousandths:03d}".rstrip("0").rstrip(".") + "s" if thousandths else f"{seconds}s")
    return "".join(parts)
