"""A Multi-AZ DB cluster: three copies of one history, who acknowledges, who has applied what, and their storage."""

from __future__ import annotations

from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.semisync import SemiSync
from opsconsole.cloud.writelog import WRITE
from opsconsole.console.views import states
from opsconsole.console.views.glyphs import DOWN, STARTING, UP
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, rate, size
from opsconsole.console.views.replication import reader_table
from opsconsole.console.views.scene import BLANK, Scene, sim
from opsconsole.console.views.spark import bar
from opsconsole.console.views.states import State

GAUGE = 24


def cluster_of(scene: Scene) -> MultiAzCluster:
    """The cluster that is looked at."""
    cluster = scene.cloud.clusters[scene.id]
    assert isinstance(cluster, MultiAzCluster)
    return cluster


def replication(scene: Scene) -> list[Line]:
    """What each readable standby has received and applied; a commit needs one of them."""
    cluster = cluster_of(scene)
    note = "  semisynchronous: a commit waits until one of them has it"
    title = heading("readable standbys", scene.width, (note, "dim"))
    if not scene.truth:
        return [title, *reader_table(scene, cluster), BLANK, scene.hidden("what each has received")]
    return [title, *_streams(scene, cluster), BLANK, *_verdict(scene, cluster)]


def _streams(scene: Scene, cluster: MultiAzCluster) -> list[Line]:
    now, storage = scene.cloud.now_us, cluster.storage
    acknowledging = [reader.id for reader in storage.acknowledging]
    rows: list[tuple[str | None, list[Cell]]] = []
    for id, stream in storage.streams.items():
        member = cluster.members()[id]
        found = states.of_instance(scene.cloud, member, truth=True)
        missing = stream.received.backlog(now) // WRITE
        role = State(UP, "acknowledges", "ok") if id in acknowledging else State(DOWN, "does not", "bad")
        if id not in acknowledging and stream.received.open:
            role = State(STARTING, "catches up", "warn")
        row: list[Cell] = [id, (member.zone.name, "dim"), (found.text, found.style), (role.text, role.style)]
        row += [(count(missing), "warn" if missing else "number"), (latency(stream.applied.lag_us(now)), "number")]
        rows.append((id, row))
    heads = [Column("standby"), Column("zone"), Column("state", least=11), Column("commits", least=12)]
    return table([*heads, Column("not received", True), Column("readers' lag", True)], rows, scene.width)


def _verdict(scene: Scene, cluster: MultiAzCluster) -> list[Line]:
    storage, writer = cluster.storage, cluster.writer
    can = writer is not None and storage.can_write(writer.zone)
    wait = latency(storage.commit_us(writer.zone)) if writer is not None and can else "for ever: nobody acknowledges"
    rows: list[tuple[str, list[Span]]] = [
        ("a commit waits", [(wait, "number" if can else "bad"), *([sim()] if can else [])]),
        ("flow control", _flow_control(storage)),
    ]
    ready = [one.id for one in cluster.candidates()]
    rows.append(("may take over", [(", ".join(ready) or "nobody has everything", "ok" if ready else "bad")]))
    return pairs(rows, scene.width)


def _flow_control(storage: SemiSync) -> list[Span]:
    throttle = storage.throttle.value
    if throttle is None:
        return [("off: the standbys keep up", "dim")]
    return [(f"holds the writer back to {rate(throttle)}", "warn"), ("  so that its readers keep up", "dim")]


def storage(scene: Scene) -> list[Line]:
    """The storage of each instance: all three fill up together."""
    cluster = cluster_of(scene)
    kept, disk = cluster.storage, cluster.storage.disk
    allocation = disk.allocation
    rows: list[tuple[str, list[Span]]] = [("type", [(allocation.type, ""), (f"  {allocation.row.title}", "dim")])]
    if scene.truth:
        used = kept.used_bytes(scene.cloud.now_us)
        share = used / disk.allocated_bytes
        style = "bad" if kept.full else "warn" if share >= 0.8 else "ok"
        said = f" {size(used)} of {allocation.gib} GiB, {share * 100:.0f} %"
        rows.append(("used", [(bar(share, GAUGE, scene.ascii), style), (said, "number")]))
    else:
        rows.append(("allocated", [(f"{allocation.gib} GiB", "number")]))
    rows.append(("IOPS limit", [(count(disk.iops), "number"), ("  of each instance", "dim")]))
    lines = [heading("storage", scene.width, ("  every instance has its own", "dim")), *pairs(rows, scene.width)]
    if kept.full:
        lines.append(Row((f" {DOWN} full: every write fails", "bad")).line(scene.width))
    return lines
