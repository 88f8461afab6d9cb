"""Faults of places: zones, regions and the links between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.places import Region, Zone
from opsconsole.commands import cache_checks, rds_places
from opsconsole.commands.base import Preview, Seconds
from opsconsole.commands.blast import together, users_of, with_writers_restart
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind, split_link


def _zones_preview(cloud: Cloud, zones: list[Zone], loses_power: bool) -> Preview:
    nodes = [i for i in cloud.instances.values() if i.zone in zones]
    homes = [id for id, app in cloud.apps.items() if any(zone.name in app.routed.value for zone in zones)]
    names: list[str] = []
    sentences: list[str] = []
    for cluster in cloud.clusters.values():
        if cluster.writer in nodes:
            others = [i for i in cluster.readers() if i not in nodes]
            names += [cluster.writer_record.id]
            then = f"a reader takes over ({others[0].id} or another)" if others else "nobody can take over"
            sentences.append(f"writer of {cluster.id} stands there: {then}")
        copies = cluster.volume.copies if isinstance(cluster, AuroraCluster) else []
        lost = sum(copy.zone in zones for copy in copies)
        if lost and loses_power:
            healthy = sum(copy.healthy for copy in copies)
            sentences.append(f"{cluster.id}: {healthy - lost} of {len(copies)} copies stay")
        if any(i in nodes for i in cluster.readers()):
            names.append(cluster.reader_record.id)
    apps = dict.fromkeys([*homes, *users_of(cloud, nodes)])
    preview = Preview(tuple(i.id for i in nodes), tuple(names), tuple(apps), tuple(sentences))
    for cluster in cloud.clusters.values():
        if cluster.writer in nodes and any(i not in nodes for i in cluster.readers()):
            preview = with_writers_restart(cloud, cluster, preview)
    preview = together(preview, rds_places.in_zones(cloud, zones))
    return together(preview, cache_checks.in_zones(cloud, zones, loses_power))


class ZoneOutage(FaultCommand):
    """A zone loses power: its instances, volume copies and app processes are gone until it is back.

    Aurora keeps 4 of 6 copies and writes; a writer there fails over; a single-zone thing waits for its zone.
    FIS calls its own, smaller scenario "AZ Availability: Power Interruption" (30 minutes).
    """

    name: ClassVar[str] = "az:outage"
    title: ClassVar[str] = "Zone loses power"
    takes: ClassVar[TargetKind] = TargetKind.ZONE

    def preview(self, cloud: Cloud) -> Preview:
        return _zones_preview(cloud, [cloud.places.zones[self.target]], loses_power=True)

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        self.shut(cloud, fault, [cloud.places.zones[self.target].power], None, [self.target])
        await cloud.faults.last(fault)


class ZonePartition(FaultCommand):
    """A zone is cut off from everything outside it; inside, all goes on.

    With `direction=to` only what enters is cut, with `from` only what leaves: then statements arrive and are done, and
    the replies are lost.
    """

    name: ClassVar[str] = "az:partition"
    title: ClassVar[str] = "Zone is cut off"
    takes: ClassVar[TargetKind] = TargetKind.ZONE

    direction: Literal["both", "to", "from"] = "both"

    def preview(self, cloud: Cloud) -> Preview:
        return _zones_preview(cloud, [cloud.places.zones[self.target]], loses_power=False)

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        border = cloud.places.zones[self.target].border
        gates = {"both": [border.inward, border.outward], "to": [border.inward], "from": [border.outward]}
        self.shut(cloud, fault, gates[self.direction], None, [self.target])
        await cloud.faults.last(fault)


class ZoneSlowdown(FaultCommand):
    """Everything that passes through a zone takes longer: a grey failure, without any event.

    `latency` is added one way at the zone; FIS's own default is 200 ms.
    """

    name: ClassVar[str] = "az:slowdown"
    title: ClassVar[str] = "Zone becomes slow"
    takes: ClassVar[TargetKind] = TargetKind.ZONE

    latency: Seconds | None = Field(None, description="added one way, for example 200ms")

    def preview(self, cloud: Cloud) -> Preview:
        return _zones_preview(cloud, [cloud.places.zones[self.target]], loses_power=False)

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        seconds = self.latency if self.latency is not None else catalog.assumption("az-slowdown-ms").value / 1000
        zone = cloud.places.zones[self.target]
        gates = [zone.power, zone.border.inward, zone.border.outward]
        self.shut(cloud, fault, gates[:1], round(seconds * 1_000_000), [self.target])
        await cloud.faults.last(fault)


class RegionOutage(FaultCommand):
    """Every zone of a region loses power at once. Nothing fails over by itself; a global database has to be told."""

    name: ClassVar[str] = "region:outage"
    title: ClassVar[str] = "Region is lost"
    takes: ClassVar[TargetKind] = TargetKind.REGION

    def preview(self, cloud: Cloud) -> Preview:
        return _zones_preview(cloud, cloud.places.regions[self.target].zones, loses_power=True)

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        zones = cloud.places.regions[self.target].zones
        self.shut(cloud, fault, [zone.power for zone in zones], None, [self.target])
        await cloud.faults.last(fault)


class RegionPartition(FaultCommand):
    """A region is cut off from the other regions; inside, all goes on. Replication to and from it stops."""

    name: ClassVar[str] = "region:partition"
    title: ClassVar[str] = "Region is cut off"
    takes: ClassVar[TargetKind] = TargetKind.REGION

    direction: Literal["both", "to", "from"] = "both"

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        border = cloud.places.regions[self.target].border
        gates = {"both": [border.inward, border.outward], "to": [border.inward], "from": [border.outward]}
        self.shut(cloud, fault, gates[self.direction], None, list(cloud.places.regions))
        await cloud.faults.last(fault)

    def preview(self, cloud: Cloud) -> Preview:
        region = cloud.places.regions[self.target]
        streams = [
            f"replication {source} to {follower} stops; its lag grows a second per second"
            for source, follower in _streams_between_regions(cloud, lambda a, b: region in (a, b))
        ]
        return Preview(sentences=tuple(streams))


def _streams_between_regions(cloud: Cloud, crosses: Callable[[Region, Region], bool]) -> list[tuple[str, str]]:
    """Replication from one Region to another, that crosses what is meant: (source, follower)."""
    members = [
        (database.primary.id, database.primary.region, secondary.id, secondary.region)
        for database in cloud.global_databases.values()
        for secondary in database.secondaries
    ]
    replicas = [
        (db.source.id, db.source.region, db.id, db.region) for db in cloud.rds.values() if db.source is not None
    ]
    return [(source, to) for source, a, to, b in (*members, *replicas) if a is not b and crosses(a, b)]


class LinkCommand(FaultCommand):
    """A fault of the link between two zones of a region, or between two regions.

    For `a/b`, direction `to` means what travels from a to b, `from` what travels from b to a.
    """

    takes: ClassVar[TargetKind] = TargetKind.LINK

    direction: Literal["both", "to", "from"] = "both"

    def _hold(self, cloud: Cloud, fault: Fault, extra_us: int | None) -> None:
        a, b = split_link(cloud, self.target)
        ways = {"both": [(a, b), (b, a)], "to": [(a, b)], "from": [(b, a)]}
        gates = [cloud.places.link(*way) for way in ways[self.direction]]
        self.shut(cloud, fault, gates, extra_us, [a, b])

    def preview(self, cloud: Cloud) -> Preview:
        a, b = split_link(cloud, self.target)
        way = {"both": f"between {a} and {b}", "to": f"from {a} to {b}", "from": f"from {b} to {a}"}[self.direction]
        ends = [cloud.places.region_of(a), cloud.places.region_of(b)]
        if a in cloud.places.zones:
            here = [i for i in cloud.instances.values() if i.zone.name in (a, b)]
            crossing = [id for id in users_of(cloud, here) if {a, b} & {*cloud.apps[id].routed.value}]
            return Preview(apps=tuple(crossing), sentences=(f"what travels {way}: apps, volume copies, control plane",))
        followers = [to for _, to in _streams_between_regions(cloud, lambda a, b: a in ends and b in ends)]
        secondaries = [cloud.clusters[id] for id in followers if id in cloud.clusters]
        streams = (f"replication to {id}: it needs an answer, so it suffers in every direction" for id in followers)
        readers = [reader for secondary in secondaries for reader in secondary.readers()]
        return Preview(
            tuple(reader.id for reader in readers),
            tuple(secondary.reader_record.id for secondary in secondaries),
            users_of(cloud, readers),
            (f"what travels {way}", *streams),
        )


class LinkCut(LinkCommand):
    """Nothing passes between two places, in both directions or in one."""

    name: ClassVar[str] = "link:cut"
    title: ClassVar[str] = "Cut a link"

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        self._hold(cloud, fault, None)
        await cloud.faults.last(fault)


class LinkSlow(LinkCommand):
    """Everything between two places takes longer."""

    name: ClassVar[str] = "link:slow"
    title: ClassVar[str] = "Slow a link"

    latency: Seconds | None = Field(None, description="added one way, for example 100ms")

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        seconds = self.latency if self.latency is not None else catalog.assumption("link-slow-ms").value / 1000
        self._hold(cloud, fault, round(seconds * 1_000_000))
        await cloud.faults.last(fault)
