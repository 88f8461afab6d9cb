"""What a DB instance holds: databases, data that grows with its history, and logs that it keeps for replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.writelog import WRITE

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance


class Contents:
    """The data and logs of one DB instance, in bytes; positions are in nano-writes of its history."""

    def __init__(self, db: DbInstance) -> None:
        self._db = db
        self.bytes_per_write = round(catalog.assumption("rds-bytes-per-write").value)
        self._log_bytes_per_write = round(catalog.assumption("rds-log-bytes-per-write").value)

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
        """Bytes used of what is allocated: data, and logs kept for replicas."""
        return min(self._db.disk.allocated_bytes, self.data_at(at_us) + self.log_backlog(at_us))

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
