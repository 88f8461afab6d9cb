"""What a part of a cache holds: against a simulation of every tick, and one of every request, that share no code."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cloud.cache_fill import ECHO_LIVES, CacheFill, Inputs, Pattern, Plan
from opsconsole.cloud.cache_plan import uniform, zipf
from tests.cloud.brute_force import Case, Requests, after_flush, popularity

S = 1_000_000
PLENTY = 10**15


@dataclass
class Played:
    """What became of a cache in front of a database that answers so many misses a second."""

    part: CacheFill
    steady: float  # hit share before
    pieces: list[tuple[int, float]] = field(default_factory=list)  # since when, which share of reads is missed
    missed: list[float] = field(default_factory=list)  # mean over each second
    relieved_s: float = math.inf
    nine_tenths_s: float = math.inf
    total: int = 0  # missed reads, nano-reads


def settle(part: CacheFill, now_us: int, limit: int) -> None:
    """What traffic does at a breakpoint: ask the database, tell the cache what it grants, once more."""
    for _ in range(2):
        asked = part.rates.misses
        part.set_inputs(now_us, part.inputs._replace(asked=asked, granted=min(asked, limit)))


def play(case: Case, until_s: int, *, looks: int = 0) -> Played:
    """Flush a warm cache at 0 and let traffic go on; `looks` at it in each piece must not matter."""
    plan = Plan(case.keys, Pattern.LAZY, round(case.ttl * S), round(case.jitter * 1000), 1000, True, case.zipf)
    reads, limit = round(case.reads * 1000), round(case.limit * 1000)
    part = CacheFill(plan, 0, PLENTY, Inputs(reads))
    played = Played(part, part.rates.hits / reads)
    part.flush(0)
    now, seconds, ticks = 0, [0.0] * until_s, round(case.tick * S)
    while now < until_s * S:
        settle(part, now, limit)
        next_us = min(part.next_change_us() or until_s * S, until_s * S)
        for look in range(looks):
            part.content(now + (next_us - now) * look // looks)
        played.pieces.append((now, part.rates.misses / reads))
        played.total += part.rates.misses * (next_us - now)
        for second in range(now // S, -(-next_us // S)):
            seconds[second] += (min(next_us, (second + 1) * S) - max(now, second * S)) / S * part.rates.misses / reads
        if math.isinf(played.relieved_s) or math.isinf(played.nine_tenths_s):
            for t in range(-(-now // ticks) * ticks, next_us, ticks):
                misses = part.misses(t)
                if misses <= limit:
                    played.relieved_s = min(played.relieved_s, t / S)
                if misses <= reads * (1 - 0.9 * played.steady):
                    played.nine_tenths_s = min(played.nine_tenths_s, t / S)
        now = next_us
    played.missed = seconds
    return played


CASES = {
    "uniform, no TTL": (Case(20_000, 5_000, 400, zipf=False), 80),
    "uniform, TTL, no jitter": (Case(20_000, 2_000, 500, 120, 0, zipf=False), 300),
    "uniform, TTL, some jitter": (Case(20_000, 2_000, 500, 120, 0.2, zipf=False), 300),
    "uniform, TTL, all jitter": (Case(20_000, 2_000, 500, 120, 1, zipf=False), 300),
    "uniform, half the TTL": (Case(20_000, 2_000, 500, 60, 0, zipf=False), 300),
    "Zipf, no TTL": (Case(20_000, 4_000, 300), 60),
    "Zipf, TTL, no jitter": (Case(10_000, 3_000, 300, 50, 0), 120),
    "Zipf, TTL, some jitter": (Case(10_000, 3_000, 300, 50, 0.2), 120),
    "Zipf, TTL, all jitter": (Case(10_000, 3_000, 300, 50, 1), 120),
    "Zipf, a weaker database": (Case(10_000, 3_000, 200, 100, 0.2), 120),
    "Zipf, more keys": (Case(40_000, 3_000, 400, 200, 0), 100),
}


@cache
def both(name: str) -> tuple[Played, list[float], float, float, float]:
    """The cache, and the long way round: missed per second, relief, nine tenths, all misses."""
    case, until_s = CASES[name]
    played = play(case, until_s)
    ticks = list(after_flush(case, until_s))
    a_second = round(1 / case.tick)
    missed = [
        math.fsum(tick.missed for tick in ticks[i : i + a_second]) / a_second for i in range(0, len(ticks), a_second)
    ]
    middle = case.tick / 2
    relieved = next(tick.t for tick in ticks if tick.missed * case.reads <= case.limit) + middle
    wanted = 1 - 0.9 * played.steady
    nine_tenths = next(tick.t for tick in ticks if tick.missed <= wanted) + middle
    return played, missed, relieved, nine_tenths, math.fsum(tick.missed for tick in ticks) * case.tick * case.reads


# -- the proof: a flush, a stampede, a saturated database, recovery ------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_the_database_is_saturated_by_misses_for_as_long_as_a_simulation_of_every_tick_says(name: str) -> None:
    played, _, relieved, nine_tenths, _ = both(name)
    assert played.relieved_s == pytest.approx(relieved, rel=0.02)
    assert played.nine_tenths_s == pytest.approx(nine_tenths, rel=0.02)


@pytest.mark.parametrize("name", CASES)
def test_misses_are_close_in_every_second_and_right_in_all(name: str) -> None:
    played, missed, _, _, total = both(name)
    off = [abs(one - other) for one, other in zip(played.missed, missed, strict=True)]
    print(name, max(off), math.fsum(off) / len(off), played.total / 1e9 / total - 1, len(played.pieces))
    assert max(off) < 0.03
    assert math.fsum(off) / len(off) < 0.004
    assert played.total / 1e9 == pytest.approx(total, rel=0.01)
