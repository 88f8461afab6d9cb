"""The time line and the verdict at its cursor: numbers are recovery's own, and AWS's view tells no harm."""

from __future__ import annotations

from itertools import pairwise

import pytest

from opsconsole.cloud import losses, recovery
from opsconsole.console.stance import Stance
from opsconsole.console.views import plain, tab_view, tabs_for
from opsconsole.console.views.layout import cells
from opsconsole.console.views.recovery import aftermath, lanes
from opsconsole.console.views.recovery.axis import DAY, MINUTE, SECOND, axis, floor
from opsconsole.console.views.recovery.choices import choices_at
from opsconsole.console.views.recovery.overview import overview
from opsconsole.console.views.recovery.timeline import NAMES, timeline
from opsconsole.console.views.recovery.verdict import verdict
from opsconsole.console.views.scene import Scene
from tests.console.incident import cloud_at
from tests.console.ledger import PAYMENTS, cloud_of

WIDTHS = (156, 96, 76, 56)
MARK_US = 590 * SECOND


def scene(cloud: object, id: str = "orders", width: int = 120, truth: bool = True) -> Scene:
    return Scene(cloud, id, width, 40, truth, False)  # type: ignore[arg-type]


# -- the axis ---------------------------------------------------------------------------------------------------------


def test_columns_are_round_times_and_every_time_is_in_its_column() -> None:
    cloud = cloud_at()
    line = axis(cloud, 30 * MINUTE, 130)
    assert line.step_us == 15 * SECOND
    assert floor(cloud, line.from_us, line.step_us) == line.from_us
    for column in (0, 50, 129):
        assert line.column(line.at(column)) == column
        assert line.column(line.at(column) + line.step_us - 1) == column
    assert line.column(line.from_us - 1) is None
    assert line.column(line.to_us) is None


def test_the_line_moves_by_whole_columns() -> None:
    cloud = cloud_at()
    before = axis(cloud, 30 * MINUTE, 130)
    cloud.kernel.run_until(cloud.now_us + 14 * SECOND)
    assert axis(cloud, 30 * MINUTE, 130).from_us == before.from_us
    cloud.kernel.run_until(cloud.now_us + SECOND)
    assert axis(cloud, 30 * MINUTE, 130).from_us == before.from_us + before.step_us


@pytest.mark.parametrize("span_us", [10 * MINUTE, 3 * 60 * MINUTE, DAY, 7 * DAY, 35 * DAY])
def test_ticks_are_apart_and_days_are_named(span_us: int) -> None:
    line = axis(cloud_at(), span_us, 90)
    ticks = line.ticks()
    assert len(ticks) >= 3
    assert all(b - a >= 12 for (a, _), (b, _) in pairwise(ticks))
    if span_us >= DAY:
        assert any(text.endswith(("Jan", "Dec")) for _, text in ticks)


# -- the line ---------------------------------------------------------------------------------------------------------


def drawn(cloud: object, truth: bool = True, cursor_us: int | None = MARK_US) -> dict[str, str]:
    """Every row of the line by its name, without the name."""
    line = axis(cloud, 30 * MINUTE, 130)  # type: ignore[arg-type]
    rows = timeline(line, lanes.lanes(cloud, "orders", truth), cursor_us)  # type: ignore[arg-type]
    return {row.text[:NAMES].strip(): row.text[NAMES:] for row in rows}


def test_everything_stands_in_the_column_of_its_time() -> None:
    cloud = cloud_at()
    line, rows = axis(cloud, 30 * MINUTE, 130), drawn(cloud)
    latest = recovery.databases.archive_of(cloud, "orders").latest_us()
    assert latest is not None
    assert rows["snapshots"].index("◆") == line.column(240 * SECOND)
    assert rows["marks"].index("▼") == line.column(MARK_US)
    assert rows["harm"].index("▒") == line.column(600 * SECOND)
    assert rows["backed up"].index("·") == (line.column(latest) or 0) + 1
    assert rows["changes"].index("→") == line.column(cloud.clusters["orders"].writer_history.changed_us)
    assert rows["UTC"].strip().startswith("08:5")
    assert "09:09:50Z" in rows["UTC"]
    assert "now" in rows["UTC"]
    assert "before-deploy" in rows["snapshots"]
    assert "release-42" in rows["marks"]
    assert "failover to orders-2" in rows["changes"]


