"""What an operator may ask of an RDS DB instance and its read replicas: AWS's own API actions, with its refusals."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, keys, rds_stories, rds_work
from opsconsole.cloud.places import Region
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.replication import REPLICATING, STOPPED, TERMINATED
from opsconsole.commands.backup_checks import require_key, require_room, standby_zone
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation, require_new_id
from opsconsole.commands.rds_checks import AFTER_CHANGE, apps_of, require_status
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import AWS_MANAGED_KEY, RdsSpec


class StopInstance(Operation):
    """Stop an RDS DB instance (RDS `StopDBInstance`); after seven days AWS starts it again (RDS-EVENT-0154).

    Refused for a read replica and for a source of read replicas. Storage is billed meanwhile. Source: AWS
    documentation, Stopping an Amazon RDS DB instance temporarily.
    """

    name: ClassVar[str] = "rds:stop-db-instance"
    title: ClassVar[str] = "Stop"
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        require_status(db, "available")
        if db.replication is not None:
            raise Refused("InvalidDBInstanceState", f"{db.id} is a read replica, which cannot be stopped")
        replicas = ", ".join(replica.id for replica in db.replicas())
        if replicas:
            raise Refused("InvalidDBInstanceState", f"{db.id} has read replicas ({replicas}) and cannot be stopped")
        if db.multi_az and db.engine.compatible == "sqlserver":
            raise Refused("InvalidDBInstanceState", f"{db.id} is SQL Server in Multi-AZ, which cannot be stopped")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        days = catalog.limit("rds-stopped-days").value
        return Preview((db.id,), (db.id,), apps_of(cloud, db), (f"nothing answers; AWS starts it after {days} days",))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        rds_work.begin(db, rds_stories.stop(db), "stop")


class StartInstance(Operation):
    """Start an RDS DB instance (RDS `StartDBInstance`): minutes, crash recovery included.

    One that is `stopped`, or inaccessible since its KMS key was disabled: refused while the key cannot be used
    (KMSKeyNotAccessibleFault).
    """

    name: ClassVar[str] = "rds:start-db-instance"
    title: ClassVar[str] = "Start"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        require_status(db, "stopped", keys.RECOVERABLE)
        require_key(cloud, db.spec.kms_key, db.region.name)
        short = next((host.zone for host in db.hosts.values() if host.zone.capacity.shut), db.primary.zone)
        if short.capacity.shut or not db.primary.host_up:
            raise Refused(
                "InsufficientDBInstanceCapacity", f"{short.name} has no capacity for {db.instance_class.name} now"
            )

    def preview(self, cloud: Cloud) -> Preview:
        minutes = cloud.timing("rds-start").typical_s / 60
        return Preview((self.target,), (self.target,), (), (f"it answers in about {minutes:.0f} minutes",))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        rds_work.begin(db, rds_stories.start(db), "start")


class CreateReplica(Operation):
    """Create a read replica of an RDS DB instance (RDS `CreateDBInstanceReadReplica`).

    It is built from a snapshot of the source, follows it asynchronously and has an endpoint of its own, which nobody
    uses before an app is pointed at it. Refused without automated backups on the source, above the engine's number of
    replicas, and where replicas of replicas end. Source: AWS documentation, Working with DB instance read replicas.
    """

    name: ClassVar[str] = "rds:create-db-instance-read-replica"
    title: ClassVar[str] = "Create a read replica"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    db_instance_identifier: str = Field(alias="id", description="the new replica's id")
    availability_zone: str | None = Field(None, alias="zone", description="us-east-1c, or c; another Region's in full")
    db_instance_class: str | None = Field(None, alias="class", description="like the source's if not given")
    multi_az: bool = Field(False, alias="multi-az", description="give the replica a standby of its own")
    kms_key_id: str | None = Field(None, alias="kms-key", description="of an encrypted source's, in another Region")

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        """The Region that it is made in is asked, and that asks the source's for the data."""
        source, zone = cloud.rds[self.target].region, self._zone(cloud)
        return tuple(dict.fromkeys((cloud.places.zones[zone].region if zone else source, source)))

    def _key(self, cloud: Cloud) -> str | None:
        """The source's key in its Region, in another one the key that is named or the Region's own of RDS."""
        source, zone = cloud.rds[self.target], self._zone(cloud)
        if zone is None or cloud.places.zones[zone].region is source.region or source.spec.kms_key is None:
            return self.kms_key_id or source.spec.kms_key
        return self.kms_key_id or AWS_MANAGED_KEY

    def _zone(self, cloud: Cloud) -> str | None:
        source = cloud.rds[self.target]
        if self.availability_zone is None:
            free = [zone.name for zone in source.region.roomy() if zone is not source.primary.zone]
            return next(iter(free), None)
        full = self.availability_zone
        if full not in cloud.places.zones:
            full = source.region.name + full
        return full if full in cloud.places.zones else None

    def check(self, cloud: Cloud) -> None:
        source = cloud.rds[self.target]
        engine = source.engine
        require_status(source, *AFTER_CHANGE)
        require_new_id(cloud, self.db_instance_identifier)
        if not source.settings.retention_days and source.replication is None:
            raise Refused("InvalidDBInstanceState", f"{source.id} has no automated backups: set its retention above 0")
        depth = _depth(source)
        if depth and depth >= engine.replica_levels:
            levels = engine.replica_levels
            raise Refused("InvalidDBInstanceState", f"{engine.title} has {levels} level(s) of read replicas at most")
        if depth and not source.settings.retention_days:
            raise Refused(
                "InvalidDBInstanceState", f"{source.id} needs automated backups before it can have replicas of its own"
            )
        most = engine.read_replicas_below if depth else engine.read_replicas
        if len(source.replicas()) >= most:
            raise Refused("InstanceQuotaExceeded", f"{source.id} has {most} read replicas: more are not allowed")
        name = self.db_instance_class
        if name is not None and engine.name not in _engines_of(name):
            raise Refused("InvalidParameterValue", f"{engine.title} does not offer the class {name}")
        zone = self._zone(cloud)
        if zone is None and self.availability_zone is None:
            raise Refused(
                "InsufficientDBInstanceCapacity",
                f"no other zone of {source.region.name} than {source.primary.zone.name} has capacity now: name a zone",
            )
        if zone is None:
            raise Refused("InvalidParameterValue", f"{self.availability_zone} is not a zone of this fleet")
        region = cloud.places.zones[zone].region
        self._check_key(cloud, source, region.name)
        if region is not source.region and not engine.cross_region_replicas:
            raise Refused("InvalidParameterCombination", f"{engine.title} has no read replicas in another Region")
        require_room(cloud.places.zones[zone])
        if self.multi_az:
            standby_zone(cloud.places.zones[zone])

    def _check_key(self, cloud: Cloud, source: DbInstance, region: str) -> None:
        mine, asked = source.spec.kms_key, self.kms_key_id
        if asked is not None and mine is None:
            raise Refused(
                "InvalidParameterCombination", f"{source.id} is not encrypted: its replicas cannot be encrypted either"
            )
        if asked is not None and region == source.region.name and asked != mine:
            raise Refused("InvalidParameterCombination", f"a replica in {region} has its source's key, {mine}")
        require_key(cloud, self._key(cloud), region)

    def preview(self, cloud: Cloud) -> Preview:
        source = cloud.rds[self.target]
        minutes = cloud.timing("rds-create-replica").typical_s / 60
        pause = "" if source.multi_az else "; the snapshot suspends the source's I/O for about a second"
        text = f"in {self._zone(cloud)}, ready in about {minutes:.0f} minutes{pause}"
        return Preview((self.db_instance_identifier,), (), (), (text, "no app uses it before its endpoint is named"))

    async def run(self, cloud: Cloud) -> None:
        source = cloud.rds[self.target]
        zone = self._zone(cloud) or source.primary.zone.name
        region = cloud.places.zones[zone].region
        spec = RdsSpec(
            id=self.db_instance_identifier,
            engine=source.spec.engine,
            engine_version=source.settings.engine_version,
            region=region.name,
            zone=zone,
            multi_az=self.multi_az,
            standby_zone=standby_zone(cloud.places.zones[zone]) if self.multi_az else None,
            instance_class=self.db_instance_class or source.instance_class.name,
            storage=source.as_spec().storage,
            retention_days=0,
            source=source.id,
            kms_key=self._key(cloud),
        )
        db = cloud.add_db_instance(spec, running=False)
        cloud.log.sim(cloud.now_us, db.id, "status", now="creating", zone=zone)
        db.look_again()  # it receives nothing before it runs
        rds_work.begin(db, rds_stories.create_replica(db, source), "creation")


