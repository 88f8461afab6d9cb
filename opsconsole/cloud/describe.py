"""Everything of the fleet as AWS's describe-* calls would print it, with botocore's member names."""

from __future__ import annotations

from opsconsole.cloud import aws_view, describe_caches
from opsconsole.cloud.aurora import AuroraCluster, AuroraInstance
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.describe_rds import db_instance
from opsconsole.cloud.describe_scaling import maintenance, scaling
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.names import Record, address

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
ACCOUNT = aws_view.ACCOUNT


def describe(cloud: Cloud, id: str | None = None, truth: bool = True) -> dict[str, Json]:
    """The answer of the describe-* call that shows `id`, or of all of them for the whole fleet.

    Raises KeyError for an id that is nothing AWS could describe.
    """
    if id is None:
        return {
            "DBClusters": [_cluster(cloud, c, truth) for c in cloud.clusters.values()],
            "DBInstances": [
                *(_instance(cloud, i, truth) for i in cloud.instances.values()),
                *(db_instance(cloud, db, truth, ACCOUNT) for db in cloud.rds.values()),
            ],
            "GlobalClusters": [_global(cloud, g, truth) for g in cloud.global_databases.values()],
            **describe_caches.describe_all(cloud, truth),
        }
    if id in cloud.clusters:
        cluster = cloud.clusters[id]
        return {
            "DBClusters": [_cluster(cloud, cluster, truth)],
            "DBClusterEndpoints": [_endpoint(cloud, cluster, r) for r in cluster.records() if r.kind != "instance"],
            **scaling(cloud, id, ACCOUNT),
            **maintenance(cloud, id, _arn(cloud, cluster.region.name, "cluster", id)),
        }
    if id in cloud.rds:
        pending = maintenance(cloud, id, _arn(cloud, cloud.rds[id].region.name, "db", id))
        return {"DBInstances": [db_instance(cloud, cloud.rds[id], truth, ACCOUNT)], **pending}
    if id in cloud.instances:
        instance = cloud.instances[id]
        pending = maintenance(cloud, id, _arn(cloud, instance.zone.region.name, "db", id))
        return {"DBInstances": [_instance(cloud, instance, truth)], **pending}
    if id in cloud.global_databases:
        return {"GlobalClusters": [_global(cloud, cloud.global_databases[id], truth)]}
    if id in cloud.places.zones or id in cloud.places.regions:
        return _zones(cloud, id)
    cache = describe_caches.describe(cloud, id, truth)
    if cache is None:
        raise KeyError(id)
    return cache


def _arn(cloud: Cloud, region: str, kind: str, id: str) -> str:
    return f"arn:aws:rds:{region}:{ACCOUNT}:{kind}:{id}"


def _time(cloud: Cloud, at_us: int) -> str:
    return aws_view.moment(cloud, at_us).isoformat().replace("+00:00", "Z")


