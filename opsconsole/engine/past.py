"""Looking at the past: earlier moments of a session, each re-run in a second kernel beside it.

A session is its fleet, its seed and what was asked of it when, so a second one that is told the same arrives at any
moment of the first, byte for byte; that it did is compared, row by row, before anything of it is shown. The second
kernel is paced by an engine of its own, in the same slices; the first is never touched. Going on runs it further, going
back begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Final

import anyio
from anyio.abc import TaskGroup

from opsconsole.cloud import Cloud
from opsconsole.engine.beside import beside
from opsconsole.engine.engine import Engine
from opsconsole.engine.session import Session

NEWS_S: Final = 0.25
"""Wall seconds between two words of how far a re-run has come."""


async def rerun(session: Session) -> Session:
    """A second session in which nothing has happened yet, and which will be asked by itself what the first was.

    What the first has scheduled and not asked yet it will be asked, too: a replay's journal may go on.
    """
    fleet, seed = session.cloud.fleet, session.cloud.seed
    cloud = await beside(lambda: Cloud(fleet, seed), unwanted=lambda cloud: cloud.kernel.close())
    second = Session(cloud, origin=session.origin)
    second.schedule([*session.asked, *session.script])
    return second


def difference(second: Session, first: Session) -> str:
    """Where a re-run does not repeat what the first session has logged, as a sentence; empty where it does."""
    now, then = second.cloud.log, first.cloud.log
    common = min(now.count, then.count)
    row = None
    if now.marks[:common] != then.marks[:common]:
        row = next(row for row in range(common) if now.marks[row] != then.marks[row])
    elif now.count != _rows_until(first, second.now_us, now.count):
        row = common
    if row is None:
        return ""
    return f"re-run, the session differs from event {row + 1} on: a defect, please report it; the moment is not shown"


def _rows_until(session: Session, time_us: int, otherwise: int) -> int:
    """How many rows a session had logged by a time (µs); ``otherwise`` where it does not know (any more)."""
    log = session.cloud.log
    if time_us > session.now_us:
        return otherwise
    later = sum(1 for _ in takewhile(lambda row: int(row["t"] or 0) > time_us, reversed(log.tail)))
    return otherwise if later == len(log.tail) < log.count else log.count - later


class Past:
    """Earlier moments of a live session, one at a time. Run ``run`` as a task; call the rest from the same event loop.

    ``go`` asks for a moment; ``engine`` is the one that stands there once it has arrived, and may be told to go on from
    there, at any speed, up to ``end_us``. ``changed`` is called when it has arrived, and now and then on the way.
    """

    def __init__(self, live: Session, end_us: int, changed: Callable[[], None], speed: float = 1.0) -> None:
        self.live = live
        self.end_us = end_us
        self.engine: Engine | None = None
        self.wanted_us = end_us
        self.differs = ""
        """Why a moment is not shown, as a sentence: its re-run did not repeat the session."""
        self._changed = changed
        self._speed = speed
        self._coming: Engine | None = None
        self._building = False
        self._wish = anyio.Event()
        self._arrival = anyio.Event()

    @property
    def progress(self) -> float | None:
        """The share of the way to the wanted moment that has been re-run; None when there is nothing on its way."""
        if self._coming is None:
            return 0.0 if self._wish.is_set() or self._building else None
        return self._coming.now_us / max(1, self.wanted_us)

    def go(self, time_us: int) -> None:
        """Look at a moment (µs), as soon as it has been re-run. What was wanted before is no longer."""
        self.wanted_us = max(0, min(time_us, self.end_us))
        self._wish.set()
        self._arrival = anyio.Event()
        for engine in (self._coming, self.engine):
            if engine is not None:
                engine.pause()  # the journey that it is on is given up with this

    async def arrived(self) -> None:
        """Wait until nothing is on its way any more."""
        while self.progress is not None:
            await self._arrival.wait()

    def take(self) -> Session:
        """Give away the session that is looked at, as it stands: nothing will be re-run with it any more."""
        assert self.engine is not None, "nothing has arrived yet"
        engine, self.engine = self.engine, None
        engine.pause()
        engine.stop(close=False)
        return engine.session

    async def run(self) -> None:
        """Fulfil wishes until cancelled; then throw the second kernels away."""
        try:
            async with anyio.create_task_group() as group:
                while True:
                    await self._wish.wait()
                    self._wish = anyio.Event()
                    await self._travel(group)
        finally:
            for engine in (self.engine, self._coming):
                _drop(engine)

    async def _travel(self, group: TaskGroup) -> None:
        engine = self._coming = self._nearest() or await self._begin(group)
        await engine.run_to(self.wanted_us).wait()
        if engine.now_us == self.wanted_us:
            self._arrive(engine)

    def _nearest(self) -> Engine | None:
        """The second kernel that has come furthest and is not beyond the wanted moment, if there is one."""
        ways = [one for one in (self.engine, self._coming) if one is not None and one.now_us <= self.wanted_us]
        nearest = max(ways, key=lambda one: one.now_us, default=None)
        if self._coming not in (nearest, self.engine):
            _drop(self._coming)
        return nearest

    async def _begin(self, group: TaskGroup) -> Engine:
        self._building = True
        session = await rerun(self.live)
        self._building = False
        engine = Engine(session, speed=self._speed, paused=True, brake=False, stop_us=self.end_us)
        engine.listen(partial(self._hear, engine), NEWS_S)
        group.start_soon(engine.run)
        return engine

    def _arrive(self, engine: Engine) -> None:
        before, self._coming = self.engine, None
        self.differs = difference(engine.session, self.live)
        self.engine = None if self.differs else engine
        self._arrival.set()
        self._changed()
        for other in (before, engine):
            if other is not self.engine:
                _drop(other)

    def _hear(self, engine: Engine) -> None:
        """Something has happened in a second kernel: see that it goes no further than it may, and pass it on."""
        engine.stop_us = self.end_us
        if engine is self.engine and self._coming is None:
            self.differs = difference(engine.session, self.live)
            if self.differs:
                engine.pause()
        self._changed()


def _drop(engine: Engine | None) -> None:
    if engine is not None:
        engine.stop()
        engine.session.cloud.kernel.close()
