"""Replication groups of Redis and Valkey: who takes over, what is lost, who comes back with what."""

from __future__ import annotations

import pytest

from opsconsole.catalog import engines, timing
from opsconsole.cloud.cache_shard import acknowledged
from opsconsole.fleet import FileProblems
from tests.cloud.caches import CLUSTER, REDIS, REGION, SINGLE, CachePlay

NO_FAILOVER = REDIS + "automatic_failover = false\n"
PAIR = (
    REGION
    + '[elasticache.sessions]\nengine = "redis"\nregion = "us-east-1"\nnodes = [{ zone = "a" }, { zone = "b" }]\n'
)
OLD = (
    REGION
    + """
[elasticache.sessions]
engine = "redis"
engine_version = "2.8.21"
region = "us-east-1"
nodes = [ { zone = "a" } ]
parameters = { appendonly = "yes" }
"""
)


@pytest.mark.fact("EC-RED-01", "EC-09")
def test_a_lost_zone_promotes_a_replica_in_seconds_under_the_same_name() -> None:
    play = CachePlay(REDIS).at("T+60s az:outage us-east-1a for=30m").until("5m")
    assert play.primary() in ("sessions-002", "sessions-003")
    moved = play.moved_to("sessions.primary", play.primary()) - 60
    assert timing("elasticache-failover").min_s <= moved <= 2 * timing("elasticache-failover").max_s
    assert play.answers("sessions.reader") == tuple(
        id for id in ("sessions-002", "sessions-003") if id != play.primary()
    )


@pytest.mark.fact("EC-RED-01")
def test_failovers_take_a_few_seconds_and_not_always_the_same() -> None:
    took = []
    for seed in range(30):
        play = CachePlay(REDIS, seed).at("T+60s az:outage us-east-1a").until("3m")
        took.append(play.moved_to("sessions.primary", play.primary()) - 60)
    assert 4 < sorted(took)[15] < 9
    assert max(took) - min(took) > 3


def test_the_replica_with_the_least_lag_takes_over() -> None:
    promoted = set()
    for seed in range(12):
        play = CachePlay(REDIS, seed).until("10s").writes(1000).until("60s")
        lags = {id: play.node(id).lag_us(play.cloud.now_us) for id in ("sessions-002", "sessions-003")}
        play.do("sim:crash-host sessions-001").until("2m")
        assert play.primary() == min(lags, key=lags.__getitem__)
        promoted.add(play.primary())
    assert len(promoted) == 2


def test_what_the_promoted_replica_had_not_received_is_lost_to_the_write() -> None:
    play = CachePlay(REDIS).until("10s").writes(100_000).until("60s")
    before = play.acknowledged_in(play.shard().branch)
    assert before == 100_000 * 50
    lag_us = min(play.node(id).lag_us(play.cloud.now_us) for id in ("sessions-002", "sessions-003"))
    play.do("az:outage us-east-1a")
    moved = play.until_row("dns", "sessions", name="sessions.primary")
    assert moved > 60
    lost = before - acknowledged(play.shard().branch, 60_000_000) / 1e9  # type: ignore[arg-type]
    assert lost == pytest.approx(100_000 * lag_us / 1e6)
    assert play.lost() == int(lost) > 0
    assert play.shard().lost == round(lost * 1e9)


def test_an_idle_cache_loses_nothing() -> None:
    play = CachePlay(REDIS).until("10s").writes(1000).until("50s").writes(0).until("60s")
    play.do("az:outage us-east-1a").until("3m")
    assert play.primary() != "sessions-001"
    assert play.lost() == 0


def test_the_old_primary_is_replaced_in_its_own_zone_and_waits_for_it() -> None:
    play = CachePlay(REDIS).at("T+60s az:outage us-east-1a for=30m").until("30m")
    old = play.node("sessions-001")
    assert old.engine.value == "down"
    assert "elasticache:recovering-nodes" not in play.events("sessions-001")
    play.until("60m")
    (started,) = play.when("host", "sessions-001")
    least = timing("elasticache-node-replacement").min_s
    assert started >= 60 + 1800 + least
    assert old.zone.name == "us-east-1a"
    assert old.running
    assert play.cache().role(old) == "replica"
    assert old.follower is not None
    assert "sessions-001" in play.answers("sessions.reader")
    assert play.statuses("sessions-001") == ["modifying", "available"]


def test_a_dead_host_in_a_living_zone_is_replaced_at_once_after_the_failover() -> None:
    play = CachePlay(REDIS).at("T+60s sim:crash-host sessions-001").until("30m")
    events = play.slugs()
    assert events[:2] == ["elasticache:failover-completed"] * 2
    assert events[2:] == ["elasticache:recovering-nodes", "elasticache:recovered-nodes"]
    assert play.node("sessions-001").running