def _depth(db: DbInstance) -> int:
    """How many sources stand above it."""
    return 0 if db.source is None else 1 + _depth(db.source)


def _engines_of(name: str) -> tuple[str, ...]:
    classes = catalog.instance_classes()
    return classes[name].engines if name in classes else ()


class PromoteReplica(Operation):
    """Make a read replica a database of its own (RDS `PromoteReadReplica`): minutes, and it cannot be undone.

    It keeps its name. What it had not received is not in it: the writes lost, if the source is gone. Other replicas
    stay with the old source. Refused unless it is `available`. Source: AWS documentation, Promoting a read replica.
    """

    name: ClassVar[str] = "rds:promote-read-replica"
    title: ClassVar[str] = "Promote"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE
    takes: ClassVar[TargetKind] = TargetKind.REPLICA

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        if db.replication is None:
            raise Refused("InvalidDBInstanceState", f"{db.id} is not a read replica: there is nothing to promote")
        require_status(db, "available")

    def preview(self, cloud: Cloud) -> Preview:
        db, minutes = cloud.rds[self.target], cloud.timing("rds-promote-replica").typical_s / 60
        if db.replication is None:
            return Preview()
        missing = db.replication.received.backlog(cloud.now_us) // 1_000_000_000
        siblings = [r.id for r in db.replication.source.replicas() if r is not db]
        stay = (
            (f"{', '.join(siblings)} {'stays' if len(siblings) == 1 else 'stay'} with {db.replication.source.id}",)
            if siblings
            else ()
        )
        text = f"read-write in about {minutes:.0f} minutes, under its own name: apps must be pointed at it"
        return Preview((db.id,), (db.id,), apps_of(cloud, db), (text, *stay), missing)

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        rds_work.begin(db, rds_stories.promote(db), "promotion")


