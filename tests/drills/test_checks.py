"""Checks are exact: what comes true, or stops being true, is noticed at its microsecond and not at the next sample."""

import pytest

from opsconsole.drills.result import Outcome, Verdict
from tests.drills.writing import check, run

STALL = '{ at = "60s", fault = "sim:replica-stall", target = "shop-ro", for = "4m" }'
TIER = {"fleet": "three_tier"}


def test_a_deadline_is_kept_to_the_microsecond() -> None:
    """The replica stalls at T+60s: its lag is its own and a second per second, so it crosses 30 s before T+90s."""
    probe = run(STALL, '{ at = "60s", expect = "shop-ro.lag >= 30s", within = "1m", id = "crosses" }', **TIER)
    crossed = check(probe, "crosses").decided_us
    assert crossed is not None
    own_us = 90_000_000 - crossed
    assert 0 < own_us < 5_000_000
    for late_us, outcome in ((0, Outcome.PASSED), (-1, Outcome.FAILED)):
        within = f"{(30_000_000 - own_us + late_us) / 1000:.3f}ms"
        got = run(STALL, f'{{ at = "60s", expect = "shop-ro.lag >= 30s", within = "{within}", id = "c" }}', **TIER)
        assert check(got, "c").outcome is outcome, within


def test_a_truth_must_last_and_may_come_true_again_before_its_deadline() -> None:
    rows = (
        '{ at = "10s", fault = "az:outage", target = "us-east-1c", for = "30s" }',
        '{ at = "15s", expect = "orders.copies == 6", within = "9m", for = "20s", id = "again" }',
        '{ at = "5s", expect = "orders.copies == 6", within = "1s", for = "20s", id = "broken" }',
    )
    result = run(*rows)
    assert check(result, "again").outcome is Outcome.PASSED
    broken = check(result, "broken")
    assert (broken.outcome, broken.why) == (Outcome.FAILED, "true for 5s only, of 20s")
    assert broken.decided_us == 10_000_000
    assert broken.seen == "4"
    assert broken.event == "checkout: incident"


@pytest.mark.parametrize(
    ("allow", "outcome"), [("30s", Outcome.PASSED), ("10s", Outcome.FAILED), ("0s", Outcome.FAILED)]
)
def test_always_forgives_so_much_in_all_and_no_more(allow: str, outcome: Outcome) -> None:
    rows = (
        '{ at = "30s", action = "app:pause-writes", target = "checkout", id = "pause" }',
        '{ at = "42s", action = "app:resume-writes", target = "checkout" }',
        '{ at = "60s", action = "app:pause-writes", target = "checkout" }',
        '{ at = "72s", action = "app:resume-writes", target = "checkout" }',
        f'{{ at = "5s", always = "checkout.writes.ok >= 99%", for = "5m", allow = "{allow}", id = "c" }}',
    )
    got = check(run(*rows), "c")
    assert got.outcome is outcome
    if allow == "10s":
        assert got.decided_us == 40_000_000  # ten seconds after the pause
        assert got.why == "not true for 10s in all, of 10s allowed"


def test_a_list_is_and() -> None:
    row = '{{ at = "1s", expect = ["orders.writer == orders-1", "orders.copies == {}"], within = "1s", id = "c" }}'
    assert check(run(row.format(6)), "c").outcome is Outcome.PASSED
    bad = check(run(row.format(5)), "c")
    assert (bad.outcome, bad.seen) == (Outcome.FAILED, "6")


def test_what_has_no_value_makes_every_comparison_false() -> None:
    rows = (
        '{ at = "1s", expect = "orders-1.lag < 1h", within = "1s" }',
        '{ at = "1s", action = "mark", target = "x" }',
    )
    assert run(*rows).verdict is Verdict.PASSED  # a writer's lag is what its storage has: none
    gone = (
        '{ at = "10s", action = "rds:delete-db-instance", target = "orders-3", id = "gone" }',
        '{ after = "gone", expect = "orders-3.az != us-east-1a", within = "1s", id = "c" }',
    )
    got = check(run(*gone), "c")
    assert (got.outcome, got.seen) == (Outcome.FAILED, "no value")


def test_a_mark_is_what_later_values_are_compared_with() -> None:
    rows = (
        '{ at = "10s", mark = "before" }',
        '{ at = "20s", expect = "orders.rows > orders.rows@before", within = "0s", id = "more" }',
        '{ at = "20s", expect = "orders.rows == orders.rows@before", within = "10s", id = "same" }',
        '{ at = "20s", expect = "orders.rows > orders.rows@start", within = "0s", id = "start" }',
    )
    result = run(*rows)
    assert [check(result, id).outcome for id in ("more", "same", "start")] == [
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.PASSED,
    ]


