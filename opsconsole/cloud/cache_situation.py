"""What one part of a cache holds at a moment, what drives it, and what follows for its rates.

What depends on what: the share of misses that the database answers sets the gains, gains and expiry say whether the
memory is too small, and a memory that is full evicts or refuses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from opsconsole.cloud.cache_course import Course, decay
from opsconsole.cloud.cache_plan import Inputs, Plan

FULL_BAND = 0.95  # a full cache stays full while it holds this share of its memory
OVERFULL = 1.02  # above it a memory holds more than it should, and takes nothing
BISECTIONS = 50


@dataclass(slots=True)
class Situation:
    """What one part of a cache holds at a moment (`held`, `fresh`: shares of each class), and what drives it.

    `part`: the share of the plan's keys that are this part's. `room`: how many items its memory takes.
    """

    plan: Plan
    inputs: Inputs
    part: float
    room: float
    held: list[float]
    fresh: list[float]
    full: bool = False
    usual: float = 0.0  # the miss share that a database which answers everything would see for ever

    # -- sums over classes, the most popular first -------------------------------------------------------------

    def keys(self, number: int) -> float:
        """Keys of a class in this part."""
        return self.plan.classes[number].keys * self.part

    def items(self, held: list[float]) -> float:
        """How many keys that is."""
        total = 0.0
        for key_class, share in zip(self.plan.classes, held, strict=True):
            total += key_class.keys * share
        return total * self.part

    def asked_for(self, held: list[float]) -> float:
        """The share of reads that go to what is held."""
        total = 0.0
        for key_class, share in zip(self.plan.classes, held, strict=True):
            total += key_class.share * share
        return total

    def missed(self, held: list[float]) -> float:
        """The share of reads that go to what is not held, without the cancellation of 1 - hits."""
        total = 0.0
        for key_class, share in zip(self.plan.classes, held, strict=True):
            total += key_class.share * (1 - share)
        return total

    def speed(self, number: int, rate: int) -> float:
        """How often one key of a class is asked for, per second, when all are at `rate` milli-requests per second."""
        keys = self.keys(number)
        return rate / 1000 * self.plan.classes[number].share / keys if keys > 0 else 0.0

    # -- courses ------------------------------------------------------------------------------------------------

    def courses(self, answered: float, accepted: float = 1.0, evict: list[float] | None = None) -> list[Course]:
        """Each class from now on, with even expiry; `answered`: the share of missed reads the database answers."""
        plan, inputs, courses = self.plan, self.inputs, []
        for number, (held, fresh) in enumerate(zip(self.held, self.fresh, strict=True)):
            reads, writes = self.speed(number, inputs.reads), self.speed(number, inputs.writes)
            through = writes * accepted if plan.through and inputs.refreshes else 0.0
            lazily = reads * answered * accepted if plan.lazy and inputs.loads else 0.0
            stale = 0.0 if plan.slides else writes - through
            renew = reads if plan.slides else through
            expire, ripe = self._expiry(renew, stale)
            theta = evict[number] if evict else 0.0
            courses.append(
                Course(
                    held,
                    fresh,
                    gain=lazily + through,
                    evict=theta,
                    expire=expire,
                    renew=renew,
                    stale=stale,
                    ripe=ripe,
                )
            )
        return courses

    def _expiry(self, renewed: float, stale: float) -> tuple[float, float]:
        """How fast a held key expires when keys were loaded evenly, and how fresh those are compared with all held.

        Of keys that live for exactly T, e^-xT are fresh in the end, x the rate at which they become stale; of all held
        (1 - e^-xT) / xT are. What jitter does is the same with the mean of e^-xT over its window.
        """
        ttl_s, jitter = self.plan.ttl_us / 1e6, self.plan.jitter_permille / 1000
        if ttl_s == 0:
            return 0.0, 1.0
        x = renewed * ttl_s
        expire = 1 / ttl_s if x < 1e-6 else renewed / math.expm1(x) if x < 700 else 0.0
        x = stale * ttl_s
        if jitter == 1 or x < 1e-6:
            return expire, 1.0
        in_the_end = math.exp(-x * (1 - jitter)) * decay(2 * x * jitter)
        return expire, x * in_the_end / (1 - in_the_end)

    def steady(self, courses: list[Course]) -> list[float]:
        """The share of each class that these gains and this expiry keep up for ever."""
        return [
            course.gain / (course.gain + course.expire + course.evict)
            if course.gain + course.expire + course.evict > 0
            else course.held
            for course in courses
        ]

    # -- the database's limit -----------------------------------------------------------------------------------

    def answered(self, missed: float) -> float:
        """The share of missed reads answered while that share of reads is missed."""
        limit = self.inputs.limit
        if limit is None:
            return 1.0
        asked = self.inputs.reads * missed
        return min(1.0, limit / asked) if asked > 0 else 1.0

    def answered_for_ever(self) -> float:
        """The share of missed reads answered once loads and expiry are level."""
        limit = self.inputs.limit

        def too_much(share: float) -> bool:
            missed = self.missed(self.steady(self.pressed_if_full(self.courses(share), share)[0]))
            return limit is not None and share * self.inputs.reads * missed > limit

        if not too_much(1.0):
            return 1.0
        low, high = 0.0, 1.0
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (low, middle) if too_much(middle) else (middle, high)
        return low

    # -- the memory's limit -------------------------------------------------------------------------------------

    def is_full(self, courses: list[Course]) -> bool:
        """Whether the memory has no room for what would come in."""
        now, capacity = self.items(self.held), self.items([1.0] * len(self.held))
        if capacity <= self.room or now < self.room * (FULL_BAND if self.full else 1 - 1e-9):
            return False
        return self.items(self.steady(courses)) > self.room

    def pressed(self, answered: float, outflow: float | None = None) -> tuple[list[Course], float]:
        """Courses in a memory that is full, and the share of new keys that it takes.

        `outflow`: keys that expire per second, where that is known better than by even expiry.
        """
        if self.plan.evicts:
            return self.courses(answered, 1.0, self._evictions(self.courses(answered))), 1.0
        accepted = self._accepted(answered, outflow)
        return self.courses(answered, accepted), accepted

    def pressed_if_full(self, courses: list[Course], answered: float) -> tuple[list[Course], float]:
        """These courses while there is room, else those of a full memory; and the share of new keys that it takes."""
        return self.pressed(answered) if self.full else (courses, 1.0)

    def _evictions(self, courses: list[Course]) -> list[float]:
        """How fast a held key of each class is evicted: Che's approximation of LRU.

        A key goes when it was not asked for during a time that is the same for all; that time fills the memory.
        """
        written = self.inputs.writes if self.plan.through and self.inputs.refreshes else 0
        touched = [self.speed(number, self.inputs.reads + written) for number in range(len(courses))]

        def rates(patience: float) -> list[float]:
            waits = [rate * patience for rate in touched]
            return [
                1 / patience if wait < 1e-9 else rate / math.expm1(wait) if wait < 700 else 0.0
                for rate, wait in zip(touched, waits, strict=True)
            ]

        def fits(logarithm: float) -> bool:
            evicted = rates(math.exp(logarithm))
            held = [
                course.gain / (course.gain + course.expire + rate) if course.gain > 0 else 0.0
                for course, rate in zip(courses, evicted, strict=True)
            ]
            return self.items(held) <= self.room

        low, high = math.log(1e-6), math.log(1e12)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return rates(math.exp(low))

    def _accepted(self, answered: float, outflow: float | None) -> float:
        """The share of new keys that a full memory takes where nothing may be evicted: as many as expire."""
        if self.items(self.held) > self.room * OVERFULL:
            return 0.0
        courses = self.courses(answered)
        if outflow is not None:
            inflow = self.items([course.gain * (1 - course.held) for course in courses])
            return min(1.0, outflow / inflow) if inflow > 0 else 1.0
        if all(course.expire == 0 for course in courses):
            return 0.0
        low, high = 0.0, 1.0
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            fits = self.items(self.steady(self.courses(answered, middle))) <= self.room
            low, high = (middle, high) if fits else (low, middle)
        return low
