"""A cache where it stands: nodes in their zones, shards with their slots, or the ring with each node's share."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_ring import RING
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.writelog import WRITE
from opsconsole.console.views.alarms import thing_lines
from opsconsole.console.views.boxes import Box, Spans, box_width, zone_columns
from opsconsole.console.views.elasticache import state
from opsconsole.console.views.glyphs import ARROW
from opsconsole.console.views.layout import Cell, Column, Row, cells, fit, heading, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, span
from opsconsole.console.views.scene import BLANK, Scene, fault_lines
from opsconsole.console.views.spark import bar
from opsconsole.console.views.states import of_status

BOX_ROWS = 14
"""Rows that boxes and what stands below them need."""
BOXED = 6
"""Up to so many nodes are drawn as boxes; more are a table."""
SHARE_COLUMNS = 20


def topology(scene: Scene) -> list[Line]:
    """Nodes, shards or ring, and the names that lead there."""
    group = scene.cloud.caches[scene.id]
    faults = [f for id in (group.id, *group.nodes) for f in scene.cloud.faults.of(id)] if scene.truth else []
    column = box_width(scene, len(group.region.zones)) if scene.height >= BOX_ROWS else 0
    lines = [cache_head(scene, group), *thing_lines(scene, group.id), *fault_lines(scene, faults), BLANK]
    if column and len(group.nodes) <= BOXED:
        lines += [*_columns(scene, group, column), BLANK]
    if not group.replicated:
        lines += [*_ring(scene, group), BLANK]
    elif len(group.shards) > 1 or not column:
        lines += [*_shards(scene, group), BLANK]
    return [*lines, *_names(scene, group)]


def cache_head(scene: Scene, group: CacheGroup) -> Line:
    """`sessions  ● available  Redis 7.1  cluster mode disabled  us-east-1`."""
    status = state.of_group(scene.cloud, group, truth=False) if not scene.truth else None
    found = status or of_status(group.status.value)
    row = Row((" ", ""), (group.id, "title"), ("  ", ""), (found.text, found.style), ref=group.id)
    for trouble in state.troubles(scene.cloud, group) if scene.truth else ():
        row.add("  ").add(trouble.text, trouble.style)
    mode = f"cluster mode {'enabled' if group.cluster_mode else 'disabled'}  " if group.replicated else ""
    row.add(f"  {group.engine.title} {group.settings.engine_version}  {mode}{group.region.name}", "dim")
    return row.line(scene.width)


# -- nodes in their zones -----------------------------------------------------------------------------------------


def _columns(scene: Scene, group: CacheGroup, column: int) -> list[Line]:
    boxes: dict[str, list[Box]] = {}
    for node in group.nodes.values():
        boxes.setdefault(node.zone.name, []).append(_box(scene, node))
    return zone_columns(scene, group.region.zones, boxes, column)


def _box(scene: Scene, node: CacheNode) -> Box:
    role = state.role_of(scene.cloud, node, scene.truth)
    rows: list[Spans] = [_state(scene, node), ((node.node_type.name, "dim"),)]
    if scene.truth:
        load = node.load.value
        rows.append((("load  ", "dim"), (f"{load.demand_permille / 10:.1f} %", "number")))
        if node.follower is not None:
            rows.append((("lag   ", "dim"), (latency(node.lag_us(scene.cloud.now_us)), "number")))
    title = {"primary": ("PRIMARY", "writer"), "replica": ("replica", "reader")}.get(role, ("node", "reader"))
    return Box(node.id, title, tuple(rows), _remark(scene, node))


def _remark(scene: Scene, node: CacheNode) -> Span:
    """What AWS says where that is not the truth; else the shard, where there are several."""
    if scene.truth:
        seen, really = (state.of_node(scene.cloud, node, truth) for truth in (False, True))
        if (seen.style == "ok") != (really.style == "ok"):
            return f"AWS says {seen.word}", "warn"
    group = node.shard.group
    return (f"shard {node.shard.id}", "dim") if group.replicated and len(group.shards) > 1 else ("", "")


def _state(scene: Scene, node: CacheNode) -> Spans:
    found = state.of_node(scene.cloud, node, scene.truth)
    spans: Spans = ((found.text, found.style),)
    if scene.truth and node.busy_until_us is not None and node.busy_until_us > scene.cloud.now_us:
        spans = (*spans, (f"  {span(node.busy_until_us - scene.cloud.now_us)} left", "dim"))
    return spans


# -- shards and the ring ------------------------------------------------------------------------------------------


def slots_text(shard: Shard) -> str:
    """`0-5461, 9000-9100`; nothing where keys are not in slots."""
    return ", ".join(f"{first}-{last}" for first, last in shard.slots) or "-"


def _shards(scene: Scene, group: CacheGroup) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = []
    for shard in group.shards.values():
        found = state.of_shard(scene.cloud, shard, scene.truth)
        primary = aws_view.primary_node_of(scene.cloud, shard, scene.truth)
        replicas = [node for node in shard.nodes.values() if node is not primary]
        where = ", ".join(f"{node.id} {node.zone.letter}{_lag(scene, node)}" for node in replicas) or "none"
        cells_made: list[Cell] = [shard.id, (slots_text(shard), "number"), (found.text, found.style)]
        cells_made.append((f"{primary.id} {primary.zone.letter}" if primary is not None else "-", "writer"))
        if scene.truth:
            lost = shard.lost // WRITE
            cells_made.append((count(lost), "bad" if lost else "dim"))
        rows.append((primary.id if primary is not None else None, [*cells_made, where]))
    heads = [Column("shard"), Column("slots"), Column("state", least=11), Column("primary")]
    lost_head = [Column("writes lost", number=True)] if scene.truth else []
    return table([*heads, *lost_head, Column("replicas, zone, lag")], rows, scene.width)


def _lag(scene: Scene, node: CacheNode) -> str:
    if not scene.truth:
        return ""
    found = state.of_node(scene.cloud, node, truth=True)
    if found.style != "ok":
        return f" {found.text}"
    return f" {latency(node.lag_us(scene.cloud.now_us))}" if node.follower is not None else ""


def _ring(scene: Scene, group: CacheGroup) -> list[Line]:
    """Which share of the keys the clients' ring gives to each node; a node they have not learnt of has none."""
    shares = group.ring_shares()
    rows: list[tuple[str | None, list[Cell]]] = []
    for id, shard in group.shards.items():
        node = next(iter(shard.nodes.values()), None)
        if node is None:
            continue
        found, share = state.of_node(scene.cloud, node, scene.truth), shares.get(id, 0) / RING
        gauge = bar(share, SHARE_COLUMNS, scene.ascii)
        cells_made: list[Cell] = [node.id, (node.zone.name, "dim"), (found.text, found.style)]
        rows.append((node.id, [*cells_made, (f"{share * 100:.2f} %", "number"), (gauge, "accent")]))
    heads = [Column("node"), Column("zone"), Column("state", least=11), Column("share of keys", True), Column("")]
    title = heading("hash ring", scene.width, ("  clients spread the keys; a lost node takes its share with it", "dim"))
    return [title, *table(heads, rows, scene.width)]


# -- names --------------------------------------------------------------------------------------------------------


def _names(scene: Scene, group: CacheGroup) -> list[Line]:
    rows: list[tuple[str, list[Span]]] = []
    for record in group.records():
        if record.kind not in ("primary", "reader", "configuration"):
            continue
        leads = ", ".join(scene.cloud.names.resolve(record)) or "nothing"
        room = max(12, scene.width - min(cells(leads), 36) - 20)
        rows.append((record.kind, [(fit(record.fqdn, room), ""), (f" {ARROW} ", "dim"), (leads, "accent")]))
    return pairs(rows, scene.width)
