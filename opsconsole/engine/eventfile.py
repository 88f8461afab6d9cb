"""The event log as a file: one JSON line a row, from the first row on."""

from __future__ import annotations

from pathlib import Path

from opsconsole.cloud import EventLog
from opsconsole.cloud.events import Row, line_of


class EventFile:
    """Writes a run's event log to a file. ``attach`` it before anything runs, ``close`` it at the end.

    A disk that refuses never disturbs the run: ``close`` raises its ``OSError`` afterwards.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._error: OSError | None = None
        self._log: EventLog | None = None

    def attach(self, log: EventLog) -> None:
        """Write every row of ``log``: those that it was begun with, and every one from now on."""
        for row in log.tail:
            self._row(line_of(row), row)
        log.subscribe(self._row)
        self._log = log

    def close(self) -> None:
        """Finish the file. Raises ``OSError`` if not all of it could be written."""
        if self._log is not None:  # what is thrown away with the run may log how it ends
            self._log.unsubscribe(self._row)
        try:
            self._file.close()
        except OSError as error:
            self._error = self._error or error
        if self._error is not None:
            raise self._error

    def _row(self, line: bytes, row: Row) -> None:
        if self._error is None:
            try:
                self._file.write(line)
            except OSError as error:
                self._error = error
