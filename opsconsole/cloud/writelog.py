"""What a database contains: a branch of its write log and a position on it.

A position is a commit time at the writer of the branch. Per app and branch two curves count what was acknowledged and
what was made durable without the app learning of it; counts are whole nano-writes, so books add up to the write. A
promotion, a restore, a clone or a rewind forks a branch: the child keeps its parent's writes up to the fork and nothing
after it (`content.py` says what that means for a copy).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from opsconsole.cloud.content import Content, Damage
from opsconsole.simulation import Curve, Step

WRITE = 1_000_000_000  # nano-writes in one write
HISTORY_US = 72 * 3600 * 1_000_000  # as far back as the longest backtrack window reaches
SCHEMA_US = 40 * 86_400 * 1_000_000  # as far back as the longest retention reaches, and a little more
FOLD_ABOVE = 64  # breakpoints, and a quarter more than were left the last time, before the past is folded again


class Rates(NamedTuple):
    """What becomes durable of one app's writes, in milli-writes per second.

    `wrong` are those of the acknowledged that a bad deploy made wrong, `wrong_unknown` those of the unknown.
    """

    acknowledged: int = 0
    unknown: int = 0
    wrong: int = 0
    wrong_unknown: int = 0


class Branch:
    """One line of history: who wrote how much by when, what damaged it, and where it left its parent.

    `instead` is what a rewind or a restore gave up for it: the newest content that could have been had. A promotion
    gave nothing up; what it has not is lost. `initial_bytes` is the data its root began with.
    """

    def __init__(
        self,
        id: str,
        parent: Branch | None = None,
        fork_us: int = 0,
        at_us: int = 0,
        *,
        initial_bytes: int = 0,
        databases: tuple[str, ...] = (),
        instead: Content | None = None,
    ) -> None:
        self.id = id
        self.parent = parent
        self.fork_us = fork_us
        self.born_us = at_us
        self.instead = instead
        self.initial_bytes: int = parent.initial_bytes if parent else initial_bytes
        self.keep_us: int = parent.keep_us if parent else HISTORY_US  # how far back its books are asked for
        inherited = parent.position(fork_us) if parent else 0
        self.total = Curve(inherited, 0, at_us)
        self.acknowledged: dict[str, Curve] = {}
        self.unknown: dict[str, Curve] = {}
        self.wrong: dict[str, Curve] = {}
        self.wrong_unknown: dict[str, Curve] = {}
        self.damage: list[Damage] = []
        had = Content(parent, fork_us).databases if parent else databases
        self.databases: Step[tuple[str, ...]] = Step(had, at_us, keep_us=SCHEMA_US)
        self.tls_users: Step[tuple[str, ...]] = Step(
            parent.tls_users.at(fork_us) if parent else (), at_us, keep_us=SCHEMA_US
        )  # whose accounts say REQUIRE SSL
        self.followers: list[Follower] = []
        self.watchers: list[Callable[[], None]] = []  # called when its write rate has changed
        self.family: list[Branch] = parent.family if parent else []  # every branch of this history, oldest first
        self.family.append(self)
        self._pins: dict[int, int] = {at_us: 1}  # times that will be asked for, and by how many: books count from here
        self._fold_above = 0  # no fewer breakpoints than this are looked through for what is too old
        if parent is not None:
            Content(parent, fork_us).pin()
        if instead is not None:
            instead.pin()

    def position(self, at_us: int) -> int:
        """How much had been written at `at_us`, in nano-writes since the root of the history."""
        if self.parent is not None and at_us < self.born_us:
            return self.parent.position(min(at_us, self.fork_us))
        return self.total.at(at_us)

    def when(self, position: int, now_us: int) -> int:
        """The latest commit time, not after `now_us`, by which no more than that had been written, here or before."""
        found = self.total.when(position, now_us)
        if found is not None:
            return found
        return self.parent.when(position, self.fork_us) if self.parent is not None else self.born_us

    def write_rate(self, at_us: int) -> int:
        """Writes made durable, in milli-writes per second."""
        return self.total.rate_at(at_us)

    @property
    def _books(self) -> tuple[dict[str, Curve], ...]:
        """The curves of every app, in the order of `Rates`."""
        return self.acknowledged, self.unknown, self.wrong, self.wrong_unknown

    def set_rates(self, now_us: int, app: str, rates: Rates) -> bool:
        """From now on so much of what `app` writes is made durable. Returns whether that changed anything."""
        changed = False
        for curves, rate in zip(self._books, rates, strict=True):
            curve = curves.get(app)
            if curve is None:
                if not rate:
                    continue
                curve = curves[app] = Curve(0, 0, now_us)
            if curve.rate_at(now_us) != rate:
                curve.set_rate(now_us, rate)
                changed = True
        if changed:
            self._add_up(now_us)
        return changed

    def pin(self, at_us: int) -> None:
        """What it held at this time will be asked for, however long ago that is then."""
        self._pins[at_us] = self._pins.get(at_us, 0) + 1

    def unpin(self, at_us: int) -> None:
        """One who asked for that time does not any more."""
        self._pins[at_us] -= 1
        if not self._pins[at_us]:
            del self._pins[at_us]

    def _add_up(self, now_us: int) -> None:
        for follower in self.followers:
            follower.anchor(now_us)
        curves = (*self.acknowledged.values(), *self.unknown.values())
        self.total.set_rate(now_us, sum(curve.rate_at(now_us) for curve in curves))
        for follower in self.followers:
            follower.on_change()
        for watcher in self.watchers:
            watcher()
        if self._breakpoints() > max(FOLD_ABOVE, self._fold_above):
            self._fold(now_us)

    def _curves(self) -> list[Curve]:
        return [self.total, *(curve for book in self._books for curve in book.values())]

    def _breakpoints(self) -> int:
        return sum(map(len, self._curves()))

    def _fold(self, now_us: int) -> None:
        """Forget, in all of its history, what is older than is asked for and has been received by everybody."""
        followers = (follower for branch in self.family for follower in branch.followers)
        received_us = min((follower.received_until(now_us) for follower in followers), default=now_us)
        for branch in self.family:
            branch._fold_own(min(now_us - branch.keep_us, received_us))

    def _fold_own(self, before_us: int) -> None:
        pins = sorted(self._pins)
        for curve in self._curves():
            curve.fold(before_us, pins)
        self._fold_above = self._breakpoints() * 5 // 4

    def lineage(self) -> Iterator[tuple[Branch, int | None]]:
        """This branch and its ancestors, each with the time up to which its writes are part of this history."""
        until: int | None = None
        branch: Branch | None = self
        while branch is not None:
            yield branch, until
            until = branch.fork_us if until is None else min(until, branch.fork_us)
            branch = branch.parent


class Anchor(NamedTuple):
    """From `t` on: what a follower had got by then, how much it takes, and how far its source reaches.

    `bandwidth` is in milli-writes per second, 0 while nothing gets through. `ceiling` is a position beyond which there
    is nothing to take (its source is cut off itself); None where the branch is the source.
    """

    t: int
    got: int
    bandwidth: int
    ceiling: int | None
    delay_us: int


class Follower:
    """What a copy of a database has received, or applied, of a branch.

    The branch's writes arrive `delay_us` later, at most `bandwidth` (milli-writes per second) of them; nothing arrives
    while the link is cut, and what waits is drained when it is back. Anchored only when a rate or the link changes, so
    reading it changes nothing.
    """

    def __init__(self, branch: Branch, delay_us: int, bandwidth: int, now_us: int, received: int | None = None) -> None:
        self.branch = branch
        self.bandwidth = bandwidth
        self.open = True  # whether the link lets anything through
        self.on_change: Callable[[], None] = lambda: None  # the rate or the link changed
        at_once = branch.position(now_us - delay_us) if received is None else received
        self._anchors = [Anchor(now_us, at_once, bandwidth, None, delay_us)]
        branch.followers.append(self)

    @property
    def delay_us(self) -> int:
        """How long a write travels."""
        return self._anchors[-1].delay_us

    @property
    def ceiling(self) -> int | None:
        """The position beyond which there is nothing to take now, if its source is cut off itself."""
        return self._anchors[-1].ceiling

    def anchor(self, now_us: int) -> None:
        """Fix what has been received by now; called before a rate of the branch changes."""
        last = self._anchors[-1]
        self._lay_anchor(now_us, last.bandwidth, last.ceiling, last.delay_us)

    def _lay_anchor(self, now_us: int, bandwidth: int, ceiling: int | None, delay_us: int) -> None:
        anchor = Anchor(now_us, self.received(now_us), bandwidth, ceiling, delay_us)
        if self._anchors[-1].t == now_us:
            self._anchors[-1] = anchor
        else:
            self._anchors.append(anchor)
        horizon = now_us - self.branch.keep_us
        if len(self._anchors) > FOLD_ABOVE and self._anchors[len(self._anchors) // 5].t < horizon:
            del self._anchors[: bisect_right(self._anchors, horizon, key=lambda anchor: anchor.t) - 1]

    def set_open(self, now_us: int, open: bool) -> None:
        """Cut or heal the link."""
        self.set_pace(now_us, self.bandwidth if open else 0, None, self.delay_us)
        self.on_change()

    def set_pace(self, now_us: int, bandwidth: int, ceiling: int | None, delay_us: int) -> bool:
        """From now on take so much, up to `ceiling`, so late. Returns whether that changed anything."""
        self.open = bandwidth > 0
        self.bandwidth = bandwidth or self.bandwidth
        if self._anchors[-1][2:] == (bandwidth, ceiling, delay_us):
            return False
        self._lay_anchor(now_us, bandwidth, ceiling, delay_us)
        return True

    def stop(self) -> None:
        """Follow no more (a promotion or a detach)."""
        self.branch.followers.remove(self)

    def received(self, at_us: int) -> int:
        """Nano-writes received by `at_us`: now, or as far back as the branch is kept."""
        known = bisect_right(self._anchors, at_us, key=lambda anchor: anchor.t) - 1
        anchored_us, received, bandwidth, ceiling, delay_us = self._anchors[max(0, known)]
        if not bandwidth or at_us < anchored_us:
            return received
        if ceiling is not None:
            return max(received, min(ceiling, received + bandwidth * (at_us - anchored_us)))
        arrived_from, arrived_to = anchored_us - delay_us, at_us - delay_us
        queue = self.branch.position(arrived_from) - received  # below 0: it got more before writes travelled longer
        start = arrived_from
        for end in (*self.branch.total.breaks_between(arrived_from, arrived_to), arrived_to):
            arriving, takes = self.branch.position(end) - self.branch.position(start), bandwidth * (end - start)
            if queue < 0 < queue + arriving:  # what it has already comes first; the time that leaves is for the rest
                takes = takes * (queue + arriving) // arriving
            queue = queue + arriving if queue + arriving <= 0 else max(0, queue + arriving - takes)
            start = end
        return max(received, self.branch.position(arrived_to) - queue)

    def received_until(self, now_us: int) -> int:
        """The commit time up to which every write has arrived; an idle writer makes no lag."""
        received = self.received(now_us)
        if received >= self.branch.position(now_us):
            return now_us
        return self.branch.when(received, now_us)

    def lag_us(self, now_us: int) -> int:
        """How old the newest received write is: what readers there feel, and what a lossy promotion loses."""
        return now_us - self.received_until(now_us)

    def crosses_lag(self, now_us: int, lag_us: int) -> int | None:
        """When the lag will next grow beyond `lag_us`, or fall to it, at today's rates; None if it will not.

        It is beyond while less has been got than had been written `lag_us` before: both are straight lines between the
        bends. What is foreseen holds until a rate or the link changes.
        """

        def ahead(at_us: int) -> int:
            """How much more has been got at a time than had been written by `lag_us` before; below 0: it lags more."""
            return self.received(at_us) - self.branch.position(at_us - lag_us)

        start, begin = now_us, ahead(now_us)
        for end in self._bends(now_us, lag_us):
            finish = ahead(end)
            if (finish < 0) != (begin < 0):
                return start + -(-abs(begin) * (end - start) // abs(finish - begin))
            start, begin = end, finish
        slope = ahead(start + 1) - begin
        if slope == 0 or (slope < 0) == (begin < 0):
            return None
        return start + -(-abs(begin) // abs(slope))

    def _bends(self, now_us: int, lag_us: int) -> list[int]:
        """When what is got, or what had been written `lag_us` before, takes another course at today's rates.

        That is where a rate of the past has its effect, where what was got early is caught up with, where the source
        has no more to give, and where a queue is drained.
        """
        _, _, pace, ceiling, delay_us = self._anchors[-1]
        got = self.received(now_us)
        changes = (*self.branch.total.breaks_between(now_us - max(lag_us, delay_us), now_us), now_us)
        bends = {at_us + shift for at_us in changes for shift in (lag_us, delay_us)}
        if pace and ceiling is None:
            bends.add(self.received_until(now_us) + delay_us)
        elif ceiling is not None and pace:
            bends.add(now_us + -(-max(0, ceiling - got) // pace))
        ahead = sorted(at_us for at_us in bends if at_us > now_us)
        return sorted([*ahead, *self._drained((now_us, *ahead), pace)]) if pace and ceiling is None else ahead

    def _drained(self, bends: tuple[int, ...], pace: int) -> Iterator[int]:
        """When a queue of what has arrived is drained, between two bends or after the last."""
        for start, end in pairwise(bends):
            queue, left = self._queue(start, start), self._queue(start, end) - pace * (end - start)
            if queue > 0 > left:
                yield start + -(-queue * (end - start) // (queue - left))
        last = bends[-1]
        queue, spare = self._queue(last, last), pace - self.branch.write_rate(last)
        if queue > 0 < spare:
            yield last + -(-queue // spare)

    def _queue(self, from_us: int, until_us: int) -> int:
        """What has arrived by a time beyond what had been got by another."""
        return self.branch.position(until_us - self.delay_us) - self.received(from_us)

    def arrives(self, now_us: int, commit_us: int) -> int | None:
        """When what was committed at a time will have arrived, at today's pace; None while nothing arrives.

        What is foreseen holds until the link changes.
        """
        if not self.open:
            return None
        missing = self.branch.position(commit_us) - self.received(now_us)
        return max(commit_us + self.delay_us, now_us + -(-max(0, missing) // self.bandwidth)) + 1

    def open_at(self, at_us: int) -> bool:
        """Whether anything got through at a time: now, or as far back as the branch is kept."""
        known = bisect_right(self._anchors, at_us, key=lambda anchor: anchor.t) - 1
        return self._anchors[max(0, known)].bandwidth > 0

    def backlog(self, now_us: int) -> int:
        """Nano-writes made durable at the primary that have not arrived."""
        return max(0, self.branch.position(now_us) - self.received(now_us))
