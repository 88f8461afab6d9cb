"""How old what reads showed was: the lag of the servers that answered, weighted by what each answered."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.drills.observer import Reads
from opsconsole.drills.result import Staleness

SECOND_US = 1_000_000
SLICES = 16
"""Into so many parts is a stretch cut in which the lag changes: a quantile of it is right to a sixteenth."""


def staleness(reads: Sequence[Reads]) -> Staleness:
    """Percentiles over all reads of one app that a database answered."""
    weights: dict[int, int] = {}
    greatest = 0
    for piece in reads:
        length = piece.ends_us - piece.begins_us
        low, high = piece.lag_us
        greatest = max(greatest, low, high)
        parts = SLICES if low != high else 1
        for number in range(parts):
            lag = low + (high - low) * (2 * number + 1) // (2 * parts)
            weights[lag] = weights.get(lag, 0) + piece.rate * length // parts
    total = sum(weights.values())
    if not total:
        return Staleness()
    stale = sum(weight for lag, weight in weights.items() if lag >= SECOND_US)
    ordered = sorted(weights.items())
    return Staleness(
        p50_s=_quantile(ordered, total, 50) / SECOND_US,
        p95_s=_quantile(ordered, total, 95) / SECOND_US,
        max_s=greatest / SECOND_US,
        stale_percent=100 * stale / total,
    )


def _quantile(ordered: Sequence[tuple[int, int]], total: int, percent: int) -> int:
    below = 0
    for lag, weight in ordered:
        below += weight
        if below * 100 >= total * percent:
            return lag
    return ordered[-1][0]
