"""Carries a drill out in a session: begins its steps, watches its checks, throws its dice. It knows no wall clock.

It attends the session (`engine.session.Attendant`), so it is the same headless and in the console, at any speed: every
step is asked through the session's one door, at the virtual instant at which it is due, and stands in its journal.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from functools import partial

from opsconsole.commands import Command, registry
from opsconsole.drills.asking import CHAOS, SCRIPT, SOLUTION, SOMEBODY, Asking, Doing
from opsconsole.drills.chaos import Dice
from opsconsole.drills.loads import Loads
from opsconsole.drills.manner import Manner
from opsconsole.drills.observer import Observer
from opsconsole.drills.result import CheckResult, Outcome
from opsconsole.drills.spec import START, Check, Drill, Reference, Step, StepKind
from opsconsole.drills.subjects import Scene
from opsconsole.drills.values import Value
from opsconsole.drills.watch import Always, Expect, Truth, Watch, When
from opsconsole.engine.session import Session


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
        self.asking = Asking(session, self._doing_ended, lambda: self.last_row)
        self.said: list[tuple[int, Step]] = []
        self.watches: list[tuple[Step, Watch]] = []  # under way, or decided
        self.stopped = ""  # why it was stopped
        self.ended_us: int | None = None
        self.next_us: int | None = 0
        self.on_end: Callable[[], None] = lambda: None  # called at the drill's last instant, when all is decided
        self._waiting: list[tuple[Step, When]] = []
        self._active: list[tuple[Step, Watch]] = []
        self._queue: list[tuple[int, int, Callable[[], object]]] = []
        self._count = 0
        self.begun: dict[str, int] = {}
        self.left = {step.id: step.times for step in drill.timeline}  # instances that have not ended
        self.withheld = tuple(step for step in drill.timeline if manner.withholds(step))
        self._loads = Loads(session.cloud.apps)
        self._dice = Dice(drill, session.cloud.seed, manner)
        self._looking = False
        self.last_row = ""
        session.cloud.log.subscribe(lambda line, row: self._note_row(row))
        for app in session.cloud.apps.values():
            app.books.keep_us = max(app.books.keep_us, drill.length_us)

    def _note_row(self, row: Mapping[str, object]) -> None:
        name = row["id"] if row["stream"] == "aws" else row["kind"]
        if name != "command":
            self.last_row = f"{row['source']}: {row.get('message') or name}"

    # -- the run ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The first instant: what is given and steady must be so; then everything is put on the timeline."""
        self._mark(START)
        self.check_now("given", self.drill.given, "")
        self.check_now("steady", self.drill.steady, " at the start")
        broken = [check for check in self.checks if check.outcome is not Outcome.PASSED]
        if broken:
            self.asking.trouble = f"{broken[0].id} does not hold: {broken[0].text}, it is {broken[0].seen}"
            self._end()
        else:
            self._arm_all()
            self.look()

    def _arm_all(self) -> None:
        """Put everything on the timeline."""
        self._at(self.drill.length_us, self._end)
        for step in self.drill.timeline:
            if step not in self.withheld and step.after is None:
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

    def _at(self, at_us: int, what: Callable[[], object]) -> None:
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
        ended = self.asking.settle()
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
            planned = watch.next_us()
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
            self._end(SOMEBODY)

    def _end(self, by: str = SCRIPT) -> None:
        """The drill is over: what is still open stays so, and every fault ends with it."""
        now = self.session.now_us
        for step, watch in self._active:
            if now >= self.drill.length_us and watch.look(now):  # what ends with the drill has come to its end
                self._decided(step, watch)
            watch.end(now)
        if not self.asking.trouble and not self.stopped:
            self.check_now("steady", self.drill.steady, " at the end")
        self.ended_us, self.next_us = now, None
        if self.session.cloud.faults.in_force:
            self.session.ask(registry()["heal"].model_validate({"target": "all"}), by)
        self.asking.end()
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
        self.begun[step.id] = self.begun.get(step.id, 0) + 1
        match step.kind:
            case StepKind.EXPECT | StepKind.ALWAYS:
                self._watch(step, now)
            case StepKind.STOP:
                self.stopped = step.text
                self.asking.begin(step, step.id, SCRIPT, step.text).ended_us = now
                self._end()
            case StepKind.SAY:
                self.said.append((now, step))
                self.asking.finish(self.asking.begin(step, self._result_id(step), SCRIPT, step.text))
            case _:
                self._ask(step, now)

    def _result_id(self, step: Step) -> str:
        return step.id if step.times == 1 else f"{step.id}#{self.begun[step.id]}"

    def _watch(self, step: Step, now: int) -> None:
        truth = self._truth(step.checks)
        watch: Watch
        if step.kind is StepKind.EXPECT:
            watch = Expect(truth, now, within_us=step.within_us, for_us=step.for_us or 0, allow_us=step.allow_us)
        else:
            ends = self.drill.length_us if step.for_us is None else now + step.for_us
            watch = Always(truth, now, ends_us=ends, allow_us=step.allow_us)
        self.watches.append((step, watch))
        self._active.append((step, watch))

    def _decided(self, step: Step, watch: Watch) -> None:
        watch.why += f"; {step.note}" if step.note and watch.outcome is Outcome.FAILED else ""
        self.observer.decided[id(watch)] = self.last_row
        if watch.outcome is Outcome.PASSED:
            self._ended(step)

    def _ask(self, step: Step, now: int) -> None:
        """A fault, an action, a load, a mark: through the session's door."""
        if step.command is None:
            raise ValueError(f"{step.id} has nothing to ask")
        by = SOLUTION if step.solution else SCRIPT
        doing = self.asking.begin(step, self._result_id(step), by, step.command.line())
        if step.kind is StepKind.MARK:
            self._mark(step.text)
        token = self._loads.begin(step, step.command) if step.kind is StepKind.LOAD else None
        self.asking.order(doing, step.command)
        if token is not None:
            self._at(now + (step.for_us or 0), partial(self._load_back, step.command, token, by))

    def _doing_ended(self, doing: Doing) -> None:
        """What a step began is over; a change of load is, when the load goes back."""
        step, now = doing.step, self.session.now_us
        back_us = doing.begun_us + (step.for_us or 0) if step.kind is StepKind.LOAD else now
        self._at(max(now, back_us), partial(self._ended, step))

    def _ended(self, step: Step) -> None:
        """It has ended or passed: what comes after it begins its time."""
        if step.id not in self.left:
            return
        self.left[step.id] -= 1
        if self.left[step.id]:
            return
        for following in self.drill.timeline:
            if following.after == step.id and following not in self.withheld:
                self._arm(following)

    def _load_back(self, command: Command, token: int, by: str) -> None:
        """Give an app back the load that it has after this one."""
        back = self._loads.end(command, token)
        if back is not None:
            self.session.ask(back, by)

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
                    event=self.last_row,
                )
            )

    def _throw(self, throw: int) -> None:
        """One of the random faults strikes, if it may, and the dice are thrown for the next one."""
        now = self.session.now_us
        command, again_us = self._dice.throw(throw, now, self.session.cloud)
        if command is not None:
            step = Step(-1, f"chaos[{self._dice.struck}]", StepKind.FAULT, command=command)
            self.asking.order(self.asking.begin(step, step.id, CHAOS, command.line()), command)
        if again_us is not None and again_us < self.drill.length_us:
            self._at(again_us, partial(self._throw, throw))
