"""DB parameter groups of RDS: making one, and changing the one parameter that is simulated, whether TLS is a must."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused, parameters
from opsconsole.cloud.parameters import VALUES, ParameterGroup
from opsconsole.commands import targets
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.blast import users_of_servers
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind


class CreateParameterGroup(Operation):
    """Make a DB parameter group in a Region (RDS `CreateDBParameterGroup`), with AWS's own values to begin with.

    A default group cannot be changed: make one, change it, and give it to the DB instance (`rds:modify-db-instance
    parameter-group=…`), which takes what it says at its next reboot. Source: AWS documentation, Parameter groups.
    """

    name: ClassVar[str] = "rds:create-db-parameter-group"
    title: ClassVar[str] = "Create a parameter group"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.REGION

    db_parameter_group_name: str = Field(alias="name", description="letters, digits or hyphens")
    db_parameter_group_family: str = Field(alias="family", description="postgres16, mysql8.0, mariadb11.4 …")

    def check(self, cloud: Cloud) -> None:
        name, family, known = self.db_parameter_group_name, self.db_parameter_group_family, parameters.families()
        if not targets.IDENTIFIER.fullmatch(name):
            raise Refused("InvalidParameterValue", f"{name!r} is no name: letters, digits or hyphens, first a letter")
        if name in cloud.parameter_groups:
            raise Refused("DBParameterGroupAlreadyExists", f"Parameter group {name} already exists")
        if family not in known:
            raise Refused(
                "InvalidParameterValue",
                f"ParameterGroupFamily {family} is not a valid parameter group family; there are: {', '.join(known)}",
            )

    def preview(self, cloud: Cloud) -> Preview:
        return Preview((), (), (), (f"{self.db_parameter_group_name} is there at once; nobody has it yet",))

    async def run(self, cloud: Cloud) -> None:
        name, family = self.db_parameter_group_name, self.db_parameter_group_family
        engine, tls_required = parameters.families()[family]
        cloud.parameter_groups[name] = ParameterGroup(name, family, self.target, engine, tls_required)
        cloud.parameter_groups = dict(sorted(cloud.parameter_groups.items()))


class ModifyParameterGroup(Operation):
    """Change a parameter of a DB parameter group (RDS `ModifyDBParameterGroup`): RDS-EVENT-0037.

    One is simulated: that clients must use TLS. PostgreSQL and SQL Server call it `rds.force_ssl`, MySQL and MariaDB
    `require_secure_transport`. Whoever uses the group refuses new plain connections soon after; open ones stay. On SQL
    Server it waits for a reboot, and then turns plain connections into TLS ones. Refused for a default group.
    """

    name: ClassVar[str] = "rds:modify-db-parameter-group"
    title: ClassVar[str] = "Change a parameter"
    takes: ClassVar[TargetKind] = TargetKind.PARAMETER_GROUP

    parameter: str = Field(description="rds.force_ssl or require_secure_transport")
    value: str = Field(description="1 or 0; ON or OFF")

    def check(self, cloud: Cloud) -> None:
        group = cloud.parameter_groups.get(self.target)
        if group is None:
            raise Refused(
                "InvalidDBParameterGroupState",
                f"{self.target} is a default parameter group and cannot be modified: create one "
                "(rds:create-db-parameter-group)",
            )
        known = group.engine.tls_parameter
        if self.parameter != known:
            only = f"{known} is the one that is simulated" if known else "none of it is simulated"
            raise Refused("InvalidParameterValue", f"Could not find parameter with name: {self.parameter}; {only}")
        allowed = ("0", "1") if known == "rds.force_ssl" else tuple(VALUES)
        if self.value not in allowed:
            raise Refused("InvalidParameterValue", f"{known} is {' or '.join(allowed)}, not {self.value!r}")

    def preview(self, cloud: Cloud) -> Preview:
        used = parameters.users(cloud, self.target)
        group = cloud.parameter_groups.get(self.target)
        if group is None:
            return Preview()
        when = "in force after the next reboot" if group.engine.tls_parameter_static else "in force without a reboot"
        wanted = "new plain connections are refused, open ones stay until the pool renews them"
        then = (wanted,) if VALUES.get(self.value) and group.engine.plain_refused_error else ()
        hosts = [host for db in used for host in db.hosts]
        return Preview(tuple(db.id for db in used), (), users_of_servers(cloud, hosts), (when, *then))

    async def run(self, cloud: Cloud) -> None:
        await parameters.modify(cloud, cloud.parameter_groups[self.target], self.value)
