"""Run a journal again, or go on with it: in the console, or with --headless.

A replay proves, as it goes, that the event log is the same as the first time, byte for byte.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from opsconsole.cli.console import add_screen_options, need_terminal, open_console
from opsconsole.cli.runs import event_file, run_and_tell
from opsconsole.cli.script import add_script, clock, duration_us, schedule, script
from opsconsole.cli.terminal import EXIT_DONE, UsageError, count, say


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole replay` and `opsconsole resume`."""
    resumes = parser.get_default("verb") == "resume"
    parser.add_argument("journal", type=Path, metavar="JOURNAL", help="a journal that a session kept")
    parser.add_argument("--headless", action="store_true", help="no screen: as fast as it goes")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write the event log here (with --headless)")
    if resumes:
        parser.add_argument("--for", dest="length", metavar="TIME", help="virtual time to go on for (with --headless)")
        add_script(parser)
    add_screen_options(parser)


def execute(args: argparse.Namespace) -> int:
    """Replay or resume."""
    if not args.headless:
        given = [
            ("--events", args.events),
            ("--for", getattr(args, "length", None)),
            ("--do", getattr(args, "do", None)),
        ]
        for option, value in given:
            if value:
                raise UsageError(f"{option} needs --headless")
        need_terminal()
    return _resume(args) if args.verb == "resume" else _replay(args)


def _replay(args: argparse.Namespace) -> int:
    from opsconsole.engine.journal import read_journal
    from opsconsole.engine.replay import rehearse, replay

    contents = read_journal(args.journal)
    if not args.headless:
        rehearsal = rehearse(contents)
        code = open_console(rehearsal.session, args, replay=True)
        rehearsal.verifier.check()
        say(f"SIMULATED  {count(rehearsal.verifier.checked_rows, 'event')} compared with the journal, all the same")
        return code
    with event_file(args.events) as events:
        session = replay(contents, None if events is None else events.attach)
    checked = contents.checkpoints[-1].rows if contents.checkpoints else 0
    torn = "  the last line of the journal was cut off and is left out\n" if contents.torn else ""
    say(
        f"SIMULATED  {session.cloud.fleet.name}  seed {session.cloud.seed}  now {clock(session.now_us)}\n"
        f"  replayed {count(len(contents.asked), 'command')}, {count(session.cloud.log.count, 'event')}; "
        f"{checked} compared with the journal, all the same\n{torn}"
        f"  digest {session.cloud.log.digest}"
    )
    return EXIT_DONE


def _resume(args: argparse.Namespace) -> int:
    from opsconsole.engine.replay import resume

    if not args.headless:
        return open_console(resume(args.journal, live=True), args)
    more_us = duration_us(args.length, "--for") if args.length else 0
    entries = script(args.do)
    with event_file(args.events) as events:
        session = resume(args.journal, attach=None if events is None else events.attach)
        schedule(session, entries)
        return run_and_tell(session, session.now_us + more_us)
