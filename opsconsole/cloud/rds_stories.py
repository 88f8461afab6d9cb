"""What becomes of an operator's request to an RDS DB instance: modify, stop and start, promote, create, delete.

Each is a story that reads like the runbook AWS publishes: statuses, events, outage. One change at a time runs in an
instance (`db.change`); a zone that dies meanwhile lets it wait.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import rds_failover
from opsconsole.cloud.calendar import next_begin_us
from opsconsole.cloud.disk import Allocation
from opsconsole.cloud.replication import leave
from opsconsole.cloud.server import Engine
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import Timer, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

MICRO = 1_000_000
Value = str | int | bool


def begin(db: DbInstance, story: Coroutine[object, object, None], name: str) -> None:
    """Run `story` as the change under way."""
    db.change = db.world.kernel.spawn(story, f"{db.id}: {name}")


async def busy(db: DbInstance, timing: str, part: float = 1.0) -> None:
    """Let the time of one operation pass, showing until when."""
    seconds = db.world.draw(db.id, timing) * part
    db.busy_until_us = db.world.now_us + round(seconds * MICRO)
    await sleep(seconds)
    db.busy_until_us = None


async def host_up(db: DbInstance) -> None:
    """Wait until the machine under the primary lives."""
    while not db.primary.host_up:
        await db.pulse


# -- modify -------------------------------------------------------------------------------------------------------


def is_prompt(name: str) -> bool:
    """Whether a change is in force at once, whatever is asked."""
    return catalog.modification(name).applies in ("immediately", "reboot")


async def modify(db: DbInstance, values: dict[str, Value], apply_immediately: bool) -> None:
    """ModifyDBInstance: what never waits is in force at once; the rest is pending until the window, or applied now.

    `apply_immediately` applies everything that is pending, not only what is asked for now.
    """
    prompt = [name for name in values if is_prompt(name)]
    for name in prompt:
        if name in STEPS:  # at once although it interrupts: the port
            await STEPS[name](db, values[name])
        else:
            await apply_prompt(db, name, values[name])
    db.pending.update({name: value for name, value in values.items() if name not in prompt})
    if apply_immediately:
        await apply_pending(db)
    elif db.pending:
        await_window(db)


def await_window(db: DbInstance) -> None:
    """What is pending is applied when the maintenance window begins."""
    if db.window is None:
        due = next_begin_us(db.world.fleet.start, db.world.now_us, db.settings.maintenance_window)
        db.window = db.world.kernel.call_at(due, _window_begins, db)


def _window_begins(db: DbInstance) -> None:
    db.window = None
    if not db.pending or db.deleting:
        return
    if db.status.value != "available":  # it waits for the next window
        week = db.world.kernel.call_at(db.world.now_us + 3600 * MICRO, await_window, db)
        db.window = week
        return
    begin(db, apply_pending(db), "apply what is pending")


async def apply_prompt(db: DbInstance, name: str, value: Value) -> None:
    """A change that never waits for the window and never interrupts."""
    log, now, settings = db.world.log, db.world.now_us, db.settings
    match name:
        case "monitoring-interval":
            db.set_status("configuring-enhanced-monitoring")
            await busy(db, "rds-modify")
            settings.monitoring_interval_s = int(value)
            log.aws(db.world.now_us, db.id, "0078", number=str(value))
            db.set_status("available")
        case "parameter-group":
            settings.parameter_group, settings.parameter_status = str(value), "pending-reboot"
            log.aws(now, db.id, "0011", name=str(value))
        case "master-user-password":
            db.set_status("resetting-master-credentials")
            await busy(db, "rds-modify")
            log.aws(db.world.now_us, db.id, "0016")
            db.set_status("available")
        case "deletion-protection":
            settings.deletion_protection = bool(value)
        case "performance-insights":
            settings.performance_insights = bool(value)
        case "backup-window":
            settings.backup_window = str(value)
        case "maintenance-window":
            settings.maintenance_window = str(value)
        case "auto-minor-version-upgrade":
            settings.auto_minor = bool(value)
        case "max-allocated-storage":
            db.disk.max_gib = int(value)
        case _:
            raise ValueError(f"{name} is no change that is applied at once")
    db.look_again()


async def apply_pending(db: DbInstance) -> None:
    """Everything that is pending, one after the other, in `modifying` or what AWS shows for it."""
    if db.window is not None:
        db.window.cancel()
        db.window = None
    pending, db.pending = db.pending, {}
    storage = {name: pending.pop(name) for name in STORAGE if name in pending}
    for name in sorted(pending, key=ORDER.index):
        await host_up(db)
        await STEPS[name](db, pending[name])
    if storage:
        await change_storage(db, storage)


async def change_class(db: DbInstance, value: Value) -> None:
    """Multi-AZ: the standby first, then a failover, then the old primary. Single-AZ: down for the whole change."""
    log = db.world.log
    db.set_status("modifying")
    log.aws(db.world.now_us, db.id, "0012")
    if db.mirror.may_take_over():
        await busy(db, "rds-class-change", 0.5)
        new = catalog.instance_class(str(value))
        if db.mirror.may_take_over():
            db.instance_class = new
            await rds_failover.fail_over_on_request(db, rds_failover.MODIFIED, "rds-forced-failover")
        else:
            await resize_in_place(db, str(value))
        await busy(db, "rds-class-change", 0.25)
    else:
        await resize_in_place(db, str(value))
    log.aws(db.world.now_us, db.id, "0014")
    db.set_status("available")


async def resize_in_place(db: DbInstance, name: str) -> None:
    """The instance is down while its machine is exchanged."""
    await down_for(db, "rds-class-change")
    db.instance_class = catalog.instance_class(name)
    open_again(db)


async def down_for(db: DbInstance, timing: str) -> None:
    """The engine is stopped for as long as the operation takes, or longer if its zone is lost meanwhile."""
    db.world.log.aws(db.world.now_us, db.id, "0004")
    db.primary.stop()
    db.primary.set_engine(Engine.RESTARTING)
    await busy(db, timing)
    await host_up(db)


def open_again(db: DbInstance) -> None:
    """The engine accepts connections, with a cold cache."""
    rds_failover.open_primary(db)
    db.primary.warm_up()


async def change_engine(db: DbInstance, value: Value) -> None:
    """An engine upgrade: both hosts at once, so a standby does not help."""
    log = db.world.log
    major = str(value).split(".")[0] != db.settings.engine_version.split(".")[0]
    db.set_status("upgrading")
    log.aws(db.world.now_us, db.id, "0267")
    await down_for(db, "rds-major-upgrade" if major else "rds-minor-upgrade")
    db.settings.engine_version = str(value)
    open_again(db)
    log.aws(db.world.now_us, db.id, "0268")
    db.set_status("available")


async def change_multi_az(db: DbInstance, value: Value) -> None:
    """To Multi-AZ: snapshot of the primary's volume, a standby from it, synchronise; no downtime. Back: at once."""
    world, log = db.world, db.world.log
    db.set_status("modifying")
    if not value:
        log.aws(world.now_us, db.id, "0030")
        await busy(db, "rds-convert-single-az")
        db.remove_standby()
        log.aws(world.now_us, db.id, "0029")
        db.set_status("available")
        return
    log.aws(world.now_us, db.id, "0024")
    zones = [zone for zone in db.region.zones if zone is not db.primary.zone]
    zone = next((zone for zone in zones if zone.up), zones[0])
    seconds = world.draw(db.id, "rds-convert-multi-az")
    db.busy_until_us = world.now_us + round(seconds * MICRO)
    standby = db.add_host(zone, False)
    steps = (
        (0.4, f"snapshot of the volume in {db.primary.zone.name}"),
        (0.3, f"volume in {zone.name} created from it"),
    )
    for part, step in steps:
        log.sim(world.now_us, db.id, "conversion", now=step)
        await sleep(seconds * part)
    db.standby = standby
    standby.set_engine(Engine.RESTARTING)
    db.mirror.set("synchronising")
    log.sim(world.now_us, db.id, "conversion", now="both volumes are brought to the same state")
    await sleep(seconds * 0.3)
    while not db.mirror.may_rebuild():
        await db.pulse
    db.busy_until_us = None
    standby.set_engine(Engine.STANDBY)
    db.mirror.set("synchronised")
    log.aws(world.now_us, db.id, "0025")
    db.set_status("available")


