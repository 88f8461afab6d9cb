"""Which ways back a database has, and what each would cost now: how much is lost, and how long it takes.

The recovery point of a way is the newest content it can give; what the database has and that content has not is at
risk. Times are the medians of the stories that would run. All of it is a function of the cloud as it is: looking
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opsconsole.cloud import aws_view, cluster_stories, databases, rds_restores
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.content import Content, Damage
from opsconsole.cloud.rds_mirror import SYNCHRONISED
from opsconsole.cloud.snapshots import Snapshot

if TYPE_CHECKING:
    from opsconsole.cloud.archive import Archive
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.rds import DbInstance
    from opsconsole.simulation import Curve


class Kind(StrEnum):
    """How a database comes back."""

    STANDBY = "standby"
    READER = "reader"
    HOST = "new host"
    REPLICA = "read replica"
    SECONDARY = "secondary region"
    BACKTRACK = "backtrack"
    POINT_IN_TIME = "point in time"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Way:
    """One way back.

    `content` is what one would have then. Beside what the database has now, `given_up` good acknowledged writes would
    be missing (nano-writes), and `wrong_left` wrong rows would still be there. `age_us` is how old it is. `command` is
    the line that does it; empty where AWS does it by itself. `renames`: apps have to be pointed at another name.
    `by` is the thing that makes it possible: a reader, a replica, a secondary, a snapshot.
    """

    kind: Kind
    title: str
    content: Content
    age_us: int
    given_up: int
    wrong_left: int
    damage: tuple[Damage, ...]
    seconds: float
    command: str = ""
    renames: bool = False
    by: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing in it is wrong or missing by somebody's mistake."""
        return not self.wrong_left and not self.damage


def _way(
    cloud: Cloud,
    id: str,
    kind: Kind,
    title: str,
    content: Content,
    seconds: float,
    command: str = "",
    renames: bool = False,
    by: str = "",
) -> Way:
    now = databases.content_of(cloud, id)
    return Way(
        kind,
        title,
        content,
        max(0, cloud.now_us - content.until_us) if content.position < now.position else 0,
        sum(max(0, _good(now, app) - _good(content, app)) for app in now.apps()),
        content.wrong_rows,
        tuple(content.damage),
        seconds,
        command,
        renames,
        by,
    )


def _good(content: Content, app: str) -> int:
    return content.acknowledged(app) - content.wrong_acknowledged(app)


def free_name(cloud: Cloud, id: str, word: str) -> str:
    """An id that nobody has, for a copy of a database: `ledger-restored`, then `ledger-restored-2`."""
    taken = {*cloud.clusters, *cloud.rds, *cloud.instances}
    name, number = f"{id}-{word}", 1
    while name in taken:
        number += 1
        name = f"{id}-{word}-{number}"
    return name


def ways(cloud: Cloud, id: str) -> list[Way]:
    """What could be had if the database were lost now: each way with the newest that it gives, the newest first."""
    return _newest_first([*living_ways(cloud, id), *_backup_ways(cloud, id)])


def living_ways(cloud: Cloud, id: str) -> list[Way]:
    """Those of them that are copies which live, as a reader or a standby, the newest first."""
    live = _cluster_ways(cloud, id) if id in cloud.clusters else _instance_ways(cloud, cloud.rds[id])
    return _newest_first(list(live))


def _newest_first(found: list[Way]) -> list[Way]:
    return sorted(found, key=lambda way: (way.given_up, way.age_us, way.seconds))


def ways_to(cloud: Cloud, id: str, at_us: int) -> list[Way]:
    """How the database could be had as it was at a time: rewound in place, restored, or as the snapshot before it."""
    return [*_rewind(cloud, id, at_us), *_restore(cloud, id, at_us), *_snapshot_before(cloud, id, at_us)]


# -- copies that live -----------------------------------------------------------------------------------------------


