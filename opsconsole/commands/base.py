"""What every command is: a frozen model with a name, a target, fields, a danger level, a check, a preview and a run."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import Annotated, ClassVar, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema, field_validator

from opsconsole.cloud import Cloud
from opsconsole.cloud.places import Region
from opsconsole.commands import targets
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet.units import BadQuantity, format_duration, format_rate, parse_duration, parse_rate

LONGEST_VALUE: Final = 4_000
"""Characters of a target or a field: a list of a cluster's instances takes a quarter of it."""


class Kind(StrEnum):
    """Which menu a command belongs to."""

    OPERATION = "operation"
    FAULT = "fault"
    APP = "app"
    SESSION = "session"


class Danger(StrEnum):
    """What the worst outcome of a command is; read-only mode and confirmations go by it."""

    SAFE = "safe"
    INTERRUPTS = "interrupts"
    LOSES_DATA = "loses data"
    IRREVERSIBLE = "cannot be undone"


class Preview(NamedTuple):
    """The blast radius of a command as it stands now: things it touches, and sentences about what happens."""

    nodes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    writes_at_risk: int = 0


def _seconds(value: object) -> object:
    return _read(parse_duration, value)


def _per_second(value: object) -> object:
    return _read(parse_rate, value)


def _read(reader: object, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value) if reader is parse_duration else parse_rate(value)
    except BadQuantity as bad:
        joint = ": " if " needs " in bad.wrong else " "
        raise ValueError(f"{value!r}{joint}{bad.wrong}; {bad.right}") from None


Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    PlainSerializer(format_duration),
    WithJsonSchema({"type": "string", "format": "duration", "examples": ["30m"]}),
]
"""A duration, written `30m`, kept in seconds."""
PerSecond = Annotated[
    int,
    BeforeValidator(_per_second),
    PlainSerializer(format_rate),
    WithJsonSchema({"type": "string", "format": "rate", "examples": ["400/s"]}),
]
"""A rate, written `400/s`, kept per second."""

APIS = ("application-autoscaling", "elasticache", "kms", "rds")
"""How the names of those commands begin that are calls of an AWS API."""

registered: dict[str, type[Command]] = {}
"""The commands whose modules are loaded, by name; `index` knows the others, too."""


class Command(BaseModel):
    """Something asked of the cloud at one instant.

    A subclass gives `name` (AWS's own where AWS has one), `title` (what a menu says), `kind`, `danger`, `takes` (what
    its target is) and the fields; its docstring says what happens, when AWS refuses it, and the source.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    kind: ClassVar[Kind]
    danger: ClassVar[Danger] = Danger.INTERRUPTS
    takes: ClassVar[TargetKind]

    target: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.name:
            if cls.name in registered:
                raise TypeError(f"two commands are called {cls.name}")
            registered[cls.name] = cls

    @field_validator("*", mode="before")
    @classmethod
    def _sayable(cls, value: object) -> object:
        """The command line gives bytes that are no text as surrogates; no journal and no event log can hold them."""
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            raise ValueError(f"{value!r} holds bytes that are no text in UTF-8")
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise ValueError(f"a value of {len(value):,} characters; {LONGEST_VALUE:,} are the most")
        return value

    def line(self) -> str:
        """The command as one canonical line: name, target, and the fields that differ from their defaults."""
        words = [self.name]
        if self.target:
            words.append(_word(self.target))
        given = self.model_dump(mode="json", by_alias=True, exclude={"target"}, exclude_defaults=True)
        words += [f"{key}={_word(value)}" for key, value in sorted(given.items())]
        return " ".join(words)

    def find(self, cloud: Cloud) -> None:
        """Raise BadCommand if the target does not exist in this fleet."""
        targets.require(cloud, self.takes, self.target)

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        """The Regions whose AWS API this asks; none for what is asked of an engine, an app or the simulator."""
        if self.name.partition(":")[0] not in APIS:
            return ()
        region = targets.region_of(cloud, self.takes, self.target)
        return (region,) if region is not None else ()

    def admit(self, cloud: Cloud, *, asked: bool = False) -> None:
        """Raise Refused, with AWS's code and a sentence, if AWS would refuse this now.

        The one door: first the APIs that it asks, then `check_target` and `check`. Changes nothing, unless it is
        `asked` in earnest: then an API that limits calls counts it.
        """
        regions = self.regions(cloud)
        for region in regions:
            region.require_api(cloud.now_us)
        for region in regions if asked else ():
            region.api.count_call(cloud.now_us)
        self.check_target(cloud, self.target)
        self.check(cloud)

    @classmethod
    def check_target(cls, cloud: Cloud, target: str) -> None:
        """Raise Refused if AWS would refuse this of a target now, whatever the fields say. Changes nothing."""

    def check(self, cloud: Cloud) -> None:
        """Raise Refused if the action itself is one that AWS would refuse now; `admit` asks it. Changes nothing."""

    def preview(self, cloud: Cloud) -> Preview:
        """The blast radius, as it stands now, of a command that `admit` lets pass. Changes nothing."""
        return Preview()

    async def run(self, cloud: Cloud) -> None:
        """Do it, as a story in virtual time."""
        raise NotImplementedError(self.name)


def _word(value: object) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    return shlex.quote(text)
