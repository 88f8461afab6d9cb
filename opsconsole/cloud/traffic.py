"""The operating point: how loaded each instance is, and what becomes of every request.

Recomputed only where something changed, once per instant, in id order: an app's channels give demand (`demand.py`),
demand over capacity gives shares and latency, shares give what is acknowledged, and that is the rate of the write log.
Between two such moments everything is linear in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud.apps import App
from opsconsole.cloud.channels import PARTS, Ask, Way
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.demand import Demand, Network, ask
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.outcome import Durable, Outcome
from opsconsole.cloud.places import Zone
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch
from opsconsole.simulation import Step, Timer


@dataclass(frozen=True, slots=True)
class Load:
    """What an instance carries: demanded and served rates in milli-requests per second.

    `demand_permille` is demand over capacity; above 1000 the rest waits and times out. Latencies are means at the
    instance in microseconds.
    """

    reads: int = 0
    writes: int = 0
    reads_served: int = 0
    writes_served: int = 0
    demand_permille: int = 0
    connections: int = 0
    read_us: int = 0
    write_us: int = 0

    @property
    def utilisation(self) -> float:
        """Work done over work that could be done, 0 to 1."""
        return min(1.0, self.demand_permille / 1000)

    def granted(self, rate: int, writes: bool) -> int:
        """The part of an app's demand that is served: everybody gets the same share."""
        asked, served = (self.writes, self.writes_served) if writes else (self.reads, self.reads_served)
        return rate if served == asked else rate * served // asked


