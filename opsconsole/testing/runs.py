"""A drill in a test: run it, and let the assertion say why it did not pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import AppResult, CheckResult, DrillResult, Outcome, Verdict
from opsconsole.drills.running import run_drill


@dataclass(frozen=True)
class DrillRun:
    """What came of a drill. Its `repr` is what pytest shows when an assertion on it fails."""

    result: DrillResult

    @property
    def passed(self) -> bool:
        """Whether every check held and every objective was met."""
        return self.result.verdict is Verdict.PASSED

    def app(self, id: str) -> AppResult:
        """What an app saw. KeyError if there is none of this name."""
        found = {app.app: app for app in self.result.apps}
        return found[id]

    def __repr__(self) -> str:
        result = self.result
        bad = [f"{check.id}: {check.text}: {check.outcome}, {check.why}" for check in _bad(result)]
        bad += [
            f"{one.app} {one.name}: {one.measured}, promised {one.target}"
            for one in result.objectives
            if one.outcome is not Outcome.PASSED
        ]
        return "\n  ".join([f"<{result.drill} {result.verdict}: {result.reason}", *bad, f"again: {result.command}>"])


def _bad(result: DrillResult) -> list[CheckResult]:
    return [check for check in result.checks if check.outcome is not Outcome.PASSED]


def run(
    drill: str | Path,
    *,
    seed: int | None = None,
    settings: dict[str, str] | None = None,
    solution: bool = True,
    faults: bool = True,
) -> DrillRun:
    """Run a drill, a shipped one by its name or a file, and say what came of it. Raises FileProblems."""
    loaded = load_drill(drill, settings=settings, seed=seed)
    return DrillRun(run_drill(loaded, manner=Manner(solution=solution, faults=faults)))
