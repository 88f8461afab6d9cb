"""A session becomes a drill: what was asked, at the times at which it was, with what the apps got through as promises.

So an incident that somebody played by hand can be repeated by CI. The promises are what was measured, rounded up: they
are where to begin, and the file says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from opsconsole.commands import Command, parse
from opsconsole.commands.base import Kind
from opsconsole.drills.measuring.losses import longest_loss_us
from opsconsole.drills.measuring.recovery import incidents
from opsconsole.drills.spec import START
from opsconsole.engine.records import Contents, Ended
from opsconsole.engine.replay import replay
from opsconsole.engine.session import Session
from opsconsole.fleet import format_duration, shipped_fleets
from opsconsole.fleet.files import read_text

SECOND_US = 1_000_000
SETTLE_US = 10 * SECOND_US
THRESHOLD = 99.0
LEAST_AFTER_US = 60 * SECOND_US


def drill_of(contents: Contents) -> str:
    """The text of a drill file that repeats a journal. Raises ``JournalError`` where the journal cannot be repeated."""
    session = replay(contents)
    last_us = max((asked.t for asked in contents.asked), default=0)
    length_us = max(session.now_us, last_us + LEAST_AFTER_US)
    lines = [
        f"# Made of the session {contents.path.name}. Title and checks are yours to write; the promises below",
        "# are what was measured, rounded up.",
        "",
        f"title  = {_text(f'As in the session {contents.path.stem}')}",
        f"fleet  = {_text(_fleet(contents))}",
        f"length = {_text(_time(length_us))}",
        f"seed   = {contents.header.seed}",
        "",
        "timeline = [",
        *(f"  {line}" for line in _steps(contents)),
        "]",
        *_promises(session),
    ]
    session.cloud.kernel.close()
    return "\n".join(lines)


def _fleet(contents: Contents) -> str:
    """The shipped fleet of the same text by its name, else the file that it was read from."""
    for name, path in shipped_fleets().items():
        if read_text(path) == contents.header.fleet:
            return name
    return Path(contents.header.fleet_name).name


def _steps(contents: Contents) -> Iterator[str]:
    """A row for each thing that was asked. A fault that was refused did nothing: it is only told."""
    marks: dict[str, None] = {}
    for asked in contents.asked:
        command = parse(asked.command)
        ended = _ends(contents, asked.seq)
        refused = next((one.code for one in ended if one.outcome == "refused"), "")
        failed = next((one.code for one in ended if one.outcome == "failed"), "")
        step: dict[str, object] = {"at": _time(asked.t)}
        if command.name == "mark" and _can_mark(command.target, marks):
            marks[command.target] = None
            yield f"{_table({**step, 'mark': command.target})},"
        elif failed or (refused and command.kind is Kind.FAULT):
            told = "was refused" if refused else "failed"
            yield f"# {_time(asked.t)}: {' '.join(asked.command.split())} {told}: {refused or failed}"
        else:
            step["fault" if command.kind is Kind.FAULT else "action"] = command.name
            step.update({"target": command.target} if command.target else {})
            step.update(_members(command))
            yield f"{_table({**step, **({'refused': refused} if refused else {})})},"


def _can_mark(name: str, marks: Mapping[str, None]) -> bool:
    """Whether checks could look back at it; another mark is asked for as the session did, and only commands see it."""
    return name not in marks and name != START and "@" not in name


def _ends(contents: Contents, seq: int) -> list[Ended]:
    return [ended for ended in contents.of(Ended) if ended.seq == seq]


def _members(command: Command) -> dict[str, object]:
    given = command.model_dump(mode="json", exclude={"target", "for_s"}, exclude_defaults=True)
    lasts = getattr(command, "for_s", None)
    found: dict[str, object] = {} if lasts is None else {"for": format_duration(lasts)}
    return {**found, **({"with": given} if given else {})}


def _promises(session: Session) -> Iterator[str]:
    """What each app got through with."""
    now = session.now_us
    for id, app in session.cloud.apps.items():
        on = "writes" if app.writes_to is not None else "reads"
        found = incidents(app.books, on, SETTLE_US, THRESHOLD, now)
        lengths = [one.recovered_us - one.begins_us for one in found if one.recovered_us is not None]
        whole = len(lengths) == len(found)
        if not whole:
            yield f"\n# {id} had not recovered when the session ended."
        if whole or on == "writes":
            yield f"\n[objective.{id}]"
        if whole:
            yield f"rto = {_text(_up(max(lengths, default=0)))}"
        if on == "writes":
            yield f"rpo = {_text(_up(longest_loss_us(session.cloud, id)))}"


def _up(us: int) -> str:
    """Whole seconds, rounded up."""
    return format_duration(math.ceil(us / SECOND_US))


def _time(us: int) -> str:
    return format_duration(us / SECOND_US)


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(step: dict[str, object]) -> str:
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in step.items()) + " }"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return _table(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else str(value)
