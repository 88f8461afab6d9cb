"""What becomes of a snapshot once it is there: copies of it, also in other Regions, and its deletion."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.snapshots import FULL_BYTES, Snapshot
from opsconsole.fleet.units import GIB
from opsconsole.simulation import Step, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

MICRO = 1_000_000


def _factor(snapshot: Snapshot, region: str) -> float:
    """A copy moves every block; to another Region that takes longer."""
    far = catalog.assumption("cross-region-copy-factor").value if region != snapshot.region else 1.0
    least = catalog.assumption("snapshot-copy-least-gib").value * GIB
    return far * max(least, snapshot.data_bytes) / FULL_BYTES


def typical_s(cloud: Cloud, snapshot: Snapshot, region: str) -> float:
    """How long a copy typically takes."""
    return cloud.timing("rds-snapshot-full").typical_s * _factor(snapshot, region)


def running(cloud: Cloud, region: str) -> int:
    """How many copies are being made into a Region now."""
    return sum(one.region == region and one.status.value == "copying" for one in cloud.snapshots.kept.values())


async def copy(cloud: Cloud, snapshot: Snapshot, name: str, region: str, key: str | None) -> None:
    """CopyDBSnapshot: RDS-EVENT-0059 and 0060 between Regions, 0196 and 0197 inside one.

    AWS has no event for the copy of a DB cluster snapshot.
    """
    began_us, far = cloud.now_us, region != snapshot.region
    seconds = cloud.draw(name, "rds-snapshot-full") * _factor(snapshot, region)
    made = replace(
        snapshot,
        name=name,
        region=region,
        automated=False,
        stored_bytes=snapshot.data_bytes,
        created_us=began_us,
        ends_us=began_us + round(seconds * MICRO),
        status=Step("copying", began_us),
        kms_key=key,
        copy_of=snapshot,
    )
    cloud.snapshots.keep(made)
    cloud.log.sim(began_us, name, "status", now="copying")
    where = snapshot.region if far else region
    if not snapshot.of_cluster:
        cloud.log.aws(began_us, name, "0059" if far else "0196", name=snapshot.name, region=where)
    await sleep(seconds)
    made.set_status(cloud, "available")
    if snapshot.of_cluster:
        return
    minutes = str(max(1, round(seconds / 60)))
    if far:
        cloud.log.aws(cloud.now_us, name, "0060", name=snapshot.name, region=where, number=minutes)
    else:
        cloud.log.aws(cloud.now_us, name, "0197", name=snapshot.name, region=where)


async def delete(cloud: Cloud, snapshot: Snapshot) -> None:
    """DeleteDBSnapshot: RDS-EVENT-0041 for one of an instance; AWS has no event for one of a cluster."""
    snapshot.set_status(cloud, "deleting")
    await sleep(cloud.draw(snapshot.name, "snapshot-delete"))
    cloud.snapshots.drop(snapshot, cloud.now_us)
    if not snapshot.of_cluster:
        cloud.log.aws(cloud.now_us, snapshot.name, "0041")
    snapshot.set_status(cloud, "gone")
