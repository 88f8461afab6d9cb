"""Automated backups, snapshots and restores of RDS DB instances, seen happening."""

from itertools import pairwise

import pytest

from opsconsole import catalog
from opsconsole.cloud import databases, losses, rds_backups, recovery
from opsconsole.cloud.archive import DAY_US, Archive
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.recovery import Kind, Way
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.fleet import FileProblems, parse_fleet
from tests.cloud.play import SECOND, Play
from tests.cloud.rds_fleets import ALONE, PAIR, REPLICAS, stored

HOUR = 3600 * SECOND
MIDNIGHT = "start = 2026-01-05T00:00:00Z\n"
WEEK = ALONE.replace('storage = "200 GiB"', 'storage = "200 GiB"\nbackup_retention = "7d"')
RESTORE = "rds:restore-db-instance-to-point-in-time billing id=billing-2"


def db(play: Play, id: str = "billing") -> DbInstance:
    return play.cloud.rds[id]


def archive(play: Play, id: str = "billing") -> Archive:
    return db(play, id).archive


def snapshot(play: Play, name: str) -> Snapshot:
    return play.cloud.snapshots[name]


def way(play: Play, kind: Kind, id: str = "billing") -> Way:
    return next(way for way in recovery.ways(play.cloud, id) if way.kind is kind)


def latest(play: Play, id: str = "billing") -> int:
    found = archive(play, id).latest_us()
    assert found is not None
    return found


# -- the daily backup ---------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-BKP-23", "RDS-BKP-24")
def test_one_automated_backup_a_day_is_made_in_the_window() -> None:
    play = Play(ALONE).until("65h")
    begun = [event.at for event in play.aws_events("billing") if event.id == "0001"]
    assert begun == [18 * 3600, 42 * 3600]  # 03:00 on each day after a start at 09:00
    assert play.ids("billing") == ["0001", "0002", "0001", "0002"]
    statuses = [row["now"] for row in play.truth("status", "billing")]
    assert statuses == ["backing-up", "available"] * 2
    newest = play.cloud.snapshots.of("billing")[-1]
    assert (newest.name, newest.automated) == ("rds:billing-2026-01-07-03-00", True)


@pytest.mark.fact("RDS-BKP-22")
def test_automated_backups_are_on_unless_somebody_switches_them_off() -> None:
    play = Play(ALONE)
    assert db(play).settings.retention_days == 1
    play.do("rds:create-db-instance us-east-1 id=fresh engine=mysql").until_row("status", "fresh", now="backing-up")
    assert db(play, "fresh").settings.retention_days == 1


@pytest.mark.fact("RDS-BKP-26", "RDS-BKP-27")
def test_a_window_that_is_moved_moves_the_backup_and_with_it_the_age_of_the_newest_snapshot() -> None:
    ages = []
    for window in ("03:00-03:30", "08:00-08:30"):
        play = Play(MIDNIGHT + WEEK.replace('zone = "a"', f'zone = "a"\nbackup_window = "{window}"')).until("12h")
        ages.append(way(play, Kind.SNAPSHOT).age_us)
    assert ages == [9 * HOUR, 4 * HOUR]
    play = Play(WEEK).until("1m").do("rds:modify-db-instance billing backup-window=10:00-10:30").until("2h")
    assert [event.at for event in play.aws_events("billing") if event.id == "0001"] == [3600]


def test_a_backup_is_skipped_while_the_instance_is_stopped_and_made_the_day_after_it_was_started() -> None:
    play = Play(ALONE).at("T+17h rds:stop-db-instance billing", "T+20h rds:start-db-instance billing").until("48h")
    assert [event.at for event in play.aws_events("billing") if event.id == "0001"] == [42 * 3600]
    assert play.truth("backup", "billing", now="skipped", reason="the instance is stopped")


