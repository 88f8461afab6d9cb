"""The applications: what users feel. Their own monitoring sees it at once, so AWS's view shows the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from opsconsole.cloud import Cloud
from opsconsole.cloud.apps import App, Incident
from opsconsole.cloud.books import Flow
from opsconsole.console.order import ORDERS, Order
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, cells, left, right
from opsconsole.console.views.lines import Line
from opsconsole.console.views.quantities import latency, outage, rate, share, span
from opsconsole.console.views.spark import grid, spark
from opsconsole.console.views.states import State
from opsconsole.console.views.window import window

MINUTE_US = 60_000_000
TREND_US = 5 * MINUTE_US
STATE_WIDTH = 19
CLOSE_STATE = 16
SHORT_STATE = 11
NARROW = 46
STATED = 60
WIDE = 104


@dataclass(frozen=True, slots=True)
class Course:
    """How an app fares: its state, and the clock of the incident that is open."""

    state: State
    running_us: int | None


def open_incident(app: App) -> Incident | None:
    """The incident that has begun and is not over, if any."""
    return app.incidents[-1] if app.incidents and app.incidents[-1].ended_us is None else None


def course(cloud: Cloud, app: App, truth: bool = True) -> Course:
    """The state of an app, and for how long its incident has run: up to now, or up to when it was well again.

    That what it writes is wrong is the truth, and nobody's monitoring shows it.
    """
    incident, health = open_incident(app), app.health.value
    if incident is not None and health == "ok" and not app.well.value:
        wrong = State(glyphs.WARN, "wrong rows", "bad")
        return Course(wrong, cloud.now_us - incident.began_us) if truth else Course(states.of_app("ok", False), None)
    state = states.of_app(health, settling=incident is not None)
    if incident is None:
        return Course(state, None)
    since = app.well_again(incident)
    return Course(state, (cloud.now_us if since is None else since) - incident.began_us)


def incidents_shown(cloud: Cloud, app: App, truth: bool) -> list[Incident]:
    """Its incidents, the oldest first; without the one that is open if only the truth knows of it."""
    unknown = open_incident(app) is not None and course(cloud, app, truth).running_us is None
    return app.incidents[:-1] if unknown else app.incidents


def failed_shares(app: App, edges: list[int]) -> list[float | None]:
    """The share of due requests that did not succeed, step by step; None before the run or where nothing was due."""
    totals = app.books.due_and_ok([max(0, edge) for edge in edges])
    shares: list[float | None] = []
    for end, ((due, ok), (due_then, ok_then)) in zip(edges[1:], pairwise(totals), strict=True):
        fell_due = due_then - due
        shares.append(1 - (ok_then - ok) / fell_due if fell_due > 0 and end > 0 else None)
    return shares


def apps_view(
    cloud: Cloud,
    width: int,
    *,
    truth: bool = True,
    ascii: bool = False,
    selected: str | None = None,
    rows: int | None = None,
    order: Order = ORDERS["apps"][0],
) -> list[Line]:
    """One line per app: state, ok share of the last minute, p99, rate, and the failed share of the last five minutes.

    While an incident runs its clock stands beside the state. From 104 columns on also writes and reads apart, pool use
    and the time the last incident took. `rows`: only so many of them, around the selected one.
    """
    if not cloud.apps:
        return in_ascii([Row((" this fleet has no apps", "dim")).line(width)], ascii)
    sheet = _Sheet(cloud, width, truth, ascii, selected, order)
    shown = window(sorted_apps(cloud, order, truth), selected, rows)
    return in_ascii([shown.signed(sheet.head(), width), *(sheet.app(cloud.apps[id]) for id in shown.ids)], ascii)


def sorted_apps(cloud: Cloud, order: Order, truth: bool) -> list[str]:
    """The apps in an order; those that are equal by it by their names."""

    def ok_share(id: str) -> float:
        minute = last_minute(cloud, cloud.apps[id])
        return minute.ok / minute.due if minute.due else 1.0

    def due(id: str) -> float:
        app = cloud.apps[id]
        return app.writes * bool(app.writes_to) + app.reads * bool(app.reads_from)

    columns: dict[str, Callable[[str], float]] = {
        "state": lambda one: course(cloud, cloud.apps[one], truth).state.rank,
        "ok": ok_share,
        "p99": lambda one: cloud.apps[one].service.value.p99_us or 0,
        "due": due,
    }
    return order.sorted(list(cloud.apps), columns)


def last_minute(cloud: Cloud, app: App) -> Flow:
    """What its requests came to in the last minute."""
    return app.books.between(max(0, cloud.now_us - MINUTE_US), cloud.now_us)


class _Sheet:
    def __init__(self, cloud: Cloud, width: int, truth: bool, ascii: bool, selected: str | None, order: Order) -> None:
        self.order = order
        self.cloud, self.width, self.truth, self.ascii, self.selected = cloud, width, truth, ascii, selected
        name = min(16, max([3, *(cells(id) for id in cloud.apps)]))
        self.p99 = 7 if width >= NARROW else 0
        self.state = STATE_WIDTH if width >= STATED else CLOSE_STATE if width >= 36 else SHORT_STATE
        others = 1 + 1 + self.state + 8 + self.p99
        self.name = max(6, min(name, width - others))
        self.wide = width >= WIDE
        rest = width - others - self.name
        self.rate = 9 if rest >= 18 else 0
        more = 42 if self.wide else 0
        self.trend = max(0, min(30, rest - self.rate - more - 2))
        if self.trend < 6:
            self.trend = 0
        self.edges = grid(cloud.now_us, TREND_US, self.trend) if self.trend else []

    def head(self) -> Line:
        row = Row((" ", ""), key="apps")
        headed = self.order.headed
        row.add(left(headed("app"), self.name) + " " + left(headed("state"), self.state), "dim")
        row.add(right(headed("ok 1m"), 8) + right(headed("p99"), self.p99), "dim")
        if self.rate:
            row.add(right(headed("due"), self.rate), "dim")
        if self.wide:
            row.add(right("writes", 10) + right("reads", 10) + right("pool", 8) + right("last RTO", 12) + "  ", "dim")
        if self.trend:
            words = ("failed, 5 min", "failed 5m", "failed")
            fits = next((word for word in words if len(word) <= self.trend), words[-1])
            row.add("  " + left(fits, self.trend), "dim")
        return row.line(self.width)

    def app(self, app: App) -> Line:
        found = course(self.cloud, app, self.truth)
        minute = last_minute(self.cloud, app)
        service = app.service.value
        row = Row((" ", ""), ref=app.id, key=app.id)
        row.add(left(app.id, self.name), "selected" if self.selected == app.id else "").add(" ")
        row.add(left(self._state(found), self.state), found.state.style)
        ok = share(minute.ok, minute.due)
        row.add(right(ok, 8), "number" if ok in ("100 %", "-") else "warn")
        if self.p99:
            row.add(right(latency(service.p99_us) if service.p99_us else "-", self.p99), "number")
        if self.rate:
            row.add(
                right(rate(app.writes * bool(app.writes_to) + app.reads * bool(app.reads_from)), self.rate), "number"
            )
        if self.wide:
            row.add(right(share(minute.writes_ok, minute.writes_due), 10), "number")
            row.add(right(share(minute.reads_ok, minute.reads_due), 10), "number")
            row.add(right(f"{service.pool_permille // 10} %", 8), "number")
            row.add(right(_last_rto(app), 12), "number").add("  ")
        if self.trend:
            values = failed_shares(app, self.edges)
            bad = any(value for value in values)
            row.add("  ").add(spark(values, self.trend, self.ascii, high=1.0), "bad" if bad else "dim")
        return row.line(self.width)

    def _state(self, found: Course) -> str:
        """The state with as much of its clock as there is room for: `7 m 13 s`, `7 m`; no unit of it is cut."""
        if found.running_us is None:
            return found.state.text
        clock = span(found.running_us)
        texts = (f"{found.state.text} {shown}" for shown in (clock, " ".join(clock.split()[:2])))
        return next((text for text in texts if cells(text) <= self.state), found.state.text)


def _last_rto(app: App) -> str:
    ended = [i for i in app.incidents if i.ended_us is not None]
    return outage(ended[-1].ended_us - ended[-1].began_us) if ended and ended[-1].ended_us is not None else "-"
