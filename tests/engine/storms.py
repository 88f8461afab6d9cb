"""Random storms over the shipped fleets: what is asked of them when, drawn from the registry, and how they play.

Nothing here needs pytest: a storm is also played by other processes, ``python -m tests.engine.storms`` with storms as
JSON on stdin and a digest a line on stdout.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from opsconsole.cloud import Cloud, EventLog
from opsconsole.commands import BadCommand, parse
from opsconsole.commands.targets import UnknownTarget
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Scripted, Session
from opsconsole.fleet import LoadedFleet, load_fleet, parse_fleet
from tests.swarm.plans import AppPlan, ClusterPlan, GlobalPlan, InstancePlan, Plan
from tests.swarm.scripts import draw_script
from tests.swarm.stores import CachePlan, RdsPlan, ReplicaPlan, StoragePlan

LINES = 25
AFTER_US = 600 * 1_000_000


@dataclass(frozen=True)
class Storm:
    """A fleet's text, chance's seed, what is asked at which time, and when it ends (virtual µs)."""

    name: str
    fleet: str
    seed: int
    asked: tuple[tuple[int, str], ...]
    end_us: int

    def loaded(self) -> LoadedFleet:
        return LoadedFleet(parse_fleet(self.fleet, self.name), self.fleet, Path(self.name))

    def script(self) -> list[Scripted]:
        return [Scripted(t, "storm", parse(line)) for t, line in self.asked]


class Bytes:
    """An event log as it was written."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def attach(self, log: EventLog) -> None:
        self.lines += [b"" for _ in range(log.count)]
        log.subscribe(lambda line, row: self.lines.append(line))

    @property
    def digest(self) -> str:
        return hashlib.sha256(b"".join(self.lines)).hexdigest()


def storm(fleet: str, seed: int) -> tuple[Storm, list[bytes]]:
    """A storm, and the event log of it when it is played at once; what asks for nothing that is there is left out."""
    loaded, log = load_fleet(fleet), Bytes()
    session = begin(loaded, seed=seed, attach=log.attach)
    lines, end_us = draw_script(seed, plan_of(session.cloud), LINES)
    asked: list[tuple[int, str]] = []
    for line in lines:
        session.run_until(line.t)
        try:
            session.ask(parse(line.text), "storm")
        except (BadCommand, UnknownTarget):
            continue
        asked.append((line.t, line.text))
    session.run_until(end_us + AFTER_US)
    written_by_then = list(log.lines)  # a session that is thrown away may close what ran in it, and log that
    return Storm(fleet, loaded.text, seed, tuple(asked), end_us + AFTER_US), written_by_then


def session_of(storm: Storm, log: Bytes, journal: Path | None = None) -> Session:
    """A session in which the storm will break by itself."""
    session = begin(storm.loaded(), seed=storm.seed, attach=log.attach, journal=journal)
    session.schedule(storm.script())
    return session


def reordered(storm: Storm) -> Storm:
    """The same fleet with its tables in another order."""
    tables = [""]
    for line in storm.fleet.splitlines(keepends=True):
        if line.startswith("["):
            tables.append("")
        tables[-1] += line if line.endswith("\n") else f"{line}\n"
    first, *rest = tables
    random.Random(storm.seed).shuffle(rest)
    return Storm(storm.name, first + "".join(rest), storm.seed, storm.asked, storm.end_us)


def plan_of(cloud: Cloud) -> Plan:
    """As much of a fleet's plan as a script is drawn from."""
    return Plan(
        seed=cloud.seed,
        regions=tuple(
            (name, "".join(zone.name[-1] for zone in cloud.places.zones.values() if zone.region.name == name))
            for name in cloud.places.regions
        ),
        clusters=tuple(
            ClusterPlan(
                id=id,
                engine=cluster.engine.name,
                version=None,
                region="",
                storage_gib=None,
                protected=False,
                instances=tuple(InstancePlan(one, "a", "", None) for one in cluster.instances),
                endpoints=(),
                secondary=False,
            )
            for id, cluster in cloud.clusters.items()
        ),
        databases=tuple(
            GlobalPlan(id, one.members()[0].id, tuple(other.id for other in one.secondaries))
            for id, one in cloud.global_databases.items()
        ),
        apps=tuple(AppPlan(id, (), None, (), 0, 0, 0, "", "", "", "") for id in cloud.apps),
        rds=tuple(_rds(cloud, id) for id, db in cloud.rds.items() if db.replication is None),
        caches=tuple(_cache(cloud, id) for id in cloud.caches),
        keys=tuple((id, "") for id in cloud.keys),
    )


def _rds(cloud: Cloud, id: str) -> RdsPlan:
    replicas = [one for one, db in cloud.rds.items() if db.replication is not None and one.startswith(f"{id}-")]
    return RdsPlan(
        id=id,
        engine=cloud.rds[id].engine.name,
        version=None,
        region="",
        zone="a",
        multi_az=True,
        instance_class="",
        storage=StoragePlan("gp3", 0, 0, 0, 0),
        retention=1,
        protected=False,
        monitored=False,
        replicas=tuple(ReplicaPlan(one, "", "a", None, None, False, 0) for one in replicas),
    )


def _cache(cloud: Cloud, id: str) -> CachePlan:
    cache = cloud.caches[id]
    memcached = cache.engine == "memcached"
    zones = ["a"] * len(list(cache.nodes))
    shards = tuple((zone,) for zone in zones) if memcached else (tuple(zones),)
    return CachePlan(
        id=id,
        engine="memcached" if memcached else "redis",
        version=None,
        region="",
        node_type="",
        mode=False,
        shards=shards,
        failover=None,
        multi_az=None,
        tls=False,
        auth=False,
        parameters=(),
        retention=0,
    )


def written(storms: Iterable[Storm]) -> str:
    """Storms for another process."""
    return json.dumps([asdict(one) for one in storms])


def main() -> None:
    """Play the storms of stdin, in one go each."""
    for one in json.load(sys.stdin):
        storm = Storm(**{**one, "asked": tuple((t, line) for t, line in one["asked"])})
        log = Bytes()
        session_of(storm, log).run_until(storm.end_us)
        print(log.digest)


if __name__ == "__main__":
    main()
