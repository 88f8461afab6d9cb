"""The event log: complete, in order, in fixed bytes, in AWS's words."""

import hashlib
import json

import pytest

from opsconsole import catalog
from opsconsole.cloud.events import KINDS, TAIL_ROWS, EventLog, Row
from tests.cloud.play import Play

SCRIPT = (
    "T+1m az:outage us-east-1a for=5m",
    "T+20m rds:failover-db-cluster orders",
    "T+30m rds:switchover-global-cluster orders-global",
    "T+1h region:outage eu-west-1 for=20m",
    "T+61m rds:failover-global-cluster orders-global allow_data_loss=true",
)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return Play("global_aurora", seed=2).at(*SCRIPT).until("3h").rows


def test_rows_are_in_order_and_each_says_when_which_stream_and_about_what(rows: list[Row]) -> None:
    times = [row["t"] for row in rows]
    assert times == sorted(times, key=lambda t: t if isinstance(t, int) else -1)
    assert {row["stream"] for row in rows} == {"aws", "sim"}
    assert all(isinstance(row["t"], int) and row["source"] for row in rows)


def test_an_aws_row_is_an_event_of_awss_catalogue_with_nothing_left_to_fill_in(rows: list[Row]) -> None:
    told = [row for row in rows if row["stream"] == "aws"]
    for row in told:
        known = catalog.event(str(row["id"]))
        assert row["source_type"] in (known.source_type, *known.also)
        assert row["category"] == known.category
        assert "{" not in str(row["message"])
    assert len({row["id"] for row in told}) > 10


def test_an_event_is_about_a_thing_of_the_kind_that_it_says(rows: list[Row]) -> None:
    cloud = Play("global_aurora").cloud
    things = {
        "db-instance": {*cloud.instances, *cloud.rds},
        "db-cluster": {*cloud.clusters},
        "replication-group": {"sessions"},
        "cache-cluster": {"pages", *(id for group in cloud.caches.values() for id in group.nodes)},
    }
    for row in rows:
        if row["stream"] == "aws":
            assert row["source"] in things[str(row["source_type"])], row


def test_a_row_of_the_truth_is_of_a_documented_kind_and_has_only_its_fields(rows: list[Row]) -> None:
    for row in rows:
        if row["stream"] == "sim":
            assert row.keys() - {"t", "stream", "source", "kind"} <= set(KINDS[str(row["kind"])][1])


def test_a_fact_that_is_not_documented_is_not_written() -> None:
    with pytest.raises(ValueError, match="colour"):
        EventLog().sim(0, "orders", "status", now="available", colour="red")


def test_statuses_go_only_where_aws_lets_them_go(rows: list[Row]) -> None:
    legal = {**catalog.statuses("db-instance"), **catalog.statuses("db-cluster"), **catalog.statuses("global-cluster")}
    seen = [(row.get("was"), row["now"]) for row in rows if row.get("kind") == "status"]
    assert len(seen) > 20
    assert {str(now) for _, now in seen} <= set(legal)


def test_the_log_is_the_bytes_of_its_rows_and_the_digest_their_hash() -> None:
    log, lines = EventLog(), []
    log.subscribe(lambda line, row: lines.append(line))
    log.sim(1, "orders", "status", was="available", now="failing-over")
    log.aws(2, "orders", "0071", name="orders-2")
    assert lines[0] == (
        b'{"kind":"status","now":"failing-over","source":"orders","stream":"sim","t":1,"was":"available"}\n'
    )
    assert json.loads(lines[1])["message"] == "Completed failover to DB instance: orders-2."
    assert log.digest == hashlib.blake2b(b"".join(lines), digest_size=16).hexdigest()
    assert log.count == 2


def test_who_has_unsubscribed_hears_no_more() -> None:
    log, heard = EventLog(), []

    def listen(line: bytes, row: Row) -> None:
        heard.append(row)

    log.subscribe(listen)
    log.sim(1, "a", "mark")
    log.unsubscribe(listen)
    log.sim(2, "b", "mark")
    assert [row["source"] for row in heard] == ["a"]


def test_the_tail_is_bounded_and_the_count_is_not() -> None:
    log = EventLog()
    for t in range(TAIL_ROWS + 10):
        log.sim(t, "a", "mark")
    assert (log.count, len(log.tail), log.tail[0]["t"]) == (TAIL_ROWS + 10, TAIL_ROWS, 10)


def test_the_same_seed_and_script_write_the_same_bytes_and_another_seed_others() -> None:
    digests = [Play("global_aurora", seed).at(*SCRIPT).until("2h").cloud.log.digest for seed in (2, 2, 3)]
    assert digests[0] == digests[1] != digests[2]
