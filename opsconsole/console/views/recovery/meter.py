"""Lost now: what could be had if a database were lost at this instant, by each way it has, and in how long (RPO, RTO).

AWS tells how old a copy is. How many writes are not in it yet is the truth's, and so is what is wrong in it.
"""

from __future__ import annotations

from opsconsole.cloud import recovery
from opsconsole.cloud.recovery import Way
from opsconsole.console.views.glyphs import DOWN
from opsconsole.console.views.layout import Cell, Column, heading, paragraph, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.recovery import figures
from opsconsole.console.views.scene import Scene

NARROW = 90


def meter(scene: Scene) -> list[Line]:
    """A row for each way back, the one that loses least first."""
    ways = recovery.ways(scene.cloud, scene.id)
    title = heading("lost now", scene.width, ("  what would come back, how old it is, and in how long", "dim"))
    if not ways:
        text = f"{DOWN} nothing would come back: no copy of it lives, and there is no backup"
        return [title, Line(((" ", ""), (text, "bad")))]
    rows: list[tuple[str | None, list[Cell]]] = [(None, _row(scene, way)) for way in ways]
    lines = [title, *table(_heads(scene), rows, scene.width)]
    if not scene.truth:
        lines += [scene.hidden("writes that would be lost")]
    return lines


def _heads(scene: Scene) -> list[Column]:
    told = [Column("writes lost", True)] if scene.truth else []
    wrong = [Column("wrong in it")] if scene.truth and scene.width >= NARROW else []
    return [
        Column("by", least=14),
        Column("age", True, least=8),
        *told,
        Column("back in", True, least=7),
        *wrong,
        Column("name", least=4),
        Column("how"),
    ]


def _row(scene: Scene, way: Way) -> list[Cell]:
    told: list[Cell] = [figures.given_up(way)] if scene.truth else []
    wrong: list[Cell] = [figures.wrong_left(way)] if scene.truth and scene.width >= NARROW else []
    return [
        str(way.kind),
        (figures.age(way.age_us), "ok" if way.age_us < figures.SYNCHRONOUS_US else "number"),
        *told,
        (figures.back_in(way), "number"),
        *wrong,
        ("new" if way.renames else "same", "warn" if way.renames else "dim"),
        (way.title, "dim"),
    ]


def sources(scene: Scene) -> list[Line]:
    """Where the times come from."""
    note = (
        "Times are typical ones: of the operation, after somebody has decided, without what clients need to reconnect. "
        "Restores grow with the data and with the log that is replayed (SIM)."
    )
    return paragraph(note, scene.width)
