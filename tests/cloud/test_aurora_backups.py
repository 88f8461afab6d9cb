"""Aurora clusters: backups that are always on, snapshots, restores to new clusters, clones, creation and deletion."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import cluster_stories, databases, recovery
from opsconsole.cloud.recovery import Kind
from opsconsole.commands import parse
from opsconsole.fleet import load_fleet
from tests.cloud.play import SECOND, Play

RESTORE = "rds:restore-db-cluster-to-point-in-time orders id=orders-2nd"
CLONE = f"{RESTORE} restore-type=copy-on-write"
WRITES = 300
GIB = 1024**3


def rows(play: Play, cluster: str, app: str = "checkout") -> int:
    return databases.content_of(play.cloud, cluster).acknowledged(app) // 10**9


def available(play: Play, cluster: str) -> Play:
    play.until_row("status", cluster, within="4h", now="available")
    return play


def sized(data: str) -> str:
    return load_fleet("aurora_mysql").text.replace('storage = "100 GiB"', f'storage = "{data}"')


# -- backups and snapshots ----------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-BT-01")
def test_an_aurora_cluster_is_always_backed_up_for_one_to_thirty_five_days() -> None:
    play = Play("aurora_mysql").until("1h")
    archive = play.aurora().archive
    latest, earliest = archive.latest_us(), archive.earliest_us()
    assert latest is not None
    assert 0 <= play.cloud.now_us - latest <= 300 * SECOND
    assert earliest == play.cloud.now_us - 7 * 86_400 * SECOND
    for days in (0, 36):
        assert "1 to 35 days" in play.refusal(f"rds:modify-db-cluster orders retention={days}").sentence
    play.do("rds:modify-db-cluster orders retention=35")
    assert archive.earliest_us() == earliest, "what has expired does not come back"
    assert "overlap" in play.refusal("rds:modify-db-cluster orders backup-window=sun:05:00-sun:05:30").sentence


def test_backups_go_on_without_a_single_instance() -> None:
    play = Play("aurora_mysql").until("1m")
    for number in (2, 3, 1):
        play.do(f"rds:delete-db-instance orders-{number}").wait("30m")
    assert not play.aurora().instances
    latest = play.aurora().archive.latest_us()
    assert latest is not None
    assert play.cloud.now_us - latest <= 300 * SECOND


def test_a_cluster_snapshot_is_noticed_by_nobody_and_the_cluster_backs_up_meanwhile() -> None:
    play = Play("aurora_mysql").until("1m").do("rds:create-db-cluster-snapshot orders id=one").wait("5s")
    assert play.aurora().status.value == "backing-up"
    assert "backing-up" in play.refusal("rds:create-db-cluster-snapshot orders id=two").sentence
    play.until_row("status", "one", now="available")
    assert play.ids("one") == ["0074", "0075"]
    assert play.all_well("checkout", "1m", "4m")
    assert play.cloud.snapshots["one"].content.acknowledged("checkout") == 60 * WRITES * 10**9


def test_a_writer_that_is_lost_during_a_snapshot_is_replaced_at_once() -> None:
    play = Play("aurora_mysql").until("1m").do("rds:create-db-cluster-snapshot orders id=one").wait("1s")
    play.do("sim:crash-host orders-1").wait("90s")
    assert play.writer() == "orders-2"


@pytest.mark.fact("AUR-BT-02")
def test_a_restore_makes_another_cluster_with_other_names_and_no_instances() -> None:
    play = Play("aurora_mysql").at("T+10m mark here").until("1h").do(f"{RESTORE} restore-to-time=here")
    available(play, "orders-2nd")
    made = play.aurora("orders-2nd")
    assert not made.instances
    assert play.answers("orders-2nd.writer") == ()
    assert play.name("orders-2nd.writer").fqdn != play.name("orders.writer").fqdn
    assert rows(play, "orders-2nd") == 600 * WRITES
    assert made.settings.backtrack_s == 0
    play.do("rds:create-db-instance orders-2nd id=second-1").until_row("role", "second-1", within="1h", now="writer")
    play.do("app:set-endpoint checkout endpoint=orders-2nd.writer use=both").wait("10m")
    assert play.instance("second-1").instance_class.name == "db.r6g.xlarge", "as the writer's was"
    assert play.app("checkout").health.value == "ok"
    assert rows(play, "orders-2nd") > 600 * WRITES


def test_a_restored_snapshot_holds_its_moment_and_may_have_backtrack_and_a_key_although_the_snapshot_had_none() -> None:
    play = Play("aurora_mysql").until("10m").do("rds:create-db-cluster-snapshot orders id=one").until("1h")
    play.do("rds:restore-db-cluster-from-snapshot one id=orders-2nd backtrack=24h kms-key=aws/rds")
    available(play, "orders-2nd")
    made = play.aurora("orders-2nd")
    assert rows(play, "orders-2nd") == 600 * WRITES
    assert (made.settings.backtrack_s, made.spec.kms_key) == (86_400, "aws/rds")
    assert made.window.earliest_us(play.cloud.now_us) >= 3600 * SECOND, "not before it was made"


def test_a_restore_to_a_time_outside_of_the_retention_is_refused_with_the_window() -> None:
    play = Play("aurora_mysql").until("1h")
    refused = play.refusal(f"{RESTORE} restore-to-time=2025-12-01T00:00:00Z")
    assert refused.code == "InvalidParameterValue"
    assert "2025-12-29T10:00:00Z to 2026-01-05T09:5" in refused.sentence
    assert play.refusal(RESTORE).code == "InvalidParameterCombination"


def test_a_restore_takes_longer_the_more_data_and_the_more_changes_there_are() -> None:
    times = []
    for data in ("100 GiB", "4 TiB"):
        play = Play(sized(data)).until("20m").do(f"{RESTORE} restore-to-time=T+10m")
        times.append(available(play, "orders-2nd").now - 1200)
    assert 2 < times[1] / times[0] < 6


# -- clones -------------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-CL-01")
def test_a_clone_is_there_in_minutes_whatever_the_size() -> None:
    row, times = catalog.timing("aurora-clone"), []
    for data in ("100 GiB", "40 TiB"):
        play = Play(sized(data)).until("20m").do(CLONE)
        times.append(available(play, "orders-2nd").now - 1200)
    assert times[0] == times[1]
    assert row.min_s <= times[0] <= 2 * row.max_s


@pytest.mark.fact("AUR-CL-02")
def test_a_clone_begins_without_storage_of_its_own_and_pays_for_what_changes_on_either_side() -> None:
    play = Play("aurora_mysql").until("20m")
    before = play.volume().own_bytes(play.cloud.now_us)
    play.do(CLONE)
    available(play, "orders-2nd")
    clone, source = play.volume("orders-2nd"), play.volume()
    assert clone.own_bytes(play.cloud.now_us) == 0
    assert clone.used_bytes(play.cloud.now_us) == before
    assert source.own_bytes(play.cloud.now_us) > before
    play.do("rds:create-db-instance orders-2nd id=second-1").until_row("role", "second-1", within="1h", now="writer")
    play.do("app:set-endpoint checkout endpoint=orders-2nd.writer use=writes").wait("10m")
    written = clone.own_bytes(play.cloud.now_us)
    assert written == pytest.approx(600 * WRITES * clone.bytes_per_write, rel=0.01)
    assert clone.used_bytes(play.cloud.now_us) == before + written


@pytest.mark.fact("AUR-CL-03")
def test_what_is_done_to_a_clone_does_not_touch_its_source() -> None:
    play = Play("aurora_mysql").until("20m").do(CLONE)
    available(play, "orders-2nd").do("rds:create-db-instance orders-2nd id=second-1")
    play.until_row("role", "second-1", within="1h", now="writer")
    play.do("sim:drop-table orders-2nd share=100%").wait("1m")
    assert databases.content_of(play.cloud, "orders-2nd").damage
    assert not databases.content_of(play.cloud, "orders").damage
    assert play.app("checkout").health.value == "ok"


def test_a_clone_outlives_its_source_and_pays_for_the_shared_pages_then() -> None:
    play = Play("aurora_mysql").until("20m").do(CLONE)
    available(play, "orders-2nd").do("rds:create-db-instance orders-2nd id=second-1")
    play.until_row("role", "second-1", within="1h", now="writer")
    held = rows(play, "orders-2nd")
    for number in (2, 3, 1):
        play.do(f"rds:delete-db-instance orders-{number}").wait("30m")
    play.do("rds:delete-db-cluster orders skip-final-snapshot=true").until_row("status", "orders", now="gone")
    assert rows(play, "orders-2nd") == held == 1200 * WRITES
    assert play.volume("orders-2nd").own_bytes(play.cloud.now_us) == play.volume("orders-2nd").used_bytes(
        play.cloud.now_us
    )


def test_the_sixteenth_clone_is_a_full_copy() -> None:
    play = Play("aurora_mysql").until("10m")
    for number in range(15):
        play.do(
            f"{CLONE}-{number}".replace(
                f" restore-type=copy-on-write-{number}", f"-{number} restore-type=copy-on-write"
            )
        )
    play.do(CLONE).until("20m")
    assert [cluster.status.value for cluster in play.cloud.aurora.values()].count("available") == 16
    assert play.aurora("orders-2nd").status.value == "creating"
    available(play, "orders-2nd")
    assert play.volume("orders-2nd").own_bytes(play.cloud.now_us) > 100 * GIB


def test_a_clone_is_of_this_moment_and_its_source_needs_an_instance() -> None:
    play = Play("aurora_mysql").until("10m")
    assert play.refusal(f"{CLONE} restore-to-time=T+5m").code == "InvalidParameterCombination"
    for number in (2, 3, 1):
        play.do(f"rds:delete-db-instance orders-{number}").wait("30m")
    assert "has no instance" in play.refusal(CLONE).sentence


# -- creation and deletion ----------------------------------------------------------------------------------------


def test_an_empty_cluster_is_made_and_gets_its_writer_with_its_first_instance() -> None:
    play = (
        Play("aurora_mysql").until("1m").do("rds:create-db-cluster us-east-1 id=fresh engine=aurora-mysql backtrack=1h")
    )
    available(play, "fresh")
    assert play.ids("fresh") == ["0170"]
    play.do("rds:create-db-instance fresh id=fresh-1 zone=b class=db.r6g.large")
    play.until_row("role", "fresh-1", within="1h", now="writer")
    assert play.writer("fresh") == "fresh-1"
    assert play.answers("fresh.writer") == ("fresh-1",)
    assert play.ids("fresh") == ["0170"], "nothing failed over"
    assert play.aurora("fresh").settings.backtrack_s == 3600


def test_a_deletion_is_refused_for_protection_for_instances_and_in_a_global_database() -> None:
    play = Play("global_aurora").until("1m")
    skip = "skip-final-snapshot=true"
    assert "it still contains DB instances" in play.refusal(f"rds:delete-db-cluster catalog {skip}").sentence
    play.do("rds:modify-db-cluster catalog protection=true")
    assert "disable deletion protection" in play.refusal(f"rds:delete-db-cluster catalog {skip}").sentence
    for number in (1, 2):
        play.do(f"rds:delete-db-instance orders-eu-{number}").wait("20m")
    assert "global database" in play.refusal(f"rds:delete-db-cluster orders-eu {skip}").sentence


def test_a_cluster_that_is_deleted_leaves_its_final_snapshot_and_its_kept_backups() -> None:
    play = Play("aurora_mysql").until("10m").do("app:pause-writes checkout")
    for number in (2, 3, 1):
        play.do(f"rds:delete-db-instance orders-{number}").wait("30m")
    assert play.refusal("rds:delete-db-cluster orders").code == "InvalidParameterCombination"
    play.do("rds:delete-db-cluster orders final-snapshot=last delete-automated-backups=false")
    play.until_row("status", "orders", within="1h", now="gone")
    assert play.ids("orders")[-1] == "0171"
    assert "orders" not in play.cloud.clusters
    assert play.cloud.names.find("orders.writer") is None
    play.do("rds:restore-db-cluster-from-snapshot last id=back")
    assert rows(available(play, "back"), "back") == 600 * WRITES
    play.do("rds:restore-db-cluster-to-point-in-time ab-orders id=older restore-to-time=T+5m")
    assert rows(available(play, "older"), "older") == 300 * WRITES
    play.until(f"{9 * 24}h")
    assert list(play.cloud.snapshots) == ["last"]


def test_what_could_be_lost_of_a_global_primary_is_named_for_each_way_back() -> None:
    play = Play("global_aurora").until("30m")
    found = {way.kind: way for way in recovery.ways(play.cloud, "orders")}
    assert list(found) == [Kind.READER, Kind.SECONDARY, Kind.POINT_IN_TIME]
    assert (found[Kind.READER].given_up, found[Kind.READER].age_us) == (0, 0)
    lag_us = found[Kind.SECONDARY].age_us
    assert found[Kind.SECONDARY].given_up == lag_us * 400 * 1000
    assert found[Kind.POINT_IN_TIME].age_us <= 300 * SECOND
    assert found[Kind.READER].seconds < found[Kind.SECONDARY].seconds < found[Kind.POINT_IN_TIME].seconds


def test_the_preview_of_a_restore_counts_the_log_that_is_replayed() -> None:
    busy = load_fleet("aurora_mysql").text.replace('writes = "300/s"', 'writes = "3000/s"')
    play = Play(busy).until("24h")
    archive = play.aurora().archive
    at_us = archive.latest_us()
    assert at_us is not None
    foreseen = recovery.restore_s(play.cloud, archive, at_us) - catalog.timing("aurora-instance-create").typical_s
    command = parse(f"{RESTORE} use-latest-restorable-time=true")
    data = archive.picture(archive.name_at(at_us), at_us).data_bytes
    assert foreseen > 1.2 * cluster_stories.restore_s(play.cloud, data, 0)
    assert f"in about {foreseen / 60:.0f} minutes" in command.preview(play.cloud).sentences[0]
