"""Where the numbers come from: AWS's own, this fleet's, or assumptions of ours (SIM)."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole import catalog
from opsconsole.console.views.layout import Cell, Column, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.scene import SIM, Scene, sim


def timings(scene: Scene, prefixes: Sequence[str]) -> list[Line]:
    """How long operations take, of those whose names begin like this: typical, range, and the source's confidence."""
    rows: list[tuple[str | None, list[Cell]]] = []
    for name, row in catalog.timings().items():
        if not name.startswith(tuple(prefixes)):
            continue
        mine = scene.cloud.fleet.timings.get(name)
        used = mine or row
        source: Cell = (
            ("this fleet", "accent") if mine else (row.confidence, "warn" if row.confidence == SIM else "dim")
        )
        low, high = _seconds(used.min_s), _seconds(used.max_s)
        rows.append((None, [row.title, (_seconds(used.typical_s), "number"), (f"{low} – {high}", "dim"), source]))
    heads = [
        Column("operation", most=max(16, scene.width - 46)),
        Column("typical", True),
        Column("range"),
        Column("source"),
    ]
    return table(heads, rows, scene.width)


def _seconds(value: float) -> str:
    return latency(round(value * 1_000_000))


def assumptions(scene: Scene, names: Sequence[tuple[str, str]]) -> list[Line]:
    """What AWS publishes no number for: each by the catalog's name and what it is here."""
    rows: list[tuple[str, list[Span]]] = []
    for name, title in names:
        row = catalog.assumption(name)
        mark = sim() if row.confidence == SIM else (f"  {row.confidence}", "dim")
        rows.append((title, [(f"{row.value:g} {row.unit}", "number"), mark]))
    return pairs(rows, scene.width)
