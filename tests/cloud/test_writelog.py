"""The write log against a reference that knows no formula: it carries writes from step to step."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsconsole.cloud.content import Content
from opsconsole.cloud.writelog import WRITE, Branch, Follower, Rates

STEP_US = 1_000  # of the reference; every change falls on it
BANDWIDTH = 500_000  # milli-writes per second
DELAY_US = 20 * STEP_US


@dataclass(frozen=True)
class Change:
    """At a step: a new write rate, or the link cut or healed."""

    step: int
    rate: int | None
    open: bool | None


rates = st.sampled_from([0, 0, 100_000, 300_000, 499_000, 900_000])
changes = st.lists(
    st.one_of(
        st.builds(Change, st.integers(0, 200), rates, st.none()),
        st.builds(Change, st.integers(0, 200), st.none(), st.booleans()),
    ),
    max_size=10,
).map(lambda found: sorted(found, key=lambda change: change.step))


def reference(script: list[Change], steps: int) -> tuple[list[int], list[int]]:
    """What was written and what was received at each step: a pipe of `DELAY_US`, then a drain of `BANDWIDTH`."""
    written, received = [0], [0]
    rate, open_link, backlog = 0, True, 0
    delay = DELAY_US // STEP_US
    for step in range(steps):
        for change in script:
            if change.step == step:
                rate = rate if change.rate is None else change.rate
                if change.open is not None and change.open != open_link:
                    open_link = change.open
                    backlog = (written[step - delay] if step >= delay else 0) - received[step]
        written.append(written[-1] + rate * STEP_US)
        arrived = [written[at] if at >= 0 else 0 for at in (step - delay, step + 1 - delay)]
        if open_link:
            backlog = max(0, backlog + arrived[1] - arrived[0] - BANDWIDTH * STEP_US)
            received.append(max(received[-1], arrived[1] - backlog))
        else:
            received.append(received[-1])
    return written, received


def play(script: list[Change]) -> tuple[Branch, Follower, list[int], list[int], list[int]]:
    """The same script through the write log, looked at after every step."""
    branch = Branch("orders")
    follower = Follower(branch, DELAY_US, BANDWIDTH, 0)
    written, received, until = [0], [0], [0]
    for step in range(260):
        now = step * STEP_US
        for change in script:
            if change.step == step and change.rate is not None:
                branch.set_rates(now, "app", Rates(change.rate, 0))
            elif change.step == step and change.open is not None:
                follower.set_open(now, change.open)
        later = now + STEP_US
        written.append(branch.position(later))
        received.append(follower.received(later))
        until.append(follower.received_until(later))
    return branch, follower, written, received, until


@settings(max_examples=150, deadline=None)
@given(changes)
def test_what_a_follower_has_received_is_what_the_reference_has(script: list[Change]) -> None:
    branch, _, written, received, _ = play(script)
    assert (written, received) == reference(script, 260)
    assert Content(branch, 260 * STEP_US).acknowledged("app") == written[-1]


@settings(max_examples=100, deadline=None)
@given(changes)
def test_received_until_is_the_commit_time_up_to_which_nothing_is_missing(script: list[Change]) -> None:
    branch, follower, written, received, until = play(script)
    for step in range(1, 261):
        now = step * STEP_US
        assert until[step] <= now
        if received[step] >= written[step]:
            assert until[step] == now, "an idle writer makes no lag"
        else:
            assert branch.position(until[step]) <= received[step] < branch.position(until[step] + 1)
    assert follower.backlog(260 * STEP_US) == written[-1] - received[-1]


@settings(max_examples=60, deadline=None)
@given(changes, st.lists(st.integers(0, 260 * STEP_US), max_size=6))
def test_looking_changes_nothing(script: list[Change], looks: list[int]) -> None:
    undisturbed = play(script)[3]
    branch = Branch("orders")
    follower = Follower(branch, DELAY_US, BANDWIDTH, 0)
    received = [0]
    for step in range(260):
        now = step * STEP_US
        for change in script:
            if change.step == step and change.rate is not None:
                branch.set_rates(now, "app", Rates(change.rate, 0))
            elif change.step == step and change.open is not None:
                follower.set_open(now, change.open)
        for look in looks:
            if now <= look < now + STEP_US:
                follower.received(look)
                follower.received_until(look)
                follower.crosses_lag(look, 5_000)
        received.append(follower.received(now + STEP_US))
    assert received == undisturbed


@settings(max_examples=60, deadline=None)
@given(changes)
def test_what_is_received_never_goes_back_and_never_runs_ahead(script: list[Change]) -> None:
    _, _, written, received, _ = play(script)
    assert received == sorted(received)
    assert all(got <= wrote for got, wrote in zip(received, written, strict=True))


@settings(max_examples=150, deadline=None)
@given(changes, st.sampled_from([5, 30, 60, 150]), st.sampled_from([DELAY_US, 5 * DELAY_US]))
@example([Change(67, 900_000, None), Change(164, 0, None)], 5, 5 * DELAY_US)
def test_the_next_crossing_of_a_lag_is_foretold(script: list[Change], limit: int, delay_us: int) -> None:
    _, follower, *_ = play(script)
    now, lag_us = 260 * STEP_US, limit * STEP_US
    follower.set_pace(now, BANDWIDTH if follower.open else 0, None, delay_us)
    foretold = follower.crosses_lag(now, lag_us)
    began_beyond = follower.lag_us(now) > lag_us
    times = range(now + STEP_US, now + 600 * STEP_US, STEP_US)
    crossed = next((t for t in times if (follower.lag_us(t) > lag_us) != began_beyond), None)
    if crossed is None:
        assert foretold is None or foretold >= times[-1]
    else:
        assert foretold is not None
        assert crossed - STEP_US <= foretold <= crossed


# -- by hand ----------------------------------------------------------------------------------------------------


def test_a_position_counts_acknowledged_and_unknown_writes_to_the_last_one() -> None:
    branch = Branch("orders")
    branch.set_rates(0, "checkout", Rates(400_000, 0))
    branch.set_rates(10_000_000, "checkout", Rates(400_000, 7_000))
    assert Content(branch, 20_000_000).acknowledged("checkout") == 8_000 * WRITE
    assert Content(branch, 20_000_000).unknown("checkout") == 70 * WRITE
    assert branch.position(20_000_000) == 8_070 * WRITE


def test_a_fork_keeps_its_parents_writes_up_to_the_fork_and_none_after_it() -> None:
    parent = Branch("orders")
    parent.set_rates(0, "checkout", Rates(400_000, 0))
    child = Branch("orders-eu@60", parent, fork_us=50_000_000, at_us=60_000_000)
    child.set_rates(60_000_000, "checkout", Rates(100_000, 0))
    assert Content(child, 70_000_000).acknowledged("checkout") == (50 * 400 + 10 * 100) * WRITE
    assert child.position(70_000_000) == (50 * 400 + 10 * 100) * WRITE
    assert Content(parent, 70_000_000).acknowledged("checkout") == 70 * 400 * WRITE
    assert child.position(40_000_000) == 40 * 400 * WRITE
    assert child.position(55_000_000) == 50 * 400 * WRITE


def test_a_fork_of_a_fork_is_cut_at_the_earlier_of_the_two() -> None:
    first = Branch("a")
    first.set_rates(0, "app", Rates(1_000_000, 0))
    second = Branch("b", first, fork_us=30_000_000, at_us=40_000_000)
    third = Branch("c", second, fork_us=20_000_000, at_us=50_000_000)
    assert Content(third, 60_000_000).acknowledged("app") == 20_000 * WRITE
    assert [(branch.id, until) for branch, until in third.lineage()] == [
        ("c", None),
        ("b", 20_000_000),
        ("a", 20_000_000),
    ]


def test_a_backlog_drains_at_the_bandwidth_and_the_time_of_that_can_be_foretold() -> None:
    branch = Branch("orders")
    follower = Follower(branch, 100_000, 1_000_000, 0)
    branch.set_rates(0, "app", Rates(400_000, 0))
    follower.set_open(10_000_000, False)
    follower.set_open(70_000_000, True)
    assert follower.lag_us(70_000_000) == 60_100_000
    fresh = follower.crosses_lag(70_000_000, 1_000_000)
    assert fresh is not None
    assert follower.lag_us(fresh) <= 1_000_000 < follower.lag_us(fresh - 1)


def test_a_cut_link_tells_when_the_lag_will_be_too_large() -> None:
    branch = Branch("orders")
    follower = Follower(branch, 100_000, 1_000_000, 0)
    branch.set_rates(0, "app", Rates(400_000, 0))
    follower.set_open(10_000_000, False)
    crosses = follower.crosses_lag(10_000_000, 1_000_000)
    assert crosses == 10_900_000
    assert follower.lag_us(crosses) == 1_000_000


@pytest.mark.parametrize("pieces", [5_000])
def test_a_folded_past_leaves_the_present_as_it_is(pieces: int) -> None:
    branch = Branch("orders")
    day = 24 * 3600 * 1_000_000
    for piece in range(pieces):
        branch.set_rates(piece * day // 1_000, "app", Rates(1_000 * (piece % 2 + 1), 0))
    assert len(branch.total.breakpoints) < pieces
    assert (
        branch.position(5 * day)
        == Content(branch, 5 * day).acknowledged("app")
        == sum((piece % 2 + 1) * 1_000 * (day // 1_000) for piece in range(pieces))
    )
