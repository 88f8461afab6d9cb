"""Time in columns: a stretch of virtual time in equal steps, and where its ticks stand.

A step is a round number of seconds, and columns begin at round times of day, so a line of time moves by whole columns
and the instants that a cursor stands on are times that a person would write down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from opsconsole.cloud import Cloud, aws_view

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
STEPS = tuple(
    [SECOND * n for n in (1, 2, 5, 10, 15, 20, 30)]
    + [MINUTE * n for n in (1, 2, 3, 5, 10, 15, 20, 30)]
    + [HOUR * n for n in (1, 2, 3, 6, 12, 24)]
)
UNITS = ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
TICK_COLUMNS = 12
MARGIN = 5
"""Columns to the right of now: room for the word."""


@dataclass(frozen=True, slots=True)
class Axis:
    """`columns` columns of `step_us` from `from_us` on."""

    cloud: Cloud
    from_us: int
    step_us: int
    columns: int

    @property
    def to_us(self) -> int:
        """Where it ends."""
        return self.from_us + self.step_us * self.columns

    @property
    def step_text(self) -> str:
        """A step as `15 s`, `5 min`, `2 h`."""
        unit, name = next((unit, name) for unit, name in UNITS if self.step_us % unit == 0)
        return f"{self.step_us // unit} {name}"

    def at(self, column: int) -> int:
        """When a column begins."""
        return self.from_us + self.step_us * column

    def column(self, at_us: int) -> int | None:
        """The column of a time; None for one that is not on it."""
        found = (at_us - self.from_us) // self.step_us
        return found if 0 <= found < self.columns else None

    def stretch(self, begins_us: int, ends_us: int) -> range:
        """The columns from one time to another, as far as they are on it."""
        first, last = (begins_us - self.from_us) // self.step_us, (ends_us - self.from_us) // self.step_us
        return range(max(0, first), min(self.columns, last + 1))

    def ticks(self) -> list[tuple[int, str]]:
        """Columns that get a label, and the label: a time of day, or the date where a day begins."""
        every = next((step for step in STEPS if step >= TICK_COLUMNS * self.step_us), None)
        every = every or -(-TICK_COLUMNS * self.step_us // DAY) * DAY
        first = floor(self.cloud, self.from_us + every - 1, every)
        return [((at - self.from_us) // self.step_us, self._label(at, every)) for at in range(first, self.to_us, every)]

    def _label(self, at_us: int, every_us: int) -> str:
        moment = aws_view.moment(self.cloud, at_us)
        if every_us >= HOUR and not moment.hour and not moment.minute:
            return f"{moment.day} {moment:%b}"
        return f"{moment:%H:%M:%S}" if every_us < MINUTE else f"{moment:%H:%M}"


def floor(cloud: Cloud, at_us: int, step_us: int) -> int:
    """The latest round time of day, in steps, that is not after a time."""
    start = cloud.fleet.start
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    offset = (start - midnight) // timedelta(microseconds=1)
    return (at_us + offset) // step_us * step_us - offset


def step_for(span_us: int, columns: int) -> int:
    """The least round step with which so many columns show a span."""
    least = -(-span_us // max(1, columns))
    return next((step for step in STEPS if step >= least), -(-least // DAY) * DAY)


def axis(cloud: Cloud, span_us: int, columns: int, to_us: int | None = None, margin: int = MARGIN) -> Axis:
    """A line of time that shows a span up to a time (None: up to now), and a margin of columns for the word `now`."""
    step = step_for(span_us, columns)
    end = floor(cloud, cloud.now_us if to_us is None else to_us, step) + (margin + 1) * step
    return Axis(cloud, end - step * columns, step, columns)
