"""Performance Insights and Enhanced Monitoring: what a database's sessions wait for, what its operating system does."""

import pytest

from opsconsole.cloud import insights, metrics
from opsconsole.cloud.insights import DatabaseLoad
from tests.cloud.play import SECOND, Play

POSTGRES = """
name = "postgres"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-postgresql"
region = "us-east-1"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "300/s"
reads = "1000/s"
"""


def loaded(play: Play, id: str) -> DatabaseLoad:
    found = insights.database_load(play.cloud, id, play.cloud.now_us)
    assert found is not None
    return found


@pytest.mark.fact("RDS-MON-06")
def test_the_load_of_a_writer_is_split_by_wait_and_by_statement() -> None:
    play = Play().until("5m")
    writer, reader = loaded(play, "orders-1"), loaded(play, "orders-2")
    assert [name for name, _ in writer.by_wait] == ["io/aurora_redo_log_flush", "CPU", "io/table/sql/handler"]
    assert [name for name, _ in writer.by_statement] == ["INSERT, UPDATE, DELETE"]
    assert [name for name, _ in reader.by_wait] == ["CPU", "io/table/sql/handler"]
    assert [name for name, _ in reader.by_statement] == ["SELECT"]
    for load in (writer, reader):
        assert sum(part for _, part in load.by_wait) == pytest.approx(sum(part for _, part in load.by_statement))


@pytest.mark.fact("RDS-MON-06")
def test_an_overloaded_reader_stands_above_the_line_of_its_vcpus_with_sessions_that_want_a_cpu() -> None:
    play = Play().at("T+2m app:set-rate checkout writes=300/s reads=60000/s").until("5m")
    load = loaded(play, "orders-3")
    assert load.vcpu == play.instance("orders-3").instance_class.vcpu
    assert load.total > 10 * load.vcpu
    assert load.by_wait[0][0] == "CPU"
    assert load.by_wait[0][1] > 0.9 * load.total
    before = insights.database_load(play.cloud, "orders-3", 60 * SECOND)
    assert before is not None
    assert before.total < before.vcpu


def test_fewer_copies_of_the_volume_show_as_time_in_the_commits_wait() -> None:
    play = Play().at("T+5m az:outage us-east-1c for=10m").until("10m")
    before = insights.database_load(play.cloud, "orders-1", 120 * SECOND)
    assert before is not None
    waits, earlier = dict(loaded(play, "orders-1").by_wait), dict(before.by_wait)
    assert waits["io/aurora_redo_log_flush"] > 1.2 * earlier["io/aurora_redo_log_flush"]
    assert waits["CPU"] == pytest.approx(earlier["CPU"])


def test_postgresql_waits_under_its_own_names() -> None:
    play = Play(POSTGRES).until("2m")
    assert dict(loaded(play, "orders-1").by_wait).keys() == {"CPU", "IO:DataFileRead", "IO:XactSync"}


@pytest.mark.parametrize(
    "rates", ["writes=300/s reads=2000/s", "writes=2000/s reads=9000/s", "writes=9000/s reads=9/s"]
)
def test_the_parts_are_the_whole_whatever_the_load(rates: str) -> None:
    play = Play().at(f"T+1m app:set-rate checkout {rates}").until("3m")
    for id in play.cloud.instances:
        load, now = play.instance(id).load.value, play.cloud.now_us
        by_little = (load.reads_served * load.read_us + load.writes_served * load.write_us) / 1e9
        assert loaded(play, id).total == pytest.approx(by_little)
        parts = [metrics.value(play.cloud, id, name, now, wobble=False) for name in ("DBLoadCPU", "DBLoadNonCPU")]
        assert sum(part or 0.0 for part in parts) == pytest.approx(by_little)


def test_there_is_no_load_while_the_engine_is_down_nor_before_the_run() -> None:
    play = Play().at("T+1m sim:crash-host orders-3 for=10m").until("5m")
    assert insights.database_load(play.cloud, "orders-3", play.cloud.now_us) is None
    assert insights.database_load(play.cloud, "orders-3", -1) is None
    chart = insights.series(play.cloud, "orders-3", 0, play.cloud.now_us, 10)
    assert [load is None for load in chart] == [False] + [True] * 9
