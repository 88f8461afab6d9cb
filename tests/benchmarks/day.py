"""A day of `global_aurora` with its apps running, quiet and with 200 faults, beside a plain loop at 1 Hz in SimPy.

    python -m tests.benchmarks.day [--rounds 7]        (needs the `bench` extra)

The peer is the same fleet as one SimPy process that visits every node and every app once a virtual second: it knows
positions and lag, buffer and cache shares, credits, capacity, the router and what each app gets. It is written as one
would who wants it fast: one process and not one a node, slots, local names, and a healthy node is done in a few
statements. It knows none of AWS's statuses, events, names, timings, backups or refusals.

The faults are the same for both: one every seven minutes, a host, an instance, a zone, a link, a network, for minutes.
Building the fleet is not measured. At least 30 times as fast when quiet; under faults at least twice as fast, or a
fault at most 3 ms with all it sets off.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import simpy

from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Scripted, Session
from opsconsole.fleet import Fleet, LoadedFleet, load_fleet
from tests.benchmarks.measuring import Figure, medians, processor_s, rounds, show

DAY_S = 86_400
SECOND_US = 1_000_000
FAULTS = 200
KINDS = ("sim:crash-host", "az:outage", "sim:crash-instance", "link:cut", "sim:cut-network", "az:slowdown")
LASTS_S = 180
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c", "eu-west-1a", "eu-west-1b")
LINKS = ("us-east-1/eu-west-1", "us-east-1a/us-east-1b", "us-east-1b/us-east-1c")


class Fault(NamedTuple):
    at_s: int
    kind: str
    target: str

    @property
    def line(self) -> str:
        """As a command; a crash of the engine lasts as long as its restart takes."""
        return f"{self.kind} {self.target}" + (f" for={LASTS_S}s" if self.kind != "sim:crash-instance" else "")


def faults(fleet: Fleet) -> list[Fault]:
    """The day's faults, in turn over kinds and over what each kind may hit."""
    nodes = [node.id for cluster in fleet.aurora.values() for node in cluster.instances]
    targets = {"az:outage": ZONES, "az:slowdown": ZONES, "link:cut": LINKS}
    told = []
    for number in range(FAULTS):
        kind = KINDS[number % len(KINDS)]
        choices = targets.get(kind, nodes)
        told.append(Fault(number * DAY_S // FAULTS + 30, kind, choices[number // len(KINDS) % len(choices)]))
    return told


def ours(loaded: LoadedFleet, script: list[Fault]) -> float:
    session: Session = begin(loaded)
    session.schedule(Scripted(one.at_s * SECOND_US, "script", parse(one.line)) for one in script)
    took = processor_s(lambda: session.run_until(DAY_S * SECOND_US))
    session.cloud.kernel.close()
    return took


class Node:
    """A database instance or a cache node of the peer."""

    __slots__ = ("applied", "capacity", "credits", "down", "load", "position", "slow", "source", "warm", "zone")

    def __init__(self, zone: str, capacity: float, source: Node | None) -> None:
        self.zone = zone
        self.capacity = capacity
        self.source = source
        self.down = 0
        self.slow = 0
        self.load = 0.0
        self.warm = 1.0
        self.credits = 576.0
        self.position = 0.0
        self.applied = 0.0


class App:
    """An application of the peer."""

    __slots__ = ("failed", "latency", "ok", "readers", "reads", "writer", "writes")

    def __init__(self, writes: float, reads: float, writer: Node | None, readers: list[Node]) -> None:
        self.writes = writes
        self.reads = reads
        self.writer = writer
        self.readers = readers
        self.ok = self.failed = self.latency = 0.0


def peer_fleet(fleet: Fleet) -> tuple[dict[str, Node], list[App]]:
    """The nodes by id and the apps, as far as the peer knows them."""
    nodes: dict[str, Node] = {}
    heads: dict[str, Node] = {}
    for id, cluster in fleet.aurora.items():
        for member in cluster.instances:
            nodes[member.id] = Node(member.zone, 10_000.0, heads.get(id))
            heads.setdefault(id, nodes[member.id])
    for database in fleet.rds.values():
        nodes[database.id] = Node(database.zone, 5_000.0, heads.get(database.source or ""))
        heads[database.id] = nodes[database.id]
        if database.multi_az:
            nodes[f"{database.id}/2"] = Node(database.standby_zone or "", 5_000.0, nodes[database.id])
    for id, group in fleet.caches.items():
        for number, member in enumerate(node for shard in group.shards for node in shard.nodes):
            nodes[f"{id}/{number}"] = Node(member.zone, 100_000.0, heads.get(id))
            heads.setdefault(id, nodes[f"{id}/{number}"])
    apps = []
    for app in fleet.apps.values():
        writer = heads.get((app.writes_to or "").partition(".")[0])
        names = {name.partition(".")[0] for name in app.reads_from}
        readers = [
            node for node in nodes.values() if node is not writer and (node.source or node) in map(heads.get, names)
        ]
        apps.append(App(app.writes_per_s, app.reads_per_s, writer, readers or [writer] if writer else readers))
    return nodes, apps


def tick(nodes: list[Node], apps: list[App]) -> None:
    """One second of every node and every app."""
    for node in nodes:
        node.load = 0.0
    for app in apps:
        writer, reads, readers = app.writer, app.reads, app.readers
        served = 0.0
        if writer is not None:
            if writer.down:
                app.failed += app.writes
            else:
                writer.load += app.writes
                writer.position += app.writes
                served += app.writes
        live = [node for node in readers if not node.down]
        if live:
            share = reads / len(live)
            worst = 0.0
            for node in live:
                node.load += share / node.warm
                use = node.load / node.capacity
                worst = max(worst, 0.001 / (1.0 - use) if use < 0.95 else 2.0)
            app.latency = worst
            served += reads
        else:
            app.failed += reads
        app.ok += served
    for node in nodes:
        if node.down:
            node.warm = 0.05
            continue
        if node.warm < 1.0:
            node.warm = min(1.0, node.warm + 0.002)
        source = node.source
        if source is not None:
            behind = source.position - node.applied
            node.applied += behind if behind < 5_000.0 and not node.slow else min(behind, 1_000.0)
        use = node.load / node.capacity
        node.credits = min(576.0, max(0.0, node.credits + 0.0067 - use * 0.0333))


def theirs(fleet: Fleet, script: list[Fault]) -> float:
    """The same day, second by second."""
    env = simpy.Environment()
    by_id, apps = peer_fleet(fleet)
    nodes = list(by_id.values())

    def clock() -> Generator[simpy.Event, object, None]:
        while True:
            tick(nodes, apps)
            yield env.timeout(1)

    def fault(one: Fault) -> Generator[simpy.Event, object, None]:
        yield env.timeout(one.at_s)
        hit = [by_id[one.target]] if one.target in by_id else [n for n in nodes if n.zone in one.target.split("/")]
        slow = one.kind in ("az:slowdown", "link:cut")
        for node in hit:
            node.slow, node.down = node.slow + slow, node.down + (not slow)
        yield env.timeout(LASTS_S)
        for node in hit:
            node.slow, node.down = node.slow - slow, node.down - (not slow)

    env.process(clock())
    for one in script:
        env.process(fault(one))
    return processor_s(lambda: env.run(until=DAY_S))


def main() -> None:
    count = rounds(__doc__)
    loaded = load_fleet("global_aurora")
    script = faults(loaded.fleet)
    took = medians(
        {
            "quiet": lambda: ours(loaded, []),
            "peer": lambda: theirs(loaded.fleet, []),
            "faults": lambda: ours(loaded, script),
            "peer faults": lambda: theirs(loaded.fleet, script),
        },
        count,
    )
    each_ms = (took["faults"] - took["quiet"]) / FAULTS * 1000
    quiet, faulty = f"{took['quiet'] * 1000:.1f} ms", f"{took['faults'] * 1000:.0f} ms"
    show(
        [
            Figure("a quiet day", "SimPy, 1 Hz", took["peer"] / took["quiet"], 30, note=quiet),
            Figure(f"with {FAULTS} faults", "SimPy, 1 Hz", took["peer faults"] / took["faults"], 2, note=faulty),
            Figure("... or a fault", "itself", each_ms, 3, at_most=True, unit="ms"),
        ]
    )


if __name__ == "__main__":
    main()
