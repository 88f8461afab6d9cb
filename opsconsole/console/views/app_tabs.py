"""An app, as its own monitoring sees it: requests, latency, errors, what its processes hold, its incidents."""

from __future__ import annotations

from opsconsole.cloud.apps import App
from opsconsole.cloud.books import REQUEST, Flow
from opsconsole.cloud.losses import Account, account, database_of
from opsconsole.cloud.names import Record
from opsconsole.cloud.writelog import WRITE
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.apps import course, failed_shares, incidents_shown
from opsconsole.console.views.endpoints import NOBODY, holdings
from opsconsole.console.views.glyphs import ARROW
from opsconsole.console.views.layout import Cell, Column, Row, clean, heading, left, pairs, paragraph, right, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, outage, rate, share, span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import grid, spark
from opsconsole.fleet import Tls

MINUTE_US = 60_000_000
TREND_US = 15 * MINUTE_US
ERRORS = 8
INCIDENTS = 12


def requests(scene: Scene) -> list[Line]:
    """Rates, latency, pool, errors, and totals since the run began."""
    app = scene.cloud.apps[scene.id]
    return [
        head(scene, app),
        BLANK,
        *rates(scene, app),
        BLANK,
        *_service(scene, app),
        trend(scene, app),
        BLANK,
        *errors(scene, app),
        BLANK,
        *_totals(scene, app),
    ]


def head(scene: Scene, app: App) -> Line:
    """The app, its state, the clock of its incident."""
    found = course(scene.cloud, app, scene.truth)
    row = Row((" ", ""), (app.id, "title"), ("  ", ""), (found.state.text, found.state.style), ref=app.id)
    if found.running_us is not None:
        row.add(f"  incident {span(found.running_us)}", found.state.style)
    if app.paused:
        row.add("  writes are paused", "warn")
    return row.line(scene.width)


def rates(scene: Scene, app: App) -> list[Line]:
    """Requests per second as they end now."""
    flow = app.books.rates_at(scene.cloud.now_us)
    rows: list[tuple[str | None, list[Cell]]] = []
    if app.writes_to:
        cells: list[Cell] = ["writes", rate(flow.writes_due), (rate(flow.writes_ok), "number")]
        cells += [_trouble(flow.writes_failed), _trouble(flow.writes_unknown), ("-", "dim")]
        rows.append((None, [*cells, (share(flow.writes_ok, flow.writes_due), "number")]))
    if app.reads_from:
        cells = ["reads", rate(flow.reads_due), (rate(flow.reads_ok), "number")]
        cells += [_trouble(flow.reads_failed), ("-", "dim"), _trouble(flow.reads_stale)]
        rows.append((None, [*cells, (share(flow.reads_ok, flow.reads_due), "number")]))
    heads = [Column("now"), *(Column(title, True, 8) for title in ("due", "ok", "failed", "unknown", "stale", "share"))]
    return table(heads, rows, scene.width)


def _trouble(milli_per_s: int) -> Cell:
    return (rate(milli_per_s), "bad") if milli_per_s else ("0/s", "dim")


def _service(scene: Scene, app: App) -> list[Line]:
    service = app.service.value
    rows: list[tuple[str, list[Span]]] = []
    for title, mean, tail, used in (
        ("writes take", service.write_us, service.write_p99_us, bool(app.writes_to)),
        ("reads take", service.read_us, service.read_p99_us, bool(app.reads_from)),
    ):
        if used:
            text = f"{latency(mean)} on average, p99 {latency(tail)}" if tail else "-"
            rows.append((title, [(text, "number"), (f"  timeout {latency(app.timeout_us)}", "dim")]))
    full = service.pool_permille
    pool: Span = (
        f"{full // 10} % of {app.pool} connections in use",
        "bad" if full >= 1000 else "warn" if full > 800 else "",
    )
    rows.append(("pool", [pool, ("  for each endpoint", "dim")]))
    rows.append(("connected to", [(", ".join(f"{id} {n}" for id, n in service.connections) or "nobody", "")]))
    return pairs(rows, scene.width)


def trend(scene: Scene, app: App) -> Line:
    """The failed share of the last quarter of an hour."""
    columns = max(10, min(60, scene.width - 32))
    values = failed_shares(app, grid(scene.cloud.now_us, TREND_US, columns))
    bad = any(value for value in values)
    row = Row((" ", ""), ("failed, 15 min  ", "dim"))
    return row.add(spark(values, columns, scene.ascii, high=1.0), "bad" if bad else "dim").line(scene.width)


