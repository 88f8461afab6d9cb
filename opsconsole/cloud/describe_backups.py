"""Snapshots, automated backups and backtracks as RDS's describe-* calls print them, with botocore's member names.

What a copy contains is told by its times alone, as AWS does: that rows in it are wrong, nobody can see from here.
"""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole import catalog
from opsconsole.cloud import aws_view
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.describe_keys import encryption
from opsconsole.cloud.snapshots import Picture, Snapshot
from opsconsole.cloud.writelog import WRITE
from opsconsole.fleet import AuroraSpec, RdsSpec
from opsconsole.fleet.units import GIB

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


# -- snapshots ----------------------------------------------------------------------------------------------------


def snapshots(cloud: Cloud, found: Iterable[Snapshot], truth: bool) -> dict[str, Json]:
    """DescribeDBSnapshots and DescribeDBClusterSnapshots of these; a call that would show nothing is left out."""
    instances: list[Json] = []
    clusters: list[Json] = []
    for one in found:
        (clusters if one.of_cluster else instances).append(_snapshot(cloud, one, truth))
    answer: dict[str, Json] = {"DBSnapshots": instances, "DBClusterSnapshots": clusters}
    return {call: shown for call, shown in answer.items() if shown}


def _snapshot(cloud: Cloud, snapshot: Snapshot, truth: bool) -> dict[str, Json]:
    picture, status = snapshot.picture, aws_view.status(cloud, snapshot.region, snapshot.status, truth)
    own = _of_instance(cloud, snapshot, picture) if isinstance(picture, RdsSpec) else _of_cluster(cloud, snapshot)
    return {
        **own,
        "SnapshotCreateTime": aws_view.written(cloud, snapshot.created_us),
        "SnapshotType": "automated" if snapshot.automated else "manual",
        "Status": status,
        "PercentProgress": _percent(cloud, snapshot, status, truth),
        "Engine": picture.engine,
        "EngineVersion": picture.engine_version,
        "Port": catalog.engine(picture.engine).port,
        **_allocated(picture),
    }


def _of_instance(cloud: Cloud, snapshot: Snapshot, picture: RdsSpec) -> dict[str, Json]:
    source = snapshot.copy_of
    answer: dict[str, Json] = {
        "DBSnapshotIdentifier": snapshot.name,
        "DBSnapshotArn": _arn(snapshot),
        "DBInstanceIdentifier": snapshot.source,
        "OriginalSnapshotCreateTime": aws_view.written(cloud, snapshot.original.created_us),
        "AvailabilityZone": picture.zone,
        **encryption(snapshot.region, snapshot.kms_key, "Encrypted"),
    }
    if source is not None and source.region != snapshot.region:
        answer["SourceRegion"] = source.region
        answer["SourceDBSnapshotIdentifier"] = _arn(source)
    return answer


def _of_cluster(cloud: Cloud, snapshot: Snapshot) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "DBClusterSnapshotIdentifier": snapshot.name,
        "DBClusterSnapshotArn": _arn(snapshot),
        "DBClusterIdentifier": snapshot.source,
        "AvailabilityZones": [zone.name for zone in cloud.places.regions[snapshot.region].zones],
        "EngineMode": "provisioned",
        **encryption(snapshot.region, snapshot.kms_key),
    }
    if snapshot.copy_of is not None:
        answer["SourceDBClusterSnapshotArn"] = _arn(snapshot.copy_of)
    return answer


def _arn(snapshot: Snapshot) -> str:
    kind = "cluster-snapshot" if snapshot.of_cluster else "snapshot"
    return aws_view.arn(snapshot.region, kind, snapshot.name)


