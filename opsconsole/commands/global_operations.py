"""What an operator may ask of an Aurora global database: switch over, fail over, detach."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused, global_stories
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.places import Region
from opsconsole.cloud.writelog import WRITE
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.blast import users_of
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind


class GlobalOperation(Operation):
    """An action on a global database that names one of its members."""

    takes: ClassVar[TargetKind] = TargetKind.GLOBAL

    @property
    def wanted(self) -> str | None:
        """The secondary that is named, if one is."""
        raise NotImplementedError(self.name)

    def _database(self, cloud: Cloud) -> GlobalDatabase:
        return cloud.global_databases[self.target]

    def _chosen(self, cloud: Cloud) -> AuroraCluster | None:
        secondaries = self._database(cloud).secondaries
        if self.wanted is None:
            return secondaries[0] if len(secondaries) == 1 else None
        return next((c for c in secondaries if c.id == self.wanted), None)

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        """The Region that is to act is asked: the secondary's."""
        return ((self._chosen(cloud) or self._database(cloud).primary).region,)

    def _require_target(self, cloud: Cloud) -> AuroraCluster:
        database, chosen, wanted = self._database(cloud), self._chosen(cloud), self.wanted
        if database.failover_state.value:
            raise Refused("InvalidGlobalClusterStateFault", f"{database.id} is {database.failover_state.value} already")
        if wanted == database.primary.id:
            raise Refused("InvalidDBClusterStateFault", f"{wanted} is the primary of {database.id} already")
        if not database.secondaries:
            raise Refused("InvalidGlobalClusterStateFault", f"{database.id} has no secondary any more")
        if chosen is None:
            have = ", ".join(c.id for c in database.secondaries) or "none"
            asked = f"{wanted} is no secondary of {database.id}" if wanted else "name the secondary"
            raise Refused("DBClusterNotFoundFault", f"{asked}; its secondaries: {have}")
        if chosen.status.value != "available" or chosen.id in database.resyncing:
            state = "being resynchronised" if chosen.id in database.resyncing else chosen.status.value
            raise Refused("InvalidDBClusterStateFault", f"{chosen.id} is {state}")
        if not chosen.instances:
            raise Refused(
                "InvalidDBClusterStateFault", f"{chosen.id} has no instance: create one before it can be promoted"
            )
        if not chosen.candidates():
            raise Refused("InvalidDBClusterStateFault", f"no instance of {chosen.id} is available to be promoted")
        return chosen

    def _require_healthy_primary(self, database: GlobalDatabase, chosen: AuroraCluster) -> None:
        primary = database.primary
        well = primary.status.value == "available" and primary.writer is not None and primary.writer.running
        if not well or not database.connected(primary, chosen):
            raise Refused(
                "InvalidGlobalClusterStateFault",
                f"a switchover needs a healthy primary, and {primary.id} is not; "
                "fail over with allow_data_loss=true to promote what has arrived",
            )
        if primary.version.name != chosen.version.name:
            raise Refused(
                "InvalidGlobalClusterStateFault",
                f"{primary.id} runs {primary.version.name} and {chosen.id} {chosen.version.name}: versions must match",
            )


class GlobalPromotion(GlobalOperation):
    """An action that makes a secondary the primary."""

    target_db_cluster_identifier: str | None = Field(
        None, alias="to", description="the secondary; the only one if not given"
    )

    @property
    def wanted(self) -> str | None:
        return self.target_db_cluster_identifier

    def _both_regions(self, cloud: Cloud) -> tuple[Region, ...]:
        """A switchover needs the old primary's API too; where that Region is lost, `check` says what to do instead."""
        primary = self._database(cloud).primary.region
        return tuple(dict.fromkeys((*((primary,) if primary.up else ()), *super().regions(cloud))))


