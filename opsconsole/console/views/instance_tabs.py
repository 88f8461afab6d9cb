"""An instance and a global database: what they are now, and who depends on them."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.metrics import names_for
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.alarms import thing_lines
from opsconsole.console.views.endpoints import endpoint_lines
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, span
from opsconsole.console.views.replication import global_replication
from opsconsole.console.views.scene import BLANK, Scene, fault_lines
from opsconsole.console.views.trends import now_text, trend_text

MAIN = (
    ("cpu", "CPUUtilization"),
    ("connections", "DatabaseConnections"),
    ("selects", "SelectThroughput"),
    ("commits", "CommitThroughput"),
    ("replica lag", "AuroraReplicaLag"),
    ("read IOPS", "ReadIOPS"),
    ("write IOPS", "WriteIOPS"),
    ("replica lag", "ReplicaLag"),
)


def instance(scene: Scene) -> list[Line]:
    """Role, state, load, names and clients of an instance."""
    one = scene.cloud.instances[scene.id]
    cluster = scene.cloud.cluster_of(scene.id)
    state = states.of_instance(scene.cloud, one, scene.truth)
    writes = aws_view.writer_of(scene.cloud, cluster, scene.truth) is one
    row = Row(
        (" ", ""), (one.id, "title"), ("  ", ""), ("WRITER" if writes else "reader", "writer" if writes else "reader")
    )
    row.add("  ").add(state.text, state.style).add(f"  {cluster.id}  {one.zone.name}", "dim")
    lines = [row.line(scene.width), *thing_lines(scene, one.id)]
    if scene.truth:
        lines += fault_lines(scene, scene.cloud.faults.of(one.id))
    lines += [BLANK, *pairs(_state_rows(scene, one), scene.width), BLANK, heading("load", scene.width)]
    lines += _load(scene)
    lines += [BLANK, heading("names that lead here", scene.width), *_names(scene, one)]
    return [*lines, BLANK, heading("apps connected", scene.width), *_clients(scene, one)]


def _state_rows(scene: Scene, one: Instance) -> list[tuple[str, list[Span]]]:
    seen = states.of_instance(scene.cloud, one, truth=False)
    rows: list[tuple[str, list[Span]]] = [("DBInstanceStatus", [(seen.text, seen.style)])]
    if scene.truth:
        now = scene.cloud.now_us
        engine = states.of_instance(scene.cloud, one, truth=True)
        if one.running:
            engine = states.State(glyphs.UP, "running", "ok")
        spans: list[Span] = [(engine.text, engine.style), (f"  for {span(now - one.engine.changed_us)}", "dim")]
        if one.busy_until_us is not None and one.busy_until_us > now:
            spans.append((f"  about {span(one.busy_until_us - now)} left", "warn"))
        rows.append(("engine", spans))
        if one.warm.value < 1000:
            rows.append(("buffer cache", [(f"cold: {one.warm.value // 10} % of its capacity", "warn")]))
        if one.stalled_since_us is not None:
            rows.append(("replication", [(f"applies nothing for {span(now - one.stalled_since_us)}", "bad")]))
    rows.append(("class", [(one.instance_class.name, ""), (f"  promotion tier {one.tier}", "dim")]))
    return rows


def _load(scene: Scene) -> list[Line]:
    columns = max(8, min(40, scene.width - 36))
    rows: list[tuple[str | None, list[Cell]]] = []
    names = names_for(scene.cloud, scene.id)
    for title, metric in (one for one in MAIN if one[1] in names):
        value = now_text(scene.cloud, scene.id, metric, scene.truth)
        trend = trend_text(scene.cloud, scene.id, metric, columns, scene.truth, scene.ascii)
        rows.append((None, [title, (value, "number"), (trend, "accent")]))
    return table([Column(""), Column("now", True, 9), Column("last 15 min")], rows, scene.width)


def _names(scene: Scene, one: Instance) -> list[Line]:
    """Of its cluster's names, and of the global databases', those that answer with it now."""
    cloud, lines = scene.cloud, []
    over_regions = (database.endpoint for database in cloud.global_databases.values())
    for record in (*cloud.cluster_of(one.id).records(), *over_regions):
        if one.id in cloud.names.resolve(record):
            row = Row((" ", ""), (f"{record.kind:9}", "dim"), (record.fqdn, ""), key=record.id)
            lines.append(row.line(scene.width))
    return lines or [Row((" none", "warn")).line(scene.width)]


def _clients(scene: Scene, one: Instance) -> list[Line]:
    lines = []
    for app in scene.cloud.apps.values():
        connected = dict(app.service.value.connections).get(one.id, 0)
        if connected:
            row = Row((" ", ""), (f"{app.id}  ", ""), (f"{count(connected)} connections", "number"), ref=app.id)
            lines.append(row.line(scene.width))
    return lines or [Row((" none", "dim")).line(scene.width)]


def global_database(scene: Scene) -> list[Line]:
    """A global database: its members, and its writer endpoint."""
    database = scene.cloud.global_databases[scene.id]
    lines = global_replication(scene, database)
    state = states.of_status(database.failover_state.value) if database.failover_state.value else None
    if scene.truth and state is not None:
        lines.append(Row((" ", ""), (state.text, state.style)).line(scene.width))
    lines += [BLANK, *endpoint_lines(scene, database.endpoint)]
    if scene.truth:
        able = [c.id for c in database.members() if database.accepts_writes(c)]
        style = "ok" if len(able) == 1 else "bad"
        text = ", ".join(able) or "nobody"
        if len(able) > 1:
            text += "  split brain: two histories"
        lines += [BLANK, *pairs([("accepts writes", [(text, style)])], scene.width)]
    return lines
