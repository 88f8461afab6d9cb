"""Virtual time: kernel, steps and curves, chance. Knows no AWS and imports nothing of ours."""

from opsconsole.simulation.chance import Chance, Stream, noise, noise_key
from opsconsole.simulation.curves import Curve
from opsconsole.simulation.kernel import SECOND_US, Deadlock, Kernel, LimitExceeded, Livelock, microseconds
from opsconsole.simulation.roots import crossing
from opsconsole.simulation.scopes import Scope, TaskGroup
from opsconsole.simulation.steps import Step
from opsconsole.simulation.tasks import Cancelled, Event, Task, TaskCancelled, Timer, first, sleep

__all__ = [
    "SECOND_US",
    "Cancelled",
    "Chance",
    "Curve",
    "Deadlock",
    "Event",
    "Kernel",
    "LimitExceeded",
    "Livelock",
    "Scope",
    "Step",
    "Stream",
    "Task",
    "TaskCancelled",
    "TaskGroup",
    "Timer",
    "crossing",
    "first",
    "microseconds",
    "noise",
    "noise_key",
    "sleep",
]
