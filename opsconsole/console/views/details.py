"""What is known about the selected thing, in tabs that fit its kind."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views import multi_az
from opsconsole.console.views.app_tabs import connections, incidents, requests
from opsconsole.console.views.cache_use import cache
from opsconsole.console.views.configuration import cluster_configuration, instance_configuration
from opsconsole.console.views.cost import cost
from opsconsole.console.views.elasticache.configuration import configuration as cache_configuration
from opsconsole.console.views.elasticache.keys import keys
from opsconsole.console.views.elasticache.node import node
from opsconsole.console.views.elasticache.topology import topology as cache_topology
from opsconsole.console.views.endpoints import cache_endpoints, db_endpoints, endpoints
from opsconsole.console.views.feed import event_feed
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.insights import database_load
from opsconsole.console.views.instance_tabs import global_database, instance
from opsconsole.console.views.lines import Line
from opsconsole.console.views.metric_tabs import metrics
from opsconsole.console.views.os_monitoring import operating_system
from opsconsole.console.views.place_tabs import link, region, zone
from opsconsole.console.views.rds.configuration import configuration as rds_configuration
from opsconsole.console.views.rds.host import host
from opsconsole.console.views.rds.replication import replication as rds_replication
from opsconsole.console.views.rds.storage import storage as rds_storage
from opsconsole.console.views.rds.topology import topology as rds_topology
from opsconsole.console.views.recovery.tab import recovery
from opsconsole.console.views.replication import replication
from opsconsole.console.views.scaling import scaling
from opsconsole.console.views.scene import BLANK, Scene, Tab
from opsconsole.console.views.storage import storage
from opsconsole.console.views.things import kind_of
from opsconsole.console.views.topology import topology
from opsconsole.console.views.tracer import traces

EVENTS = 100


def events(scene: Scene) -> list[Line]:
    """What happened to a thing and to what belongs to it."""
    return event_feed(scene.cloud, scene.width, truth=scene.truth, limit=EVENTS, source=scene.id)


def load(scene: Scene) -> list[Line]:
    """What a database's sessions wait for, and what its operating system says."""
    return [*database_load(scene), BLANK, *operating_system(scene)]


TABS: dict[str, dict[str, Tab]] = {
    "cluster": {
        "Topology": topology,
        "Endpoints": endpoints,
        "Replication": replication,
        "Storage": storage,
        "Recovery": recovery,
        "Metrics": metrics,
        "Scaling": scaling,
        "Config": cluster_configuration,
        "Cost": cost,
        "Events": events,
    },
    "multi-az cluster": {
        "Topology": topology,
        "Endpoints": endpoints,
        "Replication": multi_az.replication,
        "Storage": multi_az.storage,
        "Recovery": recovery,
        "Metrics": metrics,
        "Config": cluster_configuration,
        "Cost": cost,
        "Events": events,
    },
    "instance": {
        "Instance": instance,
        "Metrics": metrics,
        "Load": database_load,
        "Config": instance_configuration,
        "Events": events,
    },
    "rds": {
        "Topology": rds_topology,
        "Endpoints": db_endpoints,
        "Replication": rds_replication,
        "Storage": rds_storage,
        "Recovery": recovery,
        "Metrics": metrics,
        "Load": load,
        "Config": rds_configuration,
        "Cost": cost,
        "Events": events,
    },
    "host": {"Host": host, "Events": events},
    "cache": {
        "Topology": cache_topology,
        "Endpoints": cache_endpoints,
        "Keys": keys,
        "Metrics": metrics,
        "Config": cache_configuration,
        "Cost": cost,
        "Events": events,
    },
    "cache node": {"Node": node, "Metrics": metrics, "Events": events},
    "global": {"Members": global_database, "Events": events},
    "app": {
        "Requests": requests,
        "Cache": cache,
        "Connections": connections,
        "Tracer": traces,
        "Incidents": incidents,
        "Events": events,
    },
    "zone": {"Zone": zone, "Events": events},
    "region": {"Region": region, "Events": events},
    "link": {"Link": link, "Events": events},
}
"""The tabs of each kind of thing, in the order of the screen."""


def tabs_for(cloud: Cloud, id: str) -> list[str]:
    """The tabs of a thing, the first one shown first; empty for an id that is gone."""
    tabs = TABS.get(kind_of(cloud, id), {})
    return [tab for tab in tabs if tab != "Cache" or cloud.apps[id].cache is not None]


def tab_view(
    cloud: Cloud,
    id: str,
    tab: str,
    width: int,
    height: int = 40,
    *,
    truth: bool = True,
    ascii: bool = False,
    tracer: int = 0,
) -> list[Line]:
    """One tab of a thing, in as many lines as it needs (a panel scrolls); `height` is a hint for what may be larger.

    `tracer` is the number of the tracer request that an app's tracer tab follows.
    Empty for a thing that is gone and for a tab that it does not have.
    """
    made = TABS.get(kind_of(cloud, id), {}).get(tab)
    return in_ascii(made(Scene(cloud, id, width, height, truth, ascii, tracer)), ascii) if made else []
