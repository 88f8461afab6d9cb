"""Faults that harm the data while everything else is green: every copy gets them, and no failover helps."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from opsconsole.cloud import Cloud, Refused, databases
from opsconsole.cloud.content import Damage
from opsconsole.commands.apps import AppCommand
from opsconsole.commands.base import Command, Danger, Kind, Preview
from opsconsole.commands.blast import users_of_servers
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind
from opsconsole.simulation import sleep

MILLION = 1_000_000
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%", re.ASCII)
TABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)


def _millionths(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = PERCENT.fullmatch(value.strip())
    if found is None or float(found[1]) > 100:
        raise ValueError(f"{value!r} is not a share; write for example 2%")
    return round(float(found[1]) * MILLION / 100)


def _percent(millionths: int) -> str:
    return f"{millionths * 100 / MILLION:g}%"


Share = Annotated[
    int,
    BeforeValidator(_millionths),
    PlainSerializer(_percent),
    WithJsonSchema({"type": "string", "format": "share", "examples": ["2%"]}),
]
"""A share, written `2%`, kept in millionths."""


class BadDeploy(FaultCommand):
    """An app goes live with a bug: from now on a share of what it writes is wrong, and acknowledged.

    Nothing fails and nothing alarms; standbys, readers and replicas get the wrong rows as they get any others. What
    cures it is to roll the app back (`app:rollback-deploy`) and then the data: backtrack, or a restore.
    """

    name: ClassVar[str] = "sim:bad-deploy"
    title: ClassVar[str] = "Deploy a bug"
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.APP

    wrong: Share = Field(20_000, description="how much of what it writes is wrong, for example 2%")

    def check(self, cloud: Cloud) -> None:
        if not cloud.apps[self.target].writes_to:
            raise Refused("InvalidParameterCombination", f"{self.target} writes nothing that could be wrong")

    def preview(self, cloud: Cloud) -> Preview:
        rate = cloud.apps[self.target].writes // 1000 * self.wrong / MILLION
        text = f"about {rate:g} wrong rows a second, in every copy; nothing tells of them"
        return Preview((), (), (self.target,), (text,))

    async def run(self, cloud: Cloud) -> None:
        fault, app = self.begin(cloud), cloud.apps[self.target]
        app.deploy(fault.id, self.wrong)
        fault.undo.append(lambda: app.roll_back(fault.id))
        await cloud.faults.last(fault)


class RollbackDeploy(AppCommand):
    """Deploy an app's previous version again: it writes nothing wrong any more; what it wrote stays."""

    name: ClassVar[str] = "app:rollback-deploy"
    title: ClassVar[str] = "Roll the app back"

    def check(self, cloud: Cloud) -> None:
        if not self.app(cloud).bad_deploys:
            raise Refused(
                "InvalidParameterCombination", f"{self.target} runs its good version: there is nothing to roll back"
            )

    def preview(self, cloud: Cloud) -> Preview:
        seconds = cloud.timing("bad-deploy-rollback").typical_s
        text = f"live in about {seconds:.0f} s; wrong rows that are written stay in every copy"
        return Preview(apps=(self.target,), sentences=(text,))

    async def run(self, cloud: Cloud) -> None:
        await sleep(cloud.draw(self.target, "bad-deploy-rollback"))
        for fault in [cloud.faults.in_force[id] for id in self.app(cloud).bad_deploys]:
            cloud.faults.end(fault)


class DropTable(Command):
    """Somebody drops a table, at one instant: a share of the statements of its apps end with an error from then on.

    The standby has it at once, replicas when they apply it, and no failover brings it back; a copy from before does.
    """

    name: ClassVar[str] = "sim:drop-table"
    title: ClassVar[str] = "Drop a table"
    kind: ClassVar[Kind] = Kind.FAULT
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.DATABASE

    table: str = Field("customers", description="its name")
    share: Share = Field(100_000, description="how many of the statements need it, for example 10%")

    def check(self, cloud: Cloud) -> None:
        if not TABLE.fullmatch(self.table):
            raise Refused("InvalidParameterValue", f"{self.table!r} is no table's name: letters, digits, underscores")
        refusal = databases.why_read_only(cloud, self.target)
        if refusal is not None:
            raise Refused("InvalidParameterCombination", refusal)
        if any(damage.table == self.table for damage in databases.content_of(cloud, self.target).damage):
            raise Refused("InvalidParameterValue", f"{self.target} has no table {self.table} any more")

    def preview(self, cloud: Cloud) -> Preview:
        text = f"{_percent(self.share)} of the statements fail, on every copy that has got so far"
        apps = users_of_servers(cloud, databases.servers_of(cloud, self.target))
        return Preview((self.target,), (), apps, (text, "no failover brings it back"))

    async def run(self, cloud: Cloud) -> None:
        cloud.log.sim(cloud.now_us, self.target, "fault", name=self.name, now="struck")
        databases.harm(
            cloud, self.target, Damage(f"{self.table}@{cloud.now_us}", cloud.now_us + 1, self.table, self.share)
        )


class BackupFailure(FaultCommand):
    """Automated backups fail, and nobody is told: no snapshot, no uploaded log. LatestRestorableTime stands still.

    Everything else is green; what could be lost grows by a second a second. When it is healed, the logs that waited
    are uploaded; snapshots that were missed are not made up for.
    """

    name: ClassVar[str] = "sim:backup-failure"
    title: ClassVar[str] = "Let backups fail"
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.DATABASE

    def check(self, cloud: Cloud) -> None:
        if not cloud.snapshots.archives[self.target].days:
            raise Refused("InvalidParameterCombination", f"{self.target} has no automated backups that could fail")

    def preview(self, cloud: Cloud) -> Preview:
        return Preview((self.target,), (), (), ("nothing shows it but the age of LatestRestorableTime",))

    async def run(self, cloud: Cloud) -> None:
        fault, archive = self.begin(cloud), cloud.snapshots.archives[self.target]
        archive.failures[fault.id] = None

        def undo() -> None:
            archive.failures.pop(fault.id, None)
            databases.review_backups(archive, cloud)

        fault.undo.append(undo)
        databases.review_backups(archive, cloud)
        await cloud.faults.last(fault)
