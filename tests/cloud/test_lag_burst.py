"""`sim:lag-burst`: a secondary cluster or a read replica follows late for a while, then catches up."""

import pytest

from opsconsole.cloud.losses import account
from tests.cloud.play import REQUEST, SECOND, Play
from tests.cloud.rds_fleets import REPLICAS

BURST = "T+2m sim:lag-burst orders-eu for=3m lag=4s"
NEAR = 0.105  # the lag of orders-eu with its default seed, rounded up


def lag(play: Play) -> float:
    return play.database().lag_us(play.aurora("orders-eu")) / SECOND


def replica_lag(play: Play, id: str = "billing-ro") -> float:
    replication = play.cloud.rds[id].replication
    assert replication is not None
    return replication.lag_us(play.cloud.now_us) / SECOND


def test_the_lag_rises_by_a_second_a_second_stays_there_and_drains_when_it_is_over() -> None:
    play = Play("global_aurora").at(BURST).until("119s")
    assert lag(play) < NEAR
    assert [lag(play.until(moment)) for moment in ("121s", "123s")] == pytest.approx(
        [1 + lag_before(), 3 + lag_before()]
    )
    assert [lag(play.until(moment)) for moment in ("125s", "4m", "299s")] == [4.0, 4.0, 4.0]
    assert lag(play.until("301s")) < NEAR
    assert play.ids("orders-eu") == []


def lag_before() -> float:
    return lag(Play("global_aurora").until("1m"))


def test_reads_there_are_stale_from_a_second_of_lag_on_until_it_has_drained() -> None:
    play = Play("global_aurora").at(BURST).until("6m")
    stale = [play.saw("storefront-eu", *span) for span in (("119s", "2m"), ("121s", "5m"), ("302s", "6m"))]
    assert [seen.reads_stale / seen.reads_due for seen in stale] == [0, 1, 0]


def test_a_region_lost_in_the_burst_costs_the_writes_that_were_under_way() -> None:
    play = Play("global_aurora").at(BURST, "T+3m region:outage us-east-1 for=25m").until("4m")
    play.do("rds:failover-global-cluster orders-global to=orders-eu allow_data_loss=true").until("8m")
    play.do("app:set-endpoint checkout endpoint=orders-eu.writer").until("10m")
    writes = play.app("checkout").writes // 1000
    assert account(play.cloud, "checkout").lost == 4 * writes * REQUEST


def test_bursts_overlap_and_the_higher_one_counts_until_it_is_healed() -> None:
    play = Play("global_aurora").do("sim:lag-burst orders-eu lag=3s").do("sim:lag-burst orders-eu lag=10s").until("1m")
    assert lag(play) == 10.0
    assert lag(play.do("heal f2").until("2m")) == 3.0
    assert lag(play.do("heal orders-eu").until("3m")) < NEAR


def test_a_switchover_waits_for_the_lag_to_drain_and_the_primary_has_none() -> None:
    play = Play("global_aurora").do("sim:lag-burst orders-eu lag=10s for=3m").until("1m")
    play.do("rds:switchover-global-cluster orders-global to=orders-eu").until("179s")
    assert play.database().primary.id == "orders"
    play.until("20m")
    assert play.database().primary.id == "orders-eu"
    assert play.refusal("sim:lag-burst orders-eu").code == "InvalidDBClusterStateFault"
    play.do("app:set-endpoint checkout endpoint=orders-eu.writer").do("sim:lag-burst orders lag=10s").until("21m")
    assert play.database().lag_us(play.aurora("orders")) == 10 * SECOND


def test_a_read_replica_applies_late_and_has_received_all_and_its_own_replica_lags_with_it() -> None:
    play = Play(REPLICAS).until("1m").do("sim:lag-burst billing-ro lag=30s for=3m").until("3m")
    replication = play.cloud.rds["billing-ro"].replication
    assert replication is not None
    assert replica_lag(play) == pytest.approx(30, abs=0.01)
    assert replica_lag(play, "billing-far") > 30
    assert replication.loss_us(play.cloud.now_us) < 1_000
    play.do("rds:promote-read-replica billing-ro").until("20m")
    assert not play.cloud.faults.in_force


def test_a_burst_of_a_read_replica_drains_when_it_is_over_and_goes_on_with_a_new_source() -> None:
    play = Play(REPLICAS).do("sim:lag-burst billing-far lag=1m").until("2m")
    assert replica_lag(play, "billing-far") > 60
    play.do("rds:promote-read-replica billing-ro").until("20m")
    play.do("app:set-endpoint billing-app endpoint=billing-ro use=writes").until("25m")
    assert replica_lag(play, "billing-far") > 60
    assert replica_lag(play.do("heal all").until("30m"), "billing-far") < 5


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("sim:lag-burst billing", "not a read replica"),
        ("sim:lag-burst billing-ro lag=1ms", "already"),
    ],
)
def test_what_follows_nobody_or_lags_more_than_that_is_refused(line: str, says: str) -> None:
    assert says in str(Play(REPLICAS).until("10s").refusal(line))


def test_reads_of_a_replica_are_stale_while_its_lag_is_over_a_second_and_not_after() -> None:
    play = Play(REPLICAS, 1).at("T+1m sim:replica-stall billing-ro for=5m").until("10m")
    assert replica_lag(play) < 1
    stale = [play.saw("billing-app", *span) for span in (("0s", "1m"), ("61s", "6m"), ("7m", "10m"))]
    assert [seen.reads_stale / seen.reads_due for seen in stale] == [0, 1, 0]
