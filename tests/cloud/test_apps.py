"""Apps: open-loop load, homes and a router, a resolver's cache, pools that outlive it, patience; what users get."""

import pytest

from opsconsole.cloud.apps import SETTLE_US, health_of
from opsconsole.cloud.books import Flow
from opsconsole.cloud.channels import PARTS, split_evenly
from opsconsole.cloud.content import Content
from tests.cloud.play import FORGIVEN, REQUEST, SECOND, Play
from tests.cloud.test_failover import PAIR, fleet

STUCK = fleet("a r6g.large", "b r6g.large", "c r6g.large 15", app='dns_cache = "{cache}"\npool_lifetime = "{pool}"')


def stuck(cache: str, pool: str = "30m") -> Play:
    """A cluster whose app caches names for `cache` and keeps connections for `pool`."""
    return Play(STUCK.replace("{cache}", cache).replace("{pool}", pool), seed=2)


def errors(play: Play, app: str = "checkout") -> str:
    return "; ".join(text for text, _ in play.app(app).service.value.errors)


# -- the rates that are due -------------------------------------------------------------------------------------


def test_requests_are_due_whatever_happens() -> None:
    play = Play().at("T+1m region:outage us-east-1 for=5m").until("10m")
    seen = play.saw("checkout", "0s", "10m")
    assert seen.writes_due == 600 * 300 * REQUEST
    assert seen.reads_due == 600 * 2000 * REQUEST
    assert play.saw("checkout", "2m", "6m").ok == 0


def test_a_new_rate_holds_at_once() -> None:
    play = Play().at("T+1m app:set-rate checkout writes=100/s").until("2m")
    seen = play.saw("checkout", "1m", "2m")
    assert (seen.writes_ok, seen.reads_ok) == (60 * 100 * REQUEST, 60 * 2000 * REQUEST)


def test_a_ramp_is_a_staircase_from_the_old_rate_to_the_new_one() -> None:
    play = Play().at("T+1m app:set-rate checkout writes=600/s reads=1000/s ramp=1m").until("90s")
    assert 440 <= play.app().writes / 1000 <= 455
    assert 1490 <= play.app().reads / 1000 <= 1520
    play.until("3m")
    assert (play.app().writes, play.app().reads) == (600_000, 1_000_000)
    rates = [rates.writes_due for _, rates in play.app().books.changes(0, 180 * SECOND)]
    assert rates == sorted(rates)
    assert len(rates) == 61


def test_a_later_change_of_rate_ends_a_ramp() -> None:
    play = Play().at("T+1m app:set-rate checkout writes=900/s ramp=10m", "T+2m app:set-rate checkout writes=50/s")
    play.until("15m")
    assert play.app().writes == 50_000
    assert play.saw("checkout", "5m", "15m").writes_due == 600 * 50 * REQUEST


def test_paused_writes_stay_due_and_fail_and_nothing_reaches_the_database() -> None:
    play = Play().at("T+1m app:pause-writes checkout", "T+2m app:resume-writes checkout").until("3m")
    seen = play.saw("checkout", "1m", "2m")
    assert (seen.writes_ok, seen.writes_unknown, seen.writes_failed) == (0, 0, 60 * 300 * REQUEST)
    assert seen.reads_ok == seen.reads_due
    assert play.present("checkout") == play.acknowledged("checkout") == 120 * 300 * REQUEST
    assert play.all_well("checkout", "2m", "3m")


# -- homes ------------------------------------------------------------------------------------------------------


def test_users_of_a_dead_zone_fail_until_the_router_drops_it_after_its_health_check() -> None:
    play = Play("global_aurora").at("T+1m az:outage us-east-1a for=10m").until("5m")
    (dropped,) = play.when("routing", "checkout")
    assert dropped == 70
    during = play.saw("storefront", "61s", "70s")
    assert during.reads_failed == pytest.approx(during.reads_due / 3, rel=0.01)
    assert play.app("checkout").routed.value == ("us-east-1b", "us-east-1c")
    play.until("15m")
    assert play.app("checkout").routed.value == ("us-east-1a", "us-east-1b", "us-east-1c")


def test_the_second_home_takes_over_when_the_whole_first_one_is_dead() -> None:
    play = Play("global_aurora").at("T+1m region:outage us-east-1 for=30m").until("5m")
    assert play.app("checkout").routed.value == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert play.app("storefront").routed.value == ("us-east-1a", "us-east-1b", "us-east-1c")
    play.until("40m")
    assert play.app("checkout").routed.value == ("us-east-1a", "us-east-1b", "us-east-1c")
    assert play.app("checkout").health.value == "ok"


def test_an_outage_shorter_than_the_health_check_moves_nobody() -> None:
    play = Play().at("T+1m az:outage us-east-1c for=9s").until("2m")
    assert play.truth("routing") == []
    assert play.app().health.value == "ok"


# -- caches and pools -------------------------------------------------------------------------------------------


