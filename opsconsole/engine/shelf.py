"""The shelf: a folder of journals. What each is, at a glance, and which may go when there are too many.

A glance proves every line by its link but runs nothing, so a folder of hundreds is told in a moment. What goes is what
nobody has written for longest; what is being written, or was within the last day, stays whatever the limits say.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from opsconsole.engine.journal import LOCK_SUFFIX, delete_journal, in_use, read_header
from opsconsole.engine.lines import JournalDamage, JournalError, linked_lines
from opsconsole.engine.records import LONGEST_US, Header

SUFFIX: Final = ".journal"

KEPT: Final = 100
"""Journals that a shelf keeps."""

KEPT_BYTES: Final = 256 * 1024 * 1024
"""Bytes that they may have in all."""

UNTOUCHED_S: Final = 24 * 3600
"""Wall seconds since it was last written before a journal may be deleted."""


_BRANCH: Final = re.compile(r"-branch(-\d+)?$")

_ASKED: Final = b'{"kind":"asked",'
"""How the line of a command begins. The times of the lines never go back, so the last one has the session's length."""


class Ending(StrEnum):
    """How a session ended, as far as its journal tells."""

    RUNNING = "running"
    QUIT = "quit"
    KILLED = "killed"
    TORN = "torn"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Glance:
    """A journal at a glance. ``length_us`` is virtual time, ``written_s`` wall time (POSIX).

    ``header`` is None, and ``trouble`` a sentence, where the journal cannot be read; a damaged one is told up to there.
    """

    path: Path
    header: Header | None
    length_us: int
    commands: int
    ending: Ending
    trouble: str
    size: int
    written_s: float

    @property
    def name(self) -> str:
        """What the session is called: the file's name without its ending."""
        return self.path.name.removesuffix(SUFFIX)


def glance(path: Path) -> Glance:
    """Look at one journal. Raises ``OSError`` if it is not there (any more)."""
    stat = path.stat()
    header: Header | None = None
    commands, last, ending, trouble = 0, b"{}", Ending.KILLED, ""
    try:
        for line in linked_lines(path):
            if line.torn:
                ending = Ending.TORN
            elif line.number == 1:
                header = read_header(path, line)
            else:
                commands += line.body.startswith(_ASKED)
                last = line.body
    except JournalDamage as damage:
        ending, trouble = Ending.DAMAGED, f"damaged at line {damage.line}: {damage.what}"
    except JournalError as error:
        ending, trouble = Ending.DAMAGED, str(error).removeprefix(f"{path}: ")
    length_us, quit = _end(last)
    if ending is Ending.KILLED and quit:
        ending = Ending.QUIT
    if header is None and not trouble:
        ending, trouble = Ending.DAMAGED, "killed before it began: it holds not one whole line"
    if in_use(path):  # whatever its last line looks like: it is being written
        ending, trouble = Ending.RUNNING, ""
    return Glance(path, header, length_us, commands, ending, trouble, stat.st_size, stat.st_mtime)


def _end(last: bytes) -> tuple[int, bool]:
    """The virtual time (µs) that the last line tells of, and whether it is that of a person who left."""
    try:
        record = json.loads(last)
    except (ValueError, RecursionError):
        return 0, False
    t = record.get("t", 0)
    return t if isinstance(t, int) and 0 <= t <= LONGEST_US else 0, record.get("why") == "quit"


def glances(folder: Path) -> list[Glance]:
    """Every journal of a folder, the session that began last first. A folder that is not there has none."""
    found: list[Glance] = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):  # deleted just now
            found.append(glance(path))
    return sorted(found, key=lambda one: (one.header.started if one.header else "", one.name), reverse=True)


def make_room(folder: Path, now_s: float, *, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> list[Path]:
    """Delete the journals written longest ago until, with one more, the limits hold; returns what is gone.

    One that is in use, that was written within the last day, or that the system does not give up, stays.
    """
    files = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            stat = path.stat()
            files.append((stat.st_mtime, stat.st_size, path))
    gone: list[Path] = []
    bytes_so_far = 0
    for place, (written_s, size, path) in enumerate(sorted(files, reverse=True), start=2):
        bytes_so_far += size
        too_many = place > kept or bytes_so_far > kept_bytes
        if too_many and now_s - written_s > UNTOUCHED_S and delete_journal(path):
            gone.append(path)
    _sweep_locks(folder, now_s)
    return gone


def _sweep_locks(folder: Path, now_s: float) -> None:
    """Delete old locks whose journals are gone: somebody has deleted these by hand."""
    for lock in folder.glob(f"*{SUFFIX}{LOCK_SUFFIX}"):
        with contextlib.suppress(OSError):
            alone = not lock.with_name(lock.name.removesuffix(LOCK_SUFFIX)).exists()
            if alone and now_s - lock.stat().st_mtime > UNTOUCHED_S:
                lock.unlink()


def branch_beside(journal: Path) -> Path:
    """The journal of a session that leaves another one: beside that one's, named after it; there is none yet."""
    stem = _BRANCH.sub("", journal.stem)
    names = (f"{stem}-branch{'' if number == 1 else f'-{number}'}" for number in itertools.count(1))
    return next(path for name in names if not (path := journal.with_name(f"{name}{journal.suffix}")).exists())
