"""The stories in which a cluster's writer changes. They read like the runbook they imitate.

One draw gives the time from the fault to the moved record; detection, promotion, recovery and DNS are shares of it
(AWS publishes only the total). What apps feel comes on top: TTL, their caches and their pools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.server import Engine
from opsconsole.simulation import first, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cluster import Cluster


def share(phase: str) -> float:
    """The part of a failover's drawn time that one phase takes."""
    return catalog.assumption(f"failover-{phase}-share").value


async def respond(cluster: Cluster) -> None:
    """The writer is lost: find out, look again, promote a reader, or wait for somebody to come back."""
    try:
        total = cluster.world.draw(cluster.id, cluster.failover_timing)
        await sleep(total * share("detection"))
        said_so = False
        while not cluster.secondary and not cluster.writer_is_well():
            candidates = cluster.candidates() if cluster.status.value in ("available", "backing-up") else []
            if candidates:
                if await promote(cluster, candidates[0], total):
                    return
                continue
            if not cluster.region.up:
                return
            if not said_so:
                now = cluster.world.now_us
                cluster.world.log.sim(now, cluster.id, "failover", now="waiting", reason=cluster.why_nobody())
                said_so = True
            await cluster.pulse
    finally:
        cluster.response = None
        cluster.look_again()


async def promote(cluster: Cluster, target: Instance, total: float) -> bool:
    """Make `target` the writer. `total` is the drawn time of a whole failover in seconds; detection is over.

    Returns whether it worked; a target that dies on the way leaves the cluster without a writer, and the caller
    chooses again.
    """
    world, old = cluster.world, cluster.writer
    cross_zone = old is None or old.zone is not target.zone
    cluster.set_status("failing-over")
    world.log.aws(world.now_us, cluster.id, "0073" if cross_zone else "0072", name=target.id)
    cluster.promoting = target
    fence_old_writer(cluster, old)
    await cluster.make_ready(target)
    if cluster.promoting is not target:
        return False
    if is_lost(target):
        return give_up(cluster, target, old)
    target.stop()
    world.log.aws(world.now_us, target.id, "0004")
    target.set_engine(Engine.RESTARTING)
    boots = target.boots
    await first_of_time_or_loss(cluster, target, total * (share("promotion") + share("recovery")))
    if cluster.promoting is not target:
        return False
    if is_lost(target) or target.boots != boots:
        return give_up(cluster, target, old)
    target.open()
    cluster.set_writer(target)
    await sleep(total * share("dns"))
    if cluster.promoting is not target:
        return False
    cluster.promoting = None
    if cluster.writer is not target:
        return give_up(cluster, target, old)
    cluster.failovers += 1
    cluster.failed_attempts = 0
    cluster.leave_reader_endpoint(target)
    cluster.point_writer(target)
    cluster.update_names()
    world.log.aws(world.now_us, cluster.id, "0071", name=target.id)
    world.log.aws(world.now_us, target.id, "0385")
    cluster.set_status("available")
    return True


def is_lost(target: Instance) -> bool:
    """Whether the reader that was chosen can no longer become the writer."""
    return not target.host_up or target.deleting


def fence_old_writer(cluster: Cluster, old: Instance | None) -> None:
    """Storage stops taking writes from the old writer; if its host lives, the engine restarts as a reader."""
    cluster.set_writer(None)
    if old is not None and old.deleting:
        old.close()
    elif old is not None and old.host_up and old.running:
        old.begin(old.reboot(old.restart_timing), "restart as a reader")
    cluster.on_writer_restart()
    if cluster.version.readers_restart_with_writer:
        cluster.restart_readers()


async def first_of_time_or_loss(cluster: Cluster, target: Instance, seconds: float) -> None:
    """Wait for the promotion, but no longer than the target's host lives."""
    timer = cluster.world.kernel.spawn(sleep(seconds), f"{cluster.id}: promote {target.id}")
    while not timer.done and target.host_up:
        await first(timer, cluster.pulse)
    timer.cancel()


def give_up(cluster: Cluster, target: Instance, old: Instance | None) -> bool:
    """The target was lost on the way: RDS-EVENT-0069, or 0070 where the previous writer can have its role back."""
    world = cluster.world
    cluster.promoting = None
    cluster.failed_attempts += 1
    world.log.aws(world.now_us, cluster.id, "0069")
    if old is not None and old is not target and cluster.sees(old) and not cluster.candidates():
        world.log.aws(world.now_us, cluster.id, "0070", name=old.id)
        cluster.set_writer(old)
        cluster.point_writer(old)
    cluster.set_status("available")
    return False


async def fail_over_on_request(cluster: Cluster, target: Instance) -> None:
    """FailoverDBCluster: as a failover, without the time it takes to notice."""
    total = cluster.world.draw(cluster.id, cluster.failover_timing)
    await promote(cluster, target, total)
    cluster.look_again()
