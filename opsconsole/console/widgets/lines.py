"""A panel of lines, on Textual's line API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.scroll_view import ScrollView

from opsconsole.console.views.lines import Line


class LinesView(ScrollView, can_focus=True):
    """Shows lines; `set_lines` repaints only the rows that differ. The cursor stands on a row."""

    @dataclass
    class Selected(Message):
        """A thing was chosen by Enter or a click: `ref` is its id."""

        view: LinesView
        ref: str

    @dataclass
    class Highlighted(Message):
        """The cursor moved on to a row that stands for something (`ref`, or None)."""

        view: LinesView
        ref: str | None

    lines: list[Line]

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines; rows that are equal to what is shown are not repainted."""
        self.lines = list(lines)
