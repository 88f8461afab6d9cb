"""Lanes of what was so over time: an app's requests, a lag, who owned an endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from opsconsole.drills.figures import clock, decimal, shortened, span
from opsconsole.drills.report.areas import areas, columns, highest
from opsconsole.drills.report.lane import HEADING, ROW, Lane, heading
from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.scale import MARGIN, WIDTH, Scale, text_width
from opsconsole.drills.result import AppResult, Endpoint, Series

_MOST_PLACES = 2000
_APP_HEIGHT = 84.0
_HEIGHT = 46.0


def app_lane(app: AppResult, scale: Scale) -> Lane:
    """An app's requests as areas, and over them a bar for each time in which it was not served."""
    found = columns(app.samples, scale)
    most = highest(found)
    top = HEADING + 6
    incidents = []
    for incident in app.incidents:
        ends_us = scale.ends_us if incident.recovered_us is None else incident.recovered_us
        if scale.shows(incident.begins_us, ends_us):
            left, right = scale.x(incident.begins_us), scale.x(ends_us)
            said = f"{app.app}: not served from {clock(incident.begins_us)}, {span(incident.length_us)}"
            title, wide = element("title", said), max(2.0, right - left)
            bar = element("rect", title, x=left, y=HEADING, width=wide, height=4, class_="incident")
            incidents.append(bar)
    drawn = join(
        heading(app.app, f"requests per second, up to {decimal(most, 0)}"),
        incidents,
        _plot(top, _APP_HEIGHT, areas(found, scale, _APP_HEIGHT, most)),
    )
    return drawn, top + _APP_HEIGHT


def series_lane(series: Series, scale: Scale) -> Lane | None:
    """A value over time as a line; where it is not known, the line is broken."""
    runs = [run for run in _runs(series, scale) if run]
    if not runs:
        return None
    most = max(value for run in runs for _, value in run) or 1.0
    drawn = []
    for run in runs:
        places = [(scale.x(t_us), _HEIGHT - 2 - (_HEIGHT - 6) * max(0.0, value) / most) for t_us, value in run]
        drawn.append(element("path", d=_line(places), class_="series"))
    name = heading(series.name, f"{series.unit}, up to {decimal(most)}")
    return join(name, _plot(HEADING, _HEIGHT, join(drawn))), HEADING + _HEIGHT


def _runs(series: Series, scale: Scale) -> list[list[tuple[int, float]]]:
    """The points inside, cut exactly at the edges, in runs without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    points = series.points
    for index, (t_us, value) in enumerate(points):
        if value is None:
            runs.append([])
            continue
        after = points[index + 1] if index + 1 < len(points) else (max(t_us, scale.ends_us), value)
        segment = [(t_us, value), (after[0], value if after[1] is None else after[1])]
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


def _line(places: Sequence[tuple[float, float]]) -> str:
    """A path along places; of many in one column of the drawing, the lowest and the highest are kept."""
    parts: list[str] = []
    for x, y in _thinned(places):
        part = f"{number(x)} {number(y)}"
        if not parts or parts[-1] != f"L{part}":
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
