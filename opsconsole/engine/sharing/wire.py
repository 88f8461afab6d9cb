"""Lines over a stream: what comes in is bounded and checked before anybody looks at it."""

from __future__ import annotations

from typing import Final, TypeVar

import anyio
from anyio.abc import ByteStream
from anyio.streams.buffered import BufferedByteReceiveStream
from pydantic import BaseModel, TypeAdapter, ValidationError

from opsconsole.engine.lines import MAX_LINE_BYTES

MAX_REQUEST_BYTES: Final = 16 * 1024
"""A longer line from somebody who attaches is nothing that this program says."""

MAX_ANSWER_BYTES: Final = MAX_LINE_BYTES
"""The welcome holds the fleet's text, as a journal's first line does."""

_Message = TypeVar("_Message")


STUCK_S: Final = 10.0
"""Wall seconds in which the other side must take what it is sent."""


class Gone(Exception):
    """The other side has closed, or is dead."""


class Stuck(Gone):
    """The other side does not take what it is sent."""


class Garbled(Exception):
    """The other side said what nobody says here. Its text is a sentence."""


class Wire:
    """A stream of lines. ``receive`` may be cancelled without losing a byte."""

    def __init__(self, stream: ByteStream, most_bytes: int) -> None:
        self._stream = stream
        self._buffered = BufferedByteReceiveStream(stream)
        self._most = most_bytes

    async def receive(self, kind: TypeAdapter[_Message]) -> _Message:
        """The next message. Raises ``Gone`` or ``Garbled``."""
        try:
            line = await self._buffered.receive_until(b"\n", self._most)
        except anyio.DelimiterNotFound:
            raise Garbled(f"a line of more than {self._most} bytes") from None
        except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise Gone from None
        try:
            return kind.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise Garbled(f"not a message: {where}: {first['msg']}") from None

    async def send(self, *messages: BaseModel) -> None:
        """Send messages in order; waits until the other side takes them. Raises ``Gone``, or ``Stuck``."""
        try:
            with anyio.fail_after(STUCK_S):
                await self._stream.send(b"".join(message.model_dump_json().encode() + b"\n" for message in messages))
        except TimeoutError:
            raise Stuck from None
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            raise Gone from None

    async def close(self) -> None:
        """Close it at once."""
        await anyio.aclose_forcefully(self._stream)