def test_aws_events_are_counted_from_the_begin() -> None:
    rows = (
        '{ at = "10s", action = "rds:failover-db-cluster", target = "orders", id = "move" }',
        '{ at = "10s", expect = "orders.events.RDS-EVENT-0071 == 1", within = "2m", id = "one" }',
        '{ at = "10s", expect = "fleet.events.RDS-EVENT-0071 >= 1", within = "2m", id = "any" }',
        '{ at = "10s", always = "orders.events.RDS-EVENT-0069 == 0", for = "1m", id = "none" }',
    )
    assert run(*rows).verdict is Verdict.PASSED


def test_what_begins_when_a_truth_has_lasted_long_enough_does_not_break_it() -> None:
    """A truth lasts from its begin up to its end: a fault at that very instant comes after it."""
    result = run(
        '{ at = "0s", expect = "orders.copies == 6", within = "0s", for = "60s", id = "expect" }',
        '{ at = "0s", always = "orders.copies == 6", for = "60s", id = "always" }',
        '{ at = "0s", expect = "orders.copies == 6", within = "0s", for = "61s", id = "longer" }',
        '{ at = "60s", fault = "az:outage", target = "us-east-1a", for = "20s" }',
    )
    assert {id: check(result, id).outcome for id in ("expect", "always")} == dict.fromkeys(
        ("expect", "always"), Outcome.PASSED
    )
    assert check(result, "longer").why == "true for 1m only, of 1m1s"


def test_what_lasts_to_the_last_instant_of_the_drill_has_lasted() -> None:
    result = run('{ at = "1m", expect = "orders.copies == 6", within = "0s", for = "9m", id = "c" }')
    assert (check(result, "c").outcome, check(result, "c").decided_us) == (Outcome.PASSED, 600_000_000)


def test_a_truth_that_the_end_of_the_drill_cuts_off_is_not_reached() -> None:
    result = run(
        '{ at = "9m58s", mark = "late", id = "late" }',
        '{ after = "late", always = "orders.copies == 6", for = "5m", id = "short" }',
        '{ after = "late", always = "orders.copies == 6", id = "rest" }',
    )
    assert check(result, "short").outcome is Outcome.NOT_REACHED
    assert check(result, "rest").outcome is Outcome.PASSED
    assert result.verdict is Verdict.FAILED


@pytest.mark.parametrize(("allow", "outcome"), [("10s", Outcome.PASSED), ("4s", Outcome.FAILED)])
def test_what_is_forgiven_of_a_truth_is_counted_up_to_its_end(allow: str, outcome: Outcome) -> None:
    result = run(
        '{ at = "55s", action = "app:pause-writes", target = "checkout" }',
        '{ at = "75s", action = "app:resume-writes", target = "checkout" }',
        '{ at = "0s", expect = "checkout.writes.ok >= 99%", within = "0s", for = "60s", id = "c", '
        + f'allow = "{allow}" }}',
    )
    assert check(result, "c").outcome is outcome


def test_of_two_checks_that_change_the_moment_in_which_both_hold_is_found() -> None:
    """Nothing happens while the lag grows from 10 s to 30 s: only time makes them true, one by one."""
    row = '{ at = "60s", expect = ["shop-ro.lag >= 10s", "shop-ro.lag < 30s"], within = "2m", for = "19s", id = "c" }'
    got = check(run(STALL, row, **TIER), "c")
    assert got.outcome is Outcome.PASSED, got.why
    assert got.decided_us is not None
    assert 84_000_000 < got.decided_us < 89_000_000


def test_a_value_that_jumps_by_itself_is_looked_at_when_it_does() -> None:
    """Logs are uploaded every five minutes, and nothing else happens then: the age falls to nought, and grows again."""
    young = '"orders.restorable.age < 1s"'
    result = run(
        f'{{ at = "1s", expect = {young}, within = "6m", for = "999ms", id = "fell" }}',
        f'{{ when = {young}, at = "1s", mark = "fell", id = "mark" }}',
    )
    fell, mark = check(result, "fell"), next(step for step in result.steps if step.id == "mark")
    assert fell.outcome is Outcome.PASSED, fell.why
    assert mark.begun_us is not None
    assert fell.decided_us == mark.begun_us + 999_000
