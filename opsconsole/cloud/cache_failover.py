"""How a shard loses nodes and gets them back: failover to the least-lagging replica, replacement, filling.

One draw gives the time from the fault to the moved record; detection, promotion and DNS are shares of it (AWS publishes
only the total, "just a few seconds"). Replication is asynchronous: what the promoted replica had not received is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.content import Content
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.simulation import first, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cache_shard import Shard

REPLACED = "elasticache:recovering-nodes", "elasticache:recovered-nodes"
MEMCACHED_REPLACED = "ElastiCache:CacheNodeReplaceStarted", "ElastiCache:CacheNodeReplaceComplete"


def share(phase: str) -> float:
    """The part of a failover's drawn time that one phase takes."""
    return catalog.assumption(f"cache-failover-{phase}-share").value


def notice_s(shard: Shard, what: str) -> float:
    """Seconds until the control plane notices something about a shard's nodes."""
    return shard.world.draw(f"{shard.key}: {what}", "elasticache-failover") * share("detection")


async def respond(shard: Shard) -> None:
    """The primary is lost: find out, look again, promote a replica, or wait for somebody to come back."""
    group = shard.group
    try:
        total = shard.world.draw(shard.key, "elasticache-failover")
        await sleep(total * share("detection"))
        said_so = False
        while shard.may_fail_over() and not shard.primary_is_well() and group.region.up:
            candidates = shard.candidates()
            if candidates:
                if await promote(shard, candidates[0], total):
                    return
                continue
            if not said_so:
                said_so = True
                say_that_it_waits(shard)
            await group.pulse
    finally:
        shard.response = None
        group.look_again()


def say_that_it_waits(shard: Shard) -> None:
    """No replica is left: the primary is replaced in its own zone, when that is there."""
    primary = shard.primary
    if primary is not None:
        reason = f"no replica to promote: {primary.id} is replaced in {primary.zone.name}"
        if not primary.zone.has_room:
            reason += ", which has no capacity" if primary.zone.up else ", which is down"
        shard.world.log.sim(shard.world.now_us, shard.group.id, "failover", now="waiting", reason=reason)


async def promote(shard: Shard, target: CacheNode, total: float) -> bool:
    """Make a replica the primary. `total` is the drawn time of a whole failover in seconds; detection is over.

    Returns whether it worked: a replica that dies on the way is no primary, and the caller chooses again.
    """
    group, world, old = shard.group, shard.world, shard.primary
    shard.promoting = target
    world.log.sim(world.now_us, group.id, "failover", now="began", reason=f"{target.id} has the least replication lag")
    boots = target.boots
    try:
        await time_or_loss(shard, target, total * share("promotion"))
        if not target.host_up or target.boots != boots or target.deleting:
            return False
        take_over(shard, target)
        await sleep(total * share("dns"))
    finally:
        shard.promoting = None
        group.look_again()
    if shard.primary is not target or shard.deleting:
        return False
    shard.point_primary()
    group.failovers += 1
    if old is not None:
        names = {"primary": old.id, "replica": target.id}
        world.log.aws(world.now_us, target.id, "elasticache:failover-completed", **names)
        world.log.aws(world.now_us, group.id, "elasticache:failover-completed", "replication-group", **names)
    world.log.aws(world.now_us, group.id, "ElastiCache:FailoverComplete", name=group.id)
    return True


async def time_or_loss(shard: Shard, node: CacheNode, seconds: float) -> None:
    """Let time pass, but no longer than the node's host lives."""
    timer = shard.world.kernel.spawn(sleep(seconds), f"{shard.key}: {node.id} takes over")
    while not timer.done and node.host_up:
        await first(timer, shard.group.pulse)
    timer.cancel()


def take_over(shard: Shard, target: CacheNode) -> None:
    """The replica leads on with what it has received; whoever else is there will have to follow it."""
    old, old_branch, now = shard.primary, shard.branch, shard.world.now_us
    if target.filled:
        shard.fork_from(target)
    for node in shard.nodes.values():
        node.synced = False
        if node.follower is not None:
            node.follower.set_open(now, False)
    target.lead(shard.branch)
    shard.filled = True
    shard.set_primary(target)
    target.set_engine(Engine.RUNNING)
    if old is not None and old.leads and old is not target:
        if old_branch is not None:
            shard.cut_off[old.id] = content = Content(old_branch, now)
            content.pin()
        if shard.group.sees(old):
            shard.step_down(old)


