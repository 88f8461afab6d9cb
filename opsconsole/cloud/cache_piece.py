"""One piece of a cache's life: from what it holds and what drives it now, the rates until somebody must look again.

Pure functions of a `Situation`. What depends on what: the share of misses that the database answers sets the gains,
gains and expiry say whether the memory is too small, a memory that is full evicts or refuses, and then each class is an
exponential of time (`cache_course`) whose mean over the coming step is the rate of that step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from opsconsole.cloud.cache_course import Course, decay
from opsconsole.cloud.cache_echo import Echo, Run
from opsconsole.cloud.cache_plan import MILLION, Inputs, Plan

STEP = 0.03  # of the miss share, per step: within it the rate is off by 0.75 % in the mean, over it by nothing
FINEST = 1e-4  # moves of the miss share below this do not matter, nor those below a step of what is usual
STALE_STEP = 0.02  # of the hits
SOONEST_S = 0.05
FULL_BAND = 0.95  # a full cache stays full while it holds this share of its memory
OVERFULL = 1.02  # above it a memory holds more than it should, and takes nothing
BISECTIONS = 50
PASSES = 3  # for the share answered over a step, which depends on the step
FOREVER = math.inf


class Rates(NamedTuple):
    """What happens until the next change, as means in milli-things per second."""

    reads: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0  # hits on keys that were written in the database since
    answered: int = 0  # misses that the database answers; for sessions: users who log in again
    fills: int = 0  # keys that come in
    evictions: int = 0
    expiries: int = 0  # AWS's metric `Reclaimed`
    refusals: int = 0  # sets refused with OOM

    @property
    def hit_ppm(self) -> int:
        """Hits per million reads."""
        return self.hits * MILLION // self.reads if self.reads else 0

    @property
    def stale_ppm(self) -> int:
        """Stale hits per million hits."""
        return self.stale * MILLION // self.hits if self.hits else 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Everything about the time from a breakpoint to the next."""

    at_us: int
    courses: tuple[Course, ...]
    full: bool
    next_us: int | None
    rates: Rates

    def held_at(self, t_us: int) -> list[float]:
        """The share of each class that is held."""
        return [course.held_at((t_us - self.at_us) / 1e6) for course in self.courses]

    def fresh_at(self, t_us: int) -> list[float]:
        """The share of each class that is held and fresh."""
        return [course.fresh_at((t_us - self.at_us) / 1e6) for course in self.courses]


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
            missed = self.missed(self.steady(self._pressed(self.courses(share), share)[0]))
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

    def _pressed(self, courses: list[Course], answered: float) -> tuple[list[Course], float]:
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

    # -- the piece ----------------------------------------------------------------------------------------------

    def begin(self, now_us: int, echo: Echo | None) -> Piece:
        """The piece that begins now."""
        answered = self.answered(self.missed(self.held))
        freely = self.courses(1.0)
        self.full = self.is_full(self.courses(answered))
        self.usual = self.missed(self.steady(self._pressed(freely, 1.0)[0]))
        if echo is None:
            for_ever = self.answered_for_ever()
            courses, accepted = self._pressed(self.courses(for_ever), for_ever)
            if not self._moved(courses, FOREVER):
                return self._piece(now_us, courses, for_ever, accepted, None)
        passes = 1 if self.inputs.limit is None else PASSES
        while True:
            courses, accepted, end_us = self._expiring(now_us, answered, echo)
            longest = FOREVER if end_us is None else (end_us - now_us) / 1e6
            step = self._step(courses, longest)
            passes -= 1
            if not passes:
                break
            answered = self.answered(self.missed([course.held_mean(step) for course in courses]))
        next_us = end_us if step == longest else now_us + max(1, round(step * 1e6))
        return self._piece(now_us, courses, answered, accepted, next_us)

    def _expiring(self, now_us: int, answered: float, echo: Echo | None) -> tuple[list[Course], float, int | None]:
        """Courses with what is due to expire; until when that is so."""
        courses, accepted = self._pressed(self.courses(answered), answered)
        if echo is None:
            return courses, accepted, None
        run = self._run(now_us, answered, courses, echo)
        if self.full and not self.plan.evicts:
            courses, accepted = self.pressed(answered, self.items(list(run.rates)))
        courses = [
            course.expiring(due, min(due, fresh))
            for course, due, fresh in zip(courses, run.rates, run.fresh, strict=True)
        ]
        return courses, accepted, run.end_us

    def _run(self, now_us: int, answered: float, courses: list[Course], echo: Echo) -> Run:
        """How long expiry is as good as constant: what expires is missed once, so that is what it is weighed by."""
        reads = max(self.inputs.reads, 1) / 1000 * max(answered, 1e-3)
        weights = [self.keys(number) / reads for number in range(len(courses))]
        leaving = [course.renew + course.evict for course in courses]
        tolerance = self._tolerance(self.missed(self.held))
        return echo.run(now_us, weights, tolerance, leaving, [course.stale for course in courses])

    def _moved(self, courses: list[Course], t: float) -> bool:
        """Whether after `t` seconds so much is different that somebody must look."""
        held = [course.held_at(t) for course in courses]
        missed = self.missed(self.held)
        if abs(self.missed(held) - missed) > self._tolerance(missed):
            return True
        now, then = self.items(self.held), self.items(held)
        if (not self.full and now < self.room <= then) or then < self.room * OVERFULL < now:
            return True
        return abs(
            self._stale(held, [course.fresh_at(t) for course in courses]) - self._stale(self.held, self.fresh)
        ) > (STALE_STEP)

    def _tolerance(self, missed: float) -> float:
        """By how much the miss share may move before somebody must look."""
        return max(FINEST, STEP * missed, STEP * self.usual)

    def _stale(self, held: list[float], fresh: list[float]) -> float:
        hits = self.asked_for(held)
        return max(0.0, hits - self.asked_for(fresh)) / hits if hits > FINEST else 0.0

    def _step(self, courses: list[Course], longest: float) -> float:
        """How many seconds until somebody must look, `longest` at the most."""
        if longest <= SOONEST_S or not self._moved(courses, longest):
            return longest
        return first(lambda t: self._moved(courses, t), SOONEST_S, longest)

    def _piece(
        self, now_us: int, courses: list[Course], answered: float, accepted: float, next_us: int | None
    ) -> Piece:
        t = FOREVER if next_us is None else (next_us - now_us) / 1e6
        held = [course.held_mean(t) for course in courses]
        reads = self.inputs.reads
        misses = min(reads, round(reads * self.missed(held)))
        hits = reads - misses
        limit = self.inputs.limit
        served = misses if limit is None else min(misses, limit)
        middle = [course.fresh_at(t / 2) for course in courses], [course.held_at(t / 2) for course in courses]
        stale = self._stale(middle[1], middle[0])
        fills = self.items([course.gain * (1 - share) for course, share in zip(courses, held, strict=True)])
        evicted = self.items([course.evict * share for course, share in zip(courses, held, strict=True)])
        expired = self.items([course.expire * share + course.due for course, share in zip(courses, held, strict=True)])
        sets = (served if self.plan.lazy and self.inputs.loads else 0) + (
            self.inputs.writes if self.plan.through and self.inputs.refreshes else 0
        )
        return Piece(
            now_us,
            tuple(courses),
            self.full,
            next_us,
            Rates(
                reads=reads,
                hits=hits,
                misses=misses,
                stale=min(hits, round(hits * stale)),
                answered=served,
                fills=round(fills * 1000),
                evictions=round(evicted * 1000),
                expiries=round(expired * 1000),
                refusals=round(sets * (1 - accepted)),
            ),
        )


def first(holds: Callable[[float], bool], least: float, longest: float = FOREVER) -> float:
    """The first of the times from `least` on at which something holds, to 1 %; it is looked for by doubling."""
    low, high = 0.0, least
    while not holds(high):
        low, high = high, high * 2
        if high >= longest:
            high = longest
            break
    while high - low > max(least, low) / 100 and high > least:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
