"""Opening the sessions that journals tell of.

``replay`` runs a journal's commands again and proves that the event log is the same, byte for
byte; ``resume`` does that too and then goes on with the same journal, ``branch`` goes on from any instant of it with a
journal of its own, ``branch_off`` with what stands at that instant already; ``rehearse`` prepares a replay to be
watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import opsconsole
from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.commands import BadCommand, Command, parse
from opsconsole.engine.begin import Attach
from opsconsole.engine.journal import Journal, JournalError, read_journal
from opsconsole.engine.recording import Divergence, Recorder, Verifier, clock, hex_marks, new_header
from opsconsole.engine.records import Asked, Checkpoint, Clock, Contents, Ended, Header, Steered
from opsconsole.engine.session import OUTCOMES, Origin, Scripted, Session
from opsconsole.engine.way import Way
from opsconsole.fleet import FileProblems, Fleet, parse_fleet

MOST_MARKS: Final = 1_000_000
"""Marks of rows in one record: its line must not grow longer than a journal's may."""


@dataclass(frozen=True)
class Rehearsal:
    """A journal about to be run again: the session holds its commands as a script, up to ``until_us``."""

    contents: Contents
    session: Session
    verifier: Verifier
    until_us: int


def rehearse(contents: Contents, attach: Attach | None = None) -> Rehearsal:
    """Prepare to run a journal again. Raises ``JournalError`` if this version does not know its fleet or commands."""
    fleet = _fleet(contents)
    cloud = Cloud(fleet, contents.header.seed)
    if attach is not None:
        attach(cloud.log)
    verifier = Verifier(contents, cloud.log, opsconsole.__version__, catalog.digest())
    session = Session(cloud, origin=Origin(contents.header.fleet_name, contents.header.fleet, contents.path))
    session.schedule(Scripted(asked.t, asked.who, command_of(contents, asked)) for asked in contents.asked)
    return Rehearsal(contents, session, verifier, contents.last_us)


def replay(contents: Contents, attach: Attach | None = None, way: Way | None = None) -> Session:
    """Run a journal again, to the latest virtual time that it carries, and return the session as it then stands.

    ``way`` is told how far it has come. Raises ``Divergence`` where the event log differs from what the journal says.
    """
    rehearsal = rehearse(contents, attach)
    _run(rehearsal, contents, way)
    rehearsal.verifier.finish()
    return rehearsal.session


def replay_until(contents: Contents, until_us: int, attach: Attach | None = None, way: Way | None = None) -> Rehearsal:
    """Run a journal again up to a virtual time (µs), commands of that instant included; the rest stays scripted.

    Raises ``Divergence`` where the event log differs up to there, and ``JournalError`` if the journal ends before.
    """
    if until_us > contents.last_us:
        raise JournalError(f"{contents.path} ends at {clock(contents.last_us)}, before {clock(until_us)}")
    rehearsal = rehearse(contents, attach)
    _run(rehearsal, contents.until(until_us), way)
    rehearsal.session.run_until(until_us)
    rehearsal.verifier.leave_off()
    return rehearsal


def _run(rehearsal: Rehearsal, contents: Contents, way: Way | None) -> None:
    way = way or Way()
    for checkpoint in contents.checkpoints:  # in stretches, so that a divergence is told early
        rehearsal.session.run_until(max(checkpoint.t, rehearsal.session.now_us))
        rehearsal.verifier.check()
        way.share = checkpoint.t / max(1, contents.last_us)
    rehearsal.session.run_until(contents.last_us)


def resume(
    path: Path,
    *,
    live: bool = False,
    attach: Attach | None = None,
    directed: Callable[[Contents, Attach | None], Session] | None = None,
    way: Way | None = None,
) -> Session:
    """Go on with a session whose process ended or was killed, in the same journal. Raises ``JournalError``.

    It is run again first, so another version of the product may go on with it if it repeats it to the byte.
    ``directed`` runs it again with its drill, and is needed where it has one: without it nothing more would be asked.
    """
    contents = read_journal(path)
    if contents.header.drill is not None and directed is None:
        raise JournalError(f"{path} is that of a drill, and cannot go on without it: see `resume_drill`")
    journal = Journal.reopen(contents, sync=live)
    try:
        session = replay(contents, attach, way) if directed is None else directed(contents, attach)
    except BaseException:
        journal.close()
        raise
    ended = {record.seq: None for record in contents.of(Ended)}
    session.record(Recorder(journal, session.cloud.log, session.now_us), len(contents.asked), ended)
    return session


