"""What a run's hosts have cost so far: per second, and for at least ten minutes each time something new is billed.

The meter listens to the event log: whenever a status or a standby changes it closes what was billed and opens what is
billed from then on, so nothing ticks, what is deleted stays on the bill, and looking changes nothing. It covers
compute: storage, I/O and transfer are told as rates (`costs.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import Price
from opsconsole.cloud.cost_compute import Hosts, hosts
from opsconsole.cloud.events import Row

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

MICRO = 1_000_000
TELLING = ("status", "mirror")
"""Kinds of rows in the log after which something else may be billed."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which the same hosts of a thing were billed, to its `home`; at the least for `least_s`."""

    thing: str
    home: str
    price: Price
    count: int
    began_us: int
    least_s: int
    ended_us: int | None = None

    def billed_s(self, now_us: int) -> int:
        """Seconds that are billed for each host by now: begun ones count whole."""
        end_us = now_us if self.ended_us is None else self.ended_us
        return max(self.least_s, -(-(end_us - self.began_us) // MICRO))

    def usd(self, now_us: int) -> Fraction:
        """What that costs."""
        return self.price.exact * self.count * Fraction(self.billed_s(now_us), 3600)


class Meter:
    """Every period of a run. What the fleet file lists ran before the run began: it owes no ten minutes for that."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._closed: list[Period] = []
        self._open: dict[str, Period] = {}
        self._least_s = catalog.limit("billing-minimum-s").value
        nodes = (id for group in cloud.caches.values() for id in group.nodes)
        for id in (*cloud.instances, *cloud.rds, *nodes):
            self._open_period(id, hosts(cloud, id), cloud.now_us, 0)
        cloud.log.subscribe(self._hear)

    def periods(self, thing: str | None = None) -> list[Period]:
        """All periods, or those of one thing and its parts, gone or not: those that ended, then those that go on."""
        found: list[Period] = [*self._closed]
        for id, period in self._open.items():
            found += self._continued(period, hosts(self._cloud, id))
        return [period for period in found if thing in (None, period.thing, period.home)]

    def usd(self, thing: str | None = None) -> Fraction:
        """What the hosts of a thing, or all, have cost since the run began; what was deleted is still in it."""
        return sum((period.usd(self._cloud.now_us) for period in self.periods(thing)), Fraction())

    def _hear(self, line: bytes, row: Row) -> None:
        kind, id = row.get("kind"), str(row["source"])
        if kind in TELLING:
            self._look(id)
        elif kind == "renamed":
            self._rename(id, str(row["now"]))

    def _look(self, id: str) -> None:
        now, before, after = self._cloud.now_us, self._open.get(id), hosts(self._cloud, id)
        if before is None:
            self._open_period(id, after, now, self._least_s)
            return
        *ended, last = self._continued(before, after)
        if after is None or last.count != after.count:
            ended.append(replace(last, ended_us=now))
            del self._open[id]
            self._open_period(id, after, now, self._least_s)
        else:
            self._open[id] = last
        self._closed += ended

    def _continued(self, period: Period, now: Hosts | None) -> list[Period]:
        """A period that is open; two where the class has changed in it."""
        if now is None or now.price == period.price:
            return [period]
        at = max(period.began_us, now.since_us)
        resized = replace(period, price=now.price, began_us=at, least_s=self._least_s)
        return [replace(period, ended_us=at), resized]

    def _open_period(self, id: str, now: Hosts | None, at_us: int, least_s: int) -> None:
        if now is not None:
            self._open[id] = Period(id, now.home, now.price, now.count, at_us, least_s)

    def _rename(self, before: str, after: str) -> None:
        self._closed = [replace(one, thing=after, home=after) if one.thing == before else one for one in self._closed]
        if before in self._open:
            self._open[after] = replace(self._open.pop(before), thing=after, home=after)
