"""How a cache is set up, its snapshots, and where the numbers come from."""

from __future__ import annotations

from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.console.views.layout import Cell, Column, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.maintenance import window_spans
from opsconsole.console.views.origins import assumptions, timings
from opsconsole.console.views.quantities import count, size
from opsconsole.console.views.scene import BLANK, Scene, sim

ASSUMED = (
    ("cache-get-us", "a get takes"),
    ("cache-set-us", "a set takes"),
    ("cache-topology-refresh-s", "clients learn the slots again after"),
    ("rtt-cross-zone-ms", "round trip between zones"),
)


def configuration(scene: Scene) -> list[Line]:
    """Settings, snapshots, timings, assumptions."""
    group = scene.cloud.caches[scene.id]
    return [
        heading("replication group" if group.replicated else "cache cluster", scene.width),
        *pairs(_settings(scene, group), scene.width),
        BLANK,
        *_snapshots(scene, group),
        BLANK,
        heading("timings", scene.width, ("  one draw per operation, log-normal", "dim")),
        *timings(scene, timing_names(group)),
        BLANK,
        heading("assumptions", scene.width, ("  AWS publishes no number", "dim")),
        *assumptions(scene, ASSUMED),
    ]


def timing_names(group: CacheGroup) -> tuple[str, ...]:
    """How the names of the timings begin that apply to a cache."""
    prefix = "elasticache-" if group.replicated else "memcached-"
    return (prefix, "elasticache-create", "elasticache-delete", "dns-", "event-", "metric-")


def _on(value: bool) -> Span:
    return ("on", "") if value else ("off", "dim")


def _settings(scene: Scene, group: CacheGroup) -> list[tuple[str, list[Span]]]:
    settings, kind = group.settings, group.node_type
    node = next(iter(group.nodes.values()), None)
    usable = f", {size(node.memory_bytes)} for keys" if node is not None else ""
    rows: list[tuple[str, list[Span]]] = [
        ("engine", [(f"{group.engine.title}  ", ""), (f"{group.spec.engine} {settings.engine_version}", "dim")]),
        ("node type", [(kind.name, ""), (f"  {kind.vcpu} vCPU, {kind.memory_gib:g} GiB{usable}", "dim")]),
        ("commands of a node", [(f"{count(kind.capacity(group.engine))}/s", "number"), sim()]),
        ("nodes", [(count(len(group.nodes)), "number")]),
        ("maxmemory-policy", [(settings.maxmemory_policy, "")]),
        ("reserved memory", [(f"{settings.reserved_memory_percent} %", "number")]),
        ("encryption", [("in transit ", "dim"), _on(settings.transit_encryption)]),
        ("maintenance window", window_spans(scene, settings.maintenance_window)),
    ]
    rows[6][1].extend([("  at rest ", "dim"), _on(settings.at_rest_encryption)])
    if not group.replicated:
        return rows
    failover = group.automatic_failover.value
    kept = f"kept {settings.snapshot_retention_days} days, {settings.snapshot_window} UTC"
    return [
        *rows,
        ("cluster mode", [("enabled" if group.cluster_mode else "disabled", "")]),
        ("shards", [(count(len(group.shards)), "number")]),
        ("automatic failover", [(failover, "" if failover == "enabled" else "warn")]),
        ("Multi-AZ", [_on(settings.multi_az)]),
        ("AUTH", [_on(settings.auth), ("  needs encryption in transit", "dim")]),
        ("append-only file", [_on(settings.append_only)]),
        ("automatic snapshots", [(kept, "") if settings.snapshot_retention_days else ("off", "warn")]),
    ]


def _snapshots(scene: Scene, group: CacheGroup) -> list[Line]:
    if not group.replicated:
        text = "Memcached has no snapshots: what is lost is loaded again"
        return [heading("snapshots", scene.width), *paragraph(text, scene.width)]
    rows: list[tuple[str | None, list[Cell]]] = []
    for snapshot in group.snapshots.values():
        if snapshot.source == group.id:
            status = snapshot.status.value
            how = "automated" if snapshot.automatic else "manual"
            made = (scene.clock(snapshot.created_us), "number")
            rows.append((None, [snapshot.name, how, made, (status, "ok" if status == "available" else "warn")]))
    lines = [heading("snapshots", scene.width)]
    if not rows:
        return [*lines, *paragraph("none", scene.width)]
    return [*lines, *table([Column("name"), Column("source"), Column("created"), Column("status")], rows, scene.width)]
