"""Every copy contains what a reference says that stores each write: of the write log alone, and of whole fleets.

`CONTENTS_FUZZ=10000` tries so many histories of the write log, and a fortieth as many runs of each fleet.
"""

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole import catalog
from opsconsole.cloud import Refused, databases, losses, writelog
from opsconsole.cloud.content import FOR_EVER_US, Content, Damage
from opsconsole.cloud.events import Row
from opsconsole.cloud.origin import origin_of
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.cloud.writelog import WRITE, Branch, Follower, Rates
from opsconsole.commands.errors import BadCommand
from tests.cloud.play import Play
from tests.cloud.reference import Copy, Deed, Fate, Line, Pipe, Rate, Scroll, Way, fate

FUZZ = int(os.environ.get("CONTENTS_FUZZ", "250"))
EVERY_SEED = "CONTENTS_FUZZ" in os.environ

# -- the write log ------------------------------------------------------------------------------------------------

YES, NO = (True,), (False,)
APPS = ("checkout", "billing")
BYTES = 7  # for one write
BEGAN_WITH = 1_000  # bytes
KEEP_US = 40
UPLOADED_US = 5  # how old the newest backup of a database that is down is
PIECES = 3  # breakpoints that are kept before the past is folded


@dataclass
class Database:
    """A database on both sides: the lines of history that it has had, and since when."""

    name: str
    branches: list[tuple[int, Branch]]
    lines: list[tuple[int, Line]]
    follower: Follower | None = None
    pipe: Pipe | None = None
    down: bool = False

    @property
    def branch(self) -> Branch:
        return self.branches[-1][1]

    @property
    def line(self) -> Line:
        return self.lines[-1][1]

    def go_on(self, now: int, branch: Branch, line: Line) -> None:
        self.branches.append((now, branch))
        self.lines.append((now, line))
        self.follower = self.pipe = None

    def content(self, at: int) -> Content:
        """What it contained at a time; a replica is only asked for now."""
        if self.follower is not None:
            return Content(self.branch, self.follower.received_until(at))
        return Content([branch for since, branch in self.branches if since <= at][-1], at)

    def copy(self, at: int) -> Copy:
        if self.pipe is not None:
            return self.pipe.copy(at)
        return self.line_at(at).at(at)

    def line_at(self, at: int) -> Line:
        return [line for since, line in self.lines if since <= at][-1]


@dataclass(frozen=True)
class Step:
    """So much time, then something that is done; the numbers choose to what."""

    wait: int
    what: str
    who: int
    which: int


