"""What one part of a cache holds at a moment, what drives it, and what follows for its rates.

What depends on what: the share of misses that the database answers sets the gains, gains and expiry say whether the
memory is too small, and a memory that is full evicts or refuses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from opsconsole.cloud.cache_course import Course, Pace, decay
from opsconsole.cloud.cache_plan import Inputs, KeyClass, Plan
from opsconsole.simulation import crossing

FULL_BAND = 0.95  # a full cache stays full while it holds this share of its memory
OVERFULL = 1.02  # above it a memory holds more than it should, and takes nothing
WITHIN = 1e-12  # how exactly shares, and the logarithm of a patience, are found
PATIENCE = (math.log(1e-6), math.log(1e12))  # logarithms of seconds: between these a key stays that is not asked for


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
    slack: float = 0.0  # by how much its miss share may move before anybody notices

    # -- sums over classes, the most popular first -------------------------------------------------------------

    def keys(self, number: int) -> float:
        """Keys of a class in this part."""
        return self.plan.classes[number].keys * self.part

    def items(self, held: Sequence[float]) -> float:
        """How many keys that is."""
        total = 0.0
        for (keys, _), share in zip(self.plan.classes, held, strict=True):
            total += keys * share
        return total * self.part

    def asked_for(self, held: Sequence[float]) -> float:
        """The share of reads that go to what is held."""
        total = 0.0
        for (_, asked), share in zip(self.plan.classes, held, strict=True):
            total += asked * share
        return total

    def missed(self, held: Sequence[float]) -> float:
        """The share of reads that go to what is not held, without the cancellation of 1 - hits."""
        total = 0.0
        for (_, asked), share in zip(self.plan.classes, held, strict=True):
            total += asked * (1 - share)
        return total

    def speed(self, number: int, rate: int) -> float:
        """How often one key of a class is asked for, per second, when all are at `rate` milli-requests per second."""
        return _speed(self.plan.classes[number], self.part, rate)

    # -- courses ------------------------------------------------------------------------------------------------

    def paces(self, answered: float, accepted: float = 1.0, evict: tuple[float, ...] | None = None) -> tuple[Pace, ...]:
        """Each class from now on, with even expiry; `answered`: the share of missed reads the database answers."""
        one = self.inputs
        loads = answered if self.plan.lazy and one.loads else 0.0
        refreshes = self.plan.through and one.refreshes
        return _paces(self.plan, self.part, one.reads, one.writes, loads, refreshes, accepted, evict)

    def courses(self, paces: tuple[Pace, ...]) -> list[Course]:
        """What is held now, at these paces."""
        return [Course(*one) for one in zip(self.held, self.fresh, paces, strict=True)]

    def steady(self, paces: tuple[Pace, ...]) -> list[float]:
        """The share of each class that these gains and this expiry keep up for ever."""
        return [
            pace.gain / (pace.gain + pace.expire + pace.evict) if pace.gain + pace.expire + pace.evict > 0 else held
            for pace, held in zip(paces, self.held, strict=True)
        ]

    # -- the database's limit -----------------------------------------------------------------------------------

    def answered(self, missed: float) -> float:
        """The share of missed reads answered while that share of reads is missed."""
        limit = self.inputs.limit
        if limit is None:
            return self.inputs.share
        asked = self.inputs.reads * missed
        return min(1.0, limit / asked) if asked > 0 else 1.0

    def answered_for_ever(self) -> float:
        """The share of missed reads answered once loads and expiry are level."""
        limit = self.inputs.limit
        if limit is None:
            return self.inputs.share

        def too_much(share: float) -> float:
            missed = self.missed(self.steady(self.pressed_if_full(self.paces(share), share)[0]))
            return share * self.inputs.reads * missed - limit

        return crossing(too_much, 0.0, 1.0, WITHIN)

    # -- the memory's limit -------------------------------------------------------------------------------------

    def is_full(self, paces: tuple[Pace, ...]) -> bool:
        """Whether the memory has no room for what would come in."""
        if self.plan.all_keys * self.part <= self.room:
            return False
        if self.items(self.held) < self.room * (FULL_BAND if self.full else 1 - 1e-9):
            return False
        return self.items(self.steady(paces)) > self.room

    def pressed(self, answered: float, outflow: float | None = None) -> tuple[tuple[Pace, ...], float]:
        """Paces in a memory that is full, and the share of new keys that it takes.

        `outflow`: keys that expire per second, where that is known better than by even expiry.
        """
        if self.plan.evicts:
            return self.paces(answered, 1.0, self._evictions(self.paces(answered))), 1.0
        accepted = self._accepted(answered, outflow)
        return self.paces(answered, accepted), accepted

    def pressed_if_full(self, paces: tuple[Pace, ...], answered: float) -> tuple[tuple[Pace, ...], float]:
        """These paces while there is room, else those of a full memory; and the share of new keys that it takes."""
        return self.pressed(answered) if self.full else (paces, 1.0)

    def _evictions(self, paces: tuple[Pace, ...]) -> tuple[float, ...]:
        """How fast a held key of each class is evicted: Che's approximation of LRU.

        A key goes when it was not asked for during a time that is the same for all; that time fills the memory.
        """
        written = self.inputs.writes if self.plan.through and self.inputs.refreshes else 0
        touched = [self.speed(number, self.inputs.reads + written) for number in range(len(paces))]
        room = self.room / self.part if self.part else math.inf
        classes = [
            (keys, rate, pace.gain, pace.gain + pace.expire)
            for (keys, _), rate, pace in zip(self.plan.classes, touched, paces, strict=True)
            if pace.gain > 0
        ]

        def overfull(logarithm: float) -> float:
            patience, held = math.exp(logarithm), -room
            for keys, rate, gain, speed in classes:
                held += keys * gain / (speed + _evicted(rate, patience))
            return held

        patience = math.exp(crossing(overfull, *PATIENCE, WITHIN))
        return tuple(_evicted(rate, patience) for rate in touched)

    def _accepted(self, answered: float, outflow: float | None) -> float:
        """The share of new keys that a full memory takes where nothing may be evicted: as many as expire."""
        if self.items(self.held) > self.room * OVERFULL:
            return 0.0
        paces = self.paces(answered)
        if outflow is not None:
            inflow = self.items([pace.gain * (1 - held) for pace, held in zip(paces, self.held, strict=True)])
            return min(1.0, outflow / inflow) if inflow > 0 else 1.0
        if all(pace.expire == 0 for pace in paces):
            return 0.0
        return crossing(
            lambda share: self.items(self.steady(self.paces(answered, share))) - self.room, 0.0, 1.0, WITHIN
        )


# -- what does not depend on what is held: kept, because it is the same from one breakpoint to the next ------------


@lru_cache(maxsize=1024)
def _paces(
    plan: Plan,
    part: float,
    reads: int,
    writes: int,
    loads: float,
    refreshes: bool,
    accepted: float,
    evict: tuple[float, ...] | None,
) -> tuple[Pace, ...]:
    """Each class's pace. `loads`: the share of missed reads that would be loaded; `accepted` of them find room."""
    paces = []
    for number, key_class in enumerate(plan.classes):
        read, written = _speed(key_class, part, reads), _speed(key_class, part, writes)
        through = written * accepted if refreshes else 0.0
        stale = 0.0 if plan.slides else written - through
        renew = read if plan.slides else through
        expire, ripe, in_the_end = _expiry(plan, renew, stale)
        gain, theta = read * loads * accepted + through, evict[number] if evict else 0.0
        one = Pace(gain, evict=theta, expire=expire, renew=renew, stale=stale, ripe=ripe, in_the_end=in_the_end)
        paces.append(one)
    return tuple(paces)


