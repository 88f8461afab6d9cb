"""What the reading of every part of a drill shares: its words, its tables, where findings go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from opsconsole.drills.reading.expressions import BadExpression, Vocabulary
from opsconsole.drills.spec import (
    Check,
)
from opsconsole.fleet.findings import Findings, Path

SECOND_US: Final = 1_000_000


@dataclass(frozen=True)
class Reading:
    """What the reading of every step shares."""

    words: Vocabulary | None
    """None while there is no fleet that names could be looked up in."""
    raw: Mapping[str, object]
    """The file's tables as they are written."""
    findings: Findings
    length_us: int

    def check(self, text: str, path: Path) -> Check | None:
        """The check of a text; None if it is wrong, which is noted."""
        if self.words is None:
            return None
        try:
            return self.words.check(text)
        except BadExpression as bad:
            self.findings.add(path, bad.wrong, bad.right)
            return None

    def checks(self, texts: Sequence[str] | None, path: Path) -> tuple[Check, ...]:
        """Those of a list that are right; the others are noted."""
        alone = isinstance(self.written(path), str)
        found = [self.check(text, path if alone else (*path, index)) for index, text in enumerate(texts or ())]
        if texts is not None and not texts and self.written(path) == []:
            self.findings.add(path, "no check at all is always true", "write one, or leave it out")
        return tuple(check for check in found if check is not None)

    def written(self, path: Path) -> object:
        """What the file has at a path; None if it has nothing there."""
        found: object = self.raw
        for part in path:
            try:
                found = found[part]  # type: ignore[index]  # whatever cannot be indexed has nothing there
            except (TypeError, KeyError, IndexError):
                return None
        return found
