"""Random scripts: command lines at random times, drawn from the registry, so a new command is in the swarm at once.

A line is drawn without looking at the run, only at the fleet's plan and at the lines before it. So a script can be
shrunk line by line, and a line may well be refused: that is part of the test.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from pydantic.fields import FieldInfo

from opsconsole import catalog
from opsconsole.commands import Command, Kind, TargetKind, registry
from opsconsole.fleet.units import format_duration, format_rate
from tests.swarm import recovery_fields, store_fields
from tests.swarm.plans import ClusterPlan, Plan

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
NONSENSE = "nowhere"
MOST_HOURS = 30
"""Lines of a script that are about an hour apart."""
MOST_MADE = 8
"""Replicas and caches that a script creates; more than the first few only cost time."""


class Line(NamedTuple):
    """One command of a script."""

    t: int
    text: str

    def __str__(self) -> str:
        return f"T+{format_duration(self.t / 1e6)} {self.text}"


@dataclass
class Author:
    """Draws the lines of one script; remembers the ids that it has made up."""

    chance: Random
    plan: Plan
    weights: dict[str, float] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    made_endpoints: list[tuple[str, str]] = field(default_factory=list)
    made_replicas: list[str] = field(default_factory=list)
    made_caches: list[str] = field(default_factory=list)
    made_snapshots: list[str] = field(default_factory=list)
    faults: int = 0

    def __post_init__(self) -> None:
        self.recovery = recovery_fields.Recovery(self.chance, self.plan)

    def line(self) -> str:
        """One random command line."""
        for _ in range(20):
            name = self.chance.choices(list(self.weights), list(self.weights.values()))[0]
            text = self.command(registry()[name])
            if text is not None:
                return text
        return "mark idle"

    def command(self, model: type[Command]) -> str | None:
        """A random line of one command; None where the fleet has nothing that it could be aimed at."""
        target = self._target(model)
        if target is None:
            return None
        words = [model.name, target]
        cluster = next((one for one in self.plan.clusters if one.id == target), None)
        for key, info in sorted(model.model_fields.items()):
            if key == "target":
                continue
            alias = info.alias or key
            if not info.is_required() and self.chance.random() < _omitted(model.name, alias):
                continue
            value = self._value(model.name, alias, info, cluster, target)
            if value:
                words.append(f"{alias}={value}")
        if model.kind is Kind.FAULT:
            self.faults += 1
        return " ".join(words)

    # -- targets ------------------------------------------------------------------------------------------------

    def _target(self, model: type[Command]) -> str | None:
        chance, plan = self.chance, self.plan
        recovery = self.recovery
        databases = [*plan.db_instances, *self.made_replicas, *recovery.databases]
        members, clusters = [*plan.instances, *self.made], [cluster.id for cluster in plan.clusters]
        clusters += recovery.clusters
        some: list[str] = []
        match model.takes:
            case TargetKind.ZONE:
                some = plan.zones
            case TargetKind.REGION:
                some = [name for name, _ in plan.regions]
            case TargetKind.PARAMETER_GROUP:
                some = ["strict", "strict", "default.mysql8.0"]
            case TargetKind.LINK:
                some = self._links()
            case TargetKind.CLUSTER:
                some = clusters
            case TargetKind.INSTANCE:
                some = [*members, *databases]
            case TargetKind.DB_INSTANCE:
                some = databases
            case TargetKind.REPLICA | TargetKind.BINLOG_REPLICA:
                some = [*plan.replicas, *self.made_replicas] * 3 + databases
            case TargetKind.FOLLOWER:
                secondaries = [id for database in plan.databases for id in database.secondaries]
                some = [*secondaries * 3, *plan.replicas * 3, *self.made_replicas, *clusters, *databases]
            case TargetKind.READER:
                some = [*members, *plan.replicas, *self.made_replicas]
            case TargetKind.HOST:
                hosts = [f"{id}/{chance.choice((1, 1, 2, 2, 3))}" for id in databases]
                some = [*members, *databases, *hosts, *plan.nodes]
            case TargetKind.CACHE:
                some = [*(cache.id for cache in plan.caches), *self.made_caches]
            case TargetKind.CACHE_NODE:
                some = [*plan.nodes, *(f"{id}-001" for id in self.made_caches)]
            case TargetKind.MAINTAINED:
                some = [*clusters, *members]
            case TargetKind.GLOBAL:
                some = [database.id for database in plan.databases]
            case TargetKind.APP:
                some = [app.id for app in plan.apps]
            case TargetKind.SNAPSHOT:
                return recovery.snapshot()
            case TargetKind.CLUSTER_SNAPSHOT:
                return recovery.cluster_snapshot()
            case TargetKind.RESTORABLE:
                some = recovery.restorable(databases)
            case TargetKind.RESTORABLE_CLUSTER:
                some = recovery.restorable(clusters)
            case TargetKind.KEY:
                some = [key for key, _ in plan.keys]
            case TargetKind.HOME:
                some = [*clusters * 4, *recovery.clusters * 4, *(name for name, _ in plan.regions)]
            case TargetKind.DATABASE:
                some = [*clusters, *databases]
            case TargetKind.HEALABLE:
                return self._healable()
            case TargetKind.LABEL:
                return self._label(model.name)
        return chance.choice(some) if some else None

    def _label(self, command: str) -> str:
        match command:
            case "elasticache:create-replication-group":
                id = f"x{len(self.made_caches) + 1}" if len(self.made_caches) < MOST_MADE else self.made_caches[0]
                self.made_caches.append(id)
                return id
            case "elasticache:delete-snapshot" if self.made_snapshots:
                return self.chance.choice(self.made_snapshots)
        return f"m{self.chance.randint(1, 9)}"

    def _links(self) -> list[str]:
        links: list[str] = []
        groups = [[region + letter for letter in letters] for region, letters in self.plan.regions]
        for group in (*groups, [name for name, _ in self.plan.regions]):
            links += [f"{a}/{b}" for a in group for b in group if a != b]
        return links

    def _healable(self) -> str:
        draw = self.chance.random()
        if draw < 0.25 or not self.faults:
            return "all"
        if draw < 0.7:
            return f"f{self.chance.randint(max(1, self.faults - 6), self.faults)}"
        things = [*self.plan.zones, *self.plan.instances, *(one.id for one in self.plan.clusters)]
        return self.chance.choice([*things, *self.plan.db_instances, *self.plan.nodes])

    # -- fields -------------------------------------------------------------------------------------------------

    def _value(self, command: str, alias: str, info: FieldInfo, cluster: ClusterPlan | None, target: str) -> str | None:
        chance = self.chance
        special = self._special(command, alias, cluster, target)
        if special is not None:
            return special
        kinds = [info.annotation]
        if typing.get_origin(info.annotation) in (typing.Union, types.UnionType):
            kinds = [kind for kind in typing.get_args(info.annotation) if kind is not type(None)]
        kind = kinds[0]
        metadata = [*info.metadata]
        if typing.get_origin(kind) is typing.Annotated:
            kind, *more = typing.get_args(kind)
            metadata += more
        if typing.get_origin(kind) is typing.Literal:
            return str(chance.choice(typing.get_args(kind)))
        if kind is bool:
            return chance.choice(("true", "false"))
        if kind is float:
            return format_duration(self._duration_s())
        if kind is int and any("rate" in repr(one) or "per_second" in repr(one) for one in metadata):
            return format_rate(chance.choice((0, 1, 20, 300, 1000, 2500)))
        if kind is int:
            low = next((one.ge for one in metadata if hasattr(one, "ge")), 0)
            high = next((one.le for one in metadata if hasattr(one, "le")), low + 10)
            return str(chance.randint(low, high))
        return None if not info.is_required() else NONSENSE

    def _special(self, command: str, alias: str, cluster: ClusterPlan | None, target: str) -> str | None:
        chance, plan = self.chance, self.plan
        if command == "rds:create-db-instance" and target in [name for name, _ in plan.regions]:
            return self.recovery.new_instance(alias)
        if command != "rds:modify-db-instance" and not command.startswith("elasticache:"):
            found = self.recovery.value(command, alias, target)
            if found is not None:
                return found
        if command.startswith(("elasticache:", "sim:cache-flush")) and alias not in ("name", "snapshot", "region"):
            return store_fields.of_cache(chance, plan, command, alias, target)
        if command == "rds:modify-db-instance" and target not in plan.instances:
            return store_fields.of_db_instance(chance, plan, alias, target)
        match command, alias:
            case "elasticache:create-snapshot", "name":
                self.made_snapshots.append(f"s{len(self.made_snapshots) + 1}")
                return chance.choice(self.made_snapshots[-3:])
            case "elasticache:create-replication-group", "snapshot":
                return chance.choice(self.made_snapshots) if self.made_snapshots else None
            case "elasticache:create-replication-group", "region":
                return chance.choice([name for name, _ in plan.regions])
            case "rds:create-db-instance-read-replica", "id":
                if len(self.made_replicas) >= MOST_MADE:
                    return chance.choice(self.made_replicas)
                self.made_replicas.append(f"{target}-n{len(self.made_replicas) + 1}")
                return self.made_replicas[-1]
            case "rds:create-db-instance-read-replica", _:
                return store_fields.of_db_instance(chance, plan, alias, target)
            case _, "for":
                return format_duration(self._duration_s())
            case "sim:lag-burst", "lag":
                return chance.choice(("10ms", "800ms", "4s", "30s", "10m"))
            case _, "latency":
                return chance.choice(("5ms", "80ms", "200ms", "3s"))
            case "app:set-rate", "ramp":
                return chance.choice(("1s", "30s", "5m"))
            case "app:set-dns-ttl" | "sim:stale-dns", "ttl":
                return chance.choice(("0s", "1s", "5s", "60s", "forever", "a-while"))
            case "rds:create-db-parameter-group", "name":
                return chance.choice(("strict", "strict", "9"))
            case "rds:create-db-parameter-group", "family":
                return chance.choice(("mysql8.0", "postgres16", "mariadb11.4", "sqlserver-se-16.0", "mysql9.9"))
            case "rds:modify-db-parameter-group", "parameter":
                return chance.choice(("require_secure_transport", "rds.force_ssl"))
            case "rds:modify-db-parameter-group", "value":
                return chance.choice(("1", "0", "ON", "maybe"))
            case "sql:require-ssl", "user":
                return chance.choice([*(app.id for app in plan.apps), "nobody"])
            case "app:set-endpoint", "endpoint":
                return self._endpoint()
            case "rds:create-db-instance", ("engine" | "storage" | "kms-key" | "retention" | "multi-az"):
                return ""
            case "rds:create-db-instance", "id":
                taken = chance.random() < 0.1 and bool(plan.instances)
                id = chance.choice(plan.instances) if taken else f"{target}-n{len(self.made) + 1}"
                self.made.append(id)
                return id
            case "rds:create-db-cluster-endpoint", "id":
                id = f"{target}-x{len(self.made_endpoints) + 1}"
                self.made_endpoints.append((target, id))
                return id
            case "rds:delete-db-cluster-endpoint", "id":
                own = [endpoint.id for endpoint in cluster.endpoints] if cluster else []
                own += [id for owner, id in self.made_endpoints if owner == target]
                return chance.choice(own) if own else NONSENSE
            case _, "members" | "excluded":
                mine = [id for id in (*plan.instances, *self.made) if id.startswith(f"{target}-")]
                return ",".join(sorted(chance.sample(mine, chance.randint(0, min(3, len(mine))))))
            case "application-autoscaling:put-scaling-policy", "value":
                return chance.choice(("0", "3", "20", "60", "100", "250"))
            case _, "min" | "max":
                return chance.choice(("1", "2", "3", "5", "15", "16"))
            case _, "zone":
                return chance.choice(plan.zones if chance.random() < 0.5 else ["a", "b", "c"])
            case _, "class":
                return chance.choice(sorted(catalog.instance_classes()))
            case ("rds:failover-db-cluster", "to"):
                mine = [id for id in (*plan.instances, *self.made) if id.startswith(f"{target}-")]
                return chance.choice(mine) if mine else NONSENSE
            case _, "to":
                return chance.choice([one.id for one in plan.clusters]) if plan.clusters else NONSENSE
        return None

    def _endpoint(self) -> str:
        chance, plan = self.chance, self.plan
        stores = [*plan.db_instances * 2, *self.made_replicas, *self.recovery.databases * 2]
        stores += [f"{cache.id}.primary" for cache in plan.caches]
        if stores and (not plan.clusters or chance.random() < 0.5):
            return chance.choice(stores) if chance.random() < 0.97 else NONSENSE
        if not plan.clusters:
            return NONSENSE
        if self.recovery.clusters and chance.random() < 0.4:
            return f"{chance.choice(self.recovery.clusters)}.{chance.choice(('writer', 'writer', 'reader'))}"
        cluster = chance.choice(plan.clusters)
        ways = [f"{cluster.id}.writer"] * 4 + [f"{cluster.id}.reader"] * 2
        ways += [f"{database.id}.writer" for database in plan.databases] * 3
        ways += [one.id for one in cluster.instances]
        ways += [f"{cluster.id}.{one.id}" for one in cluster.endpoints]
        ways += [f"{owner}.{id}" for owner, id in self.made_endpoints]
        return chance.choice(ways) if chance.random() < 0.97 else NONSENSE

    def _duration_s(self) -> float:
        """From an instant to hours, with odd microseconds now and then."""
        chance = self.chance
        seconds = chance.choice(
            (chance.uniform(0, 2), chance.uniform(1, 60), chance.uniform(30, 900), 30.0, 300.0, 3600.0)
        )
        return round(seconds, chance.choice((0, 0, 3, 6)))


ENDLESS = ("region:api-outage", "sim:api-throttling", "sim:failover-loop")
"""Faults that end by themselves in every script: or all that follows is refused, or one cluster fills the log."""


def _omitted(command: str, alias: str) -> float:
    """How often an optional field is left out."""
    if alias == "force_failover":
        return 0.6
    if alias == "for" and command in ENDLESS:
        return 0.0
    if alias == "allow_data_loss":
        return 0.25
    if alias in recovery_fields.WHOLE:
        return 0.0
    if command == "app:set-rate" and alias in ("writes", "reads"):
        return 0.3
    if command in MANY:
        return MANY[command]
    return {"for": 0.3, "to": 0.4, "members": 0.5, "excluded": 0.7}.get(alias, 0.5)


MANY = {
    "rds:modify-db-instance": 0.85,
    "rds:modify-db-cluster": 0.8,
    "rds:create-db-cluster": 0.6,
    "rds:restore-db-instance-from-db-snapshot": 0.8,
    "rds:restore-db-instance-to-point-in-time": 0.8,
    "elasticache:modify-replication-group": 0.75,
    "elasticache:create-replication-group": 0.7,
}
"""Commands with many optional fields: a few of them at a time, or everything would be refused."""


HEAVY = {
    "heal": 3.0,
    "rds:failover-global-cluster": 3.0,
    "rds:switchover-global-cluster": 3.0,
    "rds:create-db-instance": 2.0,
    "app:pause-writes": 0.3,
    "mark": 0.1,
    "rds:modify-db-instance": 3.0,
    "rds:stop-db-instance": 0.5,
    "rds:delete-db-instance": 0.5,
    "elasticache:create-replication-group": 0.5,
    "rds:remove-from-global-cluster": 0.3,
    "region:api-outage": 0.3,
    "sim:api-throttling": 0.3,
}


RECOVERY_STORM = (
    "rds:create-db",
    "rds:copy-",
    "rds:restore-",
    "rds:backtrack",
    "rds:delete-",
    "rds:modify-",
    "rds:start-",
    "rds:promote",
    "kms:",
    "app:set-endpoint",
    "app:rollback",
    "sim:backup-failure",
    "sim:bad-deploy",
    "sim:drop-table",
    "sim:kms",
    "sim:crash-host",
    "sim:insufficient-capacity",
    "az:outage",
    "heal",
    "mark",
)


GLOBAL_STORM = (
    "rds:switchover",
    "rds:failover",
    "rds:remove",
    "region:",
    "link:",
    "sim:storage-node",
    "heal",
    "az:outage",
)


def draw_script(seed: int, plan: Plan, length: int = 0) -> tuple[list[Line], int]:
    """The script of a seed, and the virtual time at which the storm ends; `length` lines of it, or a few as drawn."""
    chance = Random(f"swarm script {seed}")
    author = Author(chance, plan)
    few = chance.sample(list(registry()), chance.randint(3, 8)) if chance.random() < 0.4 else ()
    for name in registry():  # each seed has its own mix: some commands often, some never
        weight = HEAVY.get(name, 1.0) * chance.uniform(0.2, 2.0)
        author.weights[name] = weight if name in few else 0.0 if few or chance.random() < 0.2 else weight
    if plan.databases and chance.random() < 0.3:  # a storm over a global database and what it stands on
        author.weights = {name: weight for name, weight in author.weights.items() if name.startswith(GLOBAL_STORM)}
        author.weights |= {name: chance.uniform(0.1, 2.0) for name in registry() if name.startswith(GLOBAL_STORM)}
        if chance.random() < 0.4:  # nothing but its roles
            author.weights = {name: weight for name, weight in author.weights.items() if "global" in name}
    elif chance.random() < 0.3:  # a storm over what is kept, and what is made of it
        author.weights = {name: weight for name, weight in author.weights.items() if name.startswith(RECOVERY_STORM)}
        author.weights |= {name: chance.uniform(0.1, 2.0) for name in registry() if name.startswith(RECOVERY_STORM)}
    if not any(author.weights.values()):
        author.weights["heal"] = 1.0
    paces = (SECOND_US, 5 * SECOND_US, 30 * SECOND_US, 2 * MINUTE_US, 10 * MINUTE_US, 10 * MINUTE_US, 60 * MINUTE_US)
    pace_us = chance.choice(paces)
    t = 0
    lines: list[Line] = []
    drawn = chance.choice((6, 15, 30, 60, 90, 150))
    drawn = min(drawn, MOST_HOURS) if pace_us == paces[-1] else drawn
    for _ in range(length or drawn):
        t += _gap(chance, pace_us)
        author.recovery.now_us = t
        lines.append(Line(t, author.line()))
    return lines, t + chance.randint(0, 10 * MINUTE_US)


def _gap(chance: Random, pace_us: int) -> int:
    draw = chance.random()
    if draw < 0.12:
        return 0
    if draw < 0.3:
        return chance.randint(1, 3 * SECOND_US)
    return chance.randint(0, 2 * pace_us)
