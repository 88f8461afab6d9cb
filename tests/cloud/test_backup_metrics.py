"""The metrics of an Aurora cluster's backups and of its backtrack window, exact at any instant."""

from __future__ import annotations

import pytest

from opsconsole.cloud import alarms, metrics
from opsconsole.cloud.cluster_metrics import BACKTRACK
from tests.cloud.play import Play, uncached

GIB = 1024**3
MINUTE = 60_000_000
BACKUP = ("BackupRetentionPeriodStorageUsed", "SnapshotStorageUsed", "TotalBackupStorageBilled")


def value(play: Play, metric: str, at_us: int | None = None, id: str = "orders") -> float:
    found = metrics.value(play.cloud, id, metric, play.cloud.now_us if at_us is None else at_us)
    assert found is not None
    return found


def test_only_a_cluster_with_a_backtrack_window_has_metrics_of_one() -> None:
    cloud = Play("global_aurora").cloud
    assert set(BACKTRACK) <= set(metrics.names_for(cloud, "catalog"))
    assert not set(BACKTRACK) & set(metrics.names_for(cloud, "orders"))
    assert set(BACKUP) <= set(metrics.names_for(cloud, "orders-eu"))
    assert not set(BACKUP) & set(metrics.names_for(cloud, "ledger"))


def test_change_records_are_counted_as_they_are_written() -> None:
    play = Play(uncached("aurora_mysql")).until("10m")
    assert value(play, "BacktrackChangeRecordsCreationRate") == 300 * 300
    assert value(play, "BacktrackChangeRecordsStored") == 300 * 600
    assert value(play, "BacktrackChangeRecordsStored", 5 * MINUTE) == 300 * 300
    assert value(play, "BacktrackWindowActual") == value(play, "BacktrackWindowAlert") == 0


def test_a_heavy_load_shortens_the_window_and_the_metrics_say_by_how_much() -> None:
    play = Play(uncached("aurora_mysql")).do("app:set-rate checkout writes=4000/s")
    play.until("20h")
    window, now = play.aurora().window, play.cloud.now_us
    missing = (24 * 60 * MINUTE - window.actual_us(now)) / MINUTE
    assert value(play, "BacktrackWindowActual") == pytest.approx(missing)
    assert missing > 6 * 60
    assert value(play, "BacktrackWindowAlert") == 1
    assert "0131" in play.ids("orders")
    ringing = {alarm.metric for alarm in alarms.in_alarm(play.cloud) if alarm.thing == "orders"}
    assert {"BacktrackWindowActual", "BacktrackWindowAlert"} <= ringing


def test_another_target_changes_no_value_of_the_past() -> None:
    play = Play(uncached("aurora_mysql")).do("app:set-rate checkout writes=4000/s").until("20h")
    then, before = play.cloud.now_us, value(play, "BacktrackWindowActual")
    assert before > 0
    play.wait("1s").do("rds:modify-db-cluster orders backtrack=1h").wait("20m")
    assert value(play, "BacktrackWindowActual", then) == before
    assert value(play, "BacktrackWindowActual") == 0


def test_backup_metrics_add_up_and_tell_the_past_also_when_a_snapshot_is_deleted() -> None:
    play = Play(uncached("aurora_mysql")).do("rds:modify-db-cluster orders retention=1").wait("1m")
    play.do("rds:create-db-cluster-snapshot orders id=snap").until("23h")
    assert value(play, "SnapshotStorageUsed") == 0
    play.until("25h")
    size = play.cloud.snapshots["snap"].data_bytes
    then = play.cloud.now_us
    assert value(play, "SnapshotStorageUsed") == size == pytest.approx(100 * GIB, rel=0.001)
    kept, snapshots, billed = (value(play, name) for name in BACKUP)
    assert billed == kept + snapshots - value(play, "VolumeBytesUsed")
    play.do("rds:delete-db-cluster-snapshot snap").wait("30m")
    assert value(play, "SnapshotStorageUsed") == 0
    assert value(play, "SnapshotStorageUsed", then) == size


def test_a_longer_retention_changes_no_value_of_the_past() -> None:
    play = Play(uncached("aurora_mysql")).until("30h")
    then, before = play.cloud.now_us, value(play, BACKUP[0])
    play.wait("1s").do("rds:modify-db-cluster orders retention=1").wait("10m")
    assert value(play, BACKUP[0], then) == before
    assert value(play, BACKUP[0]) < before


def test_a_secondary_backs_up_what_it_has_received() -> None:
    play = Play("global_aurora").until("10m")
    received = value(play, "VolumeBytesUsed", id="orders-eu")  # a day's backups count no more than the volume
    assert value(play, BACKUP[0], id="orders-eu") == received > 400 * GIB
    assert value(play, "SnapshotStorageUsed", id="orders-eu") == 0
    assert value(play, BACKUP[0], at_us=0, id="orders-eu") == 400 * GIB


def test_what_a_rewind_gave_up_was_written_all_the_same() -> None:
    play = Play(uncached("aurora_mysql")).until("30m")
    before = value(play, BACKUP[0])
    play.do("rds:backtrack-db-cluster orders to=T+1m").wait("10m")
    assert play.volume().position(play.cloud.now_us) < 20 * 60 * 300 * 10**9
    assert value(play, BACKUP[0]) > before
