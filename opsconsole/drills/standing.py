"""How a drill stands while it runs: steps that may be shown, checks under way, promises with running values.

What is hidden stays so until the drill is over, and what the operator is meant to find out is not shown at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole.drills.accounting import by_others
from opsconsole.drills.measuring.apps import measure
from opsconsole.drills.measuring.objectives import judge
from opsconsole.drills.plan import promises, when
from opsconsole.drills.result import AppResult, ObjectiveResult, Outcome
from opsconsole.drills.spec import Step, StepKind

if TYPE_CHECKING:
    from opsconsole.drills.running import Run


@dataclass(frozen=True)
class CheckNow:
    """A check as it stands: under way (`outcome` None), decided, or still to come."""

    text: str
    note: str
    outcome: Outcome | None
    holds: bool | None
    seen: str
    begun_us: int | None
    until_us: int | None


@dataclass(frozen=True)
class PromiseNow:
    """A promise about an app, and how it would be judged if the drill ended now."""

    app: str
    text: str
    judged: tuple[ObjectiveResult, ...]
    open: bool
    """Whether an incident of the app is not over: its RTO still grows."""


def checks_now(run: Run) -> list[CheckNow]:
    """The win condition: what is looked at in one instant, and every other check that may be shown, as in the file."""
    director, now = run.director, run.session.now_us
    found = [
        CheckNow(
            f"{one.id.partition('[')[0]}{one.id.partition(']')[2]}: {one.text}",
            one.why,
            one.outcome,
            None,
            one.seen,
            one.begun_us,
            None,
        )
        for one in director.checks
        if one.kind in ("given", "steady")
    ]
    for step in run.drill.timeline:
        if not step.checks or (step.hidden and not run.over):
            continue
        watches = [watch for one, watch in director.watches if one is step]
        if not watches:
            found.append(
                CheckNow(step.told, step.note, Outcome.NOT_REACHED if run.over else None, None, "", None, None)
            )
        for watch in watches:
            decided = watch.decided_us is not None or run.over
            found.append(
                CheckNow(
                    step.told,
                    step.note,
                    watch.outcome if decided else None,
                    None if decided else watch.truth.at(now),
                    watch.seen if decided else watch.truth.told(now),
                    watch.begun_us,
                    None if decided else watch.next_us(),
                )
            )
    return found


def promises_now(run: Run) -> list[PromiseNow]:
    """Every objective with its running value and margin."""
    found = []
    for objective in run.drill.objectives:
        app: AppResult = measure(objective, run.session.cloud, run.observer)
        open = any(one.recovered_us is None for one in app.incidents)
        found.append(PromiseNow(objective.app, ", ".join(promises(objective)), tuple(judge(objective, app)), open))
    return found


def shown(run: Run, step: Step) -> bool:
    """Whether a step may be shown: hidden ones and the operator's moves only afterwards."""
    return run.over or not (step.hidden or step.solution)


def told_so_far(run: Run) -> list[tuple[int, str, str]]:
    """What has happened that may be shown, the newest first: when (µs), who, what."""
    rows = [(at_us, step.sender or "message", step.text) for at_us, step in run.director.said]
    for doing in run.director.asking.doings:
        if doing.step.kind is not StepKind.SAY and shown(run, doing.step):
            rows.append((doing.begun_us, doing.by, doing.text))
    rows += [(order.asked_us, order.who, order.line) for order in by_others(run.director)]
    return sorted(rows, key=lambda row: -row[0])


def to_come(run: Run) -> list[tuple[str, str, str]]:
    """Steps of the script that may be shown and have not begun: when, kind, what. Nobody knows of a message before."""
    begun = {doing.step.id: None for doing in run.director.asking.doings}
    waiting = [step for step in run.drill.timeline if not step.checks and step.id not in begun]
    return [
        (when(step), step.kind.value, step.told)
        for step in waiting
        if shown(run, step) and not run.over and step.kind is not StepKind.SAY
    ]
