"""Endpoints: AWS's shape of name, who answers, how they move, and how long apps take to notice."""

import re

import pytest

from opsconsole.cloud.names import Names
from tests.cloud.play import Play
from tests.cloud.test_failover import ALONE, PAIR, fleet

CUSTOM = """
endpoints = [
  { id = "analytics", type = "READER", members = ["orders-2", "orders-3"] },
  { id = "anybody", type = "ANY", excluded = ["orders-3"] },
]
"""
TRIO = ("a r6g.large", "b r6g.large", "c r6g.large")


# -- their shape ------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-EP-01", "AUR-EP-11")
def test_a_cluster_has_several_names_of_awss_shape_one_for_each_purpose() -> None:
    play = Play(fleet(*TRIO, endpoints=CUSTOM))
    names = {record.id: record.fqdn for record in play.cluster().records()}
    (account,) = {name.split(".")[1] for id, name in names.items() if id.startswith("orders-")}
    assert re.fullmatch(r"c[a-z0-9]{11}", account)
    assert names == {
        "orders.writer": f"orders.cluster-{account}.us-east-1.rds.amazonaws.test",
        "orders.reader": f"orders.cluster-ro-{account}.us-east-1.rds.amazonaws.test",
        "orders.analytics": f"analytics.cluster-custom-{account}.us-east-1.rds.amazonaws.test",
        "orders.anybody": f"anybody.cluster-custom-{account}.us-east-1.rds.amazonaws.test",
        **{f"orders-{i}": f"orders-{i}.{account}.us-east-1.rds.amazonaws.test" for i in (1, 2, 3)},
    }


def test_no_name_can_resolve_in_the_real_world() -> None:
    names = Play("global_aurora").cloud.names.by_fqdn
    assert {name.split(".", 1)[1].split(".")[-3] for name in names} == {"rds", "cache"}
    assert all(name.endswith(".amazonaws.test") for name in names)


def test_two_regions_and_two_fleets_have_accounts_of_their_own() -> None:
    play, other = Play("global_aurora"), Play("aurora_mysql")
    accounts = {
        record.fqdn.partition("cluster-")[2].partition(".")[0]
        for record in (play.name("orders.writer"), play.name("orders-eu.writer"), other.name("orders.writer"))
    }
    assert len(accounts) == 3


def test_records_live_five_seconds_and_the_readers_one() -> None:
    play = Play()
    assert (play.name("orders.writer").ttl_s, play.name("orders.reader").ttl_s) == (5, 1)


# -- who answers ------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-EP-02")
def test_the_writer_endpoint_answers_with_the_writer_and_takes_reads_and_writes() -> None:
    play = Play(fleet(*TRIO).replace('reads_from = ["orders"]', 'reads_from = ["orders.writer"]'))
    play.until("1m")
    load = play.cloud.traffic.load("orders-1")
    assert (load.reads_served, load.writes_served) == (100_000, 100_000)
    assert play.all_well("checkout", "0s", "1m")
    for at in range(90, 600, 90):
        play.do("rds:failover-db-cluster orders").until(f"{at}s")
        if play.cluster().status.value == "available":
            assert play.answers("orders.writer") == (play.writer(),)


@pytest.mark.fact("AUR-EP-04", "AUR-ARC-06")
def test_the_reader_endpoint_spreads_connections_evenly_over_all_readers_and_none_to_the_writer() -> None:
    play = Play(fleet("a r6g.large", *["b r6g.large"] * 3)).until("1m")
    assert "cluster-ro-" in play.name("orders.reader").fqdn
    assert play.answers("orders.reader") == ("orders-2", "orders-3", "orders-4")
    loads = [play.cloud.traffic.load(f"orders-{i}") for i in (2, 3, 4)]
    assert {load.connections for load in loads} == {20}
    assert max(load.reads_served for load in loads) - min(load.reads_served for load in loads) < 100
    assert play.cloud.traffic.load("orders-1").reads_served == 0
    assert sum(load.reads_served for load in loads) == 100_000


@pytest.mark.fact("AUR-EP-05")
def test_without_readers_the_reader_endpoint_answers_with_the_writer() -> None:
    assert Play(ALONE).answers("orders.reader") == ("orders-1",)
    play = Play(PAIR).do("rds:delete-db-instance orders-2").until("20m")
    assert play.answers("orders.reader") == ("orders-1",)
    assert play.all_well("checkout", "10m", "20m")


def test_without_readers_a_write_through_the_reader_endpoint_is_done() -> None:
    play = Play(ALONE).do("app:set-endpoint checkout endpoint=orders.reader use=writes").until("1m")
    assert play.all_well("checkout", "0s", "1m")


