"""Lost now: what could be had if a database were lost at this instant, by each way it has, and in how long (RPO, RTO).

AWS tells how old a copy is. How many writes are not in it yet is the truth's, and so is what is wrong in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from opsconsole.cloud import Cloud, recovery, recovery_costs
from opsconsole.cloud.cost_line import dollars, hours_per_month
from opsconsole.cloud.recovery import Kind, Way
from opsconsole.console.views.glyphs import DOWN
from opsconsole.console.views.layout import Cell, Column, Row, heading, paragraph, table
from opsconsole.console.views.lines import Line
from opsconsole.console.views.origins import timings
from opsconsole.console.views.recovery import figures
from opsconsole.console.views.scene import Scene

WIDE, WIDER = 84, 112
"""From these widths on there is room for how, and for what is wrong and what it costs."""
NAMED = (Kind.READER, Kind.REPLICA, Kind.SECONDARY)
CLUSTER_TIMES = ("aurora-failover", "aurora-backtrack", "aurora-restore", "aurora-instance-create")
RDS_TIMES = ("rds-multi-az-failover", "rds-restore", "rds-promote-replica", "rds-host-replacement")


def meter(scene: Scene) -> list[Line]:
    """A row for each way back, the one that loses least first."""
    ways = recovery.ways(scene.cloud, scene.id)
    title = heading("lost now", scene.width, ("  what would come back, how old it is, and in how long", "dim"))
    if not ways:
        text = f"{DOWN} nothing would come back: no copy of it lives, and there is no backup"
        return [title, Row((" ", ""), (text, "bad")).line(scene.width)]
    columns = [column for column in _columns(scene) if scene.truth or not column.truth]
    heads = [column.head for column in columns]
    rows: list[tuple[str | None, list[Cell]]] = [(None, [column.cell(way) for column in columns]) for way in ways]
    hidden = [] if scene.truth else [scene.hidden("writes that would be lost")]
    return [title, *table(heads, rows, scene.width), *hidden]


class _Column(NamedTuple):
    """A column of the meter: its head, what it says of a way, and whether only the truth knows it."""

    head: Column
    cell: Callable[[Way], Cell]
    truth: bool = False


def _columns(scene: Scene) -> Iterator[_Column]:
    wide = scene.width >= WIDE
    yield _Column(Column("by", least=14), (lambda way: str(way.kind)) if wide else _by)
    yield _Column(Column("age", True, least=8), lambda way: (figures.age(way.age_us), figures.age_style(way)))
    yield _Column(Column("writes lost", True), figures.given_up, True)
    yield _Column(Column("back in", True, least=7), lambda way: (figures.back_in(way), "number"))
    if scene.width >= WIDER:
        yield _Column(Column("wrong in it"), figures.wrong_left, True)
    yield _Column(Column("name", least=4), lambda way: ("new", "warn") if way.renames else ("same", "dim"))
    if scene.width >= WIDER:
        yield _Column(Column("$/month", True), lambda way: (_dollars(scene, way), "dim"))
    if wide:
        yield _Column(Column("how"), lambda way: (way.title, "dim"))


def _by(way: Way) -> Cell:
    return f"{way.kind} {way.by}" if way.kind in NAMED else str(way.kind)


def _dollars(scene: Scene, way: Way) -> str:
    """What it costs to have this way, whether it is ever gone or not."""
    return dollars(recovery_costs.usd_per_hour(scene.cloud, scene.id, way) * hours_per_month(), 2)


def time_names(cloud: Cloud, id: str) -> tuple[str, ...]:
    """How the names of the timings begin that ways back of a database take."""
    if id not in cloud.clusters:
        return RDS_TIMES
    return (*CLUSTER_TIMES, "global-failover") if cloud.global_of(cloud.clusters[id]) is not None else CLUSTER_TIMES


def sources(scene: Scene) -> list[Line]:
    """Where the times come from, and how sure each is."""
    note = (
        "Typical times of the operation alone, after somebody has decided. A restore takes longer the more data there "
        "is and the more log is replayed (SIM)."
    )
    title = heading("where the times come from", scene.width)
    return [title, *timings(scene, time_names(scene.cloud, scene.id)), *paragraph(note, scene.width)]
