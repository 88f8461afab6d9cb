"""How an app's writes or reads fared, piece by piece, and when it was well again: the one definition of RTO.

An app's books are rates between changes, so it is exact: a window is good when the requests that were ok in it, less
the threshold's share of those due, are not below zero; that difference is a line between breakpoints, and the first
zero of it is the answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from opsconsole.cloud.books import Books, Flow

PARTS_PER_PERCENT = 10_000


class Line(NamedTuple):
    """From a time on: requests due and good ones, in milli-requests per second."""

    t: int
    due: int
    good: int

    def reaches(self, percent: float) -> bool:
        """Whether that share of what is due is good: in whole numbers, so that just enough is enough."""
        return self.good * 100 * PARTS_PER_PERCENT >= self.due * round(percent * PARTS_PER_PERCENT)


class Course(NamedTuple):
    """How an app's writes (or reads) fared over a run, piece by piece."""

    lines: tuple[Line, ...]
    ends_us: int

    @classmethod
    def of(cls, books: Books, on: str, ends_us: int, from_us: int = 0) -> Course:
        """That of an app's books from one time to another; beyond the last change its rates go on."""
        good = _good_writes if on == "writes" else _good_reads
        lines: list[Line] = []
        for t, flow in books.changes(from_us, ends_us):
            due = flow.writes_due if on == "writes" else flow.reads_due
            line = Line(t, due, good(flow))
            if not lines or (lines[-1].due, lines[-1].good) != (line.due, line.good):
                lines.append(line)
        return cls(tuple(lines), ends_us)

    def pieces(self, from_us: int) -> Iterator[tuple[int, int, Line]]:
        """The pieces from a time on: begin, end, rates."""
        first = max(0, bisect_right(self.lines, from_us, key=lambda line: line.t) - 1)
        for index in range(first, len(self.lines)):
            line = self.lines[index]
            end = self.lines[index + 1].t if index + 1 < len(self.lines) else self.ends_us
            if end > from_us:
                yield max(line.t, from_us), end, line

    def first_bad(self, from_us: int) -> int | None:
        """When the first request at or after a time was due that was not ok; None if all were."""
        return next((begin for begin, end, line in self.pieces(from_us) if line.due > line.good and end > begin), None)

    def first_good(self, from_us: int) -> int | None:
        """When the first request succeeded at or after a time."""
        return next((begin for begin, end, line in self.pieces(from_us) if line.good and end > begin), None)

    def share_kept(self, from_us: int, until_us: int, percent: float) -> int:
        """Since when, in an incident, that share of the due requests succeeded and went on to; its end: not before."""
        since: int | None = from_us
        for begin, _, line in self.pieces(from_us):
            if begin >= until_us:
                break
            if not line.reaches(percent):
                since = None
            elif since is None:
                since = begin
        return until_us if since is None else since

    def recovered(self, from_us: int, settle_us: int, threshold_percent: float) -> int | None:
        """The begin of the first window from a time on that is good; None if none is before the run ends.

        It begins while something is due: an app of which nobody asks anything has not recovered.
        """
        parts = round(threshold_percent * PARTS_PER_PERCENT)

        def value(t: int) -> int:
            """Good requests of the window that begins at `t`, less the share that is needed; 0 and above is good."""
            return sum(
                (min(end, t + settle_us) - begin) * (line.good * 100 * PARTS_PER_PERCENT - line.due * parts)
                for begin, end, line in self.pieces(t)
                if begin < t + settle_us
            )

        last = self.ends_us - settle_us
        times = sorted({from_us, last, *(line.t for line in self.lines), *(line.t - settle_us for line in self.lines)})
        times = [t for t in times if from_us <= t <= last]
        before: int | None = None
        for t in times:
            idle = not next(self.pieces(t))[2].due
            if not idle and value(t) >= 0:
                return t if before is None else _first(value, before, t)
            before = None if idle else t
        return None


def _first(value: Callable[[int], int], low: int, high: int) -> int:
    """The first time after `low` at which a rising line is not below zero; at `high` it is not."""
    while high - low > 1:
        middle = (low + high) // 2
        if value(middle) >= 0:
            high = middle
        else:
            low = middle
    return high


def _good_writes(flow: Flow) -> int:
    return flow.writes_right


def _good_reads(flow: Flow) -> int:
    return flow.reads_ok
