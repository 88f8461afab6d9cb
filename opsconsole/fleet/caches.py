"""ElastiCache: AWS's rules for replication groups of Redis OSS and Valkey, and for Memcached clusters.

Cluster mode is enabled by writing shards instead of nodes. A Memcached cluster is a list of nodes that know nothing of
each other: what it cannot do is in `memcached`.
"""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole import catalog

from .backups import check_windows, resolve_retention
from .classes import check_node_type
from .engines import find_engine, find_release
from .form_caches import CacheNodeTable, CacheTable, ParametersTable
from .memcached import check_memcached
from .naming import cache_node_ids
from .reading import Scope
from .sift import known
from .spec import CacheNodeSpec, CacheSpec, RegionSpec, ShardSpec
from .text import meant, quoted


def resolve_cache(ident: str, table: CacheTable, scope: Scope) -> CacheSpec | None:
    """One cache; None if anything that it needs is wrong."""
    engine = find_engine(known(table.engine), "elasticache", scope)
    release = find_release(engine, table.engine_version, scope)
    region = scope.region(known(table.region))
    check_node_type(table.node_type, engine, scope)
    memcached = engine is not None and not engine.read_replicas
    backups = None if memcached else table.snapshot_window
    check_windows(table.maintenance_window, backups, scope, "cache")
    if memcached and engine is not None:
        check_memcached(table, engine, scope)
        shards: tuple[ShardSpec, ...] | None = _nodes_alone(ident, table, region, scope)
    else:
        shards = _shards(ident, table, region, release, scope)
    if table.transit_encryption and release is not None and not release.tls:
        wrong = f"{table.engine} {release.name} has no encryption in transit"
        scope.add("transit_encryption", wrong=wrong, right="leave it out, or choose a newer engine_version")
    if engine is None or release is None or region is None or not shards:
        return None
    automatic = _automatic_failover(table, engine, shards, scope)
    multi_az = _multi_az(table, automatic, shards, scope)
    parameters = (None if memcached else table.parameters) or ParametersTable.model_validate({})
    append_only = _append_only(parameters, release, automatic, scope)
    limit = catalog.limit("cache-snapshot-retention-days")
    retention = resolve_retention(table.snapshot_retention, "ElastiCache", limit, scope, "snapshot_retention")
    if table.auth and not table.transit_encryption and not memcached:
        wrong = "an AUTH token travels with every connection, so AWS has it with encryption in transit only"
        scope.add("auth", wrong=wrong, right="add transit_encryption = true")
    return CacheSpec(
        id=ident,
        engine=engine.name,
        engine_version=release.name,
        region=region.id,
        node_type=table.node_type,
        cluster_mode=table.shards is not None,
        shards=shards,
        automatic_failover=automatic,
        multi_az=multi_az,
        transit_encryption=table.transit_encryption,
        at_rest_encryption=table.at_rest_encryption,
        auth=table.auth,
        maxmemory_policy=_policy(parameters, memcached, scope),
        reserved_memory_percent=_reserved(parameters, memcached, scope),
        append_only=append_only,
        snapshot_retention_days=retention,
        snapshot_window=table.snapshot_window,
        maintenance_window=table.maintenance_window,
    )


def _nodes_alone(
    ident: str, table: CacheTable, region: RegionSpec | None, scope: Scope
) -> tuple[ShardSpec, ...] | None:
    """The nodes of a Memcached cluster: each is a shard without slots, because its clients spread the keys."""
    limit = catalog.limit("memcached-nodes")
    nodes = _placed(table.nodes, [names[0] for names in cache_node_ids(ident, table)], region, scope, "nodes")
    if not table.nodes and not scope.about("nodes"):
        scope.missing(wrong="the cluster has no node", right='add nodes = [{ zone = "a" }]')
    elif len(table.nodes) > limit.value:
        wrong = f"a Memcached cluster may have {limit.value} nodes, and this is number {limit.value + 1}"
        scope.add("nodes", limit.value, wrong=wrong, right="leave it out")
    return tuple(ShardSpec(f"{number:04}", None, (node,)) for number, node in enumerate(nodes, 1))


