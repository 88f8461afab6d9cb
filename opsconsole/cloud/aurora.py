"""An Aurora DB cluster: up to sixteen instances that hold no data, and one volume that all of them share.

A reader sees the writer's changes after milliseconds, whatever it does itself; who is promoted goes by tier and size,
and nothing is lost, because there is nothing to copy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from opsconsole import catalog
from opsconsole.cloud import cluster_backups
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.backtrack import Window, since_before_the_run
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.origin import Origin
from opsconsole.cloud.places import Zone
from opsconsole.cloud.volume import Volume
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch, Follower
from opsconsole.fleet import AuroraSpec, InstanceSpec
from opsconsole.simulation import Event, Timer, noise, noise_key


class AuroraInstance(Instance):
    """An instance of an Aurora cluster; its lag is its buffer cache's."""

    __slots__ = ("base_lag_us", "pace", "pending_class", "window")

    home: AuroraCluster
    boot_timing: ClassVar[str] = "aurora-reader-restart"
    reboot_timing: ClassVar[str] = "aurora-reader-restart"
    restart_timing: ClassVar[str] = "aurora-restart"

    def __init__(
        self, world: World, id: str, home: AuroraCluster, zone: Zone, instance_class: str, tier: int, running: bool
    ) -> None:
        super().__init__(world, id, home, zone, instance_class, tier, running)
        self.base_lag_us = round(world.draw(id, "aurora-replica-lag") * 1_000_000)
        self.pace = 1000  # share of its capacity while its engine is exchanged under open sessions, in 1/1000
        self.pending_class: str | None = None  # the class it will have when its maintenance window begins
        self.window: Timer | None = None

    def set_pace(self, permille: int) -> None:
        """From now on it does this share of what it could."""
        self.pace = permille
        self.on_change()

    def capacity(self) -> tuple[int, int]:
        """What its class can do, less while its engine is exchanged."""
        reads, writes = super().capacity()
        return reads * self.pace // 1000, writes * self.pace // 1000

    def replica_lag_us(self, now_us: int, load: float) -> int:
        """How far its buffer cache is behind the writer, in microseconds.

        `load` is the writer's utilisation by writes (0 to 1): heavy writing makes readers lag. A stall adds the time
        since it began.
        """
        lag = round(self.base_lag_us * (1 + 8 * load * load))
        since = self.stalled.at(now_us)
        return lag if since is None else lag + now_us - since

    def lag_at(self, at_us: int) -> int:
        """Its cache's lag."""
        writer = self.home.instances.get(self.home.writer_history.at(at_us))
        busy = writer.load.at(at_us).utilisation if writer else 0.0
        return self.replica_lag_us(at_us, busy)

    def receives(self) -> Follower | None:
        """In a secondary region: what storage receives."""
        return self.home.volume.follower

    def may_be_stale(self) -> bool:
        """A reader that is stalled, or stands in a secondary region."""
        return self.home.writer is not self and (
            self.stalled_since_us is not None or self.home.volume.follower is not None
        )

    def lag_us(self, at_us: int) -> int:
        """Its cache's lag, and its region's."""
        follower = self.home.volume.follower
        behind = follower.lag_us(at_us) if follower else 0
        return super().lag_us(at_us) + (behind if self.home.writer is not self else 0)


def first_branch(world: World, spec: AuroraSpec, origin: Origin | None) -> Branch:
    """The history that a cluster begins with: one of its own, or a fork of what it is restored or cloned from."""
    id = f"{spec.id}@{world.now_us}" if world.now_us else spec.id
    if origin is None:
        return Branch(id, at_us=world.now_us, initial_bytes=spec.storage_bytes)
    return Branch(id, origin.content.branch, origin.content.until_us, world.now_us, instead=origin.instead)


