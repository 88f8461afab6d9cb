"""A moment of the past, as a person names it: a mark, a time since the run began, or a date and time in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from opsconsole.cloud import Cloud, Refused, aws_view
from opsconsole.fleet.units import BadQuantity, parse_duration

HOW = "a mark, T+10m, or a time in UTC such as 2026-01-05T09:10:00Z"


def moment(cloud: Cloud, text: str) -> int:
    """The virtual time, in microseconds, that a text means. Refused with InvalidParameterValue if it means none."""
    if text in cloud.marks:
        return cloud.marks[text]
    if text.upper().startswith("T+"):
        try:
            return round(parse_duration(text[2:]) * 1_000_000)
        except BadQuantity as bad:
            raise Refused("InvalidParameterValue", f"{text!r} is not a time: {bad}") from None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        near = get_close_matches(text, cloud.marks, n=1)
        hint = f"did you mean the mark {near[0]}?" if near else f"write {HOW}"
        raise Refused("InvalidParameterValue", f"{text!r} names no moment; {hint}") from None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return (at - cloud.fleet.start) // timedelta(microseconds=1)


def written(cloud: Cloud, at_us: int) -> str:
    """A moment as AWS writes it."""
    return aws_view.moment(cloud, at_us).isoformat(timespec="seconds").replace("+00:00", "Z")
