"""Reading a TOML file of ours: text, tables, form, and what it means; and at each step every problem there is.

A file without problems takes the straight way (tomllib, pydantic, the kind's `resolve`). Only when something is wrong
is it read again, statement by statement and key by key, and only then is it worth knowing where each key stands.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Generic, Literal, NamedTuple, NoReturn, TypeVar

from .files import MOST_BYTES
from .findings import Findings, key_text
from .findings import Path as KeyPath
from .problems import MOST_PROBLEMS, FileProblems, Problem
from .sift import sift
from .text import first_control
from .values import Table

F = TypeVar("F", bound=Table)
T = TypeVar("T")

DEEPEST_KEY: Final = 64
"""Parts of a dotted key: a fleet needs four, and tomllib's time grows with their square."""

_KEY_PART = r"""(?:[\w\-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"""(?<![\w"'.\-])(?:{_KEY_PART}){{{DEEPEST_KEY}}}""")


class Kind(NamedTuple, Generic[F, T]):
    """A kind of file: its form, and how a form becomes what is meant, or notes why it cannot.

    `prepare`, if there is one, changes the tables before they are read as the form, and notes what is wrong with them.
    `paragraphs` are the keys whose texts may have several lines. `mistaken` tells, of tables that have something wrong,
    whether they are of another kind altogether, and what is to be done then.
    """

    form: type[F]
    resolve: Callable[[F, Mapping[str, object], Findings], T | None]
    empty: str
    prepare: Callable[[dict[str, object], Findings], dict[str, object]] = lambda raw, findings: raw
    paragraphs: frozenset[str] = frozenset()
    mistaken: Callable[[Mapping[str, object]], tuple[str, str] | None] = lambda raw: None


def parse(text: str, filename: str, kind: Kind[F, T]) -> T:
    """What a text of a kind means. `filename` is used in problems only; raises FileProblems with everything wrong."""
    if len(text) > MOST_BYTES:
        _refuse(filename, f"the text is larger than {MOST_BYTES >> 20} MiB", "split it: no file of ours is that large")
    text = text.replace("\r\n", "\n")
    deep = _DEEP_KEY.search(text)
    if deep is not None:
        line, column = _Lines(text).place(deep.start())
        wrong = f"a key has more than {DEEPEST_KEY} parts"
        raise FileProblems([Problem(filename, line, column, "", wrong, "a file needs no more than four")])
    try:
        findings = Findings()
        raw = tomllib.loads(text)
        if _may_hold_controls(text):
            _note_controls(raw, kind.paragraphs, findings)
        raw = kind.prepare(raw, findings)
        form = kind.form.model_validate(raw)
    except (ValueError, RecursionError):
        raise FileProblems(_everything_wrong(text, filename, kind)) from None
    meant = None if findings else kind.resolve(form, raw, findings)
    if meant is None:
        raise FileProblems(_everything_wrong(text, filename, kind))
    return meant


def _everything_wrong(text: str, filename: str, kind: Kind[F, T]) -> list[Problem]:
    """Every problem of a text that is known to have one, in the order of the text."""
    problems: list[Problem] = []
    findings = Findings()
    raw: dict[str, object] | None
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError):
        from .syntax import repair

        repaired = repair(text)
        lines = _Lines(text)
        places = ((lines.place(fault.offset), fault) for fault in repaired.faults)
        problems = [Problem(filename, *place, "", fault.wrong, fault.right) for place, fault in places]
        text, raw = repaired.text, repaired.raw
        findings.partial = True
    if raw == {} and not findings.partial:
        _refuse(filename, "the file has nothing in it", kind.empty)
    other = None if raw is None else kind.mistaken(raw)
    if other is not None:
        _refuse(filename, *other)
    if raw is not None and len(problems) < MOST_PROBLEMS:
        _note_controls(raw, kind.paragraphs, findings)
        raw = kind.prepare(raw, findings)
        kind.resolve(sift(kind.form, raw, (), findings), raw, findings)
        problems += _placed(findings, text, filename)
    return _in_order(problems, findings.uncounted, filename)


def _may_hold_controls(text: str) -> bool:
    """Whether any text in a file could: none can without an escape, a text of several lines or a bare character."""
    return any(mark in text for mark in ("\\", '"""', "'''")) or first_control(text.replace("\n", "")) is not None


def _note_controls(raw: dict[str, object], paragraphs: frozenset[str], findings: Findings) -> None:
    for path, text, at in _strings(raw):
        lines = at == "value" and _key_of(path) in paragraphs
        control = first_control(text.replace("\n", "") if lines else text)
        if control is not None and path not in findings.silenced:
            findings.add(path, f"the character U+{ord(control):04X} has no place in a text", "leave it out", at)
            findings.silenced.add(path)


def _key_of(path: KeyPath) -> str:
    """The last key of a path, whatever element of its list is meant."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _strings(raw: dict[str, object]) -> Iterator[tuple[KeyPath, str, Literal["key", "value"]]]:
    """Every text in a file, keys included, with its path."""
    stack: list[tuple[KeyPath, object]] = [((), raw)]
    while stack:
        path, value = stack.pop()
        match value:
            case str():
                yield path, value, "value"
            case dict():
                for key, inner in value.items():
                    yield (*path, key), key, "key"
                    stack.append(((*path, key), inner))
            case list():
                stack.extend(((*path, index), inner) for index, inner in enumerate(value))
            case _:
                pass


def _placed(findings: Findings, text: str, filename: str) -> list[Problem]:
    """Findings with the lines and columns where they stand."""
    if not findings:
        return []
    from .locate import Locator

    locator = Locator(text, (finding.path for finding in findings.found))
    problems = []
    for finding in findings.found:
        line, column = locator.key(finding.path) if finding.at == "key" else locator.value(finding.path)
        problems.append(Problem(filename, line, column, key_text(finding.path), finding.wrong, finding.right))
    return problems


def _in_order(problems: list[Problem], uncounted: int, filename: str) -> list[Problem]:
    problems.sort(key=lambda problem: (problem.line, problem.column, problem.key))
    uncounted += max(0, len(problems) - MOST_PROBLEMS)
    problems = problems[:MOST_PROBLEMS]
    if uncounted:
        wrong = f"at least {uncounted:,} more problems are not listed"
        problems.append(Problem(filename, 0, 0, "", wrong, "mend these first"))
    return problems


class _Lines:
    """Lines and columns of offsets in a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(newline.end() for newline in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in characters, from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _refuse(filename: str, wrong: str, right: str) -> NoReturn:
    raise FileProblems([Problem(filename, 0, 0, "", wrong, right)])
