"""What can be asked of RDS DB instances."""

from __future__ import annotations

from typing import Final

from opsconsole import catalog
from opsconsole.cloud import rds_metrics
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.writelog import WRITE
from opsconsole.drills.subjects.base import Kind, Quantity, Scene, percent, seconds
from opsconsole.drills.subjects.clusters import next_upload, owner, owner_region, owner_zone, restorable_age, rows
from opsconsole.drills.values import Unit, Value


def _connections(scene: Scene, db: DbInstance, t: int) -> Value:
    limit = catalog.capacity(db.spec.engine, db.instance_class.name).max_connections
    return percent(db.primary.load.at(t).connections, limit)


def _lag(scene: Scene, db: DbInstance, t: int) -> Value:
    return None if db.replication is None else seconds(db.replication.lag_us(t))


DB_INSTANCES: Final[Kind[DbInstance]] = Kind(
    "RDS DB instance",
    lambda cloud: cloud.rds,
    lambda cloud, name: cloud.rds.get(name),
    (
        Quantity("status", Unit.TEXT, "DBInstanceStatus", lambda s, d, t: d.status.at(t)),
        Quantity("az", Unit.TEXT, "where its primary stands", lambda s, d, t: d.primary.zone.name),
        Quantity(
            "standby.az",
            Unit.TEXT,
            "where its standby stands",
            lambda s, d, t: d.standby.zone.name if d.standby else "",
        ),
        Quantity("standby", Unit.TEXT, "synchronised, synchronising, broken or none", lambda s, d, t: d.mirror.value),
        Quantity("multi_az", Unit.BOOL, "MultiAZ", lambda s, d, t: d.multi_az),
        Quantity("class", Unit.TEXT, "DBInstanceClass", lambda s, d, t: d.instance_class.name),
        Quantity("engine", Unit.TEXT, "what its engine really does", lambda s, d, t: d.primary.engine.at(t)),
        Quantity("endpoint", Unit.TEXT, "the host that its name leads to", lambda s, d, t: owner(s, d.record)),
        Quantity("endpoint.az", Unit.TEXT, "and where that stands", lambda s, d, t: owner_zone(s, d.record)),
        Quantity("endpoint.region", Unit.TEXT, "and in which Region", lambda s, d, t: owner_region(s, d.record)),
        Quantity("failovers", Unit.NUMBER, "failovers since the begin", lambda s, d, t: d.failovers),
        Quantity("source", Unit.TEXT, "whom it follows", lambda s, d, t: d.source.id if d.source else ""),
        Quantity(
            "replication",
            Unit.TEXT,
            "replicating, stopped, error or terminated",
            lambda s, d, t: d.replication.status.value if d.replication else "",
        ),
        Quantity("lag", Unit.DURATION, "how old reads of this replica are", _lag, True),
        Quantity("replicas", Unit.NUMBER, "read replicas that follow it", lambda s, d, t: len(d.replicas())),
        Quantity("connections", Unit.PERCENT, "connections, of max_connections", _connections),
        Quantity("storage.free", Unit.SIZE, "FreeStorageSpace", lambda s, d, t: rds_metrics.free_storage(d, t), True),
        Quantity("rows", Unit.NUMBER, "writes that its readers see", lambda s, d, t: rows(d.shown(t)), True),
        Quantity("wrong", Unit.NUMBER, "wrong rows that they see", lambda s, d, t: d.shown(t).wrong_rows / WRITE, True),
        Quantity("damaged", Unit.BOOL, "whether a table was dropped", lambda s, d, t: bool(d.shown(t).damage)),
        Quantity(
            "restorable.age",
            Unit.DURATION,
            "age of LatestRestorableTime",
            lambda s, d, t: restorable_age(s, d.id, t),
            True,
            lambda s, d: next_upload(s, d.id),
        ),
    ),
)