class AuroraCluster(Cluster):
    """One Aurora DB cluster in one region, perhaps a member of a global database."""

    title: ClassVar[str] = "Aurora DB cluster"
    failover_timing: ClassVar[str] = "aurora-failover"
    why_nothing_is_lost: ClassVar[str] = "the volume is shared"
    spec: AuroraSpec
    storage: Volume

    def __init__(self, world: World, spec: AuroraSpec, running: bool = True, origin: Origin | None = None) -> None:
        super().__init__(world, spec, running)
        self.secondary = spec.secondary
        self.lag_bursts: dict[str, int] = {}  # faults that make it follow so late, in microseconds
        branch = first_branch(world, spec, origin)
        self.storage = Volume(world, self.id, self.region.zones, self.version.max_volume_tib, branch)
        self.storage.on_change = self._storage_changed
        self.storage.on_rate = self._write_rate_changed
        self.cloned_from: str | None = None  # the cluster whose pages it shares
        self.usual_class: str | None = None  # what the writer was that it is restored from
        self.archive: Archive = cluster_backups.archive_of(self, daily=False)
        self.archive.volume = self.storage
        self.window = Window(self, since_before_the_run() if running else world.now_us)
        if running:
            self.archive.begin_before_the_run()
            self.review_backups()
        self.on_storage_change: Callable[[], None] = lambda: None  # replaced by a global database: its streams
        self._populate()
        if running:
            self.review_backups()
        for endpoint in spec.endpoints:
            self.reserve_custom_endpoint(endpoint)
            self.open_custom_endpoint(endpoint.id)
        self._point_names()

    @property
    def volume(self) -> Volume:
        """Its storage."""
        return self.storage

    def _write_rate_changed(self) -> None:
        if self.settings.backtrack_s:
            self.window.rate_changed()

    def as_spec(self) -> AuroraSpec:
        """It as a fleet file would have it now, the writer first."""
        members = sorted(self.instances.values(), key=lambda one: (one is not self.writer, one.id))
        listed = tuple(InstanceSpec(one.id, one.zone.name, one.instance_class.name, one.tier) for one in members)
        spec = super().as_spec()
        assert isinstance(spec, AuroraSpec), "an Aurora cluster's"
        return spec._replace(instances=listed, backtrack_s=self.settings.backtrack_s)

    def snapshot_s(self, copied_bytes: int) -> float:
        """The volume is backed up all the time: a snapshot takes as long whatever has changed."""
        return self.world.draw(self.id, "aurora-snapshot")

    def backed_up(self) -> bool:
        """The volume itself is backed up, whatever its instances do."""
        return self.volume.healthy_copies() >= self.volume.read_quorum and self.status.value != "creating"

    def _make_instance(self, id: str, zone: Zone, instance_class: str, tier: int, running: bool) -> AuroraInstance:
        return AuroraInstance(self.world, id, self, zone, instance_class, tier, running)

    def _storage_changed(self) -> None:
        self.on_storage_change()
        self.look_again()

    def candidates(self) -> list[Instance]:
        """Who may be promoted, best first: lowest tier, then largest class, then an arbitrary draw.

        After five unsuccessful attempts the tiers are ignored (AWS documentation: Aurora failover).
        """
        ready = [i for i in self.readers() if self.serves(i) and i is not self.promoting]
        luck = {i.id: noise(noise_key(self.world.seed, self.id, "promotion", i.id), self.failovers) for i in ready}
        ignore_tiers = self.failed_attempts >= catalog.limit("promotion-attempts").value
        return sorted(
            ready, key=lambda i: (0 if ignore_tiers else i.tier, -i.instance_class.size_rank, luck[i.id], i.id)
        )

    def _replacement_timing(self, instance: Instance) -> str:
        alone = instance is self.writer and not self.candidates()
        return "aurora-failover-no-reader" if alone else "aurora-host-replacement"

    def detach_volume(self) -> Event[None]:
        """The volume is being replaced: no engine opens before the event that is returned is set."""
        ready: Event[None] = self.world.kernel.event(f"{self.id}: its new volume")
        for instance in self.instances.values():
            before, instance.volume_ready = instance.volume_ready, ready
            if before is not None:
                before.set()  # who waited for it waits for the new one
            if instance.host_up and instance.running:
                instance.begin(instance.reboot(), "wait for a new volume")
        return ready
