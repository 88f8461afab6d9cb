"""Which of the cached keys expire when: the echo of keys that were loaded together.

Each class of keys has one list of bins, `TTL / BINS` wide, from now on: the share of its keys that expires in each.
What is loaded now expires a TTL later, spread over the jitter's window. A bin's keys expire evenly over it, so that
resolution is the only error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache, reduce
from operator import add
from typing import NamedTuple

BINS = 64
LONGEST_RUN = BINS // 4  # bins; and where such a run could end is the same for all caches of a TTL: one look for all
SMALLEST = 1e-100  # of a factor, before what it stands for is written out


class Run(NamedTuple):
    """A stretch of time over which expiry is as good as constant: its end, and keys per second of each class."""

    end_us: int
    rates: tuple[float, ...]


class Loads(NamedTuple):
    """What became of one class of keys in a piece of time: per bin that it touched, the share loaded or begun anew."""

    amounts: list[float]
    dwindling: float  # rate (1/s) at which cached keys leave their bin by other ways than expiry: begun anew, evicted


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


class _Bins:
    """What of one class expires in each bin from the present one on, and what was loaded in the present one.

    All of it dwindles alike, so that is one factor for all bins; `amounts` and `loaded` are to be multiplied by it.
    """

    __slots__ = ("amounts", "factor", "loaded")

    def __init__(self, amounts: list[float], loaded: float) -> None:
        self.amounts = amounts
        self.loaded = loaded
        self.factor = 1.0

    def dwindle(self, kept: float) -> None:
        self.factor *= kept
        if self.factor < SMALLEST:
            self.amounts = [amount * self.factor for amount in self.amounts]
            self.loaded *= self.factor
            self.factor = 1.0

    def fit(self, wanted: float) -> None:
        """Make everything add up to what is held."""
        total = reduce(add, self.amounts, self.loaded)
        if total < SMALLEST or wanted <= 0:
            # Nothing is left of what was loaded before: whatever is held has been loaded, or renewed, just now.
            self.amounts, self.loaded, total = [0.0] * len(self.amounts), max(0.0, wanted), wanted
        self.factor = wanted / total if wanted > 0 else 1.0
        self.dwindle(1.0)

    def close(self, lives: tuple[tuple[int, float], ...]) -> None:
        """The present bin is over: what was loaded in it expires when its lifetime is over."""
        del self.amounts[0]
        self.amounts += [0.0] * (lives[-1][0] - len(self.amounts))
        if self.loaded > 0:
            soonest, latest = lives[0][0] - 1, lives[-1][0]
            edge = self.loaded * lives[0][1]
            if len(lives) == 1:
                self.amounts[soonest] += edge
            else:
                between = self.loaded * lives[1][1]
                self.amounts[soonest] += edge
                self.amounts[soonest + 1 : latest - 1] = [
                    amount + between for amount in self.amounts[soonest + 1 : latest - 1]
                ]
                self.amounts[latest - 1] += edge
            self.loaded = 0.0


class Echo:
    """The bins of all classes, and when they were disturbed last (`since_us`)."""

    def __init__(self, now_us: int, ttl_us: int, jitter_permille: int) -> None:
        self.bin_us = max(1, ttl_us // BINS)
        self.jitter_permille = jitter_permille
        self.since_us = now_us
        self._lives = lifetimes(jitter_permille)
        self._edge_us = now_us - now_us % self.bin_us  # where the present bin begins
        self._over = (now_us - self._edge_us) / self.bin_us  # the share of it that was over at first
        self._classes: list[_Bins] = []

    def add_even(self, held: float, dwindling: float) -> None:
        """Add a class, of which so many keys are held, evenly loaded so far. The rate is per second."""
        amounts = list(even(self.jitter_permille, dwindling * self.bin_us / 1e6))
        amounts[0] *= 1 - self._over
        self._classes.append(_Bins(amounts, loaded=self._over))
        self.fit(len(self._classes) - 1, held)

    def fit(self, number: int, held: float) -> None:
        """Make a class's bins add up to what is held of it."""
        self._classes[number].fit(held)

    def waves(self, keys: list[float], loads: list[float], dwindling: list[float]) -> Iterator[float]:
        """The largest wave in any bin: by how many keys the classes are from what steady loads would have made of them.

        First with the last class alone, then with one more each time; so it grows. `loads` are shares of each class's
        keys per second. The present bin is left out: it is partly over.
        """
        bin_s = self.bin_us / 1e6
        waves: list[float] = []
        for number in reversed(range(len(keys))):
            bins, target = self._classes[number], even(self.jitter_permille, dwindling[number] * bin_s)
            scale, load = keys[number] * bins.factor, keys[number] * loads[number] * bin_s
            pairs = zip(bins.amounts[1:], target[1:], strict=False)
            uneven = [abs(amount * scale - load * steady) for amount, steady in pairs]
            longer, shorter = (uneven, waves) if len(uneven) > len(waves) else (waves, uneven)
            waves = [*map(add, longer, shorter), *longer[len(shorter) :]]
            yield max(waves)

    def run(self, now_us: int, weights: list[float], tolerance: float, dwindling: list[float]) -> Run:
        """The longest stretch over which expiry, weighted by class, differs by less than a tolerance."""
        bin_s = self.bin_us / 1e6
        end_us = self._edge_us + self.bin_us
        left_s = (end_us - now_us) / 1e6
        scales = [weight * one.factor for weight, one in zip(weights, self._classes, strict=True)]
        bins = [one.amounts for one in self._classes]
        first = [amounts[0] / left_s * bin_s for amounts in bins]
        last, line = 1, LONGEST_RUN - self._edge_us // self.bin_us % LONGEST_RUN
        while last < min(line, self._lives[0][0]):
            difference = 0.0
            for scale, amounts, present in zip(scales, bins, first, strict=True):
                difference += scale * abs(amounts[last] - present)
            if difference > tolerance * bin_s:
                break
            last += 1
        run_s = left_s + (last - 1) * bin_s
        rates = [
            self._mean(one, last, left_s, leaving) / run_s
            for one, leaving in zip(self._classes, dwindling, strict=True)
        ]
        return Run(end_us + (last - 1) * self.bin_us, tuple(rates))

    def _mean(self, bins: _Bins, last: int, left_s: float, leaving: float) -> float:
        """What of the first bins will expire, less what leaves them sooner."""
        bin_s = self.bin_us / 1e6
        total = bins.amounts[0]
        if last == 1:
            return total * bins.factor
        stays, each = math.exp(-leaving * (left_s + 0.5 * bin_s)), math.exp(-leaving * bin_s)
        for amount in bins.amounts[1:last]:
            total += amount * stays
            stays *= each
        return total * bins.factor

    def edges(self, from_us: int, to_us: int) -> list[int]:
        """`from_us`, the edges of bins between, `to_us`."""
        return [from_us, *range(self._edge_us + self.bin_us, to_us, self.bin_us), to_us]

    def advance(self, edges: list[int], loads: list[Loads]) -> None:
        """Time has passed: what was due is gone, what was loaded between each two edges is due a lifetime later."""
        for number, load in enumerate(loads):
            self._advance(self._classes[number], edges, load.amounts, load.dwindling)
        self._edge_us += (edges[-1] - self._edge_us) // self.bin_us * self.bin_us

    def _advance(self, bins: _Bins, edges: list[int], amounts: list[float], leaving: float) -> None:
        end_us = self._edge_us + self.bin_us
        passed_us, stay, stay_half = -1, 1.0, 1.0
        for from_us, to_us, amount in zip(edges, edges[1:], amounts, strict=False):
            if leaving:
                if to_us - from_us != passed_us:  # most stretches are whole bins
                    passed_us = to_us - from_us
                    stay, stay_half = math.exp(-leaving * passed_us / 1e6), math.exp(-leaving * passed_us / 2e6)
                bins.dwindle(stay)
                amount *= stay_half
            bins.loaded += amount / bins.factor
            if to_us == end_us:
                bins.close(self._lives)
                end_us += self.bin_us
            else:
                bins.amounts[0] *= (end_us - to_us) / (end_us - from_us)
