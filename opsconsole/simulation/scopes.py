"""Structured concurrency: timeouts, and groups of tasks that live and fail together.

A scope belongs to the task that entered it, and scopes nest. Cancelling one throws `Cancelled` at the point where the
task waits; it passes through everything inside the scope and is absorbed at its edge. The rule: a cancellation is
thrown once (a `finally` block may await), and where several are due at one instant the outermost wins.
"""

from __future__ import annotations

from collections.abc import Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from opsconsole.simulation.tasks import NOTHING, Cancelled, Event, Task

if TYPE_CHECKING:
    from opsconsole.simulation.kernel import Kernel

T = TypeVar("T")


class Scope:
    """What runs in `with kernel.timeout(seconds) as scope:` is cancelled when the time is up, or by `scope.cancel()`.

    The scope absorbs its own cancellation: execution goes on after the `with` block, where `scope.cancelled` tells. A
    task that cancels a scope it is running in notices at its next await, or not at all if it leaves the scope before.
    """

    __slots__ = (
        "_deadline_us",
        "_delay_us",
        "_kernel",
        "_outer",
        "_over",
        "_task",
        "_ticket",
        "cancelled",
        "expired",
    )

    def __init__(self, kernel: Kernel, delay_us: int | None) -> None:
        self.cancelled = False
        """Whether it was cancelled: by `cancel()`, or because its time was up."""
        self.expired = False
        """Whether its time was up."""
        self._kernel = kernel
        self._delay_us = delay_us
        self._deadline_us: int | None = None  # counted from when it is entered
        self._task: Task[Any] | None = None
        self._outer: Scope | None = None
        self._ticket = 0
        self._over = False  # its cancellation was thrown, or it was left: there is nothing more to throw

    def cancel(self) -> None:
        """Cancel what runs in the scope, at this instant. A scope that was left stays as it is."""
        if not self.cancelled and not self._over:
            self.cancelled = True
            if self._task is not None:
                self._task._throw_soon()

    def __enter__(self) -> Self:
        task = self._kernel.current
        if task is None or self._task is not None:
            raise RuntimeError("a scope is entered once, and by a running task")
        self._task = task
        self._outer = task._scope
        task._scope = self
        if self._delay_us is not None:
            self._deadline_us = self._kernel.now_us + self._delay_us
            self._kernel._put_to_sleep(self._deadline_us, self)
        if self.cancelled:
            task._throw_soon()
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if self._task is None or self._task._scope is not self:
            raise RuntimeError("scopes are left in the reverse of the order in which they were entered")
        self._task._scope = self._outer
        self._over = True
        if self._ticket:
            self._ticket = 0
            self._kernel._entry_died()
        return error is not None and isinstance(error, Cancelled) and error.owner is self

    def _is_pending(self) -> bool:
        """Whether its cancellation is due but not yet thrown (its deadline may be next in the heap)."""
        if self._over:
            return False
        return self.cancelled or (self._deadline_us is not None and self._deadline_us <= self._kernel.now_us)

    def _deliver(self) -> None:
        if self._is_pending():
            self.expired = self.expired or not self.cancelled
            self.cancelled = True
            self._over = True

    def _send(self, _: None) -> object:
        """Its time is up: the kernel calls this as it would resume a sleeper."""
        self._ticket = 0
        self._kernel.current = None
        self.expired = self.expired or not self.cancelled
        self.cancel()
        return NOTHING

    def _finish(self, _: object, error: BaseException | None) -> None:
        raise error or RuntimeError("a scope does not end")

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
        self._children: dict[Task[Any], None] = {}  # in order of birth
        self._errors: list[BaseException] = []
        self._closing = False
        self._empty: Event[None] | None = None

    def spawn(self, coro: Coroutine[object, None, T], name: str = "") -> Task[T]:
        """Start a task of the group. RuntimeError before and after the block; in a cancelled group it ends at once."""
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
        if not self.cancelled and not self._over:
            self.cancelled = True
            for child in list(self._children):
                child.cancel()
            if self._task is not None and not self._closing:
                self._task._throw_soon()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        outside = self._heed(error, None)
        self._closing = True
        while self._children:
            self._empty = Event(self._kernel, f"the end of group '{self.name}'")
            try:
                await self._empty
            except BaseException as raised:
                outside = self._heed(raised, outside)
        self.__exit__(None, None, None)
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
