"""ModifyDBInstance for an instance of an Aurora cluster: another class, at once or in the window; another tier.

The instance starts anew on a host of the class asked for, its cache cold. A writer hands its role to a reader first, so
what applications feel is a failover; without a reader they feel all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud import failover
from opsconsole.cloud.aurora import AuroraCluster, AuroraInstance
from opsconsole.cloud.calendar import next_begin_us, window_of
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.server import Engine

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

MINUTE_US = 60_000_000


def obstacle(instance: Instance) -> str | None:
    """Why its class cannot be changed now; None when nothing is in the way."""
    cluster = instance.home
    if not cluster.region.up:
        return f"{cluster.region.name} is down"
    if cluster.status.value != "available":
        return f"{cluster.id} is {cluster.status.value}"
    return None if instance.status.value == "available" else f"{instance.id} is {instance.status.value}"


def await_window(cloud: Cloud, instance: AuroraInstance, instance_class: str, from_us: int | None = None) -> None:
    """The class is pending (PendingModifiedValues) until the maintenance window begins; the last one asked for is."""
    forget(instance)
    start_us = cloud.now_us if from_us is None else from_us
    due_us = next_begin_us(cloud.fleet.start, start_us, instance.home.settings.maintenance_window)
    instance.pending_class = instance_class
    instance.window = cloud.kernel.call_at(due_us, _window_begins, cloud, instance, instance_class)


def forget(instance: AuroraInstance) -> None:
    """Nothing is pending any more."""
    if instance.window is not None:
        instance.window.cancel()
    instance.window = instance.pending_class = None


def _window_begins(cloud: Cloud, instance: AuroraInstance, instance_class: str) -> None:
    if instance.deleting or instance.engine.value == Engine.DELETED:
        return
    if obstacle(instance) is None:
        cloud.kernel.spawn(change_class(cloud, instance, instance_class), f"{instance.id}: change its class")
        return
    length_us = window_of(instance.home.settings.maintenance_window).length_min * MINUTE_US
    await_window(cloud, instance, instance_class, cloud.now_us + length_us)


async def change_class(cloud: Cloud, instance: AuroraInstance, instance_class: str) -> None:
    """RDS-EVENT-0012, a start on another host, 0014."""
    forget(instance)
    cluster: AuroraCluster = instance.home
    if instance is cluster.writer and cluster.candidates():
        await failover.fail_over_on_request(cluster, cluster.candidates()[0])
        with cloud.kernel.timeout(cloud.timing("aurora-failover-no-reader").max_s):
            await instance.status.until(cloud.kernel, lambda status: status == "available")
    if instance.status.value == "available" and instance.running and not instance.deleting:
        instance.begin(_move(cloud, instance, instance_class), "change its class")
        await instance.status.until(cloud.kernel, lambda status: status != "modifying")


async def _move(cloud: Cloud, instance: AuroraInstance, instance_class: str) -> None:
    instance.set_status("modifying")
    cloud.log.aws(cloud.now_us, instance.id, "0012")
    cloud.log.aws(cloud.now_us, instance.id, "0004")
    instance.set_engine(Engine.RESTARTING)
    try:
        await instance.busy("aurora-class-change")
    finally:  # a host that dies meanwhile comes back as the new one
        instance.instance_class = catalog.instance_class(instance_class)
    instance.open(cold=True)
    cloud.log.aws(cloud.now_us, instance.id, "0014")
