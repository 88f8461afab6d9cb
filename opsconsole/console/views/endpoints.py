"""The names of a cluster: what each leads to, when it moved, and which apps still hold what."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from opsconsole.cloud import Cloud
from opsconsole.cloud.apps import App
from opsconsole.cloud.channels import PARTS, Channel
from opsconsole.cloud.names import Record, address
from opsconsole.console.views.glyphs import ARROW
from opsconsole.console.views.layout import Cell, Column, Row, heading, left, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.scene import BLANK, Scene

MOVES = 4
NOBODY = "no connection"


@dataclass(slots=True)
class Holding:
    """What the processes of an app hold of one name: shares of their resolvers' answers and of their connections.

    Shares are in parts of PARTS for every channel; `processes` is how many channels live, of `slots` that share the
    pool.
    """

    app: str
    use: str
    slots: int = 0
    processes: int = 0
    cached: dict[str, int] = field(default_factory=dict)
    connected: dict[str, int] = field(default_factory=dict)

    def add(self, channel: Channel) -> None:
        """Count one slice of the app's processes."""
        self.processes += 1
        answer = ", ".join(channel.answer) or "nothing"
        self.cached[answer] = self.cached.get(answer, 0) + PARTS
        for target, held in channel.held.items():
            self.connected[target] = self.connected.get(target, 0) + held.parts
        lost = sum(channel.lost.values())
        if lost:
            self.connected[NOBODY] = self.connected.get(NOBODY, 0) + lost

    def shares(self, held: dict[str, int], pool: int = 0) -> str:
        """`orders-2 75 %, orders-1 25 %`, the greatest first; of a pool also how many: `orders-2 75 % (15)`."""
        whole = self.processes * PARTS
        order = sorted(held.items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{name} {_percent(part, whole)}{self._counted(name, part, pool)}" for name, part in order)

    def _counted(self, name: str, part: int, pool: int) -> str:
        known = pool and self.slots and name != NOBODY
        return f" ({-(-pool * part // (self.slots * PARTS))})" if known else ""


def _percent(part: int, whole: int) -> str:
    return f"{max(1, part * 100 // whole)} %" if part else "0 %"


def holdings(app: App) -> list[Holding]:
    """What an app holds of each name it uses, in the order in which it lists them."""
    return [_holding(app, record, writes) for record, writes, *_ in app.uses()]


def _holding(app: App, record: Record, writes: bool) -> Holding:
    slots = sum(len(slots) for use, slots in app.slots if use.record is record and use.writes is writes)
    holding = Holding(app.id, "writes" if writes else "reads", slots)
    for channel in app.channels:
        if channel.live and channel.record is record and channel.writes is writes:
            holding.add(channel)
    return holding


def holders(cloud: Cloud, record: Record) -> list[Holding]:
    """What every app holds of a name."""
    found = []
    for app in cloud.apps.values():
        found += [_holding(app, used, writes) for used, writes, *_ in app.uses() if used is record]
    return found


def endpoints(scene: Scene) -> list[Line]:
    """Every name of the cluster, its history, and who holds what."""
    cluster = scene.cloud.clusters[scene.id]
    database = scene.cloud.global_of(cluster)
    records = [record for record in cluster.records() if record.kind != "instance"]
    if database is not None and database.primary is cluster:
        records.append(database.endpoint)
    lines: list[Line] = []
    for record in records:
        lines += [*endpoint_lines(scene, record), BLANK]
    own = [record for record in cluster.records() if record.kind == "instance"]
    return [*lines, heading("instances", scene.width), *(_own_name(scene, record) for record in own)]


def db_endpoints(scene: Scene) -> list[Line]:
    """The one name of a DB instance, which survives a failover, and those of its replicas."""
    db = scene.cloud.rds[scene.id]
    lines = endpoint_lines(scene, db.record)
    replicas = db.replicas()
    if replicas:
        lines += [BLANK, heading("read replicas", scene.width, ("  each has a name of its own", "dim"))]
    return [*lines, *(_own_name(scene, replica.record) for replica in replicas)]


def cache_endpoints(scene: Scene) -> list[Line]:
    """Every name of a cache, and its nodes' own."""
    group = scene.cloud.caches[scene.id]
    lines: list[Line] = []
    for record in group.records():
        if not record.own:
            lines += [*endpoint_lines(scene, record), BLANK]
    own = [record for record in group.records() if record.own]
    return [*lines, heading("nodes", scene.width), *(_own_name(scene, record) for record in own)]


def endpoint_lines(scene: Scene, record: Record) -> list[Line]:
    """One name: what it leads to now, its moves, its users."""
    part = record.id.partition(".")[2]
    labels = {"custom": f"custom {part}", "rds": "endpoint", "slots": f"shard {part}"}
    label = labels.get(record.kind, record.kind)
    head = Row((" ", ""), (label, "title"), (f"  TTL {record.ttl_s:g} s  ", "dim"), (record.fqdn, ""))
    lines = [head.line(scene.width), _answer(scene, record), *_moves(scene, record)]
    if scene.truth:
        lines += _users(scene, record)
    return lines


def _answer(scene: Scene, record: Record) -> Line:
    answers = scene.cloud.names.resolve(record)
    row = Row(("   ", ""), key=f"{record.id} answer")
    if not answers:
        return row.add("inactive: it answers nothing", "warn").line(scene.width)
    for onward in record.answers.value:
        if onward in scene.cloud.names.records and not scene.cloud.names.records[onward].own:
            row.add(f"{ARROW} ", "dim").add(onward, "accent").add(" ")
    for number, id in enumerate(answers):
        row.add("   " if number else "").add(f"{ARROW} ", "dim").add(id, "accent", id)
        server = scene.cloud.servers.get(id)
        if server is not None:
            at = address(scene.cloud.fleet.name, server.zone.name, id)
            row.add(f" {ARROW} {at}", "number").add(f" {ARROW} {server.zone.name}", "dim")
    return row.line(scene.width)


def _moves(scene: Scene, record: Record) -> list[Line]:
    """The latest moves, newest first; a name that never moved has none."""
    history = record.answers.since(record.answers.known_from_us)
    moves = [(at, before, now) for (_, before), (at, now) in pairwise(history)]
    lines = []
    for at, before, now in reversed(moves[-MOVES:]):
        row = Row(("   ", ""), (f"{scene.clock(at)}  ", "dim"), key=f"{record.id} {at}")
        row.add(", ".join(before) or "nothing", "dim").add(f" {ARROW} ", "dim").add(", ".join(now) or "nothing")
        lines.append(row.add(f"   {scene.ago(at)}", "dim").line(scene.width))
    if len(moves) > MOVES:
        lines.append(Row((f"   and {len(moves) - MOVES} earlier moves", "dim")).line(scene.width))
    return lines


def _users(scene: Scene, record: Record) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = []
    for holding in holders(scene.cloud, record):
        connected = holding.shares(holding.connected)
        stale = NOBODY in holding.connected
        rows.append(
            (
                holding.app,
                [
                    holding.app,
                    (holding.use, "dim"),
                    holding.shares(holding.cached) or "no process",
                    (connected or NOBODY, "warn" if stale or not connected else "ok"),
                ],
            )
        )
    if not rows:
        return [Row(("   no app uses it", "dim")).line(scene.width)]
    columns = [Column("app"), Column("for"), Column("has cached", least=10), Column("is connected to")]
    return table(columns, rows, scene.width, indent=3)


def _own_name(scene: Scene, record: Record) -> Line:
    row = Row((" ", ""), (left(record.id, 14), ""), (" ", ""), (record.fqdn, "dim"), ref=record.id, key=record.id)
    return row.line(scene.width)
