"""How things stand with the backups of a database: what is kept, how far it reaches, and what is under way.

That backups fail is a fact of the truth: AWS shows nothing but a LatestRestorableTime that grows old.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from opsconsole.cloud import aws_view, databases, recovery
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.console.views.glyphs import DOWN, UP
from opsconsole.console.views.layout import Cell, Column, Row, cells, heading, left, pairs, right, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import size, span
from opsconsole.console.views.recovery.lanes import AUTOMATED, MANUAL
from opsconsole.console.views.recovery.timeline import clock
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar
from opsconsole.console.views.states import State, of_status

GAUGE = 16
SHOWN = 6
SIZED = 76
"""From this width on there is room for the size of a snapshot."""
QUIET = ("available", "stopped", "storage-optimization", "storage-initialization")


def standing(scene: Scene) -> list[Line]:
    """Retention, the restorable times and their ages, the backtrack window, and the newest snapshots."""
    return [heading("backups", scene.width), *_kept(scene), *_snapshots(scene)]


def _kept(scene: Scene) -> list[Line]:
    cloud, archive = scene.cloud, databases.archive_of(scene.cloud, scene.id)
    kept: list[Span] = [(f"{archive.days} days" if archive.days != 1 else "1 day", "number")]
    rows: list[tuple[str, list[Span]]] = [("retention", kept if archive.days else [(f"{DOWN} off", "bad")])]
    earliest, latest = archive.earliest_us(), archive.latest_us()
    if latest is not None and earliest is not None:
        rows.append(("EarliestRestorableTime", [(clock(cloud, earliest), "number")]))
        old = cloud.now_us - latest
        style = "warn" if old > 900_000_000 else "dim"
        rows.append(("LatestRestorableTime", [(clock(cloud, latest), "number"), (f"  {span(old)} ago", style)]))
    if scene.truth and archive.failures:
        rows.append(("backups", [(f"{DOWN} fail, and AWS tells nobody", "bad")]))
    cluster = cloud.aurora.get(scene.id)
    if cluster is not None and cluster.settings.backtrack_s:
        window = cluster.window
        spans: list[Span] = [(clock(cloud, window.earliest_us(cloud.now_us)), "number")]
        actual, asked = span(window.actual_us(cloud.now_us)), span(window.target_us)
        short = window.actual_us(cloud.now_us) < window.target_us
        spans.append((f"  {actual} of {asked}", "warn" if short else "dim"))
        rows.append(("EarliestBacktrackTime", spans))
    return pairs(rows, scene.width)


def _snapshots(scene: Scene) -> list[Line]:
    """The newest of them, newest first."""
    found = scene.cloud.snapshots.of(scene.id)
    if not found:
        return [BLANK, Row((" no snapshot of it is kept", "dim")).line(scene.width)]
    heads = [Column("snapshots", most=34), Column("made"), Column("state"), Column("size", True)]
    shown = len(heads) if scene.width >= SIZED else len(heads) - 1
    rows: list[tuple[str | None, list[Cell]]] = [(None, _cells(scene, one)[:shown]) for one in reversed(found[-SHOWN:])]
    lines = [BLANK, *table(heads[:shown], rows, scene.width)]
    if len(found) > SHOWN:
        lines.append(Row((f" and {len(found) - SHOWN} older ones", "dim")).line(scene.width))
    return lines


def _cells(scene: Scene, snapshot: Snapshot) -> list[Cell]:
    status = aws_view.status(scene.cloud, snapshot.region, snapshot.status, scene.truth)
    state: Cell = (
        (f"{UP} available", "ok") if status == "available" else (f"{of_status(status).glyph} {status}", "warn")
    )
    if status == "creating":
        percent = snapshot.percent(scene.cloud.now_us)
        state = (f"{bar(percent / 100, 8, scene.ascii)} {percent} %", "warn")
    glyph = AUTOMATED if snapshot.automated else MANUAL
    made = clock(scene.cloud, snapshot.created_us)
    return [(f"{glyph} {snapshot.name}", ""), (made, "number"), state, (size(snapshot.data_bytes), "dim")]


# -- what is under way ----------------------------------------------------------------------------------------------


class _Work(NamedTuple):
    """Something that one thing is doing, in AWS's word for it."""

    id: str
    state: State
    since_us: int
    ends_us: int | None


def under_way(scene: Scene) -> list[Line]:
    """A restore, a rewind, a backup: of the database, or of a copy that is being made of it and of its instances."""
    works = [work for id in (scene.id, *recovery.copies(scene.cloud, scene.id)) for work in _works(scene, id)]
    if not works:
        return []
    names, words = (max(map(cells, texts)) for texts in zip(*((one.id, one.state.text) for one in works), strict=True))
    return [heading("under way", scene.width), *(_progress(scene, one, names, words) for one in works)]


def _works(scene: Scene, id: str) -> Iterator[_Work]:
    cloud = scene.cloud
    doing = [(id, databases.status_of(cloud, id), databases.busy_until_us(cloud, id))]
    for instance in cloud.clusters[id].instances.values() if id in cloud.clusters else ():
        if instance.status.value == "creating":
            doing.append((instance.id, instance.status, instance.busy_until_us))
    for name, status, ends_us in doing:
        word = aws_view.status(cloud, databases.region_of(cloud, id).name, status, scene.truth)
        if word not in QUIET:
            yield _Work(name, of_status(word), status.changed_us, ends_us)


def _progress(scene: Scene, work: _Work, names: int, words: int) -> Line:
    """Since when, and in the truth how much of it is done and how much is left."""
    row = Row((" ", ""), ref=work.id, key=f"progress {work.id}").add(left(work.id, names)).add("  ")
    row.add(left(work.state.text, words), work.state.style)
    now_us, since_us, ends_us = scene.cloud.now_us, work.since_us, work.ends_us
    if scene.truth and ends_us is not None and ends_us > since_us:
        share = (now_us - since_us) / (ends_us - since_us)
        row.add(f"  {min(99, int(share * 100)):2} %, {right(span(max(0, ends_us - now_us)), 6)} left", "number")
        row.add("  ").add(bar(share, GAUGE, scene.ascii), "accent")
    row.add(f"  since {clock(scene.cloud, since_us)}", "dim")
    return row.line(scene.width)
