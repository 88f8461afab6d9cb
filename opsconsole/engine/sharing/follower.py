"""Follows a session that runs elsewhere: an engine whose time is the other's, a moment later.

It runs a session of its own with the commands that it is told, up to where the other stood when that was told, and
never beyond: a command might still come there. So it needs no clock. What an instructor does is sent to the other
session and takes effect here when it comes back with everybody's. Whenever it has caught up, both event logs are
compared.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final, NamedTuple

import anyio
import anyio.lowlevel

from opsconsole.commands import BadCommand, Command, parse
from opsconsole.engine.clock import WallClock
from opsconsole.engine.engine import SLICE_S, Braked, Engine, Journey
from opsconsole.engine.pacing import valid_speed
from opsconsole.engine.records import Asked
from opsconsole.engine.session import Order, OrderState, Scripted, Session
from opsconsole.engine.sharing.meeting import Place, answers
from opsconsole.engine.sharing.messages import (
    ANSWER,
    Answer,
    Ask,
    Note,
    Now,
    Refusal,
    Request,
    Role,
    Steer,
    Welcome,
)
from opsconsole.engine.sharing.wire import Garbled, Gone, Wire
from opsconsole.engine.way import Way

DYING_S: Final = 0.5
"""Wall seconds after its last word in which a process that was killed may still seem to listen."""

MOST_REQUESTS: Final = 50
"""What may wait to be sent; more is refused."""

WATCHING: Final = "you watch, which changes nothing: `opsconsole attach --role instructor` may"


class NotAttached(Exception):
    """A session that cannot be attached to. Its text is a sentence."""


class Why(Enum):
    """What ended the following: the session was left by its operator, or killed; or something between the two ends."""

    LEFT = auto()
    KILLED = auto()
    PARTED = auto()


class Ending(NamedTuple):
    """Why a session is followed no more, and the same as a sentence."""

    why: Why
    sentence: str


class Follower(Engine):
    """The engine of a session that is followed. What an operator does is sent, if he is an instructor.

    ``session`` is the one that ``welcome`` tells of, at its beginning.
    """

    def __init__(
        self,
        session: Session,
        wire: Wire,
        welcome: Welcome,
        place: Place,
        role: Role,
        who: str,
        clock: WallClock | None = None,
    ) -> None:
        super().__init__(session, paused=True, brake=False, clock=clock)
        self.role = role
        self.journal = welcome.journal
        """The file that the session is recorded in, if it is; it can be resumed from there."""
        self.ending: Ending | None = None
        """Why it is over; None while it is not."""
        self._wire = wire
        self._place = place
        self._who = who
        self._now: Now | None = None
        self._reached_us = 0
        self._compared = True
        self._requests: deque[Request] = deque()
        self._requested = anyio.Event()

    # What the other session says

    @property
    def paused(self) -> bool:
        """Time stands still there."""
        return self._now is not None and self._now.paused

    @property
    def speed(self) -> float:
        """The speed asked for there."""
        return 1.0 if self._now is None else self._now.speed

    @property
    def speed_had(self) -> float:
        """The speed that the other machine keeps up."""
        return 0.0 if self._now is None else self._now.speed_had

    @property
    def recording(self) -> str | None:
        """The name of the journal that the session is recorded in there."""
        return self.journal if self._now is not None and self._now.recording else None

    # What an instructor does there

    def ask(self, command: Command, who: str = "") -> Order:
        """Send a command. The order that comes back is not yet one: it will be, with a number, when it was asked there.

        Raises ``UnknownTarget``.
        """
        command.find(self.session.cloud)
        self._send(Ask(command=command.line()))
        return Order(0, command, command.line(), self._who, self.now_us)

    def pause(self) -> None:
        """Let time stand still, for everybody."""
        self._send(Steer(what="pause"))

    def resume(self) -> None:
        """Let time run on, for everybody."""
        self._send(Steer(what="resume"))

    def set_speed(self, speed: float) -> None:
        """Go at another speed, all together. Raises ``ValueError`` outside of 0.1 to 3600."""
        self._send(Steer(what="speed", speed=valid_speed(speed)))

    def run_to(self, time_us: int) -> Journey:
        """Have everybody run to a virtual time. The journey is the other session's: this one is over."""
        self._send(Steer(what="run to", time_us=max(time_us, self.now_us)))
        return Journey(time_us)

    def step(self) -> Journey:
        """Have everybody run to the next event. The journey is the other session's: this one is over."""
        self._send(Steer(what="step"))
        return Journey(self.now_us)

    def release_brake(self) -> None:
        """Have everybody go on as before the brake bit."""
        self._send(Steer(what="release"))

    def set_brake(self, on: bool) -> None:
        """Switch the other session's brake."""
        if self._send(Steer(what="brake on" if on else "brake off")):
            self.brake = on  # until it is told, so that nobody switches it twice

    def _send(self, request: Request) -> bool:
        if self.role is not Role.INSTRUCTOR:
            self.tell(WATCHING)
            return False
        if len(self._requests) >= MOST_REQUESTS:
            self.tell("the session does not take more now: not sent")
            return False
        self._requests.append(request)
        self._requested.set()
        return True

    # Following

    async def run(self) -> None:
        """Follow until ``stop``, or until there is nothing more to follow; ``ending`` says why then."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._listen)
                group.start_soon(self._write)
                await super().run()
                group.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._wire.close()

    async def catch_up(self, way: Way) -> None:
        """Come to where the session stood when it began to be followed. Raises ``NotAttached`` if it ends before."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen)
            while self._now is None and self.ending is None:
                self._wake = anyio.Event()
                await self._wake.wait()
            until_us = 0 if self._now is None else self._now.t
            while self.ending is None and self.now_us < until_us:
                self._slice()
                way.share = self.now_us / until_us
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        if self.ending is not None:
            raise NotAttached(self.ending.sentence)
        self._heard.clear()  # what was refused before is no news

    async def _listen(self) -> None:
        """Take what the session tells, until it tells no more."""
        try:
            while self.ending is None:
                self._take(await self._wire.receive(ANSWER))
        except Garbled as garbled:
            self._end(Ending(Why.PARTED, f"the session said what this program does not understand: {garbled}"))
        except Gone:
            self._end(await self._gone())

    def _take(self, message: Answer) -> None:
        match message:
            case Asked():
                self._schedule(message)
            case Now():
                self._now, self._compared = message, False
                self._reached_us = max(self._reached_us, message.t)
                self.brake, self.company = message.brake, message.company
                self._take_brake(message)
            case Note(text=text):
                self.tell(text)
            case Refusal(text=text):
                self._end(Ending(Why.PARTED, text))
            case Welcome():
                self._end(Ending(Why.PARTED, "the session began anew"))
        self._changed()

    def _schedule(self, asked: Asked) -> None:
        try:
            command = parse(asked.command)
        except BadCommand as problem:
            self._diverge(f"`{asked.command}` is no command here: {problem}")
            return
        self.session.schedule([Scripted(asked.t, asked.who, command)])
        self._reached_us = max(self._reached_us, asked.t)
        self._compared = True  # what was told before does not hold any more

    def _take_brake(self, now: Now) -> None:
        holds = now.braked
        braked = None if holds is None else Braked(holds.app, holds.time_us, holds.speed_before, None)
        if braked != self.braked:  # who looks at it tells two by which object it is
            self.braked = braked

    async def _gone(self) -> Ending:
        """Nothing more comes: the session was left, or this end was too slow, or it was killed."""
        if not self._place.open:
            return Ending(Why.LEFT, "the session was left by its operator")
        await anyio.sleep(DYING_S)
        if await answers(self._place):
            return Ending(Why.PARTED, "the session goes on, but this terminal could not keep up with it: attach again")
        return Ending(Why.KILLED, "the session ended abruptly")

    async def _write(self) -> None:
        """Send what is asked here."""
        try:
            while True:
                self._requested = anyio.Event()
                while self._requests:
                    await self._wire.send(self._requests.popleft())
                await self._requested.wait()
        except Gone:
            return  # who listens finds out why

    def _end(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
        self.stop()

    # Inside

    def _slice(self) -> bool:
        deadline = self._clock.now() + SLICE_S
        seen = self.session.last_seq
        try:
            more = True
            while more and self._clock.now() < deadline:
                more = self._instant(self._reached_us)
        except BadCommand as problem:
            self._diverge(str(problem))
            return False
        for number in range(seen + 1, self.session.last_seq + 1):
            self._tell_refusal(self.session.order(number))
        if not more:
            self._compare()
        return more

    def _compare(self) -> None:
        now, log = self._now, self.session.cloud.log
        if now is None or self._compared or self.now_us != now.t:
            return
        self._compared = True
        if (log.count, log.digest) != (now.rows, now.digest):
            self._diverge(f"after {log.count} events here and {now.rows} there")

    def _diverge(self, what: str) -> None:
        self._end(Ending(Why.PARTED, f"what is computed here is not what the session computes ({what}): attach again"))

    def _tell_refusal(self, order: Order | None) -> None:
        """What an instructor asked came back refused: nobody else tells him."""
        if order is not None and order.who == self._who and order.state is OrderState.REFUSED:
            self.tell(f"{order.line}: {order.code}: {order.sentence}")

    def _mind_trouble(self) -> bool:
        self._trouble = None  # the brake that bites is the other session's
        return False

    def _idle_s(self) -> float | None:
        return None  # only what is told there makes anything happen here