@dataclass
class History:
    """Both sides of one history."""

    now: int = 0
    databases: list[Database] = field(default_factory=list)
    snapshots: list[tuple[Database, Line, Content, Copy]] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    homes: dict[str, Database] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    family: list[Branch] = field(default_factory=list)
    forks: int = 0

    def __post_init__(self) -> None:
        root = Branch("orders", initial_bytes=BEGAN_WITH, databases=("shop",))
        root.keep_us = KEEP_US
        line = Line("orders", deeds=[Deed("create", "shop", 0)])
        self.databases.append(Database("orders", [(0, root)], [(0, line)]))
        self.lines.append(line)
        self.family = root.family
        self.homes = dict.fromkeys(APPS, self.databases[0])

    # -- what happens -------------------------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        for _ in range(step.wait):
            self.now += 1
            for line in self.lines:
                line.step(self.now)
            for database in self.databases:
                if database.pipe is not None:
                    database.pipe.step(self.now)
        wanted = [one for one in self.databases if (one.pipe is not None) is (step.what in OF_REPLICAS)]
        if wanted:
            getattr(self, f"_{step.what}")(wanted[step.who % len(wanted)], step.which)

    def _look(self, database: Database, which: int) -> None:
        self.compare()

    def _rate(self, database: Database, which: int) -> None:
        app = APPS[which % 2]
        self._set_rate(app, list(Rate)[which % len(Rate)])

    def _set_rate(self, app: str, rate: Rate) -> None:
        home = self.homes[app]
        if home.down:
            rate = Rate.NONE
        home.branch.set_rates(self.now, app, Rates(*rate.value))
        home.line.rates[app] = rate

    def _move(self, database: Database, which: int) -> None:
        app = APPS[which % 2]
        rate = self.homes[app].line.rates.get(app, Rate.NONE)
        self._set_rate(app, Rate.NONE)
        self.homes[app] = database
        self._set_rate(app, rate)

    def _mark(self, database: Database, which: int) -> None:
        for line in {one.line.name: one.line for one in self.databases}.values():
            line.deeds.append(Deed("mark", str(self.now), self.now))
        for branch in {one.branch.id: one.branch for one in self.databases}.values():
            Content(branch, self.now).pin()
        self.marks.append(self.now)

    def _damage(self, database: Database, which: int) -> None:
        database.branch.damage.append(Damage(str(self.now), self.now, "customers", 1))
        database.line.deeds.append(Deed("damage", str(self.now), self.now))

    def _schema(self, database: Database, which: int) -> None:
        has = database.branch.databases.value
        if which % 3 == 0 and has:
            gone = has[which % len(has)]
            database.branch.databases.set(self.now, tuple(name for name in has if name != gone))
            database.line.deeds.append(Deed("drop", gone, self.now))
        else:
            database.branch.databases.set(self.now, (*has, f"db{self.now}"))
            database.line.deeds.append(Deed("create", f"db{self.now}", self.now))

    def _outage(self, database: Database, which: int) -> None:
        database.down = not database.down
        for app in [app for app in APPS if self.homes[app] is database]:
            self._set_rate(app, Rate.NONE if database.down else list(Rate)[which % len(Rate)])

    # -- copies -------------------------------------------------------------------------------------------------

    def _snapshot_replica(self, database: Database, which: int) -> None:
        self._snapshot(database, which)

    def _snapshot(self, database: Database, which: int) -> None:
        content = database.content(self.now)
        content.pin()
        self.snapshots.append((database, database.line, content, database.copy(self.now)))

    def _forget(self, database: Database, which: int) -> None:
        if self.snapshots:
            *_, content, _ = self.snapshots.pop(which % len(self.snapshots))
            content.unpin()

    def _past(self, database: Database, which: int) -> int:
        """A moment that the database can be brought back to: a mark, or one that its books still reach."""
        began = database.branches[0][0]
        marks = [at for at in self.marks if at >= began]
        if marks and which % 2:
            return marks[which % len(marks)]
        return max(began, self.now - which % KEEP_US)

    def _new(self, of: Database, content: Content, copy: Copy, source: Line) -> None:
        """A database that begins with a copy; its source is one that lives, or one that is down."""
        newest_us = max(of.branches[0][0], self.now - UPLOADED_US)
        origin = origin_of(content, None, of.content(newest_us)) if of.down else origin_of(content, of.branch, None)
        branch = Branch(self._name(), origin.content.branch, origin.content.until_us, self.now, instead=origin.instead)
        line = source.fork(branch.id, copy, Way.WENT_BACK)
        line.gave_up = of.line
        if of.down and content.until_us < newest_us:
            line.gave_up, line.gave_up_copy = of.line_at(newest_us), of.copy(newest_us)
        elif of.down:
            line.gave_up, line.gave_up_copy = source, copy
        self._open(branch, line)

    def _open(self, branch: Branch, line: Line) -> None:
        self.lines.append(line)
        self.databases.append(Database(branch.id, [(self.now, branch)], [(self.now, line)]))

    def _name(self) -> str:
        self.forks += 1
        return f"line-{self.forks}"

    def _restore(self, database: Database, which: int) -> None:
        at = self._past(database, which)
        self._new(database, database.content(at), database.copy(at), database.line_at(at))

    def _clone(self, database: Database, which: int) -> None:
        self._new(database, database.content(self.now), database.copy(self.now), database.line)

    def _unpack(self, database: Database, which: int) -> None:
        """A restore of a snapshot of a database that is another by now, perhaps."""
        if self.snapshots:
            of, source, content, copy = self.snapshots[which % len(self.snapshots)]
            self._new(of, content, copy, source)

    def _rewind(self, database: Database, which: int) -> None:
        at = self._past(database, which)
        content, copy, old = database.content(at), database.copy(at), database.line
        source = database.line_at(at)
        rates = {app: old.rates.get(app, Rate.NONE) for app in APPS if self.homes[app] is database}
        for app in rates:
            self._set_rate(app, Rate.NONE)
        instead = Content(database.branch, FOR_EVER_US)
        branch = Branch(self._name(), content.branch, content.until_us, self.now, instead=instead)
        line = source.fork(branch.id, copy, Way.WENT_BACK)
        line.gave_up = old
        self._take_over(database, branch, line)
        for app, rate in rates.items():
            self._set_rate(app, rate)

    def _take_over(self, database: Database, branch: Branch, line: Line) -> None:
        self.lines.append(line)
        database.go_on(self.now, branch, line)

    # -- replicas -----------------------------------------------------------------------------------------------

    def _follow(self, database: Database, which: int) -> None:
        delay, width = 1 + which % 5, 1 + which % 7
        follower = Follower(database.branch, delay, width, self.now)
        pipe = Pipe(database.line, delay, width)
        pipe.taken = sum(write.at + delay <= self.now for write in database.line.writes)
        branches, lines = [(self.now, database.branch)], [(self.now, database.line)]
        self.databases.append(Database(self._name(), branches, lines, follower, pipe))

    def _link(self, database: Database, which: int) -> None:
        if database.follower is not None and database.pipe is not None:
            database.pipe.open = not database.pipe.open
            database.follower.set_open(self.now, database.pipe.open)

    def _promote(self, database: Database, which: int) -> None:
        """What has not been received is lost; half of the time the other replicas follow the new one."""
        if database.follower is None or database.pipe is None:
            return
        copy, old, follower = database.copy(self.now), database.line, database.follower
        parent, until = database.branch, follower.received_until(self.now)
        follower.stop()
        branch = Branch(self._name(), parent, until, self.now)
        line = old.fork(branch.id, copy, Way.PROMOTED)
        self._take_over(database, branch, line)
        for other in self.databases:
            if which % 2 and other.line is old and other.follower is not None and other.pipe is not None:
                was, pipe = other.follower, other.pipe
                got = min(was.received(self.now), branch.position(self.now))
                was.stop()
                other.go_on(self.now, branch, line)
                other.follower = Follower(branch, pipe.delay, pipe.width, self.now, got)
                other.pipe = pipe
                pipe.follow(line)
                if not pipe.open:
                    other.follower.set_open(self.now, False)

    # -- what is compared ---------------------------------------------------------------------------------------

    def compare(self) -> None:
        for database in self.databases:
            self._same(database.content(self.now), database.copy(self.now))
            if database.follower is not None and database.pipe is not None:
                assert database.follower.received(self.now) == database.pipe.taken
        for *_, content, copy in self.snapshots:
            self._same(content, copy)
        for app, home in self.homes.items():
            assert self._account(home, app) == fate(self.lines, home.line, home.copy(self.now), app)

    def _same(self, content: Content, copy: Copy) -> None:
        for app in APPS:
            assert content.acknowledged(app) == copy.count(app, acknowledged=YES)
            assert content.unknown(app) == copy.count(app, acknowledged=NO)
            assert content.wrong(app) == copy.count(app, wrong=YES)
            assert content.wrong_acknowledged(app) == copy.count(app, acknowledged=YES, wrong=YES)
        assert content.wrong_rows == sum(write.wrong for write in copy.writes)
        assert content.position == len(copy.writes)
        assert content.bytes(BYTES * WRITE) == BEGAN_WITH + BYTES * len(copy.writes)
        assert content.databases == copy.databases
        assert [damage.id for damage in content.damage] == copy.names("damage")
        assert [str(mark) for mark in self.marks if content.lived(mark)] == copy.names("mark")

    def _account(self, home: Database, app: str) -> Fate:
        content = home.content(self.now)
        told = sum(book.at(self.now) for branch in self.family if (book := branch.acknowledged.get(app)) is not None)
        wrong = sum(book.at(self.now) for branch in self.family if (book := branch.wrong.get(app)) is not None)
        gaps = losses.gaps(content, app, self.now)
        lost, discarded = (sum(gap.writes for gap in gaps if gap.discarded is given_up) for given_up in (False, True))
        removed = wrong - content.wrong_acknowledged(app)
        present = content.acknowledged(app)
        assert told == present + lost + discarded + removed
        return Fate(told, present, lost, discarded, removed)