@pytest.mark.fact("AUR-EP-06", "AUR-ARC-11")
@pytest.mark.parametrize(
    ("engine", "error"), [("aurora-mysql", "1290"), ("aurora-postgresql", "cannot execute INSERT in a read-only")]
)
def test_a_write_through_the_reader_endpoint_is_refused_as_read_only(engine: str, error: str) -> None:
    play = Play(PAIR.replace("aurora-mysql", engine))
    play.do("app:set-endpoint checkout endpoint=orders.reader use=writes").until("1m")
    seen = play.saw("checkout", "0s", "1m")
    assert (seen.writes_ok, seen.reads_ok) == (0, seen.reads_due)
    ((text, rate),) = play.app().service.value.errors
    assert error in text
    assert rate == 100_000


@pytest.mark.fact("AUR-ARC-11")
def test_a_write_to_a_readers_own_endpoint_is_refused_as_read_only() -> None:
    play = Play(PAIR).do("app:set-endpoint checkout endpoint=orders-2 use=writes").until("1m")
    assert play.saw("checkout", "1s", "1m").writes_ok == 0
    assert "1290" in play.app().service.value.errors[0][0]


@pytest.mark.fact("AUR-EP-11")
def test_an_instances_own_endpoint_leads_to_it_whatever_its_role() -> None:
    play = Play(PAIR).do("app:set-endpoint checkout endpoint=orders-2 use=both").until("1m")
    assert play.cloud.traffic.load("orders-2").reads_served == 100_000
    play.do("rds:failover-db-cluster orders").until("5m")
    assert play.answers("orders-2") == ("orders-2",)
    assert play.all_well("checkout", "4m", "5m")
    play.do("rds:failover-db-cluster orders").until("10m")
    assert play.saw("checkout", "9m", "10m").writes_ok == 0


@pytest.mark.fact("AUR-EP-13")
def test_the_cluster_endpoints_survive_a_failover_and_an_instance_endpoint_does_not_and_ro_tells_them_apart() -> None:
    by_instance = PAIR[PAIR.index("[apps.checkout]") :].replace("checkout", "by-instance")
    play = Play(PAIR + by_instance.replace('writes_to = "orders"', 'writes_to = "orders.orders-1"'))
    play.do("rds:failover-db-cluster orders").until("10m")
    assert play.all_well("checkout", "9m", "10m")
    assert play.saw("by-instance", "9m", "10m").writes_ok == 0
    fqdn = {record.kind: record.fqdn for record in play.cluster().records()}
    assert [kind for kind, name in fqdn.items() if ".cluster-ro-" in name] == ["reader"]


# -- how they move ----------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-EP-08")
def test_a_new_reader_joins_the_reader_endpoint_and_gets_new_connections_without_any_change_of_the_app() -> None:
    play = Play(PAIR, seed=4).do("rds:create-db-instance orders id=orders-3 zone=c")
    created = play.until_row("status", "orders-3", now="available")
    joined = play.until_row("dns", "orders", name="orders.reader")
    assert 180 <= created < 1300
    assert 2 <= joined - created <= 60
    assert play.answers("orders.reader") == ("orders-2", "orders-3")
    play.wait("5s").do("app:recycle-pool checkout").wait("1m")
    assert play.cloud.traffic.load("orders-3").connections == 30
    assert play.app().reads_from == ("orders.reader",)


@pytest.mark.fact("AUR-EP-08")
def test_a_deleted_reader_leaves_the_reader_endpoint_before_it_is_gone() -> None:
    play = Play(fleet(*TRIO)).do("rds:delete-db-instance orders-3").until("20m")
    left = play.when("dns", "orders", name="orders.reader")[0]
    gone = play.when("engine", "orders-3", now="deleted")[0]
    assert left < gone
    assert play.answers("orders.reader") == ("orders-2",)
    assert play.all_well("checkout", "5m", "20m")


@pytest.mark.fact("AUR-EP-07")
def test_a_connection_stays_where_it_is_when_a_reader_joins_until_the_pool_renews_it() -> None:
    play = Play(PAIR, seed=4).do("rds:create-db-instance orders id=orders-3 zone=c")
    play.until_row("dns", "orders", name="orders.reader")
    play.wait("10s")
    assert play.cloud.traffic.load("orders-3").connections == 0
    assert play.cloud.traffic.load("orders-2").reads_served == 100_000
    play.wait("31m")
    assert play.cloud.traffic.load("orders-3").connections == 30
    assert play.saw("checkout", "0s", "30m").reads_failed == 0


