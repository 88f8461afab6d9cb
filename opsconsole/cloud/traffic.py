"""The operating point: who asks whom, how loaded each instance is, what becomes of every request.

Recomputed only where something changed, once per instant, in id order: an app's channels give demand, demand over
capacity gives shares and latency, shares give what is acknowledged, and that is the rate of the write log. Between two
such moments everything is linear in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opsconsole import catalog
from opsconsole.cloud.apps import App, Service
from opsconsole.cloud.books import Flow
from opsconsole.cloud.channels import PARTS, PHASES, Answer, Ask, Channel
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Engine, Instance
from opsconsole.cloud.places import Zone
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch
from opsconsole.simulation import Step, Timer

P99 = 4.605  # ln 100: the 99th percentile of an exponential tail, in means
DAY_US = 86_400 * 1_000_000


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


@dataclass(slots=True)
class Offer:
    """What one app offers one instance: rates in milli-requests per second, and connections in PARTS of its pools."""

    reads: int = 0
    writes: int = 0
    connections: int = 0


@dataclass(slots=True)
class Slice:
    """One channel's traffic to one instance, after its verdict."""

    zone: str
    target: str
    answer: Answer
    writes: bool
    rate: int


@dataclass(slots=True)
class Demand:
    """What an app asks for now: slices that reach somebody, and what is already lost on the way."""

    slices: list[Slice] = field(default_factory=list)
    offers: dict[str, Offer] = field(default_factory=dict)
    unknown: int = 0
    unknown_durable: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    waiting: int = 0  # connections that hang, in PARTS of a pool
    wake_us: int | None = None

    def error(self, text: str, rate: int) -> None:
        """So many milli-requests per second end with this error."""
        if rate:
            self.errors[text] = self.errors.get(text, 0) + rate

    def wake(self, at_us: int) -> None:
        """Something ends at `at_us`: look again then."""
        self.wake_us = at_us if self.wake_us is None else min(self.wake_us, at_us)


