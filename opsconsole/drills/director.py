"""Carries a drill out in a session: begins its steps, watches its checks, throws its dice. It knows no wall clock.

It attends the session (`engine.session.Attendant`), so it is the same headless and in the console, at any speed: every
step is asked through the session's one door, at the virtual instant at which it is due, and stands in its journal.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from opsconsole.commands import BadCommand, Command, Kind, registry
from opsconsole.drills.chaos import Dice
from opsconsole.drills.observer import Observer
from opsconsole.drills.result import CheckResult, Outcome, StepResult
from opsconsole.drills.spec import START, Check, Drill, Reference, Step, StepKind
from opsconsole.drills.subjects import Scene
from opsconsole.drills.values import Value
from opsconsole.drills.watch import Always, Expect, Truth, Watch, When
from opsconsole.engine.session import Order, OrderState, Session

SCRIPT, SOLUTION, CHAOS = "script", "solution", "chaos"
_OUTCOMES = {OrderState.REFUSED: Outcome.REFUSED, OrderState.FAILED: Outcome.FAILED}


@dataclass(frozen=True)
class Manner:
    """How a drill is run: with the operator's moves and the faults, or without; what the dice may do."""

    solution: bool = True
    faults: bool = True
    throws: tuple[tuple[int, str], ...] | None = None  # faults that chance chose before: times and lines

    def withholds(self, step: Step) -> bool:
        """Whether a step is left out."""
        return (step.solution and not self.solution) or (step.disturbs and not self.faults)


@dataclass
class Doing:
    """A step that was begun: its order, if it asked for something, and what became of it."""

    step: Step
    result_id: str
    by: str
    begun_us: int
    order: Order | None = None
    outcome: Outcome = Outcome.DONE
    ended_us: int | None = None
    code: str = ""
    sentence: str = ""
    text: str = ""


