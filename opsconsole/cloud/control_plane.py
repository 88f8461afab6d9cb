"""The API of a Region as its callers meet it: whether it answers, how many calls it takes, how old its answers are.

What runs knows nothing of it: clients go on, and so does whatever AWS does by itself. Each fault takes hold under its
own name, so faults overlap and healing one leaves the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.cloud.refusal import Refused

MINUTE_US = 60 * 1_000_000


@dataclass
class Throttle:
    """How many calls a minute get through, and when the last one did; in the beginning others have used them up."""

    calls: int
    passed_us: int

    def __str__(self) -> str:
        if not self.calls:
            return "no call of yours gets through"
        return f"{self.calls} calls of yours a minute get through" if self.calls > 1 else "one a minute gets through"

    def passes(self, now_us: int) -> bool:
        """Whether a call gets through now."""
        return self.calls > 0 and now_us - self.passed_us >= MINUTE_US // self.calls


class ControlPlane:
    """The API of one Region, with the faults that hold it: outages (since when), delays (since when, by how much), and
    throttles; times in microseconds.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self.outages: dict[str, int] = {}
        self.delays: dict[str, tuple[int, int]] = {}
        self.throttles: dict[str, Throttle] = {}

    def go_down(self, cause: str, now_us: int) -> None:
        """It answers no call any more, until `cause` is healed."""
        self.outages[cause] = now_us

    def fall_behind(self, cause: str, now_us: int, by_us: int) -> None:
        """What it tells is older by so much, until `cause` is healed."""
        self.delays[cause] = (now_us, by_us)

    def throttle(self, cause: str, now_us: int, calls: int) -> None:
        """It lets no more than so many calls a minute through, until `cause` is healed."""
        self.throttles[cause] = Throttle(calls, now_us)

    def heal(self, cause: str) -> None:
        """One cause is gone; others stay."""
        self.outages.pop(cause, None)
        self.delays.pop(cause, None)
        self.throttles.pop(cause, None)

    @property
    def answers(self) -> bool:
        """Whether calls are answered at all."""
        return not self.outages

    def horizon_us(self, now_us: int) -> int:
        """The instant that its answers are from: now, unless a fault holds them back. It never goes backwards."""
        late = [max(since_us, now_us - by_us) for since_us, by_us in self.delays.values()]
        return min(now_us, *self.outages.values(), *late) if self.outages or late else now_us

    def reaches_us(self, instant_us: int) -> int | None:
        """When its answers will be from an instant if no fault comes or goes: None for never."""
        if any(instant_us > since_us for since_us in self.outages.values()):
            return None
        behind = [by_us for since_us, by_us in self.delays.values() if instant_us > since_us]
        return instant_us + max(behind, default=0)

    def require(self, now_us: int) -> None:
        """Raise Refused if it takes no call now. Changes nothing: asking what would be is no call."""
        if not self.answers:
            raise Refused(
                "ServiceUnavailable",
                f"the API of {self.region} does not answer: what runs there goes on; wait, or act in another Region",
            )
        for throttle in self.throttles.values():
            if not throttle.passes(now_us):
                raise Refused(
                    "ThrottlingException",
                    f"Rate exceeded: others of this account use up what the API of {self.region} takes, {throttle}: "
                    "try again, later each time",
                )

    def count_call(self, now_us: int) -> None:
        """A call got through: the next one has to wait."""
        for throttle in self.throttles.values():
            throttle.passed_us = now_us
