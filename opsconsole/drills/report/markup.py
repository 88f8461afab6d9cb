"""The one place in which text becomes HTML or SVG: whatever is not `Html` already is escaped, so nothing slips through.

Joining `Html` with a plain `+` or an f-string gives a plain text again: it would be shown with its tags, not obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final, TypeAlias

from opsconsole.drills.figures import visible

_VOID: Final = frozenset({"meta", "br", "link"})


class Html(str):
    """Markup that is safe as it stands, because only this module makes it."""

    __slots__ = ()


Child: TypeAlias = str | Iterable[str] | None
Attribute: TypeAlias = str | int | float | None


def text(value: str) -> Html:
    """Plain text, escaped; what is `Html` stays so."""
    return value if isinstance(value, Html) else Html(escape(visible(value), quote=True))


def join(*children: Child) -> Html:
    """Children one after the other; None is nothing."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(text(child))
        elif child is not None:
            parts.extend(text(part) for part in child)
    return Html("".join(parts))


def element(tag: str, *children: Child, **attributes: Attribute) -> Html:
    """One element. `class_` is `class`, an underscore in an attribute a hyphen; one that is None is left out."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(number(value) if not isinstance(value, str) else value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Html(f"<{tag}{given}>")
    return Html(f"<{tag}{given}>{join(*children)}</{tag}>")


def raw_text(tag: str, content: str) -> Html:
    """An element whose content is not escaped by HTML's own rule (`style`); ours alone, never a result's."""
    assert "</" not in content
    return Html(f"<{tag}>{content}</{tag}>")


def number(value: float) -> str:
    """A coordinate, to a tenth; never `-0`."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