# -- snapshots ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-BKP-09")
def test_a_snapshot_may_be_taken_at_any_time_and_the_list_grows() -> None:
    play = Play(PAIR).until("1h")
    before = len(play.cloud.snapshots)
    for number in range(3):
        play.do(f"rds:create-db-snapshot billing id=hourly-{number}").wait("1h")
    assert len(play.cloud.snapshots) == before + 3
    assert play.ids("hourly-0") == ["0040", "0042"]
    assert snapshot(play, "hourly-2").status.value == "available"


def test_while_a_snapshot_is_made_it_shows_how_far_it_is_and_the_instance_is_backing_up() -> None:
    play = Play(PAIR).until("1h").do("rds:create-db-snapshot billing id=one").wait("20s")
    made, whole = snapshot(play, "one"), snapshot(play, "one").ends_us - snapshot(play, "one").created_us
    assert db(play).status.value == "backing-up"
    assert made.percent(play.cloud.now_us) == 20 * SECOND * 100 // whole
    assert play.refusal("rds:create-db-snapshot billing id=two").code == "InvalidDBInstanceState"
    assert play.refusal("rds:restore-db-instance-from-db-snapshot one id=b").code == "InvalidDBSnapshotState"
    play.until_row("status", "one", now="available")
    assert made.percent(play.cloud.now_us) == 100


@pytest.mark.fact("RDS-BKP-12", "RDS-BKP-13", "RDS-BKP-25")
def test_the_first_snapshot_copies_everything_and_takes_long_later_ones_what_has_changed() -> None:
    play = Play(ALONE.replace('storage = "200 GiB"', 'storage = "500 GiB"\nbackup_retention = "0d"')).until("1h")
    sizes, times = [], []
    for number in range(2):
        play.do(f"rds:create-db-snapshot billing id=one-{number}").until_row("status", f"one-{number}", within="4h")
        made = snapshot(play, f"one-{number}")
        sizes.append(made.stored_bytes / made.data_bytes)
        times.append(made.ends_us - made.created_us)
        play.wait("30m")
    assert sizes[0] == 1
    assert 0 < sizes[1] < 0.05
    assert times[1] * 3 < times[0]


@pytest.mark.fact("RDS-BKP-14", "RDS-BKP-15")
def test_a_snapshot_is_felt_without_a_standby_and_by_nobody_with_one() -> None:
    alone, pair = (
        Play(fleet).until("1m").do("rds:create-db-snapshot billing id=one").wait("2m") for fleet in (ALONE, PAIR)
    )
    felt = alone.saw("billing-app", "1m", "2m")
    assert felt.writes_ok < felt.writes_due
    assert felt.writes_ok > 0.9 * felt.writes_due, "seconds, not more"
    assert pair.all_well("billing-app", "1m", "3m")


@pytest.mark.fact("RDS-BKP-16", "RDS-BKP-33")
def test_a_year_later_manual_snapshots_are_there_and_automated_ones_only_as_long_as_they_are_retained() -> None:
    play = (
        Play(WEEK.replace('writes = "60/s"', 'writes = "1/s"')).until("1h").do("rds:create-db-snapshot billing id=old")
    )
    play.until(f"{366 * 24}h")
    manual, automated = snapshot(play, "old"), [one for one in play.cloud.snapshots.of("billing") if one.automated]
    assert manual.available
    assert manual.content.acknowledged("billing-app") == 3600 * 10**9
    assert len(automated) == 7
    assert all(play.cloud.now_us - one.created_us < 7 * DAY_US for one in automated)


@pytest.mark.fact("RDS-BKP-17", "RDS-BKP-18", "RDS-BKP-38")
def test_a_deletion_asks_for_a_final_snapshot_which_is_all_that_is_left_after_the_retention() -> None:
    play = Play(ALONE).until("1h")
    assert "FinalDBSnapshotIdentifier is required" in play.refusal("rds:delete-db-instance billing").sentence
    assert (
        "can not be specified"
        in play.refusal("rds:delete-db-instance billing final-snapshot=last skip-final-snapshot=true").sentence
    )
    play.do("rds:delete-db-instance billing final-snapshot=last").wait("1m")
    assert db(play).status.value == "deleting"
    play.until_row("status", "billing", within="2h", now="gone")
    assert [one.name for one in play.cloud.snapshots.of("billing")] == ["last"]
    play.until("200h").do("rds:restore-db-instance-from-db-snapshot last id=back")
    play.until_row("status", "back", within="2h", now="available")
    assert databases.content_of(play.cloud, "back").acknowledged("billing-app") == 3600 * 60 * 10**9


