"""What it costs to have a way back: less to lose and less time to wait are paid for every hour.

A standby, a reader or a replica is compute and storage that would otherwise not be there; backups cost what they take
beyond the free share; change records are what a backtrack window is made of. Going that way is not in it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import backup_storage, costs
from opsconsole.cloud.cost_line import Kind, hours_per_month, per_hour
from opsconsole.cloud.recovery import Kind as WayKind
from opsconsole.cloud.recovery import Way
from opsconsole.fleet.units import GIB

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud


def usd_per_hour(cloud: Cloud, id: str, way: Way) -> Fraction:
    """US dollars an hour for having one way back of a database, at the rates of this instant."""
    match way.kind:
        case WayKind.STANDBY:
            found = costs.lines(cloud, id)
            standby = per_hour(line for line in found if line.what.endswith(" standby"))
            return standby + per_hour(line for line in found if line.kind is Kind.STORAGE) / 2
        case WayKind.READER | WayKind.REPLICA | WayKind.SECONDARY:
            return per_hour(costs.lines(cloud, way.by))
        case WayKind.BACKTRACK:
            return per_hour(line for line in costs.lines(cloud, id) if "change records" in line.what)
        case WayKind.POINT_IN_TIME | WayKind.SNAPSHOT:
            return _backups(cloud, id)
        case WayKind.HOST:
            return Fraction()


def _backups(cloud: Cloud, id: str) -> Fraction:
    """All backups of a database beyond its own free share."""
    if id in cloud.aurora:
        return per_hour(line for line in costs.lines(cloud, id) if line.kind is Kind.BACKUP)
    if id not in cloud.rds:
        return Fraction()
    db = cloud.rds[id]
    taken = backup_storage.chain_bytes(cloud.snapshots.of(id)) + backup_storage.log_bytes(db.archive)
    beyond = max(0, taken - db.disk.allocated_bytes)
    return Fraction(beyond, GIB) * catalog.price("rds-backup").exact / hours_per_month()
