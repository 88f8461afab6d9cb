"""Short messages that come and go. Any screen posts ``Tell``; the app shows it, three at a time at most.

Nothing heavy is imported here: it is needed for the first paint.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Final, Literal

from textual.message import Message

MOST_AT_ONCE: Final = 3
SHOWN_S: Final = {"information": 4.0, "warning": 8.0, "error": 8.0}

Severity = Literal["information", "warning", "error"]


@dataclass
class Tell(Message):
    """Something to say in passing, as plain text."""

    title: str
    text: str
    severity: Severity = "information"


class Crowd:
    """Counts what is still on the screen, so that many messages at once do not pile up."""

    def __init__(self) -> None:
        self._until: deque[float] = deque(maxlen=MOST_AT_ONCE)

    def is_full(self, shown_s: float) -> bool:
        """Whether the others should make room for one more message, which is counted."""
        now = monotonic()
        full = len(self._until) == MOST_AT_ONCE and now < self._until[0]
        if full:
            self._until.clear()
        self._until.append(now + shown_s)
        return full
