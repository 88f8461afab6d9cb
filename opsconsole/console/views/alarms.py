"""CloudWatch alarms as AWS names them: how many ring, which are a thing's, what each says and since when."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.alarms import (
    Alarm,
    State,
    Transition,
    alarms_of,
    history,
    in_alarm_of,
    minutes_without_data,
    reason,
    state,
)
from opsconsole.cloud.metrics import MINUTE_US, unit_of
from opsconsole.console.views import glyphs
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, heading, left, paragraph, wrap
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import measured, span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.things import parts_of

KNOWN_US = 40 * MINUTE_US
"""How far back the history of an alarm reaches."""
LISTED = 100
REASON_LINES = 3
WORDS = {State.ALARM: "ALARM", State.OK: "OK", State.INSUFFICIENT_DATA: "INSUFFICIENT_DATA"}
LOOKS: dict[State, Span] = {
    State.ALARM: (glyphs.WARN, "bad"),
    State.OK: (glyphs.UP, "ok"),
    State.INSUFFICIENT_DATA: (glyphs.CREATING, "dim"),
}


def ringing_of(cloud: Cloud, id: str) -> list[Alarm]:
    """The alarms in ALARM of a thing and of its parts."""
    return [alarm for part in parts_of(cloud, id) for alarm in in_alarm_of(cloud, part)]


def alarm_count(rings: Sequence[Alarm], acknowledged: Collection[str] = ()) -> Span | None:
    """`▲ 2 alarms`, or the one alarm's name; dim once somebody has acknowledged them all. None where none rings."""
    if not rings:
        return None
    new = [alarm for alarm in rings if alarm.id not in acknowledged]
    counted = new or rings
    text = f"{glyphs.WARN} {counted[0].id}" if len(counted) == 1 else f"{glyphs.WARN} {len(counted)} alarms"
    return text, "warn" if new else "dim"


def condition(alarm: Alarm) -> str:
    """`> 90.0 % for 5 of 5`: what has to hold, and in how many of the last minutes."""
    bound = measured(alarm.threshold, unit_of(alarm.metric))
    return f"{alarm.comparison} {bound}, {alarm.periods} of {alarm.of} min"


def since_us(cloud: Cloud, alarm: Alarm) -> int | None:
    """When its state last changed; None for longer ago than is known."""
    changes = history(cloud, alarm, cloud.now_us - KNOWN_US)
    return changes[-1].at_us if changes else None


def thing_lines(scene: Scene, id: str) -> list[Line]:
    """What rings on a thing or its parts, in one line; nothing where nothing does."""
    rings = ringing_of(scene.cloud, id)
    if not rings:
        return []
    names = [alarm.metric if alarm.thing == id else alarm.id for alarm in rings]
    row = Row((f" {glyphs.WARN} ALARM  ", "bad"), (", ".join(dict.fromkeys(names)), "warn"), key=f"alarms {id}")
    return [row.line(scene.width)]


# -- the pane -----------------------------------------------------------------------------------------------------


def ringing_lines(
    cloud: Cloud, width: int, rings: Sequence[Alarm], acknowledged: Collection[str], *, ascii: bool = False
) -> list[Line]:
    """Every alarm that rings: its name, what has to hold, since when, and CloudWatch's reason.

    A line's ref is the thing it is about.
    """
    if not rings:
        return in_ascii(
            paragraph("no alarm is in ALARM: AWS's recommended alarms are set for everything", width), ascii
        )
    lines: list[Line] = []
    for alarm in rings[:LISTED]:
        lines += [*_alarm_lines(cloud, alarm, width, alarm.id in acknowledged), BLANK]
    if len(rings) > LISTED:
        lines.append(Row((f" and {len(rings) - LISTED} others", "dim")).line(width))
    return in_ascii(lines, ascii)


def _alarm_lines(cloud: Cloud, alarm: Alarm, width: int, known: bool) -> list[Line]:
    verdict = state(cloud, alarm)
    glyph, style = LOOKS[verdict]
    head = Row((" ", ""), (f"{glyph} {WORDS[verdict]}  ", style), (alarm.id, "title"), ref=alarm.thing, key=alarm.id)
    head.add(f"  {condition(alarm)}", "dim").add(f"  {_since(cloud, alarm)}", "number")
    head.add("  acknowledged" if known else "", "dim")
    texts = wrap(reason(cloud, alarm), max(20, width - 6))
    if len(texts) > REASON_LINES:
        texts = [*texts[: REASON_LINES - 1], f"{texts[REASON_LINES - 1]} {glyphs.MORE}"]
    return [head.line(width), *(Line((("   ", ""), (text, "dim")), alarm.thing) for text in texts)]


def _since(cloud: Cloud, alarm: Alarm) -> str:
    at = since_us(cloud, alarm)
    return f"for {span(cloud.now_us - at)}" if at is not None else f"for more than {span(min(cloud.now_us, KNOWN_US))}"


def alarms_lines(cloud: Cloud, width: int, ids: Sequence[str], *, ascii: bool = False) -> list[Line]:
    """Every alarm of some things, whatever its state, and what became of it in the last 40 minutes."""
    lines: list[Line] = []
    changes: list[Transition] = []
    for id in ids:
        found = alarms_of(cloud, id)
        if not found:
            continue
        lines += [*([BLANK] if lines else []), heading(id, width)]
        for alarm in found:
            verdict = state(cloud, alarm)
            glyph, style = LOOKS[verdict]
            row = Row((f" {glyph} ", style), (left(WORDS[verdict], 18), style), ref=id, key=alarm.id)
            row.add(left(alarm.metric, 28)).add(_gap(cloud, alarm), "warn").add(condition(alarm), "dim")
            lines.append(row.line(width))
            changes += history(cloud, alarm, cloud.now_us - KNOWN_US)
    if not lines:
        return paragraph("it has no metric that AWS recommends an alarm for", width)
    changes.sort(key=lambda change: -change.at_us)
    lines += [BLANK, heading("changes", width, ("  of the last 40 minutes", "dim"))]
    lines += [_change(cloud, change, width) for change in changes[:LISTED]] or paragraph("none", width)
    return in_ascii(lines, ascii)


def _gap(cloud: Cloud, alarm: Alarm) -> str:
    """That its youngest datapoints are missing, although a state is told: an instance that is down publishes none."""
    minutes = minutes_without_data(cloud, alarm)
    return f"no datapoint for {minutes} min  " if minutes and state(cloud, alarm) is not State.INSUFFICIENT_DATA else ""


def _change(cloud: Cloud, change: Transition, width: int) -> Line:
    moment = aws_view.moment(cloud, change.at_us)
    row = Row((f" {moment:%H:%M:%S}  ", "dim"), (change.alarm.id, ""), ref=change.alarm.thing)
    row.add(f"  {WORDS[change.was]} {glyphs.ARROW} ", "dim")
    return row.add(WORDS[change.now], LOOKS[change.now][1]).line(width)
