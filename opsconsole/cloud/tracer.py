"""Tracer requests: one request with a real key and a real row, followed hop by hop as things stand now.

A tracer is a dry run. It takes the way that a request of the app would take at this instant (its slice's cached answer,
its pooled connection, the node it leads to, what that node answers) and changes nothing. Its number says which of the
app's processes and connections, and which key: so different numbers show balancing, and the same number shows the same
way until something changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from opsconsole.cloud.apps import App
from opsconsole.cloud.cache_fill import Content
from opsconsole.cloud.caching import MISSING, SIGNED_OUT, AppCache
from opsconsole.cloud.channels import PARTS, Channel, Use
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.outcome import OVERLOADED
from opsconsole.cloud.server import Answer, Server
from opsconsole.cloud.slices import NO_CONNECTION
from opsconsole.cloud.writelog import WRITE, Branch
from opsconsole.simulation import noise, noise_key

Kind = Literal["read", "write"]
RANKS = (1, 10, 100, 1_000, 10_000, 100_000)  # how popular the keys of the first tracers are
NANO = 1_000_000_000
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: what was asked of whom, where that stands, what came back, how long it took (µs)."""

    call: str
    to: str
    zone: str
    answer: str
    us: int
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Trace:
    """A request from begin to end. `outcome` is ok, stale, failed or unknown: what the app would count it as."""

    app: str
    kind: Kind
    number: int
    key: str
    zone: str
    hops: tuple[Hop, ...]
    outcome: str

    @property
    def us(self) -> int:
        """How long the user waited, in microseconds."""
        return sum(hop.us for hop in self.hops)


@dataclass(slots=True)
class _Reply:
    """What one call met."""

    hops: list[Hop]
    server: Server | None = None  # set when the call was answered by it
    unknown: bool = False


