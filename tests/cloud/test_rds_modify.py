"""ModifyDBInstance and the rest of what an operator may do: when it is applied, what it interrupts, what is refused."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from opsconsole import catalog
from opsconsole.cloud import rds_changes
from opsconsole.cloud.describe_rds import db_instance
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_settings import Value
from opsconsole.commands import parse
from opsconsole.commands.rds_modify import MODIFICATIONS, ModifyInstance
from tests.cloud.play import FORGIVEN, SECOND, Play
from tests.cloud.rds_fleets import ALONE, PAIR, REPLICAS, without_backups

WINDOW_S = 504_000  # Sunday 05:00, from Monday 09:00
MODIFY = "rds:modify-db-instance billing "
NOW = " apply-immediately=true"
TUNED = "rds:create-db-parameter-group us-east-1 name=tuned family=mysql8.0"


def billing(play: Play) -> DbInstance:
    return play.cloud.rds["billing"]


def statuses(play: Play, id: str = "billing") -> list[str]:
    return [str(row["now"]) for row in play.truth("status", id)]


def failed(play: Play) -> int:
    """Whole requests of the app that failed so far."""
    seen = play.app("billing-app").books.at(play.cloud.now_us)
    return (seen.due - seen.ok) // 1_000_000_000


def longest(play: Play) -> float:
    """Seconds of the app's longest incident."""
    ended = [i for i in play.app("billing-app").incidents if i.ended_us is not None]
    return max(((i.ended_us or 0) - i.began_us) / SECOND for i in ended) if ended else 0.0


# -- what causes an outage, and what does not ---------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One row of the catalog's table: what is asked for, on which fleet, and how one sees that it was done."""

    row: str
    asked: str
    done: Callable[[DbInstance], bool]
    fleet: Callable[[str], str] = lambda fleet: fleet


def old(fleet: str) -> str:
    return fleet.replace('"mysql"', '"mysql"\nengine_version = "8.0.40"\nauto_minor_version_upgrade = false')


def large(fleet: str) -> str:
    return fleet.replace('"200 GiB"', '"500 GiB"')


def magnetic(fleet: str) -> str:
    return fleet.replace('"200 GiB"', '"200 GiB"\nstorage_type = "standard"').replace('"60/s"', '"10/s"')


def sqlserver(fleet: str) -> str:
    return fleet.replace('"mysql"', '"sqlserver-ee"').replace("db.m6g", "db.m5")


CHANGES = (
    Change("allocated-storage", "storage=300", lambda db: db.disk.allocation.gib == 300),
    Change("auto-minor-version-upgrade", "auto-minor=false", lambda db: not db.settings.auto_minor),
    Change("backup-retention-period", "retention=7", lambda db: db.settings.retention_days == 7, without_backups),
    Change("backup-retention-period", "retention=0", lambda db: db.settings.retention_days == 0),
    Change("backup-retention-period-days", "retention=30", lambda db: db.settings.retention_days == 30),
    Change("backup-window", "backup-window=01:00-01:30", lambda db: db.settings.backup_window == "01:00-01:30"),
    Change("db-instance-class", "class=db.m6g.xlarge", lambda db: db.instance_class.name == "db.m6g.xlarge"),
    Change("db-port-number", "port=3307", lambda db: db.settings.port == 3307),
    Change("deletion-protection", "protection=true", lambda db: db.settings.deletion_protection),
    Change("engine-version", "version=8.0.42", lambda db: db.settings.engine_version == "8.0.42", old),
    Change("iops", "iops=15000", lambda db: db.disk.iops == 15_000, large),
    Change(
        "maintenance-window",
        "maintenance-window=tue:01:00-tue:01:30",
        lambda db: db.settings.maintenance_window.startswith("tue"),
    ),
    Change("master-user-password", "password=new", lambda db: db.status.value == "available"),
    Change("max-allocated-storage", "max-storage=900", lambda db: db.disk.max_gib == 900),
    Change("monitoring-interval", "monitoring=15", lambda db: db.settings.monitoring_interval_s == 15),
    Change("multi-az", "multi-az=true", lambda db: db.mirror.value == "synchronised"),
    Change("new-db-instance-identifier", "new-id=invoices", lambda db: db.id == "invoices"),
    Change("option-group", "option=TDE", lambda db: db.settings.option == "TDE", sqlserver),
    Change("parameter-group", "parameter-group=tuned", lambda db: db.settings.parameter_group == "tuned"),
    Change("performance-insights", "insights=true", lambda db: db.settings.performance_insights),
    Change("storage-throughput", "throughput=700", lambda db: db.disk.allocation.throughput_mibps == 700, large),
    Change("storage-type", "storage-type=gp2", lambda db: db.disk.allocation.type == "gp2"),
    Change("storage-type-magnetic", "storage-type=gp3", lambda db: db.disk.allocation.type == "gp3", magnetic),
)
BOUNDS = {
    "none": (0.0, 0.0),
    "brief": (2.0, 200.0),
    "restart": (10.0, 370.0),
    "outage": (60.0 - FORGIVEN, 620.0),
    "failover-or-outage": (300.0, 920.0),
}
"""How long an app is not well, in seconds, by what the catalog says that a change costs without a standby."""


