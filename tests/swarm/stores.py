"""Random RDS DB instances with their read replicas, random caches, and how an app uses one: drawn as plans."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from opsconsole import catalog

ENGINES = (
    "mysql",
    "mysql",
    "mariadb",
    "postgres",
    "postgres",
    "oracle-ee",
    "oracle-se2",
    "sqlserver-ee",
    "sqlserver-se",
)
FAMILIES = ("db.m5", "db.m6g", "db.r6g", "db.r5", "db.t3", "db.t4g")
NODE_TYPES = ("cache.t4g.micro", "cache.t4g.small", "cache.r6g.large", "cache.m6g.large")
MOST_REPLICAS = 6
PATTERNS = ("lazy", "lazy", "write-through", "lazy+write-through", "session")
Regions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StoragePlan:
    type: str
    gib: int
    iops: int  # 0: not given
    most_gib: int  # 0: no autoscaling
    data_gib: int  # 0: not given

    def words(self) -> list[str]:
        """As keys of a fleet file."""
        given = [f'storage = "{self.gib} GiB"', f'storage_type = "{self.type}"']
        given += [f"iops = {self.iops}"] if self.iops else []
        given += [f'max_storage = "{self.most_gib} GiB"'] if self.most_gib else []
        return given + ([f'data = "{self.data_gib} GiB"'] if self.data_gib else [])


@dataclass(frozen=True)
class ReplicaPlan:
    id: str
    region: str
    zone: str
    source: str | None  # another replica
    instance_class: str | None
    multi_az: bool
    retention: int

    def line(self) -> str:
        """As a row of a fleet file."""
        words = [f'id = "{self.id}"', f'region = "{self.region}"', f'zone = "{self.zone}"']
        words += [f'source = "{self.source}"'] if self.source else []
        words += [f'class = "{self.instance_class}"'] if self.instance_class else []
        words += ["multi_az = true"] if self.multi_az else []
        words += [f'backup_retention = "{self.retention}d"'] if self.retention else []
        return f"  {{ {', '.join(words)} }},"


@dataclass(frozen=True)
class RdsPlan:
    id: str
    engine: str
    version: str | None
    region: str
    zone: str
    multi_az: bool
    instance_class: str
    storage: StoragePlan
    retention: int
    protected: bool
    monitored: bool
    replicas: tuple[ReplicaPlan, ...]
    backups: tuple[str, ...] = ()  # lines about its encryption and its backup window

    def lines(self) -> list[str]:
        """Its table in the fleet file."""
        lines = [f"[rds.{self.id}]", f'engine = "{self.engine}"', f'region = "{self.region}"', f'zone = "{self.zone}"']
        lines += [f'class = "{self.instance_class}"', *self.storage.words(), f'backup_retention = "{self.retention}d"']
        lines += [f'engine_version = "{self.version}"'] if self.version else []
        lines += self.backups
        lines += ["multi_az = true"] if self.multi_az else []
        lines += ["deletion_protection = true"] if self.protected else []
        lines += ['enhanced_monitoring = "60s"', "performance_insights = true"] if self.monitored else []
        return [*lines, "replicas = [", *(replica.line() for replica in self.replicas), "]"] if self.replicas else lines


@dataclass(frozen=True)
class CachePlan:
    """A cache: `shards` are the zones of each shard's nodes; `mode` says that they are written as shards."""

    id: str
    engine: str
    version: str | None
    region: str
    node_type: str
    mode: bool
    shards: tuple[tuple[str, ...], ...]
    failover: bool | None
    multi_az: bool | None
    tls: bool
    auth: bool
    parameters: tuple[str, ...]
    retention: int

    @property
    def nodes(self) -> list[str]:
        """The ids that the loader gives its nodes."""
        if self.engine == "memcached":
            return [f"{self.id}/{n + 1:04}" for n in range(len(self.shards))]
        if not self.mode:
            return [f"{self.id}-{n + 1:03}" for n in range(len(self.shards[0]))]
        return [f"{self.id}-{s + 1:04}-{n + 1:03}" for s, nodes in enumerate(self.shards) for n in range(len(nodes))]

    def lines(self) -> list[str]:
        """Its table in the fleet file."""
        lines = [f"[elasticache.{self.id}]", f'engine = "{self.engine}"', f'region = "{self.region}"']
        lines += [f'node_type = "{self.node_type}"']
        lines += [f'engine_version = "{self.version}"'] if self.version else []
        rows = ["[" + ", ".join(f'{{ zone = "{zone}" }}' for zone in shard) + "]" for shard in self.shards]
        if self.mode:
            lines.append(f"shards = [{', '.join(rows)}]")
        elif self.engine == "memcached":
            lines.append("nodes = [" + ", ".join(f'{{ zone = "{shard[0]}" }}' for shard in self.shards) + "]")
        else:
            lines.append(f"nodes = {rows[0]}")
        for key, value in (("automatic_failover", self.failover), ("multi_az", self.multi_az)):
            lines += [f"{key} = {str(value).lower()}"] if value is not None else []
        lines += ["transit_encryption = true"] if self.tls else []
        lines += ["auth = true"] if self.auth else []
        lines += [f"parameters = {{ {', '.join(self.parameters)} }}"] if self.parameters else []
        return [*lines, f'snapshot_retention = "{self.retention}d"'] if self.retention else lines


