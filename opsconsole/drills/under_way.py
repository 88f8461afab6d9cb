"""Whether what an AWS operation began is over, as a waiter of the AWS CLI would tell it.

AWS answers most calls at once and works for minutes afterwards; a step that waits for one wants the work done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from opsconsole.cloud import Cloud
from opsconsole.commands import Command, Kind
from opsconsole.simulation import Task

Work = Callable[[], bool]
"""Whether a piece of work is still under way."""


def begun_by(cloud: Cloud, command: Command) -> list[Work]:
    """The work that goes on now that AWS has answered: changes of what the command names, copies of snapshots."""
    if command.kind is not Kind.OPERATION:
        return []
    return [work for id in _named(command) for work in _of(cloud, id) if work()]


def _named(command: Command) -> list[str]:
    """Everything that a command names: its target, and what it makes."""
    return [value for field in type(command).model_fields if isinstance(value := getattr(command, field), str)]


def _of(cloud: Cloud, id: str) -> list[Work]:
    found: list[Work] = []
    for thing in (cloud.clusters.get(id), cloud.rds.get(id), cloud.caches.get(id)):
        if thing is not None and thing.change is not None:
            found.append(partial(_is_running, thing.change))
    if id in cloud.snapshots:
        found.append(partial(_is_being_made, cloud, id))
    return found


def _is_running(task: Task[None]) -> bool:
    return not task.done


def _is_being_made(cloud: Cloud, name: str) -> bool:
    return name in cloud.snapshots and cloud.snapshots[name].status.value in ("creating", "copying")
