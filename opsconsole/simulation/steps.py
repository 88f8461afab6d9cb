"""Discrete facts over virtual time: a value with the history of its changes.

Nothing ticks: a status, a role, a DNS answer changes when somebody sets it, and may be asked for at any past instant
that is still known. The rule: looking never changes anything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Generic, TypeVar

from opsconsole.simulation.kernel import Kernel
from opsconsole.simulation.tasks import Event

T = TypeVar("T")
_SHORT = 16  # a history of so few changes is kept, however old they are


class Step(Generic[T]):
    """A value, and when it became what it is.

    `keep_us` says how far back changes are remembered (an hour by default); older ones are folded, now and then, into
    the value in force at that horizon. Times are microseconds of virtual time.
    """

    __slots__ = ("_keep_us", "_past", "_waiters", "changed_us", "name", "value")

    def __init__(self, value: T, at_us: int = 0, keep_us: int = 3_600_000_000, name: str = "") -> None:
        self.value = value
        """The value in force now. Change it by `set` only."""
        self.changed_us = at_us
        """When the value took its present form."""
        self.name = name
        self._keep_us = keep_us
        self._past: tuple[list[int], list[T]] | None = None  # when each former value began, and the values
        self._waiters: dict[Event[T], Callable[[T], bool]] | None = None

    @property
    def known_from_us(self) -> int:
        """The earliest time that `at` answers for; before it, the first value that is known is given."""
        return self._past[0][0] if self._past else self.changed_us

    def set(self, now_us: int, value: T) -> bool:
        """Change the value, and say whether it differs from the one before. ValueError before the last change.

        Setting it twice at one instant leaves the latter value in the history. Who waits in `until` is woken if the
        value given here satisfies the predicate, even if it changes again at the same instant.
        """
        if now_us < self.changed_us:
            raise ValueError(f"a step cannot change at {now_us} µs: its last change was at {self.changed_us} µs")
        if value == self.value:
            return False
        if now_us > self.changed_us:
            self._remember(now_us)
        elif self._past and self._past[1][-1] == value:  # there and back at one instant: no change
            self._take_back(*self._past)
        self.value = value
        if self._waiters:
            self._wake(value, self._waiters)
        return True

    def _remember(self, now_us: int) -> None:
        """The value in force is a former one from now on; what is too old goes once it is half of the history."""
        if self._past is None:
            self._past = [], []
        times, values = self._past
        times.append(self.changed_us)
        values.append(self.value)
        self.changed_us = now_us
        if len(times) > _SHORT and times[len(times) // 2] < now_us - self._keep_us:
            self.fold(now_us - self._keep_us)

    def _take_back(self, times: list[int], values: list[T]) -> None:
        self.changed_us = times.pop()
        values.pop()
        if not times:
            self._past = None

    def at(self, t_us: int) -> T:
        """The value in force at a time."""
        if self._past is None or t_us >= self.changed_us:
            return self.value
        times, values = self._past
        return values[max(0, bisect_right(times, t_us) - 1)]

    def since(self, t_us: int) -> list[tuple[int, T]]:
        """The changes after a time, led by the value in force at that time: [(t_us, value), (later, value) …]."""
        found = [(t_us, self.at(t_us))]
        if self._past is not None:
            times, values = self._past
            after = bisect_right(times, t_us)
            found += zip(times[after:], values[after:], strict=True)
        return [*found, (self.changed_us, self.value)] if t_us < self.changed_us else found

    def fold(self, before_us: int) -> None:
        """Forget the changes before a time; the value in force then is kept."""
        if self._past is None:
            return
        times, values = self._past
        folded = bisect_right(times, before_us) - 1
        if before_us >= self.changed_us:
            self._past = None
        elif folded > 0:
            del times[:folded], values[:folded]

    async def until(self, kernel: Kernel, predicate: Callable[[T], bool]) -> T:
        """Wait until the value satisfies a predicate (at once, if it does), and return that value."""
        if predicate(self.value):
            return self.value
        changed: Event[T] = kernel.event(f"a change of {self.name or 'a step'}")
        waiters = self._waiters = self._waiters or {}
        waiters[changed] = predicate
        try:
            return await changed
        finally:
            waiters.pop(changed, None)

    def _wake(self, value: T, waiters: dict[Event[T], Callable[[T], bool]]) -> None:
        for changed, predicate in list(waiters.items()):
            if predicate(value):
                changed.set(value)
