"""The Apps screen's panels: what users of an app get, its incident with where the time goes, a connection by hand."""

from functools import cache

import pytest

from opsconsole.cloud import Cloud
from opsconsole.console.views import STYLES, Line, plain
from opsconsole.console.views.apps.connect import choice, connecting, matching
from opsconsole.console.views.apps.pages import PAGES, page
from opsconsole.console.views.layout import cells
from opsconsole.console.views.scene import Scene
from opsconsole.drills.measuring.apps import unpromised
from opsconsole.drills.measuring.phases import phases, phases_so_far
from opsconsole.drills.measuring.recovery import incidents
from opsconsole.drills.spec import Objective
from tests.cloud.play import Play

OUTAGE = "T+60s az:outage us-east-1a for=30m"


@cache
def at(seconds: float, *script: str, fleet: str = "aurora_mysql") -> Cloud:
    return Play(fleet).at(*script).until(f"{seconds}s").cloud


def lines(cloud: Cloud, title: str, width: int = 76, *, truth: bool = True, ascii: bool = False) -> list[Line]:
    return page(title, Scene(cloud, "checkout", width, 20, truth, ascii), unpromised(cloud, "checkout"))


def said(cloud: Cloud, title: str, *, truth: bool = True) -> str:
    return " ".join(plain(lines(cloud, title, 100, truth=truth)).split())


@pytest.mark.parametrize("title", PAGES)
@pytest.mark.parametrize("width", [140, 76, 58])
def test_a_panel_fits_in_known_styles_and_in_ascii(title: str, width: int) -> None:
    for cloud in (at(20.0), at(66.0, OUTAGE), at(20.0, fleet="global_aurora")):
        for ascii in (False, True):
            made = lines(cloud, title, width, ascii=ascii)
            assert made
            assert all(cells(one.text) <= width for one in made)
            assert {style for one in made for _, style in one.spans} <= set(STYLES)
            assert not ascii or plain(made).isascii()


def test_service_tells_rates_percentiles_and_an_untouched_budget() -> None:
    text = said(at(20.0), "Service")
    assert "available 1 min 100 % 15 min 100 % in all 100 %" in text
    assert "0 % spent 21 m 36 s left of 30 d at 99.95 %" in text
    assert " of 60 connections in use, for each endpoint" in text
    assert "now due ok failed unknown stale share writes 300/s 300/s" in text
    assert "latency mean p50 p95 p99 timeout writes" in text


def test_bad_requests_spend_the_budget_that_was_promised() -> None:
    cloud = at(80.0, OUTAGE)
    loose = Objective(app="checkout", on="writes", threshold_percent=99.0, settle_us=1, availability_percent=99.0)
    text = plain(page("Service", Scene(cloud, "checkout", 100, 20, True, False), loose))
    assert "of 30 d at 99 %" in text
    assert "7 h 11 m left" in text
    assert "21 m 29 s left" in said(cloud, "Service")


def test_an_open_incident_counts_and_tells_where_the_time_goes() -> None:
    text = said(at(66.0, OUTAGE), "Incident")
    assert "RTO ▲ 6.0 s, and counting began 09:01:00Z" in text
    assert "RPO 0 s so far all 18,000 acknowledged writes are in it" in text
    assert "where the time goes" in text
    assert "detection" in text
    assert "RDS-EVENT-0073 of orders" in text
    assert "since then" in text
    assert "still going on" in text


def test_in_awss_view_the_phases_are_those_that_aws_has_told_of() -> None:
    cloud = at(71.5, OUTAGE)
    assert "orders-2 is writer" in said(cloud, "Incident")
    hidden = said(cloud, "Incident", truth=False)
    assert "orders-2 is writer" not in hidden
    assert "RDS-EVENT-0073 of orders" in hidden


def test_one_that_is_over_says_how_long_it_took_and_its_last_phase_is_told() -> None:
    text = said(at(100.0, OUTAGE), "Incident")
    assert "over since" in text
    assert "where the time went" in text
    assert "orders.writer leads to orders-2" in text
    assert "still going on" not in text


def test_the_phases_so_far_are_those_of_the_end_cut_off_at_now() -> None:
    play = Play().at(OUTAGE).until("66s")
    begins = play.cloud.apps["checkout"].incidents[-1].began_us
    early = phases_so_far(play.cloud, "checkout", "writes", play.rows, begins)
    assert sum(one.ends_us - one.begins_us for one in early) == play.cloud.now_us - begins
    play.until("100s")
    books = play.cloud.apps["checkout"].books
    (found,) = incidents(books, "writes", 10_000_000, 99.0, play.cloud.now_us)
    late = phases(play.cloud, "checkout", "writes", play.rows, found)
    assert early[0] == late[0]


def test_lost_writes_are_the_rpo_and_awss_view_does_not_show_it() -> None:
    script = (
        "T+60s region:partition us-east-1 for=30m",
        "T+70s rds:failover-global-cluster orders-global to=orders-eu allow_data_loss=true",
        "T+80s app:set-endpoint checkout endpoint=orders-global.writer use=writes",
    )
    cloud = at(200.0, *script, fleet="global_aurora")
    assert "RPO AWS does not show it" in said(cloud, "Incident", truth=False)
    assert "RPO ✖" in said(cloud, "Incident")


def test_that_what_an_app_writes_is_wrong_only_the_truth_knows() -> None:
    cloud = at(60.0, "T+20s sim:bad-deploy checkout wrong=2%")
    assert "writes wrong 240 2.0 % of those due" in said(cloud, "Incident")
    assert "wrong ones in it 240" in said(cloud, "Incident")
    assert "No incident so far" in said(cloud, "Incident", truth=False)
    assert "0 % spent" in said(cloud, "Service", truth=False)


def test_connections_are_counted_by_whom_they_lead_to() -> None:
    text = said(at(20.0), "Connections")
    assert "connected to orders-1 100 % (60)" in text
    assert "connected to orders-2 50 % (30), orders-3 50 % (30)" in text
    assert "pattern lazy" in said(at(20.0, fleet="global_aurora"), "Connections")


def test_names_are_found_by_what_was_typed_and_the_apps_own_come_first() -> None:
    cloud = at(20.0)
    assert matching(cloud, "checkout", "")[:2] == ["orders.writer", "orders.reader"]
    assert matching(cloud, "checkout", "ORDERS-")[:3] == ["orders-1", "orders-2", "orders-3"]
    assert matching(cloud, "checkout", "no such") == []
    names = [f"name-{number}" for number in range(20)]
    assert " name-12 " in choice(names, "name-12", 100).text
    assert "+" in choice(names, "name-0", 100).text


@pytest.mark.parametrize("width", [120, 76, 56])
def test_an_error_of_the_engine_is_told_in_full_at_any_width(width: int) -> None:
    made = connecting(at(20.0), "checkout", "orders.reader", True, width)
    assert all(cells(one.text) <= width for one in made)
    text = " ".join(plain(made).split())
    assert "17 % of its processes in us-east-1b" in text
    assert "is running with the --read-only option so it cannot execute this statement" in text
    assert plain(connecting(at(20.0), "checkout", "orders.reader", True, width, ascii=True)).isascii()


def test_a_name_that_does_not_exist_is_told_and_so_is_that_nothing_was_typed() -> None:
    assert "there is no such name" in plain(connecting(at(20.0), "checkout", "nope", False, 60))
    assert "type a name" in plain(connecting(at(20.0), "checkout", "", False, 60))
