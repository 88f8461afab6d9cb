"""Plausible values for the fields of commands aimed at RDS DB instances and caches, and now and then wrong ones."""

from __future__ import annotations

from random import Random

from opsconsole import catalog
from tests.swarm.plans import Plan

TOKEN = "a-token-of-the-swarm"
WINDOWS = ("03:00-04:00", "22:30-23:30", "00:00-00:30", "late")
WEEKLY = ("sun:05:00-sun:05:30", "mon:10:00-mon:11:00", "wed:23:45-thu:00:15", "always")


def engine_of(plan: Plan, db: str) -> catalog.Engine | None:
    """The engine of a DB instance of the plan, or of a replica of one, made later or not."""
    return next((catalog.engine(one.engine) for one in plan.rds if db == one.id or db.startswith(f"{one.id}-")), None)


def of_db_instance(chance: Random, plan: Plan, alias: str, target: str) -> str | None:
    """A field of ModifyDBInstance and CreateDBInstanceReadReplica, for what is no instance of a cluster."""
    engine = engine_of(plan, target)
    match alias:
        case "class" if engine is not None and chance.random() < 0.9:
            return chance.choice(
                sorted(r.name for r in catalog.instance_classes().values() if engine.name in r.engines)
            )
        case "version" if engine is not None:
            return chance.choice([row.name for row in engine.releases])
        case "version":
            return "9.9"
        case "storage":
            return chance.choice(("100", "250", "450", "700", "1200", "3000", "70000"))
        case "iops":
            return chance.choice(("1000", "3000", "6000", "12000", "20000"))
        case "throughput":
            return chance.choice(("125", "250", "500", "1000"))
        case "max-storage":
            return chance.choice(("0", "150", "1000", "4000"))
        case "retention":
            return chance.choice(("0", "1", "7", "35", "36"))
        case "monitoring":
            return chance.choice(("0", "1", "60", "7"))
        case "port":
            return chance.choice(("3306", "3307", "5433", "15000"))
        case "parameter-group":
            return chance.choice(("strict", "default.mysql8.0", "tuned"))
        case "backup-window":
            return chance.choice(WINDOWS)
        case "maintenance-window":
            return chance.choice(WEEKLY)
        case "zone":
            return chance.choice(plan.zones if chance.random() < 0.6 else ["a", "b", "c"])
    return None


def of_cache(chance: Random, plan: Plan, command: str, alias: str, target: str) -> str | None:
    """A field of ElastiCache's actions: nodes and shards by the plan, so some are wrong when the cache has changed."""
    cache = next((one for one in plan.caches if one.id == target or target in one.nodes), None)
    nodes = cache.nodes if cache is not None else [f"{target}-00{n}" for n in (1, 2, 3)]
    match alias:
        case "node-group":
            return chance.choice(("0001", "0001", "0002", "0003", "0004", "0009"))
        case "primary" | "node":
            return chance.choice(nodes)
        case "node-type":
            return chance.choice(sorted(catalog.cache_node_types()))
        case "auth-token":
            return TOKEN if chance.random() < 0.8 else "short"
        case "snapshot-retention":
            return chance.choice(("0", "1", "35", "36"))
        case "snapshot-window":
            return chance.choice(WINDOWS)
        case "shards":
            return chance.choice(("0", "1", "2", "3", "4", "6"))
        case "new" | "replicas":
            return chance.choice(("0", "1", "2", "3", "5", "6"))
        case "nodes" if command == "elasticache:modify-cache-cluster":
            return chance.choice(("1", "2", "3", "4", "6", "41"))
        case "nodes" | "remove":
            numbers = [f"{n + 1:04}" for n in range(len(cache.shards) if cache is not None else 3)]
            some = numbers if alias == "nodes" or chance.random() < 0.7 else nodes
            return ",".join(sorted(chance.sample(some, chance.randint(1, min(2, len(some))))))
        case "zones":
            return ",".join(chance.choice("abc") for _ in range(chance.randint(1, 3)))
        case "maxmemory-policy":
            return chance.choice([*sorted(catalog.cache_policies()), "sometimes"])
        case "reserved-memory-percent":
            return chance.choice(("0", "25", "50", "90", "101"))
        case "engine":
            return chance.choice(("redis", "valkey", "memcached"))
        case "version":
            return chance.choice(("7.1", "8.0", "6.2", "2.8.21"))
    return None
