"""What an operator may ask of an Aurora cluster: AWS's own API actions, refused when AWS refuses them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, members
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.commands import rds_checks, rds_creation, targets
from opsconsole.commands.backup_checks import require_room
from opsconsole.commands.base import Command, Danger, Kind, Preview
from opsconsole.commands.blast import names_of, users_of, with_writers_restart
from opsconsole.commands.targets import TargetKind, kind_of
from opsconsole.fleet import RdsSpec


class Operation(Command):
    """An AWS API action."""

    kind: ClassVar[Kind] = Kind.OPERATION


def require_available(cluster: Cluster) -> None:
    """Raise Refused unless the cluster is `available`, as most cluster actions need it."""
    if cluster.status.value != "available":
        raise Refused(
            "InvalidDBClusterStateFault",
            f"{cluster.id} is {cluster.status.value}; wait until it is available",
        )


def require_aurora(cloud: Cloud, id: str, what: str) -> AuroraCluster:
    """The Aurora cluster of this id; raise Refused for a Multi-AZ DB cluster, which has no `what`."""
    cluster = cloud.clusters[id]
    if not isinstance(cluster, AuroraCluster):
        raise Refused("InvalidParameterCombination", f"{id} is a {cluster.title}: only Aurora DB clusters have {what}")
    return cluster


def require_instance_available(instance: Instance) -> None:
    """Raise Refused unless the instance is `available`."""
    if instance.status.value != "available":
        raise Refused("InvalidDBInstanceState", f"{instance.id} is {instance.status.value}; wait until it is available")


def require_new_id(cloud: Cloud, id: str) -> None:
    """Raise Refused unless `id` follows AWS's rules for identifiers and is free."""
    if not targets.IDENTIFIER.fullmatch(id):
        raise Refused(
            "InvalidParameterValue",
            f"{id!r} is no identifier: 1 to 63 letters, digits or hyphens, first a letter, no double or last hyphen",
        )
    if kind_of(cloud, id) is not None:
        raise Refused(
            "DBInstanceAlreadyExists", f"{id} is taken: there is already one in this fleet ({kind_of(cloud, id)})"
        )


class FailOverCluster(Operation):
    """Promote a reader of an Aurora cluster or a Multi-AZ DB cluster (RDS `FailoverDBCluster`). RPO 0.

    Target: the reader named, else by promotion tier, class size and a draw (Aurora), or the most recent change record
    (Multi-AZ DB cluster: there RDS ends the writer first and then notices, and on MySQL no target may be named). Writes
    fail until each client has learnt the new address. Refused with InvalidDBClusterStateFault while the cluster
    is not `available` or has no reader that could be promoted. Source: AWS documentation, failover of either.
    """

    name: ClassVar[str] = "rds:failover-db-cluster"
    title: ClassVar[str] = "Fail over"
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    target_db_instance_identifier: str | None = Field(None, alias="to", description="the reader to promote")

    def _chosen(self, cloud: Cloud) -> Instance | None:
        candidates = cloud.clusters[self.target].candidates()
        if self.target_db_instance_identifier is None:
            return candidates[0] if candidates else None
        return next((i for i in candidates if i.id == self.target_db_instance_identifier), None)

    def check(self, cloud: Cloud) -> None:
        cluster, wanted = cloud.clusters[self.target], self.target_db_instance_identifier
        require_available(cluster)
        if cluster.secondary:
            raise Refused(
                "InvalidDBClusterStateFault",
                f"{cluster.id} is a secondary of a global database and has no writer to replace",
            )
        if wanted is not None and not cluster.chooses_target:
            title = cluster.engine.title
            raise Refused("InvalidParameterCombination", f"a {cluster.title} of {title} chooses its reader itself")
        if wanted is not None and wanted not in cluster.instances:
            raise Refused("InvalidDBInstanceState", f"{wanted} is not an instance of {cluster.id}")
        if wanted is not None and cluster.writer is cluster.instances[wanted]:
            raise Refused("InvalidDBClusterStateFault", f"{wanted} is the writer already")
        if self._chosen(cloud) is None:
            what = f"{wanted} is not available" if wanted else f"{cluster.id} has no available reader"
            raise Refused("InvalidDBClusterStateFault", f"{what}: nothing can be promoted")

    def preview(self, cloud: Cloud) -> Preview:
        cluster, chosen = cloud.clusters[self.target], self._chosen(cloud)
        if chosen is None:
            return Preview()
        old = cluster.writer.id if cluster.writer else "nobody"
        preview = Preview(
            tuple(i for i in (old, chosen.id) if i in cluster.instances),
            (cluster.writer_record.id, cluster.reader_record.id),
            users_of(cloud, cluster.instances.values()),
            (
                f"{chosen.id} becomes the writer, {old} a reader",
                f"writes fail for about {cluster.requested_failover_s():.0f} s and until clients learn the address",
                f"nothing is lost: {cluster.why_nothing_is_lost}",
            ),
        )
        return with_writers_restart(cloud, cluster, preview)

    async def run(self, cloud: Cloud) -> None:
        chosen = self._chosen(cloud)
        if chosen is not None:
            await cloud.clusters[self.target].fail_over(chosen)


