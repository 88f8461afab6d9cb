"""Aurora DB clusters as a whole: AWS's API actions that create, restore, clone, change and delete them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cluster_backups, cluster_stories, keys
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.content import Content
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.origin import Origin, origin_of
from opsconsole.cloud.rds_restores import log_bytes
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.cloud.writelog import Branch
from opsconsole.commands.backup_checks import (
    chosen_moment,
    require_apart,
    require_key,
    require_new_snapshot,
    require_one_choice,
    require_snapshot,
)
from opsconsole.commands.base import Danger, Preview, Seconds
from opsconsole.commands.blast import users_of
from opsconsole.commands.moments import written
from opsconsole.commands.operations import (
    Operation,
    require_aurora,
    require_available,
    require_new_id,
)
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import AuroraSpec

NO_INSTANCES = "without instances: create one (rds:create-db-instance) before anybody can connect"


def check_backtrack_window(engine: str, seconds: float) -> None:
    """Raise Refused unless a cluster of this engine may have such a window."""
    limit = catalog.limit("backtrack-window-hours")
    if seconds and not catalog.engine(engine).backtrack:
        raise Refused("InvalidParameterCombination", f"{catalog.engine(engine).title} has no backtrack")
    if not 0 <= seconds <= limit.value * 3600:
        raise Refused("InvalidParameterValue", limit.sentence)


def open_cluster(
    cloud: Cloud, spec: AuroraSpec, origin: Origin | None, part: str, usual_class: str | None = None
) -> AuroraCluster:
    """A cluster that is being made, and the history that it begins with."""
    cluster = cloud.add_cluster(AuroraCluster(cloud, spec, running=False, origin=origin))
    cluster.usual_class = usual_class
    if origin is not None:
        content = origin.content
        cloud.log.sim(cloud.now_us, cluster.id, "fork", parent=content.branch.id, fork_us=content.until_us, part=part)
    return cluster


class CreateCluster(Operation):
    """Make an empty Aurora DB cluster (RDS `CreateDBCluster`) without instances: RDS-EVENT-0170.

    Backtrack can be switched on here, or at a restore or a clone, and at no other time. So can encryption.
    """

    name: ClassVar[str] = "rds:create-db-cluster"
    title: ClassVar[str] = "Create an Aurora cluster"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.REGION

    db_cluster_identifier: str = Field(alias="id", description="the new cluster's id")
    engine: Literal["aurora-mysql", "aurora-postgresql"] = Field(description="aurora-mysql or aurora-postgresql")
    engine_version: str | None = Field(None, alias="version", description="the engine's current one if not given")
    backtrack_window: Seconds = Field(0.0, alias="backtrack", description="up to 72h; Aurora MySQL only")
    backup_retention_period: int = Field(1, alias="retention", description="days, 1 to 35")
    kms_key_id: str | None = Field(None, alias="kms-key", description="encrypts it: a KMS key of the Region; aws/rds")

    def check(self, cloud: Cloud) -> None:
        require_new_id(cloud, self.db_cluster_identifier)
        engine = catalog.engine(self.engine)
        if self.engine_version is not None and self.engine_version not in engine.versions:
            raise Refused("InvalidParameterCombination", f"{engine.title} has no version {self.engine_version}")
        check_backtrack_window(self.engine, self.backtrack_window)
        check_retention(self.backup_retention_period)
        require_key(cloud, self.kms_key_id, self.target)

    def preview(self, cloud: Cloud) -> Preview:
        seconds = cloud.timing("aurora-cluster-create").typical_s
        return Preview(sentences=(f"an empty volume in about {seconds:.0f} s, {NO_INSTANCES}",))

    async def run(self, cloud: Cloud) -> None:
        spec = AuroraSpec(
            id=self.db_cluster_identifier,
            engine=self.engine,
            engine_version=self.engine_version or catalog.engine(self.engine).default_version,
            region=self.target,
            storage_bytes=0,
            backtrack_s=round(self.backtrack_window),
            retention_days=self.backup_retention_period,
            deletion_protection=False,
            instances=(),
            kms_key=self.kms_key_id,
        )
        cluster = open_cluster(cloud, spec, None, "")
        cluster.change = cloud.kernel.spawn(cluster_stories.create(cloud, cluster), f"{cluster.id}: creation")


def check_retention(days: int) -> None:
    """Raise Refused outside of 1 to 35 days: Aurora's backups cannot be switched off."""
    limit = catalog.limit("retention-days")
    if not (limit.minimum or 0) <= days <= limit.value:
        raise Refused("InvalidParameterValue", limit.sentence)


