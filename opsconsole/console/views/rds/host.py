"""One host of a DB instance: what it does, and what holds it down."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.rds_host import Host
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, span
from opsconsole.console.views.rds import state
from opsconsole.console.views.scene import BLANK, Scene, fault_lines
from opsconsole.console.views.things import host_of


def host(scene: Scene) -> list[Line]:
    """A host's role and state; its name is the instance's, as long as it is the primary."""
    one = host_of(scene.cloud, scene.id)
    found = state.of_host(scene.cloud, one.db, one, scene.truth)
    primary = aws_view.primary_of(scene.cloud, one.db, scene.truth) is one
    row = Row((" ", ""), (one.id, "title"), ("  ", ""))
    row.add("PRIMARY" if primary else "standby", "writer" if primary else "standby").add("  ")
    row.add(found.text, found.style).add(f"  {one.db.id}  {one.zone.name}", "dim")
    lines = [row.line(scene.width)]
    if not scene.truth:
        return [*lines, BLANK, scene.hidden("a host")]
    lines += [*fault_lines(scene, scene.cloud.faults.of(one.id)), BLANK, *pairs(_rows(scene, one), scene.width)]
    return [*lines, BLANK, heading("apps connected", scene.width), *_clients(scene, one)]


def _rows(scene: Scene, one: Host) -> list[tuple[str, list[Span]]]:
    now, load = scene.cloud.now_us, one.load.value
    engine = one.engine.value if one.db.standby is not one else f"{one.engine.value}, accepts no connections"
    spans: list[Span] = [(engine, ""), (f"  for {span(now - one.engine.changed_us)}", "dim")]
    if one.busy_until_us is not None and one.busy_until_us > now:
        spans.append((f"  about {span(one.busy_until_us - now)} left", "warn"))
    rows: list[tuple[str, list[Span]]] = [
        ("machine", [("up", "ok") if one.host_up else ("down", "bad")]),
        ("network", [("cut off", "bad") if one.unplugged else ("reached", "ok")]),
        ("engine", spans),
        ("starts", [(str(one.boots), "number"), ("  a connection made before the last one is broken", "dim")]),
    ]
    if one.warm.value < 1000:
        rows.append(("buffer cache", [(f"cold: {one.warm.value // 10} % of its capacity", "warn")]))
    if one.db.primary is one:
        rows.append(("load", [(f"{load.demand_permille / 10:.0f} % of what it can", "number")]))
    return rows


def _clients(scene: Scene, one: Host) -> list[Line]:
    """Which apps hold connections to it, also old ones that lead to nobody who serves."""
    rows: list[tuple[str | None, list[Cell]]] = []
    for app in scene.cloud.apps.values():
        connected = dict(app.service.value.connections).get(one.id, 0)
        if connected:
            rows.append((app.id, [app.id, (count(connected), "number")]))
    return (
        table([Column("app"), Column("connections", True)], rows, scene.width)
        if rows
        else paragraph("none", scene.width)
    )
