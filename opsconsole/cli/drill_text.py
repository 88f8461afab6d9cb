"""What came of a drill, in a terminal: one line, or in full; and the distribution of many runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from opsconsole.cli.terminal import headed, say, say_list, table
from opsconsole.drills.distribution import percentile, reached_by
from opsconsole.drills.figures import clock, percent, span
from opsconsole.drills.result import AppResult, ChaosResult, CheckResult, DrillResult, Outcome, StepResult, Verdict

SIGNS: Final = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.INVALID: "?",
    Verdict.STOPPED: "■",
}
_OUTCOMES: Final = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.NOT_REACHED: "✗",
    Outcome.DONE: "✓",
    Outcome.REFUSED: "✗",
    Outcome.WITHHELD: "-",
}
SHARES: Final = (50, 95, 99, 100)
FAILED_SHOWN: Final = 20


def line(result: DrillResult) -> str:
    """One drill in one line."""
    return f"{SIGNS[result.verdict]} {result.verdict.value:8} {result.drill:24} {result.reason}"


def say_in_full(result: DrillResult) -> None:
    """Everything that decides: verdict, objectives, apps, checks, what was done.

    On a screen the tables are cut at its edge; the verdict and the command that replays it never are.
    """
    say(_head(result.drill, result.title, result.verdict, result.reason))
    parts = [*_objectives(result), _apps(result.apps), *_checks(result.checks), *_steps(result)]
    say_list("\n" + "\n\n".join(parts) + "\n")
    say(table([("again", result.command), ("log", f"{result.log_rows} rows, digest {result.log_digest}")], "  "))
    say("\n  Not evidence of the real system's RTO or RPO.")


def _head(drill: str, title: str, verdict: Verdict, reason: str) -> str:
    return f"SIMULATED  {drill}: {title}\n{SIGNS[verdict]} {verdict.value.upper()}  {reason}"


def _objectives(result: DrillResult) -> Iterator[str]:
    rows = [
        (f"{_OUTCOMES[one.outcome]} {one.app}", one.name, one.target, one.measured, one.margin, one.why)
        for one in result.objectives
    ]
    if rows:
        yield headed(("OBJECTIVE", "", ">TARGET", ">MEASURED", "MARGIN", "WHY"), rows, "  ")


def _apps(apps: Sequence[AppResult]) -> str:
    rows = [
        (
            app.app,
            span(app.rto_us),
            span(app.rpo_us),
            percent(app.availability_percent),
            f"{app.counts.writes_failed + app.counts.reads_failed:,}",
            f"{app.counts.writes_unknown:,}",
            f"{app.counts.lost:,}",
            f"{app.counts.discarded:,}",
            _where(app),
        )
        for app in apps
    ]
    headings = (
        "APP",
        ">RTO",
        ">RPO",
        ">AVAILABLE",
        ">FAILED",
        ">UNKNOWN",
        ">LOST",
        ">DISCARDED",
        "WHERE THE TIME WENT",
    )
    return headed(headings, rows, "  ")


def _where(app: AppResult) -> str:
    """The phases of its longest incident."""
    over = [one for one in app.incidents if one.recovered_us is not None]
    if not over:
        return ""
    longest = max(over, key=lambda one: one.rank)
    return ", ".join(f"{phase.name} {span(phase.ends_us - phase.begins_us)}" for phase in longest.phases)


def _checks(checks: Sequence[CheckResult]) -> Iterator[str]:
    rows = [
        (f"{_OUTCOMES[check.outcome]} {check.id}", check.text, check.outcome.value, check.seen, check.why)
        for check in checks
    ]
    if rows:
        yield headed(("CHECK", "", "", "SEEN", "WHY"), rows, "  ")


def _sign(step: StepResult, wanted: Mapping[str, None]) -> str:
    """No cross for a refusal that was wanted, nor for a stop that was not needed."""
    if step.outcome is Outcome.REFUSED and step.id in wanted:
        return "✓"
    return "-" if step.kind == "stop" and step.outcome is Outcome.NOT_REACHED else _OUTCOMES[step.outcome]


def _steps(result: DrillResult) -> Iterator[str]:
    kept = [check.id for check in result.checks if check.kind == "refused" and check.outcome is Outcome.PASSED]
    wanted = dict.fromkeys(kept)
    rows = [
        (
            f"{_sign(step, wanted)} {'' if step.begun_us is None else clock(step.begun_us)}",
            step.kind,
            step.text,
            step.outcome.value if step.outcome is not Outcome.DONE else "",
            f"{step.code}: {step.sentence}" if step.code else step.sentence,
        )
        for step in result.steps
    ]
    if rows:
        yield headed(("DONE", "", "", "", ""), rows, "  ")


def distribution(result: ChaosResult) -> str:
    """Many runs: the share that passed, how RTO, RPO and availability are spread, and the seeds that failed."""
    head = _head(result.drill, result.title, result.verdict, result.reason)
    apps = sorted({app for run in result.runs for app in run.rto_us})
    rows = [row for app in apps for row in _spread(result, app)]
    parts = [head]
    if rows:
        parts.append(headed(("APP", "", ">P50", ">P95", ">P99", ">WORST", ""), rows, "  "))
    failed = [run for run in result.runs if run.verdict is not Verdict.PASSED]
    if failed:
        shown = [(f"seed {run.seed}", run.verdict.value, run.reason, run.command) for run in failed[:FAILED_SHOWN]]
        more = f"\n  and {len(failed) - FAILED_SHOWN} more" if len(failed) > FAILED_SHOWN else ""
        parts.append(table(shown, "  ") + more)
    parts.append(f"  again  {result.command}\n  Not evidence of the real system's RTO or RPO.")
    return "\n\n".join(parts)


def _spread(result: ChaosResult, app: str) -> Iterator[tuple[str, ...]]:
    rtos = [run.rto_us[app] for run in result.runs]
    yield (app, "RTO", *(span(percentile(rtos, p)) for p in SHARES), "")
    rpos = [run.rpo_us[app] for run in result.runs]
    if any(rpos):
        yield (app, "RPO", *(span(percentile(rpos, p)) for p in SHARES), "")
    shares = [run.availability_percent[app] for run in result.runs]
    yield (app, "available", *(percent(reached_by(shares, p)) for p in SHARES), "")
