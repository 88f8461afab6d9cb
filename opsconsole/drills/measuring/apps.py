"""All that one app saw, put together: recovery, losses, availability, staleness, counts."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.cloud.app_course import Course
from opsconsole.cloud.books import REQUEST, Books, Flow
from opsconsole.cloud.losses import account
from opsconsole.drills.measuring.losses import longest_us, missing
from opsconsole.drills.measuring.phases import phases
from opsconsole.drills.measuring.recovery import incidents
from opsconsole.drills.measuring.staleness import staleness
from opsconsole.drills.observer import Observer
from opsconsole.drills.result import AppResult, Counts, Incident, LostRange, Sample
from opsconsole.drills.spec import Drill, Objective

DEFAULT_SLO = 99.95
"""The availability that an error budget is counted against where the drill promises none."""
MONTH_DAYS = 30
MINUTE_US = 60_000_000
MOST_SAMPLES = 4_000


def objective_of(drill: Drill, cloud: Cloud, app: str) -> Objective:
    """What the drill promises about an app; nothing, with the usual threshold, where it says nothing."""
    stated = next((one for one in drill.objectives if one.app == app), None)
    return unpromised(cloud, app) if stated is None else stated


def unpromised(cloud: Cloud, app: str) -> Objective:
    """No promise about an app: it is judged on its writes, if it writes, by 99 % over ten seconds."""
    on = "writes" if cloud.apps[app].writes_to is not None else "reads"
    return Objective(app=app, on=on, threshold_percent=99.0, settle_us=10_000_000)


def measure(objective: Objective, cloud: Cloud, observer: Observer) -> AppResult:
    """What an app saw from the begin to now; the objective says which, and what counts as recovered."""
    app, now = objective.app, cloud.now_us
    books = cloud.apps[app].books
    found = incidents(books, objective.on, objective.settle_us, objective.threshold_percent, now)
    if observer.detail:
        found = [
            one.model_copy(update={"phases": phases(cloud, app, objective.on, observer.rows, one)}) for one in found
        ]
    lost = missing(cloud, app)
    totals = books.at(now)
    good = totals.writes_right + totals.reads_ok
    slo = slo_of(objective)
    return AppResult(
        app=app,
        on=objective.on,
        threshold_percent=objective.threshold_percent,
        settle_s=objective.settle_us / 1e6,
        rto_us=_rto(found),
        rpo_us=longest_us(lost),
        availability_percent=100 * good / totals.due if totals.due else 0.0,
        minutes_under_threshold=_under(books, objective, now) / MINUTE_US,
        slo_percent=slo,
        budget_days=budget_days(totals, now, slo),
        counts=_counts(cloud, app),
        staleness=staleness(observer.reads.get(app, ())),
        incidents=tuple(found),
        lost_ranges=tuple(
            LostRange(
                branch=gap.branch.id,
                begins_us=gap.begins_us,
                ends_us=gap.ends_us,
                writes=gap.writes // REQUEST,
                discarded=gap.discarded,
            )
            for gap in lost
        ),
        samples=_samples(books, objective.on, now) if observer.detail else (),
    )


def slo_of(objective: Objective) -> float:
    """The availability that is promised, in percent, or the usual one."""
    return DEFAULT_SLO if objective.availability_percent is None else objective.availability_percent


def budget_days(totals: Flow, now_us: int, slo_percent: float) -> float | None:
    """How many days of a month's error budget all bad requests since the begin have spent; None: there is none."""
    if slo_percent >= 100:
        return None
    bad = (totals.due - totals.writes_right - totals.reads_ok) / totals.due if totals.due else 0.0
    allowed = (1 - slo_percent / 100) * MONTH_DAYS
    return bad * (now_us / 86_400e6) / allowed * MONTH_DAYS


def _rto(found: list[Incident]) -> int | None:
    """The longest; None if one of them was not over."""
    lengths = [one.length_us for one in found]
    known = [length for length in lengths if length is not None]
    return None if len(known) < len(lengths) else max(known, default=0)


def _under(books: Books, objective: Objective, now: int) -> int:
    course = Course.of(books, objective.on, now)
    return sum(end - begin for begin, end, line in course.pieces(0) if not line.reaches(objective.threshold_percent))


def _counts(cloud: Cloud, app: str) -> Counts:
    totals, kept = cloud.apps[app].books.at(cloud.now_us), account(cloud, app)
    return Counts(
        writes_due=totals.writes_due // REQUEST,
        writes_ok=totals.writes_ok // REQUEST,
        writes_failed=totals.writes_failed // REQUEST,
        writes_unknown=totals.writes_unknown // REQUEST,
        writes_wrong=totals.writes_wrong // REQUEST,
        reads_due=totals.reads_due // REQUEST,
        reads_ok=totals.reads_ok // REQUEST,
        reads_failed=totals.reads_failed // REQUEST,
        reads_stale=totals.reads_stale // REQUEST,
        acknowledged=kept.acknowledged // REQUEST,
        lost=kept.lost // REQUEST,
        discarded=kept.discarded // REQUEST,
        wrong_removed=kept.wrong_removed // REQUEST,
        wrong_present=kept.wrong_present // REQUEST,
        unknown_present=kept.unknown_present // REQUEST,
    )


def _samples(books: Books, on: str, now: int) -> tuple[Sample, ...]:
    """How its requests ended, change by change; of very many changes the first of each stretch."""
    changes = books.changes(0, now)
    step = -(-len(changes) // MOST_SAMPLES)
    found = []
    for t, flow in changes[::step]:
        writes = on == "writes"
        due, ok = (flow.writes_due, flow.writes_right) if writes else (flow.reads_due, flow.reads_ok)
        failed = flow.writes_failed if writes else flow.reads_failed
        unknown, wrong = (flow.writes_unknown, flow.writes_wrong) if writes else (0, 0)
        found.append(
            Sample(
                t_us=t,
                due=due / 1000,
                ok=ok / 1000,
                failed=failed / 1000,
                unknown=unknown / 1000,
                wrong=wrong / 1000,
            )
        )
    return tuple(found)
