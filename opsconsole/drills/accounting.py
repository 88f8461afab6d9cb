"""What came of every check and every step of a drill, in the order of its file: the director's notes as a result."""

from __future__ import annotations

from opsconsole.drills.asking import CHAOS, SCRIPT, SOLUTION
from opsconsole.drills.director import Director
from opsconsole.drills.result import CheckResult, Outcome, StepResult
from opsconsole.drills.spec import Step
from opsconsole.engine.session import Order, OrderState

_OUTCOMES = {OrderState.REFUSED: Outcome.REFUSED, OrderState.FAILED: Outcome.FAILED}


def check_results(director: Director) -> list[CheckResult]:
    """Every check, in the order of the file; one that never began is not-reached."""
    refusals = director.asking.checks
    found = [*director.checks, *refusals]
    for step in director.drill.timeline:
        watches = [watch for one, watch in director.watches if one is step]
        if step.checks and not watches:
            found.append(_not_reached(director, step))
        for watch in watches:
            found.append(
                CheckResult(
                    id=step.id,
                    kind=step.kind.value,
                    text=step.told,
                    note=step.note,
                    outcome=watch.outcome,
                    begun_us=watch.begun_us,
                    decided_us=watch.decided_us,
                    seen=watch.seen,
                    why=watch.why or "the drill ended before it was decided",
                    event=director.observer.decided.get(id(watch), director.last_row),
                )
            )
        if step.refused and not any(check.id.partition("#")[0] == step.id for check in refusals):
            found.append(_not_reached(director, step))
    return found


def by_others(director: Director) -> list[Order]:
    """What somebody else asked for: the person at the console."""
    return [order for order in director.session.orders if order.who not in (SCRIPT, SOLUTION, CHAOS)]


def _not_reached(director: Director, step: Step) -> CheckResult:
    withheld = step in director.withheld
    why = "its step was withheld" if withheld else _why_never(director, step)
    kind = "refused" if step.refused else step.kind.value
    return CheckResult(id=step.id, kind=kind, text=step.told, note=step.note, outcome=Outcome.NOT_REACHED, why=why)


def _why_never(director: Director, step: Step) -> str:
    if step.after is not None and director.left.get(step.after):
        return f"it never began: {step.after} has not ended"
    return "its condition was never true" if step.when else "it never began"


def step_results(director: Director) -> list[StepResult]:
    """Every step that asks or says something, as it went; then those that never began."""
    found = [
        StepResult(
            id=doing.result_id,
            kind="chaos" if doing.by == CHAOS else doing.step.kind.value,
            text=doing.text,
            by=doing.by if not doing.step.sender else doing.step.sender,
            hidden=doing.step.hidden,
            outcome=doing.outcome,
            begun_us=doing.begun_us,
            ended_us=doing.ended_us,
            code=doing.code,
            sentence=doing.sentence,
        )
        for doing in director.asking.doings
    ]
    found += [
        StepResult(
            id=f"order {order.id}",
            kind="action",
            text=order.line,
            by=order.who,
            outcome=_OUTCOMES.get(order.state, Outcome.DONE),
            begun_us=order.asked_us,
            ended_us=order.ended_us,
            code=order.code,
            sentence=order.sentence,
        )
        for order in by_others(director)
    ]
    for step in director.drill.timeline:
        if not step.checks and step.id not in director.begun:
            withheld = step in director.withheld
            found.append(
                StepResult(
                    id=step.id,
                    kind=step.kind.value,
                    text=step.told,
                    by=SOLUTION if step.solution else SCRIPT,
                    hidden=step.hidden,
                    outcome=Outcome.WITHHELD if withheld else Outcome.NOT_REACHED,
                    sentence="" if withheld else _why_never(director, step),
                )
            )
    return found