@pytest.mark.fact("RDS-BKP-38")
def test_without_a_final_snapshot_nothing_is_left_to_restore() -> None:
    play = Play(ALONE).until("1h").do("rds:delete-db-instance billing skip-final-snapshot=true").until("3h")
    assert len(play.cloud.snapshots) == 0
    assert not play.cloud.snapshots.archives


@pytest.mark.fact("RDS-BKP-37")
def test_automated_backups_of_a_deleted_instance_may_be_kept_and_still_expire() -> None:
    play = Play(WEEK).until("1h")
    play.do("rds:delete-db-instance billing skip-final-snapshot=true delete-automated-backups=false").until("2h")
    kept = play.cloud.snapshots.archives["ab-billing"]
    assert kept.latest_us() is not None
    play.do("rds:restore-db-instance-to-point-in-time ab-billing id=back use-latest-restorable-time=true")
    play.until_row("status", "back", within="2h", now="available")
    assert databases.content_of(play.cloud, "back").acknowledged("billing-app") > 0.9 * 3600 * 60 * 10**9
    play.until(f"{8 * 24}h")
    assert "ab-billing" not in play.cloud.snapshots.archives
    assert play.truth("backup", "ab-billing", now="expired")


@pytest.mark.fact("RDS-BKP-19")
def test_a_restore_brings_back_every_database_of_the_instance() -> None:
    play = Play(ALONE).until("1m").do("sql:create-database billing name=reports").do("mark both").wait("1s")
    play.do("sql:drop-database billing name=reports").until("10m").do(f"{RESTORE} restore-time=both")
    play.until_row("status", "billing-2", within="2h", now="available")
    assert db(play, "billing-2").contents.databases_at(play.cloud.now_us) == ("billing", "reports")
    assert db(play).contents.databases_at(play.cloud.now_us) == ("billing",)


@pytest.mark.fact("RDS-BKP-20")
def test_the_more_often_snapshots_are_taken_the_less_can_be_lost() -> None:
    worst = []
    for every in (1, 4):
        play = Play(PAIR.replace('storage = "200 GiB"', 'storage = "200 GiB"\nbackup_retention = "0d"')).until("1h")
        ages = []
        for hour in range(8):
            if hour % every == 0:
                play.do(f"rds:create-db-snapshot billing id=at-{hour}")
            play.wait("59m")
            ages.append(way(play, Kind.SNAPSHOT).age_us)
            play.wait("1m")
        worst.append(max(ages))
    assert worst[0] < HOUR < 3 * HOUR < worst[1]


@pytest.mark.fact("RDS-BKP-21")
def test_a_snapshot_copied_to_another_region_can_be_restored_when_the_first_is_lost() -> None:
    play = Play(REPLICAS).until("1m").do("rds:create-db-snapshot billing id=here")
    play.until_row("status", "here", within="2h", now="available")
    play.do("rds:copy-db-snapshot here id=there region=eu-west-1").until_row(
        "status", "there", within="4h", now="available"
    )
    assert play.ids("there") == ["0059", "0060"]
    play.do("region:outage us-east-1").wait("1m")
    assert play.refusal("rds:restore-db-instance-from-db-snapshot here id=no").code == "ServiceUnavailable"
    play.do("rds:restore-db-instance-from-db-snapshot there id=back").until_row(
        "status", "back", within="2h", now="available"
    )
    assert db(play, "back").region.name == "eu-west-1"
    assert databases.content_of(play.cloud, "back").acknowledged("billing-app") == 60 * 60 * 10**9


