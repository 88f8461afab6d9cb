"""Two results side by side: what each app felt in the one and in the other, how far apart that is, and which is better.

A drill is compared with a drill, many runs with many runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from opsconsole.drills.distribution import percentile, reached_by
from opsconsole.drills.figures import NOT_RECOVERED, count, decimal, percent, span
from opsconsole.drills.result import AppResult, ChaosResult, DrillResult, RunSummary, Verdict

HEADINGS = ("APP", "WHAT", ">A", ">B", ">B − A", "BETTER")
"""The columns of a comparison; `>` marks those that stand to the right."""

_PERCENTILES = (50, 95, 99)
_DIGEST = 12  # characters: enough to see that two are not the same

N = TypeVar("N", int, float)


class Line(NamedTuple):
    """One thing of both: what it is about, both values, their difference as people write it, and which is better."""

    app: str  # empty: of the whole drill
    what: str
    a: str
    b: str
    difference: str = ""
    better: str = ""  # `A`, `B`, or empty: they are the same, or neither is better


class CannotCompare(Exception):
    """Two results of different kinds; the text says which is what."""


def compare(a: DrillResult | ChaosResult, b: DrillResult | ChaosResult) -> list[Line]:
    """Every line of a comparison. Raises ``CannotCompare`` for a drill against many runs."""
    if isinstance(a, DrillResult) and isinstance(b, DrillResult):
        return [*_drills(a, b)]
    if isinstance(a, ChaosResult) and isinstance(b, ChaosResult):
        return [*_many(a, b)]
    kinds = ["one run" if isinstance(result, DrillResult) else "many runs" for result in (a, b)]
    raise CannotCompare(
        f"A is {kinds[0]} of {a.drill}, B is {kinds[1]} of {b.drill}: compare one run with one run, "
        "or many runs (`--runs`) with many runs"
    )


def _drills(a: DrillResult, b: DrillResult) -> Iterable[Line]:
    yield _verdicts(a.verdict, b.verdict)
    yield from _differing(
        ("drill", a.drill, b.drill),
        ("drill's text", a.drill_digest[:_DIGEST], b.drill_digest[:_DIGEST]),
        ("fleet", a.fleet, b.fleet),
        ("fleet's text", a.fleet_digest[:_DIGEST], b.fleet_digest[:_DIGEST]),
        ("seed", str(a.seed), str(b.seed)),
        ("settings", " ".join(a.settings) or "none", " ".join(b.settings) or "none"),
        ("catalog", a.catalog, b.catalog),
        ("version", a.product, b.product),
    )
    of_a, of_b = ({app.app: app for app in result.apps} for result in (a, b))
    for name in dict.fromkeys((*of_a, *of_b)):
        if name in of_a and name in of_b:
            yield from _apps(of_a[name], of_b[name])
        else:
            yield Line(name, "is in", "yes" if name in of_a else "no", "yes" if name in of_b else "no")


def _apps(a: AppResult, b: AppResult) -> Iterable[Line]:
    app = a.app
    yield _less(app, "rto", a.rto_us, b.rto_us, span)
    yield from _phases(a, b)
    yield _less(app, "rpo", a.rpo_us, b.rpo_us, span)
    yield _less(app, "lost", a.counts.lost, b.counts.lost, count)
    yield _less(app, "discarded", a.counts.discarded, b.counts.discarded, count)
    yield _less(app, "wrong still there", a.counts.wrong_present, b.counts.wrong_present, count)
    yield _more(app, "availability", a.availability_percent, b.availability_percent)
    if a.budget_days is not None and b.budget_days is not None:
        yield _less(app, "days of error budget", a.budget_days, b.budget_days, _days)
    for name, of in (("p50", 50), ("p95", 95), ("max", 100)):
        yield _less(app, f"served again, {name}", _worst(a, of), _worst(b, of), span)
    stale = (("p95", a.staleness.p95_s, b.staleness.p95_s), ("max", a.staleness.max_s, b.staleness.max_s))
    for name, seconds_a, seconds_b in stale:
        yield _less(app, f"staleness, {name}", round(seconds_a * 1_000_000), round(seconds_b * 1_000_000), span)


def _phases(a: AppResult, b: AppResult) -> Iterable[Line]:
    """Where the time of the longest incident of each went; a phase that one of them has not took no time there."""
    of_a, of_b = _phase_lengths(a), _phase_lengths(b)
    for name in dict.fromkeys((*of_a, *of_b)):
        yield _less(a.app, f"  {name}", of_a.get(name, 0), of_b.get(name, 0), span)


def _phase_lengths(app: AppResult) -> dict[str, int]:
    lengths: dict[str, int] = {}
    incident = max(app.incidents, key=lambda found: found.rank, default=None)
    for phase in incident.phases if incident else ():
        lengths[phase.name] = lengths.get(phase.name, 0) + phase.ends_us - phase.begins_us
    return lengths


def _worst(app: AppResult, of: int) -> int | None:
    """The longest of its incidents' times until so many percent were served again."""
    found = [{50: incident.p50_us, 95: incident.p95_us, 100: incident.max_us}[of] for incident in app.incidents]
    return percentile(found, 100) if found else 0


