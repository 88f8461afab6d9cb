"""Faults of one DB instance: its engine process, its host, its replication; and what FIS does to DB instances."""

from __future__ import annotations

from typing import ClassVar

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.aurora import AuroraInstance
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.places import Region
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.server import HOST_FAILURE, Engine, Server
from opsconsole.commands import cache_checks, rds_checks
from opsconsole.commands.base import Command, Kind, Preview
from opsconsole.commands.blast import names_of, users_of, users_of_servers, with_writers_restart
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.operations import FailOverCluster, RebootInstance
from opsconsole.commands.targets import TargetKind


def _instance_preview(cloud: Cloud, id: str, then: str, restarts: bool = False) -> Preview:
    """What a fault of one instance reaches; `restarts`: the cluster's writer restarts or is replaced by it."""
    server = server_of(cloud, id)
    if isinstance(server, Host):
        return Preview((id,), (server.db.id,), rds_checks.apps_of(cloud, server.db), (then,))
    instance, cluster = cloud.instances[id], cloud.cluster_of(id)
    preview = Preview((id,), names_of(cluster, instance), users_of(cloud, [instance]), (then,))
    return with_writers_restart(cloud, cluster, preview) if restarts and instance is cluster.writer else preview


class CrashInstance(Command):
    """The engine process dies. Aurora restarts it in place, in seconds; nothing fails over.

    Connections break. Aurora MySQL's own `ALTER SYSTEM CRASH` does the same. A cache node comes back empty; the primary
    of a shard with automatic failover is replaced by a replica before that.
    """

    name: ClassVar[str] = "sim:crash-instance"
    title: ClassVar[str] = "Crash the engine process"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.HOST

    def check(self, cloud: Cloud) -> None:
        if not server_of(cloud, self.target).running:
            raise Refused("InvalidDBInstanceState", f"{self.target} has no running engine that could crash")

    def preview(self, cloud: Cloud) -> Preview:
        node = server_of(cloud, self.target)
        if isinstance(node, CacheNode):
            return cache_checks.preview_of(cloud, (node,), cache_checks.then_of(node.shard, node))
        return _instance_preview(cloud, self.target, "restarts in place; there is no failover", restarts=True)

    async def run(self, cloud: Cloud) -> None:
        cloud.log.sim(cloud.now_us, self.target, "fault", name=self.name, now="struck")
        server = server_of(cloud, self.target)
        if isinstance(server, CacheNode):
            server.begin(server.restart("elasticache-reboot"), "restart after a crash")
            return
        if isinstance(server, Host):
            rds_checks.crash(server.db)
            return
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        instance.begin(instance.recover_from_crash(), "recover from a crash")
        if instance is cluster.writer:
            cluster.on_writer_restart()
            if cluster.version.readers_restart_with_writer:
                cluster.restart_readers()


def server_of(cloud: Cloud, id: str) -> Server:
    """The server that an id means: an RDS DB instance's is its primary."""
    return cloud.rds[id].primary if id in cloud.rds else cloud.servers[id]


class CrashHost(FaultCommand):
    """The machine under an instance dies. A writer or a Multi-AZ primary fails over; AWS replaces the host in minutes.

    With `for` the host stays dead that long and is not replaced; without, until it is replaced or healed. An RDS DB
    instance means its primary; its hosts have ids of their own (`ledger/2`).
    """

    name: ClassVar[str] = "sim:crash-host"
    title: ClassVar[str] = "Kill the host"
    takes: ClassVar[TargetKind] = TargetKind.HOST

    def preview(self, cloud: Cloud) -> Preview:
        if self.target not in cloud.instances:
            return self._preview_host(cloud)
        cluster, instance = cloud.cluster_of(self.target), cloud.instances[self.target]
        candidates = [i.id for i in cluster.candidates() if i is not instance]
        then = "leaves the reader endpoint"
        if instance is cluster.writer:
            then = f"{candidates[0]} is promoted" if candidates else "no reader: recreated in the same zone, minutes"
        return _instance_preview(cloud, self.target, then, restarts=bool(candidates))

    def _preview_host(self, cloud: Cloud) -> Preview:
        db, server = cloud.rds.get(self.target), server_of(cloud, self.target)
        if isinstance(server, CacheNode):
            return cache_checks.preview_of(cloud, (server,), cache_checks.then_of(server.shard, server))
        if isinstance(server, Host):
            db = server.db
        then = "it is replaced in the same zone, in minutes"
        if db is not None and server is db.primary and db.standby is not None and db.mirror.may_take_over():
            then = f"the standby in {db.standby.zone.name} takes over in one to two minutes"
        elif db is not None and server is db.standby:
            then = "the primary goes on without a standby; commits wait for a moment"
        names = (db.id,) if db is not None and server is db.primary else ()
        return Preview((server.id,), names, users_of_servers(cloud, (server.id,)), (then,))

    async def run(self, cloud: Cloud) -> None:
        instance = server_of(cloud, self.target)
        fault = self.begin(cloud)
        cause = HOST_FAILURE if self.for_s is None else fault.id
        fault.undo.append(lambda: instance.regain_host(cause))
        instance.lose_host(cause)
        if self.for_s is None:  # until Aurora has replaced the host, or somebody heals it
            await instance.host_back.until(cloud.kernel, lambda back: back)
            cloud.faults.end(fault)
        else:
            await cloud.faults.last(fault)


