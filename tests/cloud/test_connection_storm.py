"""`sim:connection-storm`: a database has no connection left; whoever holds one keeps it, and nobody else gets in."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import instance_metrics, rds_metrics
from tests.cloud.play import Play

APP = "billing-app"
FULL = "ERROR 1040 (HY000): Too many connections"


def metrics(play: Play) -> tuple[float | None, float | None]:
    """Connections and CPU of `billing`."""
    db = play.cloud.rds["billing"]
    connections, cpu = (
        rds_metrics.value(play.cloud, db, name, play.cloud.now_us) for name in ("DatabaseConnections", "CPUUtilization")
    )
    return connections, cpu


def errors(play: Play, app: str = APP) -> dict[str, int]:
    return dict(play.app(app).service.value.errors)


def test_connections_stand_at_the_maximum_of_the_class_and_logins_cost_cpu() -> None:
    play = Play("rds_multi_az").until("1m")
    before, busy = metrics(play)
    assert before == 80
    full, busier = metrics(play.do("sim:connection-storm billing").until("2m"))
    assert full == catalog.capacity("mysql", "db.m6g.xlarge").max_connections
    assert busy is not None
    assert busier is not None
    assert busy + 30 < busier < 100
    assert metrics(play.do("heal billing").until("3m")) == (before, busy)


def test_connections_that_are_open_go_on_until_the_pool_renews_them() -> None:
    play = Play("rds_multi_az").at("T+1m sim:connection-storm billing for=1h").until("40m")
    assert play.saw(APP, "1m", "2m").ok == play.saw(APP, "1m", "2m").due
    assert 0 < play.saw(APP, "15m", "16m").ok < play.saw(APP, "15m", "16m").due
    assert play.saw(APP, "35m", "40m").ok == 0
    assert set(errors(play)) == {FULL}
    assert play.until("62m").all_well(APP, "61m1s", "62m")


def test_after_a_failover_nobody_gets_in_and_the_storm_is_at_the_new_writer() -> None:
    play = Play().at("T+1m sim:connection-storm orders for=10m", "T+3m rds:failover-db-cluster orders").until("6m")
    assert play.writer() == "orders-2"
    assert play.saw("checkout", "5m", "6m").writes_ok == 0
    assert FULL in errors(play, "checkout")
    told = (instance_metrics.value(play.cloud, play.instance(id), "DatabaseConnections", play.cloud.now_us)
            for id in ("orders-1", "orders-2"))  # fmt: skip
    old, new = told
    assert old is not None
    assert new == play.instance("orders-2").most_connections() > 10 * old
    assert play.until("12m").all_well("checkout", "11m1s", "12m")


@pytest.mark.parametrize(("engine", "words"), [("postgres", "connection slots"), ("mariadb", "1040 (08004)")])
def test_each_engine_says_it_in_its_own_words(engine: str, words: str) -> None:
    fleet = f"""
name = "One"
[regions]
us-east-1 = {{}}
[rds.billing]
engine = "{engine}"
region = "us-east-1"
zone = "a"
class = "db.m6g.large"
storage = "200 GiB"
[apps.billing-app]
homes = ["us-east-1"]
writes_to = "billing"
writes = "60/s"
"""
    play = Play(fleet).do("sim:connection-storm billing").until("1m").do("app:recycle-pool billing-app").until("2m")
    assert words in next(iter(errors(play)))


def test_two_storms_end_with_the_second_and_a_secondary_has_no_writer_to_storm() -> None:
    play = Play("global_aurora").do("sim:connection-storm orders").do("sim:connection-storm orders for=1m").until("2m")
    assert play.instance("orders-1").load.value.connections == play.instance("orders-1").most_connections()
    play.do("heal all").until("3m")
    assert play.instance("orders-1").load.value.connections < 500
    assert play.refusal("sim:connection-storm orders-eu").code == "InvalidDBClusterStateFault"
