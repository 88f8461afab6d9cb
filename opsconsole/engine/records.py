"""What a journal says: its records, each a line, and all of them together.

Format 2 adds to format 1 that a drill's journal names its drill. A journal of format 1 is read as it is, and written
anew in format 2 by who goes on with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from opsconsole.fleet.units import LONGEST_S

FORMAT: Final = 2
"""The version of the journal's format, written in its header."""

OLDEST_FORMAT: Final = 1
"""The oldest format that can be read; what it says, this one says in the same way."""

LONGEST_US: Final = LONGEST_S * 1_000_000
"""No virtual time lies beyond the longest duration that can be written."""

Time = Annotated[int, Field(ge=0, le=LONGEST_US)]
"""A virtual time in microseconds."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class DrillNote(_Record):
    """The drill that a session is, so that who resumes it can have it directed again. The engine only keeps it.

    ``digest`` is that of its text: a drill that has changed since would ask for something else.
    """

    path: str
    digest: str
    settings: dict[str, str] = {}
    solution: bool = True
    faults: bool = True


class Header(_Record):
    """The first record: all that the run depends on besides its commands."""

    kind: Literal["header"] = "header"
    format: int
    product: str
    catalog: str
    fleet_name: str
    fleet: str
    seed: int
    started: str = ""
    """Wall time at which the session began (ISO 8601, UTC); for people only."""
    drill: DrillNote | None = None


class Asked(_Record):
    """A command as it was asked, before it took effect. ``t`` is virtual time in microseconds."""

    kind: Literal["asked"] = "asked"
    seq: int = Field(ge=1)
    t: Time
    who: str
    command: str


class Ended(_Record):
    """How a command came out: refused, done or failed, with AWS's code where there is one."""

    kind: Literal["ended"] = "ended"
    seq: int = Field(ge=1)
    t: Time
    outcome: Literal["refused", "done", "failed"]
    code: str = ""


class Clock(_Record):
    """Where virtual time stood: live sessions write one now and then, so that a killed one resumes near its end."""

    kind: Literal["clock"] = "clock"
    t: Time
    why: Literal["tick", "pause", "speed", "quit"]
    speed: float = 1.0


class Steered(_Record):
    """What somebody who was attached did to time; for people only, as ``clock`` records tell where it stood."""

    kind: Literal["steered"] = "steered"
    t: Time
    who: str
    what: str


class Checkpoint(_Record):
    """The event log after ``rows`` rows: its digest, and a short mark of each row since the last checkpoint."""

    kind: Literal["digest"] = "digest"
    t: Time
    rows: int = Field(ge=0)
    digest: str
    marks: str = ""


Entry = Asked | Ended | Clock | Steered | Checkpoint
"""What follows the header."""

RECORD: Final[TypeAdapter[Header | Entry]] = TypeAdapter(
    Annotated[Header | Entry, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
"""A line of a journal."""

_SomeRecord = TypeVar("_SomeRecord", bound=_Record)


@dataclass(frozen=True)
class Contents:
    """What a journal says, checked line by line."""

    path: Path
    header: Header
    records: Sequence[Entry]
    torn: bool
    """The last line was cut off when the writing process died; it is not among the records."""
    end: int
    """Bytes up to the end of the last whole line."""
    link: bytes

    def of(self, kind: type[_SomeRecord]) -> list[_SomeRecord]:
        """The records of one kind, in order."""
        return [record for record in self.records if isinstance(record, kind)]

    def until(self, time_us: int) -> Contents:
        """The same journal as if it told of nothing after a virtual time (µs)."""
        return replace(self, records=tuple(record for record in self.records if record.t <= time_us))

    @property
    def asked(self) -> list[Asked]:
        """The commands, in the order in which they were asked."""
        return self.of(Asked)

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """The digests of the event log, in order."""
        return self.of(Checkpoint)

    @property
    def last_us(self) -> int:
        """The latest virtual time that any record carries (µs)."""
        return max((record.t for record in self.records), default=0)
