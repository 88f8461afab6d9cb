"""RDS DB instances on the screen: pairs, replicas, failovers, storage, and how little AWS shows of it."""

from __future__ import annotations

import re

from opsconsole.console.views import kind_of, map_view, plain, tab_view, tabs_for, things
from opsconsole.console.views.layout import cells
from tests.console.ledger import LEDGER, cell, cloud_of, do, run, text_of


def test_a_pair_stands_in_two_zones_and_its_replicas_in_its_row() -> None:
    cloud = cloud_of(LEDGER)
    lines = map_view(cloud, 60)
    row = next(line for line in lines if line.ref == "ledger")
    head = next(line for line in lines if line.ref == "us-east-1")
    for id, letter in (("ledger/1", "a"), ("ledger/2", "b"), ("ledger-2nd", "b"), ("ledger-ro", "c")):
        start = next(start for start, _, ref in row.refs if ref == id)
        zone = next(id for a, b, id in head.refs if a <= start < b and id != "us-east-1")
        assert zone == f"us-east-1{letter}"
    assert (cell(lines, "ledger/1"), cell(lines, "ledger/2"), cell(lines, "ledger-ro")) == ("● P", "◌ S", "● R")
    assert next(line for line in lines if line.ref == "ledger-dr").text.split()[0] == "ledger-dr"
    assert re.search(r"ledger → ledger-dr\s+\d+ ms", plain(lines))
    assert "◌ in sync" in plain(lines)


def test_a_failover_is_shown_where_it_happens_with_an_estimate_and_aws_shows_none_of_it() -> None:
    cloud = cloud_of(LEDGER)
    do(cloud, "az:outage us-east-1a")
    while not cloud.rds["ledger"].failing_over:
        run(cloud, 1)
    lines = map_view(cloud, 60)
    assert (cell(lines, "ledger/1"), cell(lines, "ledger/2")) == ("✖ P", "◐ S")
    text = text_of(cloud, "ledger", "Topology")
    assert "AWS says available" in text
    assert "taking over" in text
    assert re.search(r"failing over to ledger/2  about \d+ s left", text)
    seen = text_of(cloud, "ledger", "Topology", truth=False)
    assert "● available" in seen
    assert "◌ standby" in seen
    for secret in ("taking over", "failing over", "left", "primary lost"):
        assert secret not in seen
    run(cloud, 180)
    lines = map_view(cloud, 60)
    assert (cell(lines, "ledger/1"), cell(lines, "ledger/2")) == ("✖ S", "● P")
    assert "no standby to fail over to" in plain(lines)
    assert re.search(
        r"ledger/1 → ledger/2\s+\d+ s ago|ledger/1 → ledger/2\s+\d+ m", text_of(cloud, "ledger", "Endpoints")
    )


def test_replication_tells_lag_from_loss_and_keeps_the_metric_apart() -> None:
    cloud = cloud_of(LEDGER)
    do(cloud, "region:partition eu-west-1")
    run(cloud, 60)
    text = text_of(cloud, "ledger-dr", "Replication")
    missing = cloud.rds["ledger-dr"].replication
    assert missing is not None
    writes = missing.received.backlog(cloud.now_us) // 1_000_000_000
    assert writes > 1000
    assert f"received    60 s behind, {writes:,} writes missing" in text
    assert "✖ cut" in text
    assert re.search(r"ledger-dr\s+eu-west-1a\s+✖ cut\s+60 s\s+60 s", text_of(cloud, "ledger", "Replication"))
    do(cloud, "sim:replication-error shop-ro")
    run(cloud, 5)
    assert "replication is not active" in text_of(cloud, "shop-ro", "Replication")
    assert "replication error" in plain(map_view(cloud, 60))
    hidden = text_of(cloud, "ledger", "Replication", truth=False)
    assert "whether it is in sync: AWS does not show it" in hidden
    assert "lost if promoted" not in hidden


def test_a_standby_that_is_given_up_is_told_and_commits_do_not_wait() -> None:
    cloud = cloud_of(LEDGER)
    do(cloud, "az:outage us-east-1b")
    run(cloud, 0.1)
    assert "commits wait for the standby" in plain(map_view(cloud, 60))
    run(cloud, 30)
    text = text_of(cloud, "ledger", "Replication")
    assert "does not wait: the standby has been given up" in text
    assert re.search(r"may take over\s+no", text)


def test_storage_shows_use_burst_credits_autoscaling_and_the_lock() -> None:
    cloud = cloud_of(LEDGER)
    text = text_of(cloud, "ledger", "Storage")
    assert re.search(r"used\s+█+░+ 60\.?\d* GiB of 200 GiB, 30 %", text)
    assert "up to 400 GiB" in text
    assert "possible now" in text
    assert "does not burst" in text
    assert re.search(r"burst balance\s+█+ 100\.0 %", text_of(cloud, "shop", "Storage"))
    do(cloud, "rds:modify-db-instance ledger allocated_storage=300 apply_immediately=true")
    while cloud.rds["ledger"].status.value != "storage-optimization":
        run(cloud, 30)
    run(cloud, 60)
    text = text_of(cloud, "ledger", "Storage")
    assert "of 300 GiB" in text
    assert re.search(r"refused until \d\d:\d\d:\d\dZ  six hours", text)
    assert re.search(r"storage-optimization\s+█", text)


def test_what_is_pending_is_listed_with_its_cost_and_its_window() -> None:
    cloud = cloud_of(LEDGER)
    do(cloud, "rds:modify-db-instance shop db_instance_class=db.m6g.large")
    text = text_of(cloud, "shop", "Config")
    assert re.search(r"DB instance class\s+db\.m6g\.large  outage:", text)
    assert "sun:05:00-sun:05:30 UTC  begins 01-11 05:00:00Z" in text


def test_every_tab_of_every_thing_fits_in_every_width_and_in_ascii() -> None:
    cloud = cloud_of(LEDGER)
    do(cloud, "az:outage us-east-1a")
    run(cloud, 40)
    for id in things(cloud):
        assert kind_of(cloud, id)
        for tab in tabs_for(cloud, id):
            for truth in (True, False):
                for width in (160, 78, 44, 30):
                    for line in tab_view(cloud, id, tab, width, truth=truth):
                        assert cells(line.text) <= width, f"{id} {tab}: {line.text!r}"
                drawn = plain(tab_view(cloud, id, tab, 78, truth=truth, ascii=True))
                assert drawn.isascii()
                assert "?" not in drawn, f"{id} {tab}: {drawn}"
    assert plain(map_view(cloud, 60, ascii=True)).isascii()


def test_a_host_says_who_is_connected_to_it() -> None:
    cloud = cloud_of(LEDGER)
    text = text_of(cloud, "ledger/1", "Host")
    assert re.search(r"billing\s+\d+", text)
    assert "accepts no connections" in text_of(cloud, "ledger/2", "Host")
    assert "AWS does not show it" in text_of(cloud, "ledger/2", "Host", truth=False)
