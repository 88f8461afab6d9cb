"""Random fleets: drawn as plans, written as fleet files, so that the loader is exercised too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from opsconsole import catalog
from tests.swarm.stores import CachePlan, CacheUsePlan, RdsPlan, draw_cache, draw_cache_use, draw_rds

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1")
VERSIONS = {
    "aurora-mysql": (None, None, None, "5.7.mysql_aurora.2.09.3", "8.0.mysql_aurora.3.04.0"),
    "aurora-postgresql": (None, None, "12.13", "14.6", "16.4"),
}
FAMILIES = ("db.r5", "db.r6g", "db.r7g", "db.t4g")
COPIED = ("mysql", "postgres")  # engines that have Multi-AZ DB clusters
TIMINGS = (
    "aurora-failover",
    "aurora-host-replacement",
    "aurora-instance-create",
    "aurora-instance-delete",
    "aurora-reader-restart",
    "aurora-restart",
    "custom-endpoint-create",
    "dns-record-update",
    "global-detach",
    "global-failover",
    "global-resync",
    "global-switchover",
    "reader-health-check",
    "volume-copy-catch-up",
    "multi-az-cluster-failover",
    "rds-crash-recovery",
    "rds-host-replacement",
    "rds-reboot",
    "rds-multi-az-failover",
    "rds-standby-loss-detection",
    "rds-standby-resync",
    "rds-standby-build",
    "rds-create-replica",
    "rds-promote-replica",
    "rds-class-change",
    "rds-convert-multi-az",
    "rds-storage-modify",
    "rds-stop",
    "rds-start",
    "elasticache-failover",
    "elasticache-node-replacement",
    "elasticache-primary-replacement",
    "elasticache-resync",
    "elasticache-reboot",
    "elasticache-reshard",
    "elasticache-snapshot",
    "memcached-node-replacement",
)
MEDIANS = ("1ms", "1s", "45s", "5m", "20m")
MOST_CLUSTERS = 4
MOST_INSTANCES = 8


@dataclass(frozen=True)
class InstancePlan:
    id: str
    zone: str
    instance_class: str
    tier: int | None


@dataclass(frozen=True)
class EndpointPlan:
    id: str
    type: str
    members: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class ClusterPlan:
    id: str
    engine: str
    version: str | None
    region: str
    storage_gib: int | None
    protected: bool
    instances: tuple[InstancePlan, ...]
    endpoints: tuple[EndpointPlan, ...]
    secondary: bool
    scaling: str = ""  # its auto_scaling, as the fleet file has it
    backups: tuple[str, ...] = ()  # lines about its encryption, backtrack and backups


@dataclass(frozen=True)
class GlobalPlan:
    id: str
    primary: str
    secondaries: tuple[str, ...]


@dataclass(frozen=True)
class AppPlan:
    id: str
    homes: tuple[str, ...]
    writes_to: str | None
    reads_from: tuple[str, ...]
    writes: int
    reads: int
    pool: int
    pool_lifetime: str
    timeout: str
    dns_cache: str
    health_check: str
    cache: CacheUsePlan | None = None
    profile: bool = False


@dataclass(frozen=True)
class Plan:
    """A fleet before it is a file. `without` leaves things out, for shrinking."""

    seed: int
    regions: tuple[tuple[str, str], ...]  # name, letters of its zones
    clusters: tuple[ClusterPlan, ...]
    databases: tuple[GlobalPlan, ...]
    apps: tuple[AppPlan, ...]
    timings: tuple[tuple[str, str], ...] = ()  # name of a timing, its median
    rds: tuple[RdsPlan, ...] = ()
    caches: tuple[CachePlan, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()  # KMS keys, and their Regions

    @property
    def zones(self) -> list[str]:
        return [region + letter for region, letters in self.regions for letter in letters]

    @property
    def instances(self) -> list[str]:
        return [instance.id for cluster in self.clusters for instance in cluster.instances]

    @property
    def db_instances(self) -> list[str]:
        """RDS DB instances, and their read replicas."""
        return [*(db.id for db in self.rds), *self.replicas]

    @property
    def replicas(self) -> list[str]:
        return [replica.id for db in self.rds for replica in db.replicas]

    @property
    def nodes(self) -> list[str]:
        """Cache nodes."""
        return [node for cache in self.caches for node in cache.nodes]

    def ids(self) -> list[str]:
        """What may be left out, the most wished for first."""
        clusters = [cluster.id for cluster in self.clusters]
        databases = [database.id for database in self.databases]
        endpoints = [endpoint.id for cluster in self.clusters for endpoint in cluster.endpoints]
        stores = [*(cache.id for cache in self.caches), *self.db_instances]
        return [*(app.id for app in self.apps), *stores, *databases, *clusters, *endpoints, *self.instances]

    def without(self, ids: frozenset[str]) -> Plan:
        """The plan with some things left out, and what depends on them."""
        for db in self.rds:
            for replica in db.replicas:  # a source is always listed before its replicas
                if replica.source in ids or db.id in ids:
                    ids |= {replica.id}
        databases = tuple(
            replace(database, secondaries=tuple(id for id in database.secondaries if id not in ids))
            for database in self.databases
            if database.id not in ids and database.primary not in ids
        )
        followers = {id for database in databases for id in database.secondaries}
        clusters = tuple(
            replace(
                cluster,
                secondary=cluster.id in followers,
                instances=tuple(one for one in cluster.instances if one.id not in ids or cluster.engine in COPIED),
                endpoints=tuple(_thin(one, ids) for one in cluster.endpoints if one.id not in ids),
            )
            for cluster in self.clusters
            if cluster.id not in ids
        )
        apps = tuple(app for app in (_retarget(app, ids) for app in self.apps if app.id not in ids) if app is not None)
        rds = tuple(
            replace(db, replicas=tuple(one for one in db.replicas if one.id not in ids))
            for db in self.rds
            if db.id not in ids
        )
        caches = tuple(cache for cache in self.caches if cache.id not in ids)
        return replace(self, clusters=clusters, databases=databases, apps=apps, rds=rds, caches=caches)

    def toml(self) -> str:
        """The fleet file."""
        lines = [f'name = "Swarm {self.seed}"', f"seed = {self.seed}", "", "[regions]"]
        for name, letters in self.regions:
            lines.append(f"{name} = {{ zones = {_list(letters)} }}")
        for key, region in self.keys:
            lines += ["", f"[kms.{key}]", f'region = "{region}"']
        for cluster in self.clusters:
            lines += ["", *(_copied_lines(cluster) if cluster.engine in COPIED else _cluster_lines(cluster))]
        for database in self.databases:
            lines += ["", f"[global.{database.id}]", f'primary = "{database.primary}"']
            lines.append(f"secondaries = {_list(database.secondaries)}")
        for db in self.rds:
            lines += ["", *db.lines()]
        for cache in self.caches:
            lines += ["", *cache.lines()]
        for app in self.apps:
            lines += ["", *_app_lines(app)]
        if self.timings:
            lines += ["", "[timings]", *(f'{name} = "{typical}"' for name, typical in self.timings)]
        return "\n".join(lines) + "\n"


def _thin(endpoint: EndpointPlan, ids: frozenset[str]) -> EndpointPlan:
    members = tuple(id for id in endpoint.members if id not in ids)
    return replace(endpoint, members=members, excluded=tuple(id for id in endpoint.excluded if id not in ids))


def _retarget(app: AppPlan, ids: frozenset[str]) -> AppPlan | None:
    def gone(endpoint: str) -> bool:
        return any(part in ids for part in endpoint.split("."))

    writes_to = None if app.writes_to is None or gone(app.writes_to) else app.writes_to
    reads_from = tuple(endpoint for endpoint in app.reads_from if not gone(endpoint))
    cache = None if app.cache is None or app.cache.store in ids else app.cache
    if cache is not None and (
        ("lazy" in cache.pattern and not reads_from) or ("through" in cache.pattern and not writes_to)
    ):
        cache = None
    session = cache is not None and cache.pattern == "session"
    if writes_to is None and not reads_from and not session:
        return None
    return replace(
        app,
        cache=cache,
        writes_to=writes_to,
        reads_from=reads_from,
        writes=app.writes if writes_to or session else 0,
        reads=app.reads if reads_from or session else 0,
    )


def _list(words: tuple[str, ...] | str) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _cluster_lines(cluster: ClusterPlan) -> list[str]:
    lines = [f"[aurora.{cluster.id}]", f'engine = "{cluster.engine}"', f'region = "{cluster.region}"']
    if cluster.version is not None and not cluster.secondary:
        lines.append(f'engine_version = "{cluster.version}"')
    if cluster.storage_gib is not None and not cluster.secondary:
        lines.append(f'storage = "{cluster.storage_gib} GiB"')
    if cluster.protected:
        lines.append("deletion_protection = true")
    if cluster.scaling:
        lines.append(f"auto_scaling = {cluster.scaling}")
    lines += cluster.backups
    lines.append("instances = [")
    for one in cluster.instances:
        tier = "" if one.tier is None else f", tier = {one.tier}"
        lines.append(f'  {{ id = "{one.id}", zone = "{one.zone}", class = "{one.instance_class}"{tier} }},')
    lines += ["]", "endpoints = ["]
    for endpoint in cluster.endpoints:
        chosen = f", members = {_list(endpoint.members)}" if endpoint.members else ""
        chosen += f", excluded = {_list(endpoint.excluded)}" if endpoint.excluded else ""
        lines.append(f'  {{ id = "{endpoint.id}", type = "{endpoint.type}"{chosen} }},')
    return [*lines, "]"]


def _copied_lines(cluster: ClusterPlan) -> list[str]:
    """A Multi-AZ DB cluster; its instances follow from its region."""
    lines = [f"[multi_az_cluster.{cluster.id}]", f'engine = "{cluster.engine}"', f'region = "{cluster.region}"']
    lines += [f'class = "{cluster.instances[0].instance_class}"', f'storage = "{cluster.storage_gib} GiB"']
    lines += cluster.backups
    return [*lines, "deletion_protection = true"] if cluster.protected else lines


def _app_lines(app: AppPlan) -> list[str]:
    lines = [f"[apps.{app.id}]", f"homes = {_list(app.homes)}"]
    if app.writes_to is not None:
        lines.append(f'writes_to = "{app.writes_to}"')
    if app.reads_from:
        lines.append(f"reads_from = {_list(app.reads_from)}")
    lines += [f'writes = "{app.writes}/s"'] if app.writes else []
    lines += [f'reads = "{app.reads}/s"'] if app.reads else []
    lines += [app.cache.line()] if app.cache is not None else []
    lines += ['profile = "office"'] if app.profile else []
    lines += [f"pool = {app.pool}", f'pool_lifetime = "{app.pool_lifetime}"', f'timeout = "{app.timeout}"']
    return [*lines, f'dns_cache = "{app.dns_cache}"', f'health_check = "{app.health_check}"']


# -- drawing -----------------------------------------------------------------------------------------------------


def draw_plan(seed: int) -> Plan:
    """The fleet of a seed."""
    chance = Random(f"swarm fleet {seed}")
    names = sorted(chance.sample(REGIONS, chance.choices((1, 2, 3), (4, 4, 3))[0]))
    regions = tuple((name, _letters(chance, name)) for name in names)
    clusters: list[ClusterPlan] = []
    databases: list[GlobalPlan] = []
    while len(clusters) < chance.choices((1, 2, 3, 4), (3, 3, 2, 2))[0] or not clusters:
        others = [region for region in regions if region[0] != regions[0][0]]
        room = MOST_CLUSTERS - len(clusters)
        if others and room >= 2 and chance.random() < 0.6:
            databases.append(_draw_global(chance, len(databases) + 1, regions, room, clusters))
        else:
            clusters.append(draw_cluster(chance, len(clusters) + 1, chance.choice(regions), None))
    apps = tuple(
        draw_app(chance, number + 1, names, clusters, databases)
        for number in range(chance.choices((1, 2, 3, 4), (4, 3, 2, 1))[0])
    )
    more = Random(f"swarm copied {seed}")
    if more.random() < 0.4:
        copied = draw_copied(more, len(clusters) + 1, more.choice(regions))
        clusters.append(copied)
        apps += tuple(draw_app(more, len(apps) + n + 1, names, [copied], []) for n in range(more.choice((1, 1, 2))))
    more = Random(f"swarm timings {seed}")
    timings = tuple((name, more.choice(MEDIANS)) for name in TIMINGS if more.random() < 0.4)
    plan = Plan(seed, regions, tuple(clusters), tuple(databases), apps, timings if more.random() < 0.3 else ())
    plan = _with_stores(Random(f"swarm stores {seed}"), plan)
    return _with_recovery(Random(f"swarm recovery {seed}"), plan)


def _with_recovery(chance: Random, plan: Plan) -> Plan:
    """Keys, encryption, backtrack, retention and backup windows; some fleets have AWS's defaults."""
    if chance.random() < 0.2:
        return plan
    keys = tuple((f"key{n + 1}", chance.choice(plan.regions)[0]) for n in range(chance.choice((0, 1, 2, 3))))
    members = {id for database in plan.databases for id in (database.primary, *database.secondaries)}
    primaries = {id: database.primary for database in plan.databases for id in database.secondaries}
    encrypted: dict[str, str] = {}
    clusters: list[ClusterPlan] = []
    for cluster in plan.clusters:
        lines = [f'backup_retention = "{chance.choice((1, 1, 2, 7))}d"']
        if cluster.id not in primaries:
            encrypted[cluster.id] = _encryption(chance, keys, cluster.region)
            lines += [encrypted[cluster.id]] if encrypted[cluster.id] else []
        elif encrypted[primaries[cluster.id]]:
            key = _encryption(chance, keys, cluster.region)
            lines += [key] if key else []
        if cluster.engine == "aurora-mysql" and cluster.id not in members and chance.random() < 0.7:
            lines.append(f'backtrack = "{chance.choice(("10m", "1h", "24h", "72h"))}"')
        if chance.random() < 0.3:
            lines.append(f'backup_window = "{chance.choice(EARLY)}"')
        clusters.append(replace(cluster, backups=tuple(lines)))
    rds: list[RdsPlan] = []
    for db in plan.rds:
        days = chance.choice((db.retention, db.retention, 2, 3)) if db.retention else 0
        key = _encryption(chance, keys, db.region)
        lines = [key] if key else []
        if chance.random() < 0.4:
            lines.append(f'backup_window = "{chance.choice(EARLY)}"')
        rds.append(replace(db, retention=days, backups=tuple(lines)))
    return replace(plan, clusters=tuple(clusters), rds=tuple(rds), keys=keys)


