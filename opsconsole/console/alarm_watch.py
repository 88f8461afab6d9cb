"""Alarms, looked at a few at a time: a large fleet has thousands, and no look may hold up the screen.

CloudWatch evaluates once a minute; so does this, thing by thing, in slices as long as it is given. Until a pass is
complete, what the last one found is shown. It changes nothing, so who looks and how fast makes no difference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter

from opsconsole.cloud import Cloud
from opsconsole.cloud.alarms import Alarm, in_alarm_of
from opsconsole.cloud.metrics import MINUTE_US, exists, things

SLICE_S = 0.005
"""Wall seconds that one slice may take."""


MOST_RANG = 1_000
"""Times at which alarms began to ring that are remembered."""


class AlarmWatch:
    """What rings, as of the last complete pass over the fleet. `clock` measures slices."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.ringing: tuple[Alarm, ...] = ()
        self.rang: deque[tuple[int, str]] = deque(maxlen=MOST_RANG)
        """When alarms were first seen to ring (µs), and which."""
        self._clock = clock
        self._minute = -1
        self._pass: Iterator[str] | None = None
        self._found: list[Alarm] = []

    def look(self, cloud: Cloud, seconds: float = SLICE_S) -> bool:
        """Go on for so long; True once everything has been looked at in the minute that a pass began in."""
        minute = cloud.now_us // MINUTE_US
        if self._pass is None:
            if minute == self._minute:
                return True
            self._minute, self._found, self._pass = minute, [], iter(list(things(cloud)))
        until = self._clock() + seconds
        for id in self._pass:
            if exists(cloud, id):
                self._found += in_alarm_of(cloud, id)
            if self._clock() >= until:
                return False
        self._pass = None
        rang_before = {alarm.id: None for alarm in self.ringing}
        self.ringing = tuple(self._found)
        self.rang += [(self._minute * MINUTE_US, one.id) for one in self.ringing if one.id not in rang_before]
        return True

    def finish(self, cloud: Cloud) -> None:
        """Look at everything now, however long it takes."""
        while not self.look(cloud, float("inf")):
            pass
