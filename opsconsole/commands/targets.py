"""What a command can be aimed at: kinds of targets, and which ids of a fleet are of each kind."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from enum import StrEnum
from itertools import chain

from opsconsole.cloud import Cloud, whereabouts
from opsconsole.cloud.places import Region
from opsconsole.commands.errors import UnknownTarget

IDENTIFIER = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,62}", re.ASCII)
"""AWS's rule for identifiers."""


class TargetKind(StrEnum):
    """What the word after a command's name must be."""

    ZONE = "zone"
    REGION = "region"
    LINK = "link"
    CLUSTER = "cluster"
    INSTANCE = "instance"  # of a cluster, or an RDS DB instance
    DB_INSTANCE = "RDS DB instance"
    REPLICA = "read replica"
    BINLOG_DATABASE = "MySQL or MariaDB DB instance"
    BINLOG_REPLICA = "MySQL or MariaDB read replica"
    FOLLOWER = "secondary cluster or read replica"
    HOST = "host or node"  # whatever can lose its machine
    READER = "reader"
    MAINTAINED = "cluster or instance"  # whatever AWS maintains in a window
    CACHE = "cache"
    CACHE_NODE = "cache node"
    GLOBAL = "global database"
    APP = "app"
    HEALABLE = "fault or thing"
    SNAPSHOT = "DB snapshot"
    CLUSTER_SNAPSHOT = "DB cluster snapshot"
    RESTORABLE = "RDS DB instance or its kept backups"
    RESTORABLE_CLUSTER = "DB cluster or its kept backups"
    KEY = "KMS key"
    PARAMETER_GROUP = "DB parameter group"
    HOME = "cluster or region"  # where a new DB instance is made
    DATABASE = "cluster or RDS DB instance"
    LABEL = "label"


BINLOG = ("mysql", "mariadb")
"""Whose read replicas follow a binary log, and are started and stopped by procedures of the schema `mysql`."""

KNOWN_AS = {
    TargetKind.READER: TargetKind.INSTANCE,
    TargetKind.REPLICA: TargetKind.DB_INSTANCE,
    TargetKind.BINLOG_REPLICA: TargetKind.BINLOG_DATABASE,
    TargetKind.FOLLOWER: TargetKind.DATABASE,
}
"""Roles change: who is no reader or replica now is a target that exists, and AWS says why it is refused."""

BREAKABLE = (
    *(TargetKind.ZONE, TargetKind.REGION, TargetKind.HOST, TargetKind.CLUSTER),
    *(TargetKind.CACHE, TargetKind.APP, TargetKind.LINK),
)
"""What may be healed whether it is broken or not."""


def choices(cloud: Cloud, kind: TargetKind) -> list[str]:
    """Every id of the fleet that a command of this kind may be aimed at now, in order."""
    return list(dict.fromkeys(chain.from_iterable(_ids(cloud, kind))))


def is_one(cloud: Cloud, kind: TargetKind, id: str) -> bool:
    """Whether an id is among the `choices`: asked at every command, so a large fleet is not listed for it."""
    return any(id in ids for ids in _ids(cloud, kind))


def _ids(cloud: Cloud, kind: TargetKind) -> tuple[Collection[str], ...]:
    """Where the ids of a kind stand: the cloud's own tables, as far as they are the answer."""
    places = cloud.places
    match kind:
        case TargetKind.ZONE:
            return (places.zones,)
        case TargetKind.REGION:
            return (places.regions,)
        case TargetKind.LINK:
            return (_links(cloud),)
        case TargetKind.CLUSTER:
            return (cloud.clusters,)
        case TargetKind.INSTANCE:
            return cloud.instances, cloud.rds
        case TargetKind.DB_INSTANCE:
            return (cloud.rds,)
        case TargetKind.REPLICA:
            return ([id for id, db in cloud.rds.items() if db.replication is not None],)
        case TargetKind.BINLOG_DATABASE:
            return ([id for id, db in cloud.rds.items() if db.engine.compatible in BINLOG],)
        case TargetKind.BINLOG_REPLICA:
            return ([id for id in choices(cloud, TargetKind.REPLICA) if cloud.rds[id].engine.compatible in BINLOG],)
        case TargetKind.FOLLOWER:
            secondaries = [one.id for database in cloud.global_databases.values() for one in database.secondaries]
            return secondaries, choices(cloud, TargetKind.REPLICA)
        case TargetKind.HOST:
            return cloud.instances, cloud.rds, cloud.servers
        case TargetKind.READER:
            readers = [id for id, i in cloud.instances.items() if cloud.clusters[i.cluster].writer is not i]
            return readers, choices(cloud, TargetKind.REPLICA)
        case TargetKind.MAINTAINED:
            return (sorted(cloud.maintenance.windows),)
        case TargetKind.CACHE:
            return (cloud.caches,)
        case TargetKind.CACHE_NODE:
            return tuple(group.nodes for group in cloud.caches.values())
        case TargetKind.GLOBAL:
            return (cloud.global_databases,)
        case TargetKind.APP:
            return (cloud.apps,)
        case TargetKind.HEALABLE:
            return ("all",), cloud.faults.in_force, [fault.target for fault in cloud.faults.in_force.values()]
        case TargetKind.SNAPSHOT | TargetKind.CLUSTER_SNAPSHOT:
            return (cloud.snapshots.names(of_cluster=kind is TargetKind.CLUSTER_SNAPSHOT),)
        case TargetKind.RESTORABLE:
            return cloud.rds, _kept_backups(cloud, of_cluster=False)
        case TargetKind.RESTORABLE_CLUSTER:
            return cloud.clusters, _kept_backups(cloud, of_cluster=True)
        case TargetKind.KEY:
            return (cloud.keys,)
        case TargetKind.PARAMETER_GROUP:
            return cloud.parameter_groups, [db.settings.parameter_group for db in cloud.rds.values()]
        case TargetKind.HOME:
            return cloud.clusters, places.regions
        case TargetKind.DATABASE:
            return cloud.clusters, cloud.rds
        case TargetKind.LABEL:
            return ()


