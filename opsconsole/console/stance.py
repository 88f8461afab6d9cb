"""Where somebody stands on a line of time: an instant, how much of the line is shown, and which way back is meant.

No widget, and nothing that could be asked of AWS: moving about changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from opsconsole.cloud import Cloud, databases
from opsconsole.console.views.recovery.axis import Axis, axis, floor
from opsconsole.console.views.recovery.lanes import Sight


class Track(Protocol):
    """What a line of time is about: a database, or a whole session."""

    @property
    def cloud(self) -> Cloud:
        """Whose time it is."""
        ...

    @property
    def first_us(self) -> int:
        """The earliest there is to see."""
        ...

    @property
    def last_us(self) -> int:
        """The latest instant one can stand on."""
        ...

    def spans(self) -> list[int]:
        """How much of the line may be shown, in µs, the least first."""
        ...

    def stops(self, truth: bool) -> list[Sight]:
        """Every instant worth a stop, the oldest first."""
        ...


@dataclass
class Stance:
    """An instant on a line of time. `span` numbers what is shown; `choice` is a way back, or a line left to do."""

    cursor_us: int
    span: int = 1
    choice: str = ""

    @classmethod
    def of(cls, cloud: Cloud, id: str) -> Stance:
        """Where a look at a database begins: the latest that could be restored, or now."""
        latest_us = databases.archive_of(cloud, id).latest_us()
        return cls(cloud.now_us if latest_us is None else latest_us)

    def axis(self, track: Track, columns: int) -> Axis:
        """The stretch that is shown: up to the latest as long as the cursor is on it, else around the cursor."""
        length = track.spans()[self._span(track)]
        live = axis(track.cloud, length, columns, track.last_us)
        if self.cursor_us >= live.from_us:
            return live
        return axis(track.cloud, length, columns, self.cursor_us + live.step_us * (columns // 2), margin=0)

    def _span(self, track: Track) -> int:
        return min(self.span, len(track.spans()) - 1)

    def stand(self, track: Track, at_us: int) -> None:
        """Go to an instant, as near as there is one."""
        self.cursor_us = min(at_us, track.last_us)

    def move(self, track: Track, columns: int, by: int) -> None:
        """Some columns on or back, to a round time; not beyond what there is."""
        step_us = self.axis(track, columns).step_us
        there_us = floor(track.cloud, self.cursor_us, step_us) + by * step_us
        self.stand(track, max(there_us, track.first_us))

    def jump(self, track: Track, truth: bool, by: int) -> bool:
        """To the next thing on the line, or the one before; False if there is none."""
        ahead = [one.at_us for one in track.stops(truth) if (one.at_us - self.cursor_us) * by > 0]
        if not ahead:
            return False
        nearest: Callable[[list[int]], int] = min if by > 0 else max
        self.stand(track, nearest(ahead))
        return True

    def edge(self, track: Track, last: bool) -> None:
        """To the earliest there is, or to the latest."""
        self.stand(track, track.last_us if last else track.first_us)

    def zoom(self, track: Track, by: int) -> bool:
        """Nearer (-1) or wider (1); False at the end of the ladder."""
        wanted = self._span(track) + by
        if not 0 <= wanted < len(track.spans()):
            return False
        self.span = wanted
        return True

    def here(self, track: Track, truth: bool) -> list[Sight]:
        """What stands at just this instant."""
        return [one for one in track.stops(truth) if one.at_us == self.cursor_us]
