"""The lanes of the time line, one function each: a drawing from y = 0 down, and how high it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from opsconsole.drills.figures import clock, decimal, moment, shortened, span
from opsconsole.drills.report.areas import areas, columns, highest
from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.parts import outcome_class, outcome_glyph
from opsconsole.drills.report.scale import MARGIN, WIDTH, Scale, label_reach, rows_for, text_width
from opsconsole.drills.result import AppResult, Band, CheckResult, Endpoint, Series

Lane: TypeAlias = tuple[Html, float]

HEADING = 18.0
ROW = 17.0
_LABEL = 60  # characters
_THINNEST = 3.0
_MOST_PLACES = 2000

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


def heading(words: str, more: str = "") -> Html:
    """A lane's name, over it."""
    return element(
        "text", words, element("tspan", f"  {more}", class_="quiet") if more else None, x=MARGIN, y=12, class_="lane"
    )


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
    drawn = [heading(name)]
    for mark, label, row in zip(inside, labels, rows, strict=True):
        y = HEADING + ROW * ((used if row is None else row) + 0.5)
        drawn.append(_mark(mark, "" if row is None else label, scale.x(mark.t_us), y))
    return join(drawn), HEADING + ROW * (used + (None in rows))


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


def app_lane(app: AppResult, scale: Scale, height: float = 84.0) -> Lane:
    """An app's requests as areas, and over them a bar for each time in which it was not served."""
    found = columns(app.samples, scale)
    most = highest(found)
    top = HEADING + 6
    incidents = []
    for incident in app.incidents:
        ends_us = scale.ends_us if incident.recovered_us is None else incident.recovered_us
        if scale.shows(incident.begins_us, ends_us):
            left, right = scale.x(incident.begins_us), scale.x(ends_us)
            rto_us = None if incident.recovered_us is None else incident.recovered_us - incident.begins_us
            title = element("title", f"{app.app}: not served from {clock(incident.begins_us)}, {span(rto_us)}")
            bar = element("rect", title, x=left, y=HEADING, width=max(2.0, right - left), height=4, class_="incident")
            incidents.append(bar)
    drawn = join(
        heading(app.app, f"requests per second, up to {decimal(most, 0)}"),
        incidents,
        _plot(top, height, areas(found, scale, height, most)),
    )
    return drawn, top + height


def series_lane(series: Series, scale: Scale, height: float = 46.0) -> Lane | None:
    """A value over time as a line; where it is not known, the line is broken."""
    runs = [run for run in _runs(series, scale) if run]
    if not runs:
        return None
    most = max(value for run in runs for _, value in run) or 1.0
    drawn = []
    for run in runs:
        places = [(scale.x(t_us), height - 2 - (height - 6) * max(0.0, value) / most) for t_us, value in run]
        drawn.append(element("path", d=_line(places, steps=series.steps), class_="series"))
    name = heading(series.name, f"{series.unit}, up to {decimal(most)}")
    return join(name, _plot(HEADING, height, join(drawn))), HEADING + height


def _runs(series: Series, scale: Scale) -> list[list[tuple[int, float]]]:
    """The points inside, cut exactly at the edges, in runs without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    points = series.points
    for index, (t_us, value) in enumerate(points):
        if value is None:
            runs.append([])
            continue
        after = points[index + 1] if index + 1 < len(points) else (max(t_us, scale.ends_us), value)
        if series.steps or after[1] is None:
            segment = [(t_us, value), (after[0], value)]
        else:
            segment = [(t_us, value), (after[0], after[1])]
        runs[-1].extend(_cut(segment, scale))
    return runs


def _cut(segment: list[tuple[int, float]], scale: Scale) -> list[tuple[int, float]]:
    (left_us, left), (right_us, right) = segment
    if right_us < scale.begins_us or left_us > scale.ends_us:
        return []

    def at(t_us: int) -> tuple[int, float]:
        share = (t_us - left_us) / (right_us - left_us) if right_us > left_us else 0.0
        return t_us, left + (right - left) * share

    return [at(max(left_us, scale.begins_us)), at(min(right_us, scale.ends_us))]


def _line(places: Sequence[tuple[float, float]], *, steps: bool) -> str:
    """A path along places; of many in one column of the drawing, the lowest and the highest are kept."""
    parts: list[str] = []
    for x, y in _thinned(places):
        part = f"{number(x)} {number(y)}"
        if steps and parts:
            parts.append(f"H{number(x)}V{number(y)}")
        elif not parts or parts[-1] != f"L{part}":
            parts.append(f"{'L' if parts else 'M'}{part}")
    return "".join(parts)


def _thinned(places: Sequence[tuple[float, float]]) -> Iterable[tuple[float, float]]:
    if len(places) <= _MOST_PLACES:
        return places
    kept: list[tuple[float, float]] = []
    for _, column in groupby(places, key=lambda place: round(place[0])):
        inside = list(column)
        low, high = min(inside, key=lambda place: place[1]), max(inside, key=lambda place: place[1])
        kept += sorted({inside[0], low, high, inside[-1]})
    return kept


def _plot(top: float, height: float, inside: Html) -> Html:
    """A lane's ground and foot line, with its drawing on it."""
    return element(
        "g",
        element("rect", x=MARGIN, y=0, width=WIDTH - 2 * MARGIN, height=height, class_="ground"),
        inside,
        element("path", d=f"M{number(MARGIN)} {number(height)}H{number(WIDTH - MARGIN)}", class_="foot"),
        transform=f"translate(0 {number(top)})",
    )


def endpoint_lane(endpoint: Endpoint, zones: Sequence[str], scale: Scale) -> Lane:
    """Who owned an endpoint: stretches in the colour of the zone, nobody left empty."""
    ends = [*(owner.t_us for owner in endpoint.owners[1:]), scale.ends_us]
    drawn = [heading(endpoint.name)]
    for owner, ends_us in zip(endpoint.owners, ends, strict=True):
        if not scale.shows(owner.t_us, ends_us) or ends_us <= owner.t_us:
            continue
        left, right = scale.x(owner.t_us), scale.x(ends_us)
        words = f"{owner.target}  {owner.zone}" if owner.target else "nobody"
        colour = zone_class(owner.zone, zones) if owner.target else "nobody"
        room = int((right - left - 10) / text_width("m"))
        drawn.append(
            element(
                "g",
                element("title", f"{endpoint.name}: {words} from {clock(owner.t_us)} to {clock(ends_us)}"),
                element("rect", x=left, y=HEADING, width=max(1.0, right - left), height=ROW, class_=f"owner {colour}"),
                element("text", shortened(words, room), x=left + 5, y=HEADING + 12.5) if room >= 4 else None,
            )
        )
    return join(drawn), HEADING + ROW


def zone_class(zone: str, zones: Sequence[str]) -> str:
    """A zone's colour, by its place among all of them."""
    return f"zone{zones.index(zone) % 6}" if zone in zones else "nobody"
