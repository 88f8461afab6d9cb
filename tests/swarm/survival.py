"""What was acknowledged on synchronous standbys and shared volumes survives, whatever fails over.

A history is left behind only where AWS may lose writes: by who followed another (a promoted read replica, a secondary
that was failed over to or detached), and where an operator rewinds. Whoever leads its own history goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.events import Row
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.writelog import WRITE
from tests.swarm.touched import Scope

Require = Callable[[bool, str, str], None]


class Survival:
    """Follows one run: who led its own history at the last check, and where DB instances stood on theirs."""

    def __init__(self, cloud: Cloud, require: Require) -> None:
        self.cloud = cloud
        self._require = require
        self._leads: dict[str, bool] = {}
        self._stood: dict[str, tuple[str, int]] = {}
        self.check(Scope(everything=True))

    def follow(self, row: Row) -> None:
        """One row more."""
        source, kind = str(row["source"]), row.get("kind")
        if kind == "status" and (row["now"] == "gone" or "was" not in row):
            self._leads.pop(source, None)
            self._stood.pop(source, None)
        elif kind == "fork" and source not in self.cloud.caches and row.get("part") != "backtrack":
            led = self._leads.get(source, False)
            self._require(not led, "survive", f"{source} followed nobody, and leaves a history behind: {row}")
            self._stood.pop(source, None)

    def check(self, scope: Scope) -> None:
        """Remember who leads; nobody goes back, or to another history."""
        for cluster in scope.named(self.cloud.clusters):
            self._leads[cluster.id] = not _follows(cluster)
        for db in scope.named(self.cloud.rds):
            self._leads[db.id] = db.replication is None
            self._check_position(db)

    def _check_position(self, db: DbInstance) -> None:
        now = self.cloud.now_us
        here = (db.branch.id, db.contents.position(now))
        if db.replication is not None:  # a replica stands where its source's history does
            self._stood.pop(db.id, None)
            return
        branch, stood = self._stood.setdefault(db.id, here)
        self._stood[db.id] = here
        same = branch == here[0]
        self._require(same, "position", f"{db.id} moved from branch {branch} to {here[0]} without a fork")
        back = f"{db.id} went back from {stood / WRITE} to {here[1] / WRITE} on branch {branch}"
        self._require(here[1] >= stood, "position", back)


def _follows(cluster: Cluster) -> bool:
    """Whether its storage follows another Region's, or will."""
    return cluster.secondary or (isinstance(cluster, AuroraCluster) and cluster.volume.follower is not None)
