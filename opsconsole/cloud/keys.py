"""KMS keys of the customer: what they encrypt, and what becomes of it while one is disabled.

A key encrypts a database, its snapshots and its replicas in the Region. While it is disabled RDS cannot open them: the
database becomes inaccessible, recoverably for seven days, and nothing can be restored from what it encrypted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import databases
from opsconsole.cloud.rds_work import cancel
from opsconsole.simulation import Step, Timer, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.cluster import Cluster
    from opsconsole.cloud.rds import DbInstance

RECOVERABLE = "inaccessible-encryption-credentials-recoverable"
TERMINAL = "inaccessible-encryption-credentials"
LOCKS = ("available", "storage-optimization", "storage-initialization")
DAY_US = 86_400_000_000


class Key:
    """One customer managed key. `holds` are who disabled it: an operator, or faults."""

    def __init__(self, cloud: Cloud, id: str, region: str) -> None:
        self.cloud = cloud
        self.id = id
        self.region = region
        self.holds: dict[str, None] = {}
        self.state: Step[str] = Step("Enabled")
        self._noticing: Timer | None = None
        self._giving_up: Timer | None = None

    @property
    def enabled(self) -> bool:
        """Whether it can be used."""
        return not self.holds

    def disable(self, cause: str) -> None:
        """Nobody can use it any more, as long as any cause holds."""
        self.holds[cause] = None
        self._changed()

    def enable(self, cause: str) -> None:
        """One cause is gone."""
        self.holds.pop(cause, None)
        self._changed()

    def _changed(self) -> None:
        now, state, before = self.cloud.now_us, "Enabled" if self.enabled else "Disabled", self.state.value
        if not self.state.set(now, state):
            return
        self.cloud.log.sim(now, self.id, "key", was=before, now=state)
        cancel(self._noticing)
        cancel(self._giving_up)
        due = now + round(self.cloud.draw(self.id, "kms-detection") * 1_000_000)
        self._noticing = self.cloud.kernel.call_at(due, self._noticed)
        self._giving_up = None
        if not self.enabled:
            recoverable_us = round(catalog.assumption("kms-recoverable-days").value * DAY_US)
            self._giving_up = self.cloud.kernel.call_at(now + recoverable_us, self._too_late)

    # -- what RDS does ------------------------------------------------------------------------------------------

    def databases(self) -> list[DbInstance | Cluster]:
        """Whatever it encrypts, in id order."""
        everything: list[DbInstance | Cluster] = [*self.cloud.rds.values(), *self.cloud.clusters.values()]
        return [database for database in everything if database.spec.kms_key == self.id]

    def _noticed(self) -> None:
        """RDS has found out: databases are closed, or could be started again. Who is being changed is closed later."""
        self._noticing = None
        waiting = False
        for database in self.databases():
            status = database.status.value
            if self.enabled and status == RECOVERABLE:
                self._say("0420", database)
            elif not self.enabled and _is_at_rest(self.cloud, database):
                self._say("0418", database)
                self._say("0419", database)
                lock(self.cloud, database)
            elif not self.enabled:
                waiting = waiting or status not in (RECOVERABLE, TERMINAL, "stopped", "deleting")
        if waiting:
            again = self.cloud.now_us + round(self.cloud.draw(self.id, "kms-detection") * 1_000_000)
            self._noticing = self.cloud.kernel.call_at(again, self._noticed)

    def _say(self, event: str, database: DbInstance | Cluster) -> None:
        """AWS tells of DB instances, also of those of a cluster."""
        cluster = self.cloud.clusters.get(database.id)
        for id in [database.id] if cluster is None else list(cluster.instances):
            self.cloud.log.aws(self.cloud.now_us, id, event, name=id)

    def _too_late(self) -> None:
        """Seven days are over: what is inaccessible can only be restored from a backup, once the key is back."""
        self._giving_up = None
        for database in self.databases():
            if database.status.value == RECOVERABLE:
                _set_status(self.cloud, database, TERMINAL)


def _is_at_rest(cloud: Cloud, database: DbInstance | Cluster) -> bool:
    """Whether nothing is being done to a database, nor to any instance of a cluster: then it can be closed."""
    db = cloud.rds.get(database.id)
    if db is not None and (db.failing_over or (db.change is not None and not db.change.done)):
        return False  # the host that takes over would open it again, and so would a change that waits for its host
    cluster = cloud.clusters.get(database.id)
    members = cluster.instances.values() if cluster is not None else ()
    return database.status.value in LOCKS and all(member.status.value == "available" for member in members)


def lock(cloud: Cloud, database: DbInstance | Cluster) -> None:
    """A database whose key cannot be used: its engines are stopped, and nothing but its storage is billed.

    A cluster of a global database cannot be recovered afterwards (AWS documentation).
    """
    cluster = cloud.aurora.get(database.id)
    lost = cluster is not None and cloud.global_of(cluster) is not None
    _set_status(cloud, database, TERMINAL if lost else RECOVERABLE)
    for id in databases.servers_of(cloud, database.id):
        cloud.servers[id].close()
    database.look_again()


def _set_status(cloud: Cloud, database: DbInstance | Cluster, status: str) -> None:
    database.set_status(status)
    if database.id in cloud.clusters:
        for instance in cloud.clusters[database.id].instances.values():
            instance.set_status(status)


async def start_cluster(cluster: Cluster) -> None:
    """StartDBCluster of an inaccessible cluster, once its key can be used again: every instance boots."""
    cluster.set_status("starting")
    for instance in cluster.instances.values():
        instance.set_status("starting")
    seconds = cluster.world.draw(cluster.id, "rds-start")
    cluster.busy_until_us = cluster.world.now_us + round(seconds * 1_000_000)
    await sleep(seconds)
    cluster.busy_until_us = None
    for instance in cluster.instances.values():
        if instance.host_up:
            instance.open(cold=True)
        elif not instance.deleting:
            instance.set_status("available")  # it boots when its host comes back
    cluster.set_status("available")
