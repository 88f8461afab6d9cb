"""Everything of the fleet as AWS's describe-* calls would print it, with botocore's member names."""

from __future__ import annotations

from opsconsole.cloud import aws_view, cluster_stories, describe_backups, describe_caches, describe_keys
from opsconsole.cloud.aurora import AuroraCluster, AuroraInstance
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.describe_rds import db_instance
from opsconsole.cloud.describe_scaling import maintenance, scaling
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.names import Record
from opsconsole.cloud.tls import CA
from opsconsole.cloud.versions import default_parameter_group

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
ACCOUNT = aws_view.ACCOUNT
PROGRESSES = ("creating", "backing-up", "backtracking")
"""Statuses of a cluster that end at a time which is known."""


def describe(cloud: Cloud, id: str | None = None, truth: bool = True) -> dict[str, Json]:
    """The answer of the describe-* call that shows `id`, or of all of them for the whole fleet.

    Raises KeyError for an id that is nothing AWS could describe.
    """
    if id is None:
        return _everything(cloud, truth)
    snapshot = cloud.snapshots.get(id)  # it may have the name of a thing
    named = [snapshot] if snapshot is not None else []
    answer = {**_thing(cloud, id, truth), **describe_backups.snapshots(cloud, named, truth)}
    if not answer:
        raise KeyError(id)
    return answer


def _everything(cloud: Cloud, truth: bool) -> dict[str, Json]:
    return {
        "DBClusters": [_cluster(cloud, c, truth) for c in cloud.clusters.values()],
        "DBInstances": [
            *(_instance(cloud, i, truth) for i in cloud.instances.values()),
            *(db_instance(cloud, db, truth) for db in cloud.rds.values()),
        ],
        "GlobalClusters": [_global(cloud, g, truth) for g in cloud.global_databases.values()],
        **describe_backups.snapshots(cloud, cloud.snapshots.values(), truth),
        **describe_backups.automated(cloud, cloud.snapshots.archives),
        **describe_keys.listed(cloud),
        **describe_caches.describe_all(cloud, truth),
    }


def _thing(cloud: Cloud, id: str, truth: bool) -> dict[str, Json]:
    """What describes a thing of the fleet; nothing for an id that is none."""
    if id in cloud.clusters:
        cluster = cloud.clusters[id]
        rewinds = describe_backups.backtracks(cloud, cluster, truth) if isinstance(cluster, AuroraCluster) else {}
        return {
            "DBClusters": [_cluster(cloud, cluster, truth)],
            **describe_backups.automated(cloud, [id]),
            **rewinds,
            "DBClusterEndpoints": [_endpoint(cloud, cluster, r) for r in cluster.records() if r.kind != "instance"],
            **scaling(cloud, id, ACCOUNT),
            **maintenance(cloud, id, aws_view.arn(cluster.region.name, "cluster", id)),
        }
    if id in cloud.rds:
        pending = maintenance(cloud, id, aws_view.arn(cloud.rds[id].region.name, "db", id))
        instances: list[Json] = [db_instance(cloud, cloud.rds[id], truth)]
        return {"DBInstances": instances, **describe_backups.automated(cloud, [id]), **pending}
    if id in cloud.instances:
        instance = cloud.instances[id]
        pending = maintenance(cloud, id, aws_view.arn(instance.zone.region.name, "db", id))
        return {"DBInstances": [_instance(cloud, instance, truth)], **pending}
    if id in cloud.global_databases:
        return {"GlobalClusters": [_global(cloud, cloud.global_databases[id], truth)]}
    if id in cloud.places.zones or id in cloud.places.regions:
        return _zones(cloud, id, truth)
    if id in cloud.keys:
        return describe_keys.described(cloud, cloud.keys[id], truth)
    if id in cloud.snapshots.archives:  # of a database that is gone
        return describe_backups.automated(cloud, [id])
    return describe_caches.describe(cloud, id, truth) or {}


