"""The wall clock that paces a live session, behind a protocol so that tests need not wait."""

from __future__ import annotations

import time
from typing import Protocol

import anyio


class WallClock(Protocol):
    """What pacing needs of the real world."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    async def wait(self, wake: anyio.Event, seconds: float | None) -> None:
        """Sleep until ``wake`` is set, ``seconds`` at most (None: as long as it takes)."""
        ...


class MonotonicClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()

    async def wait(self, wake: anyio.Event, seconds: float | None) -> None:
        """Sleep until ``wake`` is set, ``seconds`` at most (None: as long as it takes)."""
        if seconds is None:
            await wake.wait()
        else:
            with anyio.move_on_after(seconds):
                await wake.wait()
