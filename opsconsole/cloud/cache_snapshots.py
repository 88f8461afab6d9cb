"""Snapshots of Redis and Valkey: what a shard held at one moment, and new caches that begin with it.

A snapshot is taken from a replica where there is one, so that the primary's clients notice nothing. It stores no data:
it is a position in each shard's history, and a restore is a fork there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.calendar import MINUTE_US, next_begin_us, window_of
from opsconsole.cloud.server import Engine
from opsconsole.cloud.writelog import Branch
from opsconsole.simulation import Step, first, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cache_group import CacheGroup
    from opsconsole.cloud.cache_shard import Shard

COST = "snapshot"
DAY_US = 86_400_000_000


@dataclass
class NodeSnapshot:
    """One shard's part: from which node, and what it had."""

    shard: str
    node: str
    branch: Branch
    until_us: int


@dataclass
class CacheSnapshot:
    """One snapshot; `source` is the replication group."""

    name: str
    source: str
    region: str
    automatic: bool
    engine: str
    engine_version: str
    node_type: str
    cluster_mode: bool
    slots: Mapping[str, tuple[tuple[int, int], ...]]
    created_us: int
    status: Step[str]
    parts: tuple[NodeSnapshot, ...] = ()


def node_for(shard: Shard) -> CacheNode | None:
    """Whom a snapshot is taken from: the replica with the least lag, else the primary; None if nobody runs."""
    replicas = [node for node in shard.replicas() if node.running and node.synced and not node.deleting]
    if replicas:
        return min(replicas, key=lambda node: (node.lag_us(shard.world.now_us), node.id))
    primary = shard.primary
    return primary if primary is not None and primary.running else None


def taken_of(group: CacheGroup, node: str, now_us: int) -> int:
    """How many manual snapshots were taken of a node in the last 24 hours."""
    recent = [snapshot for snapshot in group.snapshots.values() if now_us - snapshot.created_us < DAY_US]
    return sum(part.node == node for snapshot in recent if not snapshot.automatic for part in snapshot.parts)


async def take(group: CacheGroup, name: str, automatic: bool = False, only: CacheNode | None = None) -> None:
    """CreateSnapshot: each shard's node forks and writes what it holds; that costs it, and nobody else."""
    world = group.world
    nodes = [only] if only is not None else [node_for(shard) for shard in group.shards.values()]
    chosen = [node for node in nodes if node is not None]
    snapshot = group.snapshots[name] = CacheSnapshot(
        name,
        group.id,
        group.region.name,
        automatic,
        group.engine.name,
        group.settings.engine_version,
        group.node_type.name,
        group.cluster_mode,
        {id: shard.slots for id, shard in group.shards.items()},
        world.now_us,
        Step("creating", world.now_us),
        tuple(part for part in map(_part, chosen) if part is not None),
    )
    complete = len(snapshot.parts) == len(nodes)
    group.set_status("snapshotting")
    boots = {node.id: node.boots for node in chosen}
    for node in chosen:
        _save(node, True)
    if complete:
        timer = world.kernel.spawn(sleep(world.draw(group.id, "elasticache-snapshot")), f"{group.id}: snapshot {name}")
        while not timer.done and all(node.running and node.boots == boots[node.id] for node in chosen):
            await first(timer, group.pulse)
        complete = timer.done
        timer.cancel()
    for node in chosen:
        _save(node, False)
    snapshot.status.set(world.now_us, "available" if complete else "failed")
    slug, event = ("succeeded", "SnapshotComplete") if complete else ("failed", "SnapshotFailed")
    world.log.aws(world.now_us, group.id, f"elasticache:snapshot-{slug}", snapshot=name, name=group.id)
    world.log.aws(world.now_us, group.id, f"ElastiCache:{event}", "replication-group", name=group.id)
    group.set_status("available")


def _part(node: CacheNode) -> NodeSnapshot | None:
    now, shard = node.world.now_us, node.shard
    if node.follower is not None:
        return NodeSnapshot(shard.id, node.id, node.follower.branch, node.follower.received_until(now))
    if shard.branch is None or not node.running:
        return None
    return NodeSnapshot(shard.id, node.id, shard.branch, now)


def _save(node: CacheNode, saving: bool) -> None:
    share = catalog.assumption("cache-snapshot-cost-share").value
    node.saving.set(node.world.now_us, saving)
    if node.existing:
        node.set_cost(COST, round(share * 1000) if saving else 0)
        if saving or node.status.value == "snapshotting":
            node.set_status("snapshotting" if saving else "available")


# -- automatic snapshots --------------------------------------------------------------------------------------------


def schedule(group: CacheGroup) -> None:
    """Plan the next daily snapshot, or none if retention is 0."""
    if group.backup is not None:
        group.backup.cancel()
        group.backup = None
    if group.settings.snapshot_retention_days and group.engine.snapshots:
        due = next_begin_us(group.world.fleet.start, group.world.now_us, group.settings.snapshot_window)
        group.backup = group.world.kernel.call_at(due, _begin_daily, group)


def _begin_daily(group: CacheGroup) -> None:
    world, window = group.world, group.settings.snapshot_window
    group.backup = world.kernel.call_at(world.now_us + window_of(window).length_min * MINUTE_US, schedule, group)
    idle = group.status.value == "available" and (group.change is None or group.change.done)
    if not idle or not group.region.up or group.deleting:
        return
    moment = world.fleet.start + timedelta(microseconds=world.now_us)
    keep_us = group.settings.snapshot_retention_days * DAY_US
    for name, old in list(group.snapshots.items()):
        if old.automatic and old.source == group.id and world.now_us - old.created_us >= keep_us:
            del group.snapshots[name]
    name = f"automatic.{group.id}-{moment:%Y-%m-%d-%H-%M}"
    group.change = world.kernel.spawn(take(group, name, automatic=True), f"{group.id}: daily snapshot")


# -- new caches -----------------------------------------------------------------------------------------------------


async def create(group: CacheGroup, snapshot: CacheSnapshot | None) -> None:
    """CreateReplicationGroup: an empty cache, or one that begins with what a snapshot holds."""
    world, parts = group.world, {part.shard: part for part in snapshot.parts} if snapshot else {}
    if snapshot is not None:
        snapshot.status.set(world.now_us, "restoring")
    await sleep(world.draw(group.id, "elasticache-restore" if snapshot is not None else "elasticache-create"))
    if snapshot is not None:
        snapshot.status.set(world.now_us, "available")
    for shard in group.shards.values():
        primary = shard.primary
        if primary is None:
            continue
        while not primary.host_up:
            await group.pulse
        part = parts.get(shard.id)
        if part is not None:
            shard.set_branch(Branch(f"{shard.key}@{world.now_us}", part.branch, part.until_us, world.now_us))
            world.log.sim(world.now_us, group.id, "fork", parent=part.branch.id, fork_us=part.until_us, part=shard.id)
        shard.open_primary(primary, shard.branch if part is not None else None)
        for node in shard.replicas():
            if node.host_up and shard.branch is not None:
                node.follow(shard.branch)
                node.set_engine(Engine.RUNNING)
            else:
                node.set_engine(Engine.DOWN)
            node.set_status("available")
        primary.set_status("available")
        shard.set_status("available")
        shard.point_primary()
    for node in group.nodes.values():
        world.log.aws(world.now_us, node.id, "elasticache:cache-cluster-created")
    world.log.aws(world.now_us, group.id, "elasticache:replication-group-created", name=group.id)
    world.log.aws(world.now_us, group.id, "ElastiCache:CreateReplicationGroupComplete", name=group.id)
    group.set_status("available")
    group.on_parts_change()
    schedule(group)
