"""An RDS DB instance: one name, one or two hosts, EBS storage, and perhaps a source that it follows.

A Multi-AZ instance has a standby in another zone that nobody can read: a commit waits for both volumes, so nothing
acknowledged is lost when the standby takes over (`rds_failover.py`). A read replica follows its source asynchronously
(`replication.py`). The control plane looks once per instant, after everything that happened in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.catalog import InstanceClass
from opsconsole.cloud import rds_failover
from opsconsole.cloud.cpu_credits import CpuCredits
from opsconsole.cloud.disk import Disk
from opsconsole.cloud.names import SUFFIX, Record
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.replication import Replication
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.storage_watch import StorageWatch
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import WRITE, Branch
from opsconsole.fleet import RdsSpec
from opsconsole.simulation import Event, Step, Task, Timer

SYNCHRONISED, SYNCHRONISING, BROKEN, NONE = "synchronised", "synchronising", "broken", "none"


@dataclass
class Settings:
    """What ModifyDBInstance may change beside class, storage and Multi-AZ."""

    engine_version: str
    retention_days: int
    backup_window: str
    maintenance_window: str
    deletion_protection: bool
    auto_minor: bool
    monitoring_interval_s: int
    performance_insights: bool
    parameter_group: str
    parameter_status: str = "in-sync"
    port: int = 0


class DbInstance:
    """One RDS DB instance. `primary` is the host its name leads to, `standby` the other of a Multi-AZ pair.

    `mirror` is the state of the synchronous copy: synchronised, synchronising, broken or none.
    """

    def __init__(self, world: World, spec: RdsSpec, source: DbInstance | None, running: bool = True) -> None:
        self.world = world
        self.spec = spec
        self.id = spec.id
        self.region: Region = world.places.regions[spec.region]
        self.engine = catalog.engine(spec.engine)
        self.classes: Step[InstanceClass] = Step(catalog.instance_class(spec.instance_class), world.now_us)
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        self.settings = Settings(
            spec.engine_version,
            spec.retention_days,
            spec.backup_window,
            spec.maintenance_window,
            spec.deletion_protection,
            spec.auto_minor,
            spec.monitoring_interval_s,
            spec.performance_insights,
            f"default.{spec.engine}{spec.engine_version.split('.')[0]}",
            port=self.engine.port,
        )
        self.pending: dict[str, str | int | bool] = {}  # what waits for the maintenance window, by modification
        self.window: Timer | None = None
        self.wake: Timer | None = None  # when AWS starts it after seven days
        self.optimising: Task[None] | None = None
        self.optimised_us: int | None = None  # until when its storage is optimised
        self.read_only = False  # it is being promoted and has not restarted yet
        self.created_us = world.now_us
        self.everyone: Callable[[], list[DbInstance]] = list  # replaced by the cloud: every DB instance
        self.on_traffic_change: Callable[[], None] = lambda: None  # replaced by the cloud: the load has to be looked at
        self.on_gone: Callable[[], None] = lambda: None  # replaced by the cloud: it is forgotten
        self.deleting = False
        self.io_suspended = False
        self.storage_failures: dict[str, None] = {}
        self.hangs: dict[str, None] = {}
        self.transactions: dict[str, int] = {}  # long transactions that are open: since when
        self.standby_lost_volume = False  # the standby needs everything, not only what it missed
        self.failovers = 0
        self.failed_over_us: int | None = None
        self.busy_until_us: int | None = None
        self.response: Task[None] | None = None
        self.change: Task[None] | None = None  # the modification, stop, start, promotion or deletion under way
        self.rebuild: Task[None] | None = None
        self.failing_over = False
        self._detaching: Timer | None = None
        self._replacing: dict[str, Task[None]] = {}
        self.pulse: Event[None] = world.kernel.event(f"{self.id}: a change")
        self.hosts: dict[str, Host] = {}
        self.former_hosts: dict[str, Host] = {}  # given up, but part of its history
        self.numbers = 0
        self.primary: Host = self.add_host(world.places.zones[spec.zone], running)
        self.primary_history: Step[str] = Step(self.primary.id, world.now_us)
        self.standby: Host | None = None
        self.mirror: Step[str] = Step(NONE, world.now_us)
        if spec.multi_az and spec.standby_zone is not None:
            self.standby = self.add_host(world.places.zones[spec.standby_zone], False)
            if running:
                self.standby.engine.set(world.now_us, Engine.STANDBY.value)
                self.mirror.set(world.now_us, SYNCHRONISED)
        size = self.instance_class
        self.credits: Step[CpuCredits | None] = Step(
            CpuCredits(world.kernel, size) if size.credits else None, world.now_us
        )
        self._reads = 0  # asked of the primary when its load was last worked out
        self.disk = Disk(world, spec.engine, spec.storage, self.look_again)
        self.streams: Step[Replication | None] = Step(None, world.now_us)  # what it follows, as a history
        self.branch: Branch = source.branch if source is not None else Branch(self.id, at_us=world.now_us)
        data = source.data_at(world.now_us) if source is not None else spec.storage.data_bytes
        position = source.applied_position(world.now_us) if source is not None else 0
        self._data: Step[tuple[int, int]] = Step((data, position), world.now_us)  # bytes that it held at a position
        self.bytes_per_write = round(catalog.assumption("rds-bytes-per-write").value)
        self._log_bytes_per_write = round(catalog.assumption("rds-log-bytes-per-write").value)
        cold = catalog.assumption("rds-io-per-cold-read").value
        self._io_per_read = cold * (1 - catalog.assumption("rds-buffer-hit-share").value)
        self._io_per_write = catalog.assumption("rds-ios-per-write").value
        self._mirror_us = catalog.assumption("multi-az-write-ms").value * 1000
        self._sync_factor = catalog.assumption("multi-az-sync-write-factor").value
        self._commit_us = catalog.assumption("rds-commit-storage-ms").value * 1000
        self.record: Record = world.names.add(
            self.id,
            f"{self.id}.{world.account_hash(self.region.name)}.{self.region.name}.{SUFFIX}",
            "rds",
            catalog.assumption("dns-ttl-cluster-s").value,
            (self.primary.id,) if running else (),
            world.now_us,
        )
        if source is not None:
            self.follow(source)
        self.watch = StorageWatch(self)
        self.branch.watchers.append(self.look_again)

    # -- what it is made of -------------------------------------------------------------------------------------

    def add_host(self, zone: Zone, running: bool) -> Host:
        """A new host for it."""
        self.numbers += 1
        host = Host(self, self.numbers, zone, running)
        host.on_change = self.look_again
        self.hosts[host.id] = host
        return host

    def remove_standby(self) -> Host | None:
        """Give the standby up; returns the host, which is nobody's any more."""
        host, self.standby = self.standby, None
        self.set_mirror(NONE)
        if host is not None:
            host.stop()
            self.former_hosts[host.id] = self.hosts.pop(host.id)
            host.set_engine(Engine.DELETED)
        return host

    @property
    def instance_class(self) -> InstanceClass:
        """`DBInstanceClass`, as it is now."""
        return self.classes.value

    @instance_class.setter
    def instance_class(self, value: InstanceClass) -> None:
        self.classes.set(self.world.now_us, value)
        self.credits.set(self.world.now_us, CpuCredits(self.world.kernel, value) if value.credits else None)

    @property
    def replication(self) -> Replication | None:
        """The stream from its source, if it is a read replica now."""
        return self.streams.value

    @replication.setter
    def replication(self, value: Replication | None) -> None:
        self.streams.set(self.world.now_us, value)

    @property
    def multi_az(self) -> bool:
        """`MultiAZ`."""
        return self.standby is not None

    @property
    def source(self) -> DbInstance | None:
        """Whom it follows, if it is a read replica."""
        return self.replication.source if self.replication is not None else None

    def replicas(self) -> list[DbInstance]:
        """The read replicas that follow it directly, in id order."""
        return [db for db in self.everyone() if db.source is self]

    def follow(self, source: DbInstance) -> None:
        """Become a read replica of `source`."""
        self.replication = Replication(source, self)

    def promote(self, fork_us: int) -> None:
        """Leave the source: a history of its own begins at what had been received."""
        replication = self.replication
        if replication is None:
            return
        now = self.world.now_us
        data, self.replication = self.data_at(now), None
        replication.end()
        self.branch.watchers.remove(self.look_again)
        self.branch = Branch(f"{self.id}@{now}", replication.received.branch, fork_us, now)
        self.branch.watchers.append(self.look_again)
        self._data.set(now, (data, self.branch.position(now)))
        for replica in self.replicas():  # what follows it goes on following it, on its new history
            replica.refollow(self)
        self.look_again()

    def refollow(self, source: DbInstance) -> None:
        """The source has a new history: follow that from here on."""
        replication = self.replication
        if replication is None:
            return
        replication.end()
        self.branch.watchers.remove(self.look_again)
        self.branch = source.branch
        self.branch.watchers.append(self.look_again)
        self.replication = Replication(source, self)
        self.replication.status.set(self.world.now_us, replication.status.value)
        for replica in self.replicas():
            replica.refollow(self)

    def born(self) -> None:
        """Its creation is complete: it serves under its name."""
        self.primary.set_engine(Engine.RUNNING)
        if self.standby is not None:
            self.standby.set_engine(Engine.STANDBY)
            self.set_mirror(SYNCHRONISED)
        self.point()
        self.set_status("available")
        self.primary.warm_up()

    def gone(self) -> None:
        """It is deleted: hosts, stream and name are no more."""
        self.set_status("gone")
        for task in (self.response, self.change, self.rebuild, self.optimising, *self._replacing.values()):
            if task is not None and task is not self.world.kernel.current:
                task.cancel()
        if self.replication is not None:
            self.replication.end()
            self.replication = None
        for host in self.hosts.values():
            host.set_engine(Engine.DELETED)
        self.branch.watchers.remove(self.look_again)
        self.world.names.remove(self.record, self.world.now_us)
        self.on_gone()

    # -- its data -----------------------------------------------------------------------------------------------

    def applied_position(self, at_us: int) -> int:
        """Nano-writes that it holds and shows."""
        stream = self.streams.at(at_us)
        return stream.applied.received(at_us) if stream is not None else self.branch.position(at_us)

    def position_time(self, now_us: int) -> int:
        """The commit time up to which it has every write."""
        return self.replication.received.received_until(now_us) if self.replication is not None else now_us

    def data_at(self, at_us: int) -> int:
        """Bytes of data it holds."""
        data, position = self._data.at(at_us)
        return data + (self.applied_position(at_us) - position) * self.bytes_per_write // WRITE

    def log_backlog(self, at_us: int) -> int:
        """Bytes of binlog or WAL that it keeps because replicas have not received them."""
        position = self.branch.position(at_us)
        streams = [stream for db in self.everyone() if (stream := db.streams.at(at_us)) and stream.source is self]
        behind = [position - stream.received.received(at_us) for stream in streams]
        return max(behind, default=0) * self._log_bytes_per_write // WRITE

    def used_bytes(self, at_us: int) -> int:
        """Bytes used of what is allocated: data, and logs kept for replicas."""
        return min(self.disk.allocated_bytes, self.data_at(at_us) + self.log_backlog(at_us))

    # -- what clients meet --------------------------------------------------------------------------------------

    def raw_capacity(self) -> tuple[int, int]:
        """Reads and writes it could do alone with warm caches, in milli-requests per second: class and storage."""
        row = catalog.capacity(self.spec.engine, self.instance_class.name)
        iops = self.disk.iops
        if self.optimised_us is not None:
            iops = round(iops * catalog.assumption("storage-optimization-performance-share").value)
        reads = min(row.reads_per_s, round(iops / self._io_per_read))
        writes = min(row.writes_per_s, round(iops / self._io_per_write))
        return max(1, reads) * 1000, max(1, writes) * 1000

    def apply_limit(self) -> int:
        """What it could apply of a source's writes if nobody read from it, in milli-writes per second."""
        return round(catalog.assumption("rds-replica-apply-per-s-per-vcpu").value * self.instance_class.vcpu) * 1000

    def io_us(self, writes: bool) -> float:
        """What the storage's latency adds to a request."""
        each = self._io_per_write if writes else self._io_per_read
        return each * self.disk.allocation.row.latency_ms * 1000

    def commit_us(self) -> int:
        """Until the storage has a commit: both volumes of a Multi-AZ pair; slower while they are brought together."""
        if self.standby is None or self.mirror.value == BROKEN:
            return round(self._commit_us)
        trip = self.world.places.round_trip(self.primary.zone, self.standby.zone) or 0
        usual = 2 * self.world.places.cross_zone_us
        alone = self._commit_us + self._mirror_us + max(0, trip - usual)
        return round(alone * self._sync_factor) if self.mirror.value == SYNCHRONISING else round(alone)

    def mirror_linked(self) -> bool:
        """Whether the primary's writes reach the standby's volume and are acknowledged."""
        standby = self.standby
        if standby is None or not standby.host_up or standby.unplugged or self.primary.unplugged:
            return False
        return self.world.places.round_trip(self.primary.zone, standby.zone) is not None

    def waits_for_standby(self) -> bool:
        """Whether a commit hangs: the standby does not acknowledge, and nobody has given it up yet."""
        return self.mirror.value == SYNCHRONISED and not self.mirror_linked()

    # -- what the control plane sees and does -------------------------------------------------------------------

    def sees(self, host: Host) -> bool:
        """Whether the control plane reaches a host, there and back."""
        return host.reached_from(self.region.observers(host.zone))

    def primary_is_well(self) -> bool:
        """Whether there is no reason to fail over; an engine that restarts in place is none."""
        return self.sees(self.primary) and not self.storage_failures and not self.hangs

    def standby_may_take_over(self) -> bool:
        """Whether the standby holds everything that was acknowledged, lives and is reached."""
        return self.standby is not None and self.mirror.value == SYNCHRONISED and self.sees(self.standby)

    def set_status(self, status: str) -> None:
        """Change `DBInstanceStatus`, and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.look_again()

    def set_mirror(self, state: str) -> None:
        """Change the state of the synchronous copy, and log it."""
        now, before = self.world.now_us, self.mirror.value
        if self.mirror.set(now, state):
            self.world.log.sim(now, self.id, "mirror", was=before, now=state)
            self.look_again()

    def set_primary(self, host: Host) -> None:
        """The roles change."""
        now, old = self.world.now_us, self.primary
        self.primary, self.standby = host, old
        self.primary_history.set(now, host.id)
        self.world.log.sim(now, old.id, "role", now="standby")
        self.world.log.sim(now, host.id, "role", now="primary")
        self.look_again()

    def point(self) -> None:
        """Let the name lead to the primary."""
        now, before, after = self.world.now_us, self.record.answers.value, (self.primary.id,)
        if self.world.names.point(self.record, after, now):
            self.world.log.sim(now, self.id, "dns", name=self.id, was=",".join(before), now=",".join(after))

    def look_again(self) -> None:
        """Ask for a review at the end of this instant."""
        self.world.settlement.look_again(Phase.CLUSTER, self.id, self.review)

    def places_changed(self) -> None:
        """Power or links of some region changed."""
        for host in list(self.hosts.values()):
            host.host_changed()
        self.look_again()

    def review(self) -> None:
        """Look once: a lost primary, a standby that does not acknowledge, hosts to replace, the stream, the load."""
        pulse, self.pulse = self.pulse, self.world.kernel.event(f"{self.id}: a change")
        pulse.set()
        if self.status.value == "gone":
            return
        self._review_mirror()
        for host in list(self.hosts.values()):
            self._review_host(host)
        if self.response is None and self._must_respond():
            self.response = self.world.kernel.spawn(rds_failover.respond(self), f"{self.id}: respond to a lost primary")
        if self.replication is not None:
            self.replication.review()
        self._spend()
        self.watch.foresee()
        self.on_traffic_change()

    def load_changed(self) -> None:
        """The load of its hosts has been worked out anew; what readers take of a replica bounds what it applies."""
        reads, self._reads = self._reads, self.primary.load.value.reads
        if self.replication is not None and reads != self._reads:
            self.look_again()
        else:
            self._spend()

    def _spend(self) -> None:
        """Work takes credits: of the storage's bucket, of the class's."""
        host = self.primary
        load, now = host.load.value, self.world.now_us
        writes = load.writes_served + host.background()
        self.disk.use(now, round(load.reads_served * self._io_per_read + writes * self._io_per_write))
        credits = self.credits.value
        if credits is not None:
            credits.use(now, host.cpu_percent())

    def _must_respond(self) -> bool:
        if self.deleting or self.failing_over or self.status.value not in ("available", "storage-optimization"):
            return False
        return self.multi_az and self.region.up and not self.primary_is_well()

    def _review_mirror(self) -> None:
        """A standby that does not acknowledge is given up, if somebody sees the primary who can tell it so."""
        wanted = self.waits_for_standby() and self.sees(self.primary) and not self.failing_over
        if not wanted and self._detaching is not None:
            self._detaching.cancel()
            self._detaching = None
        elif wanted and self._detaching is None:
            seconds = self.world.draw(self.id, "rds-standby-loss-detection")
            due = self.world.now_us + round(seconds * 1_000_000)
            self._detaching = self.world.kernel.call_at(due, self._give_up_standby)
        idle = self.rebuild is None or self.rebuild.done
        if idle and self.mirror.value == BROKEN and self.may_rebuild():
            self.rebuild = self.world.kernel.spawn(
                rds_failover.rebuild_standby(self), f"{self.id}: rebuild its standby"
            )

    def may_rebuild(self) -> bool:
        """Whether a standby could be brought up to date now."""
        return self.mirror_linked() and self.primary.running and not self.failing_over and not self.deleting

    def _give_up_standby(self) -> None:
        self._detaching = None
        if self.standby is not None:
            self.standby.set_engine(Engine.DOWN)
        self.set_mirror(BROKEN)

    def _review_host(self, host: Host) -> None:
        """A host that failed in a zone that lives is replaced in the same zone, in minutes; its volume is kept."""
        lost = HOST_FAILURE in host.holds and host.zone.up and not self.deleting
        running = self._replacing.get(host.id)
        if lost and (running is None or running.done):
            self._replacing[host.id] = self.world.kernel.spawn(
                rds_failover.replace_host(self, host), f"{host.id}: replace it"
            )
        elif not lost and running is not None and not running.done:
            running.cancel()

    def host_returned(self, host: Host) -> None:
        """A host lives again: the primary boots, a standby waits to be brought up to date."""
        if self.deleting or self.status.value in ("stopped", "storage-full", "creating"):
            return
        if host is self.primary and not self.failing_over:
            host.begin(rds_failover.boot(self), "boot after its host came back")
        elif host is self.standby:
            if self.mirror.value == SYNCHRONISED:  # nothing was acknowledged without it
                host.set_engine(Engine.STANDBY)
            self.look_again()
