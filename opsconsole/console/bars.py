"""The one-line bars: tabs, and the keys that do something here. Each word knows what a click on it means."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.console.views import Line, Span


def tab_line(
    names: Sequence[str], current: str, width: int = 999, *, ascii: bool = False, numbered: bool = True
) -> Line:
    """The tabs, the current one marked; a word's ref is the tab's name.

    Numbered where there is room and the digits mean them, closer together where they are many, else bare; where even
    that is too wide, those around the current one, with their digits.
    """
    for words, gap in (
        *(((_numbered(names), " "), ([word.strip() for word in _numbered(names)], " ")) if numbered else ()),
        ([f" {name} " for name in names], " "),
        ([f" {n} " for n in names], ""),
    ):
        if sum(map(len, words)) + len(gap) * len(words) <= width:
            return _tabs(names, words, gap, current)
    words = _numbered(names) if numbered else [f" {name} " for name in names]
    first, last = _window(words, names.index(current) if current in names else 0, width - 4)
    before, after = ("<", ">") if ascii else ("‹", "›")
    line = _tabs(names[first:last], words[first:last], "", current, indent=2)
    edges = ((before if first else " ") + " ", "dim"), (" " + (after if last < len(names) else " "), "dim")
    return Line((edges[0], *line.spans, edges[1]), None, line.refs)


def _numbered(names: Sequence[str]) -> list[str]:
    """Tabs with the digits that lead to them; those after the ninth have none."""
    return [f" {number} {name} " if number <= 9 else f" {name} " for number, name in enumerate(names, start=1)]


def _window(words: Sequence[str], current: int, width: int) -> tuple[int, int]:
    """The tabs from ``first`` to before ``last``: the current one and as many beside it as fit."""
    first, last, room = current, current + 1, width - len(words[current])
    for grow_left in (False, True) * len(words):
        if not grow_left and last < len(words) and len(words[last]) <= room:
            room -= len(words[last])
            last += 1
        elif grow_left and first > 0 and len(words[first - 1]) <= room:
            first -= 1
            room -= len(words[first])
    return first, last


def _tabs(names: Sequence[str], words: Sequence[str], gap: str, current: str, indent: int = 0) -> Line:
    spans: list[Span] = []
    refs: list[tuple[int, int, str]] = []
    column = indent
    for name, word in zip(names, words, strict=True):
        spans.append((word, "selected" if name == current else "dim"))
        refs.append((column, column + len(word), name))
        if gap:
            spans.append((gap, ""))
        column += len(word) + len(gap)
    return Line(tuple(spans), None, tuple(refs))


def key_line(keys: Sequence[tuple[str, str, str]], width: int) -> Line:
    """The keys (key, what it does, action), as many as fit; a word's ref is its action.

    Where not all of them fit, there is room for help: it tells of the others.
    """
    spans: list[Span] = [(" ", "")]
    refs: list[tuple[int, int, str]] = []
    column = 1
    for key, does, action in _that_fit(keys, width - column):
        end = column + len(key) + 1 + len(does)
        spans += [("  " if refs else "", ""), (key, "key"), (f" {does}", "dim")]
        refs.append((column, end, action))
        column = end + 2
    return Line(tuple(spans), None, tuple(refs))


def _that_fit(keys: Sequence[tuple[str, str, str]], width: int) -> list[tuple[str, str, str]]:
    if _room(keys) <= width:
        return list(keys)
    help = [key for key in keys if key[2] == "help"]
    others = [key for key in keys if key[2] != "help"]
    shown = next((count for count in range(len(others), 0, -1) if _room([*others[:count], *help]) <= width), 0)
    return [*others[:shown], *help] if shown else [key for key in keys[:1] if _room([key]) <= width]


def _room(keys: Sequence[tuple[str, str, str]]) -> int:
    """The cells of these keys and of the gaps between them."""
    return sum(len(key) + len(does) + 3 for key, does, _ in keys) - 2
