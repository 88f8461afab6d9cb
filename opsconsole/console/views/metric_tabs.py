"""CloudWatch metrics of a thing: name, value, unit, trend; in AWS's view the last published minute."""

from __future__ import annotations

from opsconsole.cloud.metrics import names_for, unit_of
from opsconsole.console.views import states
from opsconsole.console.views.layout import Cell, Column, Row, heading, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.trends import minute_text, now_text, trend_text

WITH_UNITS = 76
BY_INSTANCE = (
    ("CPU", "CPUUtilization"),
    ("connections", "DatabaseConnections"),
    ("selects", "SelectThroughput"),
    ("commits", "CommitThroughput"),
    ("replica lag", "AuroraReplicaLag"),
)


def metrics(scene: Scene) -> list[Line]:
    """The metrics of an instance, or those of a cluster and the main ones of its instances."""
    what = "now" if scene.truth else "the last datapoint published"
    lines = [heading("AWS/RDS", scene.width, (f"  {what}; trend over 15 minutes", "dim")), *_own(scene)]
    if scene.id in scene.cloud.clusters:
        lines += [BLANK, heading("by instance", scene.width), *_by_instance(scene)]
    return lines


def _own(scene: Scene) -> list[Line]:
    units = scene.width >= WITH_UNITS
    columns = max(6, min(24, scene.width - (66 if units else 52)))
    rows: list[tuple[str | None, list[Cell]]] = []
    for metric in names_for(scene.cloud, scene.id):
        value = now_text(scene.cloud, scene.id, metric, scene.truth)
        cells: list[Cell] = [metric, (value, "number"), *([(unit_of(metric), "dim")] if units else [])]
        if not scene.truth:
            cells.append((minute_text(scene.cloud, scene.id, metric) or "-", "dim"))
        trend = trend_text(scene.cloud, scene.id, metric, columns, scene.truth, scene.ascii)
        rows.append((None, [*cells, (trend, "accent")]))
    heads = [Column("metric"), Column("value", number=True, least=9), *([Column("unit")] if units else [])]
    return table([*heads, *([] if scene.truth else [Column("minute")]), Column("trend")], rows, scene.width)


def _by_instance(scene: Scene) -> list[Line]:
    cluster = scene.cloud.clusters[scene.id]
    writer = states.writer_of(scene.cloud, cluster, scene.truth)
    rows: list[tuple[str | None, list[Cell]]] = []
    for id, instance in cluster.instances.items():
        role = ("writer", "writer") if instance is writer else ("reader", "reader")
        values: list[Cell] = [(now_text(scene.cloud, id, metric, scene.truth), "number") for _, metric in BY_INSTANCE]
        rows.append((id, [id, role, *values]))
    if not rows:
        return [Row((" no instance", "dim")).line(scene.width)]
    heads = [Column(title, number=True, least=7) for title, _ in BY_INSTANCE]
    return table([Column("instance"), Column("role"), *heads], rows, scene.width)
