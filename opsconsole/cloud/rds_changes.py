"""ModifyDBInstance: what each change does to an RDS DB instance, when, and what it interrupts.

What is in force at once and what waits for the maintenance window is a row of `catalog.modifications()`; what happens
then is a story here. Everything that is pending is applied together, by name in `ORDER`, storage last.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import Modification
from opsconsole.cloud import rds_backups, rds_failover, rds_growth
from opsconsole.cloud.calendar import next_begin_us, window_of
from opsconsole.cloud.rds_settings import SETTINGS, Value, now_in_force
from opsconsole.cloud.rds_work import MICRO, begin, busy, down_for, open_again, suspend_io
from opsconsole.cloud.server import Engine
from opsconsole.cloud.versions import default_parameter_group, is_major
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance


def row_of(db: DbInstance, name: str, value: Value) -> Modification:
    """The catalog's row for a change: some changes are another one where they begin, or with another value."""
    if name == "backup-retention-period" and value and db.settings.retention_days:
        return catalog.modification("backup-retention-period-days")
    if name == "storage-type" and db.disk.allocation.row.legacy:
        return catalog.modification("storage-type-magnetic")
    return catalog.modification(name)


def is_prompt(db: DbInstance, name: str, value: Value) -> bool:
    """Whether a change is in force at once, whatever is asked."""
    return row_of(db, name, value).applies in ("immediately", "reboot")


def changed(db: DbInstance, values: dict[str, Value]) -> dict[str, Value]:
    """Those of the values that are not in force already."""
    now = now_in_force(db)
    return {name: value for name, value in values.items() if name not in now or now[name] != value}


async def modify(db: DbInstance, asked: dict[str, Value], apply_immediately: bool) -> None:
    """What never waits is in force at once; the rest is pending until the window, or applied now.

    `apply_immediately` applies everything that is pending, not only what is asked for now. Asking for what is in force
    takes a pending value back.
    """
    values = changed(db, asked)
    for name in asked:
        if name not in values:
            db.pending.pop(name, None)
    prompt = [name for name, value in values.items() if is_prompt(db, name, value)]
    for name in prompt:
        await _at_rest(db)
        await (STEPS.get(name) or SETTINGS[name])(db, values[name])
    if "maintenance-window" in prompt and db.window is not None:
        await_window(db)  # what waits for the window waits for the new one
    db.pending.update({name: value for name, value in values.items() if name not in prompt})
    if apply_immediately:
        await apply_pending(db)
    elif db.pending:
        await_window(db)


async def _at_rest(db: DbInstance) -> None:
    """Wait until the machine under the primary lives, and what it did when it came back is done."""
    while not db.primary.host_up or db.status.value == "rebooting":
        await db.pulse


# -- the maintenance window ---------------------------------------------------------------------------------------


def await_window(db: DbInstance, from_us: int | None = None) -> None:
    """What is pending is applied when the maintenance window begins next; a window that runs now has begun."""
    if db.window is not None:
        db.window.cancel()
    earliest = db.world.now_us if from_us is None else from_us
    due = next_begin_us(db.world.fleet.start, earliest, db.settings.maintenance_window)
    db.window = db.world.kernel.call_at(due, _window_begins, db)


def _window_begins(db: DbInstance) -> None:
    db.window = None
    if not db.pending or db.deleting:
        return
    if db.status.value == "available" and not db.failing_over and (db.change is None or db.change.done):
        begin(db, apply_pending(db), "apply what is pending")
        return
    length_us = window_of(db.settings.maintenance_window).length_min * 60 * MICRO
    await_window(db, db.world.now_us + length_us)


async def apply_pending(db: DbInstance) -> None:
    """Everything that is pending, one after the other, in `modifying` or what AWS shows for it."""
    if db.window is not None:
        db.window.cancel()
        db.window = None
    pending, db.pending = db.pending, {}
    db.applying = dict(pending)
    storage = {name: pending.pop(name) for name in rds_growth.STORAGE if name in pending}
    try:
        for name in sorted(pending, key=ORDER.index):
            await _at_rest(db)
            await STEPS[name](db, pending[name])
            db.applying.pop(name)
        if storage:
            await rds_growth.change_storage(db, storage)
    finally:
        db.applying = {}


# -- what interrupts, or might ------------------------------------------------------------------------------------


