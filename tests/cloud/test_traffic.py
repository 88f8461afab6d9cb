"""Capacity is real: load bends latency, fills pools, then fails; and it is worked out only when something changes."""

import math
from itertools import pairwise

import pytest

from opsconsole import catalog
from tests.cloud.play import SECOND, Play, uncached
from tests.cloud.test_failover import fleet


def loaded(factor: float) -> Play:
    """`checkout` at so many times its rates, from the first minute on."""
    rate = f"app:set-rate checkout writes={round(400 * factor)}/s reads={round(3000 * factor)}/s"
    return Play(uncached()).at(f"T+1m {rate}").until("10m")


def test_doubling_the_rates_bends_p99_and_fills_the_pool_and_nothing_fails_yet() -> None:
    single, double = loaded(1), loaded(2)
    before, after = single.app().service.value, double.app().service.value
    assert after.p99_us > 1.4 * before.p99_us
    assert after.read_us > 2 * before.read_us
    assert before.pool_permille < 200
    assert after.pool_permille > 800
    assert double.all_well("checkout", "0s", "10m")


def test_beyond_its_capacity_an_instance_serves_what_it_can_and_the_rest_times_out() -> None:
    play = loaded(4)
    seen = play.saw("checkout", "2m", "10m")
    assert 0 < seen.reads_failed < seen.reads_due / 2
    assert play.app().service.value.read_p99_us == play.app().timeout_us
    assert play.app().service.value.pool_permille == 1000
    assert "overloaded" in play.app().service.value.errors[0][0]
    small = play.cloud.traffic.load("orders-3")
    row = catalog.capacity("aurora-mysql", "db.r6g.large")
    assert small.reads_served == pytest.approx(row.reads_per_s * 1000, rel=0.001)
    assert small.demand_permille > 1000


def test_latency_grows_without_a_jump_and_never_falls_with_the_load() -> None:
    means = [loaded(factor / 10).app().service.value.read_us for factor in range(1, 21)]
    assert means == sorted(means)
    assert all(later < 2.5 * earlier for earlier, later in pairwise(means))


def test_the_overload_ends_with_its_cause() -> None:
    play = loaded(6).do("app:set-rate checkout writes=400/s reads=3000/s").until("15m")
    assert play.all_well("checkout", "601s", "15m")
    assert play.app().service.value == loaded(1).app().service.value


def test_p99_is_the_99th_percentile_of_an_exponential_tail_and_never_more_than_the_timeout() -> None:
    play = Play(fleet("a r6g.large", "a r6g.large")).until("1m")
    worst = max(
        play.cloud.places.round_trip(zone, play.zone("us-east-1a")) or 0 for zone in play.cluster().region.zones
    )
    mean = play.cloud.traffic.load("orders-1").write_us
    assert play.app().service.value.write_p99_us == pytest.approx(worst + mean * math.log(100), rel=0.001)
    assert loaded(4).app().service.value.p99_us == loaded(4).app().timeout_us


def test_losing_a_reader_doubles_the_load_of_the_other() -> None:
    play = Play("global_aurora").until("59s")
    before = play.cloud.traffic.load("orders-2").reads_served
    play.at("T+1m sim:crash-host orders-3 for=10m").until("5m")
    assert play.cloud.traffic.load("orders-2").reads_served == pytest.approx(2 * before, rel=0.01)
    assert play.cloud.traffic.load("orders-3").reads_served == 0


@pytest.mark.fact("AUR-ARC-10")
def test_the_number_of_readers_costs_the_writer_nothing() -> None:
    rates = 'writes = "900/s"\nreads = "0/s"'
    loads = []
    for readers in (0, 1, 15):
        text = fleet("a r6g.large", *["b r6g.large"] * readers)
        text = text.replace('writes = "100/s"\nreads = "100/s"', rates).replace('reads_from = ["orders"]\n', "")
        play = Play(text.replace('reads = "0/s"', "")).until("5m")
        loads.append(play.cloud.traffic.load("orders-1"))
        assert loads[-1].writes_served == 900_000
    assert loads[0] == loads[1] == loads[2]


def test_a_larger_class_carries_more_in_less_time() -> None:
    loads = {}
    for size in ("large", "xlarge", "4xlarge"):
        play = Play(fleet(f"a r6g.{size}")).do("app:set-rate checkout writes=500/s reads=500/s").until("1m")
        loads[size] = play.cloud.traffic.load("orders-1")
    assert loads["large"].demand_permille > loads["xlarge"].demand_permille > loads["4xlarge"].demand_permille
    assert loads["large"].read_us > loads["xlarge"].read_us > loads["4xlarge"].read_us


def test_a_cold_buffer_pool_makes_an_instance_slower_until_it_is_warm() -> None:
    play = Play(fleet("a r6g.large", "b r6g.large")).do("app:set-rate checkout reads=2000/s")
    warm = play.until("1m").app().service.value.read_us
    play.do("sim:crash-host orders-2 for=1m")
    play.until_row("engine", "orders-2", now="running")
    play.until_row("dns", "orders", name="orders.reader")
    play.do("app:recycle-pool checkout").wait("10s")
    cold = play.app().service.value.read_us
    play.wait("30m")
    assert cold > warm
    assert play.app().service.value.read_us == pytest.approx(warm, rel=0.01)


def test_a_slow_zone_is_felt_by_those_who_go_there_and_no_event_tells_of_it() -> None:
    play = Play(uncached()).at("T+1m az:slowdown us-east-1a latency=100ms for=5m").until("59s")
    before = play.app().service.value
    play.until("2m")
    after = play.app().service.value
    assert after.write_us > before.write_us + 50_000
    assert play.ids() == []
    play.until("10m")
    assert play.app().service.value == before


def test_a_quiet_fleet_schedules_nothing_of_its_own() -> None:
    play = Play(fleet("a r6g.large", "b r6g.large").replace('writes = "100/s"', 'writes = "0/s"')).until("1m")
    assert play.cloud.kernel.next_time_us is None
    play.until("100d")
    assert play.rows == []
    assert play.cloud.now_us == 100 * 86_400 * SECOND
