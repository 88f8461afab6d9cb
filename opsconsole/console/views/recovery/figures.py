"""Numbers of ways back, as people read them: writes, ages, times."""

from __future__ import annotations

from opsconsole.cloud.recovery import Way
from opsconsole.cloud.writelog import WRITE
from opsconsole.console.views.lines import Span
from opsconsole.console.views.quantities import count, latency, span

SYNCHRONOUS_US = 1_000
"""A copy that is no older than this has everything."""


def writes(nano: int) -> str:
    """A number of writes; what is more than nothing is never told as 0."""
    if nano <= 0:
        return "none"
    return count(nano // WRITE) if nano >= WRITE else "1"


def given_up(way: Way) -> Span:
    """Good acknowledged writes that would be missing."""
    return writes(way.given_up), "ok" if way.given_up <= 0 else "warn"


def wrong_left(way: Way) -> Span:
    """What would still be wrong: rows, dropped tables."""
    if way.clean:
        return "nothing", "ok"
    rows = [f"{writes(way.wrong_left)} rows"] if way.wrong_left > 0 else []
    gone = [f"no {damage.table}" for damage in way.damage]
    return ", ".join([*rows, *gone]), "bad"


def age(us: int) -> str:
    """How old a copy is."""
    return "current" if us < SYNCHRONOUS_US else latency(us)


def age_style(way: Way) -> str:
    """What is current has lost nothing."""
    return "ok" if way.age_us < SYNCHRONOUS_US else "number"


def back_in(way: Way) -> str:
    """How long it typically takes."""
    return span(round(way.seconds * 1_000_000))
