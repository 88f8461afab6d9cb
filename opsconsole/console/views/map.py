"""The map: regions and zones as they stand in the world, a row per cluster, each instance in its zone.

A zone that is lost is a dark column. Below 36 columns a cluster is one list of instances instead of a row of cells.
"""

from __future__ import annotations

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.metrics import latest_datapoint
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.volume import CopyState
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, cells, fit, left
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.states import State
from opsconsole.console.views.things import disturbed_links, regions_in_order

NARROW = 36
LEAST_CELL = 6
WIDEST_CELL = 18
COPIES_AT = 5
COPY_GLYPHS: dict[str, Span] = {
    CopyState.HEALTHY.value: (glyphs.COPY, "reader"),
    CopyState.REPAIRING.value: (glyphs.COPY_REPAIRING, "warn"),
    CopyState.DOWN.value: (glyphs.COPY_DOWN, "bad"),
}
LEGEND: tuple[State, ...] = (
    State(glyphs.UP, "running", "ok"),
    State(glyphs.STARTING, "starting", "warn"),
    State(glyphs.CREATING, "creating", "warn"),
    State(glyphs.DOWN, "down", "bad"),
    State(glyphs.NONE, "none", "dim"),
    State("W", "writer", "writer"),
    State("R", "reader", "reader"),
)
LEGEND_COPIES = State(glyphs.COPY, "volume copy", "reader")


def map_view(
    cloud: Cloud,
    width: int,
    *,
    truth: bool = True,
    ascii: bool = False,
    selected: str | None = None,
    height: int = 16,
) -> list[Line]:
    """Regions × zones, a row per cluster, each instance in its zone; narrow form below 36 columns.

    `truth=False` shows what AWS's describe-* calls would answer now, and no volume copies. Where `height` rows are
    enough, blank lines part regions, global databases and the legend.
    """
    atlas = _Atlas(cloud, width, truth, selected)
    blocks = [atlas.region(region) for region in regions_in_order(cloud)]
    blocks += [[*atlas.links(), *(line for one in cloud.global_databases.values() for line in atlas.replication(one))]]
    blocks = [block for block in [*blocks, atlas.legend()] if block]
    roomy = sum(len(block) + 1 for block in blocks) - 1 <= height
    lines: list[Line] = []
    for number, block in enumerate(blocks):
        lines += [*([Line(key=f"gap {number}")] if roomy and number else []), *block]
    return in_ascii(lines, ascii)


