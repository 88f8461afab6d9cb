"""Where running sessions are found: a folder of the user's own with a card for each.

A card says how to reach a session and proves, by its token, that one may read it. It is written when the session
listens and deleted when it ends in order: a card whose session does not answer is that of one that was killed.
Sessions listen on a Unix socket; on Windows, and where the folder's path is too long for one, on a loopback port.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import stat
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
from anyio.abc import ByteStream, Listener, SocketAttribute, SocketStream
from pydantic import BaseModel, ConfigDict, ValidationError

from opsconsole.engine.sharing.messages import Role

CARD_SUFFIX: Final = ".json"
SOCKET_SUFFIX: Final = ".sock"
LOOPBACK: Final = "127.0.0.1"

OVER_SOCKETS: Final = os.name == "posix"
"""Whether sessions listen on Unix sockets here; elsewhere they listen on loopback ports."""


MAX_SOCKET_PATH: Final = 100
"""Bytes of a Unix socket's path that every system takes."""


class Card(BaseModel):
    """How to reach a running session: by ``socket`` (a path) or, where that is empty, by ``port``."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    name: str
    fleet: str
    pid: int
    admits: Role
    token: str
    socket: str = ""
    port: int = 0


@dataclass(frozen=True)
class Place:
    """A card and the file that it was read from."""

    path: Path
    card: Card

    @property
    def open(self) -> bool:
        """Whether its session has not ended in order."""
        return self.path.exists()


def own_folder(folder: Path) -> Path:
    """The folder, made if need be, with nobody else let in. Raises ``OSError`` if somebody else could write there."""
    for one in (folder.parent, folder):  # one by one: a mode is given to the last that is made only
        one.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix":
        for one in (folder.parent, folder):
            found = one.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, os.geteuid()):
                raise PermissionError(errno.EACCES, "it belongs to somebody else", str(one))
            if one is not folder and found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
                raise PermissionError(errno.EACCES, "anybody can write there", str(one))
        folder.chmod(0o700)
    return folder


def places(folder: Path) -> list[Place]:
    """The sessions that have a card here, by name. Raises ``OSError`` if somebody else could have written them."""
    if not folder.is_dir():
        return []
    found = []
    for path in own_folder(folder).glob(f"*{CARD_SUFFIX}"):
        with contextlib.suppress(OSError, ValidationError):  # gone just now, or nothing of ours
            found.append(Place(path, Card.model_validate_json(path.read_bytes())))
    return sorted(found, key=lambda place: place.card.name)


@asynccontextmanager
async def listening(
    folder: Path, name: str, fleet: str, admits: Role, *, over_sockets: bool = OVER_SOCKETS
) -> AsyncIterator[tuple[Listener[SocketStream], Place]]:
    """Listen for those who want to attach to a session, and have a card there for as long. Raises ``OSError``."""
    path = own_folder(folder) / f"{secrets.token_hex(6)}{CARD_SUFFIX}"
    card = Card(name=name, fleet=fleet, pid=os.getpid(), admits=admits, token=secrets.token_hex(32))
    listener: Listener[SocketStream]
    address = str(path.with_suffix(SOCKET_SUFFIX))
    if over_sockets and len(os.fsencode(address)) <= MAX_SOCKET_PATH:
        card = card.model_copy(update={"socket": address})
        listener = await anyio.create_unix_listener(card.socket, mode=0o600)
    else:
        many = await anyio.create_tcp_listener(local_host=LOOPBACK)
        listener = many
        card = card.model_copy(update={"port": many.extra(SocketAttribute.local_port)})
    place = Place(path, card)
    try:
        _write(path, card)
        yield listener, place
    finally:
        discard(place)
        with anyio.CancelScope(shield=True):
            await listener.aclose()


async def connect(place: Place) -> ByteStream:
    """A connection to a session. Raises ``OSError``."""
    card = place.card
    return await (anyio.connect_unix(card.socket) if card.socket else anyio.connect_tcp(LOOPBACK, card.port))


async def running(folder: Path) -> list[Place]:
    """The sessions that can be attached to; the cards of those that were killed are deleted. Raises as ``places``."""
    found = []
    for place in places(folder):
        if await answers(place):
            found.append(place)
        else:
            discard(place)
    return found


async def answers(place: Place) -> bool:
    """Whether somebody listens there."""
    try:
        stream = await connect(place)
    except OSError:
        return False
    await anyio.aclose_forcefully(stream)
    return True


def discard(place: Place) -> None:
    """Delete a card and its socket."""
    for path in (place.path, Path(place.card.socket) if place.card.socket else place.path):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def is_own(stream: SocketStream) -> bool:
    """Whether the process at the other end is the same user's, where the system tells; the token proves it anyway."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None or stream.extra(SocketAttribute.family) != socket.AF_UNIX:
        return True
    who = stream.extra(SocketAttribute.raw_socket).getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return bool(struct.unpack("3i", who)[1] == os.geteuid())


def _write(path: Path, card: Card) -> None:
    """Under another name first, so that nobody reads half a card."""
    draft = path.with_suffix(".tmp")
    file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(file, card.model_dump_json().encode())
    finally:
        os.close(file)
    draft.replace(path)
