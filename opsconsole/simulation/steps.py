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
_FOLD_ABOVE = 64


class Step(Generic[T]):
    """A value, and when it became what it is.

    `keep_us` says how far back changes are remembered (an hour by default); older ones are folded, now and then, into
    the value in force at that horizon. Times are microseconds of virtual time.
    """

    __slots__ = ("_fold_above", "_keep_us", "_times", "_values", "_waiters", "name", "value")

    def __init__(self, value: T, at_us: int = 0, keep_us: int = 3_600_000_000, name: str = "") -> None:
        self.value = value
        """The value in force now. Change it by `set` only."""
        self.name = name
        self._keep_us = keep_us
        self._fold_above = _FOLD_ABOVE
        self._times = [at_us]
        self._values = [value]
        self._waiters: dict[Event[T], Callable[[T], bool]] = {}

    @property
    def changed_us(self) -> int:
        """When the value took its present form."""
        return self._times[-1]

    @property
    def known_from_us(self) -> int:
        """The earliest time that `at` answers for; before it, the first value that is known is given."""
        return self._times[0]

    def set(self, now_us: int, value: T) -> bool:
        """Change the value, and say whether it differs from the one before. ValueError before the last change.

        Setting it twice at one instant leaves the latter value in the history. Who waits in `until` is woken if the
        value given here satisfies the predicate, even if it changes again at the same instant.
        """
        times, values = self._times, self._values
        if now_us < times[-1]:
            raise ValueError(f"a step cannot change at {now_us} µs: its last change was at {times[-1]} µs")
        if value == self.value:
            return False
        self.value = value
        if now_us > times[-1]:
            times.append(now_us)
            values.append(value)
            if len(times) > self._fold_above:
                self.fold(now_us - self._keep_us)
                self._fold_above = max(_FOLD_ABOVE, 2 * len(times))
        elif len(values) > 1 and values[-2] == value:  # there and back at one instant: no change
            del times[-1], values[-1]
        else:
            values[-1] = value
        if self._waiters:
            self._wake(value)
        return True

    def at(self, t_us: int) -> T:
        """The value in force at a time."""
        return self._values[max(0, bisect_right(self._times, t_us) - 1)]

    def since(self, t_us: int) -> list[tuple[int, T]]:
        """The changes after a time, led by the value in force at that time: [(t_us, value), (later, value) …]."""
        after = bisect_right(self._times, t_us)
        return [(t_us, self.at(t_us)), *zip(self._times[after:], self._values[after:], strict=True)]

    def fold(self, before_us: int) -> None:
        """Forget the changes before a time; the value in force then is kept."""
        folded = bisect_right(self._times, before_us) - 1
        if folded > 0:
            del self._times[:folded], self._values[:folded]

    async def until(self, kernel: Kernel, predicate: Callable[[T], bool]) -> T:
        """Wait until the value satisfies a predicate (at once, if it does), and return that value."""
        if predicate(self.value):
            return self.value
        changed: Event[T] = kernel.event(f"a change of {self.name or 'a step'}")
        self._waiters[changed] = predicate
        try:
            return await changed
        finally:
            self._waiters.pop(changed, None)

    def _wake(self, value: T) -> None:
        for changed, predicate in list(self._waiters.items()):
            if predicate(value):
                changed.set(value)
