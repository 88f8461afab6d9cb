"""What may go wrong when clients connect: there are too many of them, or they do not trust the server any more."""

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
        holder = databases.holder_of(cloud, self.target)
        holder.storm.begin(fault.id)

        def undo() -> None:
            holder.storm.end(fault.id)
            holder.look_again()

        fault.undo.append(undo)
        holder.look_again()
        await cloud.faults.last(fault)


class CertificateExpiry(FaultCommand):
    """The server certificates of a database expire: a client that verifies them connects no more.

    Open connections go on until their pool renews them, so it begins slowly; a failover or a recycled pool makes it
    sudden. Clients that do not verify (`tls=require`, or no TLS) notice nothing. Rotate the certificate in time
    (healing does it here); in need, connect without verifying (`app:set-tls`). Source: AWS documentation, Rotating your
    SSL/TLS certificate.
    """

    name: ClassVar[str] = "sim:cert-expiry"
    title: ClassVar[str] = "Let the certificate expire"
    takes: ClassVar[TargetKind] = TargetKind.DATABASE

    def preview(self, cloud: Cloud) -> Preview:
        servers = databases.servers_of(cloud, self.target)
        apps = users_of_servers(cloud, servers)
        verify = [app for app in apps if cloud.apps[app].tls == "verify"]
        who = f"{', '.join(verify)} cannot connect anew" if verify else "no app verifies it now: nobody notices"
        return Preview(tuple(servers), (), tuple(verify), (who,))

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        holder = databases.holder_of(cloud, self.target)
        holder.expired[fault.id] = None

        def undo() -> None:
            holder.expired.pop(fault.id, None)
            holder.look_again()

        fault.undo.append(undo)
        holder.look_again()
        await cloud.faults.last(fault)
