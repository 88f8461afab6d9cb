"""What moving data costs: between zones and Regions for applications, between Regions for read replicas.

An application pays for both directions at its own end; the database's end, and what RDS itself replicates inside a
Region, are free. Inside a zone everything is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.apps import App
from opsconsole.cloud.cost_line import CostLine, Kind, assumed, gib_per_hour
from opsconsole.cloud.rds import DbInstance

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud


def replica_lines(db: DbInstance) -> Iterator[CostLine]:
    """What a read replica receives of its source."""
    stream = db.replication
    if stream is None:
        return
    far = stream.source.region is not db.region
    price = catalog.price("transfer-between-regions" if far else "replication-inside-a-region")
    rate = stream.source.branch.write_rate(db.world.now_us) if stream.flows else 0
    sent = gib_per_hour(rate, assumed("rds-log-bytes-per-write"))
    yield CostLine(db.id, Kind.TRANSFER, f"replication from {stream.source.id}", sent, price)


def app_lines(cloud: Cloud, app: App) -> Iterator[CostLine]:
    """What an application's requests move between zones, and between Regions."""
    read, write = assumed("app-bytes-per-read"), assumed("app-bytes-per-write")
    moved = {"zones": Fraction(), "regions": Fraction()}
    for cache in (False, True):
        item = Fraction(app.spec.cache.item_bytes) if cache and app.spec.cache else None
        for (zone, target, writes), rate in cloud.traffic.ways(app, cache).items():
            here, server = cloud.places.zones[zone], cloud.servers.get(target)
            if server is None or server.zone is here:
                continue
            between = "zones" if server.zone.region == here.region else "regions"
            moved[between] += gib_per_hour(rate, item or (write if writes else read))
    for between, title in (("zones", "requests to other zones"), ("regions", "requests to other Regions")):
        if moved[between]:
            yield CostLine(app.id, Kind.TRANSFER, title, moved[between], catalog.price(f"transfer-between-{between}"))