def test_every_change_that_can_be_asked_for_is_tried_here() -> None:
    offered = {*MODIFICATIONS.values(), "backup-retention-period-days", "storage-type-magnetic"} - {"promotion-tier"}
    assert {change.row for change in CHANGES} == offered


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.asked)
def test_a_change_costs_a_single_az_instance_what_the_catalog_says(change: Change) -> None:
    play = Play(change.fleet(ALONE)).until("1m").do(TUNED)
    db = billing(play)
    row = rds_changes.row_of(db, *next(iter(asked(change).items())))
    assert row.name == change.row
    play.do(MODIFY + change.asked + NOW).wait("15h")
    if change.row == "new-db-instance-identifier":
        play.do("app:set-endpoint billing-app endpoint=invoices use=writes")
        play.do("app:set-endpoint billing-app endpoint=invoices use=reads").wait("1m")
        assert statuses(play, "invoices") == ["rebooting", "available"]
    least, most = BOUNDS[row.outage]
    assert change.done(db)
    if change.row == "new-db-instance-identifier":
        assert longest(play) > 14 * 3600  # until somebody tells the app the new name
    elif row.outage == "none":
        assert failed(play) == 0
        assert play.app("billing-app").incidents == []
    else:
        assert failed(play) > 0
        assert least <= longest(play) <= most
        assert play.app("billing-app").health.value == "ok"


@pytest.mark.parametrize("change", [c for c in CHANGES if c.row != "multi-az"], ids=lambda change: change.asked)
def test_a_pair_pays_less_where_a_standby_helps_and_the_same_where_it_does_not(change: Change) -> None:
    play = Play(change.fleet(PAIR)).until("1m").do(TUNED)
    row = rds_changes.row_of(billing(play), *next(iter(asked(change).items())))
    play.do(MODIFY + change.asked + NOW).wait("15h")
    if row.outage == "failover-or-outage":
        assert 20 <= longest(play) <= 75
        assert play.moves("billing") == [(play.moves("billing")[0][0], ("billing/2",))]
    elif change.row != "new-db-instance-identifier":
        assert BOUNDS[row.outage][0] <= longest(play) <= BOUNDS[row.outage][1]
        assert play.moves("billing") == []


def asked(change: Change) -> dict[str, Value]:
    command = parse(MODIFY + change.asked)
    assert isinstance(command, ModifyInstance)
    return command.values()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.asked)