OF_REPLICAS = ("link", "promote", "snapshot_replica")
DOINGS = (
    *("rate",) * 5,
    *("mark", "damage", "schema", "outage", "look", "move", "move", "snapshot", "forget"),
    *("restore", "clone", "unpack", "rewind", "follow", "follow", "link", "link", "promote", "snapshot_replica"),
)
steps = st.builds(Step, st.integers(1, 25), st.sampled_from(DOINGS), st.integers(0, 11), st.integers(0, 2 * KEEP_US))


def play(script: list[Step]) -> History:
    history = History()
    history._set_rate("checkout", Rate.FAST)
    for step in script:
        history.take(step)
    history.take(Step(1, "look", 0, 0))
    return history


@settings(max_examples=FUZZ, deadline=None, derandomize=not EVERY_SEED)
@given(st.lists(steps, min_size=8, max_size=40))
def test_every_copy_has_exactly_the_writes_marks_and_harm_that_were_copied_into_it(script: list[Step]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writelog, "FOLD_ABOVE", PIECES)
        play(script)


# -- what these histories have found ------------------------------------------------------------------------------

SECOND = 1_000_000
EACH_SECOND = Rates(1_000)  # one write


def writing(branch: Branch, since_s: int, until_s: int) -> Branch:
    """So many seconds in which `checkout` writes once a second."""
    branch.set_rates(since_s * SECOND, "checkout", EACH_SECOND)
    branch.set_rates(until_s * SECOND, "checkout", Rates())
    return branch