# -- replacement ----------------------------------------------------------------------------------------------------


async def replace(shard: Shard, node: CacheNode) -> None:
    """A node that failed is made anew in its own zone, under its own name; it comes back without data."""
    group, world = shard.group, shard.world
    started, complete = REPLACED if group.replicated else MEMCACHED_REPLACED
    if node.holds:
        await sleep(notice_s(shard, node.id))
    while shard.promoting is not None or (shard.response is not None and shard.candidates()):
        await group.pulse  # first somebody else takes over
    if not node.quiet and node.status.value != "creating":
        node.set_status("modifying" if group.replicated else "creating")
    group.say(node, started)
    await node.busy_for(world.draw(node.id, replacement_timing(shard, node)))
    if not node.zone.up:
        return
    world.log.sim(world.now_us, node.id, "host", now="replaced", zone=node.zone.name)
    node.regain_host(HOST_FAILURE)
    node.set_engine(Engine.RESTARTING)
    if shard.primary is node:
        fill_primary(shard, node)
    else:
        node.waiting = True
    group.look_again()
    while not node.running:
        await group.pulse
        if not node.host_up or node.engine.value == Engine.DOWN:  # its zone may have been away for no time at all
            return
    node.set_status("available")
    node.quiet = False
    group.say(node, complete)
    group.look_again()


def replacement_timing(shard: Shard, node: CacheNode) -> str:
    """The catalog's row for how long a new node takes."""
    if not shard.group.replicated:
        return "memcached-node-replacement"
    alone = shard.primary is node and len(shard.nodes) > 1
    return "elasticache-primary-replacement" if alone else "elasticache-node-replacement"


def fill_primary(shard: Shard, node: CacheNode) -> None:
    """A new primary takes what the best replica has; where nobody has anything left, it is empty."""
    holding = [replica for replica in shard.candidates() if replica.filled and shard.linked(replica)]
    if holding:
        shard.fork_from(holding[0])
        for replica in shard.replicas():
            if replica.follower is not None:
                replica.follower.set_open(shard.world.now_us, False)
    shard.open_primary(node, shard.branch if holding else None)


# -- filling --------------------------------------------------------------------------------------------------------


def next_to_fill(shard: Shard) -> CacheNode | None:
    """The first replica that has not what the primary has and could get it now."""
    primary = shard.primary
    if primary is None or not primary.running or shard.promoting is not None or shard.branch is None:
        return None
    for node in shard.replicas():
        stale = node.waiting or (node.running and not node.synced)
        if stale and not node.leads and not node.deleting and shard.linked(node):
            return node
    return None


async def fill_replicas(shard: Shard) -> None:
    """One replica after the other takes everything from the primary; it does not answer meanwhile."""
    try:
        while True:
            node = next_to_fill(shard)
            if node is None:
                return
            await fill(shard, node)
    finally:
        shard.syncing = None
        shard.group.look_again()


async def fill(shard: Shard, node: CacheNode) -> None:
    """A full synchronization: what the replica had is dropped, the primary's data is taken."""
    world, primary, branch = shard.world, shard.primary, shard.branch
    node.forget()
    node.waiting = True
    node.set_engine(Engine.RESTARTING)
    seconds = world.draw(node.id, "elasticache-resync")
    timer = world.kernel.spawn(sleep(seconds), f"{node.id}: synchronize with its primary")
    while not timer.done and node.waiting and shard.primary is primary and shard.branch is branch:
        if not shard.linked(node):
            break
        await first(timer, shard.group.pulse)
    done = timer.done
    timer.cancel()
    if not done or not node.waiting or branch is None:
        return
    if shard.primary is not primary or shard.branch is not branch or not shard.linked(node):
        return
    node.follow(branch)
    node.set_engine(Engine.RUNNING)
