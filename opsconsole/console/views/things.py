"""What there is to look at: ids in the order of the map, the kind of each, the path to each, and what belongs to it."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.cloud.places import Region


def things(cloud: Cloud) -> list[str]:
    """Every selectable id, in the order of the screen.

    Region by region: the region, its zones, its clusters each with its instances; then global databases, links
    between regions and links that are disturbed, and apps.
    """
    found: list[str] = []
    for region in regions_in_order(cloud):
        found += [region.name, *(zone.name for zone in region.zones)]
        for cluster in cloud.clusters.values():
            if cluster.region is region:
                found += [cluster.id, *cluster.instances]
    return [*found, *cloud.global_databases, *links(cloud), *cloud.apps]


def regions_in_order(cloud: Cloud) -> list[Region]:
    """Regions in which the fleet's writers began, then the others, each by name."""
    homes = {spec.region for spec in cloud.fleet.aurora.values() if not spec.secondary}
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
    """`region`, `zone`, `cluster`, `instance`, `global`, `app`, `link`; empty for an id that is gone or unknown."""
    places = cloud.places
    if id in cloud.clusters:
        return "cluster"
    if id in cloud.instances:
        return "instance"
    if id in cloud.apps:
        return "app"
    if id in cloud.global_databases:
        return "global"
    if id in places.zones:
        return "zone"
    if id in places.regions:
        return "region"
    return "link" if _is_link(cloud, id) else ""


def _is_link(cloud: Cloud, id: str) -> bool:
    a, slash, b = id.partition("/")
    places = cloud.places
    if not slash or a == b:
        return False
    if a in places.zones and b in places.zones:
        return places.zones[a].region is places.zones[b].region
    return a in places.regions and b in places.regions


def breadcrumb(cloud: Cloud, id: str) -> list[str]:
    """The path of ids that leads to a thing, itself last: region, cluster, instance; an app stands alone."""
    match kind_of(cloud, id):
        case "instance":
            cluster = cloud.cluster_of(id)
            return [cluster.region.name, cluster.id, id]
        case "cluster":
            return [cloud.clusters[id].region.name, id]
        case "zone":
            return [cloud.places.zones[id].region.name, id]
        case _:
            return [id]


def belongings(cloud: Cloud, id: str) -> set[str]:
    """The ids whose events concern a thing: itself, its parts, and what stands in it."""
    match kind_of(cloud, id):
        case "cluster":
            return {id, *cloud.clusters[id].instances, *(f"{id}/{copy}" for copy in range(1, 7))}
        case "zone":
            return {id, *(i.id for i in cloud.instances.values() if i.zone.name == id)}
        case "region":
            zones = [zone.name for zone in cloud.places.regions[id].zones]
            clusters = [c.id for c in cloud.clusters.values() if c.region.name == id]
            return {id, *zones, *(one for cluster in clusters for one in belongings(cloud, cluster))}
        case "global":
            return {id, *(one for c in cloud.global_databases[id].members() for one in belongings(cloud, c.id))}
        case "link":
            a, _, b = id.partition("/")
            return {id, f"{b}/{a}"}
        case _:
            return {id}
