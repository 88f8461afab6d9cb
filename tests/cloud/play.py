"""A run of a fleet, written as one would tell it: what happens when, until when to watch, what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.apps import App
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.books import Flow
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.events import Row
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Zone
from opsconsole.cloud.volume import Volume
from opsconsole.commands import Command, parse, timed
from opsconsole.fleet import Fleet, load_fleet, parse_duration, parse_fleet

SECOND = 1_000_000
REQUEST = 1_000_000_000
FORGIVEN = 0.1
"""Seconds without any good request that a good window of ten may begin with: 1 % of what is due."""


@cache
def read_fleet(fleet: str) -> Fleet:
    """A shipped fleet by its name, or one written as TOML."""
    return parse_fleet(fleet, "inline.toml") if "\n" in fleet else load_fleet(fleet).fleet


def uncached(fleet: str = "global_aurora") -> str:
    """A shipped fleet whose apps go straight to their databases, so that these carry all that is asked for."""
    return re.sub(r"^cache = .*\n", "", load_fleet(fleet).text, flags=re.MULTILINE)


def only(fleet: str, *tables: str) -> str:
    """A shipped fleet of which only these tables are left; what stays has the luck that it has in the whole."""
    head, *parts = re.split(r"^(?=\[)", load_fleet(fleet).text, flags=re.MULTILINE)
    kept = {part[1 : part.index("]")]: part for part in parts}
    return head + "".join(kept[table] for table in tables)


@dataclass(frozen=True)
class Event:
    """One row of the AWS stream: when (seconds), about what, its four digits, its words."""

    at: float
    source: str
    id: str
    message: str


class Play:
    """One run of a fleet (a shipped one by name, or TOML text) in virtual time.

    `at` writes a line of the script, `until` lets time pass, `do` asks now. Durations are written `10m`; what is read
    back is in seconds and whole requests.
    """

    def __init__(self, fleet: str = "aurora_mysql", seed: int | None = None) -> None:
        self.cloud = Cloud(read_fleet(fleet), seed)
        self.rows: list[Row] = list(self.cloud.log.tail)
        self.cloud.log.subscribe(lambda line, row: self.rows.append(row))
        self._script: list[tuple[int, Command]] = []

    # -- what happens -------------------------------------------------------------------------------------------

    def at(self, *lines: str) -> Play:
        """Put `T+60s az:outage us-east-1a` into the script; a refusal there is an error of the test."""
        self._script = sorted([*self._script, *map(timed, lines)], key=lambda entry: entry[0])
        return self

    def do(self, line: str) -> Play:
        """Ask now; raises Refused when AWS refuses."""
        self._ask(parse(line))
        return self

    def refusal(self, line: str) -> Refused:
        """How AWS refuses a command that is asked now, and that it left nothing behind in the log."""
        command, count = parse(line), self.cloud.log.count
        command.find(self.cloud)
        try:
            command.admit(self.cloud)
        except Refused as refused:
            self.cloud.kernel.run_until(self.cloud.now_us)
            assert self.cloud.log.count == count, "a refused command has changed something"
            return refused
        raise AssertionError(f"{line} was not refused")

    def until(self, moment: str) -> Play:
        """Run up to a moment of the run (`10m`) and stop there."""
        return self._run(round(parse_duration(moment) * SECOND))

    def wait(self, duration: str) -> Play:
        """Let so much time pass."""
        return self._run(self.cloud.now_us + round(parse_duration(duration) * SECOND))

    def until_row(self, kind: str, source: str | None = None, within: str = "30m", **facts: object) -> float:
        """Run in steps of a tenth of a second until such a row of the truth is written; returns its time."""
        end, seen = self.cloud.now_us + round(parse_duration(within) * SECOND), len(self.rows)
        while self.cloud.now_us < end:
            self._run(self.cloud.now_us + SECOND // 10)
            found = list(self._matching(self.rows[seen:], kind, source, facts))
            if found:
                return _seconds(found[0])
        raise AssertionError(f"no row {kind} {source or ''} {facts} within {within}")

    def _run(self, end: int) -> Play:
        while self._script and self._script[0][0] <= end:
            when, command = self._script.pop(0)
            self.cloud.kernel.run_until(when)
            self._ask(command)
        self.cloud.kernel.run_until(end)
        return self

    def _ask(self, command: Command) -> None:
        self.cloud.kernel.run_until(self.cloud.now_us)
        command.find(self.cloud)
        command.admit(self.cloud, asked=True)
        self.cloud.kernel.spawn(command.run(self.cloud), command.line())
        self.cloud.kernel.run_until(self.cloud.now_us)

    # -- what there is ------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self.cloud.now_us / SECOND

    def cluster(self, id: str = "orders") -> Cluster:
        return self.cloud.clusters[id]

    def aurora(self, id: str = "orders") -> AuroraCluster:
        return self.cloud.aurora[id]

    def volume(self, id: str = "orders") -> Volume:
        return self.cloud.aurora[id].volume

    def instance(self, id: str) -> Instance:
        return self.cloud.instances[id]

    def database(self, id: str = "orders-global") -> GlobalDatabase:
        return self.cloud.global_databases[id]

    def app(self, id: str = "checkout") -> App:
        return self.cloud.apps[id]

    def zone(self, name: str) -> Zone:
        return self.cloud.places.zones[name]

    def writer(self, id: str = "orders") -> str | None:
        """Who may write to a cluster now."""
        writer = self.cluster(id).writer
        return writer.id if writer else None

    def name(self, id: str) -> Record:
        return self.cloud.names.records[id]

    def answers(self, name: str) -> tuple[str, ...]:
        """The instances that a name answers with now."""
        return self.cloud.names.resolve(self.name(name))

    def moves(self, name: str) -> list[tuple[float, tuple[str, ...]]]:
        """Every change of a name so far: when, and what it answered with from then on."""
        return [(t / SECOND, answers) for t, answers in self.name(name).answers.since(0)[1:]]

    def moved_to(self, name: str, instance: str) -> float:
        """When a name first answered with this instance alone."""
        return next(t for t, answers in self.moves(name) if answers == (instance,))

    # -- what was seen ------------------------------------------------------------------------------------------

    def aws_events(self, source: str | None = None) -> list[Event]:
        """The rows of the AWS stream, about one thing or all."""
        return [
            Event(_seconds(row), str(row["source"]), str(row["id"])[-4:], str(row["message"]))
            for row in self.rows
            if row["stream"] == "aws" and source in (None, row["source"])
        ]

    def ids(self, source: str | None = None) -> list[str]:
        """The four digits of those events, in order."""
        return [event.id for event in self.aws_events(source)]

    def truth(self, kind: str, source: str | None = None, **facts: object) -> list[Row]:
        """The rows of the truth of one kind, about one thing or all, that carry these facts."""
        return list(self._matching(self.rows, kind, source, facts))

    def when(self, kind: str, source: str | None = None, **facts: object) -> list[float]:
        """When those rows were written."""
        return [_seconds(row) for row in self.truth(kind, source, **facts)]

    @staticmethod
    def _matching(rows: list[Row], kind: str, source: str | None, facts: dict[str, object]) -> Iterator[Row]:
        for row in rows:
            fits = row["stream"] == "sim" and row["kind"] == kind and source in (None, row["source"])
            if fits and all(row.get(key) == value for key, value in facts.items()):
                yield row

    def saw(self, app: str, start: str, end: str) -> Flow:
        """What became of an app's requests between two moments, in nano-requests."""
        moments = (round(parse_duration(moment) * SECOND) for moment in (start, end))
        return self.app(app).books.between(*moments)

    def all_well(self, app: str, start: str, end: str) -> bool:
        """Whether every request of an app that was due between two moments succeeded."""
        seen = self.saw(app, start, end)
        return seen.due > 0 and seen.ok == seen.due

    def acknowledged(self, app: str) -> int:
        """Writes that the app was told are done, in nano-writes, since the run began."""
        return self.app(app).books.at(self.cloud.now_us).writes_ok

    def present(self, app: str, cluster: str = "orders") -> int:
        """Acknowledged writes of the app that a cluster's storage holds, in nano-writes."""
        return self.cluster(cluster).storage.content(self.cloud.now_us).acknowledged(app)


def _seconds(row: Row) -> float:
    t = row["t"]
    assert isinstance(t, int)
    return t / SECOND
