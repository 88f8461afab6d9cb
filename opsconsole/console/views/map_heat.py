"""The map of a fleet that is too large for rows: a block of heat cells per zone, one cell for each node.

Above the blocks stands what they hold, in numbers: a zone that is lost is seen there, too, when its block is far below.
A node keeps its place among those of its zone, so whatever belongs together fails side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from opsconsole.cloud import Cloud
from opsconsole.cloud.places import Region, Zone
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.layout import Row, cells, fit, left
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.map_place import Stand
from opsconsole.console.views.map_rows import MapRow, Mark, rings
from opsconsole.console.views.states import State

WORDS: dict[str, State] = {
    state.glyph: state
    for state in (
        State(glyphs.DOWN, "down", "bad"),
        State(glyphs.WARN, "warning", "warn"),
        State(glyphs.STARTING, "starting", "warn"),
        State(glyphs.CREATING, "creating", "warn"),
        State(glyphs.NONE, "deleted", "dim"),
        State(glyphs.STANDBY, "in sync", "standby"),
        State(glyphs.UP, "running", "ok"),
    )
}
"""What a cell says, the worst first."""
RINGING = WORDS[glyphs.WARN]


class Node(NamedTuple):
    """A cell: whose, and what it says."""

    id: str
    glyph: str
    style: str


STYLE = attrgetter("style")


class Heat:
    """One drawing of a fleet: its Regions' rows, cut to the width that every zone's block has."""

    def __init__(self, cloud: Cloud, rows: dict[str, list[MapRow]], width: int, truth: bool, stand: Stand) -> None:
        self._cloud = cloud
        self._rows = rows
        self._width = width
        self._truth = truth
        self._stand = stand
        most = max((len(region.zones) for region in cloud.places.regions.values()), default=1)
        self._block = max(2, (width - 1) // most)
        self._nodes: dict[str, list[Node]] = {zone: [] for zone in cloud.places.zones}
        for row in (row for here in rows.values() for row in here):
            for mark in row.marks:
                state = self._shown(row, mark) if stand.ringing else mark.state
                self._nodes[mark.zone].append(Node(mark.id, state.glyph, state.style))
        self._counted = {zone: Counter([node.glyph for node in nodes]) for zone, nodes in self._nodes.items()}

    def _shown(self, row: MapRow, mark: Mark) -> State:
        return RINGING if mark.well and rings(self._stand.ringing, row, mark) else mark.state

    # -- in numbers ---------------------------------------------------------------------------------------------

    def summary(self, region: Region) -> list[Line]:
        """A Region: how many nodes do what, the same zone by zone, and the services that are not well."""
        state, rows = states.of_region(region, self._truth), self._rows[region.name]
        nodes = sum((self._counted[zone.name] for zone in region.zones), Counter[str]())
        head = Row((" ", ""), ref=region.name, key=region.name).add(region.name, "title", region.name)
        if state.word != "up":
            head.add("  ").add(state.text, state.style)
        head.add(f"  {nodes.total():,} nodes", "dim")
        for span in counts(nodes, self._width - head.width):
            head.add(*span)
        zones = Row((" ", ""), key=f"{region.name}:zones")
        for zone in region.zones:
            end = zones.width + self._block
            self._zone(zones, zone)
            zones.to(end)
        return [head.line(self._width), zones.line(self._width), *self._troubled(region, rows)]

    def _zone(self, row: Row, zone: Zone) -> None:
        state, room = states.of_zone(self._cloud, zone, self._truth), self._block - 1
        style = "cut" if states.is_dark(state) else ""
        words = f" {state.text}" if state.word != "up" else ""
        row.add(fit(f"{zone.letter}{words}", room), style or state.style if words else "dim", zone.name)
        for text, of_count in counts(self._counted[zone.name], room - cells(zone.letter + words)):
            row.add(text, style or of_count)

    def _troubled(self, region: Region, rows: Sequence[MapRow]) -> list[Line]:
        """How many services are not well, and which, as many as have room."""
        ill = {row.id: note for row in rows for id, note in row.notes if id == row.id}
        if not ill:
            return []
        line = Row(("   ", ""), key=f"{region.name}:troubled")
        line.add(f"{glyphs.WARN} {len(ill):,} of {len(rows):,} services not well: ", "warn")
        for number, (id, note) in enumerate(sorted(ill.items(), key=lambda one: one[1].style != "bad")):
            if line.width + cells(id) + 4 > self._width:
                line.add(glyphs.MORE, "dim")
                break
            line.add(", " if number else "").add(id, note.style, id)
        return [line.line(self._width)]

    # -- in cells -----------------------------------------------------------------------------------------------

    def block(self, region: Region) -> list[Line]:
        """A Region's zones side by side, a cell for each node. What the titles stand for is told by the summary."""
        zones = [(self._nodes[zone.name], states.of_zone(self._cloud, zone, self._truth)) for zone in region.zones]
        title = Row((" ", ""), key=f"{region.name}:cells")
        for zone, (_, state) in zip(region.zones, zones, strict=True):
            words = f" {state.text}" if state.word != "up" else ""
            style = "cut" if states.is_dark(state) else state.style if words else "dim"
            title.add(left(f"{zone.name}{words}", self._block - 1), style).add(" ")
        deep = max(-(-len(nodes) // (self._block - 1)) for nodes, _ in zones)
        return [title.line(self._width), *(self._cells(region, zones, number) for number in range(deep))]

    def _cells(self, region: Region, zones: Sequence[tuple[list[Node], State]], number: int) -> Line:
        row, room = Row((" ", ""), key=f"{region.name}:cells {number}"), self._block - 1
        for nodes, state in zones:
            end, dark = row.width + room, "cut" if states.is_dark(state) else ""
            here = nodes[number * room : (number + 1) * room]
            for style, some in groupby(here, key=STYLE):
                run = list(some)
                row.single("".join([node.glyph for node in run]), dark or style, [node.id for node in run])
            row.to(end, dark).to(end + 1)
        return row.line(self._width)

    def legend(self) -> list[State]:
        """What the glyphs mean: those that every fleet has use for, and those that are seen."""
        always = (glyphs.UP, glyphs.STARTING, glyphs.DOWN)
        seen = {glyph for counted in self._counted.values() for glyph in counted}
        return [state for glyph, state in reversed(WORDS.items()) if glyph in always or glyph in seen]


def counts(of: Counter[str], room: int) -> list[Span]:
    """How many nodes do what, by their glyphs, the worst first: in words where there is room, else by glyph."""
    some = [(state, of[glyph]) for glyph, state in WORDS.items() if of[glyph]]
    in_words = [(f"  {state.glyph} {count:,} {state.word}", state.style) for state, count in some]
    if sum(cells(text) for text, _ in in_words) <= room:
        return in_words
    return [(f"  {state.glyph} {count:,}", state.style) for state, count in some]
