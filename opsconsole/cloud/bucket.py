"""A bucket of credits: what may be spent beyond a steady income until it is empty (gp2's I/O credits, T classes' CPU).

Its level is linear between changes of the flow; the moment it runs dry is predicted and scheduled, never polled.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.simulation import Curve, Kernel, Timer

CREDIT = 1_000_000_000  # nano-credits in one credit


class Bucket:
    """`capacity` and `floor` are in credits; a floor below 0 is what may be borrowed (CPU surplus credits).

    `exhausted` says that it ran dry and that more is still asked for than comes in; `on_exhausted` is called when that
    begins and when it ends. `on_low` is called when the level falls through `low_permille` of the capacity.
    """

    def __init__(
        self,
        kernel: Kernel,
        capacity: int,
        on_exhausted: Callable[[], None],
        floor: int = 0,
        low_permille: int = 0,
        on_low: Callable[[], None] = lambda: None,
    ) -> None:
        self._kernel = kernel
        self.capacity = capacity
        self._floor = floor * CREDIT
        self._curve = Curve(capacity * CREDIT, 0, kernel.now_us)
        self._on_exhausted = on_exhausted
        self._low_permille = low_permille
        self._on_low = on_low
        self._timer: Timer | None = None
        self.exhausted = False

    def level(self, at_us: int) -> float:
        """Credits at a time: below 0 they are borrowed."""
        return max(self._floor, min(self.capacity * CREDIT, self._curve.at(at_us))) / CREDIT

    def permille(self, at_us: int) -> int:
        """How full it is, in 1/1000 of its capacity."""
        return round(1000 * max(0.0, self.level(at_us)) / self.capacity) if self.capacity else 0

    def set_flow(self, now_us: int, income: int, spending: int) -> None:
        """From now on so many milli-credits per second come in and are asked for."""
        net = income - spending
        if net >= 0 and self.exhausted:
            self.exhausted = False
            self._on_exhausted()
        if net == self._curve.rate_at(now_us) and not self.exhausted:
            return
        level = max(self._floor, min(self.capacity * CREDIT, self._curve.at(now_us)))
        self._curve.jump(now_us, level - self._curve.at(now_us))
        self._curve.set_rate(now_us, 0 if self.exhausted else net)
        self._foresee(now_us)

    def _foresee(self, now_us: int) -> None:
        """Wait for the next level that matters: low, or empty."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._curve.rate_at(now_us) >= 0 or self.exhausted:
            return
        low = self.capacity * CREDIT * self._low_permille // 1000
        above = self._low_permille > 0 and self._curve.at(now_us) > low
        due = self._curve.reaches(low if above else self._floor, now_us)
        if due is not None:
            self._timer = self._kernel.call_at(max(due, now_us + 1), self._fell_low if above else self._ran_dry)

    def _fell_low(self) -> None:
        self._timer = None
        self._on_low()
        self._foresee(self._kernel.now_us)

    def _ran_dry(self) -> None:
        self._timer = None
        self.exhausted = True
        self._curve.set_rate(self._kernel.now_us, 0)
        self._on_exhausted()

    def resize(self, now_us: int, capacity: int, full: bool = False) -> None:
        """A larger volume has a larger bucket; what is in it stays, unless it is another volume with a full one."""
        level = round(self.level(now_us) * CREDIT)
        self.capacity = capacity
        self._curve.jump(
            now_us, (capacity * CREDIT if full else min(level, capacity * CREDIT)) - self._curve.at(now_us)
        )
        self._curve.set_rate(now_us, 0)  # until the flow is looked at again
        self.exhausted = self.exhausted and not full
        self._foresee(now_us)
