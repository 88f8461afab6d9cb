"""A cluster where it stands: zones side by side, an instance per box, copies below, then the names that lead there."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.names import Record
from opsconsole.console.views import states
from opsconsole.console.views.alarms import thing_lines
from opsconsole.console.views.boxes import FRAME, Box, box_width, zone_columns
from opsconsole.console.views.glyphs import ARROW, NONE
from opsconsole.console.views.layout import Row, cells, left, right
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.map_rows import COPY_GLYPHS
from opsconsole.console.views.quantities import span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.trends import first_of, lag_metric, now_text, trend_text

BOX_ROWS = 7
ONE_LINE = 72


def topology(scene: Scene) -> list[Line]:
    """The cluster's head, its zones, its names, and what follows it."""
    cluster = scene.cloud.clusters[scene.id]
    column = box_width(scene, len(cluster.region.zones)) if scene.height >= BOX_ROWS + 9 else 0
    return [
        cluster_head(scene, cluster),
        *thing_lines(scene, cluster.id),
        BLANK,
        *(_columns(scene, cluster, column) if column else _zone_list(scene, cluster)),
        BLANK,
        *_names(scene, cluster),
        *_global(scene, cluster),
    ]


def cluster_head(scene: Scene, cluster: Cluster) -> Line:
    """`orders  ● available  Aurora MySQL · us-east-1`."""
    status = states.of_cluster(scene.cloud, cluster, truth=False) if not scene.truth else None
    state = status or states.of_status(cluster.status.value)
    row = Row((" ", ""), (cluster.id, "title"), ("  ", ""), (state.text, state.style), ref=cluster.id)
    if scene.truth:
        for trouble in states.troubles(cluster):
            row.add("  ").add(trouble.text, trouble.style)
    row.add(f"  {cluster.engine.title}  {cluster.region.name}", "dim")
    return row.line(scene.width)


# -- columns ----------------------------------------------------------------------------------------------------


def _columns(scene: Scene, cluster: Cluster, column: int) -> list[Line]:
    zones = cluster.region.zones
    boxes = {
        zone.name: [_box(scene, cluster, one, column) for one in cluster.instances.values() if one.zone is zone]
        for zone in zones
    }
    lines = zone_columns(scene, zones, boxes, column)
    if scene.truth and isinstance(cluster, AuroraCluster):
        lines.append(_copies(cluster, column, scene.width))
    return lines


def _box(scene: Scene, cluster: Cluster, instance: Instance, column: int) -> Box:
    writes = aws_view.writer_of(scene.cloud, cluster, scene.truth) is instance
    rows = (
        _state_row(scene, instance),
        ((instance.instance_class.name, "dim"),),
        *_figures(scene, instance, writes, column - 1 - FRAME),
    )
    role = ("WRITER", "writer") if writes else ("reader", "reader")
    return Box(instance.id, role, rows, _remark(scene, instance))


def _remark(scene: Scene, instance: Instance) -> Span:
    """The lower edge says what AWS says, where that is not the truth; else the promotion tier."""
    if scene.truth:
        seen = states.of_instance(scene.cloud, instance, truth=False).word
        if seen != states.of_instance(scene.cloud, instance, truth=True).word and not instance.stalls:
            return f"AWS says {seen}", "warn"
    return f"tier {instance.tier}", "dim"


def _state_row(scene: Scene, instance: Instance) -> tuple[Span, ...]:
    state = states.of_instance(scene.cloud, instance, scene.truth)
    spans: tuple[Span, ...] = ((state.text, state.style),)
    if scene.truth and instance.busy_until_us is not None and instance.busy_until_us > scene.cloud.now_us:
        spans = (*spans, (f"  {span(instance.busy_until_us - scene.cloud.now_us)} left", "dim"))
    return spans


def _figures(scene: Scene, instance: Instance, writes: bool, inner: int) -> list[tuple[Span, ...]]:
    cloud, truth = scene.cloud, scene.truth
    third = ("commit", _commit_metric(scene, instance)) if writes else ("lag", lag_metric(cloud, instance.id))
    rows: list[tuple[Span, ...]] = []
    for label, metric in (("cpu", "CPUUtilization"), ("conn", "DatabaseConnections"), third):
        trend = trend_text(cloud, instance.id, metric, max(4, min(8, inner - 16)), truth, scene.ascii)
        value = now_text(cloud, instance.id, metric, truth)
        room = max(1, inner - 7 - cells(trend))
        rows.append(((left(label, 7), "dim"), (trend, "accent"), (right(value, room), "number")))
    return rows


def _commit_metric(scene: Scene, instance: Instance) -> str:
    return first_of(scene.cloud, instance.id, "CommitLatency", "WriteLatency")