class Traffic:
    """Joins apps to instances. `loads` is each instance's load with an hour of history."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clusters: dict[str, Cluster] = {}
        self.instances: dict[str, Instance] = {}
        self.apps: dict[str, App] = {}
        self.loads: dict[str, Step[Load]] = {}
        self.on_trouble: list[Callable[[str], None]] = []
        self.network = Network(world.places, self.clusters, self.instances)
        self._demands: dict[str, Demand] = {}
        self._users: dict[str, dict[str, None]] = {}
        self._waiting: dict[str, dict[str, None]] = {}
        self._waits_for: dict[str, tuple[str, ...]] = {}
        self._dirty_apps: dict[str, None] = {}
        self._dirty_instances: dict[str, None] = {}
        self._wakes: dict[str, Timer] = {}
        self._written: dict[str, dict[str, Branch]] = {}
        self._read_us = catalog.assumption("read-service-ms").value * 1000
        self._write_us = catalog.assumption("write-service-ms").value * 1000
        self._stale_us = round(catalog.assumption("stale-after-s").value * 1_000_000)

    # -- what is dirty ------------------------------------------------------------------------------------------

    def touch_app(self, app: App) -> None:
        """Something changed for an app: its rates, its channels, the places between."""
        self._dirty_apps[app.id] = None
        self._look_again()

    def touch_instances(self, cluster: Cluster) -> None:
        """Something changed for a cluster: engines, roles, storage, lag."""
        for id in cluster.instances:
            self._dirty_instances[id] = None
        self._look_again()

    def forget(self, instance: Instance) -> None:
        """An instance was deleted; whoever used it is looked at."""
        self._dirty_instances[instance.id] = None
        self._look_again()

    def _look_again(self) -> None:
        self.world.settlement.look_again(Phase.TRAFFIC, "traffic", self._settle)

    # -- the recomputation --------------------------------------------------------------------------------------

    def _settle(self) -> None:
        self.network.forget()
        affected, self._dirty_instances = self._dirty_instances, {}
        for id in affected:
            for app in (*self._users.get(id, {}), *self._waiting.get(id, {})):
                self._dirty_apps[app] = None
                for channel in self.apps[app].channels:
                    if id in channel.held or id in channel.lost:
                        channel.share = None
        dirty_apps, self._dirty_apps = sorted(self._dirty_apps), {}
        for id in dirty_apps:
            affected.update(self._ask(self.apps[id]))
        concerned = dict.fromkeys(dirty_apps)
        for name in sorted(affected):
            if name in self.instances:
                self._weigh(self.instances[name])
            concerned.update(self._users.get(name, {}))
        for id in sorted(concerned):
            self._settle_app(self.apps[id], self._demands[id])

    def _ask(self, app: App) -> dict[str, None]:
        """Work out an app's demand anew; returns the instances whose load that may change."""
        before = self._demands.get(app.id)
        demand = self._demands[app.id] = ask(app, self.network, self.world.now_us)
        demand.fit_into_pool(app, self._unloaded_us)
        touched = dict.fromkeys((*(before.offers if before else ()), *demand.offers))
        for name in touched:
            users = self._users.setdefault(name, {})
            if name in demand.offers:
                users[app.id] = None
            else:
                users.pop(app.id, None)
        for name in self._waits_for.pop(app.id, ()):
            self._waiting[name].pop(app.id, None)
        lost = dict.fromkeys(name for channel in app.channels for name in channel.lost)
        for name in lost:
            self._waiting.setdefault(name, {})[app.id] = None
        self._waits_for[app.id] = tuple(lost)
        timer = self._wakes.pop(app.id, None)
        if timer is not None:
            timer.cancel()
        if demand.wake_us is not None:
            self._wakes[app.id] = self.world.kernel.call_at(demand.wake_us, self.touch_app, app)
        return touched

    def probe(self, zone: Zone, target: str, writes: bool) -> Ask:
        """What a process in `zone` meets at an instance now."""
        return self.network.probe(zone, target, writes)

    def _unloaded_us(self, way: Way) -> int:
        """How long a request would take on this way if nobody else asked: the travel, the work, the commit."""
        zone, target, writes = way
        instance = self.instances[target]
        trip_us = self.world.places.round_trip(self.world.places.zones[zone], instance.zone) or 0
        if not writes:
            return trip_us + round(self._read_us)
        return trip_us + round(self._write_us) + self.clusters[instance.cluster].volume.commit_us(instance.zone)

    # -- load of an instance ------------------------------------------------------------------------------------

    def capacity(self, instance: Instance) -> tuple[int, int]:
        """Reads and writes it could do alone, in milli-requests per second; a cold buffer cache lowers it."""
        row = catalog.capacity(self.clusters[instance.cluster].spec.engine, instance.instance_class.name)
        warm = instance.warm.value
        return row.reads_per_s * warm, row.writes_per_s * warm

    def load(self, instance: str) -> Load:
        """The load of an instance now."""
        step = self.loads.get(instance)
        return step.value if step else Load()

    def _weigh(self, instance: Instance) -> None:
        offers = [self._demands[app].offers[instance.id] for app in sorted(self._users.get(instance.id, {}))]
        reads, writes = sum(offer.reads for offer in offers), sum(offer.writes for offer in offers)
        connections = -(-sum(offer.connections for offer in offers) // PARTS)
        can_read, can_write = self.capacity(instance)
        work, limit = reads * can_write + writes * can_read, can_read * can_write
        over = work > limit
        served_reads, served_writes = (reads * limit // work, writes * limit // work) if over else (reads, writes)
        commit_us = self.clusters[instance.cluster].volume.commit_us(instance.zone) if writes else 0
        bound_us = connections * 1e9 * work / ((reads + writes) * limit) if work else 0.0
        read_us, write_us = (self._latency(one, work, limit, bound_us) for one in (self._read_us, self._write_us))
        load = Load(
            reads,
            writes,
            served_reads,
            served_writes,
            work * 1000 // limit,
            connections,
            round(read_us),
            round(write_us) + commit_us,
        )
        step = self.loads.get(instance.id)
        if step is None:
            self.loads[instance.id] = Step(load, self.world.now_us)
        else:
            step.set(self.world.now_us, load)

    @staticmethod
    def _latency(service_us: float, work: int, limit: int, bound_us: float) -> float:
        """Mean time at the instance: S/(1 - rho), but no more than P/C, when every pooled connection is busy."""
        if work >= limit:
            return max(service_us, bound_us)
        return max(service_us, min(service_us * limit / (limit - work), bound_us or service_us))

    # -- what an app gets ---------------------------------------------------------------------------------------

    def _settle_app(self, app: App, demand: Demand) -> None:
        """Shares, latencies and errors of one app; its books and its writes go on at these rates."""
        outcome = Outcome(app, unknown=demand.unknown, errors=dict(demand.errors))
        for way, rate in demand.served.items():
            zone, target, writes = way
            load, instance = self.load(target), self.instances[target]
            cluster = self.clusters[instance.cluster]
            granted = load.granted(rate, writes)
            trip_us = self.world.places.round_trip(self.world.places.zones[zone], instance.zone) or 0
            mean_us = load.write_us if writes else load.read_us
            ok = outcome.serve(way, rate, granted, mean_us, trip_us, load.demand_permille > 1000)
            if writes:
                outcome.commit(cluster.volume.branch, ok, granted - ok)
            elif self._is_stale(cluster, instance):
                outcome.stale += ok
        for target, rate in demand.unknown_durable.items():
            outcome.unknown += rate
            outcome.commit(self.clusters[self.instances[target].cluster].volume.branch, 0, rate)
        self._write(app, outcome.durable)
        was_well = app.health.value == "ok"
        app.book(outcome.flow(), outcome.service(demand))
        if was_well and app.health.value != "ok":
            for listener in self.on_trouble:
                listener(app.id)

    def _is_stale(self, cluster: Cluster, instance: Instance) -> bool:
        """Whether reads there show data older than the threshold."""
        if instance is cluster.writer or (instance.stalled_since_us is None and cluster.volume.follower is None):
            return False
        return self.lag_us(instance) >= self._stale_us

    def lag_us(self, instance: Instance) -> int:
        """How old what a reader shows is: its cache's lag, and its region's."""
        cluster = self.clusters[instance.cluster]
        if instance is cluster.writer:
            return 0
        now = self.world.now_us
        busy = self.load(cluster.writer.id).utilisation if cluster.writer else 0.0
        follower = cluster.volume.follower
        return instance.replica_lag_us(now, busy) + (follower.lag_us(now) if follower else 0)

    def _write(self, app: App, written: dict[str, Durable]) -> None:
        """What is acknowledged is the rate of the write log."""
        now = self.world.now_us
        before = self._written.get(app.id, {})
        for id in sorted({**before, **dict.fromkeys(written)}):
            branch, ok, unknown = written[id] if id in written else (before[id], 0, 0)
            branch.set_rates(now, app.id, ok, unknown)
        self._written[app.id] = {id: branch for id, (branch, _, _) in written.items()}
