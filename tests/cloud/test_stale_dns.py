"""`sim:stale-dns`: nothing is seen of it until a name moves; then the app calls the old address until it is cured."""

import pytest

from opsconsole.cloud.apps import App
from tests.cloud.play import SECOND, Play

APP = "billing-app"
FAILOVER = "T+2m aws:rds:reboot-db-instances billing force_failover=true"


def moved(*lines: str) -> Play:
    """The fault at T+1m, a failover at T+2m, and what else is asked for; five minutes."""
    return Play("rds_multi_az").at("T+1m sim:stale-dns billing-app", FAILOVER, *lines).until("5m")


def cached(app: App) -> set[tuple[str, ...]]:
    return {channel.answer for channel in app.channels}


def test_it_drops_no_connection_and_restarts_no_process_when_it_begins() -> None:
    play = Play("rds_multi_az").at("T+1m sim:stale-dns billing-app").until("1h")
    assert play.all_well(APP, "0s", "1h")
    assert play.ids() == Play("rds_multi_az").until("1h").ids()


def test_the_endpoint_has_moved_and_the_app_still_calls_the_old_primary() -> None:
    play = moved()
    assert play.answers("billing") == ("billing/2",)
    assert play.cloud.rds["billing"].status.value == "available"
    assert cached(play.app(APP)) == {("billing/1",)}
    assert play.saw(APP, "4m", "5m").ok == 0
    without = Play("rds_multi_az").at(FAILOVER).until("5m")
    assert without.all_well(APP, "4m", "5m")


def test_recycling_the_pool_does_not_help_and_setting_a_ttl_does() -> None:
    play = moved("T+4m app:recycle-pool billing-app").do("app:set-dns-ttl billing-app ttl=5s").until("6m")
    assert play.all_well(APP, "5m1s", "6m")
    assert not play.cloud.faults.in_force
    assert play.truth("fault", APP, now="healed")


def test_an_operators_own_forever_is_not_undone_with_the_fault() -> None:
    play = moved().do("app:set-dns-ttl billing-app ttl=forever").until("6m")
    assert play.app(APP).dns_cache_us is None
    assert not play.cloud.faults.in_force


@pytest.mark.parametrize("end", ["for=4m", ""])
def test_when_it_ends_answers_expire_again_within_the_apps_own_cache_time(end: str) -> None:
    play = Play("rds_multi_az").at(f"T+1m sim:stale-dns billing-app {end}", FAILOVER).until("5m")
    if not end:
        play.do("heal billing-app")
    assert play.until("6m").saw(APP, "4m", "5m").ok == 0
    assert play.all_well(APP, "5m5s", "6m")


def test_a_ttl_of_minutes_lets_the_processes_learn_of_it_one_after_the_other() -> None:
    play = Play("rds_multi_az").at("T+1m sim:stale-dns billing-app ttl=10m", FAILOVER).until("15m")
    (incident,) = play.app(APP).incidents
    assert incident.ended_us is not None
    (name_moved,) = [t for t, answers in play.moves("billing") if answers == ("billing/2",)]
    assert 300 < incident.ended_us / SECOND - name_moved <= 600
    assert 0 < play.saw(APP, "6m", "7m").ok < play.saw(APP, "11m", "12m").ok


def test_two_of_them_overlap_and_the_longer_one_counts() -> None:
    play = Play("rds_multi_az").do("sim:stale-dns billing-app ttl=10m").do("sim:stale-dns billing-app for=1m")
    (use, *_) = play.app(APP).uses()
    assert play.app(APP).believes_us(use) is None
    assert play.until("2m").app(APP).believes_us(use) == 600 * SECOND
    assert play.do("heal all").app(APP).believes_us(use) == 5 * SECOND


def test_it_is_refused_where_answers_are_kept_that_long_already_and_where_the_time_is_none() -> None:
    play = Play("rds_multi_az")
    assert play.refusal("sim:stale-dns billing-app ttl=5s").code == "InvalidParameterCombination"
    assert play.refusal("sim:stale-dns billing-app ttl=a-while").code == "InvalidParameterValue"
    play.do("app:set-dns-ttl billing-app ttl=forever")
    assert "that long already" in str(play.refusal("sim:stale-dns billing-app"))


def test_the_client_of_one_primary_keeps_its_answer_too_and_one_that_knows_the_topology_does_not() -> None:
    play = Play("global_aurora").do("sim:stale-dns checkout").do("sim:stale-dns storefront")
    kept = {
        id: {play.app(id).believes_us(u) for u in play.app(id).uses() if u.part} for id in ("checkout", "storefront")
    }
    assert kept["checkout"] == {None}  # a Redis primary, by its name
    assert None not in kept["storefront"]  # Memcached, found by auto discovery
