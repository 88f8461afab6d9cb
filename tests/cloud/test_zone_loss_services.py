"""The same lost zone, as RDS, Redis and Memcached take it: beside Aurora, over 200 seeds, and in the other zones."""

import statistics

import pytest

from opsconsole.cloud.losses import account
from tests.cloud.conftest import Loss, lose_zone
from tests.cloud.play import Play

FEW = 10  # seeds where the zones are others'


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


def test_in_the_standbys_zone_nothing_of_rds_fails_over_and_nothing_is_lost() -> None:
    for seed in range(FEW):
        loss = lose_zone(seed, "us-east-1b")
        assert loss.ledger_s is None
        assert loss.redis_s is None
        assert (loss.ledger_lost, loss.redis_told, loss.pages_lost) == (0, 0, ("0002",))


def test_with_the_zones_of_primary_and_standby_gone_rds_waits_and_comes_back_with_everything() -> None:
    for seed in range(FEW):
        play = Play("global_aurora", seed)
        play.at("T+60s az:outage us-east-1a for=20m", "T+60s az:outage us-east-1b for=10m").until("40m")
        assert play.moves("ledger")[0][0] > 11 * 60
        assert play.answers("ledger") == ("ledger/2",)
        assert account(play.cloud, "billing").lost == 0
        assert play.app("billing").health.value == "ok"