async def change_class(db: DbInstance, value: Value) -> None:
    """Multi-AZ: the standby first, then a failover, then the old primary. Single-AZ: down for the whole change."""
    log, new = db.world.log, catalog.instance_class(str(value))
    db.set_status("modifying")
    log.aws(db.world.now_us, db.id, "0012")
    if db.mirror.may_take_over():
        await busy(db, "rds-class-change", 0.5)
        await rds_failover.no_other(db)
        if db.mirror.may_take_over():
            db.instance_class = new
            await rds_failover.fail_over_on_request(db, rds_failover.MODIFIED, "rds-multi-az-failover-planned")
        else:
            await _resize_in_place(db, str(value))
        await busy(db, "rds-class-change", 0.25)
    else:
        await _resize_in_place(db, str(value))
    log.aws(db.world.now_us, db.id, "0014")
    db.settle()


async def _resize_in_place(db: DbInstance, name: str) -> None:
    """The instance is down while its machine is exchanged."""
    await down_for(db, "rds-class-change")
    db.instance_class = catalog.instance_class(name)
    open_again(db)


async def change_engine(db: DbInstance, value: Value) -> None:
    """An engine upgrade: 0267 to 0268. Both hosts at once, so a standby does not help."""
    log, standby = db.world.log, db.standby
    major = is_major(db.settings.engine_version, str(value))
    db.set_status("upgrading")
    log.aws(db.world.now_us, db.id, "0267")
    log.aws(db.world.now_us, db.id, "0266")
    if standby is not None and standby.engine.value == Engine.STANDBY:
        standby.set_engine(Engine.RESTARTING)
    await down_for(db, "rds-major-upgrade" if major else "rds-minor-upgrade")
    db.settings.engine_version = str(value)
    if major:  # a group is of one family: AWS asks for one of the new version, or takes the default
        db.settings.parameter_group = default_parameter_group(db.spec.engine, str(value))
    open_again(db)
    if standby is not None and standby is db.standby and standby.engine.value == Engine.RESTARTING:
        standby.set_engine(Engine.STANDBY)
    log.aws(db.world.now_us, db.id, "0269")
    log.aws(db.world.now_us, db.id, "0268")
    db.settle()
    db.on_new_version()


async def change_multi_az(db: DbInstance, value: Value) -> None:
    """To Multi-AZ: snapshot of the primary's volume, a standby from it, synchronise; no downtime. Back: at once."""
    world, log = db.world, db.world.log
    db.set_status("modifying")
    if not value:
        log.aws(world.now_us, db.id, "0030")
        await busy(db, "rds-convert-single-az")
        await rds_failover.no_other(db)
        db.remove_standby()
        log.aws(world.now_us, db.id, "0029")
        db.settle()
        return
    log.aws(world.now_us, db.id, "0024")
    zones = [zone for zone in db.region.zones if zone is not db.primary.zone]
    zone = max(zones, key=lambda zone: (zone.has_room, zone.up))
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
    db.settle()


async def change_retention(db: DbInstance, value: Value) -> None:
    """0 to n or n to 0 suspends I/O for seconds to minutes; from n to m nobody notices."""
    days, before = int(value), db.settings.retention_days
    db.set_status("modifying")
    if bool(days) != bool(before):
        await suspend_io(db, "rds-backup-toggle")
        db.world.log.aws(db.world.now_us, db.id, "0032" if days else "0028")
    else:
        await busy(db, "rds-modify")
    db.settings.retention_days = days
    db.archive.set_days(days)
    if days and not before:
        await rds_backups.back_up(db)
    rds_backups.schedule(db)
    db.settle()


async def change_options(db: DbInstance, value: Value) -> None:
    """An option group with this option instead of its own: nobody is interrupted."""
    db.set_status("modifying")
    await busy(db, "rds-modify")
    db.settings.option = str(value)
    db.settle()


async def change_port(db: DbInstance, value: Value) -> None:
    """Another port: the instance restarts. Clients must be told; here they find it by its name."""
    db.set_status("modifying")
    db.set_status("rebooting")
    await down_for(db, "rds-reboot")
    db.settings.port = int(value)
    open_again(db)
    db.settle()


async def rename(db: DbInstance, value: Value) -> None:
    """Another identifier: `renaming`, then a reboot; the old endpoint is gone and the new one leads to it."""
    db.set_status("renaming")
    await busy(db, "rds-rename", 0.5)
    db.rename(str(value))
    db.set_status("rebooting")
    await down_for(db, "rds-rename", 0.5)
    open_again(db)
    db.settle()


STEPS: dict[str, Callable[[DbInstance, Value], Awaitable[None]]] = {
    "engine-version": change_engine,
    "db-instance-class": change_class,
    "multi-az": change_multi_az,
    "backup-retention-period": change_retention,
    "option-group": change_options,
    "db-port-number": change_port,
    "new-db-instance-identifier": rename,
}
ORDER = list(STEPS)