def errors(scene: Scene, app: App) -> list[Line]:
    """What its clients are told now."""
    told = app.service.value.errors
    lines = [heading("errors now", scene.width, ("  as its clients see them", "dim"))]
    if not told:
        return [*lines, Row((" none", "dim")).line(scene.width)]
    for text, milli_per_s in told[:ERRORS]:
        row = Row((" ", ""), (right(rate(milli_per_s), 9), "bad"), ("  ", ""), (clean(text), ""))
        lines.append(row.line(scene.width))
    if len(told) > ERRORS:
        lines.append(Row((f" and {len(told) - ERRORS} other errors", "dim")).line(scene.width))
    return lines


def _totals(scene: Scene, app: App) -> list[Line]:
    total = app.books.at(scene.cloud.now_us)
    rows: list[tuple[str | None, list[Cell]]] = []
    if app.writes_to:
        figures = (total.writes_due, total.writes_ok, total.writes_failed, total.writes_unknown)
        rows.append((None, ["writes", *_whole(figures), ("-", "dim"), share(total.writes_ok, total.writes_due)]))
    if app.reads_from:
        figures = (total.reads_due, total.reads_ok, total.reads_failed, total.reads_stale)
        due, ok, failed, stale = _whole(figures)
        rows.append((None, ["reads", due, ok, failed, ("-", "dim"), stale, share(total.reads_ok, total.reads_due)]))
    heads = [Column("in all")]
    heads += [Column(title, True, 8) for title in ("due", "ok", "failed", "unknown", "stale", "share")]
    return [*table(heads, rows, scene.width), *(_kept(scene, app) if scene.truth else [])]


