"""What a part of a cache holds: against a simulation of every tick, and one of every request, that share no code."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cloud.cache_fill import ECHO_LIVES, CacheFill, Inputs, Pattern, Plan
from opsconsole.cloud.cache_plan import zipf
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
    assert max(off) < 0.02
    assert math.fsum(off) / len(off) < 0.0015
    assert played.total / 1e9 == pytest.approx(total, rel=0.01)


def test_keys_that_came_back_together_expire_together_and_jitter_takes_them_apart() -> None:
    def worst_second_after(name: str, from_s: float, to_s: float) -> tuple[float, float]:
        played, missed, _, _, _ = both(name)
        span = slice(int(from_s), int(to_s))
        return max(played.missed[span]), max(missed[span])

    echo, simulated = worst_second_after("uniform, TTL, no jitter", 110, 200)
    usual = 1 - both("uniform, TTL, no jitter")[0].steady
    assert echo == pytest.approx(simulated, rel=0.02)
    assert echo > 2 * usual  # the flush is over for 70 s, and the database is hit again
    some, simulated = worst_second_after("uniform, TTL, some jitter", 90, 200)
    assert some == pytest.approx(simulated, rel=0.02)
    assert usual < some < 0.9 * echo
    none, _ = worst_second_after("uniform, TTL, all jitter", 110, 200)
    assert none == pytest.approx(usual, rel=0.02)
    sooner, simulated = worst_second_after("uniform, half the TTL", 55, 110)
    assert sooner == pytest.approx(simulated, rel=0.02)  # the wave comes twice as soon, and


def test_a_smaller_ttl_can_keep_a_database_saturated_for_ever() -> None:
    # Single class: F' = C/K - F/T, so that at most C T / K of the keys are held: a tenth of them, here.
    case = Case(20_000, 2_000, 100, 20, 1, zipf=False)
    played = play(case, 400)
    assert math.isinf(played.relieved_s)
    assert played.part.next_change_us() is None
    assert played.part.content(400 * S).hit_ppm == pytest.approx(1_000_000 * 100 * 20 / 20_000, rel=0.02)
    assert played.part.rates.answered == pytest.approx(100_000, abs=1)
    relieved = play(Case(20_000, 2_000, 100, 400, 1, zipf=False), 400)  # C T / K > 1: a longer TTL recovers
    assert relieved.relieved_s < 400


@pytest.mark.parametrize("name", ["uniform, no TTL", "uniform, TTL, no jitter", "Zipf, no TTL", "Zipf, more keys"])
def test_the_length_of_a_stampede_is_foreseen_by_a_formula(name: str) -> None:
    case, _ = CASES[name]
    part = CacheFill(
        Plan(case.keys, ttl_us=round(case.ttl * S), skewed=case.zipf), 0, PLENTY, Inputs(round(case.reads * 1000))
    )
    assert part.recovery_us(0, round(case.reads * 1000), round(case.limit * 1000)) == 0
    part.flush(0)
    foreseen = part.recovery_us(0, round(case.reads * 1000), round(case.limit * 1000))
    assert foreseen is not None
    assert foreseen / S == pytest.approx(both(name)[2], rel=0.02)
    assert part.recovery_us(0, round(case.reads * 1000), 0) is None
    if not case.zipf:  # uniform: K (1 - C/λ) keys at C a second
        assert foreseen / S == pytest.approx(case.keys * (1 - case.limit / case.reads) / case.limit, rel=0.02)


# -- breakpoints ---------------------------------------------------------------------------------------------------

PLANS = [
    Plan(50_000),
    Plan(50_000, ttl_us=300 * S),
    Plan(50_000, ttl_us=300 * S, jitter_permille=200, skewed=False),
    Plan(50_000, ttl_us=300 * S, jitter_permille=1000),
    Plan(50_000, Pattern.WRITE_THROUGH, ttl_us=300 * S),
    Plan(50_000, Pattern.BOTH),
    Plan(50_000, Pattern.SESSION, ttl_us=1800 * S),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.pattern} {plan.ttl_us // S} s {plan.jitter_permille}")
def test_a_steady_cache_has_no_breakpoint(plan: Plan) -> None:
    part = CacheFill(plan, 0, PLENTY, Inputs(2_000_000))
    assert part.next_change_us() is None
    assert part.content(0) == part.content(7 * 24 * 3600 * S)
    crowded = CacheFill(plan, 0, 5_000 * plan.item_bytes, Inputs(2_000_000))
    assert crowded.next_change_us() is None
    assert crowded.content(0).items <= 5_000


def test_breakpoints_after_a_flush_are_bounded_and_die_out() -> None:
    counts = {}
    for jitter in (0, 200, 1000):
        plan = Plan(50_000, ttl_us=300 * S, jitter_permille=jitter, skewed=False)
        part, now, seen = CacheFill(plan, 0, PLENTY, Inputs(2_000_000)), 0, 0
        part.flush(0)
        while True:
            settle(part, now, 600_000)
            seen += 1
            next_us = part.next_change_us()
            if next_us is None:
                break
            assert next_us > now
            now = next_us
        assert now < (ECHO_LIVES + 2) * 300 * S
        assert not part.follows_echo
        assert part.rates.hit_ppm == pytest.approx(1_000_000 * 12 / 13, abs=2_000)
        counts[jitter] = seen
    assert counts[1000] < 120 < counts[200] < 800
    assert counts[0] < 1300


def test_a_change_of_load_by_a_few_percent_makes_no_wave() -> None:
    part = CacheFill(Plan(50_000, ttl_us=300 * S), 0, PLENTY, Inputs(2_000_000))
    part.set_inputs(S, Inputs(2_100_000))
    assert not part.follows_echo
    part.set_inputs(2 * S, Inputs(1_000_000))
    assert part.follows_echo


def test_looking_changes_nothing_and_a_second_run_is_the_same() -> None:
    case = Case(10_000, 3_000, 300, 50, 0.2)
    seen, unseen = play(case, 120, looks=7), play(case, 120)
    assert seen.pieces == unseen.pieces
    assert seen.total == unseen.total
    assert seen.part.content(120 * S) == unseen.part.content(120 * S)


def test_unchanged_inputs_anchor_nothing_until_a_look_is_due() -> None:
    part = CacheFill(Plan(10_000), 0, PLENTY, Inputs(1_000_000), warm=False)
    before, due = part.breakpoints, part.next_change_us()
    assert due is not None
    assert not part.set_inputs(due - 1, Inputs(1_000_000, asked=5, granted=5))
    assert part.breakpoints == before
    assert part.set_inputs(due, Inputs(1_000_000))
    with pytest.raises(ValueError, match="cannot change"):
        part.set_inputs(due - 1, Inputs(1))


# -- every pattern, request by request -----------------------------------------------------------------------------


def fill_of(requests: Requests, *, warm: bool = True) -> CacheFill:
    """The same cache in closed form."""
    pattern = {
        (True, False): Pattern.LAZY,
        (False, True): Pattern.WRITE_THROUGH,
        (True, True): Pattern.BOTH,
    }[requests.lazy, requests.through]
    plan = Plan(
        requests.keys,
        Pattern.SESSION if requests.slides else pattern,
        0 if math.isinf(requests.ttl) else round(requests.ttl * S),
        round(requests.jitter * 1000),
        1000,
        requests.evicts,
        requests.zipf,
    )
    inputs = Inputs(round(requests.reads * 1000), writes=round(requests.writes * 1000))
    return CacheFill(plan, 0, requests.room * 1000, inputs, warm=warm)


@dataclass
class Shares:
    """What a stretch of time brought; per second, but for shares."""

    hit: float
    stale: float
    evicted: float
    refused: float


def over(part: CacheFill, from_s: float, to_s: float) -> Shares:
    """What the closed form says of a stretch; the part goes on to its end."""
    totals = [0.0] * 5
    now = 0
    while now < to_s * S:
        part.set_inputs(now, part.inputs)
        next_us = min(part.next_change_us() or round(to_s * S), round(to_s * S))
        seconds = max(0.0, next_us / S - max(from_s, now / S))
        rates = part.rates
        for number, rate in enumerate((rates.reads, rates.hits, rates.stale, rates.evictions, rates.refusals)):
            totals[number] += rate * seconds
        now = next_us
    reads, hits, stale, evicted, refused = totals
    return Shares(hits / reads, stale / hits, evicted / 1000 / (to_s - from_s), refused / 1000 / (to_s - from_s))


STEADY = {
    "lazy": Requests(2000, 2000, 100, ttl=20, jitter=0.3),
    "lazy, all jitter": Requests(2000, 2000, 100, ttl=20, jitter=1),
    "write-through alone": Requests(2000, 2000, 200, ttl=20, lazy=False, through=True),
    "lazy and write-through": Requests(2000, 2000, 200, ttl=20, through=True),
    "sessions": Requests(2000, 200, ttl=20, slides=True, zipf=False),
    "LRU": Requests(2000, 2000, room=300),
    "LRU, uniform": Requests(2000, 2000, room=500, zipf=False),
    "LRU and TTL": Requests(2000, 1000, room=300, ttl=10, jitter=1),
    "LRU, written through": Requests(2000, 2000, 200, room=300, through=True),
    "nothing may go": Requests(2000, 2000, room=300, evicts=False),
    "nothing may go but by TTL": Requests(2000, 1000, room=300, evicts=False, ttl=10, jitter=1),
}


@pytest.mark.fact("CACHE-20", "CACHE-21", "CACHE-22")
@pytest.mark.parametrize("name", STEADY)
def test_a_steady_cache_is_what_random_requests_make_of_it(name: str) -> None:
    requests = STEADY[name]
    requests.play(60, 60)
    shares = over(fill_of(requests), 0, 1)
    assert shares.hit == pytest.approx(requests.hits / requests.gets, abs=0.012)
    assert shares.stale == pytest.approx(requests.stale / requests.hits, abs=0.015)
    assert shares.evicted == pytest.approx(requests.evicted / 60, rel=0.05, abs=1)
    assert shares.refused == pytest.approx(requests.refused / 60, rel=0.05, abs=1)


COLD = {
    "lazy, no TTL": Requests(2000, 2000, 100),
    "lazy, TTL": Requests(2000, 2000, 100, ttl=12),
    "write-through alone": Requests(2000, 2000, 200, ttl=12, lazy=False, through=True),
    "lazy and write-through": Requests(2000, 2000, 200, ttl=12, through=True),
    "LRU": Requests(2000, 500, room=600),
    "LRU, uniform": Requests(8000, 2000, room=2400, zipf=False),
    "nothing may go": Requests(2000, 500, room=600, evicts=False),
    "sessions": Requests(10_000, 1000, ttl=30, slides=True, zipf=False),
}


OPTIONS = ("keys", "reads", "writes", "zipf", "ttl", "jitter", "room", "evicts", "lazy", "through", "slides")


@pytest.mark.parametrize("window", [(0, 10), (10, 20), (20, 40)], ids=str)
@pytest.mark.parametrize("name", COLD)
def test_a_cold_cache_becomes_what_random_requests_make_of_it(name: str, window: tuple[int, int]) -> None:
    requests = COLD[name]
    requests = Requests(**{key: getattr(requests, key) for key in OPTIONS})
    requests.play(window[0], window[1] - window[0])
    shares = over(fill_of(requests, warm=False), *window)
    assert shares.hit == pytest.approx(requests.hits / requests.gets, abs=0.015)
    assert shares.stale == pytest.approx(requests.stale / requests.hits, abs=0.025)
    assert shares.evicted == pytest.approx(requests.evicted / (window[1] - window[0]), rel=0.07, abs=3)
    assert shares.refused == pytest.approx(requests.refused / (window[1] - window[0]), rel=0.07, abs=3)


# -- what happens to it --------------------------------------------------------------------------------------------


def go_on(part: CacheFill, now_us: int, until_us: int) -> None:
    """Let time pass with the same inputs."""
    while (next_us := part.next_change_us()) is not None and next_us <= until_us:
        part.set_inputs(next_us, part.inputs)


def test_lazy_loading_holds_only_what_was_asked_for() -> None:
    part = CacheFill(Plan(100_000), 0, PLENTY, Inputs(1_000_000), warm=False)
    go_on(part, 0, 20 * S)
    assert 0 < part.content(20 * S).items < 20 * 1_000
    hottest, *_, coldest = part.content(20 * S).classes
    assert hottest > 990_000_000
    assert coldest < 200_000_000


@pytest.mark.fact("CACHE-12", "CACHE-14")
def test_reads_become_stale_where_writes_do_not_reach_the_cache_and_only_there() -> None:
    lazy, both = (
        CacheFill(Plan(10_000, pattern), 0, PLENTY, Inputs(1_000_000, writes=50_000))
        for pattern in (Pattern.LAZY, Pattern.BOTH)
    )
    shares = []
    for minute in range(5):
        for part in (lazy, both):
            go_on(part, 0, minute * 60 * S)
        shares.append(lazy.content(minute * 60 * S).stale_ppm)
        assert both.content(minute * 60 * S).stale_ppm == 0
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 500_000
    cut = both.inputs._replace(refreshes=False)  # the cache cannot be written: what it still answers becomes old
    both.set_inputs(300 * S, cut)
    go_on(both, 300 * S, 360 * S)
    aged = both.content(360 * S).stale_ppm
    assert aged > 300_000
    both.set_inputs(360 * S, cut._replace(refreshes=True))
    go_on(both, 360 * S, 4_000 * S)
    assert both.content(4_000 * S).stale_ppm < aged / 5


def test_a_shorter_ttl_is_fresher_and_misses_more() -> None:
    contents = [
        CacheFill(Plan(10_000, ttl_us=ttl * S), 0, PLENTY, Inputs(1_000_000, writes=20_000)).content(0)
        for ttl in (10, 60, 600)
    ]
    assert [one.hit_ppm for one in contents] == sorted(one.hit_ppm for one in contents)
    assert [one.stale_ppm for one in contents] == sorted(one.stale_ppm for one in contents)


@pytest.mark.fact("CACHE-17")
def test_write_through_alone_misses_what_was_not_written_yet_and_lazy_loading_mends_it() -> None:
    found = {}
    for pattern in (Pattern.WRITE_THROUGH, Pattern.BOTH):
        part = CacheFill(Plan(50_000, pattern), 0, PLENTY, Inputs(5_000_000, writes=50_000))
        part.flush(0)
        go_on(part, 0, 60 * S)
        found[pattern] = part.content(60 * S).hit_ppm
    assert found[Pattern.WRITE_THROUGH] < 600_000 < 940_000 < found[Pattern.BOTH]


@pytest.mark.fact("CACHE-03")
def test_a_large_key_space_that_is_all_needed_is_no_work_for_a_cache() -> None:
    few = CacheFill(Plan(100_000), 0, 10_000 * 1024, Inputs(5_000_000))
    large = CacheFill(Plan(100_000, skewed=False), 0, 10_000 * 1024, Inputs(5_000_000))
    assert few.rates.hit_ppm > 700_000
    assert large.rates.hit_ppm == pytest.approx(100_000, abs=1_000)
    assert large.rates.evictions == pytest.approx(large.rates.misses, rel=0.001)


def test_more_memory_ends_evictions_and_less_evicts_the_least_popular_first() -> None:
    part = CacheFill(Plan(20_000), 0, 8_000 * 1024, Inputs(5_000_000))
    assert part.is_full
    assert part.rates.evictions > 0
    assert part.resize(S, 30_000 * 1024) == 0
    go_on(part, S, 600 * S)
    assert part.rates.evictions == 0
    assert part.content(600 * S).items > 19_900
    assert part.resize(600 * S, 5_000 * 1024) == pytest.approx(15_000, abs=100)
    content = part.content(600 * S)
    assert content.items == 5_000
    assert content.classes[0] > 990_000_000
    assert content.classes[-1] == 0


def test_a_memory_that_may_not_evict_refuses() -> None:
    part = CacheFill(Plan(20_000, evicts=False), 0, 8_000 * 1024, Inputs(5_000_000), warm=False)
    go_on(part, 0, 600 * S)
    assert part.content(600 * S).items == 8_000
    assert part.rates.refusals == part.rates.misses > 0
    assert part.rates.evictions == part.rates.fills == 0
    assert part.flush(600 * S) == 8_000
    assert part.rates.refusals == 0


def test_users_whose_sessions_are_lost_log_in_again_as_they_come_back() -> None:
    plan = Plan(10_000, Pattern.SESSION, ttl_us=1_800 * S, item_bytes=2048)
    part = CacheFill(plan, 0, PLENTY, Inputs(500_000))
    assert part.content(0).items == 10_000
    assert part.content(0).bytes == 10_000 * 2048
    assert part.rates.answered < 1_000
    assert part.flush(S) == 10_000
    logins = 0
    now = S
    while now < 600 * S:
        settle(part, now, 300_000)
        next_us = min(part.next_change_us() or 600 * S, 600 * S)
        logins += part.rates.answered * (next_us - now)
        now = next_us
    assert logins / 1e9 == pytest.approx(10_000, rel=0.01)


def test_a_part_that_takes_over_keys_does_not_have_them_yet() -> None:
    part = CacheFill(Plan(90_000), 0, PLENTY, Inputs(1_000_000), part_ppm=333_333)
    assert part.content(0).items == 30_000
    part.take(S, 500_000)
    part.set_inputs(S, Inputs(1_500_000))
    assert part.content(S).items == 30_000
    assert part.content(S).hit_ppm == pytest.approx(666_667, abs=1_000)
    part.take(2 * S, 250_000)
    assert part.content(2 * S).items == pytest.approx(15_000, rel=0.15)  # and of those it keeps, it has what it had


def test_a_replica_in_sync_takes_over_with_what_the_primary_held() -> None:
    plan = Plan(10_000, ttl_us=60 * S)
    primary, replica = (CacheFill(plan, 0, PLENTY, Inputs(1_000_000), warm=warm) for warm in (True, False))
    replica.adopt(5 * S, primary)
    assert replica.content(5 * S) == primary.content(5 * S)
    with pytest.raises(ValueError, match="the same keys"):
        replica.adopt(6 * S, CacheFill(Plan(5), 0, PLENTY, Inputs(1)))


def test_a_database_that_answers_nothing_lets_a_cache_run_dry_one_lifetime_later() -> None:
    part = CacheFill(Plan(10_000, ttl_us=60 * S, skewed=False), 0, PLENTY, Inputs(2_000_000))
    part.set_inputs(0, Inputs(2_000_000, asked=1_000_000, granted=0))
    go_on(part, 0, 30 * S)
    assert part.content(30 * S).hit_ppm == pytest.approx(500_000 * 12 / 13, rel=0.02)
    go_on(part, 30 * S, 61 * S)
    assert part.content(61 * S).items == 0


scripts = st.lists(
    st.tuples(
        st.integers(1, 40 * S),
        st.sampled_from(["inputs", "flush", "half", "resize", "take", "adopt", "look"]),
        st.integers(0, 3_000_000),
        st.integers(0, 1_000_000),
        st.integers(0, 200_000),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
plans = st.builds(
    Plan,
    keys=st.integers(1, 30_000),
    pattern=st.sampled_from(list(Pattern)),
    ttl_us=st.sampled_from([0, S, 20 * S, 300 * S]),
    jitter_permille=st.sampled_from([0, 100, 900, 1000]),
    evicts=st.booleans(),
    skewed=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(plans, scripts)
def test_whatever_happens_the_numbers_add_up(plan: Plan, script: list[tuple[int, str, int, int, int, bool]]) -> None:
    part, now = CacheFill(plan, 0, PLENTY, Inputs(1_000_000, writes=10_000)), 0
    for wait, what, reads, limit, writes, flag in script:
        end = now + wait
        for _ in range(40):
            next_us = part.next_change_us()
            if next_us is None or next_us >= end:
                break
            assert next_us > now
            now = next_us
            part.set_inputs(now, part.inputs)
        now = max(now, min(end, part.next_change_us() or end))
        match what:
            case "inputs":
                part.set_inputs(now, Inputs(reads, reads, min(reads, limit), writes, flag, not flag))
            case "flush":
                part.flush(now)
                assert part.content(now).items == 0
            case "half":
                before = part.content(now).items
                assert part.flush(now, 500_000) == pytest.approx(before / 2, abs=1)
            case "resize":
                part.resize(now, (limit // 50 + 1) * plan.item_bytes)
            case "take":
                part.take(now, max(1, limit))
            case "adopt":
                part.adopt(now, CacheFill(plan, now, PLENTY, Inputs(reads)))
            case _:
                settle(part, now, limit)
        rates, content = part.rates, part.content(now)
        assert rates.hits + rates.misses == rates.reads
        assert 0 <= rates.stale <= rates.hits
        assert 0 <= rates.answered <= rates.misses
        assert min(rates) >= 0
        assert 0 <= content.items <= plan.keys + 1
        assert 0 <= content.hit_ppm <= 1_000_000
        assert 0 <= content.stale_ppm <= 1_000_000
        assert part.next_change_us() is None or (part.next_change_us() or 0) > now


# -- classes of keys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [1, 2, 7, 100, 9_999, 200_000])
def test_a_few_classes_stand_for_a_zipf_law(keys: int) -> None:
    classes = zipf(keys)
    assert len(classes) <= 16
    assert math.fsum(one.keys for one in classes) == pytest.approx(keys, rel=1e-6)
    assert math.fsum(one.share for one in classes) == pytest.approx(1)
    shares = popularity(keys, True)
    for asked in (0.3, 1, 3, 10, 100):  # requests per key since the flush: how much of the traffic hits by then
        exact = math.fsum(share * math.exp(-share * asked * keys) for share in shares)
        approximate = math.fsum(one.share * math.exp(-one.share / one.keys * asked * keys) for one in classes)
        assert approximate == pytest.approx(exact, abs=0.004 if keys > 50 else 0.01)