def _cluster(cloud: Cloud, cluster: Cluster, truth: bool) -> dict[str, Json]:
    spec, writer = cluster.spec, aws_view.writer_of(cloud, cluster, truth)
    members: list[Json] = [
        {
            "DBInstanceIdentifier": i.id,
            "IsClusterWriter": i is writer,
            "DBClusterParameterGroupStatus": "in-sync",
            "PromotionTier": i.tier,
        }
        for i in cluster.instances.values()
    ]
    database = cloud.global_of(cluster)
    answer: dict[str, Json] = {
        "DBClusterIdentifier": cluster.id,
        "DBClusterArn": aws_view.arn(cluster.region.name, "cluster", cluster.id),
        "Status": aws_view.status(cloud, cluster.region.name, cluster.status, truth),
        "Engine": spec.engine,
        "EngineVersion": cluster.version.name,
        "EngineMode": "provisioned",
        "Endpoint": cluster.writer_record.fqdn,
        "ReaderEndpoint": cluster.reader_record.fqdn,
        "CustomEndpoints": [r.fqdn for r in cluster.custom_records.values()],
        "Port": cluster.engine.port,
        "MultiAZ": len({i.zone.name: None for i in cluster.instances.values()}) > 1,
        "AvailabilityZones": [zone.name for zone in cluster.region.zones],
        "DBClusterMembers": members,
        "DBClusterParameterGroup": default_parameter_group(spec.engine, cluster.version.name),
        **_storage(cluster),
        **describe_keys.encryption(cluster.region.name, spec.kms_key),
        "BackupRetentionPeriod": cluster.settings.retention_days,
        "PreferredBackupWindow": cluster.settings.backup_window,
        "PreferredMaintenanceWindow": cluster.settings.maintenance_window,
        **describe_backups.restorable(cloud, cluster.archive),
        "DeletionProtection": cluster.settings.deletion_protection,
        "ClusterCreateTime": aws_view.written(cloud, aws_view.born_us(cluster.created_us)),
        **_progress(cluster),
    }
    if isinstance(cluster, MultiAzCluster):
        answer["DBClusterInstanceClass"] = cluster.spec.instance_class
    if isinstance(cluster, AuroraCluster):
        if cluster.engine.backtrack:
            answer.update(describe_backups.backtrack_window(cloud, cluster))
        answer.update(_clone_group(cloud, cluster))
    if database is not None:
        answer["GlobalClusterIdentifier"] = database.id
        answer["GlobalWriteForwardingStatus"] = "disabled"
        if cluster is not database.primary:
            answer["ReplicationSourceIdentifier"] = aws_view.arn(
                database.primary.region.name, "cluster", database.primary.id
            )
    return answer