class SwitchOverGlobal(GlobalPromotion):
    """Swap the roles of a global database's regions (RDS `SwitchoverGlobalCluster`): RPO 0.

    Waits until the lag has drained, blocks writes, promotes the target; the old primary becomes a secondary. Refused
    unless the primary is healthy and versions match. Apps that name a cluster endpoint must be repointed.
    """

    name: ClassVar[str] = "rds:switchover-global-cluster"
    title: ClassVar[str] = "Switch over (nothing lost)"

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        return self._both_regions(cloud)

    def check(self, cloud: Cloud) -> None:
        self._require_healthy_primary(self._database(cloud), self._require_target(cloud))

    def preview(self, cloud: Cloud) -> Preview:
        database, chosen = self._database(cloud), self._chosen(cloud)
        if chosen is None:
            return Preview()
        old, seconds = database.primary, cloud.timing("global-switchover").typical_s
        return Preview(
            (*old.instances, *chosen.instances),
            (old.writer_record.id, chosen.writer_record.id, database.endpoint.id),
            users_of(cloud, (*old.instances.values(), *chosen.instances.values())),
            (
                f"{chosen.id} becomes the primary, {old.id} a secondary; about {seconds:.0f} s, writes stop for a part",
                "nothing is lost; writers must be pointed at the new primary or at the global endpoint",
            ),
        )

    async def run(self, cloud: Cloud) -> None:
        chosen = self._chosen(cloud)
        if chosen is not None:
            await global_stories.switch_over(self._database(cloud), chosen)


class FailOverGlobal(GlobalPromotion):
    """Promote a secondary region (RDS `FailoverGlobalCluster`).

    With `allow_data_loss` what had not arrived is lost, and the old primary rejoins when its region is back. Without
    it, this is a switchover and needs a healthy primary.
    """

    name: ClassVar[str] = "rds:failover-global-cluster"
    title: ClassVar[str] = "Fail over to another region"
    danger: ClassVar[Danger] = Danger.LOSES_DATA

    allow_data_loss: bool = Field(False, description="promote what has arrived, lose the rest")

    def regions(self, cloud: Cloud) -> tuple[Region, ...]:
        return super().regions(cloud) if self.allow_data_loss else self._both_regions(cloud)

    def check(self, cloud: Cloud) -> None:
        chosen = self._require_target(cloud)
        if not self.allow_data_loss:
            self._require_healthy_primary(self._database(cloud), chosen)

    def preview(self, cloud: Cloud) -> Preview:
        database, chosen = self._database(cloud), self._chosen(cloud)
        if chosen is None:
            return Preview()
        follower = chosen.volume.follower
        risk = follower.backlog(cloud.now_us) // WRITE if follower and self.allow_data_loss else 0
        lag = database.lag_us(chosen) / 1e6
        minutes = cloud.timing("global-failover").typical_s / 60
        return Preview(
            (*database.primary.instances, *chosen.instances),
            (chosen.writer_record.id, database.endpoint.id),
            users_of(cloud, (*database.primary.instances.values(), *chosen.instances.values())),
            (
                f"{chosen.id} becomes the primary in about {minutes:.0f} minutes",
                f"it lacks the last {lag:.1f} s: {risk:,} writes lost if it happened now",
            ),
            writes_at_risk=risk,
        )

    async def run(self, cloud: Cloud) -> None:
        chosen = self._chosen(cloud)
        if chosen is None:
            return
        if self.allow_data_loss:
            await global_stories.fail_over(self._database(cloud), chosen)
        else:
            await global_stories.switch_over(self._database(cloud), chosen)


class RemoveFromGlobal(GlobalOperation):
    """Detach a secondary (RDS `RemoveFromGlobalCluster`): it becomes a cluster of its own that takes writes.

    Nothing else moves: the old primary stays as it is and does not rejoin. The topology is rebuilt by hand.
    """

    name: ClassVar[str] = "rds:remove-from-global-cluster"
    title: ClassVar[str] = "Detach a secondary"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE

    db_cluster_identifier: str | None = Field(
        None, alias="cluster", description="the secondary; the only one if not given"
    )

    @property
    def wanted(self) -> str | None:
        return self.db_cluster_identifier

    def check(self, cloud: Cloud) -> None:
        database = self._database(cloud)
        if self.wanted == database.primary.id:
            raise Refused(
                "InvalidGlobalClusterStateFault",
                f"{self.wanted} is the primary of {database.id}: it cannot be detached while it has secondaries",
            )
        self._require_target(cloud)

    def preview(self, cloud: Cloud) -> Preview:
        chosen = self._chosen(cloud)
        if chosen is None:
            return Preview()
        return Preview(
            tuple(chosen.instances),
            (chosen.writer_record.id,),
            users_of(cloud, chosen.instances.values()),
            (
                f"{chosen.id} takes writes on its own from then on",
                f"{self._database(cloud).primary.id} goes on; two histories",
            ),
        )

    async def run(self, cloud: Cloud) -> None:
        chosen = self._chosen(cloud)
        if chosen is not None:
            await global_stories.detach(self._database(cloud), chosen)