def test_the_other_replicas_take_everything_from_the_new_primary_one_at_a_time() -> None:
    play = CachePlay(REDIS).at("T+60s sim:crash-host sessions-001").until("3m")
    (other,) = {"sessions-002", "sessions-003"} - {play.primary()}
    engine = [row["now"] for row in play.truth("engine", other)]
    assert engine == ["restarting", "running"]
    follower = play.node(other).follower
    assert follower is not None
    assert follower.branch is play.shard().branch
    assert play.node(play.primary()).boots == 1  # the promoted one never stopped


def test_a_lost_replica_is_no_failover() -> None:
    play = CachePlay(REDIS).at("T+60s az:outage us-east-1b for=5m").until("4m")
    assert play.primary() == "sessions-001"
    assert play.answers("sessions.reader") == ("sessions-003",)
    assert not play.truth("failover")
    play.until("30m")
    assert play.answers("sessions.reader") == ("sessions-002", "sessions-003")


def test_without_a_replica_the_reader_endpoint_has_only_the_primary() -> None:
    play = CachePlay(PAIR).at("T+60s az:outage us-east-1b").until("3m")
    assert play.answers("sessions.reader") == ("sessions-001",)


def test_a_replica_that_is_cut_off_receives_nothing_and_catches_up() -> None:
    play = CachePlay(REDIS).until("10s").writes(1000).until("60s")
    play.do("link:cut us-east-1a/us-east-1b for=60s").until("110s")
    assert 49 < play.node("sessions-002").lag_us(play.cloud.now_us) / 1e6 < 51
    assert play.node("sessions-003").lag_us(play.cloud.now_us) < 200_000
    play.until("3m")
    assert play.node("sessions-002").lag_us(play.cloud.now_us) < 200_000
    assert [row["now"] for row in play.truth("replication", "sessions-002")] == ["cut", "flows"]


def test_a_primary_that_is_cut_off_goes_on_and_what_it_took_since_is_lost_when_it_is_back() -> None:
    play = CachePlay(REDIS).until("10s").writes(1000).until("60s")
    play.do("az:partition us-east-1a for=5m").until("4m")
    old = play.node("sessions-001")
    assert play.primary() != "sessions-001"
    assert old.leads
    first = play.lost()
    play.until("15m")
    assert not old.leads
    assert play.cache().role(old) == "replica"
    promoted = play.when("role", play.primary(), now="primary")[0]
    behind = play.lost() - first
    assert behind == pytest.approx((360 - promoted) * 1000, abs=2)
    assert play.name("sessions.primary").answers.value == (play.primary(),)


def test_a_primary_that_is_back_before_anybody_noticed_is_no_failover() -> None:
    play = CachePlay(REDIS).at("T+60s az:partition us-east-1a for=500ms").until("5m")
    assert play.primary() == "sessions-001"
    assert not play.truth("role")


def test_a_replica_that_dies_on_the_way_lets_the_other_take_over() -> None:
    play = CachePlay(REDIS).until("60s").do("sim:crash-host sessions-001")
    play.until_row("failover", "sessions", now="began")
    chosen = play.shard().promoting
    assert chosen is not None
    play.do(f"sim:crash-host {chosen.id}").until("3m")
    (other,) = {"sessions-002", "sessions-003"} - {chosen.id}
    assert play.primary() == other
    assert play.answers("sessions.primary") == (other,)


def test_a_cache_that_is_lost_whole_comes_back_empty_under_the_same_names() -> None:
    play = CachePlay(REDIS).until("10s").writes(1000).until("60s")
    names = {record.id: record.fqdn for record in play.cache().records()}
    emptied: list[str] = []
    play.cache().on_emptied = emptied.append
    play.do("region:outage us-east-1 for=10m").until("60m")
    assert emptied == ["0001"]
    assert [row["part"] for row in play.truth("emptied", "sessions")] == ["0001"]
    assert {record.id: record.fqdn for record in play.cache().records()} == names
    assert all(node.running for node in play.cache().nodes.values())
    assert play.answers("sessions.primary") == (play.primary(),)
    again = max(t for t in play.when("engine", play.primary()))
    assert play.acknowledged_in(play.shard().branch) == pytest.approx(1000 * (3600 - again), abs=2)


def test_a_single_node_is_replaced_empty() -> None:
    play = CachePlay(SINGLE).at("T+60s sim:crash-host sessions-001").until("30m")
    assert play.node("sessions-001").running
    assert play.when("emptied", "sessions") == [60]
    assert play.answers("sessions.primary") == ("sessions-001",)
    assert not play.truth("failover")


