"""Run a journal again, or go on with it: in the console, or with --headless.

A replay proves, as it goes, that the event log is the same as the first time, byte for byte. It stops where --until
says; with --branch the session then goes on by hand, in a journal of its own, and the old one stays as it is.
"""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.cli.console import add_screen_options, need_terminal, open_console, tell_of_journal
from opsconsole.cli.runs import event_file, run_and_tell, stoppable
from opsconsole.cli.script import add_script, clock, duration_us, schedule, script, within
from opsconsole.cli.state import NAME, default_journal, find_journal
from opsconsole.cli.terminal import EXIT_DONE, UsageError, complain, count, say

if TYPE_CHECKING:
    from opsconsole.engine.records import Contents
    from opsconsole.engine.session import Scripted, Session

IN_STATE_FOLDER = ""
"""What --branch without FILE says."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole replay` and `opsconsole resume`."""
    resumes = parser.get_default("verb") == "resume"
    parser.add_argument("journal", metavar="JOURNAL", help=NAME)
    parser.add_argument("--headless", action="store_true", help="no screen: as fast as it goes")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write the event log here (with --headless)")
    if not resumes:
        parser.add_argument("--until", metavar="T+TIME", help='stop at this virtual time: "T+10m"')
        parser.add_argument(
            "--branch",
            nargs="?",
            const=IN_STATE_FOLDER,
            metavar="FILE",
            help="go on by hand from there, as a new session with a journal here (default: in your state folder)",
        )
    going_on = "to go on for (with --headless)" if resumes else "to go on for (with --headless --branch)"
    parser.add_argument("--for", dest="length", metavar="TIME", help=f"virtual time {going_on}")
    add_script(parser)
    add_screen_options(parser)


def execute(args: argparse.Namespace) -> int:
    """Replay, branch or resume."""
    resumes = args.verb == "resume"
    goes_on = resumes or args.branch is not None
    for option, value, needs, met in (
        ("--events", args.events, "--headless", args.headless),
        ("--for", args.length, "--headless", args.headless),
        ("--do", args.do, "--headless", args.headless),
        ("--for", args.length, "--branch", goes_on),
        ("--do", args.do, "--branch", goes_on),
    ):
        if value and not met:
            raise UsageError(f"{option} needs {needs}")
    if not args.headless:
        need_terminal()
    if resumes:
        return _resume(args)
    return _replay(args) if args.branch is None else _branch(args)


def _read(args: argparse.Namespace) -> tuple[Contents, int]:
    """The journal, and where to stop: at its end unless --until says so. Raises ``UsageError`` for a time after it."""
    from opsconsole.engine.journal import read_journal

    contents = read_journal(find_journal(args.journal))
    if args.until is None:
        return contents, contents.last_us
    until_us = duration_us(args.until, "--until")
    if until_us > contents.last_us:
        raise UsageError(f"--until {args.until}: the session ended before, at {clock(contents.last_us)}")
    return contents, until_us


# -- replay --------------------------------------------------------------------------------------------------------


def _replay(args: argparse.Namespace) -> int:
    from opsconsole.engine.replay import replay, replay_until

    contents, until_us = _read(args)
    if not args.headless:
        return _watch(args, contents, until_us)
    with event_file(args.events) as events:
        attach = None if events is None else events.attach
        if args.until is None:
            session = replay(contents, attach)
            compared = contents.checkpoints[-1].rows if contents.checkpoints else 0
        else:
            rehearsal = replay_until(contents, until_us, attach)
            session, compared = rehearsal.session, rehearsal.verifier.checked_rows
    say(_told(contents, session, compared))
    _tell_difference(contents)
    return EXIT_DONE


def _told(contents: Contents, session: Session, compared: int) -> str:
    of = f" of {len(contents.asked)}" if session.last_seq < len(contents.asked) else ""
    torn = "  the last line of the journal was cut off and is left out\n" if contents.torn else ""
    return (
        f"SIMULATED  {session.cloud.fleet.name}  seed {session.cloud.seed}  now {clock(session.now_us)}\n"
        f"  replayed {count(session.last_seq, 'command')}{of}, {count(session.cloud.log.count, 'event')}; "
        f"{compared} compared with the journal, all the same\n{torn}"
        f"  digest {session.cloud.log.digest}"
    )


