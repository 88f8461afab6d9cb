"""What a copy of a database contains: a branch of its write log up to a commit time. Nothing of it is stored.

A standby, a replica, a snapshot, a restorable moment, a clone: each is such a pair, so "does this copy have it?" is a
comparison of times along a path of branches, and every copy answers exactly, to the write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsconsole.cloud.writelog import Branch
    from opsconsole.simulation import Curve

FOR_EVER_US = 1 << 62
"""A time that no run reaches: all there is of a branch, now and later."""


class Damage(NamedTuple):
    """Something that was done to a database at one instant, and is in every copy that has come so far.

    A table that was dropped: of the statements of its apps `share_ppm` (millionths) need it.
    """

    id: str
    at_us: int
    table: str
    share_ppm: int


class Content(NamedTuple):
    """All of a branch up to `until_us`, a commit time at its writer, and what the branch kept of its parents."""

    branch: Branch
    until_us: int

    def pieces(self) -> Iterator[tuple[Branch, int]]:
        """Each branch that it has writes of, the youngest first, with the time up to which it has them."""
        for branch, end in self.branch.lineage():
            yield branch, self.until_us if end is None else min(end, self.until_us)

    def until(self, branch: Branch) -> int | None:
        """The time up to which it has the writes of a branch; None if it has none of them."""
        return next((end for one, end in self.pieces() if one is branch), None)

    @property
    def position(self) -> int:
        """Nano-writes since the root of its history."""
        return self.branch.position(self.until_us)

    def bytes(self, bytes_per_write: int) -> int:
        """Bytes of data: what its root began with, and what has been written."""
        return self.branch.initial_bytes + self.position * bytes_per_write // 1_000_000_000

    def acknowledged(self, app: str) -> int:
        """Writes of an app in it that the app knows of, right or wrong, in nano-writes."""
        return self._sum(app, lambda branch: branch.acknowledged)

    def unknown(self, app: str) -> int:
        """Writes of an app in it that the app never learnt of."""
        return self._sum(app, lambda branch: branch.unknown)

    def wrong(self, app: str) -> int:
        """Wrong rows of an app in it: acknowledged ones, and unknown ones."""
        return self.wrong_acknowledged(app) + self._sum(app, lambda branch: branch.wrong_unknown)

    def wrong_acknowledged(self, app: str) -> int:
        """Wrong writes of an app in it that the app knows of."""
        return self._sum(app, lambda branch: branch.wrong)

    def _sum(self, app: str, book: Callable[[Branch], Mapping[str, Curve]]) -> int:
        curves = ((book(branch).get(app), end) for branch, end in self.pieces())
        return sum(curve.at(end) for curve, end in curves if curve is not None)

    def apps(self) -> list[str]:
        """Every app that has written to its history, in order."""
        return sorted({app: None for branch, _ in self.pieces() for app in (*branch.acknowledged, *branch.unknown)})

    @property
    def wrong_rows(self) -> int:
        """Wrong rows of every app."""
        return sum(self.wrong(app) for app in self.apps())

    @property
    def damage(self) -> list[Damage]:
        """What was done to it, the oldest first."""
        found = [damage for branch, end in self.pieces() for damage in branch.damage if damage.at_us <= end]
        return sorted(found, key=lambda damage: damage.at_us)

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases of a DB instance that are in it."""
        return next(
            (branch.databases.at(end) for branch, end in self.pieces() if end >= branch.born_us or not branch.parent),
            (),
        )

    def lived(self, at_us: int) -> bool:
        """Whether the state of that instant is part of it: not for an instant that a fork left out."""
        return any(branch.born_us <= at_us <= end for branch, end in self.pieces())

    def pin(self) -> None:
        """It will be asked for, however long ago it is then."""
        for branch, end in self.pieces():
            branch.pin(end)

    def unpin(self) -> None:
        """Whoever pinned it does not ask for it any more."""
        for branch, end in self.pieces():
            branch.unpin(end)
