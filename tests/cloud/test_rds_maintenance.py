"""Maintenance of RDS DB instances: what it does to one host and to a pair, and when it comes."""

import pytest

from opsconsole.cloud.describe import describe
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_failover import PATCHED
from tests.cloud.play import FORGIVEN, Play
from tests.cloud.rds_fleets import ALONE, PAIR, REPLICAS, without_backups

WINDOW_S = 504_000  # Sunday 05:00, from Monday 09:00
APPLY = "rds:apply-pending-maintenance-action billing action="
OLD = 'engine = "mysql"\nengine_version = "8.0.40"'


def billing(play: Play) -> DbInstance:
    return play.cloud.rds["billing"]


def outdated(fleet: str) -> str:
    return fleet.replace('engine = "mysql"', OLD)


def felt(play: Play) -> float:
    """Seconds that the app was not well, all incidents together."""
    return sum((i.ended_us - i.began_us) / 1e6 for i in play.app("billing-app").incidents if i.ended_us is not None)


def statuses(play: Play, id: str = "billing") -> list[object]:
    return [row["now"] for row in play.truth("status", id)]


# -- the operating system -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def patched() -> Play:
    return Play(PAIR).at(f"T+60s {APPLY}system-update").until("2h")


def test_a_pair_is_patched_standby_first_then_a_failover_then_the_old_primary(patched: Play) -> None:
    assert patched.ids("billing") == ["0026", "0361", "0362", "0013", "0015", "0049", "0361", "0362", "0027", "0047"]
    assert patched.truth("failover", "billing", now="began")[0]["reason"] == PATCHED
    first, last = patched.when("engine", "billing/2", now="restarting")[0], patched.when("role", "billing/1")[0]
    assert first == 60
    assert last > first + 300
    assert statuses(patched) == ["maintenance", "available"]
    assert billing(patched).primary.id == "billing/2"
    assert billing(patched).mirror.value == "synchronised"


def test_its_failover_lasts_less_than_a_minute_whatever_the_seed() -> None:
    for seed in range(12):
        play = Play(PAIR, seed).at(f"T+60s {APPLY}system-update").until("2h")
        began = play.when("failover", "billing", now="began")[0]
        assert 20 <= play.moved_to("billing", "billing/2") - began <= 60.001
        assert felt(play) < 70


def test_a_single_instance_is_down_for_the_whole_of_it() -> None:
    play = Play(ALONE).at(f"T+60s {APPLY}system-update").until("1h")
    assert play.ids("billing") == ["0026", "0004", "0006", "0027", "0047"]
    assert 300 <= felt(play) <= 920
    assert statuses(play) == ["maintenance", "available"]


def test_another_host_is_announced_by_its_own_event() -> None:
    play = Play(PAIR).at(f"T+60s {APPLY}hardware-maintenance").until("2h")
    assert play.ids("billing")[0] == "0422"
    assert play.moves("billing")[-1][1] == ("billing/2",)
    assert 20 <= felt(play) < 70


def test_a_primary_lost_while_its_standby_is_patched_cannot_be_replaced_and_comes_back_by_itself() -> None:
    play = Play(PAIR).at(f"T+60s {APPLY}system-update", "T+3m az:outage us-east-1a for=5m").until("3h")
    assert play.truth("failover", "billing", now="waiting")
    assert billing(play).status.value == "available"
    assert play.all_well("billing-app", "2h", "3h")


def test_a_standby_lost_on_the_way_leaves_the_action_pending() -> None:
    play = Play(PAIR).at(f"T+60s {APPLY}system-update", "T+3m az:outage us-east-1b for=30m").until("2h")
    assert statuses(play) == ["maintenance", "available"]
    assert play.cloud.maintenance.find("billing", "system-update") is not None
    assert play.moves("billing") == []
    assert not play.truth("engine", "billing/1")


def test_an_instance_that_is_deleted_while_it_is_maintained_is_gone() -> None:
    play = Play(PAIR).at(f"T+60s {APPLY}system-update").until("5m")
    play.do("rds:delete-db-instance billing skip-final-snapshot=true").wait("1h")
    assert "billing" not in play.cloud.rds
    assert statuses(play) == ["maintenance", "deleting", "gone"]