def test_a_change_shows_the_statuses_and_events_that_the_catalog_lists(change: Change) -> None:
    play = Play(change.fleet(ALONE)).until("1m").do(TUNED)
    row = catalog.modification(change.row)
    play.do(MODIFY + change.asked + NOW).wait("15h")
    ids = ("billing", "invoices")
    shown = {status for id in ids for status in statuses(play, id)}
    first_backup = change.asked == "retention=7"  # the first one comes at once
    assert shown - {"available"} == {*row.statuses, *(["backing-up"] if first_backup else [])}
    told = {f"RDS-EVENT-{event}" for id in ids for event in play.ids(id)}
    if change.row == "backup-retention-period":
        assert {"RDS-EVENT-0001", "RDS-EVENT-0002"} <= told or not first_backup
        told -= {"RDS-EVENT-0001", "RDS-EVENT-0002"}
        assert len(told) == 1
        assert told <= set(row.events)
    elif change.row == "engine-version":
        assert {"RDS-EVENT-0266", "RDS-EVENT-0267", "RDS-EVENT-0268", "RDS-EVENT-0269"} <= told
    elif change.row == "parameter-group":
        assert play.ids("billing") == ["0011", "0092"]
    else:
        assert set(row.events) <= told


# -- now, or in the window ----------------------------------------------------------------------------------------


def test_what_interrupts_waits_for_the_maintenance_window() -> None:
    play = Play(ALONE).until("1m").do(MODIFY + "class=db.m6g.xlarge multi-az=true retention=0").until("139h")
    assert set(statuses(play)) == {"backing-up", "available"}
    pending = db_instance(play.cloud, billing(play), True)["PendingModifiedValues"]
    assert pending == {"BackupRetentionPeriod": 0, "DBInstanceClass": "db.m6g.xlarge", "MultiAZ": True}
    play.until("143h")
    assert play.when("status", "billing", now="modifying")[0] == WINDOW_S
    db = billing(play)
    assert (db.instance_class.name, db.multi_az, db.settings.retention_days) == ("db.m6g.xlarge", True, 0)
    assert db.pending == {}


def test_apply_immediately_takes_everything_along_that_is_pending() -> None:
    play = Play(ALONE).until("1m").do(MODIFY + "class=db.m6g.xlarge").wait("1m").do(MODIFY + "storage=300").wait("1m")
    assert billing(play).pending == {"db-instance-class": "db.m6g.xlarge", "allocated-storage": 300}
    play.do(MODIFY + "retention=30" + NOW).wait("1h")
    db = billing(play)
    assert (db.instance_class.name, db.disk.allocation.gib, db.settings.retention_days) == ("db.m6g.xlarge", 300, 30)
    assert db.pending == {}
    play.until("143h")
    assert play.ids("billing").count("0012") == 1


def test_a_pending_value_is_taken_back_by_asking_for_what_is_in_force() -> None:
    play = Play(without_backups(ALONE)).until("1m")
    play.do(MODIFY + "class=db.m6g.xlarge").wait("1m").do(MODIFY + "class=db.m6g.large")
    assert billing(play).pending == {}
    play.until("143h")
    assert statuses(play) == []


def test_a_window_that_finds_it_stopped_is_followed_by_the_next() -> None:
    play = Play(ALONE).until("1m").do(MODIFY + "class=db.m6g.xlarge").until("100h").do("rds:stop-db-instance billing")
    play.until("150h").do("rds:start-db-instance billing").until("320h")
    assert play.when("status", "billing", now="modifying") == [WINDOW_S + 7 * 86_400]


def test_a_window_that_is_moved_to_now_begins_now() -> None:
    play = Play(ALONE).until("1m").do(MODIFY + "class=db.m6g.xlarge").wait("1m")
    play.do(MODIFY + "maintenance-window=mon:09:00-mon:09:30").wait("30m")
    assert billing(play).instance_class.name == "db.m6g.xlarge"


# -- the changes themselves ---------------------------------------------------------------------------------------


