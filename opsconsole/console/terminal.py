"""A terminal that goes away: an SSH connection that drops, a window that is closed.

Textual's reader would spin on a dead descriptor and its writer would stop. So the hang-up is watched for, the dead
descriptors are replaced by ones that do no harm, and the console is asked to leave in order; if even that does not come
to an end, the process ends itself, and the journal has everything that was asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

EXIT_STOPPED: Final = 4
GRACE_S: Final = 5.0
"""Wall seconds that an orderly end may take after the terminal has gone."""
FOCUS_IN: Final = b"\x1b[I"


class TerminalWatch:
    """Calls ``leave`` once, in the event loop, when the terminal hangs up or the process is told to end."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self.gone = False
        self._leave = leave
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Watch from now on. Call it from the event loop of the main thread."""
        for name in ("SIGTERM", "SIGINT"):
            self._on_signal(name, self._leave)
        self._on_signal("SIGHUP", self._hang_up)
        self._mind_continue()
        if hasattr(select, "poll"):
            threading.Thread(target=self._wait_for_hang_up, name="terminal-watch", daemon=True).start()

    def _on_signal(self, name: str, call: Callable[[], None]) -> None:
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError, ValueError):  # not on this system, or not the main thread
                self._loop.add_signal_handler(number, call)

    def _mind_continue(self) -> None:
        """A hang-up comes with SIGCONT, at which Textual would start its reader once more, on a dead terminal."""
        if not hasattr(signal, "SIGCONT") or threading.current_thread() is not threading.main_thread():
            return
        before = signal.getsignal(signal.SIGCONT)

        def continued(number: int, frame: FrameType | None) -> None:
            if os.isatty(0) and callable(before):
                before(number, frame)

        signal.signal(signal.SIGCONT, continued)

    def _wait_for_hang_up(self) -> None:
        """Sleep until the terminal is dead: asking for no event, poll still reports a hang-up."""
        poll = select.poll()
        poll.register(0, 0)
        poll.poll()
        let_go()
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._hang_up)

    def _hang_up(self) -> None:
        if self.gone:
            return
        self.gone = True
        let_go()
        end = threading.Timer(GRACE_S, os._exit, (EXIT_STOPPED,))
        end.daemon = True
        end.start()
        self._leave()


def let_go() -> None:
    """Put harmless descriptors where the dead terminal was: one with no input, and one that takes any output.

    A reader that has been told of input just now must not wait for it for ever, so there is one thing to read: that the
    terminal has the focus.
    """
    silent, feed = os.pipe()
    os.write(feed, FOCUS_IN)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 0)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
