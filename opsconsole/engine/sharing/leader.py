"""Lets others follow a running session, and instructors act in it. It can only be slow for those who are slow.

For each who is attached there is a cursor over the session's commands and no queue: what he has not taken yet is not
kept for him, he is brought up to date when he takes more. While nobody is attached nothing runs but the system's own
waiting for a connection.
"""

from __future__ import annotations

import contextlib
import hmac
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import anyio
from anyio.abc import SocketStream

import opsconsole
from opsconsole import catalog
from opsconsole.commands import BadCommand, parse
from opsconsole.engine.engine import Engine, Listener
from opsconsole.engine.records import Asked
from opsconsole.engine.replay import header_of
from opsconsole.engine.sharing.guests import MOST, Guest, told_of
from opsconsole.engine.sharing.meeting import OVER_SOCKETS, Place, discard, is_own, listening, running
from opsconsole.engine.sharing.messages import (
    HELLO,
    PROTOCOL,
    REQUEST,
    Ask,
    BrakeHolds,
    Hello,
    Note,
    Now,
    Refusal,
    Role,
    Steer,
    Welcome,
)
from opsconsole.engine.sharing.wire import MAX_REQUEST_BYTES, Garbled, Gone, Stuck, Wire
from opsconsole.engine.shelf import SUFFIX

HELLO_S: Final = 5.0
"""Wall seconds in which somebody who has connected must say who he is."""

LOOK_S: Final = 0.25
"""Wall seconds between two times that those attached are told how far the session has come."""

REQUEST_S: Final = 0.02
"""Wall seconds before an instructor's next request is read: a flood of them leaves the session its time."""

AT_ONCE: Final = 500
"""Commands that are told in one go."""


async def share(engine: Engine, folder: Path, admits: Role, *, over_sockets: bool = OVER_SOCKETS) -> None:
    """Let others attach to the engine's session until cancelled. Where that cannot be, the engine tells why.

    ``folder`` is where they look for it, ``admits`` the most that they may do.
    """
    fleet = engine.session.cloud.fleet.name
    try:
        await running(folder)  # those who were killed leave their cards behind
        async with listening(folder, _name(engine), fleet, admits, over_sockets=over_sockets) as (listener, place):
            await listener.serve(Leader(engine, place).meet)
    except OSError as error:
        engine.tell(f"nobody can attach to this session: {error.filename or folder}: {error.strerror or error}")


def _name(engine: Engine) -> str:
    """What the session is called: as its journal is, else after its fleet."""
    if engine.recording is not None:
        return engine.recording.removesuffix(SUFFIX)
    return f"{engine.session.cloud.fleet.name}-{os.getpid()}".replace(" ", "_")


