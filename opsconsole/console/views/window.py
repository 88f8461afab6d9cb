"""A list that has less room than rows: those around the selected one, and a sign of how many more there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import set_cell_size

from opsconsole.console.views.layout import cells
from opsconsole.console.views.lines import Line, Span


class Window(NamedTuple):
    """The ids that are shown, and how many there are above and below them."""

    ids: Sequence[str]
    above: int = 0
    below: int = 0

    def signed(self, line: Line, width: int) -> Line:
        """The list's first line, at its right end what is out of sight: `2 more ↑ 3 more ↓`."""
        words = [f"{count} more {arrow}" for count, arrow in ((self.above, "↑"), (self.below, "↓")) if count]
        if not words:
            return line
        sign = f"  {' '.join(words)} "
        room = max(0, width - cells(sign))
        refs = tuple((start, min(end, room), ref) for start, end, ref in line.refs if start < room)
        return Line((*_cropped(line.spans, room), (sign, "accent")), line.ref, refs, line.key)


def window(ids: Sequence[str], selected: str | None, rows: int | None) -> Window:
    """So many ids that the selected one is among them, in the middle where it can be; None: all."""
    if rows is None or rows >= len(ids):
        return Window(ids)
    at = ids.index(selected) if selected in ids else 0
    first = max(0, min(at - rows // 2, len(ids) - rows))
    return Window(ids[first : first + rows], first, len(ids) - first - rows)


def _cropped(spans: Sequence[Span], width: int) -> list[Span]:
    """The spans in just so many columns, without words that would be cut: a number without its unit is a wrong one."""
    made: list[Span] = []
    for text, style in spans:
        if cells(text) > width:
            cut = set_cell_size(text, width)
            whole = cut if text[len(cut) :].startswith("  ") else cut.rpartition("  ")[0]
            made.append((whole, style))
            width -= cells(whole)
            break
        made.append((text, style))
        width -= cells(text)
    return [*made, (" " * width, "")]
