"""What compute has cost so far: per second, at least ten minutes of whatever begins, and nothing is forgotten."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest

from opsconsole.cloud import costs
from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE, PAIR, REPLICAS

LARGE, XLARGE = Fraction("0.152"), Fraction("0.304")  # db.m6g, RDS for MySQL
AURORA = Fraction("0.26")  # db.r6g.large


def billed(play: Play, id: str) -> list[tuple[str, int, int]]:
    """Class, hosts and seconds of each period."""
    now = play.cloud.now_us
    return [(one.price.name, one.count, one.billed_s(now)) for one in play.cloud.meter.periods(id)]


@pytest.mark.fact("AUR-COST-05")
def test_an_aurora_instance_that_ran_for_a_minute_costs_ten_and_then_every_second_counts() -> None:
    play = Play("aurora_mysql").do("rds:create-db-instance orders id=orders-4 class=db.r6g.large")
    play.wait("1m")
    assert play.cloud.meter.usd("orders-4") == 0  # nothing is billed while it is being created
    play.until_row("status", "orders-4", now="available")
    play.wait("1m")
    assert play.cloud.meter.usd("orders-4") == AURORA * 600 / 3600
    play.wait("14m")
    ran_s = (play.cloud.now_us - play.instance("orders-4").status.changed_us) / 1_000_000
    assert billed(play, "orders-4") == [("db.r6g.large", 1, ceil(ran_s))]
    assert play.cloud.meter.usd("orders-4") == AURORA * ceil(ran_s) / 3600


@pytest.mark.fact("AUR-COST-05")
def test_an_aurora_instance_that_is_deleted_after_a_minute_stays_on_the_bill_with_ten() -> None:
    play = Play("aurora_mysql").do("rds:create-db-instance orders id=orders-4 class=db.r6g.large")
    play.until_row("status", "orders-4", now="available")
    play.wait("1m").do("rds:delete-db-instance orders-4").wait("1h")
    assert "orders-4" not in play.cloud.instances
    assert billed(play, "orders-4") == [("db.r6g.large", 1, 600)]
    three = (2 * Fraction("0.52") + AURORA) * play.cloud.now_us / 3_600_000_000
    assert abs(costs.so_far(play.cloud, "orders") - three - AURORA / 6) < Fraction(1, 1000)


def test_what_ran_before_the_run_owes_no_ten_minutes_for_that() -> None:
    play = Play(PAIR)
    assert costs.so_far(play.cloud) == 0
    play.until("90s")
    assert costs.so_far(play.cloud) == 2 * LARGE * 90 / 3600
    play.until("90500ms")
    assert costs.so_far(play.cloud) == 2 * LARGE * 91 / 3600  # a second that has begun counts


def test_stopped_is_not_billed_and_a_start_is_billed_ten_minutes_at_least() -> None:
    play = Play(ALONE).until("20m").do("rds:stop-db-instance billing").wait("2h")
    assert billed(play, "billing") == [("db.m6g.large", 1, 1200)]
    play.do("rds:start-db-instance billing")
    play.until_row("status", "billing", now="available", within="3h")
    play.wait("1m")
    assert billed(play, "billing") == [("db.m6g.large", 1, 1200), ("db.m6g.large", 1, 600)]
    assert costs.so_far(play.cloud) == LARGE * 1800 / 3600


def test_another_class_is_billed_from_when_it_serves_and_for_ten_minutes_at_least() -> None:
    play = Play(PAIR).do("rds:modify-db-instance billing class=db.m6g.xlarge apply-immediately=true")
    play.until_row("status", "billing", now="available", within="2h")
    small, large = billed(play, "billing")
    assert small[:2] == ("db.m6g.large", 2)
    assert large == ("db.m6g.xlarge", 2, 600)
    play.wait("1h")
    changed_s = play.cloud.rds["billing"].classes.changed_us / 1_000_000
    assert small[2] - 1 < changed_s <= small[2]
    assert costs.so_far(play.cloud) == 2 * (LARGE * small[2] + XLARGE * billed(play, "billing")[1][2]) / 3600


def test_a_standby_is_billed_from_when_there_is_one() -> None:
    play = Play(ALONE).do("rds:modify-db-instance billing multi-az=true apply-immediately=true").until("3h")
    one, two = billed(play, "billing")
    assert (one[1], two[1]) == (1, 2)
    assert one[2] + two[2] in (3 * 3600, 3 * 3600 + 1)


def test_a_failover_or_a_reboot_begins_nothing_new() -> None:
    play = Play(PAIR).do("rds:reboot-db-instance billing force_failover=true").until("20m")
    assert billed(play, "billing") == [("db.m6g.large", 2, 1200)]


def test_a_new_identifier_keeps_the_bill() -> None:
    play = Play(ALONE).until("20m").do("rds:modify-db-instance billing new-id=bills apply-immediately=true").wait("20m")
    assert billed(play, "bills") == [("db.m6g.large", 1, 2400)]
    assert billed(play, "billing") == []


def test_a_cache_that_is_created_is_billed_node_by_node() -> None:
    play = Play("three_tier").do("elasticache:create-replication-group extra node-type=cache.m6g.large replicas=1")
    play.until_row("status", "extra", now="available")
    play.wait("30s")
    assert billed(play, "extra") == [("cache.m6g.large", 1, 600)] * 2
    assert costs.so_far(play.cloud, "extra") == 2 * Fraction("0.149") / 6


def test_looking_changes_nothing_and_whoever_looks_late_sees_the_same() -> None:
    script = ("T+1m rds:reboot-db-instance billing-ro", "T+5m az:outage us-east-1a for=30m")
    looked, late = Play(REPLICAS).at(*script), Play(REPLICAS).at(*script)
    for minute in range(1, 60):
        looked.until(f"{minute}m")
        costs.fleet(looked.cloud)
        costs.so_far(looked.cloud)
    looked.until("1h")
    late.until("1h")
    assert looked.cloud.meter.periods() == late.cloud.meter.periods()
    assert costs.so_far(looked.cloud) == costs.so_far(late.cloud)
    assert looked.cloud.log.digest == late.cloud.log.digest