def missing(content: Content, now_s: int) -> tuple[int, int]:
    """Writes of `checkout` that are lost, and those that are discarded."""
    gaps = losses.gaps(content, "checkout", now_s * SECOND)
    lost, discarded = (sum(gap.writes for gap in gaps if gap.discarded is given_up) for given_up in (False, True))
    return lost // WRITE, discarded // WRITE


def test_a_replica_that_has_less_than_the_promoted_one_it_follows_is_not_said_to_have_it() -> None:
    source = writing(Branch("orders", databases=("shop",)), 0, 100)
    source.databases.set(70 * SECOND, ("shop", "later"))
    promoted = Branch("orders-ro", source, 90 * SECOND, 100 * SECOND)
    behind = Follower(promoted, SECOND, 1_000, 100 * SECOND, received=60 * WRITE)
    behind.set_open(100 * SECOND, False)
    assert behind.received_until(110 * SECOND) == 60 * SECOND
    content = Content(promoted, behind.received_until(110 * SECOND))
    assert (content.acknowledged("checkout"), content.databases) == (60 * WRITE, ("shop",))


def test_a_past_that_a_replica_of_a_child_has_still_to_get_is_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writelog, "FOLD_ABOVE", PIECES)
    source = Branch("orders")
    for since in range(0, 80, 20):
        writing(source, since, since + 10)
    promoted = Branch("orders-ro", source, 80 * SECOND, 80 * SECOND)
    behind = Follower(promoted, SECOND, 1_000, 80 * SECOND, received=25 * WRITE)
    behind.set_open(80 * SECOND, False)
    source.keep_us = 0
    for since in range(80, 160, 20):
        writing(source, since, since + 10)
    assert behind.received_until(170 * SECOND) == 45 * SECOND