def _progress(cluster: Cluster) -> dict[str, Json]:
    """How far it is with what its status says that is done to it."""
    began_us, ends_us = cluster.status.changed_us, cluster.busy_until_us
    if ends_us is None or ends_us <= began_us or cluster.status.value not in PROGRESSES:
        return {}
    return {"PercentProgress": str(min(100, (cluster.world.now_us - began_us) * 100 // (ends_us - began_us)))}


def _clone_group(cloud: Cloud, cluster: AuroraCluster) -> dict[str, Json]:
    """Clusters that share pages are of one group: the clone, and what it was cloned from."""
    first = cluster
    while first.cloned_from is not None:
        first = cloud.aurora[first.cloned_from]
    if first is cluster and not cluster_stories.clones_of(cloud, cluster.id):
        return {}
    return {"CloneGroupId": f"{first.id}-{cloud.account_hash(first.region.name)}"}


def _storage(cluster: Cluster) -> dict[str, Json]:
    """What is allocated: of Aurora's volume AWS always says 1 GiB."""
    if not isinstance(cluster, MultiAzCluster):
        return {"AllocatedStorage": 1, "StorageType": "aurora"}
    disk = cluster.storage.disk
    now = disk.allocation
    throughput = now.row.throughput_mibps(now.gib, disk.engine, now.iops, now.throughput_mibps)
    return {
        "AllocatedStorage": now.gib,
        "StorageType": now.type,
        "Iops": disk.iops,
        "StorageThroughput": throughput,
    }


def _instance(cloud: Cloud, instance: Instance, truth: bool) -> dict[str, Json]:
    cluster = cloud.clusters[instance.cluster]
    answer: dict[str, Json] = {
        "DBInstanceIdentifier": instance.id,
        "DBInstanceArn": aws_view.arn(cluster.region.name, "db", instance.id),
        "DBInstanceClass": instance.instance_class.name,
        "DBInstanceStatus": aws_view.status(cloud, cluster.region.name, instance.status, truth),
        "DBClusterIdentifier": cluster.id,
        "Engine": cluster.spec.engine,
        "EngineVersion": cluster.version.name,
        "AvailabilityZone": instance.zone.name,
        "PromotionTier": instance.tier,
        "MultiAZ": False,
        **_storage(cluster),
        "PubliclyAccessible": False,
        **describe_keys.encryption(cluster.region.name, cluster.spec.kms_key),
        "CACertificateIdentifier": CA,
        "InstanceCreateTime": aws_view.written(cloud, aws_view.born_us(instance.created_us)),
        "PendingModifiedValues": _pending(instance),
        "TagList": [{"Key": key, "Value": value} for key, value in sorted(instance.tags.items())],
    }
    if instance.record is not None:
        answer["Endpoint"] = {"Address": instance.record.fqdn, "Port": cluster.engine.port}
    return answer


def _pending(instance: Instance) -> dict[str, Json]:
    pending = instance.pending_class if isinstance(instance, AuroraInstance) else None
    return {} if pending is None else {"DBInstanceClass": pending}


def _global(cloud: Cloud, database: GlobalDatabase, truth: bool) -> dict[str, Json]:
    members: list[Json] = []
    for cluster in database.members():
        others: list[Json] = [
            aws_view.arn(c.region.name, "cluster", c.id) for c in database.secondaries if cluster is database.primary
        ]
        members.append(
            {
                "DBClusterArn": aws_view.arn(cluster.region.name, "cluster", cluster.id),
                "Readers": others,
                "IsWriter": cluster is database.primary,
                "GlobalWriteForwardingStatus": "disabled",
                "SynchronizationStatus": database.synchronization_status(cluster),
            }
        )
    answer: dict[str, Json] = {
        "GlobalClusterIdentifier": database.id,
        "GlobalClusterArn": f"arn:aws:rds::{ACCOUNT}:global-cluster:{database.id}",
        "Status": aws_view.status(cloud, database.primary.region.name, database.status, truth),
        "Engine": database.primary.spec.engine,
        "EngineVersion": database.primary.version.name,
        "Endpoint": database.endpoint.fqdn,
        "GlobalClusterMembers": members,
    }
    state = aws_view.status(cloud, database.primary.region.name, database.failover_state, truth)
    if state:
        answer["FailoverState"] = {"Status": state, "IsDataLossAllowed": state == "failing-over"}
    return answer


def _endpoint_status(cloud: Cloud, cluster: Cluster, record: Record) -> str:
    if record.kind == "custom" and record.id.partition(".")[2] in cluster.creating_endpoints:
        return "creating"
    return "available" if cloud.names.resolve(record) else "inactive"


def _endpoint(cloud: Cloud, cluster: Cluster, record: Record) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "DBClusterIdentifier": cluster.id,
        "Endpoint": record.fqdn,
        "EndpointType": record.kind.upper(),
        "Status": _endpoint_status(cloud, cluster, record),
    }
    if record.kind == "custom":
        spec = cluster.custom[record.id.partition(".")[2]]
        answer["DBClusterEndpointIdentifier"] = spec.id
        answer["CustomEndpointType"] = spec.type
        answer["StaticMembers"] = list(spec.members)
        answer["ExcludedMembers"] = list(spec.excluded)
    return answer


def _zones(cloud: Cloud, id: str, truth: bool) -> dict[str, Json]:
    chosen = [zone for zone in cloud.places.zones.values() if id in (zone.name, zone.region.name)]
    return {
        "AvailabilityZones": [
            {
                "ZoneName": zone.name,
                "ZoneId": zone.zone_id,
                "RegionName": zone.region.name,
                "State": "impaired" if aws_view.is_impaired(cloud, zone, truth) else "available",
            }
            for zone in chosen
        ]
    }
