"""Readers follow the event log, each at its own pace, behind a cursor.

A reader holds a number, not a queue: whoever reads slowly costs nothing and slows nothing. When more was written than
the log's tail keeps, the reader is told how many rows it missed and goes on with the oldest one there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

import anyio

from opsconsole.cloud import EventLog
from opsconsole.cloud.events import Row


class Rows(NamedTuple):
    """What a reader got: the rows, oldest first, and how many it missed just before them."""

    rows: Sequence[Row]
    missed: int


class Reader:
    """A cursor over the event log's bounded tail; ``cursor`` is the number of rows read or missed so far."""

    def __init__(self, log: EventLog, changed: Callable[[], anyio.Event], cursor: int) -> None:
        self.cursor = cursor
        self._log = log
        self._changed = changed

    @property
    def waiting(self) -> int:
        """Rows written since the cursor."""
        return self._log.count - self.cursor

    def read(self, most: int = 1_000) -> Rows:
        """The next rows, at most ``most``; none if nothing is new. Returns at once."""
        oldest = self._log.count - len(self._log.tail)
        missed = max(0, oldest - self.cursor)
        self.cursor += missed
        newest_left_out = max(0, self.waiting - most)
        rows = list(islice(reversed(self._log.tail), newest_left_out, self.waiting))
        rows.reverse()
        self.cursor += len(rows)
        return Rows(rows, missed)

    async def wait(self, most: int = 1_000) -> Rows:
        """The next rows, as soon as there are any."""
        while not self.waiting:
            await self._changed().wait()
        return self.read(most)