def test_io_is_suspended_when_backups_are_switched_on_or_off_and_not_when_they_are_kept_longer() -> None:
    play = Play(ALONE).until("1m").do(MODIFY + "retention=0" + NOW).wait("10m")
    assert "0028" in play.ids("billing")
    assert 2 <= longest(play) <= 190
    before = failed(play)
    play.do(MODIFY + "retention=5" + NOW).wait("10m")
    assert "0032" in play.ids("billing")
    assert failed(play) > before
    before = failed(play)
    play.do(MODIFY + "retention=6" + NOW).wait("10m")
    assert failed(play) == before


@pytest.mark.fact("RDS-MON-07")
def test_a_parameter_group_is_pending_until_the_next_reboot() -> None:
    play = Play(PAIR).until("1m").do(TUNED).do(MODIFY + "parameter-group=tuned").wait("5m")
    assert (billing(play).settings.parameter_group, billing(play).settings.parameter_status) == (
        "tuned",
        "pending-reboot",
    )
    play.do("rds:reboot-db-instance billing force_failover=true").wait("10m")
    assert billing(play).settings.parameter_status == "pending-reboot"  # a failover does not bring it
    play.do("rds:reboot-db-instance billing").wait("10m")
    assert billing(play).settings.parameter_status == "in-sync"


def test_a_major_version_has_to_be_allowed_and_brings_its_own_parameter_group() -> None:
    play = Play(ALONE).until("1m")
    assert "AllowMajorVersionUpgrade" in play.refusal(MODIFY + "version=8.4.5" + NOW).sentence
    assert "no way back" in play.refusal(MODIFY + "version=5.7.44" + NOW).sentence
    assert billing(play).settings.parameter_group == "default.mysql8.0"
    play.do(MODIFY + "version=8.4.5 allow-major=true" + NOW).wait("2h")
    assert billing(play).settings.engine_version == "8.4.5"
    assert billing(play).settings.parameter_group == "default.mysql8.4"


def test_a_rename_gives_it_another_endpoint_and_the_old_one_is_gone() -> None:
    play = Play(REPLICAS).until("1m").do(MODIFY + "new-id=invoices" + NOW).wait("10m")
    assert "billing" not in play.cloud.rds
    assert play.cloud.names.find("billing") is None
    assert play.answers("invoices") == ("invoices/1",)
    assert statuses(play) == ["renaming"]
    assert [db.id for db in play.cloud.rds["invoices"].replicas()] == ["billing-dr", "billing-ro"]
    assert play.app("billing-app").health.value != "ok"  # reads go to a replica, writes to nobody
    play.do("app:set-endpoint billing-app endpoint=invoices use=writes").wait("1m")
    assert play.app("billing-app").health.value == "ok"
    assert play.refusal("rds:modify-db-instance invoices new-id=billing-ro").code == "DBInstanceAlreadyExists"
    play.do("az:outage us-east-1a for=30m").wait("5m")
    assert play.answers("invoices") == ("invoices/2",)
    play.wait("1h").do("rds:modify-db-instance invoices new-id=billing" + NOW).wait("10m")
    assert play.answers("billing") == ("billing/2",)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("class=db.m6g.tiny", "InvalidParameterValue"),
        ("class=m6g.large", "InvalidParameterValue"),
        ("class=db.m6g.large", "InvalidParameterCombination"),
        ("retention=36", "InvalidParameterValue"),
        ("monitoring=7", "InvalidParameterValue"),
        ("port=22", "InvalidParameterValue"),
        ("backup-window=3am", "InvalidParameterValue"),
        ("backup-window=05:00-05:30 maintenance-window=sun:05:00-sun:05:30", "InvalidParameterCombination"),
        ("version=9.9", "InvalidParameterCombination"),
        ("tier=1", "InvalidParameterCombination"),
        ("new-id=-x-", "InvalidParameterValue"),
        ("", "InvalidParameterCombination"),
    ],
)
def test_awss_refusals(asked: str, code: str) -> None:
    assert Play(ALONE).until("1m").refusal(MODIFY + asked).code == code