def test_the_hundred_and_first_manual_snapshot_of_a_region_is_refused() -> None:
    play = Play(PAIR).until("1m")
    for number in range(100):
        play.cloud.snapshots.keep(rds_backups.picture(db(play), f"kept-{number}", play.cloud.now_us))
    assert play.refusal("rds:create-db-snapshot billing id=more").code == "SnapshotQuotaExceeded"


def test_automated_snapshots_cannot_be_deleted_and_manual_ones_can() -> None:
    play = Play(PAIR).until("1m")
    automated = play.cloud.snapshots.of("billing")[0].name
    assert play.refusal(f"rds:delete-db-snapshot {automated}").code == "InvalidDBSnapshotState"
    play.do(f"rds:copy-db-snapshot {automated} id=mine").until_row("status", "mine", within="2h", now="available")
    play.do("rds:delete-db-snapshot mine").wait("2m")
    assert "mine" not in play.cloud.snapshots
    assert play.ids("mine") == ["0196", "0197", "0041"]


# -- logs and the restorable range --------------------------------------------------------------------------------


@pytest.mark.fact("RDS-BKP-28", "RDS-BKP-30")
def test_the_latest_restorable_time_moves_in_steps_of_five_minutes_and_is_never_older() -> None:
    play = Play(ALONE)
    seen = []
    for _ in range(180):
        play.wait("10s")
        seen.append(latest(play))
        assert 0 <= play.cloud.now_us - seen[-1] <= 300 * SECOND
    steps = {after - before for before, after in pairwise(seen)}
    assert steps == {0, 300 * SECOND}


@pytest.mark.fact("RDS-BKP-30")
def test_a_restore_after_a_crash_loses_five_minutes_of_writes_at_most() -> None:
    play = Play(ALONE).until("1h").do("az:outage us-east-1a").wait("1m")
    play.do(f"{RESTORE} use-latest-restorable-time=true zone=b").until_row(
        "status", "billing-2", within="2h", now="available"
    )
    play.do("app:set-endpoint billing-app endpoint=billing-2 use=both").wait("2m")
    found = losses.account(play.cloud, "billing-app")
    assert found.acknowledged == found.present + found.lost
    assert 0 < found.lost <= 300 * 60 * 10**9
    (gap,) = losses.gaps(db(play, "billing-2").content(play.cloud.now_us), "billing-app", play.cloud.now_us)
    assert gap.ends_us - gap.begins_us <= 300 * SECOND
    assert not gap.discarded


@pytest.mark.fact("RDS-BKP-32", "RDS-BKP-43")
def test_a_time_outside_of_what_is_kept_is_refused_and_the_window_named() -> None:
    play = Play(WEEK).until("1h")
    for asked in ("T+59m59s", "2025-12-20T00:00:00Z"):
        refused = play.refusal(f"{RESTORE} restore-time={asked}")
        assert refused.code == "InvalidParameterValue"
        assert "its restorable times are 2025-12-30T03:00:00Z to 2026-01-05T09:5" in refused.sentence
    assert play.refusal(RESTORE).code == "InvalidParameterCombination"
    assert play.refusal(f"{RESTORE} restore-time=yesterday").code == "InvalidParameterValue"
    play.do(f"{RESTORE} restore-time=2026-01-04T16:00:00Z")


@pytest.mark.fact("RDS-BKP-34")
def test_retention_is_nought_to_thirty_five_days() -> None:
    play = Play(ALONE)
    for days in (36, -1):
        assert play.refusal(f"rds:modify-db-instance billing retention={days}").code == "InvalidParameterValue"
    with pytest.raises(FileProblems, match="35"):
        parse_fleet(WEEK.replace('"7d"', '"36d"'), "inline.toml")
    play.do("rds:modify-db-instance billing retention=35 apply-immediately=true").wait("2m")
    assert archive(play).days == 35


