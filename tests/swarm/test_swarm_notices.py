"""The swarm's checks find what they are for: products broken on purpose, each caught by every rule that it breaks.

A check of what an instant touched must find a fault at the very instant at which a check of everything does; so each
broken product is run with both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from opsconsole.cloud.books import Books, Flow
from opsconsole.cloud.events import EventLog, Value
from opsconsole.cloud.names import Names
from opsconsole.cloud.places import Gate, Places
from opsconsole.cloud.volume import Volume
from tests.swarm.run import Frozen, run
from tests.swarm.touched import EVERY

Break = Callable[[pytest.MonkeyPatch], None]


def writes_with_three_copies(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Volume, "can_write", lambda self, zone: len(self.reachable_copies(zone)) >= 3)


def goes_through_closed_borders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Places, "reach", lambda self, a, b: 500)


def counts_a_write_too_many(patch: pytest.MonkeyPatch) -> None:
    def set_rates(self: Books, now_us: int, rates: Flow) -> None:
        plain(self, now_us, rates._replace(writes_ok=max(0, rates.writes_ok - 1)))

    plain = Books.set_rates
    patch.setattr(Books, "set_rates", set_rates)


def forgets(kind: str, now: str | None) -> Break:
    def forgetful(patch: pytest.MonkeyPatch) -> None:
        def sim(self: EventLog, t: int, source: str, what: str, **facts: Value) -> None:
            if (what, facts.get("now")) != (kind, now):
                plain(self, t, source, what, **facts)

        plain = EventLog.sim
        patch.setattr(EventLog, "sim", sim)

    return forgetful


def moves_no_name(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Names, "point", lambda self, record, answers, now_us: False)


def keeps_what_was_healed(patch: pytest.MonkeyPatch) -> None:
    def release(self: Gate, cause: str) -> None:
        if not cause.endswith("3"):
            plain(self, cause)

    plain = Gate.release
    patch.setattr(Gate, "release", release)


BROKEN: Mapping[str, Break] = {
    "writes with three copies": writes_with_three_copies,
    "goes through closed borders": goes_through_closed_borders,
    "counts a write too many": counts_a_write_too_many,
    "forgets that engines stop": forgets("engine", "down"),
    "forgets statuses": forgets("status", "available"),
    "forgets forks": forgets("fork", None),
    "forgets broken mirrors": forgets("mirror", "broken"),
    "forgets writers": forgets("role", "writer"),
    "moves no name": moves_no_name,
    "keeps what was healed": keeps_what_was_healed,
}

FLEET = """
name = "To be broken"
[regions]
us-east-1 = {}
eu-west-1 = {}
[aurora.c1]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "c1-1", zone = "a", class = "db.r6g.large" },
  { id = "c1-2", zone = "b", class = "db.r6g.large" },
]
[aurora.c2]
engine = "aurora-mysql"
region = "eu-west-1"
instances = [{ id = "c2-1", zone = "a", class = "db.r6g.large" }]
[global.g1]
primary = "c1"
secondaries = ["c2"]
[rds.r1]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.t3.small"
storage = "100 GiB"
multi_az = true
replicas = [{ id = "r1-r1", zone = "c" }]
[elasticache.k1]
engine = "redis"
region = "us-east-1"
nodes = [{ zone = "a" }, { zone = "b" }]
[apps.shop]
homes = ["us-east-1"]
writes_to = "c1"
reads_from = ["c1"]
writes = "300/s"
reads = "2000/s"
cache = { store = "k1", pattern = "lazy", keys = 1000 }
[apps.books]
homes = ["us-east-1"]
writes_to = "r1"
reads_from = ["r1-r1"]
writes = "100/s"
reads = "900/s"
"""
LINES = (
    "T+10s sim:crash-instance c1-2",
    "T+60s sim:storage-node-loss c1 for=2m",
    "T+200s sim:fail-storage r1 for=5m",
    "T+230s az:partition us-east-1b for=3m",
    "T+260s app:set-rate shop writes=900/s",
    "T+700s az:outage us-east-1a for=10m",
    "T+2000s app:set-rate books writes=9000/s",
    "T+2100s rds:promote-read-replica r1-r1",
    "T+2200s rds:failover-global-cluster g1 to=c2 allow_data_loss=true",
)


def judged(every: int) -> tuple[str, str, int, str]:
    result = run(Frozen(7, every=every, fleet=FLEET, lines=LINES, until_s=2600))
    return result.verdict, result.rule, result.t, result.sentence


def test_the_product_as_it_is_breaks_nothing() -> None:
    assert judged(every=1)[:2] == ("ok", "")


@pytest.mark.parametrize("product", BROKEN)
def test_a_broken_product_is_noticed_at_once(product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN[product](monkeypatch)
    of_everything = judged(every=1)
    assert of_everything[0] in ("violated", "stuck")
    assert judged(every=EVERY) == of_everything
