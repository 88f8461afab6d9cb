"""Hours of chaos in the real console: is its memory flat, are its keys answered as fast at the end as at the start?

    python -m tests.benchmarks.soak [--hours 8] [--speed 60] [--seed 1] [--fleet global_aurora]

Faults and operations of a seeded script enter as a person's would: through the session's inbox (`--do`), and are
journalled. The incident brake is switched off by its key, or time would stay slow. While it runs keys move the
selection, change tabs, zoom, open and close screens; memory, lag of the event loop and key-to-paint are sampled. It
fails when the console ends (a defect ends it with a traceback), has grown by a tenth in its second half, or answers
twice as slowly at its end.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from typing import NamedTuple

from tests.benchmarks.terminal import Ended, Probed

EVERY_S = 300
"""Virtual seconds between two lines of the script."""
FAULTS = (
    "az:outage us-east-1{zone} for=3m",
    "az:slowdown us-east-1{zone} for=2m",
    "az:partition us-east-1{zone} for=90s",
    "region:partition eu-west-1 for=2m",
    "aws:rds:failover-db-cluster orders",
    "rds:reboot-db-instance orders-{n}",
    "rds:failover-db-cluster orders",
    "rds:create-db-cluster-snapshot catalog id=soak-{number}",
    "rds:reboot-db-instance ledger force_failover=true",
    "sim:cache-flush sessions",
    "elasticache:test-failover sessions",
)
WALK = (
    b"\x1b[B",
    b"\x1b[C",
    b"2",
    b"3",
    b"v",
    b"v",
    b"a",
    b"\x1b[B",
    b"a",
    b"R",
    b"N",
    b"R",
    b"z",
    b"z",
    b"Z",
    b"Z",
    b"1",
)
GROWTH = 1.10
SLOWER = 2.0
KEYS = 5
MEASURED_S = 5.0
JUDGED = ("resident_mb", "key_ms")


class Sample(NamedTuple):
    """How the console is at one moment."""

    hour: float
    resident_mb: float
    cpu: float
    kb_s: float
    lag_p95_ms: float
    lag_max_ms: float
    key_ms: float


def script(hours: float, seed: int) -> list[str]:
    """Lines for ``--do``: a fault or an operation every five minutes, drawn by a seed."""
    chance = random.Random(seed)
    times = range(EVERY_S, round(hours * 3600), EVERY_S)
    return [
        f"T+{time}s {chance.choice(FAULTS).format(zone=chance.choice('abc'), n=chance.randint(1, 3), number=number)}"
        for number, time in enumerate(times)
    ]


def sample(terminal: Probed, hour: float) -> Sample:
    """Walk about, then measure."""
    terminal.press(*WALK)
    cpu, kb_s = terminal.load(MEASURED_S)
    lag = terminal.lag_ms(MEASURED_S)
    return Sample(hour, terminal.resident_mb(), cpu, kb_s, *lag, statistics.median(_help_ms(terminal)))


def _help_ms(terminal: Probed) -> list[float]:
    """Milliseconds in which the help opens, several times; the same key closes it."""
    delays = []
    for _ in range(KEYS):
        delays.append(terminal.key_to_paint_ms(b"?", b"opsconsole: help"))
        terminal.press(b"?")
    return delays


def verdict(samples: list[Sample]) -> list[str]:
    """What is wrong; nothing if all is well. The first half warms up, the second is judged by its ends."""
    later = samples[len(samples) // 2 :]
    ends = later[: max(1, len(later) // 3)], later[-max(1, len(later) // 3) :]
    memory, keys = ([statistics.median(getattr(one, name) for one in end) for end in ends] for name in JUDGED)
    found = []
    if memory[1] > memory[0] * GROWTH:
        found.append(f"memory grew from {memory[0]:.0f} to {memory[1]:.0f} MB")
    if keys[1] > keys[0] * SLOWER:
        found.append(f"a key was answered in {keys[0]:.0f} ms, and at the end in {keys[1]:.0f} ms")
    return found


def soak(options: argparse.Namespace) -> list[str]:
    """Run it; what is wrong."""
    lines = [part for line in script(options.hours, options.seed) for part in ("--do", line)]
    module = ("opsconsole", options.fleet, "--speed", str(options.speed), "--journal", options.journal, *lines)
    samples: list[Sample] = []
    print("".join(f"{title:>12}" for title in Sample._fields), flush=True)
    with Probed(*module) as terminal:
        try:
            terminal.wait_for(b"checkout")
            terminal.press(b"b")
            began = time.perf_counter()
            while (hour := (time.perf_counter() - began) * options.speed / 3600) < options.hours:
                samples.append(sample(terminal, hour))
                print("".join(f"{figure:12.1f}" for figure in samples[-1]), flush=True)
        except Ended as ended:
            return [f"the console ended: {ended}"]
    return verdict(samples)


def main() -> int:
    """Soak, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0, help="of virtual time")
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fleet", default="global_aurora")
    with tempfile.TemporaryDirectory() as folder:
        parser.add_argument("--journal", default=f"{folder}/soak.journal")
        problems = soak(parser.parse_args())
    print("\n".join(problems) or "memory flat, no lag growth, no exception")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
