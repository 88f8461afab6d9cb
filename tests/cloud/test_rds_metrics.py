"""Metrics of RDS DB instances: of the load, of the storage, of credits, of replication, each as AWS tells it."""

from itertools import pairwise

import pytest

from opsconsole import catalog
from opsconsole.cloud import alarms, metrics
from opsconsole.cloud.alarms import State
from tests.cloud.play import SECOND, Play

MINUTE = 60 * SECOND
FLEET = """
name = "rds"
[regions]
us-east-1 = {}
[rds.ledger]
engine = "postgres"
engine_version = "16.4"
region = "us-east-1"
zone = "a"
multi_az = true
class = "db.m6g.large"
storage = "200 GiB"
performance_insights = true
replicas = [ { id = "ledger-ro", zone = "c" } ]
[rds.shop]
engine = "mysql"
region = "us-east-1"
zone = "b"
class = "db.t3.medium"
storage = "100 GiB"
storage_type = "gp2"
replicas = [ { id = "shop-ro", zone = "c" } ]
[apps.billing]
homes = ["us-east-1"]
writes_to = "ledger"
reads_from = ["ledger-ro"]
writes = "100/s"
reads = "300/s"
[apps.store]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop"]
writes = "50/s"
reads = "300/s"
"""
HUNGRY = FLEET.replace("db.t3.medium", "db.r6g.8xlarge")
EVENTFUL = (
    "T+2m app:set-rate store writes=200/s reads=100/s",
    "T+3m mysql:rds_stop_replication shop-ro",
    "T+5m sim:crash-host ledger",
    "T+9m mysql:rds_start_replication shop-ro",
    "T+10m app:pause-writes billing",
    "T+11m rds:modify-db-instance shop storage=200 apply-immediately=true",
    "T+12m rds:promote-read-replica ledger-ro",
    "T+13m rds:modify-db-instance shop-ro class=db.t3.large apply-immediately=true",
)


def now(play: Play, id: str, metric: str) -> float | None:
    return metrics.value(play.cloud, id, metric, play.cloud.now_us, wobble=False)


def sure(play: Play, id: str, metric: str) -> float:
    found = now(play, id, metric)
    assert found is not None, f"{id} has no {metric}"
    return found


# -- which there are ----------------------------------------------------------------------------------------------


def test_every_metric_of_a_db_instance_is_in_awss_catalogue_for_its_engine() -> None:
    play = Play(FLEET).until("1m")
    for id, db in play.cloud.rds.items():
        for name in metrics.names_for(play.cloud, id):
            row = catalog.metric("AWS/RDS", name)
            assert not row.engines or db.spec.engine in row.engines


def test_an_instance_has_the_metrics_of_its_class_its_storage_its_part_and_what_is_turned_on() -> None:
    play = Play(FLEET)
    names = {id: set(metrics.names_for(play.cloud, id)) for id in play.cloud.rds}
    assert "ReplicaLag" in names["shop-ro"]
    assert "ReplicaLag" not in names["shop"]
    assert "BinLogDiskUsage" in names["shop"]
    assert "OldestReplicationSlotLag" in names["ledger"]
    assert {"BurstBalance", "CPUCreditBalance"} <= names["shop"]
    assert not {"BurstBalance", "CPUCreditBalance"} & names["ledger"]
    assert "DBLoad" in names["ledger"]
    assert "DBLoad" not in names["shop"]
    assert "EngineUptime" not in names["ledger"] | names["shop"]


@pytest.mark.fact("RDS-MON-04")
def test_a_db_instance_has_awss_alarms_for_rds_not_those_for_aurora() -> None:
    play = Play(FLEET)
    size = play.cloud.rds["ledger"].instance_class
    of_ledger = {alarm.metric: alarm for alarm in alarms.alarms_of(play.cloud, "ledger")}
    assert of_ledger["FreeableMemory"].threshold == pytest.approx(0.25 * size.memory_gib * 2**30)
    assert of_ledger["FreeStorageSpace"].threshold == pytest.approx(20 * 2**30)
    lag = alarms.find(play.cloud, "ledger-ro/ReplicaLag")
    assert (lag.statistic, lag.threshold, lag.periods, lag.of) == ("Maximum", 60.0, 10, 10)


