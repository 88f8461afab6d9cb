"""Fitting text into a width: words are kept whole where they can be, and what continues a line is indented under it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from opsconsole.console.views import Line, Span

CONTINUED: int = 4
"""Columns that a continued line of one span is indented further than it begins."""


def wrapped(text: str, width: int) -> list[str]:
    """A sentence or more in rows of at most ``width`` columns; always at least one row."""
    return textwrap.wrap(text, width) or [""]


def fitted(lines: Iterable[Line], width: int) -> list[Line]:
    """Lines of at most ``width`` columns; those that are longer go on under their second span, or indented."""
    return [part for line in lines for part in _fit(line, max(width, 8))]


def _fit(line: Line, width: int) -> list[Line]:
    if len(line.text) <= width:
        return [line]
    text = line.text
    first = len(line.spans[0][0]) if len(line.spans) > 1 else len(text) - len(text.lstrip()) + CONTINUED
    hang = min(first, width // 2)
    parts, start, room = [], 0, width
    while start < len(text):
        end = _break(text, start, room)
        spans = _cut(line.spans, start, end)
        parts.append(Line(((" " * hang, ""), *spans) if start else spans))
        start, room = len(text) - len(text[end:].lstrip(" ")), width - hang
    return parts


def _break(text: str, start: int, room: int) -> int:
    """Where a row that begins at ``start`` ends: before the last space that fits, else where the room ends."""
    if len(text) - start <= room:
        return len(text)
    at = text.rfind(" ", start + 1, start + room + 1)
    return at if at > start and text[start:at].strip() else start + room


def _cut(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    cut: list[Span] = []
    column = 0
    for text, style in spans:
        piece = text[max(0, start - column) : max(0, end - column)]
        if piece:
            cut.append((piece, style))
        column += len(text)
    return tuple(cut)
