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

import heapq
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType, coroutine
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVarTuple, cast, overload

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=None)  # so that `kernel.event("x")` is an Event[None] where nothing else is said
else:
    from typing import TypeVar

    T = TypeVar("T")
Ts = TypeVarTuple("Ts")
SECOND_US = 1_000_000
"""Microseconds in a second: all times in the kernel are integers of microseconds since the run began."""
_COMPACT_ABOVE = 1024
_LISTED_TASKS = 20


class Cancelled(BaseException):
    """Thrown into a task, at the point where it waits, when it or a scope that it is in is cancelled.

    Let it pass: the scope it belongs to absorbs it. A `finally` block may await; each cancellation is thrown once.
    """

    def __init__(self, owner: Scope | Task[Any]) -> None:
        super().__init__()
        self.owner = owner


class TaskCancelled(RuntimeError):
    """Raised by `await task` where that task was cancelled: not to be taken for the waiter's own cancellation."""


class Deadlock(RuntimeError):
    """Nothing can happen any more while somebody still waits; the message lists who waits for what."""


class LimitExceeded(RuntimeError):
    """One of the kernel's stated limits was reached."""


class Livelock(LimitExceeded):
    """Time does not advance: too many steps at one instant."""


class Event(Generic[T]):
    """Something that happens once, and may be awaited by any number of tasks: `await event` returns its value."""

    __slots__ = ("_kernel", "_value", "_waiters", "done", "name")

    def __init__(self, kernel: Kernel, name: str = "") -> None:
        self.name = name
        self.done = False
        self._kernel = kernel
        self._value: T | None = None
        self._waiters: dict[int, Task[Any]] | None = None  # by ticket: the order of arrival

    @property
    def value(self) -> T:
        """The value that the event was set with; RuntimeError before it has happened."""
        if not self.done:
            raise RuntimeError(f"{self} has not happened yet")
        return cast(T, self._value)

    @overload
    def set(self: Event[None]) -> None: ...
    @overload
    def set(self, value: T) -> None: ...
    def set(self, value: T | None = None) -> None:
        """Let it happen: who waits runs at this instant, in order of arrival. Setting it again does nothing."""
        if not self.done:
            self.done = True
            self._value = value
            if self._waiters:
                self._wake_all()

    def _wake_all(self) -> None:
        waiters, self._waiters = self._waiters, None
        ready = self._kernel._ready
        for ticket, task in (waiters or {}).items():
            if task._waiting is not self:
                task._stop_waiting(ticket)
            ready.append((ticket, task))

    def __await__(self) -> Generator[Event[T], None, T]:
        if not self.done:
            yield self
        return self.value

    def __str__(self) -> str:
        return f"event '{self.name}'" if self.name else "an unnamed event"