class _Atlas:
    """One drawing: the widths that all its rows share."""

    def __init__(self, cloud: Cloud, width: int, truth: bool, selected: str | None) -> None:
        self.cloud = cloud
        self.width = width
        self.truth = truth
        self.selected = selected
        self.narrow = width < NARROW
        self.by_region: dict[str, list[Cluster]] = {name: [] for name in cloud.places.regions}
        for cluster in cloud.clusters.values():
            self.by_region[cluster.region.name].append(cluster)
        names = [*cloud.places.regions, *(f"  {id}" for id in cloud.clusters)]
        self.most_zones = max((len(region.zones) for region in cloud.places.regions.values()), default=1)
        widest = max((cells(name) for name in names), default=0) + 2
        self.label = min(widest, max(12, width - 1 - self.most_zones * LEAST_CELL))
        self.cell = max(LEAST_CELL, min(WIDEST_CELL, (width - 1 - self.label) // self.most_zones))

    # -- rows ---------------------------------------------------------------------------------------------------

    def region(self, region: Region) -> list[Line]:
        """A region's head and its clusters."""
        state = states.of_region(region, self.truth)
        zones = [(zone, states.of_zone(self.cloud, zone, self.truth)) for zone in region.zones]
        lines = [self._head(region, state, zones)]
        if state.word not in ("up", "down"):
            lines.append(self._note(region.name, state, f"{region.name}:border"))
        for cluster in self.by_region[region.name]:
            lines.append(self._list(cluster) if self.narrow else self._cluster(cluster, zones))
            trouble = states.of_cluster(self.cloud, cluster, self.truth)
            if trouble.word != "available":
                lines.append(self._note(cluster.id, trouble, f"{cluster.id}:state"))
        return lines

    def _head(self, region: Region, state: State, zones: list[tuple[Zone, State]]) -> Line:
        row = Row((" ", ""), ref=region.name, key=region.name)
        name_style = "selected" if self.selected == region.name else "title"
        row.add(fit(region.name, self.label - 1), name_style, region.name)
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
        style = "selected" if self.selected == zone.name else "cut" if states.is_dark(state) else state.style
        if state.word == "up":
            return left(zone.letter, self.cell - 1), "selected" if style == "selected" else "dim"
        text = f"{zone.letter} {state.text}"
        return left(text if cells(text) < self.cell else f"{zone.letter} {state.word}", self.cell - 1), style

    def _cluster(self, cluster: Cluster, zones: list[tuple[Zone, State]]) -> Line:
        row = Row(("   ", ""), ref=cluster.id, key=cluster.id)
        row.add(fit(cluster.id, self.label - 3), "selected" if self.selected == cluster.id else "", cluster.id)
        row.to(1 + self.label)
        writer = states.writer_of(self.cloud, cluster, self.truth)
        for zone, state in zones:
            self._cell(row, cluster, zone, writer, "cut" if states.is_dark(state) else "")
        return row.line(self.width)

    def _cell(self, row: Row, cluster: Cluster, zone: Zone, writer: Instance | None, dark: str) -> None:
        start, end = row.width, row.width + self.cell
        here = [i for i in cluster.instances.values() if i.zone is zone]
        copies = self._copies(cluster, zone)
        room = self.cell - 1 - (3 if copies else 0)
        joint, gap, shown = _packing(len(here), room)
        if copies and shown < len(here):
            copies, (joint, gap, shown) = [], _packing(len(here), self.cell - 1)
        for number, instance in enumerate(here[:shown]):
            row.add(gap if number else "", dark)
            glyph, letter, style = self._instance(instance, instance is writer)
            text = f"{glyph}{joint}{letter}"
            row.add(text, "selected" if self.selected == instance.id else dark or style, instance.id)
        if shown < len(here):
            row.add(f" +{len(here) - shown}", dark or "dim")
        if not here:
            row.add(glyphs.NONE, dark or "dim")
        if copies:
            row.to(min(max(row.width + 1, start + COPIES_AT), end - 1 - len(copies)), dark)
            for glyph, style in copies:
                row.add(glyph, dark or style)
        row.to(end - 1, dark).to(end)

    def _instance(self, instance: Instance, writes: bool) -> tuple[str, str, str]:
        state = states.of_instance(self.cloud, instance, self.truth)
        role = "writer" if writes else "reader"
        return state.glyph, "W" if writes else "R", role if state.style == "ok" else state.style

    def _copies(self, cluster: Cluster, zone: Zone) -> list[Span]:
        """The volume copies that stand in a zone; AWS shows none."""
        if not self.truth or self.cell < 8 or not isinstance(cluster, AuroraCluster):
            return []
        return [COPY_GLYPHS[copy.state.value] for copy in cluster.volume.copies if copy.zone is zone]

    def _list(self, cluster: Cluster) -> Line:
        """The narrow form: `orders a●W b●R c●R`."""
        row = Row((" ", ""), ref=cluster.id, key=cluster.id)
        row.add(left(cluster.id, min(self.label - 1, 14)), "selected" if self.selected == cluster.id else "")
        writer = states.writer_of(self.cloud, cluster, self.truth)
        for instance in cluster.instances.values():
            glyph, letter, style = self._instance(instance, instance is writer)
            row.add(" ").add(
                f"{instance.zone.letter}{glyph}{letter}",
                "selected" if self.selected == instance.id else style,
                instance.id,
            )
        return row.line(self.width)

    def _note(self, id: str, state: State, key: str) -> Line:
        return Row(("     ", ""), (state.text, state.style), ref=id, key=key).line(self.width)

    # -- between regions ----------------------------------------------------------------------------------------

    def links(self) -> list[Line]:
        """Links that a fault holds."""
        if not self.truth:
            return []
        lines = []
        for link in disturbed_links(self.cloud):
            a, _, b = link.partition("/")
            state = states.of_gates(self.cloud.places.links.get((b, a)), self.cloud.places.links.get((a, b)))
            word = {"cut in": f"{b} to {a} cut", "cut out": f"{a} to {b} cut"}.get(state.word, state.word)
            row = Row((" ", ""), (f"{a} – {b}  ", ""), (f"{state.glyph} {word}", state.style), ref=link, key=link)
            lines.append(row.line(self.width))
        return lines

    def replication(self, database: GlobalDatabase) -> list[Line]:
        """A global database: its state, and how far each secondary is behind."""
        state = states.of_global(self.cloud, database, self.truth)
        name_style = "selected" if self.selected == database.id else "title"
        row = Row((" ", ""), ref=database.id, key=database.id)
        row.add(database.id, name_style, database.id).add("  ").to(1 + self.label)
        row.add(
            "global database" if state.word == "available" else state.text, "dim" if state.style == "ok" else "warn"
        )
        lines = [row.line(self.width)]
        for secondary in database.secondaries:
            made = Row(("   ", ""), ref=database.id, key=f"{database.id}:{secondary.id}")
            made.add(database.primary.id, "", database.primary.id).add(f" {glyphs.ARROW} ", "dim")
            made.add(secondary.id, "", secondary.id).add("  ").to(1 + self.label)
            made.add(*self._lag(database, secondary))
            lines.append(made.line(self.width))
        for id in database.rejoining:
            waiting = State(glyphs.WARN, "old primary, not rejoined", "warn")
            made = Row(("   ", ""), (id, ""), ref=database.id, key=f"{database.id}:{id}").add("  ").to(1 + self.label)
            lines.append(made.add(waiting.text, waiting.style).line(self.width))
        return lines

    def _lag(self, database: GlobalDatabase, secondary: AuroraCluster) -> Span:
        if not self.truth:
            point = latest_datapoint(self.cloud, secondary.id, "AuroraGlobalDBReplicationLag")
            status = database.synchronization_status(secondary)
            if status != "connected":
                return f"{glyphs.STARTING} {status}", "warn"
            if point is None:
                return "no datapoint", "dim"
            minute = aws_view.moment(self.cloud, point.begins_us).strftime("%H:%M")
            return f"{latency(round(point.average * 1000))} at {minute}", "number"
        state = states.of_replication(database, secondary)
        lag = latency(database.lag_us(secondary))
        if state.style == "ok":
            behind = database.lag_us(secondary) >= 1_000_000
            return (f"{glyphs.WARN} catching up, {lag} behind", "warn") if behind else (lag, "number")
        return (f"{state.text}  {lag} behind" if state.word == "cut" else state.text), state.style

    # -- legend -------------------------------------------------------------------------------------------------

    def legend(self) -> list[Line]:
        """What the glyphs and letters mean."""
        items = [*LEGEND, *([LEGEND_COPIES] if self.truth and self.cell >= 8 and not self.narrow else [])]
        lines: list[Line] = []
        row = Row((" ", ""), key="legend")
        for state in items:
            if row.width > 1 and row.width + 2 + cells(state.text) > self.width:
                lines.append(row.line(self.width))
                row = Row((" ", ""), key=f"legend {len(lines)}")
            row.add("  " if row.width > 1 else "")
            row.add(state.glyph, state.style).add(f" {state.word}", "dim")
        return [*lines, row.line(self.width)]


def _packing(count: int, room: int) -> tuple[str, str, int]:
    """How to put `count` instances into `room` columns: (between glyph and letter, between instances, how many)."""
    if count * 5 - 2 <= room:
        return " ", "  ", count
    if count * 4 - 1 <= room:
        return " ", " ", count
    if count * 3 - 1 <= room:
        return "", " ", count
    if count * 2 <= room:
        return "", "", count
    return "", "", max(1, (room - 4) // 2)
