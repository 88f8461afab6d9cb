"""How the storage of an RDS DB instance changes: more, or faster, without an outage, then optimised for hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cloud.disk import Allocation
from opsconsole.cloud.rds_settings import Value
from opsconsole.cloud.rds_work import MICRO, begin, busy, host_up, open_again, suspend_io
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

STORAGE = ("allocated-storage", "storage-type", "iops", "storage-throughput")


def wanted_storage(db: DbInstance, values: dict[str, Value]) -> Allocation:
    """The storage that a modification asks for, on top of what there is."""
    now = db.disk.allocation
    kind = str(values.get("storage-type", now.type))
    same = kind == now.type
    return Allocation(
        kind,
        int(values.get("allocated-storage", now.gib)),
        int(values.get("iops", now.iops if same else 0)),
        int(values.get("storage-throughput", now.throughput_mibps if same else 0)),
    )


async def change_storage(db: DbInstance, values: dict[str, Value]) -> None:
    """More, or faster: no outage; then `storage-optimization`, and six hours in which nothing may be changed again."""
    db.world.log.aws(db.world.now_us, db.id, "0018")
    await _grow(db, wanted_storage(db, values))
    db.world.log.aws(db.world.now_us, db.id, "0017")


def autoscale(db: DbInstance, allocation: Allocation) -> None:
    """Storage autoscaling grows the volume by itself."""
    begin(db, _autoscale(db, allocation), "grow its storage")


async def _autoscale(db: DbInstance, allocation: Allocation) -> None:
    db.world.log.aws(db.world.now_us, db.id, "0217")
    await _grow(db, allocation)
    db.world.log.aws(db.world.now_us, db.id, "0218")


async def _grow(db: DbInstance, allocation: Allocation) -> None:
    """From one volume to several all data is copied; from magnetic too, and changing over interrupts I/O."""
    was_full, before = db.status.value == "storage-full", db.disk.allocation
    db.set_status("modifying")
    copied = before.row.legacy or _volumes(db, before) != _volumes(db, allocation)
    await busy(db, "rds-storage-copy" if copied else "rds-storage-modify")
    if before.row.legacy and allocation.type != before.type:
        await suspend_io(db, "rds-storage-switch")
    db.disk.set(allocation, db.world.now_us)
    db.watch.limit_changed()
    if was_full:
        await host_up(db)
        open_again(db)
    _begin_optimising(db)


def _volumes(db: DbInstance, allocation: Allocation) -> int:
    return allocation.row.volumes(allocation.gib, db.spec.engine)


def _begin_optimising(db: DbInstance) -> None:
    """Work in the background; the instance stays available."""
    if db.optimising is not None:
        db.optimising.cancel()
    seconds = db.world.draw(db.id, "rds-storage-optimization")
    db.optimised_us = db.world.now_us + round(seconds * MICRO)
    db.optimising = db.world.kernel.spawn(_optimise(db, seconds), f"{db.id}: optimise its storage")
    db.set_status("storage-optimization")


async def _optimise(db: DbInstance, seconds: float) -> None:
    await sleep(seconds)
    db.optimised_us = None
    if db.status.value == "storage-optimization":
        db.set_status("available")
    db.look_again()
