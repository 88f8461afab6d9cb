"""`sim:disk-fill`: files fill the storage of a DB instance, RDS shuts it down, and only more storage helps."""

import pytest

from opsconsole.cloud.disk import GIB
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_metrics import free_storage
from tests.cloud.play import SECOND, Play
from tests.cloud.rds_fleets import PAIR

FILL = "T+1m sim:disk-fill billing within=10m"


def billing(play: Play) -> DbInstance:
    return play.cloud.rds["billing"]


def free_gib(play: Play, at_s: float | None = None) -> float:
    at_us = play.cloud.now_us if at_s is None else round(at_s * SECOND)
    return free_storage(billing(play), at_us) / GIB


def test_free_storage_falls_evenly_and_its_past_stays_as_it_was() -> None:
    play = Play(PAIR).at(FILL).until("6m")
    begun, half = free_gib(play, 60), free_gib(play)
    assert half == pytest.approx(begun / 2, rel=0.001)
    play.until("6m30s").do("heal all")
    assert free_gib(play) == pytest.approx(begun, rel=0.001)
    assert free_gib(play.until("7m"), 360) == half


def test_rds_warns_and_then_shuts_the_database_down_and_the_standby_is_as_full() -> None:
    play = Play(PAIR).at(FILL).until("15m")
    begun = free_gib(play, 60)
    low, _, shut, _ = play.aws_events("billing")
    assert play.ids("billing") == ["0089", "0222", "0007", "0221"]
    assert low.at == pytest.approx(60 + 600 * (begun - 20) / begun, abs=1)
    assert shut.at == pytest.approx(60 + 600 * (begun - 2) / begun, abs=1)
    assert billing(play).status.value == "storage-full"
    assert play.saw("billing-app", "12m", "15m").ok == 0


def test_more_storage_brings_it_back_and_the_purge_alone_does_not() -> None:
    play = Play(PAIR).at(FILL).until("15m").do("heal billing").until("20m")
    assert free_gib(play) > 100
    assert billing(play).status.value == "storage-full"
    play.do("rds:modify-db-instance billing storage=300 apply-immediately=true").until("40m")
    assert play.app("billing-app").health.value == "ok"


def test_modifying_first_and_purging_then_works_as_well() -> None:
    play = Play(PAIR).at(FILL).until("15m")
    play.do("rds:modify-db-instance billing storage=300 apply-immediately=true").until("40m")
    assert play.app("billing-app").health.value == "ok"
    assert free_gib(play) == pytest.approx(100, abs=1)
    assert free_gib(play.do("heal all").until("41m")) == pytest.approx(240, abs=1)


def test_what_is_left_is_left_and_nobody_is_shut_out() -> None:
    play = Play(PAIR).at("T+1m sim:disk-fill billing left=5% within=0s for=30m").until("20m")
    assert free_gib(play) == pytest.approx(10, abs=0.2)
    assert play.ids("billing") == ["0089", "0222"]
    assert play.all_well("billing-app", "0s", "40m")
    assert free_gib(play.until("40m")) > 100


def test_storage_autoscaling_saves_what_fills_up_slowly_enough() -> None:
    fleet = PAIR.replace('storage = "200 GiB"', 'storage = "200 GiB"\nmax_storage = "2000 GiB"')
    play = Play(fleet).at("T+1m sim:disk-fill billing within=3h").until("4h")
    assert {"0217", "0218"} <= set(play.ids("billing"))
    assert "0221" not in play.ids("billing")
    assert play.all_well("billing-app", "0s", "4h")


def test_two_fillings_add_up_and_each_is_purged_alone() -> None:
    begun = free_gib(Play(PAIR))
    play = Play(PAIR).do("sim:disk-fill billing left=50% within=0s").do("sim:disk-fill billing left=20% within=0s")
    assert free_gib(play.until("1m")) == pytest.approx(40, abs=0.2)
    assert free_gib(play.do("heal f1").until("2m")) == pytest.approx(40 + begun - 100, abs=0.2)
    assert play.refusal("sim:disk-fill billing left=99%").code == "InvalidParameterCombination"


def test_a_backup_that_ends_does_not_open_a_database_that_became_full_meanwhile() -> None:
    play = Play(PAIR).until("1m").do("rds:create-db-snapshot billing id=one").wait("1s")
    assert billing(play.do("sim:disk-fill billing within=0s").wait("1s")).status.value == "storage-full"
    assert billing(play.wait("3h")).status.value == "storage-full"
    assert play.cloud.snapshots["one"].status.value == "available"


@pytest.mark.parametrize("asked", ["", "force_failover=true"])
def test_what_becomes_full_while_it_restarts_is_shut_down_when_it_has(asked: str) -> None:
    play = Play(PAIR).until("1m").do(f"rds:reboot-db-instance billing {asked}").wait("5s")
    play.do("sim:disk-fill billing within=0s").wait("10m")
    assert billing(play).status.value == "storage-full"
    assert not billing(play).primary.running
    assert {"0007", "0221"} <= set(play.ids("billing"))
