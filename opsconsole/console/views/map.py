"""The map: regions and zones as they stand in the world, a row per thing, each part of it in its zone.

A zone that is lost is a dark column. Below 36 columns a thing is one list of its parts instead of a row of cells.
A fleet with more things than `MOST_ROWS` is shown as heat cells; nearer, a Region is rows and a zone a list of nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from opsconsole.cloud import Cloud
from opsconsole.cloud.places import Region, Zone
from opsconsole.console.views import glyphs, map_links, map_rows, states
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, cells, fit, left
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.map_heat import Heat
from opsconsole.console.views.map_place import Level, Stand, region_of
from opsconsole.console.views.map_rows import LETTERS, ROLE_STYLES, MapRow, Mark, Rows
from opsconsole.console.views.map_zone import zone_lines
from opsconsole.console.views.states import State
from opsconsole.console.views.things import regions_in_order

NARROW = 36
LEAST_CELL = 6
WIDEST_CELL = 18
COPIES_AT = 5
WITH_COPIES = 8
"""Columns that a cell needs to show volume copies too."""
MOST_ROWS = 36
"""Things that a fleet may have to be shown in rows: what a large screen has room for."""
AT_HOME = Stand()
LEGEND: tuple[State, ...] = (
    State(glyphs.UP, "running", "ok"),
    State(glyphs.STARTING, "starting", "warn"),
    State(glyphs.CREATING, "creating", "warn"),
    State(glyphs.DOWN, "down", "bad"),
    State(glyphs.NONE, "none", "dim"),
)
LEGEND_STANDBY = State(glyphs.STANDBY, "in sync", "standby")
LEGEND_ALARM = State(glyphs.WARN, "alarm", "warn")
LEGEND_COPIES = (
    State(glyphs.COPY, "volume copy", "reader"),
    State(glyphs.COPY_REPAIRING, "copy in repair", "warn"),
    State(glyphs.COPY_DOWN, "copy down", "bad"),
)
"""The first whenever copies are shown, the others where they are seen."""


def map_view(
    cloud: Cloud,
    width: int,
    *,
    truth: bool = True,
    ascii: bool = False,
    selected: str | None = None,
    height: int = 16,
    stand: Stand = AT_HOME,
    rows: Rows | None = None,
) -> list[Line]:
    """Regions × zones, a row per cluster, DB instance or cache, each part in its zone; narrow form below 36 columns.

    `stand` says how near: the fleet, or one Region or zone of it. `truth=False` shows what AWS's describe-* calls would
    answer now, and no volume copies. `rows`: what stands there, if that is known already. Where `height` rows are
    enough, blank lines part regions, links and the legend.
    """
    if rows is None:
        rows = map_rows.rows(cloud, truth)
    if stand.words:
        rows = map_rows.matching(rows, stand.words)
    blocks = [block for block in _blocks(cloud, rows, width, truth, stand) if block]
    roomy = sum(len(block) + 1 for block in blocks) - 1 <= height
    lines: list[Line] = []
    for number, block in enumerate(blocks):
        lines += [*([Line(key=f"gap {number}")] if roomy and number else []), *block]
    return in_ascii(lines if selected is None else select(lines, selected), ascii)


def _blocks(cloud: Cloud, rows: Rows, width: int, truth: bool, stand: Stand) -> list[list[Line]]:
    """What belongs together, from top to bottom."""
    regions = regions_in_order(cloud)
    atlas = _Atlas(cloud, rows, width, truth, stand)
    if stand.level is Level.REGION:
        region = cloud.places.regions[region_of(cloud, stand.zone)]
        return [atlas.region(region), atlas.links(region), atlas.legend()]
    if stand.level is Level.ZONE:
        near = zone_lines(cloud, rows[region_of(cloud, stand.zone)], width, truth, stand)
        return [*near, atlas.legend()]
    if is_heat(cloud):
        heat = Heat(cloud, rows, width, truth, stand)
        summary = [line for region in regions for line in heat.summary(region)]
        far = [row.line(width) for row in map_links.far_rows(cloud, truth, 1 + atlas.label)]
        signs = legend_lines(heat.legend(), width)
        return [[*summary, *signs], far, *(heat.block(region) for region in regions)]
    return [*(atlas.region(region) for region in regions), atlas.links(), atlas.legend()]


def is_heat(cloud: Cloud) -> bool:
    """Whether the whole fleet is shown as heat cells: it has too many things to show a row of each."""
    return map_rows.count(cloud) > MOST_ROWS


def select(lines: Sequence[Line], id: str) -> list[Line]:
    """The same lines with a thing marked where it stands first."""
    for number, line in enumerate(lines):
        place = next(((start, end) for start, end, ref in line.refs if ref == id), None)
        if place is not None:
            return [*lines[:number], _marked(line, *place), *lines[number + 1 :]]
    return list(lines)


def _marked(line: Line, start: int, end: int) -> Line:
    """The line with its columns from `start` to before `end` marked: a span of its own, or a part of a longer one."""
    spans: list[Span] = []
    at = 0
    for text, style in line.spans:
        after = at + cells(text)
        if start <= at and after <= end:
            spans.append((text, "selected"))
        elif at <= start and end <= after:
            here, there = start - at, end - at
            spans += [(text[:here], style), (text[here:there], "selected"), (text[there:], style)]
        else:
            spans.append((text, style))
        at = after
    return replace(line, spans=tuple(span for span in spans if span[0]))


def map_rows_at_rest(cloud: Cloud) -> int:
    """How many lines the map has while all is well, the legend apart."""
    return len(cloud.places.regions) + map_rows.count(cloud) + map_links.count(cloud)


class _Atlas:
    """One drawing: the widths that all its rows share."""

    def __init__(self, cloud: Cloud, rows: Rows, width: int, truth: bool, stand: Stand) -> None:
        self.cloud = cloud
        self.width = width
        self.truth = truth
        self.narrow = width < NARROW
        self.rows = rows
        self.ringing = stand.ringing
        names = [*cloud.places.regions, *(f"  {row.id}" for rows in self.rows.values() for row in rows)]
        self.most_zones = max((len(region.zones) for region in cloud.places.regions.values()), default=1)
        widest = max((cells(name) for name in names), default=0) + 3
        self.label = min(widest, max(12, width - 1 - self.most_zones * LEAST_CELL))
        self.cell = max(LEAST_CELL, min(WIDEST_CELL, (width - 1 - self.label) // self.most_zones))

    # -- regions ------------------------------------------------------------------------------------------------

    def region(self, region: Region) -> list[Line]:
        """A region's head and what stands in it."""
        state = states.of_region(region, self.truth)
        zones = [(zone, states.of_zone(self.cloud, zone, self.truth)) for zone in region.zones]
        lines = [self._head(region, zones)]
        if state.word not in ("up", "down"):
            lines.append(self._note(region.name, state.text, state.style, f"{region.name}:border"))
        for row in self.rows[region.name]:
            lines.append(self._list(row) if self.narrow else self._row(row, zones))
            for id, trouble in row.notes:
                text = trouble.text if id == row.id else f"{id}  {trouble.text}"
                lines.append(self._note(id, text, trouble.style, f"{id}:state"))
        return lines

    def _head(self, region: Region, zones: list[tuple[Zone, State]]) -> Line:
        row = Row((" ", ""), ref=region.name, key=region.name)
        row.add(fit(region.name, self.label - 1), "title", region.name)
        if self.narrow:
            for zone, zone_state in zones:
                if zone_state.word != "up":
                    row.add("  ").add(f"{zone.letter} {zone_state.text}", zone_state.style, zone.name)
            return row.line(self.width)
        row.to(1 + self.label)
        for zone, zone_state in zones:
            row.add(*self._zone_title(zone, zone_state), zone.name).add(" ")
        return row.line(self.width)

    def _zone_title(self, zone: Zone, state: State) -> Span:
        style = "cut" if states.is_dark(state) else state.style
        if state.word == "up":
            return left(zone.letter, self.cell - 1), "dim"
        text = f"{zone.letter} {state.text}"
        return left(text if cells(text) < self.cell else f"{zone.letter} {state.word}", self.cell - 1), style

    # -- rows ---------------------------------------------------------------------------------------------------

    def _row(self, one: MapRow, zones: list[tuple[Zone, State]]) -> Line:
        row = Row(("   ", ""), ref=one.id, key=one.id)
        row.add(fit(one.id, self.label - 4), "", one.id)
        if self._rings(one):
            row.add(f" {glyphs.WARN}", "warn")
        row.to(1 + self.label)
        for zone, state in zones:
            here = [mark for mark in one.marks if mark.zone == zone.name]
            copies = one.copies.get(zone.name, []) if self.cell >= WITH_COPIES else []
            self._cell(row, here, copies, "cut" if states.is_dark(state) else "")
        return row.line(self.width)

    def _rings(self, one: MapRow) -> bool:
        """Whether an alarm rings on a thing or on one of its parts."""
        return one.id in self.ringing or any(mark.id in self.ringing for mark in one.marks)

    def _cell(self, row: Row, here: list[Mark], copies: list[Span], dark: str) -> None:
        start, end = row.width, row.width + self.cell
        room = self.cell - 1 - (3 if copies else 0)
        joint, gap, shown = _packing(len(here), room)
        if copies and shown < len(here):
            copies, (joint, gap, shown) = [], _packing(len(here), self.cell - 1)
        for number, mark in enumerate(here[:shown]):
            row.add(gap if number else "", dark)
            text = f"{mark.state.glyph}{joint}{LETTERS[mark.role]}"
            row.add(text, dark or mark.style, mark.id)
        if shown < len(here):
            row.add(f" +{len(here) - shown}", dark or "dim")
        if not here:
            row.add(glyphs.NONE, dark or "dim")
        if copies:
            row.to(min(max(row.width + 1, start + COPIES_AT), end - 1 - len(copies)), dark)
            for glyph, style in copies:
                row.add(glyph, dark or style)
        row.to(end - 1, dark).to(end)

    def _list(self, one: MapRow) -> Line:
        """The narrow form: `orders a●W b●R c●R`."""
        row = Row((" ", ""), ref=one.id, key=one.id)
        row.add(left(one.id, min(self.label - 1, 14)), "", one.id)
        row.add(glyphs.WARN if self._rings(one) else "", "warn")
        for mark in one.marks:
            letter = self.cloud.places.zones[mark.zone].letter
            text = f"{letter}{mark.state.glyph}{LETTERS[mark.role]}"
            row.add(" ").add(text, mark.style, mark.id)
        return row.line(self.width)

    def _note(self, id: str, text: str, style: str, key: str) -> Line:
        return Row(("     ", ""), (text, style), ref=id, key=key).line(self.width)

    # -- below --------------------------------------------------------------------------------------------------

    def links(self, region: Region | None = None) -> list[Line]:
        """What goes from one place to another, or from and to one Region."""
        rows = map_links.link_rows(self.cloud, self.truth, 1 + self.label, None if region is None else region.name)
        return [row.line(self.width) for row in rows]

    def legend(self) -> list[Line]:
        """What the glyphs and letters mean: those that this fleet has use for."""
        marks = [mark for rows in self.rows.values() for row in rows for mark in row.marks]
        roles = {mark.role: None for mark in marks}
        by_letter: dict[str, list[str]] = {}
        for role in LETTERS:
            if role in roles:
                by_letter.setdefault(LETTERS[role], []).append(role)
        standby = [LEGEND_STANDBY] if "standby" in roles else []
        letters = [
            State(letter, ", ".join(words), ROLE_STYLES.get(words[0], "reader")) for letter, words in by_letter.items()
        ]
        alarm = [LEGEND_ALARM] if self.ringing else []
        return legend_lines([*LEGEND, *standby, *letters, *alarm, *self._copies()], self.width)

    def _copies(self) -> list[State]:
        """What the signs of volume copies mean, where there is room for copies."""
        shown = [copies for rows in self.rows.values() for row in rows for copies in row.copies.values()]
        if not shown or self.cell < WITH_COPIES or self.narrow:
            return []
        seen = {LEGEND_COPIES[0].glyph, *(glyph for copies in shown for text, _ in copies for glyph in text)}
        return [state for state in LEGEND_COPIES if state.glyph in seen]


def legend_lines(items: Sequence[State], width: int) -> list[Line]:
    """Glyphs and what they mean, in as many lines as they need."""
    lines: list[Line] = []
    row = Row((" ", ""), key="legend")
    for state in items:
        if row.width > 1 and row.width + 2 + cells(state.text) > width:
            lines.append(row.line(width))
            row = Row((" ", ""), key=f"legend {len(lines)}")
        row.add("  " if row.width > 1 else "")
        row.add(state.glyph, state.style).add(f" {state.word}", "dim")
    return [*lines, row.line(width)]


def _packing(count: int, room: int) -> tuple[str, str, int]:
    """How to put `count` marks into `room` columns: (between glyph and letter, between marks, how many)."""
    if count * 5 - 2 <= room:
        return " ", "  ", count
    if count * 4 - 1 <= room:
        return " ", " ", count
    if count * 3 - 1 <= room:
        return "", " ", count
    if count * 2 <= room:
        return "", "", count
    return "", "", max(1, (room - 4) // 2)
