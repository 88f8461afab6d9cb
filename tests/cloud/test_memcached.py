"""Memcached clusters: a ring of nodes that know nothing of each other, and what is gone with each."""

from __future__ import annotations

import pytest

from opsconsole.catalog import cache_node_type, engine, timing
from opsconsole.cloud import cache_ring
from opsconsole.cloud.cache_ring import RING
from tests.cloud.caches import CLUSTER, MEMCACHED, REDIS, CachePlay

NODES = ("0001", "0002", "0003")


@pytest.mark.fact("EC-MEM-01")
def test_every_key_has_one_node_and_the_shares_add_up_exactly() -> None:
    shares = CachePlay(MEMCACHED).cache("pages").ring_shares()
    assert tuple(shares) == NODES
    assert sum(shares.values()) == RING
    assert all(0.25 < share / RING < 0.42 for share in shares.values())


@pytest.mark.fact("EC-MEM-01")
def test_keys_fall_on_the_nodes_in_proportion_to_their_shares() -> None:
    count = dict.fromkeys(NODES, 0)
    for number in range(6000):
        count[cache_ring.node_of(f"page:{number}", NODES)] += 1
    shares = cache_ring.shares(NODES)
    for node in NODES:
        assert count[node] / 6000 == pytest.approx(shares[node] / RING, abs=0.02)


def test_a_node_more_takes_keys_from_the_others_and_moves_none_between_them() -> None:
    keys = [f"page:{number}" for number in range(500)]
    before = {key: cache_ring.node_of(key, NODES) for key in keys}
    after = {key: cache_ring.node_of(key, (*NODES, "0004")) for key in keys}
    moved = {key for key in keys if before[key] != after[key]}
    assert {after[key] for key in moved} == {"0004"}
    assert 0.12 < len(moved) / len(keys) < 0.4
    shares = cache_ring.shares((*NODES, "0004"))
    assert sum(shares.values()) == RING
    assert all(shares[node] < cache_ring.shares(NODES)[node] for node in NODES)


def test_a_ring_without_nodes_answers_for_no_key() -> None:
    assert cache_ring.shares(()) == {}
    with pytest.raises(ValueError, match="no node"):
        cache_ring.node_of("page:1", ())


@pytest.mark.fact("EC-MEM-03", "EC-MEM-02")
def test_a_lost_node_loses_exactly_its_part_and_nobody_takes_over() -> None:
    play = CachePlay(MEMCACHED)
    emptied: list[str] = []
    play.cache("pages").on_emptied = emptied.append
    before = play.cache("pages").parts()
    play.at("T+60s az:outage us-east-1b for=10m").until("5m")
    assert emptied == ["0002"]
    assert play.cache("pages").parts() == before  # clients still look for its keys there
    assert not play.node("pages/0002").running
    assert play.node("pages/0001").running
    assert not play.truth("failover")
    assert not play.truth("role")


@pytest.mark.fact("EC-MEM-03", "EC-05")
def test_a_dead_node_is_replaced_in_minutes_empty_under_the_same_name() -> None:
    play = CachePlay(MEMCACHED)
    fqdn = play.name("pages/0001").fqdn
    play.at("T+60s sim:crash-host pages/0001").until("30m")
    assert play.events("pages") == ["ElastiCache:CacheNodeReplaceStarted", "ElastiCache:CacheNodeReplaceComplete"]
    back = play.when("engine", "pages/0001")[-1]
    row = timing("memcached-node-replacement")
    assert 60 + row.min_s <= back <= 60 + 2 * row.max_s + 15
    assert play.name("pages/0001").fqdn == fqdn
    assert play.answers("pages/0001") == ("pages/0001",)
    assert not play.moves("pages/0001")
    assert play.statuses("pages/0001") == ["creating", "available"]


def test_a_replacement_waits_for_its_zone() -> None:
    play = CachePlay(MEMCACHED).at("T+60s az:outage us-east-1a for=30m").until("30m")
    assert play.events("pages") == []
    play.until("60m")
    assert play.when("host", "pages/0001")[0] > 1860 + timing("memcached-node-replacement").min_s


