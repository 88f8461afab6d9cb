"""How the cost of a virtual day grows with the fleet: 10, 100, 1,000 and 10,000 nodes, quiet and with faults.

    python -m tests.benchmarks.growth [--rounds 5] [--largest 10000]

Quiet Aurora: after load it costs the same at any size, but for the rows that a fleet of so many databases logs. Quiet
RDS with automated backups: linear in the backups taken. With a crashed host for every ten nodes, spread over an hour:
linear in what the faults touch. Each size is compared with the one before: ten times the work should be at most
LINEAR times the cost (a figure of about 10 is linear, 100 is quadratic).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from opsconsole.cloud import Cloud
from opsconsole.commands import parse
from opsconsole.engine.session import Scripted, Session
from opsconsole.fleet import Fleet, parse_fleet
from tests.benchmarks.fleets import fleet_of, rds_fleet
from tests.benchmarks.measuring import Figure, medians, processor_s, show

LINEAR = 15.0
QUIET_US_PER_NODE = 1.0
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
NODES_PER_FAULT = 10


def day(fleet: Fleet, with_faults: bool = False) -> float:
    """Seconds for the second day after load: the first one's stands for whatever begins once."""
    session = Session(Cloud(fleet, 1))
    session.run_until(DAY_US)
    if with_faults:
        nodes = [node.id for cluster in fleet.aurora.values() for node in cluster.instances][::NODES_PER_FAULT]
        session.schedule(
            Scripted(DAY_US + HOUR_US * number // len(nodes), "script", parse(f"sim:crash-host {id} for=5m"))
            for number, id in enumerate(nodes)
        )
    took = processor_s(lambda: session.run_until(2 * DAY_US))
    session.cloud.kernel.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--largest", type=int, default=10_000)
    options = parser.parse_args()
    sizes = [size for size in (10, 100, 1_000, 10_000) if size <= options.largest]
    kinds: dict[str, Callable[[int], Callable[[], float]]] = {
        "quiet, Aurora": lambda n: partial(day, parse_fleet(fleet_of(n), "fleet")),
        "quiet, RDS without backups": lambda n: partial(day, parse_fleet(rds_fleet(n, "0d"), "fleet")),
        "quiet, RDS with backups": lambda n: partial(day, parse_fleet(rds_fleet(n, "7d"), "fleet")),
        "a crashed host for every ten nodes": lambda n: partial(day, parse_fleet(fleet_of(n), "fleet"), True),
    }
    figures = []
    for kind, contender in kinds.items():
        took = medians({str(size): contender(size) for size in sizes}, max(5, options.rounds))
        told = ", ".join(f"{int(size):,}: {seconds * 1000:.3g}" for size, seconds in took.items())
        last, before = took[str(sizes[-1])], took[str(sizes[-2])]
        if kind.endswith(("Aurora", "without backups")):
            per_node_us = last / sizes[-1] * 1e6
            figures.append(Figure(kind, "a node's day", per_node_us, QUIET_US_PER_NODE, True, "µs", f"{told} ms"))
        else:
            figures.append(Figure(kind, f"{sizes[-2]:,} nodes", last / before, LINEAR, at_most=True, note=f"{told} ms"))
    show(figures)


if __name__ == "__main__":
    main()
