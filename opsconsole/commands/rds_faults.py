"""What may go wrong with an RDS DB instance: its volume, its engine, its network, its replication.

A failed volume, an engine that hangs and a cut network are AWS's own reasons for a Multi-AZ failover.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.disk import GIB
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.replication import ERROR, REPLICATING
from opsconsole.cloud.server import Engine
from opsconsole.commands.base import Preview, Seconds
from opsconsole.commands.data_faults import Share
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.rds_checks import apps_of
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet.units import format_duration


def then_without_primary(db: DbInstance) -> str:
    """What follows the loss of the primary."""
    if db.mirror.may_take_over() and db.standby is not None:
        return f"the standby in {db.standby.zone.name} takes over in one to two minutes, under the same name"
    return "there is no standby that could take over: it is down until this is healed"


class FailStorage(FaultCommand):
    """The EBS volume under the primary fails: nothing can be read or written there.

    A Multi-AZ instance fails over ("The storage volume underlying the primary host ... experienced a failure."). A
    Single-AZ instance is down until it is healed.
    """

    name: ClassVar[str] = "sim:fail-storage"
    title: ClassVar[str] = "Fail the storage volume"
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    def check(self, cloud: Cloud) -> None:
        if not cloud.rds[self.target].primary.running:
            raise Refused("InvalidDBInstanceState", f"{self.target} has no running engine to lose its storage")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        return Preview((db.id,), (db.id,), apps_of(cloud, db), (then_without_primary(db),))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        fault, host = self.begin(cloud), db.primary
        db.storage_failures[fault.id] = None
        host.lose_host(fault.id)

        def undo() -> None:
            db.storage_failures.pop(fault.id, None)
            host.regain_host(fault.id)
            db.look_again()

        fault.undo.append(undo)
        await cloud.faults.last(fault)


class DiskFill(FaultCommand):
    """Log files that nobody rotates fill the storage of a DB instance until only `left` of it is free, or nothing.

    FreeStorageSpace falls; RDS-EVENT-0089 at 10 % free; before nothing is free RDS shuts the database down
    (`storage-full`, RDS-EVENT-0007 and 0221), and a standby is as full. Storage autoscaling helps where it is on and
    fast enough. Modify the storage, then purge; an alarm at 20 % free tells in time. Healing purges the files; a
    database that was shut down still wants more storage. Source: AWS documentation, DB instance running out of storage;
    the files are SIM.
    """

    name: ClassVar[str] = "sim:disk-fill"
    title: ClassVar[str] = "Fill the storage"
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    left: Share = Field(0, description="how much of the storage is free in the end, for example 5%")
    within: Seconds = Field(300.0, description="how long it takes; 0s for at once")

    def _bytes(self, db: DbInstance) -> int:
        """What has to be added."""
        disk = db.disk.allocated_bytes
        return db.watch.free_bytes(db.world.now_us) - disk * self.left // 1_000_000

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        if db.status.value in ("creating", "storage-full"):
            raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}: there is nothing to fill")
        if self._bytes(db) <= 0:
            raise Refused("InvalidParameterCombination", f"{db.id} has no more than that free already")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        full = self.left <= catalog.assumption("storage-full-share").value * 1_000_000
        then = f"{self._bytes(db) / GIB:.0f} GiB in {format_duration(self.within)}"
        end = "RDS shuts it down; only more storage brings it back" if full else "it goes on, with little to spare"
        return Preview((db.id,), (db.id,), apps_of(cloud, db), (then, end))

    async def run(self, cloud: Cloud) -> None:
        fault, contents = self.begin(cloud), cloud.rds[self.target].contents
        contents.pile_up(fault.id, self._bytes(cloud.rds[self.target]), self.within)
        fault.undo.append(lambda: contents.purge(fault.id))
        await cloud.faults.last(fault)


class Hang(FaultCommand):
    """The primary is busy and answers nobody. A Multi-AZ instance fails over, a Single-AZ one just hangs."""

    name: ClassVar[str] = "sim:hang"
    title: ClassVar[str] = "Make it unresponsive"
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    def check(self, cloud: Cloud) -> None:
        if not cloud.rds[self.target].primary.running:
            raise Refused("InvalidDBInstanceState", f"{self.target} has no running engine that could hang")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        return Preview((db.id,), (db.id,), apps_of(cloud, db), (then_without_primary(db),))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        fault, host = self.begin(cloud), db.primary
        db.hangs[fault.id] = None
        host.unplug(fault.id)

        def undo() -> None:
            db.hangs.pop(fault.id, None)
            host.plug_in(fault.id)

        fault.undo.append(undo)
        watch = cloud.kernel.spawn(_until_another_is_primary(cloud, db), f"{fault.id}: hang")
        fault.undo.append(watch.cancel)
        await cloud.faults.last(fault)


async def _until_another_is_primary(cloud: Cloud, db: DbInstance) -> None:
    """A failover ends the hang: the new primary is another engine."""
    before = db.primary.id
    await db.primary_history.until(cloud.kernel, lambda primary: primary != before)
    db.hangs.clear()
    db.look_again()


class CutNetwork(FaultCommand):
    """A server lives and is cut off the network: nothing arrives, in either direction.

    A Multi-AZ instance fails over ("... unreachable due to loss of network connectivity."), an Aurora writer too.
    """

    name: ClassVar[str] = "sim:cut-network"
    title: ClassVar[str] = "Cut it off the network"
    takes: ClassVar[TargetKind] = TargetKind.HOST

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds.get(self.target)
        if db is not None:
            return Preview((db.id,), (db.id,), apps_of(cloud, db), (then_without_primary(db),))
        return Preview((self.target,), (), (), ("nobody reaches it, and it reaches nobody",))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds.get(self.target)
        server = db.primary if db is not None else cloud.servers[self.target]
        fault = self.begin(cloud)
        server.unplug(fault.id)
        fault.undo.append(lambda: server.plug_in(fault.id))
        await cloud.faults.last(fault)


class LongTransaction(FaultCommand):
    """Somebody left a transaction open that changes more and more: a crash recovery has to roll it back first.

    A failover takes longer for it. RDS does not fail over because of it.
    """

    name: ClassVar[str] = "sim:long-transaction"
    title: ClassVar[str] = "Leave a transaction open"
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        if db.replication is not None:
            raise Refused("InvalidDBInstanceState", f"{db.id} is a read replica: nobody writes there")

    def preview(self, cloud: Cloud) -> Preview:
        return Preview((self.target,), (), (), ("a failover takes longer, the older the transaction is",))

    async def run(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        fault = self.begin(cloud)
        db.transactions[fault.id] = cloud.now_us
        boots = sum(host.boots for host in db.hosts.values())

        def undo() -> None:
            db.transactions.pop(fault.id, None)

        fault.undo.append(undo)
        watch = cloud.kernel.spawn(self._until_rolled_back(cloud, db, boots, fault.id), f"{fault.id}: long transaction")
        fault.undo.append(watch.cancel)
        await cloud.faults.last(fault)

    async def _until_rolled_back(self, cloud: Cloud, db: DbInstance, boots: int, fault: str) -> None:
        """A restart of the engine ends it."""
        while sum(host.boots for host in db.hosts.values()) == boots:
            await db.pulse
        db.transactions.pop(fault, None)


class ReplicationError(FaultCommand):
    """The replica cannot apply a change (MySQL 1062, duplicate entry): replication stops (RDS-EVENT-0045).

    ReplicaLag is -1 on MySQL and MariaDB; it goes on when the error is skipped or healed.
    """

    name: ClassVar[str] = "sim:replication-error"
    title: ClassVar[str] = "Break the replication"
    takes: ClassVar[TargetKind] = TargetKind.REPLICA

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        if db.replication is None or db.replication.status.value != REPLICATING:
            raise Refused("InvalidDBInstanceState", f"{db.id} does not replicate now")
        if db.primary.engine.value != Engine.RUNNING:
            raise Refused("InvalidDBInstanceState", f"{db.id} does not run")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        return Preview((db.id,), (db.id,), apps_of(cloud, db), ("its reads become older and older",))

    async def run(self, cloud: Cloud) -> None:
        replication = cloud.rds[self.target].replication
        if replication is None:
            return
        fault = self.begin(cloud)
        replication.set_status(ERROR, "0045")

        def undo() -> None:
            if replication.status.value == ERROR:
                replication.set_status(REPLICATING, "0046")

        fault.undo.append(undo)
        await cloud.faults.last(fault)
