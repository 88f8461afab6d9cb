"""RDS's storage types, and AWS's arithmetic of IOPS, throughput and I/O credits.

The rule: a volume is described by its size in GiB, its engine and what was provisioned; everything else follows here,
in whole numbers, as AWS's tables have it. Larger volumes are striped over several, and each stripe counts for itself.
"""

from pydantic import BaseModel, ConfigDict, Field

from opsconsole.catalog.rows import Row


class StorageBounds(BaseModel):
    """What one group of engines may have of a storage type. Sizes in GiB, throughput in MiB/s."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    engines: tuple[str, ...]
    min_gib: int = Field(gt=0)
    max_gib: int = Field(gt=0)
    striped_from_gib: int = 0
    """From this size on the storage is striped over `stripes` volumes; 0: never."""
    max_iops: int
    max_throughput_mibps: int
    min_iops_per_gib: float = 0.0
    max_iops_per_gib: float = 0.0
    """Bounds of the ratio of provisioned IOPS to GiB; 0 where there is none."""
    provision_from_gib: int = 0
    """From this size on IOPS may be provisioned (gp3)."""


class StorageType(Row):
    """A storage type of RDS (`StorageType`): what each volume gives, what may be provisioned, what may be borrowed."""

    name: str
    title: str
    meaning: str
    legacy: bool = False
    provisioned: bool = False
    """Whether IOPS must be provisioned (io1, io2)."""
    provisionable: bool = False
    """Whether IOPS and throughput may be provisioned beyond the baseline (gp3)."""
    autoscaling: bool = True
    multi_az_cluster: bool = False
    """Whether a Multi-AZ DB cluster may have it."""
    stripes: int = 4
    """Volumes that striped storage consists of."""
    bounds: tuple[StorageBounds, ...]

    volume_iops: int
    """IOPS of one volume of any size: gp2's minimum, gp3's baseline; of io1 and io2 the least to provision."""
    iops_per_gib: int = 0
    """IOPS that each GiB adds up to (gp2)."""
    volume_burst_iops: int = 0
    """What one volume may burst to while it has credits; 0: it does not burst."""
    volume_credits: int = 0
    """I/O credits of one volume's full bucket, with which it starts. One I/O above the baseline takes one."""
    volume_throughput_mibps: int
    """MiB/s of one volume: gp3's baseline, gp2's most."""
    small_throughput_mibps: int = 0
    """MiB/s of one gp2 volume of at most `small_volume_gib`."""
    small_volume_gib: int = 0
    io_kib: int = 256
    """The largest I/O that counts as one: IOPS times this bounds throughput."""
    throughput_per_iops_mibps: float = 0.0
    """MiB/s that each provisioned IOPS allows (gp3: 0.25)."""
    latency_ms: float
    """Time of one I/O on a volume that is not at its limits. A number of ours inside AWS's statement."""
    aws_latency: str
    usd_per_gib_month: float
    usd_per_iops_month: float = 0.0
    price_date: str

    def bounds_for(self, engine: str) -> StorageBounds:
        """What this engine may have of it; raises ValueError for an engine that may not have it at all."""
        for bounds in self.bounds:
            if engine in bounds.engines:
                return bounds
        raise ValueError(f"{engine} does not offer storage type {self.name}")

    def volumes(self, gib: int, engine: str) -> int:
        """How many volumes the storage is striped over."""
        threshold = self.bounds_for(engine).striped_from_gib
        return self.stripes if threshold and gib >= threshold else 1

    def baseline_iops(self, gib: int, engine: str, provisioned: int = 0) -> int:
        """IOPS that it gives for ever. `provisioned` is what was asked for, 0 for nothing."""
        bounds = self.bounds_for(engine)
        if self.provisioned:
            return min(max(provisioned, self.volume_iops), bounds.max_iops)
        volumes = self.volumes(gib, engine)
        own = (
            max(self.volume_iops * volumes, self.iops_per_gib * gib)
            if self.iops_per_gib
            else self.volume_iops * volumes
        )
        if self.provisionable and self.may_provision(gib, engine):
            own = max(own, provisioned)
        return min(own, bounds.max_iops)

    def burst_iops(self, gib: int, engine: str, provisioned: int = 0) -> int:
        """IOPS that it gives while it has credits: the baseline where it cannot burst."""
        return max(self.baseline_iops(gib, engine, provisioned), self.volume_burst_iops * self.volumes(gib, engine))

    def throughput_mibps(
        self, gib: int, engine: str, iops: int = 0, provisioned: int = 0, *, credits_left: bool = True
    ) -> int:
        """MiB/s that it gives. `iops` and `provisioned` are what was asked for, 0 for nothing."""
        bounds, volumes = self.bounds_for(engine), self.volumes(gib, engine)
        given = self.burst_iops(gib, engine, iops) if credits_left else self.baseline_iops(gib, engine, iops)
        by_iops = given * self.io_kib // 1024
        if self.provisioned:
            return min(by_iops, bounds.max_throughput_mibps)
        small = self.small_volume_gib and gib <= self.small_volume_gib * volumes
        own = volumes * (self.small_throughput_mibps if small else self.volume_throughput_mibps)
        if self.small_volume_gib:
            own = min(own, max(by_iops, volumes * self.small_throughput_mibps))
        if self.provisionable and self.may_provision(gib, engine):
            own = max(own, provisioned)
        return min(own, bounds.max_throughput_mibps)

    def may_provision(self, gib: int, engine: str) -> bool:
        """Whether IOPS and throughput may be asked for at this size."""
        return self.provisioned or (self.provisionable and gib >= self.bounds_for(engine).provision_from_gib)

    def credits(self, gib: int, engine: str) -> int:
        """I/O credits of a full bucket, all volumes together; 0 where it never bursts at this size."""
        bursts = self.burst_iops(gib, engine) > self.baseline_iops(gib, engine)
        return self.volume_credits * self.volumes(gib, engine) if bursts else 0

    def credits_per_s(self, gib: int, engine: str) -> int:
        """I/O credits earned each second, whatever is used: as many as the baseline has IOPS; 0 where none are kept."""
        return self.baseline_iops(gib, engine) if self.credits(gib, engine) else 0

    def burst_s(self, gib: int, engine: str) -> float | None:
        """Seconds that a full bucket lasts at the full burst; None where it never bursts at this size."""
        full = self.credits(gib, engine)
        return full / (self.burst_iops(gib, engine) - self.credits_per_s(gib, engine)) if full else None

    def refill_s(self, gib: int, engine: str) -> float | None:
        """Seconds in which an empty bucket fills while nothing is read or written; None where there is none."""
        full = self.credits(gib, engine)
        return full / self.credits_per_s(gib, engine) if full else None

    def iops_range(self, gib: int, engine: str) -> tuple[int, int] | None:
        """The least and the most IOPS that may be provisioned at this size; None where none may."""
        if not self.may_provision(gib, engine):
            return None
        bounds = self.bounds_for(engine)
        least = max(
            self.volume_iops * (1 if self.provisioned else self.volumes(gib, engine)),
            round(bounds.min_iops_per_gib * gib),
        )
        most = (
            min(bounds.max_iops, round(bounds.max_iops_per_gib * gib)) if bounds.max_iops_per_gib else bounds.max_iops
        )
        return (least, most) if least <= most else None

    def refusal(self, gib: int, engine: str, iops: int = 0, throughput: int = 0) -> str:
        """What is wrong with storage of this size, IOPS and throughput (MiB/s; 0: not given); empty if nothing."""
        bounds = self.bounds_for(engine)
        if not bounds.min_gib <= gib <= bounds.max_gib:
            return f"{self.name} storage has {bounds.min_gib} to {bounds.max_gib} GiB"
        allowed = self.iops_range(gib, engine)
        if self.provisioned:
            if allowed is None:
                return f"{self.name} storage of {gib} GiB is too small for the {self.volume_iops} IOPS it needs"
            if not allowed[0] <= iops <= allowed[1]:
                return f"{self.name} storage of {gib} GiB takes {allowed[0]} to {allowed[1]} IOPS"
        elif iops and (allowed is None or not allowed[0] <= iops <= allowed[1]):
            given = self.baseline_iops(gib, engine)
            takes = f"takes {allowed[0]} to {allowed[1]}" if allowed else f"has {given} IOPS, which cannot be changed"
            return f"{self.name} storage of {gib} GiB {takes}" + (" IOPS" if allowed else "")
        if throughput:
            return self._throughput_refusal(gib, engine, iops, throughput)
        return ""

    def _throughput_refusal(self, gib: int, engine: str, iops: int, throughput: int) -> str:
        least = self.volume_throughput_mibps * self.volumes(gib, engine)
        if not self.provisionable or not self.may_provision(gib, engine):
            return f"the throughput of {self.name} storage of {gib} GiB cannot be provisioned"
        by_iops = int(self.baseline_iops(gib, engine, iops) * self.throughput_per_iops_mibps)
        most = min(self.bounds_for(engine).max_throughput_mibps, by_iops)
        if least <= throughput <= most:
            return ""
        return f"{self.name} storage of {gib} GiB with these IOPS takes {least} to {most} MiB/s"
