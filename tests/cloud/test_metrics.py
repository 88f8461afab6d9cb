"""Metrics by AWS's names: functions of the history, that nobody collects and no look disturbs."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import cluster_metrics, instance_metrics, metrics
from tests.cloud.play import SECOND, Play

EVENTFUL = (
    "T+90s rds:reboot-db-instance orders-3",
    "T+4m sim:replica-stall orders-3 for=30s",
    "T+6m rds:failover-db-cluster orders to=orders-2",
    "T+8m link:cut us-east-1/eu-west-1 for=1m",
    "T+10m az:outage us-east-1c for=2m",
)
END_MINUTE = 15


def average(play: Play, id: str, metric: str, minute: int) -> float:
    found = metrics.datapoint(play.cloud, id, metric, minute)
    assert found is not None
    return found.average


def test_every_metric_is_in_awss_catalogue_with_its_unit() -> None:
    for name in (*instance_metrics.METRICS, *cluster_metrics.METRICS):
        row = catalog.metric("AWS/RDS", name)
        assert metrics.unit_of(name) == row.unit


def test_a_writer_shows_its_load_and_has_no_replica_lag() -> None:
    play = Play().until("5m")
    assert average(play, "orders-1", "CommitThroughput", 2) == pytest.approx(300, rel=0.04)
    assert average(play, "orders-1", "DatabaseConnections", 2) == 60
    assert 5 < average(play, "orders-1", "CPUUtilization", 2) < 40
    assert 2 <= average(play, "orders-1", "CommitLatency", 2) <= 10
    assert metrics.datapoint(play.cloud, "orders-1", "AuroraReplicaLag", 2) is None
    assert metrics.datapoint(play.cloud, "orders-1", "SelectLatency", 2) is None
    assert average(play, "orders-2", "AuroraReplicaLag", 2) < 150
    assert average(play, "orders-2", "SelectThroughput", 2) == pytest.approx(1000, rel=0.04)


def test_an_instance_whose_engine_does_not_run_has_no_datapoint() -> None:
    play = Play().at("T+1m sim:crash-host orders-3 for=10m").until("15m")
    assert metrics.datapoint(play.cloud, "orders-3", "CPUUtilization", 5) is None
    assert average(play, "orders-3", "CPUUtilization", 0) > 0
    assert metrics.value(play.cloud, "orders-3", "CPUUtilization", 300 * SECOND) is None


def test_the_engines_uptime_starts_again_with_a_restart() -> None:
    play = Play().at("T+5m sim:crash-instance orders-1").until("8m")
    up = play.when("engine", "orders-1", now="running")[0]
    assert metrics.value(play.cloud, "orders-1", "EngineUptime", 480 * SECOND) == pytest.approx(480 - up)
    assert metrics.value(play.cloud, "orders-2", "EngineUptime", 480 * SECOND) == 480


def test_the_buffer_cache_hit_ratio_falls_with_a_cold_start_and_recovers() -> None:
    play = Play().at("T+1m sim:crash-host orders-2 for=1m").until("4m")
    cold = metrics.value(play.cloud, "orders-2", "BufferCacheHitRatio", play.cloud.now_us, wobble=False)
    play.until("40m")
    warm = metrics.value(play.cloud, "orders-2", "BufferCacheHitRatio", play.cloud.now_us, wobble=False)
    assert cold is not None
    assert 55 < cold < 90
    assert warm == 99.9


@pytest.mark.fact("AUR-GLB-05")
def test_the_lag_of_a_secondary_region_is_under_a_second_and_has_datapoints() -> None:
    play = Play("global_aurora").at("T+5m link:cut us-east-1/eu-west-1 for=5m").until("20m")
    for metric in ("AuroraGlobalDBReplicationLag", "AuroraGlobalDBRPOLag"):
        assert 50 < average(play, "orders-eu", metric, 2) < 1000
        assert 120_000 < average(play, "orders-eu", metric, 8) < 300_000
        assert 50 < average(play, "orders-eu", metric, 15) < 1000
        assert metrics.datapoint(play.cloud, "orders", metric, 2) is None


def test_the_volumes_bytes_grow_by_what_is_written_and_what_is_left_shrinks() -> None:
    play = Play().until("20m")
    used = [metrics.value(play.cloud, "orders", "VolumeBytesUsed", t * 60 * SECOND) for t in (0, 10, 20)]
    left = [metrics.value(play.cloud, "orders", "AuroraVolumeBytesLeftTotal", t * 60 * SECOND) for t in (0, 10, 20)]
    assert used == [100 * 1024**3 + t * 60 * 300 * 1024 for t in (0, 10, 20)]
    assert all(
        u is not None and rest is not None and u + rest == 128 * 1024**4 for u, rest in zip(used, left, strict=True)
    )


def test_a_datapoint_is_there_when_its_minute_is_over_and_is_published_later() -> None:
    play = Play().until("119s")
    assert metrics.datapoint(play.cloud, "orders-1", "CPUUtilization", 1) is None
    play.until("2m")
    assert metrics.datapoint(play.cloud, "orders-1", "CPUUtilization", 1) is not None
    latest = metrics.latest_datapoint(play.cloud, "orders-1", "CPUUtilization")
    assert latest is not None
    assert latest.begins_us == 0
    play.until("3m")
    latest = metrics.latest_datapoint(play.cloud, "orders-1", "CPUUtilization")
    assert latest is not None
    assert latest.begins_us == 60 * SECOND


def test_what_is_shown_wobbles_a_little_the_same_for_everybody_and_in_no_book() -> None:
    first, second = (Play(seed=4).until("3m") for _ in range(2))
    shown = [metrics.value(first.cloud, "orders-1", "CPUUtilization", t * SECOND) for t in range(60, 120)]
    assert shown == [metrics.value(second.cloud, "orders-1", "CPUUtilization", t * SECOND) for t in range(60, 120)]
    plain = metrics.value(first.cloud, "orders-1", "CPUUtilization", 60 * SECOND, wobble=False)
    assert plain is not None
    assert len(set(shown)) > 50
    assert all(value is not None and abs(value - plain) <= 0.031 * plain for value in shown)
    assert first.all_well("checkout", "0s", "3m")


def test_a_series_ends_now_and_has_nothing_before_the_run() -> None:
    play = Play().until("1m")
    points = metrics.series(play.cloud, "orders-1", "CPUUtilization", -60 * SECOND, 60 * SECOND, 12)
    assert len(points) == 12
    assert points[:5] == [None] * 5
    assert all(point is not None for point in points[6:])


def test_looking_at_every_metric_all_the_time_changes_nothing() -> None:
    watched, alone = Play("global_aurora", 3).at(*EVENTFUL), Play("global_aurora", 3).at(*EVENTFUL)
    for minute in range(1, END_MINUTE):
        watched.until(f"{minute}m")
        assert list(metrics.minute_rows(watched.cloud, minute - 1))
        for id in (*watched.cloud.instances, *watched.cloud.clusters):
            for name in metrics.names_for(watched.cloud, id):
                metrics.series(watched.cloud, id, name, 0, watched.cloud.now_us, 5)
    assert watched.cloud.log.digest == alone.until(f"{END_MINUTE - 1}m").cloud.log.digest


def test_a_datapoint_never_changes_once_its_minute_is_over() -> None:
    play = Play("global_aurora", seed=3).at(*EVENTFUL)
    at_the_time = {}
    for minute in range(END_MINUTE):
        play.until(f"{minute + 1}m")
        for id in (*play.cloud.instances, *play.cloud.clusters):
            for metric in metrics.names_for(play.cloud, id):
                begins = minute + 1 - metrics.period(metric)  # the one whose period is over now
                at_the_time[id, metric, begins] = metrics.datapoint(play.cloud, id, metric, begins)
    later = {key: metrics.datapoint(play.cloud, *key) for key in at_the_time}
    assert {metric for _, metric, _ in at_the_time} == {
        *instance_metrics.METRICS,
        *cluster_metrics.METRICS,
        *cluster_metrics.BACKTRACK,
    }
    assert [key for key, point in at_the_time.items() if later[key] != point] == []


def test_an_aurora_instance_of_a_burstable_class_has_cpu_credits_and_others_have_none() -> None:
    text = """
name = "small"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "orders-1", zone = "a", class = "db.t3.medium" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
writes = "5000/s"
pool = 100
"""
    play = Play(text).until("1h")
    size = play.instance("orders-1").instance_class
    assert size.credits is not None
    balance = metrics.value(play.cloud, "orders-1", "CPUCreditBalance", play.cloud.now_us)
    spent = 2 * 60 - size.credits.credits_per_hour
    assert balance == pytest.approx(size.credits.max_credits - spent, rel=0.01)
    assert "CPUCreditBalance" not in metrics.names_for(play.cloud, "orders-2")


def test_a_change_of_class_leaves_the_datapoints_before_it_as_they_were() -> None:
    play = Play().until("5m")
    before = {
        name: metrics.datapoint(play.cloud, "orders-3", name, 3) for name in metrics.names_for(play.cloud, "orders-3")
    }
    play.do("rds:modify-db-instance orders-3 class=db.r6g.2xlarge apply-immediately=true").until("30m")
    assert play.instance("orders-3").instance_class.name == "db.r6g.2xlarge"
    assert {name: metrics.datapoint(play.cloud, "orders-3", name, 3) for name in before} == before
