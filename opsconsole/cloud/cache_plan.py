"""What an app keeps in a cache and how: the keys and how popular they are, the pattern, the time to live.

Keys of one popularity behave alike, so a cache is followed by classes of keys, never key by key. How many classes is
a matter of accuracy: a Zipf law cut into three (1 %, 9 % and 90 % of the keys) gets the length of a stampede wrong by
20 %, because within each class the popular keys come back long before the others. Cut at every sixth rank and each cut
represented by two kinds of keys (Gauss's rule: keys, requests and the next two moments are exact) it is wrong by less
than 1 %, with 8 to 16 classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

MILLION = 1_000_000
SPAN = 6.0  # ratio of ranks in one cut of a Zipf law
SUMMED = 1000  # a cut with fewer ranks is summed, one with more is integrated


class Pattern(StrEnum):
    """How an app uses its cache. Source: fact sheet 5.9."""

    LAZY = "lazy"
    WRITE_THROUGH = "write-through"
    BOTH = "lazy+write-through"
    SESSION = "session"


class KeyClass(NamedTuple):
    """Keys that are equally popular: how many, and the share of all requests that goes to them together."""

    keys: float
    share: float


@lru_cache(maxsize=64)
def zipf(keys: int) -> tuple[KeyClass, ...]:
    """`keys` keys of which the n-th is asked for 1/n as often as the first, most popular class first."""
    edges = [keys + 0.5]
    while edges[-1] / SPAN > 1.5:
        edges.append(edges[-1] / SPAN)
    edges.append(0.5)
    kinds: list[tuple[float, float]] = []
    for low, high in zip(reversed(edges[1:]), reversed(edges[:-1]), strict=True):
        first, last = math.ceil(low), math.ceil(high) - 1
        if last >= first:
            kinds += _two_kinds(first, last)
    requests = 0.0
    for count, popularity in kinds:
        requests += count * popularity
    return tuple(KeyClass(count, count * popularity / requests) for count, popularity in kinds)


@lru_cache(maxsize=64)
def uniform(keys: int) -> tuple[KeyClass, ...]:
    """`keys` keys that are all asked for equally often."""
    return (KeyClass(float(keys), 1.0),)


def _moment(first: int, last: int, power: int) -> float:
    """The sum of rank^-power over the ranks from `first` to `last`."""
    if last - first < SUMMED:
        total = 0.0
        for rank in range(first, last + 1):
            total += float(rank) ** -power
        return total
    low, high = first - 0.5, last + 0.5
    match power:
        case 0:
            return high - low
        case 1:
            return math.log(high / low)
    return (low ** (1 - power) - high ** (1 - power)) / (power - 1)


def _two_kinds(first: int, last: int) -> list[tuple[float, float]]:
    """Two kinds of keys (how many, how popular) with the moments 0 to 3 of a Zipf law's ranks `first` to `last`."""
    if last - first < 2:
        return [(1.0, 1.0 / rank) for rank in range(first, last + 1)]
    count = _moment(first, last, 0)
    one, two, three = (_moment(first, last, power) / count for power in (1, 2, 3))
    variance = two - one * one
    skew = (three - 3 * one * two + 2 * one**3) / variance**1.5
    deviation, bend = math.sqrt(variance), math.sqrt(4 + skew * skew)
    rare, hot = one + deviation * (skew - bend) / 2, one + deviation * (skew + bend) / 2
    hot_keys = count * (one - rare) / (hot - rare)
    return [(hot_keys, hot), (count - hot_keys, rare)]


@dataclass(frozen=True)
class Plan:
    """What does not change: `keys` of the whole app, the pattern, the time to live (0: none) and its jitter.

    A key lives for the TTL, give or take `jitter_permille` of it, evenly drawn; at 1000 lifetimes are exponential, the
    most that jitter can do. The mean is the TTL either way, so jitter changes no steady state, only who expires
    together. A session's TTL slides: each use begins it anew. `evicts`: whether a full cache drops its least recently
    used key for a new one, or refuses the new one (OOM). Writes have the popularity of reads.
    """

    keys: int
    pattern: Pattern = Pattern.LAZY
    ttl_us: int = 0
    jitter_permille: int = 0
    item_bytes: int = 1024
    evicts: bool = True
    skewed: bool = True

    def __post_init__(self) -> None:
        if self.keys < 1 or self.item_bytes < 1 or self.ttl_us < 0 or not 0 <= self.jitter_permille <= 1000:
            raise ValueError(
                f"a cache needs keys, items of some bytes, a TTL of 0 or more, jitter of 0 to 1000: {self}"
            )

    def __hash__(self) -> int:
        """One number tells nearly all plans of a fleet apart; a plan is looked up at every look at a cache."""
        return self.keys

    @cached_property
    def classes(self) -> tuple[KeyClass, ...]:
        """The classes of keys, the most popular first. Sessions are alike."""
        return zipf(self.keys) if self.skewed and self.pattern is not Pattern.SESSION else uniform(self.keys)

    @cached_property
    def all_keys(self) -> float:
        """The keys of all classes, added up as those that are held are."""
        total = 0.0
        for keys, _ in self.classes:
            total += keys
        return total

    @property
    def lazy(self) -> bool:
        """Whether a missed read that the database answers puts the key into the cache."""
        return self.pattern is not Pattern.WRITE_THROUGH

    @property
    def through(self) -> bool:
        """Whether a write puts its key into the cache."""
        return self.pattern in (Pattern.WRITE_THROUGH, Pattern.BOTH)

    @property
    def slides(self) -> bool:
        """Whether reading a key begins its TTL anew."""
        return self.pattern is Pattern.SESSION

    @property
    def echoes(self) -> bool:
        """Whether keys that were loaded together expire together."""
        return self.ttl_us > 0 and self.jitter_permille < 1000


class Inputs(NamedTuple):
    """What drives one part of a cache, in milli-requests per second; changed at breakpoints only.

    `asked` and `granted`: the missed reads that went to the database, and those it answers. While it answers all of
    them the two are equal; while not, the cache is loaded at the rate `granted`, the most that the database can do
    (`saturated`), or at the same share of what is missed, whatever that is (a reader is down). `refreshes` and `loads`:
    whether writes and missed reads reach the cache with what they bring (as the pattern would have it).
    """

    reads: int = 0
    asked: int = 0
    granted: int = 0
    writes: int = 0
    refreshes: bool = True
    loads: bool = True
    saturated: bool = True

    @property
    def limit(self) -> int | None:
        """The rate at which misses are answered if a saturated database answers fewer than are asked, else None."""
        return self.granted if self.saturated and self.granted < self.asked else None

    @property
    def share(self) -> float:
        """The share of misses that is answered whatever their rate is; 1 if the database is saturated."""
        return 1.0 if self.saturated or self.granted >= self.asked else self.granted / self.asked

    def drives_as(self, other: Inputs) -> bool:
        """Whether a cache goes on in the same way with other inputs: only what is answered of what it asks matters."""
        if (self.limit, self.share) != (other.limit, other.share):
            return False
        return self._replace(asked=other.asked, granted=other.granted, saturated=other.saturated) == other
