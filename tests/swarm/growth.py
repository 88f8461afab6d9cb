"""Larger fleets: a plan grown to a size drawn from 1 to as many nodes as asked for, small sizes as often as large ones.

What is added is drawn like the rest of a plan, but wider: clusters of up to sixteen instances, caches of many shards.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from opsconsole import catalog
from tests.swarm import plans
from tests.swarm.plans import Plan
from tests.swarm.stores import draw_cache, draw_rds

NODES_PER_APP = 40
MOST_SHARDS = 20


def size(plan: Plan) -> int:
    """Its nodes: instances of clusters, DB instances with their replicas, cache nodes."""
    return len(plan.instances) + len(plan.db_instances) + len(plan.nodes)


def grown(plan: Plan, most: int) -> Plan:
    """The plan with services and apps added, up to a size that its seed draws from 1 to `most` nodes."""
    chance = Random(f"swarm growth {plan.seed}")
    wanted = round(most ** chance.random())
    while (room := wanted - size(plan)) > 0:
        plan = chance.choices((_with_cluster, _with_copied, _with_rds, _with_cache), (4, 1, 4, 1))[0](
            chance, plan, room
        )
        if len(plan.apps) * NODES_PER_APP < size(plan):
            plan = _with_app(chance, plan)
    return plan


def _with_cluster(chance: Random, plan: Plan, room: int) -> Plan:
    most = min(room, int(catalog.limit("aurora-replicas").value) + 1)
    cluster = plans.draw_cluster(chance, _number(plan), chance.choice(plan.regions), None, most)
    return replace(plan, clusters=(*plan.clusters, cluster))


def _with_copied(chance: Random, plan: Plan, room: int) -> Plan:
    return replace(
        plan, clusters=(*plan.clusters, plans.draw_copied(chance, _number(plan), chance.choice(plan.regions)))
    )


def _with_rds(chance: Random, plan: Plan, room: int) -> Plan:
    return replace(plan, rds=(*plan.rds, draw_rds(chance, len(plan.rds) + 1, plan.regions)))


def _with_cache(chance: Random, plan: Plan, room: int) -> Plan:
    cache = draw_cache(chance, len(plan.caches) + 1, plan.regions)
    if cache.mode or cache.engine == "memcached":
        each = len(cache.shards[0])
        most = min(MOST_SHARDS, min(room, round(catalog.limit("cache-nodes").value)) // each)
        cache = replace(cache, shards=cache.shards * chance.randint(1, max(1, most // len(cache.shards))))
    return replace(plan, caches=(*plan.caches, cache))


def _number(plan: Plan) -> int:
    return 1 + max((int(cluster.id[1:]) for cluster in plan.clusters), default=0)


def _with_app(chance: Random, plan: Plan) -> Plan:
    names = [name for name, _ in plan.regions]
    number = len(plan.apps) + 1
    app = plans.draw_user(chance, number, plan, list(plan.rds), list(plan.caches))
    if plan.clusters and (app is None or chance.random() < 0.5):
        app = plans.draw_app(chance, number, names, list(plan.clusters), list(plan.databases))
    return plan if app is None else replace(plan, apps=(*plan.apps, app))