# -- the engine ---------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MON-01", "RDS-MON-02", "RDS-03")
def test_a_minor_version_comes_by_itself_in_the_maintenance_window_and_not_before() -> None:
    play = Play(without_backups(outdated(PAIR))).until("139h")
    assert (statuses(play), billing(play).settings.engine_version) == ([], "8.0.40")
    play.until("141h")
    assert play.when("status", "billing", now="upgrading") == [WINDOW_S]
    assert billing(play).settings.engine_version == "8.0.42"
    assert play.ids("billing") == ["0267", "0266", "0004", "0006", "0269", "0268"]


def test_an_upgrade_hits_both_hosts_at_once_so_a_standby_does_not_help() -> None:
    play = Play(outdated(PAIR)).until("141h")
    assert play.when("engine", "billing/2", now="restarting") == play.when("engine", "billing/1", now="restarting")
    assert play.moves("billing") == []
    assert 60 - FORGIVEN <= felt(play) <= 620


def test_without_automatic_upgrades_a_version_waits_for_somebody_to_opt_in() -> None:
    fleet = outdated(PAIR).replace("multi_az = true", "multi_az = true\nauto_minor_version_upgrade = false")
    play = Play(fleet).until("200h")
    assert billing(play).settings.engine_version == "8.0.40"
    play.do(f"{APPLY}db-upgrade").wait("30m")
    assert billing(play).settings.engine_version == "8.0.42"
    assert play.cloud.maintenance.find("billing", "db-upgrade") is None


def test_switching_automatic_upgrades_on_opts_in_to_the_next_window() -> None:
    fleet = outdated(PAIR).replace("multi_az = true", "multi_az = true\nauto_minor_version_upgrade = false")
    play = Play(fleet).until("1m").do("rds:modify-db-instance billing auto-minor=true").until("141h")
    assert billing(play).settings.engine_version == "8.0.42"


def test_read_replicas_are_upgraded_before_their_source() -> None:
    play = Play(outdated(REPLICAS)).until("1m")
    refused = play.refusal("rds:modify-db-instance billing version=8.0.42 apply-immediately=true")
    assert "read replicas need to be upgraded" in refused.sentence
    assert play.refusal(f"{APPLY}db-upgrade").code == "InvalidDBInstanceState"


# -- opting in ----------------------------------------------------------------------------------------------------


def test_an_opt_in_waits_for_the_window_and_can_be_taken_back() -> None:
    play = Play(without_backups(ALONE)).until("1m").do(f"{APPLY}system-update opt_in=next-maintenance")
    pending = describe(play.cloud, "billing")["PendingMaintenanceActions"]
    assert "next-maintenance" in str(pending)
    play.do(f"{APPLY}system-update opt_in=undo-opt-in").until("150h")
    assert statuses(play) == []
    play.do(f"{APPLY}system-update opt_in=next-maintenance").until("320h")
    assert play.when("status", "billing", now="maintenance") == [WINDOW_S + 7 * 86_400]


def test_a_window_that_is_moved_takes_along_what_waits_for_it() -> None:
    play = Play(without_backups(ALONE)).until("1m").do(f"{APPLY}system-update opt_in=next-maintenance")
    play.do("rds:modify-db-instance billing maintenance-window=mon:10:00-mon:10:30").until("2h")
    assert play.when("status", "billing", now="maintenance") == [3600]


def test_maintenance_is_refused_while_something_else_is_done_and_a_stopped_instance_waits_for_the_next_window() -> None:
    play = Play(ALONE).until("1m").do("rds:stop-db-instance billing").wait("1m")
    assert "billing is stopp" in play.refusal(f"{APPLY}system-update").sentence
    assert play.refusal(f"{APPLY}ca-certificate-rotation").code == "ResourceNotFoundFault"
    play.do(f"{APPLY}system-update opt_in=next-maintenance").until("141h")
    assert play.truth("maintenance", "billing", now="postponed")
    play.until("320h")
    assert play.when("status", "billing", now="maintenance") == [WINDOW_S + 7 * 86_400]
