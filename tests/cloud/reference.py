"""Databases told the long way round: every write is an object, every copy a set of them.

Shared with the cloud is nothing: neither branches, nor curves, nor positions. Time goes by in steps of a microsecond
and each write is made in one of them; a fork is a copy of a set, a past moment what was committed by then, a replica
what its queue has let through. What is lost or discarded is asked of each write by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property


class Rate(tuple[int, int, int, int], Enum):
    """Writes per step: acknowledged, unknown, those of the acknowledged that are wrong, those of the unknown."""

    NONE = (0, 0, 0, 0)
    SLOW = (1, 0, 0, 0)
    FAST = (4, 0, 0, 0)
    BAD = (3, 0, 2, 0)
    UNSURE = (1, 2, 0, 0)
    WORST = (2, 2, 1, 1)
    BLIND = (0, 2, 0, 1)


class Way(Enum):
    """How a line of history came to be."""

    MADE = "made"
    PROMOTED = "promoted"
    WENT_BACK = "restored, cloned or rewound"


@dataclass(frozen=True, eq=False, slots=True)
class Write:
    """One write. It is in a copy, or it is not."""

    app: str
    line: Line = field(repr=False)
    at: int
    acknowledged: bool
    wrong: bool


@dataclass(frozen=True, eq=False, slots=True)
class Deed:
    """Something else that was done to a database at an instant: a mark, a dropped table, a database more or less."""

    kind: str
    name: str
    at: int


@dataclass(frozen=True)
class Copy:
    """What something contains."""

    writes: frozenset[Write] = field(default=frozenset(), repr=False)
    deeds: tuple[Deed, ...] = ()

    @cached_property
    def tally(self) -> Counter[tuple[str, bool, bool]]:
        """Writes by app, whether they are acknowledged, whether they are wrong."""
        return Counter((write.app, write.acknowledged, write.wrong) for write in self.writes)

    def count(
        self, app: str, acknowledged: tuple[bool, ...] = (True, False), wrong: tuple[bool, ...] = (True, False)
    ) -> int:
        """Writes of an app that are such."""
        return sum(self.tally[app, one, other] for one in acknowledged for other in wrong)

    def names(self, kind: str) -> list[str]:
        """Deeds of one kind, the oldest first."""
        return [deed.name for deed in self.deeds if deed.kind == kind]

    @property
    def databases(self) -> tuple[str, ...]:
        """What was created and not dropped."""
        found: list[str] = []
        for deed in self.deeds:
            if deed.kind == "create":
                found.append(deed.name)
            elif deed.kind == "drop":
                found.remove(deed.name)
        return tuple(found)


@dataclass(eq=False)
class Line:
    """One line of history. `gave_up` is what going back gave up for it: a line with all it comes to have, or a copy."""

    name: str
    parent: Line | None = field(default=None, repr=False)
    way: Way = Way.MADE
    gave_up: Line | None = field(default=None, repr=False)
    gave_up_copy: Copy | None = field(default=None, repr=False)
    writes: list[Write] = field(default_factory=list, repr=False)
    deeds: list[Deed] = field(default_factory=list)
    rates: dict[str, Rate] = field(default_factory=dict)

    def now(self) -> Copy:
        """All that is in it."""
        return Copy(frozenset(self.writes), tuple(self.deeds))

    def at(self, t: int) -> Copy:
        """What had been committed by a time."""
        return Copy(
            frozenset(write for write in self.writes if write.at <= t),
            tuple(deed for deed in self.deeds if deed.at <= t),
        )

    def step(self, t: int) -> None:
        """Its apps write for a microsecond that ends at `t`."""
        for app, (acknowledged, unknown, wrong, wrong_unknown) in self.rates.items():
            for number in range(acknowledged):
                self.writes.append(Write(app, self, t, True, number < wrong))
            for number in range(unknown):
                self.writes.append(Write(app, self, t, False, number < wrong_unknown))

    def ancestors(self) -> Iterator[Line]:
        """It, and where it came from."""
        line: Line | None = self
        while line is not None:
            yield line
            line = line.parent

    def fork(self, name: str, copy: Copy, way: Way) -> Line:
        """A line that begins with what a copy of this one has."""
        writes = [write for write in self.writes if write in copy.writes]
        return Line(name, self, way, writes=writes, deeds=list(copy.deeds))


@dataclass(eq=False)
class Pipe:
    """A replica: writes arrive `delay` steps after their commit, at most `width` in a step, one after the other."""

    line: Line
    delay: int
    width: int
    open: bool = True
    taken: int = 0  # of the writes of the line, in order

    def step(self, t: int) -> None:
        """Let through what has come."""
        for write in self.line.writes[self.taken : self.taken + self.width] if self.open else ():
            self.taken += write.at + self.delay <= t

    def until(self, now: int) -> int:
        """The time up to which nothing is missing."""
        return self.line.writes[self.taken].at - 1 if self.taken < len(self.line.writes) else now

    def copy(self, now: int) -> Copy:
        """What is whole in it: of what was written at one instant it has all or counts none."""
        return self.line.at(self.until(now))

    def follow(self, line: Line) -> None:
        """Its source goes on with another line: what that has not is not had."""
        had = set(self.line.writes[: self.taken])
        self.line, self.taken = line, sum(write in had for write in line.writes)


@dataclass(frozen=True)
class Fate:
    """What became of the acknowledged writes of one app."""

    acknowledged: int
    present: int
    lost: int
    discarded: int
    wrong_removed: int


def fate(lines: Iterable[Line], home: Line, has: Copy, app: str) -> Fate:
    """Each write that `app` was told is done, looked for in the copy of its home.

    Nobody misses a wrong one. A good one was discarded if somebody went back although it was there, and lost if what
    goes on had to go on without it.
    """
    told = [write for line in lines for write in line.writes if write.line is line]
    told = [write for write in told if write.app == app and write.acknowledged]
    missing = [write for write in told if write not in has.writes]
    wrong = sum(write.wrong for write in missing)
    good = [write for write in missing if not write.wrong]
    given_up = list(_given_up(home))
    discarded = sum(_discarded(write, home, given_up) for write in good)
    return Fate(len(told), len(told) - len(missing), len(good) - discarded, discarded, wrong)


def _given_up(home: Line) -> Iterator[tuple[Copy, Line]]:
    """What was given up on the way to a line, and on the way to that; and whose it was."""
    seen: list[Line] = []
    ahead = [home]
    while ahead:
        for line in ahead.pop().ancestors():
            if line.gave_up is not None and line not in seen:
                seen.append(line)
                yield line.gave_up_copy or line.gave_up.now(), line.gave_up
                ahead.append(line.gave_up)


def _discarded(write: Write, home: Line, given_up: list[tuple[Copy, Line]]) -> bool:
    if any(write in copy.writes for copy, _ in given_up):
        return True
    if any(write.line in line.ancestors() for _, line in given_up):
        return False  # where it was, it could not be had any more when somebody went back
    way_home = list(home.ancestors())
    aside = [line for line in write.line.ancestors() if line not in way_home]
    if not aside:
        return False  # written where a promotion had left already
    left = aside[-1]  # a copy went on aside, and the app has left it again
    return left.way is Way.WENT_BACK or left.parent is home


# -- whole fleets -------------------------------------------------------------------------------------------------

WRITE = 1_000_000_000  # nano-writes


@dataclass(frozen=True)
class Strip:
    """Writes of one app at one rate from one time to another (µs): what a fleet writes is too much to hold each."""

    app: str
    begins: int
    ends: int | None
    rates: tuple[int, ...]

    def count(self, until: int, *kinds: int) -> int:
        """Nano-writes of these kinds, as far as a time."""
        end = until if self.ends is None else min(until, self.ends)
        return sum(self.rates[kind] for kind in kinds) * max(0, end - self.begins)

    def cut(self, until: int) -> Strip:
        """The part of it up to a time."""
        return Strip(self.app, self.begins, until if self.ends is None else min(self.ends, until), self.rates)


@dataclass
class Scroll:
    """What was written to a line of history, and what was done to it."""

    strips: list[Strip] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    initial: int = 0

    def write(self, t: int, app: str, rates: tuple[int, ...]) -> None:
        """From now on it is written to like this."""
        for place, strip in enumerate(self.strips):
            if strip.app == app and strip.ends is None:
                self.strips[place] = strip.cut(t)
        self.strips.append(Strip(app, t, None, rates))

    def cut(self, t: int) -> Scroll:
        """A copy of what it has up to a time."""
        strips = [strip.cut(t) for strip in self.strips if strip.begins < t]
        return Scroll(strips, [deed for deed in self.deeds if deed.at <= t], self.initial)

    def count(self, *kinds: int, app: str | None = None) -> int:
        """Nano-writes of these kinds in a copy."""
        mine = [strip for strip in self.strips if app in (None, strip.app)]
        return sum(strip.count(strip.ends or 0, *kinds) for strip in mine)

    def names(self, kind: str) -> list[str]:
        """Deeds of one kind, the oldest first."""
        return [deed.name for deed in self.deeds if deed.kind == kind]
