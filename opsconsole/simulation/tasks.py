"""What a coroutine may wait for, and the task that runs it.

A task waits for a delay, an event, or the first of several events. Each wait has a *ticket* (see `kernel`). The rule:
whoever wakes a task, or throws something into it, takes its entries away, so no event keeps a waiter that has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVarTuple, overload

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from opsconsole.simulation.kernel import Kernel
    from opsconsole.simulation.scopes import Scope, TaskGroup

    T = TypeVar("T", default=None)  # so that `kernel.event("x")` is an Event[None] where nothing else is said
else:
    from typing import TypeVar

    T = TypeVar("T")
Ts = TypeVarTuple("Ts")

NOTHING = object()
"""What an entry of the heap that is no task gives back to the loop: it wishes for nothing more."""


class Cancelled(BaseException):
    """Thrown into a task, at the point where it waits, when it or a scope that it is in is cancelled.

    Let it pass: the scope it belongs to absorbs it. A `finally` block may await; each cancellation is thrown once.
    """

    @property
    def owner(self) -> object:
        """The scope, or the task, that was cancelled."""
        return self.args[0]


class TaskCancelled(RuntimeError):
    """Raised by `await task` where that task was cancelled: not to be taken for the waiter's own cancellation."""


class Event(Generic[T]):
    """Something that happens once, and may be awaited by any number of tasks: `await event` returns its value."""

    __slots__ = ("_kernel", "_value", "_waiters", "done", "name")

    def __init__(self, kernel: Kernel, name: str = "") -> None:
        self.name = name
        self.done = False
        """Whether it has happened."""
        self._kernel = kernel
        self._value: T = None  # type: ignore[assignment]  # there is none yet
        self._waiters: dict[int, Task[Any]] | None = None  # by ticket, which is the order of arrival

    @property
    def value(self) -> T:
        """The value that the event was set with; RuntimeError before it has happened."""
        if not self.done:
            raise RuntimeError(f"{self} has not happened yet")
        return self._value

    @overload
    def set(self: Event[None]) -> None: ...
    @overload
    def set(self, value: T) -> None: ...
    def set(self, value: T = None) -> None:  # type: ignore[assignment]  # the overloads say when it may be left out
        """Let it happen: who waits runs at this instant, in order of arrival. Setting it again does nothing."""
        if not self.done:
            self.done = True
            self._value = value
            if self._waiters:
                self._wake_all(self._waiters)

    def _wake_all(self, waiters: dict[int, Task[Any]]) -> None:
        self._waiters = None
        ready = self._kernel._ready
        for ticket, task in waiters.items():
            if task._waiting is not self:
                task._stop_waiting()
            ready.append((ticket, task))

    def __await__(self) -> Generator[Event[T], None, T]:
        if not self.done:
            yield self
        return self._value

    def __str__(self) -> str:
        return f"event '{self.name}'" if self.name else "an unnamed event"


