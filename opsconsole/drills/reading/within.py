"""Which files a drill may name: those in its folder, in that folder's parent, or among the shipped ones."""

from __future__ import annotations

from pathlib import Path

from opsconsole.fleet.shipped import shipped_folder


def within_reach(drill: Path, name: str) -> bool:
    """Whether a drill may read the file it names; the same for a file that is not there, which tells nobody what is."""
    folder = drill.resolve().parent
    try:
        where = (drill.parent / name).resolve()
    except (OSError, ValueError):  # a name that no file can have
        return True
    return any(where.is_relative_to(one) for one in (folder, folder.parent, shipped_folder().resolve()))
