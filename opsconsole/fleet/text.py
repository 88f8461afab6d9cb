"""Text from a file is data: how it may be shown in a sentence, and the nearest known word to a mistyped one."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")
_MANY_WORDS: Final = 400


def is_control(char: str) -> bool:
    """Whether a character could steer a terminal or reorder a line: Cc, surrogates, bidi controls."""
    return char in _BIDI or unicodedata.category(char) in ("Cc", "Cs")


def first_control(text: str) -> str | None:
    """The first control character of a text, if it has one."""
    if text.isprintable() and not _BIDI.intersection(text):
        return None
    return next((char for char in text if is_control(char)), None)


def shown(value: object, most: int = 60) -> str:
    """A value from a file as it may stand in a sentence: control characters escaped, long ones cut."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(f"\\u{ord(char):04x}" if is_control(char) else char for char in text)


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
    return shown(value, most)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None: letters swapped, left out, doubled, or in the wrong case."""
    words: Sequence[str] = sorted(known)
    word = word[:64]
    folded = word.casefold()
    for candidate in words:
        if candidate.casefold() == folded:
            return candidate
    if len(words) > _MANY_WORDS:
        words = [other for other in words if other[:1].casefold() == folded[:1] and abs(len(other) - len(word)) <= 2]
        words = words[:_MANY_WORDS]
    near = difflib.get_close_matches(folded, [other.casefold() for other in words], n=1, cutoff=0.66)
    if not near:
        return None
    return next(other for other in words if other.casefold() == near[0])


def one_of(words: Iterable[str], most: int = 8) -> str:
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
