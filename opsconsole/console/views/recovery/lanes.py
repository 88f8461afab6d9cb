"""What there is on the time line of one database: stretches of time and instants, each in the lane of its kind.

Data, and nothing about columns. In AWS's view there is no harm: AWS does not know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from opsconsole.cloud import Cloud, aws_view, databases, recovery
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.content import Content
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.console.views.glyphs import ARROW, DOWN, STARTING
from opsconsole.console.views.quantities import count, span
from opsconsole.console.views.recovery.axis import DAY, HOUR, MINUTE

THICK, THIN, OPEN, HARM = "━", "─", "·", "▒"
MARK, MANUAL, AUTOMATED, BACK, FORK = "▼", "◆", "◇", "←", "┬"


class Bar(NamedTuple):
    """A stretch of time: drawn with a glyph, told in a word if there is room."""

    begins_us: int
    ends_us: int
    glyph: str
    style: str
    word: str = ""


class Sight(NamedTuple):
    """Something at one instant: a glyph and what it is called. `stop`: the cursor jumps to it."""

    at_us: int
    glyph: str
    word: str
    style: str


class Lane(NamedTuple):
    """One row of the time line. `note` is said where there is nothing to draw."""

    name: str
    bars: tuple[Bar, ...] = ()
    sights: tuple[Sight, ...] = ()
    note: str = ""


def lanes(cloud: Cloud, id: str, truth: bool) -> list[Lane]:
    """Every lane of a database, from what keeps it safe to what happened to it."""
    archive = databases.archive_of(cloud, id)
    return [
        *_restorable(cloud, archive),
        *_backtrack(cloud, id),
        Lane("snapshots", sights=tuple(_snapshot(cloud, one) for one in cloud.snapshots.of(id)), note="none yet"),
        Lane("marks", sights=tuple(_marks(cloud)), note="none: `mark NAME` in the palette makes one"),
        _harm(cloud, id) if truth else Lane("harm", note="AWS does not show it (v shows the truth)"),
        Lane("changes", sights=tuple(changes(cloud, id, truth)), note="no failover, no restore"),
    ]


def _restorable(cloud: Cloud, archive: Archive) -> Iterator[Lane]:
    earliest, latest = archive.earliest_us(), archive.latest_us()
    if earliest is None or latest is None:
        off = "automated backups are off" if not archive.days else "no automated backup is complete yet"
        yield Lane("restorable", note=off)
        return
    kept = f"{archive.days} day{'s' if archive.days > 1 else ''} kept"
    yield Lane("restorable", (Bar(earliest, latest, THICK, "ok", kept),))
    yield Lane(
        "logs" if archive.daily else "backed up",
        (Bar(latest, cloud.now_us, OPEN, "warn"), Bar(earliest, latest, THIN, "dim")),
    )


def _backtrack(cloud: Cloud, id: str) -> Iterator[Lane]:
    cluster = cloud.aurora.get(id)
    if cluster is None or not cluster.settings.backtrack_s:
        return
    word = f"{span(cluster.window.actual_us(cloud.now_us))} back"
    yield Lane("backtrack", (Bar(cluster.window.earliest_us(cloud.now_us), cloud.now_us, THICK, "accent", word),))


def _snapshot(cloud: Cloud, snapshot: Snapshot) -> Sight:
    if snapshot.status.value == "creating":
        word = f"{short(snapshot)} {snapshot.percent(cloud.now_us)} %"
        return Sight(snapshot.created_us, STARTING, word, "warn")
    if snapshot.automated:
        return Sight(snapshot.created_us, AUTOMATED, short(snapshot), "dim")
    return Sight(snapshot.created_us, MANUAL, short(snapshot), "accent")


def short(snapshot: Snapshot) -> str:
    """A snapshot's name; an automated one's is long and says nothing but when."""
    return "automated" if snapshot.automated else snapshot.name


def _marks(cloud: Cloud) -> Iterator[Sight]:
    for name, at_us in sorted(cloud.marks.items(), key=lambda mark: (mark[1], mark[0])):
        yield Sight(at_us, MARK, name, "title")


# -- harm -----------------------------------------------------------------------------------------------------------


def _harm(cloud: Cloud, id: str) -> Lane:
    now = databases.content_of(cloud, id)
    dropped = {
        damage.id: Sight(damage.at_us, DOWN, f"{damage.table} dropped", "bad")
        for damage in (
            damage for _, branch in databases.histories(cloud, id) for damage in Content(branch, cloud.now_us).damage
        )
    }
    rows = now.wrong_rows // 1_000_000_000
    word = f"{count(rows)} wrong rows" if rows else ""
    bars = [Bar(*stretch, HARM, "bad", word if stretch[1] == cloud.now_us else "") for stretch in writing(cloud, id)]
    return Lane(
        "harm", (*(Bar(*one, THIN, "bad") for one in spoilt(cloud, id)), *bars), tuple(dropped.values()), "none"
    )


def _reigns(cloud: Cloud, id: str) -> Iterator[tuple[int, int, Content]]:
    """From when to when each history was the database's, and what it had at the end of that."""
    kept = databases.histories(cloud, id)
    ends = [*(since for since, _ in kept[1:]), cloud.now_us]
    for (since_us, _), end_us in zip(kept, ends, strict=True):
        yield since_us, end_us, databases.content_of(cloud, id, max(since_us, end_us - (end_us != cloud.now_us)))


