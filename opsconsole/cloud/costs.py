"""The cost meter: what a thing, or the whole fleet, costs in an hour like this instant. It looks and changes nothing.

A top-level thing of the fleet file has lines: clusters (with their instances), DB instances (with their standby),
caches (with their nodes), applications, which pay for what they move between zones, and Regions, which keep backups.
The fleet is their sum.
What compute has cost since the run began is the meter's (`cost_meter.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from opsconsole import catalog
from opsconsole.cloud import cache_metrics
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.cost_backup import cluster_lines, region_lines
from opsconsole.cloud.cost_compute import bills, hosts
from opsconsole.cloud.cost_line import CostLine, Kind, per_hour
from opsconsole.cloud.cost_storage import allocated, volume
from opsconsole.cloud.cost_transfer import app_lines, replica_lines
from opsconsole.cloud.metrics import names_for, value
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.rds import DbInstance

CHARGED = "CPUSurplusCreditsCharged"


def things(cloud: Cloud) -> list[str]:
    """Everything that has lines of its own in the fleet's bill, in the bill's order."""
    return [*cloud.clusters, *cloud.rds, *cloud.caches, *cloud.apps, *cloud.places.regions]


def lines(cloud: Cloud, id: str) -> tuple[CostLine, ...]:
    """What a thing is billed for now: one of `things`, or an instance, a cache node or a global database.

    Raises KeyError for an id that stands for nothing of that kind.
    """
    return tuple(_lines(cloud, id))


def fleet(cloud: Cloud) -> tuple[CostLine, ...]:
    """What everything is billed for now."""
    return tuple(line for id in things(cloud) for line in _lines(cloud, id))


def by_kind(found: Iterable[CostLine]) -> dict[Kind, Fraction]:
    """US dollars an hour by what they pay for; kinds that cost nothing are left out."""
    every = list(found)
    sums = {kind: per_hour(line for line in every if line.kind is kind) for kind in Kind}
    return {kind: usd for kind, usd in sums.items() if usd}


def so_far(cloud: Cloud, id: str | None = None) -> Fraction:
    """What the compute of a thing or of the fleet has cost since the run began, with all that was deleted."""
    if id in cloud.global_databases:
        return sum((cloud.meter.usd(member.id) for member in cloud.global_databases[id].members()), Fraction())
    return cloud.meter.usd(id)


def _lines(cloud: Cloud, id: str) -> Iterator[CostLine]:
    if id in cloud.global_databases:
        for member in cloud.global_databases[id].members():
            yield from _lines(cloud, member.id)
        return
    if id in cloud.apps:
        yield from app_lines(cloud, cloud.apps[id])
        return
    if id in cloud.places.regions:
        yield from region_lines(cloud, id)
        return
    for part in _parts(cloud, id):
        yield from _compute(cloud, part)
    if id in cloud.clusters:
        yield from _cluster_storage(cloud, cloud.clusters[id])
    elif id in cloud.rds:
        yield from _instance_storage(cloud.rds[id])


def _parts(cloud: Cloud, id: str) -> list[str]:
    """The DB instances or cache nodes that a thing consists of; itself, if it is one. Raises KeyError."""
    if id in cloud.clusters:
        return list(cloud.clusters[id].instances)
    if id in cloud.caches:
        return list(cloud.caches[id].nodes)
    if id in cloud.rds or id in cloud.instances or cache_metrics.find(cloud, id) is not None:
        return [id]
    raise KeyError(id)


def _compute(cloud: Cloud, id: str) -> Iterator[CostLine]:
    """A line for each host, and what a burstable class uses beyond its credits."""
    billed = hosts(cloud, id)
    if billed is None:
        return
    for role in ("", " standby")[: billed.count]:
        yield CostLine(id, Kind.COMPUTE, f"{billed.price.name}{role}", Fraction(1), billed.price)
    if CHARGED not in names_for(cloud, id):
        return
    credits = value(cloud, id, CHARGED, cloud.now_us, wobble=False)  # of five minutes; 60 of them are an hour of a vCPU
    if credits:
        vcpus = Fraction(round(credits * 12 / 60 * 1_000_000), 1_000_000)
        yield CostLine(id, Kind.COMPUTE, "CPU beyond its credits", vcpus, catalog.price("cpu-surplus"))


def _cluster_storage(cloud: Cloud, cluster: Cluster) -> Iterator[CostLine]:
    if not bills("db-cluster", cluster.status.value, "storage"):
        return
    if isinstance(cluster, AuroraCluster):
        yield from volume(cluster)
        yield from cluster_lines(cloud, cluster)
    elif isinstance(cluster, MultiAzCluster):
        yield from allocated(cluster.id, cluster.storage.disk, len(cluster.instances))


def _instance_storage(db: DbInstance) -> Iterator[CostLine]:
    if bills("db-instance", db.status.value, "storage"):
        yield from allocated(db.id, db.disk, 2 if db.multi_az else 1)
        yield from replica_lines(db)
