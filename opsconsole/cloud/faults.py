"""Faults in force: what was broken, by which command, and how it is undone.

A fault takes hold of gates, hosts, readers or copies under its own name, so two faults on one thing overlap and
healing one leaves the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opsconsole.simulation import Event, first, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.world import World


@dataclass
class Fault:
    """One fault: `id` (`f3`), its command's name, its target, since when, and until when if that is known."""

    id: str
    name: str
    target: str
    began_us: int
    until_us: int | None
    undo: list[Callable[[], None]] = field(default_factory=list)
    healed: Event[None] | None = None


class Faults:
    """The register of faults in force, in the order they began."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.in_force: dict[str, Fault] = {}
        self._count = 0

    def begin(self, name: str, target: str, seconds: float | None) -> Fault:
        """Register a fault; its command then does the damage and appends how each piece is undone."""
        self._count += 1
        now = self.world.now_us
        until = None if seconds is None else now + round(seconds * 1_000_000)
        fault = Fault(f"f{self._count}", name, target, now, until)
        fault.healed = self.world.kernel.event(f"{fault.id}: healed")
        self.in_force[fault.id] = fault
        self.world.log.sim(now, target, "fault", id=fault.id, name=name, now="in force")
        return fault

    async def last(self, fault: Fault) -> None:
        """Wait until the fault's time is over or somebody heals it, then undo it."""
        if fault.healed is None:
            raise ValueError(f"{fault.id} was never registered")
        if fault.until_us is None:
            await fault.healed
        else:
            seconds = (fault.until_us - self.world.now_us) / 1e6
            timer = self.world.kernel.spawn(sleep(seconds), f"{fault.id}: its time")
            await first(timer, fault.healed)
            timer.cancel()
        self.end(fault)

    def end(self, fault: Fault) -> None:
        """Undo a fault, once."""
        if self.in_force.pop(fault.id, None) is None:
            return
        for undo in fault.undo:
            undo()
        if fault.healed is not None:
            fault.healed.set()
        self.world.log.sim(self.world.now_us, fault.target, "fault", id=fault.id, name=fault.name, now="healed")

    def of(self, target: str) -> list[Fault]:
        """The faults in force on a target."""
        return [fault for fault in self.in_force.values() if fault.target == target]
