"""A session: one cloud, the commands asked of it, and the order in which they take effect.

It is synchronous and knows no wall clock. A command enters by one door, ``ask``, live, scripted or replayed: it is
stamped with the virtual instant, written to the journal, checked as AWS would check it, started, and the instant is run
dry before anything else happens. So the same commands at the same virtual times give the same bytes in the event log.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from opsconsole.cloud import Cloud, Refused

if TYPE_CHECKING:
    from opsconsole.commands import Command
    from opsconsole.engine.recording import Recorder

MAX_ENDED_ORDERS: Final = 1_000
"""Orders that are over and still remembered; running ones always are."""

NOBODY: Final = "session"
"""Source of a command's row in the event log where the command has no target."""


class OrderState(StrEnum):
    """How far a command has come."""

    ASKED = "asked"
    REFUSED = "refused"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OUTCOMES: Final[dict[OrderState, Literal["refused", "done", "failed"]]] = {
    OrderState.REFUSED: "refused",
    OrderState.DONE: "done",
    OrderState.FAILED: "failed",
}
"""What the journal calls the ways in which a command ends."""


@dataclass(slots=True)
class Order:
    """A command that was asked, and what became of it. Only the session changes it.

    ``code`` and ``sentence`` are AWS's, for an order that was refused or that failed later. Times are virtual µs.
    """

    id: int
    command: Command
    line: str
    who: str
    asked_us: int
    state: OrderState = OrderState.ASKED
    code: str = ""
    sentence: str = ""
    ended_us: int | None = None

    @property
    def over(self) -> bool:
        """Nothing more will come of it."""
        return self.ended_us is not None


class Scripted(NamedTuple):
    """A command that will be asked by itself at a virtual time (µs)."""

    time_us: int
    who: str
    command: Command


class Origin(NamedTuple):
    """Where a session comes from: what a journal's header says of its fleet, and where it is, or was, recorded."""

    fleet_name: str
    fleet_text: str
    journal: Path | None = None


class Attendant(Protocol):
    """Who looks on after every instant in which something happened, and may ask for something then: a drill."""

    def look(self) -> None:
        """Something has happened at this instant, or it is the time of ``next_us``."""

    @property
    def next_us(self) -> int | None:
        """When it has to look next (virtual µs) if nothing happens before; None for never."""


