"""Backtrack of an Aurora MySQL cluster: where it is possible, how far back, and what it does to everybody."""

import pytest

from opsconsole import catalog
from opsconsole.cloud.backtrack import Window
from opsconsole.fleet import load_fleet
from tests.cloud.play import SECOND, Play

BACKTRACK = "rds:backtrack-db-cluster orders"
HOUR = 3600 * SECOND
HEAVY = (
    load_fleet("aurora_mysql")
    .text.replace("db.r6g.xlarge", "db.r6g.16xlarge")
    .replace("db.r6g.large", "db.r6g.16xlarge")
)


def window(play: Play, cluster: str = "orders") -> Window:
    return play.aurora(cluster).window


def rewind(play: Play, to: str) -> Play:
    play.do(f"{BACKTRACK} to={to}").until_row("status", "orders", now="available")
    return play


@pytest.mark.fact("AUR-BT-03")
def test_the_cluster_keeps_its_names_and_pauses_while_every_connection_is_closed() -> None:
    play = Play("aurora_mysql").until("20m")
    names = {name: record.fqdn for name, record in play.cloud.names.records.items()}
    boots = {id: instance.boots for id, instance in play.cloud.instances.items()}
    rewind(play, "T+10m")
    paused = play.now - 1200
    row = catalog.timing("aurora-backtrack")
    assert row.min_s <= paused <= 2 * row.max_s
    assert {name: record.fqdn for name, record in play.cloud.names.records.items()} == names
    assert {id: instance.boots for id, instance in play.cloud.instances.items()} == {
        id: n + 1 for id, n in boots.items()
    }
    statuses = [row["now"] for row in play.truth("status", "orders-2")]
    assert statuses == ["backtracking", "available"]
    seen = play.saw("checkout", "20m1s", f"{int(play.now) - 1}s")
    assert seen.writes_ok == seen.reads_ok == 0
    play.wait("1m")
    assert play.app("checkout").health.value == "ok"
    assert play.writer() == "orders-1"


@pytest.mark.fact("AUR-BT-04")
def test_backtrack_has_to_be_switched_on_when_a_cluster_is_made() -> None:
    fleet = load_fleet("aurora_mysql").text.replace('backtrack = "24h"', 'backtrack = "0s"')
    play = Play(fleet).until("10m")
    assert play.refusal(f"{BACKTRACK} to=T+5m").code == "InvalidDBClusterStateFault"
    assert (
        "when a cluster is created, restored or cloned"
        in play.refusal("rds:modify-db-cluster orders backtrack=24h").sentence
    )
    postgres = Play(fleet.replace("aurora-mysql", "aurora-postgresql").replace("8.0.mysql_aurora.3.08.0", "16.4"))
    assert "no backtrack" in postgres.refusal(f"{BACKTRACK} to=T+0s").sentence


def test_once_it_is_off_it_is_off_for_good() -> None:
    play = Play("aurora_mysql").until("10m").do("rds:modify-db-cluster orders backtrack=0s")
    assert play.refusal(f"{BACKTRACK} to=T+5m").code == "InvalidDBClusterStateFault"
    assert play.refusal("rds:modify-db-cluster orders backtrack=24h").code == "InvalidParameterCombination"


def test_a_global_database_has_no_backtrack() -> None:
    play = Play("global_aurora").until("10m")
    assert "global database" in play.refusal(f"{BACKTRACK} to=T+5m").sentence


@pytest.mark.fact("AUR-BT-05", "AUR-BT-08")
def test_the_window_bounds_how_far_back_one_may_go_and_is_named_in_the_refusal() -> None:
    play = Play("aurora_mysql").until("10m")
    assert window(play).actual_us(play.cloud.now_us) == 24 * HOUR
    refused = play.refusal(f"{BACKTRACK} to=2026-01-04T09:00:00Z")
    assert refused.code == "InvalidParameterValue"
    assert "its window of 1d begins at 2026-01-04T09:10:00Z" in refused.sentence
    future = play.refusal(f"{BACKTRACK} to=T+11m")
    assert future.code == "InvalidParameterValue"
    assert future.sentence == (
        "orders cannot be rewound to 2026-01-05T09:11:00Z, which is in the future: it is 2026-01-05T09:10:00Z now"
    )
    play.do("rds:modify-db-cluster orders backtrack=2h")
    assert play.refusal(f"{BACKTRACK} to=2026-01-04T16:00:00Z").code == "InvalidParameterValue"
    play.do("rds:modify-db-cluster orders backtrack=72h").do(f"{BACKTRACK} to=2026-01-04T16:00:00Z")


def test_seventy_two_hours_are_the_most() -> None:
    assert "72 hours" in Play("aurora_mysql").refusal("rds:modify-db-cluster orders backtrack=73h").sentence


def test_the_earliest_moment_may_be_asked_for_where_the_one_that_is_wanted_is_gone() -> None:
    play = Play("aurora_mysql").until("30h").do("app:pause-writes checkout").wait("1s")
    earliest = window(play).earliest_us(play.cloud.now_us)
    play.do(f"{BACKTRACK} to=T+1h use-earliest=true").until_row("status", "orders", now="available")
    content = play.volume().content(play.cloud.now_us)
    assert content.acknowledged("checkout") == pytest.approx(earliest * 300 * 1000, rel=1e-9)


def test_heavy_writing_makes_the_actual_window_shorter_and_aws_tells_when_it_is_so_and_when_it_is_over() -> None:
    play = (
        Play(HEAVY)
        .at("T+1m app:set-rate checkout writes=4000/s reads=100/s", "T+16h app:set-rate checkout writes=10/s")
        .until("16h")
    )
    keeps = catalog.assumption("backtrack-records-millions").value * 1e6
    assert play.app("checkout").health.value == "ok"
    actual = window(play).actual_us(play.cloud.now_us)
    assert actual == pytest.approx(keeps / 4000 * SECOND, rel=0.001)
    assert actual < 24 * HOUR
    (told,) = [event for event in play.aws_events("orders") if event.id == "0131"]
    assert told.at == pytest.approx(60 + keeps / 4000, rel=0.01)
    assert window(play).alerts == 1
    before = f"T+{5 * 3600}s"
    assert play.refusal(f"{BACKTRACK} to={before}").code == "InvalidParameterValue"
    play.until("60h")
    assert [event.id for event in play.aws_events("orders") if event.id in ("0131", "0132")] == ["0131", "0132"]
    assert window(play).actual_us(play.cloud.now_us) == 24 * HOUR


def test_an_instance_whose_host_is_lost_during_a_rewind_comes_back_to_the_rewound_volume() -> None:
    play = Play("aurora_mysql").until("20m").do(f"{BACKTRACK} to=T+10m").wait("5s").do("sim:crash-host orders-3")
    play.wait("30m")
    assert play.aurora().status.value == "available"
    assert all(instance.status.value == "available" for instance in play.cloud.instances.values())
    assert play.app("checkout").health.value == "ok"


def test_rewinds_are_remembered_as_aws_tells_of_them() -> None:
    play = rewind(Play("aurora_mysql").until("20m"), "T+10m")
    (one,) = window(play).rewinds
    assert (one.to_us, one.from_us, one.status.value) == (600 * SECOND, 1200 * SECOND, "completed")