def _tell_difference(contents: Contents) -> None:
    """Whether another version, or another catalog, has repeated what a journal says."""
    import opsconsole
    from opsconsole import catalog

    header, now = contents.header, catalog.digest()
    told = []
    if header.product != opsconsole.__version__:
        told.append(f"opsconsole {header.product}, this is {opsconsole.__version__}")
    if header.catalog != now:
        told.append(f"the catalog {header.catalog[:12]}, this is {now[:12]}")
    if told:
        complain(f"the journal was written with {' and '.join(told)}; what was compared is the same all the same")


def _watch(args: argparse.Namespace, contents: Contents, until_us: int) -> int:
    """In the console, at any speed: time stands still where it was asked to, else at the end of what was recorded."""
    from opsconsole.console.options import Stop
    from opsconsole.engine.replay import rehearse

    rehearsal = rehearse(contents)
    end = "the recorded session ends here; space goes on, with nobody operating"
    says = end if args.until is None else "as you asked; space goes on with the recorded session"
    code = open_console(rehearsal.session, args, read_only=True, stop=Stop(until_us, says))
    rehearsal.verifier.leave_off()
    say(f"SIMULATED  {count(rehearsal.verifier.checked_rows, 'event')} compared with the journal, all the same")
    _tell_difference(contents)
    now_us = rehearsal.session.now_us // 1_000_000 * 1_000_000
    if 0 < now_us <= contents.last_us:
        words = f"opsconsole replay {shlex.quote(args.journal)} --until {clock(now_us)} --branch"
        say(f"to go on by hand from where you left:\n  {words}")
    return code


# -- going on ------------------------------------------------------------------------------------------------------


def _branch(args: argparse.Namespace) -> int:
    from opsconsole.engine.replay import branch
    from opsconsole.engine.way import Way

    contents, until_us = _read(args)
    more_us, entries = _more(args)
    within(entries, until_us + more_us, f"--for {args.length or '0s'}")
    name = f"{Path(contents.header.fleet_name).stem}-branch"
    journal = default_journal(name) if args.branch == IN_STATE_FOLDER else Path(args.branch)
    if not args.headless:
        way = Way()
        return open_console(lambda: branch(contents, until_us, journal, live=True, way=way), args, paused=True, way=way)
    with event_file(args.events) as events:
        session = branch(
            contents,
            until_us,
            journal,
            attach=None if events is None else events.attach,
            ready=lambda session: schedule(session, entries),
        )
        code = run_and_tell(session, session.now_us + more_us)
    tell_of_journal(session)
    return code


def _resume(args: argparse.Namespace) -> int:
    from opsconsole.engine.journal import read_journal
    from opsconsole.engine.replay import resume
    from opsconsole.engine.way import Way

    journal = find_journal(args.journal)
    contents = read_journal(journal)
    if contents.header.drill is not None:
        return _resume_drill(args, journal)
    if not args.headless:
        way = Way()
        return open_console(lambda: resume(journal, live=True, way=way), args, way=way)
    more_us, entries = _more(args)
    with event_file(args.events) as events:
        session = resume(journal, attach=None if events is None else events.attach)
        schedule(session, entries)
        code = run_and_tell(session, session.now_us + more_us)
    _tell_difference(contents)
    return code


def _resume_drill(args: argparse.Namespace, journal: Path) -> int:
    """With its director, to its end: its verdict is that of a drill that was never interrupted."""
    from opsconsole.cli.console import looks
    from opsconsole.cli.drill_console import show_run
    from opsconsole.cli.drill_text import say_in_full
    from opsconsole.drills.result import EXIT_CODES
    from opsconsole.drills.resuming import resume_drill

    for option, value in (("--for", args.length), ("--do", args.do)):
        if value:
            raise UsageError(f"{option}: this is a drill's journal, and what is asked until when is the drill's to say")
    if not args.headless:
        code, _ = show_run(resume_drill(journal, live=True), replace(looks(args), speed=args.speed))
        return code
    with event_file(args.events) as events, stoppable() as stopped:
        run = resume_drill(journal, attach=None if events is None else events.attach)
        try:
            run.to_the_end(lambda: bool(stopped))
        finally:
            run.session.close()
    say_in_full(run.result)
    return EXIT_CODES[run.result.verdict]


def _more(args: argparse.Namespace) -> tuple[int, list[Scripted]]:
    """How long to go on (virtual µs), and what is asked meanwhile."""
    return (duration_us(args.length, "--for") if args.length else 0), script(args.do)
