"""How apps use caches: what each pattern costs, what it saves, and what it does when the cache loses its keys."""

import pytest

from opsconsole.cloud.caching import AppCache, CacheService
from tests.cloud.cache_fleets import BARE, shop
from tests.cloud.play import SECOND, Play


def cache(play: Play, app: str = "store") -> AppCache:
    found = play.app(app).cache
    assert found is not None
    return found


def service(play: Play) -> CacheService:
    return cache(play).service.value


def database_reads(play: Play) -> int:
    return play.cloud.traffic.load("shop/1").reads


# -- what a cache is for ------------------------------------------------------------------------------------------


@pytest.mark.fact("EC-02", "CACHE-01")
def test_an_answer_of_the_cache_takes_a_fraction_of_the_databases_time() -> None:
    cached, bare = Play(shop()).until("1m"), Play(BARE).until("1m")
    assert service(cached).get_us * 3 < bare.app("store").service.value.read_us


@pytest.mark.fact("EC-03", "EC-11", "CACHE-02")
def test_hits_are_answered_by_the_cache_and_the_database_sees_the_misses_only() -> None:
    play = Play(shop()).until("1m")
    now = service(play)
    assert now.gets == 3_000_000
    assert now.hit_permille > 950
    assert database_reads(play) == now.from_database == now.gets - now.hits


@pytest.mark.fact("EC-12", "CACHE-08", "CACHE-11")
def test_lazy_loading_makes_one_call_for_a_hit_and_three_for_a_miss() -> None:
    play = Play(shop()).until("1m")
    now, writes = service(play), 20_000
    calls = now.hits + 3 * (now.gets - now.hits) + writes
    assert now.calls_permille == pytest.approx(calls * 1000 / (3_000_000 + writes), rel=0.002)
    assert now.sets == pytest.approx(now.gets - now.hits, rel=0.001)


@pytest.mark.fact("CACHE-03")
def test_a_large_and_flat_set_of_keys_is_hardly_cached() -> None:
    few, many = Play(shop(keys=5_000)).until("1m"), Play(shop(keys=50_000_000)).until("1m")
    assert service(few).hit_permille > 980
    assert service(many).hit_permille < 800


# -- staleness ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("CACHE-12", "EC-13")
def test_lazy_loading_serves_what_has_changed_in_the_database_until_the_ttl_ends() -> None:
    long, short = Play(shop(ttl="1h")).until("1m"), Play(shop(ttl="1m")).until("1m")
    assert service(long).stale > service(short).stale > 0
    assert long.saw("store", "0s", "1m").reads_stale > 0


@pytest.mark.fact("CACHE-13", "CACHE-14", "CACHE-15")
def test_write_through_is_never_stale_and_each_write_is_two_calls() -> None:
    play = Play(shop(pattern="lazy+write-through")).until("1m")
    now = service(play)
    assert now.stale == 0
    assert now.sets - (now.gets - now.hits) == pytest.approx(20_000, rel=0.01)
    lazy = Play(shop(pattern="lazy")).until("1m")
    once, twice = (one.app("store").service.value.write_us for one in (lazy, play))
    assert twice > once + 200  # the user waits for the second call: a round trip at the least


@pytest.mark.fact("CACHE-17")
def test_write_through_alone_has_nothing_for_what_was_not_written_and_lazy_loading_beside_it_helps() -> None:
    alone, both = (Play(shop(pattern=pattern)).until("1m") for pattern in ("write-through", "lazy+write-through"))
    for play in (alone, both):
        play.do("sim:cache-flush redis").wait("1m")
    assert "write-through alone" in alone.app("store").service.value.errors[0][0]
    seen = [play.saw("store", "90s", "2m") for play in (alone, both)]
    assert seen[0].reads_ok < 0.9 * seen[1].reads_ok


# -- TTL ----------------------------------------------------------------------------------------------------------


@pytest.mark.fact("CACHE-21", "CACHE-22")
def test_a_shorter_ttl_costs_the_database_reads_and_buys_freshness() -> None:
    plays = [Play(shop(ttl=ttl)).until("1m") for ttl in ("30s", "5m", "1h")]
    assert [service(play).from_database for play in plays] == sorted(
        (service(play).from_database for play in plays), reverse=True
    )
    assert [service(play).stale for play in plays] == sorted(service(play).stale for play in plays)


# -- losing the keys ----------------------------------------------------------------------------------------------


@pytest.mark.fact("CACHE-10")
def test_a_cold_cache_is_no_failure_where_the_database_can_carry_it() -> None:
    play = Play(shop(keys=2_000).replace('"3000/s"', '"900/s"')).until("1m").do("sim:cache-flush redis")
    cold = play.app("store").service.value.read_us
    assert cold > 1.5 * play.wait("10m").app("store").service.value.read_us
    assert play.all_well("store", "0s", "11m")


def test_a_cold_cache_in_front_of_a_database_that_cannot_carry_it_is_a_stampede_that_ends() -> None:
    play = Play(shop(keys=100_000)).until("1m").do("sim:cache-flush redis").wait("1s")
    assert play.app("store").health.value == "impaired"
    assert play.cloud.traffic.load("shop/1").demand_permille > 1000
    play.wait("15m")
    assert play.app("store").health.value == "ok"
    assert service(play).hit_permille > 900


