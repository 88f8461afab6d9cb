"""One cache node: its role, what it does, what it is behind, and who is connected."""

from __future__ import annotations

from opsconsole.cloud.cache_node import CacheNode
from opsconsole.console.views.elasticache import state
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, rate, size, span
from opsconsole.console.views.scene import BLANK, Scene, fault_lines
from opsconsole.console.views.things import node_of

STYLES = {"primary": "writer", "replica": "reader", "node": "reader"}


def node(scene: Scene) -> list[Line]:
    """Status, load, replication, clients."""
    one = node_of(scene.cloud, scene.id)
    found, role = state.of_node(scene.cloud, one, scene.truth), state.role_of(scene.cloud, one, scene.truth)
    row = Row((" ", ""), (one.id, "title"), ("  ", ""), (role.upper() if role == "primary" else role, STYLES[role]))
    row.add("  ").add(found.text, found.style).add(f"  {one.shard.group.id}  {one.zone.name}", "dim")
    lines = [row.line(scene.width)]
    if scene.truth:
        lines += fault_lines(scene, scene.cloud.faults.of(one.id))
    lines += [BLANK, *pairs(_rows(scene, one), scene.width)]
    return [*lines, BLANK, heading("apps connected", scene.width), *_clients(scene, one)] if scene.truth else lines


def _rows(scene: Scene, one: CacheNode) -> list[tuple[str, list[Span]]]:
    now, load, seen = scene.cloud.now_us, one.load.value, state.of_node(scene.cloud, one, truth=False)
    rows: list[tuple[str, list[Span]]] = [
        ("status", [(seen.text, seen.style)]),
        ("node type", [(one.node_type.name, ""), (f"  {size(one.memory_bytes)} for keys", "dim")]),
    ]
    if one.shard.group.replicated:
        rows.append(("shard", [(one.shard.id, "")]))
    if not scene.truth:
        return rows
    engine: list[Span] = [(one.engine.value, ""), (f"  for {span(now - one.engine.changed_us)}", "dim")]
    if one.busy_until_us is not None and one.busy_until_us > now:
        engine.append((f"  about {span(one.busy_until_us - now)} left", "warn"))
    served = f"{rate(load.reads_served)} gets, {rate(load.writes_served)} sets"
    rows += [
        ("engine", engine),
        ("serves", [(served, "number"), (f"  {load.demand_permille / 10:.1f} % of what it can", "dim")]),
        ("a get takes", [(latency(load.read_us), "number")]),
    ]
    if one.costs:
        rows.append(("busy with", [(", ".join(f"{what} {cost / 10:g} %" for what, cost in one.costs.items()), "warn")]))
    if one.follower is not None:
        behind = one.follower.backlog(now) // 1_000_000_000
        lag: list[Span] = [(f"{latency(one.lag_us(now))} behind", "number")]
        lag.append((f", {count(behind)} writes not received", "warn" if behind else "dim"))
        rows.append(("replication", lag if one.follower.open else [*lag, ("  cut", "bad")]))
    return rows


def _clients(scene: Scene, one: CacheNode) -> list[Line]:
    """Which apps hold connections to it, and for what."""
    rows: list[tuple[str | None, list[Cell]]] = []
    for app in scene.cloud.apps.values():
        uses = {channel.writes: None for channel in app.channels if channel.live and one.id in channel.held}
        if uses:
            rows.append((app.id, [app.id, ", ".join("sets" if writes else "gets" for writes in sorted(uses))]))
    return table([Column("app"), Column("for")], rows, scene.width) if rows else paragraph("none", scene.width)
