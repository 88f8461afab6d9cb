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

MEANINGS = (
    (UP, "running, available, well; beside a metric or an alarm: the alarm is OK"),
    (STARTING, "starting, or on the way to another state"),
    (CREATING, "being created; beside an alarm: INSUFFICIENT_DATA"),
    (DOWN, "down, failed; in the status line: faults in force, apps that fail"),
    (STANDBY, "a standby that has everything"),
    (WARN, "worth a look: impaired, late, an alarm that is in ALARM"),
    (NONE, "nothing stands there"),
    (COPY, "a copy of an Aurora volume that has everything"),
    (COPY_REPAIRING, "a volume copy that its peers repair"),
    (COPY_DOWN, "a volume copy that is down"),
    (MORE, "cut: there is more"),
)
"""What the signs mean, whichever view they are in."""

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
