"""A host of an RDS DB instance: the primary runs the engine, the standby of a Multi-AZ pair mirrors its volume.

A host has no name that anybody could call; the instance's one name leads to the primary. What a host answers, and what
becomes of it when it comes back, is its DB instance's to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import sessions
from opsconsole.cloud.content import Content
from opsconsole.cloud.ebs_volume import EbsVolume
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Answer, Server
from opsconsole.cloud.tls import Client, expired, refusal
from opsconsole.cloud.writelog import Branch, Follower

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance


class Host(Server):
    """One of at most two hosts of a DB instance: `ledger/1`, `ledger/2`."""

    __slots__ = ("_read_us", "_write_us", "db", "number", "volume")

    def __init__(self, db: DbInstance, number: int, zone: Zone, running: bool) -> None:
        super().__init__(db.world, f"{db.id}/{number}", zone, running)
        self.db = db
        self.number = number
        self.volume = EbsVolume(db.world)
        self._read_us = catalog.assumption("rds-read-service-ms").value * 1000
        self._write_us = catalog.assumption("rds-write-service-ms").value * 1000

    @property
    def is_primary(self) -> bool:
        """Whether the instance's name is its own."""
        return self.db.primary is self

    def answer(self, writes: bool) -> Answer:
        """A replica is read-only; a commit waits for the standby; a backup or a paused volume holds up all I/O."""
        db = self.db
        if writes and (db.replication is not None or db.read_only):
            return Answer.READ_ONLY
        if db.io_suspended or self.volume.paused.value or (writes and db.mirror.holds_up_commits()):
            return Answer.STALLED
        return Answer.SERVES

    def turns_away(self, client: Client) -> str:
        """Who does not use TLS as its parameters or the user's account want it, or does not trust it."""
        return refusal(self.db.engine, self.requires_tls(), self.branch(), client)

    def requires_tls(self) -> bool:
        """As its parameters have it."""
        return self.db.settings.tls_required

    def mistrusted(self) -> str:
        """By its DB instance's certificate."""
        return expired(self.db.engine) if self.db.expired else ""

    def logins_at(self, at_us: int) -> float:
        """By the storm on its DB instance."""
        return self.db.storm.cpu_share_at(at_us) if self.db.primary_history.at(at_us) == self.id else 0.0

    def most_connections(self) -> int:
        """`max_connections` of its class."""
        return catalog.capacity(self.db.spec.engine, self.db.instance_class.name).max_connections

    def no_connection_error(self) -> str:
        """Its engine's own words."""
        return self.db.engine.too_many_connections_error

    def encrypts_all(self) -> bool:
        """SQL Server, once its parameter is in force."""
        return self.db.settings.tls_required and not self.db.engine.plain_refused_error

    def error(self, answer: Answer, writes: bool) -> str:
        """What its engine tells a client instead of a result."""
        if answer is Answer.READ_ONLY:
            return self.db.engine.read_only_error
        if self.db.io_suspended:
            return "timed out: the storage's I/O is suspended"
        if self.volume.paused.value:
            return "timed out: the storage volume does no I/O"
        return "timed out: the commit waits for the standby"

    def capacity(self) -> tuple[int, int]:
        """What its class and its storage allow, with caches as warm as they are."""
        can_read, can_write = self.db.capacity.warm()
        return can_read * self.warm.value // 1000, can_write * self.warm.value // 1000

    def background(self) -> int:
        """A replica applies what its source writes."""
        return self.background_of(self.db.capacity.warm()[1])

    def background_of(self, can_write: int) -> int:
        """What a replica's applying takes of so many writes per second."""
        replication = self.db.replication
        if replication is None or not replication.applied.open or not self.is_primary:
            return 0
        rate = min(replication.received.branch.write_rate(self.world.now_us), replication.applied.bandwidth)
        return rate * can_write // self.db.capacity.apply_limit()

    def cpu_percent(self) -> float:
        """`CPUUtilization` now: what an idle host takes, and the share of its class's work that it does."""
        if not self.running:
            return 0.0
        engine, size = self.db.spec.engine, self.db.instance_class.name
        machine = sessions.machine(engine, size, self.service_us(False), self.service_us(True))
        beside = self.background() / self.db.capacity.warm()[1] + self.logins_at(self.world.now_us)
        return sessions.cpu_percent(min(1.0, machine.busy(self.load.value) + beside))

    def load_changed(self) -> None:
        """Work takes credits."""
        if self.is_primary:
            self.db.load_changed()

    def service_us(self, writes: bool) -> float:
        """Mean time of one request on an idle host, its I/O included."""
        return self.service_us_at(writes, self.world.now_us)

    def service_us_at(self, writes: bool, at_us: int) -> float:
        """The same at a time of the last hour."""
        own_us = self._write_us if writes else self._read_us
        return own_us + self.db.capacity.io_us(writes, at_us, self.io_extra_us(writes, at_us))

    def io_extra_us(self, writes: bool, at_us: int) -> int:
        """What one I/O takes longer than usual: a write waits for the slower of the two volumes of a Multi-AZ pair."""
        own_us = self.volume.extra_us.at(at_us)
        if not writes or not self.db.mirror.copies_at(at_us):
            return own_us
        return max(own_us, *(host.volume.extra_us.at(at_us) for host in self.db.hosts.values()))

    def commit_us(self) -> int:
        """Until the storage has it: on both sides of a Multi-AZ pair."""
        return self.db.capacity.commit_us()

    def branch(self) -> Branch | None:
        """The instance's history."""
        return self.db.branch

    def shown(self) -> Content:
        """What it shows: a replica what it has applied."""
        return self.db.shown(self.world.now_us)

    def receives(self) -> Follower | None:
        """What a replica applies of its source."""
        return self.db.replication.applied if self.db.replication is not None else None

    def missing_table_error(self, table: str) -> str:
        """What its engine tells a client that asks for a table which was dropped."""
        return self.db.engine.missing_table_error.format(table=table)

    def may_be_stale(self) -> bool:
        """A read replica's reads may be old."""
        return self.db.replication is not None

    def lag_us(self, at_us: int) -> int:
        """How far the replica is behind."""
        replication = self.db.replication
        return replication.lag_us(at_us) if replication is not None else 0

    def host_returned(self) -> None:
        """The instance knows whether this is its primary."""
        self.db.host_returned(self)
