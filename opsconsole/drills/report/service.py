"""Section 6: what the whole drill cost each app: availability, error budget, staleness, and every count."""

from __future__ import annotations

from opsconsole.drills.figures import count, decimal, percent
from opsconsole.drills.report.markup import Html, element
from opsconsole.drills.report.parts import note, section, table
from opsconsole.drills.result import AppResult, DrillResult


def service_section(result: DrillResult) -> Html:
    """Section 6."""
    return section(
        "service",
        "Availability, error budget, staleness",
        table(
            ("App", "Available", "Minutes under threshold", "Objective of a month", "Days of its budget"),
            [_availability(app) for app in result.apps],
            numeric=(1, 2, 3, 4),
        ),
        element("h3", "How old what reads showed was"),
        table(
            ("App", "Half of them up to", "95 % up to", "The oldest", "Older than a second"),
            [_staleness(app) for app in result.apps],
            numeric=(1, 2, 3, 4),
        ),
        element("h3", "Requests"),
        table(
            ("App", "", "Due", "Ok", "Failed", "Unknown", "Wrong", "Stale"),
            [row for app in result.apps for row in _requests(app)],
            numeric=range(2, 8),
        ),
        note(
            "Failed: the app was told so. Unknown: it never learnt how the write ended, as after a timeout; those that "
            "are there all the same are no error. What was due and never sent counts as failed."
        ),
    )


def _availability(app: AppResult) -> tuple[str, ...]:
    return (
        app.app,
        percent(app.availability_percent),
        decimal(app.minutes_under_threshold, 1),
        percent(app.slo_percent),
        "–" if app.budget_days is None else decimal(app.budget_days, 1),
    )


def _staleness(app: AppResult) -> tuple[str, ...]:
    stale = app.staleness
    return (
        app.app,
        f"{decimal(stale.p50_s, 3)} s",
        f"{decimal(stale.p95_s, 3)} s",
        f"{decimal(stale.max_s, 3)} s",
        f"{decimal(stale.stale_percent, 3)} %",
    )


def _requests(app: AppResult) -> list[tuple[str, ...]]:
    """A row for its writes and one for its reads."""
    of = app.counts
    writes = (of.writes_due, of.writes_ok, of.writes_failed, of.writes_unknown, of.writes_wrong)
    reads = (of.reads_due, of.reads_ok, of.reads_failed)
    return [
        (app.app, "writes", *map(count, writes), "–"),
        (app.app, "reads", *map(count, reads), "–", "–", count(of.reads_stale)),
    ]
