"""The status line that never scrolls away: SIMULATED first, then the fleet's time and everything that colours it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.alarms import Alarm
from opsconsole.console.views import glyphs
from opsconsole.console.views.alarms import alarm_count
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, cells, clean, fit
from opsconsole.console.views.lines import ClockState, Line, Span

FLEET_NAME = 28


def status_line(
    cloud: Cloud,
    clock: ClockState,
    width: int,
    *,
    truth: bool = True,
    ascii: bool = False,
    ringing: Sequence[Alarm] = (),
    acknowledged: Collection[str] = (),
) -> Line:
    """SIMULATED, fleet, time, speed, seed, view, apps in trouble, alarms that ring and faults in force.

    What does not fit is left out, the least important first; SIMULATED, the time and the speed stay to the end.
    """
    parts = _parts(cloud, clock, truth, alarm_count(ringing, acknowledged))
    gap = 2 if width >= 60 else 1
    kept = list(parts)
    while len(kept) > 1 and _width(kept, gap) > width:
        kept.remove(max(kept, key=lambda part: part[0]))
    row = Row((" SIMULATED ", "sim"), key="status")
    for _, spans in kept:
        row.add(" " * (gap - 1) if row.width == 11 else " " * gap)
        for text, style in spans:
            row.add(text, style)
    return in_ascii([row.line(width)], ascii)[0]


def _width(parts: list[tuple[int, list[Span]]], gap: int) -> int:
    return 10 + sum(gap + sum(cells(text) for text, _ in spans) for _, spans in parts)


def _parts(cloud: Cloud, clock: ClockState, truth: bool, alarms: Span | None) -> list[tuple[int, list[Span]]]:
    """What there is to say, in the order of the screen, each with a rank: the greater, the sooner it is left out."""
    moment = aws_view.moment(cloud)
    parts: list[tuple[int, list[Span]]] = [
        *([(0, [(f" {clock.past} ", "sim")])] if clock.past else []),
        (6, [(fit(clean(cloud.fleet.name), FLEET_NAME), "title")]),
        (0, [(f"{moment:%H:%M:%S}Z", "")]),
        (8, [(f"{moment:%a} {moment.day} {moment:%b}", "dim")]),
        (1, _speed(clock)),
    ]
    if clock.branch:
        parts.append((4, [(clock.branch, "accent")]))
    if clock.stops:
        parts.append((3, [(f"until {clock.stops}", "accent")]))
    if clock.speed_had is not None and not clock.paused:
        parts.append((4, [(f"has {speed(clock.speed_had)}", "warn")]))
    parts += [(7, [(f"seed {cloud.seed}", "dim")]), (4, [("view: ", "dim"), ("truth" if truth else "AWS", "accent")])]
    if clock.read_only:
        parts.append((3, [("read-only", "warn")]))
    if clock.company:
        parts.append((2, [(clock.company, "accent")]))
    if clock.recording is None and not clock.unrecorded:
        parts.append((5, [("not recording", "warn")]))
    ill = [id for id, app in cloud.apps.items() if app.health.value != "ok"]
    if ill:
        failing = any(cloud.apps[id].health.value == "failing" for id in ill)
        text = f"{ill[0]} {cloud.apps[ill[0]].health.value}" if len(ill) == 1 else f"{len(ill)} apps impaired"
        parts.append((2, [(f"{glyphs.DOWN if failing else glyphs.WARN} {text}", "bad" if failing else "warn")]))
    if clock.unrecorded:  # of equal rank the first is left out first: who is ill, other places say too
        parts.append((2, [(f"not recording: {clean(clock.unrecorded)}", "bad")]))
    if alarms is not None:
        parts.append((3, [alarms]))
    faults = len(cloud.faults.in_force)
    if truth and faults:
        parts.append((3, [(f"{glyphs.DOWN} {faults} fault{'s' if faults > 1 else ''}", "bad")]))
    return parts


def _speed(clock: ClockState) -> list[Span]:
    if clock.paused:
        return [("‖ paused", "warn")]
    shown: list[Span] = [(f"▶ {speed(clock.speed_asked)}", "warn" if clock.braked else "ok")]
    return [*shown, (" braked", "warn")] if clock.braked else shown


def speed(factor: float) -> str:
    """A speed as `10×`, `0.5×`, `340×`."""
    return f"{factor:.0f}×" if factor >= 10 else f"{factor:.2g}×"
