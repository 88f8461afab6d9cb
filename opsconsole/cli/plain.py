"""The console's plain twin: what happens, a line each, for screen readers, logs and `tee`.

Fields stand two spaces apart: the time of day (UTC), the thing, AWS's id of the event or the kind of truth, and what it
says, in the console's words. No colour, no cursor, nothing of the wall clock: the same run is the same bytes.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.cloud.events import Row
    from opsconsole.engine.session import Session


class Plain:
    """Tells what happens in a session from now on; ``tell`` says what has happened since it last did.

    The truth is told as it happens. In AWS's view there are the events, each when it is delivered, and what an
    operator has without AWS: how the apps fare, and what became of the commands that are no faults.
    """

    def __init__(self, session: Session, *, truth: bool = True) -> None:
        self.session, self.truth = session, truth
        self._happened: list[tuple[int, Row]] = []
        self._pending: list[Row] = []
        self._unseen: set[str] = set()
        self._begun = False
        cloud = session.cloud
        self._day: date = cloud.fleet.start.date()
        for row in cloud.log.tail:
            self._hear(b"", row)
        cloud.log.subscribe(self._hear)

    def next_us(self) -> int | None:
        """The next virtual time at which there may be something to tell; None where there is none before the end."""
        if self.truth:
            return None
        from opsconsole.cloud.aws_view import delivery_us

        cloud = self.session.cloud
        times = [self.session.next_time_us, *(delivery_us(cloud, row) for row in self._pending)]
        return min((time for time in times if time is not None), default=None)

    def tell(self) -> None:
        """Say all that has happened, and all that has been delivered, up to now. Raises BrokenPipeError."""
        if not self._begun:
            self._begun = True
            self._begin()
        self._take_delivery()
        happened, self._happened = self._happened, []
        for at_us, row in happened:
            self._say(at_us, row)

    def _begin(self) -> None:
        from opsconsole.console.views.layout import clean

        cloud, view = self.session.cloud, "truth" if self.truth else "AWS"
        _line(f"SIMULATED  {clean(cloud.fleet.name)}  seed {cloud.seed}  view: {view}  from {self._day} (UTC)")

    def _hear(self, line: bytes, row: Row) -> None:
        """A row of the log. Nothing is printed here: what a pipe does must not reach into the simulation."""
        t = row["t"]
        assert isinstance(t, int), "every row of the log has its time"
        if not self.truth and row["stream"] == "aws":
            self._pending.append(row)
        elif self.truth or self._is_known_without_aws(row):
            self._happened.append((t, row))

    def _take_delivery(self) -> None:
        from opsconsole.cloud.aws_view import is_delivered

        cloud = self.session.cloud
        waiting, self._pending = self._pending, []
        for row in waiting:
            if is_delivered(cloud, row):
                self._happened.append((cloud.now_us, row))
            else:
                self._pending.append(row)

    def _is_known_without_aws(self, row: Row) -> bool:
        match row["kind"]:
            case "app":
                return True
            case "incident":
                return self._is_felt(row)
            case "command":
                return _is_operation(str(row["command"]))
            case _:
                return False

    def _is_felt(self, row: Row) -> bool:
        """An app that writes what is wrong fares well, for all that its monitoring shows; so neither end is told."""
        app = str(row["source"])
        if row.get("reason") == "wrong":
            self._unseen.add(app)
        elif app in self._unseen:  # this is its end
            self._unseen.remove(app)
            return False
        return app not in self._unseen

    def _say(self, at_us: int, row: Row) -> None:
        from opsconsole.cloud.aws_view import moment
        from opsconsole.console.views.layout import clean
        from opsconsole.console.views.sentences import label, told

        at = moment(self.session.cloud, at_us)
        if at.date() != self._day:
            self._day = at.date()
            _line(f"{self._day}")
        _line("  ".join((f"{at:%H:%M:%S}", clean(str(row["source"])), label(row), clean(told(row).text))))


def _is_operation(line: str) -> bool:
    from opsconsole.commands import Kind, parse

    return parse(line).kind in (Kind.OPERATION, Kind.APP)


def _line(text: str) -> None:
    """A line, at once: whoever reads has it before the next one is made."""
    print(text)
    sys.stdout.flush()
