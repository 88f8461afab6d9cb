"""What the operations of ElastiCache ask before they begin, and whom they reach."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cache_stories
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.places import Region, Zone
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import users_of_servers

MEMCACHED = "the nodes of a Memcached cluster know nothing of each other"


def group_of(cloud: Cloud, node: str) -> CacheGroup:
    """The cache that a node belongs to. Raises KeyError for an unknown node."""
    return cloud.caches[next(id for id, group in cloud.caches.items() if node in group.nodes)]


def require_available(group: CacheGroup) -> None:
    """Raise Refused unless the cache is `available` and nothing is being done to it."""
    code = "InvalidReplicationGroupState" if group.replicated else "InvalidCacheClusterState"
    if group.status.value != "available":
        raise Refused(code, f"{group.id} is {group.status.value}; wait until it is available")
    if cache_stories.is_changing(group):
        raise Refused(code, f"something else is being done to {group.id}; wait until that is complete")


def require_replication_group(group: CacheGroup, what: str) -> None:
    """Raise Refused for a Memcached cluster: it has no replication, no failover and nothing that builds on them."""
    if not group.replicated:
        raise Refused("ReplicationGroupNotFoundFault", f"{group.id} is no replication group: {MEMCACHED}, so no {what}")


def require_settled(group: CacheGroup) -> None:
    """Raise Refused while a node of the group is being replaced, filled or promoted."""
    if cache_stories.is_recovering(group):
        raise Refused(
            "InvalidReplicationGroupState", f"nodes of {group.id} are being replaced; wait until that is over"
        )


def zone_of(group: CacheGroup, name: str) -> Zone:
    """A zone of the cache's region by its name or its letter; raises Refused for any other."""
    for zone in group.region.zones:
        if name in (zone.name, zone.letter):
            return zone
    known = ", ".join(zone.name for zone in group.region.zones)
    raise Refused("InvalidParameterValue", f"{name!r} is no zone of {group.region.name}; there are: {known}")


def room_of(group: CacheGroup, name: str) -> Zone:
    """The same for a new node: also Refused where no machine is left."""
    zone = zone_of(group, name)
    if not zone.has_room:
        raise Refused("InsufficientCacheClusterCapacity", f"{zone.name} has no capacity now: name another zone")
    return zone


def require_room(region: Region) -> None:
    """Raise Refused unless some zone of the Region has room for a new node."""
    if not region.roomy():
        raise Refused("InsufficientCacheClusterCapacity", f"no zone of {region.name} has capacity now: wait")


def words(text: str | None) -> tuple[str, ...]:
    """The items of a list that is written with commas."""
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def emptiest_zones(group: CacheGroup, nodes: Iterable[CacheNode], count: int) -> tuple[Zone, ...]:
    """Zones for so many new nodes: each time the one with room that holds the fewest. Refused if none has room."""
    if count > 0:
        require_room(group.region)
    held = {zone.name: 0 for zone in group.region.roomy()}
    for node in nodes:
        if node.zone.name in held:
            held[node.zone.name] += 1
    chosen = []
    for _ in range(count):
        name = min(held, key=lambda name: (held[name], name))
        held[name] += 1
        chosen.append(zone_of(group, name))
    return tuple(chosen)


def preview_of(cloud: Cloud, nodes: Iterable[CacheNode], sentences: Iterable[str], at_risk: int = 0) -> Preview:
    """The blast radius of something that is done to these nodes."""
    ids = tuple(node.id for node in nodes)
    names = tuple(
        record.id
        for group in cloud.caches.values()
        for record in group.records()
        if not record.own and any(answer in ids for answer in record.answers.value)
    )
    return Preview(ids, names, users_of_cache(cloud, ids), tuple(sentences), at_risk)


def users_of_cache(cloud: Cloud, nodes: Iterable[str]) -> tuple[str, ...]:
    """The apps that use the caches of these nodes."""
    caches = {group_of(cloud, node).id: None for node in nodes}
    using = [id for id, app in cloud.apps.items() if app.spec.cache is not None and app.spec.cache.store in caches]
    return tuple(dict.fromkeys((*using, *users_of_servers(cloud, nodes))))


def then_of(shard: Shard, node: CacheNode) -> tuple[str, ...]:
    """What follows when a node is lost."""
    group = shard.group
    seconds = catalog.timing("elasticache-failover").typical_s
    if not group.replicated:
        part, whole = group.parts().get(shard.id, (0, 1))
        return (f"{part * 100 / whole:.1f} % of the keys are gone with it; an empty node replaces it in minutes",)
    if node is not shard.primary:
        return ("the reader endpoint forgets it; it is replaced in its own zone, in minutes",)
    candidates = shard.candidates()
    if candidates and group.fails_over:
        lost = "what it has not received yet is lost"
        return (f"{candidates[0].id} has the least replication lag and is promoted in about {seconds:.0f} s", lost)
    if candidates:
        return (f"automatic failover is off: {node.id} is replaced in minutes, and filled from {candidates[0].id}",)
    return (f"there is no replica: {node.id} is replaced in minutes, empty",)


def in_zones(cloud: Cloud, zones: Iterable[Zone], loses_power: bool) -> Preview:
    """What stands of caches in these zones, and what follows when they are lost, or cut off."""
    lost = list(zones)
    nodes = [n for group in cloud.caches.values() for n in group.nodes.values() if n.zone in lost and n.existing]
    sentences: list[str] = []
    for group in cloud.caches.values():
        for shard in group.shards.values():
            if shard.primary not in nodes or shard.primary is None:
                continue
            others = [node for node in shard.candidates() if node not in nodes]
            what = f"primary of {group.id}" + (f" {shard.id}" if group.cluster_mode else "")
            if not group.replicated:
                if loses_power:
                    sentences.append(f"{shard.primary.id}: {then_of(shard, shard.primary)[0]}")
            elif others and group.fails_over:
                sentences.append(f"{what} stands there: {others[0].id} or another is promoted")
            else:
                sentences.append(f"{what} stands there: nobody takes over")
    return preview_of(cloud, nodes, sentences)
