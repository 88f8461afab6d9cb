"""An RDS DB instance: one name, one or two hosts, EBS storage, and perhaps a source that it follows.

A Multi-AZ instance has a standby in another zone that nobody can read: a commit waits for both volumes, so nothing
acknowledged is lost when the standby takes over (`rds_failover.py`). A read replica follows its source asynchronously
(`replication.py`). The control plane looks once per instant, after everything that happened in it.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole import catalog
from opsconsole.catalog import InstanceClass
from opsconsole.cloud import rds_backups, rds_failover, rds_restores
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.content import Content
from opsconsole.cloud.cpu_credits import CpuCredits
from opsconsole.cloud.disk import GIB, Disk
from opsconsole.cloud.login_storm import LoginStorm
from opsconsole.cloud.names import SUFFIX, Record
from opsconsole.cloud.origin import Origin
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.rds_capacity import Capacity
from opsconsole.cloud.rds_data import Contents
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.rds_mirror import NONE, SYNCHRONISED, Mirror
from opsconsole.cloud.rds_settings import Settings
from opsconsole.cloud.replication import Replication
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.storage_watch import StorageWatch
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import SCHEMA_US, Branch
from opsconsole.fleet import RdsSpec, StorageSpec
from opsconsole.simulation import Event, Step, Task, Timer

STAYS_DOWN = (
    "creating",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "stopped",
    "stopping",
)
"""Statuses in which its engine does not start because its host is back."""


class DbInstance:
    """One RDS DB instance. `primary` is the host its name leads to, `standby` the other of a Multi-AZ pair."""

    def __init__(
        self,
        world: World,
        spec: RdsSpec,
        source: DbInstance | None,
        running: bool = True,
        origin: Origin | None = None,
    ) -> None:
        self.world = world
        self.spec = spec
        self.id = spec.id
        self.region: Region = world.places.regions[spec.region]
        self.engine = catalog.engine(spec.engine)
        self.classes: Step[InstanceClass] = Step(catalog.instance_class(spec.instance_class), world.now_us)
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        self.settings = Settings.of(spec, self.engine.port)
        self.pending: dict[str, str | int | bool] = {}  # what waits for the maintenance window, by modification
        self.applying: dict[str, str | int | bool] = {}  # what of it is being applied
        self.window: Timer | None = None
        self.wake: Timer | None = None  # when AWS starts it after seven days
        self.optimising: Task[None] | None = None
        self.optimised_us: int | None = None  # until when its storage is optimised
        self.backup: Timer | None = None  # the next daily backup
        self.copied_position: int | None = None  # what the last snapshot of it had
        self.loaded: Step[int] = Step(1000, world.now_us)  # what it can do while blocks come from S3, in 1/1000
        self.loading_until_us: int | None = None
        self.loading: Task[None] | None = None
        self.read_only = False  # it is being promoted and has not restarted yet
        self.created_us = world.now_us
        self.followers: dict[str, DbInstance] = {}  # who follows it or has followed it, in id order
        self.on_traffic_change: Callable[[], None] = lambda: None  # replaced by the cloud: the load has to be looked at
        self.on_gone: Callable[[bool], None] = lambda keep_backups: None  # replaced by the cloud: it is forgotten
        self.key_is_usable: Callable[[], bool] = lambda: True  # by the cloud: whether its KMS key is enabled
        self.on_renamed: Callable[[str, list[str]], None] = lambda before, hosts: None  # by the cloud: known anew
        self.on_window_change: Callable[[], None] = lambda: None  # by the cloud: maintenance waits for another window
        self.on_new_version: Callable[[], None] = lambda: None  # by the cloud: another upgrade is pending
        self.deleting = False
        self.io_suspended = False
        self.kept_down = False  # what is done to it keeps the engine down, and opens it again
        self.storage_failures: dict[str, None] = {}
        self.hangs: dict[str, None] = {}
        self.storm = LoginStorm(world)
        self.expired: dict[str, None] = {}  # faults by which its server certificate is not valid any more
        self.transactions: dict[str, int] = {}  # long transactions that are open: since when
        self.failovers = 0
        self.failed_over_us: int | None = None
        self.busy_until_us: int | None = None
        self.response: Task[None] | None = None
        self.change: Task[None] | None = None  # the modification, stop, start, promotion or deletion under way
        self.failing_over = False
        self._replacing: dict[str, Task[None]] = {}
        self._sends: tuple[str, bool, bool] | None = None  # what its replicas saw of it when they looked last
        self.pulse: Event[None] = world.kernel.event(f"{self.id}: a change")
        self.hosts: dict[str, Host] = {}
        self.former_hosts: dict[str, Host] = {}  # given up, but part of its history
        self.numbers = 0
        self.primary: Host = self.add_host(world.places.zones[spec.zone], running)
        self.primary_history: Step[str] = Step(self.primary.id, world.now_us, keep_us=SCHEMA_US)
        self.standby: Host | None = None
        self.mirror = Mirror(self)
        if spec.multi_az and spec.standby_zone is not None:
            self.standby = self.add_host(world.places.zones[spec.standby_zone], False)
            if running:
                self.standby.engine.set(world.now_us, Engine.STANDBY.value)
                self.mirror.state.set(world.now_us, SYNCHRONISED)
        self.credits: Step[CpuCredits | None] = Step(CpuCredits.of(world.kernel, self.instance_class), world.now_us)
        self._reads = 0  # asked of the primary when its load was last worked out
        self.disk = Disk(world, spec.engine, spec.storage, self.look_again, self._burst_is_low)
        self.streams: Step[Replication | None] = Step(None, world.now_us, keep_us=SCHEMA_US)  # what it follows
        self.branches: Step[Branch] = Step(self._first_branch(source, origin), world.now_us, keep_us=SCHEMA_US)
        self.contents = Contents(self)
        self.capacity = Capacity(self)
        self.record: Record = self._name((self.primary.id,) if running else ())
        if source is not None:
            self.follow(source)
        self.watch = StorageWatch(self)
        self.branch.watchers.append(self.look_again)
        self.archive: Archive = rds_backups.archive_of(self)
        if running:
            self.archive.begin_before_the_run()
            self.copied_position = self.branch.position(world.now_us) if self.settings.retention_days else None
            self.review_backups()
            rds_backups.schedule(self)

    # -- what it is made of -------------------------------------------------------------------------------------

    def _name(self, answers: tuple[str, ...]) -> Record:
        """Its endpoint, under the id it has."""
        region, names = self.region.name, self.world.names
        fqdn = f"{self.id}.{self.world.account_hash(region)}.{region}.{SUFFIX}"
        ttl_s = catalog.assumption("dns-ttl-instance-s").value
        return names.add(self.id, fqdn, "rds", ttl_s, answers, self.world.now_us)

    def rename(self, id: str) -> None:
        """Another id from now on: the old endpoint is gone, and the new one answers when the engine runs again."""
        before, hosts = self.id, list(self.hosts)
        self.world.log.sim(self.world.now_us, before, "renamed", now=id)
        self.world.names.remove(self.record, self.world.now_us)
        self.id, self.spec = id, self.spec._replace(id=id)
        for host in self.hosts.values():
            host.id = f"{id}/{host.number}"
        self.hosts = {host.id: host for host in self.hosts.values()}
        self.primary_history.set(self.world.now_us, self.primary.id)
        self.record = self._name(())
        self.on_renamed(before, hosts)

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
        self.mirror.set(NONE)
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
        self.credits.set(self.world.now_us, CpuCredits.of(self.world.kernel, value))

    @property
    def replication(self) -> Replication | None:
        """The stream from its source, if it is a read replica now."""
        return self.streams.value

    @replication.setter
    def replication(self, value: Replication | None) -> None:
        self.streams.set(self.world.now_us, value)
        if value is not None:
            followers = value.source.followers
            followers[self.id] = self
            value.source.followers = dict(sorted(followers.items()))

    def _first_branch(self, source: DbInstance | None, origin: Origin | None) -> Branch:
        """A read replica has its source's history, a restored one forks; others begin one, with a database in it."""
        now = self.world.now_us
        if source is not None:
            return source.branch
        id = f"{self.id}@{now}" if now else self.id
        if origin is not None:
            return Branch(id, origin.content.branch, origin.content.until_us, now, instead=origin.instead)
        data, database = self.spec.storage.data_bytes, self.id.replace("-", "_")
        return Branch(id, at_us=now, initial_bytes=data, databases=(database,))

    @property
    def branch(self) -> Branch:
        """The history it holds."""
        return self.branches.value

    def set_branch(self, branch: Branch) -> None:
        """It has another history from now on."""
        self.branch.watchers.remove(self.look_again)
        self.branches.set(self.world.now_us, branch)
        self.branch.watchers.append(self.look_again)
        self.archive.keep_history()

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
        return [db for db in self.followers.values() if db.source is self]

    def follow(self, source: DbInstance) -> None:
        """Become a read replica of `source`."""
        self.replication = Replication(source, self)

    def born(self) -> None:
        """Its creation is complete: it serves under its name."""
        self.primary.set_engine(Engine.RUNNING)
        if self.standby is not None:
            self.standby.set_engine(Engine.STANDBY)
            self.mirror.set(SYNCHRONISED)
        self.point()
        self.set_status("available")
        self.primary.warm_up()

    def gone(self, keep_backups: bool = False) -> None:
        """It is deleted: hosts, stream and name are no more, nor its automated backups unless they are to be kept."""
        self.set_status("gone")
        for task in (self.response, self.change, self.optimising, self.loading, *self._replacing.values()):
            if task is not None and task is not self.world.kernel.current:
                task.cancel()
        self.mirror.end()
        if self.replication is not None:
            self.replication.end()
            self.replication = None
        for host in self.hosts.values():
            host.set_engine(Engine.DELETED)
        self.branch.watchers.remove(self.look_again)
        self.world.names.remove(self.record, self.world.now_us)
        self.on_gone(keep_backups)

    def content(self, at_us: int) -> Content:
        """Up to which write it has, or had, its history: a replica what it has received, applied or not."""
        stream = self.streams.at(at_us)
        return Content(self.branches.at(at_us), stream.received.received_until(at_us) if stream is not None else at_us)

    def as_spec(self) -> RdsSpec:
        """It as a fleet file would have it now: what a snapshot of it remembers."""
        now, settings = self.disk.allocation, self.settings
        storage = StorageSpec(
            now.type, self.disk.allocated_bytes, now.iops, now.throughput_mibps, self.disk.max_gib * GIB
        )
        return self.spec._replace(
            engine_version=settings.engine_version,
            zone=self.primary.zone.name,
            instance_class=self.instance_class.name,
            storage=storage,
            retention_days=settings.retention_days,
            backup_window=settings.backup_window,
            maintenance_window=settings.maintenance_window,
            option=settings.option,
        )

    def shown(self, at_us: int) -> Content:
        """What its readers see, or saw: a replica shows what it has applied."""
        stream = self.streams.at(at_us)
        return Content(self.branches.at(at_us), stream.applied.received_until(at_us) if stream is not None else at_us)

    # -- what the control plane sees and does -------------------------------------------------------------------

    def sees(self, host: Host) -> bool:
        """Whether the control plane reaches a host, there and back."""
        return host.reached_from(self.region.observers(host.zone))

    def primary_is_well(self) -> bool:
        """Whether there is no reason to fail over; an engine that restarts in place is none."""
        does_io = not self.storage_failures and not self.primary.volume.paused.value
        return self.sees(self.primary) and does_io and not self.hangs

    def set_status(self, status: str) -> None:
        """Change `DBInstanceStatus`, and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.look_again()

    def settle(self) -> None:
        """A change is done: `available`, or what it shows while its storage is optimised, or loaded from S3."""
        status = "available" if self.loading_until_us is None else "storage-initialization"
        self.set_status(status if self.optimised_us is None else "storage-optimization")

    def begin_loading(self, seconds: float) -> None:
        """Its blocks are still in S3: it serves, slowly at first, and loads them for so long."""
        self.loading_until_us = self.world.now_us + round(seconds * 1_000_000)
        self.loading = self.world.kernel.spawn(rds_restores.load_blocks(self, seconds), f"{self.id}: load its blocks")

    def review_backups(self) -> None:
        """Logs are uploaded while its engine runs, and nothing keeps backups from being made."""
        archive = self.archive
        archive.review(bool(archive.days) and self.primary.running and not archive.failures and self.region.up)

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
        self.mirror.review()
        for host in list(self.hosts.values()):
            self._review_host(host)
        if self.response is None and self._must_respond():
            self.response = self.world.kernel.spawn(rds_failover.respond(self), f"{self.id}: respond to a lost primary")
        if self.replication is not None:
            self.replication.review()
        sends = (self.primary.id, self.primary.running, bool(self.primary.unplugged))
        if sends != self._sends:  # replicas receive from whoever is the primary, while it runs
            self._sends = sends
            for replica in self.replicas():
                replica.look_again()
        self.review_backups()
        self.capacity.spend()
        self.watch.foresee()
        self.on_traffic_change()

    def _burst_is_low(self) -> None:
        self.world.log.aws(self.world.now_us, self.id, "0189")

    def load_changed(self) -> None:
        """The load of its hosts has been worked out anew; what readers take of a replica bounds what it applies."""
        reads, self._reads = self._reads, self.primary.load.value.reads
        if self.replication is not None and reads != self._reads:
            self.look_again()
        else:
            self.capacity.spend()

    def _must_respond(self) -> bool:
        if self.deleting or self.failing_over or self.status.value not in rds_failover.SERVING:
            return False
        return self.multi_az and self.region.up and not self.primary_is_well()

    def _review_host(self, host: Host) -> None:
        """A host that failed in a zone that lives is replaced in the same zone, in minutes; its volume is kept."""
        lost = HOST_FAILURE in host.holds and host.zone.up and not self.deleting
        running = self._replacing.get(host.id)
        if lost and (running is None or running.done):
            if not host.zone.has_room:  # it waits for a machine
                return
            self._replacing[host.id] = self.world.kernel.spawn(
                rds_failover.replace_host(self, host), f"{host.id}: replace it"
            )
        elif not lost and running is not None and not running.done:
            running.cancel()

    def host_returned(self, host: Host) -> None:
        """A host lives again: the primary boots, a standby waits to be brought up to date."""
        if self.deleting or self.status.value in STAYS_DOWN:
            return
        if host is self.standby:
            if self.mirror.value == SYNCHRONISED:  # nothing was acknowledged without it
                host.set_engine(Engine.STANDBY)
            self.look_again()
        elif host is self.primary and not (self.kept_down or self.failing_over or self.status.value == "storage-full"):
            host.begin(rds_failover.boot(self), "boot after its host came back")