class Traffic:
    """Joins apps to instances. `loads` is each instance's load with an hour of history."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clusters: dict[str, Cluster] = {}
        self.instances: dict[str, Instance] = {}
        self.apps: dict[str, App] = {}
        self.loads: dict[str, Step[Load]] = {}
        self.on_trouble: list[Callable[[str], None]] = []
        self._demands: dict[str, Demand] = {}
        self._users: dict[str, dict[str, None]] = {}
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
        """Something changed for a cluster: engines, roles, storage."""
        for id in cluster.instances:
            self._dirty_instances[id] = None
        self._look_again()

    def touch_everything_in(self, cluster: Cluster) -> None:
        """Paths to a cluster changed: every app that uses or could use it is looked at."""
        self.touch_instances(cluster)

    def forget(self, instance: Instance) -> None:
        """An instance was deleted; whoever used it is looked at."""
        self._dirty_instances[instance.id] = None
        self._look_again()

    def _look_again(self) -> None:
        self.world.settlement.look_again(Phase.TRAFFIC, "traffic", self._settle)

    # -- the recomputation --------------------------------------------------------------------------------------

    def _settle(self) -> None:
        for id in self._dirty_instances:
            self._dirty_apps.update(self._users.get(id, {}))
        # An app without a connection is no user of the instance it waits for: it tries the answer it has cached.
        for app in self.apps.values():
            if app.id not in self._dirty_apps and any(
                name in self._dirty_instances for channel in app.channels for name in channel.lost
            ):
                self._dirty_apps[app.id] = None
        dirty_apps, self._dirty_apps = sorted(self._dirty_apps), {}
        affected, self._dirty_instances = dict(self._dirty_instances), {}
        for id in dirty_apps:
            before = self._demands.get(id)
            demand = self._demands[id] = self._ask(self.apps[id])
            for name in (*(before.offers if before else ()), *demand.offers):
                affected[name] = None
                self._users.setdefault(name, {})
                if name in demand.offers:
                    self._users[name][id] = None
                else:
                    self._users[name].pop(id, None)
            self._plan_wake(self.apps[id], demand)
        concerned = dict.fromkeys(dirty_apps)
        for name in sorted(affected):
            if name in self.instances:
                self._weigh(self.instances[name])
            concerned.update(self._users.get(name, {}))
        for id in sorted(concerned):
            self._settle_app(self.apps[id], self._demands[id])

    def _plan_wake(self, app: App, demand: Demand) -> None:
        timer = self._wakes.pop(app.id, None)
        if timer is not None:
            timer.cancel()
        if demand.wake_us is not None:
            self._wakes[app.id] = self.world.kernel.call_at(demand.wake_us, self.touch_app, app)

    # -- demand -------------------------------------------------------------------------------------------------

    def _ask(self, app: App) -> Demand:
        """Bring an app's channels up to date and see where its requests go."""
        demand = Demand()
        zones = app.routed.value
        for use, (name, writes) in enumerate(app.uses()):
            rate = (
                (0 if app.paused else app.writes) if writes else self._share(app.reads, len(app.reads_from), use, app)
            )
            if writes and app.paused:
                demand.error("writes are paused", app.writes)
            channels = [c for c in app.channels if c.record.id == name and c.writes is writes]
            slots = [c for c in channels if c.zone in zones]
            for number, channel in enumerate(slots):
                part = self._share_of(rate, len(slots), number)
                if not channel.live:
                    demand.error(f"{channel.zone} is down: no process of {app.id} there", part)
                    continue
                self._ask_channel(app, channel, part, rate, len(slots), demand)
        return demand

    @staticmethod
    def _share_of(rate: int, count: int, number: int) -> int:
        each, rest = divmod(rate, count)
        return each + (1 if number < rest else 0)

    def _share(self, reads: int, count: int, use: int, app: App) -> int:
        """Reads are spread evenly over the endpoints listed in `reads_from`."""
        return self._share_of(reads, count, use - (1 if app.writes_to else 0))

    def _ask_channel(self, app: App, channel: Channel, rate: int, total: int, slots: int, demand: Demand) -> None:
        zone = self.world.places.zones[channel.zone]
        channel.connect(lambda target: self.probe(zone, target, channel.writes), app.timeout_us)
        pool = app.pool * PARTS // slots
        swallow_us = min(app.timeout_us, app.pool * 1_000 * 1_000_000 // total) if total else 0
        left = rate
        for target, held in channel.held.items():
            part = rate * held.parts // PARTS
            left -= part
            offer = demand.offers.setdefault(target, Offer())
            offer.connections += pool * held.parts // PARTS
            if held.silent_since_us is not None:
                demand.waiting += pool * held.parts // PARTS
                self._swallow(
                    channel, target, held.silent_since_us, held.deaf, swallow_us, app.timeout_us, part, demand
                )
                continue
            answer = self.probe(zone, target, channel.writes).answer
            self._sort_out(app, channel, target, answer, part, total, demand, offer)
        for target, parts in channel.lost.items():
            part = rate * parts // PARTS
            left -= part
            demand.error(self._why_not(zone, target), part)
        if left:  # what rounding left over goes where the first part went
            self._leftover(demand, channel, left)

    def _leftover(self, demand: Demand, channel: Channel, left: int) -> None:
        last = demand.slices[-1] if demand.slices else None
        if (
            last is not None
            and last.zone == channel.zone
            and last.writes is channel.writes
            and last.target in channel.held
        ):
            last.rate += left
            offer = demand.offers[last.target]
            if last.answer is Answer.SERVES:
                if channel.writes:
                    offer.writes += left
                else:
                    offer.reads += left
        else:
            demand.error("timed out", left)

    def _sort_out(
        self,
        app: App,
        channel: Channel,
        target: str,
        answer: Answer,
        part: int,
        total: int,
        demand: Demand,
        offer: Offer,
    ) -> None:
        if answer is Answer.SERVES:
            demand.slices.append(Slice(channel.zone, target, answer, channel.writes, part))
            if channel.writes:
                offer.writes += part
            else:
                offer.reads += part
        elif answer is Answer.READ_ONLY:
            cluster = self.clusters[self.instances[target].cluster]
            demand.error(cluster.engine.read_only_error, part)
        elif channel.writes:
            # Each connection's statement hangs until the timeout, then another one is tried on a new connection.
            hanging = min(part, part * app.pool * 1_000 * 1_000_000 // app.timeout_us // total) if total else 0
            demand.unknown += hanging
            demand.error("storage does not acknowledge: fewer than 4 of 6 copies", part - hanging)
            demand.waiting += app.pool * PARTS // PHASES // 3
        else:
            demand.error("storage cannot be read: fewer than 3 of 6 copies", part)

    def _swallow(
        self,
        channel: Channel,
        target: str,
        since_us: int,
        deaf: bool,
        swallow_us: int,
        timeout_us: int,
        part: int,
        demand: Demand,
    ) -> None:
        """Connections into nowhere: each swallows one request, then everybody waits for a connection."""
        now = self.world.now_us
        if now < since_us + swallow_us:
            demand.wake(since_us + swallow_us)
            if not channel.writes:
                demand.error("timed out", part)
            elif deaf and self.probe_writes(target):
                demand.unknown_durable[target] = demand.unknown_durable.get(target, 0) + part
            else:
                demand.unknown += part
        else:
            demand.wake(since_us + timeout_us)
            demand.error("timed out waiting for a connection", part)

    def _why_not(self, zone: Zone, target: str) -> str:
        if not target:
            return "the name has no address"
        answer = self.probe(zone, target, False).answer
        return "connection refused" if answer is Answer.REFUSED else "connection timed out"

    # -- verdicts -----------------------------------------------------------------------------------------------

    def probe(self, zone: Zone, target: str, writes: bool) -> Ask:
        """What a process in `zone` meets at an instance now."""
        instance = self.instances.get(target)
        if instance is None or instance.engine.value in (Engine.CREATING, Engine.DELETED) or not instance.host_up:
            return Ask(Answer.SILENT, 0)
        places = self.world.places
        if places.reach(zone, instance.zone) is None:
            return Ask(Answer.SILENT, instance.boots)
        if places.reach(instance.zone, zone) is None:
            return Ask(Answer.DEAF, instance.boots)
        if not instance.running:
            return Ask(Answer.REFUSED, instance.boots)
        cluster = self.clusters[instance.cluster]
        if writes:
            if cluster.writer is not instance or cluster.fenced:
                return Ask(Answer.READ_ONLY, instance.boots)
            serves = cluster.volume.can_write(instance.zone)
        else:
            serves = cluster.volume.can_read(instance.zone)
        return Ask(Answer.SERVES if serves else Answer.STALLED, instance.boots)

    def probe_writes(self, target: str) -> bool:
        """Whether a write that arrives at an instance would be made durable."""
        instance = self.instances.get(target)
        if instance is None or not instance.running:
            return False
        cluster = self.clusters[instance.cluster]
        return cluster.writer is instance and not cluster.fenced and cluster.volume.can_write(instance.zone)

    # -- load of an instance ------------------------------------------------------------------------------------

    def capacity(self, instance: Instance) -> tuple[int, int]:
        """Reads and writes it could do alone, in milli-requests per second; a cold buffer cache lowers it."""
        row = catalog.capacity(self.clusters[instance.cluster].spec.engine, instance.instance_class.name)
        warm = instance.warm.value
        return row.reads_per_s * warm, row.writes_per_s * warm

    def _weigh(self, instance: Instance) -> None:
        reads = writes = parts = 0
        for app in sorted(self._users.get(instance.id, {})):
            offer = self._demands[app].offers[instance.id]
            reads, writes, parts = reads + offer.reads, writes + offer.writes, parts + offer.connections
        can_read, can_write = self.capacity(instance)
        work, limit = reads * can_write + writes * can_read, can_read * can_write
        connections = -(-parts // PARTS)
        over = work > limit
        served_reads, served_writes = (reads * limit // work, writes * limit // work) if over else (reads, writes)
        served = served_reads + served_writes
        cluster = self.clusters[instance.cluster]
        commit_us = cluster.volume.commit_us(instance.zone) if writes else 0
        bound_us = connections * 1_000_000_000 / served if served else 0.0
        times = []
        for service_us in (self._read_us, self._write_us):
            free = service_us * limit / (limit - work) if work < limit else bound_us
            times.append(round(max(service_us, min(free, bound_us) if bound_us else free)))
        load = Load(
            reads,
            writes,
            served_reads,
            served_writes,
            work * 1000 // limit,
            connections,
            times[0],
            times[1] + commit_us,
        )
        step = self.loads.get(instance.id)
        if step is None:
            self.loads[instance.id] = Step(load, self.world.now_us)
        else:
            step.set(self.world.now_us, load)

    def load(self, instance: str) -> Load:
        """The load of an instance now."""
        step = self.loads.get(instance)
        return step.value if step else Load()

    # -- what an app gets ---------------------------------------------------------------------------------------

    def _settle_app(self, app: App, demand: Demand) -> None:
        writes_ok = reads_ok = stale = 0
        read_time = write_time = 0
        read_p99 = write_p99 = 0
        errors = dict(demand.errors)
        busy = demand.waiting
        written: dict[str, tuple[Branch, int, int]] = {}
        for part in demand.slices:
            load = self.load(part.target)
            instance = self.instances[part.target]
            cluster = self.clusters[instance.cluster]
            trip = self.world.places.round_trip(self.world.places.zones[part.zone], instance.zone) or 0
            if part.writes:
                ok = part.rate * load.writes_served // load.writes if load.writes else 0
                writes_ok += ok
                branch = cluster.volume.branch
                _, sum_ok, sum_unknown = written.get(branch.id, (branch, 0, 0))
                written[branch.id] = (branch, sum_ok + ok, sum_unknown)
                time, tail = load.write_us + trip, self._tail(app, load, load.write_us, trip)
                write_time, write_p99 = write_time + ok * time, max(write_p99, tail)
            else:
                ok = part.rate * load.reads_served // load.reads if load.reads else 0
                reads_ok += ok
                if self._is_stale(cluster, instance):
                    stale += ok
                time, tail = load.read_us + trip, self._tail(app, load, load.read_us, trip)
                read_time, read_p99 = read_time + ok * time, max(read_p99, tail)
            busy += ok * time * PARTS // 1_000_000_000
            if ok < part.rate:
                errors["timed out: the instance is overloaded"] = (
                    errors.get("timed out: the instance is overloaded", 0) + part.rate - ok
                )
        unknown = demand.unknown
        for target, rate in demand.unknown_durable.items():
            branch = self.clusters[self.instances[target].cluster].volume.branch
            _, sum_ok, sum_unknown = written.get(branch.id, (branch, 0, 0))
            written[branch.id] = (branch, sum_ok, sum_unknown + rate)
            unknown += rate
        self._write(app, written)
        pools = app.pool * PARTS * max(1, len(app.uses()))
        full = self._fullest(app, demand, busy, pools)
        service = Service(
            read_time // reads_ok if reads_ok else 0,
            write_time // writes_ok if writes_ok else 0,
            read_p99,
            write_p99,
            full,
            tuple(sorted((name, -(-offer.connections // PARTS)) for name, offer in demand.offers.items())),
            tuple(sorted(errors.items(), key=lambda item: (-item[1], item[0]))),
        )
        before = app.health.value
        app.book(
            Flow(
                app.writes if app.writes_to else 0,
                writes_ok,
                unknown,
                app.reads if app.reads_from else 0,
                reads_ok,
                stale,
            ),
            service,
        )
        if before == "ok" and app.health.value != "ok":
            for listener in self.on_trouble:
                listener(app.id)

    def _fullest(self, app: App, demand: Demand, busy: int, pools: int) -> int:
        """Share of its connections in use, in 1/1000, at the endpoint that needs most."""
        use: dict[str, int] = {}
        for part in demand.slices:
            load = self.load(part.target)
            time, served = (load.write_us, load.writes_served) if part.writes else (load.read_us, load.reads_served)
            asked = load.writes if part.writes else load.reads
            ok = part.rate * served // asked if asked else 0
            key = "writes" if part.writes else "reads"
            use[key] = use.get(key, 0) + ok * time
        fullest = max([0, *(total * 1000 // (app.pool * 1_000_000_000) for total in use.values())])
        return 1000 if demand.waiting else min(1000, fullest)

    @staticmethod
    def _tail(app: App, load: Load, mean_us: int, trip_us: int) -> int:
        """99th percentile in microseconds: an exponential tail of the mean; the timeout when overloaded."""
        if load.demand_permille > 1000:
            return app.timeout_us
        return min(app.timeout_us, round(trip_us + mean_us * P99))

    def _is_stale(self, cluster: Cluster, instance: Instance) -> bool:
        """Whether reads there show data older than the threshold."""
        if instance is cluster.writer:
            return False
        return self.lag_us(instance) >= self._stale_us

    def lag_us(self, instance: Instance) -> int:
        """How old what a reader shows is: its cache's lag, and its region's."""
        cluster = self.clusters[instance.cluster]
        if instance is cluster.writer:
            return 0
        now = self.world.now_us
        writer = cluster.writer
        load = self.load(writer.id).demand_permille / 1000 if writer else 0.0
        follower = cluster.volume.follower
        return instance.replica_lag_us(now, min(1.0, load)) + (follower.lag_us(now) if follower else 0)

    def _write(self, app: App, written: dict[str, tuple[Branch, int, int]]) -> None:
        """What is acknowledged is the rate of the write log."""
        now = self.world.now_us
        before = self._written.get(app.id, {})
        for id in sorted({**before, **dict.fromkeys(written)}):
            branch, ok, unknown = written[id] if id in written else (before[id], 0, 0)
            branch.set_rates(now, app.id, ok, unknown)
        self._written[app.id] = {id: branch for id, (branch, _, _) in written.items()}
        for cluster in self.clusters.values():
            if cluster.volume.branch.id in written or cluster.volume.branch.id in before:
                cluster.volume.foresee_growth()
