"""`three_tier` after its cache was emptied: the stampede, the saturated database, the recovery and its echo.

Everything that the fleet's apps see is compared with a simulation of every tick that shares no code with it.
"""

from __future__ import annotations

import math
from functools import cache

import pytest

from opsconsole.fleet.shipped import resolve_fleet_path
from tests.cloud.brute_force import Case, after_flush
from tests.cloud.play import SECOND, Play

FLUSH = 300
TABLE = 'keys = 200_000, ttl = "10m"'


def fleet(table: str = TABLE) -> str:
    """`three_tier` with its cache used otherwise."""
    text = resolve_fleet_path("three_tier").read_text(encoding="utf-8")
    assert TABLE in text
    return text.replace(TABLE, table)


def after(table: str = TABLE, minutes: int = 12) -> Play:
    """The shop some minutes after its cache was emptied."""
    return Play(fleet(table)).at(f"T+{FLUSH}s sim:cache-flush sessions").until(f"{FLUSH // 60 + minutes}m")


@cache
def flushed() -> Play:
    return after()


def granted(play: Play) -> float:
    """Missed reads a second that the saturated replica answers."""
    during = play.cloud.servers["shop-ro/1"].load.at((FLUSH + 5) * SECOND)
    return during.reads_served / 1000


def relieved_s(play: Play) -> float:
    """How long the replica was asked for more than it can do."""
    loads = play.cloud.servers["shop-ro/1"].load.since(FLUSH * SECOND)
    saturated = [at for at, load in loads if load.demand_permille > 1000]
    return next(at for at, load in loads if at > saturated[0] and load.demand_permille <= 1000) / SECOND - FLUSH


def told(ttl: float, jitter: float, limit: float, until: float) -> list[tuple[float, float]]:
    """What the simulation of every tick says: (seconds, share of reads missed)."""
    return [(tick.t, tick.missed) for tick in after_flush(Case(200_000, 2_400, limit, ttl, jitter), until)]


# -- the stampede -------------------------------------------------------------------------------------------------


def test_the_database_is_asked_for_several_times_what_it_can_do_and_users_feel_it() -> None:
    play = flushed()
    during = play.cloud.servers["shop-ro/1"].load.at((FLUSH + 1) * SECOND)
    assert during.demand_permille > 2000
    incident = play.app("storefront").incidents[0]
    assert incident.began_us == FLUSH * SECOND
    assert play.saw("storefront", "5m", "6m").reads_failed > 0
    assert play.app("storefront").health.value == "ok"


def test_the_recovery_takes_as_long_as_a_simulation_of_every_tick_says_within_2_per_cent() -> None:
    play = flushed()
    limit = granted(play)
    ticks = told(600, 0, limit, 60)
    expected = next(t for t, missed in ticks if missed * 2_400 <= limit)
    assert relieved_s(play) == pytest.approx(expected, rel=0.02, abs=0.1)


def test_the_predicted_end_of_the_saturation_is_when_it_ends() -> None:
    play = Play(fleet()).at(f"T+{FLUSH}s sim:cache-flush sessions").until(f"{FLUSH + 1}s")
    cached = play.app("storefront").cache
    assert cached is not None
    predicted = cached.parts["0001"].fill.recovery_us(play.cloud.now_us, 2_400_000, round(granted(flushed()) * 1000))
    assert predicted is not None
    assert predicted / SECOND + 1 == pytest.approx(relieved_s(flushed()), rel=0.05)


def misses(play: Play, from_s: int, to_s: int) -> float:
    """Mean share of reads that missed the cache in a stretch of time after the flush."""
    cached = play.app("storefront").cache
    assert cached is not None
    flows = cached.service.since((FLUSH + from_s) * SECOND)
    ends = [at for at, _ in flows[1:]] + [(FLUSH + to_s) * SECOND]
    total = 0.0
    for (at, service), end in zip(flows, ends, strict=True):
        width = max(0, min(end, (FLUSH + to_s) * SECOND) - at)
        total += width * (service.gets - service.hits) / max(1, service.gets)
    return total / ((to_s - from_s) * SECOND)


@pytest.mark.parametrize(("from_s", "to_s"), [(0, 30), (30, 120), (120, 600), (600, 690)])
def test_the_misses_follow_the_simulation_of_every_tick_the_echo_after_the_ttl_included(from_s: int, to_s: int) -> None:
    ticks = [missed for t, missed in _trajectory() if from_s <= t < to_s]
    assert misses(flushed(), from_s, to_s) == pytest.approx(math.fsum(ticks) / len(ticks), rel=0.04)


@cache
def _trajectory() -> tuple[tuple[float, float], ...]:
    return tuple(told(600, 0, granted(flushed()), 700))


# -- otherwise ----------------------------------------------------------------------------------------------------


def test_without_jitter_what_was_loaded_together_expires_together_and_with_jitter_it_does_not() -> None:
    """Half of the hot keys come back within seconds of the flush: without jitter they all go again at one time."""
    same, spread = flushed(), after('keys = 200_000, ttl = "10m", jitter = "50%"')
    before, echo = misses(same, 540, 595), misses(same, 601, 660)
    assert echo > 1.5 * before
    assert misses(spread, 601, 660) < 0.8 * echo


def test_a_smaller_ttl_makes_the_stampede_no_longer_and_the_time_after_it_dearer() -> None:
    """The first seconds are about keys that were never loaded; after them each key is loaded twice as often."""
    long, short = flushed(), after('keys = 200_000, ttl = "5m"')
    assert relieved_s(short) == pytest.approx(relieved_s(long), rel=0.05)
    assert misses(short, 320, 600) > 1.2 * misses(long, 320, 600)
