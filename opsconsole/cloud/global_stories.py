"""The stories in which a global database's roles change: switchover, failover with data loss, detach, and the way back.

They read like the runbook they imitate; `GlobalDatabase` knows who is who, these change it.
"""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud import failover
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.server import Engine
from opsconsole.cloud.writelog import WRITE, Branch
from opsconsole.simulation import sleep

SAY_EVERY_S = 60.0  # how often a waiting switchover tells the lags
LOOK_EVERY_S = 1.0


def assumed(name: str) -> float:
    """A number of these stories that AWS does not publish: a row of the catalog."""
    return catalog.assumption(name).value


async def switch_over(db: GlobalDatabase, target: AuroraCluster) -> None:
    """SwitchoverGlobalCluster: RPO 0. Waits for the lag to drain, blocks writes, swaps the roles."""
    total = db.world.draw(db.id, "global-switchover")
    old = db.primary
    begin(db, target, "switching-over")
    db.say("0181", target)
    await sleep(total * 0.3)
    all_near = await drained(db, in_step(db), assumed("switchover-lag-s"), assumed("switchover-patience-s"))
    if not all_near or not can_lead(db, target):
        call_off(db, target, "0187")
        return
    fence(db, old, True)
    db.say_fenced("0390", old)
    if not await drained(db, [target], 0.0, assumed("switchover-blocked-patience-s")) or not can_lead(db, target):
        fence(db, old, False)
        call_off(db, target, "0187")
        return
    step_down(db, old)
    db.say("0182", old)
    await take_over(db, target, total * 0.5)
    if target.volume.follower is not None:
        target.volume.follower.stop()
        target.volume.follower = None
    db.secondaries = sorted((c for c in db.members() if c is not target), key=lambda c: c.id)
    db.primary = target
    db.adopt_primary()
    for secondary in in_step(db):
        db.follow(secondary, target.volume.branch.position(db.world.now_us) if secondary is old else None)
    fence(db, old, False)
    db.say("0184", target)
    await sleep(total * 0.2)
    publish(db, target)
    db.say("0185", target)
    db.set_state("")


