"""What an app saw, counted: due, ok, unknown and stale requests as exact integers.

Rates are milli-requests per second and times microseconds, so every total is a whole number of nano-requests. What is
neither ok nor unknown has failed: due = ok + failed + unknown, always, to the last unit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

REQUEST = 1_000_000_000  # nano-requests in one request
KEEP_US = 3600 * 1_000_000
FOLD_EVERY = 512


class Flow(NamedTuple):
    """Rates in milli-requests per second, or totals in nano-requests; the same seven numbers either way.

    `writes_wrong` are those of the writes that ended ok which a bad deploy made wrong: nobody is told.
    """

    writes_due: int = 0
    writes_ok: int = 0
    writes_unknown: int = 0
    reads_due: int = 0
    reads_ok: int = 0
    reads_stale: int = 0
    writes_wrong: int = 0

    @property
    def writes_failed(self) -> int:
        """Writes that ended with an error, or were never sent."""
        return self.writes_due - self.writes_ok - self.writes_unknown

    @property
    def reads_failed(self) -> int:
        """Reads that ended with an error, or were never sent."""
        return self.reads_due - self.reads_ok

    @property
    def writes_right(self) -> int:
        """Writes that ended ok, and are what the user meant."""
        return self.writes_ok - self.writes_wrong

    @property
    def due(self) -> int:
        """Everything that users asked for."""
        return self.writes_due + self.reads_due

    @property
    def ok(self) -> int:
        """Everything that users got."""
        return self.writes_ok + self.reads_ok

    def minus(self, other: Flow) -> Flow:
        """The difference of two totals: what happened between them."""
        return Flow(*(a - b for a, b in zip(self, other, strict=True)))


class _Piece(NamedTuple):
    t: int
    totals: Flow
    rates: Flow


class Books:
    """Totals of an app's requests as a function of time, linear between changes of rate."""

    def __init__(self, now_us: int = 0) -> None:
        self.keep_us = KEEP_US
        """How far back totals are asked for; older changes are folded."""
        self._pieces = [_Piece(now_us, Flow(), Flow())]

    def set_rates(self, now_us: int, rates: Flow) -> None:
        """From now on requests end at these rates."""
        last = self._pieces[-1]
        if last.rates == rates:
            return
        piece = _Piece(now_us, self.at(now_us), rates)
        if last.t == now_us:
            self._pieces[-1] = piece
        else:
            self._pieces.append(piece)
        if len(self._pieces) > FOLD_EVERY and self._pieces[FOLD_EVERY // 2].t < now_us - self.keep_us:
            keep = bisect_right(self._pieces, now_us - self.keep_us, key=lambda piece: piece.t) - 1
            del self._pieces[:keep]

    def at(self, t: int) -> Flow:
        """Totals at `t`; before the first change kept, that change's totals."""
        piece = self._pieces[max(0, bisect_right(self._pieces, t, key=lambda piece: piece.t) - 1)]
        elapsed = max(0, t - piece.t)
        return Flow(*(total + rate * elapsed for total, rate in zip(piece.totals, piece.rates, strict=True)))

    def due_and_ok(self, times: Sequence[int]) -> list[tuple[int, int]]:
        """The totals of what was due and of what was ok at each of these times, which rise: what a trend is made of."""
        at, totals = 0, []
        for t in times:
            while at + 1 < len(self._pieces) and self._pieces[at + 1].t <= t:
                at += 1
            piece = self._pieces[at]
            elapsed = max(0, t - piece.t)
            due, ok = piece.totals.due + piece.rates.due * elapsed, piece.totals.ok + piece.rates.ok * elapsed
            totals.append((due, ok))
        return totals

    def rates_at(self, t: int) -> Flow:
        """Rates in force at `t`."""
        return self._pieces[max(0, bisect_right(self._pieces, t, key=lambda piece: piece.t) - 1)].rates

    def between(self, start_us: int, end_us: int) -> Flow:
        """What happened from `start_us` to `end_us`."""
        return self.at(end_us).minus(self.at(start_us))

    def changes(self, start_us: int, end_us: int) -> list[tuple[int, Flow]]:
        """The rates in force at `start_us` and each change after it up to `end_us`."""
        changes = [(start_us, self.rates_at(start_us))]
        changes += [(piece.t, piece.rates) for piece in self._pieces if start_us < piece.t <= end_us]
        return changes
