"""New RDS DB instances: empty ones, and those that begin with what a snapshot or a moment of the past contained.

A restore never touches its source: it makes another instance, under another name, with default settings where AWS does
not copy them. Its blocks come from S3 when they are first read, so it is slow for a while (`storage-initialization`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import rds_backups, rds_work
from opsconsole.cloud.content import Content
from opsconsole.cloud.origin import Origin
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.cloud.writelog import WRITE
from opsconsole.fleet.units import GIB, MIB
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.places import Zone
    from opsconsole.cloud.rds import DbInstance
    from opsconsole.fleet import RdsSpec

MICRO = 1_000_000
STEPS = 7  # halvings of what a restored volume has not loaded: less than 1 % is left


def like(picture: RdsSpec, id: str, zone: Zone) -> RdsSpec:
    """The instance that a restore makes: Single-AZ, with default settings, unless it is told otherwise (AWS docs)."""
    return picture._replace(
        id=id,
        zone=zone.name,
        region=zone.region.name,
        multi_az=False,
        standby_zone=None,
        deletion_protection=False,
        source=None,
        monitoring_interval_s=0,
        performance_insights=False,
    )


def typical_s(cloud: Cloud, data_bytes: int, log_bytes: int = 0) -> float:
    """How long a restore typically takes: it grows with the data, and with the log that is replayed."""
    base = cloud.timing("rds-restore").typical_s
    return base * size_factor(data_bytes) + replay_s(log_bytes)


def size_factor(data_bytes: int) -> float:
    """How much longer a restore of so much data takes than a small one's."""
    return 1 + data_bytes / (catalog.assumption("restore-doubling-gib").value * GIB)


def replay_s(log_bytes: int) -> float:
    """How long it takes to apply so much transaction log."""
    return log_bytes / (catalog.assumption("log-replay-mib-per-s").value * MIB)


def log_bytes(content: Content, base: Content) -> int:
    """The transaction log between two states of one history."""
    each = round(catalog.assumption("rds-log-bytes-per-write").value)
    return max(0, content.position - base.position) * each // WRITE


async def create(db: DbInstance) -> None:
    """CreateDBInstance: RDS-EVENT-0005, its first backup, then it serves."""
    await rds_work.busy(db, "rds-instance-create")
    await _open(db)
    db.world.log.aws(db.world.now_us, db.id, "0005")
    await _first_backup(db)


async def restore(db: DbInstance, origin: Origin, snapshot: Snapshot | None, source: str, log: int) -> None:
    """RestoreDBInstanceFromDBSnapshot, or …ToPointInTime: the base, then the logs up to the moment that was chosen."""
    world = db.world
    data = origin.content.bytes(db.contents.bytes_per_write)
    base_s = world.draw(db.id, "rds-restore") * size_factor(data)
    db.busy_until_us = world.now_us + round((base_s + replay_s(log)) * MICRO)
    if origin.base_us is not None:
        world.log.sim(world.now_us, db.id, "restore", now="base", mib=data // MIB)
    await sleep(base_s)
    if origin.base_us is not None:
        world.log.sim(world.now_us, db.id, "restore", now="replay", mib=log // MIB)
        await sleep(replay_s(log))
    db.busy_until_us = None
    await _open(db)
    if snapshot is not None:
        world.log.aws(world.now_us, snapshot.name, "0043", name=snapshot.name)
    else:
        world.log.aws(world.now_us, db.id, "0019", origin=source, name=db.id)
    db.begin_loading(data / (catalog.assumption("lazy-load-mib-per-s").value * MIB))
    await _first_backup(db)


async def _open(db: DbInstance) -> None:
    while not db.primary.host_up:
        await db.pulse
    db.born()


async def _first_backup(db: DbInstance) -> None:
    """A new instance with retention is backed up at once; its daily window comes after that."""
    if db.settings.retention_days:
        await rds_backups.back_up(db)
        rds_backups.schedule(db)
    else:
        db.settle()


async def load_blocks(db: DbInstance, seconds: float) -> None:
    """The blocks of a restored volume come from S3, in the background and on first access: slow, then less so."""
    missing = 1000 - round(catalog.assumption("lazy-load-cold-share").value * 1000)
    for _ in range(STEPS):
        db.loaded.set(db.world.now_us, 1000 - missing)
        db.look_again()
        await sleep(seconds / STEPS)
        missing //= 2
    db.loaded.set(db.world.now_us, 1000)
    db.loading_until_us = None
    if db.status.value == "storage-initialization":
        db.settle()
    db.look_again()
