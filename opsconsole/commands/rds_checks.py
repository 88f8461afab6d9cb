"""What rebooting, deleting and crashing an RDS DB instance asks for: its checks, blast radius and stories.

The commands themselves are shared with the instances of clusters (`operations.py`, `instance_faults.py`).
"""

from __future__ import annotations

from opsconsole.cloud import Cloud, Refused, keys, rds_backups, rds_failover, rds_stories, rds_work
from opsconsole.cloud.rds import DbInstance
from opsconsole.commands.backup_checks import require_key, require_new_snapshot, require_one_choice
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import users_of_servers

AFTER_CHANGE = rds_backups.IDLE
ON_THE_SIDE = ("storage-optimization", "storage-initialization")
"""Statuses of what goes on beside whatever else is done to an instance."""


def require_status(db: DbInstance, *statuses: str) -> None:
    """Raise Refused unless the instance is in one of these, and nothing is done to it already."""
    if db.status.value not in statuses:
        raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}; it has to be {' or '.join(statuses)}")
    if db.failing_over:
        raise Refused("InvalidDBInstanceState", f"{db.id} is failing over; wait until RDS-EVENT-0049")
    if db.change is not None and not db.change.done and db.status.value not in ON_THE_SIDE:
        raise Refused("InvalidDBInstanceState", f"{db.id} is being changed; wait until that is done")


def apps_of(cloud: Cloud, db: DbInstance) -> tuple[str, ...]:
    """The apps that hold connections to it."""
    return users_of_servers(cloud, db.hosts)


# -- reboot -------------------------------------------------------------------------------------------------------


def check_reboot(db: DbInstance, force_failover: bool) -> None:
    """Raise Refused unless it could be rebooted now; a forced failover needs a standby that is up to date."""
    require_status(db, *AFTER_CHANGE)
    if force_failover and not db.multi_az:
        raise Refused(
            "InvalidParameterCombination", f"{db.id} is a Single-AZ instance: there is no standby to fail over to"
        )
    if force_failover and not db.mirror.may_take_over() and not _cools_down(db):
        raise Refused("InvalidDBInstanceState", f"the standby of {db.id} is not up to date ({db.mirror.value})")
    if not db.primary.running:
        raise Refused("InvalidDBInstanceState", f"{db.id} does not run")


def _cools_down(db: DbInstance) -> bool:
    """Whether a failover happened so lately that another one, if asked for, is abandoned (RDS-EVENT-0034)."""
    pause_us = round(db.world.timing("rds-failover-cooldown").typical_s * 1_000_000)
    return db.failed_over_us is not None and db.world.now_us < db.failed_over_us + pause_us


def preview_reboot(cloud: Cloud, db: DbInstance, force_failover: bool) -> Preview:
    """What a reboot does to whom."""
    timing = cloud.timing("rds-forced-failover" if force_failover else "rds-reboot")
    down = f"down for about {timing.typical_s:.0f} s, and until clients connect again"
    then = "there is no failover: the standby is not used"
    if force_failover and db.standby is not None:
        down = f"down for about {timing.typical_s:.0f} s, and until clients learn the address"
        then = f"the standby in {db.standby.zone.name} becomes the primary; nothing is lost"
    elif not db.multi_az:
        then = "nothing answers meanwhile"
    return Preview((db.id,), (db.id,), apps_of(cloud, db), (down, then))


async def reboot(cloud: Cloud, db: DbInstance, force_failover: bool) -> None:
    """RebootDBInstance; a failover that is asked for too soon after the last one is abandoned (RDS-EVENT-0034)."""
    if not force_failover:
        rds_work.begin(db, rds_stories.reboot(db), "reboot")
        return
    if _cools_down(db):
        cloud.log.aws(cloud.now_us, db.id, "0034")
        return
    rds_work.begin(db, rds_stories.reboot_with_failover(db), "reboot with failover")


# -- delete -------------------------------------------------------------------------------------------------------


NO_FINAL = ("creating", keys.RECOVERABLE, keys.TERMINAL)
"""Statuses in which there is nothing that a final snapshot could be made of."""


def check_delete(cloud: Cloud, db: DbInstance, final: str | None, skip_final_snapshot: bool) -> None:
    """Raise Refused for a protected instance, one that is being deleted, or one that would leave nothing behind."""
    if db.status.value in ("deleting", "delete-precheck"):
        raise Refused("InvalidDBInstanceState", f"{db.id} is being deleted already")
    if db.settings.deletion_protection:
        raise Refused(
            "InvalidParameterCombination",
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        )
    if final is not None and db.replication is not None:
        raise Refused("InvalidParameterCombination", f"{db.id} is a read replica, which leaves no final snapshot")
    require_one_choice(final, skip_final_snapshot)
    if final is None:
        return
    if db.status.value in NO_FINAL:
        raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}: no final snapshot can be made of it")
    require_new_snapshot(cloud, final, db.region.name, cluster=False)
    require_key(cloud, db.spec.kms_key, db.region.name)


def preview_delete(cloud: Cloud, db: DbInstance, final: str | None, keep_backups: bool) -> Preview:
    """What is lost with it, and what becomes of its replicas."""
    sentences = [f"{final} keeps its data, for ever" if final else "its data is gone, without a final snapshot"]
    if db.archive.days:
        days = db.archive.days
        sentences.append(f"automated backups {f'expire within {days} days' if keep_backups else 'go with it'}")
    for replica in db.replicas():
        kept = replica.region is db.region or db.engine.cross_region_orphans_promoted
        sentences.append(f"{replica.id} {'is promoted' if kept else 'is terminated: promote it by hand'}")
    return Preview((db.id,), (db.id,), apps_of(cloud, db), tuple(sentences))


async def delete(cloud: Cloud, db: DbInstance, final: str | None, keep_backups: bool) -> None:
    """DeleteDBInstance."""
    if db.change is not None:
        db.change.cancel()
    snapshot = None
    if final is not None:
        snapshot = rds_backups.start(db, final)
        cloud.snapshots.keep(snapshot)
    rds_work.begin(db, rds_stories.delete(db, snapshot, keep_backups), "deletion")


# -- crash --------------------------------------------------------------------------------------------------------


def crash(db: DbInstance) -> None:
    """The engine process dies and is recovered in place."""
    db.primary.begin(rds_failover.recover_from_crash(db), "recover from a crash")