@pytest.mark.fact("RDS-BKP-35")
def test_retention_nought_deletes_the_backups_there_are_and_refuses_a_restore_to_a_time() -> None:
    play = Play(WEEK).until("1m")
    assert len(play.cloud.snapshots.of("billing")) == 7
    play.do("rds:modify-db-instance billing retention=0 apply-immediately=true").wait("10m")
    assert play.cloud.snapshots.of("billing") == []
    assert play.refusal(f"{RESTORE} use-latest-restorable-time=true").code == "PointInTimeRestoreNotEnabled"
    play.until("48h")
    assert "0001" not in play.ids("billing")
    play.do("rds:modify-db-instance billing retention=3 apply-immediately=true").wait("2h")
    assert [one.automated for one in play.cloud.snapshots.of("billing")] == [True]
    assert play.truth("status", "billing", now="backing-up")


def test_retention_nought_is_refused_while_there_are_replicas() -> None:
    assert "has read replicas" in Play(REPLICAS).refusal("rds:modify-db-instance billing retention=0").sentence


# -- restores -----------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-BKP-31")
def test_a_restore_to_a_time_lays_the_base_and_then_replays_the_logs() -> None:
    play = Play(ALONE).until("17h").do(f"{RESTORE} restore-time=T+16h")
    play.until_row("status", "billing-2", within="3h", now="available")
    base, replay = play.truth("restore", "billing-2")
    assert (base["now"], replay["now"]) == ("base", "replay")
    log = catalog.assumption("rds-log-bytes-per-write").value * 60 * 16 * 3600
    assert replay["mib"] == int(log / 1024**2)
    taken = (
        next(float(row["t"]) / 1e6 for row in play.truth("engine", "billing-2/1", now="running"))
        - float(replay["t"]) / 1e6
    )
    assert taken == pytest.approx(log / 1024**2 / catalog.assumption("log-replay-mib-per-s").value, rel=0.01)


@pytest.mark.fact("RDS-BKP-39", "RDS-BKP-40", "RDS-BKP-41")
def test_a_restore_is_another_instance_with_another_name_and_apps_stay_where_they_are_until_repointed() -> None:
    play = Play(ALONE).until("1h").do("sim:drop-table billing share=100%").wait("10m")
    play.do(f"{RESTORE} restore-time=T+59m").until_row("status", "billing-2", within="2h", now="available")
    assert set(play.cloud.rds) == {"billing", "billing-2"}
    assert play.name("billing").fqdn != play.name("billing-2").fqdn
    play.wait("10m")
    assert play.app("billing-app").health.value == "failing"
    play.do("app:set-endpoint billing-app endpoint=billing-2 use=both").wait("30s")
    assert play.app("billing-app").health.value == "ok"


@pytest.mark.fact("RDS-BKP-42")
def test_a_restored_snapshot_holds_the_snapshots_moment_whatever_came_after() -> None:
    play = Play(PAIR).until("1h").do("rds:create-db-snapshot billing id=one").until("5h")
    assert "restore-time" not in catalog_fields("rds:restore-db-instance-from-db-snapshot")
    play.do("rds:restore-db-instance-from-db-snapshot one id=back").until_row(
        "status", "back", within="2h", now="available"
    )
    assert databases.content_of(play.cloud, "back").acknowledged("billing-app") == 3600 * 60 * 10**9


def catalog_fields(name: str) -> list[str]:
    from opsconsole.commands import registry
    from opsconsole.commands.grammar import field_names

    return field_names(registry()[name])


@pytest.mark.fact("RDS-BKP-44")
def test_a_restore_takes_longer_the_more_data_there_is() -> None:
    times = []
    for gib in (100, 2000):
        play = Play(stored(f'storage = "{gib} GiB"\ndata = "{gib * 4 // 5} GiB"', PAIR)).until("1h")
        play.do(f"{RESTORE} restore-time=T+30m").until_row("engine", "billing-2/1", within="4h", now="running")
        times.append(play.now - 3600)
    assert times[1] == pytest.approx(times[0] * (1 + 1.6) / (1 + 0.08), rel=0.02)


