"""What can be asked of DB clusters, their instances and global databases."""

from __future__ import annotations

from typing import Final

from opsconsole import catalog
from opsconsole.cloud import databases
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.content import Content
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.names import Record
from opsconsole.cloud.writelog import WRITE
from opsconsole.drills.subjects.base import SECOND_US, Kind, Quantity, Scene, percent, seconds
from opsconsole.drills.values import Unit, Value


def owner(scene: Scene, record: Record) -> str:
    """Whom a name answers with, one or several; empty for nobody."""
    return ",".join(scene.cloud.names.resolve(record))


def owner_zone(scene: Scene, record: Record) -> str:
    """The zone of the server that a name answers with first; empty for nobody."""
    ids = scene.cloud.names.resolve(record)
    server = scene.cloud.servers.get(ids[0]) if ids else None
    return server.zone.name if server is not None else ""


def owner_region(scene: Scene, record: Record) -> str:
    """Its Region."""
    zone = owner_zone(scene, record)
    return scene.cloud.places.region_of(zone).name if zone else ""


def restorable_age(scene: Scene, id: str, t: int) -> Value:
    """How old `LatestRestorableTime` is, in seconds; None where nothing can be restored."""
    latest = databases.archive_of(scene.cloud, id).latest_us()
    return None if latest is None else (t - latest) / SECOND_US


def next_upload(scene: Scene, id: str) -> int | None:
    """When that age falls next."""
    return databases.archive_of(scene.cloud, id).next_upload_us()


def rows(content: Content) -> float:
    """Writes that a content has, since the root of its history."""
    return content.position / WRITE


def _writer_zone(scene: Scene, cluster: Cluster, t: int) -> Value:
    return cluster.writer.zone.name if cluster.writer is not None else ""


def _lag(scene: Scene, cluster: Cluster, t: int) -> Value:
    """A secondary's: behind its primary; else that of its reader that is behind most."""
    if isinstance(cluster, AuroraCluster) and cluster.volume.follower is not None:
        return cluster.volume.follower.lag_us(t) / SECOND_US
    return seconds(max((reader.lag_at(t) for reader in cluster.readers()), default=None))


def _copies(scene: Scene, cluster: Cluster, t: int) -> Value:
    return cluster.volume.healthy_copies() if isinstance(cluster, AuroraCluster) else None


def _accepts_writes(scene: Scene, cluster: Cluster, t: int) -> Value:
    writer = cluster.writer
    return writer is not None and writer.running and not cluster.fenced and cluster.storage.can_write(writer.zone)


CLUSTERS: Final[Kind[Cluster]] = Kind(
    "DB cluster",
    lambda cloud: cloud.clusters,
    lambda cloud, name: cloud.clusters.get(name),
    (
        Quantity("status", Unit.TEXT, "DBCluster.Status", lambda s, c, t: c.status.at(t)),
        Quantity("writer", Unit.TEXT, "its writer's id", lambda s, c, t: c.writer.id if c.writer else ""),
        Quantity("writer.az", Unit.TEXT, "where its writer stands", _writer_zone),
        Quantity(
            "writer.class",
            Unit.TEXT,
            "its writer's DBInstanceClass",
            lambda s, c, t: c.writer.instance_class.name if c.writer else "",
        ),
        Quantity("accepts_writes", Unit.BOOL, "whether its writer runs and storage takes writes", _accepts_writes),
        Quantity(
            "endpoint.writer", Unit.TEXT, "whom the writer endpoint leads to", lambda s, c, t: owner(s, c.writer_record)
        ),
        Quantity(
            "endpoint.writer.az", Unit.TEXT, "and where that stands", lambda s, c, t: owner_zone(s, c.writer_record)
        ),
        Quantity(
            "endpoint.writer.region", Unit.TEXT, "and in which Region", lambda s, c, t: owner_region(s, c.writer_record)
        ),
        Quantity(
            "endpoint.reader", Unit.TEXT, "whom the reader endpoint leads to", lambda s, c, t: owner(s, c.reader_record)
        ),
        Quantity("instances", Unit.NUMBER, "instances that exist", lambda s, c, t: len(c.instances)),
        Quantity("readers", Unit.NUMBER, "readers that exist", lambda s, c, t: len(c.readers())),
        Quantity(
            "readers.healthy",
            Unit.NUMBER,
            "readers that the control plane would send connections to",
            lambda s, c, t: sum(c.serves(reader) for reader in c.readers()),
        ),
        Quantity("lag", Unit.DURATION, "replication lag: a secondary's, or its slowest reader's", _lag, True),
        Quantity("copies", Unit.NUMBER, "healthy copies of its volume, 0 to 6", _copies),
        Quantity("failovers", Unit.NUMBER, "failovers since the begin", lambda s, c, t: c.failovers),
        Quantity("rows", Unit.NUMBER, "writes that it holds", lambda s, c, t: rows(c.storage.content(t)), True),
        Quantity(
            "wrong", Unit.NUMBER, "wrong rows in it", lambda s, c, t: c.storage.content(t).wrong_rows / WRITE, True
        ),
        Quantity(
            "damaged", Unit.BOOL, "whether a table was dropped", lambda s, c, t: bool(c.storage.content(t).damage)
        ),
        Quantity(
            "restorable.age",
            Unit.DURATION,
            "age of LatestRestorableTime",
            lambda s, c, t: restorable_age(s, c.id, t),
            True,
            lambda s, c: next_upload(s, c.id),
        ),
    ),
)


