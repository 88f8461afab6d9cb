"""How an instance joins an Aurora cluster and leaves it: one story each, whoever asks for it.

An operator's command and auto scaling run the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from opsconsole.cloud import failover
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Engine
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud


def emptiest_zone(cluster: Cluster, members: Iterable[Instance]) -> Zone | None:
    """The zone with room that holds the fewest of `members`, the first of them by name; None if none has room."""
    held = {zone.name: 0 for zone in cluster.region.roomy()}
    for instance in members:
        if instance.zone.name in held:
            held[instance.zone.name] += 1
    name = min(held, key=lambda name: (held[name], name), default=None)
    return next((zone for zone in cluster.region.zones if zone.name == name), None)


def admit(cloud: Cloud, cluster: Cluster, id: str, zone: Zone, instance_class: str, tier: int) -> Instance:
    """A new member that is `creating`; `create` then brings it up."""
    instance = cluster.add_instance(id, zone, instance_class, tier, running=False)
    cloud.adopt(cluster)
    cloud.log.sim(cloud.now_us, instance.id, "status", now="creating", zone=zone.name)
    return instance


async def _host_up(instance: Instance) -> None:
    """Wait until the machine under a member lives."""
    while not instance.host_up:
        await instance.home.pulse


async def create(cloud: Cloud, instance: Instance) -> None:
    """Attach an admitted member to the shared volume and let it serve: RDS-EVENT-0005.

    A member whose zone dies meanwhile comes up when the zone is back; one that is deleted meanwhile never does.
    """
    seconds = cloud.draw(instance.id, "aurora-instance-create")
    instance.busy_until_us = cloud.now_us + round(seconds * 1_000_000)
    await sleep(seconds)
    if not instance.host_up:
        await _host_up(instance)  # then its host boots like any other
        await sleep(cloud.draw(instance.id, "aurora-reader-restart"))
    await _host_up(instance)
    while instance.volume_ready is not None:
        await instance.volume_ready
        instance.volume_ready = None
    if instance.engine.value == Engine.DELETED:
        return
    instance.busy_until_us = None
    cloud.log.aws(cloud.now_us, instance.id, "0005")
    lead_an_empty_cluster(instance)
    instance.set_engine(Engine.RUNNING)
    instance.set_status("available")
    instance.warm_up()


def lead_an_empty_cluster(instance: Instance) -> None:
    """The first instance of a cluster that has none is its writer from the start."""
    cluster = instance.home
    others = [other for other in cluster.instances.values() if other is not instance and other.existing]
    if cluster.writer is None and not cluster.secondary and not others:
        cluster.set_writer(instance)
        cluster.point_writer(instance)
        cluster.update_names()


async def delete(cloud: Cloud, instance: Instance) -> None:
    """Take a member out of its cluster: RDS-EVENT-0003. A writer has a reader promoted first."""
    cluster = instance.home
    instance.begin_deletion()
    if instance is cluster.writer:
        candidates = cluster.candidates()
        if candidates:
            await failover.fail_over_on_request(cluster, candidates[0])
    await sleep(cloud.draw(instance.id, "aurora-instance-delete"))
    cloud.log.aws(cloud.now_us, instance.id, "0003")
    cluster.remove_instance(instance)
    cloud.abandon(instance)
    for fault in cloud.faults.of(instance.id):
        cloud.faults.end(fault)