def test_an_app_that_never_asks_again_stays_at_the_address_it_started_with_until_its_processes_restart() -> None:
    play = stuck("forever").do("sim:crash-host orders-1 for=20m").until("10m")
    assert play.answers("orders.writer") == ("orders-2",)
    assert play.saw("checkout", "9m", "10m").writes_ok == 0
    play.do("app:set-dns-ttl checkout ttl=5s").until("11m")
    assert play.all_well("checkout", "10m10s", "11m")


def test_a_cache_follows_the_records_own_ttl_when_it_is_told_to() -> None:
    play = stuck("forever").do("app:set-dns-ttl checkout ttl=0s").do("sim:crash-host orders-1 for=20m").until("5m")
    moved = play.moved_to("orders.writer", "orders-2")
    ended = play.app().incidents[0].ended_us
    assert ended is not None
    assert 0 < ended / SECOND - moved <= 5.1


def test_processes_learn_of_a_moved_name_one_after_the_other_within_the_cache_time() -> None:
    play = stuck("60s").do("sim:crash-host orders-1 for=20m").until("5m")
    moved = round(play.moved_to("orders.writer", "orders-2") * SECOND)
    shares = [rates.writes_ok for t, rates in play.app().books.changes(moved, moved + 61 * SECOND) if rates.reads_ok]
    assert len(dict.fromkeys(shares)) >= 12
    assert shares == sorted(shares)
    assert shares[-1] == 100_000


def test_pooled_connections_to_an_old_writer_that_came_back_as_reader_fail_writes_and_serve_reads() -> None:
    play = stuck("5m").do("app:set-endpoint checkout endpoint=orders.writer use=both")
    play.at("T+1m rds:failover-db-cluster orders").until("10m")
    assert play.answers("orders.writer") == ("orders-2",)
    assert play.instance("orders-1").running
    seen = play.saw("checkout", "8m", "10m")
    assert seen.reads_ok == seen.reads_due
    assert seen.writes_ok < seen.writes_due / 10
    assert "1290" in errors(play)
    assert dict(play.app().service.value.connections)["orders-1"] >= 55


def test_recycling_the_pool_is_the_cure_and_so_is_its_lifetime() -> None:
    asked = stuck("5m").at("T+1m rds:failover-db-cluster orders").until("10m")
    assert asked.saw("checkout", "8m", "10m").writes_failed > 1000 * REQUEST
    asked.do("app:recycle-pool checkout").until("11m")
    assert asked.saw("checkout", "10m1s", "11m").writes_failed == 0
    waited = stuck("5m", "10m").at("T+1m rds:failover-db-cluster orders").until("30m")
    assert waited.saw("checkout", "8m", "10m").writes_failed > 0
    assert waited.saw("checkout", "20m", "30m").writes_failed == 0


def test_recycling_before_the_cache_has_learnt_the_new_address_does_not_help() -> None:
    play = stuck("forever").at("T+1m rds:failover-db-cluster orders").until("10m")
    play.do("app:recycle-pool checkout").until("12m")
    assert play.saw("checkout", "10m1s", "12m").writes_ok == 0


def test_an_app_is_pointed_at_another_name_and_its_processes_reconnect() -> None:
    play = Play("global_aurora").at("T+1m app:set-endpoint checkout endpoint=orders-global.writer").until("2m")
    assert play.app().writes_to == "orders-global.writer"
    assert play.app().reads_from == ("orders.reader",)
    assert play.all_well("checkout", "0s", "2m")
    play.do("app:set-endpoint checkout endpoint=orders-3 use=reads").until("3m")
    assert play.app().reads_from == ("orders-3",)
    assert play.cloud.traffic.load("orders-2").reads_served == 0


@pytest.mark.parametrize(
    ("create", "withdraw", "name"),
    [
        (
            "rds:create-db-cluster-endpoint orders id=fast members=orders-2",
            "rds:delete-db-cluster-endpoint orders id=fast",
            "orders.fast",
        ),
        ("rds:create-db-instance orders id=extra zone=c", "rds:delete-db-instance extra", "extra"),
    ],
)
def test_an_app_whose_name_was_withdrawn_fails_and_can_still_be_changed(create: str, withdraw: str, name: str) -> None:
    play = Play(PAIR).do(create).until("30m").do(f"app:set-endpoint checkout endpoint={name} use=reads").until("31m")
    assert play.all_well("checkout", "30m10s", "31m")
    play.do(withdraw).until("1h")
    play.do("app:set-dns-ttl checkout ttl=1s").until("1h1m")
    assert play.saw("checkout", "1h", "1h1m").reads_ok == 0
    assert "no address" in errors(play)
    play.do("app:set-endpoint checkout endpoint=orders.reader").until("1h2m")
    assert play.all_well("checkout", "1h1m1s", "1h2m")


# -- what users get ---------------------------------------------------------------------------------------------


def test_when_a_host_vanishes_each_connection_swallows_one_write_and_the_rest_wait_and_fail() -> None:
    play = Play(PAIR).at("T+1m sim:crash-host orders-1 for=5m").until("5m")
    seen = play.saw("checkout", "1m", "5m")
    assert 0 < seen.writes_unknown <= 60 * REQUEST
    assert seen.writes_failed > 0
    assert play.cloud.traffic.load("orders-1").writes_served == 0
    assert play.present("checkout") == play.acknowledged("checkout")


