"""The line of time of a whole session: faults as bands, outages of apps, what was asked, AWS's events, alarms.

Data for the same time line as a database's. It is about a session that stands still: what has been looked up is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.events import Row
from opsconsole.console.views.apps.listing import incidents_shown
from opsconsole.console.views.glyphs import MORE, WARN, in_ascii
from opsconsole.console.views.layout import clean, fit
from opsconsole.console.views.lines import Line
from opsconsole.console.views.quantities import outage
from opsconsole.console.views.recovery.axis import MINUTE, Axis
from opsconsole.console.views.recovery.lanes import HARM, MANUAL, OPEN, SPANS, THICK, Bar, Lane, Sight
from opsconsole.console.views.recovery.timeline import timeline
from opsconsole.console.views.sentences import label

ASKED = "▶"
FAULT_ROWS = 3
WORD = 40
"""Columns that a name on the line may take."""


@dataclass
class SessionTrack:
    """A session as somebody moves on it: what was, or will be, asked of it, and which alarms were seen to ring.

    `last_us` is the latest moment that can be looked at: now, or in a replay the end of what was recorded.
    """

    cloud: Cloud
    asked: Sequence[tuple[int, str]]
    rang: Sequence[tuple[int, str]]
    last_us: int
    first_us: int = 0
    _lanes: dict[bool, list[Lane]] = field(default_factory=dict)

    def spans(self) -> list[int]:
        """How much of the line may be shown: a minute … the whole session."""
        whole = max(MINUTE, self.last_us * 21 // 20)
        return [*(one for one in (MINUTE, 3 * MINUTE, *SPANS) if one < whole), whole]

    def lanes(self, truth: bool) -> list[Lane]:
        """Every lane; in AWS's view without the faults, which AWS does not tell of."""
        if truth not in self._lanes:
            self._lanes[truth] = list(_lanes(self, truth))
        return self._lanes[truth]

    def stops(self, truth: bool) -> list[Sight]:
        """Every instant worth a stop, the oldest first: what stands in a lane, and where bands begin and end."""
        found = [one for lane in self.lanes(truth) for one in (*lane.sights, *_ends(lane))]
        kept = {one.at_us: one for one in found if self.first_us <= one.at_us <= self.last_us}
        return sorted(kept.values(), key=lambda one: one.at_us)


def session_line(
    track: SessionTrack, axis: Axis, cursor_us: int, truth: bool, *, most: int, ascii: bool = False
) -> list[Line]:
    """The time line with its cursor, in as many rows as there is room for: the apps with no row of their own share one.

    Where that is not enough, lanes with nothing to show are left out.
    """
    lanes = track.lanes(truth)
    if len(lanes) > most:
        lanes = [lane for lane in lanes if lane.bars or lane.sights]
    if len(lanes) > most:
        kept, rest = lanes[: most - 1], lanes[most - 1 :]
        bars = tuple(bar for lane in rest for bar in lane.bars)
        sights = tuple(sight for lane in rest for sight in lane.sights)
        lanes = [*kept, Lane(f"{MORE}{len(rest)} more", bars, sights)]
    return in_ascii(timeline(axis, lanes, cursor_us), ascii)


def _ends(lane: Lane) -> Iterator[Sight]:
    for bar in lane.bars:
        for at_us in (bar.begins_us, bar.ends_us):
            yield Sight(at_us, bar.glyph, bar.word, bar.style)


def _lanes(track: SessionTrack, truth: bool) -> Iterator[Lane]:
    cloud = track.cloud
    yield _session(track)
    yield from _faults(cloud) if truth else [Lane("faults", note="AWS does not tell of them (v shows the truth)")]
    yield Lane("asked", sights=tuple(Sight(at, ASKED, _word(line), "accent") for at, line in track.asked), note="none")
    yield Lane("AWS events", sights=tuple(_events(cloud, truth)), note="none")
    rings = tuple(Sight(at, WARN, _word(name), "warn") for at, name in track.rang)
    yield Lane("alarms", sights=rings, note="none was seen to ring")
    yield from _outages(cloud, truth)


def _session(track: SessionTrack) -> Lane:
    now = track.cloud.now_us
    ahead = (Bar(now, track.last_us, OPEN, "dim", "recorded"),) if track.last_us > now else ()
    return Lane("session", (*ahead, Bar(0, now, THICK, "ok")))


def _word(text: str) -> str:
    return fit(clean(text), WORD)


def _faults(cloud: Cloud) -> list[Lane]:
    """Faults as bands, those that overlap below each other; a fault that only strikes is an instant."""
    rows: list[list[Bar]] = [[]]
    for bar in sorted(_bands(cloud), key=lambda bar: bar.begins_us):
        free = next((row for row in rows if not row or row[-1].ends_us < bar.begins_us), None)
        if free is None and len(rows) < FAULT_ROWS:
            rows.append(free := [])
        (free if free is not None else rows[-1]).append(bar)
    strikes = tuple(
        Sight(_t(row), MANUAL, _word(f"{row['name']} {row['source']}"), "bad")
        for row in cloud.log.tail
        if row.get("kind") == "fault" and row["now"] == "struck"
    )
    names = ("faults", *[""] * FAULT_ROWS)
    return [
        Lane(name, tuple(row), strikes if name else (), "none" if name else "")
        for name, row in zip(names, rows, strict=False)
    ]


def _bands(cloud: Cloud) -> Iterator[Bar]:
    begun: dict[str, int] = {}
    oldest = _t(cloud.log.tail[0]) if cloud.log.tail else 0
    for row in cloud.log.tail:
        if row.get("kind") == "fault" and row["now"] == "in force":
            begun[str(row["id"])] = _t(row)
        elif row.get("kind") == "fault" and row["now"] == "healed":
            yield _band(begun.pop(str(row["id"]), oldest), _t(row), str(row["name"]), str(row["source"]))
    for fault in cloud.faults.in_force.values():
        yield _band(fault.began_us, cloud.now_us, fault.name, fault.target)


def _band(begins_us: int, ends_us: int, name: str, target: str) -> Bar:
    return Bar(begins_us, ends_us, HARM, "warn", _word(f"{name} {target}"))


def _events(cloud: Cloud, truth: bool) -> Iterator[Sight]:
    for row in cloud.log.tail:
        if row["stream"] == "aws" and (truth or aws_view.is_delivered(cloud, row)):
            yield Sight(_t(row), "●", _word(f"{row['source']} {label(row)}"), "key")


def _outages(cloud: Cloud, truth: bool) -> Iterable[Lane]:
    """A lane for each app that was not well at some time."""
    for id, app in cloud.apps.items():
        found = incidents_shown(cloud, app, truth)
        if found:
            yield Lane(
                clean(id),
                tuple(
                    Bar(
                        one.began_us,
                        cloud.now_us if one.ended_us is None else one.ended_us,
                        HARM,
                        "bad",
                        "not well" if one.ended_us is None else f"RTO {outage(one.ended_us - one.began_us)}",
                    )
                    for one in found
                ),
            )


def _t(row: Row) -> int:
    return int(row["t"] or 0)
