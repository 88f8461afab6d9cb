"""A run of many days keeps what a retention, a pin or a branch needs, and nothing else: entries are counted."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterator
from gc import collect
from weakref import ref

from opsconsole.cloud import Cloud
from opsconsole.cloud.writelog import Branch
from opsconsole.commands import Command, parse
from opsconsole.engine.session import Session
from opsconsole.fleet import parse_fleet
from opsconsole.simulation import Curve, Step

HOUR_US = 3_600_000_000
SETTLED_DAY, LAST_DAY = 12, 18  # the longest memory of its books is 72 hours, and short histories are full by then
FLEET = """
name = "A cluster that can be rewound"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-mysql"
engine_version = "8.0.mysql_aurora.3.08.0"
region = "us-east-1"
storage = "10 GiB"
backtrack = "2h"
backup_retention = "1d"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "20/s"
reads = "100/s"
"""
FAULTS = (
    "sim:crash-host orders-1 for=5m",
    "az:outage us-east-1a for=10m",
    "sim:crash-instance orders-2",
    "rds:failover-db-cluster orders",
    "az:slowdown us-east-1b for=5m",
    "app:set-rate checkout writes={rate}/s",
)
GROWS = {
    "Session._asked": "all that was asked: what a branch of the session needs",
    "Session._orders": "1,000 of those that are over",
    "Session._ended": "1,000 of those that are over",
    "EventLog.tail": "20,000 rows",
    "EventLog.marks": "four bytes a row: what a resumed journal is compared with",
    "Books._pieces": "512 changes, or an hour's",
    "App.incidents": "100",
    "Meter._closed": "what was deleted is still billed",
    "Volume.branches": "40 days",
    "AuroraCluster.writer_history": "40 days",
    "Record.answers": "14 days",
    "Branch._pins": "what a fork has of its parent",
    "Branch.family": "every history that was left behind: what was lost or given up with it",
    "Homes._regions": "where a thing stood that an event tells of",
    "Chance._streams": "the luck of every thing there was, as far as it was drawn",
    "Names._withdrawn": "a name comes back to who still uses it",
}
"""What may grow, and up to what or why."""


def entries(session: Session) -> Counter[str]:
    """How many entries the containers have that a session holds, by the attribute under which they are found."""
    found: Counter[str] = Counter()
    seen: dict[int, object] = {}  # kept alive: an id is given to another object when its own is gone
    ahead: list[tuple[object, str]] = [(session, "")]
    while ahead:
        thing, owner = ahead.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        match thing:
            case dict():
                found[owner] += len(thing)
                ahead += ((one, owner) for pair in thing.items() for one in pair)
            case list() | set() | deque():
                found[owner] += len(thing)
                ahead += ((one, owner) for one in thing)
            case array():
                found[owner] += len(thing)
            case Command():
                pass  # counted in the session's list
            case tuple() if hasattr(thing, "_fields"):
                ahead += (
                    (one, f"{type(thing).__name__}.{name}") for name, one in zip(thing._fields, thing, strict=True)
                )
            case tuple():
                ahead += ((one, owner) for one in thing)
            case _ if type(thing).__module__.startswith("opsconsole.") and not isinstance(thing, type):
                ahead += _attributes(thing, owner)
    return found


def _attributes(thing: object, owner: str) -> Iterator[tuple[object, str]]:
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    for name in (*slots, *getattr(thing, "__dict__", ())):
        mine = owner if isinstance(thing, Step | Curve) else f"{type(thing).__name__}.{name}"
        yield getattr(thing, name, None), mine


def a_day(session: Session, day: int) -> None:
    """Snapshots come and go, a database is restored and deleted, one is rewound, and every third hour has a fault."""
    began_us = session.now_us

    def ask(*lines: str) -> None:
        for line in lines:
            session.ask(parse(line.format(day=day, before=day - 3, rate=20 + day)), "chaos")

    ask("rds:create-db-cluster-snapshot orders id=orders-{day}")
    session.run_until(began_us + HOUR_US)
    if day > 3:
        ask("rds:delete-db-cluster-snapshot orders-{before}")
    ask("rds:restore-db-cluster-from-snapshot orders-{day} id=restored-{day}")
    ask(f"rds:backtrack-db-cluster orders to=T+{session.now_us // 1_000_000 - 600}s")
    for number, line in enumerate(FAULTS):
        session.run_until(began_us + (2 + 2 * number) * HOUR_US)
        ask(line)
    ask("rds:delete-db-cluster restored-{day} skip-final-snapshot=true")
    session.run_until(began_us + 24 * HOUR_US)


def test_a_long_run_keeps_no_more_when_the_longest_retention_has_passed() -> None:
    session = Session(Cloud(parse_fleet(FLEET, "fleet"), 1))
    settled: Counter[str] = Counter()
    for day in range(1, LAST_DAY + 1):
        a_day(session, day)
        settled = entries(session) if day == SETTLED_DAY else settled
    last = entries(session)
    assert sum(order.state == "done" for order in session.orders) > 0.9 * len(session.orders), "it should have happened"
    grown = {owner: (settled[owner], count) for owner, count in last.items() if count > 1.25 * settled[owner] + 8}
    assert grown.keys() <= GROWS.keys(), {owner: counts for owner, counts in grown.items() if owner not in GROWS}


CACHE_FLEET = """
name = "A cache that is emptied again and again"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [{ id = "orders-1", zone = "a", class = "db.r6g.large" }]
[elasticache.sessions]
engine = "redis"
region = "us-east-1"
node_type = "cache.m6g.large"
nodes = [{ zone = "a" }, { zone = "b" }]
[apps.checkout]
homes = ["us-east-1"]
reads_from = ["orders"]
writes_to = "orders"
cache = { store = "sessions", pattern = "lazy+write-through", ttl = "10m", keys = 1_000_000, item = "1 KiB" }
writes = "20/s"
reads = "100/s"
"""


def test_what_a_cache_held_before_it_was_emptied_is_forgotten() -> None:
    session = Session(Cloud(parse_fleet(CACHE_FLEET, "fleet"), 1))
    shard = session.cloud.caches["sessions"].shards["0001"]
    emptied: list[ref[Branch]] = []
    for hour in range(1, 97):
        session.ask(parse("sim:cache-flush sessions"), "chaos")
        session.run_until(hour * HOUR_US)
        assert shard.branch is not None
        emptied.append(ref(shard.branch))
    collect()
    kept = [branch for branch in map(ref.__call__, emptied) if branch is not None]
    assert len({id(branch) for branch in kept}) < 24, "a short history of what a replica followed is kept whole"