class Task(Event[T]):
    """A coroutine that the kernel runs, and the event of its end: `await task` returns its value or raises its error.

    A top-level task that fails ends the run with its error, whoever waits for it; a failure that is to be dealt with
    belongs in a group.
    """

    __slots__ = (
        "_cancelling", "_coro", "_group", "_interrupts", "_scopes", "_send", "_throwing", "_ticket", "_waiting",
        "error",
    )  # fmt: skip

    def __init__(self, kernel: Kernel, coro: Coroutine[object, None, T], name: str, group: TaskGroup | None) -> None:
        super().__init__(kernel, name or getattr(coro, "__name__", "task"))
        self.error: BaseException | None = None
        self._coro = coro
        self._group = group
        self._send: Callable[[None], object] = coro.send
        self._ticket = 0
        self._waiting: Event[Any] | tuple[Event[Any], ...] | None = None  # stale while it sleeps
        self._scopes: list[Scope] = []  # the innermost is last
        self._interrupts: list[BaseException] = []
        self._cancelling = False
        self._throwing = False

    @property
    def value(self) -> T:
        """What the coroutine returned. Raises its error if it failed, TaskCancelled if it was cancelled."""
        if isinstance(self.error, Cancelled):
            raise TaskCancelled(f"{self} was cancelled") from None
        if self.error is not None:
            raise self.error
        return super().value

    @property
    def cancelled(self) -> bool:
        """Whether the task ended by being cancelled."""
        return isinstance(self.error, Cancelled)

    def cancel(self) -> None:
        """End the task: `Cancelled` is thrown where it waits, at this instant. A task that is done stays as it is."""
        if not self.done:
            self._cancelling = True
            self._throw_soon()

    def interrupt(self, error: BaseException) -> None:
        """Throw `error` where the task waits, at this instant. The task may catch it and go on."""
        if not self.done:
            self._interrupts.append(error)
            self._throw_soon()

    def _throw_soon(self) -> None:
        """Queue the delivery of what is pending; for a running task, at its next await."""
        kernel = self._kernel
        if self._throwing or self.done:
            return
        if kernel.current is self:  # this entry runs after it has suspended and before anything can wake it
            kernel._make_ready(Timer(kernel, kernel.now_us, self._throw_if_pending))
            return
        self._stop_waiting(self._ticket)
        self._throwing = True
        self._send = self._throw
        kernel._make_ready(self)
        kernel._entry_died()

    def _throw_if_pending(self) -> None:
        now_us = self._kernel.now_us
        if self._cancelling or self._interrupts or any(scope._is_pending(now_us) for scope in self._scopes):
            self._throw_soon()

    def _throw(self, _: None) -> object:
        """Stands in for `_send` for one step: raise at the suspension point what is outermost."""
        self._throwing = False
        self._send = self._coro.send
        error = self._next_error()
        if self._interrupts:
            self._throw_soon()  # delivered one at a time
        return self._coro.throw(error)

    def _next_error(self) -> BaseException:
        if self._cancelling:
            self._cancelling = False
            self._interrupts.clear()
            self._deliver_from(0)
            return Cancelled(self)
        for depth, scope in enumerate(self._scopes):
            if scope._is_pending(self._kernel.now_us):
                self._deliver_from(depth)
                return Cancelled(scope)
        return self._interrupts.pop(0)

    def _deliver_from(self, depth: int) -> None:
        """A cancellation passes through the scopes inside its own: theirs are moot if they are pending too."""
        for scope in self._scopes[depth:]:
            scope._deliver()

    def _stop_waiting(self, ticket: int) -> None:
        """Leave no waiter behind in the events that it waits for."""
        waiting = self._waiting
        for event in waiting if isinstance(waiting, tuple) else (waiting,):
            if event is not None and event._waiters:
                event._waiters.pop(ticket, None)

    def _finish(self, value: T | None, error: BaseException | None) -> None:
        """The coroutine has ended: wake who waits, tell the group; without a group, a failure ends the run."""
        kernel = self._kernel
        self.done = True
        self._ticket = 0
        self._value = value
        self.error = error
        del kernel._tasks[self]
        if self._waiters:
            self._wake_all()
        failed = error is not None and not isinstance(error, Cancelled)
        if failed and error is not None:
            error.add_note(f"in {self}, at {kernel.clock}")
        if self._group is not None:
            self._group._child_done(self)
            failed = failed and not isinstance(error, (Exception, BaseExceptionGroup))
        if failed and error is not None:
            raise error

    def _waits_for(self) -> str:
        waiting = self._waiting
        if isinstance(waiting, tuple):
            return "the first of " + ", ".join(str(event) for event in waiting)
        return str(waiting)

    def __str__(self) -> str:
        return f"task '{self.name}'"


