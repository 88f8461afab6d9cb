"""Attaching to a running session: it is found, greeted, and followed to where it stands."""

from __future__ import annotations

from typing import Final

import anyio

import opsconsole
from opsconsole import catalog
from opsconsole.engine.beside import beside
from opsconsole.engine.clock import WallClock
from opsconsole.engine.replay import follow
from opsconsole.engine.sharing.follower import Follower, NotAttached
from opsconsole.engine.sharing.meeting import Place, connect
from opsconsole.engine.sharing.messages import ANSWER, PROTOCOL, Answer, Hello, Refusal, Role, Welcome
from opsconsole.engine.sharing.wire import MAX_ANSWER_BYTES, Garbled, Gone, Wire
from opsconsole.engine.way import Way

WELCOME_S: Final = 10.0
"""Wall seconds in which a session must answer."""


async def attach(
    place: Place, role: Role, name: str, clock: WallClock | None = None, way: Way | None = None
) -> Follower:
    """Attach to a running session and come to where it stands. Raises ``NotAttached`` with the reason.

    ``way`` is told how much of the session has been re-run here.
    """
    try:
        wire = Wire(await connect(place), MAX_ANSWER_BYTES)
    except OSError as error:
        raise NotAttached(f"{place.card.name} does not answer: {error.strerror or error}") from None
    try:
        welcome = await _greet(wire, place, role, name)
        session = await beside(lambda: follow(welcome.header), stays=True)
        follower = Follower(session, wire, welcome, place, role, f"{role.value}:{name}", clock)
        await follower.catch_up(way or Way())
    except BaseException:
        with anyio.CancelScope(shield=True):
            await wire.close()
        raise
    return follower


async def _greet(wire: Wire, place: Place, role: Role, name: str) -> Welcome:
    answer: Answer | None = None
    try:
        with anyio.move_on_after(WELCOME_S):
            await wire.send(
                Hello(
                    protocol=PROTOCOL,
                    product=opsconsole.__version__,
                    catalog=catalog.digest(),
                    token=place.card.token,
                    role=role,
                    name=name,
                )
            )
            answer = await wire.receive(ANSWER)
    except Garbled:
        raise NotAttached(
            f"{place.card.name} runs in a version of opsconsole that this one does not understand"
        ) from None
    except Gone:
        raise NotAttached(f"{place.card.name} hung up") from None
    match answer:
        case Welcome():
            return answer
        case Refusal(text=text):
            raise NotAttached(text)
        case _:
            raise NotAttached(f"{place.card.name} does not answer: it may be stopped, or very busy")
