"""One run of a seed: its fleet, its script, a calm phase, and a verdict."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from opsconsole.cloud import Cloud, Refused, databases, keys
from opsconsole.cloud.events import Row
from opsconsole.cloud.tls import WELCOME
from opsconsole.commands import BadCommand, Command, UnknownTarget, parse, timed
from opsconsole.engine.session import OrderState, Session
from opsconsole.fleet import FileProblems, parse_fleet
from tests.swarm import invariants
from tests.swarm.calm import CALM_US, problems
from tests.swarm.growth import grown
from tests.swarm.invariants import Broken, Watch
from tests.swarm.looks import look
from tests.swarm.plans import Plan, draw_plan
from tests.swarm.scripts import Author, Line, draw_script
from tests.swarm.snapshot import differences, snapshot
from tests.swarm.touched import EVERY

PATIENCE_S = 120.0
SNAPSHOTS = 8
"""Of so many commands one is asked between snapshots of everything; of more in a large fleet."""
Verdict = Literal["ok", "violated", "stuck", "unknown"]


@dataclass(frozen=True)
class Case:
    """What is run: a seed, and what of its script and fleet is left out or kept.

    `keep` are the numbers of the lines kept (None: all), `without` ids left out of the fleet, `skip` commands left out,
    `waive` patterns of what is known to be broken, `length` how many lines the script has (0: a few, as drawn), `nodes`
    the size up to which the fleet is grown (0: as drawn, a few dozen at most); everything is checked at every
    `every`-th instant, and what was touched at the others.
    """

    seed: int
    keep: tuple[int, ...] | None = None
    without: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    waive: tuple[str, ...] = ()
    length: int = 0
    nodes: int = 0
    every: int = EVERY

    def plan(self) -> Plan:
        plan = self._whole_plan()
        return plan.without(frozenset(self.without)) if self.without else plan

    def _whole_plan(self) -> Plan:
        plan = draw_plan(self.seed)
        return grown(plan, self.nodes) if self.nodes else plan

    def text(self) -> str:
        """Its fleet file."""
        return self.plan().toml()

    def script(self) -> tuple[list[Line], int]:
        lines, until = self.whole_script()
        keep = self.keep if self.keep is not None else range(len(lines))
        return [lines[number] for number in keep if lines[number].text.split()[0] not in self.skip], until

    def whole_script(self) -> tuple[list[Line], int]:
        """The whole script of the seed."""
        return draw_script(self.seed, self._whole_plan(), self.length)

    @property
    def command(self) -> str:
        """The one command that runs it again."""
        words = ["python -m tests.swarm", f"--replay {self.seed}"]
        if self.length:
            words.append(f"--length {self.length}")
        if self.nodes:
            words.append(f"--nodes {self.nodes}")
        if self.every != EVERY:
            words.append(f"--every {self.every}")
        if self.keep is not None:
            words.append(f"--keep {','.join(map(str, self.keep)) or 'none'}")
        if self.without:
            words.append(f"--without {','.join(self.without)}")
        words += [f"--skip {name}" for name in self.skip]
        words += [f"--waive '{pattern}'" for pattern in self.waive]
        return " ".join(words)


@dataclass(frozen=True)
class Frozen(Case):
    """A case that was found once, as it was: drawing has changed since, and it must not be lost."""

    fleet: str = ""
    lines: tuple[str, ...] = ()
    until_s: float = 0

    def text(self) -> str:
        return self.fleet

    def script(self) -> tuple[list[Line], int]:
        asked = [timed(line) for line in self.lines]
        return [Line(time_us, command.line()) for time_us, command in asked], round(self.until_s * 1e6)


@dataclass
class Result:
    """What became of a run. `rule` and `sentence` say what was broken, and `t` when (virtual µs).

    `events` are rows of the event log, `steps` the kernel's, `instants` those that were checked.
    """

    case: Case
    verdict: Verdict = "ok"
    rule: str = ""
    sentence: str = ""
    t: int = 0
    events: int = 0
    steps: int = 0
    instants: int = 0
    commands: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    digest: str = ""
    wall_s: float = 0.0
    used: dict[str, int] = field(default_factory=dict)

    @property
    def failure(self) -> tuple[Verdict, str]:
        """What kind of failure it is, for shrinking."""
        return self.verdict, self.rule


def build(case: Case) -> Session:
    """The session of a case, at its first instant."""
    return Session(Cloud(parse_fleet(case.text(), f"swarm-{case.seed}.toml"), case.seed))


def run(case: Case, listener: Callable[[bytes, Row], None] | None = None) -> Result:
    """Run a case instant by instant, with every invariant checked; `listener` hears of every row."""
    result = Result(case)
    began = time.monotonic()
    invariants.WAIVED[:] = [re.compile(pattern) for pattern in case.waive]
    session: Session | None = None
    try:
        session = build(case)
        if listener is not None:
            session.cloud.log.subscribe(listener)
        _storm_and_calm(case, session, result, began)
    except Broken as broken:
        result.verdict, result.rule, result.sentence = "violated", broken.rule, broken.sentence
    except FileProblems as trouble:
        result.verdict, result.rule, result.sentence = "unknown", "fleet", str(trouble)
    except TimeoutError as trouble:
        result.verdict, result.rule, result.sentence = "unknown", "patience", str(trouble)
    except Exception as crash:
        result.verdict, result.rule = "violated", f"crash {_where(crash)}"
        result.sentence = "; ".join((f"{type(crash).__name__}: {crash}", *getattr(crash, "__notes__", ())))
    if session is not None:
        result.t = session.now_us
        result.events, result.digest = session.cloud.log.count, session.cloud.log.digest
    result.wall_s = time.monotonic() - began
    return result


def _where(error: BaseException) -> str:
    """The file and function in which it was raised: the name of a crash."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {code.co_filename.rpartition('/')[2]} {code.co_name}"