class Director:
    """One drill in one session. `ended_us` is set when it is over; then nothing more is asked."""

    def __init__(self, drill: Drill, session: Session, manner: Manner, observer: Observer) -> None:
        self.drill = drill
        self.session = session
        self.manner = manner
        self.observer = observer
        self.scene = Scene(session.cloud)
        self.marked: dict[tuple[str, str], Value] = {}
        self.checks: list[CheckResult] = []
        self.doings: list[Doing] = []
        self.said: list[tuple[int, Step]] = []
        self.watches: list[tuple[Step, Watch]] = []  # under way, or decided
        self.trouble = ""  # why the run proves nothing
        self.stopped = ""  # why it was stopped
        self.ended_us: int | None = None
        self.next_us: int | None = 0
        self.on_end: Callable[[], None] = lambda: None  # called at the drill's last instant, when all is decided
        self._waiting: list[tuple[Step, When]] = []
        self._active: list[tuple[Step, Watch]] = []
        self._running: list[Doing] = []
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._begun: dict[str, int] = {}
        self._left = {step.id: step.times for step in drill.timeline}  # instances that have not ended
        self._withheld = tuple(step for step in drill.timeline if manner.withholds(step))
        self._dice = Dice(drill, session.cloud.seed, manner)
        self._looking = False
        self._last_row = ""
        session.cloud.log.subscribe(lambda line, row: self._note_row(row))
        for app in session.cloud.apps.values():
            app.books.keep_us = max(app.books.keep_us, drill.length_us)

    def _note_row(self, row: Mapping[str, object]) -> None:
        name = row["id"] if row["stream"] == "aws" else row["kind"]
        if name != "command":
            self._last_row = f"{row['source']}: {row.get('message') or name}"

    # -- the run ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The first instant: what is given and steady must be so; then everything is put on the timeline."""
        self._mark(START)
        self.check_now("given", self.drill.given, "")
        self.check_now("steady", self.drill.steady, " at the start")
        broken = [check for check in self.checks if check.outcome is not Outcome.PASSED]
        if broken:
            self.trouble = f"{broken[0].id} does not hold: {broken[0].text}, it is {broken[0].seen}"
            self._end()
        else:
            self._arm_all()
            self.look()

    def _arm_all(self) -> None:
        """Put everything on the timeline."""
        self._at(self.drill.length_us, self._end)
        for step in self.drill.timeline:
            if step not in self._withheld and step.after is None:
                self._arm(step)
        if self.manner.faults:
            for at_us, throw in self._dice.first_throws():
                self._at(at_us, partial(self._throw, throw))

    def look(self) -> None:
        """Something has happened, or it is time: begin what is due, decide what can be decided."""
        if self._looking or self.ended_us is not None:
            return
        self._looking = True
        try:
            while not self._over() and (self._begin_due() or self._settle()):
                pass
            self.next_us = None if self._over() else self._next()
            self.observer.look(self.session.now_us, self._horizon())
        finally:
            self._looking = False

    def _over(self) -> bool:
        return self.ended_us is not None

    def _at(self, at_us: int, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (at_us, self._count, what))

    def _begin_due(self) -> bool:
        """Begin what is due at this instant, in the order of the file; whether anything was."""
        if not self._queue or self._queue[0][0] > self.session.now_us:
            return False
        _, _, what = heapq.heappop(self._queue)
        what()
        return True

    def _settle(self) -> bool:
        """Steps that have ended, conditions that hold, checks that are decided; whether anything was."""
        now = self.session.now_us
        ended = [doing for doing in self._running if doing.order is not None and doing.order.over]
        for doing in ended:
            self._running.remove(doing)
            self._finish(doing)
        fired = [(step, watch) for step, watch in self._waiting if watch.look(now)]
        for pair in fired:
            self._waiting.remove(pair)
            self._at(now + pair[0].delay_us, partial(self._begin, pair[0]))
        decided = [(step, watch) for step, watch in self._active if watch.look(now)]
        for step, watch in decided:
            self._active.remove((step, watch))
            self._decided(step, watch)
        return bool(ended or fired or decided)

    def _horizon(self) -> int:
        """Until when nothing happens if nobody acts."""
        kernel = self.session.cloud.kernel.next_time_us
        times = [
            self.drill.length_us,
            *([] if kernel is None else [kernel]),
            *([self._queue[0][0]] if self._queue else []),
        ]
        return max(self.session.now_us, min(times))

    def _next(self) -> int:
        """When to look next: a step, a deadline, or the moment at which a value crosses a line."""
        now, until = self.session.now_us, self._horizon()
        for watch in [watch for _, watch in (*self._waiting, *self._active)]:
            planned = watch.next_us(now)
            if planned is not None:
                until = min(until, max(now + 1, planned))
        for watch in [watch for _, watch in (*self._waiting, *self._active)]:
            crossing = watch.truth.changes_by(now, until)
            until = until if crossing is None else crossing
        return until

    def stop(self, why: str) -> None:
        """End it here, before its time."""
        if not self._over():
            self.stopped = why
            self._end()

    def _end(self) -> None:
        """The drill is over: what is still open stays so, and every fault ends with it."""
        now = self.session.now_us
        for _, watch in self._active:
            if isinstance(watch, Always) and watch.ends_us >= self.drill.length_us and now >= self.drill.length_us:
                watch.ends_us = now
                watch.look(now)
            watch.end(now)
        if not self.trouble and not self.stopped:
            self.check_now("steady", self.drill.steady, " at the end")
        self.ended_us, self.next_us = now, None
        if self.session.cloud.faults.in_force:
            self.session.ask(registry()["heal"].model_validate({"target": "all"}), SCRIPT)
        for doing in self._running:
            doing.ended_us = doing.order.ended_us if doing.order is not None else None
        self.on_end()

    # -- steps --------------------------------------------------------------------------------------------------

    def _arm(self, step: Step) -> None:
        """Its time begins to run: at a time, or as soon as its condition holds."""
        now = self.session.now_us
        if step.when:
            begun = now if step.at_us is None else step.at_us
            watch = partial(self._watch_for, step)
            watch() if begun <= now else self._at(begun, watch)
            return
        first = (step.at_us or 0 if step.after is None else now) + step.delay_us
        for number in range(step.times):
            self._at(first + number * step.every_us, partial(self._begin, step))

    def _watch_for(self, step: Step) -> None:
        self._waiting.append((step, When(self._truth(step.when), self.session.now_us)))

    def _truth(self, checks: tuple[Check, ...]) -> Truth:
        return Truth(checks, self.scene, self.marked)

    def _begin(self, step: Step) -> None:
        now = self.session.now_us
        self._begun[step.id] = self._begun.get(step.id, 0) + 1
        match step.kind:
            case StepKind.EXPECT | StepKind.ALWAYS:
                self._watch(step, now)
            case StepKind.STOP:
                self.stopped = step.text
                self._record(Doing(step, step.id, SCRIPT, now, ended_us=now, text=step.text))
                self._end()
            case StepKind.SAY:
                self.said.append((now, step))
                self._finish(self._record(Doing(step, self._result_id(step), SCRIPT, now, text=step.text)))
            case _:
                self._ask(step, now)

    def _result_id(self, step: Step) -> str:
        return step.id if step.times == 1 else f"{step.id}#{self._begun[step.id]}"

    def _record(self, doing: Doing) -> Doing:
        self.doings.append(doing)
        return doing

    def _watch(self, step: Step, now: int) -> None:
        truth = self._truth(step.checks)
        watch: Watch
        if step.kind is StepKind.EXPECT:
            watch = Expect(truth, now, within_us=step.within_us, for_us=step.for_us or 0, allow_us=step.allow_us)
        else:
            ends = self.drill.length_us if step.for_us is None else min(self.drill.length_us, now + step.for_us)
            watch = Always(truth, now, ends_us=ends, allow_us=step.allow_us)
        self.watches.append((step, watch))
        self._active.append((step, watch))

    def _decided(self, step: Step, watch: Watch) -> None:
        watch.why += f"; {step.note}" if step.note and watch.outcome is Outcome.FAILED else ""
        self.observer.decided[id(watch)] = self._last_row
        if watch.outcome is Outcome.PASSED:
            self._ended(step)

    def _ask(self, step: Step, now: int) -> None:
        """A fault, an action, a load, a mark: through the session's door."""
        if step.command is None:
            raise ValueError(f"{step.id} has nothing to ask")
        by = SOLUTION if step.solution else SCRIPT
        doing = self._record(Doing(step, self._result_id(step), by, now, text=step.command.line()))
        if step.kind is StepKind.MARK:
            self._mark(step.text)
        back = self._load_back(step)
        if not self._hits_something(step.command, doing):
            return
        self._order(doing, step.command, by)
        if back is not None and doing.outcome is Outcome.DONE:
            self._at(now + (step.for_us or 0), partial(self._order_quietly, back, by))

    def _hits_something(self, command: Command, doing: Doing) -> bool:
        """A fault that touches nothing and nobody proves nothing."""
        if command.kind is not Kind.FAULT or type(command).preview is Command.preview:
            return True
        try:
            command.find(self.session.cloud)
            command.admit(self.session.cloud)
            preview = command.preview(self.session.cloud)
        except Exception as error:  # said again, and judged, when it is asked
            if isinstance(error, BadCommand) or hasattr(error, "code"):
                return True
            raise
        if preview.nodes or preview.apps or preview.names or preview.sentences:
            return True
        self._spoil(doing, "", "it touches nothing in this fleet")
        return False

    def _order(self, doing: Doing, command: Command, by: str) -> None:
        try:
            order = self.session.ask(command, by)
        except BadCommand as error:
            self._spoil(doing, "", str(error))
            return
        doing.order = order
        if order.state is OrderState.REFUSED:
            doing.code, doing.sentence, doing.ended_us = order.code, order.sentence, order.asked_us
            doing.outcome = Outcome.REFUSED
            self._refused(doing)
        elif order.over:
            self._finish(doing)
        else:
            self._running.append(doing)
            if doing.step.refused:
                self._accepted(doing)

    def _order_quietly(self, command: Command, by: str) -> None:
        self.session.ask(command, by)

    def _refused(self, doing: Doing) -> None:
        wanted = doing.step.refused
        if wanted:
            good = doing.code == wanted
            why = doing.sentence if good else f"refused with {doing.code}, not {wanted}: {doing.sentence}"
            self._check(doing.step, doing.begun_us, Outcome.PASSED if good else Outcome.FAILED, doing.code, why)
            if good:
                self._ended(doing.step)
        elif doing.by != CHAOS:
            self._spoil(doing, doing.code, doing.sentence)

    def _accepted(self, doing: Doing) -> None:
        self._check(
            doing.step, doing.begun_us, Outcome.FAILED, "accepted", f"AWS should refuse it with {doing.step.refused}"
        )

    def _check(self, step: Step, at_us: int, outcome: Outcome, seen: str, why: str) -> None:
        self.checks.append(
            CheckResult(
                id=self._result_id(step),
                kind="refused",
                text=f"{step.told} is refused with {step.refused}",
                note=step.note,
                outcome=outcome,
                begun_us=at_us,
                decided_us=self.session.now_us,
                seen=seen,
                why=why,
                event=self._last_row,
            )
        )

    def _spoil(self, doing: Doing, code: str, sentence: str) -> None:
        """What could not be done proves nothing."""
        doing.outcome, doing.code, doing.sentence = Outcome.REFUSED, code, sentence
        doing.ended_us = self.session.now_us
        if not self.trouble:
            told = f"{code}: {sentence}" if code else sentence
            self.trouble = f"{doing.result_id} ({doing.text}) could not be done: {told}"

    def _finish(self, doing: Doing) -> None:
        """What a step began is over."""
        order, now = doing.order, self.session.now_us
        doing.ended_us = now if order is None or order.ended_us is None else order.ended_us
        if order is not None and order.state is OrderState.FAILED:
            doing.outcome, doing.code, doing.sentence = Outcome.FAILED, order.code, order.sentence
            if doing.step.refused:
                self._refused(doing)
            elif doing.by != CHAOS:
                self._spoil(doing, order.code, order.sentence)
            return
        if doing.step.refused and order is not None and not any(c.id == doing.result_id for c in self.checks):
            self._accepted(doing)
        if doing.by != CHAOS and not doing.step.refused:
            lasts = doing.step.kind is StepKind.LOAD and doing.step.for_us is not None
            self._at(
                max(now, doing.begun_us + (doing.step.for_us or 0)) if lasts else now, partial(self._ended, doing.step)
            )

    def _ended(self, step: Step) -> None:
        """It has ended or passed: what comes after it begins its time."""
        if step.id not in self._left:
            return
        self._left[step.id] -= 1
        if self._left[step.id]:
            return
        for following in self.drill.timeline:
            if following.after == step.id and following not in self._withheld:
                self._arm(following)

    def _load_back(self, step: Step) -> Command | None:
        """What gives an app its former load back."""
        if step.kind is not StepKind.LOAD or step.for_us is None or step.command is None:
            return None
        writes, reads = self.session.cloud.apps[step.command.target].asked_for
        changes = step.command.model_dump(exclude_none=True)
        before = {"writes": writes // 1000, "reads": reads // 1000}
        return step.command.model_copy(update={key: rate for key, rate in before.items() if key in changes})

    # -- marks, checks, chance ----------------------------------------------------------------------------------

    def _mark(self, name: str) -> None:
        """Remember what checks will compare with."""
        now = self.session.now_us
        every = (*self.drill.given, *self.drill.steady, *(c for s in self.drill.timeline for c in (*s.checks, *s.when)))
        for check in every:
            if isinstance(check.right, Reference) and check.right.mark == name:
                self.marked[check.right.subject.text, name] = check.right.subject.value(self.scene, now)

    def check_now(self, kind: str, checks: tuple[Check, ...], when: str) -> None:
        """Checks of one instant."""
        now = self.session.now_us
        for number, check in enumerate(checks):
            holds = check.holds(self.scene, self.marked, now)
            self.checks.append(
                CheckResult(
                    id=f"{kind}[{number}]{when}",
                    kind=kind,
                    text=check.text,
                    outcome=Outcome.PASSED if holds else Outcome.FAILED,
                    begun_us=now,
                    decided_us=now,
                    seen=check.seen(self.scene, now),
                    why="" if holds else "not true at this instant",
                    event=self._last_row,
                )
            )

    def _throw(self, throw: int) -> None:
        """One of the random faults strikes, if it may, and the dice are thrown for the next one."""
        now = self.session.now_us
        command, again_us = self._dice.throw(throw, now, self.session.cloud)
        if command is not None:
            step = Step(-1, f"chaos[{self._dice.struck}]", StepKind.FAULT, command=command)
            doing = self._record(Doing(step, step.id, CHAOS, now, text=command.line()))
            self._order(doing, command, CHAOS)
        if again_us is not None and again_us < self.drill.length_us:
            self._at(again_us, partial(self._throw, throw))

    # -- what came of it ----------------------------------------------------------------------------------------

    def check_results(self) -> list[CheckResult]:
        """Every check, in the order of the file; one that never began is not-reached."""
        found = list(self.checks)
        for step in self.drill.timeline:
            watches = [watch for one, watch in self.watches if one is step]
            if step.checks and not watches:
                found.append(self._not_reached(step))
            for watch in watches:
                found.append(
                    CheckResult(
                        id=step.id,
                        kind=step.kind.value,
                        text=step.told,
                        note=step.note,
                        outcome=watch.outcome,
                        begun_us=watch.begun_us,
                        decided_us=watch.decided_us,
                        seen=watch.seen,
                        why=watch.why or "the drill ended before it was decided",
                        event=self.observer.decided.get(id(watch), self._last_row),
                    )
                )
            if step.refused and not any(check.id.partition("#")[0] == step.id for check in self.checks):
                found.append(self._not_reached(step))
        return found

    def by_others(self) -> list[Order]:
        """What somebody else asked for: the person at the console."""
        return [order for order in self.session.orders if order.who not in (SCRIPT, SOLUTION, CHAOS)]

    def _not_reached(self, step: Step) -> CheckResult:
        withheld = step in self._withheld
        why = "its step was withheld" if withheld else self._why_never(step)
        kind = "refused" if step.refused else step.kind.value
        return CheckResult(id=step.id, kind=kind, text=step.told, note=step.note, outcome=Outcome.NOT_REACHED, why=why)

    def _why_never(self, step: Step) -> str:
        if step.after is not None and self._left.get(step.after):
            return f"it never began: {step.after} has not ended"
        return "its condition was never true" if step.when else "it never began"

    def step_results(self) -> list[StepResult]:
        """Every step that asks or says something, as it went; then those that never began."""
        found = [
            StepResult(
                id=doing.result_id,
                kind="chaos" if doing.by == CHAOS else doing.step.kind.value,
                text=doing.text,
                by=doing.by if not doing.step.sender else doing.step.sender,
                hidden=doing.step.hidden,
                outcome=doing.outcome,
                begun_us=doing.begun_us,
                ended_us=doing.ended_us,
                code=doing.code,
                sentence=doing.sentence,
            )
            for doing in self.doings
        ]
        found += [
            StepResult(
                id=f"order {order.id}",
                kind="action",
                text=order.line,
                by=order.who,
                outcome=_OUTCOMES.get(order.state, Outcome.DONE),
                begun_us=order.asked_us,
                ended_us=order.ended_us,
                code=order.code,
                sentence=order.sentence,
            )
            for order in self.by_others()
        ]
        for step in self.drill.timeline:
            if not step.checks and step.id not in self._begun:
                withheld = step in self._withheld
                found.append(
                    StepResult(
                        id=step.id,
                        kind=step.kind.value,
                        text=step.told,
                        by=SOLUTION if step.solution else SCRIPT,
                        hidden=step.hidden,
                        outcome=Outcome.WITHHELD if withheld else Outcome.NOT_REACHED,
                        sentence="" if withheld else self._why_never(step),
                    )
                )
        return found