def spoilt(cloud: Cloud, id: str) -> list[tuple[int, int]]:
    """The stretches in which something wrong was in a database."""
    found = []
    for since_us, end_us, content in _reigns(cloud, id):
        began_us = recovery.harmed_since(content)
        if began_us is not None:
            found.append((max(since_us, began_us), end_us))
    return found


def writing(cloud: Cloud, id: str) -> list[tuple[int, int]]:
    """The stretches in which wrong rows were being written."""
    found = []
    for since_us, end_us, content in _reigns(cloud, id):
        branch = content.branch
        for curve in (*branch.wrong.values(), *branch.wrong_unknown.values()):
            pieces = curve.breakpoints
            stops = [*(begins for begins, _, _ in pieces[1:]), end_us]
            for (begins_us, _, rate), stop_us in zip(pieces, stops, strict=True):
                if rate > 0 and max(begins_us, since_us) < min(stop_us, end_us):
                    found.append((max(begins_us, since_us), min(stop_us, end_us)))
    return _joined(found)


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begins_us, ends_us in sorted(stretches):
        if joined and begins_us <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends_us))
        else:
            joined.append((begins_us, ends_us))
    return joined


# -- changes --------------------------------------------------------------------------------------------------------


def changes(cloud: Cloud, id: str, truth: bool) -> list[Sight]:
    """Failovers, rewinds, and copies that were made of it; AWS tells of them a little late."""
    known_us = cloud.now_us if truth else aws_view.seen_at(cloud, databases.region_of(cloud, id).name)
    found = [*_failovers(cloud, id), *_rewinds(cloud, id), *_copies(cloud, id)]
    return sorted((one for one in found if one.at_us <= known_us), key=lambda one: one.at_us)


def _failovers(cloud: Cloud, id: str) -> Iterator[Sight]:
    history = databases.leaders(cloud, id)
    before = ""
    for at_us, leader in history.since(history.known_from_us):
        if leader and before and leader != before:
            yield Sight(at_us, ARROW, f"failover to {leader}", "warn")
        before = leader or before


def _rewinds(cloud: Cloud, id: str) -> Iterator[Sight]:
    cluster = cloud.aurora.get(id)
    for rewind in cluster.window.rewinds if cluster is not None else ():
        yield Sight(rewind.from_us, BACK, f"backtrack to {aws_view.moment(cloud, rewind.to_us):%H:%M:%S}", "accent")


def _copies(cloud: Cloud, id: str) -> Iterator[Sight]:
    for copy in recovery.copies(cloud, id):
        yield Sight(recovery.copied_us(cloud, id, copy), FORK, f"copy {copy}", "accent")


# -- where a cursor jumps to ----------------------------------------------------------------------------------------


def stops(cloud: Cloud, id: str, truth: bool) -> list[Sight]:
    """Every instant worth a stop, the oldest first: what stands in a lane, and where what can be had begins and ends.

    A jump leads to the last instant before harm, not into it.
    """
    found: list[Sight] = []
    for lane in lanes(cloud, id, truth):
        found += lane.sights
        for bar in lane.bars:
            if lane.name == "harm" and bar.glyph == THIN:
                found.append(Sight(bar.begins_us - 1_000_000, bar.glyph, "a second before the first harm", bar.style))
            elif lane.name == "restorable":
                found.append(Sight(bar.begins_us, bar.glyph, "EarliestRestorableTime", bar.style))
                found.append(Sight(bar.ends_us, bar.glyph, "LatestRestorableTime", bar.style))
            elif lane.name == "backtrack":
                found.append(Sight(bar.begins_us, bar.glyph, "EarliestBacktrackTime", bar.style))
    kept = {one.at_us: one for one in reversed(found) if one.at_us <= cloud.now_us}
    return sorted(kept.values(), key=lambda one: one.at_us)


SPANS = (10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 35 * DAY)


class DatabaseTrack(NamedTuple):
    """The line of time of one database, for somebody who moves on it."""

    cloud: Cloud
    id: str

    @property
    def first_us(self) -> int:
        """The earliest there is to see."""
        return min([one.at_us for one in self.stops(True)], default=self.cloud.now_us)

    @property
    def last_us(self) -> int:
        """Now."""
        return self.cloud.now_us

    def spans(self) -> list[int]:
        """How much of the line may be shown: ten minutes … all there is."""
        reach = self.last_us - self.first_us
        whole = -(-max(reach, SPANS[0]) * 21 // 20 // HOUR) * HOUR
        return [*(one for one in SPANS if one < reach), whole] if reach > SPANS[1] else list(SPANS[:2])

    def stops(self, truth: bool) -> list[Sight]:
        """Every instant worth a stop, the oldest first."""
        return stops(self.cloud, self.id, truth)
