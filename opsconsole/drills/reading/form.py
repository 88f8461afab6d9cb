"""What a drill file may say, table by table, before anybody asks whether the fleet has what it names."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from opsconsole.drills.reading.quantities import read_duration, read_percent, read_range, read_rate
from opsconsole.fleet import BadQuantity
from opsconsole.fleet.text import quoted
from opsconsole.fleet.values import Instead, Table


def _read_texts(value: object) -> object:
    """One text stands for a list of one. Raises BadQuantity."""
    if not isinstance(value, str | list):
        raise BadQuantity(f"{quoted(value)} is no check", 'write a text, like "checkout.writes.ok >= 99%"')
    return [value] if isinstance(value, str) else value


def _read_word(value: object) -> object:
    """A variable's value: text, or a number as it is written."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


def _read_member(value: object) -> object:
    """A member of a command: a text, a number, true or false, or a list of them. Raises BadQuantity."""
    inner = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float) for one in inner):
        what = "a table" if any(isinstance(one, dict) for one in inner) else quoted(value)
        raise BadQuantity(f"{what} cannot be a member of a command", "write text in quotes, a number, true or false")
    return value


def _schema(*examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": list(examples)})


Span: TypeAlias = Annotated[float, BeforeValidator(read_duration), _schema("250ms", "30s", "1m30s", "24h", "PT1M")]
"""A duration, in seconds."""
Percent: TypeAlias = Annotated[float, BeforeValidator(read_percent), _schema("99.9%")]
Range: TypeAlias = Annotated[tuple[float, float], BeforeValidator(read_range), _schema("30s..5m", "10m")]
PerSecond: TypeAlias = Annotated[int, BeforeValidator(read_rate), _schema("1200/s")]
Texts: TypeAlias = Annotated[
    list[str],
    BeforeValidator(_read_texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Word: TypeAlias = Annotated[str, BeforeValidator(_read_word), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Scalar: TypeAlias = str | int | float | bool
With: TypeAlias = dict[str, Annotated[Scalar | list[Scalar], BeforeValidator(_read_member)]]

KINDS: Final = ("fault", "action", "load", "mark", "say", "expect", "always", "stop")
"""What a step may be; it is exactly one of them."""


class LoadForm(Table):
    """What a `load` step sets."""

    writes: PerSecond | None = Field(None, description="Writes that users ask for.")
    reads: PerSecond | None = Field(None, description="Reads that users ask for.")


class StepForm(Table):
    """One step: exactly one of fault, action, load, mark, say, expect, always, stop; and one start."""

    instead: ClassVar[Instead] = {
        "duration": ("a step has no duration", "write for: how long it lasts"),
        "timeout": ("a step has no timeout", "write within: the deadline of an expect"),
        "message": ("a step has no message", "write say, or note"),
        "name": ("a step has no name", "write id, to refer to it, or note"),
        "parameters": ("a step has no parameters", "write with = { … }"),
        "type": ("a step has no type", 'its kind is its first key, like fault = "az:outage"'),
        "probe": ("a step has no probe", "write expect, for what comes true, or always, for what stays true"),
        "assert": ("a step has no assert", "write expect, for what comes true, or always, for what stays true"),
        "until": ("a step has no until", "write for: how long it lasts"),
        "start": ("a step has no start", "write at, for a time, or after, for the id of a step"),
        "writes": ("a step has no writes", 'write set = { writes = "…" }'),
        "reads": ("a step has no reads", 'write set = { reads = "…" }'),
    }

    id: str | None = Field(None, description="Its name, for `after` of other steps.")
    fault: str | None = Field(None, description="What goes wrong; see `opsconsole catalog commands`.")
    action: str | None = Field(None, description="What an operator does: service:api-name of the AWS CLI, or app:….")
    load: str | None = Field(None, description="The app whose load changes; `set` says how.")
    mark: str | None = Field(None, description="A name for this instant.")
    say: str | None = Field(None, description="A message to the crew.")
    expect: Texts | None = Field(None, description="A check that comes true `within`, and stays so `for`.")
    always: Texts | None = Field(None, description="A check that stays true `for`, but for `allow` in all.")
    stop: str | None = Field(None, description="Why the drill ends here.")
    at: Span | None = Field(None, description="When, from the start.")
    after: str | None = Field(
        None,
        description="The id of a step: when that has ended or passed. AWS works on after it has answered a call; a step"
        " that made one has ended when that work is done, as `aws rds wait` would tell it.",
    )
    when: Texts | None = Field(None, description="A check: the first time that it is true.")
    delay: Span = Field(0.0, description="So much later.")
    every: Span | None = Field(None, description="Again after so long, `times` in all.")
    times: int | None = Field(None, description="How often in all, with `every`.")
    target: str | None = Field(None, description="What a fault or an action is aimed at.")
    with_: With = Field(default={}, alias="with", description="Its other members, in snake_case.")
    set: LoadForm | None = Field(None, description="The load: writes, reads.")
    ramp: Span = Field(0.0, description="How long the change of load takes.")
    for_: Span | None = Field(None, alias="for", description="How long it lasts: a fault, a load, a truth.")
    within: Span | None = Field(None, description="The deadline of an expect.")
    allow: Span = Field(0.0, description="The total violation that is forgiven.")
    refused: str | None = Field(None, description="AWS's code: passed if the action is refused with it.")
    from_: str | None = Field(None, alias="from", description="Who says it.")
    note: str | None = Field(None, description="Why it is there, for the reader.")
    solution: bool = Field(False, description="The operator's move: played by CI, withheld from a trainee.")
    hidden: bool = Field(False, description="Not shown before the debrief.")
    points: int | None = Field(None, description="What a lesson gives for it.")


class ObjectiveForm(Table):
    """What an app must get through with, measured at the app."""

    rto: Span | None = Field(None, description="From the first request that is not ok to the first good window.")
    rpo: Span | None = Field(None, description="The time whose good acknowledged writes are gone.")
    lost: int | None = Field(None, description="Acknowledged writes that no copy had, at most.")
    discarded: int | None = Field(None, description="Good writes that a rewind gave up, at most.")
    wrong: int | None = Field(None, description="Wrong rows left at the end, at most.")
    availability: Percent | None = Field(None, description="Good requests of those due, at least.")
    staleness: Span | None = Field(None, description="How old the data of a read may be, at most.")
    threshold: Percent | None = Field(None, description="The ok share that counts as recovered.")
    settle: Span = Field(10.0, description="How long a window must be good.")
    on: str | None = Field(None, description="writes or reads: what the RTO is judged on.")


class ChaosFaultForm(Table):
    """One kind of random fault."""

    instead: ClassVar[Instead] = {
        "probability": ("a random fault has no probability", 'write mean: the mean time between two, like "1d"'),
        "action": ("only faults happen by chance", "write fault, or make it a step of the timeline"),
    }

    fault: str = Field(description="Its name.", examples=["sim:crash-instance"])
    target: str = Field(description="An id, or any(ID): one of what ID is made of.", examples=["any(orders)"])
    mean: Span = Field(description="The mean time between two of them.", examples=["1d"])
    for_: Range | None = Field(None, alias="for", description="How long one lasts: a range.")
    with_: With = Field(default={}, alias="with", description="Its other members.")


class ChaosForm(Table):
    """Random faults, and how many runs are made of them."""

    instead: ClassVar[Instead] = {
        "seed": ("[chaos] has no seed", "write seed at the top of the file"),
        "length": ("[chaos] has no length", "write length at the top of the file"),
    }

    runs: int = Field(100, description="How many runs; run k has seed + k.")
    need: Percent = Field(100.0, description="The share of the runs that must pass.")
    concurrent: int = Field(1, description="Faults of these at once, at most.")
    gap: Span = Field(0.0, description="The least time between the begins of two.")
    fault: list[ChaosFaultForm] = Field(description="What goes wrong, each at times of its own.")


class HintForm(Table):
    """A hint of a lesson."""

    text: str = Field(description="Where to look, what it means, or the command.")
    cost: int = Field(0, description="Points that it takes.")
    after: Span = Field(0.0, description="Not before so long after the last one.")


class QuestionForm(Table):
    """A question of a lesson, with choices."""

    ask: str = Field(description="The question.")
    choices: list[str] = Field(description="What may be answered.")
    answer: int = Field(description="The right one, from 0.")
    points: int = Field(0, description="What it gives.")
    why: str = Field("", description="Told afterwards.")
    before: bool = Field(False, description="Asked before the run: a prediction.")


class LessonForm(Table):
    """What makes a drill a lesson."""

    number: int = Field(description="Its place in the course.", examples=[4])
    level: int = Field(1, description="1 to 3.")
    topics: list[str] = Field(default=[], description="What it is about.")
    brief: str = Field(description="The symptom, not the cause: at most five lines.")
    hints: list[HintForm] = Field(default=[], description="The ladder: where to look, what it means, the command.")
    questions: list[QuestionForm] = Field(default=[], description="Asked at the end.")
    debrief: list[str] = Field(default=[], description="Questions to talk about.")


class DrillForm(Table):
    """A drill file."""

    instead: ClassVar[Instead] = {
        "duration": ("a drill has no duration", "write length"),
        "name": ("a drill has no name", "write title"),
        "steps": ("a drill has no steps", "write timeline"),
        "objectives": ("a drill has no objectives", "write [objective.APP]"),
        "description": ("a drill has no description", "write title, in one sentence, and note"),
        "method": ("a drill has no method", "write timeline"),
        "steady-state-hypothesis": ("a drill has no steady-state-hypothesis", "write steady, a list of checks"),
        "rollbacks": ("a drill has no rollbacks", "leave it out: every fault ends after its for, and with the drill"),
        **{kind: (f"{kind} stands outside of any step", "write it in a row of timeline") for kind in KINDS},
    }

    title: str = Field(description="One sentence: what happens, and what must hold.", examples=["AZ-a loses power"])
    fleet: str = Field(description="A shipped fleet's name, or a path beside the drill.", examples=["global_aurora"])
    length: Span = Field(description="How long it runs, in virtual time.", examples=["15m"])
    seed: int | None = Field(None, description="Wins over the fleet's; --seed wins over both.")
    note: str | None = Field(None, description="What it teaches.")
    tags: list[str] = Field(default=[], description="For choosing drills.")
    facts: list[str] = Field(default=[], description="Facts of the mission list that it shows.")
    include: Texts = Field(
        default=[], description="Parts of other files: their vars, given, steady, timeline, objective."
    )
    vars: dict[str, Word] = Field(default={}, description="Names for texts: ${name}; --set changes them.")
    given: Texts = Field(default=[], description="What must be so at the start; else the run proves nothing.")
    steady: Texts = Field(default=[], description="What must be so before the start, and again at the end.")
    timeline: list[StepForm] = Field(default=[], description="What happens, and what must come true.")
    objective: dict[str, ObjectiveForm] = Field(default={}, description="Promises, by app.")
    chaos: ChaosForm | None = Field(None, description="Random faults, over many runs.")
    lesson: LessonForm | None = Field(None, description="What makes it a lesson.")
