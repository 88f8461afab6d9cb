"""A DB instance where it stands: its primary and its standby in their zones, its read replicas as a tree."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.cloud import aws_view
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.rds_mirror import BROKEN
from opsconsole.console.views.alarms import thing_lines
from opsconsole.console.views.boxes import FRAME, Box, Spans, box_width, zone_columns
from opsconsole.console.views.glyphs import ARROW, NONE
from opsconsole.console.views.layout import Row, cells, fit, heading, left, pairs, right
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import span
from opsconsole.console.views.rds import state
from opsconsole.console.views.rds.lag import lag_text, stream_state
from opsconsole.console.views.scene import BLANK, Scene, fault_lines
from opsconsole.console.views.states import is_dark, of_status, of_zone
from opsconsole.console.views.trends import now_text, trend_text

BOX_ROWS = 6
REST_ROWS = 9
FIGURES = (("cpu", "CPUUtilization"), ("conn", "DatabaseConnections"))


def topology(scene: Scene) -> list[Line]:
    """Hosts in their zones, what a failover is doing, the name, and who follows."""
    db = scene.cloud.rds[scene.id]
    column = box_width(scene, len(db.region.zones)) if scene.height >= BOX_ROWS + REST_ROWS else 0
    faults = [fault for id in (db.id, *db.hosts) for fault in scene.cloud.faults.of(id)] if scene.truth else []
    return [
        db_head(scene, db),
        *thing_lines(scene, db.id),
        *fault_lines(scene, faults),
        BLANK,
        *(_columns(scene, db, column) if column else _list(scene, db)),
        *_progress(scene, db),
        BLANK,
        *_name(scene, db),
        *_replicas(scene, db),
    ]


def db_head(scene: Scene, db: DbInstance) -> Line:
    """`ledger  ● available  PostgreSQL 16.4  db.m6g.large  Multi-AZ  us-east-1`."""
    status = of_status(db.status.value) if scene.truth else state.of_db(scene.cloud, db, truth=False)
    row = Row((" ", ""), (db.id, "title"), ("  ", ""), (status.text, status.style), ref=db.id)
    if scene.truth:
        for trouble in (*state.troubles(db), *state.stream_troubles(db)):
            row.add("  ").add(trouble.text, trouble.style)
    kind = "read replica" if db.replication is not None else "Multi-AZ" if db.multi_az else "Single-AZ"
    row.add(f"  {db.engine.title} {db.settings.engine_version}  {kind}  {db.region.name}", "dim")
    return row.line(scene.width)


# -- hosts --------------------------------------------------------------------------------------------------------


def _columns(scene: Scene, db: DbInstance, column: int) -> list[Line]:
    boxes: dict[str, list[Box]] = {}
    for host in _hosts(scene, db):
        boxes.setdefault(host.zone.name, []).append(_box(scene, db, host, column - 1 - FRAME))
    for replica in db.replicas():
        if replica.region is db.region:
            boxes.setdefault(replica.primary.zone.name, []).append(_replica_box(scene, replica))
    return zone_columns(scene, db.region.zones, boxes, column)


def _hosts(scene: Scene, db: DbInstance) -> list[Host]:
    """The hosts, the primary first."""
    primary = aws_view.primary_of(scene.cloud, db, scene.truth)
    return [primary, *(host for host in db.hosts.values() if host is not primary)]


def _role(scene: Scene, db: DbInstance, host: Host) -> Span:
    if host is not aws_view.primary_of(scene.cloud, db, scene.truth):
        return "standby", "standby"
    return ("replica", "reader") if db.replication is not None else ("PRIMARY", "writer")


def _box(scene: Scene, db: DbInstance, host: Host, inner: int) -> Box:
    rows: list[Spans] = [_state(scene, db, host)]
    if host is aws_view.primary_of(scene.cloud, db, scene.truth):
        rows += [((db.instance_class.name, "dim"),), *_figures(scene, db, inner)]
    else:
        rows += [(("nobody can read it", "dim"),)]
        if scene.truth and db.mirror.value == BROKEN:
            rows.append((("commits do not wait for it", "dim"),))
        elif not scene.truth or host.host_up:
            rows.append((("commits wait for it", "dim"),))
    return Box(host.id, _role(scene, db, host), tuple(rows), _remark(scene, db, host))


def _state(scene: Scene, db: DbInstance, host: Host) -> Spans:
    found = state.of_host(scene.cloud, db, host, scene.truth)
    spans: Spans = ((found.text, found.style),)
    if scene.truth and host.busy_until_us is not None and host.busy_until_us > scene.cloud.now_us:
        spans = (*spans, (f"  {span(host.busy_until_us - scene.cloud.now_us)} left", "dim"))
    return spans


def _remark(scene: Scene, db: DbInstance, host: Host) -> Span:
    """What AWS says of the instance, where its primary's truth is another; else the storage."""
    if host is not db.primary or not scene.truth:
        return ("", "")
    seen = state.of_db(scene.cloud, db, truth=False)
    really = state.of_host(scene.cloud, db, host, truth=True)
    if (seen.style == "ok") != (really.style == "ok"):
        return f"AWS says {seen.word}", "warn"
    return f"{db.disk.allocation.type} {db.disk.allocation.gib} GiB", "dim"


