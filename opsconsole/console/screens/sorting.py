"""Keys that sort the list of a screen: by the next of its columns, or the other way round. It is remembered."""

from __future__ import annotations

from typing import ClassVar

from opsconsole.console.notices import Tell
from opsconsole.console.order import ORDERS, Order, after
from opsconsole.console.screens.ground import GroundScreen
from opsconsole.console.views.glyphs import asciify


class SortKeys(GroundScreen):
    """For a screen with a list; the screen says which."""

    SORTED: ClassVar[str] = "apps"

    @property
    def order(self) -> Order:
        """How its list is sorted."""
        return self.desk.remembered.orders[self.SORTED]

    def sorted_as(self, title: str) -> str:
        """The title of the list, with its order unless that is as at first: its column may not be shown."""
        usual = self.order == ORDERS[self.SORTED][0]
        return title if usual else f"{title} by {asciify(self.order.text) if self.desk.ascii else self.order.text}"

    def action_sort(self) -> None:
        """By the next column."""
        self._sort(after(self.SORTED, self.order))

    def action_reverse(self) -> None:
        """The other way round."""
        self._sort(self.order.turned())

    def _sort(self, order: Order) -> None:
        self.desk.remembered.orders[self.SORTED] = order
        self.keep()
        self.post_message(Tell(f"{self.SORTED} sorted", f"by {order.text}"))
        self.repaint()

    def keep(self) -> None:
        """Remember what has been changed; say so if that cannot be."""
        remembered = self.desk.remembered
        remembered.keep()
        if remembered.problem:
            self.post_message(Tell("not remembered", remembered.problem, "warning"))
            remembered.problem = ""
