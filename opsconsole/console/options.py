"""How the console is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ConsoleOptions:
    """What a person may choose when the console is opened.

    The speed, whether it only looks, plain ASCII, paused at first, the theme's name ("" for the one that fits the
    terminal), whether few large figures are shown at first, and the file with keys of one's own (None for the one in
    the user's configuration folder).
    """

    speed: float = 1.0
    read_only: bool = False
    ascii: bool = False
    paused: bool = False
    theme: str = ""
    projector: bool = False
    keys_file: Path | None = None
