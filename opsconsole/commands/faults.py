"""What may go wrong. Ids that FIS has are used verbatim, with FIS's exact reach; `az:` and `sim:` are ours.

A fault lasts for its `for`, or until it is healed. Source: AWS FIS actions and scenario library; Aurora fault
injection queries; what neither has is a simulator's own (SIM).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.instance import HOST_FAILURE, Instance
from opsconsole.cloud.places import Gate, Zone
from opsconsole.commands.base import Command, Danger, Kind, Preview, Seconds
from opsconsole.commands.operations import FailOverCluster, RebootInstance
from opsconsole.commands.targets import TargetKind, split_link


class FaultCommand(Command):
    """A command that breaks something for a while."""

    kind: ClassVar[Kind] = Kind.FAULT

    for_s: Seconds | None = Field(None, alias="for", description="how long it lasts; without it, until it is healed")

    def begin(self, cloud: Cloud) -> Fault:
        """Register the fault."""
        return cloud.faults.begin(self.name, self.target, self.for_s)

    def shut(self, cloud: Cloud, fault: Fault, gates: list[Gate], extra_us: int | None, touched: list[str]) -> None:
        """Hold gates under the fault's name until it is undone."""
        cloud.places.change([(gate, extra_us) for gate in gates], fault.id, touched)
        fault.undo.append(lambda: cloud.places.release(gates, fault.id, touched))


def _users(cloud: Cloud, instances: list[Instance]) -> tuple[str, ...]:
    ids = [instance.id for instance in instances]
    return tuple(id for id, app in cloud.apps.items() if any(name in ids for name, _ in app.service.value.connections))


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
        lost = sum(copy.zone in zones for copy in cluster.volume.copies)
        if lost and loses_power:
            sentences.append(f"{cluster.id}: {cluster.volume.healthy_copies() - lost} of 6 copies stay")
        if any(i in nodes for i in cluster.readers()):
            names.append(cluster.reader_record.id)
    apps = dict.fromkeys([*homes, *_users(cloud, nodes)])
    return Preview(tuple(i.id for i in nodes), tuple(names), tuple(apps), tuple(sentences))


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
        streams = [
            f"replication {database.primary.id} to {secondary.id} stops; its lag grows a second per second"
            for database in cloud.global_databases.values()
            for secondary in database.secondaries
            if self.target in (database.primary.region.name, secondary.region.name)
        ]
        return Preview(sentences=tuple(streams))


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
        if a in cloud.places.zones:
            return Preview(sentences=(f"traffic between {a} and {b}, {self.direction}: apps, copies, control plane",))
        return Preview(sentences=(f"traffic between {a} and {b}, {self.direction}: replication and remote apps",))


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


def _instance_preview(cloud: Cloud, id: str, then: str) -> Preview:
    instance = cloud.instances[id]
    cluster = cloud.cluster_of(id)
    names = [record.id for record in cluster.records() if id in record.answers.value and record.kind != "instance"]
    return Preview((id,), tuple(names), _users(cloud, [instance]), (then,))


class CrashInstance(Command):
    """The engine process dies. Aurora restarts it in place, in seconds; nothing fails over.

    Connections break. Aurora MySQL's own `ALTER SYSTEM CRASH` does the same.
    """

    name: ClassVar[str] = "sim:crash-instance"
    title: ClassVar[str] = "Crash the engine process"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    def check(self, cloud: Cloud) -> None:
        if not cloud.instances[self.target].running:
            raise Refused("InvalidDBInstanceState", f"{self.target} has no running engine that could crash")

    def preview(self, cloud: Cloud) -> Preview:
        return _instance_preview(cloud, self.target, "restarts in place; there is no failover")

    async def run(self, cloud: Cloud) -> None:
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        cloud.log.sim(cloud.now_us, instance.id, "fault", name=self.name, now="struck")
        instance.begin(instance.recover_from_crash(), "recover from a crash")
        if instance is cluster.writer:
            cluster.on_writer_restart()
            if cluster.version.readers_restart_with_writer:
                cluster.restart_readers()


