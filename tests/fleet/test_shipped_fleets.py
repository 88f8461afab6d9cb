"""The shipped fleets have the ids that drills, lessons and tests rely on."""

import pytest

from opsconsole import catalog
from opsconsole.fleet import load_fleet, shipped_fleets


def test_the_global_fleet_has_the_ids_that_drills_rely_on() -> None:
    fleet = load_fleet("global_aurora").fleet
    assert list(fleet.aurora) == ["catalog", "orders", "orders-eu"]
    assert list(fleet.global_clusters) == ["orders-global"]
    assert list(fleet.rds) == ["ledger", "ledger-dr", "ledger-ro"]
    assert list(fleet.caches) == ["pages", "sessions"]
    assert list(fleet.apps) == ["billing", "checkout", "storefront", "storefront-eu"]
    assert [instance.id for instance in fleet.aurora["orders"].instances] == ["orders-1", "orders-2", "orders-3"]


def test_the_ledger_of_the_global_fleet_has_a_standby_next_door_a_replica_and_one_far_away() -> None:
    rds = load_fleet("global_aurora").fleet.rds
    assert (rds["ledger"].zone, rds["ledger"].standby_zone) == ("us-east-1a", "us-east-1b")
    assert (rds["ledger-ro"].zone, rds["ledger-dr"].zone) == ("us-east-1c", "eu-west-1a")


def test_the_caches_of_the_global_fleet_have_a_node_in_each_zone() -> None:
    caches = load_fleet("global_aurora").fleet.caches
    assert (caches["sessions"].engine, len(caches["sessions"].shards)) == ("redis", 1)
    assert (caches["pages"].engine, len(caches["pages"].shards)) == ("memcached", 3)
    for cache in caches.values():
        assert [node.zone[-1] for shard in cache.shards for node in shard.nodes] == ["a", "b", "c"]


def test_a_secondary_takes_its_version_and_its_data_from_its_primary() -> None:
    fleet = load_fleet("global_aurora").fleet
    primary, secondary = fleet.aurora["orders"], fleet.aurora["orders-eu"]
    assert secondary.secondary
    assert not primary.secondary
    assert (secondary.engine_version, secondary.storage_bytes) == (primary.engine_version, primary.storage_bytes)


def test_the_small_fleet_can_be_rewound_for_a_day() -> None:
    orders = load_fleet("aurora_mysql").fleet.aurora["orders"]
    assert orders.backtrack_s == 24 * 3600
    assert [instance.zone for instance in orders.instances] == ["us-east-1a", "us-east-1b", "us-east-1c"]


def test_the_rds_fleet_has_one_instance_with_its_standby_in_the_next_zone() -> None:
    fleet = load_fleet("rds_multi_az").fleet
    assert list(fleet.rds) == ["billing"]
    billing = fleet.rds["billing"]
    assert (billing.engine, billing.zone, billing.standby_zone) == ("mysql", "us-east-1a", "us-east-1b")
    assert (billing.kms_key, list(fleet.keys)) == ("billing-key", ["billing-key"])
    assert list(fleet.apps) == ["billing-app"]


def test_the_ledger_of_the_global_fleet_and_its_replicas_are_encrypted_each_with_a_key_of_its_region() -> None:
    fleet = load_fleet("global_aurora").fleet
    assert {ident: spec.kms_key for ident, spec in fleet.rds.items()} == {
        "ledger": "ledger-key",
        "ledger-ro": "ledger-key",
        "ledger-dr": "ledger-dr-key",
    }
    assert {ident: key.region for ident, key in fleet.keys.items()} == {
        "ledger-key": "us-east-1",
        "ledger-dr-key": "eu-west-1",
    }


def test_the_three_tiers_are_an_app_a_cache_and_a_database_with_a_replica() -> None:
    fleet = load_fleet("three_tier").fleet
    assert list(fleet.rds) == ["shop", "shop-ro"]
    assert list(fleet.caches) == ["sessions"]
    storefront = fleet.apps["storefront"]
    assert storefront.cache is not None
    assert (storefront.cache.store, storefront.cache.pattern) == ("sessions", "lazy")


def test_a_cold_cache_leaves_the_database_of_the_three_tiers_far_more_than_it_can_do() -> None:
    fleet = load_fleet("three_tier").fleet
    replica = fleet.rds["shop-ro"]
    capacity = catalog.capacity(replica.engine, replica.instance_class).reads_per_s
    assert fleet.apps["storefront"].reads_per_s > 3 * capacity


@pytest.mark.parametrize("name", sorted(shipped_fleets()))
def test_every_shipped_fleet_loads(name: str) -> None:
    assert load_fleet(name).fleet.apps
