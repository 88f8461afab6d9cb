"""What may go wrong because of who calls: more clients, or other keys, than anybody planned for."""

from __future__ import annotations

from typing import ClassVar

from opsconsole.cloud import Cloud, Refused, databases
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import users_of_servers
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind


class ConnectionStorm(FaultCommand):
    """Clients open connections to a database until it has none left: "too many connections", and CPU spent on logins.

    DatabaseConnections stands at the maximum of the class. A connection that is open works on; one that breaks, or that
    a pool wants to renew, does not come back while the storm lasts, and after a failover nobody gets in (SIM: the storm
    is always first, and at the maximum at once). It goes for the writer of a cluster, or for a DB instance. Limit the
    pools, reconnect with jitter, or put a proxy between. Source: AWS documentation, max_connections; the engines'
    errors.
    """

    name: ClassVar[str] = "sim:connection-storm"
    title: ClassVar[str] = "Open every connection"
    takes: ClassVar[TargetKind] = TargetKind.DATABASE

    def check(self, cloud: Cloud) -> None:
        if databases.leaders(cloud, self.target).value not in cloud.servers:
            raise Refused("InvalidDBClusterStateFault", f"{self.target} has no writer to connect to now")

    def preview(self, cloud: Cloud) -> Preview:
        leader = databases.leaders(cloud, self.target).value
        server = cloud.servers[leader]
        full = f"{server.most_connections():,} connections: whoever has none is told {server.no_connection_error()!r}"
        apps = users_of_servers(cloud, databases.servers_of(cloud, self.target))
        return Preview((leader,), (), apps, (full, "connections that are open go on until their pool renews them"))

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        holder = cloud.clusters[self.target] if self.target in cloud.clusters else cloud.rds[self.target]
        holder.storm.begin(fault.id)

        def undo() -> None:
            holder.storm.end(fault.id)
            holder.look_again()

        fault.undo.append(undo)
        holder.look_again()
        await cloud.faults.last(fault)
