"""How long the console takes to its first paint, as a ratio to a Textual app that shows one Static, in one run.

    python tests/benchmarks/first_paint.py [RUNS]

Each program is started in a terminal of its own (a pty, 160x48), in turn; the time ends when the terminal has received
the text that only a painted screen has. The median of the ratios of neighbours is what counts: at most 1.6. The console
paints its frame first and opens the session then, so when the fleet is in the frame is told too.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time

LIMIT = 1.6
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
CACHE = tempfile.mkdtemp(prefix="opsconsole-bytecode-")
"""Both programs run from compiled files, as installed ones do."""
RUNS = 9
TIMEOUT_S = 20.0

ONE_STATIC = """
from textual.app import App
from textual.widgets import Static

class OneStatic(App):
    def compose(self):
        yield Static("painted")

OneStatic().run()
"""
CONSOLE = ["-m", "opsconsole", "global_aurora", "--no-journal"]


def first_paint(arguments: list[str], *texts: bytes) -> float:
    """Seconds from the start of Python with these arguments to the paint of all the texts."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        kept = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS", NO_BYTECODE)}
        kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPYCACHEPREFIX": CACHE}
        os.execve(sys.executable, [sys.executable, *arguments], kept)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))
    try:
        return _wait_for(terminal, texts) - began
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def _wait_for(terminal: int, texts: tuple[bytes, ...]) -> float:
    got = b""
    until = time.perf_counter() + TIMEOUT_S
    while not all(text in got for text in texts):
        if not select.select([terminal], [], [], max(0.0, until - time.perf_counter()))[0]:
            raise TimeoutError(f"not painted after {TIMEOUT_S} s: {got[-400:]!r}")
        got += os.read(terminal, 1 << 16)
    return time.perf_counter()


def measure(runs: int = RUNS) -> tuple[float, float, float, float]:
    """Median seconds of the one-Static app and of the console, its frame and its fleet, and the median ratio.

    The first round warms up and does not count.
    """
    rounds = [
        (
            first_paint(["-c", ONE_STATIC], b"painted"),
            first_paint(CONSOLE, b"SIMULATED", b"Events"),
            first_paint(CONSOLE, b"SIMULATED", b"checkout"),
        )
        for _ in range(runs + 1)
    ][1:]
    statics, frames, fleets = zip(*rounds, strict=True)
    ratio = statistics.median(frame / static for static, frame, _ in rounds)
    return statistics.median(statics), statistics.median(frames), statistics.median(fleets), ratio


if __name__ == "__main__":
    static, frame, fleet, ratio = measure(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
    print(
        f"one Static {static * 1000:.0f} ms, the console's frame {frame * 1000:.0f}, with the fleet {fleet * 1000:.0f}"
    )
    print(f"ratio of the frame {ratio:.2f} (at most {LIMIT}), of the fleet {fleet / static:.2f}")
    sys.exit(ratio > LIMIT)
