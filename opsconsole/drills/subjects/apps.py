"""What can be asked of an app: what its users get now, how fast, and what has become of its writes."""

from __future__ import annotations

from typing import Final

from opsconsole.cloud.apps import App
from opsconsole.cloud.books import REQUEST, Flow
from opsconsole.cloud.losses import Account, account
from opsconsole.drills.subjects.base import SECOND_US, Kind, Quantity, Scene, percent
from opsconsole.drills.values import Unit, Value


def _rates(app: App, t: int) -> Flow:
    return app.books.rates_at(t)


def _account(scene: Scene, app: App, t: int) -> Account:
    return account(scene.cloud, app.id, t)


def _availability(scene: Scene, app: App, t: int) -> Value:
    totals = app.books.at(t)
    return percent(totals.writes_right + totals.reads_ok, totals.due)


def _region(scene: Scene, app: App, t: int) -> Value:
    zones = app.routed.at(t)
    return scene.cloud.places.region_of(zones[0]).name if zones else ""


def _error(scene: Scene, app: App, t: int) -> Value:
    errors = app.service.at(t).errors
    return errors[0][0] if errors else ""


APPS: Final[Kind[App]] = Kind(
    "app",
    lambda cloud: cloud.apps,
    lambda cloud, name: cloud.apps.get(name),
    (
        Quantity(
            "writes.ok",
            Unit.PERCENT,
            "writes that succeed, of those due",
            lambda s, a, t: percent(_rates(a, t).writes_ok, _rates(a, t).writes_due),
        ),
        Quantity(
            "reads.ok",
            Unit.PERCENT,
            "reads that succeed, of those due",
            lambda s, a, t: percent(_rates(a, t).reads_ok, _rates(a, t).reads_due),
        ),
        Quantity(
            "ok",
            Unit.PERCENT,
            "requests that succeed, of those due",
            lambda s, a, t: percent(_rates(a, t).ok, _rates(a, t).due),
        ),
        Quantity("writes.due", Unit.RATE, "writes that users ask for", lambda s, a, t: _rates(a, t).writes_due / 1000),
        Quantity("reads.due", Unit.RATE, "reads that users ask for", lambda s, a, t: _rates(a, t).reads_due / 1000),
        Quantity(
            "writes.failed",
            Unit.RATE,
            "writes that end with an error",
            lambda s, a, t: _rates(a, t).writes_failed / 1000,
        ),
        Quantity(
            "writes.unknown",
            Unit.RATE,
            "writes of which nobody knows whether they are done",
            lambda s, a, t: _rates(a, t).writes_unknown / 1000,
        ),
        Quantity(
            "reads.failed", Unit.RATE, "reads that end with an error", lambda s, a, t: _rates(a, t).reads_failed / 1000
        ),
        Quantity(
            "reads.stale",
            Unit.PERCENT,
            "reads that show data older than a second, of those that succeed",
            lambda s, a, t: percent(_rates(a, t).reads_stale, _rates(a, t).reads_ok),
        ),
        Quantity("health", Unit.TEXT, "ok, impaired or failing", lambda s, a, t: a.health.at(t)),
        Quantity("error", Unit.TEXT, "what most of its errors say", _error),
        Quantity(
            "p99", Unit.DURATION, "99th percentile of latency", lambda s, a, t: a.service.at(t).p99_us / SECOND_US
        ),
        Quantity(
            "writes.p99",
            Unit.DURATION,
            "99th percentile of the latency of writes",
            lambda s, a, t: a.service.at(t).write_p99_us / SECOND_US,
        ),
        Quantity(
            "reads.p99",
            Unit.DURATION,
            "99th percentile of the latency of reads",
            lambda s, a, t: a.service.at(t).read_p99_us / SECOND_US,
        ),
        Quantity(
            "writes.latency",
            Unit.DURATION,
            "mean latency of writes",
            lambda s, a, t: a.service.at(t).write_us / SECOND_US,
        ),
        Quantity(
            "reads.latency", Unit.DURATION, "mean latency of reads", lambda s, a, t: a.service.at(t).read_us / SECOND_US
        ),
        Quantity(
            "pool", Unit.PERCENT, "connections in use, of its pool", lambda s, a, t: a.service.at(t).pool_permille / 10
        ),
        Quantity("region", Unit.TEXT, "the Region where its users are served", _region),
        Quantity("availability", Unit.PERCENT, "good requests of those due, since the begin", _availability, True),
        Quantity(
            "lost",
            Unit.NUMBER,
            "acknowledged writes that its database has not, and nobody gave up",
            lambda s, a, t: _account(s, a, t).lost / REQUEST,
            True,
        ),
        Quantity(
            "discarded",
            Unit.NUMBER,
            "good acknowledged writes that a rewind or a restore gave up",
            lambda s, a, t: _account(s, a, t).discarded / REQUEST,
            True,
        ),
        Quantity(
            "wrong",
            Unit.NUMBER,
            "wrong rows of its in the database it writes to",
            lambda s, a, t: _account(s, a, t).wrong_present / REQUEST,
            True,
        ),
    ),
)
