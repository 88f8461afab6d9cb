"""Ids that AWS derives from others: of cache nodes, and of the instances of a Multi-AZ DB cluster."""

from __future__ import annotations

from typing import Final

from .form_caches import CacheTable

CLUSTER_INSTANCES: Final = 3
"""A Multi-AZ DB cluster has a writer and two readable standbys, never more or fewer."""
_MOST_NODES: Final = 100
"""Beyond any limit of AWS: what a file has more of is reported as too many, and needs no names."""


def cluster_instance_ids(ident: str) -> list[str]:
    """The instances of a Multi-AZ DB cluster, the writer first."""
    return [f"{ident}-instance-{number}" for number in range(1, CLUSTER_INSTANCES + 1)]


def cache_node_ids(ident: str, table: CacheTable) -> list[list[str]]:
    """The nodes of a cache by shard: `sessions-001`, `cart-0001-001`, or `pages/0001` where each is its own shard."""
    if table.engine == "memcached":
        return [[f"{ident}/{number:04}"] for number in range(1, len(table.nodes) + 1)]
    if table.shards is None:
        return [[f"{ident}-{number:03}" for number in range(1, len(table.nodes) + 1)]]
    spread = 1 + min(max(table.replicas or 0, 0), _MOST_NODES)
    return [
        [f"{ident}-{shard:04}-{number:03}" for number in range(1, (len(nodes) or spread) + 1)]
        for shard, nodes in enumerate(table.shards, 1)
    ]
