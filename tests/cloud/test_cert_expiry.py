"""`sim:cert-expiry`: who verifies the server connects no more, bit by bit; everybody else notices nothing."""

import pytest

from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE
from tests.cloud.test_tls import AURORA, SQLSERVER, errors, having

APP = "billing-app"


@pytest.mark.parametrize(
    ("fleet", "target", "words"),
    [
        (ALONE, "billing", "certificate verify failed"),
        (AURORA, "orders", "certificate verify failed"),
        (SQLSERVER, "billing", "validity period"),
    ],
)
def test_open_connections_go_on_until_they_are_renewed_and_then_fail_by_each_engines_words(
    fleet: str, target: str, words: str
) -> None:
    play = Play(having(fleet, "verify", "10m")).at(f"T+1m sim:cert-expiry {target} for=30m").until("1m30s")
    assert play.all_well(APP, "1m", "1m20s")
    play.until("20m")
    assert play.saw(APP, "15m", "20m").ok == 0
    assert all(words in text for text in errors(play))
    assert play.until("33m").all_well(APP, "31m10s", "33m")


def test_a_failover_makes_it_sudden_and_connecting_without_verifying_is_a_way_out() -> None:
    play = Play("rds_multi_az").do("sim:cert-expiry billing").until("1m")
    play.do("rds:reboot-db-instance billing force_failover=true").until("10m")
    assert play.saw(APP, "8m", "10m").ok == 0
    play.do("app:set-tls billing-app tls=require").until("11m")
    assert play.all_well(APP, "10m1s", "11m")
    play.do("app:set-tls billing-app tls=verify").until("12m")
    assert play.saw(APP, "11m1s", "12m").ok == 0


def test_who_does_not_verify_notices_nothing() -> None:
    for tls in ("require", "off"):
        play = Play(having(ALONE, tls, "10m")).do("sim:cert-expiry billing").until("30m")
        assert play.all_well(APP, "0s", "30m")
