"""The fleets that come with opsconsole, and how a name on the command line becomes a file."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

from .problems import FileProblems, Problem
from .text import nearest, one_of, shown

MOST_BESIDE: Final = 200

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder() -> Path:
    """`fleets/` of a checkout, or what the wheel has of it."""
    checkout = _PACKAGE.parent / "fleets"
    installed = _PACKAGE / "_fleets"
    return installed if installed.is_dir() else checkout


def shipped_fleets() -> dict[str, Path]:
    """Every fleet that comes with opsconsole, by name, in order. Drills and lessons live in folders of their own."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.toml"))}


def resolve_fleet_path(name_or_path: str | Path) -> Path:
    """The file that is meant: a shipped fleet by its bare name, else a path.

    `global_aurora` is the shipped fleet whatever lies in the present folder; `./global_aurora` and
    `global_aurora.toml` are files. Raises FileProblems, with the nearest name, if there is neither.
    """
    text = str(name_or_path)
    shipped = shipped_fleets()
    if isinstance(name_or_path, str) and text in shipped:
        return shipped[text]
    path = Path(name_or_path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise FileProblems([_nothing(path, text, shipped)]) from None
    except OSError:
        pass  # there is something, and reading it will say what is wrong with it
    return path


def _nothing(path: Path, text: str, shipped: dict[str, Path]) -> Problem:
    stem = path.name.removesuffix(".toml")
    if any(other.stem == text for other in shipped_folder().glob("*/*.toml")):
        return Problem(text, 0, 0, "", "this is a drill, not a fleet", f"run it with `opsconsole drill {text}`")
    near = nearest(stem, shipped)
    beside = nearest(path.name, _beside(path))
    if beside is not None:
        right = f"did you mean {shown(str(path.with_name(beside)), 400)}?"
    elif near is not None:
        right = f'did you mean "{near}", which comes with opsconsole?'
    else:
        right = f"give the path of a fleet file, or a name: {one_of(shipped)}"
    kind = "file" if len(path.parts) > 1 or path.suffix else "fleet"
    return Problem(text, 0, 0, "", f"there is no such {kind}", right)


def _beside(path: Path) -> list[str]:
    """Fleet files in the folder that was meant; at most so many as are worth looking at."""
    try:
        return [other.name for other in islice(path.parent.glob("*.toml"), MOST_BESIDE)]
    except (OSError, ValueError):
        return []
