"""A DB cluster: at most one writer, some readers, the storage they share or copy, and the endpoints that lead to them.

Aurora clusters and Multi-AZ DB clusters have this in common; `aurora.py` and `multi_az_cluster.py` say what they have
not. The cluster is also where the regional control plane stands: it sees an instance by reaching it from the other
zones, takes lost readers out of the reader endpoint, and starts the story of a failover when the writer is lost
(`failover.py`). It reacts once per instant, after everything that happened in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from opsconsole import catalog
from opsconsole.catalog import EngineVersion
from opsconsole.cloud import failover
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.login_storm import LoginStorm
from opsconsole.cloud.names import SUFFIX, Record
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.storage import Storage
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import SCHEMA_US
from opsconsole.fleet import AuroraSpec, CustomEndpointSpec, MultiAzClusterSpec
from opsconsole.simulation import Event, Step, Task, Timer, sleep

FAILS_OVER = ("available", "backing-up")
"""Statuses in which a lost writer is replaced at once."""


@dataclass
class ClusterSettings:
    """What ModifyDBCluster may change. `backtrack_s` is the target window, 0 for off: for good, once it was off."""

    retention_days: int
    backup_window: str
    maintenance_window: str
    deletion_protection: bool
    backtrack_s: int = 0

    @classmethod
    def of(cls, spec: AuroraSpec | MultiAzClusterSpec) -> ClusterSettings:
        """As the fleet has them."""
        backtrack_s = spec.backtrack_s if isinstance(spec, AuroraSpec) else 0
        return cls(
            spec.retention_days,
            spec.backup_window,
            spec.maintenance_window,
            spec.deletion_protection,
            backtrack_s,
        )


class Cluster:
    """One DB cluster in one region.

    `writer` is the instance that may write, or None (a secondary of a global database, or nobody yet). `fenced` says
    that storage refuses writes on purpose: during a switchover, and on an old primary after a lossy failover.
    """

    title: ClassVar[str]
    failover_timing: ClassVar[str]
    why_nothing_is_lost: ClassVar[str]
    storage: Storage
    archive: Archive

    def __init__(self, world: World, spec: AuroraSpec | MultiAzClusterSpec, running: bool = True) -> None:
        self.world = world
        self.spec = spec
        self.id = spec.id
        self.region: Region = world.places.regions[spec.region]
        self.engine = catalog.engine(spec.engine)
        self.version: EngineVersion = self.engine.release(spec.engine_version)
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        self.settings = ClusterSettings.of(spec)
        self.created_us = world.now_us
        self.change: Task[None] | None = None  # the snapshot, rewind or deletion under way
        self.busy_until_us: int | None = None
        self.copied_position: int | None = 0 if running else None  # what the last snapshot of it had
        self.backup: Timer | None = None  # the next daily backup of a Multi-AZ DB cluster
        self.secondary = False
        self.fenced = False
        self.instances: dict[str, Instance] = {}
        self.writer: Instance | None = None
        self.writer_history: Step[str] = Step("", keep_us=SCHEMA_US)  # the writer's id over time, or nobody
        self.storm = LoginStorm(world)
        self.expired: dict[str, None] = {}  # faults by which its server certificates are not valid any more
        self.promoting: Instance | None = None
        self.failovers = 0
        self.failed_attempts = 0
        self.on_traffic_change: Callable[[], None] = lambda: None  # replaced by the cloud: the load has to be looked at
        # A global database replaces it: its secondaries' readers restart with the primary's writer.
        self.on_writer_restart: Callable[[], None] = lambda: None
        self.response: Task[None] | None = None
        self.pulse: Event[None] = world.kernel.event(f"{self.id}: a change")
        self._leaving: dict[str, Timer] = {}
        self._joining: dict[str, Timer] = {}
        self._in_reader_endpoint: dict[str, None] = {}
        self._replacing: dict[str, Task[None]] = {}
        self.custom: dict[str, CustomEndpointSpec] = {}
        self.creating_endpoints: dict[str, None] = {}
        self._make_names()

    def _populate(self) -> None:
        """The members the fleet file lists; the first is the writer."""
        for instance in self.spec.instances:
            zone = self.world.places.zones[instance.zone]
            made = self.add_instance(instance.id, zone, instance.instance_class, instance.tier)
            if instance is self.spec.instances[0] and not self.secondary:
                self.writer = made
                self.writer_history.set(self.world.now_us, made.id)
        self._in_reader_endpoint = {i.id: None for i in self.readers()}

    # -- names --------------------------------------------------------------------------------------------------

    def _fqdn(self, label: str) -> str:
        return f"{label}{self.world.account_hash(self.region.name)}.{self.region.name}.{SUFFIX}"

    def _make_names(self) -> None:
        names, now = self.world.names, self.world.now_us
        ttl, reader_ttl = (catalog.assumption(f"dns-ttl-{kind}-s").value for kind in ("cluster", "reader"))
        self.writer_record = names.add(f"{self.id}.writer", self._fqdn(f"{self.id}.cluster-"), "writer", ttl, (), now)
        self.reader_record = names.add(
            f"{self.id}.reader", self._fqdn(f"{self.id}.cluster-ro-"), "reader", reader_ttl, (), now
        )
        self.custom_records: dict[str, Record] = {}
        self._ttl, self._reader_ttl = ttl, reader_ttl

    def reserve_custom_endpoint(self, spec: CustomEndpointSpec) -> None:
        """A custom endpoint over a chosen set of instances; it is `creating` and answers nobody until it is opened."""
        self.custom[spec.id] = spec
        self.custom_records[spec.id] = self.world.names.add(
            f"{self.id}.{spec.id}", self._fqdn(f"{spec.id}.cluster-custom-"), "custom", self._ttl, (), self.world.now_us
        )
        self.creating_endpoints[spec.id] = None

    def open_custom_endpoint(self, endpoint: str) -> None:
        """The endpoint is `available` and answers, unless it was deleted meanwhile."""
        if endpoint in self.creating_endpoints:
            del self.creating_endpoints[endpoint]
            self._point_names()

    def remove_custom_endpoint(self, endpoint: str) -> None:
        """Withdraw a custom endpoint."""
        del self.custom[endpoint]
        self.creating_endpoints.pop(endpoint, None)
        self.world.names.remove(self.custom_records.pop(endpoint), self.world.now_us)

    def records(self) -> list[Record]:
        """Every name of the cluster: writer, reader, custom, then its instances' own."""
        own = [i.record for i in self.instances.values() if i.record is not None]
        return [self.writer_record, self.reader_record, *self.custom_records.values(), *own]

    def point_writer(self, instance: Instance | None) -> None:
        """Move the writer endpoint."""
        self._point(self.writer_record, (instance.id,) if instance else ())

    def _point_names(self) -> None:
        """Bring reader and custom endpoints in line with who serves; the writer endpoint moves by story only."""
        if self.world.now_us == self.created_us:
            self.point_writer(self.writer)
        serving = tuple(sorted(id for id in self._in_reader_endpoint if id in self.instances))
        fallback = self.world.names.resolve(self.writer_record)
        still_there = tuple(id for id in self.reader_record.answers.value if id in self.instances)
        self._point(self.reader_record, serving or fallback or still_there)
        for endpoint, record in self.custom_records.items():
            if endpoint not in self.creating_endpoints:
                self._point(record, self._custom_members(self.custom[endpoint], (*serving, *fallback)))

    def _custom_members(self, spec: CustomEndpointSpec, serving: tuple[str, ...]) -> tuple[str, ...]:
        chosen = spec.members or tuple(id for id in self.instances if id not in spec.excluded)
        writer = self.writer.id if self.writer else None
        fits = (id for id in chosen if id in serving and (spec.type == "ANY" or id != writer))
        return tuple(sorted(fits))

    def _point(self, record: Record, answers: tuple[str, ...]) -> None:
        now, before = self.world.now_us, record.answers.value
        if self.world.names.point(record, answers, now) and now:
            self.world.log.sim(now, self.id, "dns", name=record.id, was=",".join(before), now=",".join(answers))

    # -- members ------------------------------------------------------------------------------------------------

    def add_instance(self, id: str, zone: Zone, instance_class: str, tier: int, running: bool = True) -> Instance:
        """A new member, running or still being created."""
        instance = self._make_instance(id, zone, instance_class, tier, running)
        instance.record = self.world.names.add(
            id, self._fqdn(f"{id}."), "instance", self._ttl, (id,), self.world.now_us
        )
        instance.on_change = self.look_again
        self.instances[id] = instance
        self.instances = dict(sorted(self.instances.items()))
        return instance

    def _make_instance(self, id: str, zone: Zone, instance_class: str, tier: int, running: bool) -> Instance:
        raise NotImplementedError

    def remove_instance(self, instance: Instance) -> None:
        """Take a deleted instance out of the cluster and withdraw its name."""
        instance.stop()
        instance.set_engine(Engine.DELETED)
        instance.set_status("gone")
        del self.instances[instance.id]
        self.leave_reader_endpoint(instance)
        replacing = self._replacing.pop(instance.id, None)
        if replacing is not None:
            replacing.cancel()
        if instance.record is not None:
            self.world.names.remove(instance.record, self.world.now_us)
        if self.writer is instance:
            self.writer = None
            self.writer_history.set(self.world.now_us, "")
        if instance.id in self.writer_record.answers.value:
            self.point_writer(None)
        self.update_names()

    def readers(self) -> list[Instance]:
        """Every member but the writer, in id order."""
        return [i for i in self.instances.values() if i is not self.writer and i.existing]

    def role(self, instance: Instance) -> str:
        """`writer` or `reader`."""
        return "writer" if instance is self.writer else "reader"

    def set_writer(self, instance: Instance | None) -> None:
        """Change who may write; the storage takes writes from nobody else."""
        now, before = self.world.now_us, self.writer
        if before is instance:
            return
        self.writer = instance
        self.writer_history.set(now, instance.id if instance else "")
        for one, role in ((before, "reader"), (instance, "writer")):
            if one is not None:
                self.world.log.sim(now, one.id, "role", now=role)
        self.look_again()

    def set_status(self, status: str) -> None:
        """Change the cluster's status (`DBCluster.Status`), and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.look_again()

    # -- what the control plane sees ----------------------------------------------------------------------------

    def sees(self, instance: Instance) -> bool:
        """Whether the control plane reaches the instance's host, there and back."""
        return instance.reached_from(self.region.observers(instance.zone))

    def writer_is_well(self) -> bool:
        """Whether there is no reason to fail over: an engine that restarts in place is no reason."""
        return self.writer is not None and self.sees(self.writer)

    def serves(self, instance: Instance) -> bool:
        """Whether the control plane would let connections be sent to it."""
        return instance.running and not instance.deleting and self.sees(instance)

    def candidates(self) -> list[Instance]:
        """Who may be promoted, best first."""
        raise NotImplementedError

    def why_nobody(self) -> str:
        """Why nobody can be promoted: the writer comes back in its own zone, or not at all until an operator acts."""
        writer = self.writer
        if writer is None:
            return "the cluster has no instance that could write"
        if writer.zone.up and not writer.zone.has_room:
            return f"no reader to promote and {writer.zone.name} has no capacity: create an instance in another zone"
        if writer.zone.up:
            return f"no reader to promote: {writer.id} is recreated in {writer.zone.name}"
        return f"no reader to promote and {writer.zone.name} is down: create an instance in another zone"

    async def make_ready(self, target: Instance) -> None:
        """What has to be done before `target` may be promoted; nothing where the storage is shared."""

    @property
    def chooses_target(self) -> bool:
        """Whether FailoverDBCluster may name the reader to promote."""
        return True

    def requested_failover_s(self) -> float:
        """How long writes typically fail in a failover that was asked for: nothing has to be noticed."""
        return self.world.timing(self.failover_timing).typical_s * (1 - failover.share("detection"))

    async def fail_over(self, target: Instance) -> None:
        """Promote `target` because somebody asked for it (FailoverDBCluster)."""
        await failover.fail_over_on_request(self, target)

    # -- reacting -----------------------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Ask for a review at the end of this instant."""
        self.world.settlement.look_again(Phase.CLUSTER, self.id, self.review)

    def review(self) -> None:
        """Look at every member once: endpoints, lost hosts, a lost writer; then the load."""
        pulse, self.pulse = self.pulse, self.world.kernel.event(f"{self.id}: a change")
        pulse.set()
        for instance in list(self.instances.values()):
            self._review_membership(instance)
            self._review_host(instance)
        if self.response is None and self._needs_a_writer():
            self.response = self.world.kernel.spawn(
                failover.respond(self), f"{self.id}: respond to the loss of its writer"
            )
        self.review_backups()
        self.on_traffic_change()

    def review_backups(self) -> None:
        """The volume, or the writer's logs, are backed up while they can be read and nothing prevents it."""
        archive = self.archive
        archive.review(self.region.up and not archive.failures and self.backed_up())

    def as_spec(self) -> AuroraSpec | MultiAzClusterSpec:
        """It as a fleet file would have it now: what a snapshot of it remembers."""
        settings = self.settings
        return self.spec._replace(
            engine_version=self.version.name,
            retention_days=settings.retention_days,
            backup_window=settings.backup_window,
            maintenance_window=settings.maintenance_window,
            deletion_protection=settings.deletion_protection,
        )

    def snapshot_s(self, copied_bytes: int) -> float:
        """How long a snapshot takes this time, in seconds, if so much has to be copied."""
        raise NotImplementedError

    def backed_up(self) -> bool:
        """Whether what is written now gets into the automated backups."""
        raise NotImplementedError

    def _needs_a_writer(self) -> bool:
        if self.secondary or self.fenced or self.status.value not in FAILS_OVER or not self.instances:
            return False
        if not self.region.up:
            return False
        return not self.writer_is_well()

    def places_changed(self) -> None:
        """Power or links of the region changed."""
        self.storage.places_changed()
        for instance in list(self.instances.values()):
            instance.host_changed()
        self.look_again()

    def _review_membership(self, instance: Instance) -> None:
        """Readers leave the reader endpoint when they are lost and come back when they serve."""
        if not self.region.up:  # nobody is left who could notice
            return
        member = instance.id in self._in_reader_endpoint
        wanted = instance is not self.writer and instance is not self.promoting and self.serves(instance)
        pending, other = (self._joining, self._leaving) if wanted else (self._leaving, self._joining)
        if instance.id in other:
            other.pop(instance.id).cancel()
        if wanted == member or instance.id in pending or instance is self.promoting:
            return
        timing = "dns-record-update" if wanted else "reader-health-check"
        after_us = round(self.world.draw(instance.id, timing) * 1_000_000)
        pending[instance.id] = self.world.kernel.call_at(
            self.world.now_us + after_us, self._change_membership, instance.id, wanted
        )

    def _change_membership(self, id: str, join: bool) -> None:
        (self._joining if join else self._leaving).pop(id, None)
        if not self.region.up:
            self.look_again()
            return
        if join:
            self._in_reader_endpoint[id] = None
        else:
            self._in_reader_endpoint.pop(id, None)
        self.update_names()

    def leave_reader_endpoint(self, instance: Instance) -> None:
        """The promoted reader is withdrawn from the reader endpoint together with the move of the writer endpoint."""
        self._in_reader_endpoint.pop(instance.id, None)
        for pending in (self._joining, self._leaving):
            if instance.id in pending:
                pending.pop(instance.id).cancel()

    def update_names(self) -> None:
        """Publish who serves, and let the topology change be known."""
        self._point_names()
        self.look_again()

    def _review_host(self, instance: Instance) -> None:
        """A host that failed in a zone that lives is replaced in the same zone, in minutes."""
        lost = HOST_FAILURE in instance.holds and instance.zone.up and not instance.deleting
        running = self._replacing.get(instance.id)
        if lost and (running is None or running.done):
            if not instance.zone.has_room:  # it waits for a machine
                return
            self._replacing[instance.id] = self.world.kernel.spawn(
                self._replace_host(instance), f"{instance.id}: replace its host"
            )
        elif not lost and running is not None and not running.done:
            running.cancel()

    def _replacement_timing(self, instance: Instance) -> str:
        """The catalog's row for how long a new host takes."""
        raise NotImplementedError

    async def _replace_host(self, instance: Instance) -> None:
        """The instance is recreated on a new host in the same zone."""
        seconds = self.world.draw(instance.id, self._replacement_timing(instance))
        instance.busy_until_us = self.world.now_us + round(seconds * 1_000_000)
        try:
            await sleep(seconds)
        finally:
            instance.busy_until_us = None
        self._replacing.pop(instance.id, None)
        self.world.log.sim(self.world.now_us, instance.id, "host", now="replaced", zone=instance.zone.name)
        instance.regain_host(HOST_FAILURE)

    def abandon_failover(self) -> None:
        """The cluster's role is taken from outside: whatever failover it is in ends here."""
        if self.response is not None:
            self.response.cancel()
            self.response = None
        target, self.promoting = self.promoting, None
        if target is not None and target.host_up and not target.running:
            target.begin(target.reboot(), "restart after an abandoned failover")
        if self.status.value == "failing-over":
            self.set_status("available")

    def restart_readers(self) -> None:
        """Every reader restarts (older versions with their writer; a secondary region's with the primary's)."""
        for reader in self.readers():
            if reader.host_up and reader.running:
                reader.begin(reader.reboot(), "restart with the writer")
