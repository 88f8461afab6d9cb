"""What every verb says to the person at the terminal: results to stdout, one readable block of trouble to stderr."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

EXIT_DONE: Final = 0
EXIT_USAGE: Final = 2
EXIT_STOPPED: Final = 4
EXIT_INTERNAL: Final = 5


class UsageError(Exception):
    """The command line, or a file it names, cannot be used; its text says what would be right."""


class Parser(argparse.ArgumentParser):
    """argparse, but errors are sentences of ours and options are not abbreviated (so that adding one breaks nobody)."""

    def __init__(self, *, prog: str, description: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raise ``UsageError`` instead of ending the process."""
        raise UsageError(f"{message}\n{self.format_usage().strip()}\n`{self.prog} --help` tells more")


_SHOWN: Final = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
"""A file's name, or what a file says, may hold what a terminal would obey."""


def say(text: str) -> None:
    """A line (or several) of result. Control characters are shown, not obeyed; so is what the encoding lacks."""
    text = text.translate(_SHOWN)
    try:
        print(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding))


def complain(text: str) -> None:
    """One block of trouble on stderr; control characters are shown, not obeyed."""
    clean = "".join(char if char == "\n" or char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    with contextlib.suppress(OSError):  # nobody listens
        print(f"opsconsole: {clean}", file=sys.stderr)


def say_list(text: str) -> None:
    """Lines of a list: whole when they go to a file or a pipe, cut at the screen's edge when they do not."""
    if not sys.stdout.isatty():
        say(text)
        return
    columns = shutil.get_terminal_size().columns
    say("\n".join(line if len(line) <= columns else line[: columns - 1] + "…" for line in text.split("\n")))


def flush() -> None:
    """Push the last output out while its failing can still be quiet."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_stdout()


def mind_closed_streams() -> None:
    """A program may be started with streams closed (``>&-``): what is written there goes nowhere."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115  # as long as the process
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def let_go_of_stdout() -> None:
    """The reader has gone (``| head``): let the interpreter's own last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_traceback(error: BaseException) -> str:
    """Keep an internal error's traceback where it can be sent from; returns the file's name."""
    try:
        file, name = tempfile.mkstemp(prefix="opsconsole-error-", suffix=".txt", text=True)
        with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write(f"{' '.join(sys.argv)}\n\n")
            out.writelines(traceback.format_exception(error))
    except OSError as problem:
        return f"(nowhere: {problem})"
    return name


def count(number: int, noun: str) -> str:
    """``1 command``, ``2 commands``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def table(rows: Sequence[tuple[str, ...]], indent: str = "") -> str:
    """Columns as wide as their widest cell, the last one as it comes."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    lines = (
        indent + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def headed(headings: Sequence[str], rows: Sequence[tuple[str, ...]], indent: str = "") -> str:
    """A table under its headings; a column whose heading begins with `>` stands to the right, an empty one nowhere."""
    columns = [
        [cell.rjust(max(map(len, cells))) if heading.startswith(">") else cell for cell in cells]
        for heading, *below in zip(headings, *rows, strict=True)
        if any(below) and (cells := [heading.lstrip(">"), *below])
    ]
    return table(list(zip(*columns, strict=True)), indent)