class StopReplication(Operation):
    """Call `mysql.rds_stop_replication` on a MySQL or MariaDB read replica: ReplicaLag is -1 (RDS-EVENT-0062).

    The source keeps its binary log for it; after 30 days RDS terminates the replication.
    """

    name: ClassVar[str] = "mysql:rds_stop_replication"
    title: ClassVar[str] = "Stop replication"
    takes: ClassVar[TargetKind] = TargetKind.REPLICA

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        _require_binlog(db)
        if db.replication is not None and db.replication.status.value != REPLICATING:
            raise Refused("InvalidDBInstanceState", f"replication of {db.id} is {db.replication.status.value}")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        texts = ("its reads become older and older", "the source's binary log grows until it goes on")
        return Preview((db.id,), (db.id,), apps_of(cloud, db), texts)

    async def run(self, cloud: Cloud) -> None:
        replication = cloud.rds[self.target].replication
        if replication is not None:
            replication.set_status(STOPPED, "0062")


class StartReplication(Operation):
    """Call `mysql.rds_start_replication` on a MySQL or MariaDB read replica: it catches up (RDS-EVENT-0046).

    An error that stopped it is skipped (`mysql.rds_skip_repl_error`).
    """

    name: ClassVar[str] = "mysql:rds_start_replication"
    title: ClassVar[str] = "Start replication"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.REPLICA

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        _require_binlog(db)
        status = db.replication.status.value if db.replication is not None else ""
        if status == REPLICATING:
            raise Refused("InvalidDBInstanceState", f"replication of {db.id} is running")
        if status == TERMINATED:
            raise Refused("InvalidDBInstanceState", f"replication of {db.id} is terminated: create a new replica")

    def preview(self, cloud: Cloud) -> Preview:
        return Preview((self.target,), (), (), ("it applies what it has missed",))

    async def run(self, cloud: Cloud) -> None:
        replication = cloud.rds[self.target].replication
        if replication is not None:
            replication.set_status(REPLICATING, "0046")


def _require_binlog(db: DbInstance) -> None:
    """Raise Refused unless it is a replica that follows a binary log."""
    if db.replication is None:
        raise Refused("InvalidDBInstanceState", f"{db.id} is not a read replica")
    if db.engine.compatible not in ("mysql", "mariadb"):
        raise Refused(
            "InvalidParameterCombination", f"{db.engine.title} has no such procedure; it is MySQL's and MariaDB's"
        )
