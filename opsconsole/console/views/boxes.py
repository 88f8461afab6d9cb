"""Zones side by side, in each the things that stand there, a box per thing. A zone that is lost is a dark column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsconsole.cloud.places import Zone
from opsconsole.console.views import states
from opsconsole.console.views.layout import Row, cells, fit, left
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.scene import Scene

LEAST_BOX = 22
WIDEST_BOX = 32
FRAME = 4
"""Columns that a box's edges and their gaps take."""

Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in its zone: its id, its role, what is known of it row by row, and a remark at the lower edge."""

    id: str
    role: Span
    rows: tuple[Spans, ...]
    remark: Span = ("", "")


def box_width(scene: Scene, zones: int) -> int:
    """How wide a zone's column may be; 0 where boxes do not fit and a list does better."""
    width = min(WIDEST_BOX, (scene.width - 1) // max(1, zones))
    return width if width >= LEAST_BOX else 0


def zone_columns(
    scene: Scene, zones: Sequence[Zone], boxes: Mapping[str, Sequence[Box]], column: int, each: Mapping[str, Spans] = {}
) -> list[Line]:
    """The zones as columns of boxes; `boxes`, and what else stands at the foot of `each`, go by the zone's name."""
    stacks = [_stack(scene, zone, boxes.get(zone.name, ()), column - 1) for zone in zones]
    lines = []
    for number in range(max(len(stack) for stack, _ in stacks)):
        row = Row((" ", ""))
        for stack, dark in stacks:
            end = row.width + column
            if number < len(stack):
                id, spans = stack[number]
                for text, style in spans:
                    row.add(text, "cut" if dark else style, id)
            row.to(end - 1, "cut" if dark else "").to(end)
        lines.append(row.line(scene.width))
    if each:
        row = Row((" ", ""), key="foot")
        for number, zone in enumerate(zones):
            row.to(1 + number * column)
            for text, style in each.get(zone.name, ()):
                row.add(text, style)
        lines.append(row.line(scene.width))
    return lines


def _stack(scene: Scene, zone: Zone, boxes: Sequence[Box], width: int) -> tuple[list[tuple[str, Spans]], bool]:
    """The rows of one column, each with the thing it stands for, and whether the zone is dark."""
    state = states.of_zone(scene.cloud, zone, scene.truth)
    title: Spans = ((left(zone.name, width), "dim"),)
    if state.word != "up":
        title = ((f"{zone.name} ", "dim"), (state.text, state.style))
    rows = [(zone.name, title)]
    for box in boxes:
        rows += [(box.id, spans) for spans in _drawn(box, width)]
    return rows, states.is_dark(state)


def _drawn(box: Box, width: int) -> list[Spans]:
    role, role_style = box.role
    name = fit(box.id, width - FRAME - len(role) - 1)
    room = width - FRAME - cells(name) - len(role)
    rule = " " * room if room < 3 else f" {'─' * (room - 2)} "
    top = (("┌ ", "dim"), (name, "title"), (rule, "dim"), (role, role_style), (" ┐", "dim"))
    rows = [(("│ ", "dim"), *filled(spans, width - FRAME), (" │", "dim")) for spans in box.rows]
    word, style = box.remark
    word = fit(word, width - FRAME - 2)
    edge: Spans = (("└" + "─" * (width - 2) + "┘", "dim"),)
    if word:
        edge = (("└" + "─" * (width - cells(word) - FRAME) + " ", "dim"), (word, style), (" ┘", "dim"))
    return [top, *rows, edge]


def filled(spans: Spans, width: int) -> Spans:
    """Spans in exactly so many columns: cut, or filled up with blanks."""
    row = Row()
    for text, style in spans:
        row.add(text, style)
    return row.to(width).line(width).spans
