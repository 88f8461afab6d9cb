"""DB snapshots and DB cluster snapshots: AWS's API actions that make, copy and delete them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cluster_backups, rds_backups, rds_work, snapshot_copies
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.places import Region
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.commands.backup_checks import default_name, require_key, require_new_snapshot, require_snapshot
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation, require_available
from opsconsole.commands.rds_checks import AFTER_CHANGE, apps_of, require_status
from opsconsole.commands.targets import TargetKind


def _minutes(seconds: float) -> str:
    return f"about {seconds / 60:.0f} minutes" if seconds >= 90 else f"about {seconds:.0f} s"


class CreateSnapshot(Operation):
    """Make a snapshot of an RDS DB instance (RDS `CreateDBSnapshot`): RDS-EVENT-0040, then 0042; it never expires.

    It keeps the state of the moment at which it begins, with every database in the instance. The first copies
    everything, later ones what has changed. Without a standby I/O is suspended for seconds. Refused unless the instance
    is `available` (InvalidDBInstanceState) and above 100 manual snapshots in the Region (SnapshotQuotaExceeded).
    """

    name: ClassVar[str] = "rds:create-db-snapshot"
    title: ClassVar[str] = "Take a snapshot"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    db_snapshot_identifier: str | None = Field(
        None, alias="id", description="the snapshot's name; made up if not given"
    )

    def _name(self, cloud: Cloud) -> str:
        return self.db_snapshot_identifier or default_name(cloud, self.target)

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        require_status(db, *AFTER_CHANGE)
        require_new_snapshot(cloud, self._name(cloud), db.region.name, cluster=False)
        require_key(cloud, db.spec.kms_key, db.region.name)

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        felt = rds_backups.suspends_io(db)
        pause = "its I/O is suspended for a moment" if felt else "nobody notices: it is taken from the standby"
        apps = apps_of(cloud, db) if felt else ()
        return Preview((db.id,), (), apps, (f"takes {_minutes(rds_backups.typical_s(db))}", pause))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        snapshot = rds_backups.start(db, self._name(cloud))
        cloud.snapshots.keep(snapshot)
        rds_work.begin(db, rds_backups.take(db, snapshot), "snapshot")


class CreateClusterSnapshot(Operation):
    """Make a snapshot of a DB cluster (RDS `CreateDBClusterSnapshot`): RDS-EVENT-0074, then 0075; it never expires.

    Nobody notices: Aurora's is taken from storage, a Multi-AZ DB cluster's from a reader. Refused unless the cluster is
    `available` (InvalidDBClusterStateFault) and above 100 manual cluster snapshots (SnapshotQuotaExceeded).
    """

    name: ClassVar[str] = "rds:create-db-cluster-snapshot"
    title: ClassVar[str] = "Take a cluster snapshot"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    db_cluster_snapshot_identifier: str | None = Field(None, alias="id", description="its name; made up if not given")

    def _name(self, cloud: Cloud) -> str:
        return self.db_cluster_snapshot_identifier or default_name(cloud, self.target)

    def check(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        require_available(cluster)
        require_new_snapshot(cloud, self._name(cloud), cluster.region.name, cluster=True)
        require_key(cloud, cluster.spec.kms_key, cluster.region.name)

    def preview(self, cloud: Cloud) -> Preview:
        aurora = isinstance(cloud.clusters[self.target], AuroraCluster)
        seconds = cloud.timing("aurora-snapshot" if aurora else "rds-snapshot").typical_s
        return Preview((self.target,), (), (), (f"takes {_minutes(seconds)}; nobody notices",))

    async def run(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        snapshot = cluster_backups.start(cluster, self._name(cloud))
        cloud.snapshots.keep(snapshot)
        cluster.change = cloud.kernel.spawn(cluster_backups.take(cluster, snapshot), f"{cluster.id}: snapshot")


class _CopySnapshot(Operation):
    """What copies of both kinds of snapshots share."""

    danger: ClassVar[Danger] = Danger.SAFE

    id: str = Field(description="the copy's name")
    region: str | None = Field(None, description="another Region of this fleet")
    kms_key_id: str | None = Field(None, alias="kms-key", description="a KMS key of that Region; aws/rds")

    def _region(self, cloud: Cloud, snapshot: Snapshot) -> str:
        return self.region or snapshot.region

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        """A copy is asked of the Region that it goes to."""
        region = cloud.places.regions.get(self._region(cloud, cloud.snapshots[self.target]))
        return (region,) if region is not None else ()

    def _key(self, cloud: Cloud, snapshot: Snapshot) -> str | None:
        return self.kms_key_id or snapshot.kms_key

    def check(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        region = self._region(cloud, snapshot)
        if region not in cloud.places.regions:
            raise Refused("InvalidParameterValue", f"{region} is not a Region of this fleet")
        require_snapshot(snapshot)
        require_new_snapshot(cloud, self.id, region, snapshot.of_cluster)
        if region != snapshot.region and snapshot.kms_key is not None and self.kms_key_id is None:
            raise Refused(
                "InvalidParameterCombination", f"{snapshot.name} is encrypted: name a key of {region} (kms-key=aws/rds)"
            )
        require_key(cloud, snapshot.kms_key, snapshot.region)
        require_key(cloud, self._key(cloud, snapshot), region)
        limit = catalog.limit("snapshot-copies")
        if snapshot_copies.running(cloud, region) >= limit.value:
            raise Refused("SnapshotQuotaExceeded", limit.sentence)

    def preview(self, cloud: Cloud) -> Preview:
        snapshot = cloud.snapshots[self.target]
        region = self._region(cloud, snapshot)
        seconds = snapshot_copies.typical_s(cloud, snapshot, region)
        sentences = [f"a manual snapshot in {region}, in {_minutes(seconds)}"]
        if snapshot.kms_key is None and self.kms_key_id is not None:
            sentences.append(f"encrypted with {self.kms_key_id}: so is whatever is restored from it")
        return Preview(sentences=tuple(sentences))

    async def run(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        region, key = self._region(cloud, snapshot), self._key(cloud, snapshot)
        cloud.kernel.spawn(snapshot_copies.copy(cloud, snapshot, self.id, region, key), f"{self.id}: copy")


class CopySnapshot(_CopySnapshot):
    """Copy a DB snapshot (RDS `CopyDBSnapshot`), also to another Region or into an encrypted one; it never expires.

    The way to encrypt a database: a copy with a key, and a restore of that. An encrypted snapshot stays encrypted, and
    in another Region needs a key of that Region. Automated snapshots are copied to be kept. Refused unless it is
    `available` (InvalidDBSnapshotState). Source: AWS documentation, Copying a DB snapshot.
    """

    name: ClassVar[str] = "rds:copy-db-snapshot"
    title: ClassVar[str] = "Copy a snapshot"
    takes: ClassVar[TargetKind] = TargetKind.SNAPSHOT


class CopyClusterSnapshot(_CopySnapshot):
    """Copy a DB cluster snapshot (RDS `CopyDBClusterSnapshot`), also to another Region or with a key; never expires.

    As CopyDBSnapshot; refused unless it is `available` (InvalidDBClusterSnapshotStateFault).
    """

    name: ClassVar[str] = "rds:copy-db-cluster-snapshot"
    title: ClassVar[str] = "Copy a cluster snapshot"
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER_SNAPSHOT


class _DeleteSnapshot(Operation):
    """What deletions of both kinds of snapshots share."""

    danger: ClassVar[Danger] = Danger.IRREVERSIBLE

    def check(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        if snapshot.automated:
            code = "InvalidDBClusterSnapshotStateFault" if snapshot.of_cluster else "InvalidDBSnapshotState"
            raise Refused(code, f"{snapshot.name} is automated: it goes when its retention is over, not before")
        require_snapshot(snapshot)

    def preview(self, cloud: Cloud) -> Preview:
        snapshot = cloud.snapshots[self.target]
        others = [one.name for one in cloud.snapshots.of(snapshot.source) if one is not snapshot]
        left = f"{len(others)} other snapshots of {snapshot.source} stay whole" if others else "it is the only one"
        return Preview(sentences=(f"what it keeps of {snapshot.source} is gone", left))

    async def run(self, cloud: Cloud) -> None:
        await snapshot_copies.delete(cloud, cloud.snapshots[self.target])


class DeleteSnapshot(_DeleteSnapshot):
    """Delete a manual DB snapshot (RDS `DeleteDBSnapshot`): RDS-EVENT-0041. Others of the same instance stay whole.

    Refused for automated ones, and unless it is `available` (InvalidDBSnapshotState).
    """

    name: ClassVar[str] = "rds:delete-db-snapshot"
    title: ClassVar[str] = "Delete a snapshot"
    takes: ClassVar[TargetKind] = TargetKind.SNAPSHOT


class DeleteClusterSnapshot(_DeleteSnapshot):
    """Delete a manual DB cluster snapshot (RDS `DeleteDBClusterSnapshot`). Others of the same cluster stay whole.

    Refused for automated ones, and unless it is `available` (InvalidDBClusterSnapshotStateFault).
    """

    name: ClassVar[str] = "rds:delete-db-cluster-snapshot"
    title: ClassVar[str] = "Delete a cluster snapshot"
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER_SNAPSHOT