def test_without_automatic_failover_the_primary_is_replaced_in_minutes_and_filled_from_a_replica() -> None:
    play = CachePlay(NO_FAILOVER).until("10s").writes(1000).until("60s").do("sim:crash-host sessions-001").until("30m")
    assert play.primary() == "sessions-001"
    assert not play.truth("role")
    assert not play.truth("emptied")
    engine = [(row["now"], row["t"]) for row in play.truth("engine", "sessions-001")]
    assert [now for now, _ in engine] == ["down", "restarting", "running"]
    assert play.when("engine", "sessions-001")[-1] > 60 + timing("elasticache-primary-replacement").min_s
    assert play.lost() < 200  # the replica's lag, not the minutes
    assert play.acknowledged_in(play.shard().branch) > 1000 * 49


def test_a_replaced_replica_takes_over_empty_when_nobody_has_anything_left() -> None:
    play = CachePlay(PAIR).until("60s").do("region:outage us-east-1 for=5m").do("az:outage us-east-1a for=5h")
    play.until("60m")
    assert play.primary() == "sessions-002"
    assert play.answers("sessions.primary") == ("sessions-002",)
    assert play.node("sessions-002").running
    assert len(play.truth("emptied", "sessions")) == 1


@pytest.mark.fact("EC-RED-03")
def test_an_append_only_file_survives_a_restart_where_elasticache_still_had_it() -> None:
    play = CachePlay(OLD).until("10s").writes(1000).until("60s")
    held = play.acknowledged_in(play.shard().branch)
    play.do("elasticache:reboot-cache-cluster sessions-001").until("20m")
    assert not play.truth("emptied")
    assert play.acknowledged_in(play.shard().branch) > held
    without = CachePlay(SINGLE).until("60s").do("elasticache:reboot-cache-cluster sessions-001").until("20m")
    assert len(without.truth("emptied")) == 1


def test_an_append_only_file_does_not_survive_the_loss_of_its_host() -> None:
    play = CachePlay(OLD).until("60s").do("sim:crash-host sessions-001").until("30m")
    assert len(play.truth("emptied")) == 1


@pytest.mark.fact("EC-RED-07")
def test_cluster_mode_spreads_all_slots_over_the_shards_and_fails_over_shard_by_shard() -> None:
    play = CachePlay(CLUSTER)
    slots = [slots for shard in play.cache("cart").shards.values() for slots in shard.slots]
    assert slots == [(0, 5461), (5462, 10922), (10923, 16383)]
    assert sum(part for part, _ in play.cache("cart").parts().values()) == 16_384
    play.at("T+60s az:outage us-east-1a").until("3m")
    assert play.primary("cart", "0001") == "cart-0001-002"
    assert play.answers("cart.0001") == ("cart-0001-002",)
    assert play.primary("cart", "0002") == "cart-0002-001"
    assert play.primary("cart", "0003") == "cart-0003-001"


def test_names_have_the_shapes_that_aws_gives_them() -> None:
    tls = CachePlay(REDIS + "transit_encryption = true\n")
    assert tls.name("sessions.primary").fqdn.startswith("master.sessions.")
    assert tls.name("sessions.reader").fqdn.startswith("replica.sessions.")
    plain = CachePlay(REDIS)
    assert ".ng.0001.use1.cache.amazonaws.test" in plain.name("sessions.primary").fqdn
    assert plain.name("sessions.reader").fqdn.startswith("sessions-ro.")
    assert ".clustercfg.use1." in CachePlay(CLUSTER).name("cart.configuration").fqdn


@pytest.mark.fact("EC-RED-02")
def test_a_replica_more_can_read_and_none_can_write() -> None:
    play = CachePlay(REDIS)
    answers = {node.id: (node.answer(False).value, node.answer(True).value) for node in play.cache().nodes.values()}
    assert answers["sessions-001"] == ("serves", "serves")
    assert answers["sessions-002"] == answers["sessions-003"] == ("serves", "read-only")
    node = play.node("sessions-002")
    assert node.error(node.answer(True), True).startswith("READONLY")


def test_the_engine_process_of_a_primary_dies_and_a_replica_is_faster() -> None:
    play = CachePlay(REDIS).at("T+60s sim:crash-instance sessions-001").until("10m")
    assert play.primary() != "sessions-001"
    assert not play.truth("emptied")
    assert play.node("sessions-001").follower is not None


def test_a_node_whose_host_a_fault_holds_is_replaced_when_it_is_let_go() -> None:
    play = CachePlay(REDIS).at("T+60s sim:crash-host sessions-002 for=20m").until("20m")
    assert not play.node("sessions-002").running
    play.until("45m")
    assert play.node("sessions-002").running


@pytest.mark.fact("EC-01")
def test_a_cache_is_redis_or_its_fork_valkey_or_memcached_and_nothing_else() -> None:
    families = {row.name: row.compatible for row in engines().values() if row.family == "elasticache"}
    assert families == {"redis": "redis", "valkey": "redis", "memcached": "memcached"}
    with pytest.raises(FileProblems, match="mongodb"):
        CachePlay(REDIS.replace('"redis"', '"mongodb"'))
