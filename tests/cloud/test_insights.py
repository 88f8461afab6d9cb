"""Performance Insights and Enhanced Monitoring: what a database's sessions wait for, what its operating system does."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import insights, metrics, os_metrics
from opsconsole.cloud.insights import DatabaseLoad
from opsconsole.cloud.os_metrics import Sample
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


# -- RDS DB instances ---------------------------------------------------------------------------------------------

RDS = """
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
enhanced_monitoring = "1s"
[rds.shop]
engine = "mysql"
region = "us-east-1"
zone = "b"
class = "db.r6g.8xlarge"
storage = "100 GiB"
enhanced_monitoring = "60s"
performance_insights = true
[rds.plain]
engine = "mysql"
region = "us-east-1"
zone = "b"
class = "db.m6g.large"
storage = "100 GiB"
[apps.billing]
homes = ["us-east-1"]
writes_to = "ledger"
reads_from = ["ledger"]
writes = "100/s"
reads = "300/s"
[apps.store]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop"]
writes = "50/s"
reads = "300/s"
pool = 100
"""


def sampled(play: Play, id: str) -> Sample:
    found = os_metrics.latest(play.cloud, id, play.cloud.now_us)
    assert found is not None
    return found


@pytest.mark.fact("RDS-MON-06")
def test_performance_insights_is_what_is_turned_on() -> None:
    play = Play(RDS).until("3m")
    assert [name for name, _ in loaded(play, "ledger").by_wait] == ["CPU", "IO:WALSync"]
    assert insights.database_load(play.cloud, "plain", play.cloud.now_us) is None
    play.do("rds:modify-db-instance plain insights=true apply-immediately=true").until("30m")
    assert insights.database_load(play.cloud, "plain", play.cloud.now_us) is not None
    assert "DBLoad" in metrics.names_for(play.cloud, "plain")


def test_sessions_that_wait_for_a_slow_disk_are_told_from_those_that_want_a_cpu() -> None:
    play = Play(RDS.replace('storage = "100 GiB"\nenhanced', 'storage = "100 GiB"\nstorage_type = "gp2"\nenhanced'))
    play.at("T+1m app:set-rate store writes=3000/s reads=300/s").until("5m")
    load = loaded(play, "shop")
    assert load.by_wait[0][0] == "io/file/innodb/innodb_data_file"
    assert load.by_wait[0][1] > 0.8 * load.total
    system = sampled(play, "shop")
    assert system.cpu.wait > system.cpu.total
    assert system.tasks.blocked > 20 * max(1, system.tasks.running)


@pytest.mark.fact("RDS-MON-05")
def test_enhanced_monitoring_shows_cpu_memory_load_and_processes_of_the_operating_system() -> None:
    play = Play(RDS).until("20m")
    system, size = sampled(play, "ledger"), play.cloud.rds["ledger"].instance_class
    cpu = metrics.value(play.cloud, "ledger", "CPUUtilization", play.cloud.now_us, wobble=False)
    assert system.vcpu == size.vcpu
    assert system.cpu.total == pytest.approx(cpu)
    assert sum(
        (system.cpu.user, system.cpu.system, system.cpu.wait, system.cpu.steal, system.cpu.idle)
    ) == pytest.approx(100)
    assert system.memory.total == size.memory_gib * 2**30
    assert system.memory.free == pytest.approx(
        metrics.value(play.cloud, "ledger", "FreeableMemory", play.cloud.now_us, False)
    )
    assert [process.name for process in system.processes] == ["postgres", "OS and RDS processes"]
    assert sum(process.cpu_percent for process in system.processes) == pytest.approx(system.cpu.total)
    held = sum(process.memory_percent for process in system.processes) / 100 * system.memory.total
    assert held == pytest.approx(system.memory.active)
    assert system.tasks.total == play.cloud.rds["ledger"].primary.load.value.connections
    steady = loaded(play, "ledger").total
    for average in (system.load_average.one, system.load_average.five, system.load_average.fifteen):
        assert average == pytest.approx(steady, rel=0.01)


@pytest.mark.fact("RDS-MON-05")
def test_enhanced_monitoring_has_an_interval_of_its_own_and_nothing_where_it_is_off() -> None:
    play = Play(RDS).until("90500ms")
    assert sampled(play, "ledger").at_us == 90 * SECOND
    assert sampled(play, "shop").at_us == 60 * SECOND
    assert os_metrics.latest(play.cloud, "plain", play.cloud.now_us) is None
    assert len(os_metrics.series(play.cloud, "ledger", 60 * SECOND, 90 * SECOND)) == 31
    assert len(os_metrics.series(play.cloud, "shop", 0, 90 * SECOND)) == 2
    assert os_metrics.series(play.cloud, "plain", 0, 90 * SECOND) == []
    play.do("rds:modify-db-instance plain monitoring=5 apply-immediately=true").until("30m")
    assert sampled(play, "plain").at_us % (5 * SECOND) == 0


def test_load_averages_follow_the_load_by_their_minutes() -> None:
    play = Play(RDS).at("T+20m app:set-rate billing writes=100/s reads=9000/s").until("21m")
    before, after = os_metrics.latest(play.cloud, "ledger", 1200 * SECOND - 1), sampled(play, "ledger")
    assert before is not None
    low, high = before.load_average.one, loaded(play, "ledger").total
    reached = [(one - low) / (high - low) for one in (after.load_average.one, after.load_average.five)]
    assert reached[0] == pytest.approx(0.632, abs=0.01)  # 1 - 1/e after one time constant
    assert reached[1] == pytest.approx(0.181, abs=0.01)
    assert after.load_average.fifteen < after.load_average.five


def test_the_agent_tells_while_the_engine_restarts_and_not_when_the_host_is_dead() -> None:
    play = Play(RDS).at("T+2m rds:reboot-db-instance ledger")
    play.until_row("engine", "ledger/1", now="restarting")
    play.wait("2s")
    system = sampled(play, "ledger")
    assert [process.name for process in system.processes] == ["OS and RDS processes"]
    assert system.tasks.total == 0
    assert system.cpu.total == pytest.approx(catalog.assumption("cpu-floor-percent").value)
    assert insights.database_load(play.cloud, "ledger", play.cloud.now_us) is None
    play = Play(RDS).at("T+2m sim:crash-host shop").until("3m5s")
    assert os_metrics.latest(play.cloud, "shop", play.cloud.now_us) is None
