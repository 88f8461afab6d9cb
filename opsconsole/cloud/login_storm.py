"""A storm of clients that open connections to a database until it has no more: who holds one keeps it, others get none.

It goes for whoever leads the database, so it follows every failover. Each try to log in costs CPU, successful or not.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.world import World
from opsconsole.simulation import Step


class LoginStorm:
    """The storm on one database, with an hour of history."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._causes: dict[str, None] = {}
        self._rages: Step[bool] = Step(False, world.now_us)
        self._cpu_share = catalog.assumption("login-storm-cpu-share").value

    def begin(self, cause: str) -> None:
        """Clients take every connection that is free from now on."""
        self._causes[cause] = None
        self._rages.set(self._world.now_us, True)

    def end(self, cause: str) -> None:
        """One cause is gone; its clients close their connections when none is left."""
        self._causes.pop(cause, None)
        self._rages.set(self._world.now_us, bool(self._causes))

    def cpu_share_at(self, at_us: int) -> float:
        """The share of the CPUs that logins take at a time; 0 for none while there is no storm."""
        return self._cpu_share if self._rages.at(at_us) else 0.0
