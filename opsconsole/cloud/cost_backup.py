"""What backups cost: nothing up to the size of the databases they are of, then by the month.

RDS's databases count with what is allocated, all of a Region together. Aurora's free share is each cluster's own: what
its volume uses. What is left of a database that is gone has none.
Source: AWS documentation, Understanding Amazon Aurora backup storage usage; Amazon RDS pricing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import backup_storage
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cost_line import CostLine, Kind
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.fleet.units import GIB

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

BEYOND = "backups beyond the size of the databases"
ORPHANS = "backups without a database"


def allocated_bytes(cloud: Cloud, region: str) -> int:
    """What RDS's databases in a Region have allocated: so much backup storage is free. A standby adds nothing to it."""
    instances = (db.disk for db in cloud.rds.values() if db.region.name == region)
    clusters = (
        cluster.storage.disk
        for cluster in cloud.clusters.values()
        if isinstance(cluster, MultiAzCluster) and cluster.region.name == region
    )
    return sum(disk.allocated_bytes for disk in (*instances, *clusters))


def cluster_lines(cloud: Cloud, cluster: AuroraCluster) -> Iterator[CostLine]:
    """The backups of an Aurora cluster beyond its volume: `TotalBackupStorageBilled`."""
    beyond = backup_storage.billed_bytes(cloud.snapshots, cluster, cloud.now_us)
    yield from _line(cluster.id, f"Aurora {BEYOND}", beyond, "aurora-backup")


def region_lines(cloud: Cloud, region: str) -> Iterator[CostLine]:
    """RDS's backups in a Region, and those of either service whose database is not there."""
    held = backup_storage.Held(cloud, region)
    yield from _line(region, f"RDS {BEYOND}", held.rds - allocated_bytes(cloud, region), "rds-backup")
    yield from _line(region, f"RDS {ORPHANS}", held.rds_orphans, "rds-backup")
    yield from _line(region, f"Aurora {ORPHANS}", held.aurora_orphans, "aurora-backup")


def _line(thing: str, what: str, billed_bytes: int, price: str) -> Iterator[CostLine]:
    if billed_bytes > 0:
        yield CostLine(thing, Kind.BACKUP, what, Fraction(billed_bytes, GIB), catalog.price(price))
