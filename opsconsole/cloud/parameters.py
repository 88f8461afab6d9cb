"""DB parameter groups: the one parameter of theirs that is simulated, whether a server wants TLS from everybody.

A DB instance that is given no group has its engine's default group, which nobody can change. What a group says is in
force after a reboot; a dynamic parameter that is changed later in a group that is in use, at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import Engine
from opsconsole.cloud.versions import major_of, parameter_group_family
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.rds import DbInstance

VALUES = {"1": True, "ON": True, "0": False, "OFF": False}
"""What the parameter may be set to; SQL Server and PostgreSQL take the numbers only."""


@dataclass
class ParameterGroup:
    """A DB parameter group that an operator made: of a family of engine versions, in one Region."""

    name: str
    family: str
    region: str
    engine: Engine
    tls_required: bool


def requires_tls(engine: Engine, version: str) -> bool:
    """Whether AWS's own values for this version want TLS from everybody."""
    return bool(engine.tls_required_from) and major_of(version) >= engine.tls_required_from


def families() -> dict[str, tuple[Engine, bool]]:
    """Every family of DB parameter groups, with its engine and whether its own values want TLS."""
    rows = [row for row in catalog.engines().values() if row.family == "rds"]
    return {
        parameter_group_family(row.name, version): (row, requires_tls(row, version))
        for row in rows
        for version in row.versions
    }


def take_effect(db: DbInstance) -> None:
    """The engine starts: what its group says is in force."""
    group = db.world.parameter_groups.get(db.settings.parameter_group)
    default = requires_tls(db.engine, db.settings.engine_version)
    db.settings.tls_required = default if group is None else group.tls_required
    db.settings.parameter_status = "in-sync"


async def modify(cloud: Cloud, group: ParameterGroup, value: str) -> None:
    """ModifyDBParameterGroup: RDS-EVENT-0037; whoever uses the group has the new value soon, or after a reboot."""
    static = group.engine.tls_parameter_static
    method = "pending-reboot" if static else "immediate"
    cloud.log.aws(cloud.now_us, group.name, "0037", name=group.engine.tls_parameter, value=value, method=method)
    group.tls_required = VALUES[value]
    for db in users(cloud, group.name):
        db.settings.parameter_status = "pending-reboot" if static else "applying"
    if static:
        return
    await sleep(cloud.draw(group.name, "rds-modify"))
    for db in users(cloud, group.name):
        db.settings.tls_required = group.tls_required
        if db.settings.parameter_status == "applying":
            db.settings.parameter_status = "in-sync"
        cloud.traffic.touch_servers(db.hosts)


def users(cloud: Cloud, group: str) -> list[DbInstance]:
    """The DB instances that have a parameter group."""
    return [db for db in cloud.rds.values() if db.settings.parameter_group == group]
