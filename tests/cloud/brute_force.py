"""A cache told the long way round, twice. Shared with the cloud is nothing: neither classes, nor steps, nor formulas.

`after_flush` counts: each tick, for every group of ranks, how many keys are loaded, and later how many of those expire.
`Requests` plays: one random request after the other against real keys with real expiry times and a real LRU list.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

ALIKE = 1.05  # ranks of which the last is asked for no less often than this as the first are one group


@dataclass(frozen=True)
class Case:
    """One cache and one database; rates per second, times in seconds."""

    keys: int
    reads: float
    limit: float
    ttl: float = 0.0
    jitter: float = 0.0
    zipf: bool = True

    @property
    def tick(self) -> float:
        """Small against everything that is to be seen."""
        return 0.05


@dataclass(frozen=True)
class Tick:
    """What one tick found: the share of reads that was missed over it."""

    t: float
    missed: float


def popularity(keys: int, zipf: bool) -> list[float]:
    """The share of requests that each key gets."""
    weights = [1 / rank if zipf else 1.0 for rank in range(1, keys + 1)]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def groups(case: Case) -> list[tuple[int, float]]:
    """(keys, requests per second for each of them): ranks that are nearly alike together."""
    shares = popularity(case.keys, case.zipf)
    found: list[tuple[int, float]] = []
    first = 0
    while first < case.keys:
        last = first + 1
        while last < case.keys and shares[last] * ALIKE >= shares[first]:
            last += 1
        found.append((last - first, case.reads * math.fsum(shares[first:last]) / (last - first)))
        first = last
    return found


def after_flush(case: Case, until: float) -> Iterator[Tick]:
    """Each tick after the cache lost everything at 0."""
    kinds, tick, ticks = groups(case), case.tick, round(until / case.tick)
    missing = [float(keys) for keys, _ in kinds]
    memoryless = case.jitter >= 1
    middle, spread = round(case.ttl / tick), round(case.ttl * case.jitter / tick)
    window = 2 * spread + 1
    # What expires per tick changes where the window of something loaded begins or ends: those changes, tick by tick.
    changes = [[0.0] * (ticks + 2) if case.ttl and not memoryless else [] for _ in kinds]
    expiring = [0.0] * len(kinds)
    answered = 1.0
    for number in range(ticks):
        misses = 0.0
        for kind, (keys, rate) in enumerate(kinds):
            if changes[kind]:
                expiring[kind] += changes[kind][number]
                missing[kind] += expiring[kind]
            elif case.ttl:
                missing[kind] += (keys - missing[kind]) * -math.expm1(-tick / case.ttl)
            load = rate * answered * tick
            misses += missing[kind] * -math.expm1(-load) / load * rate
        answered = min(1.0, case.limit / misses)
        for kind, (_, rate) in enumerate(kinds):
            loaded = missing[kind] * -math.expm1(-rate * answered * tick)
            missing[kind] -= loaded
            if changes[kind] and number + middle - spread <= ticks:
                changes[kind][number + middle - spread] += loaded / window
                if number + middle + spread + 1 <= ticks:
                    changes[kind][number + middle + spread + 1] -= loaded / window
        yield Tick(number * tick, misses / case.reads)


@dataclass
class Requests:
    """One random request after the other. Rates per second, times in seconds."""

    keys: int
    reads: float
    writes: float = 0.0
    zipf: bool = True
    ttl: float = math.inf
    jitter: float = 0.0
    room: int = 10**9
    evicts: bool = True
    lazy: bool = True
    through: bool = False
    slides: bool = False
    seed: int = 1

    held: OrderedDict[int, tuple[float, int]] = field(default_factory=OrderedDict)
    hits: int = 0
    gets: int = 0
    stale: int = 0
    evicted: int = 0
    refused: int = 0
    sets: int = 0

    def play(self, quiet: float, counted: float) -> None:
        """Let it run; only what happens after the quiet time is counted."""
        chance = random.Random(self.seed)
        marks = list(accumulate(popularity(self.keys, self.zipf)))
        version = [0] * self.keys
        now, end = 0.0, quiet + counted
        counting = False
        while (now := now + chance.expovariate(self.reads + self.writes)) < end:
            if not counting and now >= quiet:
                self.hits = self.gets = self.stale = self.evicted = self.refused = self.sets = 0
                counting = True
            key = min(bisect(marks, chance.random()), self.keys - 1)
            if chance.random() * (self.reads + self.writes) < self.writes:
                version[key] += 1
                if self.through:
                    self._set(key, version[key], now, chance)
                continue
            self.gets += 1
            item = self.held.get(key)
            if item is not None and item[0] > now:
                self.hits += 1
                self.stale += item[1] != version[key]
                self.held.move_to_end(key)
                if self.slides:
                    self.held[key] = (now + self.ttl, item[1])
            elif self.lazy:
                self._set(key, version[key], now, chance)

    def _set(self, key: int, version: int, now: float, chance: random.Random) -> None:
        self.sets += 1
        if key in self.held:
            del self.held[key]
        elif len(self.held) >= self.room:
            self._make_room(now)
            if len(self.held) >= self.room:
                self.refused += 1
                return
        life = chance.expovariate(1 / self.ttl) if self.jitter >= 1 else self.ttl
        if 0 < self.jitter < 1:
            life *= 1 + self.jitter * (2 * chance.random() - 1)
        self.held[key] = (now + life, version)

    def _make_room(self, now: float) -> None:
        if self.ttl < math.inf:
            for key in [key for key, (expires, _) in self.held.items() if expires <= now]:
                del self.held[key]
        if self.evicts and len(self.held) >= self.room:
            self.held.popitem(last=False)
            self.evicted += 1
