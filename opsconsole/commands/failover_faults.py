"""A failover that does not help: the cause goes with the role, so whoever leads next is lost, too."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused, databases
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.faults import Fault
from opsconsole.cloud.rds import DbInstance
from opsconsole.commands.base import Preview, Seconds
from opsconsole.commands.blast import users_of_servers
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind
from opsconsole.simulation import sleep


class FailoverLoop(FaultCommand):
    """Whoever leads a database loses its host, and whoever takes over loses its own: one failover after the other.

    The same events again and again (RDS-EVENT-0013 and 0049, or 0071 to 0073), and apps that never settle. A host comes
    back when another leads; the next strike waits until somebody could take over again, so nobody is lost for good, and
    no acknowledged write. Asking for one more failover makes it worse: find what goes with the role, and stop that.
    Source: the events of AWS's failovers; the loop is SIM.
    """

    name: ClassVar[str] = "sim:failover-loop"
    title: ClassVar[str] = "Fail over again and again"
    takes: ClassVar[TargetKind] = TargetKind.DATABASE

    every: Seconds = Field(120.0, description="how long whoever leads lasts at least, for example 2m")

    def check(self, cloud: Cloud) -> None:
        if not _may_take_over(databases.holder_of(cloud, self.target)):
            code = "InvalidDBClusterStateFault" if self.target in cloud.clusters else "InvalidDBInstanceState"
            raise Refused(code, f"nobody could take over from the leader of {self.target} now")

    def preview(self, cloud: Cloud) -> Preview:
        servers = databases.servers_of(cloud, self.target)
        names = [record.id for record in cloud.names.records.values() if {*record.answers.value} & {*servers}]
        text = f"a failover, and another as soon as somebody can take over again; {self.every:g} s between at least"
        return Preview(tuple(servers), tuple(names), users_of_servers(cloud, servers), (text,))

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        holder = databases.holder_of(cloud, self.target)
        loop = cloud.kernel.spawn(self._loop(cloud, holder, fault), f"{fault.id}: a failover loop")
        fault.undo.append(loop.cancel)
        fault.undo.append(lambda: _mend(holder, fault))
        await cloud.faults.last(fault)

    async def _loop(self, cloud: Cloud, holder: Cluster | DbInstance, fault: Fault) -> None:
        leaders = databases.leaders(cloud, self.target)
        while True:
            while not _may_take_over(holder):
                await holder.pulse
            struck = leaders.value
            cloud.servers[struck].lose_host(fault.id)
            await leaders.until(cloud.kernel, lambda leader, struck=struck: leader not in ("", struck))  # type: ignore[misc]
            _mend(holder, fault)
            await sleep(self.every)


def _may_take_over(holder: Cluster | DbInstance) -> bool:
    """Whether it has a leader that works, and somebody else who is ready."""
    if isinstance(holder, DbInstance):
        return holder.primary.running and holder.mirror.may_take_over()
    return holder.writer is not None and holder.writer.running and bool(holder.candidates())


def _mend(holder: Cluster | DbInstance, fault: Fault) -> None:
    """Whoever was struck has its host again."""
    servers = holder.hosts if isinstance(holder, DbInstance) else holder.instances
    for server in list(servers.values()):
        server.regain_host(fault.id)
