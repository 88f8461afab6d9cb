"""How the console is opened, and where it looks for keys of the person's own. It imports no Textual."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from opsconsole.engine.way import Way


class Stop(NamedTuple):
    """A virtual time (µs) at which time stands still once, and what the person is told then."""

    time_us: int
    says: str


class Sharing(NamedTuple):
    """Others may attach: the folder in which they find the session, and whether they may be more than spectators."""

    folder: Path
    instructors: bool


@dataclass(frozen=True)
class ConsoleOptions:
    """What a person may choose when the console is opened.

    The speed, whether it only looks and what is said then to who wants more ("" for the usual), plain ASCII, paused at
    first, the theme's name ("" for the one that fits the terminal), whether few large figures are shown at first, the
    file with keys of one's own (None for the one in the user's configuration folder), the file that remembers sorting
    and panels (None: nothing is remembered) and whether that is forgotten, where time stands still by itself, how
    others may attach (None: not at all), whether one may go on from an earlier moment as a session of its own (also
    where the one that is shown only looks, because it is a replay), and how far what has to be re-run before the
    session is open has come.
    """

    speed: float = 1.0
    read_only: bool = False
    why_read_only: str = ""
    ascii: bool = False
    paused: bool = False
    theme: str = ""
    projector: bool = False
    keys_file: Path | None = None
    remembered_file: Path | None = None
    fresh: bool = False
    stop: Stop | None = None
    branches: bool = True
    sharing: Sharing | None = None
    way: Way = field(default_factory=Way)


def keys_file() -> Path:
    """Where the file with keys of one's own is looked for; it need not exist."""
    from platformdirs import user_config_path

    return user_config_path("opsconsole", appauthor=False) / "keys.toml"


def remembered_file() -> Path:
    """Where sorting and panels are remembered; it need not exist."""
    from platformdirs import user_state_path

    return user_state_path("opsconsole", appauthor=False) / "console.json"
