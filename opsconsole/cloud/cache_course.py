"""How one class of keys fills and empties between two breakpoints: exponentials of time, never ticks.

With everything that drives it constant, the share F of the keys that is cached and the share Y that is cached and fresh
obey F' = a (1 - F) - h F - e and Y' = alpha + beta F - g Y. Times in seconds, rates per second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

SERIES = 1e-4  # below it the closed forms lose digits, and their series do not
SLOWEST = 1e-9


def decay(x: float) -> float:
    """(1 - e^-x) / x: the mean of e^-u over [0, x]."""
    return 1 - x / 2 if x < SERIES else -math.expm1(-x) / x


def decay_mean(x: float) -> float:
    """(x - 1 + e^-x) / x²: the mean over [0, x] of u / x times `decay(u)`."""
    return 0.5 - x / 6 if x < 100 * SERIES else (x + math.expm1(-x)) / (x * x)


class Pace:
    """How fast the keys of one class come and go, whatever is held of it. Never changed once made: courses share it."""

    __slots__ = (
        *("apart", "counted", "evict", "expire", "fading", "gain"),
        *("in_the_end", "leave", "renew", "slow", "speed", "stale"),
    )

    def __init__(
        self,
        gain: float,  # a: a missing key is loaded
        *,
        evict: float = 0.0,  # theta: a held key is evicted
        expire: float = 0.0,  # eta: a held key expires
        renew: float = 0.0,  # a held key is written through, and fresh again
        stale: float = 0.0,  # a held key is written in the database only
        ripe: float = 1.0,  # how much fresher the keys that expire are than those held
        in_the_end: float = 1.0,  # the share of the keys that expire which is fresh
    ) -> None:
        self.gain = gain
        self.evict = evict
        self.expire = expire
        self.renew = renew
        self.stale = stale
        self.in_the_end = in_the_end
        self.leave = evict + expire
        self.speed = max(gain + self.leave, SLOWEST)  # how fast the class nears its limit
        self.fading = max(renew + stale + evict + expire * ripe, SLOWEST)  # g: how fast fresh keys become fewer
        self.slow, self.apart = min(self.fading, self.speed), abs(self.speed - self.fading)
        self.counted = self  # the same where it is known one by one what expires
        if expire:
            self.counted = Pace(gain, evict=evict, renew=renew, stale=stale, ripe=ripe, in_the_end=in_the_end)


class Course:
    """One class from an anchor on: the shares held and fresh there, and its pace. Never changed once made."""

    __slots__ = ("due", "fresh", "growth", "held", "nearing", "pace", "slope", "speed", "swing")

    def __init__(
        self,
        held: float,
        fresh: float,
        pace: Pace,
        due: float = 0.0,  # e: the share of all keys that expires each second, beside what the pace says
    ) -> None:
        self.held = held
        self.fresh = fresh
        self.pace = pace
        self.due = due
        self.speed = pace.speed
        self.slope = pace.gain * (1 - held) - pace.leave * held - due  # how fast the share held grows at the anchor
        self.nearing = self.slope / pace.speed  # how much it will have grown in the end
        beta = pace.renew - pace.gain
        self.swing = beta * self.nearing
        self.growth = pace.gain - due * pace.in_the_end + beta * held + self.swing  # of what is fresh, in the end

    def held_mean(self, t: float) -> float:
        """The mean over the first `t` seconds of the share held; over an infinite time the limit."""
        held = self.held + (self.nearing if math.isinf(t) else self.slope * t * decay_mean(self.speed * t))
        return 0.0 if held < 0 else 1.0 if held > 1 else held

    def loads(self, edges: list[float]) -> list[float]:
        """The share of the keys loaded or renewed up to each of these times, in seconds, since the one before it."""
        gain, renew = self.pace.gain, self.pace.renew
        loads, start, before = [], 0.0, 0.0
        for end in edges:
            after = self.held_mean(end) * end
            loads.append(max(0.0, gain * (end - start - (after - before)) + renew * (after - before)))
            start, before = end, after
        return loads


def held_at(courses: Iterable[Course], t: float) -> list[float]:
    """The share of each class held after `t` seconds (may be infinite). The innermost loop of every look ahead."""
    shares = []
    for course in courses:
        x = course.speed * t
        if x < SERIES:
            held = course.held + course.slope * t * (1 - x / 2)
        else:
            held = course.held - course.nearing * math.expm1(-x)
        shares.append(0.0 if held < 0 else 1.0 if held > 1 else held)
    return shares


def fresh_at(courses: Iterable[Course], t: float, held: list[float]) -> list[float]:
    """The share of each class held and fresh after `t` seconds, where so much is `held` then."""
    shares = []
    for course, most in zip(courses, held, strict=True):
        if course.pace.stale == 0 and course.fresh == course.held:
            shares.append(most)
            continue
        fresh = _fresh(course, t)
        shares.append(most if fresh > most else 0.0 if fresh < 0 else fresh)
    return shares


def _fresh(course: Course, t: float) -> float:
    """Y(t): what was fresh fades, what comes in fades too, and the more is held, the less of it does come in."""
    pace = course.pace
    g = pace.fading
    if t == math.inf:
        return course.growth / g
    x = g * t
    faded = math.expm1(-x)
    coming = t * (1 - x / 2) if x < SERIES else -faded / g
    x = pace.apart * t
    if x < SERIES:
        both = t * math.exp(-pace.slow * t) * (1 - x / 2)
    else:
        both = abs(faded - math.expm1(-course.speed * t)) / pace.apart
    return course.fresh * (1 + faded) + course.growth * coming - course.swing * both
