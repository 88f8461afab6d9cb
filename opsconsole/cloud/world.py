"""What every part of the cloud stands on: the kernel, chance, the log, places, names and AWS's timings.

A part takes a `World` and never asks for more, so it can be built and tested alone.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.catalog import Timing
from opsconsole.cloud.events import EventLog
from opsconsole.cloud.names import Names, account_hash
from opsconsole.cloud.parameters import ParameterGroup
from opsconsole.cloud.places import Places
from opsconsole.cloud.settlement import Settlement
from opsconsole.fleet import Fleet, TimingOverride
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
        self.parameter_groups: dict[str, ParameterGroup] = {}  # those that operators made, by name
        self.places = Places((name, spec.zones) for name, spec in fleet.regions.items())
        self.settlement = Settlement(self.kernel)
        self.drawn: dict[str, None] = {}  # the timings that were drawn, in the order of their first draw

    @property
    def now_us(self) -> int:
        """Virtual microseconds since the run began."""
        return self.kernel.now_us

    def draw(self, who: str, timing: str) -> float:
        """Seconds that the operation `timing` takes `who` this time.

        Every thing has a stream of its own for every operation, so nothing else that happens in the fleet changes
        anybody's luck.
        """
        row = self.timing(timing)
        self.drawn[timing] = None
        return self.chance.stream(who, timing).duration(row.typical_s, row.min_s, row.max_s)

    def timing(self, name: str) -> Timing | TimingOverride:
        """An operation's distribution: the fleet's `[timings]`, else the catalog's."""
        return self.fleet.timings.get(name) or catalog.timing(name)

    def account_hash(self, region: str) -> str:
        """The twelve characters that stand for this account in a region's names."""
        return account_hash(self.fleet.name, region)
