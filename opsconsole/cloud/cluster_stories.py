"""How Aurora DB clusters come into being and go: created, restored, cloned, deleted.

Whatever it begins with, a new cluster has no instances: somebody has to create one before anybody can connect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import cluster_backups
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.content import Content
from opsconsole.cloud.origin import Origin
from opsconsole.cloud.rds_restores import log_bytes, replay_s, size_factor
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.fleet.units import MIB
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.fleet import AuroraSpec

MICRO = 1_000_000
HOUR_US = 3600 * MICRO


def like(picture: AuroraSpec, id: str, backtrack_s: int) -> AuroraSpec:
    """The cluster that a restore or a clone makes: no instances, no endpoints of its own choice, no protection."""
    return picture._replace(
        id=id,
        instances=(),
        endpoints=(),
        secondary=False,
        auto_scaling=None,
        deletion_protection=False,
        backtrack_s=backtrack_s,
    )


def restore_s(cloud: Cloud, data_bytes: int, log: int) -> float:
    """How long a full copy typically takes."""
    return cloud.timing("aurora-restore").typical_s * size_factor(data_bytes) + replay_s(log)


def replayed_from(archive: Archive, at_us: int) -> Content:
    """The state from which a restore to a moment applies changes: the volume is backed up all the time."""
    before_us = round(catalog.assumption("aurora-replay-h").value * HOUR_US)
    return archive.content(max(archive.earliest_us() or at_us, at_us - before_us))


def usual_class(picture: AuroraSpec) -> str | None:
    """The class that a first instance has unless it is told otherwise: that of the writer that there was."""
    return picture.instances[0].instance_class if picture.instances else None


async def create(cloud: Cloud, cluster: AuroraCluster) -> None:
    """CreateDBCluster: an empty volume, RDS-EVENT-0170."""
    await _work(cluster, cloud.draw(cluster.id, "aurora-cluster-create"))
    _open(cloud, cluster)


async def restore(cloud: Cloud, cluster: AuroraCluster, origin: Origin, base: Content | None) -> None:
    """RestoreDBClusterFromSnapshot, or …ToPointInTime as a full copy: the data, then the changes up to the moment."""
    data = origin.content.bytes(cluster.volume.bytes_per_write)
    log = log_bytes(origin.content, base) if base is not None else 0
    seconds = cloud.draw(cluster.id, "aurora-restore") * size_factor(data)
    cluster.busy_until_us = cloud.now_us + round((seconds + replay_s(log)) * MICRO)
    cloud.log.sim(cloud.now_us, cluster.id, "restore", now="base", mib=data // MIB)
    await sleep(seconds)
    if log:
        cloud.log.sim(cloud.now_us, cluster.id, "restore", now="replay", mib=log // MIB)
        await sleep(replay_s(log))
    _open(cloud, cluster)


async def clone(cloud: Cloud, cluster: AuroraCluster, source: AuroraCluster) -> None:
    """A copy-on-write clone: it refers to its source's pages, so its size does not matter."""
    cluster.cloned_from = source.id
    shared = source.volume.used_bytes(cloud.now_us)
    cluster.volume.shared_bytes.set(cloud.now_us, shared)
    await _work(cluster, cloud.draw(cluster.id, "aurora-clone"))
    _open(cloud, cluster)


def clones_of(cloud: Cloud, id: str) -> list[AuroraCluster]:
    """The clones that share a cluster's pages, the oldest first."""
    found = [cluster for cluster in cloud.aurora.values() if cluster.cloned_from == id]
    return sorted(found, key=lambda cluster: (cluster.created_us, cluster.id))


async def _work(cluster: AuroraCluster, seconds: float) -> None:
    cluster.busy_until_us = cluster.world.now_us + round(seconds * MICRO)
    await sleep(seconds)


def _open(cloud: Cloud, cluster: AuroraCluster) -> None:
    """It is available, and backed up from now on; it still has nobody who could be connected to."""
    cluster.busy_until_us = None
    cluster.archive.begin(cloud.now_us)
    cloud.log.aws(cloud.now_us, cluster.id, "0170")
    cluster.set_status("available")


async def delete(cloud: Cloud, cluster: AuroraCluster, final: Snapshot | None, keep_backups: bool) -> None:
    """DeleteDBCluster: a last snapshot if there is to be one, then the volume is gone: RDS-EVENT-0171.

    Clones go on: what they shared with it becomes the oldest clone's own.
    """
    cluster.set_status("deleting")
    cluster.abandon_failover()  # nobody is left to be promoted
    if final is not None:
        cluster.busy_until_us = final.ends_us
        await cluster_backups.take_final(cluster, final)
    await _work(cluster, cloud.draw(cluster.id, "aurora-cluster-delete"))
    clones = clones_of(cloud, cluster.id)
    for heir in clones[:1]:
        heir.cloned_from = None
        heir.volume.shared_bytes.set(cloud.now_us, 0)
    for other in clones[1:]:
        other.cloned_from = clones[0].id
    cloud.log.aws(cloud.now_us, cluster.id, "0171")
    cloud.remove_cluster(cluster, keep_backups)


def is_full_copy(cloud: Cloud, source: str) -> bool:
    """Whether a clone more would be a full copy: AWS shares pages with fifteen clones of a cluster."""
    return len(clones_of(cloud, source)) >= catalog.limit("clones").value
