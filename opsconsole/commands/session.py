"""What belongs to the session and not to the fleet: marks."""

from __future__ import annotations

from typing import ClassVar

from opsconsole.cloud import Cloud, Refused, databases
from opsconsole.cloud.content import Content
from opsconsole.commands.base import Command, Danger, Kind
from opsconsole.commands.targets import TargetKind


class Mark(Command):
    """Give this instant a name, to find it again in the log."""

    name: ClassVar[str] = "mark"
    title: ClassVar[str] = "Mark this instant"
    kind: ClassVar[Kind] = Kind.SESSION
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.LABEL

    def check(self, cloud: Cloud) -> None:
        if not self.target:
            raise Refused("InvalidParameterValue", "a mark needs a name")

    async def run(self, cloud: Cloud) -> None:
        cloud.marks[self.target] = cloud.now_us
        for branch in databases.heads(cloud):
            Content(branch, cloud.now_us).pin()
        cloud.log.sim(cloud.now_us, self.target, "mark")