def _percent(cloud: Cloud, snapshot: Snapshot, status: str, truth: bool) -> int:
    """How much of it is copied, as the status says it that is shown."""
    if status not in ("creating", "copying", "failed"):
        return 100
    seen_us = cloud.now_us if truth else aws_view.seen_at(cloud, snapshot.region)
    at_us = snapshot.status.changed_us if status == "failed" else seen_us
    passed, whole = max(0, at_us - snapshot.created_us), max(1, snapshot.ends_us - snapshot.created_us)
    return min(100, passed * 100 // whole)


def _allocated(picture: Picture) -> dict[str, Json]:
    """What was allocated: of Aurora's volume AWS always says 1 GiB."""
    if isinstance(picture, AuroraSpec):
        return {"AllocatedStorage": 1, "StorageType": "aurora"}
    return {"AllocatedStorage": picture.storage.allocated_bytes // GIB, "StorageType": picture.storage.type}


# -- automated backups --------------------------------------------------------------------------------------------


def automated(cloud: Cloud, names: Iterable[str]) -> dict[str, Json]:
    """DescribeDBInstanceAutomatedBackups and …DBClusterAutomatedBackups: those of databases, and kept ones.

    A name is a database's, or one of kept backups. Where retention is 0 there is nothing to describe.
    """
    instances: list[Json] = []
    clusters: list[Json] = []
    for name in names:
        archive = cloud.snapshots.archives.get(name)
        if archive is not None and archive.days:
            (clusters if archive.of_cluster else instances).append(_automated(cloud, name, archive))
    answer: dict[str, Json] = {"DBInstanceAutomatedBackups": instances, "DBClusterAutomatedBackups": clusters}
    return {call: shown for call, shown in answer.items() if shown}


def _automated(cloud: Cloud, name: str, archive: Archive) -> dict[str, Json]:
    retained, now = archive.closed_us is not None, cloud.now_us
    was = archive.picture(archive.name_at(now), now if archive.closed_us is None else archive.closed_us)
    region, picture = was.region, was.picture
    arn = aws_view.arn(region, "auto-backup", name if retained else f"ab-{name}")
    status = "retained" if retained else "active" if archive.begins_us is not None else "creating"
    common: dict[str, Json] = {
        "Region": region,
        "Status": status,
        "RestoreWindow": restore_window(cloud, archive),
        "Engine": picture.engine,
        "EngineVersion": picture.engine_version,
        "Port": catalog.engine(picture.engine).port,
        "BackupRetentionPeriod": archive.days,
        "PreferredBackupWindow": picture.backup_window,
        **_allocated(picture),
    }
    if isinstance(picture, RdsSpec):
        return {
            "DBInstanceIdentifier": archive.owner,
            "DBInstanceArn": aws_view.arn(region, "db", archive.owner),
            "DBInstanceAutomatedBackupsArn": arn,
            "AvailabilityZone": picture.zone,
            **encryption(region, was.kms_key, "Encrypted"),
            **common,
        }
    return {
        "DBClusterIdentifier": archive.owner,
        "DBClusterArn": aws_view.arn(region, "cluster", archive.owner),
        "DBClusterAutomatedBackupsArn": arn,
        "EngineMode": "provisioned",
        "AvailabilityZones": [zone.name for zone in cloud.places.regions[region].zones],
        **encryption(region, was.kms_key),
        **common,
    }


def restore_window(cloud: Cloud, archive: Archive) -> dict[str, Json]:
    """The first and the last moment that can be restored; empty while there is none."""
    earliest_us, latest_us = archive.earliest_us(), archive.latest_us()
    if earliest_us is None or latest_us is None:
        return {}
    return {"EarliestTime": aws_view.written(cloud, earliest_us), "LatestTime": aws_view.written(cloud, latest_us)}


def restorable(cloud: Cloud, archive: Archive) -> dict[str, Json]:
    """The same as a DB cluster tells it of itself."""
    window = restore_window(cloud, archive)
    return {f"{end}RestorableTime": window[f"{end}Time"] for end in ("Earliest", "Latest") if f"{end}Time" in window}


# -- backtrack ----------------------------------------------------------------------------------------------------


def backtracks(cloud: Cloud, cluster: AuroraCluster, truth: bool) -> dict[str, Json]:
    """DescribeDBClusterBacktracks; nothing if it was never rewound."""
    found: list[Json] = [
        {
            "DBClusterIdentifier": cluster.id,
            "BacktrackIdentifier": rewind.id,
            "BacktrackTo": aws_view.written(cloud, rewind.to_us),
            "BacktrackedFrom": aws_view.written(cloud, rewind.from_us),
            "BacktrackRequestCreationTime": aws_view.written(cloud, rewind.from_us),
            "Status": aws_view.status(cloud, cluster.region.name, rewind.status, truth),
        }
        for rewind in cluster.window.rewinds
    ]
    return {"DBClusterBacktracks": found} if found else {}


def backtrack_window(cloud: Cloud, cluster: AuroraCluster) -> dict[str, Json]:
    """What a cluster tells of its backtrack window."""
    answer: dict[str, Json] = {"BacktrackWindow": cluster.settings.backtrack_s}
    if cluster.settings.backtrack_s:
        answer["EarliestBacktrackTime"] = aws_view.written(cloud, cluster.window.earliest_us(cloud.now_us))
        answer["BacktrackConsumedChangeRecords"] = cluster.window.stored(cloud.now_us) // WRITE
    return answer