def test_calm_db_instances_ring_nothing() -> None:
    play = Play(FLEET).until("25m")
    assert [a.id for a in alarms.alarms(play.cloud) if alarms.state(play.cloud, a) is not State.OK] == []


# -- load and storage ---------------------------------------------------------------------------------------------


def test_iops_follow_the_load_and_their_number_times_their_time_is_the_queue() -> None:
    play = Play(FLEET).until("3m")
    per_write = catalog.assumption("rds-ios-per-write").value
    assert sure(play, "ledger", "WriteIOPS") == pytest.approx(100 * per_write)
    assert sure(play, "ledger", "ReadIOPS") == 0
    assert sure(play, "ledger", "ReadLatency") == 0
    assert sure(play, "ledger-ro", "WriteIOPS") == pytest.approx(100 * per_write, rel=0.01)
    assert sure(play, "ledger-ro", "ReadIOPS") > 0
    queue = sum(
        sure(play, "ledger-ro", f"{way}IOPS") * sure(play, "ledger-ro", f"{way}Latency") for way in ("Read", "Write")
    )
    assert sure(play, "ledger-ro", "DiskQueueDepth") == pytest.approx(queue)


def test_where_storage_is_what_is_short_the_disk_queues_and_the_cpu_does_not_work() -> None:
    play = Play(HUNGRY).at("T+1m app:set-rate store writes=3000/s reads=300/s").until("3m")
    assert sure(play, "shop", "WriteIOPS") == pytest.approx(play.cloud.rds["shop"].disk.iops, rel=0.01)
    assert sure(play, "shop", "WriteLatency") > 0.01
    assert sure(play, "shop", "DiskQueueDepth") > 50
    assert sure(play, "shop", "CPUUtilization") < 60
    play.until("10m")
    assert "shop/WriteLatency" in [alarm.id for alarm in alarms.in_alarm(play.cloud)]


def test_where_cpu_is_short_the_disk_does_not_queue() -> None:
    play = Play(FLEET).at("T+1m app:set-rate store writes=50/s reads=3000/s").until("3m")
    assert sure(play, "shop", "CPUUtilization") == pytest.approx(100, abs=0.5)
    assert sure(play, "shop", "DiskQueueDepth") < 1


def test_free_storage_falls_by_what_is_written_and_is_told_while_it_keeps_the_engine_down() -> None:
    play = Play(FLEET.replace('storage = "200 GiB"', 'storage = "100 GiB"\ndata = "98 GiB"')).until("1m")
    first = sure(play, "ledger", "FreeStorageSpace")
    play.until("2m")
    assert first - sure(play, "ledger", "FreeStorageSpace") == pytest.approx(60 * 100 * 1024, rel=0.01)
    play.do("app:set-rate billing writes=390/s reads=1/s")
    play.until_row("status", "ledger", now="storage-full", within="24h")
    play.wait("10m")
    assert now(play, "ledger", "CPUUtilization") is None
    assert sure(play, "ledger", "FreeStorageSpace") < 2**30
    full = alarms.find(play.cloud, "ledger/FreeStorageSpace")
    assert alarms.state(play.cloud, full) is State.ALARM


# -- credits ------------------------------------------------------------------------------------------------------


def test_burst_balance_falls_above_the_baseline_also_when_only_reads_have_grown() -> None:
    play = Play(HUNGRY).at("T+5m app:set-rate store writes=50/s reads=9000/s").until("65m")
    iops = sure(play, "shop", "ReadIOPS") + sure(play, "shop", "WriteIOPS")
    spent = (iops - 300) * 3600 / 5_400_000 * 100
    assert sure(play, "shop", "BurstBalance") == pytest.approx(100 - spent, abs=0.2)


