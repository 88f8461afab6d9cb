"""What has to be looked at again before time passes: once per instant, phase by phase, in id order.

A zone that dies changes a hundred things at one instant. None of them reacts on the spot; each asks to be looked at
again, and when everything due at this instant has happened the looks run, so the result does not depend on who
changed first.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from opsconsole.simulation import Kernel

ROUNDS_PER_INSTANT = 1_000


class Phase(IntEnum):
    """The order of looks in one instant: what data can be reached, who serves it, its load, whether to scale."""

    REPLICATION = 1
    CLUSTER = 2
    TRAFFIC = 3
    SCALING = 4


PHASES = tuple(Phase)  # an enum is slow to walk, and this is done at every instant


class Settlement:
    """Collects looks and runs them at the end of the instant."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._due: dict[Phase, dict[str, Callable[[], None]]] = {phase: {} for phase in Phase}
        self._scheduled = False

    def look_again(self, phase: Phase, key: str, look: Callable[[], None]) -> None:
        """Run `look` once before time passes; asking twice under one key is asking once."""
        self._due[phase][key] = look
        if not self._scheduled:
            self._scheduled = True
            self._kernel.at_end_of_instant(self._run)

    def _run(self) -> None:
        self._scheduled = False
        for _ in range(ROUNDS_PER_INSTANT):
            phase = next((phase for phase in PHASES if self._due[phase]), None)
            if phase is None:
                return
            looks, self._due[phase] = self._due[phase], {}
            for key in sorted(looks):
                looks[key]()
        raise RuntimeError(f"the fleet does not settle at {self._kernel.now_us} µs: looks keep asking for looks")
