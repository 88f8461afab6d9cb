"""A drill whose process ended or was killed goes on: with its director, who asks for what is still to come.

The journal names the drill. What its director asked for follows from the drill, so it is asked for again; only what was
asked by hand is taken from the journal. That both together give the same event log is proved before anything goes on.
"""

from __future__ import annotations

from pathlib import Path

import opsconsole
from opsconsole import catalog
from opsconsole.drills.asking import CHAOS, SCRIPT, SOLUTION
from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.running import Run, note_of
from opsconsole.drills.spec import Drill
from opsconsole.engine.begin import Attach
from opsconsole.engine.journal import JournalError
from opsconsole.engine.recording import Divergence, Verifier
from opsconsole.engine.records import Contents, DrillNote
from opsconsole.engine.replay import command_of, resume
from opsconsole.engine.session import Session
from opsconsole.fleet import FileProblems

DIRECTED = (SCRIPT, SOLUTION, CHAOS)
"""Who asks for what a director asks for."""


def resume_drill(path: Path, *, live: bool = False, attach: Attach | None = None) -> Run:
    """Go on with a drill, in the same journal. Raises ``JournalError``, also where the drill has changed since."""
    runs: list[Run] = []

    def directed(contents: Contents, attach: Attach | None) -> Session:
        runs.append(_again(contents, attach))
        return runs[0].session

    resume(path, live=live, attach=attach, directed=directed)
    return runs[0]


def _again(contents: Contents, attach: Attach | None) -> Run:
    """The drill as it stood at the latest time that its journal carries."""
    note = contents.header.drill
    if note is None:
        raise JournalError(f"{contents.path} is not that of a drill")
    run = Run(_drill(contents, note), manner=Manner(solution=note.solution, faults=note.faults), attach=attach)
    session = run.session
    verifier = Verifier(contents, session.cloud.log, opsconsole.__version__, catalog.digest())
    run.begin()
    for asked in contents.asked:
        session.run_until(asked.t)
        if asked.who not in DIRECTED:
            session.ask(command_of(contents, asked), asked.who)
        verifier.check()
    session.run_until(contents.last_us)
    verifier.finish()
    _compare(contents, session)
    return run


def _drill(contents: Contents, note: DrillNote) -> Drill:
    """The drill that is named, if it is still the same."""
    header, what = contents.header, f"{contents.path} is that of the drill {note.path}"
    instead = "; `opsconsole replay` shows it as it was, and with --branch you go on without the drill"
    try:
        drill = load_drill(Path(note.path), settings=note.settings, seed=header.seed)
    except FileProblems as problems:
        raise JournalError(f"{what}, which cannot be read any more{instead}\n{problems}") from None
    same = note_of(drill, Manner()).digest == note.digest
    if not same or drill.loaded.text != header.fleet:
        changed = "its fleet has changed" if same else "which has changed"
        raise JournalError(f"{what}, {changed} since{instead}")
    return drill


def _compare(contents: Contents, session: Session) -> None:
    """The orders since the last checkpoint: the drill must have asked for what the journal says."""
    lines = {asked.seq: (asked.t, asked.who, asked.command) for asked in contents.asked}
    for order in session.orders:
        now = (order.asked_us, order.who, order.line)
        was = lines.get(order.id, now)
        if was != now:
            raise Divergence(f"{contents.path}: command {order.id} was `{was[2]}`, now it is `{now[2]}`")
    if session.last_seq < len(contents.asked):
        raise Divergence(f"{contents.path} has {len(contents.asked)} commands, this run {session.last_seq}")
