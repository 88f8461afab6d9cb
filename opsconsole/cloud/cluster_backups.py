"""Snapshots of DB clusters. Aurora's copy little, for its volume is backed up all the time; a Multi-AZ DB cluster has a
daily one besides. Nobody notices either: they are taken from storage, or from a reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.calendar import MINUTE_US, next_begin_us, window_of
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import Step

if TYPE_CHECKING:
    from opsconsole.cloud.cluster import Cluster
    from opsconsole.cloud.multi_az_cluster import MultiAzCluster

MICRO = 1_000_000


def archive_of(cluster: Cluster, *, daily: bool) -> Archive:
    """Its automated backups; `daily` if a snapshot a day belongs to them."""
    return Archive(
        cluster.world,
        cluster.id,
        cluster.settings.retention_days,
        cluster.storage.content,
        lambda name, at_us: picture(cluster, name, at_us, automated=True),
        lambda: cluster.settings.backup_window,
        of_cluster=True,
        daily=daily,
    )


def picture(cluster: Cluster, name: str, at_us: int, automated: bool = False) -> Snapshot:
    """A complete snapshot of the cluster as it was at a time."""
    content = cluster.storage.content(at_us)
    data = content.bytes(cluster.storage.bytes_per_write)
    return Snapshot(
        name,
        cluster.id,
        cluster.region.name,
        automated,
        cluster.as_spec(),
        content,
        data,
        changed_bytes(cluster, content.position, data),
        at_us,
        at_us,
        Step("available", at_us),
        cluster.spec.kms_key,
    )


def changed_bytes(cluster: Cluster, position: int, data: int) -> int:
    """What a snapshot now would have to copy: everything the first time, later what was written since the last."""
    if cluster.copied_position is None:
        return data
    blocks = round(catalog.assumption("snapshot-bytes-per-write").value)
    return min(data, max(0, position - cluster.copied_position) * blocks // WRITE)


def start(cluster: Cluster, name: str, automated: bool = False) -> Snapshot:
    """A snapshot that is being made from now on: what it keeps is decided here."""
    now = cluster.world.now_us
    snapshot = picture(cluster, name, now, automated)
    snapshot.status = Step("creating", now)
    snapshot.ends_us = now + round(cluster.snapshot_s(snapshot.stored_bytes) * MICRO)
    cluster.copied_position = snapshot.content.position
    return snapshot


async def _make(cluster: Cluster, snapshot: Snapshot) -> None:
    cluster.set_status("backing-up")
    cluster.busy_until_us = snapshot.ends_us
    await snapshot.complete(cluster.world)
    cluster.busy_until_us = None
    if cluster.status.value == "backing-up":  # it may fail over meanwhile
        cluster.set_status("available")


async def take(cluster: Cluster, snapshot: Snapshot) -> None:
    """CreateDBClusterSnapshot: RDS-EVENT-0074, then 0075."""
    cluster.world.log.aws(cluster.world.now_us, snapshot.name, "0074")
    await _make(cluster, snapshot)
    cluster.world.log.aws(cluster.world.now_us, snapshot.name, "0075")


async def take_final(cluster: Cluster, snapshot: Snapshot) -> None:
    """The last snapshot of a cluster that is being deleted."""
    cluster.world.log.aws(cluster.world.now_us, snapshot.name, "0074")
    await snapshot.complete(cluster.world)
    cluster.world.log.aws(cluster.world.now_us, snapshot.name, "0075")


async def back_up(cluster: MultiAzCluster) -> None:
    """The automated snapshot of a day: RDS-EVENT-0168, then 0169."""
    world, now = cluster.world, cluster.world.now_us
    snapshot = start(cluster, cluster.archive.name_at(now), automated=True)
    if cluster.archive.begins_us is None:
        cluster.archive.begin(now)
    cluster.archive.add(snapshot)
    world.log.aws(now, snapshot.name, "0168")
    await _make(cluster, snapshot)
    world.log.aws(world.now_us, snapshot.name, "0169")


def schedule(cluster: MultiAzCluster) -> None:
    """Plan the next daily backup of a Multi-AZ DB cluster."""
    if cluster.backup is not None:
        cluster.backup.cancel()
    due = next_begin_us(cluster.world.fleet.start, cluster.world.now_us, cluster.settings.backup_window)
    cluster.backup = cluster.world.kernel.call_at(due, _begin_daily, cluster)


def _begin_daily(cluster: MultiAzCluster) -> None:
    world, window = cluster.world, window_of(cluster.settings.backup_window)
    cluster.backup = world.kernel.call_at(world.now_us + window.length_min * MINUTE_US, schedule, cluster)
    idle = cluster.status.value == "available" and (cluster.change is None or cluster.change.done)
    if cluster.archive.failures or not idle or not cluster.region.up:
        why = "the snapshot could not be made; no event tells" if cluster.archive.failures else "it is being changed"
        word = "failed" if cluster.archive.failures else "skipped"
        world.log.sim(world.now_us, cluster.id, "backup", now=word, reason=why)
        return
    cluster.change = world.kernel.spawn(back_up(cluster), f"{cluster.id}: daily backup")
