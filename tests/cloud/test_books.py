"""An app's books: whole numbers that add up to the last request, whatever happened and whoever looked."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cloud import Refused
from opsconsole.cloud.books import FOLD_EVERY, KEEP_US, REQUEST, Books, Flow
from tests.cloud.play import Play, uncached

flows = st.builds(
    lambda due, ok, unknown, reads, reads_ok: Flow(due + ok + unknown, ok, unknown, reads + reads_ok, reads_ok, 0),
    *[st.integers(0, 10**6)] * 5,
)
pieces = st.lists(st.tuples(st.integers(1, 10**7), flows), min_size=1, max_size=20)


@given(pieces)
def test_totals_are_the_sum_of_rate_times_time(script: list[tuple[int, Flow]]) -> None:
    books, now, expected = Books(), 0, Flow()
    for duration, rates in script:
        books.set_rates(now, rates)
        now += duration
        expected = Flow(*(total + rate * duration for total, rate in zip(expected, rates, strict=True)))
    assert books.at(now) == expected


@given(pieces, st.lists(st.integers(0, 10**8), min_size=3, max_size=3).map(sorted))
def test_what_happened_in_two_intervals_is_what_happened_in_both_together(
    script: list[tuple[int, Flow]], moments: list[int]
) -> None:
    books, now = Books(), 0
    for duration, rates in script:
        books.set_rates(now, rates)
        now += duration
    a, b, c = moments
    first, second, both = books.between(a, b), books.between(b, c), books.between(a, c)
    assert both == Flow(*(x + y for x, y in zip(first, second, strict=True)))
    assert both.due == both.ok + both.writes_failed + both.writes_unknown + both.reads_failed


def test_a_long_life_forgets_what_is_older_than_an_hour_and_nothing_else() -> None:
    books = Books()
    step = KEEP_US // 100
    for number in range(2 * FOLD_EVERY):
        books.set_rates(number * step, Flow(writes_due=1_000 + number % 2, writes_ok=1_000))
    now = 2 * FOLD_EVERY * step
    assert books.at(now).writes_ok == 1_000 * now
    assert books.between(now - KEEP_US, now).writes_ok == 1_000 * KEEP_US
    assert len(books.changes(0, now)) < 2 * FOLD_EVERY


FAULTS = (
    "az:outage us-east-1a",
    "az:partition us-east-1b direction=from",
    "az:partition us-east-1a direction=to",
    "link:cut us-east-1a/us-east-1b direction=to",
    "region:partition us-east-1",
    "sim:crash-host orders-1",
    "sim:crash-host orders-2 for=1m",
    "sim:storage-node-loss orders copies=3",
    "sim:replica-stall orders-3",
    "app:set-rate checkout writes=900/s reads=9000/s",
    "app:recycle-pool checkout",
    "heal all",
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(FAULTS), max_size=5), st.integers(0, 10**6))
def test_due_is_ok_and_failed_and_unknown_and_every_acknowledged_write_is_in_the_log(
    faults: list[str], seed: int
) -> None:
    play = Play("global_aurora", seed)
    for number, line in enumerate(faults, 1):
        play.until(f"{number * 40}s")
        with suppress(Refused):  # too much is broken already, or nothing is
            play.do(line)
    play.until("10m")
    for app in play.cloud.apps.values():
        for at in range(0, 601, 15):
            seen = app.books.at(at * 1_000_000)
            assert min(seen) >= 0
            assert min(seen.writes_failed, seen.reads_failed) >= 0
            assert seen.reads_stale <= seen.reads_ok
    assert play.acknowledged("checkout") == play.present("checkout")
    assert play.acknowledged("storefront") == play.present("storefront", "catalog")


def test_a_healthy_app_gets_everything_it_asks_for() -> None:
    play = Play(uncached()).until("10m")
    seen = play.saw("checkout", "0s", "10m")
    assert seen == Flow(240_000 * REQUEST, 240_000 * REQUEST, 0, 1_800_000 * REQUEST, 1_800_000 * REQUEST, 0)


@pytest.mark.parametrize("slices", [1, 7, 600])
def test_how_a_run_is_sliced_changes_no_book(slices: int) -> None:
    whole = Play("global_aurora", 5).at("T+60s az:outage us-east-1a for=2m").until("10m")
    cut = Play("global_aurora", 5).at("T+60s az:outage us-east-1a for=2m")
    for number in range(1, slices + 1):
        cut.until(f"{600_000 * number // slices}ms")
        cut.app("checkout").books.at(cut.cloud.now_us)
    assert cut.cloud.log.digest == whole.cloud.log.digest
    assert cut.saw("checkout", "0s", "10m") == whole.saw("checkout", "0s", "10m")
