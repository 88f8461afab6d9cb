"""Instances: engine, host and status; crash, stall, reboot, create, delete; what each costs and what it does not."""

import pytest

from opsconsole import catalog
from opsconsole.cloud.describe import describe
from tests.cloud.play import FORGIVEN, Play
from tests.cloud.test_failover import ALONE, PAIR, fleet


def statuses(play: Play, id: str) -> list[object]:
    return [row["now"] for row in play.truth("status", id)]


# -- the engine process -----------------------------------------------------------------------------------------


def test_a_crashed_engine_restarts_in_place_and_nothing_fails_over() -> None:
    play = Play().at("T+1m sim:crash-instance orders-1").until("10m")
    down, up = play.when("engine", "orders-1")
    assert down == 60
    assert 8 <= up - down <= 80
    assert play.writer() == "orders-1"
    assert play.moves("orders.writer") == []
    assert play.ids("orders") == []
    assert play.app().incidents[0].ended_us == round((up - FORGIVEN) * 1e6)
    assert play.acknowledged("checkout") == play.present("checkout")


def test_a_crash_writes_0004_and_0006_and_nothing_else() -> None:
    play = Play().at("T+1m sim:crash-instance orders-1").until("10m")
    assert [(event.source, event.id) for event in play.aws_events()] == [("orders-1", "0004"), ("orders-1", "0006")]


def test_a_crash_breaks_every_connection_and_the_buffer_pool_survives() -> None:
    play = Play().until("1m")
    boots = play.instance("orders-1").boots
    play.do("sim:crash-instance orders-1").until("5m")
    assert play.instance("orders-1").boots == boots + 1
    assert play.instance("orders-1").warm.value == 1000
    assert play.saw("checkout", "60s", "5m").writes_unknown > 0


def test_a_host_that_comes_back_starts_with_a_cold_buffer_pool_that_warms_up_in_minutes() -> None:
    play = Play().at("T+1m sim:crash-host orders-2 for=1m").until("2m")
    opened = play.until_row("engine", "orders-2", now="running")
    instance = play.instance("orders-2")
    cold = catalog.assumption("buffer-cache-cold-share").value
    assert instance.warm.value == round(cold * 1000)
    half_life = catalog.assumption("buffer-cache-half-life-s").value
    play.wait(f"{half_life + 1:.0f}s")
    assert instance.warm.value == pytest.approx(1000 - (1000 - round(cold * 1000)) / 2, abs=1)
    play.wait("20m")
    assert instance.warm.value == 1000
    assert opened > 120


def test_a_crashed_reader_costs_reads_and_no_write() -> None:
    play = Play().at("T+1m sim:crash-instance orders-2").until("10m")
    seen = play.saw("checkout", "0s", "10m")
    assert seen.writes_ok == seen.writes_due
    assert 0 < seen.reads_failed < seen.reads_due // 20


def test_an_engine_that_does_not_run_cannot_crash() -> None:
    play = Play().do("sim:crash-instance orders-1")
    refused = play.refusal("sim:crash-instance orders-1")
    assert refused.code == "InvalidDBInstanceState"
    assert "orders-1" in refused.sentence


# -- the host ---------------------------------------------------------------------------------------------------


def test_a_lost_host_is_replaced_in_the_same_zone_within_minutes_and_comes_back_as_a_reader() -> None:
    play = Play(seed=7).at("T+1m sim:crash-host orders-1").until("30m")
    (replaced,) = play.when("host", "orders-1", now="replaced")
    assert 180 <= replaced - 60 <= 1200
    assert play.instance("orders-1").zone.name == "us-east-1a"
    assert play.instance("orders-1").running
    assert play.writer() == "orders-2"
    assert play.answers("orders.reader") == ("orders-1", "orders-3")


def test_a_host_held_dead_is_not_replaced_before_its_time_or_its_heal() -> None:
    play = Play().do("sim:crash-host orders-3 for=1h").until("50m")
    assert not play.instance("orders-3").host_up
    assert play.truth("host", "orders-3", now="replaced") == []
    play.do("heal orders-3").until("52m")
    assert play.instance("orders-3").running


def test_a_dead_host_can_be_healed_before_aws_replaces_it() -> None:
    play = Play().do("sim:crash-host orders-3").until("1m").do("heal orders-3").until("3m")
    assert play.instance("orders-3").running


def test_a_host_that_dies_twice_over_waits_for_both_causes() -> None:
    play = Play().do("sim:crash-host orders-3 for=5m").do("az:outage us-east-1c for=10m").until("6m")
    assert not play.instance("orders-3").host_up
    play.until("15m")
    assert play.instance("orders-3").running


# -- a reader that lags -----------------------------------------------------------------------------------------


