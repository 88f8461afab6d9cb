"""Timeouts, groups, cancellation and interrupts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsconsole.simulation import Cancelled, Event, Kernel, Scope, Task, TaskCancelled, sleep

SECOND = 1_000_000


class Trouble(Exception):
    pass


def test_a_timeout_ends_what_takes_too_long_and_execution_goes_on_behind_it() -> None:
    kernel = Kernel()

    async def story() -> tuple[int, bool, bool]:
        with kernel.timeout(5) as scope:
            await sleep(60)
        return kernel.now_us, scope.expired, scope.cancelled

    assert kernel.run(story()) == (5 * SECOND, True, True)


def test_a_timeout_that_is_not_reached_does_nothing() -> None:
    kernel = Kernel()

    async def story() -> tuple[int, bool, bool]:
        with kernel.timeout(5) as scope:
            await sleep(3)
        await sleep(60)
        return kernel.now_us, scope.expired, scope.cancelled

    assert kernel.run(story()) == (63 * SECOND, False, False)


def test_a_timeout_counts_from_when_it_is_entered() -> None:
    kernel = Kernel()

    async def story() -> int:
        scope = kernel.timeout(5)
        await sleep(10)
        with scope:
            await sleep(60)
        return kernel.now_us

    assert kernel.run(story()) == 15 * SECOND


def test_a_timeout_of_nothing_lets_pass_what_does_not_wait() -> None:
    kernel, seen = Kernel(), list[str]()
    done: Event[None] = kernel.event()
    done.set()

    async def story() -> None:
        with kernel.timeout(0):
            await done
            seen.append("did not wait")
            await sleep(0)
            seen.append("waited")

    kernel.run(story())
    assert seen == ["did not wait"]


def test_a_scope_without_a_time_ends_when_it_is_cancelled() -> None:
    kernel = Kernel()

    async def story() -> tuple[int, bool, bool]:
        with kernel.timeout(None) as scope:
            kernel.call_at(7, scope.cancel)
            await kernel.event()
        return kernel.now_us, scope.expired, scope.cancelled

    assert kernel.run(story()) == (7, False, True)


def test_other_errors_pass_through_a_scope() -> None:
    kernel = Kernel()

    async def story() -> None:
        with kernel.timeout(5):
            raise Trouble

    with pytest.raises(Trouble):
        kernel.run(story())


def test_a_task_that_cancels_its_own_scope_notices_at_its_next_await() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        with kernel.timeout(None) as scope:
            scope.cancel()
            seen.append("still here")
            await sleep(1)
            seen.append("not here")
        seen.append("behind")

    kernel.run(story())
    assert (seen, kernel.now_us) == (["still here", "behind"], 0)


def test_a_task_that_leaves_the_scope_it_has_cancelled_notices_nothing() -> None:
    kernel = Kernel()

    async def story() -> int:
        with kernel.timeout(None) as scope:
            scope.cancel()
        await sleep(1)
        return kernel.now_us

    assert kernel.run(story()) == SECOND


def test_a_scope_that_was_cancelled_before_it_is_entered_ends_at_the_first_await() -> None:
    kernel = Kernel()

    async def story() -> int:
        scope = kernel.timeout(None)
        scope.cancel()
        with scope:
            await sleep(1)
        return kernel.now_us

    assert kernel.run(story()) == 0


def test_a_finally_block_may_await_and_is_not_cancelled_again() -> None:
    kernel, seen = Kernel(), list[int]()

    async def story() -> None:
        with kernel.timeout(5) as scope:
            try:
                await sleep(60)
            finally:
                await sleep(2)
                scope.cancel()
                seen.append(kernel.now_us)
        seen.append(kernel.now_us)

    kernel.run(story())
    assert seen == [7 * SECOND, 7 * SECOND]


def test_a_timeout_inside_a_finally_block_works_as_ever() -> None:
    kernel = Kernel()

    async def story() -> int:
        with kernel.timeout(5):
            try:
                await sleep(60)
            finally:
                with kernel.timeout(1) as grace:
                    await sleep(60)
                assert grace.expired
        return kernel.now_us

    assert kernel.run(story()) == 6 * SECOND


def nested(cause: Callable[[Kernel, Scope, Scope, Task[None]], object]) -> list[str]:
    """Where execution goes on when something happens to a task in two scopes."""
    kernel, seen = Kernel(), list[str]()
    scopes = list[Scope]()

    async def story() -> None:
        with kernel.timeout(5) as outer:
            with kernel.timeout(5) as inner:
                scopes.extend((outer, inner))
                await sleep(60)
            seen.append("behind the inner")
            await sleep(1)
        seen.append("behind the outer")

    task = kernel.spawn(story())
    kernel.run_until(SECOND)
    cause(kernel, scopes[0], scopes[1], task)
    kernel.run_until(60 * SECOND)
    return seen


def test_of_two_scopes_that_expire_at_one_instant_the_outer_wins() -> None:
    assert nested(lambda *_: None) == ["behind the outer"]


def test_the_inner_scope_ends_alone_when_it_alone_is_cancelled() -> None:
    assert nested(lambda _, __, inner, ___: inner.cancel()) == ["behind the inner", "behind the outer"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_scopes_that_are_cancelled_at_one_instant_the_outer_wins_in_either_order(order: tuple[int, int]) -> None:
    def cancel_both(_: Kernel, *scopes: object) -> None:
        for index in order:
            scope = scopes[index]
            assert isinstance(scope, Scope)
            scope.cancel()

    assert nested(cancel_both) == ["behind the outer"]


def test_an_outer_deadline_of_this_instant_wins_over_an_inner_cancel_that_comes_first() -> None:
    kernel = Kernel()
    inner = kernel.timeout(None)
    kernel.call_at(5 * SECOND, inner.cancel)  # goes to sleep before the outer scope does

    async def story() -> list[bool]:
        with kernel.timeout(5) as outer:
            with inner:
                await sleep(60)
            raise AssertionError("the inner scope has absorbed it")
        return [outer.expired, outer.cancelled, inner.expired, inner.cancelled]

    assert kernel.run(story()) == [True, True, False, True]
    assert kernel.now_us == 5 * SECOND


def test_a_cancelled_task_wins_over_its_scopes_and_over_interrupts() -> None:
    def all_of_it(_: Kernel, outer: Scope, inner: Scope, task: Task[None]) -> None:
        task.interrupt(Trouble())
        inner.cancel()
        task.cancel()
        outer.cancel()

    assert nested(all_of_it) == []


def test_an_interrupt_is_thrown_after_the_cancellation_of_the_same_instant_has_been_dealt_with() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        with kernel.timeout(None) as scope:
            scopes.append(scope)
            await sleep(60)
        seen.append("behind the scope")
        try:
            await sleep(60)
        except Trouble:
            seen.append("interrupted")

    scopes = list[Scope]()
    task = kernel.spawn(story())
    kernel.run_until(1)
    task.interrupt(Trouble())
    scopes[0].cancel()
    kernel.run_until(2)
    assert seen == ["behind the scope", "interrupted"]


def test_interrupts_of_one_instant_are_thrown_one_by_one() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        for _ in range(3):
            try:
                await sleep(60)
            except Trouble as trouble:
                seen.append(str(trouble))

    task = kernel.spawn(story())
    kernel.run_until(1)
    for name in ("one", "two"):
        task.interrupt(Trouble(name))
    kernel.run_until(2)
    assert seen == ["one", "two"]
    assert not task.done


def test_an_interrupt_of_a_task_that_was_just_woken_takes_the_place_of_the_wake() -> None:
    kernel, seen = Kernel(), list[str]()
    event: Event[None] = kernel.event()

    async def story() -> None:
        try:
            await event
        except Trouble:
            seen.append("interrupted")
        await event
        seen.append("event")

    task = kernel.spawn(story())
    kernel.run_until(1)
    event.set()
    task.interrupt(Trouble())
    kernel.run_until(2)
    assert seen == ["interrupted", "event"]


def test_a_task_may_interrupt_and_cancel_itself() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        me = kernel.current
        assert me is not None
        me.interrupt(Trouble())
        seen.append("goes on")
        try:
            await sleep(1)
        except Trouble:
            seen.append("interrupted")
        me.cancel()
        await sleep(1)

    task = kernel.spawn(story())
    kernel.run_until(9 * SECOND)
    assert seen == ["goes on", "interrupted"]
    assert task.cancelled


def test_a_task_cancelled_before_its_first_step_never_begins() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        seen.append("begun")

    task = kernel.spawn(story())
    task.cancel()
    kernel.run_until(1)
    assert seen == []
    assert task.done
    assert isinstance(task.error, Cancelled)


def test_who_awaits_a_cancelled_task_is_not_cancelled_himself() -> None:
    kernel = Kernel()

    async def child() -> None:
        await sleep(60)

    async def story() -> str:
        task = kernel.spawn(child(), "child")
        kernel.call_at(5, task.cancel)
        with pytest.raises(TaskCancelled, match="task 'child' was cancelled"):
            await task
        return "well"

    assert kernel.run(story()) == "well"


def test_cancelling_and_interrupting_what_is_done_changes_nothing() -> None:
    kernel = Kernel()

    async def story() -> int:
        return 1

    task = kernel.spawn(story())
    kernel.run_until(1)
    task.cancel()
    task.interrupt(Trouble())
    kernel.run_until(2)
    assert task.value == 1
    assert task.error is None


def test_a_scope_that_was_left_is_not_cancelled_any_more() -> None:
    kernel = Kernel()

    async def story() -> int:
        with kernel.timeout(None) as scope:
            await sleep(1)
        async with kernel.group() as group:
            pass
        kernel.call_at(kernel.now_us, scope.cancel)
        kernel.call_at(kernel.now_us, group.cancel)
        await sleep(1)
        assert not scope.cancelled
        assert not group.cancelled
        return kernel.now_us

    assert kernel.run(story()) == 2 * SECOND


def test_a_scope_is_entered_once_and_by_a_running_task() -> None:
    kernel = Kernel()
    scope = kernel.timeout(1)
    with pytest.raises(RuntimeError, match="entered once, and by a running task"), scope:
        pass

    async def story() -> None:
        with scope:
            pass
        with scope:
            pass

    with pytest.raises(RuntimeError, match="entered once"):
        kernel.run(story())


def test_scopes_are_left_in_reverse_order() -> None:
    kernel = Kernel()

    async def story() -> None:
        outer, inner = kernel.timeout(None), kernel.timeout(None)
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)

    with pytest.raises(RuntimeError, match="reverse"):
        kernel.run(story())


def test_a_group_waits_for_its_tasks() -> None:
    kernel = Kernel()

    async def nap(seconds: float) -> float:
        await sleep(seconds)
        return seconds

    async def story() -> tuple[int, list[float]]:
        async with kernel.group() as group:
            tasks = [group.spawn(nap(seconds)) for seconds in (3, 1, 2)]
        return kernel.now_us, [task.value for task in tasks]

    assert kernel.run(story()) == (3 * SECOND, [3, 1, 2])


def test_a_failing_task_cancels_its_siblings_and_the_body_in_order_and_all_are_waited_for() -> None:
    kernel, seen = Kernel(), list[tuple[int, str]]()

    async def sibling(name: str, grace_s: float) -> None:
        try:
            await sleep(60)
        finally:
            await sleep(grace_s)
            seen.append((kernel.now_us, name))

    async def fails() -> None:
        await sleep(1)
        raise Trouble("in the task")

    async def story() -> None:
        async with kernel.group("siblings") as group:
            for index in range(10):
                group.spawn(sibling(f"sibling {index}", 0))
            group.spawn(fails(), "fails")
            group.spawn(sibling("slow", 2))
            try:
                await kernel.event()
            except Cancelled:
                seen.append((kernel.now_us, "body"))
                raise

    with pytest.raises(ExceptionGroup, match="group 'siblings'") as caught:
        kernel.run(story())
    assert [str(error) for error in caught.value.exceptions] == ["in the task"]
    assert caught.value.exceptions[0].__notes__ == ["in task 'fails', at T+1.000000s"]
    in_order = [(SECOND, "body"), *((SECOND, f"sibling {index}") for index in range(10)), (3 * SECOND, "slow")]
    assert seen == in_order


def test_a_failing_body_cancels_the_tasks() -> None:
    kernel = Kernel()
    tasks = list[Task[None]]()

    async def nap() -> None:
        await sleep(60)

    async def story() -> None:
        async with kernel.group() as group:
            tasks.append(group.spawn(nap()))
            await sleep(1)
            raise Trouble

    with pytest.raises(ExceptionGroup) as caught:
        kernel.run(story())
    assert isinstance(caught.value.exceptions[0], Trouble)
    assert tasks[0].cancelled
    assert kernel.now_us == SECOND


def test_all_failures_of_a_group_are_raised_together() -> None:
    kernel = Kernel()

    async def fails(name: str) -> None:
        try:
            await sleep(1)
        finally:
            raise Trouble(name)

    async def story() -> None:
        async with kernel.group() as group:
            for name in "abc":
                group.spawn(fails(name))

    with pytest.raises(ExceptionGroup) as caught:
        kernel.run(story())
    assert [str(error) for error in caught.value.exceptions] == ["a", "b", "c"]


def test_a_cancelled_group_ends_quietly() -> None:
    kernel = Kernel()

    async def nap() -> None:
        await sleep(60)

    async def story() -> int:
        async with kernel.group() as group:
            task = group.spawn(nap())
            kernel.call_at(5, group.cancel)
            await sleep(60)
        assert task.cancelled
        return kernel.now_us

    assert kernel.run(story()) == 5


def test_a_task_may_cancel_the_group_that_it_is_in() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        async with kernel.group() as group:

            async def ends_it() -> None:
                await sleep(1)
                group.cancel()
                seen.append("goes on")
                await sleep(1)
                seen.append("not here")

            group.spawn(ends_it())

    kernel.run(story())
    assert (seen, kernel.now_us) == (["goes on"], SECOND)


def test_a_timeout_around_a_group_ends_all_of_it_and_waits_for_those_who_clean_up() -> None:
    kernel, seen = Kernel(), list[int]()

    async def tidy() -> None:
        try:
            await sleep(60)
        finally:
            await sleep(2)
            seen.append(kernel.now_us)

    async def story() -> int:
        with kernel.timeout(5) as scope:
            async with kernel.group() as group:
                group.spawn(tidy())
        assert scope.expired
        return kernel.now_us

    assert kernel.run(story()) == 7 * SECOND
    assert seen == [7 * SECOND]


def test_a_group_that_is_cancelled_from_outside_while_it_waits_for_a_slow_sibling_still_waits() -> None:
    kernel = Kernel()

    async def slow() -> None:
        try:
            await sleep(60)
        finally:
            await sleep(10)

    async def story() -> tuple[int, bool, bool]:
        with kernel.timeout(8) as outer:
            with kernel.timeout(5) as inner:
                async with kernel.group() as group:
                    group.spawn(slow())
            raise AssertionError("the outer timeout came while the group was ending")
        return kernel.now_us, outer.expired, inner.expired

    assert kernel.run(story()) == (15 * SECOND, True, True)


def test_failures_weigh_more_than_a_cancellation_from_outside() -> None:
    kernel = Kernel()

    async def fails() -> None:
        try:
            await sleep(60)
        finally:
            raise Trouble

    async def story() -> None:
        with kernel.timeout(5):
            async with kernel.group() as group:
                group.spawn(fails())

    with pytest.raises(ExceptionGroup):
        kernel.run(story())


def test_an_interrupt_of_the_host_ends_its_group() -> None:
    kernel = Kernel()
    tasks = list[Task[None]]()

    async def nap() -> None:
        await sleep(60)

    async def story() -> str:
        end = "untroubled"
        try:
            async with kernel.group() as group:
                tasks.append(group.spawn(nap()))
        except* Trouble:
            end = "troubled"
        return end

    task = kernel.spawn(story())
    kernel.run_until(5)
    task.interrupt(Trouble())
    kernel.run_until(6)
    assert task.value == "troubled"
    assert tasks[0].cancelled


def test_a_group_takes_no_task_before_or_after_its_block_and_ends_those_that_come_too_late() -> None:
    kernel, late = Kernel(), list[Task[None]]()

    async def nap() -> None:
        await sleep(1)

    async def story() -> None:
        group = kernel.group("shy")
        with pytest.raises(RuntimeError, match="group 'shy' is not open"):
            group.spawn(nap())
        async with group:
            group.cancel()
            late.append(group.spawn(nap()))
        with pytest.raises(RuntimeError, match="group 'shy' is not open"):
            group.spawn(nap())

    kernel.run(story())
    assert late[0].cancelled
    assert kernel.now_us == 0


def test_a_keyboard_interrupt_is_not_kept_in_a_group() -> None:
    kernel = Kernel()

    async def child() -> None:
        raise KeyboardInterrupt

    async def story() -> None:
        async with kernel.group() as group:
            group.spawn(child())

    with pytest.raises(KeyboardInterrupt):
        kernel.run(story())


def test_groups_nest() -> None:
    kernel, seen = Kernel(), list[str]()

    async def leaf(name: str) -> None:
        try:
            await sleep(60)
        finally:
            seen.append(name)

    async def branch(name: str) -> None:
        async with kernel.group(name) as group:
            group.spawn(leaf(f"{name} 1"))
            group.spawn(leaf(f"{name} 2"))

    async def story() -> None:
        async with kernel.group("trunk") as group:
            group.spawn(branch("left"))
            group.spawn(branch("right"))
            await sleep(1)
            group.cancel()

    kernel.run(story())
    assert seen == ["left 1", "left 2", "right 1", "right 2"]


@pytest.mark.parametrize("ending", ["done", "cancelled", "failed"])
def test_a_group_of_twenty_thousand_takes_a_number_of_steps_in_proportion(ending: str) -> None:
    def steps(children: int) -> int:
        kernel = Kernel(steps_per_instant=10**9)

        async def child(index: int) -> None:
            await sleep(1)
            if ending == "failed" and index == 0:
                raise Trouble

        async def story() -> None:
            async with kernel.group() as group:
                for index in range(children):
                    group.spawn(child(index))
                if ending == "cancelled":
                    await sleep(0.5)
                    group.cancel()

        try:
            kernel.run(story())
        except* Trouble:
            pass
        return kernel._tickets

    few, many = steps(200), steps(20_000)
    assert many < 101 * few
