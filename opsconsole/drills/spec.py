"""A drill as it is run: everything resolved, nothing left to guess. Times are virtual microseconds."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from opsconsole.commands import Command
from opsconsole.drills.subjects import Scene, Subject
from opsconsole.drills.values import Value, written
from opsconsole.fleet import LoadedFleet

OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
START: Final = "start"
"""The mark that every drill has: its first instant."""


@dataclass(frozen=True)
class Reference:
    """The right side of a check that looks back: a subject's value at a mark."""

    subject: Subject
    mark: str


@dataclass(frozen=True)
class Check:
    """One comparison: SUBJECT OP VALUE."""

    text: str
    subject: Subject
    op: str
    right: Value | Reference

    def holds(self, scene: Scene, marked: Mapping[tuple[str, str], Value], at_us: int) -> bool:
        """Whether it is true at a time. What has no value makes every comparison false."""
        left = self.subject.value(scene, at_us)
        right = (
            marked.get((self.right.subject.text, self.right.mark)) if isinstance(self.right, Reference) else self.right
        )
        if left is None or right is None:
            return False
        if isinstance(left, str) or isinstance(right, str):
            return (left == right) is (self.op == "==")
        return OPERATORS[self.op](left, right)

    def seen(self, scene: Scene, at_us: int) -> str:
        """What its subject is at a time, as people read it."""
        return written(self.subject.value(scene, at_us), self.subject.unit)


class StepKind(StrEnum):
    """What a step is."""

    FAULT = "fault"
    ACTION = "action"
    LOAD = "load"
    MARK = "mark"
    SAY = "say"
    EXPECT = "expect"
    ALWAYS = "always"
    STOP = "stop"


UNNAMED: Final = "timeline["
"""How the id of a step begins that the file gives none."""


@dataclass(frozen=True)
class Step:
    """One step. It begins `delay_us` after its time, after the step it names, or when its checks first hold."""

    number: int
    id: str
    kind: StepKind
    at_us: int | None = None
    after: str | None = None
    when: tuple[Check, ...] = ()
    delay_us: int = 0
    every_us: int = 0
    times: int = 1
    command: Command | None = None
    checks: tuple[Check, ...] = ()
    within_us: int = 0
    for_us: int | None = None
    allow_us: int = 0
    refused: str = ""
    text: str = ""  # of say, mark, stop
    sender: str = ""
    note: str = ""
    solution: bool = False
    hidden: bool = False
    points: int = 0

    @property
    def disturbs(self) -> bool:
        """Whether it is what --no-faults leaves out."""
        return self.kind is StepKind.FAULT

    @property
    def told(self) -> str:
        """What it does or says, in one line."""
        if self.command is not None:
            return self.command.line()
        return " and ".join(check.text for check in self.checks) or self.text


@dataclass(frozen=True)
class Objective:
    """What one app must get through with; None where nothing is promised."""

    app: str
    on: str
    threshold_percent: float
    settle_us: int
    rto_us: int | None = None
    rpo_us: int | None = None
    lost: int | None = None
    discarded: int | None = None
    wrong: int | None = None
    availability_percent: float | None = None
    staleness_us: int | None = None


@dataclass(frozen=True)
class ChaosFault:
    """A kind of random fault: on one of `targets`, `mean_us` apart on average, for a time in a range."""

    command: Callable[[str, float | None], Command]  # of a target and its seconds
    name: str
    targets: tuple[str, ...]
    mean_us: int
    lasts_us: tuple[int, int] | None


@dataclass(frozen=True)
class Chaos:
    """Random faults over many runs."""

    runs: int
    need_percent: float
    concurrent: int
    gap_us: int
    faults: tuple[ChaosFault, ...]


@dataclass(frozen=True)
class Hint:
    """One rung of a lesson's ladder."""

    text: str
    cost: int
    after_us: int


@dataclass(frozen=True)
class Question:
    """One question of a lesson."""

    ask: str
    choices: tuple[str, ...]
    answer: int
    points: int
    why: str
    before: bool


@dataclass(frozen=True)
class Lesson:
    """What makes a drill a lesson."""

    number: int
    level: int
    topics: tuple[str, ...]
    brief: str
    hints: tuple[Hint, ...]
    questions: tuple[Question, ...]
    debrief: tuple[str, ...]


@dataclass(frozen=True)
class Drill:
    """A drill, its fleet, and all of the text that it was read from."""

    name: str
    path: Path
    text: str
    title: str
    loaded: LoadedFleet
    seed: int
    length_us: int
    note: str
    tags: tuple[str, ...]
    facts: tuple[str, ...]
    variables: Mapping[str, str]
    settings: Mapping[str, str]  # those that the command line changed
    shipped: bool
    given: tuple[Check, ...]
    steady: tuple[Check, ...]
    timeline: tuple[Step, ...]
    objectives: tuple[Objective, ...]
    chaos: Chaos | None = None
    lesson: Lesson | None = None