@dataclass(frozen=True)
class CacheUsePlan:
    store: str
    pattern: str
    keys: int
    ttl: str | None
    jitter: str | None
    item: str
    reader: bool
    hot_key: str | None
    timeout: str | None

    def line(self) -> str:
        """As a key of an app's table."""
        words = [
            f'store = "{self.store}"',
            f'pattern = "{self.pattern}"',
            f"keys = {self.keys}",
            f'item = "{self.item}"',
        ]
        words += [f'ttl = "{self.ttl}"'] if self.ttl else []
        words += [f'jitter = "{self.jitter}"'] if self.jitter else []
        words += ['reads = "reader"'] if self.reader else []
        words += [f'hot_key = "{self.hot_key}"'] if self.hot_key else []
        words += [f'timeout = "{self.timeout}"'] if self.timeout else []
        return f"cache = {{ {', '.join(words)} }}"


# -- drawing -----------------------------------------------------------------------------------------------------


def draw_rds(chance: Random, number: int, regions: Regions) -> RdsPlan:
    """A DB instance of any engine, with replicas where it may have them."""
    id, engine = f"r{number}", catalog.engine(chance.choice(ENGINES))
    region, letters = chance.choice(regions)
    classes = sorted(
        row.name
        for row in catalog.instance_classes().values()
        if engine.name in row.engines and row.family in FAMILIES and row.size_rank <= 40
    )
    one_class = chance.choice(classes)
    older = chance.random() < 0.3
    version = chance.choice([row.name for row in engine.releases]) if older else None
    release = engine.release(version or engine.default_version)
    multi_az = engine.multi_az and chance.random() < 0.6
    storage = _draw_storage(chance, engine.name)
    replicas: list[ReplicaPlan] = []
    if engine.read_replicas and chance.random() < 0.6:
        for _ in range(min(engine.read_replicas, chance.choice((1, 1, 2, 3, MOST_REPLICAS)))):
            replicas.append(_draw_replica(chance, id, len(replicas) + 1, region, regions, engine, classes, replicas))
        if not release.cascades:
            replicas = [replica for replica in replicas if replica.source is None]
    retention = chance.choice((1, 7)) if replicas else chance.choice((0, 1, 7))
    return RdsPlan(
        id,
        engine.name,
        version,
        region,
        chance.choice(letters),
        multi_az,
        one_class,
        storage,
        retention,
        chance.random() < 0.15,
        chance.random() < 0.3,
        tuple(replicas),
    )


def _draw_replica(
    chance: Random,
    id: str,
    number: int,
    home: str,
    regions: Regions,
    engine: catalog.Engine,
    classes: list[str],
    before: list[ReplicaPlan],
) -> ReplicaPlan:
    levels: dict[str | None, int] = {None: 0}
    for replica in before:
        levels[replica.id] = levels[replica.source] + 1
    below = [one for one in before if one.retention and levels[one.id] < engine.replica_levels]
    below = [one for one in below if sum(o.source == one.id for o in before) < engine.read_replicas_below]
    source = chance.choice(below).id if below and chance.random() < 0.5 else None
    region, letters = chance.choice(regions)
    if not engine.cross_region_replicas or chance.random() < 0.6:
        region, letters = next(one for one in regions if one[0] == home)
    return ReplicaPlan(
        f"{id}-r{number}",
        region,
        chance.choice(letters),
        source,
        chance.choice(classes) if chance.random() < 0.3 else None,
        engine.multi_az and chance.random() < 0.2,
        1 if engine.replica_backups and chance.random() < 0.5 else 0,
    )


