"""tomllib's refusals in sentences: what the author probably meant to write, and what would be right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from .statements import Fault, Span, Statement
from .text import quoted, shown

_AT: Final = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\Z")
_NUMBER_AND_UNIT: Final = re.compile(r"[\d._]+ ?/? ?[A-Za-z%][\w/ .]*")
_WORD: Final = re.compile(r"[^\W\d][\w.+/:@-]*")
_LEADING_ZERO: Final = re.compile(r"[+-]?0\d+")
_CURLY: Final = "“”„‟«»‘’‚‛"
_BOOLEANS: Final = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_MANY_DIGITS: Final = re.compile(r"[\d_]{4000,}")
_COLON: Final = re.compile(r"[\w.-]+[ \t]*:")
_TWO_WORDS: Final = re.compile(r"(?P<one>[\w-]+)[ \t]+(?P<two>[\w-]+)[ \t]*=")
_KEY_OF: Final = re.compile(r"[\w.\"' \t-]+(?==)")
_DATE: Final = re.compile(r"\d{4}-\d\d?-\d\d?.*")
_KEY_RULE: Final = "a key has letters, digits, - and _, or stands in quotes"
_ABOUT_VALUES: Final = frozenset(
    {
        "Invalid value",
        "Expected newline or end of document after a statement",
        "Unclosed inline table",
        "Unclosed array",
        "Invalid date or datetime",
    }
)

Kind: TypeAlias = Literal["heading", "pair", "element"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What tomllib said, and where, as an offset into the text it was given."""

    message: str
    offset: int

    @classmethod
    def of(cls, error: Exception, text: str) -> Refusal:
        """What an exception of tomllib means."""
        if isinstance(error, RecursionError):
            return cls("nested too deep", 0)
        found = _AT.search(str(error))
        message = _AT.sub("", str(error))
        if found is None:
            return cls(message, 0)
        if found["line"] is None:
            return cls(message, len(text))
        start = 0
        for _ in range(int(found["line"]) - 1):
            start = text.index("\n", start) + 1
        return cls(message, start + int(found["column"]) - 1)

    def moved(self, by: int) -> Refusal:
        """The same, elsewhere."""
        return replace(self, offset=max(0, self.offset + by))