class ReplicaStall(FaultCommand):
    """A reader applies nothing any more: its lag grows a second per second, and readers there see old data.

    The reader endpoint still sends reads to it. Aurora restarts a reader that has fallen too far behind (SIM: when); in
    a Multi-AZ DB cluster it still acknowledges, and flow control slows the writer down as its lag nears two minutes.
    """

    name: ClassVar[str] = "sim:replica-stall"
    title: ClassVar[str] = "Stall a reader"
    takes: ClassVar[TargetKind] = TargetKind.READER

    def check(self, cloud: Cloud) -> None:
        if self.target in cloud.rds:
            if cloud.rds[self.target].replication is None:
                raise Refused("InvalidDBInstanceState", f"{self.target} is not a read replica")
            return
        if cloud.cluster_of(self.target).writer is cloud.instances[self.target]:
            raise Refused("InvalidDBInstanceState", f"{self.target} is the writer and applies its own writes")

    def preview(self, cloud: Cloud) -> Preview:
        return _instance_preview(cloud, self.target, "its lag grows a second per second; reads there become stale")

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        if self.target in cloud.rds:
            await self._stall_replica(cloud, fault)
            return
        instance = cloud.instances[self.target]
        instance.stall(fault.id)
        fault.undo.append(lambda: instance.unstall(fault.id))
        if isinstance(instance, AuroraInstance):
            watch = cloud.kernel.spawn(_restart_when_far_behind(cloud, instance, fault), f"{instance.id}: stalled")
            fault.undo.insert(0, watch.cancel)
        await cloud.faults.last(fault)

    async def _stall_replica(self, cloud: Cloud, fault: Fault) -> None:
        """An RDS read replica goes on receiving; it only does not apply."""
        db = cloud.rds[self.target]
        replication = db.replication
        if replication is not None:
            replication.stalls[fault.id] = None

            def undo() -> None:
                replication.stalls.pop(fault.id, None)
                db.look_again()

            fault.undo.append(undo)
            db.look_again()
        await cloud.faults.last(fault)


async def _restart_when_far_behind(cloud: Cloud, instance: Instance, fault: Fault) -> None:
    """Aurora gives a stalled reader up and restarts it, again and again while the fault lasts."""
    patience_us = round(cloud.timing("replica-stall-restart").typical_s * 1_000_000)
    stale_us = round(catalog.assumption("stale-after-s").value * 1_000_000)
    while fault.id in instance.stalls and not instance.deleting:
        await instance.engine.until(cloud.kernel, lambda engine: engine == Engine.RUNNING)
        boots, since = instance.boots, instance.stalls[fault.id]
        for moment in (since + stale_us + 1, since + patience_us + 1):
            await cloud.kernel.sleep_until(max(cloud.now_us, moment))
            instance.on_change()
        if cloud.cluster_of(instance.id).writer is instance:  # promoted: it applies its own writes now
            return
        if instance.boots == boots and instance.running:
            instance.begin(instance.reboot(), "restart: too far behind")
            await instance.engine.until(cloud.kernel, lambda engine: engine != Engine.RUNNING)


class FisFailoverDBCluster(Command):
    """FIS `aws:rds:failover-db-cluster`: calls FailoverDBCluster on a cluster, and nothing else."""

    name: ClassVar[str] = "aws:rds:failover-db-cluster"
    title: ClassVar[str] = "FIS: fail over a cluster"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        return FailOverCluster(target=self.target).regions(cloud)

    def check(self, cloud: Cloud) -> None:
        FailOverCluster(target=self.target).check(cloud)

    async def run(self, cloud: Cloud) -> None:
        await FailOverCluster(target=self.target).run(cloud)


class FisRebootDBInstances(Command):
    """FIS `aws:rds:reboot-db-instances`: reboots an instance. `force_failover` exists for Multi-AZ instances only."""

    name: ClassVar[str] = "aws:rds:reboot-db-instances"
    title: ClassVar[str] = "FIS: reboot an instance"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    force_failover: bool = False

    def _reboot(self) -> Command:
        return RebootInstance(target=self.target, force_failover=self.force_failover)

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        return self._reboot().regions(cloud)

    def check(self, cloud: Cloud) -> None:
        self._reboot().check(cloud)

    async def run(self, cloud: Cloud) -> None:
        await self._reboot().run(cloud)
