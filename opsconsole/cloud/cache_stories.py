"""What AWS does to a cache when it is asked: each operation as a story, in AWS's order of events."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING

from opsconsole.catalog import CacheNodeType
from opsconsole.cloud import cache_failover
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Engine
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cache_group import CacheGroup
    from opsconsole.cloud.cache_shard import Shard

MICRO = 1_000_000
Story = Coroutine[object, object, None]


def begin(group: CacheGroup, story: Story, name: str) -> None:
    """Run what is done to the cache now."""
    group.change = group.world.kernel.spawn(story, f"{group.id}: {name}")


def is_changing(group: CacheGroup) -> bool:
    """Whether something that was asked for is under way."""
    return group.change is not None and not group.change.done


def is_recovering(group: CacheGroup) -> bool:
    """Whether a node is being replaced or filled, or a primary being replaced by a replica."""
    for shard in group.shards.values():
        replacing = any(not task.done for task in shard.recovering.values())
        if replacing or shard.response is not None or shard.promoting is not None or shard.syncing is not None:
            return True
    return False


async def busy(group: CacheGroup, timing: str, times: int = 1) -> None:
    """Let the time of one operation pass, showing until when."""
    seconds = group.world.draw(group.id, timing) * times
    group.busy_until_us = group.world.now_us + round(seconds * MICRO)
    await sleep(seconds)
    group.busy_until_us = None


# -- failover on request --------------------------------------------------------------------------------------------


async def test_failover(shard: Shard) -> None:
    """TestFailover: AWS takes the primary away; a replica is promoted, then the old primary is replaced.

    The console goes on showing `available`; only the events tell.
    """
    group, world, old, candidates = shard.group, shard.world, shard.primary, shard.candidates()
    group.tested.append(world.now_us)
    world.log.aws(world.now_us, group.id, "elasticache:test-failover-called", node_group=shard.id)
    if old is None or not candidates:
        return
    old.quiet = True
    old.stop()
    promotion = cache_failover.promote(shard, candidates[0], world.draw(shard.key, "elasticache-failover"))
    shard.promoting = candidates[0]
    old.set_engine(Engine.DOWN)
    await promotion
    while is_recovering(group):
        await group.pulse


async def promote(node: CacheNode) -> None:
    """ModifyReplicationGroup PrimaryClusterId: a replica is promoted by hand, the old primary follows it."""
    total = node.world.draw(node.shard.key, "elasticache-failover")
    await cache_failover.promote(node.shard, node, total)


# -- reboot ---------------------------------------------------------------------------------------------------------


async def reboot(group: CacheGroup, nodes: Iterable[CacheNode]) -> None:
    """RebootCacheCluster: nobody takes over, and what the nodes held is lost. Replicas of a primary follow it there."""
    world, rebooted = group.world, list(nodes)
    boots = {node.id: node.boots for node in rebooted}
    status = "rebooting cluster nodes"
    if not group.replicated:
        group.set_status(status)
    for node in rebooted:
        node.set_status(status if group.replicated else "rebooting")
        group.say(node, "elasticache:node-shutdown")
        node.begin(node.restart("elasticache-reboot"), "reboot")
    for node in rebooted:
        while node.boots == boots[node.id] and node.host_up and node.existing:
            await group.pulse
        if node.running:
            group.say(node, "elasticache:node-restarted")
            node.set_status("available")
    name = rebooted[0].id if group.replicated else group.id
    world.log.aws(world.now_us, name, "ElastiCache:CacheNodesRebooted", name=name)
    if not group.replicated:
        group.set_status("available")


# -- settings -------------------------------------------------------------------------------------------------------


async def modify(group: CacheGroup, steps: Iterable[Story]) -> None:
    """Changes one after the other, in `modifying`."""
    group.set_status("modifying")
    for step in steps:
        await step
    group.set_status("available")


async def set_failover(group: CacheGroup, automatic: bool | None, multi_az: bool | None) -> None:
    """ModifyReplicationGroup AutomaticFailoverEnabled, MultiAZEnabled."""
    changes = automatic is not None and automatic != (group.automatic_failover.value == "enabled")
    if changes:
        _show_failover(group, "enabling" if automatic else "disabling")
    await busy(group, "elasticache-modify")
    if changes:
        _show_failover(group, "enabled" if automatic else "disabled")
    if multi_az is not None:
        group.settings.multi_az = multi_az


def _show_failover(group: CacheGroup, state: str) -> None:
    group.automatic_failover.set(group.world.now_us, state)
    group.look_again()


async def change_node_type(group: CacheGroup, row: CacheNodeType) -> None:
    """Scale up or down: new nodes are filled beside the old ones; then each shard's writes wait for a moment."""
    await busy(group, "elasticache-scale-whole")
    for shard in list(group.shards.values()):
        timing = "elasticache-scale" if group.release.online_scaling else "elasticache-failover"
        await _pause_writes(shard, group.world.draw(shard.key, timing))
        for node in shard.nodes.values():
            node.resize(row)
    group.node_type = row
    group.world.log.aws(group.world.now_us, group.id, "ElastiCache:ReplicationGroupScalingComplete", name=group.id)


