"""A key that everybody asks for, and strangers who fill a cache: one part is busy, and memory is short."""

import pytest

from opsconsole.cloud import cache_metrics
from opsconsole.cloud.caching import CacheService
from tests.cloud.play import Play

STORM = "T+1m sim:eviction-storm sessions left=50% for=20m"
NODE = "sessions-001"


def metric(play: Play, name: str, node: str = NODE) -> float:
    found = cache_metrics.find(play.cloud, node)
    assert found is not None
    told = cache_metrics.value(play.cloud, found, name, play.cloud.now_us)
    assert told is not None
    return told


def service(play: Play, app: str = "storefront") -> CacheService:
    cache = play.app(app).cache
    assert cache is not None
    return cache.service.value


def gets(play: Play) -> dict[str, int]:
    """Reads of each node of `pages`, in milli-reads per second."""
    return {id: node.load.value.reads for id, node in play.cloud.caches["pages"].nodes.items()}


# -- a hot key ----------------------------------------------------------------------------------------------------


def test_the_part_with_the_hot_key_gets_its_reads_and_the_others_less_than_before() -> None:
    play = Play("global_aurora").until("1m")
    cache = play.app("storefront").cache
    assert cache is not None
    before, hot = gets(play), "pages/" + cache.hot_part()
    after = gets(play.do("sim:hot-key storefront share=60%").until("2m"))
    assert after[hot] > 0.7 * sum(after.values()) > 1.9 * before[hot]
    assert all(after[id] == pytest.approx(0.4 * before[id], rel=0.01) for id in before if id != hot)
    assert gets(play.do("heal storefront").until("3m")) == pytest.approx(before, rel=0.01)


def test_where_the_load_is_high_enough_one_node_is_at_its_limit_and_the_others_idle() -> None:
    play = Play("global_aurora").do("sim:hot-key storefront share=95%").until("1m")
    full = play.cloud.servers["pages/0001"].capacity()[0] // 1000
    play.do(f"app:set-rate storefront reads={2 * full}/s").until("2m")
    busy = sorted(node.load.value.utilisation for node in play.cloud.caches["pages"].nodes.values())
    assert busy[-1] == 1.0
    assert busy[0] < 0.1


def test_a_cache_of_one_part_has_every_key_there_and_an_app_without_a_cache_has_none() -> None:
    assert "one part" in str(Play("three_tier").refusal("sim:hot-key storefront"))
    assert "no cache" in str(Play("rds_multi_az").refusal("sim:hot-key billing-app"))
    play = Play("global_aurora").do("sim:hot-key storefront share=60%")
    assert "as hot already" in str(play.refusal("sim:hot-key storefront share=60%"))


# -- strangers ----------------------------------------------------------------------------------------------------


def test_memory_is_full_keys_are_evicted_all_the_time_and_the_database_is_asked_for_them() -> None:
    play = Play("three_tier").at(STORM).until("59s")
    before, kept = service(play), metric(play, "CurrItems")
    assert metric(play, "Evictions") == 0
    play.until("15m")
    assert metric(play, "DatabaseMemoryUsagePercentage") == pytest.approx(100, abs=0.1)
    assert metric(play, "Evictions") > 1_000
    assert metric(play, "CurrItems") == pytest.approx(kept / 2, rel=0.05)
    assert service(play).hit_permille < before.hit_permille - 30
    assert service(play).from_database > 1.3 * before.from_database


def test_when_the_strangers_have_gone_the_cache_fills_again_by_being_asked() -> None:
    play = Play("three_tier").at(STORM).until("59s")
    before, kept = service(play).hit_permille, metric(play, "CurrItems")
    play.until("22m")
    assert metric(play, "Evictions") == 0
    assert metric(play, "DatabaseMemoryUsagePercentage") < 15
    assert metric(play, "CurrItems") < 0.8 * kept
    play.until("1h")
    assert metric(play, "CurrItems") == pytest.approx(kept, rel=0.02)
    assert service(play).hit_permille == pytest.approx(before, abs=5)


def test_two_of_them_leave_what_the_worse_one_leaves() -> None:
    play = Play("three_tier").until("1m")
    kept = metric(play, "CurrItems")
    play.do("sim:eviction-storm sessions left=80%").do("sim:eviction-storm sessions left=50%").until("2m")
    assert metric(play, "CurrItems") < 0.45 * kept
    assert 0.6 * kept < metric(play.do("heal f2").until("40m"), "CurrItems") < 0.85 * kept


def test_what_evicts_nothing_has_no_such_storm() -> None:
    play = Play("three_tier").do("elasticache:modify-cache-parameter-group sessions maxmemory-policy=noeviction")
    assert "noeviction" in str(play.until("1m").refusal("sim:eviction-storm sessions"))
