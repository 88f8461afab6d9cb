"""The shipped fleets have the ids that drills, lessons and tests rely on."""

import pytest

from opsconsole.fleet import load_fleet, shipped_fleets


def test_the_global_fleet_has_the_ids_that_drills_rely_on() -> None:
    fleet = load_fleet("global_aurora").fleet
    assert list(fleet.aurora) == ["catalog", "orders", "orders-eu"]
    assert list(fleet.global_clusters) == ["orders-global"]
    assert list(fleet.apps) == ["checkout", "storefront", "storefront-eu"]
    assert [instance.id for instance in fleet.aurora["orders"].instances] == ["orders-1", "orders-2", "orders-3"]


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


@pytest.mark.parametrize("name", sorted(shipped_fleets()))
def test_every_shipped_fleet_loads(name: str) -> None:
    assert load_fleet(name).fleet.aurora