def test_a_burstable_class_spends_its_cpu_credits_then_borrows_then_pays() -> None:
    play = Play(FLEET).at("T+10m app:set-rate store writes=50/s reads=3000/s").until("10m")
    row = catalog.instance_class("db.t3.medium").credits
    assert row is not None
    assert sure(play, "shop", "CPUCreditBalance") > 0
    play.until("70m")
    # Two vCPUs at 100 % take 2 credits a minute; 24 an hour come in.
    start, busy = (
        metrics.value(play.cloud, "shop", "CPUCreditBalance", 10 * MINUTE),
        sure(play, "shop", "CPUCreditBalance"),
    )
    assert start is not None
    assert start - busy == pytest.approx(120 - row.credits_per_hour, rel=0.01)
    assert sure(play, "shop", "CPUCreditUsage") == pytest.approx(10, rel=0.01)
    play.until("10h")
    assert sure(play, "shop", "CPUCreditBalance") == 0
    assert 0 < sure(play, "shop", "CPUSurplusCreditBalance") < row.max_credits
    assert sure(play, "shop", "CPUSurplusCreditsCharged") == 0
    play.until("20h")
    assert sure(play, "shop", "CPUSurplusCreditBalance") == row.max_credits
    assert sure(play, "shop", "CPUSurplusCreditsCharged") == pytest.approx(10 - row.credits_per_hour / 12, rel=0.01)
    assert sure(play, "shop", "CPUUtilization") == pytest.approx(100, abs=0.5)


def test_credits_have_a_datapoint_every_five_minutes() -> None:
    play = Play(FLEET).until("17m")
    found = {minute: metrics.datapoint(play.cloud, "shop", "CPUCreditBalance", minute) for minute in range(17)}
    assert [minute for minute, point in found.items() if point is not None] == [0, 5, 10]
    latest = metrics.latest_datapoint(play.cloud, "shop", "CPUCreditBalance")
    assert latest is not None
    assert latest.begins_us == 10 * MINUTE
    rows = [row for minute in range(17) for row in metrics.minute_rows(play.cloud, minute)]
    assert [row.begins_us // MINUTE for row in rows if row.metric == "BurstBalance" and row.thing == "shop"] == [
        0,
        5,
        10,
    ]


# -- replication --------------------------------------------------------------------------------------------------


def test_stopped_replication_of_mysql_says_minus_one_and_keeps_binlog_on_the_source() -> None:
    play = Play(FLEET).at("T+5m mysql:rds_stop_replication shop-ro").until("4m")
    assert 0 <= sure(play, "shop-ro", "ReplicaLag") < 5
    before = sure(play, "shop", "BinLogDiskUsage")
    play.until("15m")
    assert metrics.value(play.cloud, "shop-ro", "ReplicaLag", play.cloud.now_us) == -1
    kept = 600 * 50 * catalog.assumption("rds-log-bytes-per-write").value
    assert sure(play, "shop", "BinLogDiskUsage") - before == pytest.approx(kept, rel=0.01)


def test_without_writes_the_lag_of_postgresql_climbs_five_minutes_and_falls_back_and_rings_nothing() -> None:
    play = Play(FLEET).at("T+5m app:pause-writes billing").until("30m")
    lags = [metrics.value(play.cloud, "ledger-ro", "ReplicaLag", t * SECOND, wobble=False) for t in range(310, 1800)]
    known = [lag for lag in lags if lag is not None]
    assert len(known) == len(lags)
    assert 298 <= max(known) <= 300
    falls = [earlier - later for earlier, later in pairwise(known) if later < earlier]
    assert len(falls) == 4
    assert min(falls) > 290
    assert play.cloud.rds["ledger-ro"].primary.lag_us(play.cloud.now_us) == 0
    assert changes(play, "ledger-ro/ReplicaLag") == []


def test_a_lag_that_grows_with_a_stall_rings_after_ten_minutes_beyond_one() -> None:
    play = Play(FLEET).at("T+5m sim:replica-stall ledger-ro for=30m").until("25m")
    assert sure(play, "ledger-ro", "ReplicaLag") == pytest.approx(1200, rel=0.01)
    # Beyond 60 s from minute 6 on: minutes 6 to 15 breach, the last is evaluated at 17.
    assert changes(play, "ledger-ro/ReplicaLag") == [(17, "OK", "ALARM")]