def branch(
    contents: Contents,
    until_us: int,
    journal: Path,
    *,
    live: bool = False,
    attach: Attach | None = None,
    ready: Callable[[Session], None] | None = None,
    way: Way | None = None,
) -> Session:
    """Go on by hand from a virtual time (µs) of a recorded session, in a journal of its own; the old one stays.

    The new journal carries what was asked up to there, so it is a whole session by itself; it is no drill any more,
    where it was one. ``live`` and ``ready`` as for ``begin``. Raises as ``replay_until`` does, and ``JournalError`` if
    there is such a file already.
    """
    session = replay_until(contents, until_us, attach, way).session
    session.forget_script()
    if ready is not None:
        ready(session)
    so_far = contents.until(until_us).records
    # when somebody paused or quit is the old session's
    _record(session, journal, [record for record in so_far if not isinstance(record, Clock | Steered)], live=live)
    return session


def branch_off(session: Session, journal: Path | None) -> None:
    """Go on by hand with a session that another one was re-run into, in a journal of its own if one is named.

    The journal carries what was asked so far. Raises ``JournalError``, and then nothing has changed.
    """
    if journal is not None:
        _record(session, journal, _so_far(session), live=True)
    session.forget_script()


def _so_far(session: Session) -> list[Asked | Ended | Checkpoint]:
    """What a journal would hold of a session; of orders that are over, the latest, which are still remembered."""
    told: list[Asked | Ended] = [
        Asked(seq=seq, t=entry.time_us, who=entry.who, command=entry.command.line())
        for seq, entry in enumerate(session.asked, 1)
    ]
    told += [
        Ended(seq=order.id, t=order.ended_us, outcome=OUTCOMES[order.state], code=order.code)
        for order in session.orders
        if order.ended_us is not None
    ]
    log = session.cloud.log
    rows = Checkpoint(t=session.now_us, rows=log.count, digest=log.digest, marks=hex_marks(log.marks[-MOST_MARKS:]))
    return [*sorted(told, key=lambda record: record.t), rows]


def _record(
    session: Session, journal: Path, so_far: Iterable[Asked | Ended | Clock | Steered | Checkpoint], *, live: bool
) -> None:
    """Begin a journal of a session in the midst of it."""
    assert session.origin is not None, "nobody knows which file its fleet was read from"
    name, text, _ = session.origin
    file = Journal.create(journal, new_header(name, text, session.cloud.seed), sync=False)
    try:
        for record in so_far:
            file.append(record)
    except JournalError:  # half a branch is none
        file.discard()
        raise
    file.sync = live
    session.origin = session.origin._replace(journal=journal)
    session.recorder = Recorder(file, session.cloud.log, session.now_us)
    session.mark("pause", 1.0)


def header_of(session: Session) -> Header:
    """What a journal of this session begins with. Only for a session that has an origin."""
    assert session.origin is not None, "nobody knows which file its fleet was read from"
    return new_header(session.origin.fleet_name, session.origin.fleet_text, session.cloud.seed)


def follow(header: Header) -> Session:
    """A session at its beginning, to be brought where another one of this version stands. Raises ``FileProblems``."""
    fleet = parse_fleet(header.fleet, header.fleet_name)
    return Session(Cloud(fleet, header.seed), origin=Origin(header.fleet_name, header.fleet))


def _fleet(contents: Contents) -> Fleet:
    header = contents.header
    try:
        return parse_fleet(header.fleet, header.fleet_name)
    except FileProblems as problems:
        raise Divergence(
            f"{contents.path}: this version ({opsconsole.__version__}) refuses the fleet that opsconsole "
            f"{header.product} accepted:\n{problems}"
        ) from None


def command_of(contents: Contents, asked: Asked) -> Command:
    """The command that a journal says was asked. Raises ``Divergence`` if this version does not know it."""
    try:
        return parse(asked.command)
    except BadCommand as error:
        raise Divergence(
            f"{contents.path}: command {asked.seq} (`{asked.command}`) is not known to this version "
            f"({opsconsole.__version__}; the journal is {contents.header.product}'s): {error}"
        ) from None
