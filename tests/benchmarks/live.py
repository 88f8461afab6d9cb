"""What the console costs while it is open, beside a `DataTable` with the same rows and a peer from the package index.

    python -m tests.benchmarks.live                                      everything: about half an hour
    python -m tests.benchmarks.live --nodes 200 --speeds 1 --rounds 1    one case
    python -m tests.benchmarks.live --parts first-paint,peer             first-paint, console, table, peer

Each program runs in a terminal of its own (a pty, 160x48), the real ones, in turn. Per case: seconds until the fleet is
on the screen; CPU of one core; KB/s to the terminal; how late the event loop calls (asked of it from outside, see
`probe.py`); milliseconds from a key that moves the selection to the paint of what it selects. Medians of the rounds.
The console's limits: paused under 1 % of a core; 200 nodes at 1x under 5 % and 20 KB/s; key to paint under 50 ms (95th
percentile) with 1,000 nodes at 60x; no stall over 50 ms; first paint at most 1.6 x that of a one-Static app.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import first_paint
from tests.benchmarks.fleets import fleet_of
from tests.benchmarks.terminal import Probed, Terminal

NODES = (12, 200, 1000, 10000)
SPEEDS = (1, 60, 3600)
PARTS = ("first-paint", "console", "table", "peer")
SETTLE_S = 3.0
HEAD = ("", "opens s", "CPU %", "KB/s", "lag p95 ms", "max", "key p50 ms", "p95")
RIGHT, LEFT, DOWN, UP = (b"\x1b[" + end for end in (b"C", b"D", b"B", b"A"))


class Driven(NamedTuple):
    """A program, and how it is driven: what says that it is open, keys that lead to where it is measured, two keys that
    move the selection there and back, and a pattern of what answers them.
    """

    name: str
    module: tuple[str, ...]
    opened: bytes
    prepare: tuple[bytes, ...]
    keys: tuple[bytes, bytes]
    answer: bytes


def console(fleet: Path, speed: int) -> Driven:
    """The console: the path to the selected thing is in a title of the panel beside the map.

    The filter finds a node and is deleted again; an escape key could meet the next key and become another one.
    """
    module = ("opsconsole", str(fleet), "--speed", str(speed), "--no-journal", "--fresh")
    prepare = (b"/", b"db000-1", b"\r", b"/", b"\x7f" * 7, b"\r")
    return Driven("console", module, b"Topology", prepare, (RIGHT, LEFT), "› (\\S+) ".encode())


def table(fleet: Path, speed: int) -> Driven:
    """The `DataTable`: a row that the cursor enters is painted with its node's id."""
    module = ("tests.benchmarks.table", str(fleet), "--speed", str(speed))
    return Driven("DataTable", module, b"open", (), (DOWN, UP), b"db")


def measured(driven: Driven, seconds: float, keys: int, pause: bool) -> list[float]:
    """The figures of one round, in the order of HEAD."""
    with Probed(*driven.module) as terminal:
        opens_s = terminal.wait_for(driven.opened)
        terminal.press(*driven.prepare, *((b" ",) if pause else ()))
        terminal.drain(SETTLE_S)
        load, lag = terminal.load(seconds), terminal.lag_ms(seconds)
        answers = [terminal.answer_to(key, driven.answer) for key in driven.keys]
        delays = sorted(terminal.key_to_paint_ms(driven.keys[n % 2], answers[n % 2]) for n in range(keys))
        return [opens_s, *load, *lag, statistics.median(delays), delays[int(keys * 0.95)]]


def peer(seconds: float) -> list[float]:
    """Glances, which shows the processes of this machine, once a second: what can be seen of it from outside."""
    command = (sys.executable, "-m", "glances", "--time", "1", "--disable-check-update")
    with Terminal(*command) as terminal:
        opens_s = terminal.wait_for(b"CPU")
        terminal.drain(SETTLE_S)
        return [opens_s, *terminal.load(seconds)]


def row(title: str, figures: Sequence[float]) -> str:
    """One row of the printed table."""
    return f"{title:36}" + "".join(f"{figure:12.1f}" for figure in figures)


def cases(parts: Sequence[str], nodes: Sequence[int], speeds: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Nodes, speed, and whether time stands still."""
    if "console" in parts or "table" in parts:
        for count in nodes:
            yield count, 1, True
            yield from ((count, speed, False) for speed in speeds)


def medians(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Column by column."""
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def main(options: argparse.Namespace, folder: Path) -> bool:
    """Measure what is asked for and print it; whether the first paint is within its limit."""
    held = "first-paint" not in options.parts or first_paint.main(max(options.rounds, first_paint.RUNS))
    print(f"{HEAD[0]:36}" + "".join(f"{title:>12}" for title in HEAD[1:]), flush=True)
    for count, speed, paused in cases(options.parts, options.nodes, options.speeds):
        fleet = folder / f"many{count}.toml"
        fleet.write_text(fleet_of(count), encoding="utf-8")
        makers = [make for part, make in (("console", console), ("table", table)) if part in options.parts]
        driven = [make(fleet, speed) for make in makers]
        rounds = [
            [measured(one, options.seconds, options.keys, paused) for one in driven] for _ in range(options.rounds)
        ]
        for one, of_it in zip(driven, zip(*rounds, strict=True), strict=True):
            title = f"{one.name}, {count:,} nodes, {'paused' if paused else f'{speed}x'}"
            print(row(title, medians(of_it)), flush=True)
    if "peer" in options.parts:
        print(row("Glances, this machine's processes", medians([peer(options.seconds) for _ in range(options.rounds)])))
    return bool(held)


def arguments() -> argparse.Namespace:
    """What is asked for."""

    def several(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=several, default=NODES)
    parser.add_argument("--speeds", type=several, default=SPEEDS)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS, metavar=",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        sys.exit(not main(arguments(), Path(made)))
