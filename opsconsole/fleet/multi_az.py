"""Multi-AZ DB clusters: a writer and two readable standbys, one instance in each of three zones."""

from __future__ import annotations

from opsconsole import catalog

from .backups import check_windows, resolve_retention
from .classes import check_class
from .encryption import resolve_encryption
from .engines import find_engine, find_release
from .form_rds import MultiAzClusterTable
from .naming import CLUSTER_INSTANCES, cluster_instance_ids
from .reading import Scope
from .sift import known
from .spec import InstanceSpec, MultiAzClusterSpec
from .storage import resolve_storage
from .text import one_of


def resolve_multi_az_cluster(ident: str, table: MultiAzClusterTable, scope: Scope) -> MultiAzClusterSpec | None:
    """One cluster; None if anything that it needs is wrong. Its writer starts in the Region's first zone."""
    engine = find_engine(known(table.engine), "rds", scope)
    if engine is not None and not engine.multi_az_cluster:
        able = [row.name for row in catalog.engines().values() if row.multi_az_cluster]
        wrong = f"{engine.title} has no Multi-AZ DB clusters"
        scope.add("engine", wrong=wrong, right=f"write {one_of(able)}, or make it [rds.…] with multi_az = true")
        engine = None
    release = find_release(engine, table.engine_version, scope)
    region = scope.region(known(table.region))
    class_name = known(table.instance_class)
    check_class(class_name, engine, scope, "class")
    storage = resolve_storage(table, engine, known(table.storage), scope, data=table.data, cluster=True)
    limit = catalog.limit("multi-az-cluster-retention-days")
    retention = resolve_retention(table.backup_retention, "a Multi-AZ DB cluster", limit, scope)
    kms_key = resolve_encryption(table, region, scope)
    check_windows(table.maintenance_window, table.backup_window, scope)
    if engine is None or release is None or region is None or class_name is None or storage is None:
        return None
    zones = region.zones[:CLUSTER_INSTANCES]
    names = cluster_instance_ids(ident)
    return MultiAzClusterSpec(
        id=ident,
        engine=engine.name,
        engine_version=release.name,
        region=region.id,
        instance_class=class_name,
        storage=storage,
        retention_days=retention,
        deletion_protection=table.deletion_protection,
        instances=tuple(InstanceSpec(name, zone, class_name) for name, zone in zip(names, zones, strict=True)),
        backup_window=table.backup_window,
        maintenance_window=table.maintenance_window,
        kms_key=kms_key,
    )
