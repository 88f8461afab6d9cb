"""Names: every endpoint is a DNS record that can move.

A record answers with the ids of instances, or with the name of another record (the global writer endpoint is a CNAME
for a cluster's writer endpoint). Names have AWS's own shape under a suffix that can never resolve in the real world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from opsconsole.simulation import Step

SUFFIX = "rds.amazonaws.test"
HISTORY_US = 14 * 86_400 * 1_000_000
OWN = ("instance", "cache-node")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@cache
def account_hash(fleet: str, region: str) -> str:
    """The twelve characters AWS puts into the names of one account in one region; ours come from the fleet's name."""
    digest = hashlib.blake2b(f"{fleet}/{region}".encode(), digest_size=12).digest()
    return "c" + "".join(LETTERS[byte % 36] for byte in digest[:11])


def address(fleet: str, zone: str, instance: str) -> str:
    """A private address for an instance: fixed for its life, and different in each zone."""
    digest = hashlib.blake2b(f"{fleet}/{zone}/{instance}".encode(), digest_size=3).digest()
    return f"10.{digest[0]}.{digest[1]}.{digest[2] % 250 + 4}"


@dataclass(eq=False)
class Record:
    """One DNS name.

    `kind` is writer, reader, custom, instance or global; rds; primary, reader, slots, configuration or cache-node.
    `ttl_s` is the zone's TTL; `answers` the ids it answers with, evenly (an empty answer is an inactive endpoint).
    """

    id: str
    fqdn: str
    kind: str
    ttl_s: float
    answers: Step[tuple[str, ...]]
    listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def own(self) -> bool:
        """Whether it is the name of one server, known by the same id."""
        return self.kind in OWN


class Names:
    """Every record of the fleet by id (`orders.writer`) and by full name."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.by_fqdn: dict[str, Record] = {}
        self._aliases: dict[str, dict[str, None]] = {}
        self._withdrawn: dict[str, Record] = {}

    def add(self, id: str, fqdn: str, kind: str, ttl_s: float, answers: tuple[str, ...], now_us: int) -> Record:
        """Create a record with 14 days of history; a name that was withdrawn comes back to who still uses it."""
        record = self._withdrawn.pop(fqdn, None)
        if record is None:
            record = Record(id, fqdn, kind, ttl_s, Step(answers, now_us, keep_us=HISTORY_US))
        self.records[id] = self.by_fqdn[fqdn] = record
        self.point(record, answers, now_us)
        return record

    def remove(self, record: Record, now_us: int) -> None:
        """Withdraw a name: it answers nobody from now on."""
        self.point(record, (), now_us)
        self.records.pop(record.id, None)
        self.by_fqdn.pop(record.fqdn, None)
        self._withdrawn[record.fqdn] = record

    def point(self, record: Record, answers: tuple[str, ...], now_us: int) -> bool:
        """Move a name; whoever listens to it, or to a name that leads to it, hears of it."""
        if not record.answers.set(now_us, answers):
            return False
        for answer in answers:
            if answer in self.records and not self.records[answer].own:
                self._aliases.setdefault(answer, {})[record.id] = None
        aliases = (self.records[id] for id in self._aliases.get(record.id, ()) if id in self.records)
        for moved in (record, *(alias for alias in aliases if record.id in alias.answers.value)):
            for listener in list(moved.listeners):
                listener()
        return True

    def find(self, name: str) -> Record | None:
        """A record by its id, its full name, or an instance's id with its cluster before it (`orders.orders-2`)."""
        found = self.records.get(name) or self.by_fqdn.get(name)
        if found is None and "." in name:
            found = self.records.get(name.partition(".")[2])
            return found if found is not None and found.own else None
        return found

    def resolve(self, record: Record, at_us: int | None = None) -> tuple[str, ...]:
        """The ids of the instances a name answers with, through CNAMEs; now, or at an earlier time."""
        answers = record.answers.value if at_us is None else record.answers.at(at_us)
        found: list[str] = []
        for answer in answers:
            onward = self.records.get(answer)
            found.extend(self.resolve(onward, at_us) if onward and not onward.own else (answer,))
        return tuple(found)
