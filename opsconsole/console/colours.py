"""The colours of the console's themes, by their names: data, without Textual.

Every colour that text is written in has a contrast of 4.5:1 or more on every background it stands on, and 7:1 in
high-contrast. That holds where a terminal with 256 colours rounds them, too. Colour never carries meaning alone: views
write a glyph and a word too.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

DARK: Final = "dark"
LIGHT: Final = "light"
HIGH_CONTRAST: Final = "high-contrast"
COLOUR_BLIND: Final = "colour-blind"
MONO: Final = "mono"
SIXTEEN: Final = "sixteen"

COLOURS: Final[dict[str, dict[str, str]]] = {
    DARK: {
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
        "cursor-blurred": "#222e3d",
    },
    LIGHT: {
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
        "standby": "#5b4a98",
        "cursor": "#cfe0f2",
        "cursor-ink": "#10161d",
        "cursor-blurred": "#e5e8eb",
    },
    HIGH_CONTRAST: {
        "background": "#000000",
        "surface": "#000000",
        "panel": "#141414",
        "foreground": "#ffffff",
        "muted": "#d4d4d4",
        "rule": "#9a9a9a",
        "primary": "#8cd2ff",
        "secondary": "#d0dcea",
        "accent": "#66ecff",
        "success": "#7dff9b",
        "warning": "#ffe14d",
        "error": "#ffa79f",
        "writer": "#ffe68a",
        "standby": "#dccdff",
        "cursor": "#ffffff",
        "cursor-ink": "#000000",
        "cursor-blurred": "#2b2b2b",
    },
    # Well is blue, a warning yellow, what is bad orange: told apart without red and green, and by their lightness.
    COLOUR_BLIND: {
        "background": "#0f141a",
        "surface": "#141a22",
        "panel": "#1a222c",
        "foreground": "#dde3ea",
        "muted": "#97a3b0",
        "rule": "#42505e",
        "primary": "#8fbff0",
        "secondary": "#a9b8c8",
        "accent": "#9ccbee",
        "success": "#5fb4f5",
        "warning": "#f3e36b",
        "error": "#ff9b3d",
        "writer": "#f3e36b",
        "standby": "#c3b4d8",
        "cursor": "#2a4766",
        "cursor-ink": "#f4f7fa",
        "cursor-blurred": "#222e3b",
    },
    # Without any colour; the one that is used under NO_COLOR.
    MONO: {
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
        "cursor-blurred": "#303030",
    },
    # Of the sixteen colours that every terminal has, by their nominal values, so that nothing is rounded to another.
    SIXTEEN: {
        "background": "#000000",
        "surface": "#000000",
        "panel": "#000000",
        "foreground": "#ffffff",
        "muted": "#aaaaaa",
        "rule": "#555555",
        "primary": "#55ffff",
        "secondary": "#aaaaaa",
        "accent": "#55ffff",
        "success": "#55ff55",
        "warning": "#ffff55",
        "error": "#ff5555",
        "writer": "#ffff55",
        "standby": "#ff55ff",
        "cursor": "#aaaaaa",
        "cursor-ink": "#000000",
        "cursor-blurred": "#000000",
        "selection": "#0000aa",
    },
}
"""What each theme writes in (foreground, muted, primary, …, writer, standby), on what (background, surface, panel), and
how the cursor's row looks. Dark is the default.
"""

LIGHT_ONES: Final = (LIGHT,)


def theme_named(text: str) -> str:
    """The theme that is called so. Raises ``ValueError`` with a sentence that says which there are."""
    if text in COLOURS:
        return text
    near = get_close_matches(text, COLOURS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ValueError(f'there is no theme "{text}"; {hint}there are {", ".join(COLOURS)}')


def theme_for(environ: Mapping[str, str], colours: str | None) -> str:
    """The theme of a person who chose none: without colour under NO_COLOR (https://no-color.org), else the one that
    the terminal can show. ``colours`` is what Rich calls the colours of a terminal: `truecolor`, `256`, `standard`.
    """
    if "NO_COLOR" in environ:
        return MONO
    return DARK if colours in ("truecolor", "256") else SIXTEEN
