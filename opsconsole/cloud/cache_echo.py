"""Which of the cached keys expire when: the echo of keys that were loaded together.

Each class of keys has one list of bins, `TTL / BINS` wide, from now on: the share of its keys that expires in each, and
how much of that is still fresh. What is loaded now expires a TTL later, spread over the jitter's window. A bin's keys
expire evenly over it, so that resolution is the only error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

BINS = 256


class Run(NamedTuple):
    """A stretch of time over which expiry is as good as constant: its end, and per class all and fresh keys per s."""

    end_us: int
    rates: tuple[float, ...]
    fresh: tuple[float, ...]


class Loads(NamedTuple):
    """What became of one class of keys in a piece of time: per bin that it touched, the share loaded or begun anew."""

    amounts: tuple[float, ...]
    dwindling: float  # rate (1/s) at which cached keys leave their bin by other ways than expiry: begun anew, evicted
    staling: float  # rate (1/s) at which fresh keys become stale


@lru_cache(maxsize=64)
def lifetimes(jitter_permille: int) -> tuple[tuple[int, float], ...]:
    """(bins, share): after how many bins a key expires; the mean is `BINS`."""
    width = min(BINS - 1, round(BINS * jitter_permille / 1000))
    if width == 0:
        return ((BINS, 1.0),)
    share = 1 / (2 * width)
    edge = share / 2
    between = tuple((bins, share) for bins in range(BINS - width + 1, BINS + width))
    return ((BINS - width, edge), *between, (BINS + width, edge))


@lru_cache(maxsize=256)
def even(jitter_permille: int, ageing: float) -> tuple[float, ...]:
    """Keys per bin for loads that are always equal, one per bin; `ageing`: the rate per bin at which they dwindle."""
    lives = lifetimes(jitter_permille)
    due = [0.0] * lives[-1][0]
    for bins, share in lives:
        for bin in range(bins):
            due[bin] += share * math.exp(-ageing * (bins - bin - 0.5))
    return tuple(due)


@dataclass(slots=True)
class _Due:
    """One class: the share of its keys that expires in each bin from the present one on, and what of it is fresh."""

    all: list[float]
    fresh: list[float]

    def scale(self, held: float, fresh: float) -> None:
        """Make the bins add up to what is held."""
        for bins, wanted in ((self.all, held), (self.fresh, fresh)):
            total = 0.0
            for amount in bins:
                total += amount
            factor = wanted / total if total > 0 else 0.0
            for number, amount in enumerate(bins):
                bins[number] = amount * factor


class Echo:
    """The bins of all classes; they begin at `now_us` with loads that have been even for long."""

    def __init__(self, now_us: int, ttl_us: int, jitter_permille: int) -> None:
        self.bin_us = max(1, ttl_us // BINS)
        self.jitter_permille = jitter_permille
        self.since_us = now_us
        self._lives = lifetimes(jitter_permille)
        self._edge_us = now_us  # where the present bin begins
        self._due: list[_Due] = []

    @property
    def horizon_us(self) -> int:
        """How soon a key that is loaded now may expire: no run is longer."""
        return self._lives[0][0] * self.bin_us

    def add_even(self, held: float, fresh: float, dwindling: float, staling: float) -> None:
        """Add a class, of which so many keys are held, evenly loaded so far. Rates per second."""
        bin_s = self.bin_us / 1e6
        due = _Due(
            list(even(self.jitter_permille, dwindling * bin_s)),
            list(even(self.jitter_permille, (dwindling + staling) * bin_s)),
        )
        due.scale(held, fresh)
        self._due.append(due)

    def scale(self, number: int, held: float, fresh: float) -> None:
        """Make a class's bins add up to what is held of it."""
        self._due[number].scale(held, fresh)

    def unevenness(self, number: int, load: float, dwindling: float) -> list[float]:
        """Per bin, how far a class is from what a steady load (share of its keys per s) would have made of it."""
        bin_s = self.bin_us / 1e6
        target = even(self.jitter_permille, dwindling * bin_s)
        # the present bin is partly over, and what is loaded meanwhile is already in the later ones: leave it out
        return [
            amount - load * bin_s * steady
            for amount, steady in zip(self._due[number].all[1:], target[1:], strict=False)
        ]

    def run(
        self, now_us: int, weights: list[float], tolerance: float, dwindling: list[float], staling: list[float]
    ) -> Run:
        """The longest stretch over which expiry, weighted by class, differs by less than a tolerance."""
        first_us = self._edge_us + self.bin_us
        end_us = first_us
        left_s = (first_us - now_us) / 1e6
        bin_s = self.bin_us / 1e6
        sums = [due.all[0] for due in self._due]
        fresh = [due.fresh[0] for due in self._due]
        first = [amount / left_s for amount in sums]
        length = min(len(due.all) for due in self._due)
        last_us = now_us + self.horizon_us
        bin = 1
        while end_us + self.bin_us <= last_us:
            difference = 0.0
            for number, due in enumerate(self._due):
                amount = due.all[bin] if bin < length else 0.0
                difference += weights[number] * abs(amount / bin_s - first[number])
            if difference > tolerance:
                break
            if bin < length:
                for number, due in enumerate(self._due):
                    middle_s = (end_us - now_us) / 1e6 + bin_s / 2
                    sums[number] += due.all[bin] * math.exp(-dwindling[number] * middle_s)
                    fresh[number] += due.fresh[bin] * math.exp(-(dwindling[number] + staling[number]) * middle_s)
            end_us += self.bin_us
            bin += 1
        run_s = (end_us - now_us) / 1e6
        return Run(end_us, tuple(amount / run_s for amount in sums), tuple(amount / run_s for amount in fresh))

    def edges(self, from_us: int, to_us: int) -> list[int]:
        """`from_us`, the edges of bins between, `to_us`."""
        edges = [from_us]
        edge_us = self._edge_us + self.bin_us
        while edge_us < to_us:
            edges.append(edge_us)
            edge_us += self.bin_us
        edges.append(to_us)
        return edges

    def advance(self, edges: list[int], loads: list[Loads]) -> None:
        """Time has passed: what was due is gone, what was loaded between each two edges is due a lifetime later."""
        from_us, to_us = edges[0], edges[-1]
        whole = (to_us - self._edge_us) // self.bin_us
        begun_us = self._edge_us + whole * self.bin_us
        partly = (to_us - max(from_us, begun_us)) / (begun_us + self.bin_us - max(from_us, begun_us))
        for due, load in zip(self._due, loads, strict=True):
            self._book(due, edges, load)
            for bins in (due.all, due.fresh):
                del bins[:whole]
                bins += [0.0] * (self._lives[-1][0] + 1 - len(bins))
                bins[0] *= 1 - partly
        self._edge_us = begun_us

    def _book(self, due: _Due, edges: list[int], load: Loads) -> None:
        passed_s = (edges[-1] - edges[0]) / 1e6
        for bins, rate in ((due.all, load.dwindling), (due.fresh, load.dwindling + load.staling)):
            if rate > 0:
                kept = math.exp(-rate * passed_s)
                for number, amount in enumerate(bins):
                    bins[number] = amount * kept
        needed = self._lives[-1][0] + len(load.amounts) + 1
        for bins in (due.all, due.fresh):
            bins += [0.0] * (needed - len(bins))
        for number, amount in enumerate(load.amounts):
            if amount <= 0:
                continue
            since_s = (edges[-1] - (edges[number] + edges[number + 1]) / 2) / 1e6
            kept = amount * math.exp(-load.dwindling * since_s)
            fresh = kept * math.exp(-load.staling * since_s)
            for bins_later, share in self._lives:
                due.all[number + bins_later] += kept * share
                due.fresh[number + bins_later] += fresh * share
