"""A zone is lost for half an hour: the promise that everything else rests on, over 200 seeds and in order."""

import statistics

import pytest

from tests.cloud.conftest import OUTAGE, Loss
from tests.cloud.play import Play


@pytest.fixture(scope="module")
def play() -> Play:
    return Play("global_aurora", seed=7).at(OUTAGE).until("45m")


# -- 200 seeds --------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-FO-03", "AUR-FO-04")
def test_the_writer_record_moves_in_a_median_of_15_to_35_seconds_with_a_real_spread_and_never_at_once(
    losses: list[Loss],
) -> None:
    moved = [loss.moved_s for loss in losses]
    assert 15 <= statistics.median(moved) <= 35
    assert statistics.mean(moved) < 30
    assert sum(seconds >= 60 for seconds in moved) <= 0.06 * len(moved)
    assert min(moved) >= 8
    assert statistics.stdev(moved) > 5
    assert len(set(moved)) > 0.9 * len(moved)


@pytest.mark.fact("AUR-FO-07", "AUR-ARC-08")
def test_no_acknowledged_write_is_lost_whatever_the_seed(losses: list[Loss]) -> None:
    lost = [loss.seed for loss in losses if loss.acknowledged != loss.present]
    assert lost == []
    assert all(loss.acknowledged > 60 * 400 * 10**9 for loss in losses)


def test_four_of_six_copies_stay_whatever_the_seed(losses: list[Loss]) -> None:
    assert {loss.fewest_copies for loss in losses} == {4}


def test_the_app_recovers_after_the_record_has_moved_and_within_its_cache_of_five_seconds(losses: list[Loss]) -> None:
    late = [loss.recovered_s - loss.moved_s for loss in losses]
    assert min(late) > 0
    assert max(late) <= 5.5
    assert max(late) - min(late) > 0.5


# -- the same 200 seeds, as RDS, Redis and Memcached take it beside Aurora -----------------------------------------


@pytest.mark.fact("RDS-MAZ-08", "AUR-FO-05")
def test_rds_takes_one_to_two_minutes_where_aurora_takes_half_of_one(losses: list[Loss]) -> None:
    times = [loss.ledger_s for loss in losses if loss.ledger_s is not None]
    assert len(times) == len(losses)
    assert 60 <= statistics.median(times) <= 120
    assert statistics.stdev(times) > 5
    assert statistics.median(times) > 2 * statistics.median(loss.moved_s for loss in losses)


@pytest.mark.fact("EC-RED-01")
def test_redis_takes_seconds_and_its_endpoint_follows(losses: list[Loss]) -> None:
    times = [loss.redis_s for loss in losses if loss.redis_s is not None]
    assert len(times) == len(losses)
    assert 2 <= statistics.median(times) <= 10
    assert max(times) < 40
    assert statistics.stdev(times) > 0.5


def test_nothing_that_was_acknowledged_by_rds_is_lost(losses: list[Loss]) -> None:
    assert [loss.ledger_lost for loss in losses] == [0] * len(losses)


def test_what_redis_lost_is_what_the_log_says_to_the_write(losses: list[Loss]) -> None:
    assert [loss.redis_told for loss in losses] == [loss.redis_lost for loss in losses]


@pytest.mark.fact("EC-MEM-01", "EC-MEM-03")
def test_memcached_loses_exactly_the_keys_of_its_node(losses: list[Loss]) -> None:
    pages = Play("global_aurora").cloud.caches["pages"]
    num, den = pages.parts()["0001"]
    assert {loss.pages_lost for loss in losses} == {("0001",)}
    assert all(loss.pages_share == pytest.approx(num / den, rel=0.01) for loss in losses)


# -- one seed, in order -----------------------------------------------------------------------------------------


def test_things_happen_in_the_order_of_the_model(play: Play) -> None:
    fault = play.when("fault", "us-east-1a", now="in force")[0]
    gone = play.when("engine", "orders-1", now="down")[0]
    started = next(event for event in play.aws_events("orders") if event.id == "0073")
    moved = play.moved_to("orders.writer", "orders-2")
    completed = next(event for event in play.aws_events("orders") if event.id == "0071")
    routed = play.when("routing", "checkout")[0]
    assert fault == gone == 60
    assert 60 < started.at < moved == completed.at
    assert routed == 70
    assert completed.message == "Completed failover to DB instance: orders-2."


@pytest.mark.fact("AUR-STO-05")
def test_with_the_zone_go_two_copies_and_the_four_that_stay_take_every_write_of_the_new_writer() -> None:
    play = Play("global_aurora", seed=7).at(OUTAGE).until("5m")
    assert [copy.number for copy in play.volume().copies if not copy.healthy] == [1, 2]
    assert play.writer() == "orders-2"
    assert play.all_well("checkout", "2m", "5m")


def test_a_cluster_whose_writer_stands_elsewhere_does_not_even_notice() -> None:
    play = Play("global_aurora", seed=7).at(OUTAGE).until("5m")
    assert play.writer("catalog") == "catalog-1"
    assert play.ids("catalog") == []
    assert play.volume("catalog").healthy_copies() == 4
    assert play.all_well("storefront", "71s", "5m")


def test_copies_come_back_in_minutes_the_old_writer_as_a_reader_and_nothing_fails_back(play: Play) -> None:
    assert play.volume().healthy_copies() == 6
    repaired = play.when("copy", now="healthy")
    assert all(1860 + 60 <= t <= 1860 + 600 for t in repaired)
    assert play.writer() == "orders-2"
    assert play.answers("orders.writer") == ("orders-2",)
    assert play.answers("orders.reader") == ("orders-1", "orders-3")
    assert play.ids("orders") == ["0073", "0071"]
    assert play.all_well("checkout", "5m", "45m")


def test_each_app_recovers_when_its_own_cache_has_learnt_the_new_address() -> None:
    fleet = """
name = "Four caches"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.xlarge" },
  { id = "orders-2", zone = "b", class = "db.r6g.xlarge" },
]
""" + "".join(
        f'[apps.{name}]\nhomes = ["us-east-1"]\nwrites_to = "orders"\nwrites = "10/s"\ndns_cache = "{cache}"\n'
        for name, cache in (("ttl", "0s"), ("quick", "1s"), ("slow", "60s"), ("stuck", "forever"))
    )
    play = Play(fleet, seed=3).at("T+60s sim:crash-host orders-1 for=20m").until("18m")
    moved = play.moved_to("orders.writer", "orders-2")
    late = {}
    for name in ("ttl", "quick", "slow"):
        ended = play.app(name).incidents[0].ended_us
        assert ended is not None
        late[name] = ended / 1e6 - moved
    assert 0 < late["quick"] <= 1.1
    assert 1 < late["ttl"] <= 5.1
    assert 30 < late["slow"] <= 61
    assert play.app("stuck").health.value == "failing"
    assert [incident.ended_us for incident in play.app("stuck").incidents] == [None]
