"""Backups and snapshots of an RDS DB instance, as stories: the daily one in its window, and those an operator asks for.

Without a standby a snapshot suspends I/O for a moment; with one it is taken from the standby and nobody notices (SQL
Server suspends I/O all the same). The state that it keeps is that of the moment at which it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import rds_work
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.calendar import MINUTE_US, next_begin_us, window_of
from opsconsole.cloud.snapshots import FULL_BYTES, Snapshot
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import Step

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

MICRO = 1_000_000
SUSPENSION = "rds-backup-io-suspension"
IDLE = ("available", "storage-optimization", "storage-initialization")


def archive_of(db: DbInstance) -> Archive:
    """Its automated backups; those of an instance of the fleet file have been on since before the run."""
    return Archive(
        db.world,
        db.id,
        db.settings.retention_days,
        db.shown,
        lambda name, at_us: picture(db, name, at_us, automated=True),
        lambda: db.settings.backup_window,
        of_cluster=False,
        daily=True,
    )


def picture(db: DbInstance, name: str, at_us: int, automated: bool = False) -> Snapshot:
    """A complete snapshot of the instance as it was at a time."""
    content = db.shown(at_us)
    data = content.bytes(db.contents.bytes_per_write)
    return Snapshot(
        name,
        db.id,
        db.region.name,
        automated,
        db.as_spec(),
        content,
        data,
        changed_bytes(db, content.position, data),
        at_us,
        at_us,
        Step("available", at_us),
        db.spec.kms_key,
    )


def changed_bytes(db: DbInstance, position: int, data: int) -> int:
    """What a snapshot now would have to copy: everything the first time, later the blocks written since the last."""
    if db.copied_position is None:
        return data
    blocks = round(catalog.assumption("snapshot-bytes-per-write").value)
    return min(data, max(0, position - db.copied_position) * blocks // WRITE)


def suspends_io(db: DbInstance) -> bool:
    """Whether a snapshot is felt: it is taken from the standby where there is one."""
    return not db.multi_az or db.engine.backup_suspends_io


def copying_time(world: World, owner: str, copied_bytes: int) -> float:
    """Seconds that the copy to S3 takes: so much for every snapshot, and more for more blocks."""
    full = world.draw(owner, "rds-snapshot-full") * copied_bytes / FULL_BYTES
    return world.draw(owner, "rds-snapshot") + full


def typical_s(db: DbInstance) -> float:
    """How long a snapshot now would typically take."""
    content = db.shown(db.world.now_us)
    copied = changed_bytes(db, content.position, content.bytes(db.contents.bytes_per_write))
    full = db.world.timing("rds-snapshot-full").typical_s * copied / FULL_BYTES
    return db.world.timing("rds-snapshot").typical_s + full


def start(db: DbInstance, name: str, automated: bool = False) -> Snapshot:
    """A snapshot that is being made from now on: what it keeps is decided here."""
    now = db.world.now_us
    snapshot = picture(db, name, now, automated)
    snapshot.status = Step("creating", now)
    snapshot.ends_us = now + round(copying_time(db.world, db.id, snapshot.stored_bytes) * MICRO)
    db.copied_position = snapshot.content.position
    return snapshot


async def _make(db: DbInstance, snapshot: Snapshot) -> None:
    """The instance is `backing-up` while a snapshot of it is made."""
    log, world = db.world.log, db.world
    log.aws(world.now_us, db.id, "0001")
    db.set_status("backing-up")
    db.busy_until_us = snapshot.ends_us
    if suspends_io(db):
        await rds_work.suspend_io(db, SUSPENSION)
        db.busy_until_us = snapshot.ends_us
    await snapshot.complete(db.world)
    db.busy_until_us = None
    log.aws(world.now_us, db.id, "0002")
    if db.status.value == "backing-up":  # its storage may have become full meanwhile
        db.settle()


async def take(db: DbInstance, snapshot: Snapshot) -> None:
    """CreateDBSnapshot: RDS-EVENT-0040, the backup, 0042."""
    db.world.log.aws(db.world.now_us, snapshot.name, "0040")
    await _make(db, snapshot)
    db.world.log.aws(db.world.now_us, snapshot.name, "0042")


async def back_up(db: DbInstance) -> None:
    """The automated snapshot of a day, or the first one after the instance was made or backups were switched on."""
    now = db.world.now_us
    snapshot = start(db, db.archive.name_at(now), automated=True)
    if db.archive.begins_us is None:
        db.archive.begin(now)
    db.archive.add(snapshot)
    await _make(db, snapshot)
    db.review_backups()


# -- the daily window ----------------------------------------------------------------------------------------------


def schedule(db: DbInstance) -> None:
    """Plan the next daily backup, or none while retention is 0."""
    rds_work.cancel(db.backup)
    db.backup = None
    if db.settings.retention_days and not db.deleting:
        due = next_begin_us(db.world.fleet.start, db.world.now_us, db.settings.backup_window)
        db.backup = db.world.kernel.call_at(due, _begin_daily, db)


def _begin_daily(db: DbInstance) -> None:
    """A backup a day: skipped if the instance cannot be backed up when its window begins."""
    world, window = db.world, window_of(db.settings.backup_window)
    db.backup = world.kernel.call_at(world.now_us + window.length_min * MINUTE_US, schedule, db)
    why = _why_not(db)
    if why is not None:
        world.log.sim(world.now_us, db.id, "backup", now="failed" if db.archive.failures else "skipped", reason=why)
        return
    rds_work.begin(db, back_up(db), "daily backup")


def _why_not(db: DbInstance) -> str | None:
    if db.archive.failures:
        return "the snapshot could not be made; no event tells"
    if db.status.value not in IDLE:
        return f"the instance is {db.status.value}"
    if db.failing_over or (db.change is not None and not db.change.done):
        return "the instance is being changed"
    if not db.region.up or not db.primary.host_up:
        return "the instance cannot be reached"
    return None


# -- deletion -------------------------------------------------------------------------------------------------------


async def take_final(db: DbInstance, snapshot: Snapshot) -> None:
    """The last snapshot of an instance that is being deleted: it stays `deleting` until that is made."""
    db.world.log.aws(db.world.now_us, snapshot.name, "0040")
    db.busy_until_us = snapshot.ends_us
    await snapshot.complete(db.world)
    db.busy_until_us = None
    db.world.log.aws(db.world.now_us, snapshot.name, "0042")
