"""Which keys an app keeps in a cache, in which of its parts, and how many of them are there.

Each part (a shard of Redis, a node of Memcached) has its share of the keys, and a `CacheFill` that knows how many of
them it holds. Parts come and go, lose everything, move keys to each other, get more memory; the rest follows from that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.cloud.cache_fill import CacheFill
from opsconsole.cloud.cache_plan import Inputs, Pattern, Plan
from opsconsole.fleet import CacheUseSpec
from opsconsole.simulation import Step

if TYPE_CHECKING:
    from opsconsole.cloud.apps import App
    from opsconsole.cloud.cache_group import CacheGroup

PPM = 1_000_000


class PartFlow(NamedTuple):
    """What one part of the cache does for one app, in milli-requests per second; `keys` as they are held in all."""

    gets: int = 0
    hits: int = 0
    failed: int = 0
    sets: int = 0
    stale: int = 0
    evictions: int = 0
    expiries: int = 0
    refused: int = 0  # sets that found no room (OOM)

    @property
    def misses(self) -> int:
        """Gets that were answered with nothing."""
        return self.gets - self.hits - self.failed


@dataclass(slots=True)
class Part:
    """One part of the cache as this app knows it. `num`/`den` is its share of the app's keys."""

    id: str
    num: int
    den: int
    memory_bytes: int
    fill: CacheFill
    flow: Step[PartFlow]
    relief_us: int | None = None  # when the database, saturated by misses, will keep up again
    waited_us: int = 0  # for how long that was foreseen
    patience_us: int = 0  # how long to wait at least, when it did not come as foreseen
    answered: tuple[int, int] = (0, 0)  # missed reads that the database was asked for, and those it granted
    saturated: bool = False  # whether it grants no more because it cannot do more


class CachedKeys:
    """The keys of one app in one cache, part by part. `sessions_lost` counts users who had to sign in again."""

    def __init__(self, app: App, spec: CacheUseSpec, group: CacheGroup) -> None:
        self.app = app
        self.spec = spec
        self.group = group
        self.world = app.world
        self.id = app.id
        self.parts: dict[str, Part] = {}
        self.sessions_lost = 0
        self.everyone: Callable[[], list[CachedKeys]] = lambda: [self]  # replaced by the cloud: all apps' keys
        self.plan = self._plan()
        self.hot_keys: dict[str, int] = {}  # faults, and the millionths of all reads that each sends to the hot key
        self.hot_reads = 0  # of the one hot key, in milli-reads per second
        self._hot = self.world.chance.stream(app.id, "hot-key").random()
        self.adopt_parts()

    def adopt_parts(self) -> None:
        """The parts of the cache as they are now; one that is new to the app holds nothing yet, but at the start."""
        now, before = self.world.now_us, self.parts
        self.parts = {}
        for id, (num, den) in self.group.parts().items():
            ppm = PPM * num // den
            part = before.get(id)
            if part is None:
                memory = self.memory_bytes(id)
                fill = CacheFill(self.plan, now, memory, Inputs(), part_ppm=ppm, warm=False)
                part = Part(id, num, den, memory, fill, Step(PartFlow(), now))
            elif (part.num, part.den) != (num, den):
                part.num, part.den = num, den
                part.fill.take(now, ppm)
            self.parts[id] = part

    def moved(self, source: str, target: str, share: tuple[int, int]) -> None:
        """A share of all keys went from one part to another, which now holds as many of them as the first did."""
        now, (num, den) = self.world.now_us, share
        giver, taker = self.parts[source], self.parts.get(target)
        if taker is None:
            memory = self.memory_bytes(target)
            fill = CacheFill(self.plan, now, memory, Inputs(), part_ppm=0, warm=False)
            taker = self.parts[target] = Part(target, 0, den, memory, fill, Step(PartFlow(), now))
        taker.fill.receive(now, giver.fill, PPM * num // den)
        giver.num, taker.num = giver.num - num, taker.num + num
        giver.fill.take(now, PPM * giver.num // den)
        self.app.look_again()

    def warm_up(self) -> None:
        """The run begins with a cache that has been used for long."""
        gets = self.split(self.app.reads)
        through = self.app.writes if self.plan.through else 0
        for id, part in self.parts.items():
            inputs = Inputs(gets[id], writes=(through or self.app.writes) * part.num // part.den)
            part.memory_bytes = self.memory_bytes(id)
            part.fill = CacheFill(self.plan, 0, part.memory_bytes, inputs, part_ppm=PPM * part.num // part.den)

    def memory_bytes(self, part: str) -> int:
        """What a part has for this app: apps that share a cache share its memory by what they want to keep there."""
        nodes = self.group.shards[part].nodes.values() if part in self.group.shards else ()
        memory = min((node.memory_bytes for node in nodes), default=0) * self.group.room_ppm.value // PPM
        wanted = {cache: cache.spec.keys * cache.spec.item_bytes for cache in self.neighbours()}
        return memory * wanted[self] // max(1, sum(wanted.values()))

    def neighbours(self) -> list[CachedKeys]:
        """All apps' uses of the same cache, this one's included."""
        return [cache for cache in self.everyone() if cache.group is self.group]

    def _plan(self) -> Plan:
        spec, policy = self.spec, self.group.settings.maxmemory_policy
        evicts = policy != "noeviction" and (spec.ttl_s > 0 or not policy.startswith("volatile"))
        ttl_us, jitter = round(spec.ttl_s * 1_000_000), round(spec.jitter * 1000)
        return Plan(spec.keys, Pattern(spec.pattern), ttl_us, jitter, spec.item_bytes, evicts)

    def group_changed(self) -> None:
        """Nodes may have more or less memory now, or evict by another policy."""
        now, plan = self.world.now_us, self._plan()
        if plan != self.plan:
            self.plan = plan
            for part in self.parts.values():
                kept = part.fill
                ppm = PPM * part.num // part.den
                part.fill = CacheFill(plan, now, part.memory_bytes, kept.inputs, part_ppm=ppm, warm=False)
                part.fill.adopt(now, kept)
            self.app.look_again()
        for id, part in self.parts.items():
            memory = self.memory_bytes(id)
            if memory and memory != part.memory_bytes:
                part.memory_bytes = memory
                part.fill.resize(self.world.now_us, memory)
                self.app.look_again()

    def emptied(self, part: str) -> None:
        """The data of a part is gone."""
        if part in self.parts:
            gone = self.parts[part].fill.flush(self.world.now_us)
            if self.spec.pattern == "session":
                self.sessions_lost += gone
                self.world.log.sim(self.world.now_us, self.id, "sessions", lost=gone, part=part)
            self.app.look_again()

    def split(self, rate: int) -> dict[str, int]:
        """Reads by the part that holds their keys: the hot key's, then each part's share of the rest."""
        self.hot_reads = hot = round(rate * max(self.spec.hot_key, *(ppm / PPM for ppm in self.hot_keys.values()), 0))
        spread = rate - hot
        shares = {id: spread * part.num // part.den for id, part in self.parts.items()}
        first = next(iter(shares))
        shares[first] += spread - sum(shares.values())
        shares[self.hot_part()] += hot
        return shares

    def hot_part(self) -> str:
        """The part that the one hot key belongs to."""
        mark = 0.0
        for id, part in self.parts.items():
            mark += part.num / part.den
            if self._hot < mark:
                return id
        return next(reversed(self.parts))
