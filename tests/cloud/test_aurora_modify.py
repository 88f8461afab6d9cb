"""ModifyDBInstance on Aurora: push-button scaling of one instance's class, now or in the window."""

from typing import Any

import pytest

from opsconsole.cloud.describe import describe
from opsconsole.commands import parse
from tests.cloud.play import Play
from tests.cloud.test_failover import ALONE, fleet

PAIR = fleet("a r6g.large", "b r6g.large")
NOW = "class=db.r6g.2xlarge apply-immediately=true"


def size(play: Play, id: str) -> str:
    return play.instance(id).instance_class.name


@pytest.mark.fact("AUR-AS-05")
def test_one_command_gives_a_reader_another_class_and_with_it_another_capacity() -> None:
    play = Play(PAIR).until("1m")
    before = play.instance("orders-2").capacity()
    play.do(f"rds:modify-db-instance orders-2 {NOW}").wait("10s")
    assert play.instance("orders-2").status.value == "modifying"
    play.until("1h")
    assert size(play, "orders-2") == "db.r6g.2xlarge"
    assert play.instance("orders-2").capacity() > before
    assert play.ids("orders-2") == ["0012", "0004", "0006", "0014"]
    assert play.all_well("checkout", "30m", "1h")
    assert play.answers("orders.reader") == ("orders-2",)


def test_a_writer_hands_its_role_to_a_reader_first_so_writes_fail_no_longer_than_in_a_failover() -> None:
    play = Play(PAIR).until("1m").do(f"rds:modify-db-instance orders-1 {NOW}").until("1h")
    assert play.writer() == "orders-2"
    assert size(play, "orders-1") == "db.r6g.2xlarge"
    (incident, *_) = play.app().incidents
    assert incident.ended_us is not None
    assert incident.ended_us - incident.began_us < 120_000_000
    assert play.acknowledged("checkout") == play.present("checkout")


def test_without_a_reader_writes_fail_while_the_writer_moves() -> None:
    play = Play(ALONE).until("1m").do(f"rds:modify-db-instance orders-1 {NOW}").until("1h")
    (incident,) = play.app().incidents
    assert incident.ended_us is not None
    assert incident.ended_us - incident.began_us >= 120_000_000
    assert play.app().health.value == "ok"


def test_without_apply_immediately_it_waits_for_the_window_and_shows_what_is_pending() -> None:
    play = Play(PAIR).do("rds:modify-db-instance orders-2 class=db.r6g.xlarge")
    answer: Any = describe(play.cloud, "orders-2")
    assert answer["DBInstances"][0]["PendingModifiedValues"] == {"DBInstanceClass": "db.r6g.xlarge"}
    play.until("139h")
    assert size(play, "orders-2") == "db.r6g.large"
    play.until("141h")
    assert size(play, "orders-2") == "db.r6g.xlarge"
    assert play.when("status", "orders-2", now="modifying") == [140 * 3600.0]


def test_what_is_pending_may_be_applied_sooner() -> None:
    play = Play(PAIR).do("rds:modify-db-instance orders-2 class=db.r6g.xlarge")
    play.do("rds:modify-db-instance orders-2 apply-immediately=true").until("1h")
    assert size(play, "orders-2") == "db.r6g.xlarge"
    play.until("200h")
    assert len(play.truth("status", "orders-2", now="modifying")) == 1


def test_a_host_that_dies_on_the_way_comes_back_as_the_class_asked_for() -> None:
    play = Play(PAIR).do(f"rds:modify-db-instance orders-2 {NOW}").wait("30s").do("az:outage us-east-1b for=10m")
    play.until("1h")
    assert size(play, "orders-2") == "db.r6g.2xlarge"
    assert play.instance("orders-2").status.value == "available"


def test_the_tier_is_changed_at_once_and_promotes_nobody() -> None:
    play = Play(fleet("a r6g.large", "b r6g.large", "c r6g.large")).do("rds:modify-db-instance orders-3 tier=0")
    play.wait("1m").do("rds:failover-db-cluster orders").until("10m")
    assert play.writer() == "orders-3"


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("orders-2 class=db.t3.micro apply-immediately=true", "InvalidParameterValue", "db.t3.micro"),
        ("orders-2 retention=3", "InvalidParameterCombination", "modify orders"),
        ("orders-2 tier=16", "InvalidParameterValue", "0 (first) to 15 (last)"),
        ("orders-2 apply-immediately=true", "InvalidParameterCombination", "none is pending"),
    ],
)
def test_it_is_refused_with_awss_code_and_a_sentence_that_helps(line: str, code: str, says: str) -> None:
    refused = Play(PAIR).refusal(f"rds:modify-db-instance {line}")
    assert refused.code == code
    assert says in refused.sentence


def test_the_preview_says_who_is_promoted_and_when() -> None:
    play = Play(PAIR)
    now = parse(f"rds:modify-db-instance orders-1 {NOW}").preview(play.cloud).sentences
    assert "it is the writer: orders-2 is promoted first" in now
    later = parse("rds:modify-db-instance orders-1 class=db.r6g.xlarge").preview(play.cloud).sentences
    assert later[-1] == "waits for the maintenance window sun:05:00-sun:05:30, in 5d20h"
