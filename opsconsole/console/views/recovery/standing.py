"""How things stand with the backups of a database: what is kept, how far it reaches, and what is under way.

That backups fail is a fact of the truth: AWS shows nothing but a LatestRestorableTime that grows old.
"""

from __future__ import annotations

from opsconsole.cloud import aws_view, databases, recovery
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.console.views.glyphs import DOWN, UP
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import size, span, timer
from opsconsole.console.views.recovery.lanes import AUTOMATED, MANUAL
from opsconsole.console.views.recovery.timeline import clock
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar
from opsconsole.console.views.states import of_status
from opsconsole.simulation import Step

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
    status = aws_view.status(scene.cloud, snapshot.status, scene.truth)
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


def under_way(scene: Scene) -> list[Line]:
    """A restore, a rewind, a backup: of the database, or of a copy that is being made of it and of its instances."""
    lines: list[Line] = []
    for id in (scene.id, *recovery.copies(scene.cloud, scene.id)):
        status, ends_us = databases.status_of(scene.cloud, id), databases.busy_until_us(scene.cloud, id)
        lines += _progress(scene, id, status, ends_us)
        for instance in scene.cloud.clusters[id].instances.values() if id in scene.cloud.clusters else ():
            if instance.status.value == "creating":
                lines += _progress(scene, instance.id, instance.status, instance.busy_until_us)
    return [heading("under way", scene.width), *lines] if lines else []


def _progress(scene: Scene, id: str, status: Step[str], ends_us: int | None) -> list[Line]:
    """What one thing is doing: since when, and in the truth how much of it is done and how much is left."""
    cloud, since_us = scene.cloud, status.changed_us
    word = aws_view.status(cloud, status, scene.truth)
    if word in QUIET:
        return []
    state = of_status(word)
    row = Row((" ", ""), ref=id, key=f"progress {id}").add(id, "", id).add("  ").add(state.text, state.style)
    if scene.truth and ends_us is not None and ends_us > since_us:
        share = (cloud.now_us - since_us) / (ends_us - since_us)
        row.add(f"  {min(99, int(share * 100))} %, {timer(max(0, ends_us - cloud.now_us))} left", "number")
        row.add("  ").add(bar(share, GAUGE, scene.ascii), "accent")
    row.add(f"  since {clock(cloud, since_us)}", "dim")
    return [row.line(scene.width)]
