"""Pending maintenance actions: what AWS would do to a resource, and when: at once, or in its window.

What is done is not known here. A service offers a `Work` for each of its resources (Aurora's are in `patching.py`); an
operator opts in. A resource that cannot be maintained when its window begins waits for the next one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from opsconsole.cloud.calendar import next_begin_us, window_of
from opsconsole.cloud.events import Value
from opsconsole.cloud.world import World
from opsconsole.simulation import Timer

Action = Literal["db-upgrade", "system-update", "os-upgrade", "hardware-maintenance", "ca-certificate-rotation"]
MINUTE_US = 60_000_000


class Work(ABC):
    """What an action does to its resource."""

    __slots__ = ("action", "description")

    def __init__(self, action: Action, description: str) -> None:
        self.action = action
        self.description = description

    @abstractmethod
    def obstacle(self) -> str | None:
        """Why it cannot be done now; None: it can."""

    @abstractmethod
    async def apply(self) -> bool:
        """Do it; whether it is then no longer pending (it may offer its successor)."""

    @abstractmethod
    def effects(self) -> tuple[str, ...]:
        """Sentences about what happens, as things stand now."""

    def say_postponed(self) -> None:  # noqa: B027 - most say nothing
        """A window came and it could not be done: what AWS logs."""


@dataclass(slots=True)
class Pending:
    """A pending action. `opt_in` is AWS's OptInStatus, empty without one; `due_us` when its window begins."""

    resource: str
    work: Work
    opt_in: str = ""
    due_us: int | None = None
    under_way: bool = False
    timer: Timer | None = None


class Maintenance:
    """Every resource's pending actions, by its id and theirs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.windows: dict[str, Callable[[], str]] = {}
        """The maintenance window of every resource that may be maintained."""
        self._pending: dict[str, tuple[Pending, ...]] = {}  # in the order of their actions

    def know(self, resource: str, window: Callable[[], str]) -> None:
        """A resource that may be maintained, and the window it has (it may change)."""
        self.windows[resource] = window
        self._pending.setdefault(resource, ())

    def forget(self, resource: str) -> None:
        """The resource is gone."""
        self.windows.pop(resource, None)
        for pending in self._pending.pop(resource, ()):
            self._unschedule(pending)

    def offer(self, resource: str, work: Work) -> None:
        """Make an action pending for a known resource."""
        others = (one for one in self._pending[resource] if one.work.action != work.action)
        pending = (*others, Pending(resource, work))
        self._pending[resource] = tuple(sorted(pending, key=lambda one: one.work.action))

    def withdraw(self, resource: str, action: Action) -> None:
        """An action is pending no more: it was applied, or became needless."""
        pending = self.find(resource, action)
        if pending is not None:
            self._pending[resource] = tuple(one for one in self._pending[resource] if one is not pending)
            self._unschedule(pending)

    def of(self, resource: str) -> list[Pending]:
        """A resource's pending actions, by name."""
        return list(self._pending.get(resource, ()))

    def find(self, resource: str, action: str) -> Pending | None:
        """One pending action of a resource, or None."""
        return next((one for one in self._pending.get(resource, ()) if one.work.action == action), None)

    # -- opting in ----------------------------------------------------------------------------------------------

    def schedule(self, pending: Pending) -> None:
        """Opt in to the next maintenance window."""
        self._unschedule(pending)
        pending.opt_in = "next-maintenance"
        self._await_window(pending, self.world.now_us)

    def window_moved(self, resource: str) -> None:
        """The resource's window is another one: what waits for it waits for the new one."""
        for pending in self.of(resource):
            if pending.timer is not None:
                self.schedule(pending)

    def undo(self, pending: Pending) -> None:
        """Take back an opt-in to the next window."""
        self._unschedule(pending)
        self._tell(pending, "available")

    async def begin(self, pending: Pending, opt_in: str = "immediate") -> None:
        """Do it now. Nothing must be in its way."""
        self._unschedule(pending)
        pending.opt_in, pending.under_way = opt_in, True
        self._tell(pending, "in-progress")
        done = await pending.work.apply()
        pending.opt_in, pending.under_way = "", False
        if done and self.find(pending.resource, pending.work.action) is pending:
            self.withdraw(pending.resource, pending.work.action)
        self._tell(pending, "applied" if done else "available")

    def _await_window(self, pending: Pending, from_us: int) -> None:
        window = self.windows[pending.resource]()
        pending.due_us = next_begin_us(self.world.fleet.start, from_us, window)
        pending.timer = self.world.kernel.call_at(pending.due_us, self._window_begins, pending)
        self._tell(pending, "next-maintenance", due_us=pending.due_us)

    def _window_begins(self, pending: Pending) -> None:
        pending.timer = pending.due_us = None
        reason = pending.work.obstacle()
        if reason is None:
            name = f"{pending.resource}: {pending.work.action}"
            self.world.kernel.spawn(self.begin(pending, "next-maintenance"), name)
            return
        pending.work.say_postponed()
        self._tell(pending, "postponed", reason=reason)
        length_us = window_of(self.windows[pending.resource]()).length_min * MINUTE_US
        self._await_window(pending, self.world.now_us + length_us)

    def _unschedule(self, pending: Pending) -> None:
        if pending.timer is not None:
            pending.timer.cancel()
        pending.timer = pending.due_us = None
        pending.opt_in = ""

    def _tell(self, pending: Pending, now: str, **facts: Value) -> None:
        action = pending.work.action
        self.world.log.sim(self.world.now_us, pending.resource, "maintenance", action=action, now=now, **facts)
