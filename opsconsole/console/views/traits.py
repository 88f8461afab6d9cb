"""What a thing brings along when it is told where its figures come from: its rows of the catalog, its fleet table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.metrics import names_for, namespace_of
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.rds import DbInstance
from opsconsole.console.views import configuration
from opsconsole.console.views.elasticache import configuration as cache_configuration
from opsconsole.console.views.rds import configuration as rds_configuration
from opsconsole.console.views.recovery.meter import time_names
from opsconsole.console.views.things import host_of, kind_of, node_of


@dataclass
class Traits:
    """A thing's own names of rows, by what a pattern calls them, and where the fleet file has it.

    A trait that a thing does not have stands for no row.
    """

    table: str = ""
    """Its table in the fleet file; empty for what stands in none."""
    declared: bool = True
    """Whether the fleet file has it: what was made in the session is in none."""
    rows: Mapping[str, Sequence[str]] = field(default_factory=lambda: defaultdict(tuple))
    keys: Mapping[str, str] = field(default_factory=lambda: {"class_key": "class"})
    """What a key is called in this kind of table."""

    def written(self, keys: Sequence[str]) -> str:
        """Where the fleet file says it."""
        if not self.declared:
            return "not in it: made during the session by a command, which the journal has"
        return f"[{self.table}] {', '.join(keys)}" if self.table else ", ".join(keys)


def traits(cloud: Cloud, id: str) -> Traits:
    """What a thing has of its own; nothing for an id that is gone."""
    found = _of_kind(cloud, id)
    names = names_for(cloud, id) if kind_of(cloud, id) not in ("", "region", "zone", "link", "app", "global") else []
    if names:
        found.rows = {**found.rows, "metric": [f"{namespace_of(cloud, id)}/{name}" for name in names]}
    found.rows = defaultdict(tuple, found.rows)
    return found


def _of_kind(cloud: Cloud, id: str) -> Traits:
    match kind_of(cloud, id):
        case "cluster" | "multi-az cluster":
            return _cluster(cloud, cloud.clusters[id])
        case "instance":
            cluster = cloud.cluster_of(id)
            found = _cluster(cloud, cluster)
            found.rows = {**found.rows, "class": [cloud.instances[id].instance_class.name]}
            return found
        case "rds":
            return _rds(cloud, cloud.rds[id])
        case "host":
            return _rds(cloud, host_of(cloud, id).db)
        case "cache":
            return _cache(cloud, cloud.caches[id])
        case "cache node":
            return _cache(cloud, node_of(cloud, id).shard.group)
        case "global":
            return Traits(f"global.{id}", rows={"names": ["cluster"]})
        case "app":
            return _app(cloud, id)
        case "region":
            return Traits(f"regions.{id}", rows={"region": [id]})
        case "zone":
            region = cloud.places.zones[id].region.name
            return Traits(f"regions.{region}", rows={"region": [region]})
        case _:
            return Traits("regions")


def _cluster(cloud: Cloud, cluster: Cluster) -> Traits:
    rows: dict[str, Sequence[str]] = {
        "engine": [cluster.spec.engine],
        "class": _once(one.instance_class.name for one in cluster.instances.values()),
        "names": ["cluster", "reader", "instance"],
        "way": _starting(time_names(cloud, cluster.id)),
    }
    if isinstance(cluster, AuroraCluster):
        rows["timing"] = _starting(configuration.TIMINGS)
        rows["assumption"] = [name for name, _ in configuration.ASSUMED]
        declared = cluster.id in cloud.fleet.aurora
        return Traits(f"aurora.{cluster.id}", declared, rows, {"class_key": "instances.class"})
    rows["timing"] = _starting(configuration.MULTI_AZ_TIMINGS)
    rows["assumption"] = [name for name, _ in configuration.MULTI_AZ_ASSUMED]
    if isinstance(cluster, MultiAzCluster):
        rows["storage"] = [cluster.storage.disk.allocation.type]
    return Traits(f"multi_az_cluster.{cluster.id}", cluster.id in cloud.fleet.multi_az_clusters, rows)


def _rds(cloud: Cloud, db: DbInstance) -> Traits:
    rows: dict[str, Sequence[str]] = {
        "engine": [db.spec.engine],
        "class": [db.instance_class.name],
        "names": ["instance"],
        "storage": [db.disk.allocation.type],
        "timing": _starting(rds_configuration.TIMINGS),
        "assumption": [name for name, _ in rds_configuration.ASSUMED],
        "way": _starting(time_names(cloud, db.id)),
    }
    source = db.spec.source
    table = f"rds.{source}.replicas" if source is not None else f"rds.{db.id}"
    return Traits(table, db.id in cloud.fleet.rds, rows)


def _cache(cloud: Cloud, group: CacheGroup) -> Traits:
    rows: dict[str, Sequence[str]] = {
        "engine": [group.spec.engine],
        "node": [group.node_type.name],
        "names": ["cache"],
        "policy": [group.settings.maxmemory_policy] if group.replicated else [],
        "timing": _starting(cache_configuration.timing_names(group)),
        "assumption": [name for name, _ in cache_configuration.ASSUMED],
    }
    return Traits(f"elasticache.{group.id}", group.id in cloud.fleet.caches, rows)


def _app(cloud: Cloud, id: str) -> Traits:
    use = cloud.apps[id].cache
    rows: dict[str, Sequence[str]] = {}
    if use is not None and use.group.replicated:
        rows["policy"] = [use.group.settings.maxmemory_policy]
    return Traits(f"apps.{id}", id in cloud.fleet.apps, rows)


def _starting(prefixes: Sequence[str]) -> list[str]:
    """The timings whose names begin so."""
    return [name for name in catalog.timings() if name.startswith(tuple(prefixes))]


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
