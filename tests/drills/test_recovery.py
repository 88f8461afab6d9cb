"""RTO by its definition: the first request that was not ok, to the first window that is good enough, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cloud.app_course import Course, Line
from opsconsole.cloud.books import Books, Flow
from opsconsole.drills.measuring.recovery import incidents
from opsconsole.drills.running import Run
from tests.drills.writing import drill

SECOND = 1_000_000
END = 600 * SECOND


def books(*pieces: tuple[float, int, int]) -> Books:
    """From each time (s) on: due and good writes per second."""
    made = Books()
    for at, due, good in pieces:
        made.set_rates(round(at * SECOND), Flow(writes_due=due * 1000, writes_ok=good * 1000))
    return made


def times(made: Books, threshold: float = 99.0, settle: int = 10) -> list[tuple[float, float | None]]:
    found = incidents(made, "writes", settle * SECOND, threshold, END)
    return [(one.begins_us / SECOND, None if one.recovered_us is None else one.recovered_us / SECOND) for one in found]


def test_an_outage_lasts_from_the_first_bad_write_to_the_first_good_window() -> None:
    assert times(books((0, 400, 400), (60, 400, 0), (84, 400, 400))) == [(60, 83.9)]  # 1 % of ten seconds may be bad


def test_at_a_threshold_of_all_the_window_begins_with_the_last_bad_write() -> None:
    assert times(books((0, 400, 400), (60, 400, 0), (84, 400, 400)), threshold=100.0) == [(60, 84)]


def test_a_first_success_is_no_recovery() -> None:
    flaps = books((0, 100, 100), (60, 100, 0), (80, 100, 50), (95, 100, 100))
    assert times(flaps) == [(60, 94.8)]
    (one,) = incidents(flaps, "writes", 10 * SECOND, 99.0, END)
    assert one.first_success_us == 80 * SECOND
    assert (one.p50_us, one.p95_us, one.failed) == (20 * SECOND, 34_800_000, 2000 + 740)


def test_a_blip_within_the_threshold_is_no_outage() -> None:
    assert times(books((0, 100, 100), (60, 100, 0), (60.05, 100, 100))) == []
    assert times(books((0, 1000, 1000), (60, 1000, 995))) == []


def test_a_window_that_the_end_cuts_off_is_no_recovery() -> None:
    assert times(books((0, 100, 100), (60, 100, 0), (591, 100, 100))) == [(60, None)]
    assert times(books((0, 100, 100), (60, 100, 0), (589.95, 100, 100))) == [(60, 589.85)]


def test_a_window_is_weighted_by_what_was_due() -> None:
    """Nine bad writes of a quiet second weigh little beside nine hundred of a busy one."""
    assert times(books((0, 10, 10), (60, 10, 0), (61, 1000, 1000))) == [] == times(books((0, 10, 10)))


def test_a_share_that_is_just_enough_is_enough() -> None:
    """99.9 % has no exact float, and 1,343 writes of which 1.343 fail are 99.9 % to the write."""
    assert Line(0, due=1_343_000, good=1_341_657).reaches(99.9)
    assert not Line(0, due=1_343_000, good=1_341_656).reaches(99.9)


def test_an_app_of_which_nothing_is_due_has_not_recovered() -> None:
    assert times(books((0, 100, 100), (60, 100, 0), (63, 0, 0))) == [(60, None)]
    assert times(books((0, 100, 100), (60, 100, 0), (63, 0, 0), (90, 100, 100))) == [(60, 90)]
    assert times(books((0, 100, 100), (60, 100, 0), (63, 0, 0), (90, 100, 0), (95, 100, 100))) == [(60, 94.9)]


def test_every_outage_is_listed() -> None:
    twice = books((0, 100, 100), (60, 100, 0), (70, 100, 100), (300, 100, 0), (330, 100, 100))
    assert times(twice) == [(60, 69.9), (300, 329.9)]


def test_wrong_writes_are_not_ok_although_nobody_is_told() -> None:
    made = Books()
    made.set_rates(0, Flow(writes_due=100_000, writes_ok=100_000))
    made.set_rates(60 * SECOND, Flow(writes_due=100_000, writes_ok=100_000, writes_wrong=2_000))
    made.set_rates(90 * SECOND, Flow(writes_due=100_000, writes_ok=100_000))
    (one,) = incidents(made, "writes", 10 * SECOND, 99.0, END)
    assert one.begins_us == 60 * SECOND
    assert one.wrong > 0


pieces = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 5), st.integers(0, 5)).map(lambda p: (p[0], p[1], min(p[1], p[2]))),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(pieces, st.integers(1, 12), st.sampled_from([50.0, 90.0, 99.0, 100.0]))
def test_the_first_good_window_is_the_one_that_a_search_second_by_second_brackets(
    made: list[tuple[int, int, int]], settle: int, threshold: float
) -> None:
    """Against a reference that adds up windows on a grid of half seconds, in exact fractions."""
    ends = sum(length for length, _, _ in made) + settle
    record, at = Books(), 0
    for length, due, good in made:
        record.set_rates(at * SECOND, Flow(writes_due=due * 1000, writes_ok=good * 1000))
        at += length
    course = Course.of(record, "writes", ends * SECOND)
    start = course.first_bad(0)
    if start is None:
        return
    found = course.recovered(start, settle * SECOND, threshold)

    def is_good(t: Fraction) -> bool:
        """Good enough over the window, and something is due at its begin."""
        value, begin, asked = Fraction(0), Fraction(0), False
        for index, (length, due, good) in enumerate(made):
            end = begin + length if index + 1 < len(made) else Fraction(ends)
            overlap = min(end, t + settle) - max(begin, t)
            asked |= due > 0 and begin <= t < end
            value += max(Fraction(0), overlap) * (good * 100 - due * Fraction(str(threshold)))
            begin = end
        return asked and value >= 0

    grid = [Fraction(start, SECOND) + Fraction(k, 2) for k in range(2 * ends)]
    good = [t for t in grid if t + settle <= ends and is_good(t)]
    if not good:
        assert found is None or found == start or not is_good(Fraction(found - 2, SECOND))
        return
    assert found is not None
    assert found <= good[0] * SECOND
    assert is_good(Fraction(found, SECOND))
    assert found == start or not is_good(Fraction(found - 2, SECOND))


@pytest.mark.parametrize("on", ["writes", "reads"])
def test_reads_and_writes_are_judged_apart(on: str) -> None:
    made = Books()
    made.set_rates(0, Flow(writes_due=1000, writes_ok=1000, reads_due=1000, reads_ok=1000))
    made.set_rates(60 * SECOND, Flow(writes_due=1000, writes_ok=0, reads_due=1000, reads_ok=1000))
    made.set_rates(90 * SECOND, Flow(writes_due=1000, writes_ok=1000, reads_due=1000, reads_ok=1000))
    assert bool(incidents(made, on, 10 * SECOND, 99.0, END)) is (on == "writes")


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_a_drill_and_the_console_tell_one_rto_of_one_incident(seed: int) -> None:
    text = '{ at = "60s", fault = "sim:crash-host", target = "orders-1", id = "crash" }'
    run = Run(drill(text, before=f"seed = {seed}", after='[objective.checkout]\nrto = "2m"'))
    run.begin()
    run.to_the_end(lambda: False)
    (shown,) = run.session.cloud.apps["checkout"].incidents
    measured = next(one for one in run.result.apps if one.app == "checkout")
    assert shown.ended_us is not None
    assert measured.incidents[0].recovered_us == shown.ended_us > shown.began_us == measured.incidents[0].begins_us
    run.session.close()
    run.session.cloud.kernel.close()
