"""The lines of a journal as bytes: each ends with a link, a digest of the line and of the link before it.

So a changed, missing or swapped line is found and named, without understanding what any line says. A last line without
its end is no damage but torn: the process died while it wrote, or the power was lost, after which some file systems
leave zeros where data was under way.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

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
        before, file = line - 1, shlex.quote(str(path))
        rescue = f"; the {before} lines before it are whole: `head -n {before} {file} > NEW` keeps them"
        super().__init__(f"{path}:{line}: {what}{rescue if before > 1 else ''}")
        self.path = path
        self.line = line
        self.what = what


class DiskTrouble(JournalError):
    """The disk refuses. ``reason`` is the system's word for why."""

    def __init__(self, path: Path, error: OSError) -> None:
        self.reason = error.strerror or str(error)
        super().__init__(f"{path}: cannot be written: {self.reason}")


class Line(NamedTuple):
    """A line of a journal, proved to be what was written: its record as JSON, its link, its length in the file.

    ``torn``: what lies behind the last whole line: cut off, or zeros; it says nothing.
    """

    number: int
    body: bytes
    link: bytes
    length: int
    torn: bool = False


def linked_lines(path: Path) -> Iterator[Line]:
    """The lines of a journal, each checked by its link but not yet understood. Raises as ``read_journal`` does."""
    link = b""
    for number, raw in _lines(path):
        written = raw if raw.endswith(b"\n") else raw.rstrip(b"\0")  # only a last line can lack its end
        whole = written.endswith(b"\n") or _LINK.search(written) is not None
        if whole:
            body, link = _unseal(path, number, written, link)
            yield Line(number, body, link, len(written))
        if not whole or written != raw:
            yield Line(number + whole, b"", link, 0, torn=True)


def seal(body: bytes, link: bytes) -> tuple[bytes, bytes]:
    """A record's JSON as the line that follows the one with this link, and its own link."""
    new_link = _next_link(link, body)
    return body[:-1] + b',"link":"' + new_link.hex().encode() + b'"}\n', new_link


def _next_link(link: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(link + body, digest_size=_LINK_BYTES).digest()


def _unseal(path: Path, number: int, raw: bytes, link: bytes) -> tuple[bytes, bytes]:
    line = raw.removesuffix(b"\n")
    found = _LINK.fullmatch(line[-_LINK_LENGTH:])
    if found is None:
        raise JournalDamage(path, number, "not a line of a journal, or changed since it was written")
    body = line[:-_LINK_LENGTH] + b"}"
    expected = _next_link(link, body)
    if expected.hex().encode() != found[1]:
        raise JournalDamage(path, number, "changed since it was written (or the line before it is missing)")
    return body, expected


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