def test_when_only_the_replies_are_lost_the_writes_are_there_although_nobody_was_told() -> None:
    play = Play(PAIR).do("app:set-rate checkout writes=200/s")
    play.at("T+1m link:cut us-east-1a/us-east-1b direction=to").until("3m")
    branch, now = play.volume().branch, play.cloud.now_us
    assert Content(branch, now).acknowledged("checkout") == play.acknowledged("checkout")
    assert Content(branch, now).unknown("checkout") > 0
    assert play.app().books.at(now).writes_unknown == Content(branch, now).unknown("checkout")


def test_a_refused_connection_loses_what_was_in_flight_and_no_more() -> None:
    play = Play().at("T+1m sim:crash-instance orders-1").until("5m")
    seen = play.saw("checkout", "1m", "5m")
    assert 0 < seen.writes_unknown < 5 * REQUEST
    assert seen.writes_failed > 1000 * REQUEST


def test_writes_that_find_no_quorum_hang_until_the_timeout_and_fill_the_pool() -> None:
    play = Play().at("T+1m sim:storage-node-loss orders copies=3").until("2m")
    assert play.app().service.value.pool_permille == 1000
    assert "fewer than 4 of 6 copies" in errors(play)
    seen = play.saw("checkout", "70s", "2m")
    assert seen.writes_unknown == 50 * 60 // 2 * REQUEST


@pytest.mark.parametrize(
    ("rates", "health"),
    [
        (Flow(100, 100, 0, 1000, 1000, 0), "ok"),
        (Flow(100, 99, 1, 1000, 990, 0), "ok"),
        (Flow(100, 98, 0, 1000, 1000, 0), "impaired"),
        (Flow(100, 100, 0, 1000, 0, 0), "failing"),
        (Flow(0, 0, 0, 1000, 1000, 0), "ok"),
    ],
)
def test_health_is_99_per_cent_of_each_kind_of_request(rates: Flow, health: str) -> None:
    assert health_of(rates) == health


def test_an_incident_lasts_from_the_first_bad_request_to_the_first_of_ten_good_seconds() -> None:
    play = Play().at("T+1m sim:crash-instance orders-1").until("10m")
    (incident,) = play.app().incidents
    back = play.when("engine", "orders-1", now="running")[0]
    assert (incident.began_us, incident.ended_us) == (60 * SECOND, round((back - FORGIVEN) * SECOND))
    (row,) = play.truth("incident", "checkout", now="ended")
    assert row["t"] == round(back * SECOND) + SETTLE_US
    assert float(str(row["rto_s"])) == pytest.approx(back - FORGIVEN - 60, abs=0.001)


def test_two_troubles_ten_seconds_apart_are_two_incidents_and_closer_ones_are_one() -> None:
    apart = Play().at("T+1m app:pause-writes checkout", "T+70s app:resume-writes checkout")
    apart.at("T+81s app:pause-writes checkout", "T+90s app:resume-writes checkout").until("3m")
    close = Play().at("T+1m app:pause-writes checkout", "T+70s app:resume-writes checkout")
    close.at("T+79s app:pause-writes checkout", "T+90s app:resume-writes checkout").until("3m")
    assert [(i.began_us, i.ended_us) for i in apart.app().incidents] == [
        (60 * SECOND, round((70 - FORGIVEN) * SECOND)),
        (81 * SECOND, round((90 - FORGIVEN) * SECOND)),
    ]
    assert [(i.began_us, i.ended_us) for i in close.app().incidents] == [(60 * SECOND, round((90 - FORGIVEN) * SECOND))]


def test_whoever_listens_for_trouble_hears_of_it_at_the_instant_it_begins() -> None:
    play, heard = Play("global_aurora"), []
    play.cloud.on_trouble(lambda app: heard.append((app, play.cloud.now_us)))
    play.at("T+1m az:outage us-east-1a for=10m").until("5m")
    assert ("checkout", 60 * SECOND) in heard
    assert ("storefront", 60 * SECOND) in heard


def test_parts_are_split_into_whole_numbers_that_add_up() -> None:
    assert split_evenly(PARTS, ("a", "b", "c")) == [("a", 1680), ("b", 1680), ("c", 1680)]
    assert split_evenly(7, ("a", "b")) == [("a", 4), ("b", 3)]
    assert split_evenly(7, ()) == []


def test_a_zone_that_is_cut_off_is_left_by_the_router_like_one_without_power() -> None:
    play = Play(seed=3).at("T+1m az:partition us-east-1c for=5m").until("4m")
    assert play.app("checkout").routed.value == ("us-east-1a", "us-east-1b")
    assert "us-east-1c is cut off" not in errors(play)
    assert play.saw("checkout", "1m", "70s").writes_failed > 0  # until the health check has seen it, ten seconds
    assert play.saw("checkout", "2m", "4m").writes_failed == 0
    play.until("7m")
    assert play.app("checkout").routed.value == ("us-east-1a", "us-east-1b", "us-east-1c")
