"""A fleet as the cloud is built from it: resolved, with full zone names, plain units and every default filled in.

Nothing here knows TOML. All mappings are in id order and cannot be changed, so the order of tables in a file cannot
matter to anybody above.

Named tuples rather than frozen dataclasses: making one of those classes takes 1.3 ms and 3.9 M instructions, of these
a quarter (Python 3.11), and every start makes forty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Generic, Literal, NamedTuple, TypeVar

V = TypeVar("V")
Tls = Literal["verify", "require", "off", "missing-ca"]
"""How an app connects to databases: by TLS and sure of the server, by TLS, plainly, or sure of nobody: it would verify
the server's certificate and does not have AWS's root certificate."""

# AWS draws a window at random from a block of hours that differs by Region. A lesson wants the same one every time.
BACKUP_WINDOW = "03:00-03:30"
MAINTENANCE_WINDOW = "sun:05:00-sun:05:30"
CACHE_MAINTENANCE_WINDOW = "sun:05:00-sun:06:00"
SNAPSHOT_WINDOW = "03:00-04:00"
"""ElastiCache's windows are an hour at least, RDS's half an hour."""

AWS_MANAGED_KEY = "aws/rds"
"""The `kms_key` of what is encrypted without a key of one's own: AWS's alias, in each Region another key."""


class InOrder(Mapping[str, V], Generic[V]):
    """A read-only mapping in the order of its keys. Unlike `MappingProxyType` it can be pickled, copied and hashed."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V] | None = None) -> None:
        self._items: dict[str, V] = dict(sorted((items or {}).items()))

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return f"InOrder({self._items!r})"


class RegionSpec(NamedTuple):
    """A region and the zones of it that this fleet may use, by full name (`us-east-1a`), in the file's order."""

    id: str
    zones: tuple[str, ...]


class KeySpec(NamedTuple):
    """A customer managed KMS key. It never leaves its Region."""

    id: str
    region: str


class InstanceSpec(NamedTuple):
    """One DB instance of an Aurora cluster. `tier` is AWS's PromotionTier, 0 (first) to 15."""

    id: str
    zone: str
    instance_class: str
    tier: int = 1


class CustomEndpointSpec(NamedTuple):
    """A custom cluster endpoint: a static list of members, or (both empty) all, or all but the excluded."""

    id: str
    type: Literal["READER", "ANY"]
    members: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class AutoScalingSpec(NamedTuple):
    """Target tracking of an Aurora cluster's replicas: Application Auto Scaling's policy, cool-downs in seconds.

    `metric` is the predefined metric's name; `target` is per cent of a reader's CPU, or connections per reader.
    """

    metric: Literal["RDSReaderAverageCPUUtilization", "RDSReaderAverageDatabaseConnections"]
    target: float
    min_capacity: int = 1
    max_capacity: int = 15
    scale_in: bool = True
    scale_in_cooldown_s: float = 300.0
    scale_out_cooldown_s: float = 300.0


class AuroraSpec(NamedTuple):
    """An Aurora DB cluster at the start of the run.

    The first instance is the writer, unless `secondary`: a secondary of a global cluster has readers only, or none.
    `storage_bytes` is the data its volume starts with. `backtrack_s` is the target window, 0 for off. `kms_key` is a
    key of the fleet or AWS_MANAGED_KEY, and None if the volume is not encrypted; so with RDS below.
    """

    id: str
    engine: str
    engine_version: str
    region: str
    storage_bytes: int
    backtrack_s: int
    retention_days: int
    deletion_protection: bool
    instances: tuple[InstanceSpec, ...]
    endpoints: tuple[CustomEndpointSpec, ...] = ()
    secondary: bool = False
    auto_scaling: AutoScalingSpec | None = None
    backup_window: str = BACKUP_WINDOW
    maintenance_window: str = MAINTENANCE_WINDOW
    kms_key: str | None = None


class StorageSpec(NamedTuple):
    """The EBS volume of an RDS DB instance: provisioned `iops` and `throughput_mibps` as they are in force.

    `max_allocated_bytes` is the ceiling of storage autoscaling, 0 for off. `data_bytes` is what is stored at the start.
    """

    type: str
    allocated_bytes: int
    iops: int
    throughput_mibps: int
    max_allocated_bytes: int = 0
    data_bytes: int = 0


