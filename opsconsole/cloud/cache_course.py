"""How one class of keys fills and empties between two breakpoints: exponentials of time, never ticks.

With everything that drives it constant, the share F of the keys that is cached and the share Y that is cached and fresh
obey F' = a (1 - F) - h F - e and Y' = alpha + beta F - g Y. Times in seconds, rates per second.
"""

from __future__ import annotations

import math

SERIES = 1e-4  # below it the closed forms lose digits, and their series do not
SLOWEST = 1e-9


def decay(x: float) -> float:
    """(1 - e^-x) / x: the mean of e^-u over [0, x]."""
    return 1 - x / 2 if x < SERIES else -math.expm1(-x) / x


def decay_mean(x: float) -> float:
    """(x - 1 + e^-x) / x²: the mean over [0, x] of u / x times `decay(u)`."""
    return 0.5 - x / 6 if x < 100 * SERIES else (x + math.expm1(-x)) / (x * x)


class Course:
    """One class from an anchor on: the shares held and fresh there, and the rates. Never changed once made."""

    __slots__ = (
        "due",
        "due_fresh",
        "evict",
        "expire",
        "fresh",
        "gain",
        "held",
        "renew",
        "ripe",
        "slope",
        "speed",
        "stale",
    )

    def __init__(
        self,
        held: float,
        fresh: float,
        *,
        gain: float,  # a: a missing key is loaded
        evict: float = 0.0,  # theta: a held key is evicted
        expire: float = 0.0,  # eta: a held key expires; 0 where `due` tells what expires
        due: float = 0.0,  # e: the share of all keys that expires each second
        due_fresh: float = 0.0,
        renew: float = 0.0,  # a held key is written through, and fresh again
        stale: float = 0.0,  # a held key is written in the database only
        ripe: float = 1.0,  # how much fresher the keys that expire are than those held, where `expire` counts them
    ) -> None:
        self.held = held
        self.fresh = fresh
        self.gain = gain
        self.evict = evict
        self.expire = expire
        self.due = due
        self.due_fresh = due_fresh
        self.renew = renew
        self.stale = stale
        self.ripe = ripe
        leave = evict + expire
        self.speed = max(gain + leave, SLOWEST)  # how fast the class nears its limit
        self.slope = gain * (1 - held) - leave * held - due  # how fast the share held grows at the anchor

    def from_share(self, held: float, fresh: float) -> Course:
        """The same rates from other shares on."""
        return self._with(held, fresh, self.expire, self.due, self.due_fresh)

    def expiring(self, due: float, due_fresh: float) -> Course:
        """The same with known amounts that expire, instead of evenly."""
        return self._with(self.held, self.fresh, 0.0, due, due_fresh)

    def _with(self, held: float, fresh: float, expire: float, due: float, due_fresh: float) -> Course:
        return Course(
            held,
            fresh,
            gain=self.gain,
            evict=self.evict,
            expire=expire,
            due=due,
            due_fresh=due_fresh,
            renew=self.renew,
            stale=self.stale,
            ripe=self.ripe,
        )

    def held_at(self, t: float) -> float:
        """The share held after `t` seconds (may be infinite)."""
        x = self.speed * t
        if x < SERIES:
            held = self.held + self.slope * t * (1 - x / 2)
        else:
            held = self.held - self.slope / self.speed * math.expm1(-x)
        return 0.0 if held < 0 else 1.0 if held > 1 else held

    def held_mean(self, t: float) -> float:
        """Its mean over the first `t` seconds; over an infinite time the limit."""
        if math.isinf(t):
            return self.held_at(t)
        return self._clip(self.held + self.slope * t * decay_mean(self.speed * t))

    def fresh_at(self, t: float) -> float:
        """The share held and fresh after `t` seconds."""
        if self.stale == 0 and self.fresh == self.held:
            return self.held_at(t)
        alpha, beta = self.gain - self.due_fresh, self.renew - self.gain
        g = max(self.renew + self.stale + self.evict + self.expire * self.ripe, SLOWEST)
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
