"""Snapshots, automated backups, backtracks and keys as AWS's describe-* calls answer."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.cloud.describe import describe
from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE, PAIR


def shown(play: Play, id: str, member: str, truth: bool = True) -> Any:
    """The one entry of an answer."""
    answer: Any = describe(play.cloud, id, truth)[member]
    (found,) = answer
    return found


def test_a_snapshot_is_described_while_it_is_made_and_when_it_is_complete() -> None:
    play = Play("rds_multi_az").do("rds:create-db-snapshot billing id=before-deploy")
    made = play.cloud.snapshots["before-deploy"]
    play.cloud.kernel.run_until((made.created_us + made.ends_us) // 2 + 1)
    half = shown(play, "before-deploy", "DBSnapshots")
    assert (half["Status"], half["SnapshotType"], half["PercentProgress"]) == ("creating", "manual", 50)
    assert half["SnapshotCreateTime"] == half["OriginalSnapshotCreateTime"] == "2026-01-05T09:00:00Z"
    assert (half["DBInstanceIdentifier"], half["Engine"], half["AllocatedStorage"]) == ("billing", "mysql", 100)
    assert (half["Encrypted"], half["KmsKeyId"].rpartition("/")[2]) == (True, "billing-key")
    play.until_row("status", "before-deploy", now="available")
    assert shown(play, "before-deploy", "DBSnapshots")["PercentProgress"] == 100


def test_a_snapshots_status_is_seen_a_little_later_than_it_is_true_and_its_progress_fits_it() -> None:
    play = Play("rds_multi_az").do("rds:create-db-snapshot billing id=snap")
    play.cloud.kernel.run_until(play.cloud.snapshots["snap"].ends_us)
    assert shown(play, "snap", "DBSnapshots", truth=True)["Status"] == "available"
    seen = shown(play, "snap", "DBSnapshots", truth=False)
    assert seen["Status"] == "creating"
    assert seen["PercentProgress"] < 100
    play.wait("30s")
    assert shown(play, "snap", "DBSnapshots", truth=False)["Status"] == "available"


def test_a_copy_in_another_region_says_where_it_is_from_and_when_its_original_was_made() -> None:
    play = Play("global_aurora").until("1m").do("rds:create-db-snapshot ledger id=snap")
    play.until_row("status", "snap", now="available", within="4h")
    play.do("rds:copy-db-snapshot snap id=far region=eu-west-1 kms-key=ledger-dr-key").wait("1m")
    copy = shown(play, "far", "DBSnapshots")
    assert (copy["Status"], copy["SourceRegion"]) == ("copying", "us-east-1")
    assert copy["OriginalSnapshotCreateTime"] == "2026-01-05T09:01:00Z" < copy["SnapshotCreateTime"]
    assert copy["SourceDBSnapshotIdentifier"].endswith(":us-east-1:000000000000:snapshot:snap")
    assert copy["KmsKeyId"] == "arn:aws:kms:eu-west-1:000000000000:key/ledger-dr-key"
    near = shown(play, "snap", "DBSnapshots")
    assert not {"SourceRegion", "SourceDBSnapshotIdentifier"} & set(near)


def test_the_whole_fleet_shows_every_snapshot_also_the_automated_ones_of_the_days_before() -> None:
    play = Play("rds_multi_az").do("rds:create-db-snapshot billing id=mine").until("1m")
    answer: Any = describe(play.cloud)
    types = [one["SnapshotType"] for one in answer["DBSnapshots"]]
    assert types == ["manual", *["automated"] * 7]
    names = [one["DBSnapshotIdentifier"] for one in answer["DBSnapshots"]]
    assert names[-1] == "rds:billing-2026-01-05-03-00"
    assert shown(play, names[-1], "DBSnapshots")["SnapshotCreateTime"] == "2026-01-05T03:00:00Z"


def test_a_snapshot_and_a_thing_may_share_a_name_and_both_are_shown() -> None:
    play = Play(PAIR).do("rds:create-db-snapshot billing id=billing").until("1m")
    assert {"DBInstances", "DBSnapshots"} <= set(describe(play.cloud, "billing"))


def test_damage_is_in_a_copy_and_nothing_in_its_description_tells() -> None:
    def told(*lines: str) -> Any:
        play = Play(ALONE).at(*lines, "T+2m rds:create-db-snapshot billing id=snap").until("30m")
        found = describe(play.cloud, "billing", truth=False), describe(play.cloud, "snap", truth=False)
        return play.cloud.snapshots["snap"].content.wrong_rows, found

    clean, harmed = told(), told("T+1m sim:bad-deploy billing-app wrong=50%")
    assert (clean[0], harmed[0] > 0) == (0, True)
    assert clean[1] == harmed[1]


# -- databases ----------------------------------------------------------------------------------------------------


def test_what_a_fleet_lists_is_older_than_the_run_and_what_a_run_makes_is_not() -> None:
    play = Play(ALONE).until("1m").do("rds:create-db-instance-read-replica billing id=billing-ro")
    assert shown(play, "billing", "DBInstances")["InstanceCreateTime"] == "2025-09-27T09:00:00Z"
    assert shown(play, "billing-ro", "DBInstances")["InstanceCreateTime"] == "2026-01-05T09:01:00Z"


def test_the_latest_restorable_time_moves_in_steps_of_five_minutes_and_stands_while_backups_fail() -> None:
    play = Play(ALONE).until("20m")

    def latest() -> str:
        found = shown(play, "billing", "DBInstances")["LatestRestorableTime"]
        assert shown(play, "billing", "DBInstanceAutomatedBackups")["RestoreWindow"]["LatestTime"] == found
        return str(found)

    seen = [latest()]
    for _ in range(15):
        play.wait("1m")
        seen.append(latest())
    assert len(set(seen)) == 4
    assert seen == sorted(seen)
    play.do("sim:backup-failure billing")
    stopped = latest()
    play.wait("1h")
    assert latest() == stopped


def test_a_restored_instance_tells_how_much_of_it_has_been_loaded() -> None:
    play = Play(ALONE).do("rds:create-db-snapshot billing id=snap")
    play.until_row("status", "snap", now="available", within="2h")
    play.do("rds:restore-db-instance-from-db-snapshot snap id=billing-b")
    assert "PercentProgress" not in shown(play, "billing-b", "DBInstances")
    db = play.cloud.rds["billing-b"]
    play.until_row("status", "billing-b", now="available", within="2h")
    began, ends = play.cloud.now_us, db.loading_until_us
    assert ends is not None
    play.cloud.kernel.run_until((began + ends) // 2)
    assert shown(play, "billing-b", "DBInstances")["PercentProgress"] in ("49", "50")
    play.cloud.kernel.run_until(ends + 1)
    assert "PercentProgress" not in shown(play, "billing-b", "DBInstances")


def test_a_cluster_tells_its_windows_what_can_be_restored_and_how_far_it_can_be_rewound() -> None:
    play = Play("aurora_mysql").until("10m")
    cluster = shown(play, "orders", "DBClusters")
    assert (cluster["BacktrackWindow"], cluster["EarliestBacktrackTime"]) == (86400, "2026-01-04T09:10:00Z")
    assert cluster["BacktrackConsumedChangeRecords"] == play.aurora().window.stored(play.cloud.now_us) // 10**9 > 0
    assert cluster["EarliestRestorableTime"] == "2025-12-29T09:10:00Z"
    assert "2026-01-05T09:00:00Z" < cluster["LatestRestorableTime"] <= "2026-01-05T09:10:00Z"
    assert (cluster["StorageEncrypted"], "KmsKeyId" in cluster) == (False, False)
    assert cluster["ClusterCreateTime"] == "2025-09-27T09:00:00Z"
    assert {"PreferredBackupWindow", "PreferredMaintenanceWindow"} <= set(cluster)


def test_a_backtrack_is_described_with_where_it_went_from_where() -> None:
    play = Play("aurora_mysql").until("10m").do("rds:backtrack-db-cluster orders to=T+5m").wait("10s")
    going = shown(play, "orders", "DBClusterBacktracks")
    assert (going["Status"], going["BacktrackTo"]) == ("applying", "2026-01-05T09:05:00Z")
    assert going["BacktrackedFrom"] == "2026-01-05T09:10:00Z"
    assert 0 < int(shown(play, "orders", "DBClusters")["PercentProgress"]) < 100
    play.until_row("status", "orders", now="available")
    assert shown(play, "orders", "DBClusterBacktracks")["Status"] == "completed"


def test_a_clone_and_its_source_are_of_one_group() -> None:
    play = Play("aurora_mysql").until("10m")
    assert "CloneGroupId" not in shown(play, "orders", "DBClusters")
    clone = "rds:restore-db-cluster-to-point-in-time orders id=twin restore-type=copy-on-write"
    play.do(f"{clone} use-latest-restorable-time=true")
    groups = {shown(play, id, "DBClusters")["CloneGroupId"] for id in ("orders", "twin")}
    assert len(groups) == 1


# -- kept backups, keys -------------------------------------------------------------------------------------------


def test_automated_backups_are_active_and_are_retained_when_their_database_is_deleted() -> None:
    play = Play(ALONE).until("1h")
    active = shown(play, "billing", "DBInstanceAutomatedBackups")
    assert (active["Status"], active["BackupRetentionPeriod"]) == ("active", 1)
    play.do("rds:delete-db-instance billing skip-final-snapshot=true delete-automated-backups=false")
    play.until_row("status", "billing", now="gone")
    kept = shown(play, "ab-billing", "DBInstanceAutomatedBackups")
    assert (kept["Status"], kept["DBInstanceIdentifier"]) == ("retained", "billing")
    window = dict(kept["RestoreWindow"])
    play.wait("2h")
    assert shown(play, "ab-billing", "DBInstanceAutomatedBackups")["RestoreWindow"] == window
    play.wait("30h")
    with pytest.raises(KeyError):
        describe(play.cloud, "ab-billing")


def test_without_retention_there_is_no_automated_backup_to_describe() -> None:
    play = Play(ALONE).do("rds:modify-db-instance billing retention=0 apply-immediately=true").wait("10m")
    answer = describe(play.cloud, "billing")
    assert "DBInstanceAutomatedBackups" not in answer
    assert "LatestRestorableTime" not in shown(play, "billing", "DBInstances")


def test_a_key_is_described_and_shows_that_it_is_disabled() -> None:
    play = Play("rds_multi_az")
    assert describe(play.cloud)["Keys"] == [
        {"KeyId": "billing-key", "KeyArn": "arn:aws:kms:us-east-1:000000000000:key/billing-key"}
    ]
    key: Any = describe(play.cloud, "billing-key")["KeyMetadata"]
    assert (key["Enabled"], key["KeyState"], key["KeyManager"]) == (True, "Enabled", "CUSTOMER")
    play.do("kms:disable-key billing-key").wait("1m")
    key = describe(play.cloud, "billing-key", truth=False)["KeyMetadata"]
    assert (key["Enabled"], key["KeyState"]) == (False, "Disabled")


def test_the_key_that_aws_manages_is_told_by_its_alias() -> None:
    play = Play(PAIR.replace("multi_az = true", "multi_az = true\nencrypted = true"))
    billing = shown(play, "billing", "DBInstances")
    assert (billing["StorageEncrypted"], billing["KmsKeyId"]) == (
        True,
        "arn:aws:kms:us-east-1:000000000000:alias/aws/rds",
    )
