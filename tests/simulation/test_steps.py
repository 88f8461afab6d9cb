"""Steps: a value and its history, against a plain list of everything that was set."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.simulation import Kernel, Step, sleep

SECOND = 1_000_000


def test_a_step_knows_what_it_was_at_any_time() -> None:
    step = Step("available")
    assert step.set(10, "failing-over")
    assert step.set(30, "available")
    assert [step.at(t_us) for t_us in (-5, 0, 9, 10, 29, 30, 10**9)] == [
        "available",
        "available",
        "available",
        "failing-over",
        "failing-over",
        "available",
        "available",
    ]
    assert (step.value, step.changed_us) == ("available", 30)


def test_setting_what_it_is_already_changes_nothing() -> None:
    step = Step("up")
    assert not step.set(10, "up")
    assert step.changed_us == 0
    assert step.since(0) == [(0, "up")]


def test_the_last_value_of_an_instant_is_the_one_in_the_history() -> None:
    step = Step("a")
    step.set(10, "b")
    step.set(10, "c")
    assert step.since(0) == [(0, "a"), (10, "c")]


def test_there_and_back_at_one_instant_is_no_change_in_the_history() -> None:
    step = Step("a")
    assert step.set(10, "b")
    assert step.set(10, "a")
    assert step.since(0) == [(0, "a")]
    assert step.changed_us == 0
    assert step.set(10, "c")
    assert step.since(0) == [(0, "a"), (10, "c")]


def test_since_begins_with_the_value_in_force() -> None:
    step = Step(0)
    for t_us in (10, 20, 30):
        step.set(t_us, t_us)
    assert step.since(20) == [(20, 20), (30, 30)]
    assert step.since(25) == [(25, 20), (30, 30)]
    assert step.since(99) == [(99, 30)]


def test_the_past_cannot_be_changed() -> None:
    step = Step("a", at_us=5)
    with pytest.raises(ValueError, match="cannot change at 4 µs: its last change was at 5 µs"):
        step.set(4, "b")


def test_folding_keeps_the_value_in_force_at_the_horizon() -> None:
    step = Step(0)
    for t_us in (10, 20, 30):
        step.set(t_us, t_us)
    step.fold(25)
    assert step.known_from_us == 20
    assert [step.at(t_us) for t_us in (20, 29, 30)] == [20, 20, 30]
    assert step.since(25) == [(25, 20), (30, 30)]


changes = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=400)


@given(changes, st.integers(0, 300))
def test_a_step_agrees_with_a_list_of_all_that_was_set_as_far_back_as_it_keeps(
    changes: list[tuple[int, int]], keep_us: int
) -> None:
    step, reference, now_us = Step(0, keep_us=keep_us), {0: 0}, 0
    for delay_us, value in changes:
        now_us += delay_us
        differs = value != step.value
        assert step.set(now_us, value) == differs
        reference[now_us] = value
        assert step.value == value

    def expected(t_us: int) -> int:
        return reference[max(at for at in reference if at <= t_us)]

    horizon_us = max(0, now_us - keep_us)
    for t_us in range(horizon_us, now_us + 2):
        assert step.at(t_us) == expected(t_us)
    history = step.since(horizon_us)
    assert history[0] == (horizon_us, expected(horizon_us))
    assert all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise(history))
    assert len(history) == 1 or step.changed_us == history[-1][0]
    assert len(step.since(-1)) <= max(66, 2 * (keep_us + 2))


def test_the_history_is_bounded_by_what_changes_in_the_time_kept() -> None:
    step = Step(0, keep_us=SECOND)
    for number in range(1, 100_001):
        step.set(number * SECOND // 10, number)
    assert len(step.since(0)) <= 65
    assert step.at(10_000 * SECOND - SECOND) == 99_990


def test_until_returns_at_once_when_it_is_so_already() -> None:
    kernel, step = Kernel(), Step(3)

    async def story() -> int:
        return await step.until(kernel, lambda value: value > 2)

    assert kernel.run(story()) == 3
    assert kernel.now_us == 0


def test_until_waits_for_the_change_and_returns_the_value_that_satisfied_it() -> None:
    kernel, step = Kernel(), Step("stopped")

    def change() -> None:
        step.set(kernel.now_us, "starting")
        step.set(kernel.now_us, "available")
        step.set(kernel.now_us, "failed")

    async def story() -> str:
        return await step.until(kernel, lambda value: value == "available")

    kernel.call_at(1, lambda: step.set(kernel.now_us, "starting"))
    kernel.call_at(5, change)
    assert kernel.run(story()) == "available"
    assert (kernel.now_us, step.value) == (5, "failed")


def test_those_who_wait_for_a_change_run_in_the_order_of_their_arrival() -> None:
    kernel, step, order = Kernel(), Step(0), list[str]()

    async def waits(name: str, least: int) -> None:
        await step.until(kernel, lambda value: value >= least)
        order.append(name)

    for name, least in (("a", 2), ("b", 1), ("c", 2), ("d", 3)):
        kernel.spawn(waits(name, least))
    kernel.call_at(1, lambda: step.set(1, 2))
    kernel.run_until(1)
    assert order == ["a", "b", "c"]
    kernel.close()


def test_until_leaves_no_waiter_behind_when_it_is_cancelled() -> None:
    kernel, step = Kernel(), Step(0)

    async def story() -> None:
        with kernel.timeout(5):
            await step.until(kernel, lambda value: value > 0)
        assert not step._waiters

    kernel.run(story())


def test_a_deadlock_says_which_step_is_waited_for() -> None:
    kernel, step = Kernel(), Step("down", name="zone us-east-1a")

    async def story() -> None:
        await sleep(1)
        await step.until(kernel, lambda value: value == "up")

    with pytest.raises(RuntimeError, match="waits for event 'a change of zone us-east-1a'"):
        kernel.run(story(), "heal")