class Timer:
    """A function that is called at a set time, among the sleepers; made by `Kernel.call_at`."""

    __slots__ = ("_args", "_function", "_kernel", "_ticket", "time_us")

    def __init__(self, kernel: Kernel, time_us: int, function: Callable[[*Ts], object], *args: *Ts) -> None:
        self._kernel = kernel
        self.time_us = time_us
        self._ticket = 0
        self._function: Callable[..., object] = function
        self._args: tuple[object, ...] = args

    def cancel(self) -> None:
        """Never call it. A timer that has been called or cancelled stays as it is."""
        if self._ticket:
            self._ticket = 0
            self._kernel._entry_died()

    def _send(self, _: None) -> object:
        self._ticket = 0
        self._kernel.current = None
        self._function(*self._args)
        return _NOTHING

    def _finish(self, _: object, error: BaseException | None) -> None:
        error = error or RuntimeError("a timer's function raised StopIteration")
        error.add_note(f"in {self}, at {self._kernel.clock}")
        raise error

    def __str__(self) -> str:
        return f"timer '{getattr(self._function, '__qualname__', self._function)}'"


class Scope:
    """What runs in `with kernel.timeout(seconds) as scope:` is cancelled when the time is up, or by `scope.cancel()`.

    The scope absorbs its own cancellation: execution goes on after the `with` block, where `scope.cancelled` tells. A
    task that cancels a scope it is running in notices at its next await, or not at all if it leaves the scope before.
    Where several scopes of a task are cancelled at one instant, the outermost wins.
    """

    __slots__ = ("_deadline_us", "_delivered", "_kernel", "_task", "_ticket", "cancelled", "expired")

    def __init__(self, kernel: Kernel, deadline_us: int | None) -> None:
        self.cancelled = False
        """Whether it was cancelled, by `cancel()` or because its time was up."""
        self.expired = False
        """Whether its time was up."""
        self._kernel = kernel
        self._deadline_us = deadline_us
        self._task: Task[Any] | None = None
        self._ticket = 0
        self._delivered = False

    def cancel(self) -> None:
        """Cancel what runs in the scope, at this instant."""
        if not self.cancelled:
            self.cancelled = True
            if self._task is not None:
                self._task._throw_soon()

    def __enter__(self) -> Self:
        self._enter()
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        self._leave()
        return error is not None and isinstance(error, Cancelled) and error.owner is self

    def _enter(self) -> None:
        kernel = self._kernel
        task = kernel.current
        if task is None or self._task is not None:
            raise RuntimeError("a scope is entered once, and by a running task")
        self._task = task
        task._scopes.append(self)
        if self._deadline_us is not None:
            kernel._put_to_sleep(self._deadline_us, self)
        if self.cancelled:
            task._throw_soon()

    def _leave(self) -> None:
        if self._task is not None:
            self._task._scopes.remove(self)
        if self._ticket:
            self._ticket = 0
            self._kernel._entry_died()

    def _is_pending(self, now_us: int) -> bool:
        """Whether its cancellation is due but not yet thrown (its deadline may be next in the heap)."""
        return not self._delivered and (
            self.cancelled or (self._deadline_us is not None and self._deadline_us <= now_us)
        )

    def _deliver(self) -> None:
        if self._is_pending(self._kernel.now_us):
            if not self.cancelled:
                self.cancelled = self.expired = True
            self._delivered = True

    def _send(self, _: None) -> object:
        """Its time is up (the kernel calls this as it would resume a sleeper)."""
        self._ticket = 0
        self._kernel.current = None
        self.expired = not self.cancelled
        self.cancel()
        return _NOTHING

    def _finish(self, _: object, error: BaseException | None) -> None:
        raise error or RuntimeError("unreachable")

    def __str__(self) -> str:
        return "a timeout"


