"""All syntax mistakes of a text at once, and as much of the text as can still be read.

Each statement is judged by tomllib on its own; what fails is reported and blanked out with spaces, so that the rest
keeps its place and its other mistakes can be found in the same run.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from .explain import Refusal, explain, explain_clash, refusal
from .problems import MOST_PROBLEMS
from .statements import Fault, Span, Statement, statements

_REST: Final = "{}],"
"""How a line begins that belongs to the list of a statement above it: no news if that is broken."""
CR: Final = 0x0D
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MOST_ROUNDS: Final = 25
"""How often a whole text is read again after a statement that contradicts another has been blanked."""
MOST_READ_AGAIN: Final = 8 << 20
"""Characters read again in all those rounds: a large text gets fewer of them, and at least one."""


@dataclass(slots=True)
class Repaired:
    """What is wrong with a text, and what is left of it without that."""

    faults: list[Fault] = field(default_factory=list)
    text: str = ""
    raw: dict[str, object] | None = None
    """The text that is left as tomllib reads it; None if it still does not."""


class Change(NamedTuple):
    """A stretch of text to be replaced by another of the same length."""

    span: Span
    text: str = ""
    """What to begin with; the rest is spaces. Line ends stay."""


def repair(text: str) -> Repaired:
    """Find every syntax mistake of a text (whose lines end with a plain newline) that tomllib has refused."""
    repaired = Repaired()
    text = _without_controls(text, repaired.faults)
    changes: list[Change] = []
    cut: list[Statement] = []
    heading_lost = after_fault = False
    for statement in statements(text):
        cut.append(statement)
        faults, mending = _judge(text, statement)
        if not (after_fault and text[statement.start] in _REST):
            repaired.faults += faults
        after_fault = bool(faults)
        if statement.heading:
            heading_lost = bool(faults)
        changes += [Change(Span(statement.start, statement.end))] if heading_lost else mending
        if len(repaired.faults) > MOST_PROBLEMS:
            return repaired
    repaired.text = _changed(text, changes)
    _reconcile(repaired, cut)
    repaired.faults.sort()
    return repaired


def _without_controls(text: str, faults: list[Fault]) -> str:
    """The text with a space for every control character that TOML forbids even in a comment."""
    for found in islice(_CONTROL.finditer(text), MOST_PROBLEMS):
        code = ord(found[0])
        wrong = f"the control character U+{code:04X} has no place in a file"
        faults.append(Fault(found.start(), wrong, "end the line with a line feed" if code == CR else "leave it out"))
    return _CONTROL.sub(" ", text) if faults else text


def _judge(text: str, statement: Statement) -> tuple[list[Fault], list[Change]]:
    """What is wrong with one statement by itself, and how to make the text readable without it."""
    span = Span(statement.start, statement.end)
    away = [Change(span)]
    if statement.faults and not statement.whole:
        return statement.faults, away
    found = None if statement.faults else refusal(text[span.start : span.end])
    if found is None and not statement.faults:
        return [], []
    faults, mending = _judge_elements(text, statement)
    if faults:
        return faults, away if mending is None else mending
    assert found is not None
    return [explain(found, text, span.start, span, "heading" if statement.heading else "pair")], away


def _judge_elements(text: str, statement: Statement) -> tuple[list[Fault], list[Change] | None]:
    """What is wrong with the elements of a list one by one; None for a list that cannot be read without them."""
    faults = list(statement.faults)
    mending: list[Change] | None = []
    for element in statement.elements:
        span = Span(element.start, element.end)
        if not any(element.start <= fault.offset < element.end for fault in statement.faults):
            found = refusal(f"x = {text[span.start : span.end]}")
            if found is not None:
                faults.append(explain(found.moved(-4), text, span.start, span, "element"))
            elif element.ended:
                continue
        instead = "{}" if element.ended else "{},"
        if mending is not None and text[span.start] == "{" and span.end - span.start >= len(instead):
            mending.append(Change(span, instead))
        else:
            mending = None
    return faults, mending if statement.elements else None


def _changed(text: str, changes: Sequence[Change]) -> str:
    pieces: list[str] = []
    position = 0
    for (start, end), instead in sorted(changes):
        if start < position:
            continue
        old = text[start:end]
        blank = "".join("\n" if char == "\n" else " " for char in old[len(instead) :])
        pieces += [text[position:start], instead, blank]
        position = end
    return "".join([*pieces, text[position:]])


def _reconcile(repaired: Repaired, cut: Sequence[Statement]) -> None:
    """Read what is left; each statement that contradicts an earlier one is reported and taken out as well."""
    starts = [statement.start for statement in cut]
    for _ in range(max(1, min(MOST_ROUNDS, MOST_READ_AGAIN // (len(repaired.text) + 1)))):
        found: Refusal | None = None
        try:
            repaired.raw = tomllib.loads(repaired.text)
            return
        except (ValueError, RecursionError) as error:
            found = Refusal.of(error, repaired.text)
        index = max(0, bisect_right(starts, max(0, found.offset - 1)) - 1)
        if not cut or not cut[index].start <= found.offset <= cut[index].end + 1:
            span = Span(found.offset, min(found.offset + 1, len(repaired.text)))
            repaired.faults.append(explain(found, repaired.text, 0, span, "pair"))
            return
        statement = cut[index]
        repaired.faults.append(explain_clash(found, repaired.text, statement, cut[:index]))
        end = statement.end
        if statement.heading:
            later = (other.start for other in cut[index + 1 :] if other.heading)
            end = next(later, len(repaired.text))
        repaired.text = _changed(repaired.text, [Change(Span(statement.start, end))])
