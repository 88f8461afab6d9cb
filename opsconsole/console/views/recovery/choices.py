"""The ways to have a database as it was at an instant, each with the line that does it and what AWS would say to it.

What cannot be done is listed too, with AWS's refusal: to learn why not is half of knowing how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from opsconsole.cloud import Cloud, recovery
from opsconsole.cloud.recovery import Kind, Way
from opsconsole.commands import Preview, parse
from opsconsole.console.drafts import Draft, Verdict, draft_of, judge

MOMENTS = ("to", "restore-to-time", "restore-time")
"""The fields of commands that say which instant is meant."""


@dataclass(frozen=True)
class Choice:
    """One way back to an instant. `way` is None where there is none; then `reason` says why, and so it does where AWS
    would refuse what it takes.
    """

    kind: Kind
    draft: Draft | None
    way: Way | None
    reason: str = ""
    preview: Preview | None = None

    @property
    def possible(self) -> bool:
        """Whether it could be asked for now."""
        return self.way is not None and self.draft is not None and not self.reason

    @property
    def new_name(self) -> str:
        """What the database would be called; empty for its present name."""
        return dict(self.draft.values).get("id", "") if self.draft is not None else ""


def choices_at(cloud: Cloud, id: str, at_us: int) -> list[Choice]:
    """Backtrack, restore, snapshot: those that a database of this kind may have, in that order."""
    found = {way.kind: way for way in recovery.ways_to(cloud, id, at_us)}
    return [_choice(cloud, id, kind, at_us, found.get(kind)) for kind in kinds_of(cloud, id)]


def kinds_of(cloud: Cloud, id: str) -> Iterator[Kind]:
    """The ways that a database of this kind may have."""
    if id in cloud.aurora and cloud.aurora[id].engine.backtrack:
        yield Kind.BACKTRACK
    yield Kind.POINT_IN_TIME
    yield Kind.SNAPSHOT


def _choice(cloud: Cloud, id: str, kind: Kind, at_us: int, way: Way | None) -> Choice:
    if kind is Kind.SNAPSHOT and way is None:
        return Choice(kind, None, None, _why_no_snapshot(cloud, id))
    line = way.command if way is not None else _line(cloud, id, kind, at_us)
    draft = _with_mark(cloud, draft_of(parse(line)), at_us)
    verdict = judge(cloud, draft)
    return Choice(kind, draft, way, _refusal(verdict), verdict.preview)


def _line(cloud: Cloud, id: str, kind: Kind, at_us: int) -> str:
    if kind is Kind.BACKTRACK:
        return recovery.rewind_command(cloud, id, at_us)
    return recovery.restore_command(cloud, id, at_us)


def _with_mark(cloud: Cloud, draft: Draft, at_us: int) -> Draft:
    """The same with the name of the mark that this instant has, if it has one: easier to read, and as exact."""
    name = next((name for name, marked_us in cloud.marks.items() if marked_us == at_us), None)
    key = next((key for key, _ in draft.values if key in MOMENTS), None)
    return draft.given(key, name) if name is not None and key is not None else draft


def _refusal(verdict: Verdict) -> str:
    return verdict.missing or (f"{verdict.code}: {verdict.sentence}" if verdict.code else "")


def _why_no_snapshot(cloud: Cloud, id: str) -> str:
    if id in cloud.clusters and id not in cloud.aurora and cloud.snapshots.of(id):
        return "snapshots of a Multi-AZ DB cluster are kept, and not restored here"
    return "no snapshot that is available was made before this instant"


def chosen(choices: list[Choice], kind: Kind | None) -> int:
    """Which of the choices is meant: the one of this kind, else the first that is possible, else the first."""
    wanted = [number for number, choice in enumerate(choices) if choice.kind is kind]
    possible = [number for number, choice in enumerate(choices) if choice.possible]
    return next(iter([*wanted, *possible]), 0)
