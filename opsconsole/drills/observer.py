"""What is noted on the way, because it cannot be asked afterwards: lags over time, how old reads were, the log's rows.

Between two looks a lag is made of lines; its points are noted ahead, up to just before what happens next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final

from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.events import Row
from opsconsole.drills.result import LogRow, Series

SECOND_US: Final = 1_000_000
MOST_ROWS: Final = 5_000
MOST_POINTS: Final = 20_000
STRAIGHT_US: Final = 1_000
"""A lag that is off the line by less counts as straight."""
DEEPEST: Final = 12
"""Halvings in search of where a lag bends: a 4096th of the time between two looks."""

Lag = Callable[[int], int]
_TOLD: Final = (
    "role",
    "failover",
    "place",
    "replication",
    "fork",
    "lost",
    "incident",
    "routing",
    "fence",
    "copy",
    "backup",
)
"""The kinds of the truth's rows that belong on a time line, beside every event of AWS."""


@dataclass
class Reads:
    """Reads that one server answered for an app while their age was a line: from `lag_us[0]` to `lag_us[1]`."""

    begins_us: int
    ends_us: int
    rate: int  # milli-reads per second
    lag_us: tuple[int, int]


@dataclass
class Observer:
    """Notes what one run shows. Without `detail` only what objectives need: for runs by the thousand.

    Those about staleness need `ages`: how old every read was.
    """

    cloud: Cloud
    detail: bool = True
    ages: bool = True
    rows: list[Row] = field(default_factory=list)
    reads: dict[str, list[Reads]] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)  # by watch: the last row of the log before it was decided
    _lags: dict[str, list[tuple[int, int | None]]] = field(default_factory=dict)
    _open: list[tuple[str, str, Reads]] = field(default_factory=list)  # app, server, reads
    _latest: dict[tuple[str, str], Reads] = field(default_factory=dict)  # by app and server

    def __post_init__(self) -> None:
        if self.detail:
            self.rows.extend(self.cloud.log.tail)
            self.cloud.log.subscribe(lambda line, row: self.rows.append(row))

    def look(self, now: int, until: int) -> None:
        """Note how lags stand, and how they will just before `until`, if nothing happens before."""
        self._close(now)
        last = max(now, until - 1)
        if self.ages:
            self._note_reads(now, last)
        if self.detail:
            self._note_lags(now, last)

    def _note_lags(self, now: int, last: int) -> None:
        for name, lag in lags(self.cloud).items():
            points = self._lags.setdefault(name, [])
            for point in _bent(lag, now, last):
                _note(points, *point)

    def _note_reads(self, now: int, last: int) -> None:
        for id, app in self.cloud.apps.items():
            rates: dict[str, int] = {}
            for (_, target, writes), rate in self.cloud.traffic.ways(app).items():
                if rate and not writes and target in self.cloud.servers:
                    rates[target] = rates.get(target, 0) + rate
            for target, rate in rates.items():
                points = _bent(partial(self.cloud.traffic.ages.age_us, app, self.cloud.servers[target]), now, last)
                for (begins, low), (ends, high) in pairwise(points):
                    self._open.append((id, target, Reads(begins, ends, rate, (low or 0, high or 0))))

    def _close(self, now: int) -> None:
        """What was noted ahead holds up to now only."""
        latest = max((reads.ends_us for _, _, reads in self._open), default=0)
        for id, target, reads in self._open:
            if now <= reads.begins_us:
                continue
            if now < reads.ends_us:
                share = (now - reads.begins_us) / (reads.ends_us - reads.begins_us)
                low, high = reads.lag_us
                reads.lag_us = low, round(low + (high - low) * share)
                reads.ends_us = now
            elif reads.ends_us == latest:
                reads.ends_us = now
            self._keep(id, target, reads)
        self._open.clear()
        for points in self._lags.values():
            while points and points[-1][0] > now:
                points.pop()

    def _keep(self, id: str, target: str, reads: Reads) -> None:
        """One piece more; a level one goes on from the one before of the same server."""
        last = self._latest.get((id, target))
        level = reads.lag_us[0] == reads.lag_us[1]
        if (
            last is not None
            and level
            and (last.ends_us, last.rate, last.lag_us)
            == (
                reads.begins_us,
                reads.rate,
                reads.lag_us,
            )
        ):
            last.ends_us = reads.ends_us
            return
        self._latest[id, target] = reads
        self.reads.setdefault(id, []).append(reads)

    def end(self, now: int) -> None:
        """The run is over."""
        self._close(now)

    def series(self) -> tuple[Series, ...]:
        """Lags over time, in seconds, at most so many points each."""
        return tuple(
            Series(
                name=name,
                unit="s",
                points=tuple((t, None if lag is None else lag / SECOND_US) for t, lag in _thinned(points)),
            )
            for name, points in sorted(self._lags.items())
        )

    def told(self) -> tuple[LogRow, ...]:
        """The rows that belong on a time line, the first so many of them."""
        found = [row for row in self.rows if row["stream"] == "aws" or row.get("kind") in _TOLD]
        return tuple(_log_row(row) for row in found[:MOST_ROWS])


def lags(cloud: Cloud) -> dict[str, Lag]:
    """How far every reader, read replica and secondary is behind, as a function of time, in microseconds."""
    found: dict[str, Lag] = {}
    for id, cluster in cloud.clusters.items():
        follower = cluster.volume.follower if isinstance(cluster, AuroraCluster) else None
        if follower is not None:
            found[id] = follower.lag_us
        else:
            found.update((reader.id, reader.lag_at) for reader in cluster.readers() if reader.running)
    for id, db in cloud.rds.items():
        if db.replication is not None:
            found[id] = db.replication.lag_us
    return found


def _bent(lag: Lag, start: int, end: int, depth: int = DEEPEST) -> list[tuple[int, int | None]]:
    """Points of a lag from a time to another: two where it is a line, more where it bends."""
    if end <= start:
        return [(start, lag(start))]
    first, last, middle = lag(start), lag(end), (start + end) // 2
    if depth == 0 or abs(lag(middle) * 2 - first - last) <= 2 * STRAIGHT_US:
        return [(start, first), (end, last)]
    return [*_bent(lag, start, middle, depth - 1), *_bent(lag, middle, end, depth - 1)[1:]]


def _note(points: list[tuple[int, int | None]], now: int, lag: int | None) -> None:
    """One point; a third one on the same level line moves the second."""
    if len(points) >= 2 and points[-1][1] == points[-2][1] == lag:
        points[-1] = (now, lag)
    elif not points or points[-1] != (now, lag):
        points.append((now, lag))


def _thinned(points: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """At most so many points, the greatest of each stretch: a peak is never lost."""
    if len(points) <= MOST_POINTS:
        return points
    size = -(-len(points) // MOST_POINTS)
    stretches = (points[at : at + size] for at in range(0, len(points), size))
    return [max(stretch, key=lambda point: -1 if point[1] is None else point[1]) for stretch in stretches]


def _log_row(row: Row) -> LogRow:
    facts = {key: value for key, value in row.items() if key not in ("t", "stream", "source", "kind")}
    text = (
        str(row["message"]) if row["stream"] == "aws" else ", ".join(f"{key} {value}" for key, value in facts.items())
    )
    return LogRow(
        t_us=int(row["t"] or 0), source=str(row["source"]), id=str(row.get("id") or row.get("kind")), text=text
    )
