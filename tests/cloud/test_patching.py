"""Maintenance of an Aurora cluster: its engine, its hosts' system, its window, and what is felt of each."""

import pytest

from opsconsole.cloud import patching
from tests.cloud.play import Play
from tests.cloud.test_failover import ALONE, fleet

UPGRADE = "rds:apply-pending-maintenance-action orders action=db-upgrade"
SYSTEM = "rds:apply-pending-maintenance-action orders action=system-update"
TRIO = fleet("a r6g.large", "b r6g.large", "c r6g.large")
ZERO_DOWNTIME, RESTART = 1, 8  # seeds
SUNDAY_5 = "140h"  # the run begins on Monday at 09:00 UTC


def pending(play: Play, resource: str = "orders") -> list[str]:
    return [one.work.action for one in play.cloud.maintenance.of(resource)]


def method(play: Play) -> str:
    """How the engine was exchanged: `zero-downtime` or `restart`."""
    (row,) = play.truth("patch", "orders")
    return str(row["now"])


def down_at_once(play: Play) -> int:
    """The most instances whose engines stood still at one time."""
    moments = [t for i in play.cluster().instances.values() for t, _ in i.engine.since(0)]
    instances = list(play.cluster().instances.values())
    return max(sum(i.engine.at(t) != "running" for i in instances) for t in moments)


# -- the engine -------------------------------------------------------------------------------------------------