class Session:
    """A cloud with an inbox.

    ``run_until`` moves virtual time and asks what the script holds on the way; ``ask`` asks something now. With a
    ``recorder`` every command is journalled before it takes effect. An ``attendant`` sees every instant. Without an
    ``origin`` no journal of it can be begun later on, and nobody can follow it.
    """

    def __init__(self, cloud: Cloud, recorder: Recorder | None = None, origin: Origin | None = None) -> None:
        self.cloud = cloud
        self.origin = origin
        self.recorder = recorder
        self.attendant: Attendant | None = None
        self._orders: OrderedDict[int, Order] = OrderedDict()
        self._ended: deque[int] = deque()
        self._asked: list[Scripted] = []
        self._script: deque[Scripted] = deque()

    @property
    def now_us(self) -> int:
        """Virtual microseconds since the run began."""
        return self.cloud.kernel.now_us

    @property
    def next_time_us(self) -> int | None:
        """When something is due next, in the cloud or in the script; None when nothing is."""
        times = [self.cloud.kernel.next_time_us]
        if self._script:
            times.append(self._script[0].time_us)
        if self.attendant is not None:
            times.append(self.attendant.next_us)
        return min((time for time in times if time is not None), default=None)

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders still remembered, oldest first."""
        return tuple(self._orders.values())

    @property
    def asked(self) -> tuple[Scripted, ...]:
        """Everything that was asked since the run began, and when: with fleet and seed this is the whole session."""
        return tuple(self._asked)

    @property
    def script(self) -> tuple[Scripted, ...]:
        """What is still to be asked by itself, in order."""
        return tuple(self._script)

    @property
    def last_seq(self) -> int:
        """The number of the latest order; orders count from 1."""
        return len(self._asked)

    def schedule(self, entries: Iterable[Scripted]) -> None:
        """Have commands asked when virtual time reaches them; equal times keep the order given here.

        A time that has passed is taken as now. Sorting is stable, so what was scheduled first is asked first.
        """
        entries = [entry._replace(time_us=max(entry.time_us, self.now_us)) for entry in entries]
        self._script = deque(sorted([*self._script, *entries], key=lambda entry: entry.time_us))

    def forget_script(self) -> None:
        """Ask nothing by itself any more."""
        self._script.clear()

    def run_until(self, time_us: int) -> None:
        """Run all that is due up to and including ``time_us``, ask what the script holds, and leave the clock there."""
        while self.attendant is not None and (due := self.next_time_us) is not None and due <= time_us:
            self._run_scripted(due)
            self._attend()
        self._run_scripted(time_us)

    def _run_scripted(self, time_us: int) -> None:
        while self._script and self._script[0].time_us <= time_us:
            self.cloud.kernel.run_until(self._script[0].time_us)
            entry = self._script.popleft()
            self._ask(entry.command, entry.who)
        self.cloud.kernel.run_until(time_us)

    def _attend(self) -> None:
        if self.attendant is not None:
            self.attendant.look()

    def ask(self, command: Command, who: str) -> Order:
        """Ask for a command now, after everything due at this instant; then run the instant dry.

        AWS's refusal is an outcome, not an error: the order comes back ``refused`` with code and sentence. A target
        that the fleet does not have raises ``UnknownTarget``, and then nothing was asked.
        """
        order = self._ask(command, who)
        self._attend()
        return order

    def _ask(self, command: Command, who: str) -> Order:
        self.cloud.kernel.run_until(self.now_us)
        command.find(self.cloud)
        self._asked.append(Scripted(self.now_us, who, command))
        order = Order(len(self._asked), command, command.line(), who, self.now_us)
        self._orders[order.id] = order
        if self.recorder is not None:
            self.recorder.asked(order.id, order.asked_us, who, order.line)
        try:
            command.admit(self.cloud, asked=True)
        except Refused as refusal:
            self._end(order, OrderState.REFUSED, refusal)
        else:
            order.state = OrderState.RUNNING
            self._log(order, "running")
            self.cloud.kernel.spawn(self._carry_out(order), name=f"order-{order.id} {order.line}")
        self.cloud.kernel.run_until(self.now_us)
        return order

    def record(self, recorder: Recorder, asked: int, ended: Collection[int]) -> None:
        """Be recorded from now on, in a journal that has the first ``asked`` orders, and the ends of some.

        What the instant at which its process died brought besides, and was not written any more, is written now.
        """
        self.recorder = recorder
        for order in self.orders:
            if order.id > asked:
                recorder.asked(order.id, self.now_us, order.who, order.line)
            if order.over and order.id not in ended:
                recorder.ended(order.id, self.now_us, OUTCOMES[order.state], order.code)

    def mark(self, why: Literal["tick", "pause", "speed", "quit"], speed: float) -> None:
        """Record in the journal, if there is one, where virtual time stands and why that is worth knowing."""
        if self.recorder is not None:
            self.recorder.clock(self.now_us, why, speed)

    def steered(self, who: str, what: str) -> None:
        """Record in the journal, if there is one, who else than the operator did something to time."""
        if self.recorder is not None:
            self.recorder.steered(self.now_us, who, what)

    def order(self, id: int) -> Order | None:
        """An order by its number, if it is still remembered."""
        return self._orders.get(id)

    def close(self, speed: float = 1.0) -> None:
        """The session is over: finish its journal, if it has one."""
        if self.recorder is not None:
            self.recorder.close(self.now_us, speed)

    async def _carry_out(self, order: Order) -> None:
        try:
            await order.command.run(self.cloud)
        except Refused as refusal:  # accepted at first, as AWS does, and found impossible on the way
            self._end(order, OrderState.FAILED, refusal)
        else:
            self._end(order, OrderState.DONE)

    def _end(self, order: Order, state: OrderState, refusal: Refused | None = None) -> None:
        order.state = state
        order.ended_us = self.now_us
        if refusal is not None:
            order.code, order.sentence = refusal.code, refusal.sentence
        self._log(order, state.value)
        if self.recorder is not None:
            self.recorder.ended(order.id, self.now_us, OUTCOMES[state], order.code)
        self._ended.append(order.id)
        if len(self._ended) > MAX_ENDED_ORDERS:
            del self._orders[self._ended.popleft()]

    def _log(self, order: Order, outcome: str) -> None:
        # Who asked is the journal's business: a scripted run and a live one must write the same bytes here.
        aws = {"code": order.code, "sentence": order.sentence} if order.code else {}
        source = order.command.target or NOBODY
        self.cloud.log.sim(self.now_us, source, "command", order=order.id, command=order.line, outcome=outcome, **aws)
