"""What becomes of an operator's request to an RDS DB instance: reboot, stop and start, create, promote, delete.

Each is a story that reads like the runbook AWS publishes: statuses, events, outage. One change at a time runs in an
instance (`db.change`); a zone that dies meanwhile lets it wait. Modifications are in `rds_changes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import rds_backups, rds_failover
from opsconsole.cloud.archive import DAY_US
from opsconsole.cloud.rds_work import MICRO, begin, busy, cancel, down_for, host_up, kept_down, open_again, suspend_io
from opsconsole.cloud.replication import leave
from opsconsole.cloud.server import Engine
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance
    from opsconsole.cloud.snapshots import Snapshot

RESTART_SHARE = 0.2
"""The last part of a promotion is the restart: nothing answers then."""

# -- reboot -------------------------------------------------------------------------------------------------------


async def reboot(db: DbInstance) -> None:
    """An orderly restart of the primary: RDS-EVENT-0004, then 0006. Nothing fails over."""
    db.set_status("rebooting")
    await down_for(db, "rds-reboot")
    rds_failover.open_primary(db)


async def reboot_with_failover(db: DbInstance) -> None:
    """RebootDBInstance with ForceFailover: the standby takes over, with no time spent on noticing."""
    db.set_status("rebooting")
    await rds_failover.fail_over_on_request(db, rds_failover.REQUESTED, "rds-forced-failover")
    db.settle()


# -- stop and start -----------------------------------------------------------------------------------------------


async def stop(db: DbInstance) -> None:
    """StopDBInstance: nothing answers; after seven days AWS starts it again."""
    db.set_status("stopping")
    db.primary.close()
    await busy(db, "rds-stop")
    if db.standby is not None:
        db.standby.set_engine(Engine.DOWN)
    db.set_status("stopped")
    db.world.log.aws(db.world.now_us, db.id, "0087")
    days = catalog.limit("rds-stopped-days").value
    db.wake = db.world.kernel.call_at(db.world.now_us + days * DAY_US, _stopped_too_long, db)


def _stopped_too_long(db: DbInstance) -> None:
    db.wake = None
    if db.status.value == "stopped" and not db.key_is_usable():
        db.wake = db.world.kernel.call_at(db.world.now_us + DAY_US, _stopped_too_long, db)
    elif db.status.value == "stopped":
        db.world.log.aws(db.world.now_us, db.id, "0154")
        begin(db, start(db), "start after seven days")


async def start(db: DbInstance) -> None:
    """StartDBInstance: recovery, then connections."""
    cancel(db.wake)
    db.wake = None
    db.set_status("starting")
    db.primary.set_engine(Engine.RESTARTING)
    with kept_down(db):
        await busy(db, "rds-start")
        await host_up(db)
    if db.standby is not None and db.standby.host_up and db.mirror.value == "synchronised":
        db.standby.set_engine(Engine.STANDBY)
    open_again(db)
    db.world.log.aws(db.world.now_us, db.id, "0088")
    db.set_status("available")


# -- replicas -----------------------------------------------------------------------------------------------------


async def create_replica(db: DbInstance, source: DbInstance) -> None:
    """CreateDBInstanceReadReplica: a snapshot of the source, the replica from it, then it follows: 0046.

    The snapshot of a Single-AZ source suspends its I/O for a second; a Multi-AZ source's is taken from the standby.
    """
    world = db.world
    if not source.multi_az:
        with _shows(source, "backing-up"):
            await suspend_io(source, "rds-backup-io-suspension")
    cross_region = db.region is not source.region
    if cross_region:
        with _shows(source, "modifying"):
            await busy(source, "rds-modify")
    await busy(db, "rds-create-replica", 2.0 if cross_region else 1.0)
    while not db.primary.host_up:
        await db.pulse
    if db.deleting:
        return
    db.born()
    world.log.aws(world.now_us, db.id, "0005")
    if db.replication is not None:
        world.log.aws(world.now_us, db.id, "0046")
    if source.deleting:
        orphan(db, source)


@contextmanager
def _shows(db: DbInstance, status: str) -> Iterator[None]:
    """A source shows what is done to it for a replica, if it is not deleted meanwhile."""
    db.set_status(status)
    try:
        yield
    finally:
        if db.status.value == status:
            db.settle()


def orphan(db: DbInstance, source: DbInstance) -> None:
    """The source of a replica is deleted: it becomes a database of its own, or its replication is terminated."""
    if db.region is source.region or source.engine.cross_region_orphans_promoted:
        db.world.kernel.spawn(_promote_orphan(db), f"{db.id}: its source is deleted")
    elif db.replication is not None:
        db.replication.set_status("terminated", "0057")


async def _promote_orphan(db: DbInstance) -> None:
    """A replica that is being changed is promoted after that."""
    while db.status.value not in rds_backups.IDLE or (db.change and not db.change.done):
        if db.deleting:
            return
        await db.pulse
    if db.replication is not None and not db.deleting:
        begin(db, promote(db), "promotion: its source is deleted")


async def promote(db: DbInstance) -> None:
    """PromoteReadReplica: replication ends, the instance restarts as a database of its own, under the same name."""
    world, log = db.world, db.world.log
    replication = db.replication
    if replication is None:
        return
    db.set_status("modifying")
    seconds = world.draw(db.id, "rds-promote-replica")
    db.busy_until_us = world.now_us + round(seconds * MICRO)
    missing = replication.received.backlog(world.now_us)
    parent, fork_us = replication.received.branch, replication.received.received_until(world.now_us)
    leave(db, fork_us)
    log.aws(world.now_us, db.id, "0045")
    log.sim(world.now_us, db.id, "fork", parent=parent.id, fork_us=fork_us)
    if missing:
        log.sim(world.now_us, db.id, "lost", writes=missing // WRITE, fork_us=fork_us)
    db.read_only = True  # until it has restarted as a primary
    await sleep(seconds * (1 - RESTART_SHARE))
    await host_up(db)
    db.set_status("rebooting")
    log.aws(world.now_us, db.id, "0004")
    db.primary.stop()
    db.primary.set_engine(Engine.RESTARTING)
    with kept_down(db):
        await sleep(seconds * RESTART_SHARE)
        await host_up(db)
    db.busy_until_us = None
    db.read_only = False
    rds_failover.open_primary(db)
    if not db.settings.retention_days:
        db.settings.retention_days = 1
        db.archive.set_days(1)
        await rds_backups.back_up(db)
    rds_backups.schedule(db)


# -- delete -------------------------------------------------------------------------------------------------------


async def delete(db: DbInstance, final: Snapshot | None = None, keep_backups: bool = False) -> None:
    """DeleteDBInstance. Its replicas in the Region become databases of their own; so do those elsewhere, but
    PostgreSQL's, whose replication is terminated. It stays `deleting` until its final snapshot is made.
    """
    world = db.world
    db.deleting = True
    cancel(db.window)
    cancel(db.wake)
    cancel(db.backup)
    replicas = db.replicas()
    if replicas and db.status.value == "available":
        db.set_status("delete-precheck")
        await busy(db, "rds-modify")
    db.set_status("deleting")
    for host in db.hosts.values():
        host.deleting = True
        host.close()
    for replica in replicas:
        if replica.status.value != "creating":
            orphan(replica, db)
    if final is not None:
        await rds_backups.take_final(db, final)
    await busy(db, "rds-delete")
    world.log.aws(world.now_us, db.id, "0003")
    db.gone(keep_backups)