def test_zero_downtime_patching_keeps_every_session_while_throughput_drops_for_seconds() -> None:
    play = Play(TRIO, ZERO_DOWNTIME).do("app:set-rate checkout reads=2000/s writes=900/s").until("1m")
    before = {i.id: (i.boots, i.load.value.connections, i.capacity()) for i in play.cluster().instances.values()}
    play.do(UPGRADE).wait("1s")
    for instance in play.cluster().instances.values():
        boots, connections, (reads, writes) = before[instance.id]
        assert instance.running
        assert (instance.boots, instance.load.value.connections) == (boots, connections)
        assert instance.capacity() == (reads * 3 // 10, writes * 3 // 10)
        assert instance.status.value == "upgrading"
    assert play.app().health.value == "impaired"
    play.until("5m")
    assert method(play) == "zero-downtime"
    seen = play.saw("checkout", "0s", "5m")
    assert seen.writes_unknown == 0
    assert seen.writes_ok + seen.reads_ok < seen.due
    assert {
        i.id: (i.boots, i.load.value.connections, i.capacity()) for i in play.cluster().instances.values()
    } == before
    assert play.all_well("checkout", "3m", "5m")
    assert play.acknowledged("checkout") == play.present("checkout")
    assert all(i.started.value > 60_000_000 for i in play.cluster().instances.values())  # its uptime begins anew


@pytest.mark.fact("AUR-FEAT-02")
def test_under_a_load_with_room_to_spare_no_request_fails() -> None:
    play = (
        Play(TRIO, ZERO_DOWNTIME)
        .do("app:set-rate checkout reads=1500/s writes=200/s")
        .until("1m")
        .do(UPGRADE)
        .until("10m")
    )
    assert method(play) == "zero-downtime"
    assert play.all_well("checkout", "0s", "10m")


def test_the_upgrade_is_told_and_the_cluster_runs_the_latest_patch_of_its_version() -> None:
    play = Play(TRIO, ZERO_DOWNTIME).until("1m").do(UPGRADE).until("10m")
    assert play.cluster().version.name == "8.0.mysql_aurora.3.08.2"
    assert play.ids("orders") == ["0177", "0290", "0173"]
    assert play.ids("orders-2") == ["0178", "0047"]
    assert play.aws_events("orders")[1].message == (
        "Database cluster has been patched: source version 8.0.mysql_aurora.3.08.0 => 8.0.mysql_aurora.3.08.2."
    )
    assert [row["now"] for row in play.truth("status", "orders")] == ["upgrading", "available"]
    assert "db-upgrade" in pending(play)  # the next minor version


def test_where_no_moment_is_found_every_instance_restarts_at_once() -> None:
    play = Play(TRIO, RESTART).until("1m").do(UPGRADE).until("10m")
    assert method(play) == "restart"
    assert "no moment was found" in str(play.truth("patch")[0]["reason"])
    assert play.ids("orders-2") == ["0178", "0026", "0004", "0006", "0027", "0047"]
    assert down_at_once(play) == 3
    (incident,) = play.app().incidents
    assert incident.ended_us is not None
    assert 5 <= (incident.ended_us - incident.began_us) / 1e6 <= 130
    assert play.acknowledged("checkout") == play.present("checkout")
    assert play.writer() == "orders-1"


def test_it_is_best_effort_about_nine_in_ten_succeed() -> None:
    found = [method(Play(TRIO, seed).until("1s").do(UPGRADE)) for seed in range(60)]
    assert 45 <= found.count("zero-downtime") <= 59


def test_statements_that_queue_leave_no_moment_for_it() -> None:
    play = Play(TRIO, ZERO_DOWNTIME).do("app:set-rate checkout writes=5000/s").until("1m").do(UPGRADE).until("10m")
    assert method(play) == "restart"
    assert "orders-1 has more to do than it can" in str(play.truth("patch")[0]["reason"])


def test_a_member_of_a_global_database_restarts_and_the_secondary_comes_first() -> None:
    play = Play("global_aurora", ZERO_DOWNTIME).until("1m")
    refused = play.refusal(UPGRADE)
    assert refused.code == "InvalidDBClusterStateFault"
    assert "upgrade its secondary orders-eu first" in refused.sentence
    play.do(UPGRADE.replace("orders", "orders-eu")).until("10m").do(UPGRADE).until("20m")
    assert {row["now"] for row in play.truth("patch")} == {"restart"}
    assert play.cluster("orders").version.name == play.cluster("orders-eu").version.name != "8.0.mysql_aurora.3.08.0"
    assert play.app().health.value == "ok"


def test_a_lost_host_ends_its_exchange_and_a_lost_writer_is_replaced_when_the_rest_is_done() -> None:
    play = Play(TRIO, ZERO_DOWNTIME).until("1m").do(UPGRADE).wait("1s").do("az:outage us-east-1a").until("6m")
    assert play.cluster().status.value == "available"
    assert play.writer() in ("orders-2", "orders-3")
    play.do("heal all").until("12m")
    full = {i.capacity() for i in play.cluster().instances.values() if i.warm.value == 1000}
    assert len(full) == 1
    assert play.instance("orders-1").status.value == "available"
    assert play.acknowledged("checkout") == play.present("checkout")


def test_the_latest_patch_of_the_same_minor_version_comes_before_a_newer_minor_one() -> None:
    def offered(version: str, engine: str = "aurora-mysql") -> str | None:
        text = ALONE.replace('"aurora-mysql"', f'"{engine}"\nengine_version = "{version}"')
        found = patching.successor(Play(text).cloud.aurora["orders"])
        return found.name if found else None

    assert offered("8.0.mysql_aurora.3.04.0") == "8.0.mysql_aurora.3.04.4"
    assert offered("8.0.mysql_aurora.3.04.4") == "8.0.mysql_aurora.3.11.1"
    assert offered("8.0.mysql_aurora.3.11.1") is None
    newer = offered("16.4", "aurora-postgresql")
    assert newer is not None
    assert newer.startswith("16.")
    assert newer != "16.4"


# -- the operating system ---------------------------------------------------------------------------------------


def test_the_system_is_patched_one_host_after_the_other_and_the_writer_last_after_a_failover() -> None:
    play = Play(TRIO, 1).until("1m").do(SYSTEM).until("2h")
    order = [row["source"] for row in play.truth("status", now="maintenance")]
    assert order == ["orders-2", "orders-3", "orders-1"]
    assert down_at_once(play) <= 2  # a promotion restarts the old and the new writer
    assert play.writer() == "orders-2"
    assert play.ids("orders")[0] == "0288"
    assert play.ids("orders")[-1] == "0289"
    assert play.ids("orders-2")[:5] == ["0422", "0026", "0004", "0006", "0027"]
    assert all("system-update" not in pending(play, id) for id in ("orders", "orders-1", "orders-2", "orders-3"))
    assert play.acknowledged("checkout") == play.present("checkout")


def test_a_cluster_of_one_is_down_while_its_host_is_patched() -> None:
    play = Play(ALONE, 1).until("1m").do(SYSTEM).until("1h")
    (incident,) = play.app().incidents
    assert incident.ended_us is not None
    assert 300 <= (incident.ended_us - incident.began_us) / 1e6 <= 1800


def test_when_every_instance_has_been_patched_nothing_is_pending_for_the_cluster() -> None:
    play = Play(TRIO, 1)
    for id in ("orders-2", "orders-3"):
        play.do(f"rds:apply-pending-maintenance-action {id} action=system-update").wait("1h")
        assert "system-update" in pending(play)
    play.do("rds:apply-pending-maintenance-action orders-1 action=system-update").wait("1h")
    assert "system-update" not in pending(play)
    assert play.writer() != "orders-1"


# -- when -------------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MON-01")
def test_what_is_opted_in_to_the_window_is_done_when_the_window_begins() -> None:
    play = Play(TRIO, ZERO_DOWNTIME).do(f"{UPGRADE} opt_in=next-maintenance").until(SUNDAY_5)
    assert play.when("patch") == [140 * 3600.0]
    play.wait("10m")
    assert play.cluster().version.name == "8.0.mysql_aurora.3.08.2"


def test_a_window_of_ones_own_is_kept() -> None:
    text = TRIO.replace('region = "us-east-1"', 'region = "us-east-1"\nmaintenance_window = "tue:02:00-tue:03:00"')
    play = Play(text, ZERO_DOWNTIME).do(f"{UPGRADE} opt_in=next-maintenance").until("18h")
    assert play.when("patch") == [17 * 3600.0]


def test_an_opt_in_to_the_window_can_be_taken_back() -> None:
    play = Play(TRIO).do(f"{UPGRADE} opt_in=next-maintenance").until("1h").do(f"{UPGRADE} opt_in=undo-opt-in")
    assert [one.opt_in for one in play.cloud.maintenance.of("orders")] == ["", ""]
    play.until("200h")
    assert play.truth("patch") == []
    assert "db-upgrade" in pending(play)


def test_a_cluster_that_cannot_be_maintained_in_its_window_waits_for_the_next_one() -> None:
    play = Play(TRIO, ZERO_DOWNTIME).do(f"{UPGRADE} opt_in=next-maintenance")
    play.at("T+139h59m rds:create-db-instance orders id=orders-4").until("141h")
    assert play.truth("patch") == []
    assert play.ids("orders") == ["0085"]
    assert play.aws_events("orders")[0].message.startswith(
        "Unable to upgrade DB cluster orders because the instance orders-4 has a status of creating."
    )
    play.until("310h")
    assert play.when("patch") == [(140 + 168) * 3600.0]


def test_an_instance_that_is_deleted_awaits_no_window() -> None:
    play = Play(TRIO).do("rds:apply-pending-maintenance-action orders-3 action=system-update opt_in=next-maintenance")
    play.do("rds:delete-db-instance orders-3").until("200h")
    assert "orders-3" not in play.cloud.maintenance.windows
    assert play.truth("maintenance", "orders-3", now="in-progress") == []


@pytest.mark.parametrize(
    ("before", "line", "code", "says"),
    [
        ((), "orders-1 action=db-upgrade", "ResourceNotFoundFault", "pending actions: system-update"),
        ((), "orders action=hardware-maintenance", "ResourceNotFoundFault", "db-upgrade, system-update"),
        ((), "orders action=db-upgrade opt_in=undo-opt-in", "InvalidDBClusterStateFault", "nobody has opted in"),
        ((UPGRADE,), "orders action=db-upgrade", "InvalidDBClusterStateFault", "cannot be undone"),
        ((UPGRADE,), "orders action=system-update", "InvalidDBClusterStateFault", "orders is upgrading"),
        (("rds:reboot-db-instance orders-2",), "orders-2 action=system-update", "InvalidDBInstanceState", "rebooting"),
        (
            ("region:outage us-east-1",),
            "orders action=db-upgrade",
            "ServiceUnavailable",
            "the API of us-east-1 does not answer",
        ),
    ],
)
def test_it_is_refused_with_awss_code_and_a_sentence_that_helps(
    before: tuple[str, ...], line: str, code: str, says: str
) -> None:
    play = Play(TRIO, ZERO_DOWNTIME)
    for one in before:
        play.do(one)
    refused = play.wait("1s").refusal(f"rds:apply-pending-maintenance-action {line}")
    assert refused.code == code
    assert says in refused.sentence


def test_what_is_pending_costs_nothing_until_somebody_opts_in() -> None:
    play = Play(TRIO).do("app:set-rate checkout writes=0/s").until("1h")
    count = play.cloud.log.count
    play.until("400h")
    assert play.cloud.log.count == count
    assert pending(play) == ["db-upgrade", "system-update"]
    assert pending(play, "orders-2") == ["system-update"]
