"""The drills, lessons and scenes that come with opsconsole: their names and files, which need no reading."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from opsconsole.fleet.shipped import shipped_folder

FOLDERS: Final = ("drills", "lessons", "scenes")
"""Where they lie, beside the fleets."""


def shipped_drills(folder: str = "drills") -> dict[str, Path]:
    """The drills (or lessons, or scenes) that come with opsconsole, by name, in order."""
    return {path.stem: path for path in sorted((shipped_folder() / folder).glob("*.toml"))}
