"""What may go wrong between a database and its copies elsewhere: they follow late for a while."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.faults import Fault
from opsconsole.commands.base import Preview, Seconds
from opsconsole.commands.blast import users_of
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.rds_checks import apps_of
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet.units import format_duration


class LagBurst(FaultCommand):
    """A secondary cluster of a global database, or an RDS read replica, follows late: its lag rises to about `lag`.

    The lag grows by a second a second until it is there, stays so, and drains when the burst is over. A secondary's
    storage receives late: AuroraGlobalDBReplicationLag and RPOLag, and what a failover with data loss loses. A read
    replica receives as before and applies late: ReplicaLag; a promotion loses nothing by it. No event tells. Watch the
    lag before anything is promoted, and read elsewhere what must be fresh. Source: AWS documentation, monitoring
    replication lag; a burst of an exact height is SIM.
    """

    name: ClassVar[str] = "sim:lag-burst"
    title: ClassVar[str] = "Let replication lag"
    takes: ClassVar[TargetKind] = TargetKind.FOLLOWER

    lag: Seconds = Field(5.0, description="how far it falls behind, for example 4s")

    def _own_us(self, cloud: Cloud) -> int:
        """How late it follows without this."""
        if self.target in cloud.rds:
            replication = cloud.rds[self.target].replication
            if replication is None:
                raise Refused("InvalidDBInstanceState", f"{self.target} is not a read replica")
            return replication.applied.delay_us
        cluster = cloud.clusters[self.target]
        database = cloud.global_of(cluster)
        if database is None or not isinstance(cluster, AuroraCluster) or cluster is database.primary:
            raise Refused(
                "InvalidDBClusterStateFault", f"{self.target} is not a secondary cluster of a global database now"
            )
        return database.travel_us(cluster)

    def check(self, cloud: Cloud) -> None:
        own_us = self._own_us(cloud)
        if self.lag * 1_000_000 <= own_us:
            raise Refused(
                "InvalidParameterCombination", f"{self.target} lags {own_us / 1e6:.1f} s already; give more than that"
            )

    def preview(self, cloud: Cloud) -> Preview:
        rise = f"its lag rises to {format_duration(self.lag)} within as long; reads there become stale"
        if self.target in cloud.rds:
            db = cloud.rds[self.target]
            return Preview((db.id,), (db.id,), apps_of(cloud, db), (rise, "what it has received is safe"))
        cluster = cloud.aurora[self.target]
        readers = cluster.readers()
        lost = f"a failover with data loss would lose the last {format_duration(self.lag)}"
        return Preview(
            tuple(one.id for one in readers), (cluster.reader_record.id,), users_of(cloud, readers), (rise, lost)
        )

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        if self.target in cloud.rds:
            self._delay_replica(cloud, fault)
        else:
            self._delay_secondary(cloud, fault, cloud.aurora[self.target])
        await cloud.faults.last(fault)

    def _delay_replica(self, cloud: Cloud, fault: Fault) -> None:
        db = cloud.rds[self.target]
        replication = db.replication
        if replication is None:
            return
        bursts = replication.bursts
        bursts[fault.id] = round(self.lag * 1_000_000)

        def undo() -> None:
            bursts.pop(fault.id, None)
            db.look_again()

        fault.undo.append(undo)
        db.look_again()

    def _delay_secondary(self, cloud: Cloud, fault: Fault, cluster: AuroraCluster) -> None:
        cluster.lag_bursts[fault.id] = round(self.lag * 1_000_000)

        def follow_again() -> None:
            database = cloud.global_of(cluster)
            if database is not None:
                database.look_again()

        def undo() -> None:
            cluster.lag_bursts.pop(fault.id, None)
            follow_again()

        fault.undo.append(undo)
        follow_again()
