"""Widgets of our own on Textual's line API: they repaint only rows that changed, and own no timers."""

from opsconsole.console.widgets.lines import LinesView
from opsconsole.console.widgets.trend import Trend

__all__ = ["LinesView", "Trend"]
