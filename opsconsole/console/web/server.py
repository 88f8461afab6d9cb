"""Serves the console to one page at a time: each time the page opens, a console of its own runs, and ends with it.

textual-serve carries keys and paint between the page's socket and the process; what may come in is the guard's.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import WSCloseCode, web
from textual_serve.server import Server

from opsconsole.console.web.guard import LOCAL, SOCKET, STATIC, guard

TAKEN: Final = "SIMULATED: the session is open in another tab. Close that one, then reload this page."
HERE: Final = Path(__file__).parent
PATIENCE_S: Final = 5.0
"""Wall seconds that a page waits for the session before it to end, as when it is reloaded; and that an end may take."""


class OnePage:
    """The server's application: a page with a terminal, and one session at a time behind it."""

    def __init__(self, command: str, title: str, token: str, port: int, patience_s: float = PATIENCE_S) -> None:
        """``command`` is a shell's line that runs the console; it is told to end when its page is gone."""
        self._carrier = Server(command, host=LOCAL[0], port=port, title=title)
        self._token = token
        self._guard = guard(token, port)
        self._patience_s = patience_s
        self._free = asyncio.Lock()
        self._session: asyncio.Task[object] | None = None

    def application(self) -> web.Application:
        """What aiohttp runs."""
        made = web.Application(middlewares=[self._guard])
        made.router.add_get("/{token}/", self._page)
        made.router.add_get("/{token}/focus.js", self._focus)
        made.router.add_get(f"/{{token}}{SOCKET}", self._socket)
        made.router.add_static(STATIC, self._carrier.statics_path)
        made.on_shutdown.append(self._end)
        return made

    async def _page(self, request: web.Request) -> web.Response:
        page = Template((HERE / "page.html").read_text(encoding="utf-8"))
        at = f"ws://{request.host}/{self._token}{SOCKET}"
        text = page.substitute(title=escape(self._carrier.title), socket=escape(at))
        return web.Response(text=text, content_type="text/html")

    async def _focus(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "focus.js")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """One session for as long as the page is there; to a second page a sentence."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            return await self._refuse(request)
        self._session = asyncio.current_task()
        try:
            return await self._carrier.handle_websocket(request)
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(_no_child(), self._patience_s)
            self._session = None
            self._free.release()

    async def _refuse(self, request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.send_bytes(TAKEN.encode())
        await answer.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"open in another tab")
        return answer

    async def _end(self, application: web.Application) -> None:
        """Tell the session to end, and give it a while for that; what then still runs sees that nobody is there."""
        if self._session is not None:
            self._session.cancel()
            await asyncio.wait({self._session}, timeout=self._patience_s)


async def _no_child() -> None:
    """Wait until the console's process is gone: textual-serve waits for the end of what it writes only."""
    if not hasattr(os, "waitid"):  # on Windows nobody waits for children
        return
    with suppress(ChildProcessError):  # what it raises when there is none
        while True:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # noqa: ASYNC222 it does not wait
            await asyncio.sleep(0.02)


def serve(listening: socket.socket, command: str, title: str, token: str, ready: Callable[[str], None]) -> None:
    """Serve until somebody stops the process (SIGINT, SIGTERM); ``ready`` is told the address of the page."""
    asyncio.run(_serve(listening, command, title, token, ready))


async def _serve(listening: socket.socket, command: str, title: str, token: str, ready: Callable[[str], None]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows Ctrl-C raises KeyboardInterrupt instead
            loop.add_signal_handler(number, stop.set)
    host, port = listening.getsockname()
    page = OnePage(command, title, token, port)
    runner = web.AppRunner(page.application(), access_log=None, shutdown_timeout=PATIENCE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        ready(f"http://{host}:{port}/{token}/")
        await stop.wait()
    finally:
        await runner.cleanup()
