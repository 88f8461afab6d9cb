"""Findings: what is wrong at a key of a file, before anybody has looked up where that key stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from .problems import MOST_PROBLEMS
from .text import shown

Path: TypeAlias = tuple[str | int, ...]
"""A way into the parsed file: `("aurora", "orders", "instances", 2, "class")`."""


LONGEST_HALF: Final = 1_000
"""Characters of one half of a sentence: an id in it may be long, and may hold what cannot be printed."""


class Finding(NamedTuple):
    """Something wrong at a path; `at` says whether the key itself is meant or its value."""

    path: Path
    wrong: str
    right: str
    at: Literal["key", "value"] = "value"


@dataclass(slots=True)
class Findings:
    """All that has been found in one file. After `MOST_PROBLEMS` the rest is only counted."""

    found: list[Finding] = field(default_factory=list)
    uncounted: int = 0
    partial: bool = False
    """Whether parts of the file could not be read at all, so that what seems to be missing may stand there."""

    touched: set[Path] = field(default_factory=set)
    """The paths of all findings, and all paths above them."""
    silenced: set[Path] = field(default_factory=set)
    """Paths about which everything has been said."""

    def add(self, path: Path, wrong: str, right: str, at: Literal["key", "value"] = "value") -> None:
        """Note one more."""
        if path in self.silenced:
            return
        self.touched.update(path[:length] for length in range(len(path) + 1))
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(Finding(path, shown(wrong, LONGEST_HALF), shown(right, LONGEST_HALF), at))
        else:
            self.uncounted += 1

    def missing(self, path: Path, wrong: str, right: str, at: Literal["key", "value"] = "value") -> None:
        """Note that something is not there (or, which is the same, that what is named is not)."""
        if not self.partial:
            self.add(path, wrong, right, at)

    @property
    def enough(self) -> bool:
        """Whether further ones will only be counted, so that no time need go into their sentences."""
        return len(self.found) >= MOST_PROBLEMS

    def about(self, *path: str | int) -> bool:
        """Whether something has been found at a path or below, so that it may mean something else than it says."""
        return path in self.touched

    def __bool__(self) -> bool:
        return bool(self.found)


def key_text(path: Path) -> str:
    """A path as people read it: `aurora.orders.instances[2].class` (from 0, as in TOML's own tools)."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            bare = step != "" and all(char.isalnum() or char in "-_" for char in step)
            parts.append(("." if parts else "") + (step if bare else f'"{step}"'))
    return "".join(parts)