def changes(play: Play, id: str) -> list[tuple[int, str, str]]:
    found = alarms.history(play.cloud, alarms.find(play.cloud, id), 4 * MINUTE)
    return [(one.at_us // MINUTE, one.was, one.now) for one in found]


# -- histories ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MON-04")
def test_a_failover_leaves_a_gap_and_the_metrics_go_on_under_the_same_name() -> None:
    play = Play(FLEET).at("T+5m sim:crash-host ledger").until("15m")
    points = [metrics.datapoint(play.cloud, "ledger", "DatabaseConnections", minute) for minute in range(14)]
    averages = [point.average if point else None for point in points]
    assert averages[:5] == [60.0] * 5
    assert None in averages or min(one for one in averages if one is not None) < 60
    assert averages[10:] == [60.0] * 4


def test_a_datapoint_of_a_db_instance_never_changes_once_its_minute_is_over() -> None:
    play = Play(FLEET, seed=3).at(*EVENTFUL)
    at_the_time = {}
    for minute in range(30):
        play.until(f"{minute + 1}m")
        for id in play.cloud.rds:
            for metric in metrics.names_for(play.cloud, id):
                begins = minute + 1 - metrics.period(metric)
                at_the_time[id, metric, begins] = metrics.datapoint(play.cloud, id, metric, begins)
    later = {
        key: metrics.datapoint(play.cloud, *key)
        for key in at_the_time
        if key[1] in metrics.names_for(play.cloud, key[0])  # a promoted replica has no lag to ask for any more
    }
    assert [key for key, point in later.items() if at_the_time[key] != point] == []


def test_looking_at_db_instances_all_the_time_changes_nothing() -> None:
    watched, alone = Play(FLEET, seed=3).at(*EVENTFUL), Play(FLEET, seed=3).at(*EVENTFUL)
    for minute in range(1, 30):
        watched.until(f"{minute}m")
        assert list(metrics.minute_rows(watched.cloud, minute - 1))
        alarms.in_alarm(watched.cloud)
    assert watched.cloud.log.digest == alone.until("29m").cloud.log.digest


# -- Multi-AZ DB clusters -----------------------------------------------------------------------------------------

CLUSTER = """
name = "payments"
[regions]
us-east-1 = {}
[multi_az_cluster.payments]
engine = "postgres"
region = "us-east-1"
class = "db.m6g.large"
storage = "100 GiB"
[apps.till]
homes = ["us-east-1"]
writes_to = "payments"
reads_from = ["payments"]
writes = "100/s"
reads = "300/s"
"""


def test_instances_of_a_multi_az_db_cluster_have_disks_and_a_lag_in_seconds() -> None:
    play = Play(CLUSTER).at("T+10m sim:replica-stall payments-instance-2 for=2m").until("25m")
    writer, reader = "payments-instance-1", "payments-instance-2"
    assert play.writer("payments") == writer
    per_write = catalog.assumption("rds-ios-per-write").value
    for id in (writer, reader):
        assert sure(play, id, "WriteIOPS") == pytest.approx(100 * per_write, rel=0.01)
    assert now(play, writer, "ReplicaLag") is None
    assert 0 < sure(play, reader, "ReplicaLag") < 5
    stalled = metrics.value(play.cloud, reader, "ReplicaLag", 700 * SECOND, wobble=False)
    assert stalled == pytest.approx(100, abs=1)
    assert sure(play, reader, "FreeStorageSpace") == sure(play, writer, "FreeStorageSpace")
    assert "AuroraReplicaLag" not in metrics.names_for(play.cloud, reader)
    assert [a.id for a in alarms.alarms(play.cloud) if alarms.state(play.cloud, a) is not State.OK] == [
        f"{writer}/ReplicaLag"
    ]
    memory = alarms.find(play.cloud, f"{reader}/FreeableMemory")
    assert memory.percent == 25.0
