"""RDS DB instances: AWS's rules for an instance and its standby. Its read replicas are in `replicas`."""

from __future__ import annotations

from opsconsole import catalog

from .backups import check_windows, resolve_retention
from .classes import check_class
from .encryption import encryption_in_doubt, resolve_encryption
from .engines import find_engine, find_release
from .form_rds import RdsTable
from .reading import Scope
from .replicas import resolve_replicas
from .sift import known
from .spec import RdsSpec
from .standby import resolve_standby
from .storage import resolve_storage
from .text import one_of
from .units import format_duration

MONITORING_S = (0, 1, 5, 10, 15, 30, 60)
"""The intervals of Enhanced Monitoring in AWS's service model (`MonitoringInterval`); 0 is off."""


def resolve_rds(ident: str, table: RdsTable, scope: Scope) -> list[RdsSpec]:
    """A DB instance and its read replicas; whatever is wrong is left out and reported."""
    engine = find_engine(known(table.engine), "rds", scope)
    release = find_release(engine, table.engine_version, scope)
    region = scope.region(known(table.region))
    zone = scope.zone(region, known(table.zone), "zone")
    standby = resolve_standby(table.multi_az, table.standby_zone, region, zone, engine, scope)
    check_class(known(table.instance_class), engine, scope, "class")
    storage = resolve_storage(
        table, engine, known(table.storage), scope, max_storage=table.max_storage, data=table.data
    )
    retention = resolve_retention(table.backup_retention, "RDS", catalog.limit("rds-retention-days"), scope)
    kms_key = resolve_encryption(table, region, scope)
    check_windows(table.maintenance_window, table.backup_window, scope)
    if table.enhanced_monitoring not in MONITORING_S:
        wrong = f"Enhanced Monitoring has no interval of {format_duration(table.enhanced_monitoring)}"
        scope.add("enhanced_monitoring", wrong=wrong, right=f"write {one_of(f'{s}s' for s in MONITORING_S)}")
    source = None
    class_name = known(table.instance_class)
    sound = (standby or not table.multi_az) and not encryption_in_doubt(scope)
    if engine and release and region and zone and class_name and storage and sound:
        source = RdsSpec(
            id=ident,
            engine=engine.name,
            engine_version=release.name,
            region=region.id,
            zone=zone,
            multi_az=table.multi_az,
            standby_zone=standby,
            instance_class=class_name,
            storage=storage,
            retention_days=retention,
            backup_window=table.backup_window,
            maintenance_window=table.maintenance_window,
            deletion_protection=table.deletion_protection,
            auto_minor=table.auto_minor_version_upgrade,
            monitoring_interval_s=int(table.enhanced_monitoring),
            performance_insights=table.performance_insights,
            kms_key=kms_key,
        )
    replicas = resolve_replicas(table, source, engine, release, retention, scope)
    return ([] if source is None else [source]) + replicas
