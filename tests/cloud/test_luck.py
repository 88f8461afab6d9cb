"""Chance: one seed is one run; a new neighbour, another order of tables or a look changes nobody's luck."""

import pytest

from opsconsole import catalog
from tests.cloud.play import Play
from tests.cloud.test_failover import PAIR

NEIGHBOUR = """
[aurora.aaa-neighbour]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "neighbour-1", zone = "a", class = "db.r6g.large" },
  { id = "neighbour-2", zone = "b", class = "db.r6g.large" },
]
"""
LOSS = "T+1m az:outage us-east-1a for=10m"


def told_of_orders(text: str, seed: int = 9) -> list[tuple[float, str, str]]:
    play = Play(text, seed).at(LOSS).until("30m")
    return [(e.at, e.source, e.id) for e in play.aws_events() if e.source.startswith("orders")]


def test_a_new_neighbour_changes_nobody_elses_luck() -> None:
    assert told_of_orders(PAIR + NEIGHBOUR) == told_of_orders(PAIR) != []


def test_the_order_of_tables_in_a_file_does_not_matter() -> None:
    head, cluster, app = PAIR.partition("[aurora.orders]")[0], "[aurora.orders]", "[apps.checkout]"
    body = PAIR[PAIR.index(cluster) : PAIR.index(app)]
    turned = head + PAIR[PAIR.index(app) :] + NEIGHBOUR + body
    straight = PAIR + NEIGHBOUR
    digests = [Play(text, 9).at(LOSS).until("30m").cloud.log.digest for text in (straight, turned)]
    assert digests[0] == digests[1]


def test_without_a_seed_the_fleets_own_is_taken() -> None:
    assert Play("global_aurora").cloud.seed == 7
    assert Play("global_aurora", 8).cloud.seed == 8


def test_a_fleet_may_give_an_operation_its_own_time() -> None:
    text = PAIR + '\n[timings]\naurora-failover = { typical = "40s", min = "40s", max = "40s" }\n'
    moved = {seed: Play(text, seed).at(LOSS).until("5m").moved_to("orders.writer", "orders-2") for seed in range(5)}
    assert all(100 <= at <= 100.001 for at in moved.values())


def test_each_draw_of_an_operation_is_another_one() -> None:
    play = Play(PAIR)
    drawn = [play.cloud.draw("orders", "aurora-failover") for _ in range(50)]
    assert len(set(drawn)) == 50
    again = Play(PAIR)
    assert [again.cloud.draw("orders", "aurora-failover") for _ in range(50)] == drawn


@pytest.mark.parametrize("timing", sorted(catalog.timings()))
def test_every_timing_has_its_median_near_the_typical_and_respects_its_floor(timing: str) -> None:
    row = catalog.timing(timing)
    cloud = Play("aurora_mysql", 1).cloud
    drawn = sorted(cloud.draw(f"thing-{number}", timing) for number in range(400))
    assert drawn[0] >= row.min_s
    assert drawn[-1] <= 2 * row.max_s
    assert drawn[200] == pytest.approx(row.typical_s, rel=0.25)
    assert sum(seconds > row.max_s * 1.000001 for seconds in drawn) <= 0.08 * 400
