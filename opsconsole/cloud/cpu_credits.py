"""CPU credits of a burstable class in Unlimited mode: earned steadily, spent by work, borrowed when there are none.

One credit is one vCPU at 100 % for a minute. The balance falls by what is spent beyond what is earned; when it is
empty, surplus credits are borrowed, up to what a day earns; what is spent beyond that is charged. Nothing is ever
throttled, so the balance changes nobody's load, and nothing needs to happen when it runs out.
"""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.catalog import InstanceClass
from opsconsole.simulation import Kernel, Step

PERIOD_S = 300  # CloudWatch counts credits over five minutes
CREDIT = 1_000_000_000_000  # what is counted is a millionth of a millionth of a credit: a microsecond earns so few


class Course(NamedTuple):
    """The balance from `t` on: below 0 it is what has been borrowed. `net` is what a microsecond adds to it."""

    t: int
    level: int
    net: int


class CpuCredits:
    """The credits of one instance of a burstable class; it begins with a full balance."""

    def __init__(self, now_us: int, size: InstanceClass) -> None:
        row = size.credits
        if row is None:
            raise ValueError(f"{size.name} is not burstable: it has no CPU credits")
        self.vcpu = size.vcpu
        self.earned_per_s = row.credits_per_hour / 3600
        self.most = row.max_credits
        self._course: Step[Course] = Step(Course(now_us, self.most * CREDIT, 0), now_us)

    @classmethod
    def of(cls, kernel: Kernel, size: InstanceClass) -> CpuCredits | None:
        """Those of a class, from now on; None where it is not burstable."""
        return cls(kernel.now_us, size) if size.credits is not None else None

    def use(self, now_us: int, cpu_percent: float) -> None:
        """From now on so much CPU is used."""
        net = round((self.earned_per_s - self._spent_per_s(cpu_percent)) * CREDIT / 1_000_000)
        if net != self._course.value.net:
            self._course.set(now_us, Course(now_us, self._level(now_us), net))

    def _spent_per_s(self, cpu_percent: float) -> float:
        return self.vcpu * cpu_percent / 100 / 60

    def _level(self, at_us: int) -> int:
        then = self._course.at(at_us)
        most = self.most * CREDIT
        return max(-most, min(most, then.level + then.net * max(0, at_us - then.t)))

    def balance(self, at_us: int) -> float:
        """`CPUCreditBalance`."""
        return max(0, self._level(at_us)) / CREDIT

    def surplus(self, at_us: int) -> float:
        """`CPUSurplusCreditBalance`: what has been borrowed and not paid back."""
        return max(0, -self._level(at_us)) / CREDIT

    def used(self, cpu_percent: float) -> float:
        """`CPUCreditUsage`: what so much CPU takes in a period of five minutes."""
        return self._spent_per_s(cpu_percent) * PERIOD_S

    def charged(self, at_us: int, cpu_percent: float) -> float:
        """`CPUSurplusCreditsCharged`: what is spent in a period beyond all that may be borrowed."""
        over = self._spent_per_s(cpu_percent) - self.earned_per_s
        return over * PERIOD_S if over > 0 and self.surplus(at_us) >= self.most else 0.0
