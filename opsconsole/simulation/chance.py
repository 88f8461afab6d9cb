"""Chance: every draw comes from a stream with a name, so that adding a node changes nobody else's luck.

Only `random.Random.random()` is used: the library does not promise its other distributions to stay the same. Wobble for
displays is `noise`, a pure hash of a counter; it never enters a book, a meter, an alarm or a verdict.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

# The upper half of the inverse of the normal distribution function, which is symmetric: (probability, deviations).
_NORMAL = (
    (0.5, 0.0), (0.55, 0.125661), (0.6, 0.253347), (0.65, 0.38532), (0.7, 0.524401), (0.75, 0.67449), (0.8, 0.841621),
    (0.85, 1.036433), (0.9, 1.281552), (0.925, 1.439531), (0.95, 1.644854), (0.96, 1.750686), (0.97, 1.880794),
    (0.98, 2.053749), (0.985, 2.17009), (0.99, 2.326348), (0.995, 2.575829), (0.9975, 2.807034), (0.999, 3.090232),
    (0.9995, 3.290527), (0.9999, 3.719016), (1.0, 4.0),
)  # fmt: skip
_PROBABILITIES = tuple(probability for probability, _ in _NORMAL)
_DEVIATIONS_OF_MAX = 1.880794  # a published maximum is taken for the 97th percentile


def inverse_normal(probability: float) -> float:
    """Standard deviations below which the given share (0 to 1) of a normal distribution lies; at most ±4."""
    upper = max(probability, 1.0 - probability)
    k = min(bisect_right(_PROBABILITIES, upper), len(_NORMAL) - 1)
    (p0, z0), (p1, z1) = _NORMAL[k - 1], _NORMAL[k]
    deviation = z0 + (z1 - z0) * (upper - p0) / (p1 - p0)
    return deviation if probability >= 0.5 else -deviation


SELDOM = 3


class Stream:
    """One sequence of draws; made by `Chance.stream`.

    A generator takes 3 KB, and most streams are drawn from once or twice in a run: the first SELDOM draws each make it
    anew, and only the stream of a busy thing keeps it.
    """

    __slots__ = ("_generator", "_names", "_seed", "drawn")

    def __init__(self, seed: int | str, names: tuple[str, ...]) -> None:
        self._seed = seed
        self._names = names
        self.drawn = 0
        """How many numbers have been drawn."""
        self._generator: Callable[[], float] | None = None

    def random(self) -> float:
        """The next number of the sequence, in [0, 1)."""
        self.drawn += 1
        if self._generator is not None:
            return self._generator()
        generator = random.Random(f"{self._seed}:{'/'.join(self._names)}").random
        for _ in range(self.drawn - 1):
            generator()
        if self.drawn > SELDOM:
            self._generator = generator
        return generator()

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1. ValueError unless n is positive."""
        if n < 1:
            raise ValueError(f"there is no whole number from 0 to {n - 1}")
        return int(self.random() * n)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices. ValueError if there are none."""
        return choices[self.below(len(choices))]

    def duration(self, typical_s: float, min_s: float, max_s: float) -> float:
        """Seconds, log-normal: the median is `typical_s` and `max_s` the 97th percentile.

        Never below `min_s` nor above 2 × `max_s`; rounded to microseconds. ValueError unless
        0 <= min <= typical <= max, and typical is positive (or all are 0).
        """
        if not 0 <= min_s <= typical_s <= max_s < math.inf or (typical_s == 0 < max_s):
            raise ValueError(f"a duration needs 0 <= min <= typical <= max: {min_s}, {typical_s}, {max_s} s")
        deviations = inverse_normal(self.random())
        if typical_s == 0:
            return 0.0
        spread = math.log(max_s / typical_s) / _DEVIATIONS_OF_MAX
        drawn_s = typical_s * math.exp(spread * deviations)
        return round(min(max(drawn_s, min_s), 2 * max_s), 6)


class Chance:
    """All the luck of one run."""

    def __init__(self, seed: int | str) -> None:
        self.seed = seed
        self._streams: dict[tuple[str, ...], Stream] = {}

    def stream(self, *names: str) -> Stream:
        """The stream of these names: the same one, as far as it has been drawn from, at every call."""
        stream = self._streams.get(names)
        if stream is None:
            stream = self._streams[names] = Stream(self.seed, names)
        return stream


def noise_key(seed: int | str, *names: str) -> int:
    """The key of one series of noise: make it once, from the seed and what the series is called."""
    text = "/".join((str(seed), *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def noise(key: int, step: int) -> float:
    """The `step`-th number of a series, in [0, 1): splitmix64 of a counter. It depends on nothing else."""
    z = (key + step * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return ((z ^ (z >> 31)) >> 11) * 2.0**-53
