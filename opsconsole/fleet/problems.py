"""What is wrong with a file, in sentences with a place: `file:line:column key: what is wrong; what would be right`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from .text import shown

MOST_PROBLEMS: Final = 1_000
"""After so many problems the rest is only counted: nobody reads on, and a hostile file must not fill memory."""


LONGEST_PATH: Final = 4_096
"""A path in a message is never cut: people copy it."""


class Problem(NamedTuple):
    """One thing wrong in one file.

    `line` and `column` count characters from 1; both are 0 where the file as a whole is meant. `key` is the dotted
    path in the file (`aurora.orders.instances[2].class`), empty for syntax and whole-file problems.
    """

    file: str
    line: int
    column: int
    key: str
    wrong: str
    right: str

    def __str__(self) -> str:
        name = shown(self.file, LONGEST_PATH)
        place = f"{name}:{self.line}:{self.column}" if self.line else name
        head = f"{place} {shown(self.key, 200)}:" if self.key else f"{place}:"
        return f"{head} {self.wrong}; {self.right}" if self.right else f"{head} {self.wrong}"


class FileProblems(Exception):
    """A file that cannot be used, with everything that is wrong in it; `str()` is one line per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        assert self.problems, "FileProblems needs at least one problem"
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
