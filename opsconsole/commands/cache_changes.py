"""What may be changed of a cache: failover settings, node type, shards, Memcached's nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cache_reshard, cache_snapshots, cache_stories
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.calendar import window_of
from opsconsole.cloud.places import Zone
from opsconsole.commands import cache_checks as checks
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind


class ModifyReplicationGroup(Operation):
    """Change a replication group (ElastiCache `ModifyReplicationGroup`), at once.

    A replica is promoted by hand only with automatic failover off. Multi-AZ needs automatic failover and a replica in
    another zone. A node type is changed while the group serves: each shard's writes wait for less than a second. An
    AUTH token needs encryption in transit. Source: AWS documentation, Modifying a replication group.
    """

    name: ClassVar[str] = "elasticache:modify-replication-group"
    title: ClassVar[str] = "Modify"
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    automatic_failover_enabled: bool | None = Field(None, alias="automatic-failover", description="needs a replica")
    multi_az_enabled: bool | None = Field(None, alias="multi-az", description="needs a replica in another zone")
    primary_cluster_id: str | None = Field(None, alias="primary", description="the replica to promote")
    cache_node_type: str | None = Field(None, alias="node-type", description="cache.r6g.xlarge")
    auth_token: str | None = Field(None, alias="auth-token", description="16 to 128 printable characters")
    snapshot_retention_limit: int | None = Field(None, alias="snapshot-retention", description="days; 0 is off")
    snapshot_window: str | None = Field(None, alias="snapshot-window", description="03:00-04:00, UTC")

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        checks.require_replication_group(group, "such settings")
        checks.require_available(group)
        if not self.model_dump(exclude={"target"}, exclude_none=True):
            raise Refused("InvalidParameterCombination", "no modification was asked for")
        self._check_failover(group)
        self._check_primary(group)
        check_node_type(group, self.cache_node_type)
        check_auth(self.auth_token, group.settings.transit_encryption, group.id)
        self._check_snapshots()

    def _check_failover(self, group: CacheGroup) -> None:
        wanted, multi_az = self.automatic_failover_enabled, self.multi_az_enabled
        on = wanted if wanted is not None else group.automatic_failover.value == "enabled"
        stays = multi_az if multi_az is not None else group.settings.multi_az
        if wanted is False and group.cluster_mode:
            sentence = f"{group.id} has cluster mode enabled, where automatic failover is always on"
            raise Refused("InvalidParameterCombination", sentence)
        if wanted and not all(shard.replicas() for shard in group.shards.values()):
            sentence = f"{group.id} has no replica that could take over: add one first"
            raise Refused("InvalidParameterCombination", sentence)
        if stays and not on:
            sentence = "Multi-AZ needs automatic failover: switch both on, or Multi-AZ off as well"
            raise Refused("InvalidParameterCombination", sentence)
        if multi_az and not all(_spread(shard.nodes.values()) for shard in group.shards.values()):
            sentence = f"Multi-AZ needs a replica of {group.id} in another zone than its primary's"
            raise Refused("InvalidParameterCombination", sentence)

    def _check_primary(self, group: CacheGroup) -> None:
        id = self.primary_cluster_id
        if id is None:
            return
        node = group.nodes.get(id)
        if node is None:
            raise Refused("CacheClusterNotFound", f"{group.id} has no cache cluster {id}")
        if group.cluster_mode or group.automatic_failover.value != "disabled":
            sentence = "a replica is promoted by hand only with Multi-AZ and automatic failover off: disable them first"
            raise Refused("InvalidParameterCombination", sentence)
        if node is node.shard.primary:
            raise Refused("InvalidParameterValue", f"{id} is the primary already")
        if node not in node.shard.candidates():
            raise Refused("InvalidCacheClusterState", f"{id} is not available")

    def _check_snapshots(self) -> None:
        days, limit = self.snapshot_retention_limit, catalog.limit("cache-snapshot-retention-days")
        if days is not None and not limit.allows(days):
            raise Refused("InvalidParameterValue", limit.sentence.rstrip("."))
        if self.snapshot_window is None:
            return
        least = catalog.limit("cache-snapshot-window-minutes")
        try:
            long_enough = least.allows(window_of(self.snapshot_window).length_min)
        except ValueError as bad:
            raise Refused("InvalidParameterValue", str(bad)) from None
        if not long_enough:
            raise Refused("InvalidParameterValue", least.sentence.rstrip("."))

    def preview(self, cloud: Cloud) -> Preview:
        group = cloud.caches[self.target]
        sentences, primaries = [], [s.primary for s in group.shards.values() if s.primary is not None]
        if self.primary_cluster_id is not None:
            sentences.append(f"{self.primary_cluster_id} becomes the primary; what it has not received is lost")
        if self.cache_node_type is not None:
            sentences.append("each shard's writes wait for less than a second; nothing is lost")
        if self.automatic_failover_enabled is False:
            sentences.append("a primary that fails is then replaced, in minutes")
        felt = self.primary_cluster_id is not None or self.cache_node_type is not None
        return checks.preview_of(cloud, primaries if felt else (), sentences or ("nobody notices",))

    async def run(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        steps: list[cache_stories.Story] = []
        if self.automatic_failover_enabled is not None or self.multi_az_enabled is not None:
            steps.append(cache_stories.set_failover(group, self.automatic_failover_enabled, self.multi_az_enabled))
        if self.cache_node_type is not None:
            steps.append(cache_stories.change_node_type(group, catalog.cache_node_type(self.cache_node_type)))
        if self.primary_cluster_id is not None:
            steps.append(cache_stories.promote(group.nodes[self.primary_cluster_id]))
        if self.auth_token or self.snapshot_retention_limit is not None or self.snapshot_window:
            steps.append(self._settings(group))
        cache_stories.begin(group, cache_stories.modify(group, steps), "modify")

    async def _settings(self, group: CacheGroup) -> None:
        await cache_stories.busy(group, "elasticache-modify")
        settings, days = group.settings, self.snapshot_retention_limit
        settings.auth = settings.auth or self.auth_token is not None
        settings.snapshot_retention_days = settings.snapshot_retention_days if days is None else days
        settings.snapshot_window = self.snapshot_window or settings.snapshot_window
        cache_snapshots.schedule(group)


def _spread(nodes: Iterable[CacheNode]) -> bool:
    """Whether they stand in more than one zone."""
    return len({node.zone.name: None for node in nodes}) > 1


def check_node_type(group: CacheGroup, name: str | None) -> None:
    """Raise Refused for a node type that there is not for this engine, or that the group has."""
    if name is None:
        return
    rows = catalog.cache_node_types()
    if name not in rows or group.engine.name not in rows[name].engines:
        raise Refused("InvalidParameterValue", f"{group.engine.title} does not offer the node type {name}")
    if name == group.node_type.name:
        raise Refused("NoOperationFault", f"the nodes of {group.id} are {name} already")
    for node in group.nodes.values():  # each is exchanged for another machine in its zone
        if node.zone.capacity.shut:
            raise Refused("InsufficientCacheClusterCapacity", f"{node.zone.name} has no capacity for {name} now")


def check_auth(token: str | None, encrypted: bool, id: str) -> None:
    """Raise Refused for an AUTH token without encryption in transit, or of a wrong length."""
    if token is None:
        return
    if not encrypted:
        sentence = f"an AUTH token needs encryption in transit, and {id} has none"
        raise Refused("InvalidParameterCombination", sentence)
    limit = catalog.limit("auth-token-length")
    if not limit.allows(len(token)) or not token.isprintable():
        raise Refused("InvalidParameterValue", limit.sentence.rstrip("."))


class ModifyShardConfiguration(Operation):
    """Add or remove shards online (ElastiCache `ModifyReplicationGroupShardConfiguration`).

    Slots move to the new shards, or away from the removed ones, with their keys; the group serves meanwhile, its shards
    with less capacity. Only with cluster mode enabled. Fewer shards need the names of those to go. Source: AWS
    documentation, Online resharding.
    """

    name: ClassVar[str] = "elasticache:modify-replication-group-shard-configuration"
    title: ClassVar[str] = "Reshard"
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    node_group_count: int = Field(alias="shards", description="how many there shall be")
    node_groups_to_remove: str | None = Field(None, alias="remove", description="the shards that go: 0003")

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        checks.require_replication_group(group, "shards")
        if not group.cluster_mode:
            raise Refused("InvalidParameterCombination", f"{group.id} has cluster mode disabled: it is one shard")
        checks.require_available(group)
        checks.require_settled(group)
        limit, now, removed = catalog.limit("cache-shards"), len(group.shards), checks.words(self.node_groups_to_remove)
        if not limit.allows(self.node_group_count):
            raise Refused("NodeGroupsPerReplicationGroupQuotaExceeded", limit.sentence.rstrip("."))
        if self.node_group_count == now:
            raise Refused("NoOperationFault", f"{group.id} has {now} shards already")
        nodes = self.node_group_count * len(next(iter(group.shards.values())).nodes)
        if nodes > catalog.limit("cache-nodes").value:
            raise Refused("NodeQuotaForCustomerExceeded", catalog.limit("cache-nodes").sentence.rstrip("."))
        if self.node_group_count > now:
            checks.require_room(group.region)
        unknown = [id for id in removed if id not in group.shards]
        if unknown:
            raise Refused("InvalidParameterValue", f"{group.id} has no shard {unknown[0]}")
        if len(dict.fromkeys(removed)) != max(0, now - self.node_group_count):
            sentence = _to_go(now, self.node_group_count, "shard", list(group.shards))
            raise Refused("InvalidParameterCombination", sentence)

    def preview(self, cloud: Cloud) -> Preview:
        group = cloud.caches[self.target]
        row = cloud.timing("elasticache-reshard")
        changed = abs(self.node_group_count - len(group.shards))
        sentence = f"slots move for about {row.typical_s * changed / 60:.0f} min; the shards serve, with less capacity"
        return checks.preview_of(cloud, group.nodes.values(), (sentence, "no key is lost"))

    async def run(self, cloud: Cloud) -> None:
        group, removed = cloud.caches[self.target], checks.words(self.node_groups_to_remove)
        story = cache_reshard.reshard(group, self.node_group_count, tuple(dict.fromkeys(removed)))
        cache_stories.begin(group, story, "reshard")


class ModifyCacheCluster(Operation):
    """Change how many nodes a Memcached cluster has (ElastiCache `ModifyCacheCluster` NumCacheNodes).

    Clients with Auto Discovery learn of it within a minute, without a change of theirs. New nodes are empty, and take
    their share of the keys; a removed node's keys are gone. 1 to 40 nodes. Source: AWS documentation, Auto Discovery.
    """

    name: ClassVar[str] = "elasticache:modify-cache-cluster"
    title: ClassVar[str] = "Add or remove nodes"
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    num_cache_nodes: int = Field(alias="nodes", description="how many there shall be")
    cache_node_ids_to_remove: str | None = Field(None, alias="remove", description="the nodes that go: 0003")
    new_availability_zones: str | None = Field(None, alias="zones", description="for the new nodes, in order: b,c")

    def _numbers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word.rpartition("/")[2] for word in checks.words(self.cache_node_ids_to_remove)))

    def _placed(self, group: CacheGroup) -> tuple[Zone, ...]:
        more = self.num_cache_nodes - len(group.shards)
        named = tuple(checks.room_of(group, name) for name in checks.words(self.new_availability_zones)[:more])
        return (*named, *checks.emptiest_zones(group, group.nodes.values(), more - len(named)))

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        if group.replicated:
            sentence = f"{group.id} is a replication group: use IncreaseReplicaCount or DecreaseReplicaCount"
            raise Refused("InvalidParameterCombination", sentence)
        checks.require_available(group)
        limit, now, numbers = catalog.limit("memcached-nodes"), len(group.shards), self._numbers()
        if not limit.allows(self.num_cache_nodes):
            raise Refused("NodeQuotaForClusterExceeded", limit.sentence.rstrip("."))
        if self.num_cache_nodes == now:
            raise Refused("NoOperationFault", f"{group.id} has {now} nodes already")
        unknown = [number for number in numbers if number not in group.shards]
        if unknown:
            raise Refused("InvalidParameterValue", f"{group.id} has no node {unknown[0]}")
        if len(numbers) != max(0, now - self.num_cache_nodes):
            sentence = _to_go(now, self.num_cache_nodes, "node", list(group.shards))
            raise Refused("InvalidParameterCombination", sentence)
        self._placed(group)

    def preview(self, cloud: Cloud) -> Preview:
        group = cloud.caches[self.target]
        leaving = [node for node in group.nodes.values() if node.number in self._numbers()]
        share = 100 / max(1, self.num_cache_nodes)
        sentence = f"clients learn of it within a minute; about {share:.0f} % of the keys are missed once"
        if leaving:
            sentence = "what these nodes hold is gone; clients learn of it within a minute"
        return checks.preview_of(cloud, leaving or group.nodes.values(), (sentence,))

    async def run(self, cloud: Cloud) -> None:
        group, numbers = cloud.caches[self.target], self._numbers()
        if numbers:
            leaving = [node for node in group.nodes.values() if node.number in numbers]
            cache_stories.begin(group, cache_stories.remove_nodes(group, leaving), "remove nodes")
        else:
            cache_stories.begin(group, cache_stories.add_nodes(group, self._placed(group)), "add nodes")


def _to_go(now: int, wanted: int, noun: str, ids: list[str]) -> str:
    """How many have to be named, and how that is said."""
    if wanted >= now:
        return f"from {now} to {wanted} {noun}s nothing goes: leave `remove` out"
    gone = now - wanted
    example = ",".join(ids[-gone:])
    return f"from {now} to {wanted} {noun}s: name {gone} to go, such as remove={example}"
