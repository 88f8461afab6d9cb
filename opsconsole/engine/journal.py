"""The journal: what was asked of a session, in order, so that the session can be run again.

A run is deterministic, so a journal holds no state: the fleet, the seed and every command with its virtual time *are*
the session. It is a file of JSON lines, only ever appended to. Each line ends with a link: a digest of the line and of
the link before it, so that a changed, missing or swapped line is found and named. A line that the death of the process
tore (the last one, without its end) is no damage: it is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from opsconsole.engine.lines import JournalDamage as JournalDamage
from opsconsole.engine.lines import JournalError as JournalError
from opsconsole.engine.lines import Line, linked_lines, seal

FORMAT: Final = 1
"""The version of the journal's format, written in its header."""

LOCK_SUFFIX: Final = ".lock"
"""What the name of the file beside a journal that is locked while somebody writes it ends with."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Header(_Record):
    """The first record: all that the run depends on besides its commands."""

    kind: Literal["header"] = "header"
    format: int
    product: str
    catalog: str
    fleet_name: str
    fleet: str
    seed: int
    started: str = ""
    """Wall time at which the session began (ISO 8601, UTC); for people only."""


class Asked(_Record):
    """A command as it was asked, before it took effect. ``t`` is virtual time in microseconds."""

    kind: Literal["asked"] = "asked"
    seq: int = Field(ge=1)
    t: int = Field(ge=0)
    who: str
    command: str


class Ended(_Record):
    """How a command came out: refused, done or failed, with AWS's code where there is one."""

    kind: Literal["ended"] = "ended"
    seq: int = Field(ge=1)
    t: int = Field(ge=0)
    outcome: Literal["refused", "done", "failed"]
    code: str = ""


class Clock(_Record):
    """Where virtual time stood: live sessions write one now and then, so that a killed one resumes near its end."""

    kind: Literal["clock"] = "clock"
    t: int = Field(ge=0)
    why: Literal["tick", "pause", "speed", "quit"]
    speed: float = 1.0


class Steered(_Record):
    """What somebody who was attached did to time; for people only, as ``clock`` records tell where it stood."""

    kind: Literal["steered"] = "steered"
    t: int = Field(ge=0)
    who: str
    what: str


class Checkpoint(_Record):
    """The event log after ``rows`` rows: its digest, and a short mark of each row since the last checkpoint."""

    kind: Literal["digest"] = "digest"
    t: int = Field(ge=0)
    rows: int = Field(ge=0)
    digest: str
    marks: str = ""


Entry = Asked | Ended | Clock | Steered | Checkpoint
"""What follows the header."""