EARLY = ("09:20-09:50", "10:00-10:30", "12:00-12:45")
"""Backup windows soon after the start of a run."""


def _encryption(chance: Random, keys: tuple[tuple[str, str], ...], region: str) -> str:
    """How something in a Region is encrypted, as a line of the fleet file; nothing if it is not."""
    near = [key for key, where in keys if where == region]
    if near and chance.random() < 0.7:
        return f'kms_key = "{chance.choice(near)}"'
    return "encrypted = true" if chance.random() < 0.2 else ""


def _with_stores(chance: Random, plan: Plan) -> Plan:
    """RDS DB instances and caches beside the clusters, or instead of them; apps of theirs; auto scaling."""
    clusters = tuple(_scaled(chance, cluster) for cluster in plan.clusters)
    plan = replace(plan, clusters=clusters)
    if chance.random() < 0.25:  # a fleet of clusters alone
        return plan
    if chance.random() < 0.5:  # none of them
        plan = replace(plan, clusters=(), databases=(), apps=())
    few = bool(plan.clusters)
    rds = [draw_rds(chance, n + 1, plan.regions) for n in range(chance.choice((0, 1, 1, 1) if few else (1, 1, 2, 3)))]
    caches = [draw_cache(chance, n + 1, plan.regions) for n in range(chance.choice((0, 1, 1, 2)))]
    apps = list(plan.apps)
    for _ in range(chance.choice((1, 1, 2, 3)) if rds or caches else 0):
        app = draw_user(chance, len(apps) + 1, plan, rds, caches)
        apps += [app] if app is not None else []
    return replace(plan, rds=tuple(rds), caches=tuple(caches), apps=tuple(apps))


