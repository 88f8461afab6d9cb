"""A cache told the long way round: every rank's keys, every tick, by expected values. Shares no code with the cloud.

Ranks of about the same popularity (within 3 %) are one group; a group is followed by how many of its keys were loaded
in each tick of the past, and those loaded together expire a drawn lifetime later: exactly a TTL, or spread over its
window of jitter, or exponentially. The database answers so many missed reads a second, everybody alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One cache and one database; rates per second, times in seconds."""

    keys: int
    reads: float
    limit: float
    ttl: float = 0.0
    jitter: float = 0.0
    zipf: bool = True
    tick: float = 0.05


@dataclass(frozen=True)
class Tick:
    """What one tick of the long way round found."""

    t: float
    missed: float  # share of reads
    loaded: float  # keys per second


def ranks(case: Case) -> list[tuple[float, float]]:
    """(keys, requests per second for each of them): groups of ranks that are within 3 % of each other."""
    if not case.zipf:
        return [(float(case.keys), case.reads / case.keys)]
    total = 0.0
    for rank in range(1, case.keys + 1):
        total += 1 / rank
    groups: list[tuple[float, float]] = []
    rank = 1
    while rank <= case.keys:
        last = max(rank, min(case.keys, int(rank * 1.03)))
        weight = 0.0
        for one in range(rank, last + 1):
            weight += 1 / one
        groups.append((float(last - rank + 1), case.reads * weight / total / (last - rank + 1)))
        rank = last + 1
    return groups


def lifetimes(case: Case) -> list[tuple[int, float]]:
    """(ticks, share of keys): how long a key lives that was loaded in a tick, for a TTL without full jitter."""
    middle, spread = round(case.ttl / case.tick), round(case.ttl * case.jitter / case.tick)
    if spread == 0:
        return [(middle, 1.0)]
    return [(middle + d, 1 / (2 * spread + 1)) for d in range(-spread, spread + 1)]


def after_flush(case: Case, until: float) -> Iterator[Tick]:
    """Each tick after the cache lost everything at 0."""
    groups = ranks(case)
    missing = [keys for keys, _ in groups]
    asked_each = [rate for _, rate in groups]
    memoryless = case.ttl > 0 and case.jitter >= 1
    lives = lifetimes(case) if case.ttl > 0 and not memoryless else []
    ticks = round(until / case.tick)
    # The expiry of what one tick loads is a window of later ticks: a difference array per group holds them all.
    steps = [[0.0] * (ticks + 2) for _ in groups] if lives else []
    flowing = [0.0] * len(groups)
    first, last = (lives[0][0], lives[-1][0]) if lives else (0, 0)
    share = lives[0][1] if lives else 0.0
    died = 1 - math.exp(-case.tick / case.ttl) if memoryless else 0.0
    for tick in range(ticks):
        misses = 0.0
        for number, rate in enumerate(asked_each):
            if lives:
                flowing[number] += steps[number][tick]
                missing[number] += flowing[number]
            elif died:
                missing[number] += (groups[number][0] - missing[number]) * died
            misses += missing[number] * rate
        answered = min(1.0, case.limit / misses) if misses > 0 else 1.0
        loaded = 0.0
        for number, rate in enumerate(asked_each):
            new = missing[number] * -math.expm1(-rate * answered * case.tick)
            missing[number] -= new
            loaded += new
            if lives:
                if tick + first <= ticks:
                    steps[number][tick + first] += new * share
                if tick + last + 1 <= ticks:
                    steps[number][tick + last + 1] -= new * share
        yield Tick(tick * case.tick, misses / case.reads, loaded / case.tick)
