"""Where on the map one stands: how near, in which zone, and which nodes are shown.

The map follows the selected thing: the zone it stands in stays the same for as long as what is selected has a part
there, else it is that thing's first one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from opsconsole.cloud import Cloud
from opsconsole.console.views.things import breadcrumb, kind_of, regions_in_order


class Level(IntEnum):
    """How near the map is; one step further in is the node itself, in the panel of the selected thing."""

    FLEET = 0
    REGION = 1
    ZONE = 2


@dataclass(frozen=True, slots=True)
class Stand:
    """What the map shows: a level, the zone (its name) that one stands in, and the words a node must hold.

    `ringing` are the ids of things that an alarm rings on.
    """

    level: Level = Level.FLEET
    zone: str = ""
    words: str = ""
    ringing: Collection[str] = ()

    def path(self, cloud: Cloud) -> list[str]:
        """The names on the way here, the map's own first."""
        region = region_of(cloud, self.zone)
        title = f'Map with "{self.words}"' if self.words else "Map"
        return [title, region, self.zone][: self.level + 1]


def region_of(cloud: Cloud, zone: str) -> str:
    """The Region of a zone; the first on the map for a zone that is not known."""
    found = cloud.places.zones.get(zone)
    return regions_in_order(cloud)[0].name if found is None else found.region.name


def zone_for(cloud: Cloud, id: str, before: str) -> str:
    """The zone that one stands in when a thing is selected: the one of before if it has a part there."""
    zones = zones_of(cloud, id) or [zone.name for region in regions_in_order(cloud) for zone in region.zones]
    return before if before in zones else next(iter(zones), "")


def stand_ins(cloud: Cloud, id: str) -> list[str]:
    """What may be marked on the map for a thing, the best first: itself, a part of it, what it is a part of."""
    match kind_of(cloud, id):
        case "cluster" | "multi-az cluster":
            parts = [*cloud.clusters[id].instances]
        case "rds":
            parts = [*cloud.rds[id].hosts]
        case "cache":
            parts = [*cloud.caches[id].nodes]
        case _:
            parts = []
    return [id, *parts, *reversed(breadcrumb(cloud, id)[:-1])]


def zones_of(cloud: Cloud, id: str) -> list[str]:
    """The zones in which a thing stands; none for what stands nowhere."""
    places = cloud.places
    match kind_of(cloud, id):
        case "region":
            return [zone.name for zone in places.regions[id].zones]
        case "zone":
            return [id]
        case "cluster" | "multi-az cluster":
            cluster = cloud.clusters[id]
            return [one.zone.name for one in cluster.instances.values()] or zones_of(cloud, cluster.region.name)
        case "rds":
            return [host.zone.name for host in cloud.rds[id].hosts.values()]
        case "cache":
            return [node.zone.name for node in cloud.caches[id].nodes.values()]
        case "instance" | "host" | "cache node":
            return [cloud.servers[id].zone.name]
        case "app":
            return [zone.name for home in cloud.apps[id].homes for zone in home]
        case "global":
            return [zone for one in cloud.global_databases[id].members() for zone in zones_of(cloud, one.id)]
        case "link":
            return [zone for end in id.split("/") for zone in zones_of(cloud, end)]
        case _:
            return []
