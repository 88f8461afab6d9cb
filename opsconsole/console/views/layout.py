"""Laying out rows: spans side by side at known columns, cut to a width, and tables whose columns line up.

Widths are terminal cells; a name from a file may hold wide characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from opsconsole.console.views.glyphs import MORE
from opsconsole.console.views.lines import Line, Span


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def clean(text: str) -> str:
    """A text that somebody wrote, with nothing in it that could move the cursor."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def fit(text: str, width: int) -> str:
    """The text, cut to a width; what is cut ends in `…`."""
    if cells(text) <= width:
        return text
    return set_cell_size(text, width - 1) + MORE if width > 1 else MORE[:width]


def left(text: str, width: int) -> str:
    """The text at the left of a column of this width."""
    text = fit(text, width)
    return text + " " * (width - cells(text))


def right(text: str, width: int) -> str:
    """The text at the right of a column of this width."""
    text = fit(text, width)
    return " " * (width - cells(text)) + text


def wrap(text: str, width: int, first: int | None = None) -> list[str]:
    """The text in lines no wider than `width`, the first no wider than `first`, broken between words."""
    lines: list[str] = []
    now, room = "", width if first is None else first
    for word in text.split():
        if now and cells(now) + 1 + cells(word) > room:
            lines.append(fit(now, room))
            now, room = word, width
        else:
            now = f"{now} {word}" if now else word
    return [*lines, fit(now, room)] if now else lines


class Row:
    """A line under construction. `width` is where the next span begins."""

    __slots__ = ("_key", "_ref", "_refs", "_spans", "width")

    def __init__(self, *spans: Span, ref: str | None = None, key: str = "") -> None:
        self._spans: list[Span] = []
        self._refs: list[tuple[int, int, str]] = []
        self._ref = ref
        self._key = key
        self.width = 0
        for text, style in spans:
            self.add(text, style)

    def add(self, text: str, style: str = "", ref: str | None = None) -> Row:
        """Append a text; `ref` is the thing that just this text stands for."""
        if text:
            end = self.width + cells(text)
            if ref is not None:
                self._refs.append((self.width, end, ref))
            self._spans.append((text, style))
            self.width = end
        return self

    def single(self, text: str, style: str, refs: Sequence[str]) -> Row:
        """Append a text of characters of one column each, each of which stands for a thing."""
        self._refs += [(column, column + 1, ref) for column, ref in enumerate(refs, start=self.width)]
        return self.add(text, style)

    def to(self, column: int, style: str = "") -> Row:
        """Fill with blanks up to a column."""
        return self.add(" " * max(0, column - self.width), style)

    def line(self, width: int | None = None) -> Line:
        """The finished line, cut to a width."""
        spans, refs = self._spans, self._refs
        if width is not None and self.width > width:
            spans, refs = _cut(spans, width), [(a, min(b, width), id) for a, b, id in refs if a < width]
        return Line(tuple(spans), self._ref, tuple(refs), self._key)


def _cut(spans: Sequence[Span], width: int) -> list[Span]:
    kept: list[Span] = []
    room = width
    for text, style in spans:
        if cells(text) > room:
            if room:
                kept.append((fit(text, room), style))
            break
        kept.append((text, style))
        room -= cells(text)
    return kept


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers (which stand at the right)."""

    title: str
    number: bool = False
    least: int = 0
    most: int = 1_000


Cell = Span | str


def table(
    columns: Sequence[Column],
    rows: Sequence[tuple[str | None, Sequence[Cell]]],
    width: int,
    indent: int = 1,
    gap: int = 2,
) -> list[Line]:
    """A heading and rows, each column as wide as its widest cell; every row has a cell for each column.

    A row is (id it stands for, cells); its key is the id.
    """
    sizes = [
        max(column.least, min(column.most, max([cells(column.title), *(cells(_text(row[i])) for _, row in rows)])))
        for i, column in enumerate(columns)
    ]
    heads = [(column.title, "dim") for column in columns]
    lines = [_table_row(Row((" " * indent, "")), columns, sizes, heads, gap).line(width)]
    for ref, row in rows:
        made = _table_row(Row((" " * indent, ""), ref=ref, key=ref or ""), columns, sizes, row, gap)
        lines.append(made.line(width))
    return lines


def _table_row(made: Row, columns: Sequence[Column], sizes: list[int], row: Sequence[Cell], gap: int) -> Row:
    for number, (column, size, cell) in enumerate(zip(columns, sizes, row, strict=True)):
        text, style = (cell, "") if isinstance(cell, str) else cell
        last = number == len(columns) - 1
        shown = right(text, size) if column.number else fit(text, size) if last else left(text, size)
        made.add(" " * gap if number else "").add(shown, style)
    return made


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def pairs(rows: Sequence[tuple[str, Sequence[Span]]], width: int, indent: int = 1) -> list[Line]:
    """Names at the left, what they are at the right, aligned."""
    size = max((cells(name) for name, _ in rows), default=0) + 2
    lines = []
    for name, spans in rows:
        row = Row((" " * indent, ""), (left(name, size), "dim"))
        for text, style in spans:
            row.add(text, style)
        lines.append(row.line(width))
    return lines


def heading(text: str, width: int, *more: Span) -> Line:
    """A title within a tab."""
    row = Row((" ", ""), (text, "title"))
    for span in more:
        row.add(*span)
    return row.line(width)


def paragraph(text: str, width: int, style: str = "dim", indent: int = 1) -> list[Line]:
    """Prose, wrapped."""
    return [Line(((" " * indent, ""), (one, style))) for one in wrap(text, max(10, width - indent - 1))]
