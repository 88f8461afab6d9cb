"""After an incident: who still uses the old name, the lines that repoint them, and what became of every write.

A restore never touches its source and nobody uses it before an app is pointed at it. Good writes that a rewind gave up
are counted apart from wrong ones that it removed, and from those that no copy had.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from opsconsole.cloud import Cloud, databases, losses, recovery
from opsconsole.cloud.names import Record
from opsconsole.commands import parse
from opsconsole.console.views.glyphs import ARROW, WARN
from opsconsole.console.views.layout import Cell, Column, Row, heading, paragraph, table, wrap
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.recovery import figures
from opsconsole.console.views.recovery.verdict import CHOSEN
from opsconsole.console.views.scene import Scene

NARROW = 72
"""From this width on columns have their whole names."""


class Repoint(NamedTuple):
    """An app that calls a database, or one that a copy was made of, and the line that points it at the copy."""

    app: str
    old: str
    line: str


def repoints(cloud: Cloud, id: str) -> list[Repoint]:
    """For the newest copy of a database that serves: the apps that still call the database, and their lines."""
    ready = [copy for copy in recovery.copies(cloud, id) if databases.serves(cloud, copy)]
    return list(_repoints(cloud, id, ready[-1])) if ready else []


def _repoints(cloud: Cloud, id: str, copy: str) -> Iterator[Repoint]:
    for app in cloud.apps.values():
        calls: dict[tuple[str, str], list[str]] = {}
        for record, writes, *_ in app.uses():
            if _database(cloud, record) == id:
                calls.setdefault((record.id, _name(cloud, record, copy)), []).append("writes" if writes else "reads")
        for (old, new), uses in calls.items():
            use = "both" if len(uses) > 1 else uses[0]
            yield Repoint(app.id, old, parse(f"app:set-endpoint {app.id} endpoint={new} use={use}").line())


def _database(cloud: Cloud, record: Record) -> str:
    """The database that a name is of; empty for a name of something else."""
    if record.kind in ("rds", "global"):
        return record.id if record.kind == "rds" else cloud.global_databases[record.id.partition(".")[0]].primary.id
    if record.kind == "instance" and record.id in cloud.instances:
        return cloud.instances[record.id].cluster
    return record.id.partition(".")[0] if record.kind in ("writer", "reader", "custom") else ""


def _name(cloud: Cloud, record: Record, copy: str) -> str:
    """The copy's name that does for an app what a name does now."""
    if copy in cloud.rds:
        return copy
    return f"{copy}.reader" if record.kind in ("reader", "custom") else f"{copy}.writer"


def without_instance(cloud: Cloud, id: str) -> list[str]:
    """The lines that make the first instance of restored clusters that have none: nobody can connect before."""
    copies = [cloud.clusters[copy] for copy in recovery.copies(cloud, id) if copy in cloud.clusters]
    writer = cloud.clusters[id].writer if id in cloud.clusters else None
    like = f" class={writer.instance_class.name}" if writer is not None else ""
    bare = [copy for copy in copies if not copy.instances and copy.status.value == "available"]
    return [parse(f"rds:create-db-instance {copy.id} id={copy.id}-1{like}").line() for copy in bare]


def aftermath(scene: Scene) -> list[Line]:
    """What is left to do after a restore, then the account of each app that writes here."""
    return [*to_do(scene), *accounts(scene)]


def tasks(cloud: Cloud, id: str) -> list[tuple[str, str]]:
    """What is left to do after a restore, each with the line that does it."""
    return [
        *(("no instance yet: nobody can connect", command) for command in without_instance(cloud, id)),
        *((f"{one.app} still points at {one.old}", one.line) for one in repoints(cloud, id)),
    ]


def to_do(scene: Scene, chosen: str | None = None) -> list[Line]:
    """Who still points at the old name, and the next line to ask for; `chosen` is the one that Enter would ask for.

    Where nothing can be chosen (None), a line stands for nothing that could be clicked.
    """
    lines: list[Line] = []
    for what, command in tasks(scene.cloud, scene.id):
        mark, style = (CHOSEN, "selected") if command == chosen else (ARROW, "accent")
        lines.append(Row((f" {WARN} ", "warn"), (what, ""), key=what).line(scene.width))
        for number, part in enumerate(wrap(command, scene.width - 6)):
            row = Row(
                ("   ", ""),
                (f"{mark if not number else ' '} ", style),
                (part, style),
                ref=command if chosen is not None else None,
            )
            lines.append(row.line(scene.width))
    return [heading("to go on with the copy", scene.width), *lines] if lines else []


def accounts(scene: Scene) -> list[Line]:
    """For every app that writes here: acknowledged = present + lost + discarded + wrong ones removed."""
    cloud = scene.cloud
    here = [app for app in cloud.apps.values() if app.write_record and _database(cloud, app.write_record) == scene.id]
    if not here:
        return []
    title = heading("acknowledged writes", scene.width, ("  what became of them", "dim"))
    if not scene.truth:
        return [title, scene.hidden("what is lost or wrong")]
    names = ("present", "wrong in it", "lost", "discarded", "wrong removed")
    if scene.width < NARROW:
        names = ("present", "wrong", "lost", "discarded", "removed")
    heads = [Column("app", least=8), *(Column(name, True) for name in names)]
    rows: list[tuple[str | None, list[Cell]]] = []
    for app in here:
        rows.append((app.id, [app.id, *_numbers(losses.account(cloud, app.id))]))
    note = "lost: no copy had them. discarded: given up by a backtrack or a restore although a copy had them."
    return [title, *table(heads, rows, scene.width), *paragraph(note, scene.width)]


def _numbers(told: losses.Account) -> list[Cell]:
    def cell(number: int, style: str) -> Span:
        return figures.writes(number), style if number > 0 else "dim"

    return [
        cell(told.present, "number"),
        cell(told.wrong_present, "bad"),
        cell(told.lost, "bad"),
        cell(told.discarded, "warn"),
        cell(told.wrong_removed, "ok"),
    ]
