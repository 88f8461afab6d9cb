"""A bucket of credits: what may be spent beyond a steady income until it is empty (gp2's I/O credits, T classes' CPU).

Its level is linear between changes of the flow; the moment it runs dry is predicted and scheduled, never polled.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.simulation import Curve, Kernel, Timer

CREDIT = 1_000_000_000  # nano-credits in one credit


class Bucket:
    """`capacity` and `floor` are in credits; a floor below 0 is what may be borrowed (CPU surplus credits).

    `exhausted` says that it ran dry and that more is still asked for than comes in.
    """

    def __init__(self, kernel: Kernel, capacity: int, on_exhausted: Callable[[], None], floor: int = 0) -> None:
        self._kernel = kernel
        self.capacity = capacity
        self._floor = floor * CREDIT
        self._curve = Curve(capacity * CREDIT, 0, kernel.now_us)
        self._on_exhausted = on_exhausted
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
        if net >= 0:
            self.exhausted = False
        if net == self._curve.rate_at(now_us) and not self.exhausted:
            return
        level = max(self._floor, min(self.capacity * CREDIT, self._curve.at(now_us)))
        self._curve.jump(now_us, level - self._curve.at(now_us))
        self._curve.set_rate(now_us, 0 if self.exhausted else net)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if net < 0 and not self.exhausted:
            dry = self._curve.reaches(self._floor, now_us)
            if dry is not None:
                self._timer = self._kernel.call_at(max(dry, now_us + 1), self._ran_dry)

    def _ran_dry(self) -> None:
        self._timer = None
        self.exhausted = True
        self._curve.set_rate(self._kernel.now_us, 0)
        self._on_exhausted()

    def resize(self, now_us: int, capacity: int) -> None:
        """A larger volume has a larger bucket; what is in it stays."""
        rate = self._curve.rate_at(now_us)
        level = round(self.level(now_us) * CREDIT)
        self.capacity = capacity
        self._curve.jump(now_us, min(level, capacity * CREDIT) - self._curve.at(now_us))
        self._curve.set_rate(now_us, rate)
