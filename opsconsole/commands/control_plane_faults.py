"""Faults of the control plane: what runs goes on, but nobody can change it, see it as it is, or get anything new.

FIS has none of them for RDS or ElastiCache (its `inject-api-…` actions reach EC2's API only), so the names are ours.
One API stands for all services of a Region here: RDS, ElastiCache, KMS and Application Auto Scaling.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.control_plane import Throttle
from opsconsole.cloud.server import HOST_FAILURE
from opsconsole.commands.base import Preview, Seconds
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import format_duration


class ApiOutage(FaultCommand):
    """A Region's API is down: every call that it would have to take is refused with ServiceUnavailable (HTTP 503).

    Clients go on, and so does what AWS does by itself: failovers, replacements of hosts, backups, maintenance. That a
    data plane does not need its control plane is AWS's word (Fault Isolation Boundaries: static stability); that these
    do not need the public API is an assumption (SIM). Auto scaling does need it, and waits. describe-* answers and
    events stay as they were (SIM: a console shows its last answer); metrics and alarms are CloudWatch's and go on.
    Other Regions take calls, so a global database can fail over to one with allow_data_loss.
    """

    name: ClassVar[str] = "region:api-outage"
    title: ClassVar[str] = "Region's API is down"
    takes: ClassVar[TargetKind] = TargetKind.REGION

    def preview(self, cloud: Cloud) -> Preview:
        waiting = tuple(
            f"auto scaling of {id} waits"
            for id, scaler in cloud.autoscaling.items()
            if scaler.target is not None and scaler.cluster.region.name == self.target
        )
        refused = f"every AWS operation in {self.target} is refused, and describe calls stand still"
        return Preview(sentences=(refused, *waiting, "what runs goes on, and fails over by itself"))

    async def run(self, cloud: Cloud) -> None:
        fault, api = self.begin(cloud), cloud.places.regions[self.target].api
        api.go_down(fault.id, cloud.now_us)
        fault.undo.append(lambda: api.heal(fault.id))
        self.shut(cloud, fault, [], None, [self.target])  # no gate; who acts through the API looks again
        await cloud.faults.last(fault)


class ApiThrottling(FaultCommand):
    """Others of the account use up the calls that a Region's API takes: ThrottlingException "Rate exceeded".

    `calls` a minute of yours get through, one by one: the first when its share of a minute has passed since the fault
    began. One that gets through counts, also if the action is then refused; one that is throttled does not, and looking
    (menus, forms, describe) is no call. SQL goes through. AWS limits calls by account and Region and publishes no rates
    of RDS and ElastiCache: the number is an assumption (SIM). Source: AWS documentation, common errors of the API.
    """

    name: ClassVar[str] = "sim:api-throttling"
    title: ClassVar[str] = "Throttle the Region's API"
    takes: ClassVar[TargetKind] = TargetKind.REGION

    calls: int | None = Field(None, ge=0, le=600, description="that get through a minute, for example 2; 0: none")

    @property
    def _calls(self) -> int:
        return round(catalog.assumption("api-throttle-calls").value) if self.calls is None else self.calls

    def preview(self, cloud: Cloud) -> Preview:
        throttle = Throttle(self._calls, cloud.now_us)
        return Preview(sentences=(f"{throttle} to the API of {self.target}", "others are refused; what runs goes on"))

    async def run(self, cloud: Cloud) -> None:
        fault, api = self.begin(cloud), cloud.places.regions[self.target].api
        api.throttle(fault.id, cloud.now_us, self._calls)
        fault.undo.append(lambda: api.heal(fault.id))
        await cloud.faults.last(fault)


class StaleDescribe(FaultCommand):
    """What a Region tells of itself is old: describe-* answers and the delivery of events are behind by `delay`.

    First they stand still until that time has passed, then they follow at that distance; healed, they are up to date at
    once. Behind are statuses, roles, zones and progress; what there is, and how it is set, is listed as it is. Nothing
    else knows of it: actions are checked against the truth, the event log is complete, metrics and alarms are
    CloudWatch's. AWS calls its APIs eventually consistent and gives no times: all of this is an assumption (SIM).
    """

    name: ClassVar[str] = "sim:stale-describe"
    title: ClassVar[str] = "Make describe calls stale"
    takes: ClassVar[TargetKind] = TargetKind.REGION

    delay: Seconds | None = Field(None, description="how far behind, for example 5m")

    @property
    def _delay_s(self) -> float:
        return catalog.assumption("stale-describe-s").value if self.delay is None else self.delay

    def preview(self, cloud: Cloud) -> Preview:
        behind = f"describe calls and events of {self.target} are {format_duration(self._delay_s)} behind"
        return Preview(sentences=(behind, "metrics are not, and clients notice nothing"))

    async def run(self, cloud: Cloud) -> None:
        fault, api = self.begin(cloud), cloud.places.regions[self.target].api
        api.fall_behind(fault.id, cloud.now_us, round(self._delay_s * 1_000_000))
        fault.undo.append(lambda: api.heal(fault.id))
        await cloud.faults.last(fault)


class InsufficientCapacity(FaultCommand):
    """A zone has no machine left: what needs a new one there is refused with InsufficientDBInstanceCapacity.

    That is to create, restore or replicate a DB instance there, to give one a standby, to start a stopped one, and to
    change a class at once; of new cache nodes and node types ElastiCache says InsufficientCacheClusterCapacity. Where
    no zone is named, another one is chosen. A host that fails there is not replaced, and auto scaling adds no reader,
    until there is capacity again. What has a machine keeps it: reboots and failovers go on, and (SIM) whatever has
    begun or waits for its window. Source: AWS documentation, StartDBInstance: a stopped instance keeps no capacity.
    """

    name: ClassVar[str] = "sim:insufficient-capacity"
    title: ClassVar[str] = "Zone has no capacity left"
    takes: ClassVar[TargetKind] = TargetKind.ZONE

    def _waiting(self, cloud: Cloud) -> Iterator[str]:
        """Whoever has lost its machine there."""
        for id, server in cloud.servers.items():
            if server.zone.name == self.target and HOST_FAILURE in server.holds:
                yield id

    def preview(self, cloud: Cloud) -> Preview:
        waiting = tuple(self._waiting(cloud))
        nothing = f"nothing new comes up in {self.target}, and a host that fails there is not replaced"
        return Preview(waiting, (), (), (nothing, "what runs there goes on"))

    async def run(self, cloud: Cloud) -> None:
        fault = self.begin(cloud)
        self.shut(cloud, fault, [cloud.places.zones[self.target].capacity], None, [self.target])
        await cloud.faults.last(fault)
