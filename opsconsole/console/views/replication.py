"""How far behind readers and secondary regions are, and what a promotion would lose now."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.writelog import WRITE
from opsconsole.console.views import states
from opsconsole.console.views.glyphs import ARROW, WARN
from opsconsole.console.views.layout import Cell, Column, Row, heading, paragraph, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.quantities import count, latency
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.trends import lag_metric, minute_text, now_text, trend_text

GLOBAL_LAG = "AuroraGlobalDBReplicationLag"


def replication(scene: Scene) -> list[Line]:
    """A cluster's readers, and the global database it belongs to."""
    cluster = scene.cloud.clusters[scene.id]
    database = scene.cloud.global_of(cluster)
    lines = [heading("readers", scene.width, ("  they share the volume: promoting one loses nothing", "dim"))]
    lines += reader_table(scene, cluster)
    if database is not None:
        lines += [BLANK, *global_replication(scene, database)]
    return lines


def reader_table(scene: Scene, cluster: Cluster) -> list[Line]:
    """A cluster's readers: where, in what state, how far behind by the metric."""
    cloud = scene.cloud
    writer = aws_view.writer_of(cloud, cluster, scene.truth)
    readers = [i for i in cluster.instances.values() if i is not writer]
    rows: list[tuple[str | None, list[Cell]]] = []
    for reader in readers:
        state = states.of_instance(cloud, reader, scene.truth)
        metric = lag_metric(cloud, reader.id)
        lag = now_text(cloud, reader.id, metric, scene.truth)
        minute: list[Cell] = [] if scene.truth else [(minute_text(cloud, reader.id, metric) or "-", "dim")]
        columns = max(6, min(15, scene.width - 56))
        trend = trend_text(cloud, reader.id, metric, columns, scene.truth, scene.ascii)
        cells: list[Cell] = [reader.id, (reader.zone.name, "dim"), (state.text, state.style), (lag, "number"), *minute]
        rows.append((reader.id, [*cells, (trend, "accent")]))
    if not rows:
        return paragraph("no reader: if the writer is lost, it is recreated in its own zone", scene.width)
    minutes = [] if scene.truth else [Column("minute")]
    heads = [Column("reader"), Column("zone"), Column("state", least=12), Column("replica lag", number=True)]
    return table([*heads, *minutes, Column("last 15 min")], rows, scene.width)


def global_replication(scene: Scene, database: GlobalDatabase) -> list[Line]:
    """The members of a global database: lag in time, and in the truth positions side by side."""
    state = states.of_global(scene.cloud, database, scene.truth)
    lines = [heading(database.id, scene.width, ("  global database  ", "dim"), (state.text, state.style))]
    lines += _positions(scene, database) if scene.truth else _published(scene, database)
    if scene.truth:
        lines += [BLANK, *(_promotion(scene, database, secondary) for secondary in database.secondaries)]
    for id in database.rejoining:
        text = f" {WARN} {id} was the primary and waits for its region to come back as a secondary"
        lines.append(Row((text, "warn")).line(scene.width))
    return lines


def _positions(scene: Scene, database: GlobalDatabase) -> list[Line]:
    now = scene.cloud.now_us
    written = database.primary.volume.branch.position(now)
    rows: list[tuple[str | None, list[Cell]]] = []
    primary = database.primary
    rows.append(
        (
            primary.id,
            [primary.id, (primary.region.name, "dim"), ("primary", "writer"), "-", "-", count(written // WRITE)],
        )
    )
    for secondary in database.secondaries:
        state = states.of_replication(database, secondary)
        follower = secondary.volume.follower
        follows = follower is not None and secondary.id not in database.resyncing
        behind = count(follower.backlog(now) // WRITE) if follower is not None and follows else "-"
        lag = states.lag_behind(database, secondary) if follows else "-"
        position = count(secondary.volume.position(now) // WRITE) if follows else "another history"
        cells: list[Cell] = [secondary.id, (secondary.region.name, "dim"), (state.text, state.style)]
        cells += [(lag, "number"), (behind, "number"), position]
        rows.append((secondary.id, cells))
    heads = [Column("member"), Column("region"), Column("replication", least=11), Column("lag", number=True, least=8)]
    heads += [Column("missing writes", number=True), Column("log position", number=True)]
    return table(heads, rows, scene.width)


def _published(scene: Scene, database: GlobalDatabase) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = []
    for cluster in database.members():
        primary = cluster is database.primary
        status = database.synchronization_status(cluster)
        lag = "-" if primary else now_text(scene.cloud, cluster.id, GLOBAL_LAG, truth=False)
        minute = "-" if primary else minute_text(scene.cloud, cluster.id, GLOBAL_LAG) or "no datapoint"
        cells: list[Cell] = [cluster.id, (cluster.region.name, "dim")]
        cells += [("writer", "writer") if primary else ("reader", "reader")]
        cells += [(status, "" if status == "connected" else "warn"), (lag, "number"), (minute, "dim")]
        rows.append((cluster.id, cells))
    heads = [
        Column("member"),
        Column("region"),
        Column("role"),
        Column("synchronization"),
        Column("replication lag", True),
    ]
    return table([*heads, Column("minute")], rows, scene.width)


def _promotion(scene: Scene, database: GlobalDatabase, secondary: AuroraCluster) -> Line:
    """Lag is what readers feel, the writes that have not arrived are what promotion costs: two numbers."""
    follower = secondary.volume.follower
    row = Row((f" {ARROW} ", "dim"), ref=secondary.id, key=f"promote {secondary.id}")
    if follower is None or secondary.id in database.resyncing:
        return row.add(f"{secondary.id} cannot be promoted: it is not synchronised", "warn").line(scene.width)
    missing = follower.backlog(scene.cloud.now_us) // WRITE
    if not missing:
        return row.add(f"promoting {secondary.id} with data loss now would lose nothing", "ok").line(scene.width)
    lag = latency(database.lag_us(secondary))
    row.add(f"promoting {secondary.id} with data loss now would lose ")
    return row.add(f"{count(missing)} writes", "warn").add(f", the last {lag}").line(scene.width)
