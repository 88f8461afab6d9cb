"""How an app is served: requests a second as they end now, latency by percentiles, error budget, errors."""

from __future__ import annotations

from opsconsole.cloud.apps import App
from opsconsole.cloud.latencies import PERCENTS, percentiles
from opsconsole.console.views.app_tabs import errors, head, rates, trend
from opsconsole.console.views.layout import Cell, Column, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import latency, share, span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar
from opsconsole.drills.figures import percent
from opsconsole.drills.measuring.apps import MONTH_DAYS, budget_days, slo_of
from opsconsole.drills.spec import Objective

MINUTE_US = 60_000_000
DAY_US = 86_400_000_000
GAUGE = 6
FULL, BUSY = 1000, 800
"""Use of a pool, in 1/1000, at which requests wait, and from which on they soon will."""


def service(scene: Scene, objective: Objective) -> list[Line]:
    """Whether users get what they ask for, how fast, what of a month's error budget is left, and what they are told."""
    app = scene.cloud.apps[scene.id]
    return [
        head(scene, app),
        *_availability(scene, app, objective),
        BLANK,
        *rates(scene, app),
        trend(scene, app),
        BLANK,
        *_latency(scene, app),
        BLANK,
        *errors(scene, app),
    ]


def _availability(scene: Scene, app: App, objective: Objective) -> list[Line]:
    """What share of due requests was served, lately and since the run began; the budget; the pool."""
    now = scene.cloud.now_us
    lately: list[Span] = []
    for words, since_us in (("1 min ", MINUTE_US), ("15 min ", 15 * MINUTE_US), ("in all ", now)):
        flow = app.books.between(max(0, now - since_us), now)
        text = share(flow.ok, flow.due)
        lately += [(words, "dim"), (f"{text:9}", "number" if text in ("100 %", "-") else "warn")]
    rows = [("available", lately), ("budget", _budget(scene, app, objective)), ("pool", _pool(app))]
    return pairs(rows, scene.width)


def _pool(app: App) -> list[Span]:
    """How much of the fullest pool is in use."""
    full = app.service.value.pool_permille
    style = "bad" if full >= FULL else "warn" if full > BUSY else "number"
    return [(f"{full // 10} %", style), (f" of {app.pool} connections in use, for each endpoint", "dim")]


def _latency(scene: Scene, app: App) -> list[Line]:
    found = app.service.value
    rows: list[tuple[str | None, list[Cell]]] = []
    for name, mean, writes, used in (
        ("writes", found.write_us, True, app.write_record is not None),
        ("reads", found.read_us, False, app.reads_at_all),
    ):
        if used:
            times = percentiles(scene.cloud, app, writes) if mean else ()
            shown = [mean, *times] if times else []
            cells: list[Cell] = [(latency(us), "number") for us in shown] or [("-", "dim")] * (1 + len(PERCENTS))
            rows.append((None, [name, *cells, (latency(app.timeout_us), "dim")]))
    heads = [Column("latency"), Column("mean", True, 8), *(Column(f"p{one}", True, 8) for one in PERCENTS)]
    return table([*heads, Column("timeout", True, 8)], rows, scene.width)


def _budget(scene: Scene, app: App, objective: Objective) -> list[Span]:
    """What of a month's error budget all bad requests since the run began have spent."""
    now, slo = scene.cloud.now_us, slo_of(objective)
    totals = app.books.at(now)
    if not scene.truth:  # that what it wrote is wrong is the truth, and nobody's monitoring shows it
        totals = totals._replace(writes_wrong=0)
    days = budget_days(totals, now, slo)
    if days is None:
        return [("none: 100 % is promised", "dim")]
    spent = days / MONTH_DAYS
    whole_us = round(MONTH_DAYS * DAY_US * (1 - slo / 100))
    style = "bad" if spent >= 1 else "warn" if spent >= 0.5 else "ok" if spent else "dim"
    left_us = max(0, round(whole_us * (1 - spent)))
    left: Span = (f"  {span(left_us)} left", "number" if left_us else "bad")
    gauge: list[Span] = [(bar(spent, GAUGE, scene.ascii), style), (f" {percent(100 * spent)} spent", style)]
    return [*gauge, left, (f" of {MONTH_DAYS} d at {slo:g} %", "dim")]