class TaskGroup(Scope):
    """`async with kernel.group(name) as group:` owns the tasks that `group.spawn` starts: none outlives the block.

    When one fails, its siblings and the body of the block are cancelled, all are waited for, and the failures are
    raised as an ExceptionGroup. `group.cancel()` ends all of it quietly.
    """

    __slots__ = ("_children", "_closing", "_empty", "_errors", "name")

    def __init__(self, kernel: Kernel, name: str) -> None:
        super().__init__(kernel, None)
        self.name = name
        self._children: dict[Task[Any], None] = {}
        self._errors: list[BaseException] = []
        self._closing = False
        self._empty: Event | None = None

    def spawn(self, coro: Coroutine[object, None, T], name: str = "") -> Task[T]:
        """Start a task of the group. RuntimeError once the block has ended; in a cancelled group it ends at once."""
        if self._task is None or (self._closing and not self._children):
            coro.close()
            raise RuntimeError(f"group '{self.name}' is not open")
        task = self._kernel._start(coro, name, self)
        self._children[task] = None
        if self.cancelled:
            task.cancel()
        return task

    def cancel(self) -> None:
        """Cancel the body of the block and all tasks of the group, at this instant."""
        if not self.cancelled:
            self.cancelled = True
            for child in list(self._children):
                child.cancel()
            if self._task is not None and not self._closing:
                self._task._throw_soon()

    async def __aenter__(self) -> Self:
        self._enter()
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        self._closing = True
        outside = self._heed(error, None)
        while self._children:
            self._empty = self._kernel.event(f"the end of group '{self.name}'")
            try:
                await self._empty
            except BaseException as raised:
                outside = self._heed(raised, outside)
        self._leave()
        if self._errors:
            raise BaseExceptionGroup(f"group '{self.name}'", self._errors) from None
        if outside is not None and outside is not error:
            raise outside
        return outside is None

    def _heed(self, error: BaseException | None, outside: Cancelled | None) -> Cancelled | None:
        """Take note of what ended the body or the waiting; a later cancellation from outside comes from further out."""
        if isinstance(error, GeneratorExit):  # the coroutine is being thrown away: there is no waiting any more
            raise error
        if error is None or (isinstance(error, Cancelled) and error.owner is self):
            return outside
        if isinstance(error, Cancelled):
            outside = error
        else:
            self._errors.append(error)
        self.cancel()
        return outside

    def _child_done(self, child: Task[Any]) -> None:
        del self._children[child]
        if child.error is not None and not child.cancelled:
            self._errors.append(child.error)
            self.cancel()
        if not self._children and self._empty is not None:
            self._empty.set()


if TYPE_CHECKING:
    Entry = tuple[int, Task[Any] | Timer | Scope]
