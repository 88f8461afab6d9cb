"""Validate fleet files, drills and journals, or folders of them. Every problem is named, with its line and remedy."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from opsconsole.cli.terminal import EXIT_DONE, EXIT_USAGE, UsageError, complain, count, say

_DRILL_KEY = re.compile(r"^\s*(timeline|fleet|length)\s*=|^\s*\[\[timeline\]\]|^\s*\[objective\.", re.MULTILINE)
_JOURNAL_BEGINS = b'{"kind":"header"'


def configure(parser: argparse.ArgumentParser) -> None:
    """Which files."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a fleet, drill or journal; a folder; a shipped one's name",
    )


def execute(args: argparse.Namespace) -> int:
    """Check each file; good ones are listed on stdout, problems on stderr."""
    from opsconsole.engine.journal import JournalError
    from opsconsole.fleet import FileProblems

    problems: list[str] = []
    for file in [one for name in args.files for one in _files(name)]:
        try:
            say(f"{file}: {_check(file)}")
        except FileProblems as found:
            problems += [str(problem) for problem in found.problems]
        except JournalError as found:
            problems.append(str(found))
    if not problems:
        return EXIT_DONE
    complain(count(len(problems), "problem") + "\n" + "\n".join(problems))
    return EXIT_USAGE


def _files(name: str) -> list[str]:
    """Itself; of a folder its TOML files, in order. Raises UsageError for a folder without any."""
    folder = Path(name)
    if not os.path.isdir(folder):
        return [name]
    found = sorted(str(path) for path in folder.glob("*.toml"))
    if not found:
        raise UsageError(f"{name}: this folder has no TOML file; name one with fleets or drills in it")
    return found


def _check(file: str) -> str:
    if _is_journal(Path(file)):
        return _check_journal(Path(file))
    return _check_drill(file) if _is_drill(file) else _check_fleet(file)


def _is_drill(file: str) -> bool:
    """A shipped drill's name, or a file with a drill's keys at its top, or in a folder of drills."""
    from opsconsole.drills.shipped import FOLDERS, shipped_drills
    from opsconsole.fleet import shipped_fleets

    if any(file in shipped_drills(folder) for folder in FOLDERS):
        return file not in shipped_fleets()
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return False
    return path.parent.name in FOLDERS or _DRILL_KEY.search(text) is not None


def _check_drill(file: str) -> str:
    from opsconsole.drills.load import load_drill

    return f"ok, a drill: {load_drill(file).title}"


def _is_journal(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return path.suffix == ".journal" or file.read(len(_JOURNAL_BEGINS)) == _JOURNAL_BEGINS
    except OSError:
        return False


def _check_fleet(file: str) -> str:
    from opsconsole.fleet import load_fleet

    fleet = load_fleet(file).fleet
    return f"ok, a fleet: {fleet.name}"


def _check_journal(path: Path) -> str:
    from opsconsole.cli.script import clock
    from opsconsole.engine.journal import read_journal

    contents = read_journal(path)
    torn = ", its last line was cut off (the rest is whole)" if contents.torn else ""
    return f"ok, a journal: {count(len(contents.asked), 'command')} up to {clock(contents.last_us)}{torn}"
