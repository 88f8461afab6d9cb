"""Loads that last for a while, and what each gives an app back: also where one begins before another has ended.

The load that began last is the one that an app has. When it ends, the one before it is in force again, if that lasts
still, else what the app had before all of them. A load that lasts for ever is what all of them go back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsconsole.cloud.apps import App
from opsconsole.commands import Command
from opsconsole.drills.spec import Step

KEYS = ("writes", "reads")


@dataclass
class _Level:
    """One kind of requests of one app: what it had before, and the loads in force, the oldest first."""

    base: int
    loads: list[tuple[int, int]] = field(default_factory=list)  # its token, its rate


class Loads:
    """The loads of one run. A token stands for one load that has begun."""

    def __init__(self, apps: Mapping[str, App]) -> None:
        self._apps = apps
        self._levels: dict[tuple[str, str], _Level] = {}
        self._count = 0

    def begin(self, step: Step, command: Command) -> int | None:
        """A load begins now; the token to end it with, None if it lasts for ever."""
        self._count += 1
        had = dict(zip(KEYS, (rate // 1000 for rate in self._apps[command.target].asked_for), strict=True))
        for key, rate in _rates(command).items():
            place = command.target, key
            if step.for_us is None:
                self._levels.pop(place, None)
            else:
                self._levels.setdefault(place, _Level(had[key])).loads.append((self._count, rate))
        return None if step.for_us is None else self._count

    def end(self, command: Command, token: int) -> Command | None:
        """What gives the app back what it has after this load; None if it has something newer."""
        back = {key: self._end(command.target, key, token) for key in _rates(command)}
        return None if all(rate is None for rate in back.values()) else command.model_copy(update=back)

    def _end(self, app: str, key: str, token: int) -> int | None:
        level = self._levels.get((app, key))
        if level is None or all(one != token for one, _ in level.loads):
            return None
        newest = level.loads[-1][0] == token
        level.loads = [load for load in level.loads if load[0] != token]
        rate = level.loads[-1][1] if level.loads else level.base
        if not level.loads:
            del self._levels[app, key]
        return rate if newest else None


def _rates(command: Command) -> dict[str, int]:
    return {key: int(rate) for key in KEYS if (rate := getattr(command, key, None)) is not None}