def test_wrong_rows_are_written_until_the_rollback_and_stay_until_the_rewind() -> None:
    cloud = cloud_at("T+21m1s rds:backtrack-db-cluster orders to=release-42", until_s=1800)
    born_us = cloud.aurora["orders"].volume.branch.born_us
    written = lanes.writing(cloud, "orders")  # two stretches: during the failover nothing was written
    (spoilt,) = lanes.spoilt(cloud, "orders")
    assert written[0][0] == 600 * SECOND
    assert written[0][1] < written[1][0]
    assert 1200 * SECOND < written[1][1] < 1261 * SECOND
    assert spoilt == (600 * SECOND, born_us)
    assert "backtrack to 09:09:50" in drawn(cloud)["changes"]


def test_a_dropped_table_is_an_instant_with_its_name() -> None:
    cloud = cloud_at("T+15m sim:drop-table orders table=customers")
    sights = next(lane for lane in lanes.lanes(cloud, "orders", True) if lane.name == "harm").sights
    assert [(one.at_us, one.word) for one in sights] == [(900 * SECOND + 1, "customers dropped")]
    way = recovery.ways_to(cloud, "orders", 901 * SECOND)[0]
    assert way.damage
    assert "no customers" in plain(verdict(scene(cloud), 901 * SECOND, choices_at(cloud, "orders", 901 * SECOND), 0))


def test_the_cursor_goes_through_every_lane_and_nothing_is_wider_than_the_line() -> None:
    cloud = cloud_at()
    line = axis(cloud, 30 * MINUTE, 60)
    cursor_us = 700 * SECOND
    column = NAMES + (line.column(cursor_us) or 0)
    for row in timeline(line, lanes.lanes(cloud, "orders", True), cursor_us):
        assert cells(row.text) == NAMES + 60
        if row.key.startswith("lane"):
            assert row.text[column] != " "


# -- the verdict ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_s", [250, 590, 599, 700, 1000])
@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_at_the_cursor_are_recoverys(at_s: int, width: int) -> None:
    cloud = cloud_at()
    choices = choices_at(cloud, "orders", at_s * SECOND)
    text = plain(verdict(scene(cloud, width=width), at_s * SECOND, choices, 0))
    ways = recovery.ways_to(cloud, "orders", at_s * SECOND)
    assert [choice.way for choice in choices if choice.possible] == ways
    assert len(ways) == 3 - (at_s * SECOND < 240 * SECOND)
    for way in ways:
        row = next(line for line in text.splitlines() if f" {way.kind} " in line)
        assert f"{way.given_up // 10**9:,}" in row
        wrong = way.wrong_left // 10**9
        assert (f"{wrong:,} rows" if wrong else "nothing") in row


def test_a_mark_is_in_it_or_not_and_the_command_names_it() -> None:
    cloud = cloud_at()
    at_mark = plain(verdict(scene(cloud), MARK_US, choices_at(cloud, "orders", MARK_US), 0))
    assert "marks in it release-42" in at_mark
    assert "left behind 3,869 wrong rows" in at_mark
    assert "rds:backtrack-db-cluster orders to=release-42" in at_mark
    before = plain(verdict(scene(cloud), MARK_US - 1, choices_at(cloud, "orders", MARK_US - 1), 0))
    assert "not in it   release-42" in before
    assert "to=2026-01-05T09:09:49.999999Z" in before


def test_a_mark_that_a_rewind_left_out_is_not_in_it() -> None:
    cloud = cloud_at("T+20m30s mark wrong-day", "T+21m1s rds:backtrack-db-cluster orders to=release-42", until_s=1800)
    text = plain(verdict(scene(cloud), cloud.now_us, choices_at(cloud, "orders", cloud.now_us), 0))
    assert "marks in it release-42" in text
    assert "not in it   wrong-day" in text


def test_what_aws_refuses_is_told_in_its_words() -> None:
    cloud = cloud_at()
    restore = next(one for one in choices_at(cloud, "orders", cloud.now_us) if one.kind is recovery.Kind.POINT_IN_TIME)
    assert not restore.possible
    assert restore.reason.startswith("InvalidParameterValue: orders cannot be restored to")
    in_global = cloud_at(fleet="global_aurora", until_s=900)
    rewind = choices_at(in_global, "orders", 600 * SECOND)[0]
    assert rewind.reason.startswith("InvalidDBClusterStateFault")
    replica = choices_at(in_global, "ledger-ro", 600 * SECOND)
    assert [one.possible for one in replica] == [False, False]
    assert replica[0].reason.startswith("PointInTimeRestoreNotEnabled")


def test_every_database_of_every_kind_has_choices_at_any_time() -> None:
    cloud = cloud_of(PAYMENTS, 900)
    for id in ("orders", "payments"):
        assert "Recovery" in tabs_for(cloud, id)
        for at_us in (-DAY, 0, 300 * SECOND, cloud.now_us):
            choices = choices_at(cloud, id, at_us)
            for number in range(len(choices)):
                assert plain(verdict(scene(cloud, id), at_us, choices, number))


