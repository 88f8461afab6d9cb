"""Reading a drill file, and the drills that come with opsconsole."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path

from opsconsole.drills.reading.form import DrillForm
from opsconsole.drills.reading.resolve import resolve
from opsconsole.drills.reading.variables import Source, prepare
from opsconsole.drills.shipped import FOLDERS, shipped_drills
from opsconsole.drills.spec import Drill
from opsconsole.fleet import FileProblems, Problem, nearest
from opsconsole.fleet.document import Kind, parse
from opsconsole.fleet.files import read_text
from opsconsole.fleet.shipped import MOST_BESIDE, shipped_fleets
from opsconsole.fleet.text import meant, shown

PARAGRAPHS = frozenset(("note", "say", "brief", "text", "ask", "choices", "why", "debrief"))
"""Keys whose texts may have several lines."""


def load_drill(
    path_or_name: str | Path, *, settings: Mapping[str, str] | None = None, seed: int | None = None
) -> Drill:
    """The drill in a file, or the shipped one of that name, with variables and seed as given.

    Raises FileProblems with everything that is wrong: with the file, its syntax, its keys, its names in the fleet.
    """
    path = resolve_drill_path(path_or_name)
    return parse_drill(read_text(path), path, settings=settings, seed=seed)


def parse_drill(text: str, path: Path, *, settings: Mapping[str, str] | None = None, seed: int | None = None) -> Drill:
    """The drill that a text describes; `path` is where it lies, for its fleet and for problems. Raises FileProblems."""
    source = Source(path, text, settings or {}, seed)
    kind = Kind(
        DrillForm,
        partial(resolve, source),
        empty="`opsconsole fleets` lists the drills to begin with",
        prepare=partial(prepare, source),
        paragraphs=PARAGRAPHS,
        mistaken=_mistaken,
    )
    return parse(text, str(path), kind)


def _mistaken(raw: Mapping[str, object]) -> tuple[str, str] | None:
    """A fleet has Regions where a drill has a timeline, and its fleet's name."""
    is_fleet = "regions" in raw and "timeline" not in raw
    return ("this is a fleet, not a drill", "run it with `opsconsole run`") if is_fleet else None


def resolve_drill_path(name_or_path: str | Path) -> Path:
    """The file that is meant: a shipped drill, lesson or scene by its bare name, else a path. Raises FileProblems."""
    text = str(name_or_path)
    shipped = {name: path for folder in reversed(FOLDERS) for name, path in shipped_drills(folder).items()}
    if isinstance(name_or_path, str) and text in shipped:
        return shipped[text]
    path = Path(name_or_path)
    if path.exists():
        return path
    if text in shipped_fleets():
        raise FileProblems([Problem(text, 0, 0, "", "this is a fleet, not a drill", "run it with `opsconsole run`")])
    beside = nearest(path.name, [other.name for other in islice(_toml_files(path.parent), MOST_BESIDE)])
    if beside is not None:
        right = f"did you mean {shown(str(path.with_name(beside)), 400)}?"
    else:
        right = meant(
            path.name.removesuffix(".toml"), shipped, "`opsconsole fleets` lists the drills that come with it"
        )
    raise FileProblems([Problem(text, 0, 0, "", "there is no such drill", right)])


def _toml_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.toml"))
    except (OSError, ValueError):
        return []
