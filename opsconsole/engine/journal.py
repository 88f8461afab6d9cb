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
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from pydantic import ValidationError

import opsconsole
from opsconsole.engine.lines import DiskTrouble, Line, linked_lines, seal
from opsconsole.engine.lines import JournalDamage as JournalDamage
from opsconsole.engine.lines import JournalError as JournalError
from opsconsole.engine.records import FORMAT, OLDEST_FORMAT, RECORD, Asked, Contents, Entry, Header

LOCK_SUFFIX: Final = ".lock"
"""What the name of the file beside a journal that is locked while somebody writes it ends with."""


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
            if records and record.t < records[-1].t:
                raise JournalDamage(path, line.number, "it tells of a time before that of the line before it")
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

    def __init__(self, path: Path, file: int, lock: FileLock, link: bytes, end: int = 0, *, sync: bool) -> None:
        self.path = path
        self.sync = sync
        self._file: int | None = file
        self._lock = lock
        self._link = link
        self._end = end
        self._unsure: DiskTrouble | None = None

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
            raise DiskTrouble(path, error) from None
        journal = cls(path, file, lock, b"", sync=sync)
        try:
            journal.append(header)
        except JournalError:  # a disk that is full already: leave no half a header behind
            journal.discard()
            raise
        if sync:
            sync_folder(path.parent)
        return journal

    @classmethod
    def reopen(cls, contents: Contents, *, sync: bool = True) -> Journal:
        """Go on with a journal that was read: a torn last line is cut off, new records link to the last whole one.

        One of an older format is written anew first.
        """
        path = contents.path.resolve()
        lock = _lock(path)
        try:
            if read_journal(path).end != contents.end:
                raise JournalError(f"{path} has grown since it was read: another process has continued it")
            if contents.header.format != FORMAT:
                contents = _migrate(contents)
            file = os.open(path, os.O_RDWR | _BINARY)
            try:
                end = _cut(file, contents.end)
            except OSError:
                os.close(file)
                raise
        except OSError as error:
            lock.release()
            raise JournalError(f"{path}: cannot be continued: {error.strerror}") from None
        except JournalError:
            lock.release()
            raise
        return cls(path, file, lock, contents.link, end, sync=sync)

    def close(self) -> None:
        """Wait for the disk, then give up the file and the lock. Closing twice is harmless."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            os.fsync(file)
        except OSError as error:
            raise DiskTrouble(self.path, error) from None
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
        """Write one record. A command of a live session is on the disk when this returns.

        A disk that was full leaves no part of it behind, so that it can be tried again when there is space.
        """
        if self._file is None:
            raise JournalError(f"{self.path} is closed")
        if self._unsure is not None:
            raise self._unsure
        line, link = seal(_body(record), self._link)
        try:
            _write_all(self._file, line)
        except OSError as error:
            _take_back(self._file, self._end)
            raise DiskTrouble(self.path, error) from None
        self._link, self._end = link, self._end + len(line)
        if self.sync and isinstance(record, Header | Asked):
            self._wait_for_disk(self._file)

    def _wait_for_disk(self, file: int) -> None:
        try:
            os.fsync(file)
        except OSError as error:  # what was lost nobody knows, and another fsync would not tell: this is for good
            self._unsure = DiskTrouble(self.path, error)
            raise self._unsure from None


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


def _record(path: Path, line: Line) -> Header | Entry:
    try:
        return RECORD.validate_json(line.body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise JournalDamage(path, line.number, f"not a record of format {FORMAT}: {where}: {first['msg']}") from None


def _supported(path: Path, line: Line) -> None:
    """Look at the format alone, before anything else of a header that another version may have written otherwise."""
    try:
        header = json.loads(line.body)
    except (ValueError, RecursionError):
        return  # what is wrong with it, its validation says better
    format = header.get("format") if isinstance(header, dict) else None
    if isinstance(format, int) and not OLDEST_FORMAT <= format <= FORMAT:
        product = header.get("product", "(unknown)")
        raise JournalError(
            f"{path}: written in format {format} by opsconsole {product}; this version ({opsconsole.__version__}) "
            f"reads formats {OLDEST_FORMAT} to {FORMAT}: use opsconsole {product}"
        )


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _cut(file: int, end: int) -> int:
    """Cut off what lies behind the last whole line, which gets its newline; returns where to go on."""
    os.ftruncate(file, end)
    os.lseek(file, end - 1, os.SEEK_SET)
    if os.read(file, 1) == b"\n":
        return end
    _write_all(file, b"\n")
    return end + 1


def _take_back(file: int, end: int) -> None:
    """Leave nothing of a line that was refused; where even that fails, it is a torn last line."""
    with contextlib.suppress(OSError):
        os.lseek(file, end, os.SEEK_SET)
        os.ftruncate(file, end)


def _body(record: Header | Entry) -> bytes:
    return json.dumps(record.model_dump(), ensure_ascii=False, separators=(",", ":")).encode()


def _migrate(contents: Contents) -> Contents:
    """Write a journal of an older format anew in this one, in its place and at once; returns what is there now."""
    path = contents.path.resolve()
    link, lines = b"", []
    for record in (contents.header.model_copy(update={"format": FORMAT}), *contents.records):
        line, link = seal(_body(record), link)
        lines.append(line)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    file = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY, 0o600)
    try:
        _write_all(file, b"".join(lines))
        os.fsync(file)
    finally:
        os.close(file)
    new.replace(path)
    sync_folder(path.parent)
    return read_journal(path)


def sync_folder(folder: Path) -> None:
    """Have the names in it on the disk too: without it, a loss of power may take a whole new file.

    Not every file system can, which is no trouble: the files themselves are on the disk.
    """
    if os.name == "posix":
        with contextlib.suppress(OSError):
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
        raise DiskTrouble(path, error) from None
    return lock
