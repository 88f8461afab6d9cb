"""What the fleet and the catalog have to offer as the value of a command's field; a typed line may say anything.

By the field's own name in its model, which is AWS's, and what its command is aimed at.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.commands import Command, TargetKind
from opsconsole.fleet import AWS_MANAGED_KEY
from opsconsole.fleet.rds import MONITORING_S


def offers(cloud: Cloud, model: type[Command], target: str, name: str) -> tuple[str, ...]:
    """The values that fit a field now; empty where anything may be written."""
    if model.takes is TargetKind.GLOBAL and target in cloud.global_databases:
        return _of_global(cloud, target, name)
    if model.takes is TargetKind.APP and name == "endpoint":
        return tuple(record.id for record in cloud.names.records.values() if record.id not in _cache_names(cloud))
    if name == "kms_key_id":
        return (AWS_MANAGED_KEY, *cloud.keys)
    if model.takes in (TargetKind.SNAPSHOT, TargetKind.CLUSTER_SNAPSHOT):
        return _of_snapshot(cloud, target, name)
    if target in cloud.places.regions and not (model.name == "rds:create-db-cluster" and name == "engine"):
        return _of_region(cloud, target, name)
    if model.takes is TargetKind.MAINTAINED and name == "apply_action":
        return tuple(pending.work.action for pending in cloud.maintenance.of(target))
    if target in cloud.clusters:
        return _of_cluster(cloud, model, target, name)
    if target in cloud.instances and name == "db_instance_class":
        return _classes(cloud.instances[target].home.spec.engine)
    if target in cloud.rds:
        return _of_db(cloud, target, name)
    return _of_cache(cloud, model, target, name) if target in cloud.caches else ()


def _of_snapshot(cloud: Cloud, target: str, name: str) -> tuple[str, ...]:
    snapshot = cloud.snapshots.get(target)
    if snapshot is None:
        return ()
    match name:
        case "region":
            return tuple(cloud.places.regions)
        case "availability_zone":
            return tuple(zone.name for zone in cloud.places.regions[snapshot.region].zones)
        case "db_instance_class":
            return _classes(snapshot.picture.engine)
        case _:
            return ()


def _of_region(cloud: Cloud, target: str, name: str) -> tuple[str, ...]:
    match name:
        case "availability_zone":
            return tuple(zone.name for zone in cloud.places.regions[target].zones)
        case "engine":
            return tuple(row.name for row in catalog.engines().values() if row.family == "rds")
        case _:
            return ()


def _cache_names(cloud: Cloud) -> set[str]:
    return {record.id for group in cloud.caches.values() for record in group.records()}


def _classes(engine: str) -> tuple[str, ...]:
    return tuple(id for id, row in catalog.instance_classes().items() if engine in row.engines)


def _of_global(cloud: Cloud, target: str, name: str) -> tuple[str, ...]:
    if name in ("target_db_cluster_identifier", "db_cluster_identifier"):
        return tuple(cluster.id for cluster in cloud.global_databases[target].secondaries)
    return ()


def _of_cluster(cloud: Cloud, model: type[Command], target: str, name: str) -> tuple[str, ...]:
    cluster = cloud.clusters[target]
    match name:
        case "target_db_instance_identifier":
            return tuple(instance.id for instance in cluster.readers())
        case "availability_zone" | "zone":
            return tuple(zone.name for zone in cluster.region.zones)
        case "db_instance_class":
            return _classes(cluster.spec.engine)
        case "endpoint" if model.name == "rds:delete-db-cluster-endpoint":
            return tuple(cluster.custom)
        case "policy_name" if model.name == "application-autoscaling:delete-scaling-policy":
            return tuple(cloud.autoscaling[target].trackers) if target in cloud.autoscaling else ()
        case _:
            return ()


def _of_db(cloud: Cloud, target: str, name: str) -> tuple[str, ...]:
    db = cloud.rds[target]
    match name:
        case "availability_zone":
            return tuple(zone.name for zone in cloud.places.zones.values())
        case "db_instance_class":
            return _classes(db.spec.engine)
        case "engine_version":
            return tuple(release.name for release in db.engine.releases)
        case "monitoring_interval":
            return tuple(str(seconds) for seconds in MONITORING_S)
        case _:
            return ()


def _of_cache(cloud: Cloud, model: type[Command], target: str, name: str) -> tuple[str, ...]:
    group = cloud.caches[target]
    match name:
        case "cache_cluster_id":
            return tuple(group.nodes)
        case "primary_cluster_id" | "replicas_to_remove":
            return tuple(id for id, node in group.nodes.items() if group.role(node) == "replica")
        case "node_group_id" | "node_groups_to_remove":
            return tuple(group.shards)
        case "cache_node_ids_to_remove":
            return tuple(node.number for node in group.nodes.values())
        case "cache_node_type":
            return tuple(id for id, row in catalog.cache_node_types().items() if group.spec.engine in row.engines)
        case "maxmemory_policy":
            return tuple(catalog.cache_policies())
        case _:
            return ()