def test_a_restored_instance_is_slow_until_its_blocks_are_loaded() -> None:
    play = Play(stored('storage = "400 GiB"\ndata = "300 GiB"\nbackup_retention = "0d"', PAIR)).until("1m")
    play.do("rds:create-db-snapshot billing id=one").until_row("status", "one", within="9h", now="available")
    play.do("rds:restore-db-instance-from-db-snapshot one id=back").until_row(
        "engine", "back/1", within="3h", now="running"
    )
    play.wait("1s")
    usual, first = db(play).capacity.warm()[0], db(play, "back").capacity.warm()[0]
    assert first <= usual / 4
    play.wait("15m")
    assert db(play, "back").status.value == "storage-initialization"
    assert first < db(play, "back").capacity.warm()[0] < usual
    play.wait("2h")
    assert db(play, "back").status.value == "available"
    assert db(play, "back").capacity.warm()[0] == usual


def test_a_restored_instance_has_default_settings_and_its_sources_retention() -> None:
    fleet = PAIR.replace(
        'storage = "200 GiB"',
        'storage = "200 GiB"\nbackup_retention = "5d"\ndeletion_protection = true\nperformance_insights = true',
    )
    play = Play(fleet).until("1h").do(f"{RESTORE} restore-time=T+30m")
    play.until_row("status", "billing-2", within="3h", now="available")
    made = db(play, "billing-2")
    assert not made.multi_az
    assert not made.settings.deletion_protection
    assert not made.settings.performance_insights
    assert made.settings.retention_days == 5
    assert play.ids("billing-2") == ["0019", "0001"]
    play.until_row("status", "billing-2", within="9h", was="backing-up")
    assert made.archive.earliest_us() == play.cloud.snapshots.of("billing-2")[0].created_us


@pytest.mark.fact("RDS-BKP-11", "RDS-BKP-10")
def test_backups_survive_a_zone_and_are_restored_into_another_one() -> None:
    play = Play(ALONE).until("1h").do("az:outage us-east-1a").wait("10m")
    newest = play.cloud.snapshots.of("billing")[-1].name
    assert "no capacity" in play.refusal(f"rds:restore-db-instance-from-db-snapshot {newest} id=b zone=a").sentence
    play.do(f"rds:restore-db-instance-from-db-snapshot {newest} id=back").until_row(
        "status", "back", within="2h", now="available"
    )
    assert db(play, "back").primary.zone.name != "us-east-1a"


# -- what could be lost -------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-BKP-01", "RDS-BKP-02")
def test_a_failure_at_eleven_with_a_backup_of_three_has_lost_eight_hours() -> None:
    play = Play(MIDNIGHT + WEEK.replace('zone = "a"', 'zone = "a"\nmulti_az = true')).until("11h")
    assert way(play, Kind.SNAPSHOT).age_us == 8 * HOUR
    assert way(play, Kind.SNAPSHOT).given_up == 8 * 3600 * 60 * 10**9


@pytest.mark.fact("RDS-BKP-03")
def test_a_backup_that_fails_lengthens_what_is_lost_beyond_what_was_planned() -> None:
    play = Play(MIDNIGHT + WEEK).at("T+24h sim:backup-failure billing").until("35h")
    assert way(play, Kind.SNAPSHOT).age_us == 32 * HOUR
    assert way(play, Kind.POINT_IN_TIME).age_us > 11 * HOUR


@pytest.mark.fact("RDS-BKP-05", "RDS-BKP-06")
def test_a_failure_at_eleven_that_is_mended_at_seventeen_took_six_hours() -> None:
    play = Play(MIDNIGHT + ALONE).at("T+11h az:outage us-east-1a for=6h").until("18h")
    (incident,) = [one for one in play.app("billing-app").incidents if one.began_us >= 11 * HOUR]
    assert incident.ended_us is not None
    assert 6 * HOUR < incident.ended_us - incident.began_us < 6 * HOUR + 300 * SECOND


