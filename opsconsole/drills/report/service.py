"""Section 6: what the whole drill cost each app: availability, error budget, staleness, and every count."""

from __future__ import annotations

from opsconsole.drills.figures import count, decimal, percent
from opsconsole.drills.report.markup import Html, element
from opsconsole.drills.report.parts import note, section, table
from opsconsole.drills.result import AppResult, DrillResult

_COUNTS = (
    ("writes due", "writes_due"),
    ("writes ok", "writes_ok"),
    ("writes failed", "writes_failed"),
    ("writes unknown", "writes_unknown"),
    ("writes wrong", "writes_wrong"),
    ("reads due", "reads_due"),
    ("reads ok", "reads_ok"),
    ("reads failed", "reads_failed"),
    ("reads stale", "reads_stale"),
    ("acknowledged", "acknowledged"),
    ("of them lost", "lost"),
    ("of them discarded", "discarded"),
    ("wrong removed", "wrong_removed"),
    ("wrong still there", "wrong_present"),
    ("unknown but there", "unknown_present"),
)
"""Every count, as people call it and as the result does."""


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
        _counts(result),
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
        decimal(app.budget_days, 1),
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


def _counts(result: DrillResult) -> Html:
    """One row a count, one column an app."""
    values = [app.counts.model_dump() for app in result.apps]
    rows = [(words, *(count(of_app[field]) for of_app in values)) for words, field in _COUNTS]
    return table(("", *(app.app for app in result.apps)), rows, numeric=range(1, len(values) + 1))
