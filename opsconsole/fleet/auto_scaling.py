"""Aurora Auto Scaling: AWS's rules for a policy that follows a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from opsconsole import catalog

from .form_aurora import AutoScalingTable
from .reading import Reading
from .sift import known
from .spec import AutoScalingSpec

Metric = Literal["RDSReaderAverageCPUUtilization", "RDSReaderAverageDatabaseConnections"]

METRICS: Final[Mapping[str, Metric]] = {
    "cpu": "RDSReaderAverageCPUUtilization",
    "connections": "RDSReaderAverageDatabaseConnections",
}
"""The predefined metrics of Application Auto Scaling that Aurora has."""


def resolve_auto_scaling(table: AutoScalingTable | None, reading: Reading) -> AutoScalingSpec | None:
    """The policy of one cluster, if it has one."""
    if table is None:
        return None
    scope = reading.scope.inner("auto_scaling")
    if reading.secondary:
        wrong = "auto scaling does not work on a secondary cluster of a global database"
        scope.findings.add(scope.path, wrong, "leave it out, or scale the primary", at="key")
    limit = catalog.limit("replica-scaling-capacity")
    most = limit.value if table.max is None else table.max
    for key, value in (("min", table.min), ("max", most)):
        if not limit.allows(value):
            wrong = f"a {key} of {value} readers is out of range"
            scope.add(key, wrong=wrong, right=f"write {limit.minimum} to {limit.value}")
    if limit.allows(most) and limit.allows(table.min) and table.min > most:
        scope.add("min", wrong="the minimum is above the maximum", right=f"write {most} or less")
    for key, cooldown in (
        ("scale_in_cooldown", table.scale_in_cooldown),
        ("scale_out_cooldown", table.scale_out_cooldown),
    ):
        if cooldown % 1:
            scope.add(key, wrong="a cool-down has whole seconds", right=f'write "{max(1, round(cooldown))}s"')
    metric, target = known(table.metric), known(table.target)
    if metric is None or target is None:
        return None
    highest = 100.0 if metric == "cpu" else float("inf")
    if not 0 < target <= highest:
        unit = "per cent of CPU, write 1 to 100" if metric == "cpu" else "connections per reader, write 1 or more"
        scope.add("target", wrong=f"a target of {target:g} is out of range", right=f"it is in {unit}")
    return AutoScalingSpec(
        metric=METRICS[metric],
        target=target,
        min_capacity=table.min,
        max_capacity=most,
        scale_in=table.scale_in,
        scale_in_cooldown_s=table.scale_in_cooldown,
        scale_out_cooldown_s=table.scale_out_cooldown,
    )
