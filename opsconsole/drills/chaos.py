"""Random faults: when each kind strikes, on what, and for how long. Every draw comes from a stream of its own.

Times between two faults of a kind are exponential. A fault that may not strike (too many at once, or too soon after the
last one) does not strike at all; its dice are thrown again. What has struck once can be given back as a list of times
and lines, which is how a failing run is made smaller.
"""

from __future__ import annotations

import math
from typing import Final

from opsconsole.cloud import Cloud
from opsconsole.commands import Command, parse
from opsconsole.drills.manner import Manner
from opsconsole.drills.spec import ChaosFault, Drill
from opsconsole.simulation import Chance, Stream

LEAST_US: Final = 1_000_000
"""Two faults of one kind are at least a second apart."""


class Dice:
    """All the luck of one run's random faults."""

    def __init__(self, drill: Drill, seed: int, manner: Manner) -> None:
        self.struck = 0
        self._given = manner.throws
        self._chaos = drill.chaos
        self._last_us: int | None = None
        chance = Chance(seed)
        faults = drill.chaos.faults if drill.chaos is not None else ()
        self._streams = [chance.stream("drill", "chaos", str(number)) for number in range(len(faults))]
        self._faults = faults

    def first_throws(self) -> list[tuple[int, int]]:
        """When each kind strikes first, with its number; of a given list, each of its lines."""
        if self._given is not None:
            return [(at_us, number) for number, (at_us, _) in enumerate(self._given)]
        return [(self._wait(number), number) for number in range(len(self._faults))]

    def throw(self, number: int, now_us: int, cloud: Cloud) -> tuple[Command | None, int | None]:
        """What strikes now, if it may, and when this kind strikes next."""
        if self._given is not None:
            self.struck += 1
            return parse(self._given[number][1]), None
        fault, stream = self._faults[number], self._streams[number]
        command = _drawn(fault, stream)
        again_us = now_us + self._wait(number)
        if not self._may(now_us, cloud):
            return None, again_us
        self._last_us = now_us
        self.struck += 1
        return command, again_us

    def _wait(self, number: int) -> int:
        drawn = -math.log(1.0 - self._streams[number].random()) * self._faults[number].mean_us
        return max(LEAST_US, round(drawn))

    def _may(self, now_us: int, cloud: Cloud) -> bool:
        chaos = self._chaos
        if chaos is None:
            return False
        names = {fault.name: None for fault in self._faults}
        in_force = sum(fault.name in names for fault in cloud.faults.in_force.values())
        soon = self._last_us is not None and now_us - self._last_us < chaos.gap_us
        return in_force < chaos.concurrent and not soon


def _drawn(fault: ChaosFault, stream: Stream) -> Command:
    target = stream.pick(fault.targets)
    share = stream.random()
    if fault.lasts_us is None:
        return fault.command(target, None)
    low, high = fault.lasts_us
    return fault.command(target, round(low + (high - low) * share) / 1_000_000)
