"""Between a running session and its journal: what is written when, and what is compared when it runs again.

The event log of a run is checked in stretches. A checkpoint holds the log's digest after so many rows, and a mark of
four bytes for each row of its stretch: the digest says *that* a second run differs, the marks say at which row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import opsconsole
from opsconsole import catalog
from opsconsole.cloud import EventLog
from opsconsole.cloud.events import Row
from opsconsole.engine.journal import Journal, JournalError
from opsconsole.engine.lines import DiskTrouble
from opsconsole.engine.records import (
    FORMAT,
    Asked,
    Checkpoint,
    Clock,
    Contents,
    DrillNote,
    Ended,
    Entry,
    Header,
    Steered,
)

ROWS_PER_CHECKPOINT: Final = 256

MOST_WAITING: Final = 10_000
"""Records that wait for a disk that is full; after more the journal is given up."""

_MARK_LENGTH: Final = 8


def hex_marks(marks: Iterable[int]) -> str:
    """Marks of rows as a checkpoint holds them."""
    return "".join(f"{mark:08x}" for mark in marks)


class Divergence(JournalError):
    """A run that does not repeat what its journal says. The text tells where, and whether the product differs."""


class Recorder:
    """Writes a session's journal, and never stops the session: while the disk refuses, it says why.

    What could not be written waits, and is written as soon as there is space again: a journal has no holes. ``trouble``
    is None while all is recorded, else the sentence that explains why the rest is not; ``reason`` is the short of it.
    """

    def __init__(self, journal: Journal, log: EventLog, now_us: int) -> None:
        self.path = journal.path
        self.trouble: str | None = None
        self.reason = ""
        self._waiting: deque[Entry] = deque()
        self._given_up = False
        self._journal = journal
        self._log = log
        self._marked = log.count
        """Rows whose marks have been written."""
        self._closed = False
        if log.count:  # what was logged before has no marks here: a resumed session has just repeated it
            self._write(Checkpoint(t=now_us, rows=log.count, digest=log.digest))
        log.subscribe(self._row)

    def asked(self, seq: int, t: int, who: str, command: str) -> None:
        """Record a command before it takes effect; on the disk, in a live session, when this returns."""
        self._write(Asked(seq=seq, t=t, who=who, command=command))

    def ended(self, seq: int, t: int, outcome: Literal["refused", "done", "failed"], code: str = "") -> None:
        """Record how a command came out."""
        self._write(Ended(seq=seq, t=t, outcome=outcome, code=code))

    def clock(self, t: int, why: Literal["tick", "pause", "speed", "quit"], speed: float) -> None:
        """Record where virtual time stands (live sessions), and the log up to here."""
        self._checkpoint(t)
        self._write(Clock(t=t, why=why, speed=speed))

    def steered(self, t: int, who: str, what: str) -> None:
        """Record what somebody who is attached did to time."""
        self._write(Steered(t=t, who=who, what=what))

    def close(self, t: int, speed: float = 1.0) -> None:
        """The session ends at ``t``: record the rest and give the journal back. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        self._log.unsubscribe(self._row)
        self._checkpoint(t)
        self._write(Clock(t=t, why="quit", speed=speed))
        try:
            self._journal.close()
        except JournalError as error:
            self._troubled(error)

    def _row(self, line: bytes, row: Row) -> None:
        if self._log.count - self._marked >= ROWS_PER_CHECKPOINT:
            self._checkpoint(int(row["t"] or 0))

    def _checkpoint(self, t: int) -> None:
        if self._log.count == self._marked:
            return
        marks = hex_marks(self._log.marks[self._marked :])
        self._marked = self._log.count
        self._write(Checkpoint(t=t, rows=self._log.count, digest=self._log.digest, marks=marks))

    def _write(self, record: Entry) -> None:
        if self._given_up:
            return
        self._waiting.append(record)
        try:
            while self._waiting:
                self._journal.append(self._waiting[0])
                self._waiting.popleft()
        except JournalError as error:
            self._troubled(error)
            if len(self._waiting) > MOST_WAITING:
                self._given_up = True
                self._waiting.clear()
        else:
            self.trouble, self.reason = None, ""

    def _troubled(self, error: JournalError) -> None:
        self.trouble = self.trouble or str(error)
        self.reason = self.reason or (error.reason if isinstance(error, DiskTrouble) else str(error))