class RebootInstance(Operation):
    """Restart the engine of an instance (RDS `RebootDBInstance`): RDS-EVENT-0004, then 0006. No failover.

    `force_failover` is for Multi-AZ DB instances, whose standby takes over; others refuse it. On older Aurora versions
    a writer's reboot restarts every reader; a global primary's writer restarts the secondary regions' readers.
    """

    name: ClassVar[str] = "rds:reboot-db-instance"
    title: ClassVar[str] = "Reboot"
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    force_failover: bool = Field(False, description="Multi-AZ DB instances only")

    def check(self, cloud: Cloud) -> None:
        if self.target in cloud.rds:
            rds_checks.check_reboot(cloud.rds[self.target], self.force_failover)
            return
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        if self.force_failover:
            raise Refused(
                "InvalidParameterCombination",
                f"{instance.id} belongs to a DB cluster: use FailoverDBCluster on {cluster.id} instead",
            )
        require_instance_available(instance)
        if not instance.running:
            raise Refused("InvalidDBInstanceState", f"{instance.id} does not run")

    def preview(self, cloud: Cloud) -> Preview:
        if self.target in cloud.rds:
            return rds_checks.preview_reboot(cloud, cloud.rds[self.target], self.force_failover)
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        seconds = cloud.timing(instance.reboot_timing).typical_s
        what = "writes fail meanwhile; there is no failover" if instance is cluster.writer else "its reads move away"
        sentences = (f"down for about {seconds:.0f} s", what)
        preview = Preview((instance.id,), names_of(cluster, instance), users_of(cloud, [instance]), sentences)
        return with_writers_restart(cloud, cluster, preview) if instance is cluster.writer else preview

    async def run(self, cloud: Cloud) -> None:
        if self.target in cloud.rds:
            await rds_checks.reboot(cloud, cloud.rds[self.target], self.force_failover)
            return
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        if instance is cluster.writer:
            cluster.on_writer_restart()
            if cluster.version.readers_restart_with_writer:
                cluster.restart_readers()
        instance.begin(instance.reboot(), "reboot")
        await instance.status.until(cloud.kernel, lambda status: status == "available")


