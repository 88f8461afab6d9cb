"""How many bytes backups take, as functions of time. Nothing is stored: a backup is a content, and bytes are counted.

Aurora keeps its volume as it was when the retention began, and every change since; a manual snapshot is charged, whole,
once it is older than the retention. RDS's snapshots are a chain: the oldest whole, each later one the blocks that had
changed, and the logs beside. Deleting one of them keeps what the next one needs.
Source: AWS documentation, Understanding Amazon Aurora backup storage usage; Introduction to backups.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.archive import DAY_US, Archive
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.snapshots import Snapshot, Snapshots
from opsconsole.cloud.writelog import WRITE
from opsconsole.fleet import AuroraSpec

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.volume import Volume

STORED = ("available", "deleting")
GONE = "gone:"  # no id of a database begins like this


def is_stored(snapshot: Snapshot, at_us: int) -> bool:
    """Whether a snapshot took storage at a time: it was complete, and not yet gone."""
    return snapshot.created_us <= at_us and snapshot.status.at(at_us) in STORED


def changed_bytes(nano_writes: int, at_most: int) -> int:
    """The blocks that so many writes change, of so much data."""
    each = round(catalog.assumption("snapshot-bytes-per-write").value)
    return min(at_most, max(0, nano_writes) * each // WRITE)


# -- Aurora -------------------------------------------------------------------------------------------------------


def retained_bytes(archive: Archive, at_us: int) -> int:
    """`BackupRetentionPeriodStorageUsed`: what it takes to restore to any time within the retention.

    Never more than the sizes that the volume had on each day of it add up to.
    """
    days, volume = archive.retention.at(at_us), archive.volume
    if volume is None or archive.begins_us is None or at_us < archive.begins_us:
        return 0
    end_us = at_us if archive.closed_us is None else min(at_us, archive.closed_us)
    begin_us = min(end_us, max(archive.begins_us, at_us - days * DAY_US))
    whole = _size(volume, begin_us)
    every = sum(_size(volume, end_us - day * DAY_US) for day in range(days))
    return min(every, whole + changed_bytes(_written(volume, begin_us, end_us), every))


def old_snapshot_bytes(snapshots: Snapshots, cluster: AuroraCluster, at_us: int) -> int:
    """`SnapshotStorageUsed`: manual snapshots of a cluster that are older than its retention, each as large as it."""
    horizon_us = at_us - cluster.archive.retention.at(at_us) * DAY_US
    found = (*snapshots.kept.values(), *snapshots.dropped)
    return sum(
        one.data_bytes for one in found if is_of(one, cluster) and one.created_us < horizon_us and is_stored(one, at_us)
    )


def billed_bytes(snapshots: Snapshots, cluster: AuroraCluster, at_us: int) -> int:
    """`TotalBackupStorageBilled`: both, beyond the size of the volume, which is free."""
    held = retained_bytes(cluster.archive, at_us) + old_snapshot_bytes(snapshots, cluster, at_us)
    return max(0, held - cluster.volume.own_bytes(at_us))


def is_of(snapshot: Snapshot, cluster: AuroraCluster) -> bool:
    """Whether a snapshot is of this cluster, and kept in its Region; not of one that had its id before."""
    same = snapshot.source == cluster.id and snapshot.region == cluster.region.name
    return same and snapshot.original.created_us >= cluster.created_us


def _size(volume: Volume, at_us: int) -> int:
    """Bytes that a volume took of its own, also before the run."""
    data = volume.content(at_us).bytes(volume.bytes_per_write)
    return max(0, min(volume.max_bytes, data) - volume.shared_bytes.at(at_us))


def _written(volume: Volume, begin_us: int, end_us: int) -> int:
    """Nano-writes between two times, also those that a rewind has given up since."""
    starts = [at for at, _ in volume.branches.since(begin_us) if at < end_us]
    written = 0
    for start, end in zip(starts, [*(at - 1 for at in starts[1:]), end_us], strict=True):
        written += max(0, volume.content(end).position - volume.content(start).position)
    return written


# -- RDS ----------------------------------------------------------------------------------------------------------


def chain_bytes(snapshots: Iterable[Snapshot]) -> int:
    """Snapshots of one database: the oldest whole, of each later one what had changed."""
    stored = 0
    before: Snapshot | None = None
    for one in sorted(snapshots, key=lambda one: (one.created_us, one.name)):
        if before is None:
            stored += one.data_bytes
        else:
            stored += changed_bytes(one.content.position - before.content.position, one.data_bytes)
        before = one
    return stored


def log_bytes(archive: Archive) -> int:
    """Transaction logs from its oldest snapshot up to the latest restorable time."""
    earliest_us, latest_us = archive.earliest_us(), archive.latest_us()
    if earliest_us is None or latest_us is None:
        return 0
    written = archive.content(latest_us).position - archive.content(earliest_us).position
    return max(0, written) * round(catalog.assumption("rds-log-bytes-per-write").value) // WRITE


# -- a Region -----------------------------------------------------------------------------------------------------


class Held:
    """What is held in a Region: RDS's in all, of databases there are; and what is left of those that are gone.

    `aurora_orphans` are also copies from another Region: they have no cluster here whose size would be free.
    """

    def __init__(self, cloud: Cloud, region: str) -> None:
        self.rds = self.rds_orphans = self.aurora_orphans = 0
        now, chains = cloud.now_us, dict[str, list[Snapshot]]()
        for one in cloud.snapshots.kept.values():
            if one.region == region and is_stored(one, now):
                self._add_manual(cloud, one, chains)
        for name, archive in cloud.snapshots.archives.items():
            if archive.picture(archive.owner, now).region == region:
                self._add_automated(cloud, name, archive, chains)
        for source, chain in chains.items():
            self._add(chain_bytes(chain), alive=not source.startswith(GONE))

    def _add(self, rds_bytes: int, alive: bool) -> None:
        if alive:
            self.rds += rds_bytes
        else:
            self.rds_orphans += rds_bytes

    def _add_manual(self, cloud: Cloud, one: Snapshot, chains: dict[str, list[Snapshot]]) -> None:
        if isinstance(one.picture, AuroraSpec):
            cluster = cloud.aurora.get(one.source)
            if cluster is None or not is_of(one, cluster):
                self.aurora_orphans += one.data_bytes
            return
        home = _database(cloud, one)
        if one.copy_of is not None:
            self._add(one.stored_bytes, home is not None)
        else:
            chains.setdefault(home or f"{GONE}{one.source}", []).append(one)

    def _add_automated(self, cloud: Cloud, name: str, archive: Archive, chains: dict[str, list[Snapshot]]) -> None:
        alive = archive.closed_us is None
        if archive.daily:
            taken = [one for one in archive.snapshots() if is_stored(one, cloud.now_us)]
            chains.setdefault(name if alive else f"{GONE}{archive.owner}", []).extend(taken)
            self._add(log_bytes(archive), alive)
        elif not alive:
            self.aurora_orphans += retained_bytes(archive, cloud.now_us)


def _database(cloud: Cloud, snapshot: Snapshot) -> str | None:
    """The id that the database has now which a snapshot of RDS is of; None if it is gone."""
    source = snapshot.source
    home = cloud.rds.get(source) or cloud.clusters.get(source)
    if home is not None:
        return source if snapshot.original.created_us >= home.created_us else None
    renamed = (db.id for db in cloud.rds.values() if db.branch is snapshot.content.branch and db.source is None)
    return next(renamed, None)