@pytest.mark.fact("EC-MEM-07")
def test_a_node_more_is_learnt_from_the_configuration_endpoint_within_a_minute() -> None:
    play = CachePlay(MEMCACHED)
    changes: list[float] = []
    play.cache("pages").on_parts_change = lambda: changes.append(play.now)
    play.do("elasticache:modify-cache-cluster pages nodes=4 zones=b").until("60m")
    assert play.answers("pages.configuration") == tuple(f"pages/{number:04}" for number in range(1, 5))
    assert play.node("pages/0004").zone.name == "us-east-1b"
    ((told, _),) = play.moves("pages.configuration")
    assert changes == [pytest.approx(told + 60)]
    assert tuple(play.cache("pages").ring_shares()) == (*NODES, "0004")
    assert play.said("pages")[-1] == "ElastiCache:AddCacheNodeComplete : pages"


@pytest.mark.fact("EC-MEM-07")
def test_a_removed_node_is_looked_for_until_the_next_look() -> None:
    play = CachePlay(MEMCACHED)
    emptied: list[str] = []
    play.cache("pages").on_emptied = emptied.append
    play.do("elasticache:modify-cache-cluster pages nodes=2 remove=0002")
    gone = play.until_row("engine", "pages/0002", now="deleted")
    assert emptied == ["0002"]
    assert "0002" in play.cache("pages").parts()
    asked = play.cache("pages").serving("0002", False)
    assert asked is not None
    assert asked.answers.value == ()
    play.until(f"{gone + 61:.0f}s")
    assert tuple(play.cache("pages").parts()) == ("0001", "0003")
    assert play.cache("pages").serving("0002", False) is None
    assert sum(share for share, _ in play.cache("pages").parts().values()) == RING
    assert "pages/0002" not in play.cloud.servers


def test_a_reboot_empties_the_nodes_that_were_named() -> None:
    play = CachePlay(MEMCACHED)
    emptied: list[str] = []
    play.cache("pages").on_emptied = emptied.append
    play.at("T+60s elasticache:reboot-cache-cluster pages/0001 nodes=0003").until("20m")
    assert emptied == ["0001", "0003"]
    assert play.said("pages") == [
        "Cache node 0001 shutdown",
        "Cache node 0003 shutdown",
        "Cache node 0001 restarted",
        "Cache node 0003 restarted",
        "ElastiCache:CacheNodesRebooted : pages",
    ]
    assert play.statuses("pages") == ["rebooting cluster nodes", "available"]
    assert play.node("pages/0002").boots == 1


@pytest.mark.fact("EC-MEM-05")
def test_a_memcached_node_answers_with_every_vcpu_and_a_redis_node_with_one() -> None:
    large, larger = cache_node_type("cache.r6g.large"), cache_node_type("cache.r6g.2xlarge")
    memcached, redis = engine("memcached"), engine("redis")
    assert larger.capacity(memcached) / large.capacity(memcached) == larger.vcpu / large.vcpu
    assert larger.capacity(redis) / large.capacity(redis) < larger.vcpu / large.vcpu / 1.5
    node = CachePlay(MEMCACHED).node("pages/0001")
    assert node.capacity() == (large.capacity(memcached) * 1000,) * 2


@pytest.mark.fact("EC-MEM-02", "EC-09")
@pytest.mark.parametrize(
    "line",
    [
        "elasticache:test-failover pages",
        "elasticache:increase-replica-count pages new=1",
        "elasticache:decrease-replica-count pages new=0",
        "elasticache:modify-replication-group pages multi-az=true",
        "elasticache:modify-replication-group-shard-configuration pages shards=4",
    ],
)
def test_replicas_failover_and_multi_az_are_refused_for_memcached(line: str) -> None:
    refused = CachePlay(MEMCACHED).refusal(line)
    assert refused.code == "ReplicationGroupNotFoundFault"
    assert "know nothing of each other" in refused.sentence


@pytest.mark.fact("EC-MEM-04")
def test_memcached_has_no_snapshots() -> None:
    refused = CachePlay(MEMCACHED).refusal("elasticache:create-snapshot pages name=monday")
    assert refused.code == "SnapshotFeatureNotSupportedFault"
    assert CachePlay(REDIS).do("elasticache:create-snapshot sessions name=monday").cache().status.value


@pytest.mark.parametrize("fleet", [MEMCACHED, REDIS, CLUSTER])
def test_a_flush_empties_every_part_and_stops_nothing(fleet: str) -> None:
    play = CachePlay(fleet)
    (group,) = play.cloud.caches.values()
    emptied: list[str] = []
    group.on_emptied = emptied.append
    play.at(f"T+60s sim:cache-flush {group.id}").until("5m")
    assert emptied == list(group.shards)
    assert all(node.running and node.boots == 1 for node in group.nodes.values())
