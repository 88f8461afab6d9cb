"""What stands on the map, looked at some services at a time: a large fleet's look must not hold up the screen.

Until a pass is complete, what the last one found is shown: of 10,000 nodes a quarter of a second ago.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from opsconsole.cloud import Cloud
from opsconsole.console.views.map_rows import MapRow, Rows, each, sorted_in

SLICE: Final = 250
"""Services that are looked at in one go: some 7 ms."""


class MapWatch:
    """The map's rows, as of the last complete pass over the fleet; `version` counts those passes."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.version = 0
        self._looked: tuple[object, ...] = ()
        self._found: list[MapRow] = []
        self._pass: Iterator[MapRow] = iter(())
        self._passing: tuple[object, ...] = ()

    def look(self, cloud: Cloud, truth: bool, services: int | None) -> bool:
        """Go on by so many services (None: all); True once all have been looked at since a pass began.

        A pass goes on although time does, and begins anew for the other view.
        """
        now = (truth, cloud.now_us, cloud.log.count)
        if not self._passing or self._passing[0] != truth:
            if now == self._looked:
                return True
            self._passing, self._found, self._pass = now, [], each(cloud, truth)
        had = len(self._found)
        self._found += islice(self._pass, services)
        if services is not None and len(self._found) == had + services:
            return False
        self.rows, self._looked, self._passing = sorted_in(cloud, self._found), self._passing, ()
        self.version += 1
        return True
