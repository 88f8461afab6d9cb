"""CPU credits of a burstable class in Unlimited mode: earned steadily, spent by work, borrowed when there are none.

One credit is one vCPU at 100 % for a minute. The balance falls below what is earned until it is empty; then surplus
credits are borrowed, up to what a day earns; what is spent beyond is charged. Nothing is ever throttled, so the balance
changes nobody's load.
"""

from __future__ import annotations

from opsconsole.catalog import InstanceClass
from opsconsole.cloud.bucket import Bucket
from opsconsole.simulation import Kernel

PERIOD_S = 300  # CloudWatch counts credits over five minutes
FINE = 1_000_000  # the bucket counts in millionths of a credit, because a second earns so few


class CpuCredits:
    """The credits of one instance of a burstable class; it begins with a full balance."""

    def __init__(self, kernel: Kernel, size: InstanceClass) -> None:
        row = size.credits
        if row is None:
            raise ValueError(f"{size.name} is not burstable: it has no CPU credits")
        self.vcpu = size.vcpu
        self.earned_per_s = row.credits_per_hour / 3600
        self.most = row.max_credits
        self._bucket = Bucket(kernel, self.most * FINE, lambda: None, floor=-self.most * FINE)

    @classmethod
    def of(cls, kernel: Kernel, size: InstanceClass) -> CpuCredits | None:
        """Those of a class; None where it is not burstable."""
        return cls(kernel, size) if size.credits is not None else None

    def spent_per_s(self, cpu_percent: float) -> float:
        """Credits a second that so much CPU takes."""
        return self.vcpu * cpu_percent / 100 / 60

    def use(self, now_us: int, cpu_percent: float) -> None:
        """From now on so much CPU is used."""
        earned, spent = self.earned_per_s, self.spent_per_s(cpu_percent)
        self._bucket.set_flow(now_us, round(earned * FINE * 1000), round(spent * FINE * 1000))

    def balance(self, at_us: int) -> float:
        """`CPUCreditBalance`."""
        return max(0.0, self._bucket.level(at_us) / FINE)

    def surplus(self, at_us: int) -> float:
        """`CPUSurplusCreditBalance`: what has been borrowed and not paid back."""
        return max(0.0, -self._bucket.level(at_us) / FINE)

    def used(self, cpu_percent: float) -> float:
        """`CPUCreditUsage`: what so much CPU takes in a period of five minutes."""
        return self.spent_per_s(cpu_percent) * PERIOD_S

    def charged(self, at_us: int, cpu_percent: float) -> float:
        """`CPUSurplusCreditsCharged`: what is spent in a period beyond all that may be borrowed."""
        over = self.spent_per_s(cpu_percent) - self.earned_per_s
        return over * PERIOD_S if over > 0 and self.surplus(at_us) >= self.most else 0.0
