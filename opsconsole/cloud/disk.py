"""The EBS storage of an RDS DB instance: what is allocated, how fast it is, and when it will be full.

Both copies of a Multi-AZ pair have the same storage and fill up together, so a pair has one `Disk`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from opsconsole import catalog
from opsconsole.catalog import StorageType
from opsconsole.cloud.bucket import Bucket
from opsconsole.cloud.world import World
from opsconsole.fleet import StorageSpec
from opsconsole.simulation import Step

GIB = 1024**3


class Allocation(NamedTuple):
    """Storage as it is, or as it is asked for: `StorageType`, GiB, provisioned IOPS and MiB/s (0: the baseline)."""

    type: str
    gib: int
    iops: int = 0
    throughput_mibps: int = 0

    @property
    def row(self) -> StorageType:
        """AWS's arithmetic for this type."""
        return catalog.storage_type(self.type)


def as_asked(engine: str, spec: StorageSpec) -> Allocation:
    """The storage of a fleet file, without what it has by its size alone."""
    row, gib = catalog.storage_type(spec.type), spec.allocated_bytes // GIB
    iops = spec.iops if row.provisioned or spec.iops > row.baseline_iops(gib, engine) else 0
    throughput = spec.throughput_mibps if spec.throughput_mibps > row.throughput_mibps(gib, engine) else 0
    return Allocation(spec.type, gib, iops, 0 if row.provisioned else throughput)


class Disk:
    """The storage in force.

    `on_change` is called when its speed has changed by itself (burst credits are gone, or are back), `on_low` when
    burst credits run low.
    """

    def __init__(
        self,
        world: World,
        engine: str,
        spec: StorageSpec,
        on_change: Callable[[], None],
        on_low: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = world
        self.engine = engine
        self.allocations: Step[Allocation] = Step(as_asked(engine, spec), world.now_us)
        self.max_gib = spec.max_allocated_bytes // GIB  # the ceiling of storage autoscaling, 0 for off
        low_permille = round(catalog.assumption("gp2-burst-low-percent").value * 10)
        self.credits = Bucket(world.kernel, self._full_bucket(), on_change, low_permille=low_permille, on_low=on_low)
        self.changed_us: int | None = None  # when it was modified last: it is locked for six hours from then

    def _full_bucket(self) -> int:
        return self.allocation.row.credits(self.allocation.gib, self.engine)

    @property
    def allocation(self) -> Allocation:
        """What is in force now."""
        return self.allocations.value

    @property
    def allocated_bytes(self) -> int:
        """`AllocatedStorage` in bytes."""
        return self.allocation.gib * GIB

    @property
    def baseline_iops(self) -> int:
        """IOPS it gives for ever."""
        now = self.allocation
        return now.row.baseline_iops(now.gib, self.engine, now.iops)

    @property
    def iops(self) -> int:
        """IOPS it gives now: the burst while there are credits."""
        return self.baseline_iops if self.credits.exhausted else self.burst_iops

    @property
    def burst_iops(self) -> int:
        """IOPS it gives while there are credits, if it has any."""
        now = self.allocation
        return now.row.burst_iops(now.gib, self.engine, now.iops) if self.credits.capacity else self.baseline_iops

    def use(self, now_us: int, milli_iops: int) -> None:
        """So much is asked of it: above the baseline it costs credits."""
        if self.credits.capacity:
            earned = self.allocation.row.credits_per_s(self.allocation.gib, self.engine) * 1000
            self.credits.set_flow(now_us, earned, min(milli_iops, self.burst_iops * 1000))

    def set(self, allocation: Allocation, now_us: int) -> None:
        """It has been modified."""
        another = allocation.type != self.allocation.type
        self.allocations.set(now_us, allocation)
        self.changed_us = now_us
        self.credits.resize(now_us, self._full_bucket(), full=another)
