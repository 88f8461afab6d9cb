"""Glyphs, and what each becomes on a terminal that has only ASCII. Every glyph is one column wide in both."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.console.views.lines import Line

UP = "●"
STARTING = "◐"
CREATING = "○"
DOWN = "✖"
NONE = "·"
STANDBY = "◌"
WARN = "▲"
COPY = "▮"
COPY_REPAIRING = "▯"
COPY_DOWN = "×"
ARROW = "→"
MORE = "…"

_PAIRS = {
    UP: "*",
    STARTING: "~",
    CREATING: "o",
    DOWN: "X",
    NONE: ".",
    STANDBY: "=",
    WARN: "!",
    COPY: "#",
    COPY_REPAIRING: "%",
    COPY_DOWN: "x",
    ARROW: ">",
    MORE: "~",
    "↑": "^",
    "↓": "v",
    "▶": ">",
    "‖": "=",
    "─": "-",
    "│": "|",
    "┌": "+",
    "┐": "+",
    "└": "+",
    "├": "+",
    "┘": "+",
    "▁": "_",
    "▂": ".",
    "▃": ":",
    "▄": "-",
    "▅": "=",
    "▆": "+",
    "▇": "*",
    "█": "#",
    "░": ".",
    "━": "=",
    "┊": ":",
    "┬": "Y",
    "┴": "'",
    "▒": "%",
    "▼": "v",
    "◆": "@",
    "◇": "o",
    "←": "<",
    "–": "-",
    "µ": "u",
}
GLYPHS = "".join(_PAIRS)
"""All that the console draws with besides ASCII."""

_ASCII = {ord(glyph): letter for glyph, letter in _PAIRS.items()}


def asciify(text: str) -> str:
    """The text in ASCII: glyphs of ours by their pair, anything else as `?`."""
    if text.isascii():
        return text
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


def in_ascii(lines: Sequence[Line], ascii: bool) -> list[Line]:
    """The lines as they are, or in ASCII."""
    if not ascii:
        return list(lines)
    return [
        Line(tuple((asciify(text), style) for text, style in one.spans), one.ref, one.refs, one.key) for one in lines
    ]