def _cluster_ways(cloud: Cloud, id: str) -> Iterator[Way]:
    cluster = cloud.clusters[id]
    if cluster.secondary:
        return  # it gets its volume anew from its primary
    content = cluster.storage.content(cloud.now_us)
    ready = [one for one in cluster.candidates() if one is not cluster.writer]
    if ready:
        seconds = cloud.timing(cluster.failover_timing).typical_s
        yield _way(cloud, id, Kind.READER, f"{ready[0].id} is promoted", content, seconds, by=ready[0].id)
    elif cluster.writer is not None and isinstance(cluster, AuroraCluster):
        seconds = cloud.timing("aurora-failover-no-reader").typical_s
        title = f"{cluster.writer.id} is recreated in {cluster.writer.zone.name}"
        yield _way(cloud, id, Kind.HOST, title, content, seconds)
    database = cloud.global_of(cluster) if isinstance(cluster, AuroraCluster) else None
    if database is None or cluster is not database.primary:
        return
    for secondary in database.secondaries:
        if secondary.id not in database.resyncing and secondary.instances:
            yield _way(
                cloud,
                id,
                Kind.SECONDARY,
                f"{secondary.id} in {secondary.region.name} is promoted",
                secondary.volume.content(cloud.now_us),
                cloud.timing("global-failover").typical_s,
                f"rds:failover-global-cluster {database.id} to={secondary.id} allow-data-loss=true",
                renames=True,
                by=secondary.id,
            )


def _instance_ways(cloud: Cloud, db: DbInstance) -> Iterator[Way]:
    now = cloud.now_us
    if db.standby is not None and db.mirror.value == SYNCHRONISED:
        seconds = cloud.timing(db.engine.failover_timing).typical_s
        title = f"the standby in {db.standby.zone.name} takes over"
        yield _way(cloud, db.id, Kind.STANDBY, title, db.content(now), seconds)
    elif db.status.value not in ("creating", "deleting"):
        seconds = cloud.timing("rds-host-replacement").typical_s + cloud.timing("rds-crash-recovery").typical_s
        title = f"a new host in {db.primary.zone.name}, with the same volume"
        yield _way(cloud, db.id, Kind.HOST, title, db.content(now), seconds)
    for replica in db.replicas():
        if replica.status.value != "creating":
            yield _way(
                cloud,
                db.id,
                Kind.REPLICA,
                f"{replica.id} in {replica.primary.zone.name} is promoted",
                replica.content(now),
                cloud.timing("rds-promote-replica").typical_s,
                f"rds:promote-read-replica {replica.id}",
                renames=True,
                by=replica.id,
            )


# -- backups --------------------------------------------------------------------------------------------------------


def _backup_ways(cloud: Cloud, id: str) -> Iterator[Way]:
    latest_us = databases.archive_of(cloud, id).latest_us()
    if latest_us is not None:
        yield from _restore(cloud, id, latest_us, latest=True)
    yield from _snapshot_before(cloud, id, cloud.now_us)


def _restore(cloud: Cloud, id: str, at_us: int, latest: bool = False) -> Iterator[Way]:
    archive = databases.archive_of(cloud, id)
    earliest_us, latest_us = archive.earliest_us(), archive.latest_us()
    if earliest_us is None or latest_us is None or not earliest_us <= at_us <= latest_us:
        return
    if id in cloud.clusters and id not in cloud.aurora:
        return  # backups of a Multi-AZ DB cluster are kept, and not restored here
    service = "cluster" if id in cloud.clusters else "instance"
    yield _way(
        cloud,
        id,
        Kind.POINT_IN_TIME,
        f"restored to a new {service}",
        archive.content(at_us),
        restore_s(cloud, archive, at_us),
        restore_command(cloud, id, None if latest else at_us),
        renames=True,
    )


def restore_command(cloud: Cloud, id: str, at_us: int | None) -> str:
    """The line that restores a database to a time, None: the latest there is; whether AWS would do it or not."""
    service, key = ("cluster", "restore-to-time") if id in cloud.clusters else ("instance", "restore-time")
    when = "use-latest-restorable-time=true" if at_us is None else f"{key}={iso(cloud, at_us)}"
    return f"rds:restore-db-{service}-to-point-in-time {id} id={free_name(cloud, id, 'restored')} {when}"


