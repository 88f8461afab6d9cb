"""What a long quiet time leaves in a cache, and how long a stampede will last: closed forms, for a situation."""

from __future__ import annotations

import math

from opsconsole.cloud.cache_course import fresh_at
from opsconsole.cloud.cache_piece import first
from opsconsole.cloud.cache_situation import Situation


def recovery_us(now: Situation, held: list[float], reads: int, limit: int) -> int | None:
    """How long until a database that answers `limit` misses (both milli/s) is saturated by misses no more.

    0 if it is not; None if it would be for ever. What expires meanwhile is left out: right while that is short
    compared with the TTL, and without jitter up to the TTL. With s the share of misses answered, s dt = dτ makes
    each class 1 - F = (1 - F0) e^-kτ, and the database's work is t = (1/C) Σ K (1 - F0) (1 - e^-kτ).
    """
    missing = [1 - share for share in held]
    speeds = [now.speed(number, reads) for number in range(len(missing))]

    def relieved(tau: float) -> bool:
        held = [1 - share * math.exp(-speed * tau) for share, speed in zip(missing, speeds, strict=True)]
        return reads * now.missed(held) <= limit

    if relieved(0.0):
        return 0
    if limit <= 0 or not now.plan.lazy:
        return None
    tau = first(relieved, 1e-3)
    loaded = now.items([-share * math.expm1(-speed * tau) for share, speed in zip(missing, speeds, strict=True)])
    return round(loaded / limit * 1e9)


def warm_up(now: Situation) -> None:
    """Hold what a long quiet time with these inputs would have left."""
    share = now.answered_for_ever()
    paces = now.paces(share)
    now.full = now.items(now.steady(paces)) > now.room
    if now.full:
        share = now.answered_for_ever()
        paces = now.pressed(share)[0]
    if now.full and not now.plan.evicts and now.plan.ttl_us == 0:
        now.held = _first_come(now)
    else:
        now.held = [held if pace.gain else 0.0 for pace, held in zip(paces, now.steady(paces), strict=True)]
    now.fresh = list(now.held)  # without a TTL it would be stale for ever: take it as loaded a moment ago
    if now.plan.ttl_us:
        fresh = fresh_at(now.courses(paces), math.inf, now.held)
        now.fresh = [min(held, share) for held, share in zip(now.held, fresh, strict=True)]


def _first_come(now: Situation) -> list[float]:
    """A memory that never lets go: whoever came first is in it."""
    speeds = [now.speed(number, now.inputs.reads + now.inputs.writes) for number in range(len(now.held))]

    def filled(tau: float) -> list[float]:
        return [-math.expm1(-speed * tau) for speed in speeds]

    held = filled(first(lambda tau: now.items(filled(tau)) >= now.room, 1e-3))
    return [share * now.room / now.items(held) for share in held]