def _evicted(rate: float, patience: float) -> float:
    """How fast keys are evicted that are asked for at that rate, where one goes that is not for so long."""
    wait = rate * patience
    return 1 / patience if wait < 1e-9 else rate / math.expm1(wait) if wait < 700 else 0.0


def _speed(key_class: KeyClass, part: float, rate: int) -> float:
    """How often one key of a class is asked for, per second."""
    keys = key_class.keys * part
    return rate / 1000 * key_class.share / keys if keys > 0 else 0.0


def _expiry(plan: Plan, renewed: float, stale: float) -> tuple[float, float, float]:
    """How fast a held key expires when keys were loaded evenly, how fresh those are compared with all held, and how
    many of those are fresh.

    Of keys that live for exactly T, e^-xT are fresh in the end, x the rate at which they become stale; of all held
    (1 - e^-xT) / xT are. What jitter does is the same with the mean of e^-xT over its window.
    """
    ttl_s, jitter = plan.ttl_us / 1e6, plan.jitter_permille / 1000
    if ttl_s == 0:
        return 0.0, 1.0, 1.0
    x = renewed * ttl_s
    expire = 1 / ttl_s if x < 1e-6 else renewed / math.expm1(x) if x < 700 else 0.0
    x = stale * ttl_s
    in_the_end = math.exp(-x * (1 - jitter)) * decay(2 * x * jitter)
    if jitter == 1 or x < 1e-6:
        return expire, 1.0, in_the_end
    return expire, x * in_the_end / (1 - in_the_end), in_the_end
