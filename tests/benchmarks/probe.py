"""Run a module with an event loop that can say how late it calls.

    python -m tests.benchmarks.probe NOTES MODULE [ARGUMENT]...

SIGUSR1 begins a measurement: a callback every 10 ms, of which is noted how late it came. SIGUSR2 ends it and writes the
95th percentile and the maximum (ms, JSON) to NOTES. Between measurements nothing runs, so it costs nothing.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import signal
import sys
from pathlib import Path

EVERY_S = 0.010


class Probe:
    """Measures one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, notes: Path) -> None:
        self._loop = loop
        self._notes = notes
        self._late_s: list[float] = []
        self._timer: asyncio.TimerHandle | None = None
        loop.add_signal_handler(signal.SIGUSR1, self._begin)
        loop.add_signal_handler(signal.SIGUSR2, self._end)

    def _begin(self) -> None:
        self._late_s = []
        self._next()

    def _next(self) -> None:
        due = self._loop.time() + EVERY_S
        self._timer = self._loop.call_at(due, self._called, due)

    def _called(self, due: float) -> None:
        self._late_s.append(self._loop.time() - due)
        self._next()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        late_ms = [1000 * late for late in sorted(self._late_s)] or [0.0]
        self._notes.write_text(json.dumps([late_ms[int(len(late_ms) * 0.95)], late_ms[-1]]))


class ProbedLoops(asyncio.DefaultEventLoopPolicy):
    """Every event loop gets a probe."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop as always, and its probe."""
        loop = super().new_event_loop()
        Probe(loop, Path(NOTES))
        return loop


if __name__ == "__main__":
    NOTES, module = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    asyncio.set_event_loop_policy(ProbedLoops())
    runpy.run_module(module, run_name="__main__", alter_sys=True)
