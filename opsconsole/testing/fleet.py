"""A fleet in a test: one run in virtual time, with a seed, whose result is the same at every run of the test."""

from __future__ import annotations

import math
from pathlib import Path

from opsconsole.cloud import Refused
from opsconsole.cloud.events import Row
from opsconsole.commands import parse
from opsconsole.drills.measuring.apps import measure, unpromised
from opsconsole.drills.observer import Observer
from opsconsole.drills.reading.expressions import Vocabulary
from opsconsole.drills.result import AppResult
from opsconsole.drills.spec import Check
from opsconsole.drills.subjects import Scene, find
from opsconsole.drills.values import Value
from opsconsole.drills.watch import Truth
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Order, OrderState, Session
from opsconsole.fleet import LoadedFleet, format_duration, load_fleet, parse_duration, parse_fleet

SECOND_US = 1_000_000
WHO = "test"
MONTH_US = 31 * 86_400 * SECOND_US
"""How far back apps' books are kept: tests are no longer."""


class NotInTime(AssertionError):
    """Something did not come true within the time that a test gave it; the text says what was seen instead."""


class SimulatedFleet:
    """A fleet: a shipped one by its name, a file's path, or TOML text. Virtual time passes only in `run` and `until`.

    Raises FileProblems if the fleet is wrong.
    """

    def __init__(self, fleet: str | Path, *, seed: int | None = None) -> None:
        self.session: Session = begin(_load(fleet), seed=seed)
        self.cloud = self.session.cloud
        self._scene = Scene(self.cloud)
        self._observer = Observer(self.cloud)
        for app in self.cloud.apps.values():
            app.books.keep_us = MONTH_US
        self.session.attendant = _Onlooker(self.session, self._observer)
        self.session.run_until(0)

    # -- what happens -------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Virtual seconds since the run began."""
        return self.session.now_us / SECOND_US

    def run(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> SimulatedFleet:
        """Let so much virtual time pass."""
        self.session.run_until(self.session.now_us + _microseconds(days, hours, minutes, seconds))
        return self

    def until(self, check: str, within: str = "30m") -> float:
        """Let time pass until a check holds, `orders.endpoint.writer.az != us-east-1a`; the seconds that took, exactly.

        Raises NotInTime if it does not hold within that time, and BadExpression if it is no check of this fleet.
        """
        began, truth = self.session.now_us, Truth([self._check(check)], self._scene, {})
        deadline = began + round(parse_duration(within) * SECOND_US)
        while not truth.at(self.session.now_us):
            now = self.session.now_us
            if now >= deadline:
                raise NotInTime(f"not within {within}: {check}; it is {truth.told(now)}")
            due = self.session.next_time_us
            ahead = min(deadline, max(now + 1, deadline if due is None else due))
            crossing = truth.changes_by(now, ahead)
            self.session.run_until(ahead if crossing is None else crossing)
        return (self.session.now_us - began) / SECOND_US

    def do(self, command: str) -> Order:
        """Ask for a command as a line, `rds:failover-db-cluster orders to=orders-3`.

        Raises Refused with AWS's code if AWS refuses it, and BadCommand if it is none.
        """
        order = self.session.ask(parse(command), WHO)
        if order.state is OrderState.REFUSED:
            raise Refused(order.code, order.sentence)
        return order

    def refusal(self, command: str) -> str:
        """AWS's code for a command that it refuses; AssertionError if it is accepted."""
        order = self.session.ask(parse(command), WHO)
        if order.state is not OrderState.REFUSED:
            raise AssertionError(f"{command} was accepted")
        return order.code

    # -- what is there ------------------------------------------------------------------------------------------

    def zone(self, name: str) -> Target:
        """An Availability Zone, to break: `fleet.zone("us-east-1a").fail(minutes=9)`."""
        return Target(self, name, "az:outage", "az:partition", "az:slowdown")

    def region(self, name: str) -> Target:
        """A Region, to break."""
        return Target(self, name, "region:outage", "region:partition", "")

    def instance(self, id: str) -> Target:
        """A DB instance or a cache node, to break: `fail` takes its host, `cut_off` its network."""
        return Target(self, id, "sim:crash-host", "sim:cut-network", "")

    def app(self, id: str) -> AppProbe:
        """What an app saw. KeyError if the fleet has none of this name."""
        self.cloud.apps[id]
        return AppProbe(self, id)

    def holds(self, check: str) -> bool:
        """Whether a check holds now."""
        return Truth([self._check(check)], self._scene, {}).at(self.session.now_us)

    def value(self, subject: str) -> Value:
        """A subject's value now: `orders.lag` in seconds, `orders.writer` as text. Raises NoSubject."""
        return find(self.cloud, subject, {}).value(self._scene, self.session.now_us)

    def events(self, source: str | None = None) -> list[str]:
        """The ids of AWS's events so far, about one thing or all."""
        return [str(row["id"]) for row in self._aws() if source in (None, row["source"])]

    def _aws(self) -> list[Row]:
        return [row for row in self._observer.rows if row["stream"] == "aws"]

    def _check(self, text: str) -> Check:
        return Vocabulary(self.cloud).check(text)

    def close(self) -> None:
        """The test is over."""
        self.session.close()
        self.cloud.kernel.close()


class Target:
    """Something to break. How long it stays broken is given as `minutes=…` or `seconds=…`; without, until `heal`."""

    def __init__(self, fleet: SimulatedFleet, id: str, outage: str, partition: str, slowdown: str) -> None:
        self._fleet = fleet
        self.id = id
        self._outage, self._partition, self._slowdown = outage, partition, slowdown

    def fail(self, *, minutes: float = 0, seconds: float = 0) -> Order:
        """It is gone: power, host."""
        return self._break(self._outage, minutes, seconds)

    def cut_off(self, *, minutes: float = 0, seconds: float = 0) -> Order:
        """It lives, and nothing gets to it or from it."""
        return self._break(self._partition, minutes, seconds)

    def slow_down(self, *, minutes: float = 0, seconds: float = 0) -> Order:
        """All that passes through it takes longer. ValueError for what cannot be slowed down."""
        if not self._slowdown:
            raise ValueError(f"{self.id} cannot be slowed down; a zone can")
        return self._break(self._slowdown, minutes, seconds)

    def heal(self) -> Order:
        """End every fault on it."""
        return self._fleet.do(f"heal {self.id}")

    def _break(self, fault: str, minutes: float, seconds: float) -> Order:
        lasts = _microseconds(0, 0, minutes, seconds)
        return self._fleet.do(f"{fault} {self.id}" + (f" for={format_duration(lasts / SECOND_US)}" if lasts else ""))


class AppProbe:
    """What an app saw since the begin, measured at the app. Times are seconds."""

    def __init__(self, fleet: SimulatedFleet, id: str) -> None:
        self._fleet = fleet
        self.id = id

    @property
    def result(self) -> AppResult:
        """Everything that is measured: incidents with their phases, lost ranges, counts, staleness."""
        cloud = self._fleet.cloud
        self._fleet._observer.end(cloud.now_us)
        return measure(unpromised(cloud, self.id), cloud, self._fleet._observer)

    @property
    def rto(self) -> float:
        """From its first request that was not ok to the first good window, of its longest incident.

        0 if it had none; infinite while it has not recovered for ten seconds.
        """
        found = self.result.rto_us
        return math.inf if found is None else found / SECOND_US

    @property
    def rpo(self) -> float:
        """The time whose good acknowledged writes are gone."""
        return self.result.rpo_us / SECOND_US

    @property
    def lost(self) -> int:
        """Acknowledged writes that no copy had when its database went on."""
        return self.result.counts.lost

    @property
    def discarded(self) -> int:
        """Good acknowledged writes that a rewind or a restore gave up."""
        return self.result.counts.discarded

    @property
    def unknown(self) -> int:
        """Writes of which it never learnt whether they were done."""
        return self.result.counts.writes_unknown

    @property
    def failed(self) -> int:
        """Requests that ended with an error, or were never sent."""
        return self.result.counts.writes_failed + self.result.counts.reads_failed

    @property
    def availability(self) -> float:
        """Good requests of those due, in percent."""
        return self.result.availability_percent

    @property
    def healthy(self) -> bool:
        """Whether it is well now."""
        return self._fleet.cloud.apps[self.id].health.value == "ok"

    def __repr__(self) -> str:
        return f"<app {self.id}: rto {self.rto:g} s, rpo {self.rpo:g} s, lost {self.lost}, {self.availability:.3f} %>"


class _Onlooker:
    """Lets the observer see every instant."""

    def __init__(self, session: Session, observer: Observer) -> None:
        self._session = session
        self._observer = observer

    @property
    def next_us(self) -> int | None:
        """It wants nothing of its own."""
        return None

    def look(self) -> None:
        """Note how things stand."""
        now, due = self._session.now_us, self._session.cloud.kernel.next_time_us
        self._observer.look(now, now if due is None else due)


def _microseconds(days: float, hours: float, minutes: float, seconds: float) -> int:
    return round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND_US)


def _load(fleet: str | Path) -> LoadedFleet:
    if isinstance(fleet, str) and "\n" in fleet:
        return LoadedFleet(parse_fleet(fleet, "fleet.toml"), fleet, Path("fleet.toml"))
    return load_fleet(fleet)
