"""Regions, zones and the links between them: what is up, what is slow, and who can reach whom.

Every obstacle is a `Gate`. A gate counts its causes, so faults overlap and a heal removes one cause only. A path from
a zone to a zone is the list of gates on the way; it may differ by direction, because every link and every border is
two gates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opsconsole import catalog
from opsconsole.cloud.control_plane import ControlPlane
from opsconsole.cloud.refusal import Refused
from opsconsole.simulation import Step

Latency = int  # microseconds, one way


class Gate:
    """Something traffic passes: open, slow (each cause adds its latency) or shut."""

    __slots__ = ("extra_us", "holds", "shut")

    def __init__(self) -> None:
        self.holds: dict[str, Latency | None] = {}
        self.shut = False
        self.extra_us = 0

    def hold(self, cause: str, extra_us: Latency | None) -> None:
        """Let `cause` shut the gate (None) or slow it by `extra_us`."""
        self.holds[cause] = extra_us
        self._weigh()

    def release(self, cause: str) -> None:
        """Remove one cause; the gate opens when none is left."""
        self.holds.pop(cause, None)
        self._weigh()

    def _weigh(self) -> None:
        self.shut = any(extra is None for extra in self.holds.values())
        self.extra_us = sum(extra for extra in self.holds.values() if extra is not None)


class Border:
    """The two directions of everything that enters or leaves a zone or a region."""

    __slots__ = ("inward", "outward")

    def __init__(self) -> None:
        self.inward = Gate()
        self.outward = Gate()


class Zone:
    """An availability zone: `us-east-1a`, whose building is `use1-az1`."""

    def __init__(self, name: str, zone_id: str, region: Region) -> None:
        self.name = name
        self.zone_id = zone_id
        self.region = region
        self.power = Gate()
        self.border = Border()
        self.capacity = Gate()  # shut: there is no machine left for what is new here
        self.condition: Step[str] = Step("up")

    @property
    def letter(self) -> str:
        """What the zone's name adds to its region's: `a`."""
        return self.name[len(self.region.name) :]

    @property
    def up(self) -> bool:
        """Whether the zone has power; a zone cut off from the others is up."""
        return not self.power.shut

    @property
    def has_room(self) -> bool:
        """Whether something new may be put here: there is power, and a machine is left."""
        return self.up and not self.capacity.shut

    @property
    def open(self) -> bool:
        """Whether users and health checks from outside get in and are answered."""
        return self.up and not self.border.inward.shut and not self.border.outward.shut

    def describe_condition(self) -> str:
        """`down`, `cut off`, `slow` or `up`, the worst that holds."""
        borders = (self.border.inward, self.border.outward)
        if self.power.shut:
            return "down"
        if any(gate.shut for gate in borders):
            return "cut off"
        if any(gate.extra_us for gate in (self.power, *borders)):
            return "slow"
        return "up"


class Region:
    """A region and its zones, in the order of their letters."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.zones: list[Zone] = []
        self.border = Border()
        self.api = ControlPlane(name)

    @property
    def up(self) -> bool:
        """Whether any of its zones has power."""
        return any(zone.up for zone in self.zones)

    def roomy(self) -> list[Zone]:
        """The zones that something new may be put into."""
        return [zone for zone in self.zones if zone.has_room]

    def require_api(self, now_us: int) -> None:
        """Raise Refused if the Region's API takes no call now: it stands in the zones, and has faults of its own."""
        if not self.up:
            raise Refused("ServiceUnavailable", f"the API of {self.name} does not answer: the region is down")
        self.api.require(now_us)

    def observers(self, zone: Zone) -> list[Zone]:
        """The zones from which the control plane looks at `zone`: the others that have power, else the zone itself."""
        others = [other for other in self.zones if other is not zone and other.up]
        return others or ([zone] if zone.up else [])


