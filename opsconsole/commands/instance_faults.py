"""Faults of one DB instance: its engine process, its host, its replication; and what FIS does to DB instances."""

from __future__ import annotations

from typing import ClassVar

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.commands.base import Command, Kind, Preview
from opsconsole.commands.blast import names_of, users_of, with_writers_restart
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.operations import FailOverCluster, RebootInstance
from opsconsole.commands.targets import TargetKind


def _instance_preview(cloud: Cloud, id: str, then: str, restarts: bool = False) -> Preview:
    """What a fault of one instance reaches; `restarts`: the cluster's writer restarts or is replaced by it."""
    instance, cluster = cloud.instances[id], cloud.cluster_of(id)
    preview = Preview((id,), names_of(cluster, instance), users_of(cloud, [instance]), (then,))
    return with_writers_restart(cloud, cluster, preview) if restarts and instance is cluster.writer else preview


class CrashInstance(Command):
    """The engine process dies. Aurora restarts it in place, in seconds; nothing fails over.

    Connections break. Aurora MySQL's own `ALTER SYSTEM CRASH` does the same.
    """

    name: ClassVar[str] = "sim:crash-instance"
    title: ClassVar[str] = "Crash the engine process"
    kind: ClassVar[Kind] = Kind.FAULT
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    def check(self, cloud: Cloud) -> None:
        if not cloud.instances[self.target].running:
            raise Refused("InvalidDBInstanceState", f"{self.target} has no running engine that could crash")

    def preview(self, cloud: Cloud) -> Preview:
        return _instance_preview(cloud, self.target, "restarts in place; there is no failover", restarts=True)

    async def run(self, cloud: Cloud) -> None:
        instance, cluster = cloud.instances[self.target], cloud.cluster_of(self.target)
        cloud.log.sim(cloud.now_us, instance.id, "fault", name=self.name, now="struck")
        instance.begin(instance.recover_from_crash(), "recover from a crash")
        if instance is cluster.writer:
            cluster.on_writer_restart()
            if cluster.version.readers_restart_with_writer:
                cluster.restart_readers()


class CrashHost(FaultCommand):
    """The machine under an instance dies. A writer fails over; Aurora replaces the host in the same zone in minutes.

    With `for` the host stays dead that long and is not replaced; without, until it is replaced or healed.
    """

    name: ClassVar[str] = "sim:crash-host"
    title: ClassVar[str] = "Kill the host"
    takes: ClassVar[TargetKind] = TargetKind.INSTANCE

    def preview(self, cloud: Cloud) -> Preview:
        cluster, instance = cloud.cluster_of(self.target), cloud.instances[self.target]
        candidates = [i.id for i in cluster.candidates() if i is not instance]
        then = "leaves the reader endpoint"
        if instance is cluster.writer:
            then = f"{candidates[0]} is promoted" if candidates else "no reader: recreated in the same zone, minutes"
        return _instance_preview(cloud, self.target, then, restarts=bool(candidates))

    async def run(self, cloud: Cloud) -> None:
        instance = cloud.instances[self.target]
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

    The reader endpoint still sends reads to it. Aurora restarts a reader that has fallen too far behind (SIM: when).
    """

    name: ClassVar[str] = "sim:replica-stall"
    title: ClassVar[str] = "Stall a reader"
    takes: ClassVar[TargetKind] = TargetKind.READER

    def check(self, cloud: Cloud) -> None:
        if cloud.cluster_of(self.target).writer is cloud.instances[self.target]:
            raise Refused("InvalidDBInstanceState", f"{self.target} is the writer and applies its own writes")

    def preview(self, cloud: Cloud) -> Preview:
        return _instance_preview(cloud, self.target, "its lag grows a second per second; reads there become stale")

    async def run(self, cloud: Cloud) -> None:
        instance = cloud.instances[self.target]
        fault = self.begin(cloud)
        instance.stall(fault.id)
        watch = cloud.kernel.spawn(_restart_when_far_behind(cloud, instance, fault), f"{instance.id}: stalled")

        def undo() -> None:
            watch.cancel()
            instance.unstall(fault.id)

        fault.undo.append(undo)
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

    def check(self, cloud: Cloud) -> None:
        self._reboot().check(cloud)

    async def run(self, cloud: Cloud) -> None:
        await self._reboot().run(cloud)