_NOTHING = object()


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
        self._heap: list[tuple[int, int, Task[Any] | Timer | Scope]] = []
        self._ready: deque[Entry] = deque()
        self._hooks: list[Callable[[], object]] = []
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
            heapq.heappop(heap)
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
        return Scope(self, None if seconds is None else self.now_us + microseconds(seconds))

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
        if time_us < self.now_us:
            raise ValueError(f"cannot sleep until {time_us} µs: it is {self.now_us} µs already")
        await _pause(time_us - self.now_us)

    def run_until(self, time_us: int) -> None:
        """Run everything due up to and at a time, and leave the clock there. Any slicing gives the same run."""
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

    def _run(self, limit_us: int, main: Task[Any] | None) -> None:
        """The loop. It is one function with local names because that is what its speed rests on."""
        if self._running:
            raise RuntimeError("the kernel is already running")
        heap, ready, hooks = self._heap, self._ready, self._hooks
        push, pop, popleft = heapq.heappush, heapq.heappop, ready.popleft
        now_us, steps, max_steps = self.now_us, self._steps, self._steps_per_instant
        self._running = True
        try:
            while True:
                if ready:
                    ticket, task = popleft()
                    if task._ticket != ticket:
                        continue
                    steps += 1
                elif heap and heap[0][0] <= limit_us:
                    due_us, ticket, task = pop(heap)
                    if task._ticket != ticket:
                        self._dead_entries -= 1
                        continue
                    if due_us == now_us:
                        steps += 1
                    elif hooks:
                        push(heap, (due_us, ticket, task))
                        self._end_instant()
                        continue
                    else:
                        self.now_us = now_us = due_us
                        steps = 0
                elif hooks:
                    self._end_instant()
                    continue
                else:
                    break
                if steps > max_steps:
                    raise Livelock(f"{steps:,} steps at {self.clock}, and no end: the last was to be {task}")
                self.current = task  # type: ignore[assignment]  # a timer or scope puts None here itself
                try:
                    wish = task._send(None)
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
                elif wish is not _NOTHING:
                    self._wait(cast("Task[Any]", task), wish)
        finally:
            self.current = None
            self._steps = steps
            self._running = False

    def _wait(self, task: Task[Any], wish: object) -> None:
        """Suspend a task until an event, or the first of several."""
        self._tickets = task._ticket = ticket = self._tickets + 1
        events = wish if isinstance(wish, tuple) else (wish,)
        for event in events:
            if not isinstance(event, Event) or event._kernel is not self or event.done:
                break
        else:
            if events:
                task._waiting = cast("Event[Any] | tuple[Event[Any], ...]", wish)
                for event in events:
                    if event._waiters is None:
                        event._waiters = {}
                    event._waiters[ticket] = task
                return
        self.current = None
        task._waiting = None
        task.interrupt(
            TypeError(
                f"{task} awaited {wish!r}: in virtual time one awaits sleep(seconds), events of the same kernel, and "
                "what is made of them"
            )
        )

    def _end_instant(self) -> None:
        """Call the hooks that stand now; what they add belongs to the next round."""
        self.current = None
        hooks = self._hooks[:]
        self._hooks.clear()
        for hook in hooks:
            hook()

    def _start(self, coro: Coroutine[object, None, T], name: str, group: TaskGroup | None) -> Task[T]:
        if len(self._tasks) >= self._max_tasks:
            coro.close()
            raise LimitExceeded(f"cannot start '{name}': {self._max_tasks:,} tasks are alive, which is the limit")
        task = Task(self, coro, name, group)
        self._tasks[task] = None
        self._make_ready(task)
        return task

    def _make_ready(self, entry: Task[Any] | Timer) -> None:
        self._tickets = entry._ticket = self._tickets + 1
        self._ready.append((self._tickets, entry))

    def _put_to_sleep(self, time_us: int, entry: Timer | Scope) -> None:
        self._tickets = entry._ticket = self._tickets + 1
        heapq.heappush(self._heap, (time_us, self._tickets, entry))

    def _entry_died(self) -> None:
        """Forget dead entries when they may be the larger half, so that a cancelled timer costs nothing for ever."""
        self._dead_entries += 1
        heap = self._heap
        if self._dead_entries > _COMPACT_ABOVE and 2 * self._dead_entries > len(heap):
            heap[:] = [entry for entry in heap if entry[2]._ticket == entry[1]]
            heapq.heapify(heap)
            self._dead_entries = 0

    def _who_waits(self) -> str:
        tasks = list(self._tasks)
        lines = [f"  {task} waits for {task._waits_for()}" for task in tasks[:_LISTED_TASKS]]
        if len(tasks) > _LISTED_TASKS:
            lines.append(f"  and {len(tasks) - _LISTED_TASKS} more")
        return f"nothing can happen any more after {self.clock}:\n" + "\n".join(lines)


def microseconds(seconds: float) -> int:
    """Round seconds to whole microseconds: the one place where that is done. ValueError for less than nothing."""
    rounded = round(seconds * 1_000_000)
    if rounded < 0:
        raise ValueError(f"{seconds} s is negative: virtual time only goes forward")
    return rounded


@coroutine
def sleep(seconds: float) -> Generator[int, None, None]:
    """Let virtual time pass. Rounded once to microseconds; ValueError if negative."""
    yield microseconds(seconds)


@coroutine
def _pause(delay_us: int) -> Generator[int, None, None]:
    yield delay_us


@coroutine
def first(*events: Event[Any]) -> Generator[tuple[Event[Any], ...], None, Event[Any]]:
    """Wait until one of the events has happened, and return it: the first in the order given of those that have.

    It does not raise the error of a task among them. ValueError without events: it would wait for ever.
    """
    if not events:
        raise ValueError("first() needs at least one event to wait for")
    for event in events:
        if event.done:
            return event
    yield events
    return next(event for event in events if event.done)
