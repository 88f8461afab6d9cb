"""What a drill asks of its session, and what became of it. What cannot be done, or strikes nothing, proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from opsconsole.cloud import Refused
from opsconsole.commands import BadCommand, Command, Kind
from opsconsole.drills.result import CheckResult, Outcome
from opsconsole.drills.spec import Step, StepKind
from opsconsole.drills.under_way import Work, begun_by
from opsconsole.engine.session import Order, OrderState, Session

SCRIPT: Final = "script"
SOLUTION: Final = "solution"
CHAOS: Final = "chaos"
SOMEBODY: Final = "somebody"
"""Who stops a drill before its end: no step of it does."""


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
    work: tuple[Work, ...] = ()
    """What goes on in AWS although its call has been answered; with it the step ends."""


class Asking:
    """Asks through the session's one door. `ended` is called with each step that came to a good end.

    `last_row` tells the last event of the log. `trouble` says why the run proves nothing; empty while it may.
    """

    def __init__(self, session: Session, ended: Callable[[Doing], None], last_row: Callable[[], str]) -> None:
        self.session = session
        self.doings: list[Doing] = []
        self.checks: list[CheckResult] = []  # refusals that were wanted
        self.trouble = ""
        self._running: list[Doing] = []
        self._working: list[Doing] = []  # answered, and AWS is still at work
        self._ended = ended
        self._last_row = last_row

    def begin(self, step: Step, result_id: str, by: str, text: str) -> Doing:
        """A step begins now."""
        self.doings.append(Doing(step, result_id, by, self.session.now_us, text=text))
        return self.doings[-1]

    def order(self, doing: Doing, command: Command) -> None:
        """Ask for its command now."""
        if doing.by != CHAOS and self._strikes_nothing(command):
            self._spoil(doing, "", "it touches nothing in this fleet")
            return
        try:
            doing.order = order = self.session.ask(command, doing.by)
        except BadCommand as error:
            if doing.by == CHAOS:  # what it would have struck is gone by now: it strikes nothing
                doing.outcome, doing.sentence, doing.ended_us = Outcome.REFUSED, str(error), self.session.now_us
            else:
                self._spoil(doing, "", str(error))
            return
        if order.state is OrderState.REFUSED:
            doing.outcome, doing.ended_us = Outcome.REFUSED, order.asked_us
            self._refused(doing, order)
        elif order.over:
            self.finish(doing)
        else:
            self._running.append(doing)
            if doing.step.refused:
                self._accepted(doing)

    def _strikes_nothing(self, command: Command) -> bool:
        """Whether it is a fault that touches nothing and nobody."""
        if command.kind is not Kind.FAULT or type(command).preview is Command.preview:
            return False
        try:
            command.find(self.session.cloud)
            command.admit(self.session.cloud)
            preview = command.preview(self.session.cloud)
        except (BadCommand, Refused):  # said again, and judged, when it is asked
            return False
        return not (preview.nodes or preview.apps or preview.names or preview.sentences)

    def settle(self) -> bool:
        """Take note of orders that are over; whether any is."""
        answered = [doing for doing in self._running if doing.order is not None and doing.order.over]
        for doing in answered:
            self._running.remove(doing)
            self.finish(doing)
        completed = [doing for doing in self._working if not any(work() for work in doing.work)]
        for doing in completed:
            self._working.remove(doing)
            self._complete(doing)
        return bool(answered or completed)

    def finish(self, doing: Doing) -> None:
        """What a step asked for has been answered; work that AWS goes on with is waited for."""
        order, now = doing.order, self.session.now_us
        doing.ended_us = now if order is None or order.ended_us is None else order.ended_us
        self._beware_of_hands(doing)
        if order is not None and order.state is OrderState.FAILED:
            doing.outcome = Outcome.FAILED
            self._refused(doing, order)
            return
        if doing.step.refused:
            if not any(check.id == doing.result_id for check in self.checks):
                self._accepted(doing)
        elif doing.by != CHAOS:
            doing.work = () if order is None else tuple(begun_by(self.session.cloud, order.command))
            if doing.work:
                doing.ended_us = None
                self._working.append(doing)
            else:
                self._ended(doing)

    def _beware_of_hands(self, doing: Doing) -> None:
        """A fault that somebody healed at the console was no test: nobody can mend a zone of AWS's."""
        by_hand = any(
            order.command.name == "heal" and order.who not in (SCRIPT, SOLUTION) and order.ended_us == doing.ended_us
            for order in self.session.orders
        )
        if doing.step.kind is StepKind.FAULT and by_hand and not self.trouble:
            self.trouble = f"{doing.result_id} ({doing.text}) was healed by hand: no operator of AWS could do that"

    def _complete(self, doing: Doing) -> None:
        doing.ended_us = self.session.now_us
        self._ended(doing)

    def end(self) -> None:
        """The drill is over: what still ran has ended with it."""
        for doing in self._running:
            doing.ended_us = doing.order.ended_us if doing.order is not None else None

    def _refused(self, doing: Doing, order: Order) -> None:
        """AWS said no, at once or on the way: that is what was to be shown, or the step could not be done."""
        doing.code, doing.sentence = order.code, order.sentence
        wanted = doing.step.refused
        if not wanted:
            if doing.by != CHAOS:
                self._spoil(doing, order.code, order.sentence)
            return
        good = order.code == wanted
        why = order.sentence if good else f"refused with {order.code}, not {wanted}: {order.sentence}"
        self._check(doing, Outcome.PASSED if good else Outcome.FAILED, order.code, why)
        if good:
            self._ended(doing)

    def _accepted(self, doing: Doing) -> None:
        self._check(doing, Outcome.FAILED, "accepted", f"AWS should refuse it with {doing.step.refused}")

    def _check(self, doing: Doing, outcome: Outcome, seen: str, why: str) -> None:
        self.checks.append(
            CheckResult(
                id=doing.result_id,
                kind="refused",
                text=f"{doing.text} is refused with {doing.step.refused}",
                note=doing.step.note,
                outcome=outcome,
                begun_us=doing.begun_us,
                decided_us=self.session.now_us,
                seen=seen,
                why=why,
                event=self._last_row(),
            )
        )

    def _spoil(self, doing: Doing, code: str, sentence: str) -> None:
        doing.outcome, doing.code, doing.sentence = Outcome.REFUSED, code, sentence
        doing.ended_us = self.session.now_us
        if not self.trouble:
            told = f"{code}: {sentence}" if code else sentence
            self.trouble = f"{doing.result_id} ({doing.text}) could not be done: {told}"
