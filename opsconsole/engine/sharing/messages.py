"""What a session and those who are attached to it say to each other: one JSON object a line.

The session's own records are the journal's. Whoever attaches says ``Hello`` first and is answered by ``Welcome`` or
``Refusal``; afterwards every line of the session brings the other closer to where it stands.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from opsconsole.engine.pacing import MAX_SPEED, MIN_SPEED
from opsconsole.engine.records import Asked, Header

PROTOCOL: Final = 1
"""The version of this conversation. Another one is refused before anything else is said."""

MAX_NAME: Final = 32
MAX_COMMAND: Final = 2_000
"""Characters of a command's line that is asked from elsewhere."""

MAX_TIME_US: Final = 2**53
"""Virtual µs that a run to a time may be asked for: beyond it a JSON number is not exact."""


class Role(StrEnum):
    """What somebody who is attached may do."""

    WATCH = "watch"
    INSTRUCTOR = "instructor"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


Name = Annotated[str, Field(pattern=rf"^[A-Za-z0-9._-]{{1,{MAX_NAME}}}$")]
"""What somebody is called: it is written into journals and on screens."""


class Hello(_Message):
    """Somebody wants to attach. What another version says besides is not looked at: it is to be told the version."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["hello"] = "hello"
    protocol: int
    product: str = ""
    catalog: str = ""
    token: str = ""
    role: Role
    name: Name


class Ask(_Message):
    """An instructor asks for a command, as a line says it."""

    kind: Literal["ask"] = "ask"
    command: str = Field(max_length=MAX_COMMAND)


class Steer(_Message):
    """An instructor steers time. ``speed`` is for ``speed``, ``time_us`` (virtual µs) for ``run to``."""

    kind: Literal["steer"] = "steer"
    what: Literal["pause", "resume", "speed", "run to", "step", "release", "brake on", "brake off"]
    speed: float = Field(default=1.0, ge=MIN_SPEED, le=MAX_SPEED)
    time_us: int = Field(default=0, ge=0, le=MAX_TIME_US)


class Welcome(_Message):
    """Attached: the session from its beginning. ``journal`` is the file to resume it from, empty if there is none."""

    kind: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL
    header: Header
    journal: str


class Refusal(_Message):
    """Why somebody is not, or no longer, attached: a sentence. The session closes the connection after it."""

    kind: Literal["refusal"] = "refusal"
    text: str


class Note(_Message):
    """A sentence for the one who is attached: why what he asked for was not done."""

    kind: Literal["note"] = "note"
    text: str


class BrakeHolds(_Message):
    """The incident brake has bitten; see ``engine.Braked``."""

    app: str
    time_us: int
    speed_before: float


class Now(_Message):
    """Where the session stands, all commands up to here having been told, and how time runs.

    ``rows`` and ``digest`` are the event log's: who follows must have the same there. ``company`` says who is attached.
    """

    kind: Literal["now"] = "now"
    t: int
    rows: int
    digest: str
    paused: bool
    speed: float
    speed_had: float
    brake: bool
    braked: BrakeHolds | None
    recording: bool
    company: str


Request = Ask | Steer
Answer = Welcome | Refusal | Asked | Now | Note

HELLO: Final[TypeAdapter[Hello]] = TypeAdapter(Hello)
REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(
    Annotated[Request, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(
    Annotated[Answer, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
