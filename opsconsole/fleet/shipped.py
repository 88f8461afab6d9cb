"""The fleets that come with opsconsole, and how a name on the command line becomes a file."""

from __future__ import annotations

from pathlib import Path

from .problems import FleetProblems, Problem
from .text import meant, quoted

_PACKAGE = Path(__file__).resolve().parents[1]


def _folder() -> Path:
    """`fleets/` of a checkout, or what the wheel has of it."""
    checkout = _PACKAGE.parent / "fleets"
    installed = _PACKAGE / "_fleets"
    return installed if installed.is_dir() else checkout


def shipped_fleets() -> dict[str, Path]:
    """Every fleet that comes with opsconsole, by name, in order. Drills and lessons live in folders of their own."""
    return {path.stem: path for path in sorted(_folder().glob("*.toml"))}


def resolve_fleet_path(name_or_path: str | Path) -> Path:
    """The file that is meant: a shipped fleet by its bare name, else a path. Raises FleetProblems if there is none.

    A bare name (no folder, no `.toml`) means the shipped fleet; `./name` means the file.
    """
    text = str(name_or_path)
    shipped = shipped_fleets()
    if isinstance(name_or_path, str) and text in shipped:
        return shipped[text]
    path = Path(name_or_path)
    if path.exists():
        return path
    right = meant(path.name.removesuffix(".toml"), shipped, "give a path, or a name that `opsconsole fleets` lists")
    raise FleetProblems([Problem(text, 0, 0, "", f"there is no fleet {quoted(text)}", right)])
