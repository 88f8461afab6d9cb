"""How long the console takes to its first paint, as a ratio to a Textual app that shows one Static, in one run.

    python -m tests.benchmarks.first_paint [RUNS]

Each program is started in a terminal of its own, in turn; the time ends when the terminal has received the text that
only a painted screen has. The median of the ratios of neighbours is what counts: at most 1.6. The console paints its
frame first and opens the session then, so when the fleet is in the frame is told too.
"""

from __future__ import annotations

import statistics
import sys
import time

from tests.benchmarks.terminal import Terminal

LIMIT = 1.6
RUNS = 9

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
    with Terminal(sys.executable, *arguments) as terminal:
        terminal.wait_for(*texts)
        return time.perf_counter() - terminal.began


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


def main(runs: int) -> bool:
    """Measure and print; whether it is within the limit."""
    static, frame, fleet, ratio = measure(runs)
    print(
        f"first paint: one Static {static * 1000:.0f} ms, the console's frame {frame * 1000:.0f}, "
        f"with the fleet {fleet * 1000:.0f}; ratio of the frame {ratio:.2f} (at most {LIMIT})",
        flush=True,
    )
    return ratio <= LIMIT


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
