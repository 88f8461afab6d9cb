"""What a subject is made of: kinds of things, and for each kind the quantities that can be asked of one of them.

A quantity is a function of the cloud and a time. Between two instants at which something happens nothing but time
changes, so a quantity that `moves` may be asked for a time ahead: that is how a check knows when it will come true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from opsconsole.cloud import Cloud
from opsconsole.cloud.events import Row
from opsconsole.drills.values import Unit, Value

T = TypeVar("T")
SECOND_US = 1_000_000


@dataclass
class Scene:
    """A running cloud, and what has to be counted to answer for it: AWS's events by source and id."""

    cloud: Cloud
    events: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for row in self.cloud.log.tail:
            self._count(row)
        self.cloud.log.subscribe(lambda line, row: self._count(row))

    def _count(self, row: Row) -> None:
        if row["stream"] == "aws":
            self.events[str(row["source"]), str(row["id"])] += 1


@dataclass(frozen=True)
class Quantity(Generic[T]):
    """One thing that can be asked: `at(scene, thing, time in µs)`. `moves`: also while nothing happens.

    `jumps` says when one that moves jumps next although nothing happens: it is asked no further ahead than that.
    """

    name: str
    unit: Unit
    says: str
    at: Callable[[Scene, T, int], Value]
    moves: bool = False
    jumps: Callable[[Scene, T], int | None] = lambda scene, thing: None


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A kind of thing: which ids there are, how one is found, and what can be asked of each."""

    title: str
    ids: Callable[[Cloud], Iterable[str]]
    find: Callable[[Cloud, str], T | None]
    quantities: tuple[Quantity[T], ...]

    def quantity(self, name: str) -> Quantity[T] | None:
        """The quantity of a name."""
        return next((one for one in self.quantities if one.name == name), None)


def seconds(us: int | None) -> float | None:
    """Microseconds as seconds."""
    return None if us is None else us / SECOND_US


def percent(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return 100 * part / whole if whole else None
