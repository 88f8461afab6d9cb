"""ModifyDBInstance: what may be changed of a DB instance, when it is applied, and what it costs.

What a change does comes from the catalog's table of modifications, so the preview, the pending values and the story
say the same.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole.cloud import Cloud, Refused, rds_changes, rds_work
from opsconsole.cloud.calendar import next_begin_us
from opsconsole.cloud.rds_settings import Value
from opsconsole.commands import aurora_modify
from opsconsole.commands import rds_modify_rules as rules
from opsconsole.commands.base import Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.rds_checks import apps_of
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import format_duration


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
    storage_type: Literal["gp2", "gp3", "io1", "io2"] | None = Field(
        None, alias="storage-type", description="no outage, but a brief one from magnetic"
    )
    iops: int | None = Field(None, description="provisioned IOPS")
    storage_throughput: int | None = Field(None, alias="throughput", description="MiB/s, gp3 only")
    max_allocated_storage: int | None = Field(None, alias="max-storage", description="GiB; 0 is off")
    multi_az: bool | None = Field(None, alias="multi-az", description="add or remove the standby; no outage")
    backup_retention_period: int | None = Field(None, alias="retention", description="days, 0 to 35; 0 is off")
    engine_version: str | None = Field(None, alias="version", description="an outage, on both hosts at once")
    db_port_number: int | None = Field(None, alias="port", description="1150 to 65535; restarts at once")
    db_parameter_group_name: str | None = Field(None, alias="parameter-group", description="static ones need a reboot")
    option: Literal["TDE", "TDE_HSM"] | None = Field(
        None,
        description="an option group with it: TDE on Oracle and SQL Server, keys in a CloudHSM on Oracle; for good",
    )
    monitoring_interval: int | None = Field(None, alias="monitoring", description="seconds; 0 is off")
    enable_performance_insights: bool | None = Field(None, alias="insights", description="Performance Insights")
    deletion_protection: bool | None = Field(None, alias="protection", description="against deletion")
    preferred_backup_window: str | None = Field(None, alias="backup-window", description="03:00-03:30, UTC")
    preferred_maintenance_window: str | None = Field(
        None, alias="maintenance-window", description="sun:05:00-sun:05:30, UTC"
    )
    auto_minor_version_upgrade: bool | None = Field(
        None, alias="auto-minor", description="upgraded in the maintenance window"
    )
    master_user_password: Literal["new"] | None = Field(
        None, alias="password", description="new: another one; the simulator keeps none"
    )
    new_db_instance_identifier: str | None = Field(None, alias="new-id", description="restarts; the endpoint changes")
    allow_major_version_upgrade: bool = Field(False, alias="allow-major", description="needed for a major version")
    promotion_tier: int | None = Field(None, alias="tier", description="Aurora: 0 is promoted first")
    apply_immediately: bool = Field(False, alias="apply-immediately", description="now, with all that is pending")

    def values(self) -> dict[str, Value]:
        """What is asked for, by the names of the catalog's modifications."""
        given = self.model_dump(
            exclude={"target", "apply_immediately", "allow_major_version_upgrade"}, exclude_none=True
        )
        return {MODIFICATIONS[name]: value for name, value in given.items()}

    def check(self, cloud: Cloud) -> None:
        if self.target in cloud.instances:
            aurora_modify.check(cloud, self.target, self.values(), self.apply_immediately)
            return
        if self.promotion_tier is not None:
            raise Refused("InvalidParameterCombination", f"{self.target} is in no Aurora cluster: it has no tier")
        db = cloud.rds[self.target]
        rules.check(cloud, db, self.values(), self.apply_immediately, self.allow_major_version_upgrade)

    def preview(self, cloud: Cloud) -> Preview:
        if self.target in cloud.instances:
            return aurora_modify.preview(cloud, self.target, self.values(), self.apply_immediately)
        if self.promotion_tier is not None:
            return Preview()
        db = cloud.rds[self.target]
        values = rds_changes.changed(db, self.values())
        pending = {name: value for name, value in db.pending.items() if name not in values}
        if not self.apply_immediately:
            pending = {}
        sentences = [rules.effect(cloud, db, name, value) for name, value in (*values.items(), *pending.items())]
        waits = [name for name, value in values.items() if not rds_changes.is_prompt(db, name, value)]
        if waits and not self.apply_immediately:
            due = next_begin_us(cloud.fleet.start, cloud.now_us, db.settings.maintenance_window)
            wait = format_duration((due - cloud.now_us) // 60_000_000 * 60)
            sentences.append(f"waits for the maintenance window {db.settings.maintenance_window}, in {wait}")
        elif pending:
            sentences.append(f"apply-immediately takes everything along that is pending: {', '.join(pending)}")
        return Preview((db.id,), (db.id,), apps_of(cloud, db), tuple(sentences))

    async def run(self, cloud: Cloud) -> None:
        if self.target in cloud.instances:
            await aurora_modify.run(cloud, self.target, self.values(), self.apply_immediately)
            return
        db = cloud.rds[self.target]
        rds_work.begin(db, rds_changes.modify(db, self.values(), self.apply_immediately), "modification")


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
    "option": "option-group",
    "monitoring_interval": "monitoring-interval",
    "enable_performance_insights": "performance-insights",
    "deletion_protection": "deletion-protection",
    "preferred_backup_window": "backup-window",
    "preferred_maintenance_window": "maintenance-window",
    "auto_minor_version_upgrade": "auto-minor-version-upgrade",
    "master_user_password": "master-user-password",
    "new_db_instance_identifier": "new-db-instance-identifier",
    "promotion_tier": "promotion-tier",
}
"""Fields of the command, and the rows of the catalog that say what they do."""
