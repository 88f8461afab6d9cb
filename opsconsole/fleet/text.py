"""Text from a file is data: how it may be shown in a sentence, and the nearest known word to a mistyped one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, time
from typing import Final

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")
_MANY_WORDS: Final = 400
_LONG_WORD: Final = 64


def is_control(char: str) -> bool:
    """Whether a character could steer a terminal or reorder a line: Cc, surrogates, bidi controls."""
    return char in _BIDI or unicodedata.category(char) in ("Cc", "Cs")


def first_control(text: str) -> str | None:
    """The first control character of a text, if it has one."""
    if text.isprintable() and not _BIDI.intersection(text):
        return None
    return next((char for char in text if is_control(char)), None)


def shown(value: object, most: int = 60) -> str:
    """A value from a file as it may stand in a sentence: what cannot be seen is escaped, what is long is cut."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(char if char.isprintable() and char not in _BIDI else f"\\u{ord(char):04x}" for char in text)


def quoted(value: object, most: int = 60) -> str:
    """`shown`, in double quotes if it is text, as TOML would write it otherwise."""
    if isinstance(value, str):
        return f'"{shown(value, most)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, date | time):
        return value.isoformat()
    return shown(value, most)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None.

    The same in another case; else the fewest letters swapped, left out, added or replaced (one in three at most, two in
    a short word); else the only one that contains the word or is contained in it.
    """
    word = word[:_LONG_WORD].casefold()
    words = sorted(known)
    if len(words) > _MANY_WORDS:
        words = [other for other in words if other[:1].casefold() == word[:1]][:_MANY_WORDS]
    allowed = max(len(word) // 3, 1 if len(word) < 4 else 2)
    best, best_distance = None, allowed + 1
    for other in words:
        if abs(len(other) - len(word)) < best_distance:
            found = _distance(word, other.casefold(), best_distance)
            if found < best_distance:
                best, best_distance = other, found
    if best is not None or len(word) < 4:
        return best
    around = [other for other in words if len(other) >= 4 and (word in other.casefold() or other.casefold() in word)]
    return around[0] if len(around) == 1 else None


def _distance(a: str, b: str, enough: int) -> int:
    """Letters to swap, leave out, add or replace to make one word of the other; `enough` stands for that and more."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, char in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != other))
            if i > 1 and j > 1 and char == b[j - 2] and a[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) >= enough:
            return enough
    return row[-1]


def one_of(words: Iterable[str], most: int = 12) -> str:
    """`"a", "b" or "c"`: a short list in a sentence; a long one is cut."""
    names = [quoted(word) for word in words]
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most} more"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1] if names else "nothing"


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The right half of a sentence about an unknown word: the nearest known one, or all of them if they are few."""
    words = sorted(known)
    near = nearest(word, words)
    if near is not None:
        return f'did you mean "{shown(near)}"?'
    if otherwise:
        return otherwise
    return f"write {one_of(words)}" if words else "there is none to name"