class Leader:
    """The session's side of all connections."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place
        self._guests: list[Guest] = []
        self._connected = 0
        self._listener: Listener | None = None

    async def meet(self, stream: SocketStream) -> None:
        """Somebody has connected: talk to him until he goes, or has to."""
        wire = Wire(stream, MAX_REQUEST_BYTES)
        self._connected += 1
        try:
            guest = await self._greet(wire, stream)
            await self._entertain(guest)
        except Refused as refused:
            await _refuse(wire, str(refused))
        except Garbled as garbled:
            await _refuse(wire, f"detached: this was {garbled}")
        except Gone:
            pass
        except anyio.get_cancelled_exc_class():
            discard(self._place)  # before he sees the connection end: that the card is gone tells him that all is well
            raise
        finally:
            self._connected -= 1
            with anyio.CancelScope(shield=True):
                await wire.close()

    async def _greet(self, wire: Wire, stream: SocketStream) -> Guest:
        """Hear who it is. Raises ``Refused``."""
        if self._connected > MOST:
            raise Refused(f"{MOST} are attached to this session already, which is the most")
        with anyio.move_on_after(HELLO_S):
            hello = await wire.receive(HELLO)
            self._admit(hello, stream)
            return Guest(hello.name, hello.role, wire)
        raise Refused("nothing was said")

    def _admit(self, hello: Hello, stream: SocketStream) -> None:
        if not hmac.compare_digest(hello.token.encode(), self._place.card.token.encode()) or not is_own(stream):
            raise Refused("the token is not this session's")
        here = PROTOCOL, opsconsole.__version__, catalog.digest()
        if (hello.protocol, hello.product, hello.catalog) != here:
            raise Refused(
                f"the session runs in opsconsole {opsconsole.__version__} and this is {hello.product or 'another'}, or "
                "its catalog's data differs: only the same version computes the same session"
            )
        if hello.role is Role.INSTRUCTOR and self._place.card.admits is not Role.INSTRUCTOR:
            raise Refused("this session lets others watch only: attach with --role watch")

    async def _entertain(self, guest: Guest) -> None:
        engine = self._engine
        recorder = engine.session.recorder
        journal = str(recorder.path) if recorder is not None and recorder.trouble is None else ""
        await guest.wire.send(Welcome(header=header_of(engine.session), journal=journal))
        self._guests.append(guest)
        self._company(f"{guest.name} is attached: {guest.role.value}")
        try:
            await self._converse(guest)
        except Stuck:
            engine.tell(f"{guest.name} does not keep up")
        finally:
            self._guests.remove(guest)
            self._company(f"{guest.name} is no longer attached")

    async def _converse(self, guest: Guest) -> None:
        """Tell and be asked, until one of both ends. Raises what ended it."""
        ends: list[Exception] = []

        async def until_it_ends(part: Callable[[Guest], Awaitable[None]], conversation: anyio.CancelScope) -> None:
            try:
                await part(guest)
            except (Gone, Garbled, Refused) as end:
                ends.append(end)
                conversation.cancel()

        async with anyio.create_task_group() as group:
            for part in (self._bring_up_to_date, self._serve):
                group.start_soon(until_it_ends, part, group.cancel_scope)
        raise ends[0]

    # -- telling -------------------------------------------------------------------------------------------------

    async def _bring_up_to_date(self, guest: Guest) -> None:
        """Tell what has been asked and how far time has come, over and over, as fast as it is taken."""
        while True:
            guest.news = anyio.Event()
            messages = self._untold(guest)
            if messages:
                await guest.wire.send(*messages)
            else:
                await guest.news.wait()

    def _untold(self, guest: Guest) -> list[Asked | Now | Note]:
        """What to tell next: looked up at one instant, so that time is told with all commands up to it."""
        session, first = self._engine.session, guest.cursor + 1
        asked = session.asked[guest.cursor : guest.cursor + AT_ONCE]
        guest.cursor += len(asked)
        messages: list[Asked | Now | Note] = [
            Asked(seq=seq, t=one.time_us, who=one.who, command=one.command.line())
            for seq, one in enumerate(asked, start=first)
        ]
        if guest.cursor == len(session.asked) and (now := self._now()) != guest.told:
            guest.told = now
            messages.append(now)
        while guest.notes:
            messages.append(Note(text=guest.notes.popleft()))
        return messages

    def _now(self) -> Now:
        engine, log, braked = self._engine, self._engine.session.cloud.log, self._engine.braked
        holds = None
        if braked is not None:
            holds = BrakeHolds(app=braked.app, time_us=braked.time_us, speed_before=braked.speed_before)
        return Now(
            t=engine.now_us,
            rows=log.count,
            digest=log.digest,
            paused=engine.paused,
            speed=engine.speed,
            speed_had=engine.speed_had,
            brake=engine.brake,
            braked=holds,
            recording=engine.recording is not None,
            company=engine.company,
        )

    def _news(self) -> None:
        for guest in self._guests:
            guest.news.set()

    def _company(self, change: str) -> None:
        """Somebody came or went: say so, and follow the engine only while somebody is there."""
        engine = self._engine
        engine.company = told_of(self._guests)
        engine.tell(change)
        if self._guests and self._listener is None:
            self._listener = engine.listen(self._news, LOOK_S)
        elif not self._guests and self._listener is not None:
            engine.unlisten(self._listener)
            self._listener = None

    # -- being asked ---------------------------------------------------------------------------------------------

    async def _serve(self, guest: Guest) -> None:
        """Do what an instructor asks, one thing after the other. Raises ``Gone``, ``Garbled`` or ``Refused``."""
        while True:
            request = await guest.wire.receive(REQUEST)
            if guest.role is not Role.INSTRUCTOR:
                raise Refused("who watches changes nothing: attach with --role instructor")
            try:
                self._ask(guest, request) if isinstance(request, Ask) else self._steer(guest, request)
            except BadCommand as problem:
                guest.notes.append(f"not done: {problem}")
            guest.news.set()
            await anyio.sleep(REQUEST_S)

    def _ask(self, guest: Guest, request: Ask) -> None:
        self._engine.ask(parse(request.command), guest.who)

    def _steer(self, guest: Guest, request: Steer) -> None:
        engine = self._engine
        match request.what:
            case "pause":
                engine.pause()
            case "resume":
                engine.resume()
            case "speed":
                engine.set_speed(request.speed)
            case "run to":
                engine.run_to(request.time_us)
            case "step":
                engine.step()
            case "release":
                engine.release_brake()
            case "brake on" | "brake off":
                engine.set_brake(request.what == "brake on")
        engine.session.steered(guest.who, said(request))
        engine.tell(f"{guest.name}: {said(request)}")


class Refused(Exception):
    """Somebody may not attach, or not go on. Its text is a sentence for him."""


def said(request: Steer) -> str:
    """What somebody did to time, as people and journals read it."""
    match request.what:
        case "speed":
            return f"speed {request.speed:g}"
        case "run to":
            return f"run to {request.time_us / 1_000_000:g}s"
        case what:
            return what


async def _refuse(wire: Wire, text: str) -> None:
    """Say why, to somebody who may not be listening."""
    with anyio.move_on_after(1.0, shield=True):
        with contextlib.suppress(Gone):
            await wire.send(Refusal(text=text))
