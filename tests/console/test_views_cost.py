"""The Cost tab: what a thing costs an hour and a month, and how sure each price is."""

from __future__ import annotations

import re

from opsconsole.cloud import Cloud
from opsconsole.console.views import plain, tab_view, tabs_for
from opsconsole.fleet import load_fleet
from tests.console.ledger import LEDGER, cloud_of, do, run, text_of


def test_a_pair_is_billed_for_its_standby_and_a_replica_for_its_way() -> None:
    cloud = cloud_of(LEDGER)
    run(cloud, 10)
    text = text_of(cloud, "ledger", "Cost")
    assert re.search(r"db\.m6g\.large standby +0\.1520 +110\.96 +1 +running +0\.152 +h +2024-01 +SIM", text)
    assert re.search(r"gp3 allocated, 2 copies +0\.0630 +46\.00 +400 +GiB", text)
    assert re.search(r"total +0\.3670 USD/h +267\.92 USD/month", text)
    assert "never take them for an offer" in text
    assert re.search(r"replication from ledger-ro +0\.0000 ", text_of(cloud, "ledger-2nd", "Cost"))
    assert re.search(r"replication from ledger +0\.0034 ", text_of(cloud, "ledger-dr", "Cost"))


def test_what_has_been_spent_is_told_and_a_stopped_instance_costs_its_storage() -> None:
    cloud = cloud_of(LEDGER.replace('replicas = [{ id = "shop-ro", zone = "c" }]\n', "").replace("shop-ro", "shop"))
    run(cloud, 1680)
    assert re.search(r"compute so far +0\.0325 USD", text_of(cloud, "shop", "Cost"))  # half an hour of db.t4g.medium
    do(cloud, "rds:stop-db-instance shop")
    run(cloud, 3700)
    text = text_of(cloud, "shop", "Cost")
    assert re.search(r"gp2 allocated +0\.0063 +4\.60 +40 +GiB", text)
    assert "db.t4g.medium" not in text


def test_clusters_and_caches_have_the_tab_too_and_a_line_stands_for_its_instance() -> None:
    cloud = Cloud(load_fleet("global_aurora").fleet)
    cloud.kernel.run_until(60_000_000)
    for id in ("orders", "orders-eu", "sessions", "pages", "ledger"):
        assert "Cost" in tabs_for(cloud, id)
    lines = tab_view(cloud, "orders", "Cost", 110)
    assert [line.ref for line in lines if line.ref] == ["orders-1", "orders-2", "orders-3"]
    assert re.search(r"of which +compute \d+ %  storage \d+ %  I/O \d+ %", plain(lines))


def test_a_narrow_panel_keeps_the_money() -> None:
    cloud = cloud_of(LEDGER)
    assert re.search(r"db\.m6g\.large +0\.1520 +110\.96", plain(tab_view(cloud, "ledger", "Cost", 48)))