class Tracer:
    """Follows one app's requests. Create it when it is asked for; it keeps nothing."""

    def __init__(self, cloud: Cloud, app: str) -> None:
        self.cloud = cloud
        self.app: App = cloud.apps[app]
        self.now_us = cloud.now_us

    def follow(self, kind: Kind, number: int) -> Trace:
        """The request of this kind and number, as it would go now. Raises ValueError if the app sends none."""
        if kind == "write" and self.app.write_record is None:
            raise ValueError(f"{self.app.id} writes nowhere")
        if kind == "read" and not self.app.reads_at_all:
            raise ValueError(f"{self.app.id} reads nowhere")
        key = self._key(number)
        if kind == "write":
            hops, outcome, zone = self._write(number, key)
        elif self.app.cache is not None:
            hops, outcome, zone = self._cached_read(self.app.cache, number, key)
        else:
            hops, outcome, zone = self._database_read(number, key)
        return Trace(self.app.id, kind, number, key, zone, tuple(hops), outcome)

    # -- keys and rows ------------------------------------------------------------------------------------------

    def rank(self, number: int) -> int:
        """How popular the key is: 1 is asked for most."""
        keys = self.app.cache.spec.keys if self.app.cache is not None else RANKS[-1]
        return min(keys, RANKS[number % len(RANKS)] + number // len(RANKS))

    def _key(self, number: int) -> str:
        noun = "session" if self.app.cache is not None and self.app.cache.spec.pattern == "session" else "item"
        return f"{noun}:{self.rank(number)}"

    def _version(self, branch: Branch | None, at_us: int, number: int) -> int:
        """How often the row has been written in this history by then."""
        if branch is None:
            return 0
        classes = self.app.cache.plan.classes if self.app.cache is not None else ()
        share, keys, first = 1.0 / RANKS[-1], 1.0, 0.0
        for one in classes:
            if first < self.rank(number) <= first + one.keys + 0.5:
                share, keys = one.share / one.keys, one.keys
            first += one.keys
        phase = noise(noise_key(self.cloud.seed, self.app.id, "row", self._key(number)), 0) if keys else 0.0
        return 1 + int(branch.position(at_us) / WRITE * share + phase)

    # -- ways ---------------------------------------------------------------------------------------------------

    def _channel(self, part: str, writes: bool, number: int) -> Channel | None:
        """The slice of the app's processes that this request comes from, among those users are sent to."""
        uses: list[tuple[Use, list[Channel]]] = [
            (use, slots) for use, slots in self.app.slots if use.part == part and use.writes is writes and slots
        ]
        if not uses:
            return None
        _, slots = uses[number % len(uses)]
        return slots[number // len(uses) % len(slots)]

    def _call(self, call: str, channel: Channel, number: int, timeout_us: int) -> _Reply:
        """Resolve, connect, ask: the hops up to the answer or the error."""
        zone = self.cloud.places.zones[channel.zone]
        if not channel.live:
            condition = zone.describe_condition()
            return _Reply([Hop("HTTP", self.app.id, zone.name, f"{zone.name} is {condition}: not reached", 0, False)])
        answers = ", ".join(channel.answer) or "no address"
        hops = [Hop("DNS", channel.record.id, zone.name, f"{answers} (cached)", 0)]
        target, held = self._connection(channel, number)
        if not target:
            hops[0] = Hop("DNS", channel.record.id, zone.name, "the name has no address", 0, False)
            return _Reply(hops)
        server = self.cloud.servers.get(target)
        where = server.zone.name if server is not None else ""
        ask = self.cloud.traffic.probe(zone, target, channel.writes)
        broken = held and server is not None and channel.held[target].boots != ask.boots
        hops.append(Hop("connection", target, where, "from the pool" if held else "a new one", 0))
        match ask.answer:
            case Answer.SILENT | Answer.DEAF:
                hops[-1] = Hop("connection", target, where, "no answer: timed out", timeout_us, False)
                return _Reply(hops, unknown=channel.writes and held)
            case Answer.REFUSED:
                hops[-1] = Hop("connection", target, where, "connection refused", 0, False)
                return _Reply(hops)
        turned_away = "" if held else self.cloud.traffic.network.turned_away(self.app, zone, target)
        if turned_away:
            hops[-1] = Hop("connection", target, where, turned_away, 0, False)
            return _Reply(hops)
        if server is None or broken:
            hops[-1] = Hop("connection", target, where, "the connection was lost", 0, False)
            return _Reply(hops, unknown=channel.writes)
        queued = self._turned_away(server, channel, number)
        if queued is not None:
            hops.append(Hop(call, target, where, queued, timeout_us, False))
            return _Reply(hops)
        load = server.load.value
        trip_us = self.cloud.places.round_trip(zone, server.zone) or 0
        took_us = (load.write_us if channel.writes else load.read_us) + trip_us
        if ask.answer is not Answer.SERVES:
            waits = ask.answer is Answer.STALLED
            hops.append(
                Hop(
                    call,
                    target,
                    where,
                    server.error(ask.answer, channel.writes),
                    timeout_us if waits else trip_us,
                    False,
                )
            )
            return _Reply(hops, unknown=waits and channel.writes)
        if took_us >= timeout_us:
            hops.append(Hop(call, target, where, "timed out: the answer takes too long", timeout_us, False))
            return _Reply(hops, unknown=channel.writes)
        hops.append(Hop(call, target, where, "", took_us))
        return _Reply(hops, server)

    def _turned_away(self, server: Server, channel: Channel, number: int) -> str | None:
        """What this request is told if it is one of those that find no free connection, or wait in vain."""
        app, load = self.app, server.load.value
        luck = noise(noise_key(self.cloud.seed, app.id, "queue"), number)
        asked, served = (load.writes, load.writes_served) if channel.writes else (load.reads, load.reads_served)
        if asked and luck * asked >= served:
            return OVERLOADED
        reads = app.reads if app.cache is None else app.cache.database_reads()
        due = app.writes if channel.writes else reads
        waiting = dict(app.service.value.errors).get(NO_CONNECTION, 0)
        is_cache = any(channel in channels for use, channels in app.slots if use.part)
        return NO_CONNECTION if not is_cache and due and luck * due < waiting else None

    @staticmethod
    def _connection(channel: Channel, number: int) -> tuple[str, bool]:
        """Which of the slice's connections the request gets: the node, and whether it is open."""
        place = number * 2_654_435_761 % PARTS
        for target, held in channel.held.items():
            if place < held.parts:
                return target, True
            place -= held.parts
        for target, parts in channel.lost.items():
            if place < parts:
                return target, False
            place -= parts
        return "", False

    # -- requests -----------------------------------------------------------------------------------------------

    def _database_read(self, number: int, key: str) -> tuple[list[Hop], str, str]:
        channel = self._channel("", False, number)
        if channel is None:
            return [], "failed", ""
        reply = self._call(f"SELECT {key}", channel, number, self.app.timeout_us)
        if reply.server is None:
            return reply.hops, "failed", channel.zone
        row, stale = self._row(reply.server, number)
        reply.hops[-1] = _answered(reply.hops[-1], row)
        return reply.hops, "stale" if stale else "ok", channel.zone

    def _row(self, server: Server, number: int) -> tuple[str, bool]:
        """What the row says there, and whether the writer has a newer one by now."""
        ages, branch = self.cloud.traffic.ages, server.branch()
        written = ages.written(self.app)
        here = self._version(branch, max(0, self.now_us - server.lag_us(self.now_us)), number)
        related = branch is not None and written is not None and written.family is branch.family
        newest = self._version(written if related else branch, self.now_us, number)
        if here < newest:
            behind_s = ages.age_us(self.app, server, self.now_us) / 1e6
            return f"version {here} (the writer has {newest}: {behind_s:.1f} s behind)", True
        return f"version {here}", False

    def _cached_read(self, cache: AppCache, number: int, key: str) -> tuple[list[Hop], str, str]:
        part = self._part(cache, key)
        channel = self._channel(part, False, number)
        if channel is None:
            return [], "failed", ""
        reply = self._call(f"GET {key}", channel, number, cache.timeout_us)
        if not channel.live:
            return reply.hops, "failed", channel.zone
        content = cache.parts[part].fill.content(self.now_us)
        if reply.server is not None and self._is_held(cache, part, content, number, key):
            return self._hit(cache, content, reply, number, key, channel.zone)
        if reply.server is not None:
            reply.hops[-1] = _answered(reply.hops[-1], "miss")
        pattern = cache.spec.pattern
        if pattern == "session":
            reply.hops.append(Hop("HTTP", self.app.id, channel.zone, SIGNED_OUT, 0, False))
            return reply.hops, "failed", channel.zone
        if pattern == "write-through":
            reply.hops.append(Hop("HTTP", self.app.id, channel.zone, MISSING, 0, False))
            return reply.hops, "failed", channel.zone
        hops, outcome, _ = self._database_read(number, key)
        hops = [*reply.hops, *hops]
        setter = self._channel(part, True, number)
        if outcome in ("ok", "stale") and setter is not None:
            hops += self._call(f"SET {key}", setter, number, cache.timeout_us).hops[-1:]
        return hops, outcome, channel.zone

    def _hit(
        self, cache: AppCache, content: Content, reply: _Reply, number: int, key: str, zone: str
    ) -> tuple[list[Hop], str, str]:
        if cache.spec.pattern == "session":
            reply.hops[-1] = _answered(reply.hops[-1], "hit: signed in")
            return reply.hops, "ok", zone
        newest = self._version(self.cloud.traffic.ages.written(self.app), self.now_us, number)
        luck = noise(noise_key(self.cloud.seed, self.app.id, "stale", key), newest)
        if luck * MILLION < content.stale_ppm and newest > 1:
            text = f"hit: version {newest - 1} (the database has {newest})"
            reply.hops[-1] = _answered(reply.hops[-1], text)
            return reply.hops, "stale", zone
        reply.hops[-1] = _answered(reply.hops[-1], f"hit: version {newest}")
        return reply.hops, "ok", zone

    def _part(self, cache: AppCache, key: str) -> str:
        """The part of the cache that the key hashes to."""
        return cache.group.part_of(key)

    def _is_held(self, cache: AppCache, part: str, content: Content, number: int, key: str) -> bool:
        """Whether this very key is there: as many of its class are as the class's share says, always the same first."""
        first, rank = 0.0, self.rank(number)
        for one, share in zip(cache.plan.classes, content.classes, strict=True):
            first += one.keys
            if rank <= first + 0.5:
                return noise(noise_key(self.cloud.seed, cache.id, part, key), 0) * NANO < share
        return False

    def _write(self, number: int, key: str) -> tuple[list[Hop], str, str]:
        channel = self._channel("", True, number)
        if channel is None:
            return [], "failed", ""
        if self.app.paused:
            return [Hop("UPDATE", self.app.id, channel.zone, "writes are paused", 0, False)], "failed", channel.zone
        reply = self._call(f"UPDATE {key}", channel, number, self.app.timeout_us)
        if reply.server is None:
            return reply.hops, "unknown" if reply.unknown else "failed", channel.zone
        version = self._version(reply.server.branch(), self.now_us, number) + 1
        reply.hops[-1] = _answered(reply.hops[-1], f"version {version} committed (dry run: nothing is changed)")
        cache = self.app.cache
        if cache is not None and cache.plan.through:
            setter = self._channel(self._part(cache, key), True, number)
            if setter is not None:
                reply.hops += self._call(f"SET {key}", setter, number, cache.timeout_us).hops[-1:]
        return reply.hops, "ok", channel.zone


def _answered(hop: Hop, answer: str) -> Hop:
    """The same hop with what came back."""
    return Hop(hop.call, hop.to, hop.zone, answer, hop.us, hop.ok)


def text(trace: Trace) -> list[str]:
    """A trace in lines, for a terminal."""
    rows = [(hop.call, hop.to, hop.zone, f"{hop.us / 1000:.1f} ms", hop.answer or "ok") for hop in trace.hops]
    calls, targets, zones, times = (max((len(row[column]) for row in rows), default=0) for column in range(4))
    lines = [f"{a:{calls}}  {b:{targets}}  {c:{zones}}  {d:>{times}}  {e}" for a, b, c, d, e in rows]
    title = f"; SIMULATED  {trace.kind} {trace.key} of {trace.app}, from {trace.zone}: {trace.outcome}"
    return [f"{title}, {trace.us / 1000:.1f} ms", *lines]
