"""How an RDS DB instance loses its primary and gets it back: the stories of Multi-AZ and of a single host.

One draw gives the time from the fault to the moved record; detection, fencing, crash recovery and the record update
are shares of it (AWS publishes only the total). Heavy writing and long transactions stretch the recovery. Nothing
acknowledged is lost: the standby has every write that was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import parameters
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import first, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

# AWS documentation: Failing over a Multi-AZ DB instance, the reasons that its event log gives.
PATCHED = "The operating system underlying the RDS database instance is being patched in an offline operation."
UNHEALTHY = "The primary host of the RDS Multi-AZ instance is unhealthy."
UNREACHABLE = "The primary host of the RDS Multi-AZ instance is unreachable due to loss of network connectivity."
MODIFIED = "The RDS instance was modified by customer."
BUSY = "The RDS Multi-AZ primary instance is busy and unresponsive."
STORAGE = "The storage volume underlying the primary host of the RDS Multi-AZ instance experienced a failure."
REQUESTED = "The user requested a failover of the DB instance."

SERVING = (
    "available",
    "backing-up",
    "configuring-enhanced-monitoring",
    "maintenance",
    "modifying",
    "rebooting",
    "resetting-master-credentials",
    "storage-initialization",
    "storage-optimization",
)
"""Statuses in which a lost primary is replaced; in the others it does not serve, or both hosts are at work."""


def share(phase: str) -> float:
    """The part of a failover's drawn time that one phase takes."""
    return catalog.assumption(f"rds-failover-{phase}-share").value


def reason_for(db: DbInstance) -> str:
    """Why the control plane gives the primary up, in AWS's words."""
    if db.storage_failures or db.primary.volume.paused.value:
        return STORAGE
    if db.hangs:
        return BUSY
    return UNHEALTHY if db.primary.holds and db.primary.zone.up else UNREACHABLE


def more_recovery_s(db: DbInstance, most_s: float) -> float:
    """What crash recovery takes beyond the usual: redo since the last checkpoint, and a long transaction's rollback.

    AWS says only that large transactions or a lengthy recovery make a failover longer; `most_s` bounds it (SIM).
    """
    now = db.world.now_us
    since_us = now - round(catalog.assumption("rds-checkpoint-s").value * 1_000_000)
    written = (db.branch.position(now) - db.branch.position(max(0, since_us))) * db.contents.bytes_per_write // WRITE
    redo_s = written / (catalog.assumption("rds-recovery-redo-mib-per-s").value * 1024**2)
    oldest_us = min((began for began in db.transactions.values()), default=now)
    rollback_s = (now - oldest_us) / 1e6 * catalog.assumption("rds-recovery-transaction-share").value
    return max(0.0, min(most_s, redo_s + rollback_s))


async def respond(db: DbInstance) -> None:
    """The primary is lost: find out, look again, fail over; or wait until one of the two hosts is back."""
    try:
        total = db.world.draw(db.id, db.engine.failover_timing)
        await sleep(total * share("detection"))
        said_so = False
        while db.multi_az and not db.primary_is_well() and db.status.value in SERVING:
            if db.mirror.may_take_over():
                await fail_over(db, reason_for(db), total, db.region.up)
                continue
            if not db.region.up:
                return
            if not said_so:
                said_so = True
                say_that_it_waits(db)
            await db.pulse
    finally:
        db.response = None
        db.look_again()


def say_that_it_waits(db: DbInstance) -> None:
    """Neither host can serve: whoever comes back first, with everything that was acknowledged, serves."""
    standby = db.standby
    if standby is None:
        return
    state = "does not answer" if db.mirror.value == "synchronised" else f"is not up to date ({db.mirror.value})"
    reason = f"the standby in {standby.zone.name} {state}: {db.id} waits for its primary in {db.primary.zone.name}"
    db.world.log.sim(db.world.now_us, db.id, "failover", now="waiting", reason=reason)


async def fail_over(db: DbInstance, reason: str, total: float, said: bool = True) -> bool:
    """Let the standby take over: 0013, 0015, 0049. `total` is the drawn time of a whole unplanned failover.

    Returns whether it worked; a standby that dies on the way leaves the instance down, and the caller looks again.
    """
    world, old, target = db.world, db.primary, db.standby
    if target is None:
        return False
    db.failing_over = True
    world.log.sim(world.now_us, db.id, "failover", now="began", reason=reason)
    world.log.aws(world.now_us, db.id, "0013")
    if old.host_up:
        old.close()
    target.set_engine(Engine.RESTARTING)
    boots = target.boots
    tail_s = catalog.assumption("rds-failover-tail-s").value
    seconds = total * (share("fencing") + share("recovery")) + more_recovery_s(db, tail_s - total)
    db.busy_until_us = world.now_us + round((seconds + total * share("dns")) * 1_000_000)
    await time_or_loss(db, target, seconds)
    if not target.host_up or target.boots != boots:
        db.failing_over, db.busy_until_us = False, None
        db.look_again()
        if db.primary.host_up:  # the old primary lives: it has everything, too
            db.primary.begin(boot(db), "boot after an abandoned failover")
        return False
    db.set_primary(target)
    target.set_engine(Engine.RUNNING)
    target.warm_up()
    world.log.aws(world.now_us, db.id, "0015")
    await sleep(total * share("dns"))
    db.busy_until_us = None
    db.point()
    db.failovers += 1
    db.failed_over_us = world.now_us
    db.mirror.lost_volume = bool(db.storage_failures)  # what is the standby's now
    db.storage_failures.clear()
    world.log.aws(world.now_us, db.id, "0049")
    db.mirror.set("broken")
    db.failing_over = False
    if db.status.value == "rebooting" and (db.change is None or db.change.done):
        db.settle()  # the old primary was booting when it was given up
    if db.primary.host_up and not db.primary.running:
        db.host_returned(db.primary)  # it was lost and came back before its name was moved
    db.look_again()
    return True


