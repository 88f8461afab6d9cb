"""What an app feels when a cache gets more or fewer parts: keys that move along, and keys that are missed once."""

from __future__ import annotations

import pytest

from opsconsole.cloud.cache_fill import CacheFill
from opsconsole.cloud.cache_plan import Inputs, Pattern, Plan
from tests.cloud.cache_fleets import shop
from tests.cloud.caches import CachePlay

SHARDED = shop("cart", keys=20_000, ttl="10m").replace(
    "[apps.store]",
    '[elasticache.cart]\nengine = "valkey"\nregion = "us-east-1"\nshards = 3\nreplicas = 1\n[apps.store]',
)


def hit_permille(play: CachePlay) -> int:
    cache = play.app("store").cache
    assert cache is not None
    return cache.service.value.hit_permille


def worst(play: CachePlay, until_s: int) -> int:
    least = 1000
    while play.now < until_s:
        least = min(least, hit_permille(play.wait("30s")))
    return least


@pytest.mark.fact("EC-RED-07")
@pytest.mark.parametrize("change", ["shards=4", "shards=2 remove=0002"])
def test_online_resharding_moves_keys_along_and_nothing_is_missed(change: str) -> None:
    play = CachePlay(SHARDED).until("60s")
    before = hit_permille(play)
    play.do(f"elasticache:modify-replication-group-shard-configuration cart {change}")
    assert worst(play, 2 * 3600) >= before - 15  # a tenth of a shard's keys would be 33
    cache = play.app("store").cache
    assert cache is not None
    assert tuple(cache.parts) == tuple(play.cache("cart").shards)
    assert sum(part.num for part in cache.parts.values()) == 16_384
    assert play.saw("store", "60s", "2h").reads_failed == 0


@pytest.mark.fact("EC-MEM-07")
def test_a_memcached_node_more_takes_its_share_of_the_keys_empty() -> None:
    play = CachePlay(shop("memory")).until("60s")
    before = hit_permille(play)
    play.do("elasticache:modify-cache-cluster memory nodes=4")
    learnt = play.until_row("dns", "memory", name="memory.configuration") + 60
    assert hit_permille(play) == pytest.approx(before, abs=5)
    play.until(f"{learnt + 0.001}s")
    share = play.cache("memory").ring_shares()["0004"] / 2**32
    cache = play.app("store").cache
    assert cache is not None
    assert cache.parts["0004"].fill.content(play.cloud.now_us).items < 50
    assert before * (1 - share) - 20 < hit_permille(play) < before - 100  # a mean over a moment in which it fills
    assert hit_permille(play.until(f"{learnt + 1200}s")) == pytest.approx(before, abs=10)


def test_a_removed_memcached_node_is_missed_until_clients_know_and_its_keys_are_asked_of_the_database() -> None:
    play = CachePlay(shop("memory")).until("60s")
    before, share = hit_permille(play), play.cache("memory").ring_shares()["0002"] / 2**32
    play.do("elasticache:modify-cache-cluster memory nodes=2 remove=0002")
    gone = play.until_row("engine", "memory/0002", now="deleted")
    play.wait("10s")
    assert hit_permille(play) == pytest.approx(before * (1 - share), abs=20)
    assert hit_permille(play.until(f"{gone + 1200}s")) == pytest.approx(before, abs=10)
    assert play.saw("store", f"{gone + 15}s", f"{gone + 1200}s").reads_failed == 0


def test_what_a_part_receives_of_another_are_as_many_keys_as_that_one_gives() -> None:
    plan = Plan(20_000, Pattern("lazy"), 600_000_000, 0, 2048, True)
    fills = [CacheFill(plan, 0, 2**30, Inputs(500_000), part_ppm=500_000, warm=warm) for warm in (True, False)]
    giver, taker = fills
    before = giver.content(0).items + taker.content(0).items
    taker.receive(0, giver, 250_000)
    giver.take(0, 250_000)
    assert taker.content(0).items == pytest.approx(before / 2, abs=2)
    assert giver.content(0).items + taker.content(0).items == pytest.approx(before, abs=2)
