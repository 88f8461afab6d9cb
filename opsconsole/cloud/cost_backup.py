"""What backups cost: nothing up to the size of the databases of a Region, then by the month.

RDS's databases count with what is allocated, Aurora's with what is used. AWS counts Aurora's free share cluster by
cluster; here, as for RDS, all of a Region together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from opsconsole import catalog
from opsconsole.cloud.cost_line import GIB, CostLine, Kind
from opsconsole.cloud.cost_storage import billed_bytes
from opsconsole.cloud.multi_az_cluster import MultiAzCluster

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

Service = Literal["aurora", "rds"]
TITLES: Mapping[Service, str] = {"aurora": "Aurora", "rds": "RDS"}


def database_bytes(cloud: Cloud, region: str) -> dict[Service, int]:
    """The size of the databases in a Region: backup storage up to so much is free. A standby adds nothing to it."""
    found: dict[Service, int] = dict.fromkeys(TITLES, 0)
    for cluster in cloud.aurora.values():
        if cluster.region.name == region:
            found["aurora"] += billed_bytes(cluster)
    for copied in cloud.clusters.values():
        if isinstance(copied, MultiAzCluster) and copied.region.name == region:
            found["rds"] += copied.storage.disk.allocated_bytes
    for db in cloud.rds.values():
        if db.region.name == region:
            found["rds"] += db.disk.allocated_bytes
    return found


def backup_lines(region: str, backups: Mapping[Service, int], databases: Mapping[Service, int]) -> Iterator[CostLine]:
    """What backup storage (bytes held in a Region, by service) costs beside databases of that many bytes."""
    for service, title in TITLES.items():
        if held := backups.get(service, 0):
            free = databases.get(service, 0)
            beyond = Fraction(max(0, held - free), GIB)
            what = f"{title} backups beyond the size of the databases"
            yield CostLine(region, Kind.BACKUP, what, beyond, catalog.price(f"{service}-backup"))