class CreateInstance(Operation):
    """Make a DB instance (RDS `CreateDBInstance`): of an Aurora cluster, or an RDS one in a Region.

    An Aurora cluster's attaches to the shared volume, no data is copied; a cluster without a writer gets its writer
    this way. An RDS DB instance is empty and needs `engine`. Refused beyond 15 readers, for a class that the engine
    does not offer (InvalidParameterValue), and in a zone without capacity (InsufficientDBInstanceCapacity).
    """

    name: ClassVar[str] = "rds:create-db-instance"
    title: ClassVar[str] = "Create an instance"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.HOME

    db_instance_identifier: str = Field(alias="id", description="the new instance's id")
    availability_zone: str | None = Field(None, alias="zone", description="us-east-1b, or b")
    db_instance_class: str | None = Field(None, alias="class", description="Aurora: like the writer's if not given")
    promotion_tier: int = Field(1, alias="tier", ge=0, le=15, description="Aurora: 0 is promoted first")
    engine: str | None = Field(None, description="RDS: mysql, mariadb, postgres, oracle-se2 …")
    allocated_storage: int | None = Field(None, alias="storage", description="RDS: GiB of gp3")
    multi_az: bool = Field(False, alias="multi-az", description="RDS: with a standby in another zone")
    backup_retention_period: int = Field(1, alias="retention", description="RDS: days, 0 to 35; 0 is off")
    kms_key_id: str | None = Field(None, alias="kms-key", description="RDS: encrypts it: a key of the Region; aws/rds")

    def _new_rds(self, cloud: Cloud) -> RdsSpec:
        """The RDS DB instance that is asked for. Raises Refused for one that AWS would not make."""
        return rds_creation.spec_of(
            cloud,
            cloud.places.regions[self.target],
            rds_creation.Wanted(
                self.db_instance_identifier,
                self.engine,
                self.db_instance_class,
                self.availability_zone,
                self.allocated_storage,
                self.multi_az,
                self.backup_retention_period,
                self.kms_key_id,
            ),
        )

    def _zone(self, cloud: Cloud) -> str | None:
        cluster = cloud.clusters[self.target]
        if self.availability_zone is None:
            emptiest = members.emptiest_zone(cluster, cluster.instances.values())
            return emptiest.name if emptiest else None
        full = self.availability_zone
        if full not in cloud.places.zones:
            full = cluster.region.name + self.availability_zone
        return full if full in (zone.name for zone in cluster.region.zones) else None

    def _class(self, cloud: Cloud) -> str:
        cluster = cloud.clusters[self.target]
        if self.db_instance_class is not None:
            return self.db_instance_class
        model = cluster.writer or next(iter(cluster.instances.values()), None)
        if model is not None:
            return model.instance_class.name
        usual = cluster.usual_class if isinstance(cluster, AuroraCluster) else None
        return usual or "db.r6g.large"

    def check(self, cloud: Cloud) -> None:
        if self.target in cloud.places.regions:
            require_new_id(cloud, self.db_instance_identifier)
            self._new_rds(cloud)
            return
        cluster = require_aurora(cloud, self.target, "instances that are added one by one")
        if self.allocated_storage is not None or self.multi_az or self.kms_key_id is not None:
            raise Refused(
                "InvalidParameterCombination",
                f"storage, encryption and availability are the cluster's: an instance of {cluster.id} has none of its "
                "own (leave storage, multi-az and kms-key out)",
            )
        require_available(cluster)
        require_new_id(cloud, self.db_instance_identifier)
        limit = catalog.limit("readers-per-secondary" if cluster.secondary else "aurora-replicas")
        if len(cluster.instances) - (0 if cluster.secondary else 1) >= limit.value:
            raise Refused("InstanceQuotaExceeded", f"{cluster.id}: {limit.sentence}")
        offered = catalog.instance_classes()
        name = self._class(cloud)
        if name not in offered or cluster.spec.engine not in offered[name].engines:
            raise Refused("InvalidParameterValue", f"{cluster.spec.engine} does not offer the class {name}")
        zone = self._zone(cloud)
        if zone is None and self.availability_zone is None:
            raise Refused("InsufficientDBInstanceCapacity", f"no zone of {cluster.region.name} has capacity now: wait")
        if zone is None:
            raise Refused(
                "InvalidParameterValue",
                f"{self.availability_zone} is not a zone of {cluster.region.name} in this fleet",
            )
        require_room(cloud.places.zones[zone])

    def preview(self, cloud: Cloud) -> Preview:
        if self.target in cloud.places.regions:
            return rds_creation.preview(cloud, self._new_rds(cloud))
        cluster = cloud.clusters[self.target]
        minutes = cloud.timing("aurora-instance-create").typical_s / 60
        return Preview(
            (self.db_instance_identifier,),
            (cluster.reader_record.id,),
            (),
            (f"{self._class(cloud)} in {self._zone(cloud)}, ready in about {minutes:.0f} minutes; no data is copied",),
        )

    async def run(self, cloud: Cloud) -> None:
        if self.target in cloud.places.regions:
            rds_creation.begin(cloud, self._new_rds(cloud))
            return
        cluster = cloud.clusters[self.target]
        zone = cloud.places.zones[self._zone(cloud) or cluster.region.zones[0].name]
        id, tier = self.db_instance_identifier, self.promotion_tier
        await members.create(cloud, members.admit(cloud, cluster, id, zone, self._class(cloud), tier))


