"""What becomes of a DB instance's storage: warnings, storage autoscaling, and the shutdown when it is full.

Each threshold is a crossing that is predicted at today's rate of writing and predicted again when that changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import rds_backups, rds_growth
from opsconsole.cloud.disk import GIB
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import Timer

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

MICRO = 1_000_000


class StorageWatch:
    """Watches one instance's free storage."""

    def __init__(self, db: DbInstance) -> None:
        self._db = db
        self._crossing: Timer | None = None
        self._autoscaling: Timer | None = None
        self._warned = False
        self._growing = False  # storage autoscaling is at work
        self._said = ""  # the event that told last why storage autoscaling does nothing
        self._low_share = catalog.assumption("storage-low-share").value
        self._full_share = catalog.assumption("storage-full-share").value
        self._patience_us = round(db.world.timing("storage-autoscaling-detection").typical_s * MICRO)

    # -- what holds now -----------------------------------------------------------------------------------------

    def free_bytes(self, at_us: int) -> int:
        """`FreeStorageSpace`."""
        return self._db.disk.allocated_bytes - self._db.contents.used_bytes(at_us)

    def locked_until_us(self) -> int | None:
        """Until when the storage may not be modified again; None if it may be."""
        changed = self._db.disk.changed_us
        if changed is None:
            return None
        until = changed + catalog.limit("storage-lock-hours").value * 3600 * MICRO
        busy = self._db.status.value == "storage-optimization"
        now = self._db.world.now_us
        return until if until > now else now if busy else None

    def _low_at(self) -> int:
        return round(self._db.disk.allocated_bytes * self._low_share)

    # -- foresight ----------------------------------------------------------------------------------------------

    def foresee(self) -> None:
        """Predict the next threshold at today's rate; called whenever something about the instance has changed."""
        db, now = self._db, self._db.world.now_us
        if self._crossing is not None:
            self._crossing.cancel()
            self._crossing = None
        if db.deleting or db.status.value in ("creating", "gone"):
            return
        free = self.free_bytes(now)
        low = free <= self._low_at()
        if low and not self._warned:
            self._warned = True
            self._warn(free)
        elif not low:
            self._warned, self._said = False, ""
        self._watch_autoscaling(low)
        full = round(db.disk.allocated_bytes * self._full_share)
        if free <= full:
            idle = db.status.value in (*rds_backups.IDLE, "rebooting", "backing-up")
            if idle and db.primary.running and not db.failing_over:  # what is being opened is shut down when it is open
                self._shut_down()
            return
        rate = db.contents.growth(now)  # milli-bytes per second
        if rate <= 0:
            return
        bound = self._low_at() if not low else full
        missing = max(1, free - bound)
        due = now + max(MICRO, -(-missing * WRITE // rate))
        self._crossing = db.world.kernel.call_at(due, db.look_again)

    def _warn(self, free: int) -> None:
        """RDS-EVENT-0089; on MySQL 0222 too, which tells when the database will be shut down."""
        db, total = self._db, self._db.disk.allocated_bytes
        fields = {"name": db.id, "percentage": f"{free * 100 // total}%"}
        fields |= {"allocated": f"{total / GIB:.2f} GB", "free": f"{free / GIB:.2f} GB"}
        db.world.log.aws(db.world.now_us, db.id, "0089", **fields)
        if db.engine.compatible == "mysql":
            threshold = f"{total * self._full_share / GIB:.2f} GB"
            db.world.log.aws(db.world.now_us, db.id, "0222", threshold=threshold, **fields)

    def _shut_down(self) -> None:
        """RDS stops the database before it would corrupt itself; only more storage brings it back."""
        db, now = self._db, self._db.world.now_us
        db.world.log.aws(now, db.id, "0007")
        db.world.log.aws(now, db.id, "0221")
        db.set_status("storage-full")
        db.primary.close()

    # -- storage autoscaling ------------------------------------------------------------------------------------

    def _watch_autoscaling(self, low: bool) -> None:
        db = self._db
        wanted = low and bool(db.disk.max_gib) and db.disk.allocation.row.autoscaling and not self._growing
        if not wanted and self._autoscaling is not None:
            self._autoscaling.cancel()
            self._autoscaling = None
        elif wanted and self._autoscaling is None:
            due = db.world.now_us + self._patience_us
            self._autoscaling = db.world.kernel.call_at(due, self._autoscale)

    def _autoscale(self) -> None:
        """Low for five minutes: grow, unless AWS would not; it says why not once, and tries again later."""
        db, now = self._db, self._db.world.now_us
        disk, retry_us = db.disk, now + self._patience_us
        locked = self.locked_until_us()
        wanted = disk.allocation.gib + self.increment_gib()
        if locked is not None:
            self._say("0220")
            retry_us = max(locked, retry_us)
        elif db.status.value not in ("available", "storage-full") or (db.change is not None and not db.change.done):
            self._say("0219")
        elif wanted >= disk.max_gib:
            self._say("0224")
        else:
            self._autoscaling, self._said, self._growing = None, "", True
            rds_growth.autoscale(db, disk.allocation._replace(gib=wanted))
            return
        self._autoscaling = db.world.kernel.call_at(retry_us, self._autoscale)

    def _say(self, event: str) -> None:
        if event != self._said:
            self._said = event
            self._db.world.log.aws(self._db.world.now_us, self._db.id, event)

    def limit_changed(self) -> None:
        """The storage or the maximum storage threshold is another: RDS-EVENT-0225 if the one is near the other."""
        self._growing = False
        db, most = self._db, self._db.disk.max_gib
        if most and db.disk.allocation.gib >= most * catalog.assumption("storage-approaching-maximum-share").value:
            fields = {"allocated": str(db.disk.allocation.gib), "maximum": str(most)}
            db.world.log.aws(db.world.now_us, db.id, "0225", **fields)

    def increment_gib(self) -> int:
        """10 GiB, a tenth of what is allocated, or seven hours at the last hour's pace: whichever is most."""
        db, now = self._db, self._db.world.now_us
        hour = 3600 * MICRO
        grown = db.contents.used_bytes(now) - db.contents.used_bytes(max(0, now - hour))
        hours = catalog.assumption("storage-autoscaling-forecast-s").value / 3600
        share = catalog.assumption("storage-autoscaling-share").value
        least = catalog.limit("storage-autoscaling-increment-gib").value
        return max(least, round(db.disk.allocation.gib * share), round(grown * hours / GIB))