def restore_s(cloud: Cloud, archive: Archive, at_us: int) -> float:
    """How long a restore to a time typically takes, until somebody can connect."""
    content = archive.content(at_us)
    data = content.bytes(databases.bytes_per_write(cloud, archive.owner))
    if archive.of_cluster:
        base = cluster_stories.replayed_from(archive, at_us)
        return (
            cluster_stories.restore_s(cloud, data, rds_restores.log_bytes(content, base))
            + cloud.timing("aurora-instance-create").typical_s
        )
    taken = archive.base(at_us)
    log = rds_restores.log_bytes(content, taken.content) if taken is not None else 0
    return rds_restores.typical_s(cloud, data, log)


def _snapshot_before(cloud: Cloud, id: str, at_us: int) -> Iterator[Way]:
    """The newest snapshot that was made before a time."""
    before = [one for one in cloud.snapshots.of(id) if one.available and one.created_us <= at_us]
    if before and not (id in cloud.clusters and id not in cloud.aurora):
        yield snapshot_way(cloud, id, before[-1])


def snapshot_way(cloud: Cloud, id: str, snapshot: Snapshot) -> Way:
    """A restore of one snapshot of a database."""
    name = free_name(cloud, id, "restored")
    if snapshot.of_cluster:
        seconds = cluster_stories.restore_s(cloud, snapshot.data_bytes, 0)
        seconds += cloud.timing("aurora-instance-create").typical_s
        command = f"rds:restore-db-cluster-from-snapshot {snapshot.name} id={name}"
    else:
        seconds = rds_restores.typical_s(cloud, snapshot.data_bytes)
        command = f"rds:restore-db-instance-from-db-snapshot {snapshot.name} id={name}"
    return _way(
        cloud, id, Kind.SNAPSHOT, snapshot.name, snapshot.content, seconds, command, renames=True, by=snapshot.name
    )


def _rewind(cloud: Cloud, id: str, at_us: int) -> Iterator[Way]:
    cluster = cloud.aurora.get(id)
    if cluster is None or not cluster.settings.backtrack_s or cloud.global_of(cluster) is not None:
        return
    if not cluster.window.earliest_us(cloud.now_us) <= at_us <= cloud.now_us:
        return
    yield _way(
        cloud,
        id,
        Kind.BACKTRACK,
        "rewound in place, under the same names",
        cluster.volume.content(at_us),
        cloud.timing("aurora-backtrack").typical_s,
        rewind_command(cloud, id, at_us),
    )


def rewind_command(cloud: Cloud, id: str, at_us: int) -> str:
    """The line that rewinds a cluster to a time, whether AWS would do it or not."""
    return f"rds:backtrack-db-cluster {id} to={iso(cloud, at_us)}"


def iso(cloud: Cloud, at_us: int) -> str:
    """A moment in a command: exact to the microsecond, so that it means the same when it is given."""
    return aws_view.moment(cloud, at_us).isoformat().replace("+00:00", "Z")


# -- copies that were made of it ------------------------------------------------------------------------------------


def copies(cloud: Cloud, id: str) -> list[str]:
    """The databases that began with what a database contained, and go on by themselves: restored, cloned, promoted."""
    mine = [branch for _, branch in databases.histories(cloud, id)]

    def is_copy(other: str) -> bool:
        branch = databases.branch_of(cloud, other)
        return other != id and branch not in mine and any(one in mine for one, _ in branch.lineage())

    found = [other for other in databases.ids(cloud) if is_copy(other)]
    return sorted(found, key=lambda other: (copied_us(cloud, id, other), other))


def copied_us(cloud: Cloud, id: str, copy: str) -> int:
    """When a copy of a database began to go on by itself."""
    mine = [branch for _, branch in databases.histories(cloud, id)]
    lineage = databases.branch_of(cloud, copy).lineage()
    return min(branch.born_us for branch, _ in lineage if branch not in mine and branch.parent is not None)


# -- harm -----------------------------------------------------------------------------------------------------------


def harmed_since(content: Content) -> int | None:
    """When the first thing went wrong that is in a content: a wrong write, or a dropped table. None if nothing is."""
    times = [damage.at_us for damage in content.damage]
    for branch, end in content.pieces():
        for curve in (*branch.wrong.values(), *branch.wrong_unknown.values()):
            if curve.at(end) > 0:
                times.append(_began(curve, end))
    return min(times, default=None)


def _began(curve: Curve, end_us: int) -> int:
    """When a curve that began at nothing first rose."""
    last = curve.when(0, end_us)
    return curve.known_from_us if last is None else last
