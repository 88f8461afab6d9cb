"""What every part of the cloud stands on: the kernel, chance, the log, places, names and AWS's timings.

A part takes a `World` and never asks for more, so it can be built and tested alone.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.events import EventLog
from opsconsole.cloud.names import Names, account_hash
from opsconsole.cloud.places import Places
from opsconsole.cloud.settlement import Settlement
from opsconsole.fleet import Fleet
from opsconsole.simulation import Chance, Kernel


class World:
    """The ground of one run: one kernel, one seed, one log."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet = fleet
        self.seed = seed
        self.kernel = Kernel()
        self.chance = Chance(seed)
        self.log = EventLog()
        self.names = Names()
        self.places = Places((name, spec.zones) for name, spec in fleet.regions.items())
        self.settlement = Settlement(self.kernel)
        self._streams: dict[tuple[str, str], int] = {}

    @property
    def now_us(self) -> int:
        """Virtual microseconds since the run began."""
        return self.kernel.now_us

    def draw(self, who: str, timing: str) -> float:
        """Seconds that the operation `timing` takes `who` this time: one draw from its own stream.

        Each draw has a stream of its own (thing, operation, how many times before), so nothing else that happens in
        the fleet changes anybody's luck. The fleet's `[timings]` override the catalog.
        """
        count = self._streams[who, timing] = self._streams.get((who, timing), 0) + 1
        stream = self.chance.stream(who, timing, str(count))
        row = self.fleet.timings.get(timing) or catalog.timing(timing)
        return stream.duration(row.typical_s, row.min_s, row.max_s)

    def account_hash(self, region: str) -> str:
        """The twelve characters that stand for this account in a region's names."""
        return account_hash(self.fleet.name, region)