class RestoreClusterFromSnapshot(Operation):
    """Make an Aurora cluster from a cluster snapshot (RDS `RestoreDBClusterFromSnapshot`), without instances.

    Unlike RDS, Aurora may restore an unencrypted snapshot as an encrypted cluster: name a key. Backtrack can be
    switched on. Refused unless the snapshot is `available` (InvalidDBClusterSnapshotStateFault), and for snapshots of
    Multi-AZ DB clusters, which this simulator keeps but does not restore.
    """

    name: ClassVar[str] = "rds:restore-db-cluster-from-snapshot"
    title: ClassVar[str] = "Restore a cluster snapshot"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER_SNAPSHOT

    db_cluster_identifier: str = Field(alias="id", description="the new cluster's id")
    backtrack_window: Seconds = Field(0.0, alias="backtrack", description="up to 72h; Aurora MySQL only")
    kms_key_id: str | None = Field(None, alias="kms-key", description="as the snapshot's if not given")

    def _picture(self, snapshot: Snapshot) -> AuroraSpec:
        if not isinstance(snapshot.picture, AuroraSpec):
            raise Refused("InvalidRestoreFault", f"{snapshot.name} is of a Multi-AZ DB cluster: not simulated")
        return snapshot.picture

    def check(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        require_snapshot(snapshot)
        picture = self._picture(snapshot)
        require_new_id(cloud, self.db_cluster_identifier)
        check_backtrack_window(picture.engine, self.backtrack_window)
        require_key(cloud, snapshot.kms_key, snapshot.region)
        require_key(cloud, self.kms_key_id, snapshot.region)

    def preview(self, cloud: Cloud) -> Preview:
        snapshot = cloud.snapshots[self.target]
        minutes = cluster_stories.restore_s(cloud, snapshot.data_bytes, 0) / 60
        what = f"{snapshot.source} as of {written(cloud, snapshot.content.until_us)}"
        return Preview((), (), (), (f"{what}, in about {minutes:.0f} minutes, {NO_INSTANCES}",))

    async def run(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        spec = cluster_stories.like(self._picture(snapshot), self.db_cluster_identifier, round(self.backtrack_window))
        spec = spec._replace(region=snapshot.region, kms_key=self.kms_key_id or snapshot.kms_key)
        origin = origin_of(snapshot.content, *_source(cloud, snapshot.source, snapshot.content))
        usual_class = cluster_stories.usual_class(self._picture(snapshot))
        cluster = open_cluster(cloud, spec, origin, "restore", usual_class)
        story = cluster_stories.restore(cloud, cluster, origin, None)
        cluster.change = cloud.kernel.spawn(story, f"{cluster.id}: restore")


def _source(cloud: Cloud, id: str, content: Content) -> tuple[Branch | None, Content | None]:
    """The history of a cluster that still serves, and the youngest state that its backups can give back.

    Nothing of another cluster that has the id now: `content` is of the one that is meant.
    """
    cluster, archive = cloud.aurora.get(id), cloud.snapshots.archives.get(id)
    if cluster is not None and cluster.volume.branch.family is not content.branch.family:
        return None, None
    serves = cluster is not None and any(instance.running for instance in cluster.instances.values())
    return (
        cluster.volume.branch if cluster is not None and serves else None,
        archive.newest() if archive is not None else None,
    )


class RestoreClusterToPointInTime(Operation):
    """Make an Aurora cluster as another one was at a moment (RDS `RestoreDBClusterToPointInTime`), without instances.

    `restore-type=full-copy` copies the data and replays what came after: it takes longer the more there is.
    `copy-on-write` is a clone: it refers to the source's pages as they are now, takes minutes whatever the size, and
    pays only for what changes; the sixteenth of a cluster is a full copy. Refused outside of the restorable times
    (InvalidParameterValue), and for a clone of a cluster without instances (InvalidDBClusterStateFault).
    """

    name: ClassVar[str] = "rds:restore-db-cluster-to-point-in-time"
    title: ClassVar[str] = "Restore to a point in time, or clone"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.RESTORABLE_CLUSTER

    db_cluster_identifier: str = Field(alias="id", description="the new cluster's id")
    restore_type: Literal["full-copy", "copy-on-write"] = Field(
        "full-copy", alias="restore-type", description="copy-on-write: a clone"
    )
    restore_to_time: str | None = Field(
        None, alias="restore-to-time", description="a mark, T+10m, or 2026-01-05T09:10:00Z; or the latest:"
    )
    use_latest_restorable_time: bool = Field(
        False, alias="use-latest-restorable-time", description="true: as much as there is"
    )
    backtrack_window: Seconds = Field(0.0, alias="backtrack", description="up to 72h; Aurora MySQL only")

    @property
    def _clones(self) -> bool:
        return self.restore_type == "copy-on-write"

    def _picture(self, archive: Archive, at_us: int) -> Snapshot:
        snapshot = archive.picture(archive.name_at(at_us), at_us)
        if not isinstance(snapshot.picture, AuroraSpec):
            raise Refused("InvalidRestoreFault", f"{archive.owner} is a Multi-AZ DB cluster: not simulated")
        return snapshot

    def _at(self, cloud: Cloud) -> int:
        """The moment it begins from: a clone's is now."""
        archive = cloud.snapshots.archives[self.target]
        if self._clones:
            return cloud.now_us
        return chosen_moment(cloud, archive, self.restore_to_time, self.use_latest_restorable_time)

    def check(self, cloud: Cloud) -> None:
        archive = cloud.snapshots.archives[self.target]
        source = cloud.aurora.get(self.target)
        picture = self._picture(archive, self._at(cloud)).picture
        assert isinstance(picture, AuroraSpec), "the picture was looked at"
        require_new_id(cloud, self.db_cluster_identifier)
        check_backtrack_window(picture.engine, self.backtrack_window)
        require_key(cloud, picture.kms_key, picture.region)
        if not self._clones:
            return
        if self.restore_to_time is not None:
            raise Refused("InvalidParameterCombination", "a clone is of this moment: leave restore-to-time out")
        if source is None:
            raise Refused("InvalidDBClusterStateFault", f"{self.target} is deleted: only its backups can be restored")
        require_available(source)
        if not source.instances:
            raise Refused("InvalidDBClusterStateFault", f"{source.id} has no instance: a clone's source needs one")

    def preview(self, cloud: Cloud) -> Preview:
        archive, at_us = cloud.snapshots.archives[self.target], self._at(cloud)
        snapshot = self._picture(archive, at_us)
        what = f"{archive.owner} as of {written(cloud, at_us)}"
        if self._clones and not cluster_stories.is_full_copy(cloud, self.target):
            minutes = cloud.timing("aurora-clone").typical_s / 60
            share = "shares the pages and pays for what changes"
            return Preview((), (), (), (f"{what}, in about {minutes:.0f} minutes: {share}", NO_INSTANCES))
        log = log_bytes(archive.content(at_us), cluster_stories.replayed_from(archive, at_us))
        minutes = cluster_stories.restore_s(cloud, snapshot.data_bytes, log) / 60
        full = (catalog.limit("clones").sentence,) if self._clones else ()
        return Preview((), (), (), (f"{what}, in about {minutes:.0f} minutes, {NO_INSTANCES}", *full))

    async def run(self, cloud: Cloud) -> None:
        archive, at_us = cloud.snapshots.archives[self.target], self._at(cloud)
        picture = self._picture(archive, at_us).picture
        assert isinstance(picture, AuroraSpec), "check has looked at the picture"
        spec = cluster_stories.like(picture, self.db_cluster_identifier, round(self.backtrack_window))
        source = cloud.aurora.get(self.target)
        alive, newest = _source(cloud, self.target, archive.content(at_us))
        if self._clones and source is not None and not cluster_stories.is_full_copy(cloud, self.target):
            origin = origin_of(source.volume.content(at_us), alive or source.volume.branch, newest)
            cluster = open_cluster(cloud, spec, origin, "clone", cluster_stories.usual_class(picture))
            story = cluster_stories.clone(cloud, cluster, source)
        else:
            origin = origin_of(archive.content(at_us), alive, newest)
            cluster = open_cluster(cloud, spec, origin, "restore", cluster_stories.usual_class(picture))
            story = cluster_stories.restore(cloud, cluster, origin, cluster_stories.replayed_from(archive, at_us))
        cluster.change = cloud.kernel.spawn(story, f"{cluster.id}: restore")


class ModifyCluster(Operation):
    """Change an Aurora cluster's settings (RDS `ModifyDBCluster`): in force at once, and nobody is interrupted.

    Backtrack can be changed where it is on; set to 0 it is off for good. Refused: retention outside of 1 to 35 days,
    windows that overlap, backtrack on a cluster that was made without it.
    """

    name: ClassVar[str] = "rds:modify-db-cluster"
    title: ClassVar[str] = "Modify a cluster"
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    backup_retention_period: int | None = Field(None, alias="retention", description="days, 1 to 35")
    preferred_backup_window: str | None = Field(None, alias="backup-window", description="03:00-03:30, UTC")
    preferred_maintenance_window: str | None = Field(
        None, alias="maintenance-window", description="sun:05:00-sun:05:30, UTC"
    )
    deletion_protection: bool | None = Field(None, alias="protection", description="against deletion")
    backtrack_window: Seconds | None = Field(None, alias="backtrack", description="up to 72h; 0s is off, for good")

    def check(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        require_available(cluster)
        if not self.model_dump(exclude={"target"}, exclude_none=True):
            raise Refused("InvalidParameterCombination", "say what to change: retention=…, protection=…, backtrack=…")
        if self.backup_retention_period is not None:
            check_retention(self.backup_retention_period)
        self._check_windows(cloud)
        if self.backtrack_window is not None:
            aurora = require_aurora(cloud, self.target, "backtrack")
            check_backtrack_window(aurora.spec.engine, self.backtrack_window)
            if self.backtrack_window and not aurora.settings.backtrack_s:
                raise Refused(
                    "InvalidParameterCombination",
                    f"backtrack is off on {aurora.id}: it can only be switched on when a cluster is created, restored "
                    "or cloned",
                )

    def _check_windows(self, cloud: Cloud) -> None:
        settings = cloud.clusters[self.target].settings
        backup = self.preferred_backup_window or settings.backup_window
        maintenance = self.preferred_maintenance_window or settings.maintenance_window
        require_apart(backup, maintenance)

    def preview(self, cloud: Cloud) -> Preview:
        sentences = ["in force at once; nobody is interrupted"]
        if self.backtrack_window == 0:
            sentences.append("backtrack is off for good: what happened can no longer be rewound")
        return Preview((self.target,), (), (), tuple(sentences))

    async def run(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        settings = cluster.settings
        if self.backup_retention_period is not None:
            settings.retention_days = self.backup_retention_period
            cluster.archive.set_days(self.backup_retention_period)
        settings.backup_window = self.preferred_backup_window or settings.backup_window
        settings.maintenance_window = self.preferred_maintenance_window or settings.maintenance_window
        if self.deletion_protection is not None:
            settings.deletion_protection = self.deletion_protection
        if self.backtrack_window is not None and isinstance(cluster, AuroraCluster):
            settings.backtrack_s = round(self.backtrack_window)
            cluster.window.foresee()
        if isinstance(cluster, MultiAzCluster):
            cluster_backups.schedule(cluster)
        cluster.look_again()


class DeleteCluster(Operation):
    """Delete an Aurora DB cluster (RDS `DeleteDBCluster`), with a final snapshot or without: RDS-EVENT-0171.

    Its instances have to be deleted first, and a member of a global database removed from that. Automated backups go
    with it, unless `delete-automated-backups=false`: then they are kept until they expire. Its clones stay whole.
    Refused for a protected cluster (InvalidParameterCombination) and one with instances (InvalidDBClusterStateFault).
    """

    name: ClassVar[str] = "rds:delete-db-cluster"
    title: ClassVar[str] = "Delete a cluster"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    final_db_snapshot_identifier: str | None = Field(None, alias="final-snapshot", description="its name")
    skip_final_snapshot: bool = Field(False, alias="skip-final-snapshot", description="true: leave nothing behind")
    delete_automated_backups: bool = Field(
        True, alias="delete-automated-backups", description="false: keep them until they expire"
    )

    def check(self, cloud: Cloud) -> None:
        cluster = require_aurora(cloud, self.target, "a deletion of their own here")
        if cluster.settings.deletion_protection:
            raise Refused(
                "InvalidParameterCombination",
                "Cannot delete protected Cluster, please disable deletion protection and try again.",
            )
        if cluster.instances:
            raise Refused(
                "InvalidDBClusterStateFault",
                "Cluster cannot be deleted, it still contains DB instances in non-deleting state: "
                f"{', '.join(cluster.instances)}",
            )
        if cloud.global_of(cluster) is not None:
            raise Refused("InvalidDBClusterStateFault", f"{cluster.id} is in a global database: remove it first")
        if cluster.status.value not in ("available", keys.RECOVERABLE, keys.TERMINAL):
            raise Refused("InvalidDBClusterStateFault", f"{cluster.id} is {cluster.status.value}")
        require_one_choice(self.final_db_snapshot_identifier, self.skip_final_snapshot)
        if self.final_db_snapshot_identifier is not None:
            require_new_snapshot(cloud, self.final_db_snapshot_identifier, cluster.region.name, cluster=True)
            require_key(cloud, cluster.spec.kms_key, cluster.region.name)

    def preview(self, cloud: Cloud) -> Preview:
        cluster = cloud.clusters[self.target]
        final = self.final_db_snapshot_identifier
        kept = f"{final} keeps its data" if final else "its data is gone, without a final snapshot"
        backups = f"automated backups {'go too' if self.delete_automated_backups else 'stay until they expire'}"
        apps = users_of(cloud, cluster.instances.values())
        return Preview((cluster.id,), (cluster.writer_record.id, cluster.reader_record.id), apps, (kept, backups))

    async def run(self, cloud: Cloud) -> None:
        cluster = cloud.aurora[self.target]
        final = None
        if self.final_db_snapshot_identifier is not None:
            final = cluster_backups.start(cluster, self.final_db_snapshot_identifier)
            cloud.snapshots.keep(final)
        story = cluster_stories.delete(cloud, cluster, final, not self.delete_automated_backups)
        cluster.change = cloud.kernel.spawn(story, f"{cluster.id}: deletion")


class StartCluster(Operation):
    """Start a DB cluster that was inaccessible because its KMS key was disabled (RDS `StartDBCluster`).

    Refused while the key cannot be used (KMSKeyNotAccessibleFault) and unless the cluster's status is
    `inaccessible-encryption-credentials-recoverable` (InvalidDBClusterStateFault).
    """

    name: ClassVar[str] = "rds:start-db-cluster"
    title: ClassVar[str] = "Start a cluster"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    def check(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        if cluster.status.value != keys.RECOVERABLE:
            raise Refused("InvalidDBClusterStateFault", f"{cluster.id} is {cluster.status.value}: nothing to start")
        require_key(cloud, cluster.spec.kms_key, cluster.region.name)

    def preview(self, cloud: Cloud) -> Preview:
        minutes = cloud.timing("rds-start").typical_s / 60
        return Preview((self.target,), (), (), (f"its instances answer in about {minutes:.0f} minutes",))

    async def run(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        cluster.change = cloud.kernel.spawn(keys.start_cluster(cluster), f"{cluster.id}: start")