def _shards(
    ident: str, table: CacheTable, region: RegionSpec | None, release: catalog.EngineVersion | None, scope: Scope
) -> tuple[ShardSpec, ...] | None:
    """The shards of a replication group; one without slots if cluster mode is disabled."""
    names = cache_node_ids(ident, table)
    if table.shards is None:
        _check_one_shard(table, scope)
        nodes = _placed(table.nodes, names[0], region, scope, "nodes")
        _check_replicas(len(table.nodes), scope, "nodes")
        return (ShardSpec("0001", None, nodes),) if nodes else None
    if table.nodes:
        wrong = "a cache has nodes (cluster mode disabled) or shards (enabled), not both"
        scope.add_key("nodes", wrong=wrong, right="keep one of the two")
    if release is not None and not release.cluster_mode:
        wrong = f"{table.engine} {release.name} has no cluster mode"
        scope.add_key("shards", wrong=wrong, right="write nodes instead, or choose a newer engine_version")
    _check_shards(table, scope)
    ranges = slots(len(table.shards))
    found: list[ShardSpec] = []
    for index, listed in enumerate(table.shards):
        if listed:
            _check_replicas(len(listed), scope, "shards", index)
            nodes = _placed(listed, names[index], region, scope, "shards", index)
        else:
            nodes = _spread(names[index], region, index)
        found.append(ShardSpec(f"{index + 1:04}", ranges[index], nodes))
    return tuple(found) if all(shard.nodes for shard in found) else None


def _check_one_shard(table: CacheTable, scope: Scope) -> None:
    if scope.about("shards"):
        return
    if table.replicas is not None:
        wrong = "without shards, replicas are the nodes after the first"
        scope.add_key("replicas", wrong=wrong, right="list them in nodes, or write shards as a number")
    if not table.nodes and not scope.about("nodes"):
        scope.missing(wrong="the cache has no node", right='add nodes = [{ zone = "a" }, { zone = "b" }]')


def _check_shards(table: CacheTable, scope: Scope) -> None:
    """How many shards, replicas and nodes there may be."""
    shards = table.shards or []
    listed = any(shards)
    if not shards:
        scope.add("shards", wrong="the cache has no shard", right="write a number of shards, such as 3")
    for index, nodes in enumerate(shards):
        if listed and not nodes and not scope.about("shards", index):
            scope.add("shards", index, wrong="the shard has no node", right='write [{ zone = "a" }, { zone = "b" }]')
    replicas = table.replicas or 0
    most = catalog.limit("cache-replicas").value
    if table.replicas is not None and listed:
        wrong = "replicas goes with a number of shards, and here their nodes are listed"
        scope.add_key("replicas", wrong=wrong, right="leave it out: a replica is a node after the first")
    elif not 0 <= replicas <= most:
        wrong = f"{replicas} replicas of each shard are not possible"
        scope.add("replicas", wrong=wrong, right=f"write 0 to {most}")
    count = sum(len(nodes) for nodes in shards) if listed else len(shards) * (1 + replicas)
    limit = catalog.limit("cache-nodes")
    if count > limit.value and 0 <= replicas <= most:
        wrong = f"{count} nodes are more than the {limit.value} that AWS allows one cluster"
        scope.add("shards", wrong=wrong, right="take fewer shards or fewer replicas")


def _check_replicas(nodes: int, scope: Scope, *where: str | int) -> None:
    most = catalog.limit("cache-replicas").value
    if nodes > 1 + most:
        wrong = f"a shard may have {most} replicas beside its primary, and this is replica {most + 1}"
        scope.add(*where, 1 + most, wrong=wrong, right="leave it out")


def _placed(
    tables: Sequence[CacheNodeTable], names: Sequence[str], region: RegionSpec | None, scope: Scope, *where: str | int
) -> tuple[CacheNodeSpec, ...]:
    """Nodes where the file wants them; none at all if one of them is nowhere."""
    nodes: list[CacheNodeSpec] = []
    for index, (table, name) in enumerate(zip(tables, names, strict=True)):
        zone = scope.zone(region, known(table.zone), *where, index, "zone")
        if zone is not None:
            nodes.append(CacheNodeSpec(name, zone))
    return tuple(nodes) if len(nodes) == len(tables) else ()


