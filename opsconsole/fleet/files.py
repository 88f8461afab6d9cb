"""From a path to text: everything that can be wrong with a file before its first character is read as TOML."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final, NoReturn

from .problems import FileProblems, Problem

MOST_BYTES: Final = 16 << 20
"""No fleet that people write comes near; ten thousand instances take one."""

_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}
_UTF8_BOM: Final = b"\xef\xbb\xbf"


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 (a byte order mark is skipped); raises FileProblems if it is not such a file."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            _refuse(path, "this is a folder, not a file", "name a file in it")
        if not stat.S_ISREG(mode):
            _refuse(path, "this is not an ordinary file", "copy its content into one")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        _refuse(path, "there is no such file", "check the path; `opsconsole fleets` lists those that come with it")
    except PermissionError:
        _refuse(path, "the file may not be read", "give yourself permission to read it")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        _refuse(path, f"the file cannot be read: {reason or error}", "check the path")
    return decode(data, str(path))


def decode(data: bytes, filename: str) -> str:
    """Bytes as text; raises FileProblems for too many, for binary ones and for another encoding than UTF-8."""
    path = Path(filename)
    if len(data) > MOST_BYTES:
        _refuse(path, f"the file is larger than {MOST_BYTES >> 20} MiB", "split it: no file of ours is that large")
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            _refuse(path, f"the file is in {name}", "save it in UTF-8")
    data = data.removeprefix(_UTF8_BOM)
    if b"\0" in data:
        _refuse(path, "the file is binary, not text", "name a TOML file")
    try:
        return data.decode()
    except UnicodeDecodeError as bad:
        before = data[: bad.start]
        line_start = before.rfind(b"\n") + 1
        line, column = before.count(b"\n") + 1, len(before[line_start:].decode()) + 1
        wrong = f"the byte 0x{data[bad.start]:02x} is not UTF-8"
        raise FileProblems([Problem(filename, line, column, "", wrong, "save the file in UTF-8")]) from None


def _refuse(path: Path, wrong: str, right: str) -> NoReturn:
    raise FileProblems([Problem(str(path), 0, 0, "", wrong, right)]) from None
