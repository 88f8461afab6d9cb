"""The EBS volume under one host of a DB instance: how much longer each I/O takes, and whether it does any.

A volume stays with its host whatever role that has; what holds it up are faults, each under its own name.
"""

from __future__ import annotations

from opsconsole.cloud.world import World
from opsconsole.simulation import Step


class EbsVolume:
    """`extra_us` is what each I/O takes longer than usual, and `paused` whether every I/O waits: both with a past."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._slow: dict[str, int] = {}
        self._pauses: dict[str, None] = {}
        self.extra_us: Step[int] = Step(0, world.now_us)
        self.paused: Step[bool] = Step(False, world.now_us)

    def slow_down(self, cause: str, extra_us: int) -> None:
        """Each I/O takes so much longer; two causes add up."""
        self._slow[cause] = extra_us
        self._note()

    def pause(self, cause: str) -> None:
        """I/O waits, and fails nowhere."""
        self._pauses[cause] = None
        self._note()

    def release(self, cause: str) -> None:
        """One cause is gone; what waited goes on when none is left."""
        self._slow.pop(cause, None)
        self._pauses.pop(cause, None)
        self._note()

    def _note(self) -> None:
        self.extra_us.set(self._world.now_us, sum(self._slow.values()))
        self.paused.set(self._world.now_us, bool(self._pauses))
