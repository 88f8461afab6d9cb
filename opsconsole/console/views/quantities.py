"""Numbers as people read them: few digits, a unit, and never rounded into a lie (99.999 % is not 100 %)."""

from __future__ import annotations

from opsconsole.drills import figures
from opsconsole.fleet import format_duration

GIB = 1024**3
IN_SECONDS = 120
"""Shorter times are told in seconds; reports of drills do the same."""


def count(number: int) -> str:
    """`3,400`."""
    return f"{number:,}"


def rate(milli_per_s: int) -> str:
    """Milli-things per second as `3,400/s`; below ten with one decimal."""
    per_s = milli_per_s / 1000
    if milli_per_s % 1000 and per_s < 10:
        return f"{per_s:.1f}/s"
    return f"{round(per_s):,}/s"


def share(part: int, whole: int) -> str:
    """A share in percent, cut and never rounded up: `100 %`, `99.98 %`, `62.5 %`, `0 %`; `-` of nothing."""
    if whole <= 0:
        return "-"
    if part >= whole:
        return "100 %"
    if part <= 0:
        return "0 %"
    hundredths = part * 10_000 // whole
    if hundredths == 0:
        return "0.01 %"
    return f"{hundredths / 100:.2f} %" if hundredths >= 9_000 else f"{hundredths // 10 / 10:.1f} %"


def latency(us: int) -> str:
    """A short time in microseconds as `0.4 ms`, `118 ms`, `4.2 s`, `3 m 20 s`."""
    if us < 50:
        return "0 ms"
    if us < 9_950:
        return f"{us / 1000:.1f} ms"
    if us < 999_500:
        return f"{round(us / 1000)} ms"
    if us < 9_950_000:
        return f"{us / 1_000_000:.1f} s"
    return span(us)


def span(us: int) -> str:
    """A duration in microseconds in two units: `42 s`, `110 s`, `3 m 20 s`, `2 h 05 m`, `3 d 4 h`."""
    seconds = us // 1_000_000
    if seconds < IN_SECONDS:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    if seconds < 86_400:
        return f"{seconds // 3600} h {seconds // 60 % 60:02d} m"
    return f"{seconds // 86_400} d {seconds // 3600 % 24} h"


def since_start(us: int) -> str:
    """A virtual time in whole seconds, as commands have it: `T+12m4s`."""
    return f"T+{format_duration(us // 1_000_000)}"


def outage(us: int) -> str:
    """A measured time as every report of a drill tells it: `420 ms`, `24.1 s`, `3 m 20 s`."""
    return figures.span(us)


def size(bytes: int) -> str:
    """Bytes as `400 GiB`, `3.2 MiB`, `1.5 TiB`."""
    value, unit = float(bytes), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if abs(value) < 1024:
            break
        value, unit = value / 1024, larger
    digits = 0 if unit == "B" or value == int(value) or abs(value) >= 1000 else 1
    return f"{value:,.{digits}f} {unit}"


def measured(value: float, unit: str) -> str:
    """A CloudWatch value, in digits that suit its unit."""
    match unit:
        case "Bytes":
            return size(round(value))
        case "Percent":
            return f"{value:.1f} %"
        case "Milliseconds":
            return latency(round(value * 1000))
        case "Microseconds":
            return latency(round(value))
        case "Seconds" if value == 0:
            return "0 s"
        case "Seconds":
            return latency(round(value * 1_000_000)) if value >= 0 else f"{value:.0f}"
        case "Count/Second":
            return f"{value:,.0f}/s" if value >= 10 or value == 0 else f"{value:.1f}/s"
        case "Bytes/Second":
            return f"{size(round(value))}/s"
        case _:
            digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
            return f"{value:,.{digits}f}"
