"""The engine: an asynchronous service that lets a session live in wall time.

It runs the session in slices of at most 10 ms and gives way in between; when nothing is due it sleeps until something
is, until a listener wants to look, or until somebody asks: nothing polls, and paused it does nothing at all. It decides
only *when* things are computed, never *what*: the event log is the same at any speed, with any slicing and any reader.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.lowlevel

from opsconsole.commands import Command
from opsconsole.engine.clock import MonotonicClock, WallClock
from opsconsole.engine.pacing import SPEEDS, Pace
from opsconsole.engine.reader import Reader
from opsconsole.engine.session import Order, Session

SLICE_S: Final = 0.010
"""Wall seconds after which the engine gives way to others."""

BRAKE_SPEED: Final = 5.0
"""The incident brake's: a failover of half a minute is still several repaints long."""

CLOCK_RECORD_S: Final = 5.0
"""Wall seconds between two clock records of a live session's journal."""

STEP_HORIZON_S: Final = 24 * 3600
"""Virtual seconds that a step searches for the next event."""

MOST_HEARD: Final = 20
"""Sentences that wait to be said; of more the oldest are dropped."""

_US: Final = 1_000_000


@dataclass(frozen=True)
class Braked:
    """The incident brake has bitten: which app began to fail, when (virtual µs), and what it interrupted."""

    app: str
    time_us: int
    speed_before: float
    journey: Journey | None


class Journey:
    """A run at full speed towards a time, or towards the next event; the engine is paused at its end."""

    def __init__(self, until_us: int, rows: int | None = None) -> None:
        self.until_us = until_us
        self.rows = rows
        self.reached = False
        self._over = anyio.Event()

    async def wait(self) -> bool:
        """Wait until it is over: True when it arrived, False when it was given up (pause, brake, another journey)."""
        await self._over.wait()
        return self.reached

    def _end(self, reached: bool) -> None:
        self.reached = reached
        self._over.set()


@dataclass
class Listener:
    """Somebody who wants to know. ``every_s``: wall seconds between two calls while time runs; None: on change only.

    Set ``every_s`` to None while nobody looks, and the engine sleeps longer.
    """

    call: Callable[[], None]
    every_s: float | None
    _last_s: float = float("-inf")
    _rows: int = -1


