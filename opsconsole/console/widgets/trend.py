"""A trend line, on Textual's line API."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget


class Trend(Widget):
    """A sparkline as high as the widget, one style per row."""

    def set_values(self, values: Sequence[float | None]) -> None:
        """Show these values, the latest at the right; None is a gap. Repaints only if they differ."""
