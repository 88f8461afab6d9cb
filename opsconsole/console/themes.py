"""The console's own themes. Every colour that text is written in has a contrast of 4.5:1 or more on its background.

Data, and a function that says how they contrast, so that a test can hold the promise. Colour never carries meaning
alone: views write a glyph and a word too.
"""

from __future__ import annotations

from typing import Final

from textual.color import Color
from textual.theme import Theme

DARK: Final = "ops-dark"
LIGHT: Final = "ops-light"
MONO: Final = "ops-mono"

INK: Final = ("foreground", "text-muted", "text-primary", "text-secondary", "text-accent", "text-success")
ALARM: Final = ("text-warning", "text-error")
PAPER: Final = ("background", "surface", "panel")

MIN_CONTRAST: Final = 4.5
"""WCAG 2 level AA for text."""


def _theme(name: str, dark: bool, colours: dict[str, str], **more: str) -> Theme:
    """A theme from the colours of its text: base colours are those of the text, so nothing is derived unseen."""
    inks = {f"text-{key}": colours[key] for key in ("primary", "secondary", "accent", "success", "warning", "error")}
    ink, paper, muted = colours["foreground"], colours["background"], colours["muted"]
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
        "block-cursor-blurred-background": colours["cursor-blurred"],
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
        "input-selection-background": colours["cursor-blurred"],
        "screen-selection-background": colours["cursor-blurred"],
        "button-foreground": ink,
        "button-color-foreground": ink,
        "button-focus-text-style": "bold reverse",
        "writer": colours["writer"],
        "standby": colours["standby"],
        **inks,
        **more,
    }
    return Theme(
        name=name,
        dark=dark,
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


THEMES: Final = (
    _theme(
        DARK,
        dark=True,
        colours={
            "background": "#10161d",
            "surface": "#151d26",
            "panel": "#1b2530",
            "foreground": "#d3dce6",
            "muted": "#8d9bab",
            "rule": "#3a4a5b",
            "primary": "#7fb4e6",
            "secondary": "#9db4cc",
            "accent": "#8fd0d4",
            "success": "#86c99a",
            "warning": "#e8bf6f",
            "error": "#f58b84",
            "writer": "#f0d090",
            "standby": "#b3a6dc",
            "cursor": "#29445f",
            "cursor-ink": "#f2f6fa",
            "cursor-blurred": "#22303f",
        },
    ),
    _theme(
        LIGHT,
        dark=False,
        colours={
            "background": "#fafaf7",
            "surface": "#f3f3ee",
            "panel": "#eaeae4",
            "foreground": "#20262d",
            "muted": "#5a6570",
            "rule": "#b4bac0",
            "primary": "#1d5a96",
            "secondary": "#47607a",
            "accent": "#0c6468",
            "success": "#1d6b37",
            "warning": "#7d5200",
            "error": "#b0241c",
            "writer": "#744f00",
            "standby": "#5b4a9c",
            "cursor": "#cfe0f2",
            "cursor-ink": "#10161d",
            "cursor-blurred": "#e2e8ee",
        },
    ),
    _theme(
        MONO,
        dark=True,
        colours={
            "background": "#000000",
            "surface": "#000000",
            "panel": "#1a1a1a",
            "foreground": "#e6e6e6",
            "muted": "#a8a8a8",
            "rule": "#5c5c5c",
            "primary": "#ffffff",
            "secondary": "#cccccc",
            "accent": "#ffffff",
            "success": "#e6e6e6",
            "warning": "#ffffff",
            "error": "#ffffff",
            "writer": "#ffffff",
            "standby": "#cccccc",
            "cursor": "#e6e6e6",
            "cursor-ink": "#000000",
            "cursor-blurred": "#3a3a3a",
        },
    ),
)
"""Dark (the default), light, and one without any colour, which is used under NO_COLOR."""


def contrast(ink: str, paper: str) -> float:
    """WCAG 2's contrast ratio of two opaque colours, 1 to 21."""
    lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in Color.parse(colour).rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