class DeleteInstance(Operation):
    """Delete an instance (RDS `DeleteDBInstance`). A cluster's data stays in its volume; an RDS DB instance's is gone.

    Deleting the writer makes a reader the writer first. A cluster's deletion protection protects the cluster, not its
    instances. An RDS DB instance stays `deleting` until its final snapshot is made; its automated backups go with it,
    unless they are to be kept until they expire. Refused while the instance is being created or deleted, and while its
    cluster is not available; for an RDS DB instance without either `final-snapshot` or `skip-final-snapshot=true`.
    """

    name: ClassVar[str] = "rds:delete-db-instance"
    title: ClassVar[str] = "Delete an instance"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    skip_final_snapshot: bool = Field(
        False, alias="skip-final-snapshot", description="RDS: true leaves nothing behind but manual snapshots"
    )
    final_db_snapshot_identifier: str | None = Field(None, alias="final-snapshot", description="RDS: its name")
    delete_automated_backups: bool = Field(
        True, alias="delete-automated-backups", description="RDS: false keeps them until they expire"
    )

    def check(self, cloud: Cloud) -> None:
        if self.target in cloud.rds:
            final, skip = self.final_db_snapshot_identifier, self.skip_final_snapshot
            rds_checks.check_delete(cloud, cloud.rds[self.target], final, skip)
            return
        if self.final_db_snapshot_identifier is not None:
            raise Refused(
                "InvalidParameterCombination", f"{self.target} holds no data of its own: snapshot its cluster instead"
            )
        instance = cloud.instances[self.target]
        cluster = require_aurora(cloud, instance.cluster, "instances that are deleted one by one")
        if instance.status.value in ("deleting", "creating"):
            raise Refused("InvalidDBInstanceState", f"{instance.id} is {instance.status.value}")
        require_available(cluster)

    def preview(self, cloud: Cloud) -> Preview:
        if self.target in cloud.rds:
            final, keep = self.final_db_snapshot_identifier, not self.delete_automated_backups
            return rds_checks.preview_delete(cloud, cloud.rds[self.target], final, keep)
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        names = [r.id for r in cluster.records() if instance.id in r.answers.value]
        then = "the data stays in the volume"
        if instance is cluster.writer and len(cluster.instances) > 1:
            then = "it is the writer: a reader is promoted first"
        elif len(cluster.instances) == 1:
            then = "it is the last instance: nobody can reach the data until another one is created"
        preview = Preview((instance.id,), tuple(names), users_of(cloud, [instance]), (then,))
        promotes = instance is cluster.writer and len(cluster.instances) > 1
        return with_writers_restart(cloud, cluster, preview) if promotes else preview

    async def run(self, cloud: Cloud) -> None:
        if self.target in cloud.rds:
            final, keep = self.final_db_snapshot_identifier, not self.delete_automated_backups
            await rds_checks.delete(cloud, cloud.rds[self.target], final, keep)
            return
        await members.delete(cloud, cloud.instances[self.target])