def _kept_backups(cloud: Cloud, of_cluster: bool) -> list[str]:
    """Automated backups whose database is deleted."""
    archives = cloud.snapshots.archives.items()
    return [name for name, archive in archives if archive.closed_us is not None and archive.of_cluster is of_cluster]


def _a(kind: TargetKind) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _links(cloud: Cloud) -> list[str]:
    regions = list(cloud.places.regions)
    pairs = [f"{a}/{b}" for i, a in enumerate(regions) for b in regions[i + 1 :]]
    for region in cloud.places.regions.values():
        names = [zone.name for zone in region.zones]
        pairs += [f"{a}/{b}" for i, a in enumerate(names) for b in names[i + 1 :]]
    return pairs


def require(cloud: Cloud, kind: TargetKind, target: str) -> None:
    """Raise UnknownTarget unless `target` is one of the fleet's of this kind."""
    if kind is TargetKind.LABEL:
        return
    if kind is TargetKind.LINK:
        split_link(cloud, target)
        return
    kinds = (kind, *BREAKABLE) if kind is TargetKind.HEALABLE else (KNOWN_AS.get(kind, kind),)
    if any(is_one(cloud, one, target) for one in kinds):
        return
    known = [id for one in kinds for id in choices(cloud, one)]
    near = get_close_matches(target, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
    other = kind_of(cloud, target)
    what = f"{target} is {_a(other)}, not {_a(kind)}" if other else f"there is no {kind} called {target!r}"
    raise UnknownTarget(f"{what}; {hint}")


def split_link(cloud: Cloud, target: str) -> tuple[str, str]:
    """The two ends of a link written `us-east-1a/us-east-1b` or `us-east-1/eu-west-1`."""
    ends = target.split("/")
    if len(ends) == 2 and ends[0] != ends[1]:
        a, b = ends
        zones, regions = cloud.places.zones, cloud.places.regions
        if a in zones and b in zones and zones[a].region is zones[b].region:
            return a, b
        if a in regions and b in regions:
            return a, b
    near = get_close_matches(target, _links(cloud), n=1)
    hint = f"did you mean {near[0]}?" if near else "write two regions, or two zones of one region"
    raise UnknownTarget(f"there is no link {target!r}; {hint} (a link is written like us-east-1a/us-east-1b)")


def kind_of(cloud: Cloud, id: str) -> TargetKind | None:
    """What an id of the fleet is, or None."""
    for kind in (
        TargetKind.ZONE,
        TargetKind.REGION,
        TargetKind.CLUSTER,
        TargetKind.DB_INSTANCE,
        TargetKind.INSTANCE,
        TargetKind.CACHE,
        TargetKind.CACHE_NODE,
        TargetKind.GLOBAL,
        TargetKind.APP,
        TargetKind.HOST,
        TargetKind.KEY,
    ):
        if is_one(cloud, kind, id):
            return kind
    return None


def region_of(cloud: Cloud, kind: TargetKind, target: str) -> Region | None:
    """The Region of what a command is aimed at; None where it has none. A snapshot may have the name of a thing."""
    match kind:
        case TargetKind.SNAPSHOT | TargetKind.CLUSTER_SNAPSHOT:
            return cloud.places.regions[cloud.snapshots[target].region]
        case TargetKind.RESTORABLE | TargetKind.RESTORABLE_CLUSTER:
            return cloud.places.regions[cloud.snapshots.archives[target].region]
        case TargetKind.LABEL | TargetKind.HEALABLE | TargetKind.APP | TargetKind.LINK:
            return None
    return whereabouts.region_of(cloud, target)
