"""Lanes of what happened at a moment or over a stretch of time, with words: steps, events, faults, checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from opsconsole.drills.figures import clock, moment, shortened
from opsconsole.drills.report.lane import HEADING, ROW, Lane, heading
from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.parts import outcome_class, outcome_glyph
from opsconsole.drills.report.scale import Scale, label_reach, rows_for
from opsconsole.drills.result import Band, CheckResult

_LABEL = 60  # characters
_THINNEST = 3.0
_CROWD = 6.0
"""Signs without a label that stand nearer to each other than this become one."""

_SHAPES = {
    "fault": "M-4.5 4L0 -4.5L4.5 4Z",
    "action": "M-4 -4.5L4.5 0L-4 4.5Z",
    "load": "M-4 -3.5H4V3.5H-4Z",
    "mark": "M0 -4.5L4.5 0L0 4.5L-4.5 0Z",
    "say": "M-4.5 -4H4.5V2H1L-1.5 5V2H-4.5Z",
    "stop": "M-4 -4H4V4H-4Z",
    "event": "M0 -3.2A3.2 3.2 0 1 1 0 3.2A3.2 3.2 0 1 1 0 -3.2Z",
}


@dataclass(frozen=True)
class Mark:
    """A moment with a label."""

    t_us: int
    kind: str  # of _SHAPES
    label: str
    title: str  # in full


def marks_lane(name: str, found: Sequence[Mark], scale: Scale, most_rows: int) -> Lane | None:
    """Moments with their labels beside them, as many as find room; the others are signs in a row of their own."""
    inside = sorted((mark for mark in found if scale.shows(mark.t_us, mark.t_us)), key=lambda mark: mark.t_us)
    if not inside:
        return None
    labels = [shortened(mark.label, _LABEL) for mark in inside]
    rows = rows_for(
        [label_reach(scale.x(mark.t_us), label) for mark, label in zip(inside, labels, strict=True)], most_rows
    )
    used = 1 + max((row for row in rows if row is not None), default=-1)
    labelled = [(mark, label, row) for mark, label, row in zip(inside, labels, rows, strict=True) if row is not None]
    drawn = [_mark(mark, label, scale.x(mark.t_us), HEADING + ROW * (row + 0.5)) for mark, label, row in labelled]
    crowd = [mark for mark, row in zip(inside, rows, strict=True) if row is None]
    signs = [_sign(group, HEADING + ROW * (used + 0.5), scale) for group in _groups(crowd, scale)]
    return join(heading(name), drawn, signs), HEADING + ROW * (used + bool(signs))


def _groups(crowd: Sequence[Mark], scale: Scale) -> list[list[Mark]]:
    """Marks so near each other that one sign stands for them."""
    found = groupby(crowd, key=lambda mark: scale.x(mark.t_us) // _CROWD)
    return [list(group) for _, group in found]


def _sign(group: Sequence[Mark], y: float, scale: Scale) -> Html:
    """One sign for the marks of a group; the first of them is told in full."""
    mark = group[0]
    more = f"{mark.title}, and {len(group) - 1} more" if len(group) > 1 else mark.title
    return _mark(replace(mark, title=more), "", scale.x(mark.t_us), y)


def _mark(mark: Mark, label: str, x: float, y: float) -> Html:
    leftwards = label_reach(x, label)[0] < x - 5
    return element(
        "g",
        element("title", f"{clock(mark.t_us)} {mark.title}"),
        element("path", d=_SHAPES.get(mark.kind, _SHAPES["event"]), class_=f"sign {mark.kind}"),
        element("text", label, x=-9 if leftwards else 9, y=4, text_anchor="end" if leftwards else None)
        if label
        else None,
        transform=f"translate({number(x)} {number(y)})",
    )


def bands_lane(bands: Sequence[Band], scale: Scale) -> Lane | None:
    """Faults as bars with their names."""
    inside = [band for band in bands if scale.shows(band.begins_us, _end(band, scale))]
    inside.sort(key=lambda band: (band.begins_us, band.name, band.target))
    if not inside:
        return None
    stretches = [(scale.x(band.begins_us), scale.x(_end(band, scale)), f"{band.name} {band.target}") for band in inside]
    drawn, used = _bars(stretches, ["band-bar"] * len(inside), [_band_title(band) for band in inside], 8)
    return join(heading("faults"), drawn), HEADING + ROW * used


def _end(band: Band, scale: Scale) -> int:
    return scale.ends_us if band.ends_us is None else band.ends_us


def _band_title(band: Band) -> str:
    until = "the end of the drill" if band.ends_us is None else clock(band.ends_us)
    return f"{band.name} {band.target}: {clock(band.begins_us)} to {until}"


def checks_lane(checks: Sequence[CheckResult], scale: Scale, ended_us: int) -> Lane | None:
    """Checks as bars: from when each was looked at until it was decided."""
    inside = []
    for check in checks:
        begins_us = check.begun_us if check.begun_us is not None else check.decided_us
        ends_us = ended_us if check.decided_us is None else check.decided_us
        if begins_us is not None and scale.shows(begins_us, ends_us):
            inside.append((begins_us, ends_us, check))
    if not inside:
        return None
    inside.sort(key=lambda found: (found[0], found[1], found[2].id))
    stretches = [
        (scale.x(begins), scale.x(ends), f"{outcome_glyph(check.outcome)} {check.text}")
        for begins, ends, check in inside
    ]
    classes = [f"check {outcome_class(check.outcome)}" for _, _, check in inside]
    titles = [
        f"{check.text}: {check.outcome.value}, {clock(begins)} to {moment(check.decided_us)}; {check.seen}"
        for begins, _, check in inside
    ]
    drawn, used = _bars(stretches, classes, titles, 14)
    return join(heading("checks"), drawn), HEADING + ROW * used


def _bars(
    stretches: Sequence[tuple[float, float, str]], classes: Sequence[str], titles: Sequence[str], most_rows: int
) -> tuple[Html, int]:
    """Bars with labels, in as few rows as they need; one that finds no row stands without its label in a last one."""
    labels = [shortened(label, _LABEL) for _, _, label in stretches]
    reaches = []
    for (left, right, _), label in zip(stretches, labels, strict=True):
        begins, ends = label_reach(left, label)
        reaches.append((min(left, begins), max(right, ends)))
    rows = rows_for(reaches, most_rows)
    used = 1 + max((row for row in rows if row is not None), default=-1)
    drawn = [
        _bar(left, right, "" if row is None else label, HEADING + ROW * (used if row is None else row), class_, title)
        for (left, right, _), label, row, class_, title in zip(stretches, labels, rows, classes, titles, strict=True)
    ]
    return join(drawn), used + (None in rows)


def _bar(left: float, right: float, label: str, y: float, class_: str, title: str) -> Html:
    leftwards = label_reach(left, label)[0] < left - 5
    return element(
        "g",
        element("title", title),
        element("rect", x=left, y=y + 1.5, width=max(_THINNEST, right - left), height=ROW - 3, rx=2, class_=class_),
        element(
            "text",
            label,
            x=left - 4 if leftwards else left + 5,
            y=y + 12.5,
            text_anchor="end" if leftwards else None,
        )
        if label
        else None,
    )
