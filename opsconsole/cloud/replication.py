"""How a read replica follows its source: what it has received, what it has applied, and why it may have stopped.

Lag is what readers feel (applied), loss what a promotion costs (received). A replica of a replica takes what its
source has applied; what holds up the one holds up the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.writelog import Branch, Follower
from opsconsole.simulation import Step, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

REPLICATING, STOPPED, ERROR, TERMINATED = "replicating", "stopped", "error", "terminated"
MICRO = 1_000_000


class Replication:
    """The stream from `source` to `replica`. `status` is AWS's StatusInfos: replicating, stopped, error, terminated.

    `stalls` are the faults that keep the replica from applying while it still receives, `bursts` those that make it
    apply so much later, in microseconds. Where the source has begun a
    history of its own (it was promoted), a new stream goes on where the `former` one was, in whatever state that was.
    """

    def __init__(self, source: DbInstance, replica: DbInstance, former: Replication | None = None) -> None:
        self.source = source
        self.replica = replica
        self.world = replica.world
        self.status: Step[str] = former.status if former is not None else Step(REPLICATING, self.world.now_us)
        self.stalls: dict[str, None] = former.stalls if former is not None else {}
        self.bursts: dict[str, int] = former.bursts if former is not None else {}
        self._travel_us = 0
        self._lag_us: int = former._lag_us if former is not None else self._draw_lag()
        self._bandwidth = round(catalog.assumption("rds-replication-writes-per-s").value) * 1000
        self._contention = catalog.assumption("rds-replica-read-contention").value
        self._given_up: Timer | None = None
        self._stale: Timer | None = None  # when reads of the replica become stale, or fresh again
        self._stale_us = round(catalog.assumption("stale-after-s").value * MICRO)
        now, branch = self.world.now_us, source.branch
        received = applied = source.contents.position(now)
        if former is not None:
            received = min(received, former.received.received(now))
            applied = min(received, former.applied.received(now))
        self.received: Follower = Follower(branch, self._delay_us(), self._bandwidth, now, received)
        self.applied: Follower = Follower(branch, self._delay_us() + self._late_us(), self._apply(), now, applied)
        self.received.on_change = replica.look_again
        self.applied.on_change = replica.look_again
        self._be_patient()

    def _draw_lag(self) -> int:
        """The lag of a replica that keeps up, in microseconds: its own for its life, more between Regions."""
        if self.source.region is self.replica.region:
            return round(self.world.draw(self.replica.id, "rds-replica-lag") * MICRO)
        row = catalog.assumption("rds-replica-cross-region-lag-ms")
        stream = self.world.chance.stream(self.replica.id, "rds-replica-cross-region-lag")
        return round(stream.duration(row.value / 1000, (row.low or 0.0) / 1000, (row.high or row.value) / 1000) * MICRO)

    # -- what it looks like -------------------------------------------------------------------------------------

    def lag_us(self, at_us: int) -> int:
        """How old what readers of the replica see is."""
        return self.applied.lag_us(at_us)

    def loss_us(self, at_us: int) -> int:
        """How much of the source's time a promotion now would leave behind."""
        return self.received.lag_us(at_us)

    @property
    def flows(self) -> bool:
        """Whether the replica receives now."""
        return self.received.open

    def linked(self) -> bool:
        """Whether the replica's host reaches its source's, and both engines run."""
        here, there = self.replica.primary, self.source.primary
        if not here.running or not there.running or here.unplugged or there.unplugged or here.volume.paused.value:
            return False
        return self.world.places.round_trip(here.zone, there.zone) is not None

    # -- what drives it -----------------------------------------------------------------------------------------

    def _delay_us(self) -> int:
        """How long a write travels to the replica: half the round trip, as it was when it was last measured."""
        trip = self.world.places.round_trip(self.replica.primary.zone, self.source.primary.zone)
        if trip is not None:
            self._travel_us = trip // 2
        above = self.source.replication
        return self._travel_us + (above.applied.delay_us if above is not None else 0)

    def _late_us(self) -> int:
        """How much later than it arrives a write is applied by a replica that keeps up."""
        return max(self._lag_us, *self.bursts.values(), 0)

    def _apply(self) -> int:
        """What the replica can apply, less what its readers take."""
        can_read, _ = self.replica.capacity.warm()
        busy = min(1000, self.replica.primary.load.value.reads * 1000 // can_read)
        return max(1, round(self.replica.capacity.apply_limit() * (1 - self._contention * busy / 1000)))

    def review(self) -> None:
        """Bring both stages in line with the link, the source and the load; anchors only what has changed."""
        now = self.world.now_us
        above = self.source.replication
        taking = self.status.value == REPLICATING and self.linked()
        pace = min(self._bandwidth, above.applied.bandwidth) if above is not None else self._bandwidth
        ceiling = None
        if above is not None and (not above.applied.open or above.applied.ceiling is not None):
            ceiling = above.applied.ceiling if above.applied.ceiling is not None else above.applied.received(now)
        delay = self._delay_us()
        changed = self.received.set_pace(now, pace if taking else 0, ceiling if taking else None, delay)
        applying = self.status.value == REPLICATING and not self.stalls and self.replica.primary.running
        applying = applying and not self.replica.primary.volume.paused.value
        limit = ceiling if taking else self.received.received(now)
        apply = min(pace, self._apply()) if applying else 0
        changed |= self.applied.set_pace(now, apply, limit if applying else None, delay + self._late_us())
        if changed:
            for replica in self.replica.replicas():
                replica.look_again()
        self._foresee_staleness(now)

    def _foresee_staleness(self, now_us: int) -> None:
        """Reads of the replica become stale, or fresh again, at a time that can be worked out."""
        if self._stale is not None:
            self._stale.cancel()
        crosses = self.applied.crosses_lag(now_us, self._stale_us)
        look = self.replica.look_again
        self._stale = self.world.kernel.call_at(crosses + 1, look) if crosses is not None else None

    def set_status(self, status: str, event: str | None = None) -> None:
        """Replication stops, breaks, resumes or ends; `event` is AWS's, if it tells."""
        now, before = self.world.now_us, self.status.value
        if not self.status.set(now, status):
            return
        if event is not None:
            self.world.log.aws(now, self.replica.id, event)
        self.world.log.sim(now, self.replica.id, "replication", was=before, now=status)
        if self._given_up is not None:
            self._given_up.cancel()
            self._given_up = None
        self._be_patient()
        self.replica.look_again()

    def _be_patient(self) -> None:
        """RDS keeps the logs for a replica that has stopped, but not for ever."""
        if self.status.value in (STOPPED, ERROR):
            days = catalog.limit("replication-stopped-days").value
            due = max(self.world.now_us, self.status.changed_us + days * 86_400 * MICRO)
            self._given_up = self.world.kernel.call_at(due, self._give_up)

    def _give_up(self) -> None:
        self._given_up = None
        if self.status.value in (STOPPED, ERROR):
            self.set_status(TERMINATED, "0057")

    def end(self) -> None:
        """Follow no more."""
        self.received.stop()
        self.applied.stop()
        for timer in (self._given_up, self._stale):
            if timer is not None:
                timer.cancel()


def leave(db: DbInstance, fork_us: int) -> None:
    """Stop being a replica: a history of its own begins at what had been received; its own replicas go with it."""
    replication = db.replication
    if replication is None:
        return
    now = db.world.now_us
    db.replication = None
    replication.end()
    db.set_branch(Branch(f"{db.id}@{now}", replication.received.branch, fork_us, now))
    for replica in db.replicas():
        _refollow(replica, db)
    db.look_again()


def _refollow(db: DbInstance, source: DbInstance) -> None:
    """The source has a new history: follow that from here on."""
    replication = db.replication
    if replication is None:
        return
    replication.end()
    db.set_branch(source.branch)
    db.replication = Replication(source, db, replication)
    db.look_again()
    for replica in db.replicas():
        _refollow(replica, db)
