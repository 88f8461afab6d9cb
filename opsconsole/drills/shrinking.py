"""From a failing run of random faults to the fewest of them that still fail (delta debugging, Zeller 1999)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from opsconsole.drills.manner import Manner
from opsconsole.drills.result import DrillResult, Outcome, Verdict
from opsconsole.drills.running import run_drill
from opsconsole.drills.spec import Drill

T = TypeVar("T")
Throw = tuple[int, str]


def throws_of(result: DrillResult) -> tuple[Throw, ...]:
    """The random faults that struck in a run: when, and the command's line."""
    chaos = [step for step in result.steps if step.kind == "chaos" and step.outcome is not Outcome.REFUSED]
    return tuple((step.begun_us or 0, step.text) for step in chaos)


def shrink(drill: Drill, manner: Manner, tried: Callable[[int], None]) -> tuple[DrillResult, tuple[Throw, ...]]:
    """The shortest list of the run's random faults that still fails, and the run with it.

    `tried` is told how many faults each attempt has. Raises ValueError if the run does not fail, or fails without any.
    """
    first = run_drill(drill, manner=manner)
    if first.verdict is not Verdict.FAILED:
        raise ValueError(f"seed {drill.seed} does not fail: {first.reason}")

    def fails(throws: Sequence[Throw]) -> bool:
        tried(len(throws))
        run = run_drill(drill, manner=replace(manner, throws=tuple(throws)), detail=False)
        return run.verdict is Verdict.FAILED

    least = tuple(fewest(throws_of(first), fails))
    return run_drill(drill, manner=replace(manner, throws=least)), least


def fewest(items: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """A list of which nothing can be left out any more, one by one, without `fails` becoming false."""
    if fails(()):
        return ()
    parts = 2
    while len(items) > 1:
        size = -(-len(items) // parts)
        rests = [(*items[:at], *items[at + size :]) for at in range(0, len(items), size)]
        found = next((rest for rest in rests if fails(rest)), None)
        if found is not None:
            items, parts = found, max(2, parts - 1)
        elif size == 1:
            break
        else:
            parts = min(len(items), 2 * parts)
    return items
