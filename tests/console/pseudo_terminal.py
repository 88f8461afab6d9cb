"""The console in a pseudo terminal of its own, as a person would have it."""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

PATIENCE_S = 60.0


class Terminal:
    """A program in a pseudo terminal of its own, and what it has written there."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.descriptor = descriptor
        self.written = b""

    def wait_for(self, text: bytes) -> None:
        """Read until the program has written a text."""
        until = time.monotonic() + PATIENCE_S
        while text not in self.written:
            assert time.monotonic() < until, f"{text!r} never came: {self.written[-2000:]!r}"
            self.read(0.1)

    def read(self, seconds: float) -> None:
        """Read what there is, for a while at most."""
        if select.select([self.descriptor], [], [], seconds)[0]:
            try:
                self.written += os.read(self.descriptor, 1 << 16)
            except OSError:  # the program has ended
                time.sleep(seconds)

    def type(self, text: bytes) -> None:
        """Press keys."""
        os.write(self.descriptor, text)

    def end(self, patience_s: float = PATIENCE_S) -> tuple[int, float]:
        """Wait until the program has ended: its exit code (128 + signal if killed), and the CPU seconds it used."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        until = time.monotonic() + patience_s
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            assert time.monotonic() < until, "the program does not end"
            if self.descriptor >= 0:
                self.read(0.05)
            else:
                time.sleep(0.05)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.pid = 0
        code = os.waitstatus_to_exitcode(status)
        return (128 - code if code < 0 else code), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def hang_up(self) -> None:
        """The terminal goes away, as when a window is closed or SSH drops."""
        os.close(self.descriptor)
        self.descriptor = -1


@contextmanager
def opsconsole(*arguments: str, ignore_hangup: bool = False, **environment: str) -> Iterator[Terminal]:
    """`opsconsole ARGUMENTS` in a terminal of 120x40; what it remembers is nobody's."""
    own = TemporaryDirectory()
    pid, descriptor = pty.fork()
    if pid == 0:
        if ignore_hangup:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # an environment of its own: readline, which pytest loads, puts LINES and COLUMNS behind Python's back
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES", "COLUMNS")}
        kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_STATE_HOME": own.name, **environment}
        os.execve(sys.executable, [sys.executable, "-m", "opsconsole", *arguments], kept)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    terminal = Terminal(pid, descriptor)
    try:
        yield terminal
    finally:
        if terminal.pid:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
        if terminal.descriptor >= 0:
            os.close(terminal.descriptor)
        own.cleanup()
