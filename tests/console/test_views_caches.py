"""Caches on the screen: shards, the ring, what they hold, and what an app feels of them."""

from __future__ import annotations

import re

import pytest

from opsconsole.cloud import Cloud
from opsconsole.console.views import breadcrumb, event_feed, kind_of, map_view, plain, tab_view, tabs_for, things
from opsconsole.console.views.layout import cells
from opsconsole.fleet import load_fleet
from tests.console.ledger import cell, cloud_of, do, run, text_of
from tests.console.shop import THREE_SHARDS


def three_tier(seconds: float = 600) -> Cloud:
    cloud = Cloud(load_fleet("three_tier").fleet)
    run(cloud, seconds)
    return cloud


def test_a_group_stands_on_the_map_and_a_failover_moves_the_primary() -> None:
    cloud = three_tier()
    lines = map_view(cloud, 60)
    assert [cell(lines, f"sessions-00{n}") for n in (1, 2, 3)] == ["● P", "● R", "● R"]
    do(cloud, "az:outage us-east-1a")
    run(cloud, 40)
    lines = map_view(cloud, 60)
    assert cell(lines, "sessions-001") == "✖ R"
    assert [cell(lines, f"sessions-00{n}")[-1] for n in (2, 3)].count("P") == 1
    assert "AWS says available" in text_of(cloud, "sessions", "Topology")
    assert "failover begins" in plain(event_feed(cloud, 160, source="sessions"))


def test_shards_show_their_slots_and_writes_that_were_lost() -> None:
    cloud = cloud_of(THREE_SHARDS)
    text = text_of(cloud, "cart", "Topology", 120)
    assert re.search(r"0001\s+0-5461\s+● available\s+cart-0001-001 \w", text)
    assert re.search(r"0003\s+10923-16383", text)
    assert "writes lost" in text
    assert "writes lost" not in text_of(cloud, "cart", "Topology", 120, truth=False)
    assert "shard 0002  TTL" in text_of(cloud, "cart", "Endpoints")


def test_the_ring_gives_every_node_its_share_and_a_lost_node_its_keys() -> None:
    cloud = cloud_of(THREE_SHARDS)
    text = text_of(cloud, "pages", "Topology")
    shares = [float(share) for share in re.findall(r"([\d.]+) %", text)]
    assert len(shares) >= 3
    assert sum(shares[-3:]) == pytest.approx(100, abs=0.05)
    do(cloud, "az:outage us-east-1b")
    run(cloud, 2)
    assert "1 of 3 nodes down: the keys there are gone" in plain(map_view(cloud, 70))
    assert "Memcached has no snapshots" in text_of(cloud, "pages", "Config")


def test_a_flush_is_a_stampede_with_an_estimate_and_the_cache_refills() -> None:
    cloud = three_tier()
    before = text_of(cloud, "storefront", "Cache")
    assert re.search(r"hit share\s+█+░* 9\d\.\d+ %", before)
    assert "stampede" not in before
    do(cloud, "sim:cache-flush sessions")
    run(cloud, 5)
    text = text_of(cloud, "storefront", "Cache")
    found = re.search(
        r"stampede: the database answers \d+/s of [\d,]+/s misses\s+until it answers them all: about (\d+) s", text
    )
    assert found is not None
    assert re.search(r"shop-ro/1 at 1\d\d %", text)
    run(cloud, int(found[1]) * 1.3 + 2)
    assert "stampede" not in text_of(cloud, "storefront", "Cache")
    assert "stampede" not in text_of(cloud, "storefront", "Cache", truth=False)


def test_a_session_store_counts_who_was_signed_out() -> None:
    cloud = cloud_of(THREE_SHARDS)
    assert re.search(r"sessions\s+[\d,]+ of 5,000 users are signed in", text_of(cloud, "carts", "Cache"))
    do(cloud, "sim:cache-flush cart")
    run(cloud, 1)
    assert re.search(r"[\d,]+ were lost and signed out", text_of(cloud, "carts", "Cache"))


def test_only_an_app_with_a_cache_has_its_tab() -> None:
    cloud = Cloud(load_fleet("aurora_mysql").fleet)
    assert "Cache" not in tabs_for(cloud, "checkout")
    assert "Cache" in tabs_for(three_tier(1), "storefront")


def test_every_tab_of_every_thing_fits_in_every_width_and_in_ascii() -> None:
    cloud = cloud_of(THREE_SHARDS)
    do(cloud, "az:outage us-east-1a")
    run(cloud, 8)
    for id in things(cloud):
        assert kind_of(cloud, id)
        assert breadcrumb(cloud, id)[-1] == id
        for tab in tabs_for(cloud, id):
            for truth in (True, False):
                for width in (160, 78, 44, 30):
                    lines = tab_view(cloud, id, tab, width, truth=truth)
                    assert lines, f"{id} {tab}"
                    for line in lines:
                        assert cells(line.text) <= width, f"{id} {tab}: {line.text!r}"
                drawn = plain(tab_view(cloud, id, tab, 78, truth=truth, ascii=True))
                assert drawn.isascii()
                assert "?" not in drawn, f"{id} {tab}: {drawn}"


def test_aws_view_shows_a_cache_by_its_status_only() -> None:
    cloud = three_tier()
    do(cloud, "az:outage us-east-1a")
    run(cloud, 1)
    lines = map_view(cloud, 60, truth=False)
    assert cell(lines, "sessions-001") == "● P"
    assert "AWS does not show it" in text_of(cloud, "sessions", "Keys", truth=False)
    assert "lag" not in text_of(cloud, "sessions", "Topology", truth=False)
