"""Scenes: shipped drills that show facts, found by the facts they name without being made ready to run."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from opsconsole.fleet.files import read_text
from opsconsole.fleet.shipped import shipped_folder


@cache
def scenes() -> dict[str, tuple[Path, ...]]:
    """The scenes of every fact that has one, by the fact's id; the one that shows the fewest others first.

    Raises FileProblems if a scene is no TOML.
    """
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in sorted((shipped_folder() / "scenes").glob("*.toml")):
        named = _facts(path)
        for fact in named:
            found.setdefault(fact, []).append((len(named), path))
    return {fact: tuple(path for _, path in sorted(shown)) for fact, shown in found.items()}


def _facts(path: Path) -> tuple[str, ...]:
    """The facts that a scene names, each once."""
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError:
        from opsconsole.drills.load import load_drill

        return load_drill(path).facts  # raises, and says what is wrong and where
    return tuple(dict.fromkeys(document.get("facts", ())))
