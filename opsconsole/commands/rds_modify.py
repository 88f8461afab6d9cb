"""ModifyDBInstance: what may be changed of a DB instance, when it is applied, and what it costs.

What a change does comes from the catalog's table of modifications, so the preview, the pending values and the story
say the same.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, rds_stories
from opsconsole.cloud.calendar import next_begin_us, window_of
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_stories import STORAGE, Value
from opsconsole.commands import aurora_modify
from opsconsole.commands.base import Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.rds_checks import AFTER_CHANGE, apps_of, require_status
from opsconsole.commands.targets import TargetKind


class ModifyInstance(Operation):
    """Change a DB instance (RDS `ModifyDBInstance`): an RDS one, or the class or tier of an Aurora cluster's instance.

    Without `apply-immediately` what causes an outage waits for the maintenance window (PendingModifiedValues); with it
    everything that is pending is applied, not only what is asked for now. Storage only grows, by 10 % at least, and
    then not again for six hours. `opsconsole catalog modifications` tells what each change does. Source: AWS
    documentation, Modifying an Amazon RDS DB instance.
    """

    name: ClassVar[str] = "rds:modify-db-instance"
    title: ClassVar[str] = "Modify"
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    db_instance_class: str | None = Field(None, alias="class", description="an outage, or a failover in Multi-AZ")
    allocated_storage: int | None = Field(None, alias="storage", description="GiB; no outage, then optimization")
    storage_type: Literal["gp2", "gp3", "io1", "io2"] | None = Field(None, alias="storage-type")
    iops: int | None = Field(None, description="provisioned IOPS")
    storage_throughput: int | None = Field(None, alias="throughput", description="MiB/s, gp3 only")
    max_allocated_storage: int | None = Field(None, alias="max-storage", description="GiB; 0 is off")
    multi_az: bool | None = Field(None, alias="multi-az", description="add or remove the standby; no outage")
    backup_retention_period: int | None = Field(None, alias="retention", description="days, 0 to 35; 0 is off")
    engine_version: str | None = Field(None, alias="version", description="an outage, on both hosts at once")
    db_port_number: int | None = Field(None, alias="port", ge=1150, le=65535, description="restarts at once")
    db_parameter_group_name: str | None = Field(None, alias="parameter-group", description="static ones need a reboot")
    monitoring_interval: int | None = Field(None, alias="monitoring", description="seconds; 0 is off")
    enable_performance_insights: bool | None = Field(None, alias="insights")
    deletion_protection: bool | None = Field(None, alias="protection")
    preferred_backup_window: str | None = Field(None, alias="backup-window", description="03:00-03:30, UTC")
    preferred_maintenance_window: str | None = Field(
        None, alias="maintenance-window", description="sun:05:00-sun:05:30, UTC"
    )
    promotion_tier: int | None = Field(None, alias="tier", description="Aurora: 0 is promoted first")
    apply_immediately: bool = Field(False, alias="apply-immediately", description="now, with all that is pending")

    def values(self) -> dict[str, Value]:
        """What is asked for, by the names of the catalog's modifications."""
        given = self.model_dump(exclude={"target", "apply_immediately"}, exclude_none=True)
        return {MODIFICATIONS[name]: value for name, value in given.items()}

    def check(self, cloud: Cloud) -> None:
        if self.target in cloud.instances:
            aurora_modify.check(cloud, self.target, self.values(), self.apply_immediately)
            return
        if self.promotion_tier is not None:
            raise Refused("InvalidParameterCombination", f"{self.target} is in no Aurora cluster: it has no tier")
        db, values = cloud.rds[self.target], self.values()
        statuses: tuple[str, ...] = AFTER_CHANGE
        if any(name in STORAGE for name in values):
            statuses = (*AFTER_CHANGE, "storage-full")
        require_status(db, *statuses)
        if not values and not (self.apply_immediately and db.pending):
            raise Refused("InvalidParameterCombination", "no modification was asked for, and none is pending")
        if any(name in STORAGE for name in values):
            _check_storage(db, values)
        self._check_class(db)
        self._check_engine(db)
        self._check_rest(db)

    def _check_class(self, db: DbInstance) -> None:
        name = self.db_instance_class
        classes = catalog.instance_classes()
        if name is not None and (name not in classes or db.engine.name not in classes[name].engines):
            raise Refused("InvalidParameterValue", f"{db.engine.title} does not offer the class {name}")

    def _check_engine(self, db: DbInstance) -> None:
        version = self.engine_version
        if version is None:
            return
        versions = db.engine.versions
        if version not in versions:
            raise Refused("InvalidParameterCombination", f"{db.engine.title} has no version {version} here")
        if versions.index(version) <= versions.index(db.settings.engine_version):
            raise Refused("InvalidParameterCombination", f"{db.id} has {db.settings.engine_version}: no way back")

    def _check_rest(self, db: DbInstance) -> None:
        days, limit = self.backup_retention_period, catalog.limit("rds-retention-days")
        if days is not None and not limit.allows(days):
            raise Refused("InvalidParameterValue", limit.sentence)
        if days == 0 and db.replicas():
            raise Refused("InvalidParameterCombination", f"{db.id} has read replicas and needs its automated backups")
        if self.multi_az and not db.engine.multi_az:
            raise Refused("InvalidParameterCombination", f"{db.engine.title} has no Multi-AZ deployment")
        if self.max_allocated_storage:
            least = db.disk.allocation.gib * 110 // 100
            if self.max_allocated_storage < least:
                raise Refused("InvalidParameterCombination", f"the maximum storage threshold is {least} GiB or more")
        if self.monitoring_interval is not None and self.monitoring_interval not in (0, 1, 5, 10, 15, 30, 60):
            raise Refused("InvalidParameterValue", "Enhanced Monitoring takes 0, 1, 5, 10, 15, 30 or 60 seconds")
        backup, maintenance = db.settings.backup_window, db.settings.maintenance_window
        backup, maintenance = self.preferred_backup_window or backup, self.preferred_maintenance_window or maintenance
        try:
            overlap = window_of(backup).overlaps(window_of(maintenance))
        except ValueError as bad:
            raise Refused("InvalidParameterValue", str(bad)) from None
        if overlap:
            raise Refused("InvalidParameterCombination", "the backup window and the maintenance window overlap")

    def preview(self, cloud: Cloud) -> Preview:
        if self.target in cloud.instances:
            return aurora_modify.preview(cloud, self.target, self.values(), self.apply_immediately)
        if self.promotion_tier is not None:  # only Aurora has one: it is refused
            return Preview()
        db, values = cloud.rds[self.target], self.values()
        pending = dict(db.pending) if self.apply_immediately else {}
        sentences = []
        for name in dict.fromkeys((*values, *pending)):
            row = catalog.modification(name)
            effect = row.multi_az_effect if db.multi_az and row.multi_az_effect else OUTAGES.get(row.outage, row.outage)
            sentences.append(f"{row.title}: {effect}")
        waits = [name for name in values if not rds_stories.is_prompt(name)]
        if waits and not self.apply_immediately:
            due = next_begin_us(cloud.fleet.start, cloud.now_us, db.settings.maintenance_window)
            hours = (due - cloud.now_us) / 3.6e9
            sentences.append(f"waits for the maintenance window {db.settings.maintenance_window}, in {hours:.1f} h")
        return Preview((db.id,), (db.id,), apps_of(cloud, db), tuple(sentences))

    async def run(self, cloud: Cloud) -> None:
        if self.target in cloud.instances:
            await aurora_modify.run(cloud, self.target, self.values(), self.apply_immediately)
            return
        db = cloud.rds[self.target]
        rds_stories.begin(db, rds_stories.modify(db, self.values(), self.apply_immediately), "modification")


