"""The map of one zone: service by service a row per thing, with its nodes that stand there by name."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from opsconsole.cloud import Cloud
from opsconsole.cloud.places import Zone
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.layout import Row, cells, fit, heading
from opsconsole.console.views.lines import Line
from opsconsole.console.views.map_heat import counts
from opsconsole.console.views.map_place import Stand
from opsconsole.console.views.map_rows import LETTERS, MapRow, Mark, rings

WIDEST_LABEL = 24


def zone_lines(cloud: Cloud, rows: list[MapRow], width: int, truth: bool, stand: Stand) -> list[list[Line]]:
    """The zone's condition, then a block per service. `rows` are its Region's."""
    zone = cloud.places.zones[stand.zone]
    here = [(row, [mark for mark in row.marks if mark.zone == zone.name]) for row in rows]
    here = [(row, marks) for row, marks in here if marks]
    blocks = [[_head(cloud, zone, [mark for _, marks in here for mark in marks], width, truth)]]
    label = min(WIDEST_LABEL, max((cells(row.id) for row, _ in here), default=0))
    for service, some in groupby(here, key=lambda one: one[0].service):
        found = list(some)
        head = heading(service, width, (f"  {sum(len(marks) for _, marks in found):,} here", "dim"))
        blocks.append([head, *(line for row, marks in found for line in _row(row, marks, label, width, stand))])
    return blocks


def _head(cloud: Cloud, zone: Zone, marks: list[Mark], width: int, truth: bool) -> Line:
    state = states.of_zone(cloud, zone, truth)
    row = Row((" ", ""), ref=zone.name, key=zone.name).add(zone.name, "title", zone.name)
    row.add(f"  {zone.zone_id}  ", "dim").add(state.text, "cut" if states.is_dark(state) else state.style)
    row.add(f"  {len(marks):,} nodes", "dim")
    for span in counts(Counter(mark.state.glyph for mark in marks), width - row.width):
        row.add(*span)
    return row.line(width)


def _row(row: MapRow, marks: list[Mark], label: int, width: int, stand: Stand) -> list[Line]:
    """A thing and its nodes, in as many lines as they need."""
    lines: list[Line] = []
    line = Row(("   ", ""), ref=row.id, key=row.id).add(fit(row.id, label), "", row.id).to(label + 5)
    for mark in marks:
        text = f"{mark.state.glyph} {LETTERS[mark.role]} {mark.id}"
        word, style = "" if mark.well else f" {mark.state.word}", mark.state.style
        if mark.well and rings(stand.ringing, row, mark):
            word, style = f" {glyphs.WARN} alarm", "warn"
        if line.width > label + 5 and line.width + 2 + cells(text + word) > width:
            lines.append(line.line(width))
            line = Row((" " * (label + 5), ""), key=f"{row.id} {len(lines)}")
        line.add("  " if line.width > label + 5 else "").add(text, mark.style, mark.id).add(word, style)
    return [*lines, line.line(width)]