def test_a_reader_is_a_few_milliseconds_behind_and_none_as_much_as_a_second() -> None:
    lags = []
    for seed in range(40):
        play = Play(seed=seed).until("1m")
        lags += [play.instance(id).lag_us(play.cloud.now_us) / 1000 for id in ("orders-2", "orders-3")]
    assert 5 < sorted(lags)[40] < 30
    assert min(lags) < 10
    assert max(lags) < 300


def test_a_stalled_reader_falls_behind_a_second_per_second_and_its_reads_become_stale() -> None:
    play = Play().at("T+1m sim:replica-stall orders-3 for=30s").until("80s")
    lag = play.instance("orders-3").lag_us(play.cloud.now_us)
    assert lag == pytest.approx(20_000_000, rel=0.01)
    stale = play.saw("checkout", "62s", "80s")
    assert stale.reads_ok == stale.reads_due
    assert stale.reads_stale == pytest.approx(stale.reads_due / 2, rel=0.001)
    assert play.saw("checkout", "0s", "60s").reads_stale == 0
    play.until("2m")
    assert play.instance("orders-3").lag_us(play.cloud.now_us) < 200_000
    assert play.saw("checkout", "91s", "2m").reads_stale == 0


def test_a_stalled_reader_is_restarted_when_it_is_a_minute_behind_and_lags_anew() -> None:
    play = Play().at("T+1m sim:replica-stall orders-3").until("110s")
    assert play.ids("orders-3") == []
    play.until("4m")
    assert play.ids("orders-3")[:2] == ["0004", "0006"]
    assert play.instance("orders-3").lag_us(play.cloud.now_us) < 100_000_000
    play.do("heal orders-3").until("10m")
    assert play.instance("orders-3").running
    assert play.saw("checkout", "8m", "10m").reads_stale == 0


def test_the_writer_cannot_stall() -> None:
    refused = Play().refusal("sim:replica-stall orders-1")
    assert refused.code == "InvalidDBInstanceState"
    assert "writer" in refused.sentence


# -- reboot -----------------------------------------------------------------------------------------------------


def test_a_reboot_shows_rebooting_then_available_and_writes_0004_and_0006() -> None:
    play = Play().at("T+1m rds:reboot-db-instance orders-2").until("10m")
    assert statuses(play, "orders-2") == ["rebooting", "available"]
    assert play.ids("orders-2") == ["0004", "0006"]
    assert [event.at for event in play.aws_events("orders-2")] == play.when("status", "orders-2")
    seen = play.saw("checkout", "0s", "10m")
    assert (seen.writes_failed, seen.reads_failed > 0) == (0, True)


def test_a_reboot_that_its_zone_interrupts_ends_when_the_zone_is_back() -> None:
    play = Play().do("rds:reboot-db-instance orders-2").wait("2s").do("az:outage us-east-1b for=5m").until("15m")
    assert play.instance("orders-2").running
    assert play.instance("orders-2").status.value == "available"
    assert statuses(play, "orders-2")[-1] == "available"


# -- create -----------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-ARC-04")
def test_a_cluster_is_one_writer_and_any_number_of_readers_from_none_on() -> None:
    for instances in (("a r6g.large",), ("a r6g.large", "b r6g.large"), ("a r6g.large", *["b r6g.large"] * 15)):
        cluster = Play(fleet(*instances)).cluster()
        assert cluster.writer is cluster.instances["orders-1"]
        assert len(cluster.readers()) == len(instances) - 1


@pytest.mark.fact("AUR-ARC-05")
def test_the_sixteenth_reader_is_refused() -> None:
    play = Play(fleet("a r6g.large", *["b r6g.large"] * 14))
    play.do("rds:create-db-instance orders id=fifteenth")
    refused = play.refusal("rds:create-db-instance orders id=sixteenth")
    assert refused.code == "InstanceQuotaExceeded"
    assert "15 readers" in refused.sentence


@pytest.mark.fact("AUR-ARC-12")
def test_there_is_no_way_to_a_second_writer() -> None:
    play = Play().do("rds:create-db-instance orders id=orders-4").do("rds:create-db-instance orders id=orders-5")
    writers: list[int] = []
    for line in ("rds:failover-db-cluster orders", "sim:crash-host orders-2", "az:partition us-east-1c for=5m", ""):
        if line:
            play.do(line)
        for _ in range(120):
            play.wait("5s")
            able = [i.id for i in play.cluster().instances.values() if i is play.cluster().writer and i.running]
            writers.append(len(able))
    assert max(writers) == 1
    refused = play.refusal(f"rds:failover-db-cluster orders to={play.writer()}")
    assert refused.code == "InvalidDBClusterStateFault"


