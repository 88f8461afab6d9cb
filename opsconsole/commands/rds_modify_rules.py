"""What ModifyDBInstance refuses to do with an RDS DB instance, and what it says that a change will cost."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.catalog import Engine, Modification
from opsconsole.cloud import Cloud, Refused, rds_changes, rds_growth
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_growth import STORAGE
from opsconsole.cloud.rds_maintenance import needs_upgrade_first
from opsconsole.cloud.rds_settings import Value
from opsconsole.cloud.versions import default_parameter_group, is_major, major_of, parameter_group_family
from opsconsole.commands.backup_checks import require_apart, standby_zone
from opsconsole.commands.operations import require_new_id
from opsconsole.commands.rds_checks import AFTER_CHANGE, require_status

INTERVALS_S = (0, 1, 5, 10, 15, 30, 60)
PORTS = (1150, 65535)


def check(cloud: Cloud, db: DbInstance, asked: dict[str, Value], apply_immediately: bool, allow_major: bool) -> None:
    """Raise Refused unless AWS would do all of it."""
    growing = all(name in STORAGE or name == "max-allocated-storage" for name in asked)
    require_status(db, *AFTER_CHANGE, *(("storage-full",) if growing else ()))
    values = rds_changes.changed(db, asked)
    takes_back = any(name in db.pending for name in asked if name not in values)
    if not values and not takes_back and not (apply_immediately and db.pending):
        said = "it has all of that already" if asked else "no modification was asked for, and none is pending"
        raise Refused("InvalidParameterCombination", f"No modifications were requested for {db.id}: {said}")
    _check_status(db, values, apply_immediately)
    if apply_immediately:
        _check_room(db, dict(db.pending) | values)
    if any(name in STORAGE for name in values):
        _check_storage(db, values)
    for name, value in values.items():
        if name in RULES:
            RULES[name](cloud, db, value)
    version = values.get("engine-version")
    if version is not None and is_major(db.settings.engine_version, str(version)) and not allow_major:
        raise Refused(
            "InvalidParameterCombination",
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version: allow-major=true",
        )
    _check_windows(db, values)


def _check_status(db: DbInstance, values: dict[str, Value], apply_immediately: bool) -> None:
    """While storage is optimised AWS begins only what may follow that status."""
    now = dict(db.pending) | values if apply_immediately else values
    legal = catalog.statuses("db-instance")[db.status.value].next
    for name, value in now.items():
        row = rds_changes.row_of(db, name, value)
        begins = apply_immediately or rds_changes.is_prompt(db, name, value)
        if begins and row.statuses and row.statuses[0] not in legal:
            raise Refused(
                "InvalidDBInstanceState",
                f"{row.title} cannot be changed while {db.id} is {db.status.value}; wait until it is available, "
                "or let it wait for the maintenance window",
            )


def _check_class(cloud: Cloud, db: DbInstance, value: Value) -> None:
    classes = catalog.instance_classes()
    if value not in classes or db.engine.name not in classes[str(value)].engines:
        raise Refused("InvalidParameterValue", f"{db.engine.title} does not offer the class {value}")


def _check_room(db: DbInstance, begins: dict[str, Value]) -> None:
    """What begins now: another class needs another machine in each of its zones, Multi-AZ one in another zone."""
    if begins.get("multi-az"):
        standby_zone(db.primary.zone)
    if "db-instance-class" not in begins:
        return
    short = next((host.zone for host in db.hosts.values() if host.zone.capacity.shut), db.primary.zone)
    if short.capacity.shut or (not short.up and not db.mirror.may_take_over()):
        wanted = begins["db-instance-class"]
        raise Refused("InsufficientDBInstanceCapacity", f"{short.name} has no capacity for {wanted} now")


def _check_engine(cloud: Cloud, db: DbInstance, value: Value) -> None:
    version, versions, mine = str(value), db.engine.versions, db.settings.engine_version
    if version not in versions:
        newer = ", ".join(versions[versions.index(mine) + 1 :]) or "none"
        raise Refused(
            "InvalidParameterCombination", f"Cannot find version {version} for {db.spec.engine}; newer: {newer}"
        )
    if versions.index(version) < versions.index(mine):
        raise Refused(
            "InvalidParameterCombination",
            f"Cannot upgrade {db.spec.engine} from {mine} to {version}: there is no way back",
        )
    behind = needs_upgrade_first(db, version)
    if behind is not None:
        raise Refused(
            "InvalidParameterCombination",
            f"One or more of the DB Instance's read replicas need to be upgraded: {behind}",
        )


def _check_retention(cloud: Cloud, db: DbInstance, value: Value) -> None:
    limit = catalog.limit("rds-retention-days")
    if not limit.allows(int(value)):
        raise Refused("InvalidParameterValue", limit.sentence)
    if not value and db.replicas():
        raise Refused("InvalidParameterCombination", f"{db.id} has read replicas and needs its automated backups")


def _check_multi_az(cloud: Cloud, db: DbInstance, value: Value) -> None:
    if value and not db.engine.multi_az:
        raise Refused("InvalidParameterCombination", f"{db.engine.title} has no Multi-AZ deployment")


def _check_max_storage(cloud: Cloud, db: DbInstance, value: Value) -> None:
    if not value:
        return
    row, headroom = db.disk.allocation.row, catalog.limit("storage-autoscaling-headroom-percent").minimum or 0
    if not row.autoscaling:
        raise Refused("InvalidParameterCombination", f"{row.title} storage has no storage autoscaling")
    least, most = db.disk.allocation.gib * (100 + headroom) // 100, row.bounds_for(db.spec.engine).max_gib
    if not least <= int(value) <= most:
        raise Refused(
            "InvalidParameterCombination", f"the maximum storage threshold of {db.id} is {least} to {most} GiB"
        )


def _check_monitoring(cloud: Cloud, db: DbInstance, value: Value) -> None:
    if value not in INTERVALS_S:
        raise Refused("InvalidParameterValue", "Enhanced Monitoring takes 0, 1, 5, 10, 15, 30 or 60 seconds")


def _check_port(cloud: Cloud, db: DbInstance, value: Value) -> None:
    if not PORTS[0] <= int(value) <= PORTS[1]:
        raise Refused("InvalidParameterValue", f"a DB instance listens on a port from {PORTS[0]} to {PORTS[1]}")


def _check_new_id(cloud: Cloud, db: DbInstance, value: Value) -> None:
    require_new_id(cloud, str(value))


def _check_parameter_group(cloud: Cloud, db: DbInstance, value: Value) -> None:
    name, version = str(value), db.settings.engine_version
    group = cloud.parameter_groups.get(name)
    if name == default_parameter_group(db.spec.engine, version):
        return
    if group is None or group.region != db.region.name:
        raise Refused("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}, in {db.region.name}")
    family = parameter_group_family(db.spec.engine, version)
    if group.family != family:
        raise Refused(
            "InvalidParameterCombination", f"{name} is of the family {group.family}, and {db.id} needs one of {family}"
        )


def _check_option(cloud: Cloud, db: DbInstance, value: Value) -> None:
    require_option(db.engine, db.settings.engine_version, str(value))
    if db.settings.option:
        raise Refused("InvalidParameterCombination", f"{db.id} has {db.settings.option}, a permanent option")


def require_option(engine: Engine, version: str, option: str) -> None:
    """Raise Refused unless option groups of this engine version have the option."""
    if option not in engine.options:
        having = [row.title for row in catalog.engines().values() if option in row.options]
        raise Refused(
            "InvalidParameterCombination", f"{engine.title} has no option {option}: it is one of {', '.join(having)}"
        )
    if major_of(version) < engine.options[option]:
        raise Refused(
            "InvalidParameterCombination", f"{engine.title} has {option} from version {engine.options[option]}"
        )


RULES = {
    "backup-retention-period": _check_retention,
    "db-instance-class": _check_class,
    "db-port-number": _check_port,
    "engine-version": _check_engine,
    "max-allocated-storage": _check_max_storage,
    "monitoring-interval": _check_monitoring,
    "multi-az": _check_multi_az,
    "new-db-instance-identifier": _check_new_id,
    "option-group": _check_option,
    "parameter-group": _check_parameter_group,
}


def _check_windows(db: DbInstance, values: dict[str, Value]) -> None:
    backup = str(values.get("backup-window", db.settings.backup_window))
    maintenance = str(values.get("maintenance-window", db.settings.maintenance_window))
    require_apart(backup, maintenance)


def _check_storage(db: DbInstance, values: dict[str, Value]) -> None:
    """AWS's rules for a change of storage."""
    locked = db.watch.locked_until_us()
    if locked is not None:
        hours = catalog.limit("storage-lock-hours").value
        minutes = max(0, -(-(locked - db.world.now_us) // 60_000_000))
        again = f"it may be modified again in {minutes} minutes" if minutes else "wait until it is available"
        raise Refused(
            "InvalidParameterCombination",
            f"the storage of {db.id} was modified less than {hours} hours ago or is being optimized: {again}",
        )
    now, wanted = db.disk.allocation, rds_growth.wanted_storage(db, values)
    least = -(-now.gib * (100 + (catalog.limit("storage-growth-percent").minimum or 0)) // 100)
    if wanted.gib != now.gib and wanted.gib < least:
        raise Refused(
            "InvalidParameterCombination",
            f"storage only grows, by 10 % at least: {db.id} has {now.gib} GiB and may have {least} GiB or more",
        )
    refusal = wanted.row.refusal(wanted.gib, db.spec.engine, wanted.iops, wanted.throughput_mibps)
    if refusal:
        raise Refused("InvalidParameterCombination", refusal)
    if wanted == now:
        raise Refused("InvalidParameterCombination", f"{db.id} has that storage already")


# -- what it costs ------------------------------------------------------------------------------------------------


def effect(cloud: Cloud, db: DbInstance, name: str, value: Value) -> str:
    """One sentence: what a change does to those who use the instance."""
    row = rds_changes.row_of(db, name, value)
    removes = name == "multi-az" and not value
    parts = [] if removes else [_outage(cloud, row, db)]
    if db.multi_az and row.multi_az_effect:
        parts.append(row.multi_az_effect)
    if row.applies == "reboot":
        parts.append("in force after the next reboot")
    elif row.notes and not removes and row.outage != "brief":
        parts.append(row.notes)
    return f"{row.title}: {'; '.join(parts)}"


def _outage(cloud: Cloud, row: Modification, db: DbInstance) -> str:
    match row.outage:
        case "none":
            return "no outage"
        case "brief":
            return row.notes
        case "restart":
            return f"a restart, about {_span(cloud, row)}"
        case "failover-or-outage" if db.mirror.may_take_over():
            failover = cloud.timing("rds-multi-az-failover-planned")
            return f"down for {failover.min_s:.0f} to {failover.max_s:.0f} s"
        case _:
            return f"down for about {_span(cloud, row)}"


def _span(cloud: Cloud, row: Modification) -> str:
    seconds = cloud.timing(row.timing).typical_s if row.timing else 0.0
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
