"""Tracer requests: what one can see of a cache, a stale read, a read-only error and of balancing, without a trace."""

from itertools import pairwise

import pytest

from opsconsole.cloud.tracer import Trace, Tracer
from tests.cloud.cache_fleets import shop
from tests.cloud.play import Play


def follow(play: Play, app: str, kind: str, number: int = 0) -> Trace:
    return Tracer(play.cloud, app).follow("write" if kind == "write" else "read", number)


def calls(trace: Trace) -> list[str]:
    return [hop.call.split()[0] for hop in trace.hops]


@pytest.mark.fact("EC-07", "EC-10")
def test_a_hit_ends_at_the_cache() -> None:
    trace = follow(Play(shop()).until("1m"), "store", "read")
    assert calls(trace) == ["DNS", "connection", "GET"]
    assert trace.hops[-1].answer.startswith("hit")
    assert trace.outcome in ("ok", "stale")


@pytest.mark.fact("CACHE-09")
def test_a_miss_goes_on_to_the_database_and_writes_the_key_back() -> None:
    play = Play(shop()).until("1m").do("sim:cache-flush redis")
    trace = follow(play, "store", "read", 4)
    assert calls(trace) == ["DNS", "connection", "GET", "DNS", "connection", "SELECT", "SET"]
    assert trace.hops[2].answer == "miss"
    hit = follow(Play(shop()).until("1m"), "store", "read")
    assert trace.us > hit.us


def test_a_key_that_is_back_stays_while_the_cache_fills() -> None:
    play = Play(shop()).until("1m").do("sim:cache-flush redis")
    held: list[set[int]] = []
    for _ in range(6):
        play.wait("20s")
        traces = [follow(play, "store", "read", number) for number in range(60)]
        held.append({trace.number for trace in traces if trace.hops[2].answer.startswith("hit")})
    assert all(before <= after for before, after in pairwise(held))
    assert len(held[-1]) > len(held[0])


@pytest.mark.fact("CACHE-07")
def test_write_through_writes_both_and_lazy_loading_the_database_only() -> None:
    lazy, through = (Play(shop(pattern=pattern)).until("1m") for pattern in ("lazy", "lazy+write-through"))
    assert calls(follow(lazy, "store", "write"))[-1] == "UPDATE"
    assert calls(follow(through, "store", "write"))[-2:] == ["UPDATE", "SET"]


def test_some_hits_are_stale_and_say_which_version_the_database_has() -> None:
    play = Play(shop(ttl="1h")).until("30m")
    traces = [follow(play, "store", "read", number) for number in range(60)]
    stale = [trace for trace in traces if trace.outcome == "stale"]
    assert stale
    assert "the database has" in stale[0].hops[-1].answer


def test_connections_to_a_reader_endpoint_are_balanced_one_by_one() -> None:
    play = Play("aurora_mysql").until("1m")
    nodes = {follow(play, "checkout", "read", number).hops[-1].to for number in range(24)}
    assert nodes == {"orders-2", "orders-3"}


def test_a_pooled_connection_to_the_old_writer_meets_the_read_only_error() -> None:
    play = Play("aurora_mysql").at("T+60s app:set-dns-ttl checkout ttl=forever").until("2m")
    play.do("rds:failover-db-cluster orders").wait("3m")
    trace = follow(play, "checkout", "write")
    assert trace.outcome == "failed"
    assert "1290" in trace.hops[-1].answer


def test_a_dead_node_is_seen_as_a_time_out() -> None:
    play = Play(shop("memory")).until("1m").do("az:outage us-east-1b for=30m").wait("1s")
    traces = [follow(play, "store", "read", number) for number in range(60)]
    dead = [trace for trace in traces if any(hop.to == "memory/0002" and not hop.ok for hop in trace.hops)]
    assert dead
    assert any("SELECT" in calls(trace) for trace in dead)


def test_a_tracer_changes_nothing() -> None:
    traced, alone = Play(shop()).until("1m"), Play(shop()).until("1m")
    for _ in range(5):
        for number in range(30):
            follow(traced, "store", "read", number)
            follow(traced, "store", "write", number)
        traced.do("sim:cache-flush redis").wait("10s")
        alone.do("sim:cache-flush redis").wait("10s")
    assert traced.cloud.log.digest == alone.cloud.log.digest
    assert traced.app("store").books.at(traced.cloud.now_us) == alone.app("store").books.at(alone.cloud.now_us)


def test_the_same_number_goes_the_same_way_until_something_changes() -> None:
    play = Play("aurora_mysql").until("1m")
    assert follow(play, "checkout", "read", 5) == follow(play, "checkout", "read", 5)


def test_in_a_stampede_as_many_tracers_fail_as_requests_do() -> None:
    play = Play(shop(keys=100_000)).until("1m").do("sim:cache-flush redis").wait("1s")
    seen = play.app("store").books.rates_at(play.cloud.now_us)
    failed = sum(follow(play, "store", "read", number).outcome == "failed" for number in range(600))
    missed = [follow(play, "store", "read", number) for number in range(600)]
    asked = [trace for trace in missed if "SELECT" in calls(trace)]
    turned_away = sum(trace.outcome == "failed" for trace in asked) / len(asked)
    load = play.cloud.traffic.load("shop/1")
    assert failed
    assert seen.reads_ok < seen.reads_due
    assert turned_away == pytest.approx(1 - load.reads_served / load.reads, abs=0.1)
