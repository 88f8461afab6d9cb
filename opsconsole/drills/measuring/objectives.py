"""Promises against what was measured: target, measured, margin, kept or not."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.drills.figures import percent, span
from opsconsole.drills.result import AppResult, ObjectiveResult, Outcome
from opsconsole.drills.spec import Objective

SECOND_US = 1_000_000


def judge(objective: Objective, app: AppResult) -> Iterator[ObjectiveResult]:
    """Each promise about an app."""
    counts = app.counts
    if objective.rto_us is not None:
        yield _time("rto", objective.rto_us, app.rto_us, app, _rto_why(app))
    if objective.rpo_us is not None:
        yield _time("rpo", objective.rpo_us, app.rpo_us, app, f"{counts.lost:,} lost, {counts.discarded:,} discarded")
    for name, most, measured in (
        ("lost", objective.lost, counts.lost),
        ("discarded", objective.discarded, counts.discarded),
        ("wrong", objective.wrong, counts.wrong_present),
    ):
        if most is not None:
            yield _count(name, most, measured, app)
    if objective.availability_percent is not None:
        yield _availability(objective.availability_percent, app)
    if objective.staleness_us is not None:
        worst = f"p95 {span(round(app.staleness.p95_s * SECOND_US))}"
        yield _time("staleness", objective.staleness_us, round(app.staleness.max_s * SECOND_US), app, worst)


def _rto_why(app: AppResult) -> str:
    if not app.incidents:
        return f"every one of its {app.on} was ok, or as good as"
    parts = max(app.incidents, key=lambda one: one.rank).phases
    return ", ".join(f"{phase.name} {span(phase.ends_us - phase.begins_us)}" for phase in parts)


def _time(name: str, target_us: int, measured_us: int | None, app: AppResult, why: str) -> ObjectiveResult:
    kept = measured_us is not None and measured_us <= target_us
    return ObjectiveResult(
        app=app.app,
        name=name,
        target=f"≤ {span(target_us)}",
        measured=span(measured_us),
        margin="" if measured_us is None else _margin(target_us - measured_us),
        target_value=target_us / SECOND_US,
        measured_value=None if measured_us is None else measured_us / SECOND_US,
        outcome=Outcome.PASSED if kept else Outcome.NOT_REACHED if measured_us is None else Outcome.FAILED,
        why=why,
    )


def _margin(us: int) -> str:
    return f"{span(us)} to spare" if us >= 0 else f"{span(-us)} too long"


def _count(name: str, most: int, measured: int, app: AppResult) -> ObjectiveResult:
    return ObjectiveResult(
        app=app.app,
        name=name,
        target=f"≤ {most:,}",
        measured=f"{measured:,}",
        margin=f"{most - measured:,} to spare" if measured <= most else f"{measured - most:,} too many",
        target_value=most,
        measured_value=measured,
        outcome=Outcome.PASSED if measured <= most else Outcome.FAILED,
        why=f"of {app.counts.acknowledged:,} acknowledged writes",
    )


def _availability(least: float, app: AppResult) -> ObjectiveResult:
    measured = app.availability_percent
    kept = measured >= least
    return ObjectiveResult(
        app=app.app,
        name="availability",
        target=f"≥ {least:g} %",
        measured=percent(measured),
        margin=f"{measured - least:.3f} points to spare" if kept else f"{least - measured:.3f} points too few",
        target_value=least,
        measured_value=measured,
        outcome=Outcome.PASSED if kept else Outcome.FAILED,
        why=f"{app.minutes_under_threshold:.1f} minutes under {app.threshold_percent:g} %",
    )
