"""What several verbs share: a fleet, a seed, and commands that are asked by themselves (``--do``)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from opsconsole.cli.terminal import UsageError

if TYPE_CHECKING:
    from opsconsole.engine.session import Scripted, Session

SCRIPT = "script"
_US = 1_000_000


def add_fleet(parser: argparse.ArgumentParser) -> None:
    """The positional FLEET and ``--seed``."""
    parser.add_argument("fleet", metavar="FLEET", help="a fleet file, or the name of a shipped fleet")
    parser.add_argument("--seed", type=int, metavar="N", help="chance's seed (default: the fleet file's)")


def add_script(parser: argparse.ArgumentParser) -> None:
    """``--do``, any number of times."""
    parser.add_argument(
        "--do",
        action="append",
        default=[],
        metavar="COMMAND",
        help='ask a command at a virtual time: "T+60s az:outage us-east-1a for=30m" (repeatable)',
    )


def add_moment(parser: argparse.ArgumentParser) -> None:
    """``--at``."""
    parser.add_argument(
        "--at", default="T+0s", metavar="T+TIME", help='the virtual time to look at: "T+10m" (default T+0s)'
    )


def script(lines: list[str]) -> list[Scripted]:
    """The commands of ``--do``, in order. Raises ``UsageError`` naming the one that is wrong."""
    if not lines:  # without commands none need be known
        return []
    from opsconsole.commands import BadCommand, timed
    from opsconsole.engine.session import Scripted

    entries = []
    for line in lines:
        try:
            time_us, command = timed(line)
        except BadCommand as error:
            raise UsageError(f'--do "{line}": {error}') from None
        entries.append(Scripted(time_us, SCRIPT, command))
    return entries


def schedule(session: Session, entries: list[Scripted]) -> None:
    """Give a session its script. A target that the fleet does not have is told now, not when its time comes.

    Two kinds of target are not known yet: a fault (it gets its id when it begins), and what an earlier command makes.
    """
    if not entries:
        return
    from opsconsole.commands import TargetKind

    made: list[object] = []
    for entry in entries:
        command = entry.command
        if command.takes is not TargetKind.HEALABLE and command.target not in made:
            command.find(session.cloud)
        made += [value for field, value in command if field != "target"]
    session.schedule(entries)


def within(entries: list[Scripted], until_us: int, option: str) -> None:
    """Raise ``UsageError`` if a command's time lies after the end: it would never be asked, and nobody would notice."""
    for entry in entries:
        if entry.time_us > until_us:
            line = entry.command.line()
            raise UsageError(
                f'--do "{clock(entry.time_us)} {line}" lies after the end ({option}): it would never be asked'
            )


def session_at(args: argparse.Namespace) -> Session:
    """A session of FLEET, run to ``--at`` with what ``--do`` asks on the way; it is not recorded."""
    from opsconsole.engine.begin import begin
    from opsconsole.fleet import load_fleet

    at_us, entries = duration_us(args.at, "--at"), script(args.do)
    session = begin(load_fleet(args.fleet), seed=args.seed, ready=lambda session: schedule(session, entries))
    session.run_until(at_us)
    return session


def duration_us(text: str, option: str) -> int:
    """Virtual microseconds of ``24h`` or ``T+10m``. Raises ``UsageError`` naming the option."""
    from opsconsole.fleet import BadQuantity, parse_duration

    bare = text[2:] if text[:2] in ("T+", "t+") else text
    if bare == "0":
        return 0
    try:
        return round(parse_duration(bare) * _US)
    except BadQuantity as error:
        raise UsageError(f'{option} "{text}": {error.wrong}; {error.right}') from None


def clock(time_us: int) -> str:
    """A virtual time as people read it: ``T+1h2m3s``."""
    from opsconsole.fleet import format_duration

    return f"T+{format_duration(time_us / _US)}"
