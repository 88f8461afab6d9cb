"""The lower part of the map: what goes from one place to another, and how far behind it is."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.metrics import latest_datapoint
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.layout import Row
from opsconsole.console.views.lines import Span
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.rds import state as rds_state
from opsconsole.console.views.rds.lag import live_lag
from opsconsole.console.views.states import State
from opsconsole.console.views.things import disturbed_links

GLOBAL_LAG, REPLICA_LAG = "AuroraGlobalDBReplicationLag", "ReplicaLag"


def link_rows(cloud: Cloud, truth: bool, at: int, region: str | None = None) -> list[Row]:
    """Links that a fault holds, global databases, read replicas; what is said of each begins at column `at`.

    With a Region only the replicas that stand there, or whose source does.
    """
    return [*far_rows(cloud, truth, at), *_replicas(cloud, truth, at, region)]


def far_rows(cloud: Cloud, truth: bool, at: int) -> list[Row]:
    """What concerns whole Regions: links that a fault holds, and global databases."""
    disturbed = _disturbed(cloud) if truth else []
    return [*disturbed, *(row for one in cloud.global_databases.values() for row in _global(cloud, one, truth, at))]


def count(cloud: Cloud) -> int:
    """How many rows there are while no link is disturbed."""
    secondaries = sum(len(one.secondaries) + 1 for one in cloud.global_databases.values())
    return secondaries + sum(db.replication is not None for db in cloud.rds.values())


def _disturbed(cloud: Cloud) -> list[Row]:
    rows = []
    for link in disturbed_links(cloud):
        a, _, b = link.partition("/")
        state = states.of_gates(cloud.places.links.get((b, a)), cloud.places.links.get((a, b)))
        word = {"cut in": f"{b} to {a} cut", "cut out": f"{a} to {b} cut"}.get(state.word, state.word)
        rows.append(Row((" ", ""), (f"{a} – {b}  ", ""), (f"{state.glyph} {word}", state.style), ref=link, key=link))
    return rows


# -- Aurora global databases --------------------------------------------------------------------------------------


def _global(cloud: Cloud, database: GlobalDatabase, truth: bool, at: int) -> Iterator[Row]:
    """A global database: its state, and how far each secondary is behind."""
    state = states.of_global(cloud, database, truth)
    head = Row((" ", ""), ref=database.id, key=database.id)
    head.add(database.id, "title", database.id).add("  ").to(at)
    word = "global database" if state.word == "available" else state.text
    yield head.add(word, "dim" if state.style == "ok" else "warn")
    for secondary in database.secondaries:
        row = _pair(database.primary.id, secondary.id, database.id, at)
        yield row.add(*_global_lag(cloud, database, secondary, truth))
    for id in database.rejoining:
        row = Row(("   ", ""), (id, ""), ref=database.id, key=f"{database.id}:{id}").add("  ").to(at)
        yield row.add(f"{glyphs.WARN} old primary, not rejoined", "warn")


def _pair(source: str, target: str, ref: str, at: int) -> Row:
    row = Row(("   ", ""), ref=ref, key=f"{ref}:{target}")
    row.add(source, "", source).add(f" {glyphs.ARROW} ", "dim").add(target, "", target)
    return row.add("  ").to(at)


def _global_lag(cloud: Cloud, database: GlobalDatabase, secondary: AuroraCluster, truth: bool) -> Span:
    if not truth:
        status = database.synchronization_status(secondary)
        return _published(cloud, secondary.id, GLOBAL_LAG, State(glyphs.UP, status, ""), status == "connected")
    state = states.of_replication(database, secondary)
    lag = latency(database.lag_us(secondary))
    if state.style == "ok":
        behind = database.lag_us(secondary) >= rds_state.BEHIND_US
        return (f"{glyphs.WARN} catching up, {lag} behind", "warn") if behind else (lag, "number")
    return (f"{state.text}  {lag} behind" if state.word == "cut" else state.text), state.style


def _published(cloud: Cloud, id: str, metric: str, state: State, well: bool) -> Span:
    """The lag that CloudWatch has published last, or the status that says more than it."""
    if not well:
        return f"{glyphs.STARTING} {state.word}", "warn"
    point = latest_datapoint(cloud, id, metric)
    if point is None:
        return "no datapoint", "dim"
    minute = aws_view.moment(cloud, point.begins_us).strftime("%H:%M")
    return f"{_measured(metric, point.average)} at {minute}", "number"


def _measured(metric: str, value: float) -> str:
    return latency(round(value * (1_000 if metric == GLOBAL_LAG else 1_000_000))) if value >= 0 else "-1"


# -- read replicas ------------------------------------------------------------------------------------------------


def _replicas(cloud: Cloud, truth: bool, at: int, region: str | None) -> Iterator[Row]:
    """Every read replica, or those of a Region: whom it follows, and its lag."""
    for db in cloud.rds.values():
        stream = db.replication
        if stream is None or (region is not None and region not in (db.region.name, stream.source.region.name)):
            continue
        row = _pair(stream.source.id, db.id, db.id, at)
        if truth:
            state = rds_state.of_stream(stream, cloud.now_us)
            lag = live_lag(cloud, db)
            text = lag if state.style == "ok" else state.text if lag in state.text else f"{state.text}  {lag} behind"
            yield row.add(text, "number" if state.style == "ok" else state.style)
        else:
            seen = rds_state.of_stream_seen(cloud, stream)
            yield row.add(*_published(cloud, db.id, REPLICA_LAG, seen, seen.style == "ok"))
