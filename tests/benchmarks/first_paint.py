"""How long the console takes to its first paint, as a ratio to a Textual app that shows one Static, in one run.

    python tests/benchmarks/first_paint.py [RUNS]

Each program is started in a terminal of its own (a pty, 160x48), in turn; the time ends when the terminal has received
the text that only a painted screen has. The median of the ratios of neighbours is what counts: at most 1.6.
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
import termios
import time

LIMIT = 1.6
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
        os.environ["TERM"] = "xterm-256color"
        os.environ["COLORTERM"] = "truecolor"
        os.execv(sys.executable, [sys.executable, *arguments])
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


def measure(runs: int = RUNS) -> tuple[float, float, float]:
    """Median seconds of the one-Static app, of the console, and the median of their ratios; the first run warms up."""
    pairs = [(first_paint(["-c", ONE_STATIC], b"painted"), first_paint(CONSOLE, b"SIMULATED")) for _ in range(runs + 1)][
        1:
    ]
    statics, consoles = zip(*pairs, strict=True)
    ratio = statistics.median(console / static for static, console in pairs)
    return statistics.median(statics), statistics.median(consoles), ratio


if __name__ == "__main__":
    static, console, ratio = measure(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
    print(f"one Static {static * 1000:.0f} ms, console {console * 1000:.0f} ms, ratio {ratio:.2f} (limit {LIMIT})")
    sys.exit(ratio > LIMIT)
