"""A fleet as the cloud is built from it: resolved, with full zone names, plain units and every default filled in.

Nothing here knows TOML. All mappings are in id order and cannot be changed, so the order of tables in a file cannot
matter to anybody above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

V = TypeVar("V")


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


@dataclass(frozen=True, slots=True)
class RegionSpec:
    """A region and the zones of it that this fleet may use, by full name (`us-east-1a`), in the file's order."""

    id: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """One DB instance of an Aurora cluster. `tier` is AWS's PromotionTier, 0 (first) to 15."""

    id: str
    zone: str
    instance_class: str
    tier: int = 1


@dataclass(frozen=True, slots=True)
class CustomEndpointSpec:
    """A custom cluster endpoint: a static list of members, or (both empty) all, or all but the excluded."""

    id: str
    type: Literal["READER", "ANY"]
    members: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuroraSpec:
    """An Aurora DB cluster at the start of the run.

    The first instance is the writer, unless `secondary`: a secondary of a global cluster has readers only, or none.
    `storage_bytes` is the data its volume starts with. `backtrack_s` is the target window, 0 for off.
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


@dataclass(frozen=True, slots=True)
class GlobalSpec:
    """An Aurora global database: its primary cluster and its secondaries (cluster ids, in id order)."""

    id: str
    primary: str
    secondaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppSpec:
    """An application: due rates, where it runs, and the endpoints it calls by name.

    Endpoints are `<cluster>.<what>` with what = `writer`, `reader`, an instance id or a custom endpoint id.
    `dns_cache_s` is how long it keeps an answer whatever its TTL; None is for ever.
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


@dataclass(frozen=True, slots=True)
class TimingOverride:
    """A timing of the catalog as this fleet wants it, in seconds: median, floor and about the 97th percentile."""

    name: str
    typical_s: float
    min_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything a run starts from, apart from the seed that may override `seed`."""

    name: str
    seed: int
    start: datetime
    regions: Mapping[str, RegionSpec]
    aurora: Mapping[str, AuroraSpec]
    global_clusters: Mapping[str, GlobalSpec]
    apps: Mapping[str, AppSpec]
    timings: Mapping[str, TimingOverride]
