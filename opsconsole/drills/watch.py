"""Watching checks while virtual time passes: exact to the microsecond, and nothing polls.

Something can change a check's truth in two ways: an instant at which something happens, after which it is looked at,
and time itself, for values that move. For those the next change is found ahead: until something happens a value is a
function of time alone, monotone between two instants, so a search by halves finds the microsecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opsconsole.drills.result import Outcome
from opsconsole.drills.spec import Check
from opsconsole.drills.subjects import Scene
from opsconsole.drills.values import Value
from opsconsole.fleet import format_duration

Marked = Mapping[tuple[str, str], Value]


@dataclass
class Truth:
    """Whether all of some checks hold."""

    checks: Sequence[Check]
    scene: Scene
    marked: Marked

    def at(self, t: int) -> bool:
        """Whether all hold at a time."""
        return all(self._holds(check, t) for check in self.checks)

    def changes_by(self, now: int, until: int) -> int | None:
        """The first microsecond after `now` and before `until` at which one of the checks differs from now.

        If nothing happens before. One by one: of two that change, both may hold for a moment in between only. Where a
        value jumps nothing is known of what comes after: it is looked at then.
        """
        moving = [check for check in self.checks if check.subject.moves]
        jumps = (check.subject.jumps_us(self.scene) for check in moving)
        jump = min((t for t in jumps if t is not None and t < until), default=None)
        until = until if jump is None else jump
        if until - now <= 1:
            return jump
        found = (self._change(check, now, until - 1) for check in moving)
        return min((t for t in found if t is not None), default=jump)

    def _change(self, check: Check, low: int, high: int) -> int | None:
        before = self._holds(check, low)
        if self._holds(check, high) is before:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            if self._holds(check, middle) is before:
                low = middle
            else:
                high = middle
        return high

    def _holds(self, check: Check, t: int) -> bool:
        return check.holds(self.scene, self.marked, t)

    def told(self, t: int) -> str:
        """The first value that does not hold, or the values of all that do."""
        broken = [check for check in self.checks if not check.holds(self.scene, self.marked, t)]
        return ", ".join(check.seen(self.scene, t) for check in (broken[:1] or self.checks))


@dataclass
class Watch:
    """One check under way, from `begun_us` on. Subclasses say what has to come true, and by when."""

    truth: Truth
    begun_us: int
    outcome: Outcome = Outcome.NOT_REACHED
    decided_us: int | None = None
    seen: str = ""
    why: str = ""

    def look(self, now: int) -> bool:
        """Take note of how things stand; whether it is decided now."""
        raise NotImplementedError

    def next_us(self) -> int | None:
        """When it will be decided if nothing changes; None if it will not."""
        raise NotImplementedError

    def end(self, now: int) -> None:
        """The drill is over."""
        if self.decided_us is None:
            self.seen = self.truth.told(now)

    def _decide(self, now: int, outcome: Outcome, why: str) -> bool:
        self.outcome, self.decided_us, self.why = outcome, now, why
        self.seen = self.truth.told(now)
        return True


@dataclass
class When(Watch):
    """Waits for the first time that its checks hold."""

    def look(self, now: int) -> bool:
        """Whether they hold."""
        return self.truth.at(now) and self._decide(now, Outcome.PASSED, "")

    def next_us(self) -> int | None:
        """Never by itself."""
        return None


@dataclass
class Expect(Watch):
    """Must come true within a time, and then stay so for another; `allow_us` of violation in all is forgiven."""

    within_us: int = 0
    for_us: int = 0
    allow_us: int = 0
    _true_since: int | None = None
    _false_since: int | None = None  # during the hold
    _forgiven_us: int = 0

    @property
    def _deadline(self) -> int:
        return self.begun_us + self.within_us

    def look(self, now: int) -> bool:
        """Take note of how things stand; whether it is decided now."""
        held = self._true_since is not None and now >= self._true_since + self.for_us  # what begins now is after it
        if held or self.truth.at(now):
            if self._true_since is None and now <= self._deadline:
                self._true_since, self._forgiven_us = now, 0
            elif self._false_since is not None:
                self._forgiven_us += now - self._false_since
            self._false_since = None
            if self._true_since is not None and now >= self._true_since + self.for_us:
                return self._decide(now, Outcome.PASSED, self._passed(self._true_since))
        elif self._true_since is not None:
            self._false_since = now if self._false_since is None else self._false_since
            if now - self._false_since + self._forgiven_us >= self.allow_us:
                return self._broke(now, self._true_since)
        if self._true_since is None and now >= self._deadline:
            return self._decide(now, Outcome.FAILED, f"not true within {told(self.within_us)}")
        return False

    def _passed(self, true_since: int) -> str:
        since = told(true_since - self.begun_us)
        held = f", and stayed so for {told(self.for_us)}" if self.for_us else ""
        return f"true after {since}{held}"

    def _broke(self, now: int, true_since: int) -> bool:
        """It was true and is not any more: that counts, unless there is still time to come true again."""
        self._true_since = self._false_since = None
        if now < self._deadline:
            return False
        held = told(now - true_since)
        return self._decide(now, Outcome.FAILED, f"true for {held} only, of {told(self.for_us)}")

    def next_us(self) -> int | None:
        """The deadline, the end of the hold, or the end of what is forgiven."""
        if self._true_since is None:
            return self._deadline
        held = self._true_since + self.for_us
        if self._false_since is None:
            return held
        return min(held, self._false_since + self.allow_us - self._forgiven_us)


@dataclass
class Always(Watch):
    """Must hold from begin to end, but for `allow_us` in all."""

    ends_us: int = 0
    allow_us: int = 0
    _false_since: int | None = None
    _violated_us: int = field(default=0)

    def look(self, now: int) -> bool:
        """Take note of how things stand; whether it is decided now."""
        holds = now >= self.ends_us or self.truth.at(now)  # what begins at its end is after it
        if self._false_since is not None:
            total = self._violated_us + now - self._false_since
            if total > self.allow_us or (total == self.allow_us and not holds):
                allowed = f" in all, of {told(self.allow_us)} allowed" if self.allow_us else ""
                return self._decide(now, Outcome.FAILED, f"not true for {told(total)}{allowed}")
            if holds:
                self._violated_us, self._false_since = total, None
        elif not holds:
            self._false_since = now
            if self._violated_us >= self.allow_us:
                more = f", and it was not for {told(self.allow_us)} before" if self.allow_us else ""
                return self._decide(now, Outcome.FAILED, f"not true after {told(now - self.begun_us)}{more}")
        if now >= self.ends_us:
            violated = f", but for {told(self._violated_us)}" if self._violated_us else ""
            return self._decide(now, Outcome.PASSED, f"true for {told(now - self.begun_us)}{violated}")
        return False

    def next_us(self) -> int | None:
        """Its end, or the end of what is allowed."""
        if self._false_since is None:
            return self.ends_us
        return min(self.ends_us, self._false_since + self.allow_us - self._violated_us)


def told(us: int) -> str:
    """A length of time in a sentence, to the millisecond."""
    return format_duration(round(us / 1_000) / 1_000) if us else "0s"