async def _pause_writes(shard: Shard, seconds: float) -> None:
    nodes = list(shard.nodes.values())
    for paused in (True, False):
        for node in nodes:
            node.paused = paused
            node.on_change()
        if paused:
            await sleep(seconds)


async def change_parameters(group: CacheGroup, policy: str | None, reserved: int | None, append: bool | None) -> None:
    """ModifyCacheParameterGroup: these take effect at once, without a restart."""
    await busy(group, "elasticache-modify")
    settings = group.settings
    settings.maxmemory_policy = policy or settings.maxmemory_policy
    settings.reserved_memory_percent = settings.reserved_memory_percent if reserved is None else reserved
    settings.append_only = settings.append_only if append is None else append
    group.world.log.aws(group.world.now_us, group.id, "ElastiCache:CacheClusterParametersChanged", name=group.id)
    group.on_parts_change()  # what fits, and what goes when it does not
    group.look_again()


# -- replicas -------------------------------------------------------------------------------------------------------


def next_node_id(shard: Shard) -> str:
    """The name of a shard's next node: `sessions-004`, `cart-0001-003`."""
    stem = f"{shard.group.id}-{shard.id}" if shard.group.cluster_mode else shard.group.id
    numbers = [int(id.rpartition("-")[2]) for id in shard.nodes]
    return f"{stem}-{max(numbers, default=0) + 1:03}"


async def add_replicas(group: CacheGroup, zones: Mapping[str, tuple[Zone, ...]]) -> None:
    """IncreaseReplicaCount: new nodes in these zones, by shard; each takes everything from its primary."""
    world = group.world
    group.set_status("modifying")
    world.log.aws(world.now_us, group.id, "ElastiCache:ReplicationGroupIncreaseReplicaCountStarted", name=group.id)
    made = [
        group.add_node(group.shards[id], next_node_id(group.shards[id]), zone, False)
        for id, wanted in zones.items()
        for zone in wanted
    ]
    group.look_again()
    await busy(group, "elasticache-add-replica")
    for node in made:
        await come_up(node)
    group.publish_nodes()
    world.log.aws(world.now_us, group.id, "ElastiCache:ReplicationGroupIncreaseReplicaCountFinished", name=group.id)
    group.set_status("available")


async def come_up(node: CacheNode) -> None:
    """A new replica is there: it waits for its zone if need be, is filled, and serves."""
    group = node.shard.group
    while not node.host_up:
        await group.pulse
    node.waiting = True
    node.set_engine(Engine.RESTARTING)
    group.look_again()
    while not node.running:
        await group.pulse
    node.set_status("available")
    group.say(node, "elasticache:node-added")


async def remove_replicas(group: CacheGroup, nodes: Iterable[CacheNode]) -> None:
    """DecreaseReplicaCount: the reader endpoint forgets them, then they are deleted."""
    group.set_status("modifying")
    leaving = list(nodes)
    for node in leaving:
        node.deleting = True
        node.set_status("deleting")
    group.publish_nodes()
    await busy(group, "elasticache-delete")
    for node in leaving:
        group.say(node, "elasticache:node-removed")
        group.remove_node(node)
    group.set_status("available")


# -- Memcached ------------------------------------------------------------------------------------------------------


async def add_nodes(group: CacheGroup, zones: Iterable[Zone]) -> None:
    """ModifyCacheCluster NumCacheNodes: empty nodes more; clients learn of them at their next look."""
    group.set_status("modifying")
    made = [_new_memcached_node(group, zone) for zone in zones]
    group.look_again()
    await busy(group, "elasticache-add-replica")
    for node in made:
        while not node.host_up:
            await group.pulse
        node.shard.open_primary(node, None)
        node.shard.status.set(group.world.now_us, "available")
        node.set_status("available")
        group.say(node, "elasticache:node-added")
    await _publish(group, "ElastiCache:AddCacheNodeComplete")


def _new_memcached_node(group: CacheGroup, zone: Zone) -> CacheNode:
    number = f"{max((int(id) for id in group.shards), default=0) + 1:04}"
    return group.add_node(group.add_shard(number, (), False), f"{group.id}/{number}", zone, False)


async def remove_nodes(group: CacheGroup, nodes: Iterable[CacheNode]) -> None:
    """ModifyCacheCluster CacheNodeIdsToRemove: their part of the keys is gone with them."""
    group.set_status("modifying")
    leaving = list(nodes)
    for node in leaving:
        node.deleting = node.shard.deleting = True
        node.set_status("deleting")
    await busy(group, "elasticache-delete")
    for node in leaving:
        group.say(node, "elasticache:node-removed")
        group.on_emptied(node.shard.id)
        group.remove_shard(node.shard)
    await _publish(group, "ElastiCache:RemoveCacheNodeComplete")


async def _publish(group: CacheGroup, event: str) -> None:
    """Tell clients what nodes there are, and let them look."""
    world = group.world
    world.log.aws(world.now_us, group.id, event, name=group.id)
    group.publish_nodes()
    group.set_status("available")
    poll_us = round(world.draw(group.id, "memcached-config-poll") * MICRO)
    world.kernel.call_at(world.now_us + poll_us, group.learn)
