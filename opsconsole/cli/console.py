"""Open the console on a fleet: watch it, operate it, break it.

Everything it shows is SIMULATED. The session is recorded, and `opsconsole resume` goes on with it, unless --no-journal
is given.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.cli.script import add_fleet, add_script, schedule, script
from opsconsole.cli.state import default_journal, meeting_folder
from opsconsole.cli.terminal import UsageError, complain, say

if TYPE_CHECKING:
    from opsconsole.console.options import ConsoleOptions, Sharing, Stop
    from opsconsole.engine.session import Scripted, Session
    from opsconsole.engine.way import Way
    from opsconsole.fleet import LoadedFleet

PLAIN: Final = "`opsconsole run FLEET --plain` prints what happens, a line each, on any terminal"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole FLEET`."""
    add_fleet(parser)
    add_screen_options(parser)
    add_script(parser)
    recording = parser.add_mutually_exclusive_group()
    recording.add_argument(
        "--journal", type=Path, metavar="FILE", help="keep the journal here (default: in your state folder)"
    )
    recording.add_argument("--no-journal", action="store_true", help="do not record the session")


def add_screen_options(parser: argparse.ArgumentParser) -> None:
    """The options of whatever opens the console."""
    parser.add_argument(
        "--speed", type=speed, default=1.0, metavar="X", help="virtual seconds in a second, 0.1 to 3600"
    )
    parser.add_argument("--read-only", action="store_true", help="look, but change nothing")
    add_sharing(parser)
    add_looks(parser)


def add_sharing(parser: argparse.ArgumentParser) -> None:
    """The options that say who may attach."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--attach",
        choices=("instructor", "watch"),
        default="instructor",
        help="the most that others of your own user may do who attach: `opsconsole attach` (default instructor)",
    )
    who.add_argument("--no-attach", action="store_true", help="nobody can attach")


def sharing(args: argparse.Namespace) -> Sharing | None:
    """Who may attach, by those options."""
    from opsconsole.console.options import Sharing

    return None if args.no_attach else Sharing(meeting_folder(), instructors=args.attach == "instructor")


def add_looks(parser: argparse.ArgumentParser) -> None:
    """The options that say how the console looks."""
    from opsconsole.console.colours import COLOURS

    parser.add_argument("--ascii", action="store_true", help="draw with plain ASCII")
    parser.add_argument(
        "--theme",
        type=theme,
        metavar="NAME",
        help=f"{', '.join(COLOURS)} (default: that of console.toml in your configuration folder, "
        "else one that fits the terminal)",
    )
    parser.add_argument("--fresh", action="store_true", help="forget how lists were sorted and which panels hidden")
    parser.add_argument("--projector", action="store_true", help="begin with few, large figures (key P)")


def looks(args: argparse.Namespace) -> ConsoleOptions:
    """How the console shall look, by those options. Raises ``UsageError`` for a file that cannot be used."""
    from opsconsole.console.options import ConsoleOptions, remembered_file

    return ConsoleOptions(
        ascii=args.ascii,
        theme=args.theme or own_theme(),
        projector=args.projector,
        remembered_file=remembered_file(),
        fresh=args.fresh,
    )


def own_settings() -> Path:
    """Where the person's own settings are looked for; the file need not exist."""
    from platformdirs import user_config_path

    return user_config_path("opsconsole", appauthor=False) / "console.toml"


def own_theme() -> str:
    """The person's own theme, `theme = "light"` in ``console.toml``; empty without such a file, and under NO_COLOR."""
    from opsconsole.console.colours import theme_named
    from opsconsole.console.schemas import SETTINGS

    file = own_settings()
    if "NO_COLOR" in os.environ or not file.exists():
        return ""
    import tomllib

    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        if unknown := [name for name in settings if name not in SETTINGS]:
            raise ValueError(f"there is no setting {unknown[0]!r}; there is {', '.join(SETTINGS)}")
        return theme_named(str(settings["theme"])) if "theme" in settings else ""
    except (OSError, ValueError, RecursionError) as error:  # TOML's and Unicode's errors are ValueErrors
        raise UsageError(f"{file}: {error}") from None


def theme(text: str) -> str:
    """A theme as an option names it. Raises argparse's error."""
    from opsconsole.console.colours import theme_named

    try:
        return theme_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def speed(text: str) -> float:
    """A speed as an option says it. Raises argparse's error."""
    from opsconsole.engine.pacing import MAX_SPEED, MIN_SPEED, valid_speed

    try:
        return valid_speed(float(text.rstrip("x×")))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is no speed from {MIN_SPEED:g} to {MAX_SPEED:g}') from None


def execute(args: argparse.Namespace) -> int:
    """Open the console. With a terminal, the screen is there before the fleet has been read."""
    try:
        need_terminal()
    except UsageError:
        read(args)  # what is wrong with the file or the script is the better answer
        raise
    return show(args)


def show(args: argparse.Namespace) -> int:
    """Open the console on whatever draws it."""
    return open_console(lambda: _begin(args), args)


def read(args: argparse.Namespace) -> tuple[LoadedFleet, list[Scripted]]:
    """The fleet and the script. Raises ``FileProblems`` or ``UsageError`` for what is wrong with them."""
    from opsconsole.fleet import load_fleet

    return load_fleet(args.fleet), script(args.do)


def _begin(args: argparse.Namespace) -> Session:
    from opsconsole.engine.begin import begin

    loaded, entries = read(args)
    journal = None if args.no_journal else args.journal or default_journal(loaded.path.stem)
    return begin(loaded, seed=args.seed, journal=journal, live=True, ready=lambda session: schedule(session, entries))


def open_console(
    opening: Session | Callable[[], Session],
    args: argparse.Namespace,
    *,
    read_only: bool = False,
    paused: bool = False,
    stop: Stop | None = None,
    way: Way | None = None,
) -> int:
    """Show a session on the screen until the person leaves; the session's journal is finished then.

    ``opening`` is the session, or what opens it once the screen is there. ``paused``: time stands still at first;
    ``stop``: where it will. ``way``: how far what ``opening`` re-runs has come.
    """
    from opsconsole.console.app import run_console
    from opsconsole.engine.way import Way

    opened: list[Session] = []

    def open_once() -> Session:
        opened.append(opening() if callable(opening) else opening)
        return opened[0]

    looks_only = args.read_only or read_only
    shared = sharing(args)
    options = replace(
        looks(args),
        speed=args.speed,
        read_only=looks_only,
        paused=paused,
        stop=stop,
        sharing=shared._replace(instructors=False) if shared is not None and looks_only else shared,
        branches=not args.read_only,
        way=way or Way(),
    )
    try:
        code: int = run_console(open_once, options, branched=opened.append)
    finally:
        for session in opened:
            session.close()
    for session in opened:
        tell_of_journal(session)
    return code


def tell_of_journal(session: Session) -> None:
    """Say where a session was recorded, and whether all of it was."""
    if session.recorder is not None:
        if session.recorder.trouble is not None:
            complain(f"the journal is not complete: {session.recorder.trouble}")
        path = shlex.quote(str(session.recorder.path))
        say(f"SIMULATED session recorded; go on with:\n  opsconsole resume {path}")


def need_terminal() -> None:
    """Raise ``UsageError`` where there is no screen to draw on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError(f"the console needs a terminal; without one, use `opsconsole run` (or --headless)\n{PLAIN}")
    if os.name == "posix" and os.environ.get("TERM", "dumb") == "dumb":
        raise UsageError(f"the console needs a terminal that can move its cursor, and TERM is unset or `dumb`\n{PLAIN}")