class CrashHost(FaultCommand):
    """The machine under an instance dies. A writer fails over; Aurora replaces the host in the same zone in minutes.

    With `for` the host stays dead that long and is not replaced.
    """

    name: ClassVar[str] = "sim:crash-host"
    title: ClassVar[str] = "Kill the host"
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    def preview(self, cloud: Cloud) -> Preview:
        cluster, instance = cloud.cluster_of(self.target), cloud.instances[self.target]
        candidates = [i.id for i in cluster.candidates() if i is not instance]
        then = "leaves the reader endpoint"
        if instance is cluster.writer:
            then = f"{candidates[0]} is promoted" if candidates else "no reader: recreated in the same zone, minutes"
        return _instance_preview(cloud, self.target, then)

    async def run(self, cloud: Cloud) -> None:
        instance = cloud.instances[self.target]
        if self.for_s is None:  # Aurora replaces it by itself: the damage is done and nothing is left to heal
            cloud.log.sim(cloud.now_us, instance.id, "fault", name=self.name, now="struck")
            instance.lose_host(HOST_FAILURE)
            return
        fault = self.begin(cloud)
        instance.lose_host(fault.id)
        fault.undo.append(lambda: instance.regain_host(fault.id))
        await cloud.faults.last(fault)


class ReplicaStall(FaultCommand):
    """A reader applies nothing any more: its lag grows a second per second, and readers there see old data.

    The reader endpoint still sends reads to it. Aurora restarts a reader that has fallen too far behind (SIM: when).
    """

    name: ClassVar[str] = "sim:replica-stall"
    title: ClassVar[str] = "Stall a reader"
    takes: ClassVar[TargetKind] = TargetKind.READER

    def check(self, cloud: Cloud) -> None:
        if cloud.cluster_of(self.target).writer is cloud.instances[self.target]:
            raise Refused("InvalidDBInstanceState", f"{self.target} is the writer and applies its own writes")

    def preview(self, cloud: Cloud) -> Preview:
        return _instance_preview(cloud, self.target, "its lag grows a second per second; reads there become stale")

    async def run(self, cloud: Cloud) -> None:
        instance = cloud.instances[self.target]
        fault = self.begin(cloud)
        instance.stalls[fault.id] = cloud.now_us
        watch = cloud.kernel.spawn(_restart_when_far_behind(cloud, instance, fault), f"{instance.id}: stalled")

        def undo() -> None:
            watch.cancel()
            instance.stalls.pop(fault.id, None)
            instance.on_change()

        fault.undo.append(undo)
        instance.on_change()
        await cloud.faults.last(fault)


async def _restart_when_far_behind(cloud: Cloud, instance: Instance, fault: Fault) -> None:
    """Aurora gives a stalled reader up and restarts it, again and again while the fault lasts."""
    patience_us = round(cloud.timing("replica-stall-restart").typical_s * 1_000_000)
    stale_us = round(catalog.assumption("stale-after-s").value * 1_000_000)
    while fault.id in instance.stalls:
        since = instance.stalls[fault.id]
        await cloud.kernel.sleep_until(max(cloud.now_us, since + stale_us) + 1)
        instance.on_change()
        await cloud.kernel.sleep_until(max(cloud.now_us, since + patience_us) + 1)
        if instance.stalls.get(fault.id) == since and instance.running:
            instance.begin(instance.reboot(), "restart: too far behind")
            await instance.engine.until(cloud.kernel, lambda engine: engine == "running")


