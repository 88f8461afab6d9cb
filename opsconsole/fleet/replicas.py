"""Read replicas of an RDS DB instance: how many, of what, in chains how long. What they do not say is as their source.

AWS builds a replica from a backup of its source, so every source needs automated backups, replicas that have replicas
of their own included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from opsconsole import catalog

from .backups import resolve_retention
from .classes import check_class
from .encryption import encryption_in_doubt, resolve_copy_encryption
from .form_rds import RdsTable, ReplicaTable, StorageKeys
from .reading import Scope
from .sift import known
from .spec import RdsSpec, RegionSpec
from .standby import resolve_standby
from .storage import resolve_storage
from .text import meant, quoted
from .units import format_size


def resolve_replicas(
    table: RdsTable,
    source: RdsSpec | None,
    engine: catalog.Engine | None,
    release: catalog.EngineVersion | None,
    retention: int,
    scope: Scope,
) -> list[RdsSpec]:
    """The read replicas of one DB instance. `source` is None if it is itself wrong."""
    if not table.replicas:
        return []
    if engine is not None and not engine.read_replicas:
        scope.add_key("replicas", wrong=f"{engine.title} has no read replicas", right="leave them out")
        return []
    if retention == 0 and not scope.about("backup_retention"):
        wrong = "read replicas are made from backups of their source, and it keeps none"
        scope.add("backup_retention", wrong=wrong, right='write "1d" or more, or leave the replicas out')
    levels = _levels(scope.path[-1], table, scope)
    if engine is not None and release is not None:
        _check_tree(levels, table, engine, release, scope)
    specs: dict[str, RdsSpec] = {} if source is None else {source.id: source}
    asked: dict[str, StorageKeys] = {str(scope.path[-1]): table}
    for index in sorted(range(len(table.replicas)), key=lambda at: levels.get(known(table.replicas[at].id) or "", 0)):
        replica = table.replicas[index]
        leader = str(scope.path[-1]) if replica.source is None else replica.source
        keys = asked[replica.id] = _storage_keys(replica, asked.get(leader, table))
        spec = _replica(replica, keys, specs.get(leader), engine, known(table.region), scope.inner("replicas", index))
        if spec is not None:
            specs[spec.id] = spec
    return [spec for spec in specs.values() if spec is not source]


def _levels(head: str | int, table: RdsTable, scope: Scope) -> dict[str, int]:
    """How far from the instance each replica is: 1 follows it directly. Those in a circle have no level."""
    sources: dict[str, str | int] = {}
    for replica in table.replicas:
        if known(replica.id) is not None and replica.id != head:
            sources.setdefault(replica.id, head if replica.source is None else replica.source)
    for index, replica in enumerate(table.replicas):
        if replica.source is not None and replica.source not in sources and replica.source != head:
            wrong = f"there is no replica {quoted(replica.source)} of {head}"
            right = meant(replica.source, sources, "leave it out to follow the DB instance itself")
            scope.missing("replicas", index, "source", wrong=wrong, right=right)
    levels: dict[str, int] = {}
    for ident in sources:
        chain: list[str] = []
        at: str | int = ident
        while isinstance(at, str) and at in sources and at not in levels and at not in chain:
            chain.append(at)
            at = sources[at]
        if at in chain:
            continue
        base = 0 if at not in levels else levels[str(at)]
        for level, member in enumerate(reversed(chain), base + 1):
            levels[member] = level
    for index, replica in enumerate(table.replicas):
        if replica.id in sources and replica.id not in levels:
            wrong = f"{replica.id} follows itself, directly or through others"
            scope.add("replicas", index, "source", wrong=wrong, right="name another replica, or leave it out")
    return levels


def _check_tree(
    levels: Mapping[str, int],
    table: RdsTable,
    engine: catalog.Engine,
    release: catalog.EngineVersion,
    scope: Scope,
) -> None:
    """AWS's limits by engine: replicas of one source, levels, and what a replica needs to be a source."""
    counts: Counter[str | None] = Counter()
    retentions = {known(replica.id): replica.backup_retention for replica in table.replicas}
    for index, replica in enumerate(table.replicas):
        source = None if replica.source == scope.path[-1] else replica.source
        counts[source] += 1
        inner = scope.inner("replicas", index)
        most = engine.read_replicas if source is None else engine.read_replicas_below
        if source is not None and _cannot_follow(replica, levels, engine, release, inner):
            continue
        if counts[source] == most + 1:
            whose = "a DB instance" if source is None else "a replica"
            wrong = f"{whose} of {engine.title} may have {most} read replicas, and this is number {most + 1}"
            scope.add("replicas", index, wrong=wrong, right="leave it out")
        if source in levels and retentions.get(source) == 0:
            wrong = f"replicas of {source} are made from its backups, and it keeps none"
            inner.add("source", wrong=wrong, right=f'give {source} backup_retention = "1d", or name another source')


