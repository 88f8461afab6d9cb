"""Virtual time: steps `async def` coroutines in one thread, in one order.

Coroutines are *stories* (a failover, an outage); they yield an integer delay in microseconds, an `Event` or a tuple of
events, and nothing else. The order at one instant is fixed: first what has been woken, first come first served; then
each sleeper that is due, in the order in which they went to sleep (what one sleeper wakes runs before the next one);
then the `at_end_of_instant` hooks; then time advances.

The rule that keeps it simple: each suspension draws a *ticket* from one growing counter. The ticket stands in the heap
(or in an event's list of waiters) and on the task; an entry whose ticket is no longer its task's is dead, and is
skipped before the clock is touched. Cancelling, timeouts, interrupts and `first` are nothing but a new ticket. The
kernel reads no clock, draws no random number and iterates no set.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, TypeVarTuple

from opsconsole.simulation.scopes import Scope, TaskGroup
from opsconsole.simulation.tasks import NOTHING, Event, Task, Timer, pause

if TYPE_CHECKING:
    from opsconsole.simulation.tasks import T
Ts = TypeVarTuple("Ts")

SECOND_US = 1_000_000
"""Microseconds in a second: all times in the kernel are integers of microseconds since the run began."""
_COMPACT_ABOVE = 64  # guarded waits cost 6 % less than with 1024: a timeout that does not strike stays a dead entry
_LISTED_TASKS = 20
_CLOSE_ATTEMPTS = 100


class Deadlock(RuntimeError):
    """Nothing can happen any more while somebody still waits; the message lists who waits for what."""


class LimitExceeded(RuntimeError):
    """One of the kernel's stated limits was reached."""


class Livelock(LimitExceeded):
    """Time does not advance: too many steps at one instant."""


