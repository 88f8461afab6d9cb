"""Memory over 60 virtual days of chaos: flat once the longest retention (35 days) has passed.

    python -m tests.benchmarks.chaos_memory [--days 60] [--faults 6] [--fleet aurora_mysql]

So many faults a day, in turn over kinds and targets, each for minutes; a manual snapshot is made every day and the one
of a week ago deleted. After each day the process's memory, the objects that the collector knows, and the pieces of
histories are sampled. The table gives a sample every five days and what grew most between the two last thirds of the
time, by type. At most GROWTH of memory from day 40 to the last.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet
from opsconsole.simulation import Curve, Step
from tests.benchmarks.measuring import Figure, show

GROWTH = 1.03
SETTLED_DAY = 40
HOUR_US = 3_600_000_000
KINDS = (
    "sim:crash-host {node} for=5m",
    "az:outage {zone} for=10m",
    "sim:crash-instance {node}",
    "az:slowdown {zone} for=5m",
)
PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    day: int
    resident_mb: float
    types: Counter[str]
    longest: Counter[str]
    """Elements in lists, dicts and deques, by who is likely to own them: the type of what they hold."""


def sample(day: int) -> Sample:
    gc.collect()
    objects = gc.get_objects()
    types: Counter[str] = Counter(type(one).__qualname__ for one in objects)
    types["pieces of curves"] = sum(len(one) for one in objects if isinstance(one, Curve))
    types["values of steps"] = sum(len(one.since(0)) for one in objects if isinstance(one, Step))
    longest: Counter[str] = Counter()
    for one in objects:
        if isinstance(one, list | dict) and len(one) > 500:
            first = next(iter(one.values() if isinstance(one, dict) else one))
            longest[f"{type(one).__name__} of {type(first).__qualname__}"] += len(one)
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    return Sample(day, resident / 1e6, types, longest)


def a_day(session: Session, day: int, faults: int) -> None:
    cloud = session.cloud
    nodes, zones = list(cloud.instances), list(cloud.places.zones)
    began_us = session.now_us
    cluster = next(iter(cloud.aurora))
    session.ask(parse(f"rds:create-db-cluster-snapshot {cluster} id=day-{day}"), "chaos")
    if f"day-{day - 7}" in cloud.snapshots.kept:
        session.ask(parse(f"rds:delete-db-cluster-snapshot day-{day - 7}"), "chaos")
    for number in range(faults):
        session.run_until(began_us + HOUR_US + number * 20 * HOUR_US // faults)
        turn = day * faults + number
        line = KINDS[turn % len(KINDS)].format(node=nodes[turn % len(nodes)], zone=zones[turn % len(zones)])
        session.ask(parse(line), "chaos")
    session.run_until(began_us + 24 * HOUR_US)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--faults", type=int, default=6)
    parser.add_argument("--fleet", default="aurora_mysql")
    options = parser.parse_args()
    session = begin(load_fleet(options.fleet))
    samples = []
    for day in range(1, options.days + 1):
        a_day(session, day, options.faults)
        samples.append(sample(day))
        if day % 5 == 0:
            one = samples[-1]
            counts = ", ".join(f"{name} {one.types[name]:,}" for name in ("pieces of curves", "values of steps"))
            print(f"day {day:3}: {one.resident_mb:6.1f} MB, {sum(one.types.values()):,} objects, {counts}", flush=True)
    settled, last = samples[min(SETTLED_DAY, options.days * 2 // 3) - 1], samples[-1]
    print(f"what grew from day {settled.day} to day {last.day}:")
    for name, more in (last.types - settled.types).most_common(15) + (last.longest - settled.longest).most_common(8):
        print(f"  {name:40} +{more:,}")
    grown = last.resident_mb / settled.resident_mb
    show([Figure(f"memory, day {last.day}", f"day {settled.day}", grown, GROWTH, at_most=True)])


if __name__ == "__main__":
    main()
