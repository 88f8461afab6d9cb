"""How old what an app reads is, against what the database that it writes to has.

A copy that follows is as old as its lag. One that has left the history which the app writes to (it was promoted, or the
app writes to a restored copy) never gets what is written from then on: its age is the time since the first such write.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.apps import App
from opsconsole.cloud.names import Names
from opsconsole.cloud.server import Server
from opsconsole.cloud.writelog import Branch


class Ages:
    """Answers for every app and server; keeps nothing."""

    def __init__(self, names: Names, servers: dict[str, Server]) -> None:
        self._names = names
        self._servers = servers
        self._stale_us = round(catalog.assumption("stale-after-s").value * 1_000_000)

    def written(self, app: App) -> Branch | None:
        """The history of the database that an app writes to; None where it has none."""
        targets = self._names.resolve(app.write_record) if app.write_record is not None else ()
        server = self._servers.get(targets[0]) if targets else None
        return server.branch() if server is not None else None

    def age_us(self, app: App, server: Server, at_us: int) -> int:
        """How old what an app reads at a server is: now, or at a time before which nothing happens."""
        left_us = self._left_us(app, server, at_us)
        return server.lag_us(at_us) if left_us is None else max(server.lag_us(at_us), at_us - left_us)

    def is_behind(self, server: Server, now_us: int) -> bool:
        """Whether a server lags by more than the threshold, whoever reads there."""
        return server.may_be_stale() and server.lag_us(now_us) > self._stale_us

    def stale_from_us(self, app: App, server: Server, now_us: int) -> int | None:
        """From when on what an app reads at a server is older than the threshold: now at the latest if it is; None
        where nothing is foreseen (a lag has a forecast of its own).
        """
        if self.is_behind(server, now_us):
            return now_us
        left_us = self._left_us(app, server, now_us)
        return None if left_us is None else left_us + self._stale_us + 1

    def _left_us(self, app: App, server: Server, at_us: int) -> int | None:
        """Since when an app writes what a server that it reads will never have."""
        here = server.branch()
        if here is None or len(here.family) == 1:
            return None
        written = self.written(app)
        return None if written is None else here.lacks_since(written, at_us)