def test_a_lost_reader_leaves_the_reader_endpoint_in_5_to_15_seconds_and_comes_back() -> None:
    left = []
    for seed in range(20):
        play = Play(PAIR, seed).at("T+1m sim:crash-host orders-2 for=5m").until("15m")
        (first, gone), *_, (_, back) = play.moves("orders.reader")
        left.append(first - 60)
        assert (gone, back) == (("orders-1",), ("orders-2",))
    assert 5 <= min(left) < max(left) <= 30
    assert 7 <= sorted(left)[10] <= 12


def test_the_promoted_reader_leaves_the_reader_endpoint_at_the_moment_the_writer_endpoint_moves() -> None:
    play = Play().do("rds:failover-db-cluster orders to=orders-3").until("5m")
    moved = play.moved_to("orders.writer", "orders-3")
    assert (moved, ("orders-2",)) in play.moves("orders.reader")


@pytest.mark.fact("AUR-EP-10")
def test_a_custom_endpoint_answers_with_its_members_and_skips_those_that_are_lost() -> None:
    play = Play(fleet(*TRIO)).do('rds:create-db-cluster-endpoint orders id=analytics members="orders-2,orders-3"')
    play.until("3m")
    assert play.answers("orders.analytics") == ("orders-2", "orders-3")
    play.do("sim:crash-host orders-3 for=5m").until("5m")
    assert play.answers("orders.analytics") == ("orders-2",)
    play.until("15m")
    assert play.answers("orders.analytics") == ("orders-2", "orders-3")


def test_a_custom_endpoint_of_type_reader_leaves_the_writer_out_and_any_takes_it() -> None:
    play = Play(fleet(*TRIO, endpoints=CUSTOM))
    assert play.answers("orders.anybody") == ("orders-1", "orders-2")
    play.do("rds:failover-db-cluster orders to=orders-2").until("10m")
    assert play.answers("orders.analytics") == ("orders-3",)
    assert play.answers("orders.anybody") == ("orders-1", "orders-2")


def test_a_custom_endpoint_by_exclusion_takes_new_instances_and_a_static_one_does_not() -> None:
    play = Play(fleet(*TRIO, endpoints=CUSTOM)).do("rds:create-db-instance orders id=orders-4").until("40m")
    assert play.answers("orders.anybody") == ("orders-1", "orders-2", "orders-4")
    assert play.answers("orders.analytics") == ("orders-2", "orders-3")


def test_an_app_on_a_custom_endpoint_reads_from_its_members_only() -> None:
    play = Play(fleet(*TRIO, endpoints=CUSTOM)).do("app:set-endpoint checkout endpoint=orders.analytics").until("1m")
    assert play.cloud.traffic.load("orders-2").reads_served == pytest.approx(50_000, rel=1e-3)
    assert play.cloud.traffic.load("orders-3").reads_served == pytest.approx(50_000, rel=1e-3)
    assert play.all_well("checkout", "0s", "1m")


def test_the_history_of_a_name_can_be_asked_for_at_any_past_moment() -> None:
    play = Play().at("T+1m rds:failover-db-cluster orders to=orders-2").until("10m")
    record, moved = play.name("orders.writer"), round(play.moved_to("orders.writer", "orders-2") * 1e6)
    assert play.cloud.names.resolve(record, moved - 1) == ("orders-1",)
    assert play.cloud.names.resolve(record, moved) == ("orders-2",)


# -- the register -----------------------------------------------------------------------------------------------


def test_a_name_that_leads_to_another_name_resolves_through_it_and_its_listeners_hear_of_both() -> None:
    names, heard = Names(), []
    first = names.add("a.writer", "a.example.test", "writer", 5, ("a-1",), 0)
    alias = names.add("g.writer", "g.example.test", "global", 5, (), 0)
    names.point(alias, ("a.writer",), 0)
    alias.listeners.append(lambda: heard.append(names.resolve(alias)))
    names.point(first, ("a-2",), 10)
    assert heard == [("a-2",)]
    assert names.resolve(alias, 5) == ("a-1",)
    assert names.find("g.example.test") is alias
    names.remove(first, 20)
    assert heard == [("a-2",), ()]
    assert names.find("a.writer") is None


def test_pointing_a_name_where_it_points_already_wakes_nobody() -> None:
    names, heard = Names(), []
    record = names.add("a.writer", "a.example.test", "writer", 5, ("a-1",), 0)
    record.listeners.append(lambda: heard.append(1))
    assert names.point(record, ("a-1",), 10) is False
    assert heard == []
