"""Aurora Global Database: one region writes, storage carries it to the others, and the roles can change.

A switchover waits until nothing is missing (RPO 0). A failover with data loss forks the history at what had arrived.
A detach makes a secondary a cluster of its own. An old primary comes back only after a managed failover, and only when
its region can be reached again.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.names import SUFFIX
from opsconsole.cloud.places import Region
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Follower
from opsconsole.fleet import GlobalSpec
from opsconsole.simulation import Step, Timer


class GlobalDatabase:
    """A global cluster: `primary` writes, `secondaries` follow, `endpoint` is its global writer endpoint.

    `rejoining` holds old primaries that lost a managed failover and wait for their region.
    """

    def __init__(self, world: World, spec: GlobalSpec, clusters: dict[str, AuroraCluster]) -> None:
        self.world = world
        self.id = spec.id
        self.status: Step[str] = Step("available")
        self.failover_state: Step[str] = Step("")
        self.primary = clusters[spec.primary]
        self.secondaries: list[AuroraCluster] = [clusters[id] for id in sorted(spec.secondaries)]
        self.rejoining: dict[str, AuroraCluster] = {}
        self.resyncing: dict[str, int] = {}  # members that get their volume anew, with the turn that may end it
        self._turns = 0
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
        self.adopt_primary()
        for secondary in self.secondaries:
            secondary.volume.branch = self.primary.volume.branch
            self.follow(secondary)
        self.point_endpoint()

    # -- members ------------------------------------------------------------------------------------------------

    def members(self) -> list[AuroraCluster]:
        """The primary, then the secondaries in id order."""
        return [self.primary, *self.secondaries]

    def writers(self) -> int:
        """Member clusters that could accept a write now; never more than one but in a split brain."""
        return sum(self.accepts_writes(cluster) for cluster in self.members())

    def accepts_writes(self, cluster: AuroraCluster) -> bool:
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

    def travel_us(self, secondary: AuroraCluster) -> int:
        """How long a write travels to a secondary now; a burst of lag makes it longer."""
        return max(self.delay_us(self.primary.region, secondary.region), *secondary.lag_bursts.values(), 0)

    def connected(self, a: AuroraCluster, b: AuroraCluster) -> bool:
        """Whether storage in the one region reaches storage in the other, there and back."""
        return any(
            self.world.places.round_trip(here, there) is not None for here in a.region.zones for there in b.region.zones
        )

    def lag_us(self, secondary: AuroraCluster) -> int:
        """How much of the primary's time the secondary has not received."""
        follower = secondary.volume.follower
        return follower.lag_us(self.world.now_us) if follower else 0

    def synchronised(self) -> bool:
        """Whether every member follows the primary and nothing is being resynchronised."""
        followers = [secondary.volume.follower for secondary in self.secondaries]
        return not self.rejoining and not self.resyncing and all(f is not None and f.open for f in followers)

    def synchronization_status(self, cluster: AuroraCluster) -> str:
        """`connected` or `pending-resync`, as DescribeGlobalClusters says it."""
        waits = cluster.id in self.rejoining or cluster.id in self.resyncing
        return "pending-resync" if waits else "connected"

    def adopt_primary(self) -> None:
        """Let the members know who is the primary now."""
        for cluster in self.members():
            cluster.on_writer_restart = self._writer_restarted if cluster is self.primary else lambda: None
            cluster.on_storage_change = self.look_again if cluster is self.primary else lambda: None

    def _writer_restarted(self) -> None:
        """A primary's restart restarts the readers of the secondary regions."""
        for secondary in self.secondaries:
            secondary.restart_readers()

    def follow(self, secondary: AuroraCluster, received: int | None = None) -> None:
        """Let a secondary receive the primary's branch, from `received` nano-writes on (as if never cut, if None)."""
        now, volume = self.world.now_us, secondary.volume
        if volume.follower is not None:
            if received is None and volume.follower.branch is self.primary.volume.branch:
                received = volume.follower.received(now)
            volume.follower.stop()
        volume.branch = self.primary.volume.branch
        volume.follower = Follower(volume.branch, self.travel_us(secondary), self._bandwidth, now, received)
        volume.follower.on_change = lambda: self._foresee_staleness(secondary)
        self.review()

    def _foresee_staleness(self, secondary: AuroraCluster) -> None:
        """Reads at the secondary become stale, or fresh again, at a time that can be worked out."""
        timer = self._stale.pop(secondary.id, None)
        if timer is not None:
            timer.cancel()
        follower, now = secondary.volume.follower, self.world.now_us
        if follower is None:
            return
        bounds = {self._stale_us - reader.lag_at(now): None for reader in secondary.readers()}
        moments = [follower.crosses_lag(now, bound) for bound in bounds if bound >= 0]
        crosses = min((at for at in moments if at is not None), default=None)
        if crosses is not None:
            self._stale[secondary.id] = self.world.kernel.call_at(crosses + 1, self._staleness_changed, secondary)

    def _staleness_changed(self, secondary: AuroraCluster) -> None:
        self._stale.pop(secondary.id, None)
        self._foresee_staleness(secondary)
        secondary.on_traffic_change()

    def point_endpoint(self) -> None:
        """Move the global writer endpoint to the primary."""
        now, target = self.world.now_us, self.primary.writer_record.id
        if self.world.names.point(self.endpoint, (target,), now) and now:
            self.world.log.sim(now, self.id, "dns", name=self.endpoint.id, now=target)

    # -- links --------------------------------------------------------------------------------------------------

    def may_flow(self, secondary: AuroraCluster) -> bool:
        """Whether the primary's storage can send to a secondary's."""
        return self.connected(self.primary, secondary) and self.primary.volume.healthy_copies() > 0

    def begin_resync(self, member: AuroraCluster) -> int:
        """A member's volume is to be replaced; returns the turn that may end it, until a younger one begins."""
        self._turns += 1
        self.resyncing[member.id] = self._turns
        return self._turns

    def look_again(self) -> None:
        """Ask for a review at the end of this instant."""
        self.world.settlement.look_again(Phase.REPLICATION, self.id, self.review)

    def review(self) -> None:
        """Cut or heal each secondary's stream as the places allow."""
        now = self.world.now_us
        waiting = [*self.rejoining.values(), *(c for c in self.secondaries if c.id in self.resyncing)]
        for cluster in waiting:  # the way may have opened at the other end
            cluster.look_again()
        for secondary in self.secondaries:
            follower = secondary.volume.follower
            if follower is None:
                continue
            open, delay_us = self.may_flow(secondary), self.travel_us(secondary)
            if follower.delay_us != delay_us:
                follower.set_pace(now, follower.bandwidth if follower.open else 0, None, delay_us)
                follower.on_change()
            if follower.open != open:
                follower.set_open(now, open)
                self.world.log.sim(now, secondary.id, "replication", now="flowing" if open else "cut")
                secondary.look_again()

    # -- what it says ---------------------------------------------------------------------------------------------

    def set_state(self, state: str) -> None:
        """What DescribeGlobalClusters says of a switchover or failover; empty when none runs."""
        now = self.world.now_us
        if self.failover_state.set(now, state):
            self.status.set(now, state or "available")
            self.world.log.sim(now, self.id, "status", now=state or "available")

    def say(self, event: str, cluster: AuroraCluster) -> None:
        """Write one of AWS's global failover events about a member."""
        self.world.log.aws(self.world.now_us, cluster.id, event, name=cluster.id, region=cluster.region.name)

    def say_fenced(self, event: str, cluster: AuroraCluster) -> None:
        """AWS tells of blocked writes at the writer's DB instance."""
        speaker = cluster.writer.id if cluster.writer else next(iter(cluster.instances), None)
        if speaker is not None:
            self.world.log.aws(self.world.now_us, speaker, event, name=cluster.id, region=cluster.region.name)
