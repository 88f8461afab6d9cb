"""What a node of a 10,000-node fleet costs to load, and how much memory it takes.

    python -m tests.benchmarks.load [--rounds 5]

From the text of the fleet file to the cloud at T+0 (five Aurora instances to a cluster, an app for every tenth; RDS DB
instances with a standby each). Each round is a process of its own, started as `opsconsole` starts: its collector of
garbage looks as rarely. Memory is what the process grew by. At most 0.2 ms and 15 KB a node.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

from opsconsole.cli.main import OBJECTS_PER_COLLECTION
from opsconsole.cloud import Cloud
from opsconsole.fleet import parse_fleet
from tests.benchmarks.fleets import fleet_of, rds_fleet
from tests.benchmarks.measuring import Figure, medians, processor_s, rounds, show

NODES = 10_000
FLEETS = {"Aurora": fleet_of(NODES), "RDS": rds_fleet(NODES, "7d")}
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def load(kind: str) -> None:
    """In a process of its own: load, and print seconds and bytes."""
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    Cloud(parse_fleet({"Aurora": fleet_of(10), "RDS": rds_fleet(10, "7d")}[kind], "fleet"), 1)  # catalog and all
    before, text, kept = resident(), FLEETS[kind], []
    took = processor_s(lambda: kept.append(Cloud(parse_fleet(text, "fleet"), 1)))
    gc.collect()
    print(json.dumps((took, resident() - before)))


def measured(kind: str, which: int) -> float:
    told = subprocess.run([sys.executable, "-m", __spec__.name, kind], check=True, capture_output=True, text=True)
    return float(json.loads(told.stdout)[which])


def main() -> None:
    count = rounds(__doc__)
    took = medians(
        {f"{kind} {which}": lambda k=kind, w=which: measured(k, w) for kind in FLEETS for which in (0, 1)}, count
    )  # type: ignore[misc]
    figures = []
    for kind in FLEETS:
        figures.append(Figure(f"load, {kind}", "a node", took[f"{kind} 0"] / NODES * 1000, 0.2, True, "ms"))
        figures.append(Figure(f"memory, {kind}", "a node", took[f"{kind} 1"] / NODES / 1000, 15, True, "KB"))
    show(figures)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in FLEETS:
        load(sys.argv[1])
    else:
        main()
