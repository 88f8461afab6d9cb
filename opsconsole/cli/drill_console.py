"""A drill on the screen: the console opens on its session, and its verdict is told when the person leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.cli.console import need_terminal, tell_of_journal
from opsconsole.cli.drill_text import say_in_full
from opsconsole.cli.state import default_journal
from opsconsole.cli.terminal import EXIT_STOPPED, complain

if TYPE_CHECKING:
    from opsconsole.console.options import ConsoleOptions
    from opsconsole.drills.manner import Manner
    from opsconsole.drills.result import DrillResult
    from opsconsole.drills.running import Run
    from opsconsole.drills.spec import Drill


def open_drill(
    drill: Drill,
    manner: Manner,
    *,
    options: ConsoleOptions,
    journal: Path | None = None,
    keep: bool = True,
) -> tuple[int, DrillResult | None]:
    """Play a drill in the console; the exit code is its verdict's, or 4 where the person left before its end.

    The journal goes to ``journal``, else to the user's state folder, unless ``keep`` is False. Raises ``UsageError``
    without a terminal, and ``JournalError``.
    """
    from opsconsole.drills.running import Run

    need_terminal()
    path = (journal or default_journal(drill.name)) if keep else None
    return show_run(Run(drill, manner=manner, journal=path, live=True), options)


def show_run(run: Run, options: ConsoleOptions) -> tuple[int, DrillResult | None]:
    """The same for a run that has been made, and may be under way."""
    from opsconsole.console.app import run_console
    from opsconsole.drills.result import EXIT_CODES

    sessions = [run.session]
    try:
        run_console(run.session, options, drill=run, branched=sessions.append)
    finally:
        for session in sessions:
            session.close()
    for session in sessions:
        tell_of_journal(session)
    if not run.over:
        complain("the drill was left before its end: it has no verdict")
        return EXIT_STOPPED, None
    say_in_full(run.result)
    return EXIT_CODES[run.result.verdict], run.result
