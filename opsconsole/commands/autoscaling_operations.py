"""What an operator may ask of auto scaling: the actions of Application Auto Scaling on an Aurora cluster's readers."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.autoscaling import CONNECTIONS, CPU, Policy, ScalableTarget, Scaler
from opsconsole.commands.base import Danger, Preview, Seconds
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind

METRICS = {"cpu": CPU, "connections": CONNECTIONS}


def scaler_of(cloud: Cloud, cluster: str) -> Scaler | None:
    """The auto scaling of a registered cluster, or None."""
    scaler = cloud.autoscaling.get(cluster)
    return scaler if scaler is not None and scaler.target is not None else None


def require_registered(cloud: Cloud, cluster: str) -> Scaler:
    """Raise Refused unless the cluster is a scalable target."""
    scaler = scaler_of(cloud, cluster)
    if scaler is None:
        raise Refused(
            "ObjectNotFoundException",
            f"No scalable target found for service namespace: rds, resource ID: cluster:{cluster}, scalable dimension: "
            "rds:cluster:ReadReplicaCount; register one with min=1 max=15 first",
        )
    return scaler


def require_policy(cloud: Cloud, cluster: str, name: str | None) -> str:
    """The name of the policy that is meant; raises Refused if there is none of that name, or not exactly one."""
    policies = require_registered(cloud, cluster).trackers
    if name is None and len(policies) == 1:
        return next(iter(policies))
    if name is None or name not in policies:
        known = ", ".join(policies) or "none"
        raise Refused(
            "ObjectNotFoundException", f"cluster:{cluster} has no scaling policy {name or ''}; it has: {known}"
        )
    return name


def require_capacity(cloud: Cloud, cluster: str, min_capacity: int | None, max_capacity: int | None) -> ScalableTarget:
    """The bounds that would hold; raises Refused unless the cluster may have them."""
    scaler = scaler_of(cloud, cluster)
    before = scaler.target if scaler is not None else None
    low = min_capacity if min_capacity is not None or before is None else before.min_capacity
    high = max_capacity if max_capacity is not None or before is None else before.max_capacity
    if low is None or high is None:
        raise Refused("ValidationException", f"cluster:{cluster} is no scalable target yet: give min and max")
    limit = catalog.limit("replica-scaling-capacity")
    if not (limit.minimum or 0) <= low <= high <= limit.value:
        raise Refused("ValidationException", f"min={low} max={high}: {limit.sentence}")
    return ScalableTarget(low, high)


def require_scalable(cloud: Cloud, cluster: str) -> None:
    """Raise Refused unless the cluster's readers can be scaled at all."""
    found = cloud.clusters[cluster]
    if found.engine.family != "aurora":
        raise Refused("ValidationException", f"{cluster} is no Aurora cluster: only Aurora Replicas can be scaled")
    if found.secondary:
        raise Refused(
            "ValidationException",
            f"{cluster} is a secondary cluster of a global database: Aurora does not scale its replicas",
        )


class RegisterScalableTarget(Operation):
    """Let auto scaling move a cluster's number of readers (`RegisterScalableTarget` of Application Auto Scaling).

    The bounds hold from now on: below the minimum it adds readers at once, above the maximum it removes those it made
    itself. Asked again, it changes the bounds. Refused with ValidationException for bounds outside 1 to 15 and for a
    secondary cluster of a global database. Source: AWS documentation, Aurora Auto Scaling.
    """

    name: ClassVar[str] = "application-autoscaling:register-scalable-target"
    title: ClassVar[str] = "Set the number of readers' bounds"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    min_capacity: int | None = Field(None, alias="min", description="the fewest readers, 1 to 15")
    max_capacity: int | None = Field(None, alias="max", description="the most readers, 1 to 15")

    def check(self, cloud: Cloud) -> None:
        require_scalable(cloud, self.target)
        require_capacity(cloud, self.target, self.min_capacity, self.max_capacity)

    def preview(self, cloud: Cloud) -> Preview:
        return Preview((self.target,), sentences=_bounds(cloud, self.target, self.min_capacity, self.max_capacity))

    async def run(self, cloud: Cloud) -> None:
        target = require_capacity(cloud, self.target, self.min_capacity, self.max_capacity)
        cloud.scaler(cloud.clusters[self.target]).register(target)