def _spread(names: Sequence[str], region: RegionSpec | None, first: int) -> tuple[CacheNodeSpec, ...]:
    """A shard's nodes in one zone after the other, so that primaries and replicas are spread evenly."""
    if region is None:
        return ()
    zones = region.zones
    return tuple(CacheNodeSpec(name, zones[(first + index) % len(zones)]) for index, name in enumerate(names))


def slots(shards: int) -> list[tuple[int, int]]:
    """The hash slots of each shard, as evenly as they divide; the first shards have one more."""
    total = catalog.limit("cache-slots-total").value
    ranges: list[tuple[int, int]] = []
    first = 0
    for index in range(shards):
        count = total // shards + (index < total % shards)
        ranges.append((first, first + count - 1))
        first += count
    return ranges


def _automatic_failover(table: CacheTable, engine: catalog.Engine, shards: Sequence[ShardSpec], scope: Scope) -> bool:
    replicated = all(len(shard.nodes) > 1 for shard in shards)
    if not engine.read_replicas:
        return False
    if table.shards is not None:
        if table.automatic_failover is False:
            wrong = "with cluster mode enabled, automatic failover is always on"
            scope.add("automatic_failover", wrong=wrong, right="leave it out")
        return True
    if table.automatic_failover and not replicated:
        wrong = "a failover needs a replica, and there is none"
        scope.add("automatic_failover", wrong=wrong, right="leave it out, or add a node")
    return replicated if table.automatic_failover is None else table.automatic_failover


def _multi_az(table: CacheTable, automatic: bool, shards: Sequence[ShardSpec], scope: Scope) -> bool:
    spread = all(any(node.zone != shard.nodes[0].zone for node in shard.nodes) for shard in shards)
    if table.multi_az and not spread and table.engine != "memcached":
        wrong = "Multi-AZ needs a replica in another zone than the primary's, in every shard"
        scope.add("multi_az", wrong=wrong, right="place one there, or leave multi_az out")
    elif table.multi_az and not automatic and table.engine != "memcached":
        wrong = "Multi-AZ needs automatic failover"
        scope.add("multi_az", wrong=wrong, right="leave automatic_failover = false out")
    return automatic and spread if table.multi_az is None else table.multi_az


def _append_only(parameters: ParametersTable, release: catalog.EngineVersion, automatic: bool, scope: Scope) -> bool:
    append_only = parameters.appendonly == "yes"
    where = ("parameters", "appendonly")
    if append_only and not release.aof:
        last = [row.name for row in catalog.engine("redis").releases if row.aof][-1]
        wrong = f"ElastiCache has had no AOF since Redis {last}, and ignores it"
        right = f'leave it out and rely on replicas and snapshots, or choose engine_version = "{last}" to see it'
        scope.add(*where, wrong=wrong, right=right)
    elif append_only and automatic:
        wrong = "AOF and automatic failover (Multi-AZ) exclude each other"
        scope.add(*where, wrong=wrong, right="leave it out, or write automatic_failover = false")
    return append_only


def _policy(parameters: ParametersTable, memcached: bool, scope: Scope) -> str:
    """What goes when memory is full. Memcached has no choice: of all its keys, those used longest ago."""
    if memcached:
        return "allkeys-lru"
    policies = catalog.cache_policies()
    name = parameters.maxmemory_policy
    if name is None:
        return next(row.name for row in policies.values() if row.default)
    if name not in policies:
        wrong = f"{quoted(name)} is not a policy of maxmemory"
        scope.add("parameters", "maxmemory-policy", wrong=wrong, right=meant(name, policies))
    return name


def _reserved(parameters: ParametersTable, memcached: bool, scope: Scope) -> int:
    if memcached:
        return 0
    percent = parameters.reserved_memory_percent
    if percent is None:
        return round(catalog.assumption("cache-reserved-memory-percent").value)
    if not catalog.limit("reserved-memory-percent").allows(percent):
        wrong = f"{percent} per cent of the memory cannot be reserved"
        scope.add("parameters", "reserved-memory-percent", wrong=wrong, right="write 0 to 100")
    return percent