async def change_retention(db: DbInstance, value: Value) -> None:
    """0 to n or n to 0 suspends I/O for seconds to minutes; from n to m nobody notices."""
    days, before = int(value), db.settings.retention_days
    if bool(days) != bool(before):
        db.set_status("modifying")
        await suspend_io(db, "rds-backup-toggle")
        if not days:
            db.world.log.aws(db.world.now_us, db.id, "0028")
        db.set_status("available")
    db.settings.retention_days = days


async def suspend_io(db: DbInstance, timing: str) -> None:
    """All I/O of the instance waits."""
    db.io_suspended = True
    db.look_again()
    await busy(db, timing)
    db.io_suspended = False
    db.look_again()


async def change_port(db: DbInstance, value: Value) -> None:
    """Another port: the instance restarts."""
    db.set_status("modifying")
    await down_for(db, "rds-reboot")
    db.settings.port = int(value)
    open_again(db)
    db.set_status("available")


STEPS = {
    "engine-version": change_engine,
    "db-instance-class": change_class,
    "multi-az": change_multi_az,
    "backup-retention-period": change_retention,
    "db-port-number": change_port,
}
ORDER = list(STEPS)
STORAGE = ("allocated-storage", "storage-type", "iops", "storage-throughput")


# -- storage ------------------------------------------------------------------------------------------------------


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
    was_full = db.status.value == "storage-full"
    db.set_status("modifying")
    await busy(db, "rds-storage-modify")
    db.disk.set(allocation, db.world.now_us)
    if was_full:
        await host_up(db)
        open_again(db)
        db.set_status("available")
    db.set_status("storage-optimization")
    db.optimising = db.world.kernel.spawn(_optimise(db), f"{db.id}: optimise its storage")