# -- meter, tab, books ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("truth", [True, False])
def test_the_overview_has_a_row_for_each_database_and_fits(width: int, truth: bool) -> None:
    cloud = cloud_at(fleet="global_aurora", until_s=900)
    lines = overview(cloud, width, "ledger", truth=truth)
    assert [line.ref for line in lines[2:]] == ["catalog", "orders", "orders-eu", "ledger", "ledger-dr", "ledger-ro"]
    assert all(cells(line.text) <= width for line in lines)
    assert ("writes lost" in lines[1].text) is truth


def test_the_tab_tells_every_way_of_the_meter_with_its_numbers() -> None:
    cloud = cloud_at(fleet="global_aurora", until_s=900)
    for id in ("orders", "ledger", "catalog", "ledger-ro"):
        text = plain(tab_view(cloud, id, "Recovery", 120))
        for way in recovery.ways(cloud, id):
            assert f" {way.kind}" in text
            assert way.title[:20] in text
    assert "automated backups are off" in plain(tab_view(cloud, "ledger-ro", "Recovery", 120))


@pytest.mark.parametrize("width", [150, 100, 60, 40])
def test_the_tab_fits_any_panel(width: int) -> None:
    cloud = cloud_at()
    for truth in (True, False):
        lines = tab_view(cloud, "orders", "Recovery", width, truth=truth)
        assert all(cells(line.text) <= width for line in lines)
        assert plain(tab_view(cloud, "orders", "Recovery", width, truth=truth, ascii=True)).isascii()


def test_aws_view_tells_no_harm_and_no_failing_backups() -> None:
    cloud = cloud_at("T+5m sim:backup-failure orders", until_s=2400)
    told, seen = (plain(tab_view(cloud, "orders", "Recovery", 120, truth=truth)) for truth in (True, False))
    assert "backups                 ✖ fail, and AWS tells nobody" in told
    assert "fail, and" not in seen
    assert "▒" in told
    assert "▒" not in seen
    ages = [next(row for row in text.splitlines() if row.startswith(" LatestRestorableTime")) for text in (told, seen)]
    assert ages[0] == ages[1]
    assert "3" in ages[0].partition("Z")[2]  # half an hour and more, for whoever looks


def test_books_after_a_rewind_tell_discarded_writes_from_wrong_ones_removed() -> None:
    cloud = cloud_at("T+21m1s rds:backtrack-db-cluster orders to=release-42", until_s=1800)
    told = losses.account(cloud, "checkout")
    assert told.discarded > 0
    assert told.wrong_removed > 0
    row = next(line.text for line in aftermath.accounts(scene(cloud)) if line.ref == "checkout")
    assert row.split()[1:] == [
        f"{told.present // 10**9:,}",
        "none",
        "none",
        f"{told.discarded // 10**9:,}",
        f"{told.wrong_removed // 10**9:,}",
    ]


def test_a_restored_rds_instance_is_pointed_at_by_every_use() -> None:
    cloud = cloud_at(
        "T+10m rds:restore-db-instance-to-point-in-time billing id=billing-restored use-latest-restorable-time=true",
        fleet="rds_multi_az",
        until_s=7200,
    )
    assert [one.line for one in aftermath.repoints(cloud, "billing")] == [
        "app:set-endpoint billing-app endpoint=billing-restored use=both"
    ]
    assert aftermath.repoints(cloud, "billing-restored") == []


# -- the stance -------------------------------------------------------------------------------------------------------


def test_looking_about_changes_nothing() -> None:
    cloud = cloud_at()
    rows, now = cloud.log.count, cloud.now_us
    stance, track = Stance.of(cloud, "orders"), lanes.DatabaseTrack(cloud, "orders")
    for by in (-1, 1, -10, 10):
        stance.move(track, 100, by)
        stance.zoom(track, by)
        stance.jump(track, True, 1 if by > 0 else -1)
        tab_view(cloud, "orders", "Recovery", 100)
        choices_at(cloud, "orders", stance.cursor_us)
    assert (cloud.log.count, cloud.now_us) == (rows, now)


def test_a_cursor_that_leaves_the_line_takes_it_along() -> None:
    cloud = cloud_at()
    stance, track = Stance.of(cloud, "orders"), lanes.DatabaseTrack(cloud, "orders")
    stance.edge(track, last=False)
    line = stance.axis(track, 100)
    assert line.column(stance.cursor_us) is not None
    stance.edge(track, last=True)
    assert stance.axis(track, 100).column(cloud.now_us) is not None
    assert track.spans()[-1] >= 7 * DAY
