"""The report of many runs of one drill: how many passed, how long recovery took in them, which seeds failed."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.drills.distribution import interval, percentile, rank, reached_by
from opsconsole.drills.figures import count, decimal, percent, plural, span
from opsconsole.drills.report.histogram import histogram
from opsconsole.drills.report.markup import Html, element, join
from opsconsole.drills.report.parts import badge, code, command, facts, note, section, table, verdict, verdict_class
from opsconsole.drills.result import ChaosResult, RunSummary, Verdict

_MOST_RUNS = 200
_SHARE = 400.0


def chaos_opening(result: ChaosResult) -> Html:
    """The verdict over all runs."""
    word = element("p", badge(verdict_class(result.verdict), result.verdict.value), class_="verdict")
    return element(
        "header",
        element("p", "Report of many runs", class_="kicker"),
        element("h1", result.title),
        element("div", word, element("p", result.reason, class_="reason"), class_="ending"),
        command("Replay all", result.command),
        facts(
            (
                ("Drill", result.drill),
                ("Runs", _runs(result)),
                ("Seeds", f"{result.first_seed} to {result.first_seed + max(0, result.asked - 1)}"),
                ("Needed", f"{decimal(result.need_percent, 3)} % of the runs"),
            )
        ),
        class_=f"opening {verdict_class(result.verdict)}",
        id="verdict",
    )


def _runs(result: ChaosResult) -> str:
    done = len(result.runs)
    return count(done) if done == result.asked else f"{count(done)} of {count(result.asked)} asked for"


def chaos_sections(result: ChaosResult) -> list[tuple[str, str, Html]]:
    """Everything after the verdict, each with the word that leads to it."""
    if not result.runs:
        return [("share", "Runs", section("share", "Runs", element("p", "No run was made.")))]
    return [
        ("share", "Passed", _share_section(result)),
        ("rto", "RTO", _spread_section("rto", "Recovery time (RTO)", result, "rto_us")),
        ("rpo", "RPO", _spread_section("rpo", "Data lost (RPO)", result, "rpo_us")),
        ("service", "Availability", _service_section(result)),
        ("failed", "Failed seeds", _failed_section(result)),
    ]


def _share_section(result: ChaosResult) -> Html:
    done = len(result.runs)
    passed = sum(run.verdict is Verdict.PASSED for run in result.runs)
    low, high = interval(passed, done)
    enough = passed * 100 >= result.need_percent * done
    return section(
        "share",
        "How many passed",
        element(
            "p",
            element("strong", percent(passed * 100 / done)),
            f" {passed:,} of {plural(done, 'run')} ",
            class_="figure",
        ),
        _share_bar(passed / done, result.need_percent / 100),
        element(
            "p",
            badge("good", "enough") if enough else badge("bad", "too few"),
            f" {decimal(result.need_percent, 3)} % are needed.",
        ),
        note(f"So many runs say that the true share lies between {low:.1f} % and {high:.1f} %, with 95 % confidence."),
        table(("Ended", "Runs"), [(verdict(v), count(n)) for v, n in _by_verdict(result.runs) if n], numeric=(1,)),
    )


def _by_verdict(runs: Sequence[RunSummary]) -> list[tuple[Verdict, int]]:
    return [(ended, sum(run.verdict is ended for run in runs)) for ended in Verdict]


def _share_bar(share: float, need: float) -> Html:
    label = f"{share * 100:.1f} % passed, {need * 100:.1f} % needed"
    return element(
        "svg",
        element("title", label),
        element("rect", x=0, y=3, width=_SHARE, height=8, rx=1, class_="area failed"),
        element("rect", x=0, y=3, width=_SHARE * share, height=8, rx=1, class_="area ok") if share > 0 else None,
        element("path", d=f"M{_SHARE * need:.1f} 0V14", class_="gauge-limit"),
        viewBox=f"0 0 {_SHARE:.0f} 14",
        class_="share-box",
        role="img",
        aria_label=label,
        preserveAspectRatio="none",
    )


def apps_of(result: ChaosResult) -> list[str]:
    """Every app that any run tells of, in order."""
    return sorted({app for run in result.runs for app in (*run.rto_us, *run.availability_percent)})


def _spread_section(id: str, title: str, result: ChaosResult, field: str) -> Html:
    """A histogram for each app, and the same in numbers."""
    drawn: list[Html] = []
    rows: list[tuple[str, ...]] = []
    for app in apps_of(result):
        values: list[int | None] = [
            of_run[app] for run in result.runs if app in (of_run := run.rto_us if field == "rto_us" else run.rpo_us)
        ]
        if values:
            rows.append((app, *(span(percentile(values, p)) for p in (50, 95, 99, 100))))
            drawn.append(join(element("h3", app), histogram(values, f"{title} of {app}")))
    return section(id, title, table(("App", "p50", "p95", "p99", "Worst"), rows, numeric=(1, 2, 3, 4)), drawn)


def _service_section(result: ChaosResult) -> Html:
    rows = []
    for app in apps_of(result):
        shares = [run.availability_percent[app] for run in result.runs if app in run.availability_percent]
        lost = sorted(run.lost[app] for run in result.runs if app in run.lost)
        gone = sorted(run.discarded[app] for run in result.runs if app in run.discarded)
        rows.append(
            (
                app,
                *(percent(reached_by(shares, p)) if shares else "–" for p in (50, 95, 99, 100)),
                *(count(values[rank(len(values), 99)]) if values else "–" for values in (lost, gone)),
            )
        )
    headings = ("App", "Half reach", "95 % reach", "99 % reach", "Worst", "Writes lost, p99", "Discarded, p99")
    return section(
        "service",
        "Availability and lost writes",
        table(headings, rows, numeric=range(1, len(headings))),
    )


def _failed_section(result: ChaosResult) -> Html:
    failed = [run for run in result.runs if run.verdict is not Verdict.PASSED]
    if not failed:
        return section("failed", "Failed seeds", element("p", badge("good", "none"), " Every run passed."))
    rows = [
        (verdict(run.verdict), str(run.seed), join(run.reason, element("div", code(run.command)), _digest(run)))
        for run in failed[:_MOST_RUNS]
    ]
    left_out = len(failed) - _MOST_RUNS
    return section(
        "failed",
        "Failed seeds",
        table(("Ended", "Seed", "Why"), rows, numeric=(1,), stacks=True),
        note(f"{plural(left_out, 'run')} more: all of them stand in result.json.") if left_out > 0 else None,
    )


def _digest(run: RunSummary) -> Html:
    return element("span", "event log ", run.log_digest, class_="digest")