@pytest.mark.fact("EC-MEM-03")
def test_a_lost_memcached_node_takes_its_share_of_the_keys_and_no_more() -> None:
    play = Play(shop("memory")).until("1m")
    share = cache(play).parts["0002"]
    before = {id: part.fill.content(play.cloud.now_us).items for id, part in cache(play).parts.items()}
    play.do("az:outage us-east-1b for=30m")
    after = {id: part.fill.content(play.cloud.now_us).items for id, part in cache(play).parts.items()}
    assert after["0002"] == 0
    assert (after["0001"], after["0003"]) == (before["0001"], before["0003"])
    lost = before["0002"] / sum(before.values())
    assert lost == pytest.approx(share.num / share.den, rel=0.02)
    assert database_reads(play) > 5 * 100_000


def test_a_redis_failover_keeps_the_keys() -> None:
    play = Play(shop()).until("1m").do("az:outage us-east-1a for=30m").wait("2m")
    assert service(play).hit_permille > 900
    assert play.answers("redis.primary") != ("redis-001",)


def test_users_in_a_dead_zone_are_lost_to_the_app_and_ask_neither_cache_nor_database() -> None:
    play = Play(shop()).until("1m").do("az:outage us-east-1b for=30m").wait("1s")
    seen = play.app("store").books.rates_at(play.cloud.now_us)
    assert seen.reads_ok == pytest.approx(2_000_000, rel=0.001)
    play.wait("1m")
    assert play.app("store").health.value == "ok"


# -- memory -------------------------------------------------------------------------------------------------------


@pytest.mark.fact("CACHE-19", "CACHE-20", "CACHE-25")
def test_a_full_cache_evicts_the_least_popular_keys_and_a_larger_node_ends_that() -> None:
    fleet = shop(keys=3_000_000, ttl="24h", more='item = "4 KiB"').replace(
        'engine = "redis"\n', 'engine = "redis"\nnode_type = "cache.m6g.large"\n'
    )
    play = Play(fleet).until("5m")
    part = cache(play).parts["0001"]
    assert part.flow.value.evictions > 0
    held = part.fill.content(play.cloud.now_us)
    assert held.bytes <= part.memory_bytes
    assert held.classes[0] > held.classes[-1]
    large = Play(fleet.replace("cache.m6g.large", "cache.r6g.2xlarge")).until("5m")
    assert cache(large).parts["0001"].flow.value.evictions == 0


def test_where_nothing_may_be_evicted_new_keys_are_refused() -> None:
    fleet = shop(keys=3_000_000, ttl="24h", more='item = "4 KiB"').replace(
        'engine = "redis"\n',
        'engine = "redis"\nnode_type = "cache.m6g.large"\nparameters = { maxmemory-policy = "noeviction" }\n',
    )
    play = Play(fleet).until("5m")
    flow = cache(play).parts["0001"].flow.value
    assert flow.refused > 0
    assert flow.evictions == 0


# -- hot key ------------------------------------------------------------------------------------------------------


def test_a_hot_key_loads_one_node() -> None:
    even, hot = Play(shop("memory")).until("1m"), Play(shop("memory", more="hot_key = 0.5")).until("1m")
    loads = [
        sorted(play.cloud.traffic.load(f"memory/{number}").reads for number in ("0001", "0002", "0003"))
        for play in (even, hot)
    ]
    assert loads[0][-1] < 0.45 * 3_000_000
    assert loads[1][-1] > 0.6 * 3_000_000


# -- sessions -----------------------------------------------------------------------------------------------------

SESSIONS = shop(pattern="session", keys=50_000, ttl="30m")


@pytest.mark.fact("EC-14", "EC-04")
def test_users_stay_signed_in_when_the_zone_of_their_session_store_fails_over() -> None:
    play = Play(SESSIONS).until("1m").do("az:outage us-east-1a for=30m").wait("5m")
    assert play.truth("sessions", "store") == []
    assert play.app("store").health.value == "ok"


def test_users_of_a_flushed_session_store_have_to_sign_in_again() -> None:
    play = Play(SESSIONS).until("1m").do("sim:cache-flush redis").wait("1s")
    lost = play.truth("sessions", "store")[0]["lost"]
    assert isinstance(lost, int)
    assert lost > 40_000
    assert "sign in" in play.app("store").service.value.errors[0][0]
    play.wait("10m")
    assert play.app("store").health.value == "ok"
    assert database_reads(play) == 0


# -- a look and what it finds -----------------------------------------------------------------------------------------


def test_an_app_does_not_go_to_and_fro_at_one_instant_while_a_reader_reboots() -> None:
    """A look at a cache may be repeated at its instant; no repetition takes back what the first one told."""
    play = Play("global_aurora").at("T+5m rds:reboot-db-instance orders-3").until("10m")
    told = [(row["t"], row["source"]) for row in play.rows if row.get("kind") == "app" and "was" in row]
    assert ("checkout", 300) in {(source, at // SECOND) for at, source in told}
    assert len(told) == len(set(told))


def test_the_database_is_asked_for_what_is_missed_from_the_instant_at_which_a_reader_is_lost() -> None:
    play = Play("global_aurora").until("4m")
    before = cache(play, "checkout").look.misses
    play.at("T+5m rds:reboot-db-instance orders-3").until("5m")
    missed = sum(part.fill.rates.misses for part in cache(play, "checkout").parts.values())
    assert missed == cache(play, "checkout").look.misses > 1.2 * before


def test_a_reader_that_is_down_costs_a_share_of_the_misses_and_is_no_stampede() -> None:
    """While half of the connections find nobody, half of whatever is missed is answered, and no relief is foreseen."""
    play = Play("global_aurora").at("T+1m sim:crash-host orders-3 for=10m").until("62s")
    parts = list(cache(play, "checkout").parts.values())
    assert [part.relief_us for part in parts] == [None]
    rates = parts[0].fill.rates
    assert rates.answered / rates.misses == pytest.approx(0.5, abs=0.001)