class Kernel:
    """One simulated world's clock and its tasks. It is used from one thread.

    `steps_per_instant` and `max_tasks` are limits against programs that run away (Livelock, LimitExceeded).
    """

    def __init__(self, *, steps_per_instant: int = 1_000_000, max_tasks: int = 1_000_000) -> None:
        self.now_us = 0
        """Virtual time: microseconds since the run began."""
        self.current: Task[Any] | None = None
        """The task that is running, if one is."""
        self._steps_per_instant = steps_per_instant
        self._max_tasks = max_tasks
        self._heap: list[tuple[int, int, Task[Any] | Timer | Scope]] = []  # (time, ticket, who)
        self._ready: deque[tuple[int, Any]] = deque()  # (ticket, task or timer)
        self._hooks: deque[Callable[[], object]] = deque()
        self._tasks: dict[Task[Any], None] = {}  # the living, in order of birth
        self._tickets = 0
        self._dead_entries = 0  # at least as many as the heap holds
        self._steps = 0  # at this instant
        self._running = False

    @property
    def clock(self) -> str:
        """Virtual time for people: `T+12.000000s`."""
        return f"T+{self.now_us // SECOND_US}.{self.now_us % SECOND_US:06d}s"

    @property
    def next_time_us(self) -> int | None:
        """When the next thing will happen (now, if something is ready); None if nothing will unless somebody acts."""
        if self._ready or self._hooks:
            return self.now_us
        heap = self._heap
        while heap and heap[0][2]._ticket != heap[0][1]:
            heappop(heap)
            self._dead_entries -= 1
        return heap[0][0] if heap else None

    @property
    def tasks(self) -> tuple[Task[Any], ...]:
        """The tasks that are not done, in the order in which they were started."""
        return tuple(self._tasks)

    def spawn(self, coro: Coroutine[object, None, T], name: str = "") -> Task[T]:
        """Start a top-level task: it takes its first step at this instant. If it fails, the run ends with its error."""
        return self._start(coro, name, None)

    def event(self, name: str = "") -> Event[T]:
        """A new event; the name is for people."""
        return Event(self, name)

    def timeout(self, seconds: float | None) -> Scope:
        """A scope that cancels what runs in it after these seconds (None: only by `cancel()`). Negative: ValueError."""
        return Scope(self, None if seconds is None else microseconds(seconds))

    def group(self, name: str = "") -> TaskGroup:
        """A group of tasks that live and fail together, for `async with`."""
        return TaskGroup(self, name)

    def call_at(self, time_us: int, function: Callable[[*Ts], object], *args: *Ts) -> Timer:
        """Call a plain function at a time. ValueError if that time is past."""
        if time_us < self.now_us:
            raise ValueError(f"cannot call at {time_us} µs: it is {self.now_us} µs already")
        timer = Timer(self, time_us, function, *args)
        self._put_to_sleep(time_us, timer)
        return timer

    def at_end_of_instant(self, function: Callable[[], object]) -> None:
        """Call a function once, when everything due at this instant has run. What it wakes runs at this instant too."""
        self._hooks.append(function)

    async def sleep_until(self, time_us: int) -> None:
        """Sleep until a time in microseconds. ValueError if that time is past."""
        await pause(time_us - self.now_us)

    def run_until(self, time_us: int) -> None:
        """Run everything due up to and at a time, and leave the clock there. Any slicing gives the same run.

        Raises the error of a top-level task that fails, Livelock, or ValueError if the time is past.
        """
        if time_us < self.now_us:
            raise ValueError(f"cannot run until {time_us} µs: it is {self.now_us} µs already")
        self._run(time_us, None)
        if time_us > self.now_us:
            self.now_us = time_us
            self._steps = 0

    def run(self, coro: Coroutine[object, None, T], name: str = "") -> T:
        """Run a coroutine to its end, and the instant of its end dry; return its value.

        Raises its error, or Deadlock when nothing can happen any more while it waits.
        """
        task = self.spawn(coro, name)
        self._run(sys.maxsize, task)
        if not task.done:
            raise Deadlock(self._who_waits())
        return task.value

    def close(self) -> None:
        """Throw the world away: every task ends where it stands, in order of birth, and nothing more will happen.

        `finally` blocks still run, but wait for nothing, and what they raise is ignored. Spares a kernel that is
        dropped in mid-story Python's warnings about coroutines that were never awaited.
        """
        self._max_tasks = 0
        for task in self.tasks:
            for _ in range(_CLOSE_ATTEMPTS):
                with suppress(Exception):  # RuntimeError: it awaits once more
                    task._coro.close()
                    break
        for entries in (self._heap, self._ready, self._hooks, self._tasks):
            entries.clear()

    def _run(self, limit_us: int, main: Task[Any] | None) -> None:
        """The loop. It is one long function with local names because its speed rests on that."""
        if self._running:
            raise RuntimeError("the kernel is already running")
        heap, ready, hooks = self._heap, self._ready, self._hooks
        push, pop, popleft = heappush, heappop, ready.popleft
        now_us, steps, max_steps = self.now_us, self._steps, self._steps_per_instant
        self._running = True
        try:
            while True:
                if ready:
                    ticket, task = popleft()
                    if task._ticket != ticket:
                        continue
                    steps += 1
                elif heap:
                    entry = pop(heap)
                    due_us, ticket, task = entry
                    if task._ticket != ticket:
                        self._dead_entries -= 1
                        continue
                    if due_us == now_us:
                        steps += 1
                    elif hooks or due_us > limit_us:
                        push(heap, entry)
                        if not hooks:
                            break
                        steps = self._end_instant(steps)
                        continue
                    else:
                        self.now_us = now_us = due_us
                        steps = 0
                elif hooks:
                    steps = self._end_instant(steps)
                    continue
                else:
                    break
                if steps > max_steps:
                    raise self._livelock(task)
                self.current = task  # timers and scopes put None here themselves
                send = task._send  # `task._send(None)` in one costs 3 % more: it cannot be specialised
                try:
                    wish = send(None)
                except StopIteration as stop:
                    task._finish(stop.value, None)
                    if task is main:
                        limit_us = now_us
                    continue
                except BaseException as error:
                    task._finish(None, error)
                    continue
                if wish.__class__ is int and wish >= 0:
                    self._tickets = task._ticket = ticket = self._tickets + 1
                    push(heap, (now_us + wish, ticket, task))
                elif wish is not NOTHING:
                    self._wait(task, wish)
        finally:
            self.current = None
            self._steps = steps
            self._running = False

    def _wait(self, task: Task[Any], wish: object) -> None:
        """Suspend a task until an event, or the first of several; what cannot be waited for is thrown back at it."""
        self._tickets = task._ticket = ticket = self._tickets + 1
        task._waiting = None
        if isinstance(wish, Event) and wish._kernel is self:
            task._waiting = wish
            if wish._waiters is None:
                wish._waiters = {ticket: task}
            else:
                wish._waiters[ticket] = task
        elif isinstance(wish, tuple) and all(isinstance(event, Event) and event._kernel is self for event in wish):
            task._waiting = wish
            for event in wish:
                if event._waiters is None:
                    event._waiters = {}
                event._waiters[ticket] = task
        else:
            self.current = None
            task.interrupt(_refusal(task, wish))

    def _end_instant(self, steps: int) -> int:
        """Call the hooks that stand now (what they add belongs to the next round), and count them as steps."""
        self.current = None
        for _ in range(len(self._hooks)):
            hook = self._hooks.popleft()
            steps += 1
            if steps > self._steps_per_instant:
                raise self._livelock(f"hook '{getattr(hook, '__qualname__', hook)}'")
            try:
                hook()
            except BaseException as error:
                error.add_note(f"in a hook at the end of {self.clock}")
                raise
        return steps

    def _livelock(self, last: object) -> Livelock:
        return Livelock(f"{self._steps_per_instant:,} steps at {self.clock}, and no end: the next would be {last}")

    def _start(self, coro: Coroutine[object, None, T], name: str, group: TaskGroup | None) -> Task[T]:
        if len(self._tasks) >= self._max_tasks:
            coro.close()
            limit = (
                f"{self._max_tasks:,} tasks are alive, which is the limit"
                if self._max_tasks
                else "the kernel is closed"
            )
            raise LimitExceeded(f"cannot start '{name}': {limit}")
        task = Task(self, coro, name, group)
        self._tasks[task] = None
        self._make_ready(task)
        return task

    def _make_ready(self, entry: Task[Any] | Timer) -> None:
        self._tickets = entry._ticket = self._tickets + 1
        self._ready.append((self._tickets, entry))

    def _put_to_sleep(self, time_us: int, entry: Timer | Scope) -> None:
        self._tickets = entry._ticket = self._tickets + 1
        heappush(self._heap, (time_us, self._tickets, entry))

    def _entry_died(self) -> None:
        """Forget dead entries when they may be the larger half, so that a cancelled timer costs nothing for ever."""
        self._dead_entries += 1
        heap = self._heap
        if self._dead_entries > _COMPACT_ABOVE and 2 * self._dead_entries > len(heap):
            heap[:] = [entry for entry in heap if entry[2]._ticket == entry[1]]
            heapify(heap)
            self._dead_entries = 0

    def _who_waits(self) -> str:
        tasks = list(self._tasks)
        lines = [f"  {task} waits for {task._waits_for()}" for task in tasks[:_LISTED_TASKS]]
        if len(tasks) > _LISTED_TASKS:
            lines.append(f"  and {len(tasks) - _LISTED_TASKS} more")
        return f"nothing can happen any more after {self.clock}:\n" + "\n".join(lines)


def microseconds(seconds: float) -> int:
    """Seconds, rounded to whole microseconds. ValueError for less than nothing."""
    rounded = (seconds * 1e6).__round__()
    if rounded < 0:
        raise ValueError(f"{seconds} s is negative: virtual time only goes forward")
    return rounded


def _refusal(task: Task[Any], wish: object) -> Exception:
    if wish.__class__ is int:
        return ValueError(f"{task} would sleep {wish} µs: virtual time only goes forward")
    return TypeError(
        f"{task} awaited {wish!r}: in virtual time one awaits sleep(seconds), events of the same kernel, and what is "
        "made of them"
    )
