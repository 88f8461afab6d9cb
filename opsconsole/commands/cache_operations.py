"""What an operator may ask of ElastiCache: failover tests, reboots, more and fewer nodes; refused as AWS refuses."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cache_stories
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.places import Zone
from opsconsole.commands import cache_checks as checks
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind

HOUR_US = 3600 * 1_000_000


class TestFailover(Operation):
    """Fail the primary of a shard on purpose (ElastiCache `TestFailover`): five events, in this order.

    The replica with the least replication lag is promoted, then the old primary is replaced; the console goes on
    showing `available`. At most 15 shards in 24 hours; the next shard of a group only when the last replacement is
    complete. Refused without automatic failover. Source: AWS documentation, Testing automatic failover.
    """

    __test__: ClassVar[bool] = False  # pytest: this is no test
    name: ClassVar[str] = "elasticache:test-failover"
    title: ClassVar[str] = "Test failover"
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    node_group_id: str = Field("0001", alias="node-group", description="the shard: 0001")

    def _shard(self, cloud: Cloud) -> Shard:
        shard = cloud.caches[self.target].shards.get(self.node_group_id)
        if shard is None:
            known = ", ".join(cloud.caches[self.target].shards)
            raise Refused("NodeGroupNotFoundFault", f"{self.target} has no node group {self.node_group_id}: {known}")
        return shard

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        checks.require_replication_group(group, "failover")
        shard = self._shard(cloud)
        if group.automatic_failover.value != "enabled":
            sentence = f"automatic failover of {group.id} is {group.automatic_failover.value}: nobody would take over"
            raise Refused("InvalidParameterCombination", sentence)
        limit, hours = catalog.limit("test-failovers"), catalog.limit("test-failover-window-hours").value
        since = cloud.now_us - hours * HOUR_US
        calls = sum(called > since for one in cloud.caches.values() for called in one.tested)
        if calls >= limit.value:
            raise Refused("APICallRateForCustomerExceeded", limit.sentence.rstrip("."))
        checks.require_available(group)
        checks.require_settled(group)
        if not shard.candidates():
            raise Refused("InvalidReplicationGroupState", f"no replica of node group {shard.id} is available")

    def preview(self, cloud: Cloud) -> Preview:
        shard = cloud.caches[self.target].shards.get(self.node_group_id)
        if shard is None or shard.primary is None:
            return Preview()
        nodes = [shard.primary, *shard.candidates()[:1]]
        return checks.preview_of(cloud, nodes, checks.then_of(shard, shard.primary))

    async def run(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        story = cache_stories.test_failover(self._shard(cloud))
        cache_stories.begin(group, story, f"test the failover of {self.node_group_id}")


class RebootCacheCluster(Operation):
    """Restart nodes (ElastiCache `RebootCacheCluster`): what they hold is lost, and nobody takes over.

    A Redis primary comes back empty, and its replicas take that over; a replica comes back with what its primary has.
    Memcached nodes come back empty. With an append-only file (old Redis versions) the data survives. Not for cluster
    mode enabled. Source: AWS documentation, Rebooting nodes.
    """

    name: ClassVar[str] = "elasticache:reboot-cache-cluster"
    title: ClassVar[str] = "Reboot"
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.CACHE_NODE

    cache_node_ids_to_reboot: str | None = Field(
        None, alias="nodes", description="more nodes of the same Memcached cluster: 0002,0003"
    )

    def _nodes(self, cloud: Cloud) -> list[CacheNode]:
        group = checks.group_of(cloud, self.target)
        numbers = checks.words(self.cache_node_ids_to_reboot)
        ids = [self.target, *(f"{group.id}/{number.rpartition('/')[2]}" for number in numbers)]
        unknown = [id for id in ids if id not in group.nodes]
        if unknown:
            raise Refused("InvalidParameterValue", f"{group.id} has no node {unknown[0]}")
        return [group.nodes[id] for id in dict.fromkeys(ids)]

    def check(self, cloud: Cloud) -> None:
        group = checks.group_of(cloud, self.target)
        if group.cluster_mode:
            sentence = f"{group.id} has cluster mode enabled, and such nodes cannot be rebooted"
            raise Refused("InvalidParameterCombination", sentence)
        if group.replicated and self.cache_node_ids_to_reboot:
            raise Refused("InvalidParameterValue", f"{self.target} is a cache cluster of one node, 0001")
        for node in self._nodes(cloud):
            if node.status.value != "available" or not node.running:
                raise Refused("InvalidCacheClusterState", f"{node.id} is {node.status.value}, and {node.engine.value}")
        if not group.replicated:
            checks.require_available(group)
        elif group.status.value != "available":
            raise Refused("InvalidCacheClusterState", f"{group.id} is {group.status.value}; wait until it is available")

    def preview(self, cloud: Cloud) -> Preview:
        node = cloud.servers[self.target]
        if not isinstance(node, CacheNode):
            return Preview()
        group, shard = node.shard.group, node.shard
        seconds = cloud.timing("elasticache-reboot").typical_s
        if not group.replicated:
            then = "it comes back empty: its part of the keys is gone"
        elif group.settings.append_only:
            then = "its append-only file is read again: the data survives"
        elif node is shard.primary:
            then = "it comes back empty, and its replicas with it: everything is lost; there is no failover"
        else:
            then = "it comes back and takes everything from its primary"
        reached = [node, *(shard.replicas() if node is shard.primary else ())]
        return checks.preview_of(cloud, reached, (f"down for about {seconds:.0f} s", then))

    async def run(self, cloud: Cloud) -> None:
        group, nodes = checks.group_of(cloud, self.target), self._nodes(cloud)
        story = cache_stories.reboot(group, nodes)
        if group.replicated:
            await story
        else:
            cache_stories.begin(group, story, "reboot nodes")


class ReplicaCount(Operation):
    """What IncreaseReplicaCount and DecreaseReplicaCount have in common."""

    takes: ClassVar[TargetKind] = TargetKind.CACHE

    new_replica_count: int = Field(alias="new", description="replicas of each shard afterwards")

    def _check(self, cloud: Cloud) -> CacheGroup:
        group = cloud.caches[self.target]
        checks.require_replication_group(group, "replicas")
        checks.require_available(group)
        limit = catalog.limit("cache-replicas")
        if not 0 <= self.new_replica_count <= limit.value:
            raise Refused("InvalidParameterValue", limit.sentence.rstrip("."))
        return group


class IncreaseReplicaCount(ReplicaCount):
    """Add replicas to every shard (ElastiCache `IncreaseReplicaCount`): more reads, and somebody to take over.

    New nodes are made in the zones named, or where the fewest are; each takes everything from its primary. At most 5 in
    a shard. Source: AWS documentation, Increasing the number of replicas in a shard.
    """

    name: ClassVar[str] = "elasticache:increase-replica-count"
    title: ClassVar[str] = "Add replicas"
    danger: ClassVar[Danger] = Danger.SAFE

    zones: str | None = Field(None, description="for the new nodes of each shard, in order: b,c")

    def _placed(self, cloud: Cloud) -> dict[str, tuple[Zone, ...]]:
        group, wanted = cloud.caches[self.target], checks.words(self.zones)
        placed: dict[str, tuple[Zone, ...]] = {}
        for shard in group.shards.values():
            more = self.new_replica_count - len(shard.replicas())
            named = tuple(checks.room_of(group, name) for name in wanted[:more])
            rest = checks.emptiest_zones(group, shard.nodes.values(), more - len(named))
            placed[shard.id] = (*named, *rest)
        return placed

    def check(self, cloud: Cloud) -> None:
        group = self._check(cloud)
        now = max(len(shard.replicas()) for shard in group.shards.values())
        if self.new_replica_count <= now:
            raise Refused("NoOperationFault", f"{group.id} has {now} replicas in a shard already")
        nodes = len(group.shards) * (1 + self.new_replica_count)
        limit = catalog.limit("cache-nodes")
        if nodes > limit.value:
            raise Refused("NodeQuotaForCustomerExceeded", f"that would be {nodes} nodes. {limit.sentence}".rstrip("."))
        self._placed(cloud)

    def preview(self, cloud: Cloud) -> Preview:
        seconds = cloud.timing("elasticache-add-replica").typical_s
        return Preview(
            (self.target,), sentences=(f"ready after about {seconds:.0f} s, then filled from the primary; no outage",)
        )

    async def run(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        cache_stories.begin(group, cache_stories.add_replicas(group, self._placed(cloud)), "add replicas")


class DecreaseReplicaCount(ReplicaCount):
    """Delete replicas of every shard (ElastiCache `DecreaseReplicaCount`): those named, else the last ones.

    Refused where automatic failover would be left without a replica, and for a primary. Source: AWS documentation,
    Decreasing the number of replicas in a shard.
    """

    name: ClassVar[str] = "elasticache:decrease-replica-count"
    title: ClassVar[str] = "Remove replicas"

    replicas_to_remove: str | None = Field(None, alias="remove", description="ids of the nodes: sessions-003")

    def _leaving(self, cloud: Cloud) -> list[CacheNode]:
        group, named = cloud.caches[self.target], checks.words(self.replicas_to_remove)
        leaving: list[CacheNode] = []
        for shard in group.shards.values():
            fewer = len(shard.replicas()) - self.new_replica_count
            chosen = [node for node in shard.replicas() if node.id in named]
            rest = [node for node in reversed(shard.replicas()) if node not in chosen]
            leaving += (chosen + rest)[: max(0, fewer)]
        return leaving

    def check(self, cloud: Cloud) -> None:
        group = self._check(cloud)
        named = checks.words(self.replicas_to_remove)
        for id in named:
            node = group.nodes.get(id)
            if node is None:
                raise Refused("InvalidParameterValue", f"{group.id} has no node {id}")
            if node.shard.primary is node:
                raise Refused("InvalidParameterCombination", f"{id} is the primary and cannot be removed")
        if not self._leaving(cloud):
            raise Refused("NoOperationFault", f"{group.id} has {self.new_replica_count} replicas in a shard, or fewer")
        taken_over = group.settings.multi_az or not group.cluster_mode
        if self.new_replica_count == 0 and taken_over and group.automatic_failover.value == "enabled":
            sentence = f"{group.id} has automatic failover, which needs a replica: switch it off first"
            raise Refused("InvalidParameterCombination", sentence)
        if len(named) > len(self._leaving(cloud)):
            raise Refused("InvalidParameterCombination", f"{len(named)} nodes are named, fewer would be removed")

    def preview(self, cloud: Cloud) -> Preview:
        return checks.preview_of(cloud, self._leaving(cloud), ("their reads move to the other nodes",))

    async def run(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        cache_stories.begin(group, cache_stories.remove_replicas(group, self._leaving(cloud)), "remove replicas")
