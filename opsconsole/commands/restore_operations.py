"""New RDS DB instances from what was kept: AWS's API actions that restore a snapshot, or a moment of the past.

Always another instance with a name of its own; nobody uses it before an app is pointed at it (`app:set-endpoint`).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, rds_restores, rds_work
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.origin import Origin, origin_of
from opsconsole.cloud.places import Zone
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.commands.backup_checks import chosen_moment, require_key, require_snapshot, standby_zone, zone_of
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.moments import written
from opsconsole.commands.operations import Operation, require_new_id
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import RdsSpec


class _Wanted(NamedTuple):
    """The new instance that is asked for."""

    id: str
    instance_class: str | None
    zone: str | None
    multi_az: bool


class _Restore(Operation):
    """What both restores share: the new instance and where it stands."""

    danger: ClassVar[Danger] = Danger.SAFE

    def _wanted(self) -> _Wanted:
        raise NotImplementedError

    def _check_instance(self, cloud: Cloud, picture: RdsSpec, region: str) -> None:
        wanted = self._wanted()
        require_new_id(cloud, wanted.id)
        zone = zone_of(cloud, cloud.places.regions[region], wanted.zone)
        if wanted.multi_az:
            standby_zone(zone)
        engine, name = catalog.engine(picture.engine), wanted.instance_class or picture.instance_class
        classes = catalog.instance_classes()
        if name not in classes or engine.name not in classes[name].engines:
            raise Refused("InvalidParameterValue", f"{engine.title} does not offer the class {name}")
        if wanted.multi_az and not engine.multi_az:
            raise Refused("InvalidParameterCombination", f"{engine.title} has no Multi-AZ deployment")

    def _spec(self, picture: RdsSpec, zone: Zone, key: str | None) -> RdsSpec:
        wanted = self._wanted()
        return rds_restores.like(picture, wanted.id, zone)._replace(
            instance_class=wanted.instance_class or picture.instance_class,
            multi_az=wanted.multi_az,
            standby_zone=standby_zone(zone) if wanted.multi_az else None,
            kms_key=key,
        )

    def _preview(self, cloud: Cloud, what: str, data: int, log: int, zone: Zone) -> Preview:
        minutes = rds_restores.typical_s(cloud, data, log) / 60
        return Preview(
            (self._wanted().id,),
            (),
            (),
            (
                f"{what}, in {zone.name}, ready in about {minutes:.0f} minutes, then slow until its blocks are loaded",
                "a new endpoint: no app uses it before it is pointed at it (app:set-endpoint)",
            ),
        )

    def _begin(self, cloud: Cloud, spec: RdsSpec, origin: Origin, snapshot: Snapshot | None, log: int) -> None:
        db = cloud.add_db_instance(spec, running=False, origin=origin)
        cloud.log.sim(cloud.now_us, db.id, "status", now="creating", zone=spec.zone)
        content = origin.content
        cloud.log.sim(cloud.now_us, db.id, "fork", parent=content.branch.id, fork_us=content.until_us, part="restore")
        db.look_again()
        rds_work.begin(db, rds_restores.restore(db, origin, snapshot, self.target, log), "restore")


class RestoreFromSnapshot(_Restore):
    """Make a DB instance from a snapshot (RDS `RestoreDBInstanceFromDBSnapshot`): RDS-EVENT-0043.

    It holds exactly what the snapshot kept, with every database in it, and has an id and an endpoint of its own;
    parameter group and other settings are the defaults. It is slow until its blocks have come from S3
    (`storage-initialization`). An encrypted snapshot makes an encrypted instance, an unencrypted one never does: copy
    it with a key first. Refused unless the snapshot is `available` (InvalidDBSnapshotState).
    """

    name: ClassVar[str] = "rds:restore-db-instance-from-db-snapshot"
    title: ClassVar[str] = "Restore a snapshot"
    takes: ClassVar[TargetKind] = TargetKind.SNAPSHOT

    db_instance_identifier: str = Field(alias="id", description="the new instance's id")
    db_instance_class: str | None = Field(None, alias="class", description="as it was if not given")
    availability_zone: str | None = Field(None, alias="zone", description="us-east-1b, or b")
    multi_az: bool = Field(False, alias="multi-az", description="with a standby; without one if not given")

    def _wanted(self) -> _Wanted:
        return _Wanted(self.db_instance_identifier, self.db_instance_class, self.availability_zone, self.multi_az)

    def _picture(self, cloud: Cloud) -> RdsSpec:
        picture = cloud.snapshots[self.target].picture
        assert isinstance(picture, RdsSpec), "a DB snapshot is of a DB instance"
        return picture

    def check(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        require_snapshot(snapshot)
        require_key(cloud, snapshot.kms_key, snapshot.region)
        self._check_instance(cloud, self._picture(cloud), snapshot.region)

    def preview(self, cloud: Cloud) -> Preview:
        snapshot = cloud.snapshots[self.target]
        zone = zone_of(cloud, cloud.places.regions[snapshot.region], self.availability_zone)
        what = f"{snapshot.source} as of {written(cloud, snapshot.content.until_us)}"
        return self._preview(cloud, what, snapshot.data_bytes, 0, zone)

    @staticmethod
    def _kept(cloud: Cloud, snapshot: Snapshot) -> Archive | None:
        """What is kept of the backups of a source that is gone: they could have given back more than the snapshot."""
        kept = (archive for archive in cloud.snapshots.archives.values() if archive.closed_us is not None)
        family = snapshot.content.branch.family
        return next((one for one in kept if one.content(cloud.now_us).branch.family is family), None)

    async def run(self, cloud: Cloud) -> None:
        snapshot = cloud.snapshots[self.target]
        zone = zone_of(cloud, cloud.places.regions[snapshot.region], self.availability_zone)
        source = cloud.rds.get(snapshot.source)
        if source is not None and source.branch.family is not snapshot.content.branch.family:
            source = None  # another instance has its id now
        alive = source.branch if source is not None and source.primary.running else None
        archive = source.archive if source is not None else self._kept(cloud, snapshot)
        origin = origin_of(snapshot.content, alive, archive.newest() if archive is not None else None)
        self._begin(cloud, self._spec(self._picture(cloud), zone, snapshot.kms_key), origin, snapshot, 0)


class RestoreToPointInTime(_Restore):
    """Make a DB instance as another one was at a moment (RDS `RestoreDBInstanceToPointInTime`): RDS-EVENT-0019.

    The newest daily snapshot before that moment is restored and the transaction logs are replayed up to it: the longer
    ago the snapshot, the longer it takes. Settings are the defaults, retention is the source's; it is billed while
    `creating`. Refused without automated backups (PointInTimeRestoreNotEnabled) and outside of the restorable times
    (InvalidParameterValue). Source: AWS documentation, Restoring a DB instance to a specified time.
    """

    name: ClassVar[str] = "rds:restore-db-instance-to-point-in-time"
    title: ClassVar[str] = "Restore to a point in time"
    takes: ClassVar[TargetKind] = TargetKind.RESTORABLE

    target_db_instance_identifier: str = Field(alias="id", description="the new instance's id")
    db_instance_class: str | None = Field(None, alias="class", description="as it was if not given")
    availability_zone: str | None = Field(None, alias="zone", description="us-east-1b, or b")
    multi_az: bool = Field(False, alias="multi-az", description="with a standby; without one if not given")
    restore_time: str | None = Field(
        None, alias="restore-time", description="a mark, T+10m, or 2026-01-05T09:10:00Z; or the latest:"
    )
    use_latest_restorable_time: bool = Field(
        False, alias="use-latest-restorable-time", description="true: as much as there is"
    )

    def _wanted(self) -> _Wanted:
        return _Wanted(
            self.target_db_instance_identifier, self.db_instance_class, self.availability_zone, self.multi_az
        )

    def _archive(self, cloud: Cloud) -> Archive:
        return cloud.snapshots.archives[self.target]

    def _chosen(self, cloud: Cloud) -> tuple[Archive, int, RdsSpec]:
        archive = self._archive(cloud)
        at_us = chosen_moment(cloud, archive, self.restore_time, self.use_latest_restorable_time)
        picture = archive.picture(archive.name_at(at_us), at_us).picture
        assert isinstance(picture, RdsSpec), "the backups of a DB instance are of a DB instance"
        return archive, at_us, picture

    def check(self, cloud: Cloud) -> None:
        archive, at_us, picture = self._chosen(cloud)
        if archive.base(at_us) is None:
            raise Refused("InvalidRestoreFault", f"{self.target} has no snapshot before that moment to begin from")
        require_key(cloud, picture.kms_key, picture.region)
        self._check_instance(cloud, picture, picture.region)

    def _log(self, archive: Archive, at_us: int) -> int:
        base = archive.base(at_us)
        return rds_restores.log_bytes(archive.content(at_us), base.content) if base is not None else 0

    def preview(self, cloud: Cloud) -> Preview:
        archive, at_us, picture = self._chosen(cloud)
        zone = zone_of(cloud, cloud.places.regions[picture.region], self.availability_zone)
        data = archive.picture(archive.name_at(at_us), at_us).data_bytes
        what = f"{archive.owner} as of {written(cloud, at_us)}"
        return self._preview(cloud, what, data, self._log(archive, at_us), zone)

    async def run(self, cloud: Cloud) -> None:
        archive, at_us, picture = self._chosen(cloud)
        zone = zone_of(cloud, cloud.places.regions[picture.region], self.availability_zone)
        base, source = archive.base(at_us), cloud.rds.get(self.target)
        alive = source.branch if source is not None and source.primary.running else None
        base_us = base.created_us if base is not None else at_us
        origin = origin_of(archive.content(at_us), alive, archive.newest(), base_us)
        self._begin(cloud, self._spec(picture, zone, picture.kms_key), origin, None, self._log(archive, at_us))
