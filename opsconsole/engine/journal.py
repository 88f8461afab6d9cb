"""The journal: what was asked of a session, in order, so that the session can be run again.

A run is deterministic, so a journal holds no state: the fleet, the seed and every command with its virtual time *are*
the session. It is a file of JSON lines, only ever appended to. Each line ends with a link: a digest of the line and of
the link before it, so that a changed, missing or swapped line is found and named. A line that the death of the process
tore (the last one, without its end) is no damage: it is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

FORMAT: Final = 1
"""The version of the journal's format, written in its header."""

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""A longer line is damage: no fleet file is that long."""

_LINK_BYTES: Final = 8
_LINK: Final = re.compile(rb',"link":"([0-9a-f]{16})"\}')
_LINK_LENGTH: Final = len(b',"link":"0123456789abcdef"}')


class JournalError(Exception):
    """A journal that cannot be read, written or locked. Its text is a sentence for the person who reads it."""


class JournalDamage(JournalError):
    """A line of the journal is not what was written there. ``line`` counts from 1."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}")
        self.path = path
        self.line = line
        self.what = what


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


class Checkpoint(_Record):
    """The event log after ``rows`` rows: its digest, and a short mark of each row since the last checkpoint."""

    kind: Literal["digest"] = "digest"
    t: int = Field(ge=0)
    rows: int = Field(ge=0)
    digest: str
    marks: str = ""


Record = Annotated[Header | Asked | Ended | Clock | Checkpoint, Field(discriminator="kind")]
_RECORD: Final[TypeAdapter[Header | Asked | Ended | Clock | Checkpoint]] = TypeAdapter(
    Record, config=ConfigDict(defer_build=True)
)
_SomeRecord = TypeVar("_SomeRecord", bound=_Record)


@dataclass(frozen=True)
class Contents:
    """What a journal says, checked line by line."""

    path: Path
    header: Header
    records: Sequence[Asked | Ended | Clock | Checkpoint]
    torn: bool
    """The last line was cut off when the writing process died; it is not among the records."""
    end: int
    """Bytes up to the end of the last whole line."""
    link: bytes

    def of(self, kind: type[_SomeRecord]) -> list[_SomeRecord]:
        """The records of one kind, in order."""
        return [record for record in self.records if isinstance(record, kind)]

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
    records: list[Asked | Ended | Clock | Checkpoint] = []
    link, end, torn, last_seq = b"", 0, False, 0
    for number, raw in _lines(path):
        if not raw.endswith(b"\n") and not _LINK.search(raw):
            torn = True  # only a last line can lack its end: what the dying process could not finish
            break
        record, link = _check(path, number, raw, link)
        if isinstance(record, Header) != (number == 1):
            raise JournalDamage(path, number, "the header must be the first line, and only that one")
        if isinstance(record, Header):
            header = _supported(path, record)
        else:
            if isinstance(record, Asked):
                if record.seq != last_seq + 1:
                    raise JournalDamage(path, number, f"command {record.seq} follows command {last_seq}")
                last_seq = record.seq
            records.append(record)
        end += len(raw)
    if header is None:
        raise JournalError(f"{path}: no journal: it holds not one whole line")
    return Contents(path, header, tuple(records), torn, end, link)


class Journal:
    """A journal open for writing, by this process alone.

    ``create`` begins a new one and never overwrites, ``reopen`` goes on with one that was read. With ``sync`` (a live
    session) a command is on the disk before ``append`` returns; without it (headless) the disk is waited for once, in
    ``close``. Every method raises ``JournalError`` when the disk refuses.
    """

    def __init__(self, path: Path, file: int, lock: FileLock, link: bytes, *, sync: bool) -> None:
        self.path = path
        self._file: int | None = file
        self._lock = lock
        self._link = link
        self._sync = sync

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
        journal.append(header)
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

    def append(self, record: Header | Asked | Ended | Clock | Checkpoint) -> None:
        """Write one record. A command of a live session is on the disk when this returns."""
        if self._file is None:
            raise JournalError(f"{self.path} is closed")
        line, self._link = _seal(record, self._link)
        try:
            _write_all(self._file, line)
            if self._sync and isinstance(record, Header | Asked):
                os.fsync(self._file)
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be written: {error.strerror}") from None


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


def _seal(record: _Record, link: bytes) -> tuple[bytes, bytes]:
    body = json.dumps(record.model_dump(), ensure_ascii=False, separators=(",", ":")).encode()
    new_link = _next_link(link, body)
    return body[:-1] + b',"link":"' + new_link.hex().encode() + b'"}\n', new_link


def _next_link(link: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(link + body, digest_size=_LINK_BYTES).digest()


def _check(
    path: Path, number: int, raw: bytes, link: bytes
) -> tuple[Header | Asked | Ended | Clock | Checkpoint, bytes]:
    line = raw.removesuffix(b"\n")
    found = _LINK.fullmatch(line[-_LINK_LENGTH:])
    if found is None:
        raise JournalDamage(path, number, "not a line of a journal, or changed since it was written")
    body = line[:-_LINK_LENGTH] + b"}"
    expected = _next_link(link, body)
    if expected.hex().encode() != found[1]:
        raise JournalDamage(path, number, "changed since it was written (or the line before it is missing)")
    try:
        return _RECORD.validate_json(body), expected
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise JournalDamage(path, number, f"not a record of format {FORMAT}: {where}: {first['msg']}") from None


def _supported(path: Path, header: Header) -> Header:
    if header.format != FORMAT:
        raise JournalError(
            f"{path}: written in format {header.format} by opsconsole {header.product}; this version reads {FORMAT}"
        )
    return header


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(MAX_LINE_BYTES):
                number += 1
                if len(raw) >= MAX_LINE_BYTES:
                    raise JournalDamage(path, number, "longer than any line of a journal")
                yield number, raw
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from None


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _lock(path: Path) -> FileLock:
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise JournalError(f"{path} is in use: another opsconsole is writing it") from None
    except OSError as error:
        raise JournalError(f"{path}: cannot be written: {error.strerror}") from None
    return lock
