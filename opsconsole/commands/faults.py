"""What every fault has in common: it lasts for its `for`, or until it is healed. And the command that heals.

Ids that FIS has are used verbatim, with FIS's exact reach; `az:`, `region:`, `link:` and `sim:` are ours. Source: AWS
FIS actions and scenario library; Aurora fault injection queries; what neither has is a simulator's own (SIM).
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.places import Gate
from opsconsole.commands.base import Command, Danger, Kind, Preview, Seconds
from opsconsole.commands.targets import TargetKind


class FaultCommand(Command):
    """A command that breaks something for a while."""

    kind: ClassVar[Kind] = Kind.FAULT

    for_s: Seconds | None = Field(None, alias="for", description="how long it lasts; without it, until it is healed")

    def begin(self, cloud: Cloud) -> Fault:
        """Register the fault."""
        return cloud.faults.begin(self.name, self.target, self.for_s)

    def shut(self, cloud: Cloud, fault: Fault, gates: list[Gate], extra_us: int | None, touched: list[str]) -> None:
        """Hold gates under the fault's name until it is undone."""
        cloud.places.change([(gate, extra_us) for gate in gates], fault.id, touched)
        fault.undo.append(lambda: cloud.places.release(gates, fault.id, touched))


class Heal(Command):
    """Undo faults: one by its id (`f3`), all on a thing by the thing's id, or `all` (also if
    nothing is broken). Other causes stay.
    """

    name: ClassVar[str] = "heal"
    title: ClassVar[str] = "Heal"
    kind: ClassVar[Kind] = Kind.SESSION
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.HEALABLE

    def _chosen(self, cloud: Cloud) -> list[Fault]:
        faults = list(cloud.faults.in_force.values())
        if self.target == "all":
            return faults
        names = (self.target, "/".join(reversed(self.target.split("/"))))  # a link has two spellings
        return [fault for fault in faults if fault.id in names or fault.target in names]

    def check(self, cloud: Cloud) -> None:
        if self.target != "all" and not self._chosen(cloud):
            raise Refused("ResourceNotFoundException", f"no fault is in force on {self.target}")

    def preview(self, cloud: Cloud) -> Preview:
        return Preview(sentences=tuple(f"{fault.id} {fault.name} {fault.target}" for fault in self._chosen(cloud)))

    async def run(self, cloud: Cloud) -> None:
        for fault in self._chosen(cloud):
            cloud.faults.end(fault)