def _scaled(chance: Random, cluster: ClusterPlan) -> ClusterPlan:
    """Auto scaling, for some of Aurora's clusters."""
    if cluster.secondary or cluster.engine in COPIED or chance.random() < 0.7:
        return cluster
    metric, target = chance.choice((("cpu", 20), ("cpu", 60), ("connections", 5), ("connections", 100)))
    words = f'metric = "{metric}", target = {target}, min = {chance.choice((1, 2))}, max = {chance.choice((2, 5, 15))}'
    if chance.random() < 0.5:
        words += f', scale_in_cooldown = "{chance.choice(("0s", "300s"))}", scale_out_cooldown = "60s"'
    return replace(cluster, scaling="{ " + words + " }")


def draw_user(chance: Random, number: int, plan: Plan, rds: list[RdsPlan], caches: list[CachePlan]) -> AppPlan | None:
    """An app of DB instances or clusters, of a cache, or of both."""
    writers = [*(db.id for db in rds)] * 3 + [cluster.id for cluster in plan.clusters if not cluster.secondary]
    readers = writers + [replica.id for db in rds for replica in db.replicas] * 2
    writes_to = chance.choice(writers) if writers and chance.random() < 0.8 else None
    reads_from = tuple(sorted({chance.choice(readers) for _ in range(chance.choice((1, 1, 2)))})) if readers else ()
    reads_from = reads_from if chance.random() < 0.85 else ()
    writes = chance.choice((0, 1, 7, 50, 400, 1200)) if writes_to else 0
    reads = chance.choice((0, 3, 100, 900, 3000, 8000)) if reads_from else 0
    names = [name for name, _ in plan.regions]
    homes = chance.sample(names, chance.randint(1, len(names)))
    use: CacheUsePlan | None = None
    if caches and (chance.random() < 0.7 or not (writes_to or reads_from)):
        cache = chance.choice(caches)
        homes += [cache.region] if cache.region not in homes else []
        use = draw_cache_use(chance, cache, bool(reads_from), bool(writes))
        if use.pattern == "session":
            writes, reads = writes or chance.choice((0, 5, 200)), reads or chance.choice((10, 900))
    if use is None and not writes_to and not reads_from:
        return None
    return AppPlan(
        f"app{number}",
        tuple(homes),
        writes_to,
        reads_from,
        writes,
        reads,
        chance.choice((1, 7, 60, 200)),
        chance.choice(("30s", "10m", "30m", "1h")),
        chance.choice(("250ms", "1s", "2s", "30s")),
        chance.choice(("0s", "1s", "5s", "5s", "60s", "10m", "forever")),
        chance.choice(("1s", "10s", "30s")),
        use,
        chance.random() < 0.2,
    )


