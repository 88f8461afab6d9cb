"""Order at one instant, timers, hooks, limits, and what a coroutine may await."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from types import coroutine
from typing import Any

import pytest

from opsconsole.simulation import Deadlock, Event, Kernel, LimitExceeded, Livelock, first, microseconds, sleep

SECOND = 1_000_000


def test_woken_tasks_run_before_the_next_sleeper_that_is_due() -> None:
    kernel, order = Kernel(), list[str]()
    event: Event[None] = kernel.event()

    async def waiter() -> None:
        await event
        order.append("woken")

    async def sleeper(name: str) -> None:
        await sleep(1)
        order.append(name)
        event.set()

    kernel.spawn(waiter())
    kernel.spawn(sleeper("first sleeper"))
    kernel.spawn(sleeper("second sleeper"))
    kernel.run_until(SECOND)
    assert order == ["first sleeper", "woken", "second sleeper"]


def test_sleepers_due_together_run_in_the_order_in_which_they_went_to_sleep() -> None:
    kernel, order = Kernel(), list[str]()

    async def sleeper(name: str, *delays: float) -> None:
        for delay in delays:
            await sleep(delay)
        order.append(name)

    kernel.spawn(sleeper("slept twice", 1, 2))
    kernel.spawn(sleeper("slept once", 3))
    kernel.spawn(sleeper("slept last", 2.5, 0.5))
    kernel.run_until(3 * SECOND)
    assert order == ["slept once", "slept twice", "slept last"]


def test_those_who_wait_for_an_event_run_in_the_order_of_their_arrival_even_if_they_have_waited_before() -> None:
    kernel, order = Kernel(), list[str]()
    event: Event[None] = kernel.event("the event")
    other: Event[None] = kernel.event("the other")

    async def comes_back() -> None:
        await first(event, other)
        await event
        order.append("came back")

    async def stays() -> None:
        await sleep(2)
        await event
        order.append("stayed")

    kernel.spawn(comes_back())
    kernel.spawn(stays())
    kernel.call_at(3 * SECOND, other.set)
    kernel.call_at(4 * SECOND, event.set)
    kernel.run_until(5 * SECOND)
    assert order == ["stayed", "came back"]


def test_hooks_run_when_the_instant_is_dry_and_what_they_wake_runs_at_the_same_instant() -> None:
    kernel, order = Kernel(), list[tuple[int, str]]()
    event: Event[None] = kernel.event()

    def hook() -> None:
        order.append((kernel.now_us, "hook"))
        event.set()
        kernel.at_end_of_instant(lambda: order.append((kernel.now_us, "hook of the hook")))

    async def early() -> None:
        await sleep(1)
        kernel.at_end_of_instant(hook)

    async def late() -> None:
        await sleep(1)
        order.append((kernel.now_us, "sleeper"))
        await event
        order.append((kernel.now_us, "woken by the hook"))
        await sleep(1)
        order.append((kernel.now_us, "later"))

    kernel.spawn(early())
    kernel.spawn(late())
    kernel.run_until(9 * SECOND)
    assert order == [
        (SECOND, "sleeper"),
        (SECOND, "hook"),
        (SECOND, "woken by the hook"),
        (SECOND, "hook of the hook"),
        (2 * SECOND, "later"),
    ]


def test_a_hook_that_is_set_between_two_runs_runs_before_time_advances() -> None:
    kernel, seen = Kernel(), list[int]()
    kernel.run_until(SECOND)
    kernel.at_end_of_instant(lambda: seen.append(kernel.now_us))
    assert kernel.next_time_us == SECOND
    kernel.run_until(5 * SECOND)
    assert seen == [SECOND]


def test_run_until_runs_what_is_due_at_that_time_and_leaves_the_clock_there() -> None:
    kernel, seen = Kernel(), list[int]()
    for time_us in (1, 5, 6):
        kernel.call_at(time_us, seen.append, time_us)
    kernel.run_until(5)
    assert (seen, kernel.now_us, kernel.next_time_us) == ([1, 5], 5, 6)
    kernel.run_until(100)
    assert (seen, kernel.now_us, kernel.next_time_us) == ([1, 5, 6], 100, None)


def test_a_cancelled_timer_does_not_move_the_clock() -> None:
    kernel = Kernel()
    kernel.call_at(1_000 * SECOND, print).cancel()

    async def story() -> None:
        await sleep(3)

    kernel.run(story())
    assert kernel.now_us == 3 * SECOND
    assert kernel.next_time_us is None


def test_a_timer_can_be_cancelled_after_it_was_called() -> None:
    kernel, seen = Kernel(), list[str]()
    timer = kernel.call_at(0, seen.append, "called")
    kernel.run_until(1)
    timer.cancel()
    kernel.run_until(2)
    assert seen == ["called"]


def test_no_time_is_past_twice() -> None:
    kernel = Kernel()
    kernel.run_until(10)
    with pytest.raises(ValueError, match="cannot run until 9 µs: it is 10 µs already"):
        kernel.run_until(9)
    with pytest.raises(ValueError, match="cannot call at 9 µs"):
        kernel.call_at(9, print)
    with pytest.raises(ValueError, match=r"-0\.5 s is negative"):
        kernel.timeout(-0.5)


@pytest.mark.parametrize("nap", [lambda kernel: sleep(-1e-6), lambda kernel: kernel.sleep_until(4)])
def test_nobody_sleeps_less_than_nothing(nap: Callable[[Kernel], Any]) -> None:
    kernel = Kernel()
    kernel.run_until(5)

    async def story() -> None:
        await nap(kernel)

    with pytest.raises(ValueError, match="task 'dreamer' would sleep -1 µs"):
        kernel.run(story(), "dreamer")
    assert kernel.now_us == 5


@pytest.mark.parametrize("seconds", [float("inf"), float("nan")])
def test_nobody_sleeps_for_a_time_that_is_no_number(seconds: float) -> None:
    async def story() -> None:
        await sleep(seconds)

    with pytest.raises((ValueError, OverflowError)):
        Kernel().run(story())


def test_seconds_are_rounded_to_the_nearest_microsecond() -> None:
    assert [microseconds(s) for s in (0, 0.1 + 0.2, 1.0000004, 1.0000006, 86_400)] == [
        0,
        300_000,
        1_000_000,
        1_000_001,
        86_400_000_000,
    ]


def test_sleep_until_is_exact() -> None:
    kernel = Kernel()

    async def story() -> int:
        await kernel.sleep_until(1_234_567)
        return kernel.now_us

    assert kernel.run(story()) == 1_234_567


def test_run_returns_the_value_and_runs_the_last_instant_dry_but_no_further() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> str:
        await sleep(1)
        kernel.at_end_of_instant(lambda: seen.append("hook"))
        return "value"

    kernel.call_at(SECOND, seen.append, "before")
    kernel.call_at(SECOND + 1, seen.append, "after")
    assert kernel.run(story()) == "value"
    assert seen == ["before", "hook"]
    assert kernel.now_us == SECOND


def test_a_task_is_the_event_of_its_end() -> None:
    kernel = Kernel()

    async def child() -> int:
        await sleep(2)
        return 42

    async def story() -> tuple[int, int]:
        task = kernel.spawn(child())
        assert not task.done
        value = await task
        return value + await task, task.value

    assert kernel.run(story()) == (84, 42)


def test_an_event_that_has_happened_is_not_waited_for_and_keeps_its_first_value() -> None:
    kernel = Kernel()
    event: Event[str] = kernel.event("news")
    with pytest.raises(RuntimeError, match="event 'news' has not happened yet"):
        _ = event.value
    event.set("one")
    event.set("two")

    async def story() -> str:
        return await event

    assert kernel.run(story()) == event.value == "one"


def test_first_returns_the_event_that_happened_and_leaves_no_waiter_in_the_others() -> None:
    kernel = Kernel()
    never: Event[None] = kernel.event("never")

    async def story() -> None:
        soon: Event[int] = kernel.event("soon")
        for turn in range(100):
            soon = kernel.event("soon")
            kernel.call_at(kernel.now_us + 1, soon.set, turn)
            assert await first(never, soon) is soon
            assert soon.value == turn
        assert not never._waiters
        assert await first(never, soon) is soon  # at once

    kernel.run(story())


def test_first_tells_those_that_happen_at_one_instant_apart_by_the_order_given() -> None:
    kernel = Kernel()
    a: Event[None] = kernel.event("a")
    b: Event[None] = kernel.event("b")

    def both() -> None:
        b.set()
        a.set()

    async def story() -> Event[None]:
        return await first(a, b)

    kernel.call_at(1, both)
    assert kernel.run(story()) is a


def test_first_of_nothing_is_refused() -> None:
    async def story() -> None:
        await first()

    with pytest.raises(ValueError, match="at least one event"):
        Kernel().run(story())


def test_a_wait_that_is_cut_short_leaves_no_waiter_behind() -> None:
    kernel = Kernel()
    never: Event[None] = kernel.event("never")

    async def story() -> None:
        for _ in range(10):
            with kernel.timeout(1):
                await never
            with kernel.timeout(1):
                await first(never, kernel.event("nor this"))

    kernel.run(story())
    assert kernel.now_us == 20 * SECOND
    assert not never._waiters


def test_a_failing_top_level_task_ends_the_run_with_its_error_and_a_note_of_who_and_when() -> None:
    kernel = Kernel()

    async def story() -> None:
        await sleep(1.5)
        raise KeyError("lost")

    kernel.spawn(story(), "restore of orders")
    with pytest.raises(KeyError, match="lost") as caught:
        kernel.run_until(9 * SECOND)
    assert caught.value.__notes__ == ["in task 'restore of orders', at T+1.500000s"]
    assert kernel.now_us == 1_500_000
    kernel.run_until(9 * SECOND)  # the rest of the world can still be looked at


def test_a_failing_timer_ends_the_run_likewise() -> None:
    def fails(error: Exception) -> None:
        raise error

    kernel = Kernel()
    kernel.call_at(7, fails, ZeroDivisionError("by nought"))
    kernel.call_at(8, fails, StopIteration())
    with pytest.raises(ZeroDivisionError) as caught:
        kernel.run_until(10)
    assert "in timer" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match="StopIteration"):
        kernel.run_until(10)


@coroutine
def yields(wish: object) -> Any:
    yield wish


class Foreign:
    def __repr__(self) -> str:
        return "<something foreign>"


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        (None, "None"),
        (1.5, "1.5"),
        (True, "True"),
        (Foreign(), "<something foreign>"),
        ((Kernel().event(), 3), "3"),
        (Kernel().event("elsewhere"), "Event"),
    ],
)
def test_what_cannot_be_awaited_is_thrown_back_at_the_task_by_name(wish: object, named: str) -> None:
    async def story() -> None:
        await yields(wish)

    with pytest.raises(TypeError, match="task 'odd' awaited") as caught:
        Kernel().run(story(), "odd")
    assert named in str(caught.value)
    assert "yields(wish)" in str(caught.traceback[-2].statement)  # it points at the line that awaited it


def test_asyncio_has_no_place_in_virtual_time() -> None:
    async def story() -> None:
        await asyncio.sleep(0)

    with pytest.raises(TypeError, match="awaited None: in virtual time one awaits sleep"):
        Kernel().run(story())


def test_a_kernel_does_not_run_inside_itself() -> None:
    kernel = Kernel()

    async def story() -> None:
        kernel.run_until(5)

    with pytest.raises(RuntimeError, match="already running"):
        kernel.run(story())


def test_a_deadlock_names_who_waits_for_what() -> None:
    kernel = Kernel()

    async def child() -> None:
        await first(kernel.event("zone back"), kernel.event("replica caught up"))

    async def story() -> None:
        await sleep(2)
        async with kernel.group("healing") as group:
            group.spawn(child(), "rebuild")
            group.spawn(waits(kernel.event()), "idle")

    async def waits(event: Event[None]) -> None:
        await event

    with pytest.raises(Deadlock) as caught:
        kernel.run(story(), "failover")
    assert str(caught.value).splitlines() == [
        "nothing can happen any more after T+2.000000s:",
        "  task 'failover' waits for event 'the end of group 'healing''",
        "  task 'rebuild' waits for the first of event 'zone back', event 'replica caught up'",
        "  task 'idle' waits for an unnamed event",
    ]


def test_a_deadlock_of_many_lists_some() -> None:
    kernel = Kernel()

    async def waits() -> None:
        await kernel.event("godot")

    for _ in range(30):
        kernel.spawn(waits())
    with pytest.raises(Deadlock, match=r"and 11 more$"):
        kernel.run(waits())


def test_a_story_without_end_at_one_instant_is_a_livelock_that_names_it() -> None:
    kernel = Kernel(steps_per_instant=1_000)

    async def spins() -> None:
        await sleep(3)
        while True:
            await sleep(0)

    kernel.spawn(spins(), "hamster")
    with pytest.raises(Livelock, match=r"1,000 steps at T\+3.000000s, and no end: the next would be task 'hamster'"):
        kernel.run_until(5 * SECOND)


def test_two_who_wake_each_other_for_ever_are_a_livelock() -> None:
    kernel = Kernel(steps_per_instant=1_000)
    balls = [kernel.event(), kernel.event()]

    async def player(mine: int) -> None:
        while True:
            await balls[mine]
            balls[mine] = kernel.event()
            balls[1 - mine].set()

    kernel.spawn(player(0))
    kernel.spawn(player(1))
    kernel.call_at(1, lambda: balls[0].set())
    with pytest.raises(Livelock):
        kernel.run_until(2)


def test_a_hook_that_sets_itself_again_for_ever_is_a_livelock() -> None:
    kernel = Kernel(steps_per_instant=1_000)

    def hook() -> None:
        kernel.at_end_of_instant(hook)

    hook()
    with pytest.raises(Livelock, match="hook"):
        kernel.run_until(2)


def test_a_failing_hook_ends_the_run_and_the_other_hooks_of_the_instant_still_stand() -> None:
    kernel, seen = Kernel(), list[int]()

    def fails() -> None:
        raise ZeroDivisionError

    kernel.run_until(7)
    kernel.at_end_of_instant(fails)
    kernel.at_end_of_instant(lambda: seen.append(kernel.now_us))
    with pytest.raises(ZeroDivisionError) as caught:
        kernel.run_until(10)
    assert caught.value.__notes__ == ["in a hook at the end of T+0.000007s"]
    kernel.run_until(10)
    assert seen == [7]


def test_the_limit_on_steps_counts_one_instant_however_it_is_sliced() -> None:
    def steps_until_livelock(slices: int) -> int:
        kernel, count = Kernel(steps_per_instant=50), 0

        async def step() -> None:
            nonlocal count
            count += 1

        def run() -> None:
            for number in range(1, 10_000):
                kernel.spawn(step())
                if number % slices == 0:
                    kernel.run_until(0)

        with pytest.raises(Livelock):
            run()
        kernel.close()
        return count

    assert steps_until_livelock(1) == steps_until_livelock(7) == steps_until_livelock(80) == 50


def test_the_limit_on_steps_does_not_count_those_of_other_instants() -> None:
    kernel = Kernel(steps_per_instant=50)

    async def slow() -> None:
        for _ in range(500):
            await sleep(1e-6)

    kernel.run(slow())
    assert kernel.now_us == 500


def test_the_number_of_living_tasks_is_limited() -> None:
    kernel = Kernel(max_tasks=3)

    async def naps() -> None:
        await sleep(1)

    for _ in range(3):
        kernel.spawn(naps())
    with pytest.raises(LimitExceeded, match="cannot start 'one too many': 3 tasks are alive, which is the limit"):
        kernel.spawn(naps(), "one too many")
    kernel.run_until(SECOND)
    assert kernel.tasks == ()
    kernel.spawn(naps())
    kernel.close()


def test_tasks_lists_the_living_in_the_order_of_their_birth() -> None:
    kernel = Kernel()

    async def naps(seconds: float) -> None:
        await sleep(seconds)

    for seconds in (3, 1, 2):
        kernel.spawn(naps(seconds), f"naps {seconds} s")
    kernel.run_until(SECOND)
    assert [task.name for task in kernel.tasks] == ["naps 3 s", "naps 2 s"]


@pytest.mark.parametrize("cut_short", ["timers", "timeouts", "sleeps"])
def test_what_was_cancelled_does_not_fill_the_heap(cut_short: str) -> None:
    kernel, largest = Kernel(), 0

    async def naps() -> None:
        await sleep(1_000_000)

    async def waste() -> None:
        nonlocal largest
        for _ in range(20_000):
            if cut_short == "timers":
                kernel.call_at(10**15, print).cancel()
            elif cut_short == "timeouts":
                with kernel.timeout(1_000_000):
                    await sleep(0)
            else:
                task = kernel.spawn(naps())
                await sleep(0)
                task.cancel()
                await sleep(0)
            largest = max(largest, len(kernel._heap))

    kernel.run(waste())
    assert largest < 3_000


def test_a_kernel_can_be_thrown_away_in_mid_story() -> None:
    kernel, seen = Kernel(), list[str]()

    async def story() -> None:
        async with kernel.group() as group:
            group.spawn(nested())
            with kernel.timeout(100):
                await sleep(50)

    async def nested() -> None:
        try:
            await kernel.event("never")
        finally:
            seen.append("tidied")
            await sleep(1)
            seen.append("not here")

    kernel.spawn(story())
    kernel.run_until(SECOND)
    kernel.spawn(story())  # never begins
    kernel.close()
    assert seen == ["tidied"]
    assert kernel.tasks == ()
    assert kernel.next_time_us is None


def test_a_story_that_is_garbage_makes_no_noise() -> None:
    async def story(kernel: Kernel) -> None:
        async with kernel.group() as group:
            group.spawn(nested(kernel))
            with kernel.timeout(100):
                await sleep(50)

    async def nested(kernel: Kernel) -> None:
        try:
            await kernel.event("never")
        finally:
            kernel.event("ignored").set()

    kernel = Kernel()
    kernel.spawn(story(kernel))
    kernel.run_until(SECOND)
    del kernel
    gc.collect()  # pytest turns what cannot be raised here into an error
