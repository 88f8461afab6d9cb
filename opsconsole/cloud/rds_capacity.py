"""What a DB instance's class and storage can do, how long they take, and the credits that work costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.rds_mirror import BROKEN, SYNCHRONISING

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance


class Capacity:
    """The capacity of one DB instance. Rates are in milli-requests per second, times in microseconds."""

    def __init__(self, db: DbInstance) -> None:
        self._db = db
        cold = catalog.assumption("rds-io-per-cold-read").value
        self._io_per_read = cold * (1 - catalog.assumption("rds-buffer-hit-share").value)
        self._io_per_write = catalog.assumption("rds-ios-per-write").value
        self._mirror_us = catalog.assumption("multi-az-write-ms").value * 1000
        self._sync_factor = catalog.assumption("multi-az-sync-write-factor").value
        self._commit_us = catalog.assumption("rds-commit-storage-ms").value * 1000

    def warm(self) -> tuple[int, int]:
        """Reads and writes it could do alone with warm caches: the class allows so much, and the storage's IOPS."""
        return self._with(self._db.disk.iops)

    def _with(self, iops: int) -> tuple[int, int]:
        db = self._db
        row = catalog.capacity(db.spec.engine, db.instance_class.name)
        if db.optimised_us is not None:
            iops = round(iops * catalog.assumption("storage-optimization-performance-share").value)
        reads = min(row.reads_per_s, round(iops / self._io_per_read))
        writes = min(row.writes_per_s, round(iops / self._io_per_write))
        loaded = db.loaded.value  # what is not there yet has to come from S3 first
        return max(1, reads) * loaded, max(1, writes) * loaded

    def apply_limit(self) -> int:
        """What it could apply of a source's writes if nobody read from it: less where each takes longer."""
        db, host, now = self._db, self._db.primary, self._db.world.now_us
        usual = round(catalog.assumption("rds-replica-apply-per-s-per-vcpu").value * db.instance_class.vcpu) * 1000
        takes_us, extra_us = host.service_us(True), self._io_per_write * host.io_extra_us(True, now)
        return max(1, round(usual * (takes_us - extra_us) / takes_us)) if extra_us else usual

    def io_us(self, writes: bool, at_us: int, extra_us: int) -> float:
        """What the storage's latency, and `extra_us` more for each I/O, added to a request at a time."""
        each = self._io_per_write if writes else self._io_per_read
        return each * (self._db.disk.allocations.at(at_us).row.latency_ms * 1000 + extra_us)

    def commit_us(self) -> int:
        """Until the storage has a commit: both volumes of a Multi-AZ pair; slower while they are brought together."""
        db = self._db
        extra_us = db.primary.io_extra_us(True, db.world.now_us)
        if db.standby is None or db.mirror.value == BROKEN:
            return round(self._commit_us) + extra_us
        trip = db.world.places.round_trip(db.primary.zone, db.standby.zone) or 0
        usual = 2 * db.world.places.cross_zone_us
        alone = self._commit_us + self._mirror_us + max(0, trip - usual)
        return round(alone * self._sync_factor if db.mirror.value == SYNCHRONISING else alone) + extra_us

    def spend(self) -> None:
        """Work takes credits: of the storage's bucket, of the class's."""
        db, host = self._db, self._db.primary
        now = db.world.now_us
        reads, writes = self._asked()
        applied = host.background_of(self._with(db.disk.burst_iops)[1])  # asked for, too, if there are credits or not
        db.disk.use(now, round(reads * self._io_per_read + (writes + applied) * self._io_per_write))
        credits = db.credits.value
        if credits is not None:
            credits.use(now, host.cpu_percent())

    def _asked(self) -> tuple[int, int]:
        """Reads and writes that are done; those that would be done if there were credits, when there are none."""
        db, load = self._db, self._db.primary.load.value
        if not db.disk.credits.exhausted:
            return load.reads_served, load.writes_served
        most_reads, most_writes = self._with(db.disk.burst_iops)
        demanded = load.reads / most_reads + load.writes / most_writes
        share = min(1.0, 1 / demanded) if demanded else 1.0
        return round(load.reads * share), round(load.writes * share)
