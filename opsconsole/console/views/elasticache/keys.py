"""What a cache holds: by part (shard or node) and app the keys, the memory they take, and what happens to them."""

from __future__ import annotations

from opsconsole.cloud.cached_keys import Part
from opsconsole.cloud.caching import AppCache
from opsconsole.console.views.layout import Cell, Column, heading, paragraph, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.quantities import count, rate, share, size
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar

GAUGE = 10
WIDE = 108


def keys(scene: Scene) -> list[Line]:
    """For every app that uses this cache, what each part holds for it."""
    if not scene.truth:
        return [scene.hidden("which keys a cache holds"), *paragraph("its metrics tell how many", scene.width)]
    uses = [app.cache for app in scene.cloud.apps.values() if app.cache is not None and app.cache.group.id == scene.id]
    if not uses:
        return paragraph("no app of this fleet uses it", scene.width)
    lines: list[Line] = []
    for use in uses:
        title = heading(use.id, scene.width, (f"  {use.spec.pattern}", "dim"))
        lines += [*([BLANK] if lines else []), title, *parts(scene, use)]
    return lines


def parts(scene: Scene, use: AppCache) -> list[Line]:
    """A row for each part of the cache that an app uses."""
    wide = scene.width >= WIDE
    rows = [(None, _row(scene, part, wide)) for part in use.parts.values()]
    heads = [Column("part"), Column("of its keys", True), Column("items", True), Column("memory")]
    heads += [Column("gets", True), Column("hits", True), Column("stale", True)]
    heads += [Column("evicted", True), Column("expired", True), Column("refused", True)] if wide else []
    return table(heads, rows, scene.width)


def _row(scene: Scene, part: Part, wide: bool) -> list[Cell]:
    held, flow = part.fill.content(scene.cloud.now_us), part.flow.value
    full = held.bytes / part.memory_bytes if part.memory_bytes else 0.0
    gauge = f"{bar(full, GAUGE, scene.ascii)} {size(held.bytes)}"
    row: list[Cell] = [part.id, (share(part.num, part.den), "number"), (count(held.items), "number")]
    row += [(gauge, "warn" if part.fill.is_full else "accent"), (rate(flow.gets), "number")]
    row += [(share(flow.hits, flow.gets), "number"), _trouble(flow.stale)]
    if wide:
        row += [_trouble(flow.evictions), (rate(flow.expiries), "number"), _trouble(flow.refused)]
    return row


def _trouble(milli_per_s: int) -> Cell:
    return (rate(milli_per_s), "warn") if milli_per_s else ("0/s", "dim")