def _whole(nano: tuple[int, ...]) -> list[Cell]:
    return [(count(one // REQUEST), "number") for one in nano]


def _kept(scene: Scene, app: App) -> list[Line]:
    """Which acknowledged writes its database still has: the RPO, in writes."""
    if database_of(scene.cloud, app.id) is None or app.writes_to is None:
        return []
    kept = account(scene.cloud, app.id)
    row = Row((" acknowledged and lost  ", "dim"), key="lost")
    lost = kept.lost // WRITE
    row.add(f"{count(lost)} writes" if lost else "none", "bad" if lost else "ok").add(
        f"  in {app.writes_to.partition('.')[0]}", "dim"
    )
    if kept.unknown_present // WRITE:
        row.add(f"   written although unknown to the app: {count(kept.unknown_present // WRITE)}", "warn")
    return [row.line(scene.width), *_harm(scene, kept)]


def _harm(scene: Scene, kept: Account) -> list[Line]:
    """What a rewind or a restore gave up, and what a bad deploy wrote: only where there is any."""
    figures = (
        ("good writes discarded", kept.discarded, "warn"),
        ("wrong ones removed", kept.wrong_removed, "ok"),
        ("wrong rows in it", kept.wrong_present, "bad"),
    )
    row = Row((" ", ""), key="harm")
    for words, nano, style in figures:
        if nano // WRITE:
            row.add(f"{words}  ", "dim").add(count(nano // WRITE), style).add("   ", "")
    return [row.line(scene.width)] if any(nano // WRITE for _, nano, _ in figures) else []


# -- connections ------------------------------------------------------------------------------------------------


def connections(scene: Scene) -> list[Line]:
    """Where its processes run, what their resolvers cached, and what they are connected to."""
    cloud, app = scene.cloud, scene.cloud.apps[scene.id]
    cache = "for ever" if app.dns_cache_us is None else "as long as the TTL"
    if app.dns_cache_us:
        cache = f"for {latency(app.dns_cache_us)}"
    lines = [heading("processes", scene.width), *_processes(scene, app), BLANK]
    notes: list[Span] = [(f"  set to believe an answer {cache}", "dim")]
    if scene.truth and app.stale_dns:
        kept = [us for us in app.stale_dns.values() if us is not None]
        longer = f"for {latency(max(kept))}" if len(kept) == len(app.stale_dns) else "for ever"
        notes.append((f"  keeps it {longer} ({', '.join(app.stale_dns)})", "bad"))
    lines += [heading("names", scene.width, *notes)]
    for holding, use in zip(holdings(app), app.uses(), strict=True):
        record = use.record
        name = Row((" ", ""), (left(holding.use, 8), "dim"), (record.id, "accent"), key=f"{record.id} {holding.use}")
        lines.append(name.line(scene.width))
        leads = ", ".join(cloud.names.resolve(record))
        connected = holding.shares(holding.connected, app.pool)
        rows: list[tuple[str, list[Span]]] = [("leads to", [(leads or "nothing", "")])]
        if scene.truth:
            rows.append(("has cached", [(holding.shares(holding.cached) or "no process runs", "")]))
        style = "warn" if NOBODY in holding.connected or not connected else "ok"
        rows.append(("connected to", [(connected or "nobody", style)]))
        if not use.part:
            rows.append(("TLS", [_tls(scene, app, use.record)]))
        lines += pairs(rows, scene.width, indent=9)
    return [*lines, BLANK, *_limits(scene, app)]


TLS: dict[Tls, Span] = {
    "verify": ("yes, verified with AWS's certificate", "ok"),
    "require": ("yes, but the server is not verified", ""),
    "off": ("no, in plain text", "warn"),
    "missing-ca": ("none: AWS's root certificate is missing, nothing can be verified", "bad"),
}


def _tls(scene: Scene, app: App, record: Record) -> Span:
    """Whether connections to what a name leads to are encrypted: a server may see to that by itself (SQL Server)."""
    leads = scene.cloud.names.resolve(record)
    servers = [scene.cloud.servers[id] for id in leads if id in scene.cloud.servers]
    if app.tls == "off" and servers and all(server.encrypts_all() for server in servers):
        return "yes, the server sees to it; it is not verified", ""
    return TLS[app.tls]


def _processes(scene: Scene, app: App) -> list[Line]:
    """Where its processes stand, and where the router sends its users."""
    lines = []
    for number, home in enumerate(app.homes):
        for place, zone in enumerate(home):
            routed, up = zone.name in app.routed.value, zone.up
            state = states.State(glyphs.UP, "users are sent here", "ok")
            if not up:
                state = states.State(glyphs.DOWN, "down, users are still sent here" if routed else "down", "bad")
            elif not routed:
                state = states.State(glyphs.NONE, "stands by", "dim")
            label = ("home" if number == 0 else "then") if place == 0 else ""
            row = Row((" ", ""), (left(label, 6), "dim"), (zone.name, ""), ("  ", ""), ref=zone.name, key=zone.name)
            lines.append(row.add(state.text, state.style).line(scene.width))
    return lines


def _limits(scene: Scene, app: App) -> list[Line]:
    spec = app.spec
    lifetime = latency(round(spec.pool_lifetime_s * 1_000_000))
    health = latency(round(spec.health_check_s * 1_000_000))
    rows: list[tuple[str, list[Span]]] = [
        ("pool", [(f"{app.pool} connections for each endpoint, each at most {lifetime} old", "")]),
        ("timeout", [(latency(app.timeout_us), "")]),
        ("router", [(f"leaves a dead zone after {health}", "")]),
    ]
    return [heading("limits", scene.width), *pairs(rows, scene.width)]


# -- incidents --------------------------------------------------------------------------------------------------


def incidents(scene: Scene) -> list[Line]:
    """When it was not well: how long, and how many requests were not served. The newest first."""
    app = scene.cloud.apps[scene.id]
    shown = incidents_shown(scene.cloud, app, scene.truth)
    if not shown:
        return paragraph(
            "No incident so far: an incident begins when less than 99 % of writes or reads succeed.", scene.width
        )
    rows: list[tuple[str | None, list[Cell]]] = []
    for incident in reversed(shown[-INCIDENTS:]):
        since = app.well_again(incident)
        end = scene.cloud.now_us if since is None else since
        flow = app.books.between(incident.began_us, end)
        running: Cell = ("running", "bad") if incident.ended_us is None else scene.clock(incident.ended_us)
        rto: Cell = (outage(end - incident.began_us), "warn" if incident.ended_us is None else "number")
        rows.append((None, [scene.clock(incident.began_us), running, rto, *_damage(flow)]))
    heads = [Column("began"), Column("ended"), Column("RTO", True, 9), Column("writes failed", True)]
    heads += [Column("unknown", True), Column("reads failed", True), Column("stale", True)]
    down = sum((app.well_again(i) or scene.cloud.now_us) - i.began_us for i in shown)
    well = scene.cloud.now_us - down
    summary = Row((" ", ""), (f"{len(shown)} incident{'s' if len(shown) > 1 else ''}", "title"))
    summary.add(f"  {outage(down)} in all  {ARROW} well {share(well, scene.cloud.now_us)} of the time", "dim")
    return [summary.line(scene.width), BLANK, *table(heads, rows, scene.width)]


def _damage(flow: Flow) -> list[Cell]:
    counts = (flow.writes_failed, flow.writes_unknown, flow.reads_failed, flow.reads_stale)
    return [(count(one // REQUEST), "number" if one else "dim") for one in counts]
