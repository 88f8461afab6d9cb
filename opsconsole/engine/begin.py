"""Beginning a session: a cloud of a fleet and a seed, and a journal if it is to have one.

The rule: only what a run without commands and without a journal needs is loaded here. Journals and the hundred models
of `commands` come in when there is one, which is two fifths of the time that a short headless run takes to start.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.cloud import Cloud, EventLog
from opsconsole.engine.session import Origin, Session
from opsconsole.fleet import LoadedFleet

if TYPE_CHECKING:
    from opsconsole.engine.records import DrillNote

Attach = Callable[[EventLog], None]
"""What wants to see the event log from its first row on."""


def begin(
    loaded: LoadedFleet,
    *,
    seed: int | None = None,
    journal: Path | None = None,
    live: bool = False,
    attach: Attach | None = None,
    ready: Callable[[Session], None] | None = None,
    drill: DrillNote | None = None,
) -> Session:
    """A new session of a fleet, recorded in ``journal`` if one is named.

    ``seed`` wins over the fleet's own. ``live``: each command is on the disk before it takes effect; otherwise the disk
    is waited for once, at the end. ``ready`` may still schedule, or refuse by raising: no journal is begun then.
    ``drill``: the one that will direct it. Raises ``JournalError``.
    """
    seed = loaded.fleet.seed if seed is None else seed
    cloud = Cloud(loaded.fleet, seed)
    if attach is not None:
        attach(cloud.log)
    session = Session(cloud, origin=Origin(str(loaded.path), loaded.text, journal))
    if ready is not None:
        ready(session)
    if journal is not None:
        from opsconsole.engine.journal import Journal
        from opsconsole.engine.recording import Recorder, new_header

        file = Journal.create(journal, new_header(str(loaded.path), loaded.text, seed, drill), sync=live)
        session.recorder = Recorder(file, cloud.log, session.now_us)
    return session