def _letters(chance: Random, region: str) -> str:
    letters = [zone.letter for zone in catalog.region(region).zones]
    if len(letters) > 3 and chance.random() < 0.3:
        return "".join(sorted(chance.sample(letters, 4)))
    return "".join(letters[:3])


def _draw_global(
    chance: Random, number: int, regions: tuple[tuple[str, str], ...], room: int, clusters: list[ClusterPlan]
) -> GlobalPlan:
    order = chance.sample(regions, len(regions))
    count = min(len(order) - 1, room - 1, chance.choice((1, 1, 2)))
    primary = draw_cluster(chance, len(clusters) + 1, order[0], None)
    clusters.append(primary)
    ids: list[str] = []
    for region in order[1 : 1 + count]:
        secondary = draw_cluster(chance, len(clusters) + 1, region, primary)
        clusters.append(secondary)
        ids.append(secondary.id)
    return GlobalPlan(f"g{number}", primary.id, tuple(ids))


def draw_cluster(
    chance: Random, number: int, region: tuple[str, str], primary: ClusterPlan | None, most: int = 0
) -> ClusterPlan:
    """An Aurora cluster; of 1 to `most` instances, if given."""
    id = f"c{number}"
    engine = primary.engine if primary else chance.choice(tuple(VERSIONS))
    classes = sorted(
        row.name
        for row in catalog.instance_classes().values()
        if row.offered_by(engine) and row.family in FAMILIES and row.size_rank <= 40
    )
    fewest = 0 if primary is not None and chance.random() < 0.1 else 1
    count = min(MOST_INSTANCES, chance.choices((fewest, 1, 2, 3, 4, 6, 8), (2, 2, 4, 5, 3, 2, 1))[0])
    count = chance.randint(1, most) if most else count
    one_class = chance.choice(classes)
    instances = tuple(
        InstancePlan(
            f"{id}-{n + 1}",
            chance.choice(region[1]) if chance.random() < 0.5 else region[1][n % len(region[1])],
            one_class if chance.random() < 0.7 else chance.choice(classes),
            chance.choice((None, None, 0, 1, 2, 15)),
        )
        for n in range(count)
    )
    endpoints = tuple(
        _draw_endpoint(chance, f"{id}-e{n + 1}", [one.id for one in instances])
        for n in range(chance.choice((0, 0, 1, 2)))
    )
    version = primary.version if primary else chance.choice(VERSIONS[engine])
    storage = None if chance.random() < 0.5 else chance.choice((10, 15, 400, 2000))
    return ClusterPlan(
        id, engine, version, region[0], storage, chance.random() < 0.2, instances, endpoints, primary is not None
    )


