"""What an app asks for at one instant: which instance each slice of it reaches, and what is lost on the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from opsconsole.cloud.apps import App
from opsconsole.cloud.channels import CONNECTS, Channel, Share, Use, Way
from opsconsole.cloud.content import Damage
from opsconsole.cloud.names import address
from opsconsole.cloud.places import Places, Zone
from opsconsole.cloud.server import Answer, Ask, Engine, Server
from opsconsole.cloud.slices import MILLI_PER_US, NO_CONNECTION, share_of
from opsconsole.cloud.tls import WELCOME, Client
from opsconsole.fleet import Tls


@dataclass(slots=True)
class Offer:
    """What one app offers one instance: rates in milli-requests per second, connections in 1/PARTS."""

    reads: int = 0
    writes: int = 0
    connections: int = 0


@dataclass(slots=True)
class Demand:
    """Where an app's requests go now, in milli-requests per second.

    `served` reach an engine that would do them. `unknown` vanish after they were sent; those in `unknown_durable` (by
    instance) are done without the app learning of it. `errors` counts the rest by what the client is told; `tries` are
    instances to which slices have lost their connections. `hangs` says that connections wait for nothing; `wake_us`
    when to look again.
    """

    served: dict[Way, int] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    unknown: int = 0
    unknown_durable: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    tries: dict[str, None] = field(default_factory=dict)
    hangs: bool = False
    pool_is_full: bool = False
    wake_us: int | None = None

    def add(self, share: Share) -> None:
        """One slice more."""
        for target, connections in share.connections:
            offer = self.offers.setdefault(target, Offer())
            offer.connections += connections
        for way, rate in share.served:
            self.serve(way, rate)
        for target, rate in share.durable:
            self.unknown_durable[target] = self.unknown_durable.get(target, 0) + rate
        for text, rate in share.errors:
            self.fail(text, rate)
        self.unknown += share.unknown
        self.hangs = self.hangs or share.hangs
        if share.wake_us is not None:
            self.wake_us = share.wake_us if self.wake_us is None else min(self.wake_us, share.wake_us)

    def serve(self, way: Way, rate: int) -> None:
        """So much reaches an instance to which there are connections."""
        self.served[way] = self.served.get(way, 0) + rate
        offer = self.offers[way[1]]
        if way[2]:
            offer.writes += rate
        else:
            offer.reads += rate

    def merge(self, other: Demand) -> None:
        """All that goes to another endpoint."""
        for target, more in other.offers.items():
            offer = self.offers.setdefault(target, Offer())
            offer.reads += more.reads
            offer.writes += more.writes
            offer.connections += more.connections
        for way, rate in other.served.items():
            self.served[way] = self.served.get(way, 0) + rate
        for target, rate in other.unknown_durable.items():
            self.unknown_durable[target] = self.unknown_durable.get(target, 0) + rate
        for text, rate in other.errors.items():
            self.fail(text, rate)
        self.tries.update(other.tries)
        self.unknown += other.unknown
        self.hangs = self.hangs or other.hangs
        if other.wake_us is not None:
            self.wake_us = other.wake_us if self.wake_us is None else min(self.wake_us, other.wake_us)

    def fit_into_pool(self, app: App, unloaded_us: Callable[[Way], int]) -> None:
        """A pool of P connections does no more than P/S requests; the rest waits for a connection and times out."""
        for writes, endpoints in ((True, 1), (False, max(1, len(app.read_records)))):
            ways = {way: rate for way, rate in self.served.items() if way[2] is writes}
            busy = sum(rate * min(unloaded_us(way), app.timeout_us) for way, rate in ways.items())
            bound = app.pool * endpoints * MILLI_PER_US
            if busy <= bound:
                continue
            self.pool_is_full = True
            for way, rate in ways.items():
                fits = rate * bound // busy
                self.served[way] = fits
                offer = self.offers[way[1]]
                if writes:
                    offer.writes -= rate - fits
                else:
                    offer.reads -= rate - fits
                self.fail(NO_CONNECTION, rate - fits)

    def fail(self, text: str, rate: int) -> None:
        """So much ends with this error."""
        if rate:
            self.errors[text] = self.errors.get(text, 0) + rate


@dataclass(slots=True)
class Gathered:
    """What becomes of the slices that use one endpoint, added up: kept until one of them changes.

    `rate` is what all of them ask for, `asked` what those ask for that are counted in `demand`. While every request is
    served (`plain`), another rate changes nothing but the amounts.
    """

    slots: list[Channel]
    shares: list[Share]
    rate: int
    demand: Demand
    asked: int
    plain: bool

    def holds(self, slots: list[Channel], now_us: int) -> bool:
        """Whether nothing has changed for any of these slices."""
        wake_us = self.demand.wake_us
        if self.slots != slots or (wake_us is not None and wake_us <= now_us):
            return False
        return all(channel.share is not None for channel in slots)

    def at_rate(self, rate: int) -> Gathered:
        """The same with other amounts, if it is plain: half of all looks change nothing but a rate."""
        parts: dict[Way, int] = {}
        for channel, asked in zip(self.slots, divide(rate, len(self.slots)), strict=True):
            for target, part in channel.spread(asked):
                way = (channel.zone, target, channel.writes)
                parts[way] = parts.get(way, 0) + part
        demand = Demand(offers={id: Offer(connections=offer.connections) for id, offer in self.demand.offers.items()})
        for way, part in parts.items():
            demand.serve(way, part)
        return Gathered(self.slots, self.shares, rate, demand, rate, True)


class Network:
    """What a process somewhere meets at a server: the verdict that every request rests on.

    Verdicts are kept for one look: nothing changes while the demand of an instant is worked out.
    """

    def __init__(self, places: Places, servers: dict[str, Server]) -> None:
        self.places = places
        self.servers = servers
        self._met: dict[Way, Ask] = {}
        self._missing: dict[str, tuple[list[Damage], int | None]] = {}
        self.gathered: dict[tuple[str, Use], Gathered] = {}  # by app and endpoint

    def forget(self) -> None:
        """Something may have changed since the last look."""
        self._met.clear()
        self._missing.clear()

    def meet(self, zone: Zone, target: str, writes: bool) -> Ask:
        """The verdict, worked out once a look."""
        key = (zone.name, target, writes)
        if key not in self._met:
            self._met[key] = self.probe(zone, target, writes)
        return self._met[key]

    def probe(self, zone: Zone, target: str, writes: bool) -> Ask:
        """What a process in `zone` meets at a server now."""
        server = self.servers.get(target)
        if server is None:  # deleted: its connections were closed, its name is gone
            return Ask(Answer.REFUSED, 0)
        if server.engine.value in (Engine.CREATING, Engine.DELETED) or not server.host_up:
            return Ask(Answer.SILENT, 0)
        if server.unplugged or self.places.reach(zone, server.zone) is None:
            return Ask(Answer.SILENT, server.boots)
        if self.places.reach(server.zone, zone) is None:
            return Ask(Answer.DEAF, server.boots)
        if not server.running:
            return Ask(Answer.REFUSED, server.boots)
        return Ask(server.answer(writes), server.boots)

    def makes_durable(self, target: str) -> bool:
        """Whether a write that arrives at a server is done."""
        server = self.servers.get(target)
        return server is not None and server.running and server.answer(True) is Answer.SERVES

    def missing_tables(self, target: str, now_us: int) -> tuple[list[Damage], int | None]:
        """Tables that were dropped in what a server shows, and when it will have got to the next such instant."""
        if target not in self._missing:
            self._missing[target] = self._find_missing(self.servers[target], now_us)
        return self._missing[target]

    @staticmethod
    def _find_missing(server: Server, now_us: int) -> tuple[list[Damage], int | None]:
        shown = server.shown()
        if shown is None or not any(branch.damage for branch, _ in shown.pieces()):
            return [], None
        follower, ahead = server.receives(), [one.at_us for one in shown.branch.damage if one.at_us > shown.until_us]
        return shown.damage, follower.arrives(now_us, min(ahead)) if follower is not None and ahead else None

    def turned_away(self, caller: Caller, zone: Zone, target: str) -> str:
        """What a server that runs tells a caller whom it does not let in; empty if it does."""
        server = self.servers.get(target)
        if server is None:
            return ""
        if server.logins_at(server.world.now_us):
            return server.no_connection_error()
        if caller.tls in WELCOME:
            return server.mistrusted() if caller.tls == "verify" else ""
        return server.turns_away(Client(caller.id, address(server.world.fleet.name, zone.name, caller.id), caller.tls))

    def why_not(self, caller: Caller, zone: Zone, target: str) -> str:
        """What a client is told that cannot connect."""
        if not target:
            return "the name has no address"
        answer = self.meet(zone, target, False).answer
        if answer in CONNECTS:
            return self.turned_away(caller, zone, target)
        return unreached(answer)


def unreached(answer: Answer) -> str:
    """What a client is told by its own machine when no engine answers."""
    return "connection refused" if answer is Answer.REFUSED else "connection timed out"


class Caller(Protocol):
    """Who calls: an app, or the part of it that calls a cache. `tls` is how it connects to databases."""

    id: str
    tls: Tls
    pool: int
    timeout_us: int
    writes: int
    write_us: int


def ask(app: App, network: Network, now_us: int, reads: int) -> Demand:
    """Bring an app's channels to its databases up to date and add up where its requests go.

    `reads` are those that its cache does not answer, in milli-requests per second: where there is a cache, users who do
    not reach the app have been counted there.
    """
    demand = Demand()
    rates = iter(divide(reads, len(app.read_records)))
    for use, slots in app.slots:
        if use.part:
            continue
        rate = app.writes if use.writes else next(rates)
        if not use.writes and app.cache is not None:
            slots = [channel for channel in slots if channel.live]
        if use.writes and app.paused:
            demand.fail("writes are paused", rate)
            rate = 0
        kept = network.gathered.get((app.id, use))
        together = network.gathered[app.id, use] = gather(app, slots, network, now_us, rate, kept)
        demand.merge(together.demand)
    return demand


def gather(
    caller: Caller,
    slots: list[Channel],
    network: Network,
    now_us: int,
    rate: int,
    kept: Gathered | None,
    live_only: bool = False,
) -> Gathered:
    """The slices of one endpoint together. Most looks change one endpoint of many, so the others are `kept` whole.

    With `live_only` what slices ask for that users do not reach is left out of the demand.
    """
    if kept is not None and kept.holds(slots, now_us):
        if kept.rate == rate:
            return kept
        if kept.plain:
            return kept.at_rate(rate)
    shares = [
        share_of(caller, channel, network, now_us, part, rate, len(slots))
        for channel, part in zip(slots, divide(rate, len(slots)), strict=True)
    ]
    demand, asked = Demand(), 0
    for channel, share in zip(slots, shares, strict=True):
        if channel.live or not live_only:
            demand.add(share)
            demand.tries.update(dict.fromkeys(channel.lost))
            asked += share.asked
    return Gathered(slots, shares, rate, demand, asked, all(share.plain for share in shares))


def divide(amount: int, count: int) -> list[int]:
    """`amount` in `count` whole parts that add up."""
    if not count:
        return []
    each, rest = divmod(amount, count)
    return [each + 1] * rest + [each] * (count - rest)