class RdsSpec(NamedTuple):
    """An RDS DB instance; a read replica is one with a `source`. Windows are UTC, as AWS writes them.

    `zone` is where the primary starts and `standby_zone` the synchronous standby, if `multi_az`.
    `monitoring_interval_s` is Enhanced Monitoring's, 0 for off. `option` is the one of its option group, such as TDE.
    """

    id: str
    engine: str
    engine_version: str
    region: str
    zone: str
    multi_az: bool
    standby_zone: str | None
    instance_class: str
    storage: StorageSpec
    retention_days: int = 1
    backup_window: str = BACKUP_WINDOW
    maintenance_window: str = MAINTENANCE_WINDOW
    deletion_protection: bool = False
    source: str | None = None
    auto_minor: bool = True
    monitoring_interval_s: int = 0
    performance_insights: bool = False
    kms_key: str | None = None
    option: str = ""


class MultiAzClusterSpec(NamedTuple):
    """A Multi-AZ DB cluster: a writer, the first instance, and two readable standbys in the two other zones."""

    id: str
    engine: str
    engine_version: str
    region: str
    instance_class: str
    storage: StorageSpec
    retention_days: int
    deletion_protection: bool
    instances: tuple[InstanceSpec, ...]
    backup_window: str = BACKUP_WINDOW
    maintenance_window: str = MAINTENANCE_WINDOW
    kms_key: str | None = None


class CacheNodeSpec(NamedTuple):
    """One cache node; the first of a shard is its primary."""

    id: str
    zone: str


class ShardSpec(NamedTuple):
    """A shard (node group): its hash slots, first and last, or None where keys are not in slots."""

    id: str
    slots: tuple[int, int] | None
    nodes: tuple[CacheNodeSpec, ...]


class CacheSpec(NamedTuple):
    """An ElastiCache replication group (Redis OSS, Valkey) or a Memcached cluster: there, a node is a shard."""

    id: str
    engine: str
    engine_version: str
    region: str
    node_type: str
    cluster_mode: bool
    shards: tuple[ShardSpec, ...]
    automatic_failover: bool
    multi_az: bool
    transit_encryption: bool
    at_rest_encryption: bool
    auth: bool
    maxmemory_policy: str
    reserved_memory_percent: int
    append_only: bool
    snapshot_retention_days: int
    snapshot_window: str = SNAPSHOT_WINDOW
    maintenance_window: str = CACHE_MAINTENANCE_WINDOW


class GlobalSpec(NamedTuple):
    """An Aurora global database: its primary cluster and its secondaries (cluster ids, in id order)."""

    id: str
    primary: str
    secondaries: tuple[str, ...]


class CacheUseSpec(NamedTuple):
    """How an application uses a cache: which, by what pattern, and the shape of its keys.

    `ttl_s` 0 is no expiry; `jitter` is the share of the TTL by which it varies; `hot_key` the share of all reads that
    ask for one key; `reads` says whether a read goes to a shard's primary or to its reader endpoint.
    """

    store: str
    pattern: Literal["lazy", "write-through", "lazy+write-through", "session"]
    keys: int
    ttl_s: float = 0.0
    jitter: float = 0.0
    item_bytes: int = 2048
    reads: Literal["primary", "reader"] = "primary"
    hot_key: float = 0.0
    timeout_s: float = 0.1


class AppSpec(NamedTuple):
    """An application: due rates, where it runs, and the endpoints it calls by name.

    Endpoints are `<cluster>.<what>` with what = `writer`, `reader`, an instance id or a custom endpoint id, or the id
    of an RDS DB instance. `dns_cache_s` is how long it keeps an answer whatever its TTL; None is for ever. `profile`
    scales the rates by the hour of the day, UTC, in thousandths; empty is flat.
    """

    id: str
    homes: tuple[str, ...]
    writes_to: str | None
    reads_from: tuple[str, ...]
    writes_per_s: int = 0
    reads_per_s: int = 0
    pool: int = 60
    pool_lifetime_s: float = 1800.0
    timeout_s: float = 2.0
    dns_cache_s: float | None = 5.0
    health_check_s: float = 10.0
    cache: CacheUseSpec | None = None
    profile: tuple[int, ...] = ()
    tls: Tls = "verify"


class TimingOverride(NamedTuple):
    """A timing of the catalog as this fleet wants it, in seconds: median, floor and about the 97th percentile."""

    name: str
    typical_s: float
    min_s: float
    max_s: float


class Fleet(NamedTuple):
    """Everything a run starts from, apart from the seed that may override `seed`."""

    name: str
    seed: int
    start: datetime
    regions: Mapping[str, RegionSpec]
    aurora: Mapping[str, AuroraSpec]
    global_clusters: Mapping[str, GlobalSpec]
    apps: Mapping[str, AppSpec]
    timings: Mapping[str, TimingOverride]
    rds: Mapping[str, RdsSpec] = InOrder()
    multi_az_clusters: Mapping[str, MultiAzClusterSpec] = InOrder()
    caches: Mapping[str, CacheSpec] = InOrder()
    keys: Mapping[str, KeySpec] = InOrder()
