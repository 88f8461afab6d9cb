"""How a list is sorted: by which of its columns, and which way round. Among equals it stays as it would be without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple


class Order(NamedTuple):
    """By a column, rising (`↑`, the least first) or falling (`↓`)."""

    by: str
    falling: bool = False

    @property
    def text(self) -> str:
        """As it is shown: `p99 ↓`."""
        return f"{self.by} {'↓' if self.falling else '↑'}"

    def headed(self, word: str) -> str:
        """The heading of a column, with the arrow if the list is sorted by it."""
        return f"{word} {self.text[-1]}" if word.startswith(self.by) else word

    def turned(self) -> Order:
        """The other way round."""
        return Order(self.by, not self.falling)

    def sorted(self, ids: Sequence[str], of: Mapping[str, Callable[[str], float | str]]) -> list[str]:
        """The ids in this order, by what each column is ``of`` an id; as they come if there is no such column."""
        if self.by in of:
            return sorted(ids, key=of[self.by], reverse=self.falling)
        return list(reversed(ids) if self.falling else ids)


ORDERS: Final = {
    "apps": (Order("app"), Order("state", True), Order("ok"), Order("p99", True), Order("due", True)),
    "recovery": (
        Order("kind"),
        Order("database"),
        Order("state", True),
        Order("age", True),
        Order("lost", True),
        Order("back in", True),
    ),
}
"""How each list can be sorted, as it is at first, then as a key goes on: what needs somebody stands at the top."""


def after(name: str, order: Order) -> Order:
    """The next order of a list."""
    ways = [one.by for one in ORDERS[name]]
    return ORDERS[name][(ways.index(order.by) + 1) % len(ways)]
