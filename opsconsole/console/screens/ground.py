"""A screen that fills the terminal and shows how things go on: the fleet's, and those that replace it for a while."""

from __future__ import annotations

import time
from typing import Final

from textual.screen import Screen

from opsconsole.console.desk import Desk
from opsconsole.console.views import Line, status_line

METRICS_S: Final = 1.0
"""Wall seconds between two repaints of what moves by itself."""


class GroundScreen(Screen[None]):
    """Hears of news. What moves by itself is painted at most once a second, what happened at once."""

    desk: Desk
    _rows_seen: int = -1
    _painted_at: float = 0.0

    def news(self) -> None:
        """The engine says that something happened or that time went on: paint what has changed."""
        if self.desk.cloud.log.count != self._rows_seen or time.monotonic() - self._painted_at >= METRICS_S:
            self.repaint()
        else:
            self.paint_status()

    def painted(self) -> None:
        """Remember what has been painted, and when."""
        self._rows_seen, self._painted_at = self.desk.cloud.log.count, time.monotonic()

    def status(self) -> Line:
        """The line of status, the same on every ground."""
        desk = self.desk
        return status_line(
            desk.cloud,
            desk.clock(),
            self.size.width,
            truth=desk.looking.truth,
            ascii=desk.ascii,
            ringing=desk.alarms.ringing,
            acknowledged=desk.acknowledged,
        )

    def repaint(self) -> None:
        """Paint everything that is on the screen; lines that are the same stay untouched."""
        raise NotImplementedError

    def paint_status(self) -> None:
        """Paint the line of status."""
        raise NotImplementedError