def _copies(cluster: AuroraCluster, column: int, width: int) -> Line:
    row = Row((" ", ""), key="copies")
    for number, zone in enumerate(cluster.region.zones):
        row.to(1 + number * column).add("copies ", "dim")
        for copy in cluster.volume.copies:
            if copy.zone is zone:
                row.add(*COPY_GLYPHS[copy.state.value])
    healthy = cluster.volume.healthy_copies()
    return row.add(f"  {healthy} of 6", "dim" if healthy == 6 else "warn").line(width)


# -- narrow -----------------------------------------------------------------------------------------------------


def _zone_list(scene: Scene, cluster: Cluster) -> list[Line]:
    lines = []
    name_width = max((cells(id) for id in cluster.instances), default=8)
    for zone in cluster.region.zones:
        state = states.of_zone(scene.cloud, zone, scene.truth)
        head = Row((" ", ""), (zone.name, "cut" if states.is_dark(state) else "title"), ref=zone.name, key=zone.name)
        if state.word != "up":
            head.add("  ").add(state.text, state.style)
        if scene.truth and isinstance(cluster, AuroraCluster):
            head.add("  copies ", "dim")
            for copy in cluster.volume.copies:
                if copy.zone is zone:
                    head.add(*COPY_GLYPHS[copy.state.value])
        lines.append(head.line(scene.width))
        here = [i for i in cluster.instances.values() if i.zone is zone]
        for instance in here:
            lines += _instance_lines(scene, cluster, instance, name_width)
        if not here:
            lines.append(Row((f"   {NONE}", "dim")).line(scene.width))
    return lines


def _instance_lines(scene: Scene, cluster: Cluster, instance: Instance, name_width: int) -> list[Line]:
    """Role and state, then figures: on one line, or on two where there is less room."""
    cloud, truth = scene.cloud, scene.truth
    writes = aws_view.writer_of(cloud, cluster, truth) is instance
    state = states.of_instance(cloud, instance, truth)
    row = Row(("   ", ""), (left(instance.id, name_width), ""), ref=instance.id, key=instance.id)
    row.add("  ").add("WRITER" if writes else "reader", "writer" if writes else "reader").add("  ")
    row.add(left(state.text, 12), state.style)
    lines = [row]
    if scene.width < ONE_LINE:
        lines.append(Row(("  ", ""), ref=instance.id, key=f"{instance.id} figures"))
    third = ("commit", _commit_metric(scene, instance)) if writes else ("lag   ", lag_metric(cloud, instance.id))
    for label, metric, room in (("cpu", "CPUUtilization", 8), (*third, 8), ("conn", "DatabaseConnections", 5)):
        value = right(now_text(cloud, instance.id, metric, truth), room)
        lines[-1].add(f"  {label}", "dim").add(value, "number")
    return [one.line(scene.width) for one in lines]


# -- names and what follows -------------------------------------------------------------------------------------


def leads_to(scene: Scene, record: Record) -> str:
    """The instances a name leads to now, or that it is inactive."""
    return ", ".join(scene.cloud.names.resolve(record)) or "inactive"


def _names(scene: Scene, cluster: Cluster) -> list[Line]:
    lines = []
    for record in cluster.records():
        if record.kind == "instance":
            continue
        label = record.kind if record.kind != "custom" else record.id.partition(".")[2]
        row = Row((" ", ""), (left(label, 9), "dim"), ref=cluster.id, key=record.id)
        room = max(12, scene.width - 34)
        row.add(left(record.fqdn, min(room, 60)), "").add(f" {ARROW} ", "dim").add(leads_to(scene, record), "accent")
        lines.append(row.line(scene.width))
    return lines


def _global(scene: Scene, cluster: Cluster) -> list[Line]:
    database = scene.cloud.global_of(cluster)
    if database is None:
        return []
    lines = []
    for secondary in database.secondaries:
        if cluster not in (database.primary, secondary):
            continue
        other = secondary if cluster is database.primary else database.primary
        word = "lag to" if cluster is database.primary else "lag behind"
        where = f" ({other.region.name})" if scene.width >= ONE_LINE else ""
        row = Row((" ", ""), (f"{word} {other.id}{where}  ", "dim"), ref=database.id)
        metric = "AuroraGlobalDBReplicationLag"
        drawn = trend_text(scene.cloud, secondary.id, metric, 12, scene.truth, scene.ascii)
        row.add(f"{drawn} " if drawn and scene.width >= ONE_LINE else "", "accent")
        if scene.truth:
            state = states.of_replication(database, secondary)
            row.add(states.lag_behind(database, secondary), "number").add("  ").add(state.text, state.style)
        else:
            row.add(now_text(scene.cloud, secondary.id, metric, truth=False), "number")
        lines.append(row.line(scene.width))
    return lines