class Engine:
    """Paces a session. Run ``run`` as a task; call everything else from the same event loop.

    Listeners are called after a slice in which something happened, at most every so often, and at once when pause,
    speed or brake change.
    """

    def __init__(
        self,
        session: Session,
        *,
        speed: float = 1.0,
        paused: bool = False,
        brake: bool = True,
        stop_us: int | None = None,
        clock: WallClock | None = None,
    ) -> None:
        self.session = session
        self.stop_us = stop_us
        """The virtual time (µs) at which time will stand still by itself, once; None when it has, or never will."""
        self.brake = brake
        """Whether the incident brake is on."""
        self.braked: Braked | None = None
        self.company = ""
        """Who else is attached to the session, in a few words."""
        self._heard: deque[str] = deque(maxlen=MOST_HEARD)
        self._clock: WallClock = clock or MonotonicClock()
        self._pace = Pace(speed)
        self._pace.anchor(self._clock.now(), session.now_us)
        self._paused = paused
        self._journey: Journey | None = None
        self._trouble: str | None = None
        self._stopping = False
        self._closes = True
        self._wake = anyio.Event()
        self._rows_changed = anyio.Event()
        self._rows_seen = session.cloud.log.count
        self._control_changed = False
        self._listeners: list[Listener] = []
        self._next_record_s = self._clock.now() + CLOCK_RECORD_S
        session.cloud.on_trouble(self._on_trouble)

    # What the reader of the status line wants to know

    @property
    def now_us(self) -> int:
        """Virtual time, in microseconds since the run began."""
        return self.session.now_us

    @property
    def paused(self) -> bool:
        """Time stands still (on a journey it runs, and will stand still at its end)."""
        return self._paused and self._journey is None

    @property
    def speed(self) -> float:
        """The speed asked for: virtual seconds in a wall second."""
        return self._pace.speed

    @property
    def speed_had(self) -> float:
        """The speed the machine keeps up; less than ``speed`` when there is too much to compute; 0 when paused."""
        return 0.0 if self.paused else self._pace.speed_had(self._clock.now())

    @property
    def journey(self) -> Journey | None:
        """The run at full speed that is under way."""
        return self._journey

    @property
    def recording(self) -> str | None:
        """The name of the journal that the session is recorded in; None while it is not."""
        recorder = self.session.recorder
        return None if recorder is None or recorder.trouble else recorder.path.name

    @property
    def not_recording(self) -> str | None:
        """Why the session is not recorded, as a sentence; None while it is."""
        recorder = self.session.recorder
        return "no journal is kept" if recorder is None else recorder.trouble

    @property
    def unrecorded(self) -> str:
        """Why a session that has a journal is not recorded in it now, in the system's words; empty while it is."""
        recorder = self.session.recorder
        return "" if recorder is None else recorder.reason

    # Those who follow

    def reader(self, cursor: int | None = None) -> Reader:
        """A reader of the event log from row ``cursor`` on; None: from the oldest row still kept."""
        log = self.session.cloud.log
        return Reader(log, lambda: self._rows_changed, log.count - len(log.tail) if cursor is None else cursor)

    def listen(self, call: Callable[[], None], every_s: float | None = None) -> Listener:
        """Have ``call`` called when something changed, and every ``every_s`` wall seconds while time runs."""
        listener = Listener(call, every_s)
        self._listeners.append(listener)
        self._wake.set()
        return listener

    def unlisten(self, listener: Listener) -> None:
        """Stop calling it."""
        self._listeners.remove(listener)

    def tell(self, text: str) -> None:
        """Have something said to whoever sits here: about those who are attached, or what one of them did."""
        self._heard.append(text)
        self._changed()

    def heard(self) -> list[str]:
        """What is to be said, once."""
        told = list(self._heard)
        self._heard.clear()
        return told

    # What an operator does

    def ask(self, command: Command, who: str = "operator") -> Order:
        """Ask for a command at this instant; see ``Session.ask``."""
        self._slice()
        order = self.session.ask(command, who)
        self._mind_trouble()
        self._changed()
        return order

    def pause(self) -> None:
        """Let time stand still."""
        self._slice()
        self._give_up_journey()
        if not self._paused:
            self._paused = True
            self.session.mark("pause", self.speed)
        self._changed()

    def resume(self) -> None:
        """Let time run on."""
        self._give_up_journey()
        self._paused = False
        self._anchor()
        self._changed()

    def set_speed(self, speed: float) -> None:
        """Go at another speed, 0.1 to 3600. Raises ``ValueError`` outside of it. Lets go of the brake."""
        self._slice()
        self._pace.set_speed(speed, self._clock.now(), self.now_us)
        self.braked = None
        self.session.mark("speed", speed)
        self._changed()

    def faster(self) -> None:
        """One step up the ladder of speeds."""
        self.set_speed(next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1]))

    def slower(self) -> None:
        """One step down the ladder of speeds."""
        self.set_speed(next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0]))

    def run_to(self, time_us: int) -> Journey:
        """Run as fast as the machine can to a virtual time, then stand still. A time that has passed is here."""
        return self._set_out(Journey(max(time_us, self.now_us)))

    def step_by(self, seconds: float) -> Journey:
        """Run ``seconds`` of virtual time as fast as possible, then stand still."""
        return self.run_to(self.now_us + round(seconds * _US))

    def step(self) -> Journey:
        """Run as fast as possible to the next row of the event log, then stand still; with none to come, time stays."""
        return self._set_out(Journey(self.now_us + STEP_HORIZON_S * _US, self.session.cloud.log.count))

    def release_brake(self) -> None:
        """Go on as before the brake bit: at the old speed, and on the journey that it interrupted."""
        braked, self.braked = self.braked, None
        if braked is None:
            return
        self._pace.set_speed(braked.speed_before, self._clock.now(), self.now_us)
        self.session.mark("speed", self.speed)
        if braked.journey is not None:
            self._set_out(Journey(braked.journey.until_us, braked.journey.rows))
        self._changed()

    def set_brake(self, on: bool) -> None:
        """Switch the incident brake on or off."""
        self.brake = on
        self._changed()

    def stop(self, *, close: bool = True) -> None:
        """End ``run``. Without ``close`` the session stays open: another engine goes on with it."""
        self._stopping = True
        self._closes = close
        self._wake.set()

    async def run(self) -> None:
        """Let time run until ``stop``; then, or when cancelled, finish the session's journal."""
        self._anchor()
        try:
            while not self._stopping:
                self._wake = anyio.Event()
                more = self._slice()
                self._publish()
                if more:
                    await anyio.lowlevel.checkpoint()
                else:
                    await self._clock.wait(self._wake, self._idle_s())
        finally:
            self._give_up_journey()
            if self._closes:
                self.session.close(self.speed)

    # Inside

    def _slice(self) -> bool:
        """Run what is due, for 10 ms of wall time at most. True when there is more to do at once."""
        if self.paused:
            return False
        wall = self._clock.now()
        deadline = wall + SLICE_S
        target = self._target(wall)
        more = True
        while more and wall < deadline:
            more = self._instant(target)
            wall = self._clock.now()
        if self._journey is None:
            self._pace.note(wall, self.now_us)
        self._mind_stop()
        return more

    def _target(self, wall: float) -> int:
        target = self._journey.until_us if self._journey is not None else self._pace.target_us(wall)
        return target if self.stop_us is None else min(target, max(self.stop_us, self.now_us))

    def _mind_stop(self) -> None:
        """Stand still where that was asked for when the engine was made."""
        if self.stop_us is not None and self.now_us >= self.stop_us:
            self.stop_us = None
            self._give_up_journey()
            self._paused = True
            self.session.mark("pause", self.speed)
            self._changed()

    def _instant(self, target: int) -> bool:
        """Run one instant, or leave the clock at the target. True when there may be more before the target."""
        due, journey = self.session.next_time_us, self._journey
        if due is None or due > target:
            steps = journey is not None and journey.rows is not None
            if target > self.now_us and (not steps or target == self.stop_us):
                self.session.run_until(target)
            self._arrive()
            return False
        self.session.run_until(due)
        if self._mind_trouble():
            return False
        if journey is not None and journey.rows is not None and self.session.cloud.log.count > journey.rows:
            self._arrive()
            return False
        return True

    def _set_out(self, journey: Journey) -> Journey:
        self._slice()
        self._give_up_journey()
        self._journey = journey
        self._changed()
        return journey

    def _arrive(self) -> None:
        journey, self._journey = self._journey, None
        if journey is not None:
            self._paused = True
            self.session.mark("pause", self.speed)
            self._changed()
            journey._end(True)

    def _give_up_journey(self) -> None:
        journey, self._journey = self._journey, None
        if journey is not None:
            self._anchor()
            journey._end(False)

    def _on_trouble(self, app: str) -> None:
        """Called by the cloud in the middle of an instant: only take note."""
        if self._trouble is None:
            self._trouble = app

    def _mind_trouble(self) -> bool:
        """Brake, if an app began to fail in the instant that is now over and there is something to slow down."""
        app, self._trouble = self._trouble, None
        if app is None or not self.brake or (self.speed <= BRAKE_SPEED and self._journey is None):
            return False
        if self._journey is not None and self._journey.rows is not None:
            return False  # a step stands still after this instant anyway
        if self.braked is None:
            self.braked = Braked(app, self.now_us, self.speed, self._journey)
        if self._journey is not None:
            self._give_up_journey()
            self._paused = False
        self._pace.set_speed(min(self.speed, BRAKE_SPEED), self._clock.now(), self.now_us)
        self.session.mark("speed", self.speed)
        self._changed()
        return True

    def _anchor(self) -> None:
        self._pace.anchor(self._clock.now(), self.now_us)

    def _changed(self) -> None:
        self._control_changed = True
        self._wake.set()

    def _publish(self) -> None:
        wall = self._clock.now()
        if not self.paused and wall >= self._next_record_s:
            self.session.mark("tick", self.speed)
            self._next_record_s = wall + CLOCK_RECORD_S
        rows = self.session.cloud.log.count
        if rows != self._rows_seen:
            self._rows_seen = rows
            self._rows_changed.set()
            self._rows_changed = anyio.Event()
        at_once, self._control_changed = self._control_changed, False
        for listener in tuple(self._listeners):
            due = listener.every_s is None or wall - listener._last_s >= listener.every_s
            news = listener._rows != rows or (listener.every_s is not None and not self.paused)
            if at_once or (due and news):
                listener._last_s, listener._rows = wall, rows
                listener.call()

    def _idle_s(self) -> float | None:
        """Wall seconds until there is something to do by itself; None: not before somebody asks."""
        if self.paused:
            return None
        wall = self._clock.now()
        waits = [
            listener._last_s + listener.every_s - wall for listener in self._listeners if listener.every_s is not None
        ]
        due = self.session.next_time_us
        if due is not None:
            waits.append(self._pace.wall_until(due, wall))
        if self.session.recorder is not None:
            waits.append(self._next_record_s - wall)
        if self.stop_us is not None:
            waits.append(self._pace.wall_until(self.stop_us, wall))
        return max(0.0, min(waits)) if waits else None