def refusal(text: str) -> Refusal | None:
    """Why tomllib does not read a text; None if it does."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Refusal.of(error, text)
    return None


def explain(found: Refusal, text: str, base: int, span: Span, kind: Kind) -> Fault:
    """The sentence for a refusal of the piece of `text` at `span`; `base` is where the piece given to tomllib began."""
    offset = min(base + found.offset, span.end)
    if found.message == "nested too deep":
        return Fault(span.start, "brackets are nested too deep to be read", "a file needs no more than three")
    if kind != "heading" and found.message in _ABOUT_VALUES:
        special = _about_value(text, min(base + found.offset, span.end), span)
        if special is not None:
            return special
    piece = text[span.start : span.end]
    match found.message:
        case "Expected '=' after a key in a key/value pair" | "Invalid statement":
            return _about_key(piece, span.start, offset)
        case "Invalid initial character for a key part":
            before = text[span.start : offset].rstrip()
            if before.endswith(","):
                right = "leave the last comma out: in braces nothing may follow it"
                return Fault(span.start + len(before) - 1, "a table in braces ends with a comma", right)
            return Fault(offset, "a key is missing here, or begins with a character it cannot have", _KEY_RULE)
        case "Expected ']' at the end of a table declaration" | "Expected ']]' at the end of an array declaration":
            return Fault(offset, "the heading is not closed", f"write {shown(_closed_heading(piece))}")
        case "Invalid value":
            start, value = _value_around(text, offset, span)
            right = "write text in quotes, a number, true or false, [a list] or { a = table }"
            return Fault(start, f"{quoted(value)} is not a value", right)
        case "Expected newline or end of document after a statement" if kind == "element":
            return Fault(offset, "a comma is missing before this element", "add a comma")
        case "Expected newline or end of document after a statement":
            return Fault(offset, "something follows where the line should end", "start a new line, or a comment with #")
        case "Unclosed array":
            return Fault(
                offset, "a comma or ] is missing in the list", "add a comma between two elements, ] at the end"
            )
        case "Unclosed inline table":
            return Fault(offset, "a comma or } is missing in the table", "add a comma between two keys, } at the end")
        case "Unescaped '\\' in a string":
            right = "write \\\\ for a backslash, or put the text in single quotes"
            offset = max(text.rfind("\\", span.start, offset), span.start)
            return Fault(offset, "a backslash begins an escape that TOML does not have", right)
        case message if message.startswith("Duplicate inline table key"):
            return Fault(offset, f"the key {shown(message[27:])} is in this table twice", "keep one of them")
        case message if "digits" in message:
            number = _MANY_DIGITS.search(text, span.start, span.end)
            offset = number.start() if number is not None else offset
            return Fault(offset, "a number has thousands of digits", "write one that fits into 64 bits")
        case message:
            return Fault(offset, f"this is not TOML ({shown(message, 200)})", "see toml.io for what may stand here")


def explain_clash(found: Refusal, text: str, statement: Statement, earlier: Sequence[Statement]) -> Fault:
    """The sentence for a statement that is right by itself and wrong after those before it."""
    first_line = text[statement.start : statement.end].split("\n", 1)[0]
    words = _clashing(first_line, statement.heading)
    twin = next((other for other in earlier if _is_twin(text, other, words, statement.heading)), None)
    if twin is not None:
        line = text.count("\n", 0, twin.start) + 1
        return Fault(statement.start, f"{shown(words)} is given twice, first on line {line}", "keep one of them")
    if found.message.startswith("Cannot"):
        wrong = f"{shown(words)} contradicts what an earlier line has made of it"
        return Fault(statement.start, wrong, "give every key and every table once, in one way")
    kind: Kind = "heading" if statement.heading else "pair"
    return explain(found, text, 0, Span(statement.start, statement.end), kind)


def _about_value(text: str, offset: int, span: Span) -> Fault | None:
    """A sentence about the value around an offset, if it looks like something people often write."""
    start, value = _value_around(text, offset, span)
    if not value:
        return (
            Fault(start, "a value is missing here", "write one after the =, text in quotes")
            if offset >= start
            else None
        )
    if value[0] in _CURLY:
        plain = value.strip(_CURLY + "\"'")
        return Fault(start, "typographic quotes are not quotes to TOML", f'write "{shown(plain)}"')
    if value.casefold() in _BOOLEANS:
        return Fault(start, f"{quoted(value)} is not a value", f"write {_BOOLEANS[value.casefold()]}")
    if _DATE.fullmatch(value):
        return Fault(start, f"{shown(value)} is not a date and time", "write it like 2026-01-05T09:00:00Z")
    if _LEADING_ZERO.fullmatch(value):
        return Fault(start, f"the number {shown(value)} begins with a zero", f"write {value.lstrip('+-0') or '0'}")
    if _NUMBER_AND_UNIT.fullmatch(value):
        return Fault(start, f"the value {shown(value)} has a unit and no quotes", f'write "{shown(value)}"')
    if _WORD.fullmatch(value):
        return Fault(start, f"the text {shown(value)} has no quotes", f'write "{shown(value)}"')
    return None


def _value_around(text: str, offset: int, span: Span) -> tuple[int, str]:
    """The value that an offset lies in, roughly: from the last `= , [ {` before it to the next `, ] } #`."""
    line = text.rfind("\n", span.start, offset) + 1 or span.start
    start = max(line, span.start)
    for sign in "=,[{":
        start = max(start, text.rfind(sign, start, offset) + 1)
    end = span.end
    for sign in ",]}#\n":
        found = text.find(sign, max(start, min(offset, start)), end)
        end = found if found >= 0 else end
    value = text[start:end]
    return start + len(value) - len(value.lstrip()), value.strip()


def _about_key(piece: str, start: int, offset: int) -> Fault:
    if _COLON.match(piece):
        return Fault(offset, "a colon stands where = should be", "write key = value")
    two = _TWO_WORDS.match(piece)
    if two is not None:
        joined = f"{two['one']}_{two['two']}"
        return Fault(
            start, f"the key {quoted(two['one'] + ' ' + two['two'])} has a space", f"write {shown(joined)}, or quote it"
        )
    if "=" not in piece:
        right = "write key = value, [table], or a comment with #"
        return Fault(start, f"there is no = in this line: {shown(piece)}", right)
    return Fault(offset, "a key is missing here, or has a character it cannot have", _KEY_RULE)


def _closed_heading(piece: str) -> str:
    name = piece.split("#")[0].strip().strip("[]").strip()
    return f"[[{name}]]" if piece.startswith("[[") else f"[{name}]"


def _clashing(line: str, heading: bool) -> str:
    if heading:
        return line.split("#")[0].strip()
    found = _KEY_OF.match(line)
    return found[0].strip() if found else line.strip()


def _is_twin(text: str, other: Statement, words: str, heading: bool) -> bool:
    if other.heading != heading or not text.startswith(words, other.start):
        return False
    return _clashing(text[other.start : other.end].split("\n", 1)[0], heading) == words
