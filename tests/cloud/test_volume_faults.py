"""Slow and paused storage volumes: a pair pays for the slower of its two, and a paused one ends in a failover."""

import pytest

from opsconsole.cloud.rds_metrics import value
from tests.cloud.play import SECOND, Play
from tests.cloud.rds_fleets import ALONE, PAIR, REPLICAS

APP = "billing-app"


def metric(play: Play, name: str, at_s: float | None = None) -> float:
    at_us = play.cloud.now_us if at_s is None else round(at_s * SECOND)
    found = value(play.cloud, play.cloud.rds["billing"], name, at_us)
    assert found is not None
    return found


def takes_us(play: Play) -> tuple[int, int]:
    """How long a read and a write of the app take now."""
    service = play.app(APP).service.value
    return service.read_us, service.write_us


# -- slow ---------------------------------------------------------------------------------------------------------


def test_a_slow_volume_is_told_by_latency_and_queue_and_by_no_event() -> None:
    play = Play(PAIR).at("T+1m sim:volume-io-latency billing latency=20ms for=10m").until("5m")
    assert metric(play, "ReadLatency") == metric(play, "ReadLatency", 59) + 0.02
    assert metric(play, "WriteLatency") == metric(play, "WriteLatency", 59) + 0.02
    assert metric(play, "DiskQueueDepth") > 10 * metric(play, "DiskQueueDepth", 59)
    assert play.until("20m").ids() == []
    assert play.cloud.rds["billing"].failovers == 0
    assert [metric(play, "ReadLatency", at) for at in (59, 300, 1200)] == [0.001, 0.021, 0.001]


@pytest.mark.parametrize(("fleet", "volume"), [(PAIR, "primary"), (PAIR, "standby"), (ALONE, "primary")])
def test_a_write_waits_for_the_slower_volume_and_a_read_for_its_own(fleet: str, volume: str) -> None:
    play = Play(fleet).until("1m")
    read, write = takes_us(play)
    slow_read, slow_write = takes_us(play.do(f"sim:volume-io-latency billing latency=20ms volume={volume}").until("2m"))
    assert slow_write > write + 60_000
    assert (slow_read > read) is (volume == "primary")
    assert takes_us(play.do("heal billing").until("3m")) == (read, write)


def test_after_a_failover_the_slow_volume_is_the_standbys() -> None:
    play = Play(PAIR).until("1m")
    read, write = takes_us(play)
    play.do("sim:volume-io-latency billing latency=20ms").until("2m")
    play.do("rds:reboot-db-instance billing force_failover=true").until("1h")
    assert play.cloud.rds["billing"].primary.id == "billing/2"
    assert takes_us(play)[0] == read
    assert takes_us(play)[1] > write + 60_000


def test_a_long_wait_for_each_io_fills_the_pool() -> None:
    play = Play("rds_multi_az").until("1m").do("sim:volume-io-latency billing latency=300ms").until("3m")
    assert play.app(APP).health.value != "ok"
    assert "connection" in play.app(APP).service.value.errors[0][0]


def test_a_replica_on_a_slow_volume_cannot_keep_up() -> None:
    play = Play(REPLICAS).until("1m").do("sim:volume-io-latency billing-ro latency=500ms").until("11m")
    replication = play.cloud.rds["billing-ro"].replication
    assert replication is not None
    assert replication.lag_us(play.cloud.now_us) > 100 * SECOND
    assert replication.loss_us(play.cloud.now_us) < SECOND


def test_two_slow_volumes_cost_as_much_as_the_slower_one() -> None:
    one = Play(PAIR).do("sim:volume-io-latency billing latency=20ms").until("1m")
    two = (
        Play(PAIR)
        .do("sim:volume-io-latency billing latency=20ms")
        .do("sim:volume-io-latency billing latency=15ms volume=standby")
    )
    assert takes_us(two.until("1m")) == takes_us(one)


# -- paused -------------------------------------------------------------------------------------------------------


def test_a_paused_volume_ends_in_a_failover_for_awss_own_reason_and_loses_nothing() -> None:
    play = Play(PAIR).at("T+1m sim:volume-io-pause billing for=10m").until("9m")
    assert play.ids("billing") == ["0013", "0015", "0049"]
    assert "storage volume" in str(play.truth("failover", "billing")[0]["reason"])
    assert play.all_well(APP, "4m", "9m")
    play.until("40m")
    assert play.ids("billing")[3:] == ["0361", "0362"]
    assert play.cloud.rds["billing"].mirror.value == "synchronised"
    assert play.cloud.rds["billing"].branch.parent is None


def test_without_a_standby_it_hangs_and_goes_on_at_once_without_a_restart() -> None:
    play = Play(ALONE).at("T+1m sim:volume-io-pause billing for=10m").until("5m")
    assert play.cloud.rds["billing"].status.value == "available"
    assert "no I/O" in play.app(APP).service.value.errors[0][0]
    play.until("15m")
    assert play.saw(APP, "2m", "11m").ok == 0
    assert play.all_well(APP, "11m1s", "15m")
    assert play.ids() == []
    assert play.cloud.rds["billing"].primary.boots == 1


def test_a_paused_standby_holds_up_commits_until_it_is_given_up_and_reads_go_on() -> None:
    play = Play(PAIR).at("T+1m sim:volume-io-pause billing volume=standby for=10m").until("5m")
    seen = play.saw(APP, "1m", "5m")
    assert seen.reads_ok == seen.reads_due
    assert 0 < seen.writes_failed + seen.writes_unknown < seen.writes_due / 4
    assert play.cloud.rds["billing"].mirror.value == "broken"
    assert play.until("40m").cloud.rds["billing"].mirror.value == "synchronised"


def test_a_crash_on_a_paused_volume_cannot_be_recovered_from_until_it_does_io_again() -> None:
    play = Play(ALONE).until("1m").do("sim:volume-io-pause billing for=30m").do("sim:crash-instance billing")
    assert play.until("29m").cloud.rds["billing"].primary.engine.value == "restarting"
    assert play.until("32m").app(APP).health.value == "ok"


def test_a_single_volume_has_no_standbys() -> None:
    for command in ("sim:volume-io-latency", "sim:volume-io-pause"):
        assert "no standby" in str(Play(ALONE).refusal(f"{command} billing volume=standby"))
