"""What there is to look at: ids in the order of the map, and the path to each."""

from __future__ import annotations

from opsconsole.cloud import Cloud


def things(cloud: Cloud) -> list[str]:
    """Every selectable id, in the order of the screen: regions with zones, clusters with instances, globals, apps."""
    return [*cloud.places.regions, *cloud.places.zones, *cloud.clusters, *cloud.instances, *cloud.apps]


def kind_of(cloud: Cloud, id: str) -> str:
    """`region`, `zone`, `cluster`, `instance`, `global`, `app`, `link`; empty for an id that is gone or unknown."""
    return ""


def breadcrumb(cloud: Cloud, id: str) -> list[str]:
    """The path of ids that leads to a thing, itself last: region, global database, cluster, instance."""
    return [id]
