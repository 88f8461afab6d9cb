"""Caches as ElastiCache's describe-* calls would print them, with botocore's member names."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.aws_view import ACCOUNT
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.cache_snapshots import CacheSnapshot
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.names import Record

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def describe_all(cloud: Cloud, truth: bool) -> dict[str, Json]:
    """Every cache, node and snapshot, by the call that shows it; calls that would show nothing are left out."""
    groups = cloud.caches.values()
    found: dict[str, Json] = {
        "ReplicationGroups": [_group(cloud, group, truth) for group in groups if group.replicated],
        "CacheClusters": [cluster for group in groups for cluster in _clusters(cloud, group, truth)],
        "Snapshots": [_snapshot(cloud, snapshot, truth) for snapshot in cloud.cache_snapshots.values()],
    }
    return {call: answer for call, answer in found.items() if answer}


def describe(cloud: Cloud, id: str, truth: bool) -> dict[str, Json] | None:
    """The answers about a cache, a node or a snapshot; None if the id is none of them."""
    if id in cloud.caches:
        group = cloud.caches[id]
        clusters = _clusters(cloud, group, truth)
        return {"ReplicationGroups": [_group(cloud, group, truth)]} if group.replicated else {"CacheClusters": clusters}
    if id in cloud.cache_snapshots:
        return {"Snapshots": [_snapshot(cloud, cloud.cache_snapshots[id], truth)]}
    node = cloud.servers.get(id)
    if not isinstance(node, CacheNode):
        return None
    group = node.shard.group
    return {"CacheClusters": [_member(cloud, node, truth)] if group.replicated else _clusters(cloud, group, truth)}


def _arn(group: CacheGroup, kind: str, id: str) -> str:
    return f"arn:aws:elasticache:{group.region.name}:{ACCOUNT}:{kind}:{id}"


def _time(cloud: Cloud, at_us: int) -> str:
    return aws_view.moment(cloud, at_us).isoformat().replace("+00:00", "Z")


def _endpoint(group: CacheGroup, record: Record | None) -> dict[str, Json]:
    return {"Address": record.fqdn, "Port": group.engine.port} if record is not None else {}


def _on(state: bool) -> str:
    return "enabled" if state else "disabled"


def _group(cloud: Cloud, group: CacheGroup, truth: bool) -> dict[str, Json]:
    settings = group.settings
    saving: list[Json] = [node.id for node in group.nodes.values() if node.saving.value]
    answer: dict[str, Json] = {
        "ReplicationGroupId": group.id,
        "Description": f"{group.id} of {cloud.fleet.name}",
        "Status": aws_view.status(cloud, group.region.name, group.status, truth),
        "PendingModifiedValues": {},
        "MemberClusters": list(group.nodes),
        "NodeGroups": [_node_group(cloud, group, shard, truth) for shard in group.shards.values()],
        "AutomaticFailover": aws_view.status(cloud, group.region.name, group.automatic_failover, truth),
        "MultiAZ": _on(settings.multi_az),
        "SnapshotRetentionLimit": settings.snapshot_retention_days,
        "SnapshotWindow": settings.snapshot_window,
        "ClusterEnabled": group.cluster_mode,
        "ClusterMode": _on(group.cluster_mode),
        "CacheNodeType": group.node_type.name,
        "AuthTokenEnabled": settings.auth,
        "TransitEncryptionEnabled": settings.transit_encryption,
        "AtRestEncryptionEnabled": settings.at_rest_encryption,
        "ReplicationGroupCreateTime": _time(cloud, aws_view.born_us(group.created_us)),
        "ARN": _arn(group, "replicationgroup", group.id),
        "Engine": group.engine.name,
    }
    if group.cluster_mode:
        answer["ConfigurationEndpoint"] = _endpoint(group, group.endpoints.configuration)
    if saving:
        answer["SnapshottingClusterId"] = saving[0]
    return answer


def _node_group(cloud: Cloud, group: CacheGroup, shard: Shard, truth: bool) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "NodeGroupId": shard.id,
        "Status": aws_view.status(cloud, group.region.name, shard.status, truth),
        "NodeGroupMembers": [_group_member(cloud, group, node, truth) for node in shard.nodes.values()],
    }
    if group.cluster_mode:
        answer["Slots"] = ",".join(f"{first}-{last}" for first, last in shard.slots)
    else:
        answer["PrimaryEndpoint"] = _endpoint(group, shard.primary_record)
        answer["ReaderEndpoint"] = _endpoint(group, shard.reader_record)
    return answer


def _group_member(cloud: Cloud, group: CacheGroup, node: CacheNode, truth: bool) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "CacheClusterId": node.id,
        "CacheNodeId": node.number,
        "PreferredAvailabilityZone": node.zone.name,
    }
    if not group.cluster_mode:
        primary = aws_view.primary_node_of(cloud, node.shard, truth)
        answer["CurrentRole"] = "primary" if node is primary else "replica"
        answer["ReadEndpoint"] = _endpoint(group, node.record)
    return answer


def _clusters(cloud: Cloud, group: CacheGroup, truth: bool) -> list[Json]:
    """Redis: a cache cluster for every node. Memcached: one of all nodes."""
    if group.replicated:
        return [_member(cloud, node, truth) for node in group.nodes.values()]
    region = group.region.name
    nodes: list[Json] = [
        _node(cloud, node, aws_view.status(cloud, region, node.status, truth)) for node in group.nodes.values()
    ]
    zones = dict.fromkeys(node.zone.name for node in group.nodes.values())
    return [
        {
            **_cluster(cloud, group, group.id),
            "CacheClusterStatus": aws_view.status(cloud, group.region.name, group.status, truth),
            "NumCacheNodes": len(nodes),
            "PreferredAvailabilityZone": next(iter(zones)) if len(zones) == 1 else "Multiple",
            "ConfigurationEndpoint": _endpoint(group, group.endpoints.configuration),
            "CacheNodes": nodes,
        }
    ]


def _member(cloud: Cloud, node: CacheNode, truth: bool) -> dict[str, Json]:
    group, status = node.shard.group, aws_view.status(cloud, node.zone.region.name, node.status, truth)
    shown = {"rebooting cluster nodes": "rebooting", "creating": "creating", "deleting": "deleting"}
    return {
        **_cluster(cloud, group, node.id),
        "CacheClusterStatus": status,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": node.zone.name,
        "ReplicationGroupId": group.id,
        "SnapshotRetentionLimit": group.settings.snapshot_retention_days,
        "SnapshotWindow": group.settings.snapshot_window,
        "CacheNodes": [_node(cloud, node, shown.get(status, "available"))],
    }


def _cluster(cloud: Cloud, group: CacheGroup, id: str) -> dict[str, Json]:
    settings = group.settings
    return {
        "CacheClusterId": id,
        "ARN": _arn(group, "cluster", id),
        "CacheNodeType": group.node_type.name,
        "Engine": group.engine.name,
        "EngineVersion": settings.engine_version,
        "CacheClusterCreateTime": _time(cloud, aws_view.born_us(group.created_us)),
        "PreferredMaintenanceWindow": settings.maintenance_window,
        "PendingModifiedValues": {},
        "CacheParameterGroup": {
            "CacheParameterGroupName": settings.parameter_group,
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "AuthTokenEnabled": settings.auth,
        "TransitEncryptionEnabled": settings.transit_encryption,
        "AtRestEncryptionEnabled": settings.at_rest_encryption,
    }


def _node(cloud: Cloud, node: CacheNode, status: str) -> dict[str, Json]:
    return {
        "CacheNodeId": node.number,
        "CacheNodeStatus": status,
        "CacheNodeCreateTime": _time(cloud, aws_view.born_us(node.created_us)),
        "Endpoint": _endpoint(node.shard.group, node.record),
        "ParameterGroupStatus": "in-sync",
        "CustomerAvailabilityZone": node.zone.name,
    }


def _snapshot(cloud: Cloud, snapshot: CacheSnapshot, truth: bool) -> dict[str, Json]:
    return {
        "SnapshotName": snapshot.name,
        "ReplicationGroupId": snapshot.source,
        "SnapshotStatus": aws_view.status(cloud, snapshot.region, snapshot.status, truth),
        "SnapshotSource": "automated" if snapshot.automatic else "manual",
        "CacheNodeType": snapshot.node_type,
        "Engine": snapshot.engine,
        "EngineVersion": snapshot.engine_version,
        "NumNodeGroups": len(snapshot.slots),
        "NodeSnapshots": [
            {
                "CacheClusterId": part.node,
                "NodeGroupId": part.shard,
                "CacheNodeId": "0001",
                "SnapshotCreateTime": _time(cloud, snapshot.created_us),
            }
            for part in snapshot.parts
        ],
        "ARN": f"arn:aws:elasticache:{snapshot.region}:{ACCOUNT}:snapshot:{snapshot.name}",
    }
