"""Online resharding: hash slots move between shards while they serve, and the keys with them.

Every shard ends with as many slots as the others, give or take one. A shard that gives slots, and one that takes them,
work harder meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from opsconsole import catalog
from opsconsole.cloud.cache_shard import Shard, Slots
from opsconsole.cloud.cache_stories import busy, come_up, next_node_id
from opsconsole.simulation import sleep

if TYPE_CHECKING:
    from opsconsole.cloud.cache_group import CacheGroup

COST = "resharding"


class Move(NamedTuple):
    """So many slots go from one shard to another."""

    source: str
    target: str
    slots: int


def count(slots: Slots) -> int:
    """How many slots there are in these ranges."""
    return sum(last - first + 1 for first, last in slots)


def plan(held: dict[str, int], staying: Iterable[str]) -> list[Move]:
    """The moves after which the `staying` shards have all slots, evenly, the first of them one more.

    `held` counts the slots of every shard there is, those to come included.
    """
    ids = sorted(staying)
    each, rest = divmod(sum(held.values()), len(ids))
    wanted = dict.fromkeys(held, 0) | {id: each + (number < rest) for number, id in enumerate(ids)}
    surplus = {id: held[id] - wanted[id] for id in sorted(held) if held[id] > wanted[id]}
    moves: list[Move] = []
    for target in sorted(held):
        missing = wanted[target] - held[target]
        for source in list(surplus):
            moved = min(missing, surplus[source])
            if moved > 0:
                moves.append(Move(source, target, moved))
                surplus[source] -= moved
                missing -= moved
    return moves


def split(slots: Slots, last: int) -> tuple[Slots, Slots]:
    """These ranges without their last so many slots, and those."""
    kept, given, left = list(slots), [], last
    while left:
        begin, end = kept.pop()
        taken = min(left, end - begin + 1)
        given.append((end - taken + 1, end))
        if taken < end - begin + 1:
            kept.append((begin, end - taken))
        left -= taken
    return tuple(kept), tuple(sorted(given))


def join(slots: Slots) -> Slots:
    """The same slots in as few ranges as possible."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(slots):
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


async def reshard(group: CacheGroup, shards: int, removed: tuple[str, ...]) -> None:
    """ModifyReplicationGroupShardConfiguration: to so many shards; when there are to be fewer, without these."""
    world = group.world
    group.set_status("modifying")
    added = await _add_shards(group, shards - len(group.shards))
    staying = [id for id in group.shards if id not in removed]
    moves = plan({id: count(shard.slots) for id, shard in group.shards.items()}, staying)
    changed = max(1, len(added) + len(removed))
    total_s = world.draw(group.id, "elasticache-reshard") * changed
    all_slots = max(1, sum(move.slots for move in moves))
    for move in moves:
        await _migrate(group, move, total_s * move.slots / all_slots)
    if removed:
        for id in removed:
            group.shards[id].set_status("deleting")
            group.shards[id].deleting = True
            for node in group.shards[id].nodes.values():
                node.deleting = True
                node.set_status("deleting")
        await busy(group, "elasticache-delete")
        for id in removed:
            group.remove_shard(group.shards[id])
        group.on_parts_change()
    group.publish_nodes()
    world.log.aws(world.now_us, group.id, "ElastiCache:ReplicationGroupScalingComplete", name=group.id)
    group.set_status("available")


async def _add_shards(group: CacheGroup, number: int) -> list[Shard]:
    """New shards, with as many nodes as the first has, spread over the zones; they have no slots yet."""
    if number <= 0:
        return []
    zones, model = group.region.roomy() or group.region.zones, next(iter(group.shards.values()))
    last = max(int(id) for id in group.shards)
    added = [group.add_shard(f"{last + one:04}", (), False) for one in range(1, number + 1)]
    for at, shard in enumerate(added, last):
        for place in range(len(model.nodes)):
            group.add_node(shard, next_node_id(shard), zones[(at + place) % len(zones)], False)
    group.look_again()
    await busy(group, "elasticache-add-replica")
    for shard in added:
        primary = shard.primary
        if primary is None:
            continue
        while not primary.host_up:
            await group.pulse
        shard.open_primary(primary, None)
        primary.set_status("available")
        group.open_shard(shard)
        for node in shard.replicas():
            await come_up(node)
        shard.set_status("available")
    return added


async def _migrate(group: CacheGroup, move: Move, seconds: float) -> None:
    """Slots and their keys go to another shard; both work harder meanwhile, and wait for each other's primaries."""
    source, target = group.shards[move.source], group.shards[move.target]
    permille = round(catalog.assumption("cache-reshard-cost-share").value * 1000)
    _burden(source, target, permille)
    await sleep(seconds)
    while not all(shard.primary is not None and shard.primary.running for shard in (source, target)):
        await group.pulse
    _burden(source, target, 0)
    source.slots, given = split(source.slots, move.slots)
    target.slots = join((*target.slots, *given))
    total = catalog.limit("cache-slots-total").value
    text = ",".join(f"{first}-{last}" for first, last in given)
    world = group.world
    world.log.sim(world.now_us, group.id, "slots", was=source.id, now=target.id, slots=text)
    group.on_moved(source.id, target.id, (move.slots, total))
    group.on_parts_change()
    group.look_again()


def _burden(source: Shard, target: Shard, permille: int) -> None:
    for shard in (source, target):
        for node in shard.nodes.values():
            node.set_cost(COST, permille)
