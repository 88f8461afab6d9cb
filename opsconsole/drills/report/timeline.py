"""The time line: everything that happened, in lanes over one axis; the whole drill, and each incident from near by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from opsconsole.drills.figures import clock, moment, plural
from opsconsole.drills.report.graphs import app_lane, endpoint_lane, series_lane, zone_class
from opsconsole.drills.report.lane import Lane
from opsconsole.drills.report.marks import Mark, bands_lane, checks_lane, marks_lane
from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.parts import details, outcome, section, table
from opsconsole.drills.report.scale import MARGIN, WIDTH, Scale
from opsconsole.drills.result import AppResult, DrillResult, Endpoint, Series

_GAP = 13.0
_AXIS = 22.0
_MOST_CLOSE_UPS = 4
_MOST_ROWS = 1_000
_SECOND = 1_000_000
_WIDEST_CLOSE_UP = 0.6
"""Of the whole: a closer look at more than this shows nothing new."""

_LEGEND: Final = (
    ("band", "fault in force"),
    ("area ok", "ok"),
    ("area unknown", "unknown"),
    ("area wrong", "wrong"),
    ("area failed", "failed"),
    ("due-key", "due"),
    ("incident", "not served"),
)


def timeline(result: DrillResult) -> Html:
    """Section 3."""
    whole = Scale(0, result.ended_us)
    return section(
        "timeline",
        "Time line",
        _legend(result),
        element("h3", "The whole drill"),
        drawing(result, whole),
        [_close_up(result, scale) for scale in close_ups(result)],
        _as_table(result),
    )


def close_ups(result: DrillResult) -> list[Scale]:
    """A scale around each incident; overlapping ones share one; only the longest, and none as wide as the drill."""
    found: list[Scale] = []
    for begins_us, ends_us in sorted(_windows(result)):
        if found and begins_us <= found[-1].ends_us:
            found[-1] = Scale(found[-1].begins_us, max(found[-1].ends_us, ends_us))
        else:
            found.append(Scale(begins_us, ends_us))
    narrow = [scale for scale in found if scale.length_us <= _WIDEST_CLOSE_UP * result.ended_us]
    longest = sorted(narrow, key=lambda scale: -scale.length_us)[:_MOST_CLOSE_UPS]
    return sorted(longest, key=lambda scale: scale.begins_us)


def _windows(result: DrillResult) -> list[tuple[int, int]]:
    """From a little before each incident until the window that ended it has passed."""
    windows = []
    for app in result.apps:
        for incident in app.incidents:
            ends_us = result.ended_us if incident.recovered_us is None else incident.recovered_us
            spare_us = (ends_us - incident.begins_us) // 4 + 1_000_000
            after_us = max(spare_us, round(app.settle_s * 1_000_000))
            begins_us = (incident.begins_us - spare_us) // _SECOND * _SECOND
            windows.append((max(0, begins_us), min(result.ended_us, -(-(ends_us + after_us) // _SECOND) * _SECOND)))
    return windows


def _close_up(result: DrillResult, scale: Scale) -> Html:
    title = f"From near by: {clock(scale.begins_us)} to {clock(scale.ends_us)}"
    return join(element("h3", title), drawing(result, scale, near=True))


def drawing(result: DrillResult, scale: Scale, *, near: bool = False) -> Html:
    """All lanes over one axis, in a box that scrolls sideways; from near by only those in which something happens."""
    zones = sorted({owner.zone for endpoint in result.endpoints for owner in endpoint.owners if owner.zone})
    rows = 12 if near else 6
    lanes = [
        bands_lane(result.bands, scale),
        marks_lane("actions and messages", _steps(result), scale, rows),
        marks_lane("events", _events(result), scale, rows),
        checks_lane(result.checks, scale, result.ended_us),
        *(app_lane(app, scale) for app in result.apps if not near or _is_hurt(app, scale)),
        *(series_lane(series, scale) for series in result.lags if not near or _moves(series, scale)),
        *(endpoint_lane(name, zones, scale) for name in result.endpoints if not near or _changes(name, scale)),
    ]
    label = f"Time line from {clock(scale.begins_us)} to {clock(scale.ends_us)}; the same as a table stands below"
    return _stacked([lane for lane in lanes if lane is not None], result, scale, label)


def _is_hurt(app: AppResult, scale: Scale) -> bool:
    """Whether an incident of the app falls into the stretch."""
    return any(
        scale.shows(incident.begins_us, scale.ends_us if incident.recovered_us is None else incident.recovered_us)
        for incident in app.incidents
    )


def _moves(series: Series, scale: Scale) -> bool:
    """Whether a value changes inside: it has a point there that differs from the one before."""
    return any(before[1] != after[1] and scale.shows(before[0], after[0]) for before, after in pairwise(series.points))


def _changes(endpoint: Endpoint, scale: Scale) -> bool:
    """Whether an endpoint gets another owner inside."""
    return any(scale.shows(owner.t_us, owner.t_us) for owner in endpoint.owners[1:])


def _stacked(lanes: Sequence[Lane], result: DrillResult, scale: Scale, label: str) -> Html:
    y = _AXIS
    placed = []
    for drawn, height in lanes:
        placed.append(element("g", drawn, transform=f"translate(0 {number(y)})"))
        y += height + _GAP
    svg = element(
        "svg",
        _shades(result, scale, y),
        _axis(scale, y),
        placed,
        viewBox=f"0 0 {number(WIDTH)} {number(y + _AXIS)}",
        role="img",
        aria_label=label,
        class_="chart",
    )
    return element("div", svg, class_="scroll", tabindex=0, role="group", aria_label=label)


def _shades(result: DrillResult, scale: Scale, foot: float) -> list[Html]:
    """Each fault behind all lanes, so that what fell into it can be seen."""
    shades = []
    for band in result.bands:
        ends_us = result.ended_us if band.ends_us is None else band.ends_us
        if scale.shows(band.begins_us, ends_us):
            left, right = scale.x(band.begins_us), scale.x(ends_us)
            shade = element("rect", x=left, y=_AXIS, width=max(1.0, right - left), height=foot - _AXIS, class_="band")
            shades.append(shade)
    return shades


def _axis(scale: Scale, foot: float) -> Html:
    drawn = [element("path", d=f"M{number(MARGIN)} {number(foot)}H{number(WIDTH - MARGIN)}", class_="axis")]
    for tick in scale.ticks():
        x = scale.x(tick)
        anchor = "start" if x < 30 else "end" if x > WIDTH - 30 else "middle"
        drawn.append(element("path", d=f"M{number(x)} {number(_AXIS - 5)}V{number(foot)}", class_="grid"))
        drawn += [element("text", clock(tick), x=x, y=y, text_anchor=anchor, class_="tick") for y in (12.0, foot + 15)]
    return join(drawn)


def _steps(result: DrillResult) -> list[Mark]:
    return [
        Mark(step.begun_us, step.kind, step.text, f"{step.kind} by {step.by}: {step.text} ({step.outcome.value})")
        for step in result.steps
        if step.begun_us is not None and step.kind != "fault"
    ]


def _events(result: DrillResult) -> list[Mark]:
    return [
        Mark(
            row.t_us,
            "event",
            f"{row.id.removeprefix('RDS-EVENT-')} {row.source}: {row.text}",
            f"{row.id} {row.source}: {row.text}",
        )
        for row in result.events
    ]


def _legend(result: DrillResult) -> Html:
    zones = sorted({owner.zone for endpoint in result.endpoints for owner in endpoint.owners if owner.zone})
    keys = [*_LEGEND, *((f"owner {zone_class(zone, zones)}", zone) for zone in zones)]
    return element("ul", (_key(class_, words) for class_, words in keys), class_="legend")


def _key(class_: str, words: str) -> Html:
    """A swatch and what it stands for."""
    if class_ == "due-key":
        sign = element("path", d="M0 6H16", class_="due")
    else:
        sign = element("rect", x=0, y=1, width=16, height=10, rx=2, class_=class_)
    return element("li", element("svg", sign, viewBox="0 0 16 12", class_="key", aria_hidden="true"), words)


def _as_table(result: DrillResult) -> Html:
    """The same in words, for those who do not see the drawing, and for searching."""
    rows: list[tuple[int, str, str, Html | str]] = [
        (band.begins_us, "fault", f"{band.name} {band.target}", f"until {moment(band.ends_us)}")
        for band in result.bands
    ]
    rows += [(row.t_us, row.id, row.source, row.text) for row in result.events]
    rows += [(step.begun_us, step.kind, step.by, step.text) for step in result.steps if step.begun_us is not None]
    rows += [
        (check.decided_us, "check", check.text, outcome(check.outcome))
        for check in result.checks
        if check.decided_us is not None
    ]
    rows += [
        (owner.t_us, "endpoint", endpoint.name, " ".join((owner.target or "nobody", owner.zone)))
        for endpoint in result.endpoints
        for owner in endpoint.owners
    ]
    rows.sort(key=lambda row: row[0])
    left_out = len(rows) - _MOST_ROWS
    return details(
        f"The time line as a table: {plural(len(rows), 'row')}",
        table(
            ("When", "What", "Who or where", ""), [(clock(at), *row) for at, *row in rows[:_MOST_ROWS]], numeric=(0,)
        ),
        element("p", f"{plural(left_out, 'row')} more: all of them stand in result.json.") if left_out > 0 else None,
    )
