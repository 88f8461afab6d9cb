"""Continuous facts over virtual time: linear pieces between breakpoints, in integers, evaluated by whoever looks.

A value is in nano-things and a rate in milli-things per second, so that `rate × microseconds` *is* the change in value:
400 writes/s is the rate 400_000, and after 1 µs the curve stands 400_000 higher. Sums are exact, and the rule is:
anchors are laid where something changes and never where somebody looks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


class Curve:
    """A piecewise linear function of virtual time (µs); it continues at its last rate for ever.

    A jump belongs to the instant at which it happens: `at(t)` already includes it.
    """

    __slots__ = ("_falls", "_rates", "_times", "_values")

    def __init__(self, value: int = 0, rate: int = 0, at_us: int = 0) -> None:
        self._times = [at_us]
        self._values = [value]
        self._rates = [rate]
        self._falls = rate < 0

    @property
    def breakpoints(self) -> tuple[tuple[int, int, int], ...]:
        """The pieces that are known: (begins at µs, value there, rate from there)."""
        return tuple(zip(self._times, self._values, self._rates, strict=True))

    @property
    def known_from_us(self) -> int:
        """The earliest time that the curve answers for; before it, it gives the first value that is known."""
        return self._times[0]

    def set_rate(self, now_us: int, rate: int) -> None:
        """Go on at another rate (milli-things per second). ValueError if `now_us` is before the last breakpoint."""
        self._anchor(now_us, 0, rate)

    def jump(self, now_us: int, delta: int) -> None:
        """Add `delta` nano-things at once. ValueError if `now_us` is before the last breakpoint."""
        self._anchor(now_us, delta, self._rates[-1])

    def at(self, t_us: int) -> int:
        """The value at a time, in nano-things."""
        k = bisect_right(self._times, t_us) - 1
        return self._values[k] + self._rates[k] * (t_us - self._times[k]) if k >= 0 else self._values[0]

    def rate_at(self, t_us: int) -> int:
        """The rate from a time on, in milli-things per second; 0 before the curve is known."""
        k = bisect_right(self._times, t_us) - 1
        return self._rates[k] if k >= 0 else 0

    def when(self, value: int, now_us: int) -> int | None:
        """The latest microsecond, not after `now_us`, at which the curve was at or below a value.

        For a curve that never falls this is its inverse: the time at which it left the value behind. A stretch in which
        it rested at the value counts up to its end (an idle writer makes no lag). None if it was above the value as far
        back as is known.
        """
        times, values, rates = self._times, self._values, self._rates
        k = bisect_right(times, now_us) - 1
        if not self._falls:
            k = min(k, bisect_right(values, value) - 1)
        while k >= 0:
            last_us = now_us if k + 1 == len(times) else min(now_us, times[k + 1] - 1)
            excess = values[k] + rates[k] * (last_us - times[k]) - value
            if excess <= 0:
                return last_us
            if values[k] <= value:  # so the rate is positive
                return times[k] + (value - values[k]) // rates[k]
            k -= 1
        return None

    def reaches(self, value: int, now_us: int) -> int | None:
        """The first microsecond, from `now_us` on, at which the last piece meets or crosses a value; None if never.

        A prediction that holds until the next change: schedule it, and predict again when the rate changes.
        """
        missing, rate = value - self.at(now_us), self.rate_at(now_us)
        if missing == 0:
            return now_us
        if missing * rate <= 0:
            return None
        return now_us - (-abs(missing) // abs(rate))

    def breaks_between(self, after_us: int, before_us: int) -> list[int]:
        """The times of the breakpoints strictly between two times, in order."""
        return self._times[bisect_right(self._times, after_us) : bisect_left(self._times, before_us)]

    def __len__(self) -> int:
        """How many pieces are known."""
        return len(self._times)

    def fold(self, before_us: int, keep: Sequence[int] = ()) -> None:
        """Forget the pieces that end at or before a time; from that time on all answers stay the same.

        Of what lies before it the values at the times in `keep` (in order) stay right, and nothing between them. The
        last piece but one stays, too: a curve that has come to rest still tells when that was.
        """
        folded = min(bisect_right(self._times, before_us) - 1, len(self._times) - 2)
        if folded <= 0:
            return
        kept = [t for t in keep if t < self._times[folded]]
        values, rates = [self.at(t) for t in kept], [self.rate_at(t) for t in kept]
        self._times[:folded], self._values[:folded], self._rates[:folded] = kept, values, rates

    def _anchor(self, now_us: int, delta: int, rate: int) -> None:
        times, values, rates = self._times, self._values, self._rates
        if now_us < times[-1]:
            raise ValueError(f"a curve cannot change at {now_us} µs: its last breakpoint is at {times[-1]} µs")
        if delta == 0 and rate == rates[-1]:
            return
        value = values[-1] + rates[-1] * (now_us - times[-1]) + delta
        self._falls = self._falls or rate < 0 or delta < 0
        if now_us == times[-1]:
            values[-1], rates[-1] = value, rate
        else:
            times.append(now_us)
            values.append(value)
            rates.append(rate)