def _draw_storage(chance: Random, engine: str) -> StoragePlan:
    kinds = [row for row in catalog.storage_types().values() if any(engine in bounds.engines for bounds in row.bounds)]
    row = chance.choice(kinds)
    bounds = row.bounds_for(engine)
    sizes = [gib for gib in (20, 100, 200, 400, 500, 1000, 2000) if bounds.min_gib <= gib <= bounds.max_gib]
    gib = chance.choice(sizes or [bounds.min_gib])
    allowed = row.iops_range(gib, engine)
    if row.provisioned and allowed is None:
        row = catalog.storage_type("gp3")
        gib, allowed = max(gib, row.bounds_for(engine).min_gib), None
    iops = 0
    if allowed is not None and (row.provisioned or chance.random() < 0.3):
        iops = min(allowed[1], max(allowed[0], chance.choice((1000, 3000, 6000, 12000))))
    most = gib * chance.choice((2, 5)) if row.autoscaling and chance.random() < 0.4 else 0
    most = 0 if most > row.bounds_for(engine).max_gib else most
    data = chance.choice((0, 0, 0, gib // 2, gib * 88 // 100, gib * 94 // 100, gib * 97 // 100))
    return StoragePlan(row.name, gib, iops, most, data)


def draw_cache(chance: Random, number: int, regions: Regions) -> CachePlan:
    """A cache of any engine: with and without replicas, cluster mode, automatic failover, Multi-AZ."""
    id, (region, letters) = f"k{number}", chance.choice(regions)
    engine = catalog.engine(chance.choice(("redis", "redis", "valkey", "memcached")))
    node_type = chance.choice([name for name in NODE_TYPES if engine.name in catalog.cache_node_type(name).engines])
    if engine.name == "memcached":
        zones = tuple((chance.choice(letters),) for _ in range(chance.choice((1, 2, 2, 3, 4))))
        return CachePlan(id, engine.name, None, region, node_type, False, zones, None, None, False, False, (), 0)
    version = chance.choice([row.name for row in engine.releases]) if chance.random() < 0.3 else None
    release = engine.release(version or engine.default_version)
    mode = release.cluster_mode and chance.random() < 0.5
    each = 1 + chance.choice((0, 1, 1, 1, 2, 5))
    shards = tuple(
        tuple(letters[(s + n) % len(letters)] if chance.random() < 0.7 else chance.choice(letters) for n in range(each))
        for s in range(chance.choice((1, 2, 2, 3)) if mode else 1)
    )
    failover = False if each > 1 and not mode and chance.random() < 0.3 else None
    tls = release.tls and chance.random() < 0.3
    parameters = [f'maxmemory-policy = "{chance.choice(sorted(catalog.cache_policies()))}"']
    parameters += [f"reserved-memory-percent = {chance.choice((0, 25, 50))}"]
    if release.aof and (failover is False or each == 1) and not mode and chance.random() < 0.5:
        parameters.append('appendonly = "yes"')
    return CachePlan(
        id,
        engine.name,
        version,
        region,
        node_type,
        mode,
        shards,
        failover,
        False if chance.random() < 0.3 else None,
        tls,
        tls and chance.random() < 0.5,
        tuple(parameters) if chance.random() < 0.5 or len(parameters) > 2 else (),
        chance.choice((0, 0, 1, 5)),
    )


def draw_cache_use(chance: Random, cache: CachePlan, reads_database: bool, writes_database: bool) -> CacheUsePlan:
    """How an app uses a cache, so that it makes sense with what else the app does."""
    patterns = [p for p in PATTERNS if (reads_database or "lazy" not in p) and (writes_database or "through" not in p)]
    ttl = chance.choice((None, "5s", "60s", "10m", "4h"))
    replicated = cache.engine != "memcached" and all(len(shard) > 1 for shard in cache.shards)
    return CacheUsePlan(
        cache.id,
        chance.choice(patterns),
        chance.choice((10, 1000, 50_000, 2_000_000)),
        ttl,
        chance.choice((None, "10%", "50%", "100%")) if ttl else None,
        chance.choice(("1 KiB", "2 KiB", "64 KiB")),
        replicated and chance.random() < 0.4,
        chance.choice((None, None, "5%", "50%", "100%")),
        chance.choice((None, None, "20ms", "1s")),
    )
