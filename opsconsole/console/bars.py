"""The one-line bars: tabs, and the keys that do something here. Each word knows what a click on it means."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.console.views import Line, Span


def tab_line(names: Sequence[str], current: str, *, ascii: bool = False) -> Line:
    """The tabs, the current one marked; a word's ref is the tab's name."""
    spans: list[Span] = []
    refs: list[tuple[int, int, str]] = []
    column = 0
    for number, name in enumerate(names, start=1):
        text = f" {number} {name} "
        spans.append((text, "selected" if name == current else "dim"))
        refs.append((column, column + len(text), name))
        spans.append((" ", ""))
        column += len(text) + 1
    return Line(tuple(spans), None, tuple(refs))


def key_line(keys: Sequence[tuple[str, str, str]], width: int) -> Line:
    """The keys (key, what it does, action), as many as fit; a word's ref is its action."""
    spans: list[Span] = [(" ", "")]
    refs: list[tuple[int, int, str]] = []
    column = 1
    for key, does, action in keys:
        end = column + len(key) + 1 + len(does)
        if end > width:
            break
        spans += [(key, "key"), (f" {does}", "dim"), ("  ", "")]
        refs.append((column, end, action))
        column = end + 2
    return Line(tuple(spans), None, tuple(refs))