def _cannot_follow(
    replica: ReplicaTable,
    levels: Mapping[str, int],
    engine: catalog.Engine,
    release: catalog.EngineVersion,
    scope: Scope,
) -> bool:
    """Whether a replica may not follow a replica, which is reported."""
    right = "leave it out to follow the DB instance itself"
    level = levels.get(replica.id, 0) if known(replica.id) is not None else 0
    if engine.replica_levels <= 1:
        scope.add("source", wrong=f"a read replica of {engine.title} cannot have read replicas", right=right)
    elif not release.cascades:
        wrong = f"a read replica of {engine.title} {release.name} cannot have read replicas yet"
        scope.add("source", wrong=wrong, right=right)
    elif level > engine.replica_levels:
        wrong = f"{replica.id} is {level} replicas away from the DB instance, and AWS allows {engine.replica_levels}"
        scope.add("source", wrong=wrong, right="name a replica nearer to it")
    else:
        return False
    return True


def _storage_keys(table: ReplicaTable, source: StorageKeys) -> StorageKeys:
    """The storage type with what is provisioned of it: as its source has it, unless the replica names one of them."""
    own = table.storage_type is not None or table.iops is not None or table.throughput is not None
    return table if own else source


def _replica(
    table: ReplicaTable,
    keys: StorageKeys,
    source: RdsSpec | None,
    engine: catalog.Engine | None,
    home: str | None,
    scope: Scope,
) -> RdsSpec | None:
    """One replica, as its source is but for what it says."""
    region = _region(table, home, scope)
    if region is not None and engine is not None and region.id != home and not engine.cross_region_replicas:
        wrong = f"{engine.title} has no read replicas in other Regions"
        scope.add("region", wrong=wrong, right="leave it out, and name a zone of its source's Region")
    zone = scope.zone(region, known(table.zone), "zone")
    standby = resolve_standby(table.multi_az, table.standby_zone, region, zone, engine, scope)
    check_class(table.instance_class, engine, scope, "class")
    retention = _retention(table, engine, scope)
    if source is None or region is None or zone is None or known(table.id) is None:
        return None
    size = _size(table, source, scope)
    data = source.storage.data_bytes
    storage = resolve_storage(keys, engine, size, scope, max_storage=table.max_storage, data=data)
    kms_key = _kms_key(table, source, region, scope)
    if storage is None or (table.multi_az and standby is None) or encryption_in_doubt(scope):
        return None
    return source._replace(
        id=table.id,
        region=region.id,
        zone=zone,
        multi_az=table.multi_az,
        standby_zone=standby,
        instance_class=table.instance_class or source.instance_class,
        storage=storage,
        retention_days=retention,
        deletion_protection=False,
        source=source.id,
        kms_key=kms_key,
    )


def _region(table: ReplicaTable, home: str | None, scope: Scope) -> RegionSpec | None:
    if table.region is not None:
        return scope.region(table.region)
    return None if home is None else scope.places.declared.get(home)


def _kms_key(table: ReplicaTable, source: RdsSpec, region: RegionSpec, scope: Scope) -> str | None:
    """In its source's Region a replica has the very same key, in another one a key of that Region."""
    near = region.id == source.region
    if near and source.kms_key is not None and table.kms_key not in (None, source.kms_key):
        wrong = f"a read replica in its source's Region has its source's key, and {source.id} has {source.kms_key}"
        scope.add("kms_key", wrong=wrong, right="leave it out")
        return source.kms_key
    encrypted = source.kms_key is not None
    key = resolve_copy_encryption(table, "a read replica", source.id, encrypted, region, scope)
    return source.kms_key if near else key


def _retention(table: ReplicaTable, engine: catalog.Engine | None, scope: Scope) -> int:
    if table.backup_retention and engine is not None and not engine.replica_backups:
        wrong = f"a read replica of {engine.title} has no backups of its own"
        scope.add_key("backup_retention", wrong=wrong, right="leave it out")
    return resolve_retention(table.backup_retention, "RDS", catalog.limit("rds-retention-days"), scope)


def _size(table: ReplicaTable, source: RdsSpec, scope: Scope) -> int | None:
    least = source.storage.allocated_bytes
    if table.storage is None or table.storage >= least:
        return least if table.storage is None else table.storage
    wrong = f"{format_size(table.storage)} is less than the {format_size(least)} of its source"
    scope.add("storage", wrong=wrong, right=f'write "{format_size(least)}" or more, or leave it out')
    return None
