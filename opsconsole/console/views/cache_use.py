"""An app's cache as the app feels it: what it answers and costs, what it leaves to the database, how it refills."""

from __future__ import annotations

from opsconsole.cloud.caching import LAZY, AppCache, CacheService
from opsconsole.console.views.elasticache.keys import parts
from opsconsole.console.views.glyphs import WARN
from opsconsole.console.views.layout import Row, heading, pairs
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, rate, share, size, span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar, grid, spark

TREND_US = 15 * 60_000_000
GAUGE = 24


def cache(scene: Scene) -> list[Line]:
    """The pattern; hits, misses, stale reads; what the database is asked for it; sessions; each part."""
    use = scene.cloud.apps[scene.id].cache
    if use is None:
        return []
    lines = [
        *pairs(_pattern(use), scene.width),
        BLANK,
        heading("now", scene.width),
        *pairs(_now(scene, use), scene.width),
        _trend(scene, use),
    ]
    if not scene.truth:
        return lines
    lines += _stampede(scene, use)
    return [*lines, BLANK, heading("what it holds", scene.width), *parts(scene, use)]


def _pattern(use: AppCache) -> list[tuple[str, list[Span]]]:
    spec = use.spec
    ttl = "never" if not spec.ttl_s else f"after {latency(round(spec.ttl_s * 1_000_000))}"
    jitter = f", give or take {spec.jitter * 100:g} %" if spec.jitter and spec.ttl_s else ""
    reads = f", reads from the {spec.reads}" if use.group.replicated else ""
    rows: list[tuple[str, list[Span]]] = [
        ("store", [(use.group.id, "accent"), (f"  {use.group.engine.title}{reads}", "dim")]),
        ("pattern", [(spec.pattern, "")]),
        ("keys", [(count(spec.keys), "number"), (f"  of {size(spec.item_bytes)}, they expire {ttl}{jitter}", "dim")]),
    ]
    if spec.hot_key:
        rows.append(("hot key", [(f"{spec.hot_key * 100:g} % of all reads ask for one key", "warn")]))
    return rows


def _now(scene: Scene, use: AppCache) -> list[tuple[str, list[Span]]]:
    service = use.service.value
    hits = service.hit_permille / 1000
    style = "ok" if hits >= 0.8 else "warn" if hits >= 0.4 else "bad"
    misses = service.gets - service.hits - service.failed
    rows: list[tuple[str, list[Span]]] = [
        (
            "hit share",
            [
                (bar(hits, GAUGE, scene.ascii), style),
                (f" {share(service.hits, service.gets)}", "number"),
                (f"  of {rate(service.gets)}", "dim"),
            ],
        ),
        ("misses", [(rate(misses), "number")]),
        ("not answered", [(rate(service.failed), "bad" if service.failed else "dim")]),
        (
            "stale",
            [(rate(service.stale), "warn" if service.stale else "dim"), ("  hits on what was changed since", "dim")],
        ),
        ("sets", [(rate(service.sets), "number")]),
        ("a get takes", [(latency(service.get_us), "number")]),
        ("calls per request", [(f"{service.calls_permille / 1000:.2f}", "number"), ("  to cache and database", "dim")]),
    ]
    if use.spec.pattern in LAZY:
        rows.append(("database reads", _database(scene, use, service)))
    if use.spec.pattern == "session":
        rows.append(("sessions", _sessions(scene, use)))
    return rows


def _database(scene: Scene, use: AppCache, service: CacheService) -> list[Span]:
    """What the cache leaves for the database to answer, and how busy that makes it."""
    reads = use.app.reads
    spans: list[Span] = [
        (rate(service.from_database), "number"),
        (f"  {share(service.from_database, reads)} of all", "dim"),
    ]
    busy = []
    for record in use.app.read_records:
        for id in scene.cloud.names.resolve(record):
            server = scene.cloud.servers.get(id)
            if server is not None:
                busy.append((id, server.load.value.demand_permille))
    if busy and scene.truth:
        worst = max(demand for _, demand in busy)
        text = ", ".join(f"{id} at {demand / 10:.0f} %" for id, demand in busy)
        spans.append((f"  {text}", "bad" if worst > 1000 else "number"))
    return spans


def _sessions(scene: Scene, use: AppCache) -> list[Span]:
    present = sum(part.fill.content(scene.cloud.now_us).items for part in use.parts.values())
    spans: list[Span] = [(f"{count(present)} of {count(use.spec.keys)} users are signed in", "number")]
    if use.sessions_lost:
        spans.append((f"  {count(use.sessions_lost)} were lost and signed out", "bad"))
    return spans


def _stampede(scene: Scene, use: AppCache) -> list[Line]:
    """While the database cannot answer what the cache misses: how much of it, and about how long that will last."""
    fills = [part.fill for part in use.parts.values()]
    asked, granted = sum(fill.rates.misses for fill in fills), sum(fill.rates.answered for fill in fills)
    if not use.plan.lazy or granted * 1000 >= asked * 990:
        return []
    now = scene.cloud.now_us
    limits = [(fill, fill.inputs.limit) for fill in fills]
    times = [fill.recovery_us(now, fill.inputs.reads, limit) for fill, limit in limits if limit is not None]
    answers = f"the database answers {rate(granted)} of {rate(asked)} misses"
    if not times:
        return [Row((" ", ""), (f"{WARN} {answers}: the rest does not reach it", "bad")).line(scene.width)]
    row = Row((" ", ""), (f"{WARN} stampede: {answers}", "bad"))
    then = Row(("   ", ""))
    known = [time for time in times if time is not None]
    if known and len(known) == len(times):
        then.add("until it answers them all: ").add(f"about {span(max(known))}", "number")
    else:
        then.add("it will not recover by itself", "bad")
    return [row.line(scene.width), then.line(scene.width)]


def _trend(scene: Scene, use: AppCache) -> Line:
    columns = max(10, min(60, scene.width - 32))
    edges = grid(scene.cloud.now_us, TREND_US, columns)[1:]
    first = use.service.known_from_us
    values = [
        None if edge < first else use.service.at(min(edge, scene.cloud.now_us)).hit_permille / 1000 for edge in edges
    ]
    row = Row((" ", ""), ("hit share, 15 min  ", "dim"))
    return row.add(spark(values, columns, scene.ascii, high=1.0), "accent").line(scene.width)