def test_while_storage_is_optimized_some_changes_wait_and_others_do_not() -> None:
    play = Play(ALONE).until("1m").do(MODIFY + "storage=300" + NOW).wait("20m")
    assert billing(play).status.value == "storage-optimization"
    assert play.refusal(MODIFY + "monitoring=15").code == "InvalidDBInstanceState"
    play.do(MODIFY + "retention=30").wait("2m")
    assert billing(play).status.value == "storage-optimization"
    play.do("rds:reboot-db-instance billing").wait("5m")
    assert billing(play).status.value == "storage-optimization"


def test_a_failover_does_not_wait_for_a_modification_that_is_under_way() -> None:
    play = Play(PAIR).until("1m").do(MODIFY + "storage=300" + NOW).do("az:outage us-east-1a for=20m").wait("4m")
    assert play.answers("billing") == ("billing/2",)
    play.wait("1h")
    assert billing(play).disk.allocation.gib == 300
    assert billing(play).mirror.value == "synchronised"


def test_a_pair_whose_class_is_changed_survives_the_loss_of_either_zone_meanwhile() -> None:
    for zone in ("us-east-1a", "us-east-1b"):
        for at in ("30s", "3m", "5m", "7m"):
            play = Play(PAIR).until("1m").do(MODIFY + "class=db.m6g.xlarge" + NOW).wait(at)
            play.do(f"az:outage {zone} for=10m").wait("2h")
            assert (billing(play).instance_class.name, billing(play).status.value) == ("db.m6g.xlarge", "available")
            assert play.app("billing-app").health.value == "ok"


# -- stop and start -----------------------------------------------------------------------------------------------


def test_a_stopped_instance_answers_nobody_and_is_started_after_seven_days() -> None:
    play = Play(without_backups(PAIR)).until("1m").do("rds:stop-db-instance billing").wait("2h")
    assert statuses(play) == ["stopping", "stopped"]
    assert play.app("billing-app").health.value == "failing"
    for refused in (
        "rds:reboot-db-instance billing force_failover=true",
        "rds:stop-db-instance billing",
        MODIFY + "class=db.m6g.xlarge",
    ):
        assert play.refusal(refused).code == "InvalidDBInstanceState"
    play.do("az:outage us-east-1a for=10m").wait("1h")
    assert billing(play).failovers == 0
    stopped = play.when("status", "billing", now="stopped")[0]
    play.until("200h")
    started = next(event.at for event in play.aws_events("billing") if event.id == "0154")
    assert started == stopped + 7 * 86_400
    assert play.ids("billing")[-3:] == ["0154", "0006", "0088"]
    assert play.app("billing-app").health.value == "ok"


def test_it_is_started_by_hand_before_that_unless_its_zone_is_gone() -> None:
    play = Play(ALONE).until("1m").do("rds:stop-db-instance billing").wait("2h").do("az:outage us-east-1a for=10m")
    assert play.refusal("rds:start-db-instance billing").code == "InsufficientDBInstanceCapacity"
    play.wait("11m").do("rds:start-db-instance billing").wait("5h")
    assert statuses(play) == ["stopping", "stopped", "starting", "available"]
    assert "0154" not in play.until("300h").ids("billing")


def test_a_zone_that_is_lost_while_it_starts_or_reboots_only_lets_it_wait() -> None:
    for command in ("rds:start-db-instance billing", "rds:reboot-db-instance billing"):
        play = Play(ALONE).until("1m")
        if "start" in command:
            play.do("rds:stop-db-instance billing").wait("2h")
        play.do(command).wait("10s").do("az:outage us-east-1a for=10m").wait("5m")
        assert not billing(play).primary.running
        play.wait("5h")
        assert (billing(play).status.value, play.app("billing-app").health.value) == ("available", "ok")


# -- deletion -----------------------------------------------------------------------------------------------------


