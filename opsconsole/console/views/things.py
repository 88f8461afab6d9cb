"""What there is to look at: ids in the order of the map, the kind of each, the path to each, and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.places import Region
from opsconsole.cloud.rds_host import Host
from opsconsole.console.views.map_rows import owner


def things(cloud: Cloud) -> list[str]:
    """Every selectable id, in the order of the screen.

    Region by region: the region, its zones, its clusters each with its instances, its DB instances each with its hosts
    and replicas, its caches each with its nodes. Then global databases, links between regions and links that are
    disturbed, and apps.
    """
    found: list[str] = []
    for region in regions_in_order(cloud):
        found += [region.name, *(zone.name for zone in region.zones), *standing(cloud, region)]
    return [*found, *cloud.global_databases, *links(cloud), *cloud.apps]


def standing(cloud: Cloud, region: Region) -> Iterator[str]:
    """What stands in a region, each thing before its parts."""
    for cluster in cloud.clusters.values():
        if cluster.region is region:
            yield from (cluster.id, *cluster.instances)
    here = [db for db in cloud.rds.values() if db.region is region]
    for db in sorted(here, key=lambda one: (owner(one).id, owner(one) is not one)):
        yield db.id
        yield from db.hosts if len(db.hosts) > 1 else ()
    for group in cloud.caches.values():
        if group.region is region:
            yield from (group.id, *group.nodes)


def regions_in_order(cloud: Cloud) -> list[Region]:
    """Regions in which the fleet's writers began, then the others, each by name."""
    fleet = cloud.fleet
    homes = {spec.region for spec in fleet.aurora.values() if not spec.secondary}
    homes |= {spec.region for spec in fleet.rds.values() if spec.source is None}
    homes |= {spec.region for spec in fleet.multi_az_clusters.values()}
    homes |= {spec.region for spec in fleet.caches.values()}
    return sorted(cloud.places.regions.values(), key=lambda region: (region.name not in homes, region.name))


def links(cloud: Cloud) -> list[str]:
    """Links worth a look: between every two regions, and those between zones that a fault holds."""
    names = list(cloud.places.regions)
    between = [f"{a}/{b}" for i, a in enumerate(names) for b in names[i + 1 :]]
    return [*between, *(link for link in disturbed_links(cloud) if link not in between)]


def disturbed_links(cloud: Cloud) -> list[str]:
    """Links that a fault holds, in either direction, each once."""
    held = (f"{min(ends)}/{max(ends)}" for ends, gate in cloud.places.links.items() if gate.holds)
    return sorted(dict.fromkeys(held))


def kind_of(cloud: Cloud, id: str) -> str:
    """What an id stands for; empty for one that is gone or unknown.

    `region`, `zone`, `link`, `app`; `cluster` (Aurora), `multi-az cluster`, `instance` (of either),
    `global`; `rds` (a DB instance) and
    `host` (one of its hosts); `cache` (a replication group or a Memcached cluster) and `cache node`.
    """
    places = cloud.places
    if id in cloud.clusters:
        return "cluster" if isinstance(cloud.clusters[id], AuroraCluster) else "multi-az cluster"
    if id in cloud.instances:
        return "instance"
    if id in cloud.rds:
        return "rds"
    if id in cloud.caches:
        return "cache"
    if id in cloud.apps:
        return "app"
    if id in cloud.global_databases:
        return "global"
    if id in places.zones:
        return "zone"
    if id in places.regions:
        return "region"
    server = cloud.servers.get(id)
    if isinstance(server, Host):
        return "host"
    if isinstance(server, CacheNode):
        return "cache node"
    return "link" if _is_link(cloud, id) else ""


def _is_link(cloud: Cloud, id: str) -> bool:
    a, slash, b = id.partition("/")
    places = cloud.places
    if not slash or a == b:
        return False
    if a in places.zones and b in places.zones:
        return places.zones[a].region is places.zones[b].region
    return a in places.regions and b in places.regions


def host_of(cloud: Cloud, id: str) -> Host:
    """A host of a DB instance. Raises KeyError for an id that is none's."""
    server = cloud.servers[id]
    if not isinstance(server, Host):
        raise KeyError(id)
    return server


def node_of(cloud: Cloud, id: str) -> CacheNode:
    """A cache node. Raises KeyError for an id that is none's."""
    server = cloud.servers[id]
    if not isinstance(server, CacheNode):
        raise KeyError(id)
    return server


def breadcrumb(cloud: Cloud, id: str) -> list[str]:
    """The path of ids that leads to a thing, itself last: region, cluster, instance; an app stands alone."""
    match kind_of(cloud, id):
        case "instance":
            cluster = cloud.cluster_of(id)
            return [cluster.region.name, cluster.id, id]
        case "cluster" | "multi-az cluster":
            return [cloud.clusters[id].region.name, id]
        case "rds":
            db = cloud.rds[id]
            return [db.region.name, *([owner(db).id] if owner(db) is not db else []), id]
        case "host":
            return [*breadcrumb(cloud, host_of(cloud, id).db.id), id]
        case "cache":
            return [cloud.caches[id].region.name, id]
        case "cache node":
            return [*breadcrumb(cloud, node_of(cloud, id).shard.group.id), id]
        case "zone":
            return [cloud.places.zones[id].region.name, id]
        case _:
            return [id]


def parts_of(cloud: Cloud, id: str) -> list[str]:
    """A thing and its parts, in order: what has metrics and alarms of its own."""
    match kind_of(cloud, id):
        case "cluster" | "multi-az cluster":
            return [id, *cloud.clusters[id].instances]
        case "cache":
            return list(cloud.caches[id].nodes)
        case "host":
            return [host_of(cloud, id).db.id]
        case _:
            return [id]


def belongings(cloud: Cloud, id: str) -> set[str]:
    """The ids whose events concern a thing: itself, its parts, and what stands in it."""
    match kind_of(cloud, id):
        case "cluster":
            return {id, *cloud.clusters[id].instances, *(f"{id}/{copy}" for copy in range(1, 7))}
        case "multi-az cluster":
            return {id, *cloud.clusters[id].instances}
        case "rds":
            return {id, *cloud.rds[id].hosts}
        case "cache":
            group = cloud.caches[id]
            return {id, *group.nodes, *(shard.key for shard in group.shards.values())}
        case "zone":
            servers = [server for server in cloud.servers.values() if server.zone.name == id]
            return {id, *(one.id for one in servers), *(one.db.id for one in servers if isinstance(one, Host))}
        case "region":
            region = cloud.places.regions[id]
            parts = (part for one in standing(cloud, region) for part in belongings(cloud, one))
            return {id, *(zone.name for zone in region.zones), *parts}
        case "global":
            return {id, *(one for c in cloud.global_databases[id].members() for one in belongings(cloud, c.id))}
        case "link":
            a, _, b = id.partition("/")
            return {id, f"{b}/{a}"}
        case _:
            return {id}