def _many(a: ChaosResult, b: ChaosResult) -> Iterable[Line]:
    yield _verdicts(a.verdict, b.verdict)
    yield from _differing(
        ("drill", a.drill, b.drill),
        ("runs", count(len(a.runs)), count(len(b.runs))),
        ("first seed", str(a.first_seed), str(b.first_seed)),
    )
    if not (a.runs and b.runs):
        return
    shares = [sum(run.verdict is Verdict.PASSED for run in c.runs) * 100 / len(c.runs) for c in (a, b)]
    yield _more("", "passed", *shares)
    for app in sorted({app for result in (a, b) for run in result.runs for app in run.availability_percent}):
        yield from _spread(app, "rto", a.runs, b.runs, lambda run: run.rto_us, span)
        yield from _spread(app, "rpo", a.runs, b.runs, lambda run: run.rpo_us, span)
        yield from _spread(app, "lost", a.runs, b.runs, lambda run: run.lost, count)
        yield from _spread(app, "discarded", a.runs, b.runs, lambda run: run.discarded, count)
        for of in _PERCENTILES:
            reached = [_reached(app, result.runs, of) for result in (a, b)]
            if reached[0] is not None and reached[1] is not None:
                yield _more(app, f"availability, {of} % reach", reached[0], reached[1])


def _spread(
    app: str,
    what: str,
    a: Sequence[RunSummary],
    b: Sequence[RunSummary],
    of_run: Callable[[RunSummary], dict[str, int] | dict[str, int | None]],
    written: Callable[[int], str],
) -> Iterable[Line]:
    of_a, of_b = ([of_run(run)[app] for run in runs if app in of_run(run)] for runs in (a, b))
    if of_a and of_b:
        for of in _PERCENTILES:
            yield _less(app, f"{what}, p{of}", percentile(of_a, of), percentile(of_b, of), written)


def _reached(app: str, runs: Sequence[RunSummary], of: int) -> float | None:
    shares = [run.availability_percent[app] for run in runs if app in run.availability_percent]
    return reached_by(shares, of) if shares else None


def _verdicts(a: Verdict, b: Verdict) -> Line:
    """Passing is better than anything else; of the others none is better: they say different things."""
    passed = [verdict is Verdict.PASSED for verdict in (a, b)]
    return Line("", "verdict", a.value, b.value, better=_better(passed[0], passed[1]))


def _differing(*both: tuple[str, str, str]) -> Iterable[Line]:
    """What is not the same in both, so that nobody compares what cannot be compared without knowing it."""
    return (Line("", what, a, b, "differs") for what, a, b in both if a != b)


def _less(app: str, what: str, a: N | None, b: N | None, written: Callable[[N], str]) -> Line:
    """A line of something of which less is better; None (not recovered) is worse than any number."""
    words_a, words_b = (NOT_RECOVERED if value is None else written(value) for value in (a, b))
    if a is None or b is None:
        return Line(app, what, words_a, words_b, better=_better(a is not None, b is not None))
    return Line(app, what, words_a, words_b, _signed(b - a, written), _better(b > a, a > b))


def _more(app: str, what: str, a: float, b: float) -> Line:
    """A line of a share in percent of which more is better."""
    return Line(app, what, percent(a), percent(b), _signed(b - a, _points), _better(a > b, b > a))


def _better(a: bool, b: bool) -> str:
    return "" if a == b else "A" if a else "B"


def _signed(difference: N, written: Callable[[N], str]) -> str:
    if difference == 0:
        return "="
    return f"+{written(difference)}" if difference > 0 else f"−{written(-difference)}"


def _points(difference: float) -> str:
    return f"{decimal(difference, 3)} points"


def _days(days: float) -> str:
    return f"{decimal(days, 1)} d"