_RECORD: Final[TypeAdapter[Header | Entry]] = TypeAdapter(
    Annotated[Header | Entry, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
_SomeRecord = TypeVar("_SomeRecord", bound=_Record)


@dataclass(frozen=True)
class Contents:
    """What a journal says, checked line by line."""

    path: Path
    header: Header
    records: Sequence[Entry]
    torn: bool
    """The last line was cut off when the writing process died; it is not among the records."""
    end: int
    """Bytes up to the end of the last whole line."""
    link: bytes

    def of(self, kind: type[_SomeRecord]) -> list[_SomeRecord]:
        """The records of one kind, in order."""
        return [record for record in self.records if isinstance(record, kind)]

    def until(self, time_us: int) -> Contents:
        """The same journal as if it told of nothing after a virtual time (µs)."""
        return replace(self, records=tuple(record for record in self.records if record.t <= time_us))

    @property
    def asked(self) -> list[Asked]:
        """The commands, in the order in which they were asked."""
        return self.of(Asked)

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """The digests of the event log, in order."""
        return self.of(Checkpoint)

    @property
    def last_us(self) -> int:
        """The latest virtual time that any record carries (µs)."""
        return max((record.t for record in self.records), default=0)


def read_journal(path: Path) -> Contents:
    """Read and check a journal. Raises ``JournalDamage`` naming the first bad line, or ``JournalError``."""
    header: Header | None = None
    records: list[Entry] = []
    link, end, torn, last_seq = b"", 0, False, 0
    for line in linked_lines(path):
        if line.torn:
            torn = True
            break
        if line.number == 1:
            header = read_header(path, line)
        else:
            record = _record(path, line)
            if isinstance(record, Header):
                raise JournalDamage(path, line.number, "a second header")
            if isinstance(record, Asked):
                if record.seq != last_seq + 1:
                    raise JournalDamage(path, line.number, f"command {record.seq} follows command {last_seq}")
                last_seq = record.seq
            records.append(record)
        link, end = line.link, end + line.length
    if header is None:
        raise JournalError(f"{path}: no journal: it holds not one whole line")
    return Contents(path, header, tuple(records), torn, end, link)


def read_header(path: Path, line: Line) -> Header:
    """The header, which is the first line. Raises ``JournalError`` for a format that this version does not read."""
    _supported(path, line)
    record = _record(path, line)
    if not isinstance(record, Header):
        raise JournalDamage(path, line.number, "the header must be the first line")
    return record


def in_use(path: Path) -> bool:
    """Whether a process is writing this journal now."""
    lock = _lock_of(path.resolve())
    if not Path(lock.lock_file).exists():
        return False
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def delete_journal(path: Path) -> bool:
    """Delete a journal and its lock's file; False if it is in use, or the system refuses."""
    lock = _lock_of(path.resolve())
    try:
        lock.acquire()
    except (Timeout, OSError):
        return False
    try:
        path.unlink()
    except OSError:
        return False
    finally:
        lock.release()
        with contextlib.suppress(OSError):
            if not path.exists():
                Path(lock.lock_file).unlink(missing_ok=True)
    return True


class Journal:
    """A journal open for writing, by this process alone.

    ``create`` begins a new one and never overwrites, ``reopen`` goes on with one that was read. With ``sync`` (a live
    session) a command is on the disk before ``append`` returns; without it (headless) the disk is waited for once, in
    ``close``. ``sync`` may change on the way. Every method raises ``JournalError`` when the disk refuses.
    """

    def __init__(self, path: Path, file: int, lock: FileLock, link: bytes, *, sync: bool) -> None:
        self.path = path
        self.sync = sync
        self._file: int | None = file
        self._lock = lock
        self._link = link

    @classmethod
    def create(cls, path: Path, header: Header, *, sync: bool = True) -> Journal:
        """Begin a journal, readable by its owner only. Raises ``JournalError`` where one exists already."""
        path = path.resolve()
        lock = _lock(path)
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY, 0o600)
        except FileExistsError:
            lock.release()
            raise JournalError(
                f"{path} exists, and a journal is never overwritten: continue it with `opsconsole resume`, "
                "or choose another name"
            ) from None
        except OSError as error:
            lock.release()
            raise JournalError(f"{path}: cannot be written: {error.strerror}") from None
        journal = cls(path, file, lock, b"", sync=sync)
        try:
            journal.append(header)
        except JournalError:  # a disk that is full already: leave no half a header behind
            journal.discard()
            raise
        if sync:
            with contextlib.suppress(OSError):  # not every file system can; the journal itself is on the disk
                _sync_folder(path.parent)
        return journal

    @classmethod
    def reopen(cls, contents: Contents, *, sync: bool = True) -> Journal:
        """Go on with a journal that was read: a torn last line is cut off, new records link to the last whole one."""
        path = contents.path.resolve()
        lock = _lock(path)
        try:
            if read_journal(path).end != contents.end:
                raise JournalError(f"{path} has grown since it was read: another process has continued it")
            file = os.open(path, os.O_RDWR | _BINARY)
            os.ftruncate(file, contents.end)
            os.lseek(file, -1, os.SEEK_END)
            ends_whole = os.read(file, 1) == b"\n"
            if not ends_whole:
                os.write(file, b"\n")
        except OSError as error:
            lock.release()
            raise JournalError(f"{path}: cannot be continued: {error.strerror}") from None
        except JournalError:
            lock.release()
            raise
        return cls(path, file, lock, contents.link, sync=sync)

    def close(self) -> None:
        """Wait for the disk, then give up the file and the lock. Closing twice is harmless."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            os.fsync(file)
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be written: {error.strerror}") from None
        finally:
            os.close(file)
            self._lock.release()

    def discard(self) -> None:
        """Give up the file and the lock, and delete what was written."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self.path.unlink(missing_ok=True)
            self._lock.release()

    def append(self, record: Header | Entry) -> None:
        """Write one record. A command of a live session is on the disk when this returns."""
        if self._file is None:
            raise JournalError(f"{self.path} is closed")
        body = json.dumps(record.model_dump(), ensure_ascii=False, separators=(",", ":")).encode()
        line, self._link = seal(body, self._link)
        try:
            _write_all(self._file, line)
            if self.sync and isinstance(record, Header | Asked):
                os.fsync(self._file)
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be written: {error.strerror}") from None


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


def _record(path: Path, line: Line) -> Header | Entry:
    try:
        return _RECORD.validate_json(line.body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise JournalDamage(path, line.number, f"not a record of format {FORMAT}: {where}: {first['msg']}") from None


def _supported(path: Path, line: Line) -> None:
    """Look at the format alone, before anything else of a header that another version may have written otherwise."""
    try:
        header = json.loads(line.body)
    except ValueError:
        return  # what is wrong with it, its validation says better
    if isinstance(header, dict) and isinstance(header.get("format"), int) and header["format"] != FORMAT:
        raise JournalError(
            f"{path}: written in format {header['format']} by opsconsole {header.get('product', '(unknown)')}; "
            f"this version reads format {FORMAT}"
        )


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync_folder(folder: Path) -> None:
    """Have a new file's name on the disk too: without it, a loss of power may take the whole file."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _lock_of(path: Path) -> FileLock:
    return FileLock(path.with_name(path.name + LOCK_SUFFIX), timeout=0, mode=0o600)


def _lock(path: Path) -> FileLock:
    lock = _lock_of(path)
    try:
        lock.acquire()
    except Timeout:
        raise JournalError(f"{path} is in use: another opsconsole is writing it") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be written: {error.strerror}") from None
    return lock
