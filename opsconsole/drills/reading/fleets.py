"""The fleet that a drill is about: a shipped one by its name, or a file beside the drill."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from opsconsole.cloud import Cloud
from opsconsole.drills.reading.variables import Source
from opsconsole.drills.reading.within import within_reach
from opsconsole.fleet import (
    FileProblems,
    Fleet,
    LoadedFleet,
    nearest,
    parse_fleet,
    shipped_fleets,
)
from opsconsole.fleet.files import read_text
from opsconsole.fleet.findings import Findings
from opsconsole.fleet.shipped import MOST_BESIDE
from opsconsole.fleet.text import meant, quoted, shown

FLEETS_KEPT: Final = 4
"""A file with mistakes is read twice, and a folder of drills is often about one fleet."""


def fleet_of(source: Source, name: str | None, findings: Findings) -> LoadedFleet | None:
    """A shipped fleet by its name, or a file in the drill's folder, that folder's parent, or among the shipped ones."""
    if name is None:
        return None
    shipped = shipped_fleets()
    path = shipped.get(name)
    if path is None:
        path = source.path.parent / name
        if not within_reach(source.path, name):
            findings.add(
                ("fleet",), "the fleet lies outside the drill's folder and its parent", "copy it beside the drill"
            )
            return None
        if not _is_file(path):
            findings.add(("fleet",), f"there is no fleet {quoted(name)}", _other_fleet(path, name, shipped))
            return None
    try:
        text = read_text(path)
        return LoadedFleet(_parsed(text, str(path)), text, path)
    except FileProblems as bad:
        more = f" (and {len(bad.problems) - 1} more)" if len(bad.problems) > 1 else ""
        findings.add(("fleet",), f"the fleet has mistakes: {bad.problems[0]}{more}", f"see `opsconsole check {name}`")
        return None


@lru_cache(maxsize=FLEETS_KEPT)
def _parsed(text: str, filename: str) -> Fleet:
    return parse_fleet(text, filename)


@lru_cache(maxsize=FLEETS_KEPT)
def cloud_of(text: str, filename: str) -> Cloud:
    """A fleet as it stands at the begin, where names are looked up; nobody runs it or changes anything in it."""
    return Cloud(_parsed(text, filename))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _other_fleet(path: Path, name: str, shipped: Mapping[str, Path]) -> str:
    """What was probably meant: a file beside the drill, or a shipped fleet."""
    try:
        beside = [other.name for other in islice(path.parent.glob("*.toml"), MOST_BESIDE)] if path.name else []
    except (OSError, ValueError):
        beside = []
    near = nearest(path.name, beside)
    if near is not None:
        return f'did you mean "{shown(str(Path(name).with_name(near)))}"?'
    return meant(name.removesuffix(".toml"), shipped, "give a shipped fleet's name, or a path beside the drill")
