"""How one class of keys fills and empties between two breakpoints: exponentials of time, never ticks.

With everything that drives it constant, the share F of the keys that is cached and the share Y that is cached and fresh
obey F' = a (1 - F) - h F - e and Y' = alpha + beta F - g Y. Times in seconds, rates per second.
"""

from __future__ import annotations

import math
from typing import NamedTuple

SERIES = 1e-4  # below it the closed forms lose digits, and their series do not
SLOWEST = 1e-9


def decay(x: float) -> float:
    """(1 - e^-x) / x: the mean of e^-u over [0, x]."""
    return 1 - x / 2 if x < SERIES else -math.expm1(-x) / x


def decay_mean(x: float) -> float:
    """(x - 1 + e^-x) / x²: the mean over [0, x] of u / x times `decay(u)`."""
    return 0.5 - x / 6 if x < 100 * SERIES else (x + math.expm1(-x)) / (x * x)


class Course(NamedTuple):
    """One class from an anchor on: shares held and fresh there, and the rates."""

    held: float
    fresh: float
    gain: float  # a: a missing key is loaded
    evict: float  # theta: a held key is evicted
    expire: float  # eta: a held key expires; 0 while `due` tells what expires
    due: float  # e: the share of all keys that expires each second
    due_fresh: float
    renew: float  # a held key is written through, and fresh again
    stale: float  # a held key is written in the database only
    fresh_end: float  # the share of expiring keys that are fresh, where `expire` counts them; -1: as of all held

    @property
    def speed(self) -> float:
        """The rate at which the class nears its limit."""
        return max(self.gain + self.evict + self.expire, SLOWEST)

    @property
    def slope(self) -> float:
        """How fast the share held grows at the anchor."""
        return self.gain * (1 - self.held) - (self.evict + self.expire) * self.held - self.due

    def held_at(self, t: float) -> float:
        """The share held after `t` seconds (may be infinite)."""
        speed = self.speed
        if math.isinf(t):
            return self._clip(self.held + self.slope / speed)
        return self._clip(self.held + self.slope * t * decay(speed * t))

    def held_mean(self, t: float) -> float:
        """Its mean over the first `t` seconds; over an infinite time the limit."""
        if math.isinf(t):
            return self.held_at(t)
        return self._clip(self.held + self.slope * t * decay_mean(self.speed * t))

    def fresh_at(self, t: float) -> float:
        """The share held and fresh after `t` seconds."""
        if self.stale == 0 and self.fresh == self.held:
            return self.held_at(t)
        ageing = self.fresh_end < 0
        beta = self.renew - self.gain - (0.0 if ageing else self.expire * self.fresh_end)
        alpha = self.gain - self.due_fresh
        g = max(self.renew + self.stale + self.evict + (self.expire if ageing else 0.0), SLOWEST)
        speed = self.speed
        limit = self.held + self.slope / speed
        if math.isinf(t):
            return max(0.0, min((alpha + beta * limit) / g, self.held_at(t)))
        transient = (self.held - limit) * t * math.exp(-min(g, speed) * t) * decay(abs(speed - g) * t)
        fresh = self.fresh * math.exp(-g * t) + (alpha + beta * limit) * t * decay(g * t) + beta * transient
        return max(0.0, min(fresh, self.held_at(t)))

    def loaded(self, start: float, end: float) -> float:
        """The share of the keys loaded or renewed from `start` to `end` seconds after the anchor."""
        held = self.held_mean(end) * end - self.held_mean(start) * start
        return max(0.0, self.gain * (end - start - held) + self.renew * held)

    @staticmethod
    def _clip(share: float) -> float:
        return 0.0 if share < 0 else 1.0 if share > 1 else share
