"""One piece of a cache's life: from what it holds and what drives it now, the rates until somebody must look again.

Pure functions of a `Situation`. Each class of keys is an exponential of time (`cache_course`); its mean over the coming
step is the rate of that step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from opsconsole.cloud.cache_course import Course, Pace, fresh_at, held_at
from opsconsole.cloud.cache_echo import Echo, Run
from opsconsole.cloud.cache_plan import MILLION
from opsconsole.cloud.cache_situation import OVERFULL, Situation

STEP = 0.04  # of the miss share, per step: within it the rate is off by 1 % in the mean, over it by nothing
FINEST = 1e-4  # moves of the miss share below this do not matter, nor those below a step of what is usual
STALE_STEP = 0.06  # of the hits: what is stale halfway through a step is its mean to a tenth of that
SOONEST_S = 0.05
WAY = 0.7  # of the way to its limit is the most that a course goes in one step, however little anybody notices of it
STEP_WITHIN = 0.05  # of a step's length: finer looks for its end cost more than they are worth
LATEST_S = 1e12
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


class Piece(NamedTuple):
    """Everything about the time from a breakpoint to the next."""

    at_us: int
    courses: tuple[Course, ...]
    full: bool
    next_us: int | None
    rates: Rates

    def held_at(self, t_us: int) -> list[float]:
        """The share of each class that is held."""
        return held_at(self.courses, max(0, t_us - self.at_us) / 1e6)

    def shares_at(self, t_us: int) -> tuple[list[float], list[float]]:
        """The share of each class that is held, and the share that is held and fresh."""
        held = self.held_at(t_us)
        return held, fresh_at(self.courses, max(0, t_us - self.at_us) / 1e6, held)


def begin(now: Situation, now_us: int, echo: Echo | None) -> Piece:
    """The piece that begins now."""
    answered = now.answered(now.missed(now.held))
    now.full = now.is_full(now.paces(answered))
    now.usual = now.missed(now.steady(now.pressed_if_full(now.paces(1.0), 1.0)[0]))
    if echo is None:
        for_ever = now.answered_for_ever()
        paces, accepted = now.pressed_if_full(now.paces(for_ever), for_ever)
        courses = now.courses(paces)
        if not _Watch(now, courses).calls(FOREVER):
            return _piece(now, now_us, courses, for_ever, accepted, None)
    passes = 1 if now.inputs.limit is None else PASSES
    while True:
        courses, accepted, end_us = _expiring(now, now_us, answered, echo)
        longest = FOREVER if end_us is None else (end_us - now_us) / 1e6
        step = _step(now, courses, longest)
        passes -= 1
        if not passes:
            break
        answered = now.answered(now.missed([course.held_mean(step) for course in courses]))
    next_us = end_us if step == longest else now_us + max(1, round(step * 1e6))
    return _piece(now, now_us, courses, answered, accepted, next_us)


def _expiring(
    now: Situation, now_us: int, answered: float, echo: Echo | None
) -> tuple[list[Course], float, int | None]:
    """Courses with what is due to expire; until when that is so."""
    paces, accepted = now.pressed_if_full(now.paces(answered), answered)
    if echo is None:
        return now.courses(paces), accepted, None
    run = _run(now, now_us, answered, paces, echo)
    if now.full and not now.plan.evicts:
        paces, accepted = now.pressed(answered, now.items(run.rates))
    courses = [
        Course(held, fresh, pace.counted, due)
        for held, fresh, pace, due in zip(now.held, now.fresh, paces, run.rates, strict=True)
    ]
    return courses, accepted, run.end_us


def _run(now: Situation, now_us: int, answered: float, paces: tuple[Pace, ...], echo: Echo) -> Run:
    """How long expiry is as good as constant. What expires is missed once: that is what it is weighed by."""
    reads = max(now.inputs.reads, 1) / 1000 * max(answered, 1e-3)
    weights = [now.keys(number) / reads for number in range(len(paces))]
    leaving = [pace.renew + pace.evict for pace in paces]
    return echo.run(now_us, weights, _tolerance(now, now.missed(now.held)), leaving)


class _Watch:
    """Tells when so much is different from the anchor of these courses that somebody must look."""

    def __init__(self, now: Situation, courses: list[Course]) -> None:
        self.now = now
        self.courses = courses
        self.missed = now.missed(now.held)
        way = abs(now.missed(held_at(courses, FOREVER)) - self.missed)
        self.tolerance = _tolerance(now, self.missed, way * WAY)
        self.fits = now.plan.all_keys * now.part < now.room  # all of it: then the memory never matters
        self.stale = _stale(now, now.held, now.fresh)
        # No share moves faster than that. It spares four looks of ten at what is held.
        self.held_rate = now.asked_for([abs(course.slope) for course in courses])

    def calls(self, t: float) -> bool:
        """Whether it is so after `t` seconds."""
        return self.moves(t) or self.ages(t)

    def moves(self, t: float) -> bool:
        """Whether it is so because of what is held."""
        if self.fits and self.held_rate * t < self.tolerance:
            return False
        now, held = self.now, held_at(self.courses, t)
        if abs(now.missed(held) - self.missed) > self.tolerance:
            return True
        if self.fits:
            return False
        before, then = now.items(now.held), now.items(held)
        return (not now.full and before < now.room <= then) or then < now.room * OVERFULL < before

    def ages(self, t: float) -> bool:
        """Whether it is so because more of what is held is stale, or less."""
        held = held_at(self.courses, t)
        return abs(_stale(self.now, held, fresh_at(self.courses, t, held)) - self.stale) > STALE_STEP


def _tolerance(now: Situation, missed: float, most: float = FOREVER) -> float:
    """By how much the miss share may move before somebody must look; what nobody notices counts up to `most`."""
    return max(FINEST, STEP * missed, STEP * now.usual, min(now.slack, most))


def _stale(now: Situation, held: list[float], fresh: list[float]) -> float:
    hits = now.asked_for(held)
    return max(0.0, hits - now.asked_for(fresh)) / hits if hits > FINEST else 0.0


def _step(now: Situation, courses: list[Course], longest: float) -> float:
    """How many seconds until somebody must look, `longest` at the most."""
    watch, step = _Watch(now, courses), longest
    for calls in (watch.moves, watch.ages):  # one after the other: what is stale is dearer to find out, and calls less
        if step > SOONEST_S and calls(step):
            step = first(calls, SOONEST_S, step, STEP_WITHIN)
    return step


def _piece(
    now: Situation, now_us: int, courses: list[Course], answered: float, accepted: float, next_us: int | None
) -> Piece:
    t = FOREVER if next_us is None else (next_us - now_us) / 1e6
    held = [course.held_mean(t) for course in courses]
    reads = now.inputs.reads
    misses = min(reads, round(reads * now.missed(held)))
    hits = reads - misses
    limit = now.inputs.limit
    served = round(misses * now.inputs.share) if limit is None else min(misses, limit)
    halfway = held_at(courses, t / 2)
    stale = _stale(now, halfway, fresh_at(courses, t / 2, halfway))
    fills, evicted, expired = 0.0, 0.0, 0.0
    for (keys, _), course, share in zip(now.plan.classes, courses, held, strict=True):
        fills += keys * course.pace.gain * (1 - share)
        evicted += keys * course.pace.evict * share
        expired += keys * (course.pace.expire * share + course.due)
    sets = (served if now.plan.lazy and now.inputs.loads else 0) + (
        now.inputs.writes if now.plan.through and now.inputs.refreshes else 0
    )
    return Piece(
        now_us,
        tuple(courses),
        now.full,
        next_us,
        Rates(
            reads=reads,
            hits=hits,
            misses=misses,
            stale=min(hits, round(hits * stale)),
            answered=served,
            fills=round(fills * now.part * 1000),
            evictions=round(evicted * now.part * 1000),
            expiries=round(expired * now.part * 1000),
            refusals=round(sets * (1 - accepted)),
        ),
    )


def first(holds: Callable[[float], bool], least: float, longest: float = FOREVER, within: float = 0.01) -> float:
    """The first time from `least` on at which something holds, `within` a share of it; it is looked for by doubling."""
    low, high = 0.0, least
    while not holds(high) and high < LATEST_S:
        low, high = high, high * 2
        if high >= longest:
            high = longest
            break
    while high - low > max(least, low) * within and high > least:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
