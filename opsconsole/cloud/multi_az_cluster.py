"""An RDS Multi-AZ DB cluster: a writer and two readable standbys in three zones, each with storage of its own.

Beside Aurora's it differs in what is kept where (`semisync.py`) and in who may take over: only a reader that has every
acknowledged write, the most recent first, and not before what it received is applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from opsconsole import catalog
from opsconsole.cloud import cluster_backups, failover
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.content import Content
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.places import Zone
from opsconsole.cloud.rds_backups import copying_time
from opsconsole.cloud.semisync import SemiSync
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Follower
from opsconsole.fleet import MultiAzClusterSpec
from opsconsole.simulation import first, noise, noise_key, sleep


class MultiAzInstance(Instance):
    """An instance of a Multi-AZ DB cluster. `rest_lag_us` is how far it lags when it keeps up, drawn once."""

    home: MultiAzCluster
    boot_timing: ClassVar[str] = "rds-crash-recovery"
    reboot_timing: ClassVar[str] = "rds-reboot"
    restart_timing: ClassVar[str] = "rds-crash-recovery"

    def __init__(
        self, world: World, id: str, home: MultiAzCluster, zone: Zone, instance_class: str, tier: int, running: bool
    ) -> None:
        super().__init__(world, id, home, zone, instance_class, tier, running)
        row = catalog.assumption("multi-az-cluster-lag-ms")
        stream = world.chance.stream(id, "multi-az-cluster-lag")
        seconds = stream.duration(row.value / 1000, (row.low or row.value) / 1000, (row.high or row.value) / 1000)
        self.rest_lag_us = round(seconds * 1_000_000)
        cold = catalog.assumption("rds-io-per-cold-read").value
        self._io_per_read = cold * (1 - catalog.assumption("rds-buffer-hit-share").value)
        self._io_per_write = catalog.assumption("rds-ios-per-write").value
        per_vcpu = catalog.assumption("rds-replica-apply-per-s-per-vcpu").value
        self._apply_limit = round(per_vcpu * self.instance_class.vcpu) * 1000
        self._contention = catalog.assumption("rds-replica-read-contention").value
        self._floor_share = catalog.assumption("flow-control-floor-share").value

    def full_capacity(self) -> tuple[int, int]:
        """What class and storage allow with warm caches, in milli-requests per second."""
        row, iops = catalog.capacity(self.home.spec.engine, self.instance_class.name), self.home.storage.disk.iops
        reads = min(row.reads_per_s, round(iops / self._io_per_read))
        writes = min(row.writes_per_s, round(iops / self._io_per_write))
        return max(1, reads) * 1000, max(1, writes) * 1000

    def capacity(self) -> tuple[int, int]:
        """That, less while its cache is cold, and less for a writer that flow control holds back."""
        reads, writes = self.full_capacity()
        writes = writes * self.warm.value // 1000
        throttle = self.home.storage.throttle.value if self.home.writer is self else None
        return reads * self.warm.value // 1000, writes if throttle is None else min(writes, throttle)

    def flow_control_floor(self) -> int:
        """What flow control leaves a writer however far its readers are behind."""
        return round(self.full_capacity()[1] * self._floor_share)

    def apply_pace(self) -> int:
        """What it could apply of the writer's changes beside its own readers, in milli-writes per second."""
        busy = min(1000, self.load.value.reads * 1000 // self.full_capacity()[0])
        return max(1, round(self._apply_limit * (1 - self._contention * busy / 1000)))

    def background(self) -> int:
        """A reader applies what the writer does; what it has missed it applies with what its own readers leave."""
        stream = self.home.storage.streams.get(self.id)
        if stream is None or not stream.applied.open:
            return 0
        rate = min(stream.applied.bandwidth, self.home.storage.branch.write_rate(self.world.now_us))
        return rate * self.full_capacity()[1] // self._apply_limit

    def service_us(self, writes: bool) -> float:
        """Mean time of one request on an idle instance, its I/O included."""
        each = self._io_per_write if writes else self._io_per_read
        return super().service_us(writes) + each * self.home.storage.disk.allocation.row.latency_ms * 1000

    def lag_at(self, at_us: int) -> int:
        """How old what it has applied was at a time."""
        stream = self.home.storage.streams.get(self.id)
        if stream is None or self.home.writer_history.at(at_us) == self.id:
            return 0
        return stream.applied.lag_us(at_us)

    def may_be_stale(self) -> bool:
        """Any reader may be behind."""
        return self.home.writer is not self

    def shown(self) -> Content:
        """What it has applied of what it received."""
        content, stream = super().shown(), self.receives()
        return content if stream is None else Content(content.branch, stream.received_until(self.world.now_us))

    def receives(self) -> Follower | None:
        """A reader's stream of applied changes."""
        stream = self.home.storage.streams.get(self.id)
        return stream.applied if stream is not None else None


class MultiAzCluster(Cluster):
    """One Multi-AZ DB cluster: three instances, of which any may be the writer."""

    title: ClassVar[str] = "Multi-AZ DB cluster"
    failover_timing: ClassVar[str] = "multi-az-cluster-failover"
    why_nothing_is_lost: ClassVar[str] = "the reader that takes over has every acknowledged write"
    spec: MultiAzClusterSpec
    storage: SemiSync

    def __init__(self, world: World, spec: MultiAzClusterSpec) -> None:
        super().__init__(world, spec)
        self._members: dict[str, MultiAzInstance] = {}
        self.storage = SemiSync(self, spec.storage)
        self._populate()
        self.storage.lead(self._members[spec.instances[0].id])
        self.archive: Archive = cluster_backups.archive_of(self, daily=True)
        self.archive.begin_before_the_run()
        self.review_backups()
        cluster_backups.schedule(self)
        self._point_names()

    def snapshot_s(self, copied_bytes: int) -> float:
        """What has changed is copied, from a reader."""
        return copying_time(self.world, self.id, copied_bytes)

    def backed_up(self) -> bool:
        """Logs are uploaded while there is a writer."""
        return self.writer is not None and self.writer.running

    def members(self) -> dict[str, MultiAzInstance]:
        """Its three instances; nobody joins or leaves."""
        return self._members

    def _make_instance(self, id: str, zone: Zone, instance_class: str, tier: int, running: bool) -> MultiAzInstance:
        made = self._members[id] = MultiAzInstance(self.world, id, self, zone, instance_class, tier, running)
        return made

    @property
    def chooses_target(self) -> bool:
        """Whether FailoverDBCluster may name the reader to promote: not on RDS for MySQL."""
        return self.engine.compatible != "mysql"

    def set_writer(self, instance: Instance | None) -> None:
        """Change who may write, and whom the others follow."""
        super().set_writer(instance)
        if instance is not None:
            self.storage.lead(self._members[instance.id])

    def review(self) -> None:
        """First what each instance receives, then as any cluster."""
        self.storage.review()
        super().review()

    def loads_changed(self, servers: Iterable[str]) -> None:
        """Readers that serve more apply less."""
        if any(id in self._members for id in servers) and not self.storage.is_current():
            self.look_again()

    def candidates(self) -> list[Instance]:
        """Who may be promoted, best first: the most recent change record, then what is applied, then a draw.

        A reader that lacks an acknowledged write is none (SIM: AWS does not say what it does without another).
        """
        others = [i for i in self.readers() if i is not self.promoting]
        ready = [i for i in others if self.serves(i) and self.storage.complete(i)]
        luck = {i.id: noise(noise_key(self.world.seed, self.id, "promotion", i.id), self.failovers) for i in ready}
        return sorted(ready, key=lambda i: (-self.storage.applied(i), luck[i.id], i.id))

    def why_nobody(self) -> str:
        """Why a failover waits: readers that serve are not up to date."""
        behind = [i.id for i in self.readers() if self.serves(i)]
        if behind:
            return f"{', '.join(behind)} lacks writes that were acknowledged: waiting for an instance that has them"
        return super().why_nobody()

    async def make_ready(self, target: Instance) -> None:
        """Nobody is promoted with unapplied changes: on MySQL both readers apply theirs first, else the target."""
        waits_for_all = self.engine.compatible == "mysql"
        self.storage.review()
        while self.promoting is target and target.host_up:
            mine = self.storage.applied_at(target)
            if mine is None:
                await self.pulse
                continue
            others = [m for m in self._members.values() if waits_for_all and m is not target and self.serves(m)]
            due = max(mine, *(self.storage.applied_at(other) or 0 for other in others), self.world.now_us)
            if due == self.world.now_us:
                return
            timer = self.world.kernel.spawn(self.world.kernel.sleep_until(due), f"{self.id}: apply what is outstanding")
            await first(timer, self.pulse)
            timer.cancel()

    def requested_failover_s(self) -> float:
        """How long writes typically fail: RDS terminates the writer and only then notices."""
        return self.world.timing(self.failover_timing).typical_s

    async def fail_over(self, target: Instance) -> None:
        """FailoverDBCluster: RDS terminates the writer, notices that it is gone, and promotes."""
        total = self.world.draw(self.id, self.failover_timing)
        self.set_status("failing-over")
        failover.fence_old_writer(self, self.writer)
        await sleep(total * failover.share("detection"))
        ready = self.candidates()
        chosen = target if target in ready else next(iter(ready), None)
        if chosen is None or not await failover.promote(self, chosen, total):
            self.set_status("available")
        self.look_again()

    async def reboot(self) -> None:
        """RebootDBCluster: the writer and its readers restart; nothing fails over."""
        self.set_status("rebooting")
        for member in self._members.values():
            if member.host_up and member.running:
                member.set_status("rebooting")
                member.begin(member.reboot(), "reboot with its cluster")
        while any(member.host_up and member.status.value == "rebooting" for member in self._members.values()):
            await self.pulse
        self.set_status("available")

    def _replacement_timing(self, instance: Instance) -> str:
        return "rds-host-replacement"
