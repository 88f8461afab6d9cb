"""A trend line, on Textual's line API: columns of eighths, one style per row, repainted only when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from opsconsole.console.views.spark import BARS, HEADROOM

ASCII_BARS = ".:#"


class Trend(Widget):
    """A sparkline as high as the widget: the latest value at the right, a gap where there is none.

    The scale goes from 0 to `high`, or to a third above the greatest value shown.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"trend--low", "trend--high"}
    DEFAULT_CSS = """
    Trend {
        height: 3;
        & .trend--low { color: $text-primary; }
        & .trend--high { color: $text-warning; }
    }
    """

    ascii: reactive[bool] = reactive(False)
    """Whether to draw with ASCII only."""
    high: reactive[float | None] = reactive(None)
    """The top of the scale."""

    def __init__(
        self,
        values: Sequence[float | None] = (),
        *,
        high: float | None = None,
        ascii: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._values = tuple(values)
        self.set_reactive(Trend.ascii, ascii)
        self.set_reactive(Trend.high, high)

    def set_values(self, values: Sequence[float | None]) -> None:
        """Show these values; repaints only if they differ from what is shown."""
        if tuple(values) != self._values:
            self._values = tuple(values)
            self.refresh()

    def eighths(self) -> list[int | None]:
        """The height of each column in eighths of a row, left to right; a value above 0 has at least one."""
        width, rows = self.size.width, self.size.height
        shown = self._values[-width:] if width else ()
        known = [value for value in shown if value is not None]
        top = self.high if self.high is not None else max(known, default=0.0) * HEADROOM
        full = rows * 8
        made: list[int | None] = []
        for value in shown:
            if value is None:
                made.append(None)
            elif value <= 0 or top <= 0:
                made.append(0)
            else:
                made.append(min(full, max(1, round(value / top * full))))
        return [None] * (width - len(made)) + made

    def render_line(self, y: int) -> Strip:
        """One row of the trend."""
        rows = self.size.height
        floor = (rows - 1 - y) * 8
        name = "trend--high" if rows > 2 and y == 0 else "trend--low"
        text = "".join(self._cell(height, floor) for height in self.eighths())
        return Strip([Segment(text, self.rich_style + self.get_component_rich_style(name, partial=True))])

    def _cell(self, height: int | None, floor: int) -> str:
        if height is None:
            return " "
        filled = height - floor
        if filled <= 0:
            return (ASCII_BARS[0] if self.ascii else BARS[0]) if floor == 0 else " "
        if self.ascii:
            return ASCII_BARS[2] if filled >= 5 else ASCII_BARS[1]
        return BARS[min(filled, 8) - 1]