async def fail_over(db: GlobalDatabase, target: AuroraCluster) -> None:
    """FailoverGlobalCluster with AllowDataLoss: promote what has arrived; the rest is lost."""
    total = db.world.draw(db.id, "global-failover")
    old = db.primary
    begin(db, target, "failing-over")
    await sleep(total * 0.2)
    fenced = db.connected(old, target)
    if fenced:
        fence(db, old, True)
    db.say_fenced("0390" if fenced else "0391", old)
    if not target.candidates():
        fence(db, old, False)
        call_off(db, target, "0239")
        return
    lost = fork(db, target, old)
    old.on_writer_restart = old.on_storage_change = lambda: None  # it is a member no more, until it rejoins
    db.secondaries = [c for c in db.secondaries if c is not target]
    db.primary = target
    db.adopt_primary()
    await take_over(db, target, total * 0.5)
    await sleep(total * 0.3)
    db.say("0238", target)
    publish(db, target)
    db.world.log.sim(db.world.now_us, db.id, "lost", writes=lost // WRITE, fork_us=target.volume.branch.fork_us)
    for secondary in list(db.secondaries):
        resynchronise_secondary(db, secondary)
    db.rejoining[old.id] = old
    db.world.kernel.spawn(rejoin(db, old), f"{old.id}: rejoin {db.id}")
    db.set_state("")


async def detach(db: GlobalDatabase, secondary: AuroraCluster) -> None:
    """RemoveFromGlobalCluster: the secondary becomes a cluster of its own; nothing else moves."""
    total = db.world.draw(db.id, "global-detach")
    secondary.set_status("promoting")
    await sleep(total * 0.4)
    lost = fork(db, secondary, db.primary)
    db.secondaries = [c for c in db.secondaries if c is not secondary]
    secondary.on_writer_restart = lambda: None
    await take_over(db, secondary, total * 0.6)
    secondary.point_writer(secondary.writer)
    secondary.update_names()
    db.world.log.sim(db.world.now_us, secondary.id, "detached", from_global=db.id, not_received=lost // WRITE)


def begin(db: GlobalDatabase, target: AuroraCluster, state: str) -> None:
    """The target is `promoting` from the first: no snapshot, upgrade or lost key of it comes in between.

    SIM: AWS documents the status, but not when a member of a global database begins to show it.
    """
    db.set_state(state)
    target.set_status("promoting")


def call_off(db: GlobalDatabase, target: AuroraCluster, event: str) -> None:
    """The target cannot be promoted: it stays what it was, and `event` tells."""
    db.say(event, target)
    target.set_status("available")
    db.set_state("")


def in_step(db: GlobalDatabase) -> list[AuroraCluster]:
    """The secondaries that follow the primary; one that is being resynchronised joins at the end of its own story."""
    return [cluster for cluster in db.secondaries if cluster.id not in db.resyncing]


def can_lead(db: GlobalDatabase, target: AuroraCluster) -> bool:
    """Whether the target has somebody to promote and still hears the primary."""
    return bool(target.candidates()) and db.connected(db.primary, target)


async def drained(db: GlobalDatabase, waiting_for: list[AuroraCluster], lag_s: float, patience_s: float) -> bool:
    """Wait until none of these secondaries lacks more than `lag_s`; False when that takes too long (SIM)."""
    waited = 0.0
    while waited < patience_s:
        late = [cluster for cluster in waiting_for if not has_received(db, cluster, round(lag_s * 1_000_000))]
        if not late:
            return True
        if waited % SAY_EVERY_S == 0 and lag_s:
            say_lag(db, waiting_for)
        await sleep(LOOK_EVERY_S)
        waited += LOOK_EVERY_S
    return False


def has_received(db: GlobalDatabase, secondary: AuroraCluster, lag_us: int) -> bool:
    """Whether a secondary lacks no more than `lag_us`."""
    follower, now = secondary.volume.follower, db.world.now_us
    return follower is None or (follower.open and (follower.lag_us(now) <= lag_us or not follower.backlog(now)))


def say_lag(db: GlobalDatabase, waiting_for: list[AuroraCluster]) -> None:
    """RDS-EVENT-0423 with one secondary, 0183 with several."""
    lags = {cluster.id: f"{db.lag_us(cluster) / 1e6:.1f} seconds" for cluster in waiting_for}
    now = db.world.now_us
    if len(lags) == 1:
        db.world.log.aws(now, db.primary.id, "0423", lag=next(iter(lags.values())))
    else:
        db.world.log.aws(now, db.primary.id, "0183", lags=", ".join(f"{id}: {lag}" for id, lag in lags.items()))


def fence(db: GlobalDatabase, cluster: AuroraCluster, fenced: bool) -> None:
    """Block writes at the storage layer, or let them through again."""
    if cluster.fenced != fenced:
        cluster.fenced = fenced
        db.world.log.sim(db.world.now_us, cluster.id, "fence", now=fenced)
        cluster.look_again()


def step_down(db: GlobalDatabase, old: AuroraCluster) -> None:
    """The old primary becomes a secondary: its writer restarts as a reader, its writer endpoint goes inactive."""
    writer = old.writer
    old.abandon_failover()
    old.secondary = True
    old.set_writer(None)
    old.point_writer(None)
    if writer is not None and writer.running and writer.host_up:
        writer.begin(writer.reboot(), "restart as a reader of a secondary")
    old.update_names()


async def take_over(db: GlobalDatabase, target: AuroraCluster, seconds: float) -> None:
    """Promote the best reader of the target to writer; it restarts in the last part of the time."""
    restart = assumed("promotion-restart-share")
    target.secondary = False
    await sleep(seconds * (1 - restart))
    while True:
        candidates = target.candidates()
        if not candidates:
            await target.pulse
            continue
        chosen = target.promoting = candidates[0]
        chosen.stop()
        db.world.log.aws(db.world.now_us, chosen.id, "0004")
        chosen.set_engine(Engine.RESTARTING)
        await failover.first_of_time_or_loss(target, chosen, seconds * restart)
        target.promoting = None
        if chosen.host_up:
            break
    lead(db, target, chosen)


def lead(db: GlobalDatabase, target: AuroraCluster, chosen: Instance) -> None:
    """The chosen instance opens as the writer."""
    chosen.open()
    target.set_writer(chosen)
    target.leave_reader_endpoint(chosen)
    target.set_status("available")


def publish(db: GlobalDatabase, target: AuroraCluster) -> None:
    """Move the writer endpoint of the cluster and of the global database."""
    target.point_writer(target.writer)
    target.update_names()
    db.point_endpoint()
    db.world.log.aws(db.world.now_us, target.id, "0397")


def fork(db: GlobalDatabase, target: AuroraCluster, old: AuroraCluster) -> int:
    """Cut the target loose: its history ends where it had received. Returns nano-writes that did not arrive."""
    now, volume = db.world.now_us, target.volume
    follower = volume.follower
    fork_us = volume.content(now).until_us
    missing = follower.backlog(now) if follower else 0
    if follower is not None:
        follower.stop()
    volume.branch = Branch(f"{target.id}@{now}", old.volume.branch, fork_us, now)
    volume.follower = None
    db.world.log.sim(now, target.id, "fork", parent=old.volume.branch.id, fork_us=fork_us)
    target.look_again()
    return missing


def resynchronise_secondary(db: GlobalDatabase, secondary: AuroraCluster) -> None:
    """Another secondary gets its volume anew from the new primary."""
    db.world.kernel.spawn(resynchronise(db, secondary, db.begin_resync(secondary)), f"{secondary.id}: resynchronise")


async def resynchronise(db: GlobalDatabase, cluster: AuroraCluster, turn: int) -> bool:
    """A cluster gets its volume anew from the primary; its engines wait for it.

    It ends only while a way leads there. Returns False where a younger resynchronisation has taken over.
    """
    db.say("0240", cluster)
    volume_ready = cluster.detach_volume()
    await sleep(db.world.draw(cluster.id, "global-resync"))
    while db.resyncing.get(cluster.id) == turn and not db.may_flow(cluster):
        await cluster.pulse
    if db.resyncing.get(cluster.id) != turn:
        return False
    db.follow(cluster)
    volume_ready.set()
    del db.resyncing[cluster.id]
    db.say("0241", cluster)
    fence(db, cluster, False)
    cluster.update_names()
    return True


async def rejoin(db: GlobalDatabase, old: AuroraCluster) -> None:
    """The lost region is back: its cluster stops accepting writes and becomes a secondary."""
    while not (db.connected(old, db.primary) and old.region.up):
        await old.pulse
    fence(db, old, True)
    step_down(db, old)
    db.world.log.aws(db.world.now_us, old.id, "0512", name=old.id)
    db.secondaries = sorted([*db.secondaries, old], key=lambda c: c.id)
    turn = db.begin_resync(old)
    db.rejoining.pop(old.id, None)
    if await resynchronise(db, old, turn):
        db.world.log.aws(db.world.now_us, old.id, "0513", name=old.id)
    db.adopt_primary()
