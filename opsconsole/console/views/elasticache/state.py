"""What a cache, its shards and its nodes are doing: glyph, word and style; the truth, or no more than AWS shows."""

from __future__ import annotations

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.server import Engine
from opsconsole.console.views import glyphs
from opsconsole.console.views.states import State, of_status


def role_of(cloud: Cloud, node: CacheNode, truth: bool) -> str:
    """`primary`, `replica`, or `node` where none is more than another (Memcached)."""
    if not node.shard.group.replicated:
        return "node"
    return "primary" if aws_view.primary_node_of(cloud, node.shard, truth) is node else "replica"


def of_node(cloud: Cloud, node: CacheNode, truth: bool) -> State:
    """What a node does, or its status: a cache cluster's (Redis), a cache node's (Memcached)."""
    if not truth:
        return of_status(aws_view.status(cloud, node.zone.region.name, node.status, truth=False))
    if node.shard.promoting is node:
        return State(glyphs.STARTING, "promoting", "warn")
    match node.engine.value:
        case Engine.CREATING:
            return State(glyphs.CREATING, "creating", "warn")
        case Engine.RESTARTING:
            return State(glyphs.STARTING, "restarting", "warn")
        case Engine.DOWN:
            return State(glyphs.DOWN, "down", "bad")
        case Engine.DELETED:
            return State(glyphs.NONE, "deleted", "dim")
    if node.unplugged:
        return State(glyphs.DOWN, "cut off", "bad")
    if node.waiting or not node.filled:
        return State(glyphs.STARTING, "waits to be filled" if node.waiting else "empty", "warn")
    if node.paused:
        return State(glyphs.STARTING, "writes paused", "warn")
    if node.follower is not None and not node.follower.open:
        return State(glyphs.WARN, "replication cut", "warn")
    return State(glyphs.UP, "running", "ok")


def of_group(cloud: Cloud, group: CacheGroup, truth: bool) -> State:
    """A cache's status, and in the truth what keeps it from serving although AWS says `available`."""
    status = of_status(aws_view.status(cloud, group.region.name, group.status, truth))
    if not truth or status.word != "available":
        return status
    return next(iter(troubles(cloud, group)), status)


def troubles(cloud: Cloud, group: CacheGroup) -> list[State]:
    """What is wrong although the status says nothing, the worst first."""
    if not group.replicated:
        down = [shard for shard in group.shards.values() if not any(node.running for node in shard.nodes.values())]
        return [_lost_nodes(group, len(down))] if down else []
    found = [state for shard in group.shards.values() if (state := _shard_trouble(group, shard)) is not None]
    found.sort(key=lambda state: state.style != "bad")
    return found


def _lost_nodes(group: CacheGroup, down: int) -> State:
    of = f"{down} of {len(group.shards)} nodes down"
    return State(glyphs.DOWN, f"{of}: the keys there are gone", "bad")


def _shard_trouble(group: CacheGroup, shard: Shard) -> State | None:
    where = f"shard {shard.id}: " if len(group.shards) > 1 else ""
    primary = shard.primary
    if shard.promoting is not None:
        return State(glyphs.STARTING, f"{where}promoting {shard.promoting.id}", "warn")
    if primary is None or not primary.running or primary.unplugged:
        return State(glyphs.DOWN, f"{where}no primary", "bad")
    if not shard.filled:
        return State(glyphs.WARN, f"{where}empty", "warn")
    return None


def of_shard(cloud: Cloud, shard: Shard, truth: bool) -> State:
    """A shard's (node group's) status, and in the truth what keeps it from taking writes."""
    status = of_status(aws_view.status(cloud, shard.group.region.name, shard.status, truth))
    if not truth or status.word != "available" or not shard.group.replicated:
        return status
    return _shard_trouble(shard.group, shard) or status