OUTAGES = {"none": "no outage", "brief": "a brief outage"}

MODIFICATIONS = {
    "db_instance_class": "db-instance-class",
    "allocated_storage": "allocated-storage",
    "storage_type": "storage-type",
    "iops": "iops",
    "storage_throughput": "storage-throughput",
    "max_allocated_storage": "max-allocated-storage",
    "multi_az": "multi-az",
    "backup_retention_period": "backup-retention-period",
    "engine_version": "engine-version",
    "db_port_number": "db-port-number",
    "db_parameter_group_name": "parameter-group",
    "monitoring_interval": "monitoring-interval",
    "enable_performance_insights": "performance-insights",
    "deletion_protection": "deletion-protection",
    "preferred_backup_window": "backup-window",
    "preferred_maintenance_window": "maintenance-window",
    "promotion_tier": "promotion-tier",
}
"""Fields of the command, and the rows of the catalog that say what they do."""


def _check_storage(db: DbInstance, values: dict[str, Value]) -> None:
    """AWS's rules for a change of storage."""
    locked = db.watch.locked_until_us()
    if locked is not None:
        hours = catalog.limit("storage-lock-hours").value
        left = max(0.0, (locked - db.world.now_us) / 60e6)
        raise Refused(
            "InvalidParameterCombination",
            f"the storage of {db.id} was modified less than {hours} hours ago or is being optimized: "
            f"it may be modified again in {left:.0f} minutes",
        )
    now, wanted = db.disk.allocation, rds_stories.wanted_storage(db, values)
    least = -(-now.gib * (100 + (catalog.limit("storage-growth-percent").minimum or 0)) // 100)
    if wanted.gib != now.gib and wanted.gib < least:
        raise Refused("InvalidParameterCombination", f"storage only grows, by 10 % at least: {least} GiB or more")
    refusal = wanted.row.refusal(wanted.gib, db.spec.engine, wanted.iops, wanted.throughput_mibps)
    if refusal:
        raise Refused("InvalidParameterCombination", refusal)
    if wanted == now:
        raise Refused("InvalidParameterCombination", f"{db.id} has that storage already")