class Verifier:
    """Compares a run that is being repeated with the checkpoints of its journal, row by row as they come.

    It only takes note (``found``): a listener of the event log must not raise. ``check`` raises.
    """

    def __init__(self, contents: Contents, log: EventLog, product: str, catalog: str) -> None:
        self.found: str | None = None
        self.checked_rows = 0
        self._header = contents.header
        self._checkpoints: Sequence[Checkpoint] = contents.checkpoints
        self._next = 0
        self._log = log
        self._product = product
        self._catalog = catalog
        self._rows: list[tuple[str, bytes]] = []
        self._compare()
        log.subscribe(self._row)

    def check(self) -> None:
        """Raise ``Divergence`` if the run has differed from the journal so far."""
        if self.found is not None:
            raise Divergence(f"{self.found} {_versions(self._header, self._product, self._catalog)}")

    def leave_off(self) -> None:
        """The run ends before its journal does: the rows since the last checkpoint must bear their marks.

        Raises ``Divergence``.
        """
        self._log.unsubscribe(self._row)
        if self.found is None and self._next < len(self._checkpoints) and self._rows:
            checkpoint = self._checkpoints[self._next]
            marks = _marks(checkpoint)
            first = checkpoint.rows - len(marks) + 1
            if first == self.checked_rows + 1:
                self.found = _difference(first, marks, self._rows)
                self.checked_rows += len(self._rows)
        self.check()

    def finish(self) -> None:
        """The run is over: every checkpoint must have been reached. Raises ``Divergence``."""
        self._log.unsubscribe(self._row)
        if self.found is None and self._next < len(self._checkpoints):
            wanted = self._checkpoints[-1]
            self.found = f"The journal has {wanted.rows} events up to {clock(wanted.t)}, this run {self._log.count}."
        self.check()

    def _row(self, line: bytes, row: Row) -> None:
        if self.found is None and self._next < len(self._checkpoints):
            self._rows.append((hex_marks(self._log.marks[-1:]), line))
            self._compare()

    def _compare(self) -> None:
        while self._next < len(self._checkpoints) and self._checkpoints[self._next].rows <= self._log.count:
            checkpoint = self._checkpoints[self._next]
            if self.found is None and self._log.digest != checkpoint.digest:
                self.found = self._where(checkpoint)
            self.checked_rows = checkpoint.rows
            self._rows.clear()
            self._next += 1

    def _where(self, checkpoint: Checkpoint) -> str:
        marks = _marks(checkpoint)
        marked = self._rows[-len(marks) :] if marks else []
        between = f"between event {self.checked_rows + 1} and event {checkpoint.rows}"
        found = _difference(checkpoint.rows - len(marked) + 1, marks, marked)
        return found or f"This run differs from its journal {between}."


def _marks(checkpoint: Checkpoint) -> list[str]:
    return [checkpoint.marks[at : at + _MARK_LENGTH] for at in range(0, len(checkpoint.marks), _MARK_LENGTH)]


def _difference(first: int, marks: Sequence[str], rows: Sequence[tuple[str, bytes]]) -> str | None:
    """The first row, counted from ``first``, that does not bear its mark, as a sentence."""
    for number, (was, (now, line)) in enumerate(zip(marks, rows, strict=False), start=first):
        if was != now:
            said = line.decode(errors="replace").strip()
            return f"This run differs from its journal from event {number} on; here it says {said}."
    return None


def _versions(header: Header, product: str, catalog: str) -> str:
    if header.product != product:
        return f"The journal was written by opsconsole {header.product}, this is {product}."
    if header.catalog != catalog:
        return "Product version is the same, the catalog's data is not."
    return f"Product version ({product}) and catalog are the same: this is a defect, please report it."


def clock(t: int) -> str:
    """A virtual time (µs) as the sentences of a journal name it."""
    return f"T+{t / 1_000_000:.6f}s"


def new_header(fleet_name: str, fleet: str, seed: int, drill: DrillNote | None = None) -> Header:
    """What a journal that is begun now says of itself."""
    return Header(
        format=FORMAT,
        product=opsconsole.__version__,
        catalog=catalog.digest(),
        fleet_name=fleet_name.encode(errors="replace").decode(),  # a path may hold bytes that are no text
        fleet=fleet,
        seed=seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        drill=drill,
    )
