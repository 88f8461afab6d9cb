"""Aurora Global Database: one region writes, storage carries it to the others, and the roles can change.

A switchover waits until nothing is missing (RPO 0). A failover with data loss forks the history at what had arrived.
A detach makes a secondary a cluster of its own. An old primary comes back only after a managed failover, and only when
its region can be reached again.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud import failover
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Engine, Instance
from opsconsole.cloud.names import SUFFIX
from opsconsole.cloud.places import Region
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import WRITE, Branch, Follower
from opsconsole.fleet import GlobalSpec
from opsconsole.simulation import Step, Task, Timer, sleep

SWITCHOVER_LAG_US = 1_000_000  # writes are blocked once less than this is missing
PATIENCE_S = 300.0  # how long a switchover waits for lags to drain (SIM)
BLOCKED_PATIENCE_S = 60.0  # ... once writes are blocked (SIM)
SAY_EVERY_S = 60.0
POLL_S = 1.0
RESTART_SHARE = 0.3  # of a promotion: the new writer's engine is down (SIM)


class GlobalDatabase:
    """A global cluster: `primary` writes, `secondaries` follow, `endpoint` is its global writer endpoint.

    `rejoining` holds old primaries that lost a managed failover and wait for their region.
    """

    def __init__(self, world: World, spec: GlobalSpec, clusters: dict[str, Cluster]) -> None:
        self.world = world
        self.id = spec.id
        self.status: Step[str] = Step("available")
        self.failover_state: Step[str] = Step("")
        self.primary = clusters[spec.primary]
        self.secondaries: list[Cluster] = [clusters[id] for id in sorted(spec.secondaries)]
        self.rejoining: dict[str, Task[None]] = {}
        self.resyncing: dict[str, None] = {}
        self.endpoint = world.names.add(
            f"{self.id}.writer",
            f"{self.id}.global-{world.account_hash('global')}.global.{SUFFIX}",
            "global",
            catalog.assumption("dns-ttl-cluster-s").value,
            (),
            world.now_us,
        )
        self._stale: dict[str, Timer] = {}
        self._overheads_ms: dict[tuple[str, str], float] = {}
        self._stale_us = round(catalog.assumption("stale-after-s").value * 1_000_000)
        self._bandwidth = round(catalog.assumption("global-bandwidth-writes-per-s").value) * 1000
        self._adopt_primary()
        for secondary in self.secondaries:
            secondary.volume.branch = self.primary.volume.branch
            self._follow(secondary)
        self._point_endpoint()

    # -- members ------------------------------------------------------------------------------------------------

    def members(self) -> list[Cluster]:
        """The primary, then the secondaries in id order."""
        return [self.primary, *self.secondaries]

    def writers(self) -> int:
        """Member clusters that could accept a write now; never more than one but in a split brain."""
        return sum(self.accepts_writes(cluster) for cluster in self.members())

    def accepts_writes(self, cluster: Cluster) -> bool:
        """Whether a client inside the cluster's region could write to it."""
        writer = cluster.writer
        return writer is not None and writer.running and not cluster.fenced and cluster.volume.can_write(writer.zone)

    def delay_us(self, source: Region, target: Region) -> int:
        """How long a write travels: half the round trip and the storage's own share, drawn once per pair."""
        pair = (source.name, target.name)
        if pair not in self._overheads_ms:
            row = catalog.assumption("global-storage-overhead-ms")
            stream = self.world.chance.stream(self.id, "replication", *pair)
            self._overheads_ms[pair] = stream.duration(row.value, row.low or row.value, row.high or row.value)
        return self.world.places.region_rtt_us(source, target) // 2 + round(self._overheads_ms[pair] * 1_000)

    def connected(self, a: Cluster, b: Cluster) -> bool:
        """Whether storage in the one region reaches storage in the other, there and back."""
        return any(
            self.world.places.round_trip(here, there) is not None for here in a.region.zones for there in b.region.zones
        )

    def lag_us(self, secondary: Cluster) -> int:
        """How much of the primary's time the secondary has not received."""
        follower = secondary.volume.follower
        return follower.lag_us(self.world.now_us) if follower else 0

    def synchronised(self) -> bool:
        """Whether every member follows the primary and nothing is being resynchronised."""
        followers = [secondary.volume.follower for secondary in self.secondaries]
        return not self.rejoining and not self.resyncing and all(f is not None and f.open for f in followers)

    def synchronization_status(self, cluster: Cluster) -> str:
        """`connected` or `pending-resync`, as DescribeGlobalClusters says it."""
        waits = cluster.id in self.rejoining or cluster.id in self.resyncing
        return "pending-resync" if waits else "connected"

    def _adopt_primary(self) -> None:
        for cluster in self.members():
            cluster.on_writer_restart = self._writer_restarted if cluster is self.primary else lambda: None
            cluster.on_storage_change = self.look_again if cluster is self.primary else lambda: None

    def _writer_restarted(self) -> None:
        """A primary's restart restarts the readers of the secondary regions."""
        for secondary in self.secondaries:
            secondary.restart_readers()

    def _follow(self, secondary: Cluster, received: int | None = None) -> None:
        now, volume = self.world.now_us, secondary.volume
        if volume.follower is not None:
            if received is None and volume.follower.branch is self.primary.volume.branch:
                received = volume.follower.received(now)
            volume.follower.stop()
        volume.branch = self.primary.volume.branch
        delay = self.delay_us(self.primary.region, secondary.region)
        volume.follower = Follower(volume.branch, delay, self._bandwidth, now, received)
        volume.follower.on_change = lambda: self._foresee_staleness(secondary)
        self.review()

    def _foresee_staleness(self, secondary: Cluster) -> None:
        """Reads at the secondary become stale, or fresh again, at a time that can be worked out."""
        timer = self._stale.pop(secondary.id, None)
        if timer is not None:
            timer.cancel()
        follower, now = secondary.volume.follower, self.world.now_us
        crosses = follower.reaches_lag(now, self._stale_us) if follower else None
        if crosses is not None:
            self._stale[secondary.id] = self.world.kernel.call_at(crosses + 1, self._staleness_changed, secondary)

    def _staleness_changed(self, secondary: Cluster) -> None:
        self._stale.pop(secondary.id, None)
        self._foresee_staleness(secondary)
        secondary.on_traffic_change()

    def _point_endpoint(self) -> None:
        now, target = self.world.now_us, self.primary.writer_record.id
        if self.world.names.point(self.endpoint, (target,), now) and now:
            self.world.log.sim(now, self.id, "dns", name=self.endpoint.id, now=target)

    # -- links --------------------------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Ask for a review at the end of this instant."""
        self.world.settlement.look_again(Phase.REPLICATION, self.id, self.review)

    def review(self) -> None:
        """Cut or heal each secondary's stream as the places allow."""
        now = self.world.now_us
        for secondary in self.secondaries:
            follower = secondary.volume.follower
            if follower is None:
                continue
            open = self.connected(self.primary, secondary) and self.primary.volume.healthy_copies() > 0
            if follower.open != open:
                follower.set_open(now, open)
                self.world.log.sim(now, secondary.id, "replication", now="flowing" if open else "cut")
                secondary.look_again()

    # -- stories ------------------------------------------------------------------------------------------------

    def _set_state(self, state: str) -> None:
        now = self.world.now_us
        if self.failover_state.set(now, state):
            self.status.set(now, state or "available")
            self.world.log.sim(now, self.id, "status", now=state or "available")

    def _event(self, event: str, cluster: Cluster) -> None:
        self.world.log.aws(self.world.now_us, cluster.id, event, name=cluster.id, region=cluster.region.name)

    def _say_fenced(self, event: str, cluster: Cluster) -> None:
        """AWS tells of blocked writes at the writer's DB instance."""
        speaker = cluster.writer.id if cluster.writer else next(iter(cluster.instances), cluster.id)
        self.world.log.aws(self.world.now_us, speaker, event, name=cluster.id, region=cluster.region.name)

    async def switch_over(self, target: Cluster) -> None:
        """SwitchoverGlobalCluster: RPO 0. Waits for the lag to drain, blocks writes, swaps the roles."""
        total = self.world.draw(self.id, "global-switchover")
        old = self.primary
        self._set_state("switching-over")
        self._event("0181", target)
        await sleep(total * 0.3)
        all_near = await self._drained(list(self.secondaries), SWITCHOVER_LAG_US, PATIENCE_S)
        if not all_near or not self._can_lead(target):
            self._event("0187", target)
            self._set_state("")
            return
        self._fence(old, True)
        self._say_fenced("0390", old)
        if not await self._drained([target], 0, BLOCKED_PATIENCE_S) or not self._can_lead(target):
            self._fence(old, False)
            self._event("0187", target)
            self._set_state("")
            return
        self._step_down(old)
        self._event("0182", old)
        await self._take_over(target, total * 0.5)
        if target.volume.follower is not None:
            target.volume.follower.stop()
            target.volume.follower = None
        self.secondaries = sorted((c for c in self.members() if c is not target), key=lambda c: c.id)
        self.primary = target
        self._adopt_primary()
        for secondary in self.secondaries:
            self._follow(secondary, target.volume.branch.position(self.world.now_us) if secondary is old else None)
        self._fence(old, False)
        self._event("0184", target)
        await sleep(total * 0.2)
        self._publish(target)
        self._event("0185", target)
        self._set_state("")

    async def fail_over(self, target: Cluster) -> None:
        """FailoverGlobalCluster with AllowDataLoss: promote what has arrived; the rest is lost."""
        total = self.world.draw(self.id, "global-failover")
        old = self.primary
        self._set_state("failing-over")
        await sleep(total * 0.2)
        fenced = self.connected(old, target)
        if fenced:
            self._fence(old, True)
        self._say_fenced("0390" if fenced else "0391", old)
        if not target.candidates():
            self._fence(old, False)
            self._event("0239", target)
            self._set_state("")
            return
        lost = self._fork(target, old)
        old.on_writer_restart = old.on_storage_change = lambda: None  # it is a member no more, until it rejoins
        self.secondaries = [c for c in self.secondaries if c is not target]
        self.primary = target
        self._adopt_primary()
        await self._take_over(target, total * 0.5)
        await sleep(total * 0.3)
        self._event("0238", target)
        self._publish(target)
        self.world.log.sim(
            self.world.now_us, self.id, "lost", writes=lost // WRITE, fork_us=target.volume.branch.fork_us
        )
        for secondary in list(self.secondaries):
            self._resynchronise_secondary(secondary)
        self.rejoining[old.id] = self.world.kernel.spawn(self._rejoin(old), f"{old.id}: rejoin {self.id}")
        self._set_state("")

    async def detach(self, secondary: Cluster) -> None:
        """RemoveFromGlobalCluster: the secondary becomes a cluster of its own; nothing else moves."""
        total = self.world.draw(self.id, "global-detach")
        secondary.set_status("promoting")
        await sleep(total * 0.4)
        lost = self._fork(secondary, self.primary)
        self.secondaries = [c for c in self.secondaries if c is not secondary]
        secondary.on_writer_restart = lambda: None
        await self._take_over(secondary, total * 0.6)
        secondary.point_writer(secondary.writer)
        secondary.update_names()
        self.world.log.sim(self.world.now_us, secondary.id, "detached", from_global=self.id, not_received=lost // WRITE)

    def _can_lead(self, target: Cluster) -> bool:
        return bool(target.candidates()) and self.connected(self.primary, target)

    async def _drained(self, waiting_for: list[Cluster], lag_us: int, patience_s: float) -> bool:
        """Wait until none of these secondaries lacks more than `lag_us`; False when that takes too long (SIM)."""
        waited = 0.0
        while waited < patience_s:
            late = [cluster for cluster in waiting_for if not self._has_received(cluster, lag_us)]
            if not late:
                return True
            if waited % SAY_EVERY_S == 0 and lag_us:
                self._say_lag(waiting_for)
            await sleep(POLL_S)
            waited += POLL_S
        return False

    def _has_received(self, secondary: Cluster, lag_us: int) -> bool:
        follower, now = secondary.volume.follower, self.world.now_us
        return follower is None or (follower.open and (follower.lag_us(now) <= lag_us or not follower.backlog(now)))

    def _say_lag(self, waiting_for: list[Cluster]) -> None:
        lags = {cluster.id: f"{self.lag_us(cluster) / 1e6:.1f} seconds" for cluster in waiting_for}
        now = self.world.now_us
        if len(lags) == 1:
            self.world.log.aws(now, self.primary.id, "0423", lag=next(iter(lags.values())))
        else:
            self.world.log.aws(now, self.primary.id, "0183", lags=", ".join(f"{id}: {lag}" for id, lag in lags.items()))

    def _fence(self, cluster: Cluster, fenced: bool) -> None:
        """Block writes at the storage layer, or let them through again."""
        if cluster.fenced != fenced:
            cluster.fenced = fenced
            self.world.log.sim(self.world.now_us, cluster.id, "fence", now=fenced)
            cluster.look_again()

    def _step_down(self, old: Cluster) -> None:
        """The old primary becomes a secondary: its writer restarts as a reader, its writer endpoint goes inactive."""
        writer = old.writer
        old.abandon_failover()
        old.secondary = True
        old.set_writer(None)
        old.point_writer(None)
        if writer is not None and writer.running and writer.host_up:
            writer.begin(writer.reboot(), "restart as a reader of a secondary")
        old.update_names()

    async def _take_over(self, target: Cluster, seconds: float) -> None:
        """Promote the best reader of the target to writer; it restarts in the last part of the time."""
        target.secondary = False
        target.set_status("promoting")
        await sleep(seconds * (1 - RESTART_SHARE))
        while True:
            candidates = target.candidates()
            if not candidates:
                await target.pulse
                continue
            chosen = target.promoting = candidates[0]
            chosen.stop()
            self.world.log.aws(self.world.now_us, chosen.id, "0004")
            chosen.set_engine(Engine.RESTARTING)
            await failover.first_of_time_or_loss(target, chosen, seconds * RESTART_SHARE)
            target.promoting = None
            if chosen.host_up:
                break
        self._lead(target, chosen)

    def _lead(self, target: Cluster, chosen: Instance) -> None:
        chosen.open()
        target.set_writer(chosen)
        target.leave_reader_endpoint(chosen)
        target.set_status("available")

    def _publish(self, target: Cluster) -> None:
        """Move the writer endpoint of the cluster and of the global database."""
        target.point_writer(target.writer)
        target.update_names()
        self._point_endpoint()
        self.world.log.aws(self.world.now_us, target.id, "0397")

    def _fork(self, target: Cluster, old: Cluster) -> int:
        """Cut the target loose: its history ends where it had received. Returns nano-writes that did not arrive."""
        now, volume = self.world.now_us, target.volume
        follower = volume.follower
        fork_us = volume.position_time(now)
        missing = follower.backlog(now) if follower else 0
        if follower is not None:
            follower.stop()
        volume.follower = None
        volume.branch = Branch(f"{target.id}@{now}", old.volume.branch, fork_us, now)
        self.world.log.sim(now, target.id, "fork", parent=old.volume.branch.id, fork_us=fork_us)
        target.look_again()
        return missing

    def _resynchronise_secondary(self, secondary: Cluster) -> None:
        """Another secondary follows the new primary: at once if it had received no more than was kept."""
        self.resyncing[secondary.id] = None
        self.world.kernel.spawn(self._resynchronise(secondary), f"{secondary.id}: resynchronise")

    async def _resynchronise(self, cluster: Cluster) -> None:
        self._event("0240", cluster)
        volume_ready = cluster.detach_volume()
        await sleep(self.world.draw(cluster.id, "global-resync"))
        self._follow(cluster)
        volume_ready.set()
        self.resyncing.pop(cluster.id, None)
        self._event("0241", cluster)
        cluster.update_names()

    async def _rejoin(self, old: Cluster) -> None:
        """The lost region is back: its cluster stops accepting writes and becomes a secondary."""
        while not (self.connected(old, self.primary) and old.region.up):
            await old.pulse
        self._fence(old, True)
        self._step_down(old)
        self.world.log.aws(self.world.now_us, old.id, "0512", name=old.id)
        self.secondaries = sorted([*self.secondaries, old], key=lambda c: c.id)
        self.resyncing[old.id] = None
        self.rejoining.pop(old.id, None)
        await self._resynchronise(old)
        self.world.log.aws(self.world.now_us, old.id, "0513", name=old.id)
        self._fence(old, False)
        self._adopt_primary()
