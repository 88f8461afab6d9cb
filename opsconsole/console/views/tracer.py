"""Tracer requests of an app: one at a time on demand, hop by hop, and how the others before it fared."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.cloud.tracer import Hop, Kind, Trace, Tracer
from opsconsole.console.views.glyphs import ARROW, DOWN, UP, WARN
from opsconsole.console.views.layout import Cell, Column, Row, cells, clean, heading, left, paragraph, table, wrap
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.scene import BLANK, Scene

BEFORE = 6
"""How many requests before this one are told in a line each."""
WHOLE = 1_000
BESIDE = 24
"""Columns from which on an answer stands beside its hop."""
INDENT = 5
LOOKS: dict[str, Span] = {
    "ok": (UP, "ok"),
    "stale": (WARN, "warn"),
    "unknown": (WARN, "warn"),
    "failed": (DOWN, "bad"),
}


def traces(scene: Scene) -> list[Line]:
    """The tracer of this number as a read and as a write; below, where those of the numbers before it went."""
    app = scene.cloud.apps[scene.id]
    tracer = Tracer(scene.cloud, scene.id)
    kinds: list[Kind] = []
    if app.reads_at_all:
        kinds.append("read")
    if app.write_record is not None:
        kinds.append("write")
    note = "  a dry run: it changes nothing; t follows another one"
    lines = [heading(f"tracer {scene.tracer}", scene.width, (note, "dim"))]
    if not kinds:
        return [*lines, *paragraph("this app asks nobody", scene.width)]
    for kind in kinds:
        lines += [BLANK, *_hops(scene, tracer.follow(kind, scene.tracer))]
    return [*lines, BLANK, *_others(scene, tracer, kinds[0])]


def _hops(scene: Scene, trace: Trace) -> list[Line]:
    glyph, style = LOOKS[trace.outcome]
    head = Row((" ", ""), (f"{trace.kind} {trace.key}", "title"), (f"  from {trace.zone}  ", "dim"))
    head.add(f"{glyph} {trace.outcome}", style).add(f"  {latency(trace.us)}", "number")
    return [head.line(scene.width), *hop_lines(trace.hops, "call", scene.width)]


def hop_lines(hops: Sequence[Hop], first: str, width: int) -> list[Line]:
    """A line for each hop under a heading; an answer that does not fit is told in full below its line."""
    if not hops:
        return []
    rows: list[tuple[str | None, list[Cell]]] = []
    for hop in hops:
        answer: Cell = (clean(hop.answer) or "ok", "" if hop.ok else "bad")
        rows.append((None, [hop.call, (hop.to, "accent"), (hop.zone, "dim"), (latency(hop.us), "number"), answer]))
    heads = [Column(first), Column("to"), Column("in"), Column("took", number=True), Column("came back")]
    made = table(heads, rows, WHOLE, indent=3)
    begins = sum(cells(text) for text, _ in made[0].spans[:-1])
    return [part for row in made for part in _fitted(row, begins, width)]


def _fitted(row: Line, begins: int, width: int) -> list[Line]:
    """A hop's line; what came back, from a column on, is told in full, below the rest where there is little room."""
    *rest, (text, style) = row.spans
    if begins + cells(text) <= width:
        return [row]
    beside = width - begins >= BESIDE
    indent = begins if beside else INDENT
    parts = [Line(((" " * indent, ""), (part, style))) for part in wrap(text, width - indent)]
    if not beside:
        return [Row(*rest).line(width), *parts]
    return [Line((*rest, parts[0].spans[-1])), *parts[1:]]


def _others(scene: Scene, tracer: Tracer, kind: Kind) -> list[Line]:
    """Other numbers are other processes, connections and keys: where they lead shows how the load is spread."""
    lines = [heading(f"{kind}s before", scene.width)]
    for number in range(scene.tracer - 1, max(-1, scene.tracer - 1 - BEFORE), -1):
        trace = tracer.follow(kind, number)
        glyph, style = LOOKS[trace.outcome]
        way = f" {ARROW} ".join(dict.fromkeys(hop.to for hop in trace.hops if hop.call not in ("DNS", "HTTP")))
        row = Row((" ", ""), (f"{number:4}  ", "dim"), (left(trace.key, 16), ""), (left(trace.zone, 14), "dim"))
        row.add(left(f"{glyph} {trace.outcome}", 10), style).add(left(latency(trace.us), 9), "number").add(
            way, "accent"
        )
        lines.append(row.line(scene.width))
    return lines if len(lines) > 1 else [*lines, *paragraph("none yet", scene.width)]
