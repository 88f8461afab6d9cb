"""The settings of an RDS DB instance, and the changes of them that are in force at once and interrupt nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import rds_backups
from opsconsole.cloud.parameters import requires_tls
from opsconsole.cloud.rds_work import busy
from opsconsole.cloud.versions import default_parameter_group
from opsconsole.fleet import RdsSpec

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

Value = str | int | bool


@dataclass
class Settings:
    """What ModifyDBInstance may change beside class, storage and Multi-AZ."""

    engine_version: str
    retention_days: int
    backup_window: str
    maintenance_window: str
    deletion_protection: bool
    auto_minor: bool
    monitoring_interval_s: int
    performance_insights: bool
    parameter_group: str
    parameter_status: str = "in-sync"
    port: int = 0
    tls_required: bool = False  # as it is in force, whatever the parameter group says by now
    option: str = ""

    @classmethod
    def of(cls, spec: RdsSpec, port: int) -> Settings:
        """As the fleet has them."""
        return cls(
            spec.engine_version,
            spec.retention_days,
            spec.backup_window,
            spec.maintenance_window,
            spec.deletion_protection,
            spec.auto_minor,
            spec.monitoring_interval_s,
            spec.performance_insights,
            default_parameter_group(spec.engine, spec.engine_version),
            port=port,
            tls_required=requires_tls(catalog.engine(spec.engine), spec.engine_version),
            option=spec.option,
        )


def now_in_force(db: DbInstance) -> dict[str, Value]:
    """What each change but those of storage would change."""
    settings = db.settings
    return {
        "auto-minor-version-upgrade": settings.auto_minor,
        "backup-retention-period": settings.retention_days,
        "backup-window": settings.backup_window,
        "db-instance-class": db.instance_class.name,
        "db-port-number": settings.port,
        "deletion-protection": settings.deletion_protection,
        "engine-version": settings.engine_version,
        "maintenance-window": settings.maintenance_window,
        "max-allocated-storage": db.disk.max_gib,
        "monitoring-interval": settings.monitoring_interval_s,
        "multi-az": db.multi_az,
        "new-db-instance-identifier": db.id,
        "option-group": settings.option,
        "parameter-group": settings.parameter_group,
        "performance-insights": settings.performance_insights,
    }


async def _set_monitoring(db: DbInstance, value: Value) -> None:
    db.set_status("configuring-enhanced-monitoring")
    await busy(db, "rds-modify")
    db.settings.monitoring_interval_s = int(value)
    db.world.log.aws(db.world.now_us, db.id, "0078", number=str(value))
    db.settle()


async def _set_parameter_group(db: DbInstance, value: Value) -> None:
    """Its name is in force at once, its static parameters at the next reboot: RDS-EVENT-0011, then 0092."""
    db.settings.parameter_group, db.settings.parameter_status = str(value), "applying"
    db.world.log.aws(db.world.now_us, db.id, "0011", name=str(value))
    db.set_status("modifying")
    await busy(db, "rds-modify")
    db.settings.parameter_status = "pending-reboot"
    db.world.log.aws(db.world.now_us, db.id, "0092")
    db.settle()


async def _set_password(db: DbInstance, value: Value) -> None:
    db.set_status("resetting-master-credentials")
    await busy(db, "rds-modify")
    db.world.log.aws(db.world.now_us, db.id, "0016", source_type="db-instance")
    db.settle()


async def _set_insights(db: DbInstance, value: Value) -> None:
    db.set_status("modifying")
    await busy(db, "rds-modify")
    db.settings.performance_insights = bool(value)
    db.settle()


async def _set_protection(db: DbInstance, value: Value) -> None:
    db.settings.deletion_protection = bool(value)


async def _set_auto_minor(db: DbInstance, value: Value) -> None:
    db.settings.auto_minor = bool(value)
    db.on_window_change()


async def _set_backup_window(db: DbInstance, value: Value) -> None:
    db.settings.backup_window = str(value)
    rds_backups.schedule(db)


async def _set_maintenance_window(db: DbInstance, value: Value) -> None:
    """What waits for the window waits for the new one: a window that is moved to now begins now."""
    db.settings.maintenance_window = str(value)
    db.on_window_change()


async def _set_max_storage(db: DbInstance, value: Value) -> None:
    db.disk.max_gib = int(value)
    db.watch.limit_changed()


SETTINGS: dict[str, Callable[[DbInstance, Value], Awaitable[None]]] = {
    "auto-minor-version-upgrade": _set_auto_minor,
    "backup-window": _set_backup_window,
    "deletion-protection": _set_protection,
    "maintenance-window": _set_maintenance_window,
    "master-user-password": _set_password,
    "max-allocated-storage": _set_max_storage,
    "monitoring-interval": _set_monitoring,
    "parameter-group": _set_parameter_group,
    "performance-insights": _set_insights,
}
