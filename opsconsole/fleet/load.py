"""Reading a fleet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from .document import Kind, parse
from .files import read_text
from .form import FleetForm
from .resolve import resolve
from .shipped import resolve_fleet_path
from .spec import Fleet


def _mistaken(raw: Mapping[str, object]) -> tuple[str, str] | None:
    """A drill has a timeline, and its fleet's name where a fleet has Regions."""
    is_drill = "timeline" in raw and "regions" not in raw
    return ("this is a drill, not a fleet", "run it with `opsconsole drill`") if is_drill else None


_FLEET: Final = Kind(FleetForm, resolve, empty="`opsconsole fleets` lists examples to begin with", mistaken=_mistaken)


class LoadedFleet(NamedTuple):
    """A fleet with the text it was read from (what a journal keeps) and where that was."""

    fleet: Fleet
    text: str
    path: Path


def load_fleet(path_or_name: str | Path) -> LoadedFleet:
    """The fleet in a file, or the shipped one of that name.

    Raises FileProblems with everything that is wrong, be it with the file, its syntax, its keys or its sense.
    """
    path = resolve_fleet_path(path_or_name)
    text = read_text(path)
    return LoadedFleet(parse_fleet(text, str(path)), text, path)


def parse_fleet(text: str, filename: str) -> Fleet:
    """The fleet that a text describes. `filename` is used in problems only; raises FileProblems."""
    return parse(text, filename, _FLEET)
