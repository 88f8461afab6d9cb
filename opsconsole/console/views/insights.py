"""Performance Insights: the load of a database by what its sessions wait for, against what its CPUs can take."""

from __future__ import annotations

from opsconsole.cloud import insights
from opsconsole.console.views.layout import Cell, Column, Row, heading, paragraph, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar, spark

HOUR_US = 3_600_000_000
STEP_US = 15_000_000
CHART_COLUMNS = 60
GAUGE = 24


def database_load(scene: Scene) -> list[Line]:
    """The load now, by wait and by statement, each as a gauge whose end is the Max vCPU line; and the last minutes."""
    title = heading("database load", scene.width, ("  Performance Insights: average active sessions", "dim"))
    if not insights.is_on(scene.cloud, scene.id):
        return [title, *paragraph("Performance Insights is off for this instance", scene.width)]
    load = insights.database_load(scene.cloud, scene.id, scene.cloud.now_us)
    if load is None:
        return [title, *paragraph("the engine does not run: there is no load", scene.width, "warn")]
    over = load.total > load.vcpu
    head = Row((" ", ""), (f"{load.total:.2f}", "bad" if over else "number"), (f" of {load.vcpu} vCPU", "dim"))
    if over:
        head.add("  sessions queue for a CPU, or wait for something else", "bad")
    return [
        title,
        head.line(scene.width),
        *_chart(scene, load.vcpu),
        BLANK,
        *_shares(scene, "by wait", load.by_wait, load.vcpu),
        BLANK,
        *_shares(scene, "by statement", load.by_statement, load.vcpu),
    ]


def _chart(scene: Scene, vcpu: int) -> list[Line]:
    """The last quarter of an hour; the scale ends at the Max vCPU line or above it."""
    columns = max(10, min(CHART_COLUMNS, scene.width - 24))
    now = scene.cloud.now_us // STEP_US * STEP_US
    found = insights.series(scene.cloud, scene.id, now - columns * STEP_US, now, columns)
    values = [None if one is None else one.total for one in found]
    high = max([float(vcpu), *(value for value in values if value is not None)])
    minutes = columns * STEP_US // 60_000_000
    row = Row((" ", ""), (f"last {minutes} min  ", "dim"), (spark(values, columns, scene.ascii, high=high), "accent"))
    return [row.line(scene.width)]


def _shares(scene: Scene, title: str, parts: tuple[tuple[str, float], ...], vcpu: int) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = []
    for name, sessions in parts:
        style = "ok" if name == insights.CPU else "accent"
        rows.append((None, [name, (f"{sessions:.2f}", "number"), (bar(sessions / vcpu, GAUGE, scene.ascii), style)]))
    if not rows:
        return paragraph(f"{title}: nobody works", scene.width)
    return table([Column(title, least=24), Column("AAS", True, 7), Column(f"0 to {vcpu} vCPU")], rows, scene.width)