def test_writes_to_a_promoted_copy_are_not_lost_when_the_app_goes_back_to_the_source_that_went_on() -> None:
    source = writing(Branch("orders"), 0, 100)
    writing(Branch("orders-ro", source, 100 * SECOND, 100 * SECOND), 100, 130)
    assert missing(Content(source, 200 * SECOND), 200) == (0, 30)


def test_a_restore_from_before_a_rewind_gives_up_what_the_backups_had_of_the_rewound_history() -> None:
    before = writing(Branch("orders"), 0, 100)
    snapshot = Content(before, 50 * SECOND)
    rewound = Branch("orders@100", before, 80 * SECOND, 100 * SECOND, instead=Content(before, FOR_EVER_US))
    writing(rewound, 100, 130)
    origin = origin_of(snapshot, None, Content(rewound, 120 * SECOND))
    restored = Branch("new", before, 50 * SECOND, 140 * SECOND, instead=origin.instead)
    assert missing(Content(restored, 150 * SECOND), 150) == (10, 50 + 20), "the last ten were in no backup"


def test_a_restore_of_the_newest_there_is_gives_nothing_up_and_is_a_copy_that_can_be_left() -> None:
    source = writing(Branch("orders"), 0, 100)
    newest = Content(source, 100 * SECOND)
    left, home = (
        Branch(id, source, newest.until_us, 110 * SECOND, instead=origin_of(newest, None, newest).instead)
        for id in ("left", "home")
    )
    writing(left, 110, 120)
    assert missing(Content(home, 200 * SECOND), 200) == (0, 10)


def test_an_account_adds_up_however_much_of_the_past_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writelog, "FOLD_ABOVE", PIECES)
    source = Branch("orders")
    source.keep_us = 0
    copy = Branch("copy", source, 0, SECOND, instead=Content(source, 35 * SECOND))
    for since in range(10, 100, 10):
        writing(source, since, since + 7)
        writing(copy, since, since + 7)
    assert missing(Content(source, 200 * SECOND), 200) == (0, 63)
    assert missing(Content(copy, 200 * SECOND), 200) == (63 - 19, 19)


# -- whole fleets -------------------------------------------------------------------------------------------------

AURORA = """
name = "A cluster that can be rewound"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
storage = "100 GiB"
backtrack = "24h"
backup_retention = "1d"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "300/s"
reads = "200/s"
[apps.billing]
homes = ["us-east-1"]
writes_to = "orders"
writes = "70/s"
"""
RDS = """
name = "An instance with replicas"
[regions]
us-east-1 = {}
[rds.orders]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.m6g.large"
storage = "200 GiB"
backup_retention = "1d"
replicas = [
  { id = "orders-ro", zone = "c", backup_retention = "1d" },
  { id = "orders-far", zone = "b", source = "orders-ro" },
]
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "60/s"
reads = "120/s"
[apps.billing]
homes = ["us-east-1"]
writes_to = "orders"
writes = "7/s"
"""
REPLICAS = ("orders-ro", "orders-far")  # what they showed of a past moment is not in the reference
ALL, WRONG = (0, 1), (2, 3)
BOTH = (
    *("app:set-rate {app} writes={rate}/s",) * 4,
    *("sim:bad-deploy {app} wrong=2%", "app:rollback-deploy {app}", "sim:drop-table {db} table=t{n}", "mark m{n}"),
    "app:set-endpoint {app} endpoint={name} use=writes",
)
OF_AURORA = (
    "rds:create-db-cluster-snapshot {db} id=s{n}",
    "rds:backtrack-db-cluster {db} to={moment}",
    "rds:restore-db-cluster-to-point-in-time {db} id=r{n} restore-to-time={moment}",
    "rds:restore-db-cluster-to-point-in-time {db} id=r{n} restore-type=copy-on-write backtrack=24h",
    "rds:restore-db-cluster-from-snapshot {snapshot} id=r{n}",
    "rds:create-db-instance {db} id=i{n} class=db.r6g.large",
    "rds:delete-db-cluster {db} final-snapshot=s{n}",
    "rds:delete-db-cluster-snapshot {snapshot}",
)
OF_RDS = (
    "rds:create-db-snapshot {db} id=s{n}",
    "rds:restore-db-instance-to-point-in-time {db} id=r{n} restore-time={moment}",
    "rds:restore-db-instance-from-db-snapshot {snapshot} id=r{n}",
    "rds:promote-read-replica {replica}",
    "sim:replication-error {replica}",
    "rds:delete-db-instance {db} final-snapshot=s{n}",
    "rds:delete-db-snapshot {snapshot}",
)


