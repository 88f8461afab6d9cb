"""Snapshots of caches, new caches (empty, or from a snapshot), and FLUSHALL."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cache_snapshots, cache_stories
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.places import Region
from opsconsole.commands import cache_checks as checks
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.cache_changes import check_auth
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind, kind_of
from opsconsole.fleet.spec import CacheNodeSpec, CacheSpec, ShardSpec

IDENTIFIER = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}", re.ASCII)
"""AWS: 1 to 40 letters, digits and hyphens, first a letter, no double or last hyphen."""


class CreateSnapshot(Operation):
    """Back up a replication group, or one node of it (ElastiCache `CreateSnapshot`), without an end date.

    Taken from a replica where there is one, else from the primary, which then has less capacity. At most 20 of a node
    in 24 hours. Memcached has no snapshots. Source: AWS documentation, Taking manual backups.
    """

    name: ClassVar[str] = "elasticache:create-snapshot"
    title: ClassVar[str] = "Take a snapshot"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    snapshot_name: str = Field(alias="name", description="the snapshot's name")
    cache_cluster_id: str | None = Field(None, alias="node", description="of this node: sessions-002")

    def _nodes(self, group: CacheGroup) -> list[CacheNode]:
        if self.cache_cluster_id is not None:
            node = group.nodes.get(self.cache_cluster_id)
            if node is None:
                raise Refused("CacheClusterNotFound", f"{group.id} has no cache cluster {self.cache_cluster_id}")
            if group.cluster_mode:
                raise Refused("InvalidParameterValue", f"{group.id} has cluster mode enabled: back the whole group up")
            return [node]
        found = [cache_snapshots.node_for(shard) for shard in group.shards.values()]
        return [node for node in found if node is not None]

    @classmethod
    def check_target(cls, cloud: Cloud, target: str) -> None:
        group = cloud.caches[target]
        if not group.engine.snapshots:
            sentence = f"{group.id} is Memcached, which has no snapshots: what a node held is gone with it"
            raise Refused("SnapshotFeatureNotSupportedFault", sentence)
        checks.require_available(group)

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        if not IDENTIFIER.fullmatch(self.snapshot_name):
            raise Refused("InvalidParameterValue", f"{self.snapshot_name!r} is no name for a snapshot")
        if self.snapshot_name in cloud.cache_snapshots:
            raise Refused("SnapshotAlreadyExistsFault", f"there is a snapshot called {self.snapshot_name}")
        nodes, limit = self._nodes(group), catalog.limit("cache-snapshots-per-node")
        if not nodes or not all(node.running for node in nodes):
            raise Refused("InvalidReplicationGroupState", f"no node of {group.id} runs that could be backed up")
        if any(cache_snapshots.taken_of(group, node.id, cloud.now_us) >= limit.value for node in nodes):
            raise Refused("SnapshotQuotaExceededFault", limit.sentence.rstrip("."))

    def preview(self, cloud: Cloud) -> Preview:
        group = cloud.caches[self.target]
        try:
            nodes = self._nodes(group)
        except Refused:
            return Preview()
        alone = any(node is node.shard.primary for node in nodes)
        sentence = "the primary has less capacity meanwhile" if alone else "taken from replicas: nobody notices"
        return checks.preview_of(cloud, nodes, (sentence,))

    async def run(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        only = self._nodes(group)[0] if self.cache_cluster_id is not None else None
        cache_stories.begin(group, cache_snapshots.take(group, self.snapshot_name, only=only), "take a snapshot")


class DeleteSnapshot(Operation):
    """Delete a snapshot of a cache (ElastiCache `DeleteSnapshot`). Refused while it is being made or restored."""

    name: ClassVar[str] = "elasticache:delete-snapshot"
    title: ClassVar[str] = "Delete a cache's snapshot"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE
    takes: ClassVar[TargetKind] = TargetKind.LABEL

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        snapshot = cloud.cache_snapshots.get(self.target)
        return (cloud.places.regions[snapshot.region],) if snapshot is not None else ()

    def check(self, cloud: Cloud) -> None:
        snapshot = cloud.cache_snapshots.get(self.target)
        if snapshot is None:
            raise Refused("SnapshotNotFoundFault", f"there is no snapshot of a cache called {self.target!r}")
        if snapshot.status.value not in ("available", "failed"):
            raise Refused("InvalidSnapshotState", f"{snapshot.name} is {snapshot.status.value}")

    async def run(self, cloud: Cloud) -> None:
        del cloud.cache_snapshots[self.target]


class CreateReplicationGroup(Operation):
    """Create a replication group, empty or from a snapshot (ElastiCache `CreateReplicationGroup`): always a new one.

    A restore has the snapshot's engine, node type and shards. Multi-AZ and automatic failover need a replica; an AUTH
    token needs encryption in transit. Source: AWS documentation, Creating a replication group, Restoring from a backup.
    """

    name: ClassVar[str] = "elasticache:create-replication-group"
    title: ClassVar[str] = "Create a replication group"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.LABEL

    snapshot_name: str | None = Field(None, alias="snapshot", description="begin with what it holds")
    engine: str = Field("redis", description="redis or valkey; a snapshot has its own")
    engine_version: str | None = Field(None, alias="version", description="the newest if not given")
    region: str | None = Field(None, description="the fleet's first if not given")
    cache_node_type: str = Field("cache.r6g.large", alias="node-type", description="a snapshot has its own")
    replicas_per_node_group: int = Field(1, alias="replicas", description="of each shard, 0 to 5")
    num_node_groups: int = Field(0, alias="shards", description="0: cluster mode disabled")
    automatic_failover_enabled: bool | None = Field(None, alias="automatic-failover", description="on if it may be")
    multi_az_enabled: bool | None = Field(None, alias="multi-az", description="on if it may be")
    transit_encryption_enabled: bool = Field(False, alias="transit-encryption", description="TLS; AUTH needs it")
    at_rest_encryption_enabled: bool = Field(False, alias="at-rest-encryption", description="chosen once, at creation")
    auth_token: str | None = Field(None, alias="auth-token", description="16 to 128 printable characters")

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        try:
            return (self._region(cloud),)
        except Refused:  # it names no Region: `check` says so
            return ()

    def _region(self, cloud: Cloud) -> Region:
        snapshot = cloud.cache_snapshots.get(self.snapshot_name or "")
        name = snapshot.region if snapshot is not None else self.region or next(iter(cloud.places.regions))
        if name not in cloud.places.regions or (snapshot is not None and self.region not in (None, name)):
            raise Refused("InvalidParameterValue", f"{self.region} is not where this can be made: {name}")
        return cloud.places.regions[name]

    def check(self, cloud: Cloud) -> None:
        if not IDENTIFIER.fullmatch(self.target):
            raise Refused("InvalidParameterValue", f"{self.target!r} is no name for a replication group")
        if kind_of(cloud, self.target) is not None:
            raise Refused("ReplicationGroupAlreadyExists", f"{self.target} is taken ({kind_of(cloud, self.target)})")
        region = self._region(cloud)
        checks.require_room(region)
        self._check_engine(cloud)
        replicas = catalog.limit("cache-replicas")
        if not 0 <= self.replicas_per_node_group <= replicas.value:
            raise Refused("InvalidParameterValue", replicas.sentence.rstrip("."))
        if self.num_node_groups * (1 + self.replicas_per_node_group) > catalog.limit("cache-nodes").value:
            raise Refused("NodeQuotaForCustomerExceeded", catalog.limit("cache-nodes").sentence.rstrip("."))
        if not self.replicas_per_node_group and (self.multi_az_enabled or self.automatic_failover_enabled):
            raise Refused("InvalidParameterCombination", "Multi-AZ and automatic failover need at least one replica")
        if self.multi_az_enabled and self.automatic_failover_enabled is False:
            raise Refused("InvalidParameterCombination", "Multi-AZ needs automatic failover")
        if self.multi_az_enabled and len(region.roomy()) < 2 <= len(region.zones):
            only = region.roomy()[0].name
            raise Refused("InsufficientCacheClusterCapacity", f"only {only} has capacity now, and Multi-AZ needs two")
        check_auth(self.auth_token, self.transit_encryption_enabled, self.target)

    def _check_engine(self, cloud: Cloud) -> None:
        if self.snapshot_name is not None:
            snapshot = cloud.cache_snapshots.get(self.snapshot_name)
            if snapshot is None:
                raise Refused("SnapshotNotFoundFault", f"there is no snapshot of a cache called {self.snapshot_name!r}")
            if snapshot.status.value != "available":
                raise Refused("InvalidSnapshotState", f"{snapshot.name} is {snapshot.status.value}")
            return
        if self.engine not in ("redis", "valkey"):
            sentence = f"a replication group is redis or valkey, not {self.engine!r}: Memcached has no replication"
            raise Refused("InvalidParameterValue", sentence)
        if self.cache_node_type not in catalog.cache_node_types():
            raise Refused("InvalidParameterValue", f"there is no node type {self.cache_node_type}")
        engine = catalog.engine(self.engine)
        version = self.engine_version or engine.default_version
        if version not in engine.versions:
            raise Refused("InvalidParameterValue", f"{engine.title} has no version {version}")
        release = engine.release(version)
        if self.num_node_groups and not release.cluster_mode:
            raise Refused("InvalidParameterCombination", f"{engine.title} {version} has no cluster mode")
        if self.transit_encryption_enabled and not release.tls:
            raise Refused("InvalidParameterCombination", f"{engine.title} {version} has no encryption in transit")

    def spec(self, cloud: Cloud) -> CacheSpec:
        """What is asked for, as a fleet file would have it."""
        snapshot, zones = cloud.cache_snapshots.get(self.snapshot_name or ""), self._region(cloud).roomy()
        engine = catalog.engine(snapshot.engine if snapshot else self.engine)
        slots = dict(snapshot.slots) if snapshot else self._slots()
        mode = snapshot.cluster_mode if snapshot else self.num_node_groups > 0
        shards = []
        for place, (id, ranges) in enumerate(slots.items()):
            stem = f"{self.target}-{id}" if mode else self.target
            nodes = tuple(
                CacheNodeSpec(f"{stem}-{number + 1:03}", zones[(place + number) % len(zones)].name)
                for number in range(1 + self.replicas_per_node_group)
            )
            shards.append(ShardSpec(id, ranges[0] if ranges else None, nodes))
        replicated = self.replicas_per_node_group > 0
        automatic = mode or (replicated if self.automatic_failover_enabled is None else self.automatic_failover_enabled)
        multi_az = automatic and replicated and len(zones) > 1
        return CacheSpec(
            id=self.target,
            engine=engine.name,
            engine_version=snapshot.engine_version if snapshot else self.engine_version or engine.default_version,
            region=self._region(cloud).name,
            node_type=snapshot.node_type if snapshot else self.cache_node_type,
            cluster_mode=mode,
            shards=tuple(shards),
            automatic_failover=automatic,
            multi_az=multi_az if self.multi_az_enabled is None else self.multi_az_enabled,
            transit_encryption=self.transit_encryption_enabled,
            at_rest_encryption=self.at_rest_encryption_enabled,
            auth=self.auth_token is not None,
            maxmemory_policy=next(row.name for row in catalog.cache_policies().values() if row.default),
            reserved_memory_percent=round(catalog.assumption("cache-reserved-memory-percent").value),
            append_only=False,
            snapshot_retention_days=0,
        )

    def _slots(self) -> dict[str, tuple[tuple[int, int], ...]]:
        if not self.num_node_groups:
            return {"0001": ()}
        total = catalog.limit("cache-slots-total").value
        bounds = [total * number // self.num_node_groups for number in range(self.num_node_groups + 1)]
        return {f"{number + 1:04}": ((bounds[number], bounds[number + 1] - 1),) for number in range(len(bounds) - 1)}

    def preview(self, cloud: Cloud) -> Preview:
        timing = cloud.timing("elasticache-restore" if self.snapshot_name else "elasticache-create")
        what = f"begins with what {self.snapshot_name} holds" if self.snapshot_name else "begins empty"
        return Preview(sentences=(f"{what}; available after about {timing.typical_s / 60:.0f} min, under new names",))

    async def run(self, cloud: Cloud) -> None:
        snapshot = cloud.cache_snapshots.get(self.snapshot_name or "")
        group = CacheGroup(cloud, self.spec(cloud), running=False)
        if snapshot is not None:
            for id, ranges in snapshot.slots.items():
                group.shards[id].slots = ranges
        cloud.add_cache(group)
        cloud.log.sim(cloud.now_us, group.id, "status", now="creating")
        cache_stories.begin(group, cache_snapshots.create(group, snapshot), "create")