class Task(Event[T]):
    """A coroutine that the kernel runs, and the event of its end: `await task` returns its value or raises its error.

    A top-level task that fails ends the run with its error, whoever waits for it; failures that are to be dealt with
    belong in a group.
    """

    __slots__ = (
        "_cancelling", "_coro", "_group", "_interrupts", "_scope", "_send", "_throwing", "_ticket", "_waiting", "error"
    )  # fmt: skip

    def __init__(self, kernel: Kernel, coro: Coroutine[object, None, T], name: str, group: TaskGroup | None) -> None:
        Event.__init__(self, kernel, name or getattr(coro, "__name__", "task"))
        self.error: BaseException | None = None
        """What it failed with (or `Cancelled`); None while it runs and when it has returned."""
        self._coro = coro
        self._group = group
        self._send: Callable[[None], object] = coro.send
        self._ticket = 0
        self._waiting: Event[Any] | tuple[Event[Any], ...] | None = None  # stale while it sleeps
        self._scope: Scope | None = None  # the innermost; each knows the next one out
        self._interrupts: tuple[BaseException, ...] = ()
        self._cancelling = False
        self._throwing = False

    @property
    def value(self) -> T:
        """What the coroutine returned. Raises its error if it failed, TaskCancelled if it was cancelled."""
        if self.error is not None:
            if self.cancelled:
                raise TaskCancelled(f"{self} was cancelled")
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
            self._interrupts += (error,)
            self._throw_soon()

    def _throw_soon(self) -> None:
        """Queue the delivery of what is pending; for a running task, at its next await."""
        kernel = self._kernel
        if self._throwing or self.done:
            return
        if kernel.current is self:  # what is queued now runs when it has suspended, and before anything can wake it
            kernel._make_ready(Timer(kernel, kernel.now_us, self._throw_if_pending))
            return
        self._stop_waiting()
        self._throwing = True
        self._send = self._throw
        kernel._make_ready(self)
        kernel._entry_died()

    def _throw_if_pending(self) -> None:
        if self._cancelling or self._interrupts or self._outermost_pending() is not None:
            self._throw_soon()

    def _throw(self, _: None) -> object:
        """Stands in for `_send` for one step: raise at the suspension point what is outermost."""
        self._throwing = False
        self._send = self._coro.send
        error = self._next_error()
        if self._interrupts:
            self._throw_soon()  # the rest, one at a time
        return self._coro.throw(error)

    def _next_error(self) -> BaseException:
        """What to throw now. A cancellation passes through the scopes inside its own: theirs are moot then."""
        owner = self._outermost_pending()
        scope = self._scope
        while scope is not None and (self._cancelling or owner is not None):
            scope._deliver()
            scope = None if scope is owner and not self._cancelling else scope._outer
        if self._cancelling:
            self._cancelling = False
            self._interrupts = ()
            return Cancelled(self)
        if owner is not None:
            return Cancelled(owner)
        error, *rest = self._interrupts
        self._interrupts = tuple(rest)
        return error

    def _outermost_pending(self) -> Scope | None:
        found, scope = None, self._scope
        while scope is not None:
            if scope._is_pending():
                found = scope
            scope = scope._outer
        return found

    def _stop_waiting(self) -> None:
        """Leave no waiter behind in the events that it waits for."""
        waiting = self._waiting
        if waiting is not None:
            for event in waiting if isinstance(waiting, tuple) else (waiting,):
                if event._waiters:
                    event._waiters.pop(self._ticket, None)

    def _finish(self, value: T, error: BaseException | None) -> None:
        """The coroutine has ended: wake who waits, tell the group; without a group, a failure ends the run."""
        self.done = True
        self.error = error
        self._value = value
        self._waiting = None
        self._ticket = 0
        kernel, group = self._kernel, self._group
        del kernel._tasks[self]
        if self._waiters:
            self._wake_all(self._waiters)
        if group is not None:
            group._child_done(self)
        if error is not None and not isinstance(error, Cancelled):
            error.add_note(f"in {self}, at {kernel.clock}")
            if group is None or not isinstance(error, Exception | BaseExceptionGroup):
                raise error

    def _waits_for(self) -> str:
        waiting = self._waiting
        if isinstance(waiting, tuple):
            return "the first of " + ", ".join(str(event) for event in waiting)
        return str(waiting)

    def __await__(self) -> Generator[Event[T], None, T]:
        if not self.done:
            yield self
        return self.value

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
        return NOTHING

    def _finish(self, _: object, error: BaseException | None) -> None:
        error = error or RuntimeError("a timer's function raised StopIteration")
        error.add_note(f"in {self}, at {self._kernel.clock}")
        raise error

    def __str__(self) -> str:
        return f"timer '{getattr(self._function, '__qualname__', self._function)}'"


@coroutine
def sleep(seconds: float) -> Generator[int, None, None]:
    """Let virtual time pass. Rounded once to microseconds; ValueError if negative (raised by the kernel)."""
    yield (seconds * 1e6).__round__()  # with `round(…)` a sleep costs 6 % more


@coroutine
def pause(delay_us: int) -> Generator[int, None, None]:
    """Let so many microseconds pass."""
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
