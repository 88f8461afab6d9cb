"""List the recorded sessions, the newest first: when it began, what was done, how it ended, and how to go on with it.

The console and drills played in it record themselves in your state folder. It keeps the 100 sessions written last, 256
MiB of them at most; older ones are deleted when a new one begins, but never one that runs or that was written within
the last day.
"""

from __future__ import annotations

import argparse
import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.cli.terminal import EXIT_DONE, UsageError, count, say, table

if TYPE_CHECKING:
    from opsconsole.engine.shelf import Glance


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to look."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="a folder of journals (default: in your state folder)"
    )


def execute(args: argparse.Namespace) -> int:
    """Print two lines for each session."""
    from opsconsole.cli.state import sessions_folder
    from opsconsole.engine.shelf import glances

    folder = args.folder or sessions_folder()
    if args.folder is not None and not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder; without FOLDER, those of your state folder are listed")
    found = glances(folder)
    if not found:
        say(f"no session is recorded in {folder}\n`opsconsole global_aurora` opens the console, which records itself")
        return EXIT_DONE
    attachable = _attachable()
    say(f"SIMULATED  {count(len(found), 'session')} in {folder}, the newest first")
    heads = table([_head(one) for one in found]).split("\n")
    for one, head in zip(found, heads, strict=True):
        say(f"\n  {head}\n    {_next(one, attachable, named=args.folder is None)}")
    return EXIT_DONE


def _head(one: Glance) -> tuple[str, ...]:
    from opsconsole.fleet import format_duration

    if one.header is None:
        return (_local(one.written_s), one.name, "", "", "", _size(one.size), _ended(one))
    return (
        _local(_began_s(one.header.started, one.written_s)),
        Path(one.header.fleet_name).stem,
        f"seed {one.header.seed}",
        format_duration(one.length_us // 1_000_000),
        count(one.commands, "command"),
        _size(one.size),
        _ended(one),
    )


def _ended(one: Glance) -> str:
    from opsconsole.engine.shelf import Ending

    match one.ending:
        case Ending.TORN:
            return "killed (its last line is cut off, and left out)"
        case Ending.DAMAGED:
            return one.trouble
        case other:
            return other.value


def _attachable() -> frozenset[str]:
    """The names of the sessions that one may attach to now; one that was killed may be among them."""
    from opsconsole.cli.state import meeting_folder
    from opsconsole.engine.sharing.meeting import places

    try:
        return frozenset(place.card.name for place in places(meeting_folder()))
    except OSError:
        return frozenset()


def _next(one: Glance, attachable: frozenset[str], *, named: bool) -> str:
    """What to type to have it again, or to be there."""
    from opsconsole.engine.shelf import Ending

    session = one.name if named else shlex.quote(str(one.path))
    match one.ending:
        case Ending.DAMAGED:
            return f"cannot be gone on with: {session}"
        case Ending.RUNNING if one.name in attachable:
            return f"opsconsole attach {one.name}"
        case Ending.RUNNING:
            return f"opsconsole replay {session}"
        case _:
            return f"opsconsole resume {session}"


def _began_s(started: str, written_s: float) -> float:
    try:
        return datetime.fromisoformat(started).timestamp()
    except ValueError:
        return written_s


def _local(posix_s: float) -> str:
    """The wall clock of the person who reads it."""
    return datetime.fromtimestamp(posix_s).strftime("%Y-%m-%d %H:%M")


def _size(size: int) -> str:
    return f"{size / 1024:.0f} KiB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MiB"