def test_backups_that_fail_in_silence_for_a_day_are_told_by_the_meter_and_proved_by_the_restore() -> None:
    play = Play(WEEK).at("T+2h sim:backup-failure billing").until("28h")
    assert db(play).status.value == "available"
    assert [event.id for event in play.aws_events("billing") if event.at > 7200] == []
    foretold = way(play, Kind.POINT_IN_TIME)
    assert 26 * HOUR <= foretold.age_us <= 26 * HOUR + 300 * SECOND
    play.do("az:outage us-east-1a").do(f"{RESTORE} use-latest-restorable-time=true zone=b")
    play.until_row("status", "billing-2", within="2h", now="available")
    play.do("app:set-endpoint billing-app endpoint=billing-2 use=both").wait("1m")
    found = losses.account(play.cloud, "billing-app")
    assert found.acknowledged == found.present + found.lost
    assert abs(found.lost - foretold.given_up) <= 60 * 10**9, "but for what was written in the second of the outage"


def test_when_backups_work_again_what_waited_is_restorable() -> None:
    play = Play(WEEK).at("T+2h sim:backup-failure billing for=30h").until("33h")
    assert play.cloud.now_us - latest(play) <= 300 * SECOND
    assert play.truth("backup", "billing", now="failed")
    play.do(f"{RESTORE} restore-time=T+20h")


def test_thirty_five_days_of_the_storefront_show_backups_expire() -> None:
    play = Play("global_aurora").until(f"{35 * 24}h")
    kept = [one for one in play.cloud.snapshots.of("ledger") if one.automated]
    assert len(kept) == 7
    assert len(archive(play, "ledger").taken) <= 8, "what has expired is forgotten"
    earliest = archive(play, "ledger").earliest_us()
    assert earliest is not None
    assert 6 * DAY_US < play.cloud.now_us - earliest <= 7 * DAY_US


def test_a_longer_retention_keeps_what_there_is_and_brings_nothing_back() -> None:
    play = Play(ALONE).until("1h")
    assert len(play.cloud.snapshots.of("billing")) == 1
    play.do("rds:modify-db-instance billing retention=35 apply-immediately=true").wait("5m")
    assert len(play.cloud.snapshots.of("billing")) == 1
    play.until(f"{10 * 24}h")
    assert len(play.cloud.snapshots.of("billing")) == 11
    play.do("rds:modify-db-instance billing retention=2 apply-immediately=true").wait("5m")
    assert len(play.cloud.snapshots.of("billing")) == 2
    play.do("rds:modify-db-instance billing retention=35 apply-immediately=true").wait("5m")
    assert len(play.cloud.snapshots.of("billing")) == 2


def test_a_renamed_instance_keeps_its_backups() -> None:
    play = Play(WEEK).until("20h").do("rds:modify-db-instance billing new-id=books apply-immediately=true").wait("10m")
    kept = play.cloud.snapshots.of("books")
    assert len(kept) == 7
    assert kept[-1].name == "rds:billing-2026-01-06-03-00"
    play.do(f"rds:restore-db-instance-from-db-snapshot {kept[-1].name} id=back").wait("1h")
    assert play.cloud.rds["back"].status.value in ("available", "backing-up", "storage-initialization")


@pytest.mark.fact("RDS-MAZ-19", "RDS-MAZ-20")
def test_the_daily_backup_is_taken_from_the_standby_and_without_one_the_primary_pauses() -> None:
    alone, pair = (Play(fleet).until("19h") for fleet in (ALONE, PAIR))
    assert alone.ids("billing") == pair.ids("billing") == ["0001", "0002"]
    assert pair.all_well("billing-app", "17h", "19h")
    felt = alone.saw("billing-app", "18h", "18h1m")
    assert 0 < felt.writes_due - felt.writes_ok < 0.1 * felt.writes_due
    assert alone.all_well("billing-app", "17h", "18h")