def _cluster(cloud: Cloud, cluster: Cluster, truth: bool) -> dict[str, Json]:
    spec = cluster.spec
    members: list[Json] = [
        {
            "DBInstanceIdentifier": i.id,
            "IsClusterWriter": i is cluster.writer,
            "DBClusterParameterGroupStatus": "in-sync",
            "PromotionTier": i.tier,
        }
        for i in cluster.instances.values()
    ]
    database = cloud.global_of(cluster)
    answer: dict[str, Json] = {
        "DBClusterIdentifier": cluster.id,
        "DBClusterArn": _arn(cloud, cluster.region.name, "cluster", cluster.id),
        "Status": aws_view.status(cloud, cluster.status, truth),
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
        **_storage(cluster),
        "BackupRetentionPeriod": cluster.settings.retention_days,
        "DeletionProtection": cluster.settings.deletion_protection,
        "ClusterCreateTime": _time(cloud, 0),
    }
    if isinstance(cluster, MultiAzCluster):
        answer["DBClusterInstanceClass"] = cluster.spec.instance_class
    if isinstance(cluster, AuroraCluster) and cluster.engine.backtrack:
        answer["BacktrackWindow"] = cluster.settings.backtrack_s
    if database is not None:
        answer["GlobalClusterIdentifier"] = database.id
        answer["GlobalWriteForwardingStatus"] = "disabled"
        if cluster is not database.primary:
            answer["ReplicationSourceIdentifier"] = _arn(
                cloud, database.primary.region.name, "cluster", database.primary.id
            )
    return answer


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
        "DBInstanceArn": _arn(cloud, cluster.region.name, "db", instance.id),
        "DBInstanceClass": instance.instance_class.name,
        "DBInstanceStatus": aws_view.status(cloud, instance.status, truth),
        "DBClusterIdentifier": cluster.id,
        "Engine": cluster.spec.engine,
        "EngineVersion": cluster.version.name,
        "AvailabilityZone": instance.zone.name,
        "PromotionTier": instance.tier,
        "MultiAZ": False,
        **_storage(cluster),
        "PubliclyAccessible": False,
        "InstanceCreateTime": _time(cloud, instance.created_us),
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
            _arn(cloud, c.region.name, "cluster", c.id) for c in database.secondaries if cluster is database.primary
        ]
        members.append(
            {
                "DBClusterArn": _arn(cloud, cluster.region.name, "cluster", cluster.id),
                "Readers": others,
                "IsWriter": cluster is database.primary,
                "GlobalWriteForwardingStatus": "disabled",
                "SynchronizationStatus": database.synchronization_status(cluster),
            }
        )
    answer: dict[str, Json] = {
        "GlobalClusterIdentifier": database.id,
        "GlobalClusterArn": f"arn:aws:rds::{ACCOUNT}:global-cluster:{database.id}",
        "Status": aws_view.status(cloud, database.status, truth),
        "Engine": database.primary.spec.engine,
        "EngineVersion": database.primary.version.name,
        "Endpoint": database.endpoint.fqdn,
        "GlobalClusterMembers": members,
    }
    state = aws_view.status(cloud, database.failover_state, truth)
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


def _zones(cloud: Cloud, id: str) -> dict[str, Json]:
    chosen = [zone for zone in cloud.places.zones.values() if id in (zone.name, zone.region.name)]
    return {
        "AvailabilityZones": [
            {
                "ZoneName": zone.name,
                "ZoneId": zone.zone_id,
                "RegionName": zone.region.name,
                "State": "available" if zone.up else "impaired",
            }
            for zone in chosen
        ]
    }


def dig(cloud: Cloud, name: str, app: str | None = None) -> list[str]:
    """How a name resolves now, line by line as `dig` prints it; for an app also what its processes have cached.

    Raises KeyError for a name or an app that does not exist.
    """
    record = cloud.names.find(name)
    if record is None:
        raise KeyError(name)
    lines = [f"; SIMULATED  {record.fqdn}", *_chain(cloud, record)]
    if app is not None:
        lines += _cached(cloud, record, app)
    return lines


def _chain(cloud: Cloud, record: Record) -> list[str]:
    answers = record.answers.value
    if not answers:
        return [f"{record.fqdn}.  {record.ttl_s:g}  IN  (no answer: the endpoint is inactive)"]
    lines: list[str] = []
    for answer in answers:
        if record.own or answer not in cloud.names.records:  # a server, and no other name
            zone = cloud.servers[answer].zone.name
            lines.append(f"{record.fqdn}.  {record.ttl_s:g}  IN  A      {address(cloud.fleet.name, zone, answer)}")
            continue
        onward = cloud.names.records[answer]
        lines.append(f"{record.fqdn}.  {record.ttl_s:g}  IN  CNAME  {onward.fqdn}.")
        lines += _chain(cloud, onward)
    return lines


def _cached(cloud: Cloud, record: Record, app: str) -> list[str]:
    channels = [c for c in cloud.apps[app].channels if c.record is record and c.live]
    if not channels:
        return [f"; {app} does not use this name now"]
    count: dict[str, int] = {}
    for channel in channels:
        key = ", ".join(channel.answer) or "nothing"
        count[key] = count.get(key, 0) + 1
    return [
        f"; {app}: {share * 100 // len(channels)} % of its processes have cached {answer}"
        for answer, share in sorted(count.items())
    ]
