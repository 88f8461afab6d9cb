"""What belongs to the session and not to the fleet: marks, and what is said in it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

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


class Say(Command):
    """Say something to everybody who looks at this session: `say text='look at eu-west-1'`. It changes nothing.

    A name before it says whom it is meant for.
    """

    name: ClassVar[str] = "say"
    title: ClassVar[str] = "Say something"
    kind: ClassVar[Kind] = Kind.SESSION
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.LABEL

    target: str = ""
    text: str = Field(min_length=1, max_length=200, description="the words")

    @field_validator("text")
    @classmethod
    def _printable(cls, text: str) -> str:
        if not text.isprintable():
            raise ValueError("it holds characters that cannot be shown")
        return text

    async def run(self, cloud: Cloud) -> None:
        """Those who look find it in the log."""
