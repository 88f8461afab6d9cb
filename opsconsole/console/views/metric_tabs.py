"""CloudWatch metrics of a thing: name, value, unit, trend; in AWS's view the last published minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opsconsole.cloud import aws_view
from opsconsole.cloud.alarms import Alarm, alarms_of, state
from opsconsole.cloud.metrics import names_for, namespace_of, unit_of
from opsconsole.console.views.alarms import LOOKS, condition
from opsconsole.console.views.elasticache.state import role_of
from opsconsole.console.views.layout import Cell, Column, Row, heading, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.trends import minute_text, now_text, trend_text

WITH_ALARMS = 84
WITH_UNITS = 100
BY_INSTANCE = (
    ("CPU", "CPUUtilization"),
    ("connections", "DatabaseConnections"),
    ("selects", "SelectThroughput"),
    ("commits", "CommitThroughput"),
    ("read IOPS", "ReadIOPS"),
    ("write IOPS", "WriteIOPS"),
    ("replica lag", "AuroraReplicaLag"),
    ("lag", "ReplicaLag"),
)
BY_NODE = (
    ("CPU", "CPUUtilization"),
    ("engine CPU", "EngineCPUUtilization"),
    ("connections", "CurrConnections"),
    ("items", "CurrItems"),
    ("hit rate", "CacheHitRate"),
    ("evictions", "Evictions"),
    ("lag", "ReplicationLag"),
)


def metrics(scene: Scene) -> list[Line]:
    """The metrics of a thing with the alarms on them, and the main ones of its parts."""
    what = "now" if scene.truth else "the last datapoint published"
    lines: list[Line] = []
    if names_for(scene.cloud, scene.id):
        namespace = namespace_of(scene.cloud, scene.id)
        lines += [heading(namespace, scene.width, (f"  {what}; trend over 15 minutes", "dim")), *_own(scene)]
    if scene.id in scene.cloud.clusters:
        lines += [BLANK, heading("by instance", scene.width), *_by_instance(scene)]
    if scene.id in scene.cloud.caches:
        title = heading("AWS/ElastiCache", scene.width, (f"  {what}, by node; counts are those of a minute", "dim"))
        lines += [title, *_by_node(scene)]
    return lines


def _own(scene: Scene) -> list[Line]:
    units, bounds = scene.width >= WITH_UNITS, scene.width >= WITH_ALARMS
    columns = max(6, min(24, scene.width - 52 - (14 if units else 0) - (30 if bounds else 0)))
    on = {alarm.metric: alarm for alarm in alarms_of(scene.cloud, scene.id)} if bounds else {}
    rows: list[tuple[str | None, list[Cell]]] = []
    for metric in names_for(scene.cloud, scene.id):
        value = now_text(scene.cloud, scene.id, metric, scene.truth)
        cells: list[Cell] = [metric, (value, "number"), *([(unit_of(metric), "dim")] if units else [])]
        if not scene.truth:
            cells.append((minute_text(scene.cloud, scene.id, metric) or "-", "dim"))
        trend = trend_text(scene.cloud, scene.id, metric, columns, scene.truth, scene.ascii)
        cells += [_alarm(scene, on.get(metric))] if bounds else []
        rows.append((None, [*cells, (trend, "accent")]))
    heads = [Column("metric"), Column("value", number=True, least=9), *([Column("unit")] if units else [])]
    heads += [] if scene.truth else [Column("minute")]
    return table([*heads, *([Column("alarm")] if bounds else []), Column("trend")], rows, scene.width)


def _alarm(scene: Scene, alarm: Alarm | None) -> Cell:
    """What AWS recommends to be woken for, and whether it holds."""
    if alarm is None:
        return ("", "")
    glyph, style = LOOKS[state(scene.cloud, alarm)]
    return f"{glyph} {condition(alarm)}", style if style == "bad" else "dim"


def _by_instance(scene: Scene) -> list[Line]:
    cluster = scene.cloud.clusters[scene.id]
    writer = aws_view.writer_of(scene.cloud, cluster, scene.truth)
    roles = {
        id: ("writer", "writer") if one is writer else ("reader", "reader") for id, one in cluster.instances.items()
    }
    return _side_by_side(scene, roles, BY_INSTANCE, "instance")


def _by_node(scene: Scene) -> list[Line]:
    group = scene.cloud.caches[scene.id]
    names = {id: role_of(scene.cloud, node, scene.truth) for id, node in group.nodes.items()}
    roles = {id: (role, "writer" if role == "primary" else "reader") for id, role in names.items()}
    return _side_by_side(scene, roles, BY_NODE, "node")


def _side_by_side(
    scene: Scene, roles: Mapping[str, Span], columns: Sequence[tuple[str, str]], title: str
) -> list[Line]:
    """The metrics of a thing's parts, one part a row: those that any of them has."""
    if not roles:
        return [Row((f" no {title}", "dim")).line(scene.width)]
    names = {id: names_for(scene.cloud, id) for id in roles}
    shown = [(head, metric) for head, metric in columns if any(metric in mine for mine in names.values())]
    rows: list[tuple[str | None, list[Cell]]] = []
    for id, role in roles.items():
        values: list[Cell] = [
            (now_text(scene.cloud, id, metric, scene.truth) if metric in names[id] else "-", "number")
            for _, metric in shown
        ]
        rows.append((id, [id, role, *values]))
    heads = [Column(head, number=True, least=7) for head, _ in shown]
    return table([Column(title), Column("role"), *heads], rows, scene.width)
