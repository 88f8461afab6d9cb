"""Widgets of our own on Textual's line API: they repaint only rows that changed, and own no timers."""

from opsconsole.console.widgets.lines import LinesView

__all__ = ["LinesView"]