async def time_or_loss(db: DbInstance, host: Host, seconds: float) -> None:
    """Let time pass, but no longer than the host lives."""
    timer = db.world.kernel.spawn(sleep(seconds), f"{db.id}: {host.id} takes over")
    while not timer.done and host.host_up:
        await first(timer, db.pulse)
    timer.cancel()


async def no_other(db: DbInstance) -> None:
    """Wait until no failover is under way, or being thought about."""
    while db.failing_over or db.response is not None:
        await db.pulse


async def fail_over_on_request(db: DbInstance, reason: str, timing: str) -> bool:
    """A failover that was asked for: as any other, without the time it takes to notice; whether it worked."""
    total = db.world.draw(db.id, timing) / (1 - share("detection"))
    return await fail_over(db, reason, total)


async def recover_from_crash(db: DbInstance) -> None:
    """The engine process died: RDS restarts it in place; what was committed is recovered from the log."""
    world = db.world
    world.log.aws(world.now_us, db.id, "0004")
    world.log.aws(world.now_us, db.id, "0020")
    db.primary.set_engine(Engine.RESTARTING)
    await recover(db)
    world.log.aws(world.now_us, db.id, "0021")
    open_primary(db)
    db.primary.warm_up()


async def recover(db: DbInstance) -> None:
    """Crash recovery on the primary's host."""
    tail_s = catalog.assumption("rds-failover-tail-s").value
    await db.primary.busy_for(db.world.draw(db.primary.id, "rds-crash-recovery") + more_recovery_s(db, tail_s))
    while db.primary.volume.paused.value:  # what is to be recovered cannot be read
        await db.pulse


async def boot(db: DbInstance) -> None:
    """The primary's host is back with its volume: crash recovery, then connections."""
    world = db.world
    db.primary.set_engine(Engine.RESTARTING)
    if db.status.value == "available":
        db.set_status("rebooting")
    world.log.aws(world.now_us, db.id, "0052" if db.multi_az else "0020")
    await recover(db)
    world.log.aws(world.now_us, db.id, "0053" if db.multi_az else "0021")
    if db.multi_az:  # recovered where it was: an activation instead of a failover
        world.log.aws(world.now_us, db.id, "0050")
        world.log.aws(world.now_us, db.id, "0051")
    open_primary(db)
    db.primary.warm_up()


def open_primary(db: DbInstance) -> None:
    """The engine accepts connections again; what waited for a restart is in force."""
    db.primary.settled()
    db.world.log.aws(db.world.now_us, db.id, "0006")
    parameters.take_effect(db)
    db.primary.set_engine(Engine.RUNNING)
    if db.status.value == "rebooting":
        db.settle()
    db.point()


async def rebuild_standby(db: DbInstance) -> None:
    """The standby gets everything anew, or what it missed: 0361, 0362. Writing costs more meanwhile."""
    world, standby = db.world, db.standby
    if standby is None:
        return
    db.mirror.set("synchronising")
    standby.set_engine(Engine.RESTARTING)
    world.log.aws(world.now_us, db.id, "0361")
    seconds = world.draw(db.id, "rds-standby-build" if db.mirror.lost_volume else "rds-standby-resync")
    standby.busy_until_us = world.now_us + round(seconds * 1_000_000)
    timer = world.kernel.spawn(sleep(seconds), f"{db.id}: synchronise {standby.id}")
    try:
        while not timer.done and db.standby is standby and db.mirror.may_rebuild():
            await first(timer, db.pulse)
    finally:
        done, standby.busy_until_us = timer.done, None
        timer.cancel()
    if db.standby is not standby or db.deleting:
        return
    if not done:
        if standby.host_up:
            standby.set_engine(Engine.DOWN)
        db.mirror.set("broken")
        return
    db.mirror.lost_volume = False
    standby.set_engine(Engine.STANDBY)
    db.mirror.set("synchronised")
    world.log.aws(world.now_us, db.id, "0362")


async def replace_host(db: DbInstance, host: Host) -> None:
    """A new machine in the same zone, with the same volume."""
    world = db.world
    seconds = world.draw(host.id, "rds-host-replacement")
    host.busy_until_us = world.now_us + round(seconds * 1_000_000)
    await sleep(seconds)
    host.busy_until_us = None
    world.log.sim(world.now_us, host.id, "host", now="replaced", zone=host.zone.name)
    host.regain_host(HOST_FAILURE)