def draw_copied(chance: Random, number: int, region: tuple[str, str]) -> ClusterPlan:
    """A Multi-AZ DB cluster: three instances in the first three zones."""
    engine = chance.choice(COPIED)
    classes = sorted(
        row.name
        for row in catalog.instance_classes().values()
        if row.offered_by(engine) and row.family in FAMILIES and row.size_rank <= 40
    )
    one_class = chance.choice(classes)
    instances = tuple(
        InstancePlan(f"c{number}-instance-{n + 1}", letter, one_class, None) for n, letter in enumerate(region[1][:3])
    )
    storage, protected = chance.choice((100, 200, 1000)), chance.random() < 0.2
    return ClusterPlan(f"c{number}", engine, None, region[0], storage, protected, instances, (), False)


def _draw_endpoint(chance: Random, id: str, instances: list[str]) -> EndpointPlan:
    chosen = tuple(sorted(chance.sample(instances, chance.randint(0, len(instances)))))
    members, excluded = chance.choice(((chosen, ()), ((), chosen)))
    return EndpointPlan(id, chance.choice(("READER", "ANY")), members, excluded)


def draw_app(
    chance: Random, number: int, regions: list[str], clusters: list[ClusterPlan], databases: list[GlobalPlan]
) -> AppPlan:
    homes = tuple(chance.sample(regions, chance.randint(1, len(regions))))
    writers = [cluster for cluster in clusters if not cluster.secondary]
    writes_to: str | None = None
    if chance.random() < 0.85:
        cluster = chance.choice(writers)
        ways = [cluster.id, cluster.id, cluster.id, f"{cluster.id}.writer", cluster.instances[0].id]
        ways += [f"{id}.writer" for database in databases for id in database.secondaries]
        ways += [endpoint.id for endpoint in cluster.endpoints if endpoint.type == "ANY"]
        writes_to = chance.choice(ways)
    reads_from: tuple[str, ...] = ()
    if writes_to is None or chance.random() < 0.8:
        cluster = chance.choice(clusters)
        ways = [cluster.id, f"{cluster.id}.writer", *(endpoint.id for endpoint in cluster.endpoints)]
        ways += [one.id for one in cluster.instances[:1]]
        reads_from = (
            tuple(chance.sample(ways, 2 if chance.random() < 0.2 else 1)) if chance.random() < 0.6 else (cluster.id,)
        )
    return AppPlan(
        f"app{number}",
        homes,
        writes_to,
        reads_from,
        chance.choice((0, 1, 7, 50, 400, 1200)) if writes_to else 0,
        chance.choice((0, 3, 100, 900, 3000)) if reads_from else 0,
        chance.choice((1, 7, 60, 200)),
        chance.choice(("30s", "10m", "30m", "1h")),
        chance.choice(("250ms", "1s", "2s", "30s")),
        chance.choice(("0s", "1s", "5s", "5s", "60s", "10m", "forever")),
        chance.choice(("1s", "10s", "30s")),
    )
