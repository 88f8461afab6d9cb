"""One metric of a thing at large: its course, its threshold, and where the number comes from."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.alarms import Alarm, alarms_of, state
from opsconsole.cloud.metrics import MINUTE_US, names_for, namespace_of, unit_of
from opsconsole.console.views.alarms import LOOKS, WORDS, condition
from opsconsole.console.views.chart import SCALE, Chart, scale
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, left, pairs, right, wrap
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import measured, span
from opsconsole.console.views.scene import BLANK, SIM, Scene
from opsconsole.console.views.trends import minute_text, now_text, trend
from opsconsole.console.views.window import window

WINDOWS_US = (5 * MINUTE_US, 15 * MINUTE_US, 60 * MINUTE_US)
"""How far back a chart reaches; what is older is not kept in so much detail."""
LEAST_ROWS = 4
VALUE = 12
BESIDE = 3 + 8
"""Lines above and below the chart."""


def metric_list(scene: Scene, chosen: str) -> list[Line]:
    """The metrics of the thing with their values, the chosen one marked and in sight; what is in ALARM says so."""
    cloud, id = scene.cloud, scene.id
    on = {alarm.metric: state(cloud, alarm) for alarm in alarms_of(cloud, id)}
    width = max(10, scene.width - 2 - VALUE)
    seen = window(names_for(cloud, id), chosen, max(1, scene.height - 1))
    head = Row((left("  metric", 2 + width), "dim"), (right("value", VALUE), "dim")).line(scene.width)
    lines = [seen.signed(head, scene.width)]
    for metric in seen.ids:
        glyph, style = LOOKS[on[metric]] if metric in on else (" ", "")
        row = Row((f"{glyph} ", style), (left(metric, width), "selected" if metric == chosen else ""), ref=metric)
        lines.append(row.add(right(now_text(cloud, id, metric, scene.truth), VALUE), "number").line(scene.width))
    return in_ascii(lines, scene.ascii)


def metric_chart(scene: Scene, metric: str, window_us: int) -> list[Line]:
    """The metric's value, its course over a window, and what CloudWatch says that it is."""
    columns = max(8, scene.width - SCALE - 1)
    values = trend(scene.cloud, scene.id, metric, columns, scene.truth, window_us)
    alarm = next((one for one in alarms_of(scene.cloud, scene.id) if one.metric == metric), None)
    unit, rule = unit_of(metric), None if alarm is None else alarm.threshold
    top = scale(values, rule, 100.0 if unit == "Percent" else None)
    chart = Chart(_stretched(values, columns), top, rule, alarm.breaches if alarm is not None else lambda value: False)
    rows = max(LEAST_ROWS, scene.height - BESIDE)
    lines = [_head(scene, metric), BLANK, *chart.lines(rows, lambda value: measured(value, unit), scene.ascii)]
    lines += [_times(scene, window_us, columns), BLANK, *_about(scene, metric, values, alarm, top)]
    return in_ascii(lines, scene.ascii)


def _head(scene: Scene, metric: str) -> Line:
    row = Row(
        (" ", ""), (metric, "title"), ("  ", ""), (now_text(scene.cloud, scene.id, metric, scene.truth), "number")
    )
    when = "now" if scene.truth else f"minute {minute_text(scene.cloud, scene.id, metric) or '-'}, as published"
    return row.add(f"  {when}", "dim").add(f"   {scene.id}", "accent").line(scene.width)


def _stretched(values: list[float | None], columns: int) -> list[float | None]:
    """As many columns for each value; a datapoint covers its minute."""
    return [values[column * len(values) // columns] for column in range(columns)] if values else []


def _times(scene: Scene, window_us: int, columns: int) -> Line:
    begin = (
        scene.clock(scene.cloud.now_us - window_us)
        if scene.cloud.now_us >= window_us
        else f"{window_us // MINUTE_US} minutes ago"
    )
    end = scene.clock(scene.cloud.now_us)
    return Row((" " * SCALE, ""), (left(begin, columns - len(end)), "dim"), (end, "dim")).line(scene.width)


def _about(scene: Scene, metric: str, values: list[float | None], alarm: Alarm | None, top: float) -> list[Line]:
    row, unit = catalog.metric(namespace_of(scene.cloud, scene.id), metric), unit_of(metric)
    known = [value for value in values if value is not None]
    seen: list[Span] = [("nothing was measured in this time", "dim")]
    if known:
        low, mean, high = (measured(one, unit) for one in (min(known), sum(known) / len(known), max(known)))
        seen = [(f"lowest {low}   mean {mean}   highest {high}", "number")]
    rows: list[tuple[str, list[Span]]] = [("in this time", seen)]
    if alarm is not None:
        now = state(scene.cloud, alarm)
        glyph, style = LOOKS[now]
        far = "   above the scale" if alarm.threshold > top else ""
        rows.append(("alarm", [(f"{glyph} {WORDS[now]}", style), (f"  {condition(alarm)}{far}", "")]))
    told = f"{row.namespace}, {row.unit}, {row.statistic}, every {span(row.period_s * 1_000_000)}"
    rows.append(("CloudWatch", [(told, "")]))
    room = max(20, scene.width - 16)
    rows += [("means" if not at else "", [(text, "")]) for at, text in enumerate(wrap(row.meaning, room)[:2])]
    mark: Span = (f"  {row.confidence}", "warn" if row.confidence == SIM else "dim")
    sources = wrap(row.source, room - 5)[:2]
    rows += [
        ("source" if not at else "", [(text, "dim"), *([mark] if not at else [])]) for at, text in enumerate(sources)
    ]
    return pairs(rows, scene.width)
