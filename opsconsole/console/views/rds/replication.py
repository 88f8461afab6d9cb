"""Who copies whom: the synchronous standby, and the asynchronous replicas with what they received and applied."""

from __future__ import annotations

from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_mirror import BROKEN
from opsconsole.cloud.writelog import WRITE
from opsconsole.console.views.glyphs import ARROW
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, span
from opsconsole.console.views.rds import state
from opsconsole.console.views.rds.lag import REPLICA_LAG, lag_text, live_lag, replication_of, stream_state
from opsconsole.console.views.scene import BLANK, Scene, sim
from opsconsole.console.views.trends import minute_text, now_text, trend_text

MIB = 1024**2


def replication(scene: Scene) -> list[Line]:
    """The standby, what it follows, and what follows it."""
    db = scene.cloud.rds[scene.id]
    lines: list[Line] = []
    if db.multi_az:
        lines += [heading("standby", scene.width, ("  synchronous: a failover loses nothing", "dim"))]
        lines += [*_mirror(scene, db), BLANK]
    if db.replication is not None:
        lines += [heading("source", scene.width, ("  asynchronous", "dim")), *_upstream(scene, db), BLANK]
    lines.append(heading("read replicas", scene.width, (f"  at most {db.engine.read_replicas} of a source", "dim")))
    return [*lines, *_replicas(scene, db)]


# -- the synchronous copy -----------------------------------------------------------------------------------------


def _mirror(scene: Scene, db: DbInstance) -> list[Line]:
    standby = db.standby
    if standby is None:
        return []
    if not scene.truth:
        return [*pairs([("zone", [(standby.zone.name, "")])], scene.width), scene.hidden("whether it is in sync")]
    found, now = state.of_mirror(db, standby), scene.cloud.now_us
    trip = scene.cloud.places.round_trip(db.primary.zone, standby.zone)
    wait: list[Span] = [(latency(db.primary.commit_us()), "number"), ("  until both have it", "dim"), sim()]
    if db.mirror.value == BROKEN:
        wait = [("does not wait: the standby has been given up", "warn")]
    rows: list[tuple[str, list[Span]]] = [
        ("copies", [(f"{db.primary.id} {ARROW} {standby.id}", ""), (f"  in {standby.zone.name}", "dim")]),
        ("state", [(found.text, found.style), (f"  for {span(now - db.mirror.changed_us)}", "dim")]),
        ("round trip", [(latency(trip) if trip is not None else "nothing passes", "number" if trip else "bad")]),
        ("a commit", wait),
    ]
    may = db.mirror.may_take_over()
    verdict: Span = ("yes: it has every acknowledged write", "ok") if may else ("no", "bad")
    return pairs([*rows, ("may take over", [verdict])], scene.width)


# -- what it follows ----------------------------------------------------------------------------------------------


def _upstream(scene: Scene, db: DbInstance) -> list[Line]:
    stream = replication_of(db)
    found = stream_state(scene, db)
    rows: list[tuple[str, list[Span]]] = [
        ("follows", [(stream.source.id, "accent"), (f"  in {stream.source.primary.zone.name}", "dim")]),
        ("status", [(found.text, found.style)]),
    ]
    if not scene.truth:
        return [*pairs(rows, scene.width), *_published(scene, db)]
    now = scene.cloud.now_us
    trip = scene.cloud.places.round_trip(stream.source.primary.zone, db.primary.zone)
    rows.append(
        ("round trip", [(latency(trip) if trip is not None else "nothing passes", "number" if trip else "bad")])
    )
    for title, follower, meaning in (
        ("received", stream.received, "promoting it now would lose the rest"),
        ("applied", stream.applied, "what its readers see"),
    ):
        behind = follower.backlog(now) // WRITE
        spans: list[Span] = [(f"{latency(follower.lag_us(now))} behind", "number")]
        if behind:
            spans.append((f", {count(behind)} writes missing", "warn"))
        rows.append((title, [*spans, (f"  {meaning}", "dim")]))
    if stream.stalls:
        rows.append(("stalled by", [(", ".join(stream.stalls), "warn")]))
    return [*pairs(rows, scene.width), *_published(scene, db)]


def _published(scene: Scene, db: DbInstance) -> list[Line]:
    """The metric, which is not the lag: MySQL says -1 when replication is not active, PostgreSQL's saws when idle."""
    value = now_text(scene.cloud, db.id, REPLICA_LAG, scene.truth)
    trend = trend_text(scene.cloud, db.id, REPLICA_LAG, 15, scene.truth, scene.ascii)
    minute = "" if scene.truth else f"  at {minute_text(scene.cloud, db.id, REPLICA_LAG) or '-'}"
    spans: list[Span] = [(value, "number"), (f"  {trend}", "accent"), (minute, "dim")]
    if value == "-1":
        spans.append(("  replication is not active", "warn"))
    return pairs([(REPLICA_LAG, spans)], scene.width)


# -- what follows it ----------------------------------------------------------------------------------------------


def _replicas(scene: Scene, db: DbInstance) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = []
    now, replicas = scene.cloud.now_us, db.replicas()
    for replica in replicas:
        stream, found = replication_of(replica), stream_state(scene, replica)
        cells: list[Cell] = [replica.id, (replica.primary.zone.name, "dim"), (found.text, found.style)]
        if scene.truth:
            missing = stream.received.backlog(now) // WRITE
            cells += [(live_lag(scene.cloud, replica), "number"), (latency(stream.loss_us(now)), "number")]
            cells.append((count(missing), "warn" if missing else "number"))
        else:
            minute = minute_text(scene.cloud, replica.id, REPLICA_LAG) or "-"
            cells += [(lag_text(scene, replica), "number"), (minute, "dim")]
        rows.append((replica.id, cells))
    if not rows:
        return paragraph("none", scene.width)
    heads = [Column("replica"), Column("zone"), Column("replication", least=12)]
    if not scene.truth:
        return table([*heads, Column(REPLICA_LAG, number=True), Column("minute")], rows, scene.width)
    figures = [Column("lag", True, 8), Column("not received", True), Column("lost if promoted", True)]
    lines = table([*heads, *figures], rows, scene.width)
    kept = db.contents.log_backlog(now)
    if kept >= MIB:
        note = f" {db.id} keeps {kept // MIB:,} MiB of its log for those that have not received it"
        lines.append(Row((note, "warn")).line(scene.width))
    return lines