class Places:
    """All regions, zones and links of a fleet; `reach` answers with a latency or not at all."""

    def __init__(self, regions: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self.regions: dict[str, Region] = {}
        self.zones: dict[str, Zone] = {}
        self.links: dict[tuple[str, str], Gate] = {}
        self.version = 0  # counts changes, so that what was worked out from the places can be kept until the next one
        self._paths: dict[tuple[str, str], Latency | None] = {}
        self._trips: dict[tuple[str, str], Latency | None] = {}
        self._listeners: list[Callable[[list[Region], list[Zone]], None]] = []
        self._same_zone_us = round(catalog.assumption("rtt-same-zone-ms").value * 500)
        self.cross_zone_us = round(catalog.assumption("rtt-cross-zone-ms").value * 500)
        for name, zone_names in sorted(regions):
            region = self.regions[name] = Region(name)
            ids = {row.letter: row.az_id for row in catalog.region(name).zones}
            for zone_name in sorted(zone_names):
                zone = Zone(zone_name, ids.get(zone_name[len(name) :], zone_name), region)
                region.zones.append(zone)
                self.zones[zone_name] = zone

    def on_change(self, listener: Callable[[list[Region], list[Zone]], None]) -> None:
        """Call `listener(regions touched, zones whose power changed)` after every change."""
        self._listeners.append(listener)

    def link(self, a: str, b: str) -> Gate:
        """The one-way link from zone or region `a` to `b` of the same kind."""
        return self.links.setdefault((a, b), Gate())

    def change(self, gates: Iterable[tuple[Gate, Latency | None]], cause: str, touched: Iterable[str]) -> None:
        """Let `cause` hold every gate of `gates`; `touched` names the zones or regions concerned."""
        before = {zone.name: zone.up for zone in self.zones.values()}
        for gate, extra_us in gates:
            gate.hold(cause, extra_us)
        self._changed(before, touched)

    def release(self, gates: Iterable[Gate], cause: str, touched: Iterable[str]) -> None:
        """Remove `cause` from every gate of `gates`."""
        before = {zone.name: zone.up for zone in self.zones.values()}
        for gate in gates:
            gate.release(cause)
        self._changed(before, touched)

    def _changed(self, before: dict[str, bool], touched: Iterable[str]) -> None:
        self._paths.clear()
        self._trips.clear()
        self.version += 1
        regions = dict.fromkeys(sorted(self.region_of(place).name for place in touched))
        switched = [zone for zone in self.zones.values() if zone.up != before[zone.name]]
        for listener in self._listeners:
            listener([self.regions[name] for name in regions], switched)

    def region_of(self, place: str) -> Region:
        """The region of a zone, or the region itself. Raises KeyError for an unknown place."""
        return self.zones[place].region if place in self.zones else self.regions[place]

    def reach(self, a: Zone, b: Zone) -> Latency | None:
        """One-way latency from `a` to `b` in microseconds, or None where nothing arrives."""
        key = (a.name, b.name)
        if key not in self._paths:
            self._paths[key] = self._measure(a, b)
        return self._paths[key]

    def round_trip(self, a: Zone, b: Zone) -> Latency | None:
        """There and back in microseconds, or None where either way is shut."""
        key = (a.name, b.name)
        if key not in self._trips:
            there, back = self.reach(a, b), self.reach(b, a)
            self._trips[key] = None if there is None or back is None else there + back
        return self._trips[key]

    def region_rtt_us(self, a: Region, b: Region) -> Latency:
        """The undisturbed round trip between two regions in microseconds."""
        return round(catalog.region_rtt_ms(a.name, b.name) * 1000)

    def _measure(self, a: Zone, b: Zone) -> Latency | None:
        gates = [a.power]
        if a is b:
            base = self._same_zone_us
        else:
            gates += [b.power, a.border.outward, b.border.inward]
            if a.region is b.region:
                base = self.cross_zone_us
                crossing = (a.name, b.name)
            else:
                base = self.region_rtt_us(a.region, b.region) // 2
                crossing = (a.region.name, b.region.name)
                gates += [a.region.border.outward, b.region.border.inward]
            if crossing in self.links:
                gates.append(self.links[crossing])
        if any(gate.shut for gate in gates):
            return None
        return base + sum(gate.extra_us for gate in gates)
