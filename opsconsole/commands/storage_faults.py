"""Faults of an Aurora volume: copies that are down, blocks that are damaged."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.volume import Volume
from opsconsole.commands.base import Command, Danger, Kind, Preview
from opsconsole.commands.blast import users_of
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.operations import require_aurora
from opsconsole.commands.targets import TargetKind


def _volume(cloud: Cloud, cluster: str) -> Volume:
    return require_aurora(cloud, cluster, "a volume of six copies").volume


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
        copies = _volume(cloud, self.target).copies
        fits = [copy for copy in copies if not copy.holds and self.zone in (None, copy.zone.name)]
        order = sorted(fits, key=lambda copy: (not copy.healthy, copy.number))
        return [copy.number for copy in order[: self.copies]]

    def check(self, cloud: Cloud) -> None:
        if self.zone is not None and self.zone not in cloud.places.zones:
            raise Refused("InvalidParameterValue", f"there is no zone {self.zone}")
        if len(self._chosen(cloud)) < self.copies:
            raise Refused("InvalidParameterValue", f"{self.target} has no {self.copies} copies there that are not held")

    def preview(self, cloud: Cloud) -> Preview:
        cluster = cloud.aurora.get(self.target)
        if cluster is None:
            return Preview()
        left = cluster.volume.healthy_copies() - self.copies
        then = "reads and writes stop" if left < 3 else "writes stop, reads go on" if left < 4 else "nothing is felt"
        apps = users_of(cloud, list(cluster.instances.values())) if left < 4 else ()
        return Preview(apps=apps, sentences=(f"{max(0, left)} of 6 copies stay: {then}",))

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        volume = _volume(cloud, self.target)
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
        if not _volume(cloud, self.target).copies[self.copy_number - 1].healthy:
            raise Refused("InvalidParameterValue", f"copy {self.copy_number} of {self.target} is not healthy now")

    async def run(self, cloud: Cloud) -> None:
        volume = _volume(cloud, self.target)
        cloud.log.sim(cloud.now_us, f"{self.target}/{self.copy_number}", "fault", name=self.name, now="struck")
        volume.corrupt(volume.copies[self.copy_number - 1])
