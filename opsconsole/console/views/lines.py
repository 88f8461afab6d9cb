"""What a view returns: lines of plain text in named styles, which know what they stand for.

Text is data: nothing in a span is ever parsed as markup. Styles are names; what they look like is the theme's business.
No Textual here, so every view can be tested without a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[str, str]
"""Plain text, and the name of its style."""

STYLES = (
    "",
    "dim",
    "title",
    "ok",
    "warn",
    "bad",
    "accent",
    "writer",
    "reader",
    "standby",
    "selected",
    "key",
    "sim",
    "number",
    "cut",
)
"""Every style name a span may carry."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a panel.

    `ref` is the id of the thing the whole line stands for; `refs` says so for several things on one line, as
    (first column, column after the last, id). `key` names the row for as long as it means the same.
    """

    spans: tuple[Span, ...] = ()
    ref: str | None = None
    refs: tuple[tuple[int, int, str], ...] = ()
    key: str = ""

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(text for text, _ in self.spans)

    def ref_at(self, column: int) -> str | None:
        """What stands at a column: a thing of `refs`, else the line's own."""
        return next((id for start, end, id in self.refs if start <= column < end), self.ref)


@dataclass(frozen=True, slots=True)
class ClockState:
    """How time runs, and what the status line says about the session.

    `speed_had` is the speed the engine really reaches, None while it keeps what was asked. `recording` names the
    journal, None while the session is not recorded; `unrecorded` says why, where it should be. `braked` says that the
    incident brake holds the speed down, `past` that another moment than the session's own is shown, and which.
    `branch` says that the session went on from an earlier moment of another one, `stops` when it will stand still by
    itself. `company` says who else is attached to it.
    """

    speed_asked: float = 1.0
    speed_had: float | None = None
    paused: bool = False
    read_only: bool = False
    recording: str | None = None
    unrecorded: str = ""
    braked: bool = False
    past: str = ""
    company: str = ""
    stops: str = ""
    branch: str = ""


def line(*spans: Span | str, ref: str | None = None, key: str = "") -> Line:
    """A line from spans; a bare string has no style."""
    return Line(tuple((span, "") if isinstance(span, str) else span for span in spans), ref, (), key)


def plain(lines: Iterable[Line]) -> str:
    """The text of many lines, without styles: what a person would copy."""
    return "\n".join(one.text.rstrip() for one in lines)