@pytest.mark.fact("AUR-ARC-09")
def test_a_new_reader_takes_minutes_whatever_the_size_of_the_volume() -> None:
    took = {}
    for storage in ("10 GiB", "60 TiB"):
        text = PAIR.replace('region = "us-east-1"', f'region = "us-east-1"\nstorage = "{storage}"')
        play = Play(text, seed=2).do("rds:create-db-instance orders id=orders-3")
        took[storage] = play.until_row("status", "orders-3", now="available")
    assert took["10 GiB"] == took["60 TiB"]
    assert 180 <= took["10 GiB"] <= 1200


def test_a_new_reader_is_creating_then_available_with_0005_and_serves_from_then_on() -> None:
    play = Play(PAIR, seed=2).do("rds:create-db-instance orders id=orders-3 zone=c class=db.r6g.2xlarge tier=0")
    assert play.instance("orders-3").status.value == "creating"
    assert not play.instance("orders-3").running
    play.until("40m")
    assert statuses(play, "orders-3") == ["creating", "available"]
    assert play.ids("orders-3") == ["0005"]
    made = play.instance("orders-3")
    assert (made.zone.name, made.instance_class.name, made.tier) == ("us-east-1c", "db.r6g.2xlarge", 0)
    assert play.cluster().candidates()[0] is made
    assert play.answers("orders.reader") == ("orders-2", "orders-3")


@pytest.mark.fact("CON-15")
def test_a_new_reader_of_a_lone_writer_stands_in_another_zone_and_makes_the_cluster_multi_az() -> None:
    play = Play(ALONE)
    answer = describe(play.cloud, "orders")["DBClusters"]
    assert isinstance(answer, list)
    assert isinstance(answer[0], dict)
    assert answer[0]["MultiAZ"] is False
    play.do("rds:create-db-instance orders id=orders-2").until("30m")
    assert play.instance("orders-2").zone.name != play.instance("orders-1").zone.name
    answer = describe(play.cloud, "orders")["DBClusters"]
    assert isinstance(answer, list)
    assert isinstance(answer[0], dict)
    assert answer[0]["MultiAZ"] is True
    play.do("az:outage us-east-1a").wait("3m")
    assert play.writer() == "orders-2"


def test_a_new_reader_goes_where_there_are_fewest_and_looks_like_the_writer() -> None:
    play = Play(fleet("a r6g.2xlarge", "b r6g.large")).do("rds:create-db-instance orders id=orders-3")
    assert play.instance("orders-3").zone.name == "us-east-1c"
    assert play.instance("orders-3").instance_class.name == "db.r6g.2xlarge"


def test_a_reader_whose_zone_dies_while_it_is_created_comes_up_when_the_zone_is_back() -> None:
    play = Play(PAIR).do("rds:create-db-instance orders id=orders-3 zone=c").until("1m")
    play.do("az:outage us-east-1c for=1h").until("59m")
    assert not play.instance("orders-3").running
    play.until("1h20m")
    assert play.instance("orders-3").running
    assert play.answers("orders.reader") == ("orders-2", "orders-3")


# -- delete -----------------------------------------------------------------------------------------------------


def test_a_deleted_reader_is_deleting_then_gone_with_0003_and_so_is_its_name() -> None:
    play = Play().do("rds:delete-db-instance orders-3").until("20m")
    assert statuses(play, "orders-3")[0] == "deleting"
    assert play.ids("orders-3") == ["0003"]
    assert "orders-3" not in play.cloud.instances
    assert play.cloud.names.find("orders-3") is None
    assert play.all_well("checkout", "5m", "20m")


def test_deleting_the_writer_promotes_a_reader_and_leaves_nothing_of_it_in_any_name() -> None:
    play = Play(seed=7).at("T+1m rds:delete-db-instance orders-1").until("20m")
    assert play.writer() == "orders-2"
    assert (play.answers("orders.writer"), play.answers("orders.reader")) == (("orders-2",), ("orders-3",))
    assert {row["now"] for row in play.truth("status", "orders-1")} == {"deleting", "gone"}
    assert play.all_well("checkout", "10m", "20m")


def test_the_data_outlive_the_last_instance_and_a_new_one_serves_them() -> None:
    play = Play(ALONE).until("1m").do("rds:delete-db-instance orders-1").until("20m")
    assert play.writer() is None
    assert play.answers("orders.writer") == ()
    assert play.answers("orders.reader") == ()
    held = play.present("checkout")
    assert held > 0
    play.do("rds:create-db-instance orders id=orders-9 zone=b").until("1h")
    assert play.writer() == "orders-9"
    assert play.all_well("checkout", "50m", "1h")
    assert play.acknowledged("checkout") == play.present("checkout") > held
