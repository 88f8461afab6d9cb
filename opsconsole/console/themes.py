"""The console's own themes for Textual, made of the colours in ``colours``, and how two colours contrast."""

from __future__ import annotations

from typing import Final

from textual.color import Color
from textual.theme import Theme

from opsconsole.console.colours import COLOURS, LIGHT_ONES

INK: Final = ("foreground", "text-muted", "text-primary", "text-secondary", "text-accent", "text-success")
ALARM: Final = ("text-warning", "text-error")
PAPER: Final = ("background", "surface", "panel", "block-cursor-blurred-background")

MIN_CONTRAST: Final = 4.5
"""WCAG 2 level AA for text."""


def _theme(name: str, colours: dict[str, str]) -> Theme:
    """A theme from the colours of its text: base colours are those of the text, so nothing is derived unseen."""
    inks = {f"text-{key}": colours[key] for key in ("primary", "secondary", "accent", "success", "warning", "error")}
    ink, paper, muted = colours["foreground"], colours["background"], colours["muted"]
    blurred = colours["cursor-blurred"]
    selection = colours.get("selection", blurred)
    variables = {
        "text": ink,
        "text-muted": muted,
        "text-disabled": muted,
        "foreground-muted": muted,
        "border": colours["primary"],
        "border-blurred": colours["rule"],
        "rule": colours["rule"],
        "block-cursor-foreground": colours["cursor-ink"],
        "block-cursor-background": colours["cursor"],
        "block-cursor-blurred-foreground": ink,
        "block-cursor-blurred-background": blurred,
        "block-hover-background": colours["panel"],
        "scrollbar": colours["rule"],
        "scrollbar-hover": muted,
        "scrollbar-active": colours["primary"],
        "scrollbar-background": paper,
        "scrollbar-background-hover": paper,
        "scrollbar-background-active": paper,
        "scrollbar-corner-color": paper,
        "footer-background": paper,
        "footer-key-foreground": colours["accent"],
        "input-cursor-background": ink,
        "input-cursor-foreground": paper,
        "input-selection-background": selection,
        "screen-selection-background": selection,
        "button-foreground": ink,
        "button-color-foreground": ink,
        "button-focus-text-style": "bold reverse",
        "writer": colours["writer"],
        "standby": colours["standby"],
        "under-cursor": f"on {blurred}{' underline' if blurred == paper else ''}",
        **inks,
    }
    return Theme(
        name=name,
        dark=name not in LIGHT_ONES,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        success=colours["success"],
        warning=colours["warning"],
        error=colours["error"],
        foreground=ink,
        background=paper,
        surface=colours["surface"],
        panel=colours["panel"],
        boost=colours["panel"],
        variables=variables,
    )


THEMES: Final = tuple(_theme(name, colours) for name, colours in COLOURS.items())
"""One for each of ``COLOURS``."""


def contrast(ink: str, paper: str) -> float:
    """WCAG 2's contrast ratio of two opaque colours, 1 to 21."""
    lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in Color.parse(colour).rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
