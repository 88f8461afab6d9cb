"""Tell what is needed to find out why something does not work: versions, what the terminal can show, paths.

Then a self-test of a few seconds: a simulated outage, twice, and a journal. Exit code 0 if it passes, 5 if it does not;
the rest only tells.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

from opsconsole.cli.terminal import EXIT_DONE, EXIT_INTERNAL, UsageError, count, say, table

PACKAGES = ("textual", "rich", "pydantic", "anyio", "filelock", "platformdirs", "tree-sitter", "tree-sitter-toml")


def configure(parser: argparse.ArgumentParser) -> None:
    """It has no options."""


def execute(args: argparse.Namespace) -> int:
    """Print all that is known, then test."""
    from opsconsole.cli.selftest import run_selftest

    for title, rows in (("versions", _versions()), ("terminal", _terminal()), ("paths", _paths())):
        say(f"{title}\n{table(rows, '  ')}\n")
    say("self-test (everything in it is SIMULATED)")
    passed = run_selftest(lambda verdict, title, found: say(f"  {verdict:6}  {title:64}  {found}"))
    say(f"\n{'all is well' if passed else 'the self-test failed: please report it, with all that is said here'}")
    return EXIT_DONE if passed else EXIT_INTERNAL


def _versions() -> list[tuple[str, ...]]:
    import opsconsole
    from opsconsole import catalog

    rows = [
        ("opsconsole", f"{opsconsole.__version__}, catalog {catalog.digest()[:12]}"),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("system", platform.platform()),
    ]
    return [*rows, *((package, _version(package)) for package in PACKAGES)]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed: the console needs it" if package == "textual" else "not installed"


def _terminal() -> list[tuple[str, ...]]:
    return [
        ("a terminal", _terminals()),
        *((name, os.environ.get(name) or "not set") for name in ("TERM", "COLORTERM", "NO_COLOR")),
        ("colours", _colours()),
        ("size", _size()),
        ("glyphs", _glyphs()),
    ]


def _terminals() -> str:
    """Which of the three streams are one; the console needs all."""
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    missing = [name for name, stream in streams.items() if not stream.isatty()]
    return f"not on {', '.join(missing)}: the console needs all three" if missing else "yes"


def _size() -> str:
    if not sys.stdout.isatty():
        return "unknown"
    size = shutil.get_terminal_size()
    return f"{size.columns} x {size.lines}" + ("" if size.columns >= 100 else "; from 100 columns on it shows more")


def _colours() -> str:
    from rich.console import Console

    if os.environ.get("NO_COLOR"):
        return "none, as NO_COLOR asks for"
    systems = {"truecolor": "true colour", "256": "256", "standard": "16", "windows": "16"}
    system = Console(file=sys.stdout).color_system
    return "none" if system is None else systems.get(system, system)


def _glyphs() -> str:
    """Whether what the console writes to (stderr) can carry what it draws with."""
    from opsconsole.console.views.glyphs import GLYPHS

    encoding = sys.stderr.encoding or "ascii"
    try:
        GLYPHS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return f"not in {encoding}: open the console with --ascii, or set a UTF-8 locale"
    shown = sys.stdout.encoding or "ascii"
    return f"{encoding} has them: " + GLYPHS[:8].encode(shown, "replace").decode(shown)


def _paths() -> list[tuple[str, ...]]:
    from opsconsole.cli.console import own_settings
    from opsconsole.cli.state import sessions_folder
    from opsconsole.console.options import keys_file
    from opsconsole.fleet import shipped_fleets
    from opsconsole.fleet.shipped import shipped_folder

    sessions, keys = sessions_folder(), keys_file()
    return [
        ("sessions", f"{sessions} ({_sessions(sessions)})"),
        ("keys", f"{keys} ({'there' if keys.exists() else 'not there: the keys are as help lists them'})"),
        *(("", problem) for problem in _key_problems(keys)),
        ("settings", f"{own_settings()} ({_settings()})"),
        ("fleets", f"{shipped_folder()} ({count(len(shipped_fleets()), 'fleet')})"),
        ("program", str(Path(__file__).parents[1])),
    ]


def _key_problems(keys: Path) -> tuple[str, ...]:
    if not keys.exists():
        return ()
    from opsconsole.console.rebinding import read_keys  # only now: it needs Textual

    return read_keys(keys).problems


def _settings() -> str:
    from opsconsole.cli.console import own_settings, own_theme

    if not own_settings().exists():
        return "not there"
    try:
        own_theme()
    except UsageError as error:
        return f"the console does not open with it: {str(error).removeprefix(f'{own_settings()}: ')}"
    return "there"


def _sessions(folder: Path) -> str:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        return f"{nearest} cannot be written: give --journal FILE or --no-journal, or set XDG_STATE_HOME"
    kept = sum(1 for _ in folder.glob("*.journal"))
    return f"{count(kept, 'session')}, writable" if nearest == folder else "not there yet, can be made"
