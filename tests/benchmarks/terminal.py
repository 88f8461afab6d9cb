"""A program in a terminal of its own: a pty of 160x48, read and written as a person's would be."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024
ESCAPES = re.compile(r"\x1b\[[0-9;?<]*[A-Za-z]")
TOLD = 3000
"""Characters of what a program wrote last."""
PRESS_S = 0.7
SILENCE_S = 0.1
ANSWER_S = 2.0
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
CACHE = tempfile.mkdtemp(prefix="opsconsole-bytecode-")
"""Every program runs from compiled files, as installed ones do."""


class Ended(Exception):
    """The program is no longer there; what it wrote last is in the text."""


class Terminal:
    """A program in a pty. Used as a context manager it is ended at the end."""

    def __init__(self, *command: str) -> None:
        self.began = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            kept = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS", NO_BYTECODE)}
            kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPYCACHEPREFIX": CACHE}
            os.execvpe(command[0], command, kept)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))
        self.last = b""
        """The end of what it has written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)

    # -- reading and writing --------------------------------------------------------------------------------------

    def read(self, seconds: float) -> bytes:
        """What it writes next, nothing if it stays silent for so long. Raises ``Ended``."""
        if not select.select([self.master], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            got = os.read(self.master, 1 << 20)
        except OSError:  # Linux's way to say that nobody is at the other end
            got = b""
        if not got:
            raise Ended(ESCAPES.sub("", self.last.decode("utf-8", "replace"))[-TOLD:].strip())
        self.last = (self.last + got)[-40000:]
        return got

    def drain(self, seconds: float) -> int:
        """Bytes that it writes in so many seconds."""
        until, count = time.perf_counter() + seconds, 0
        while (left := until - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def wait_for(self, *texts: bytes, seconds: float = 60.0) -> float:
        """Seconds from now until it has written all of the texts. Raises ``TimeoutError``."""
        began, got = time.perf_counter(), b""
        while not all(text in got for text in texts):
            left = began + seconds - time.perf_counter()
            if left <= 0:
                raise TimeoutError(f"{texts!r} never came: {got[-400:]!r}")
            got += self.read(left)
        return time.perf_counter() - began

    def press(self, *keys: bytes) -> None:
        """Press keys, with time after each for what it opens."""
        for key in keys:
            os.write(self.master, key)
            self.drain(PRESS_S)

    def answer_to(self, key: bytes, pattern: bytes) -> bytes:
        """What it writes at last after a key that fits a pattern: how one knows that the key has been answered."""
        os.write(self.master, key)
        self.drain(ANSWER_S)
        return re.findall(pattern, self.last)[-1]

    def key_to_paint_ms(self, key: bytes, answer: bytes) -> float:
        """Milliseconds from a key until it has written the answer to it."""
        while self.read(SILENCE_S):  # what is left of the answer to the key before
            pass
        os.write(self.master, key)
        return self.wait_for(answer) * 1000

    # -- what it costs ---------------------------------------------------------------------------------------------

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self) -> float:
        """Memory that it holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE_KB / 1024

    def load(self, seconds: float) -> tuple[float, float]:
        """Percent of a core, and KB/s to the terminal."""
        before, began = self.cpu_s(), time.perf_counter()
        written = self.drain(seconds)
        took = time.perf_counter() - began
        return 100 * (self.cpu_s() - before) / took, written / took / 1000


class Probed(Terminal):
    """A Python module in a pty whose event loop can be asked how late it calls; see ``probe.py``."""

    def __init__(self, *module: str) -> None:
        self.notes = Path(tempfile.mkstemp(prefix="opsconsole-lag-")[1])
        super().__init__(sys.executable, "-m", "tests.benchmarks.probe", str(self.notes), *module)

    def lag_ms(self, seconds: float) -> tuple[float, float]:
        """How late its event loop calls: 95th percentile and maximum over so many seconds."""
        os.kill(self.pid, signal.SIGUSR1)
        self.drain(seconds)
        self.notes.write_text("")
        os.kill(self.pid, signal.SIGUSR2)
        while not (text := self.notes.read_text()):
            self.drain(0.02)
        p95, most = json.loads(text)
        return p95, most

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.notes.unlink()
