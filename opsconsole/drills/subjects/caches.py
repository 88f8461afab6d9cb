"""What can be asked of caches and their nodes."""

from __future__ import annotations

from typing import Final

from opsconsole.cloud import cache_metrics
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.drills.subjects.base import Kind, Quantity, Scene, percent, seconds
from opsconsole.drills.values import Unit, Value


def _primary(group: CacheGroup) -> CacheNode | None:
    """The primary of its first shard."""
    return next((shard.primary for shard in group.shards.values()), None) if group.replicated else None


def _primary_zone(scene: Scene, group: CacheGroup, t: int) -> Value:
    primary = _primary(group)
    return primary.zone.name if primary is not None else ""


def _hit_rate(scene: Scene, group: CacheGroup, t: int) -> Value:
    """Hits of the gets that were answered, or that found nobody."""
    parts = [part for cache in scene.cloud.app_caches() if cache.group is group for part in cache.parts.values()]
    flows = [part.flow.at(t) for part in parts]
    return percent(sum(flow.hits for flow in flows), sum(flow.gets for flow in flows))


def _items(scene: Scene, group: CacheGroup, t: int) -> Value:
    used = [cache for cache in scene.cloud.app_caches() if cache.group is group]
    return sum(part.fill.items_at(t) for cache in used for part in cache.parts.values())


def _lag(scene: Scene, group: CacheGroup, t: int) -> Value:
    streams = (node.streams.at(t) for node in group.nodes.values() if node.shard.primary is not node)
    return seconds(max((stream.lag_us(t) for stream in streams if stream is not None), default=None))


CACHES: Final[Kind[CacheGroup]] = Kind(
    "cache",
    lambda cloud: cloud.caches,
    lambda cloud, name: cloud.caches.get(name),
    (
        Quantity("status", Unit.TEXT, "its Status", lambda s, c, t: c.status.at(t)),
        Quantity(
            "primary", Unit.TEXT, "the primary of its first shard", lambda s, c, t: p.id if (p := _primary(c)) else ""
        ),
        Quantity("primary.az", Unit.TEXT, "where that stands", _primary_zone),
        Quantity("shards", Unit.NUMBER, "its shards", lambda s, c, t: len(c.shards)),
        Quantity("nodes", Unit.NUMBER, "nodes that exist", lambda s, c, t: len(c.nodes)),
        Quantity(
            "nodes.healthy",
            Unit.NUMBER,
            "nodes whose engine runs",
            lambda s, c, t: sum(node.running for node in c.nodes.values()),
        ),
        Quantity("failovers", Unit.NUMBER, "failovers since the begin", lambda s, c, t: c.failovers),
        Quantity("hit_rate", Unit.PERCENT, "reads that it answers, of those that ask it", _hit_rate),
        Quantity("items", Unit.NUMBER, "keys that it holds", _items, True),
        Quantity("lag", Unit.DURATION, "how far its slowest replica is behind", _lag, True),
    ),
)

CACHE_NODES: Final[Kind[CacheNode]] = Kind(
    "cache node",
    lambda cloud: [node for group in cloud.caches.values() for node in group.nodes],
    cache_metrics.find,
    (
        Quantity("status", Unit.TEXT, "CacheNodeStatus", lambda s, n, t: n.status.at(t)),
        Quantity("role", Unit.TEXT, "primary, replica or node", lambda s, n, t: n.shard.group.role(n)),
        Quantity("az", Unit.TEXT, "where it stands", lambda s, n, t: n.zone.name),
        Quantity("engine", Unit.TEXT, "what its engine really does", lambda s, n, t: n.engine.at(t)),
    ),
)