def _storm_and_calm(case: Case, session: Session, result: Result, began: float) -> None:
    watch = Watch(session.cloud, case.every)
    try:
        _drive(case, session, watch, result, began)
    finally:
        result.steps, result.instants = watch.steps, watch.instants


def _drive(case: Case, session: Session, watch: Watch, result: Result, began: float) -> None:
    lines, until = case.script()
    patience_s = PATIENCE_S * (1 + case.length / 100)

    def advance(to_us: int) -> None:
        kernel = session.cloud.kernel
        while (due := kernel.next_time_us) is not None and due <= to_us:
            kernel.run_until(due)
            watch.instant()
            if time.monotonic() - began > patience_s:
                raise TimeoutError(f"no verdict after {patience_s:g} s of wall time")
        kernel.run_until(to_us)

    for line in lines:
        advance(line.t)
        _ask(session, line.text, result)
        watch.instant()
    advance(max(until, session.now_us))
    for wait_us, text in calming(session.cloud, case.seed):
        advance(session.now_us + wait_us)
        _ask(session, text, result)
        watch.instant()
    advance(session.now_us + CALM_US)
    watch.instant(always=True)
    result.failed = sum(order.state is OrderState.FAILED for order in session.orders)
    left = [problem for problem in problems(session) if not invariants.waived("stuck", problem)]
    if left:
        result.verdict, result.rule, result.sentence = "stuck", _rule(left[0]), "; ".join(left[:6])


def _rule(sentence: str) -> str:
    """A name for a kind of sentence: its words without ids and numbers."""
    return " ".join(word for word in sentence.split() if word.isalpha())[:60]


def calming(cloud: Cloud, seed: int) -> Iterator[tuple[int, str]]:
    """The commands with which the calm begins, each after so many µs: one heal for all, or one by one in any order."""
    chance = Random(f"calm {seed}")
    faults = list(cloud.faults.in_force)
    chance.shuffle(faults)
    if chance.random() < 0.5:
        for fault in faults:
            yield chance.choice((0, 1_000_000, 60_000_000)), f"heal {fault}"
    if cloud.faults.in_force:
        yield 0, "heal all"
    for id in [key.id for key in cloud.keys.values() if not key.enabled]:
        yield 0, f"kms:enable-key {id}"
    for id in databases.ids(cloud):
        thing = cloud.clusters.get(id) or cloud.rds.get(id)
        if thing is not None and thing.status.value == keys.RECOVERABLE:
            yield (
                chance.choice((0, 600_000_000)),
                f"rds:start-db-{'cluster' if id in cloud.clusters else 'instance'} {id}",
            )
    for id, app in cloud.apps.items():
        if app.paused:
            yield 0, f"app:resume-writes {id}"
        if app.tls not in WELCOME:
            yield 0, f"app:set-tls {id} tls=verify"


