"""Reading a fleet file: bytes, text, tables, form, fleet; and at each step every problem there is.

A file without problems takes the straight way (tomllib, pydantic, `resolve`). Only when something is wrong is it read
again key by key, and only then is it worth knowing on which line each key stands.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final, NoReturn

from pydantic import ValidationError

from .findings import Findings
from .form import FleetForm
from .problems import FleetProblems, Problem
from .resolve import resolve
from .shipped import resolve_fleet_path
from .sift import sift
from .spec import Fleet

MOST_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class LoadedFleet:
    """A fleet with the text it was read from (what a journal keeps) and where that was."""

    fleet: Fleet
    text: str
    path: FilePath


def load_fleet(path_or_name: str | FilePath) -> LoadedFleet:
    """The fleet in a file, or the shipped one of that name; raises FleetProblems."""
    path = resolve_fleet_path(path_or_name)
    text = path.read_text(encoding="utf-8")
    return LoadedFleet(parse_fleet(text, str(path)), text, path)


def parse_fleet(text: str, filename: str) -> Fleet:
    """The fleet that a text describes; raises FleetProblems. `filename` is used in problems only."""
    raw = tomllib.loads(text)
    findings = Findings()
    try:
        form: FleetForm | None = FleetForm.model_validate(raw)
    except ValidationError:
        form = sift(FleetForm, raw, (), findings)
    assert form is not None
    fleet = resolve(form, raw, findings)
    if fleet is None:
        _refuse(findings, filename)
    return fleet


def _refuse(findings: Findings, filename: str) -> NoReturn:
    from .findings import key_text

    raise FleetProblems(Problem(filename, 0, 0, key_text(f.path), f.wrong, f.right) for f in findings.found)
