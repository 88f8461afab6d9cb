"""What a DB instance holds: databases, data that grows with its history, logs for replicas, and files in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.writelog import WRITE
from opsconsole.simulation import Curve, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance


MICRO = 1_000_000
NANO = 1_000_000_000


@dataclass
class Heap:
    """Files that pile up: how many bytes so far over time, how many it will be, and when it is all there."""

    curve: Curve
    amount: int
    complete: Timer | None = None


class Contents:
    """The data and logs of one DB instance, in bytes; positions are in nano-writes of its history.

    `litter` are files that nobody clears away, such as logs: all of them over time, in nano-bytes.
    """

    def __init__(self, db: DbInstance) -> None:
        self._db = db
        self.bytes_per_write = round(catalog.assumption("rds-bytes-per-write").value)
        self._log_bytes_per_write = round(catalog.assumption("rds-log-bytes-per-write").value)
        self.litter = Curve(0, 0, db.world.now_us)
        self._heaps: dict[str, Heap] = {}  # by the fault that makes it

    def position(self, at_us: int) -> int:
        """Nano-writes that it holds and shows: a replica's are those it has applied."""
        stream = self._db.streams.at(at_us)
        return stream.applied.received(at_us) if stream is not None else self._db.branch.position(at_us)

    def data_at(self, at_us: int) -> int:
        """Bytes of data it holds."""
        written = self.position(at_us) * self.bytes_per_write // WRITE
        return self._db.branches.at(at_us).initial_bytes + written

    def log_backlog(self, at_us: int) -> int:
        """Bytes of binlog or WAL that it keeps because replicas have not received them."""
        db = self._db
        position = db.branch.position(at_us)
        streams = (other.streams.at(at_us) for other in db.followers.values())
        behind = [position - stream.received.received(at_us) for stream in streams if stream and stream.source is db]
        return max(behind, default=0) * self._log_bytes_per_write // WRITE

    def used_bytes(self, at_us: int) -> int:
        """Bytes used of what is allocated: data, logs kept for replicas, and what lies about."""
        held = self.data_at(at_us) + self.log_backlog(at_us) + self.litter_at(at_us)
        return min(self._db.disk.allocated_bytes, held)

    def litter_at(self, at_us: int) -> int:
        """Bytes of files that nobody clears away."""
        return self.litter.at(at_us) // NANO

    def growth(self, now_us: int) -> int:
        """How fast its data and what lies about grow, in milli-bytes per second."""
        return self._db.branch.write_rate(now_us) * self.bytes_per_write + self.litter.rate_at(now_us)

    def pile_up(self, cause: str, amount: int, seconds: float) -> None:
        """So many bytes of files pile up evenly within a time, at once in no time, and stay until they are purged."""
        now, length_us = self._db.world.now_us, round(seconds * MICRO)
        heap = self._heaps[cause] = Heap(Curve(0, amount * NANO // length_us if length_us else 0, now), amount)
        if length_us:
            heap.complete = self._db.world.kernel.call_at(now + length_us, self._complete, heap)
        else:
            heap.curve.jump(now, amount * NANO)
        self._count_litter()

    def _complete(self, heap: Heap) -> None:
        now, heap.complete = self._db.world.now_us, None
        heap.curve.jump(now, heap.amount * NANO - heap.curve.at(now))
        heap.curve.set_rate(now, 0)
        self._count_litter()

    def purge(self, cause: str) -> None:
        """The files of one cause are gone."""
        heap = self._heaps.pop(cause, None)
        if heap is not None and heap.complete is not None:
            heap.complete.cancel()
        self._count_litter()

    def _count_litter(self) -> None:
        """Bring the sum in line with its parts."""
        now, curves = self._db.world.now_us, [heap.curve for heap in self._heaps.values()]
        self.litter.jump(now, sum(curve.at(now) for curve in curves) - self.litter.at(now))
        self.litter.set_rate(now, sum(curve.rate_at(now) for curve in curves))
        self._db.look_again()

    def databases_at(self, at_us: int) -> tuple[str, ...]:
        """The databases in it: one to begin with, and those that were added. A replica has what it has applied."""
        return self._db.shown(at_us).databases

    def add_database(self, name: str) -> None:
        """`CREATE DATABASE`, on an instance that is no replica."""
        databases = self._db.branch.databases
        databases.set(self._db.world.now_us, (*databases.value, name))

    def drop_database(self, name: str) -> None:
        """`DROP DATABASE`: gone from here on, and from every replica that applies it."""
        databases = self._db.branch.databases
        databases.set(self._db.world.now_us, tuple(other for other in databases.value if other != name))
