"""What came of a drill, in a terminal: one line, or in full; and the distribution of many runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from opsconsole.cli.script import clock
from opsconsole.cli.terminal import headed, say, say_list, table
from opsconsole.drills.result import AppResult, ChaosResult, CheckResult, DrillResult, Outcome, Verdict

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
SECOND_US: Final = 1_000_000
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
            "not recovered" if app.rto_us is None else _seconds(app.rto_us),
            _seconds(app.rpo_us),
            f"{app.availability_percent:.3f} %",
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
    longest = max(over, key=lambda one: (one.recovered_us or 0) - one.begins_us)
    return ", ".join(f"{phase.name} {_seconds(phase.ends_us - phase.begins_us)}" for phase in longest.phases)


def _checks(checks: Sequence[CheckResult]) -> Iterator[str]:
    rows = [
        (f"{_OUTCOMES[check.outcome]} {check.id}", check.text, check.outcome.value, check.seen, check.why)
        for check in checks
    ]
    if rows:
        yield headed(("CHECK", "", "", "SEEN", "WHY"), rows, "  ")


def _steps(result: DrillResult) -> Iterator[str]:
    rows = [
        (
            f"{_OUTCOMES[step.outcome]} {'' if step.begun_us is None else clock(step.begun_us)}",
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
    never = sum(one is None for one in rtos)
    known = sorted(one for one in rtos if one is not None)
    note = f"not recovered in {never}" if never else ""
    if known:
        yield (app, "RTO", *(_seconds(quantile(known, p)) for p in (50, 95, 99, 100)), note)
    rpos = sorted(run.rpo_us[app] for run in result.runs)
    if any(rpos):
        yield (app, "RPO", *(_seconds(quantile(rpos, p)) for p in (50, 95, 99, 100)), "")
    shares = sorted((run.availability_percent[app] for run in result.runs), reverse=True)
    if shares:
        yield (app, "available", *(f"{quantile(shares, p):.3f} %" for p in (50, 95, 99, 100)), "")


def quantile(ordered: Sequence[float], percent: int) -> float:
    """The value below or at which that share of an ordered list lies."""
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100) - 1))]


def _seconds(us: float) -> str:
    return f"{us / SECOND_US:,.1f} s"
