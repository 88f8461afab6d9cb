"""The time line, drawn: a row for each lane, a ruler with ticks, now, and a cursor through all of it.

Everything is told by a glyph in a named row and, where there is room, by its name; colour only helps.
"""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.cloud import Cloud, aws_view
from opsconsole.console.views.layout import cells, fit, left
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.recovery.axis import Axis
from opsconsole.console.views.recovery.lanes import Bar, Lane, Sight

NAMES = 12
"""Columns of the lanes' names, with the blank before them."""
PASSING, NOW = "│", "┊"


def timeline(axis: Axis, lanes: Sequence[Lane], cursor_us: int | None = None) -> list[Line]:
    """The lanes, the ruler and its labels; `cursor_us` draws a cursor through them."""
    now = axis.column(axis.cloud.now_us)
    cursor = axis.column(cursor_us) if cursor_us is not None else None
    rows = [_lane(axis, lane, cursor, now) for lane in lanes]
    return [*rows, _ruler(axis, cursor, now), _labels(axis, cursor_us, now)]


def instant_of(axis: Axis, column: int) -> int | None:
    """The time under a column of a drawn row; None beside the line."""
    found = column - NAMES
    return axis.at(found) if 0 <= found < axis.columns else None


class _Cells:
    """One row under construction, column by column."""

    def __init__(self, columns: int) -> None:
        self.glyphs = [" "] * columns
        self.styles = [""] * columns

    def put(self, column: int, text: str, style: str) -> None:
        for offset, glyph in enumerate(text):
            self.glyphs[column + offset] = glyph if cells(glyph) == 1 and glyph.isprintable() else "?"
            self.styles[column + offset] = style

    def free(self, column: int) -> bool:
        return self.glyphs[column] == " " and not self.styles[column]

    def is_free(self, columns: range) -> bool:
        inside = columns.start >= 0 and columns.stop <= len(self.glyphs)
        return inside and all(self.free(column) for column in columns)

    def line(self, name: str, key: str) -> Line:
        spans: list[Span] = [(left(f" {name}", NAMES), "dim")]
        start = 0
        for column in range(1, len(self.glyphs) + 1):
            if column == len(self.glyphs) or self.styles[column] != self.styles[start]:
                spans.append(("".join(self.glyphs[start:column]), self.styles[start]))
                start = column
        return Line(tuple(spans), None, (), key)


def _lane(axis: Axis, lane: Lane, cursor: int | None, now: int | None) -> Line:
    row = _Cells(axis.columns)
    for bar in lane.bars:
        for column in axis.stretch(bar.begins_us, bar.ends_us):
            row.put(column, bar.glyph, bar.style)
    for bar in lane.bars:
        _tell(axis, row, bar)
    _sights(axis, row, lane.sights)
    if not lane.bars and not lane.sights and lane.note:
        row.put(0, fit(lane.note, axis.columns), "dim")
    _cross(row, now, NOW, "dim")
    _cross(row, cursor, PASSING, "accent", marks=True)
    return row.line(lane.name, f"lane {lane.name}")


def _cross(row: _Cells, column: int | None, glyph: str, style: str, marks: bool = False) -> None:
    """A vertical line through a row; what stands there already is only marked."""
    if column is None:
        return
    if row.free(column):
        row.put(column, glyph, style)
    elif marks:
        row.styles[column] = "selected"


def _tell(axis: Axis, row: _Cells, bar: Bar) -> None:
    """The bar's word, in the bar near its right end if it is long enough, else behind it if there is room."""
    stretch = axis.stretch(bar.begins_us, bar.ends_us)
    if not bar.word or not len(stretch):
        return
    word = f" {bar.word} "
    if len(stretch) >= cells(word) + 6:
        row.put(stretch.stop - cells(word) - 3, word, bar.style)
    elif row.is_free(range(stretch.stop, stretch.stop + cells(word))):
        row.put(stretch.stop, word.rstrip(), bar.style)


def _sights(axis: Axis, row: _Cells, sights: Sequence[Sight]) -> None:
    """Glyphs, and beside each its name if there is room; several in one column are counted."""
    by_column: dict[int, list[Sight]] = {}
    for sight in sights:
        column = axis.column(sight.at_us)
        if column is not None:
            by_column.setdefault(column, []).append(sight)
    for column, here in by_column.items():
        row.put(column, here[-1].glyph, here[-1].style)
    for column, here in by_column.items():
        word = here[-1].word if len(here) == 1 else f"{here[-1].word} +{len(here) - 1}"
        room = _room(row, column)
        if cells(word) + 2 <= room:
            row.put(column + 2, word, here[-1].style)
        elif row.is_free(range(column - 2 - cells(word), column)):
            row.put(column - 1 - cells(word), word, here[-1].style)


def _room(row: _Cells, column: int) -> int:
    """Free columns to the right of one, with one to spare before what comes next."""
    free = column + 1
    while free < len(row.glyphs) and row.free(free):
        free += 1
    return free - column - (free < len(row.glyphs))


def _ruler(axis: Axis, cursor: int | None, now: int | None) -> Line:
    row = _Cells(axis.columns)
    row.put(0, "─" * axis.columns, "dim")
    for column, _ in axis.ticks():
        row.put(column, "┴", "dim")
    if now is not None:
        row.put(now, "┴", "")
    if cursor is not None:
        row.put(cursor, "┴", "selected")
    return row.line("", "ruler")


def _labels(axis: Axis, cursor_us: int | None, now: int | None) -> Line:
    """Times under the ruler: the cursor's first, then now, then the ticks that have room."""
    row = _Cells(axis.columns)
    cursor = axis.column(cursor_us) if cursor_us is not None else None
    if cursor is not None and cursor_us is not None:
        _label(row, cursor, f" {clock(axis.cloud, cursor_us)} ", "selected")
    if now is not None:
        _label(row, now, "now", "")
    for column, text in axis.ticks():
        _label(row, column, text, "dim")
    return row.line("UTC", "times")


def _label(row: _Cells, column: int, text: str, style: str) -> None:
    start = max(0, min(column - len(text) // 2, len(row.glyphs) - len(text)))
    if row.is_free(range(max(0, start - 1), min(len(row.glyphs), start + len(text) + 1))):
        row.put(start, text, style)


def clock(cloud: Cloud, at_us: int) -> str:
    """A time of day in UTC, with the date where it is another day's than today."""
    moment, today = aws_view.moment(cloud, at_us), aws_view.moment(cloud).date()
    text = f"{moment:%H:%M:%S}Z"
    return text if moment.date() == today else f"{moment.day} {moment:%b} {text}"