class StorageNodeLoss(FaultCommand):
    """Copies of a cluster's volume are down. One or two: nobody notices. Three: writes stop. Four: reads stop.

    `zone` chooses where they stand, else the first healthy ones are taken. A failover does not help.
    """

    name: ClassVar[str] = "sim:storage-node-loss"
    title: ClassVar[str] = "Hold volume copies down"
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    copies: int = Field(1, ge=1, le=6, description="how many of the six")
    zone: str | None = Field(None, description="only copies in this zone")

    def _chosen(self, cloud: Cloud) -> list[int]:
        copies = cloud.clusters[self.target].volume.copies
        fits = [copy for copy in copies if not copy.holds and self.zone in (None, copy.zone.name)]
        order = sorted(fits, key=lambda copy: (not copy.healthy, copy.number))
        return [copy.number for copy in order[: self.copies]]

    def check(self, cloud: Cloud) -> None:
        if self.zone is not None and self.zone not in cloud.places.zones:
            raise Refused("InvalidParameterValue", f"there is no zone {self.zone}")
        if len(self._chosen(cloud)) < self.copies:
            raise Refused("InvalidParameterValue", f"{self.target} has no {self.copies} copies there that are not held")

    def preview(self, cloud: Cloud) -> Preview:
        cluster = cloud.clusters[self.target]
        left = cluster.volume.healthy_copies() - self.copies
        then = "reads and writes stop" if left < 3 else "writes stop, reads go on" if left < 4 else "nothing is felt"
        apps = _users(cloud, list(cluster.instances.values())) if left < 4 else ()
        return Preview(apps=apps, sentences=(f"{max(0, left)} of 6 copies stay: {then}",))

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        volume = cloud.clusters[self.target].volume
        for copy in [copy for copy in volume.copies if copy.number in self._chosen(cloud)]:
            volume.hold(copy, fault.id)
            fault.undo.append(lambda copy=copy: volume.release(copy, fault.id))  # type: ignore[misc]
        await cloud.faults.last(fault)


class StorageCorruption(Command):
    """Blocks of one copy are damaged. Aurora finds them and its peers rewrite them; nobody notices."""

    name: ClassVar[str] = "sim:storage-corruption"
    title: ClassVar[str] = "Corrupt a volume copy"
    kind: ClassVar[Kind] = Kind.FAULT
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    copy_number: int = Field(1, alias="copy", ge=1, le=6, description="which of the six")

    def check(self, cloud: Cloud) -> None:
        if not cloud.clusters[self.target].volume.copies[self.copy_number - 1].healthy:
            raise Refused("InvalidParameterValue", f"copy {self.copy_number} of {self.target} is not healthy now")

    async def run(self, cloud: Cloud) -> None:
        volume = cloud.clusters[self.target].volume
        cloud.log.sim(cloud.now_us, f"{self.target}/{self.copy_number}", "fault", name=self.name, now="struck")
        volume.corrupt(volume.copies[self.copy_number - 1])


class FisFailoverDBCluster(Command):
    """FIS `aws:rds:failover-db-cluster`: calls FailoverDBCluster on a cluster, and nothing else."""

    name: ClassVar[str] = "aws:rds:failover-db-cluster"
    title: ClassVar[str] = "FIS: fail over a cluster"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    def check(self, cloud: Cloud) -> None:
        FailOverCluster(target=self.target).check(cloud)

    async def run(self, cloud: Cloud) -> None:
        await FailOverCluster(target=self.target).run(cloud)


class FisRebootDBInstances(Command):
    """FIS `aws:rds:reboot-db-instances`: reboots an instance. `force_failover` exists for Multi-AZ instances only."""

    name: ClassVar[str] = "aws:rds:reboot-db-instances"
    title: ClassVar[str] = "FIS: reboot an instance"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    force_failover: bool = False

    def _reboot(self) -> Command:
        return RebootInstance(target=self.target, force_failover=self.force_failover)

    def check(self, cloud: Cloud) -> None:
        self._reboot().check(cloud)

    async def run(self, cloud: Cloud) -> None:
        await self._reboot().run(cloud)


class Heal(Command):
    """Undo faults: one by its id (`f3`), all on a thing by the thing's id, or `all`. Other causes stay."""

    name: ClassVar[str] = "heal"
    title: ClassVar[str] = "Heal"
    kind: ClassVar[Kind] = Kind.SESSION
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.HEALABLE

    def _chosen(self, cloud: Cloud) -> list[Fault]:
        faults = list(cloud.faults.in_force.values())
        if self.target == "all":
            return faults
        return [fault for fault in faults if self.target in (fault.id, fault.target)]

    def check(self, cloud: Cloud) -> None:
        if not self._chosen(cloud):
            raise Refused("ResourceNotFoundException", f"no fault is in force on {self.target}")

    def preview(self, cloud: Cloud) -> Preview:
        return Preview(sentences=tuple(f"{fault.id} {fault.name} {fault.target}" for fault in self._chosen(cloud)))

    async def run(self, cloud: Cloud) -> None:
        for fault in self._chosen(cloud):
            cloud.faults.end(fault)
