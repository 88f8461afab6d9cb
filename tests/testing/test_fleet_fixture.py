"""The pytest plugin, used as an application team would: break a fleet, let time pass, assert on what apps saw."""

import math
from collections.abc import Callable

import pytest

from opsconsole.cloud import Refused
from opsconsole.testing import DrillRun, NotInTime, SimulatedFleet

Open = Callable[..., SimulatedFleet]


def test_an_app_gets_through_the_loss_of_a_zone(fleet: Open) -> None:
    shop = fleet("global_aurora")
    checkout = shop.app("checkout")
    shop.run(seconds=60).zone("us-east-1a").fail(minutes=3)
    assert shop.until("orders.endpoint.writer.az != us-east-1a", within="90s") > 5
    assert checkout.rto == math.inf  # it has not been well for ten seconds yet
    shop.run(minutes=10)
    assert 10 < checkout.rto < 60
    assert checkout.rpo == checkout.lost == checkout.discarded == 0
    assert checkout.unknown > 0
    assert checkout.failed > 1000
    assert 99 < checkout.availability < 100
    assert checkout.healthy
    assert [phase.name for phase in checkout.result.incidents[0].phases][:3] == ["detection", "promotion", "DNS"]
    assert "RDS-EVENT-0071" in shop.events("orders")


def test_the_same_seed_gives_the_same_figures_and_another_one_others(fleet: Open) -> None:
    def rto(seed: int) -> float:
        shop = fleet("aurora_mysql", seed=seed)
        shop.instance("orders-1").fail()
        shop.run(minutes=5)
        return shop.app("checkout").rto

    assert rto(1) == rto(1) != rto(2)


def test_time_is_exact_where_a_value_moves_by_itself(fleet: Open) -> None:
    shop = fleet("three_tier")
    shop.do("sim:replica-stall shop-ro")
    before = shop.value("shop-ro.lag")
    assert isinstance(before, float)
    took = shop.until("shop-ro.lag >= 30s", within="1m")
    assert took == pytest.approx(30 - before, abs=2e-6)


def test_what_does_not_come_true_in_time_says_what_was_seen(fleet: Open) -> None:
    shop = fleet("aurora_mysql")
    with pytest.raises(NotInTime, match=r"not within 10s: orders.writer == orders-2; it is orders-1"):
        shop.until("orders.writer == orders-2", within="10s")
    assert shop.now == 10


def test_aws_refuses_with_its_code(fleet: Open) -> None:
    shop = fleet("rds_multi_az")
    assert shop.refusal("rds:promote-read-replica billing") == "InvalidDBInstanceState"
    with pytest.raises(Refused, match="InvalidDBInstanceState"):
        shop.do("rds:promote-read-replica billing")


def test_a_drill_passes_and_one_that_does_not_says_why(drill: Callable[..., DrillRun]) -> None:
    assert drill("az_outage").passed
    without = drill("az_outage", faults=False)
    assert not without.passed
    assert "orders.endpoint.writer.az != us-east-1a: failed, not true within 2m" in repr(without)
    assert "again: opsconsole drill az_outage --seed 7 --no-faults" in repr(without)
