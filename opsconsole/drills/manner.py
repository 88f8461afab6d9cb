"""How a drill is run: with the operator's moves and the faults, or without them."""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.drills.spec import Step


@dataclass(frozen=True)
class Manner:
    """How a drill is run: with the operator's moves and the faults, or without; what the dice may do."""

    solution: bool = True
    faults: bool = True
    throws: tuple[tuple[int, str], ...] | None = None  # faults that chance chose before: times and lines

    def withholds(self, step: Step) -> bool:
        """Whether a step is left out."""
        return (step.solution and not self.solution) or (step.disturbs and not self.faults)
