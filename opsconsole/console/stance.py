"""Where somebody stands on the time lines: an instant, how much of the line is shown, and which way back is meant.

No widget, and nothing that could be asked of AWS: moving about changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole.cloud import Cloud, databases
from opsconsole.console.views.recovery.axis import DAY, HOUR, MINUTE, Axis, axis, floor
from opsconsole.console.views.recovery.lanes import Sight, reach_us, stops

SPANS = (10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 35 * DAY)


@dataclass
class Stance:
    """An instant on a line of time. `span` numbers what is shown; `choice` is a way back, or a line left to do."""

    cursor_us: int
    span: int = 1
    choice: str = ""

    @classmethod
    def of(cls, cloud: Cloud, id: str) -> Stance:
        """Where a look begins: the latest that could be restored, or now."""
        latest_us = databases.archive_of(cloud, id).latest_us()
        return cls(cloud.now_us if latest_us is None else latest_us)

    def axis(self, cloud: Cloud, id: str, columns: int) -> Axis:
        """The stretch that is shown: up to now as long as the cursor is on it, else around the cursor."""
        length = spans(cloud, id)[self._span(cloud, id)]
        live = axis(cloud, length, columns)
        if self.cursor_us >= live.from_us:
            return live
        return axis(cloud, length, columns, self.cursor_us + live.step_us * (columns // 2))

    def _span(self, cloud: Cloud, id: str) -> int:
        return min(self.span, len(spans(cloud, id)) - 1)

    def stand(self, cloud: Cloud, at_us: int) -> None:
        """Go to an instant that has been."""
        self.cursor_us = min(at_us, cloud.now_us)

    def move(self, cloud: Cloud, id: str, columns: int, by: int) -> None:
        """Some columns on or back, to a round time; not beyond what there is."""
        step_us = self.axis(cloud, id, columns).step_us
        there_us = floor(cloud, self.cursor_us, step_us) + by * step_us
        self.stand(cloud, max(there_us, cloud.now_us - reach_us(cloud, id)))

    def jump(self, cloud: Cloud, id: str, truth: bool, by: int) -> bool:
        """To the next thing on the line, or the one before; False if there is none."""
        found = stops(cloud, id, truth)
        ahead = [one.at_us for one in found if (one.at_us - self.cursor_us) * by > 0]
        if not ahead:
            return False
        nearest: Callable[[list[int]], int] = min if by > 0 else max
        self.stand(cloud, nearest(ahead))
        return True

    def edge(self, cloud: Cloud, id: str, last: bool) -> None:
        """To the earliest there is, or to now."""
        self.stand(cloud, cloud.now_us - (0 if last else reach_us(cloud, id)))

    def zoom(self, cloud: Cloud, id: str, by: int) -> bool:
        """Nearer (-1) or wider (1); False at the end of the ladder."""
        wanted = self._span(cloud, id) + by
        if not 0 <= wanted < len(spans(cloud, id)):
            return False
        self.span = wanted
        return True

    def here(self, cloud: Cloud, id: str, truth: bool) -> list[Sight]:
        """What stands at just this instant."""
        return [one for one in stops(cloud, id, truth) if one.at_us == self.cursor_us]


def spans(cloud: Cloud, id: str) -> list[int]:
    """How much of a line may be shown: ten minutes … all there is."""
    reach = reach_us(cloud, id)
    whole = -(-max(reach, SPANS[0]) * 21 // 20 // HOUR) * HOUR
    return [*(one for one in SPANS if one < reach), whole] if reach > SPANS[1] else list(SPANS[:2])
