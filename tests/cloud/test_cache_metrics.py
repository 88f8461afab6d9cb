"""Metrics and alarms of cache nodes: who hits and misses, what is held, who leads, how far replicas are behind."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import alarms, metrics
from opsconsole.cloud.alarms import State
from tests.cloud.play import SECOND, Play

MINUTE = 60 * SECOND
FLEET = """
name = "caches"
[regions]
us-east-1 = {}
[rds.shop]
engine = "mysql"
region = "us-east-1"
zone = "c"
class = "db.m6g.2xlarge"
storage = "100 GiB"
[elasticache.sessions]
engine = "redis"
region = "us-east-1"
nodes = [ { zone = "a" }, { zone = "b" } ]
[elasticache.pages]
engine = "memcached"
region = "us-east-1"
nodes = [ { zone = "a" }, { zone = "b" }, { zone = "c" } ]
[apps.store]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop"]
cache = { store = "sessions", pattern = "lazy", keys = 50000, ttl = "10m" }
writes = "50/s"
reads = "2000/s"
[apps.front]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop"]
cache = { store = "pages", pattern = "lazy", keys = 50000, ttl = "10m" }
writes = "5/s"
reads = "2000/s"
"""
EVENTFUL = ("T+3m sim:crash-host sessions-001", "T+6m sim:crash-host pages/0002", "T+9m az:outage us-east-1b for=4m")


def now(play: Play, id: str, metric: str) -> float | None:
    return metrics.value(play.cloud, id, metric, play.cloud.now_us, wobble=False)


def sure(play: Play, id: str, metric: str) -> float:
    found = now(play, id, metric)
    assert found is not None, f"{id} has no {metric}"
    return found


def nodes(play: Play) -> list[str]:
    return [id for group in play.cloud.caches.values() for id in group.nodes]


def test_every_metric_of_a_node_is_in_awss_catalogue_for_its_engine() -> None:
    play = Play(FLEET)
    redis, memcached = (set(metrics.names_for(play.cloud, id)) for id in ("sessions-001", "pages/0001"))
    for names, engine in ((redis, "redis"), (memcached, "memcached")):
        assert all(engine in catalog.metric("AWS/ElastiCache", name).engines for name in names)
    assert {"CacheHits", "EngineCPUUtilization", "IsMaster"} <= redis - memcached
    assert {"GetHits", "UnusedMemory", "BytesUsedForCacheItems"} <= memcached - redis


def test_hits_and_misses_are_the_gets_and_follow_what_the_app_sees() -> None:
    play = Play(FLEET).until("5m")
    assert sure(play, "sessions-001", "GetTypeCmds") == pytest.approx(2000 * 60)
    hits, misses = sure(play, "sessions-001", "CacheHits"), sure(play, "sessions-001", "CacheMisses")
    assert hits + misses == pytest.approx(2000 * 60)
    cache = play.app("store").cache
    assert cache is not None
    assert sure(play, "sessions-001", "CacheHitRate") == pytest.approx(cache.service.value.hit_permille / 10, abs=0.1)
    assert sum(sure(play, id, "CmdGet") for id in nodes(play) if id.startswith("pages")) == pytest.approx(2000 * 60)


def test_what_is_held_is_the_same_on_primary_and_replica_and_takes_its_bytes() -> None:
    play = Play(FLEET).until("5m")
    items = sure(play, "sessions-001", "CurrItems")
    assert 30_000 < items <= 50_000
    assert sure(play, "sessions-002", "CurrItems") == items
    size = play.app("store").spec.cache
    assert size is not None
    assert sure(play, "sessions-001", "BytesUsedForCache") == items * size.item_bytes
    used = sure(play, "pages/0001", "BytesUsedForCacheItems")
    node = play.cloud.caches["pages"].nodes["pages/0001"]
    assert used + sure(play, "pages/0001", "UnusedMemory") == node.memory_bytes


def test_a_lost_memcached_node_has_no_datapoints_and_comes_back_with_nothing() -> None:
    play = Play(FLEET).until("5m")
    before = sure(play, "pages/0002", "CurrItems")
    others = sure(play, "pages/0001", "CurrItems")
    play.do("sim:crash-host pages/0002").until("6m")
    assert now(play, "pages/0002", "CurrItems") is None
    back = play.until_row("engine", "pages/0002", now="running")
    assert sure(play, "pages/0002", "CurrItems") < 0.1 * before
    assert metrics.value(play.cloud, "pages/0001", "CurrItems", round(back * SECOND)) == pytest.approx(others, rel=0.1)
    misses = sure(play, "pages/0002", "GetMisses")
    play.wait("20m")
    assert sure(play, "pages/0002", "GetMisses") < 0.3 * misses


def test_is_master_changes_places_at_a_failover_and_the_new_replica_has_a_lag() -> None:
    play = Play(FLEET).until("5m")
    assert [now(play, f"sessions-00{n}", "IsMaster") for n in (1, 2)] == [1.0, 0.0]
    assert now(play, "sessions-001", "ReplicationLag") is None
    assert 0 < sure(play, "sessions-002", "ReplicationLag") < 1
    assert sure(play, "sessions-002", "MasterLinkHealthStatus") == 1
    play.do("sim:crash-host sessions-001").until("40m")
    assert [now(play, f"sessions-00{n}", "IsMaster") for n in (1, 2)] == [0.0, 1.0]
    assert sure(play, "sessions-001", "MasterLinkHealthStatus") == 1
    assert 0 < sure(play, "sessions-001", "ReplicationLag") < 1
    assert metrics.value(play.cloud, "sessions-002", "ReplicationLag", 4 * MINUTE, wobble=False) is not None


def test_the_alarm_on_cpu_is_of_one_thread_where_the_engine_has_one() -> None:
    play = Play(FLEET)
    cores = play.cloud.caches["sessions"].nodes["sessions-001"].node_type.vcpu
    assert alarms.find(play.cloud, "sessions-001/CPUUtilization").threshold == pytest.approx(90 / cores)
    assert alarms.find(play.cloud, "pages/0001/CPUUtilization").threshold == 90
    assert alarms.find(play.cloud, "pages/0001/CurrConnections").threshold == pytest.approx(58_500)


def test_an_engine_whose_one_thread_is_busy_rings_while_the_host_has_cpu_left() -> None:
    play = Play(FLEET.replace('reads = "2000/s"', 'reads = "2000/s"\npool = 5000'))
    play.at("T+5m app:set-rate store reads=400000/s").until("15m")
    assert sure(play, "sessions-001", "EngineCPUUtilization") == 100
    assert sure(play, "sessions-001", "CPUUtilization") < 60
    ringing = [alarm.id for alarm in alarms.in_alarm(play.cloud)]
    assert "sessions-001/EngineCPUUtilization" in ringing


def test_a_cold_cache_rings_for_its_hit_rate_and_recovers() -> None:
    play = Play(FLEET).at("T+5m app:set-rate store reads=100/s").until("10m")
    assert alarms.in_alarm(play.cloud) == []
    play.do("elasticache:reboot-cache-cluster sessions-001").until("45m")
    rate = alarms.find(play.cloud, "sessions-001/CacheHitRate")
    told = [one.now for one in alarms.history(play.cloud, rate, 10 * MINUTE)]
    assert told[-2:] == [State.ALARM, State.OK]


def test_a_datapoint_of_a_node_never_changes_once_its_minute_is_over() -> None:
    play = Play(FLEET, seed=3).at(*EVENTFUL)
    at_the_time = {}
    for minute in range(25):
        play.until(f"{minute + 1}m")
        for id in nodes(play):
            for metric in metrics.names_for(play.cloud, id):
                at_the_time[id, metric, minute] = metrics.datapoint(play.cloud, id, metric, minute)
    assert [key for key, point in at_the_time.items() if metrics.datapoint(play.cloud, *key) != point] == []


def test_looking_at_nodes_all_the_time_changes_nothing() -> None:
    watched, alone = Play(FLEET, seed=3).at(*EVENTFUL), Play(FLEET, seed=3).at(*EVENTFUL)
    for minute in range(1, 25):
        watched.until(f"{minute}m")
        assert list(metrics.minute_rows(watched.cloud, minute - 1))
        alarms.in_alarm(watched.cloud)
    assert watched.cloud.log.digest == alone.until("24m").cloud.log.digest