def _figures(scene: Scene, db: DbInstance, inner: int) -> Iterator[Spans]:
    lag = (("lag", "ReplicaLag"),) if db.replication is not None else ()
    for label, metric in (*FIGURES, *lag):
        trend = trend_text(scene.cloud, db.id, metric, max(4, min(8, inner - 16)), scene.truth, scene.ascii)
        value = now_text(scene.cloud, db.id, metric, scene.truth)
        yield (left(label, 7), "dim"), (trend, "accent"), (right(value, max(1, inner - 7 - cells(trend))), "number")


def _replica_box(scene: Scene, replica: DbInstance) -> Box:
    found = state.of_db(scene.cloud, replica, scene.truth)
    rows: list[Spans] = [((found.text, found.style),), ((replica.instance_class.name, "dim"),)]
    rows.append((("lag  ", "dim"), (lag_text(scene, replica), "number")))
    return Box(replica.id, ("replica", "reader"), tuple(rows))


def _list(scene: Scene, db: DbInstance) -> list[Line]:
    """Where boxes have no room: a line per zone and host."""
    lines = []
    for zone in db.region.zones:
        condition = of_zone(scene.cloud, zone, scene.truth)
        head = Row((" ", ""), (zone.name, "cut" if is_dark(condition) else "title"), ref=zone.name, key=zone.name)
        if condition.word != "up":
            head.add("  ").add(condition.text, condition.style)
        lines.append(head.line(scene.width))
        here = [host for host in _hosts(scene, db) if host.zone is zone]
        for host in here:
            role, style = _role(scene, db, host)
            row = Row(("   ", ""), (left(host.id, max(14, cells(host.id))), ""), ("  ", ""), ref=host.id, key=host.id)
            row.add(left(role, 9), style)
            for text, look in _state(scene, db, host):
                row.add(text, look)
            lines.append(row.line(scene.width))
        if not here:
            lines.append(Row((f"   {NONE}", "dim")).line(scene.width))
    return lines


# -- what is under way --------------------------------------------------------------------------------------------


def _progress(scene: Scene, db: DbInstance) -> list[Line]:
    """What the instance is busy with and about how much longer; AWS shows no progress."""
    now, until = scene.cloud.now_us, db.busy_until_us
    if not scene.truth or until is None or until <= now:
        return []
    what = db.status.value
    if db.failing_over and db.standby is not None:
        moved = db.primary.running
        what = f"the name moves to {db.primary.id}" if moved else f"failing over to {db.standby.id}"
    row = Row((" ", ""), (f"{ARROW} {what}", "warn"), (f"  about {span(until - now)} left", "number"), key="progress")
    return [BLANK, row.line(scene.width)]


def _name(scene: Scene, db: DbInstance) -> list[Line]:
    leads = ", ".join(scene.cloud.names.resolve(db.record)) or "nothing"
    room = max(12, scene.width - cells(leads) - 15)
    spans: list[Span] = [(fit(db.record.fqdn, room), ""), (f" {ARROW} ", "dim"), (leads, "accent")]
    return pairs([("endpoint", spans)], scene.width)


# -- replicas -----------------------------------------------------------------------------------------------------


def _replicas(scene: Scene, db: DbInstance) -> list[Line]:
    """Everything that follows the same writer, as a tree from the top."""
    top = topmost(db)
    if not top.replicas():
        return []
    rows = list(tree(top))
    room = max(cells(stem) + cells(one.id) for stem, one in rows) + 2
    lines = [BLANK, heading("read replicas", scene.width, ("  asynchronous", "dim"))]
    for stem, one in rows:
        row = Row((" ", ""), (stem, "dim"), ref=one.id, key=f"tree {one.id}")
        row.add(left(one.id, room - cells(stem)), "selected" if one is db else "")
        row.add(left(one.primary.zone.name, 13), "dim")
        if one is top:
            lines.append(row.add("source", "writer").line(scene.width))
            continue
        found = stream_state(scene, one)
        row.add(left(found.text, 16), found.style).add("  lag ", "dim").add(lag_text(scene, one), "number")
        lines.append(row.line(scene.width))
    return lines


def topmost(db: DbInstance) -> DbInstance:
    """The instance at the top of its chain of sources."""
    while db.source is not None:
        db = db.source
    return db


def tree(db: DbInstance, stem: str = "") -> Iterator[tuple[str, DbInstance]]:
    """An instance and what follows it, each with the branches before its name."""
    yield stem, db
    below = stem.replace("├ ", "│ ").replace("└ ", "  ")
    replicas = db.replicas()
    for number, replica in enumerate(replicas):
        yield from tree(replica, below + ("├ " if number < len(replicas) - 1 else "└ "))
