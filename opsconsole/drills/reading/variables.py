"""`${name}`: texts of a drill that the command line may change, and what it includes, before anything else is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Final

from opsconsole.drills.reading.including import Included, join
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.text import meant, one_of, quoted

_VARIABLE: Final = re.compile(r"\$\{(?P<name>[^{}]*)\}")
_OTHERWISE: Final = re.compile(r"\$(?P<name>\w{1,64})|\{\{ ?(?P<braces>\w{1,64}) ?\}\}|\$\{(?P<open>\w{1,64})(?![\w}])")
"""How other tools write a variable."""
_NO_VARIABLES: Final = "add vars = { … } to the drill, or write the value itself"


@dataclass(frozen=True)
class Source:
    """Where a drill's text comes from, and what the command line changes in it."""

    path: FilePath
    text: str
    settings: Mapping[str, str]
    seed: int | None
    included: list[Included] = field(default_factory=list)  # what `prepare` found, for `resolve`


def prepare(source: Source, raw: dict[str, object], findings: Findings) -> dict[str, object]:
    """The same tables with what the drill includes, and every `${name}` replaced by its variable."""
    joined, included = join(source.path, raw, findings)
    source.included[:] = [included]
    return _substitute(source, joined, findings)


def _substitute(source: Source, raw: dict[str, object], findings: Findings) -> dict[str, object]:
    table = raw.get("vars", {})
    written = table if isinstance(table, dict) else {}
    variables = {key: source.settings.get(key, _text(value)) for key, value in written.items()}
    for key, value in written.items():
        if "${" in _text(value) and key not in source.settings:
            findings.add(("vars", key), "a variable is a text, and holds no other variable", "write it out")

    def replaced(value: object, path: Path) -> object:
        if isinstance(value, str) and ("$" in value or "{{" in value):
            if written is not table:  # nobody knows which variables there would be
                findings.silenced.add(path)
            return _replaced(value, path, variables, findings)
        if isinstance(value, dict):
            return {key: replaced(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [replaced(inner, (*path, index)) for index, inner in enumerate(value)]
        return value

    return {key: value if key == "vars" else replaced(value, (key,)) for key, value in raw.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _replaced(text: str, path: Path, variables: Mapping[str, str], findings: Findings) -> str:
    """A text with its variables put in; nothing more is said about one in which that is not possible."""
    found = len(findings.found)
    for name in _VARIABLE.findall(text):
        if name not in variables:
            right = meant(name.strip(), variables, f"write one of {one_of(variables)}") if variables else _NO_VARIABLES
            findings.add(path, f'there is no variable "{name}"', right)
    for other in _OTHERWISE.finditer(text):
        name = other["name"] or other["braces"] or other["open"]
        if name in variables:
            findings.add(path, f"{quoted(other[0])} is not how a variable is written", f"write ${{{name}}}")
    if len(findings.found) > found:
        findings.silenced.add(path)
    return _VARIABLE.sub(lambda match: variables.get(match["name"], match[0]), text)
