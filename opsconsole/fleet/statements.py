"""A TOML text cut into its statements, whatever is wrong with them.

tomllib stops at the first mistake. To find the others, the text is cut where a person would cut it: at a heading or a
`key =` at the start of a line, even if a bracket or a quote before it was never closed. Each piece can then be judged
by itself (in `syntax`). The scanner never looks back and never recurses, so any text takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

DEEPEST: Final = 40
"""Brackets inside brackets; a file of ours needs three."""

_TOKEN = re.compile(
    r"""(?P<long>\"{3}|'{3})|"(?:[^"\\\n]|\\[^\n])*(?P<close>")?|'[^'\n]*(?P<close_literal>')?|\#[^\n]*|[\[\]{},\n]"""
)
_LONG_END = {'"""': re.compile(r'(?:\\[\s\S]|[^\\])*?"{3,5}'), "'''": re.compile(r"[\s\S]*?'{3,5}")}
_BLANK = re.compile(r"[ \t]*(?:\#[^\n]*)?(?:\n|\Z)")
_INDENT = re.compile(r"[ \t]*")
_HEADING = re.compile(r"\[\[?[ \t]*[A-Za-z_\"'][\w\-\"'. \t]*\]\]?[ \t]*(?:\#[^\n]*)?(?:\n|\Z)")
_KEY = re.compile(r"[A-Za-z_][\w\-]*(?:\.[\w\-]+)*[ \t]*=")
_LEAD = re.compile(r"(?:[ \t\n]|\#[^\n]*)*")
_NEXT_ROW = re.compile(r"(?:[ \t\n]|\#[^\n]*)*[{\]]")
_CLOSERS = {"]": "[", "}": "{"}


class Fault(NamedTuple):
    """Something wrong at an offset of the text."""

    offset: int
    wrong: str
    right: str


class Span(NamedTuple):
    """From an offset up to another."""

    start: int
    end: int


class Element(NamedTuple):
    """An element of a list, and whether the author put a comma (or the closing bracket) behind it."""

    start: int
    end: int
    ended: bool = True


@dataclass(slots=True)
class Statement:
    """A heading or a `key = value`, from its first character up to the end of its last line."""

    start: int
    end: int
    heading: bool
    faults: list[Fault] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    """The elements of its list, if its value is one."""
    whole: bool = True
    """Whether its brackets close, so that its elements can be told apart."""


def statements(text: str) -> Iterator[Statement]:
    """Every statement of a text whose lines end with a plain newline, in order."""
    position = 0
    while position < len(text):
        blank = _BLANK.match(text, position)
        if blank is not None and blank.end() > position:
            position = blank.end()
            continue
        indent = _INDENT.match(text, position)
        start = indent.end() if indent else position
        if text.startswith("[", start):
            end = _line_end(text, start)
            yield Statement(start, end, heading=True)
        else:
            statement = _Scan(text, start).run()
            end = statement.end
            yield statement
        position = end + 1


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


class _Scan:
    """One `key = value`, scanned to its end."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.statement = Statement(start, len(text), heading=False)
        self.open: list[tuple[str, int]] = []
        self.over_lines = False
        """Whether a table in braces runs over several lines, which has been reported."""
        self.code_end: int | None = None
        """Where the comment at the end of the present line begins."""
        self.is_value = False
        """Whether the outermost bracket opens the value of the key, and not something odd before the `=`."""
        self.element_start = 0
        self.value_end: int | None = None
        """Where the last value of the outer list ended, until a comma comes."""

    def run(self) -> Statement:
        position = self.statement.start
        while True:
            token = _TOKEN.search(self.text, position)
            if token is None:
                self.statement.end = len(self.text)
                self._unclosed()
                return self.statement
            position = token.end()
            if token["long"]:
                end = _LONG_END[token["long"]].match(self.text, position)
                if end is None:
                    self._fault(token.start(), f"the text that starts here with {token['long']} never ends", "close it")
                    self.statement.whole = False
                    return self.statement
                self._begins(token.start())
                position = end.end()
                self._ended(position)
            elif self._take(token):
                return self.statement

    def _take(self, token: re.Match[str]) -> bool:
        """Note one token; true if the statement ends with it."""
        match token[0][0]:
            case "\n":
                return self._newline(token.start())
            case '"' | "'":
                self._begins(token.start())
                if token["close"] is None and token["close_literal"] is None:
                    quote = token[0][0]
                    self._fault(
                        token.start(), "the text that starts here is not closed on its line", f"add the closing {quote}"
                    )
                self._ended(token.end())
            case "[" | "{":
                self._opens(token[0], token.start())
            case "]" | "}":
                self._closes(token[0], token.start())
            case ",":
                if len(self.open) == 1:
                    self._element(token.start())
                    self.element_start = token.end()
                    self.value_end = None
            case "#":
                self.code_end = token.start()
            case _:
                pass
        return False

    def _newline(self, offset: int) -> bool:
        while self.open and self.open[-1][0] == "{" and not self.over_lines:
            self._brace_left_open(offset)
        self.code_end = None
        following = offset + 1
        if self.open and not self._another_begins(following):
            return False
        self.statement.end = offset
        self._unclosed()
        return True

    def _brace_left_open(self, offset: int) -> None:
        """Go on behind a `{` that its line did not close: with the next row, or with the rest of the same table."""
        opened = self.open[-1][1]
        if self.statement.whole and not any(fault.offset > opened for fault in self.statement.faults):
            wrong = "the table that opens here is not closed on its line"
            self._fault(opened, wrong, "close it with }: a table in braces stands on one line")
        if len(self.open) == 2 and _NEXT_ROW.match(self.text, offset):
            self.open.pop()
            self._element(offset, ended=False)
            self.element_start = offset
            self.value_end = None
            return
        self.statement.whole = False
        if self._goes_on(offset):
            self.over_lines = True
        else:
            self.open.pop()

    def _goes_on(self, offset: int) -> bool:
        """Whether the line that ends here means to be continued."""
        last = self.code_end if self.code_end is not None else offset
        while last > self.statement.start and self.text[last - 1] in " \t":
            last -= 1
        return self.text[last - 1] in ",{"

    def _another_begins(self, offset: int) -> bool:
        if _HEADING.match(self.text, offset):
            return True
        return not self.over_lines and _KEY.match(self.text, offset) is not None

    def _unclosed(self) -> None:
        if self.open and self.statement.whole:
            bracket, offset = self.open[-1]
            what, closer = ("list", "]") if bracket == "[" else ("table", "}")
            self._fault(offset, f"the {what} that opens here is never closed", f"close it with {closer}")
            self.statement.whole = False

    def _opens(self, bracket: str, offset: int) -> None:
        self._begins(offset)
        self.open.append((bracket, offset))
        if len(self.open) == 1:
            self.is_value = self.text[self.statement.start : offset].rstrip().endswith("=")
            self.element_start = offset + 1
            self.value_end = None
        if len(self.open) == DEEPEST + 1:
            self._fault(offset, f"brackets are nested more than {DEEPEST} deep", "a file needs no more than three")
            self.statement.whole = False

    def _closes(self, bracket: str, offset: int) -> None:
        if not self.open:
            self._fault(offset, f"nothing is open that this {bracket} could close", "leave it out")
            self.statement.whole = False
            return
        opener, opened = self.open.pop()
        if opener != _CLOSERS[bracket]:
            right = "]" if opener == "[" else "}"
            self._fault(
                offset, f"a {bracket} closes what {opener} opened", f"write {right}, or close the {opener} first"
            )
            if self.open and self.open[-1][0] == _CLOSERS[bracket]:
                self.open.pop()
            self.statement.whole = False
        if not self.open and self.text[opened] == "[":
            self._element(offset)
        self._ended(offset + 1)

    def _begins(self, offset: int) -> None:
        """A value begins; in the outer list a comma should have come before it."""
        if len(self.open) == 1 and self.open[0][0] == "[" and self.value_end is not None:
            self._fault(self.value_end, "a comma is missing between two elements of the list", "add a comma here")
            self._element(self.value_end, ended=False)
            self.element_start = offset
            self.value_end = None

    def _ended(self, offset: int) -> None:
        if len(self.open) == 1:
            self.value_end = offset

    def _element(self, end: int, ended: bool = True) -> None:
        if not self.is_value or (self.open and self.open[0][0] == "{"):
            return
        lead = _LEAD.match(self.text, self.element_start, end)
        start = lead.end() if lead else self.element_start
        if start < end:
            self.statement.elements.append(Element(start, end, ended))

    def _fault(self, offset: int, wrong: str, right: str) -> None:
        self.statement.faults.append(Fault(offset, wrong, right))