class Recorder:
    """A fleet, and beside it what was written to each line of history since the run began."""

    def __init__(self, fleet: str, seed: int, patch: pytest.MonkeyPatch) -> None:
        self.scrolls: dict[str, Scroll] = {}
        self.snapshots: dict[str, Scroll] = {}
        self.past: dict[str, list[tuple[int, str]]] = {}  # the lines that a database has had, and since when
        self.chosen: dict[str, tuple[str, int]] = {}  # to which line and moment somebody goes back
        self.tried = self.refused = 0
        really = Branch.set_rates

        def set_rates(branch: Branch, now_us: int, app: str, rates: Rates) -> bool:
            self.scrolls.setdefault(branch.id, Scroll()).write(now_us, app, tuple(rates))
            return really(branch, now_us, app, rates)

        patch.setattr(Branch, "set_rates", set_rates)
        self.play = Play(fleet, seed)
        self.cloud = self.play.cloud
        self.lines = {id: self.content(id).branch.id for id in databases.ids(self.cloud)}
        for id in self.lines:
            self.scrolls[self.lines[id]].initial = self.content(id).branch.initial_bytes
        self.past = {id: [(0, line)] for id, line in self.lines.items()}
        self.cloud.log.subscribe(lambda line, row: self.hear(row))

    def content(self, id: str) -> Content:
        return databases.content_of(self.cloud, id)

    def hear(self, row: Row) -> None:
        """A fork is a copy of what its parent had by a time; whoever replicates goes with it."""
        if row.get("kind") == "fork":
            source, fork_us = str(row["source"]), int(str(row["fork_us"]))
            child, parent = f"{source}@{row['t']}", str(row["parent"])
            written = self.scrolls.get(child, Scroll()).strips
            self.scrolls[child] = self.scrolls[parent].cut(fork_us)
            self.scrolls[child].strips += written
            assert self.chosen.pop(source, (parent, fork_us)) == (parent, fork_us)
            self.lines[source] = child
            self.past.setdefault(source, []).append((int(str(row["t"])), child))
            for other, db in self.cloud.rds.items():
                if db.replication is not None and db.replication.source.id == source:
                    self.lines[other] = child

    def ask(self, line: str) -> None:
        """Try a command, and note what it did to which line."""
        self.tried += 1
        now, (name, target, *rest) = self.cloud.now_us, [*line.split(), ""]
        held = self.scrolls[self.lines[target]].cut(now) if target in self.lines else Scroll()
        if target in self.cloud.rds:
            held = held.cut(self.content(target).until_us)
        moment = re.search(r"(?:time|to)=(\S+)", line)
        goes_back = moment is not None and target in self.past and target not in REPLICAS
        new = made[1] if (made := re.search(r" id=(\S+)", line)) else target
        if moment is not None and goes_back:
            at = self.cloud.marks[moment[1]] if moment[1] in self.cloud.marks else int(moment[1][2:-1]) * SECOND
            had = [one for since, one in self.past[target] if since <= at]
            self.chosen[new] = (had[-1] if had else "none", at)
        try:
            self.play.do(line)
        except (Refused, BadCommand):
            self.chosen.pop(new, None)
            self.refused += 1
            return
        if name == "mark":
            for id in {self.lines[one]: None for one in databases.ids(self.cloud)}:
                self.scrolls[id].deeds.append(Deed("mark", str(now), now))
        elif name == "sim:drop-table":
            self.scrolls[self.lines[target]].deeds.append(Deed("damage", f"{rest[0][6:]}@{now}", now + 1))
        elif "=s" in line:
            self.snapshots[line.rpartition("=")[2]] = held

    def compare(self) -> None:
        for id in databases.ids(self.cloud):
            content = self.content(id)
            assert content.branch.id == self.lines[id]
            self.same(content, self.scrolls[self.lines[id]].cut(content.until_us))
            bytes_per_write = databases.bytes_per_write(self.cloud, id)
            if id in self.cloud.aurora:
                assert self.cloud.aurora[id].volume.used_bytes(self.cloud.now_us) == content.bytes(bytes_per_write)
        for name, snapshot in self.cloud.snapshots.kept.items():
            self.same(snapshot.content, self.snapshots[name])
            assert snapshot.data_bytes == snapshot.content.bytes(self.bytes_of(snapshot))
        for app in APPS:
            told = losses.account(self.cloud, app)
            assert told.acknowledged == told.present + told.lost + told.discarded + told.wrong_removed
            assert min(told) >= 0

    def bytes_of(self, snapshot: Snapshot) -> int:
        name = "bytes-per-write" if snapshot.of_cluster else "rds-bytes-per-write"
        return round(catalog.assumption(name).value)

    def same(self, content: Content, copy: Scroll) -> None:
        for app in APPS:
            assert content.acknowledged(app) == copy.count(0, app=app)
            assert content.unknown(app) == copy.count(1, app=app)
            assert content.wrong(app) == copy.count(*WRONG, app=app)
        assert content.position == copy.count(*ALL)
        assert content.bytes(1_000) == copy.initial + copy.count(*ALL) * 1_000 // WRITE
        assert [damage.id for damage in content.damage] == copy.names("damage")
        marks = [str(at) for at in self.cloud.marks.values() if content.lived(at)]
        assert marks == copy.names("mark")