def _shown(scene: Scene, instance: Instance, t: int) -> Content:
    """What its readers see: the storage's content, as late as it is."""
    content = instance.home.storage.content(t)
    return Content(content.branch, min(content.until_us, t - instance.lag_us(t)))


def _connections(scene: Scene, instance: Instance, t: int) -> Value:
    limit = catalog.capacity(instance.home.spec.engine, instance.instance_class.name).max_connections
    return percent(instance.load.at(t).connections, limit)


INSTANCES: Final[Kind[Instance]] = Kind(
    "instance of a cluster",
    lambda cloud: cloud.instances,
    lambda cloud, name: cloud.instances.get(name),
    (
        Quantity("status", Unit.TEXT, "DBInstanceStatus", lambda s, i, t: i.status.at(t)),
        Quantity("role", Unit.TEXT, "writer or reader", lambda s, i, t: i.home.role(i)),
        Quantity("az", Unit.TEXT, "where it stands", lambda s, i, t: i.zone.name),
        Quantity("class", Unit.TEXT, "DBInstanceClass", lambda s, i, t: i.instance_class.name),
        Quantity("engine", Unit.TEXT, "what its engine really does", lambda s, i, t: i.engine.at(t)),
        Quantity("lag", Unit.DURATION, "how old reads there are", lambda s, i, t: seconds(i.lag_us(t)), True),
        Quantity("connections", Unit.PERCENT, "connections, of max_connections", _connections),
        Quantity("rows", Unit.NUMBER, "writes that its readers see", lambda s, i, t: rows(_shown(s, i, t)), True),
        Quantity(
            "wrong", Unit.NUMBER, "wrong rows that they see", lambda s, i, t: _shown(s, i, t).wrong_rows / WRITE, True
        ),
    ),
)


def _global_lag(scene: Scene, database: GlobalDatabase, t: int) -> Value:
    followers = (secondary.volume.follower for secondary in database.secondaries)
    return seconds(max((one.lag_us(t) for one in followers if one is not None), default=None))


GLOBALS: Final[Kind[GlobalDatabase]] = Kind(
    "global database",
    lambda cloud: cloud.global_databases,
    lambda cloud, name: cloud.global_databases.get(name),
    (
        Quantity("status", Unit.TEXT, "GlobalCluster.Status", lambda s, g, t: g.status.at(t)),
        Quantity("primary", Unit.TEXT, "the cluster that writes", lambda s, g, t: g.primary.id),
        Quantity("primary.region", Unit.TEXT, "its Region", lambda s, g, t: g.primary.region.name),
        Quantity("writers", Unit.NUMBER, "members that would accept a write now", lambda s, g, t: g.writers()),
        Quantity(
            "synchronised", Unit.BOOL, "whether every member follows the primary", lambda s, g, t: g.synchronised()
        ),
        Quantity("lag", Unit.DURATION, "AuroraGlobalDBReplicationLag of the slowest secondary", _global_lag, True),
        Quantity(
            "endpoint.region",
            Unit.TEXT,
            "where the global writer endpoint leads",
            lambda s, g, t: owner_region(s, g.endpoint),
        ),
    ),
)
