"""What may go wrong with one of the storage volumes under an RDS DB instance: it is slow, or does nothing at all.

FIS has both for EBS volumes of one's own (`aws:ebs:volume-io-latency`, `aws:ebs:pause-volume-io`); the volumes of RDS
cannot be addressed by it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.rds_host import Host
from opsconsole.commands.base import Preview, Seconds
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.rds_checks import apps_of
from opsconsole.commands.rds_faults import then_without_primary
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet.units import format_duration


class VolumeFault(FaultCommand):
    """A fault of the volume under the primary, or under the standby. It stays with that host when the roles change."""

    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    volume: Literal["primary", "standby"] = Field("primary", description="whose volume of a Multi-AZ pair")

    def host(self, cloud: Cloud) -> Host:
        """The host that stands on the volume. Raises Refused where there is none."""
        db = cloud.rds[self.target]
        host = db.primary if self.volume == "primary" else db.standby
        if host is None:
            raise Refused("InvalidParameterCombination", f"{db.id} has no standby, and so one volume")
        if not host.existing:
            raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}: there is no volume yet")
        return host

    def check(self, cloud: Cloud) -> None:
        self.host(cloud)


class VolumeIoLatency(VolumeFault):
    """Every I/O of a storage volume takes `latency` longer: a grey failure, without any event.

    ReadLatency, WriteLatency and DiskQueueDepth rise, and pools fill. A Multi-AZ pair writes to both volumes and waits
    for the slower one, so a slow standby slows down every commit and no read; after a failover the slow volume is the
    standby's. RDS does not fail over because of it. Find the volume, not the query: fail over, or modify the storage.
    Source: AWS documentation, EBS fault testing in FIS; how much by default is SIM.
    """

    name: ClassVar[str] = "sim:volume-io-latency"
    title: ClassVar[str] = "Slow a storage volume"

    latency: Seconds | None = Field(None, description="added to each I/O, for example 100ms")

    def _extra_us(self) -> int:
        seconds = self.latency if self.latency is not None else catalog.assumption("volume-io-latency-ms").value / 1000
        return round(seconds * 1_000_000)

    def preview(self, cloud: Cloud) -> Preview:
        db, each = cloud.rds[self.target], format_duration(self._extra_us() / 1e6)
        what = "every read and write" if self.volume == "primary" else "every write, and no read"
        return Preview((self.host(cloud).id,), (db.id,), apps_of(cloud, db), (f"{what}: {each} longer for each I/O",))

    async def run(self, cloud: Cloud) -> None:
        db, host, fault = cloud.rds[self.target], self.host(cloud), self.begin(cloud)
        host.volume.slow_down(fault.id, self._extra_us())

        def undo() -> None:
            host.volume.release(fault.id)
            db.look_again()

        fault.undo.append(undo)
        db.look_again()
        await cloud.faults.last(fault)


class VolumeIoPause(VolumeFault):
    """A storage volume does no I/O: statements hang, connections stay open, nothing fails by itself.

    Under the primary of a Multi-AZ pair it ends in a failover ("The storage volume underlying the primary host ..."),
    and nothing acknowledged is lost. A Single-AZ instance hangs until it is healed, and then goes on without a crash
    recovery: its status says available all the time. A paused standby holds up commits until it is given up, and is
    brought up to date later. Source: AWS documentation, EBS fault testing in FIS; that RDS takes it for a failed
    volume is SIM.
    """

    name: ClassVar[str] = "sim:volume-io-pause"
    title: ClassVar[str] = "Pause a storage volume"

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        then = then_without_primary(db) if self.volume == "primary" else "commits wait until the standby is given up"
        return Preview((self.host(cloud).id,), (db.id,), apps_of(cloud, db), (then,))

    async def run(self, cloud: Cloud) -> None:
        db, host, fault = cloud.rds[self.target], self.host(cloud), self.begin(cloud)
        host.volume.pause(fault.id)

        def undo() -> None:
            host.volume.release(fault.id)
            db.look_again()

        fault.undo.append(undo)
        db.look_again()
        await cloud.faults.last(fault)