def test_a_deletion_says_what_becomes_of_the_data_or_is_refused() -> None:
    play = Play(REPLICAS).until("1m")
    for id in ("billing", "billing-ro"):
        refused = play.refusal(f"rds:delete-db-instance {id}")
        assert refused.code == "InvalidParameterCombination"
        assert refused.sentence.startswith(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        )
    play.do("rds:delete-db-instance billing-far skip-final-snapshot=true").wait("1h")
    assert "billing-far" not in play.cloud.rds


def test_a_source_that_is_deleted_while_a_replica_is_made_leaves_a_database_of_its_own() -> None:
    play = Play(REPLICAS).until("1m").do("rds:create-db-instance-read-replica billing id=billing-new zone=b").wait("2m")
    play.do("rds:delete-db-instance billing skip-final-snapshot=true").wait("3h")
    assert play.cloud.rds["billing-new"].replication is None
    assert play.cloud.rds["billing-new"].status.value == "available"


def test_a_replica_that_is_busy_when_its_source_is_deleted_is_promoted_afterwards() -> None:
    play = Play(REPLICAS).until("1m").do("rds:modify-db-instance billing-ro storage=300" + NOW)
    play.do("rds:delete-db-instance billing skip-final-snapshot=true").wait("3h")
    assert play.cloud.rds["billing-ro"].replication is None


# -- statuses -----------------------------------------------------------------------------------------------------


FIELDS = (
    "storage=600", "retention=0", "retention=30", "backup-window=01:00-01:30", "class=db.m6g.xlarge", "port=3307",
    "version=8.0.42", "iops=15000", "password=new", "monitoring=15", "multi-az=false", "new-id=invoices",
    "parameter-group=tuned", "insights=true", "storage-type=gp2",
)  # fmt: skip
OPERATIONS = (
    *(MODIFY + field + NOW for field in FIELDS),
    "rds:reboot-db-instance billing",
    "rds:reboot-db-instance billing force_failover=true",
    "rds:stop-db-instance billing",
    "rds:create-db-instance-read-replica billing id=billing-new zone=b",
    "rds:apply-pending-maintenance-action billing action=system-update",
    "rds:apply-pending-maintenance-action billing action=hardware-maintenance",
    "rds:apply-pending-maintenance-action billing action=db-upgrade",
    "rds:promote-read-replica billing-ro",
    "rds:delete-db-instance billing skip-final-snapshot=true",
    "rds:delete-db-instance billing-ro skip-final-snapshot=true",
)
TROUBLES = (
    "",
    "az:outage us-east-1a for=20m",
    "az:outage us-east-1b for=20m",
    "rds:delete-db-instance billing skip-final-snapshot=true",
)
LONG_FLEET = large(old(REPLICAS))


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble or "undisturbed")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_status_is_left_along_awss_transitions_whatever_happens_on_the_way(operation: str, trouble: str) -> None:
    play = Play(LONG_FLEET).until("1m").do(TUNED)
    alone = ("stop-db-instance", "retention=0", "version=8.0.42", "db-upgrade")
    if any(word in operation for word in alone):
        for id in ("billing-far", "billing-ro", "billing-dr"):
            play.do(f"rds:delete-db-instance {id} skip-final-snapshot=true").wait("30m")
    play.do(operation).wait("45s")
    if trouble and "billing" in play.cloud.rds and billing(play).status.value != "deleting":
        play.do(trouble)
    play.wait("26h")
    known = catalog.statuses("db-instance")
    for row in play.truth("status"):
        if row.get("was") in known:
            assert row["now"] in known[str(row["was"])].next, f"{row['source']}: {row['was']} -> {row['now']}"
    for db in play.cloud.rds.values():
        assert not known[db.status.value].transient, f"{db.id} is {db.status.value} for ever"
        assert db.change is None or db.change.done
        assert not db.io_suspended
        assert not db.kept_down
        assert db.primary.running or db.status.value in ("stopped", "storage-full")
