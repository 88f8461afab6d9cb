"""Those who are attached to a session: who they are, and what each has been told."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import anyio

from opsconsole.engine.sharing.messages import Now, Role
from opsconsole.engine.sharing.wire import Wire

MOST: Final = 16
"""How many may be attached to a session."""


@dataclass
class Guest:
    """Somebody who is attached: who, what he has been told, what he is still to be told."""

    name: str
    role: Role
    wire: Wire
    cursor: int = 0
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=MOST))
    told: Now | None = None
    news: anyio.Event = field(default_factory=anyio.Event)

    @property
    def who(self) -> str:
        """Who gave a command, as the journal says it."""
        return f"{self.role.value}:{self.name}"


def told_of(guests: list[Guest]) -> str:
    """Who is attached, in a few words: ``1 watching, 1 instructor (ana)``; nothing if nobody is."""
    watching = sum(guest.role is Role.WATCH for guest in guests)
    names = [guest.name for guest in guests if guest.role is Role.INSTRUCTOR]
    parts = [f"{watching} watching"] if watching else []
    if names:
        parts.append(f"{len(names)} instructor{'s' if len(names) > 1 else ''} ({', '.join(names)})")
    return ", ".join(parts)