class PutScalingPolicy(Operation):
    """Track a target with a cluster's readers (`PutScalingPolicy` of Application Auto Scaling), like an EC2 group.

    It keeps the mean of a metric over all readers near a value, by way of two alarms: 3 minutes above the
    target add readers in proportion, 15 minutes below 90 % of it remove one. `min` and `max` register the cluster
    first, as the RDS console does; without them ObjectNotFoundException refuses a cluster that is no scalable target. A
    policy of the same name is replaced; two on one metric are refused. Source: AWS documentation, Aurora Auto Scaling.
    """

    name: ClassVar[str] = "application-autoscaling:put-scaling-policy"
    title: ClassVar[str] = "Add an Auto Scaling policy"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    policy_name: str | None = Field(
        None, alias="policy", description="the policy's name; <cluster>-policy if not given"
    )
    predefined_metric_type: Literal["cpu", "connections"] = Field(
        "cpu", alias="metric", description="mean CPU utilization or mean connections of the readers"
    )
    target_value: float = Field(alias="value", description="per cent of CPU, or connections a reader")
    min_capacity: int | None = Field(None, alias="min", description="the fewest readers, 1 to 15")
    max_capacity: int | None = Field(None, alias="max", description="the most readers, 1 to 15")
    scale_out_cooldown: Seconds | None = Field(None, description="after readers were added, before more may be")
    scale_in_cooldown: Seconds | None = Field(None, description="after a reader was removed, before another may be")
    disable_scale_in: bool = Field(False, description="only ever add readers")

    @property
    def _name(self) -> str:
        return self.policy_name or f"{self.target}-policy"

    def _cooldown(self, cloud: Cloud, given: float | None) -> float:
        return cloud.timing("replica-autoscaling-cooldown").typical_s if given is None else given

    def check(self, cloud: Cloud) -> None:
        require_scalable(cloud, self.target)
        if self.min_capacity is None and self.max_capacity is None:
            require_registered(cloud, self.target)
        require_capacity(cloud, self.target, self.min_capacity, self.max_capacity)
        metric = METRICS[self.predefined_metric_type]
        if not 0 < self.target_value <= (100 if metric == CPU else float("inf")):
            raise Refused("ValidationException", f"value={self.target_value:g} is no target for {metric}")
        scaler = scaler_of(cloud, self.target)
        for name, tracker in scaler.trackers.items() if scaler is not None else ():
            if tracker.policy.metric == metric and name != self._name:
                raise Refused(
                    "ValidationException",
                    "Only one TargetTrackingScaling policy for a given metric specification is allowed; "
                    f"{name} tracks {metric} already",
                )

    def preview(self, cloud: Cloud) -> Preview:
        bounds = _bounds(cloud, self.target, self.min_capacity, self.max_capacity)
        unit = "% of CPU" if self.predefined_metric_type == "cpu" else "connections a reader"
        minutes = cloud.timing("aurora-instance-create").typical_s / 60
        then = f"a reader takes about {minutes:.0f} minutes to come up; it is of the writer's class, in tier 15"
        return Preview(
            (self.target,),
            (cloud.clusters[self.target].reader_record.id,),
            (),
            (f"keeps its readers near {self.target_value:g} {unit}", *bounds, then),
        )

    async def run(self, cloud: Cloud) -> None:
        scaler = cloud.scaler(cloud.clusters[self.target])
        scaler.register(require_capacity(cloud, self.target, self.min_capacity, self.max_capacity))
        scaler.put(
            Policy(
                self._name,
                METRICS[self.predefined_metric_type],
                self.target_value,
                not self.disable_scale_in,
                self._cooldown(cloud, self.scale_in_cooldown),
                self._cooldown(cloud, self.scale_out_cooldown),
            )
        )


class DeleteScalingPolicy(Operation):
    """Track a target no more (`DeleteScalingPolicy` of Application Auto Scaling): its two alarms go with it.

    The readers it made stay, and so do the bounds. Refused with ObjectNotFoundException where there is no such policy.
    """

    name: ClassVar[str] = "application-autoscaling:delete-scaling-policy"
    title: ClassVar[str] = "Delete an Auto Scaling policy"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    policy_name: str | None = Field(None, alias="policy", description="which one, where there are two")

    def check(self, cloud: Cloud) -> None:
        require_policy(cloud, self.target, self.policy_name)

    async def run(self, cloud: Cloud) -> None:
        cloud.autoscaling[self.target].delete(require_policy(cloud, self.target, self.policy_name))


class DeregisterScalableTarget(Operation):
    """Leave a cluster's number of readers alone (`DeregisterScalableTarget` of Application Auto Scaling).

    Its policies and their alarms are deleted, the readers stay. Refused with ObjectNotFoundException for a cluster that
    is no scalable target.
    """

    name: ClassVar[str] = "application-autoscaling:deregister-scalable-target"
    title: ClassVar[str] = "Leave the number of readers alone"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    def check(self, cloud: Cloud) -> None:
        require_registered(cloud, self.target)

    async def run(self, cloud: Cloud) -> None:
        cloud.autoscaling[self.target].deregister()


def _bounds(cloud: Cloud, cluster: str, min_capacity: int | None, max_capacity: int | None) -> tuple[str, ...]:
    """What the bounds do to the readers that there are."""
    try:
        target = require_capacity(cloud, cluster, min_capacity, max_capacity)
    except Refused:
        return ()
    count = sum(not reader.deleting for reader in cloud.clusters[cluster].readers())
    if not count:
        return ("it does nothing while there is no reader whose metric could be tracked",)
    if count < target.min_capacity:
        return (f"{target.min_capacity - count} more readers are created at once: there are {count}",)
    return (f"from {target.min_capacity} to {target.max_capacity} readers; there are {count}",)