async def _optimise(db: DbInstance) -> None:
    """Work in the background; the instance stays available."""
    seconds = db.world.draw(db.id, "rds-storage-optimization")
    db.optimised_us = db.world.now_us + round(seconds * MICRO)
    await sleep(seconds)
    db.optimised_us = None
    if db.status.value == "storage-optimization":
        db.set_status("available")


# -- reboot -------------------------------------------------------------------------------------------------------


async def reboot_with_failover(db: DbInstance) -> None:
    """RebootDBInstance with ForceFailover: the standby takes over, with no time spent on noticing."""
    db.set_status("rebooting")
    await rds_failover.fail_over_on_request(db, rds_failover.REQUESTED, "rds-forced-failover")
    db.set_status("available")


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
    db.wake = db.world.kernel.call_at(db.world.now_us + days * 86_400 * MICRO, _stopped_too_long, db)


def _stopped_too_long(db: DbInstance) -> None:
    db.wake = None
    if db.status.value == "stopped":
        db.world.log.aws(db.world.now_us, db.id, "0154")
        begin(db, start(db), "start after seven days")


async def start(db: DbInstance) -> None:
    """StartDBInstance: recovery, then connections."""
    cancel(db.wake)
    db.wake = None
    db.set_status("starting")
    db.primary.set_engine(Engine.RESTARTING)
    await busy(db, "rds-start")
    await host_up(db)
    if db.standby is not None and db.standby.host_up and db.mirror.value == "synchronised":
        db.standby.set_engine(Engine.STANDBY)
    open_again(db)
    db.world.log.aws(db.world.now_us, db.id, "0088")
    db.set_status("available")


def cancel(timer: Timer | None) -> None:
    """Forget a timer, if there is one."""
    if timer is not None:
        timer.cancel()


# -- replicas -----------------------------------------------------------------------------------------------------


async def create_replica(db: DbInstance, source: DbInstance) -> None:
    """CreateDBInstanceReadReplica: a snapshot of the source, the replica from it, then it follows: 0046.

    The snapshot of a Single-AZ source suspends its I/O for a second; a Multi-AZ source's is taken from the standby.
    """
    world = db.world
    if not source.multi_az:
        source.set_status("backing-up")
        await suspend_io(source, "rds-backup-io-suspension")
        source.set_status("available")
    cross_region = db.region is not source.region
    if cross_region:
        source.set_status("modifying")
        await busy(source, "rds-modify")
        source.set_status("available")
    await busy(db, "rds-create-replica", 2.0 if cross_region else 1.0)
    while not db.primary.host_up:
        await db.pulse
    if db.deleting:
        return
    db.born()
    world.log.aws(world.now_us, db.id, "0005")
    if db.replication is not None:
        world.log.aws(world.now_us, db.id, "0046")


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
    await sleep(seconds * 0.8)
    await host_up(db)
    db.set_status("rebooting")
    log.aws(world.now_us, db.id, "0004")
    db.primary.set_engine(Engine.RESTARTING)
    await sleep(seconds * 0.2)
    await host_up(db)
    db.busy_until_us = None
    db.read_only = False
    if not db.settings.retention_days:
        db.settings.retention_days = 1
    rds_failover.open_primary(db)
    db.set_status("available")


# -- delete -------------------------------------------------------------------------------------------------------


async def delete(db: DbInstance) -> None:
    """DeleteDBInstance. Its replicas in the Region become databases of their own; so do those elsewhere, but
    PostgreSQL's, whose replication is terminated.
    """
    world = db.world
    db.deleting = True
    cancel(db.window)
    cancel(db.wake)
    replicas = db.replicas()
    if replicas:
        db.set_status("delete-precheck")
        await busy(db, "rds-modify")
    db.set_status("deleting")
    for host in db.hosts.values():
        host.deleting = True
        host.close()
    for replica in replicas:
        if replica.replication is None:
            continue
        if replica.region is db.region or db.engine.cross_region_orphans_promoted:
            if replica.status.value == "available":
                begin(replica, promote(replica), "promotion: its source is deleted")
        else:
            replica.replication.set_status("terminated", "0057")
    await busy(db, "rds-delete")
    world.log.aws(world.now_us, db.id, "0003")
    db.gone()
