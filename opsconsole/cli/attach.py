"""See a running session of yours in a second terminal: the same session, the same moment, at this terminal's size.

Who watches changes nothing. An instructor may break, heal, operate, say something and steer time, for everybody who
looks at the session; its journal tells who did what. Leaving does nothing to the session.
"""

from __future__ import annotations

import argparse
import getpass
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from opsconsole.cli.console import add_looks, looks, need_terminal
from opsconsole.cli.state import meeting_folder
from opsconsole.cli.terminal import EXIT_DONE, EXIT_STOPPED, UsageError, complain, count, say, table

if TYPE_CHECKING:
    from opsconsole.engine.sharing.follower import Follower
    from opsconsole.engine.sharing.meeting import Place


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole attach`."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="a running session, or how its name begins (default: the only one)"
    )
    parser.add_argument(
        "--role", choices=("watch", "instructor"), default="watch", help="what you want to do (default watch)"
    )
    parser.add_argument(
        "--as", dest="who", type=_who, metavar="NAME", help="what you are called there (default: your user's name)"
    )
    add_looks(parser)


def _who(text: str) -> str:
    from opsconsole.engine.sharing.messages import MAX_NAME

    if not re.fullmatch(r"[A-Za-z0-9._-]+", text) or len(text) > MAX_NAME:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name: up to {MAX_NAME} letters, digits, dots, hyphens and underscores"
        )
    return text


def execute(args: argparse.Namespace) -> int:
    """Find the session, attach, show it, and tell how it ended."""
    from opsconsole.console.app import run_console
    from opsconsole.engine.sharing.attaching import attach
    from opsconsole.engine.sharing.follower import WATCHING, NotAttached
    from opsconsole.engine.sharing.messages import Role

    place = _find(args.name)
    need_terminal()
    role = Role(args.role)
    attached: list[Follower] = []
    watches = role is Role.WATCH
    options = replace(looks(args), read_only=watches, why_read_only=WATCHING if watches else "")

    async def opening() -> Follower:
        attached.append(await attach(place, role, args.who or _user(), way=options.way))
        return attached[0]

    try:
        run_console(opening, options)
    except NotAttached as reason:
        raise UsageError(f"not attached: {reason}") from None
    return _tell(attached[0]) if attached else EXIT_DONE


def _user() -> str:
    """The user's name, as far as it can be written in a journal."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        name = ""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[:32] or "somebody"


def _find(name: str | None) -> Place:
    """The session that is meant. Raises ``UsageError`` if there is none, or more than one."""
    import anyio

    from opsconsole.engine.sharing.meeting import running

    found = anyio.run(running, meeting_folder())
    if not found:
        raise UsageError(
            "no session is running that can be attached to\n"
            "`opsconsole global_aurora` in another terminal opens one (one with --no-attach cannot be)"
        )
    meant = [place for place in found if name is None or place.card.name.startswith(name)]
    exact = [place for place in meant if place.card.name == name]
    if len(exact or meant) == 1:
        return (exact or meant)[0]
    what = f"{count(len(meant), 'session')} are running: say which" if meant else f"no running session is called {name}"
    raise UsageError(f"{what}\n{_listed(meant or found)}")


def _listed(found: list[Place]) -> str:
    rows = [(f"opsconsole attach {shlex.quote(place.card.name)}", place.card.fleet) for place in found]
    return table(rows, "  ")


def _tell(follower: Follower) -> int:
    """How it ended, and how to go on with a session that was killed."""
    from opsconsole.engine.sharing.follower import Why

    if follower.ending is None:
        say("SIMULATED session left; it goes on")
        return EXIT_DONE
    why, sentence = follower.ending
    if why is Why.LEFT:
        say(f"SIMULATED {sentence}")
        return EXIT_DONE
    if why is Why.KILLED:
        journal = follower.journal
        resume = f"go on with it:\n  opsconsole resume {shlex.quote(journal)}" if journal else "it was not recorded"
        sentence = f"{sentence}; {resume}"
    complain(sentence)
    return EXIT_STOPPED
