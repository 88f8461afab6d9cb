"""The operating point: how loaded each instance is, and what becomes of every request.

Recomputed only where something changed, once per instant, in id order: an app's channels give demand (`demand.py`),
demand over capacity gives shares and latency, shares give what is acknowledged, and that is the rate of the write log.
Between two such moments everything is linear in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opsconsole.cloud.ages import Ages
from opsconsole.cloud.apps import App
from opsconsole.cloud.caching import AppCache
from opsconsole.cloud.channels import PARTS, Way
from opsconsole.cloud.demand import Demand, Network, ask
from opsconsole.cloud.outcome import Durable, Outcome
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Ask, Load, Server
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch, Rates
from opsconsole.simulation import Step, Timer

CACHE = "/cache"  # an app calls its cache as a caller of its own: `checkout/cache`
REFILL = "/refill"
FORK = "/fork"


class Traffic:
    """Joins apps to servers. `loads` is each server's load with an hour of history."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.servers: dict[str, Server] = {}
        self.apps: dict[str, App] = {}
        self.on_trouble: list[Callable[[str], None]] = []
        self.on_loads: list[Callable[[Iterable[str]], None]] = []  # told whose load may have changed
        self.network = Network(world.places, self.servers)
        self.ages = Ages(world.names, self.servers)
        self._demands: dict[str, Demand] = {}
        self._users: dict[str, dict[str, None]] = {}
        self._waiting: dict[str, dict[str, None]] = {}
        self._waits_for: dict[str, tuple[str, ...]] = {}
        self._dirty_apps: dict[str, None] = {}
        self._dirty_servers: dict[str, None] = {}
        self._wakes: dict[str, Timer] = {}
        self._written: dict[str, dict[str, Branch]] = {}
        self.histories: dict[str, list[Branch]] = {}  # by app: the root of every history that it has written to
        self._facades: dict[str, object] = {}

    # -- what is dirty ------------------------------------------------------------------------------------------

    def touch_app(self, app: App) -> None:
        """Something changed for an app: its rates, its channels, the places between."""
        self._dirty_apps[app.id] = None
        self._look_again()

    def touch_servers(self, ids: Iterable[str]) -> None:
        """Something changed for these servers: engines, roles, storage, lag; or they are gone."""
        for id in ids:
            self._dirty_servers[id] = None
        self._look_again()

    def abandon(self, id: str) -> None:
        """A server was deleted; whoever used it is looked at."""
        self.servers.pop(id, None)
        self.touch_servers((id,))

    def _look_again(self) -> None:
        self.world.settlement.look_again(Phase.TRAFFIC, "traffic", self._settle)

    # -- the recomputation --------------------------------------------------------------------------------------

    def _settle(self) -> None:
        self.network.forget()
        touched, self._dirty_servers = self._dirty_servers, {}
        affected = {id: None for id in touched if self._concerns_callers(id)}
        weighed = self._ask_caches(affected)
        dirty_apps, self._dirty_apps = sorted(self._dirty_apps), {}
        for id in dirty_apps:
            affected.update(self._ask(self.apps[id]))
        concerned = dict.fromkeys(dirty_apps)
        for name in sorted(affected):
            if name in self.servers and name not in weighed:
                self._weigh(self.servers[name])
            concerned.update((user.removesuffix(CACHE), None) for user in self._users.get(name, {}))
        for id in sorted(concerned):
            self._settle_app(self.apps[id], self._demands[id])
        for listener in self.on_loads:
            listener({**touched, **affected})

    def _concerns_callers(self, id: str) -> bool:
        """Look at a server that was touched: whether those who call it, or would like to, have to be looked at, too.

        Two looks of three find that all stays as it is for them: a replica repeats a few writes more or less.
        """
        looks_new, callers, plain = self._looks_new(id), (*self._users.get(id, {}), *self._waiting.get(id, {})), True
        apps = dict.fromkeys(caller.removesuffix(CACHE) for caller in callers)
        for channel in [channel for app in apps for channel in self.apps[app].channels]:
            if id in channel.held or id in channel.lost:
                plain = plain and channel.is_plain
                channel.share = channel.share if channel.is_plain and not looks_new else None
        if plain and not looks_new and not self._weigh(self.servers[id]):
            return False
        self._dirty_apps.update(apps)
        return True

    def _looks_new(self, id: str) -> bool:
        """Whether clients may meet something else at a server than when it was last touched."""
        before, server = self._facades.get(id), self.servers.get(id)
        self._facades[id] = facade = None if server is None else self._facade(server)
        return before != facade or server is None

    def _facade(self, server: Server) -> object:
        return server.facade(), self.ages.is_behind(server, self.world.now_us)

    def _ask_caches(self, affected: dict[str, None]) -> dict[str, None]:
        """Apps with a cache ask it first: what it does not answer is what their databases are asked for.

        Returns the cache nodes, weighed; whoever shares one of them is looked at, too.
        """
        nodes: dict[str, None] = {}
        for id in sorted(self._dirty_apps):
            cache = self.apps[id].cache
            if cache is not None:
                demand = cache.ask(self.network, self.world.now_us)
                nodes.update(self._file(self.apps[id], id + CACHE, demand))
        for name in sorted({**nodes, **dict.fromkeys(n for n in affected if n in self.servers)}):
            if name in self.servers and (name in nodes or any(u.endswith(CACHE) for u in self._users.get(name, {}))):
                nodes[name] = None
                self._weigh(self.servers[name])
                for user in self._users.get(name, {}):
                    self._dirty_apps[user.removesuffix(CACHE)] = None
        for id in sorted(self._dirty_apps):
            cache = self.apps[id].cache
            if cache is not None:
                cache.answer(self.servers)
        affected.update(nodes)
        return nodes

    def _ask(self, app: App) -> dict[str, None]:
        """Work out an app's demand anew; returns the servers whose load that may change."""
        reads = app.reads if app.cache is None else app.cache.database_reads()
        demand = ask(app, self.network, self.world.now_us, reads)
        demand.fit_into_pool(app, self._unloaded_us)
        return self._file(app, app.id, demand)

    def _file(self, app: App, caller: str, demand: Demand) -> dict[str, None]:
        """Note who calls whom now and who waits for whom; returns the servers that are asked for more or less by it."""
        before = self._demands.get(caller)
        self._demands[caller] = demand
        old, new = {} if before is None else before.offers, demand.offers
        changed = {name: None for name in (*old, *new) if old.get(name) != new.get(name)}
        for name in changed:
            users = self._users.setdefault(name, {})
            if name in new:
                users[caller] = None
            else:
                users.pop(caller, None)
            if not users:
                del self._users[name]
        for name in self._waits_for.pop(caller, ()):
            self._waiting[name].pop(caller, None)
        for name in demand.tries:
            self._waiting.setdefault(name, {})[caller] = None
        self._waits_for[caller] = tuple(demand.tries)
        self._wake(app, caller, demand.wake_us)
        return changed

    def _wake(self, app: App, caller: str, at_us: int | None) -> None:
        """Look at an app again at a time, instead of when it was planned before."""
        timer = self._wakes.pop(caller, None)
        if timer is not None:
            timer.cancel()
        if at_us is not None:
            self._wakes[caller] = self.world.kernel.call_at(at_us, self.touch_app, app)

    def probe(self, zone: Zone, target: str, writes: bool) -> Ask:
        """What a process in `zone` meets at a server now."""
        return self.network.probe(zone, target, writes)

    def ways(self, app: App, cache: bool = False) -> dict[Way, int]:
        """Where an app's requests to its databases go now, or those to its cache: milli-requests per second."""
        demand = self._demands.get(app.id + CACHE if cache else app.id)
        return {} if demand is None else demand.served

    def _unloaded_us(self, way: Way) -> int:
        """How long a request would take on this way if nobody else asked: the travel, the work, the commit."""
        zone, target, writes = way
        server = self.servers[target]
        trip_us = self.world.places.round_trip(self.world.places.zones[zone], server.zone) or 0
        return trip_us + round(server.service_us(writes)) + (server.commit_us() if writes else 0)

    # -- load of a server ---------------------------------------------------------------------------------------

    @property
    def loads(self) -> dict[str, Step[Load]]:
        """Each server's load with its history."""
        return {id: server.load for id, server in self.servers.items()}

    def capacity(self, server: Server) -> tuple[int, int]:
        """Reads and writes it could do alone, in milli-requests per second."""
        return server.capacity()

    def load(self, server: str) -> Load:
        """The load of a server now."""
        found = self.servers.get(server)
        return found.load.value if found else Load()

    def _weigh(self, server: Server) -> bool:
        """Work out a server's load anew; returns whether those who call it notice."""
        reads, writes, parts, before = 0, 0, 0, server.load.value
        for caller in self._users.get(server.id, ()):
            offer = self._demands[caller].offers[server.id]
            reads, writes, parts = reads + offer.reads, writes + offer.writes, parts + offer.connections
        connections = -(-parts // PARTS)
        can_read, can_write = server.capacity()
        logins = server.logins_at(self.world.now_us)
        beside = min(server.background() + round(can_write * logins), can_write)
        work, limit = reads * can_write + (writes + beside) * can_read, can_read * can_write
        room = limit - beside * can_read
        asked = work - beside * can_read
        over = work > limit
        served_reads, served_writes = (reads * room // asked, writes * room // asked) if over else (reads, writes)
        commit_us = server.commit_us() if writes else 0
        bound_us = connections * 1e9 * asked / ((reads + writes) * max(1, room)) if asked else 0.0
        read_us = self._latency(server.service_us(False), work, limit, bound_us)
        write_us = self._latency(server.service_us(True), work, limit, bound_us)
        load = Load(
            reads,
            writes,
            served_reads,
            served_writes,
            work * 1000 // limit if limit else 0,
            max(connections, server.most_connections()) if logins and server.running else connections,
            round(read_us),
            round(write_us) + commit_us,
        )
        if server.id not in self._facades:  # those who call it have just looked at it
            self._facades[server.id] = self._facade(server)
        if server.load.set(self.world.now_us, load):
            server.load_changed()
        return load.terms != before.terms

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
        answered: dict[str, int] = {}  # reads, by who answered them
        if app.cache is not None:
            outcome.add_cache(app.cache)
        for way, rate in demand.served.items():
            zone, target, writes = way
            server = self.servers[target]
            load, branch = server.load.value, server.branch()
            granted = load.granted(rate, writes)
            trip_us = self.world.places.round_trip(self.world.places.zones[zone], server.zone) or 0
            mean_us = load.write_us if writes else load.read_us
            ok = outcome.serve(way, rate, granted, mean_us, trip_us, load.demand_permille > 1000)
            if writes and branch is not None:
                outcome.commit(branch, ok, granted - ok)
            elif not writes:
                answered[target] = answered.get(target, 0) + ok
        for target, rate in demand.unknown_durable.items():
            outcome.unknown += rate
            branch = self.servers[target].branch()
            if branch is not None:
                outcome.commit(branch, 0, rate)
        if app.cache is not None:
            self._settle_cache(app, app.cache, outcome)
        self._write(app.id, outcome.durable, app.wrong_part)
        self._remember(app, outcome.durable)
        outcome.stale += self._stale(app, answered)
        was_well = app.health.value == "ok"
        app.book(outcome.flow(), outcome.service(demand))
        if was_well and app.health.value != "ok":
            for listener in self.on_trouble:
                listener(app.id)

    def _stale(self, app: App, answered: dict[str, int]) -> int:
        """How many of an app's reads show what is too old; where that begins later by itself, it is looked at then."""
        now = self.world.now_us
        since = {id: self.ages.stale_from_us(app, self.servers[id], now) for id in answered}
        self._wake(app, app.id + FORK, min((t for t in since.values() if t is not None and t > now), default=None))
        return sum(rate for id, rate in answered.items() if (t := since[id]) is not None and t <= now)

    def _settle_cache(self, app: App, cache: AppCache, outcome: Outcome) -> None:
        """What the database gave decides how the cache fills; what was set is part of the cache's own history."""
        asked = cache.database_reads()
        readers = [self.servers[id] for id, offer in self._demands[app.id].offers.items() if offer.reads]
        cache.database_room = sum(server.idle_reads() for server in readers)
        saturated = self._demands[app.id].pool_is_full or any(one.load.value.demand_permille > 1000 for one in readers)
        again = cache.settle(outcome.database_reads, asked, saturated)
        durable: dict[str, Durable] = {}
        for (_, target, writes), rate in self._demands[app.id + CACHE].served.items():
            branch = self.servers[target].branch()
            if writes and branch is not None:
                granted = self.servers[target].load.value.granted(rate, True)
                _, before, _ = durable.get(branch.id, (branch, 0, 0))
                durable[branch.id] = (branch, before + granted, 0)
        self._write(app.id + CACHE, durable)
        self._wake(app, app.id + REFILL, cache.next_change_us())
        if again:
            self.touch_app(app)

    def _write(
        self, caller: str, written: dict[str, Durable], wrong_part: Callable[[int], int] = lambda rate: 0
    ) -> None:
        """What is acknowledged is the rate of the write log; `wrong_part` of it is wrong."""
        now = self.world.now_us
        before = self._written.get(caller, {})
        for id in sorted({**before, **dict.fromkeys(written)}):
            branch, ok, unknown = written[id] if id in written else (before[id], 0, 0)
            branch.set_rates(now, caller, Rates(ok, unknown, wrong_part(ok), wrong_part(unknown)))
        self._written[caller] = {id: branch for id, (branch, _, _) in written.items()}

    def _remember(self, app: App, written: dict[str, Durable]) -> None:
        """Where it has written to is what its losses are counted in; what was in a cache alone is nobody's loss."""
        known = self.histories.setdefault(app.id, [])
        roots = {branch.family[0].id: branch.family[0] for branch, _, _ in written.values()}
        known.extend(root for root in roots.values() if root not in known)
