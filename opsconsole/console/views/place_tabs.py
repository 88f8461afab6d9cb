"""Regions, zones and links: what stands there, in what condition, and why."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.places import Gate, Zone
from opsconsole.console.views import glyphs, map_rows, states
from opsconsole.console.views.glyphs import ARROW
from opsconsole.console.views.layout import Cell, Column, Row, cells, heading, left, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.map_rows import COPY_GLYPHS, ROLE_STYLES
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.scene import BLANK, Scene, fault_lines

AVAILABLE = states.State(glyphs.UP, "available", "ok")


def zone(scene: Scene) -> list[Line]:
    """A zone: its condition, its causes, and what stands there."""
    place = scene.cloud.places.zones[scene.id]
    state = states.of_zone(scene.cloud, place, scene.truth)
    row = Row(
        (" ", ""), (place.name, "title"), (f"  {place.zone_id}  ", "dim"), (state.text, state.style), ref=place.name
    )
    lines = [row.line(scene.width), *_causes(scene, _gates_of(place)), BLANK, *_standing(scene, place)]
    if scene.truth and scene.cloud.aurora:
        lines += [BLANK, *_zone_copies(scene, place)]
    return [*lines, BLANK, *_processes(scene, [place])]


def region(scene: Scene) -> list[Line]:
    """A region: its zones, what stands there, the apps that live there, and the way to the other regions."""
    place = scene.cloud.places.regions[scene.id]
    state = states.of_region(place, scene.truth)
    head = Row((" ", ""), (place.name, "title"), ("  ", ""), (state.text, state.style), ref=place.name)
    gates = [place.border.inward, place.border.outward, *(gate for zone in place.zones for gate in _gates_of(zone))]
    lines = [head.line(scene.width), *_causes(scene, gates), BLANK]
    rows: list[tuple[str | None, list[Cell]]] = []
    standing = map_rows.rows(scene.cloud, scene.truth)[place.name]
    for one in place.zones:
        zone_state = states.of_zone(scene.cloud, one, scene.truth)
        ids = [mark.id for row in standing for mark in row.marks if mark.zone == one.name]
        rows.append(
            (one.name, [one.name, (one.zone_id, "dim"), (zone_state.text, zone_state.style), ", ".join(ids) or "-"])
        )
    lines += table([Column("zone"), Column("zone id"), Column("condition"), Column("holds")], rows, scene.width)
    rows = []
    for row in standing:
        trouble = next((found for id, found in row.notes if id == row.id), AVAILABLE)
        rows.append((row.id, [row.id, (trouble.text, trouble.style), (str(len(row.marks)), "number")]))
    lines += [BLANK, *table([Column("what stands here"), Column("state"), Column("parts", True)], rows, scene.width)]
    lines += [BLANK, *_processes(scene, place.zones)]
    return [*lines, *(_ways(scene) if scene.truth else [])]


def _gates_of(place: Zone) -> list[Gate]:
    return [place.power, place.border.inward, place.border.outward]


def _causes(scene: Scene, gates: list[Gate]) -> list[Line]:
    """The faults that hold any of these gates; AWS knows nothing of them."""
    if not scene.truth:
        return []
    ids = dict.fromkeys(id for gate in gates for id in gate.holds)
    faults: list[Fault] = [scene.cloud.faults.in_force[id] for id in ids if id in scene.cloud.faults.in_force]
    return fault_lines(scene, faults)


def _standing(scene: Scene, place: Zone) -> list[Line]:
    """What stands in a zone, with its role and state: as on the map, a line each."""
    rows: list[tuple[str | None, list[Cell]]] = []
    for row in map_rows.rows(scene.cloud, scene.truth)[place.region.name]:
        for mark in row.marks:
            if mark.zone == place.name:
                role = (mark.role, ROLE_STYLES.get(mark.role, "reader"))
                rows.append((mark.id, [mark.id, row.id, role, (mark.state.text, mark.state.style)]))
    if not rows:
        return paragraph("nothing stands here", scene.width)
    return table(
        [Column("what stands here"), Column("of"), Column("role"), Column("state", least=12)], rows, scene.width
    )


def _zone_copies(scene: Scene, place: Zone) -> list[Line]:
    lines = [heading("volume copies", scene.width)]
    room = max((cells(id) for id in scene.cloud.clusters), default=0) + 2
    for cluster in scene.cloud.aurora.values():
        copies = [copy for copy in cluster.volume.copies if copy.zone is place]
        if not copies:
            continue
        row = Row((" ", ""), (left(cluster.id, room), ""), ref=cluster.id, key=f"copies {cluster.id}")
        for copy in copies:
            glyph, style = COPY_GLYPHS[copy.state.value]
            row.add(f"{glyph} {copy.number} {copy.state.value}  ", "" if copy.healthy else style)
        lines.append(row.line(scene.width))
    return lines if len(lines) > 1 else []


def _processes(scene: Scene, zones: list[Zone]) -> list[Line]:
    names = [zone.name for zone in zones]
    lines = [heading("apps", scene.width)]
    room = max((cells(id) for id in scene.cloud.apps), default=0) + 2
    for app in scene.cloud.apps.values():
        homes = [zone.name for zone in app.zones() if zone.name in names]
        if not homes:
            continue
        serving = [name for name in homes if name in app.routed.value]
        row = Row((" ", ""), (left(app.id, room), ""), ref=app.id, key=f"app {app.id}")
        row.add("users are sent to " + ", ".join(serving) if serving else "has a home here that stands by", "dim")
        lines.append(row.line(scene.width))
    return lines if len(lines) > 1 else [*lines, Row((" none has a home here", "dim")).line(scene.width)]


def _ways(scene: Scene) -> list[Line]:
    """How far it is to the other regions, and whether one gets there."""
    cloud = scene.cloud
    here = cloud.places.regions[scene.id]
    lines = []
    for other in cloud.places.regions.values():
        if other is here:
            continue
        state = max(
            (_state_of_way(_way(cloud, here.name, other.name)), _state_of_way(_way(cloud, other.name, here.name))),
            key=lambda one: ("up", "slow", "cut").index(one.word),
        )
        row = Row(
            (" ", ""), (f"{ARROW} {other.name}  ", ""), ref=f"{min(here.name, other.name)}/{max(here.name, other.name)}"
        )
        row.add(f"round trip {latency(cloud.places.region_rtt_us(here, other))}", "number").add("  ")
        lines.append(row.add(state.text, state.style).line(scene.width))
    return [BLANK, heading("to other regions", scene.width), *lines] if lines else []


def link(scene: Scene) -> list[Line]:
    """The way between two places, in both directions."""
    a, _, b = scene.id.partition("/")
    places = scene.cloud.places
    row = Row((" ", ""), (f"{a} – {b}", "title"), ref=scene.id)
    if not scene.truth:
        return [row.line(scene.width), BLANK, scene.hidden("the condition of a link")]
    ways = [_way(scene.cloud, a, b), _way(scene.cloud, b, a)]
    causes = list(dict.fromkeys(gate for gates in ways for gate in gates))
    lines = [row.line(scene.width), *_causes(scene, causes), BLANK]
    rows: list[tuple[str, list[Span]]] = []
    for (start, end), gates in zip(((a, b), (b, a)), ways, strict=True):
        state, extra_us = _state_of_way(gates), sum(gate.extra_us for gate in gates)
        extra = f"  {latency(extra_us)} more" if extra_us and state.word == "slow" else ""
        rows.append((f"{start} {ARROW} {end}", [(state.text, state.style), (extra, "number")]))
    lines += pairs(rows, scene.width)
    if a in places.regions:
        rtt = places.region_rtt_us(places.regions[a], places.regions[b])
        lines += pairs([("round trip, undisturbed", [(latency(rtt), "number")])], scene.width)
    else:
        trip = places.round_trip(places.zones[a], places.zones[b])
        text = "nothing passes" if trip is None else latency(trip)
        lines += pairs([("round trip now", [(text, "bad" if trip is None else "number")])], scene.width)
    return [*lines, BLANK, *_streams(scene, a, b)]


def _way(cloud: Cloud, a: str, b: str) -> list[Gate]:
    """Every gate on the one-way path between two regions, or two zones of a region."""
    places = cloud.places
    gates = [places.links[a, b]] if (a, b) in places.links else []
    if a in places.regions:
        return [places.regions[a].border.outward, places.regions[b].border.inward, *gates]
    start, end = places.zones[a], places.zones[b]
    return [start.power, end.power, start.border.outward, end.border.inward, *gates]


def _state_of_way(gates: list[Gate]) -> states.State:
    worst = next((gate for gate in gates if gate.shut), next((gate for gate in gates if gate.extra_us), None))
    return states.of_gates(worst, worst)


def _streams(scene: Scene, a: str, b: str) -> list[Line]:
    """Replication that travels this way."""
    lines = []
    for database in scene.cloud.global_databases.values():
        for secondary in database.secondaries:
            if {database.primary.region.name, secondary.region.name} != {a, b}:
                continue
            state = states.of_replication(database, secondary)
            row = Row((" ", ""), (f"{database.primary.id} {ARROW} {secondary.id}  ", ""), ref=database.id)
            row.add(state.text, state.style).add(f"  {latency(database.lag_us(secondary))} behind", "number")
            lines.append(row.line(scene.width))
    return [heading("replication", scene.width), *lines] if lines else []
