"""ElastiCache in a fleet file: replication groups of Redis OSS and Valkey, Memcached clusters, their nodes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from opsconsole import catalog

from .spec import CACHE_MAINTENANCE_WINDOW, SNAPSHOT_WINDOW
from .text import quoted
from .units import BadQuantity
from .values import DailyWindow, Duration, Instead, Table, WeeklyWindow


class CacheNodeTable(Table):
    """A cache node."""

    instead: ClassVar[Instead] = {
        "id": ("ElastiCache names its nodes itself, after the cache", "leave the key out"),
        "node_type": ("all nodes of a cache have one type", "write node_type above, beside engine"),
    }

    zone: str = Field(description='Its Availability Zone: a letter ("a") or a full name ("us-east-1a").')


class ParametersTable(Table):
    """What a parameter group of Redis OSS or Valkey may set here, in the engine's own words."""

    maxmemory_policy: str | None = Field(
        None, alias="maxmemory-policy", description="What goes when memory is full. Default: volatile-lru."
    )
    reserved_memory_percent: int | None = Field(
        None,
        alias="reserved-memory-percent",
        description="Memory kept free for snapshots and replication. Default: 25.",
    )
    appendonly: Literal["yes", "no"] = Field(
        "no", description="AOF persistence; ElastiCache has it up to Redis 2.8.21 only."
    )


def _shards(value: object) -> object:
    """A number of shards stands for so many whose nodes are placed by `replicas`."""
    if isinstance(value, int) and not isinstance(value, bool):
        limit = catalog.limit("cache-shards")
        if not limit.allows(value):
            raise BadQuantity(f"{quoted(value)} shards are not possible", f"write {limit.minimum} to {limit.value}")
        return [[] for _ in range(value)]
    return value


Shards = Annotated[
    list[list[CacheNodeTable]],
    BeforeValidator(_shards, json_schema_input_type=int | list[list[CacheNodeTable]]),
]


class CacheTable(Table):
    """An ElastiCache cache. The first node of a shard is its primary; in Memcached all nodes are alike."""

    instead: ClassVar[Instead] = {
        "zone": ("a cache has no zone of its own", 'give each node one: nodes = [{ zone = "a" }]'),
        "class": ("the key is called node_type here", 'write node_type = "cache.r6g.large"'),
        "cluster_mode": ("cluster mode is enabled by shards", "write shards = 3 instead of nodes"),
        "num_cache_nodes": ("nodes are listed one by one", 'write nodes = [{ zone = "a" }, { zone = "b" }]'),
        "aof": ("AOF is a parameter", 'write parameters = { appendonly = "yes" }'),
        "maxmemory-policy": ("this is a parameter", 'write parameters = { maxmemory-policy = "allkeys-lru" }'),
        "appendonly": ("this is a parameter", 'write parameters = { appendonly = "yes" }'),
    }

    engine: str = Field(description="redis, valkey or memcached.", examples=["redis"])
    engine_version: str | None = Field(None, description="Default: the engine's current one.")
    region: str = Field(description="The Region it runs in, one of [regions].")
    node_type: str = Field("cache.r6g.large", description="The type of all its nodes.", examples=["cache.r6g.large"])
    nodes: list[CacheNodeTable] = Field(
        default=[], description="The nodes of its one shard, or of a Memcached cluster; the first is the primary."
    )
    shards: Shards | None = Field(
        None, description="Cluster mode enabled: how many shards, or the nodes of each, its primary first."
    )
    replicas: int | None = Field(
        None, description="Replicas of each shard, where shards is a number: each in the next zone. Default: 0."
    )
    automatic_failover: bool | None = Field(
        None, description="Whether a replica takes over from a lost primary. Default: true if there is one."
    )
    multi_az: bool | None = Field(
        None, description="Whether AWS keeps a replica in another zone. Default: true if there is one."
    )
    transit_encryption: bool = Field(False, description="TLS between clients and nodes.")
    at_rest_encryption: bool = Field(False, description="Whether what is written to disk is encrypted.")
    auth: bool = Field(False, description="Whether clients need the AUTH token; only with transit_encryption.")
    parameters: ParametersTable | None = Field(None, description="Its parameter group, where it is not the default.")
    snapshot_retention: Duration = Field(0.0, description="Whole days that snapshots are kept; 0d is off.")
    snapshot_window: DailyWindow = Field(SNAPSHOT_WINDOW, description="When the daily snapshot is taken, in UTC.")
    maintenance_window: WeeklyWindow = Field(
        CACHE_MAINTENANCE_WINDOW, description="When maintenance may happen, weekly, in UTC."
    )
