"""`include = ["common.toml"]`: parts that several drills share are written once.

An included file is a part of a drill: vars, given, steady, timeline, objectives, no more. What the drill says itself
wins over it; lists are joined, the drill's own first, so that its own lines keep their numbers. What is wrong in an
included part is told at the `include`, with the part's name before it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opsconsole.drills.reading.within import within_reach
from opsconsole.fleet import FileProblems
from opsconsole.fleet.files import read_text
from opsconsole.fleet.findings import Findings, key_text
from opsconsole.fleet.findings import Path as KeyPath
from opsconsole.fleet.text import meant, quoted

LISTS: Final = ("given", "steady", "timeline")
TABLES: Final = ("vars", "objective")
MOST: Final = 20


@dataclass
class Included:
    """Which elements of the joined drill come from which file: by key, (from where on, the file's number, its name)."""

    starts: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    tables: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    text: str = ""
    """All that was included, as it was read."""

    def origin(self, path: KeyPath) -> tuple[KeyPath, str] | None:
        """The `include` that a path of the joined drill comes from, and what to say before the sentence."""
        match path:
            case (str() as key, int() as index, *rest) if key in self.starts:
                found = [one for one in self.starts[key] if index >= one[0]]
                if found:
                    start, number, name = found[-1]
                    return ("include", number), f"{name}: {key_text((key, index - start, *rest))}: "
            case (str() as key, str() as inner, *_) if (key, inner) in self.tables:
                number, name = self.tables[key, inner]
                return ("include", number), f"{name}: {key_text(path)}: "
            case _:
                pass
        return None

    def move(self, findings: Findings) -> None:
        """Let what was found in included parts point at the `include`."""
        for index, finding in enumerate(findings.found):
            moved = self.origin(finding.path)
            if moved is not None:
                path, before = moved
                findings.found[index] = finding._replace(path=path, wrong=before + finding.wrong, at="value")


def join(drill: Path, raw: dict[str, object], findings: Findings) -> tuple[dict[str, object], Included]:
    """The drill's tables with those of what it includes, and what came from where."""
    included, joined = Included(), {key: value for key, value in raw.items() if key != "include"}
    names = raw.get("include", [])
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(names) > MOST:
        findings.add(
            ("include",), f"{quoted(names)} is no list of files", f'write include = ["common.toml"], {MOST} at most'
        )
        return joined, included
    for number, name in enumerate(names):
        part = _read(drill, name, ("include", number), findings, included)
        _add(joined, part, number, name, included)
    return joined, included


def _read(drill: Path, name: str, path: KeyPath, findings: Findings, included: Included) -> dict[str, object]:
    if not within_reach(drill, name):
        findings.add(path, f"{quoted(name)} lies outside the drill's folder and its parent", "copy it beside the drill")
        return {}
    try:
        text = read_text(drill.parent / name)
        included.text += text
        part = tomllib.loads(text)
    except FileProblems as bad:
        findings.add(path, f"{quoted(name)}: {bad.problems[0].wrong}", bad.problems[0].right)
        return {}
    except (ValueError, RecursionError) as bad:
        findings.add(path, f"{quoted(name)} is not TOML: {bad}", f"see `opsconsole check {name}`")
        return {}
    for key in part:
        if key not in (*LISTS, *TABLES):
            findings.add(
                path, f"{quoted(name)} has {quoted(key)}, which a part cannot have", meant(key, (*LISTS, *TABLES))
            )
    return {key: value for key, value in part.items() if key in (*LISTS, *TABLES)}


def _add(joined: dict[str, object], part: dict[str, object], number: int, name: str, included: Included) -> None:
    for key, value in part.items():
        value = [value] if key in ("given", "steady") and isinstance(value, str) else value
        own = joined.get(key, [] if key in LISTS else {})
        own = [own] if isinstance(own, str) else own
        if isinstance(own, list) and isinstance(value, list):
            included.starts.setdefault(key, []).append((len(own), number, name))
            joined[key] = [*own, *value]
        elif isinstance(own, dict) and isinstance(value, dict):
            included.tables.update({(key, inner): (number, name) for inner in value if inner not in own})
            joined[key] = {**value, **own}