def _ask(session: Session, text: str, result: Result) -> None:
    """Ask for one command; a refusal must change nothing but the log, and that by one row."""
    cloud = session.cloud
    cloud.kernel.run_until(session.now_us)
    try:
        command = parse(text)
    except BadCommand:
        result.unknown += 1
        return
    watched = result.commands % max(SNAPSHOTS, len(cloud.servers) // 4) == 0  # a snapshot costs more than most commands
    before, count = snapshot(cloud) if watched else {}, cloud.log.count
    try:
        command.find(cloud)
    except UnknownTarget:
        result.unknown += 1
        return
    refusal = _refusal(session, command)
    if not refusal:
        command.preview(cloud)
    changed = differences(before, snapshot(cloud)) if watched else []
    if changed:
        raise Broken("looking", f"a preview and a check of `{text}` changed the state: {'; '.join(changed)[:600]}")
    order = session.ask(command, "swarm")
    result.commands += 1
    result.used[command.name] = result.used.get(command.name, 0) + 1
    refused = order.state is OrderState.REFUSED
    if refused != refusal:
        raise Broken("refusal", f"`{text}` was checked twice with different answers")
    if refused:
        result.refused += 1
        changed = differences(before, snapshot(cloud)) if watched else []
        if changed:
            raise Broken("refusal", f"`{text}` was refused and changed: {'; '.join(changed)[:600]}")
        if cloud.log.count != count + 1:
            raise Broken("refusal", f"`{text}` was refused and wrote {cloud.log.count - count} rows")
        if not order.code or not order.sentence:
            raise Broken("refusal", f"`{text}` was refused without a code or a sentence")


def _refusal(session: Session, command: Command) -> bool:
    try:
        command.admit(session.cloud)
    except Refused:
        return True
    return False


# -- determinism -------------------------------------------------------------------------------------------------


def digest(case: Case, slicing: int | None = None) -> str:
    """The event log's digest of a case, run plainly, or in random slices with random looks in between."""
    session = build(case)
    lines, until = case.script()
    chance = Random(f"slices {slicing}")
    author = Author(chance, case.plan(), weights=_all_commands())

    def advance(to_us: int) -> None:
        while slicing is not None and session.now_us < to_us:
            step = chance.choice((1, 1_000, 250_000, 33_333, 7_000_000, 90_000_000, 3_600_000_000))
            session.run_until(min(to_us, session.now_us + chance.randint(1, step)))
            if chance.random() < 0.3 and session.now_us < to_us:
                look(session.cloud, chance, author)
            if chance.random() < 0.2:  # now and then a long way at once, or a case would take minutes
                break
        session.run_until(to_us)

    asked: Callable[[str], None] = lambda text: _plainly(session, text)  # noqa: E731
    for line in lines:
        advance(line.t)
        asked(line.text)
    advance(max(until, session.now_us))
    for wait_us, text in calming(session.cloud, case.seed):
        advance(session.now_us + wait_us)
        asked(text)
    advance(session.now_us + CALM_US)
    return session.cloud.log.digest


def _plainly(session: Session, text: str) -> None:
    try:
        session.ask(parse(text), "swarm")
    except (BadCommand, UnknownTarget):
        return


def _all_commands() -> dict[str, float]:
    from opsconsole.commands import registry

    return dict.fromkeys(registry(), 1.0)


def describe(case: Case) -> str:
    """The case in words that can be pasted: the fleet file and the script."""
    lines, until = case.script()
    every, _ = case.whole_script()
    script = "\n".join(f"{number:4d}  {line}" for number, line in enumerate(every) if line in lines)
    return f"{case.plan().toml()}\n# seed {case.seed}, storm until T+{until / 1e6:g}s\n{script}"