def run(fleet: str, seed: int, patch: pytest.MonkeyPatch) -> Recorder:
    """Sixty random commands to a fleet, hours and days apart, with what AWS refuses left out."""
    chance, recorder = random.Random(f"{seed} {fleet}"), Recorder(fleet, seed, patch)
    cloud, lines = recorder.cloud, (*BOTH, *BOTH, *(OF_AURORA if fleet == AURORA else OF_RDS) * 2)
    for number in range(60):
        recorder.play.wait(chance.choice(["7s", "1m", "11m", "11m", "47m", "3h", "19h"]))
        ids, second = databases.ids(cloud), cloud.now_us // 1_000_000
        words = {
            "n": number,
            "app": chance.choice(APPS),
            "db": chance.choice(ids or ["orders"]),
            "replica": chance.choice([id for id, db in cloud.rds.items() if db.source is not None] or ["orders"]),
            "snapshot": chance.choice([*cloud.snapshots.kept, "none"]),
            "rate": chance.choice([0, 3, 40, 200]),
            "name": chance.choice([id if id in cloud.rds else f"{id}.writer" for id in ids] or ["orders"]),
            "moment": chance.choice([*cloud.marks, f"T+{max(0, second - chance.randrange(40_000))}s"]),
        }
        recorder.ask(chance.choice(lines).format(**words))
        recorder.compare()
    return recorder


@pytest.mark.parametrize("seed", range(max(1, FUZZ // 40)))
@pytest.mark.parametrize("fleet", [AURORA, RDS], ids=["aurora", "rds"])
def test_every_database_and_snapshot_of_a_fleet_has_what_was_written_to_its_history(
    fleet: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writelog, "FOLD_ABOVE", PIECES)
    recorder = run(fleet, seed, monkeypatch)
    assert recorder.refused < recorder.tried * 3 / 4, "most of what was asked should have happened"
