"""AWS/ElastiCache metrics of a cache node: its load, what it holds, and how it follows its primary.

Counts are those of a minute. Who hits and who misses is known for each part of the keys; a node has the part's share of
what it answers. What the model does not know is left out: fragmentation, swap, network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cached_keys import PartFlow
from opsconsole.cloud.caching import AppCache
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.server import Engine, Load
from opsconsole.cloud.sessions import SECOND_US, cpu_percent

NAMESPACE = "AWS/ElastiCache"
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """A node at an instant: its load, and what its part of the keys does for every app that uses it."""

    cloud: Cloud
    node: CacheNode
    t: int
    load: Load

    @property
    def leads(self) -> bool:
        """Whether it is the primary of its shard; a node of Memcached stands alone."""
        return self.node.shard.primary_history.at(self.t) == self.node.id

    def flows(self) -> list[PartFlow]:
        """What its part does, app by app."""
        part = self.node.shard.id
        used = (cache.parts.get(part) for cache in self._users())
        return [found.flow.at(self.t) for found in used if found is not None]

    def _users(self) -> list[AppCache]:
        return [cache for cache in self.cloud.app_caches() if cache.group is self.node.shard.group]

    @property
    def hit_share(self) -> float | None:
        """The share of its gets that find their key; None while nobody asks."""
        flows = self.flows()
        answered = sum(flow.gets - flow.failed for flow in flows)
        return sum(flow.hits for flow in flows) / answered if answered else None

    @property
    def gets(self) -> float:
        """Commands that read, a minute."""
        return self.load.reads_served / 1000 * MINUTE_S

    @property
    def sets(self) -> float:
        """Commands that write, a minute."""
        return self.load.writes_served / 1000 * MINUTE_S

    @property
    def hits(self) -> float:
        """Gets that find their key, a minute."""
        return self.gets * (self.hit_share or 0.0)

    def holdings(self) -> tuple[int, int]:
        """Keys and their bytes that it holds: nothing until it is filled."""
        if not self.node.fillings.at(self.t):
            return 0, 0
        items = size = 0
        for cache in self._users():
            part = cache.parts.get(self.node.shard.id)
            if part is not None:
                held = part.fill.items_at(self.t)
                items, size = items + held, size + held * cache.spec.item_bytes
        return items, size

    @property
    def used(self) -> int:
        """Bytes of what it holds: for its apps, and for strangers who fill it."""
        strangers = self.room * (1_000_000 - self.node.shard.group.room_ppm.at(self.t)) // 1_000_000
        return self.holdings()[1] + (strangers if self.node.fillings.at(self.t) else 0)

    @property
    def room(self) -> int:
        """`maxmemory` without what is reserved, in bytes."""
        reserved = self.node.shard.group.settings.reserved_memory_percent
        return self.node.types.at(self.t).memory_bytes * (100 - reserved) // 100

    def lost(self, which: Callable[[PartFlow], int]) -> float | None:
        """Keys that go a minute; replicas only repeat what their primary does."""
        return sum(which(flow) for flow in self.flows()) / 1000 * MINUTE_S if self.leads else 0.0


def _hit_rate(moment: Moment) -> float | None:
    share = moment.hit_share if moment.gets else None
    return None if share is None else 100 * share


def _cpu(moment: Moment) -> float:
    """All vCPUs: Redis and Valkey work on one of them."""
    threads = moment.node.types.at(moment.t).vcpu
    parallel = moment.node.shard.group.engine.multi_threaded
    return cpu_percent(moment.load.utilisation / (1 if parallel else threads))


def _lag(moment: Moment) -> float | None:
    stream = moment.node.streams.at(moment.t)
    return None if stream is None else stream.lag_us(moment.t) / SECOND_US


def _linked(moment: Moment) -> float | None:
    """A replica's link to its primary: 0 while nothing gets through, or while it waits to be filled."""
    if moment.leads:
        return None
    stream = moment.node.streams.at(moment.t)
    return float(stream is not None and stream.open_at(moment.t))


METRICS: dict[str, Callable[[Moment], float | None]] = {
    "CPUUtilization": _cpu,
    "EngineCPUUtilization": lambda m: 100 * m.load.utilisation,
    "CurrConnections": lambda m: float(m.load.connections),
    "CacheHits": lambda m: m.hits,
    "CacheMisses": lambda m: m.gets - m.hits,
    "CacheHitRate": _hit_rate,
    "GetTypeCmds": lambda m: m.gets,
    "SetTypeCmds": lambda m: m.sets,
    "SuccessfulReadRequestLatency": lambda m: float(m.load.read_us) if m.gets else None,
    "SuccessfulWriteRequestLatency": lambda m: float(m.load.write_us) if m.sets else None,
    "GetHits": lambda m: m.hits,
    "GetMisses": lambda m: m.gets - m.hits,
    "CmdGet": lambda m: m.gets,
    "CmdSet": lambda m: m.sets,
    "CurrItems": lambda m: float(m.holdings()[0]),
    "BytesUsedForCache": lambda m: float(m.used),
    "BytesUsedForCacheItems": lambda m: float(m.used),
    "UnusedMemory": lambda m: float(max(0, m.room - m.used)),
    "DatabaseMemoryUsagePercentage": lambda m: min(100.0, 100 * m.used / m.room),
    "FreeableMemory": lambda m: float(m.node.types.at(m.t).memory_bytes - m.used),
    "Evictions": lambda m: m.lost(lambda flow: flow.evictions),
    "Reclaimed": lambda m: m.lost(lambda flow: flow.expiries),
    "ReplicationLag": _lag,
    "MasterLinkHealthStatus": _linked,
    "IsMaster": lambda m: float(m.leads),
    "SaveInProgress": lambda m: float(m.node.saving.at(m.t)),
}


def find(cloud: Cloud, id: str) -> CacheNode | None:
    """The cache node of this id, if there is one."""
    server = cloud.servers.get(id)
    return server if isinstance(server, CacheNode) else None


def names(node: CacheNode) -> list[str]:
    """The metrics that its engine has."""
    engine = node.shard.group.spec.engine
    return [name for name in METRICS if engine in catalog.metric(NAMESPACE, name).engines]


def value(cloud: Cloud, node: CacheNode, metric: str, t: int) -> float | None:
    """A metric at an instant; None before the node existed and while its engine does not run."""
    if t < node.created_us or node.engine.at(t) != Engine.RUNNING:
        return None
    return METRICS[metric](Moment(cloud, node, t, node.load.at(t)))


def ceiling(node: CacheNode, of: str, t: int) -> float:
    """What a relative threshold is a percentage of: `max_connections`, or the CPU percentage that is `one_vcpu`.

    Memcached works on all its vCPUs, so all of them are what its alarm looks at.
    """
    match of:
        case "max_connections":
            return catalog.limit("cache-connections").value
        case "one_vcpu":
            return 100.0 if node.shard.group.engine.multi_threaded else 100 / node.types.at(t).vcpu
    raise ValueError(f"a cache node has no {of!r} that a threshold could be relative to")
