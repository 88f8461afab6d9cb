"""What may go wrong with a cache: a zone's power as FIS interrupts it, and what empties it or wears it out."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.caching import AppCache
from opsconsole.commands import cache_checks as checks
from opsconsole.commands.base import Command, Danger, Kind, Preview
from opsconsole.commands.data_faults import Share
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind

LEAST_S, MOST_S = 60, 12 * 3600
"""FIS takes a duration from PT1M to PT12H."""


class InterruptPower(FaultCommand):
    """FIS `aws:elasticache:replicationgroup-interrupt-az-power`: a group's nodes in one zone are down.

    A primary there fails over. Nothing is replaced until the action ends; then the nodes come back, and are filled. For
    replication groups with Multi-AZ only; one minute to twelve hours. Source: AWS FIS actions reference.
    """

    name: ClassVar[str] = "aws:elasticache:replicationgroup-interrupt-az-power"
    title: ClassVar[str] = "FIS: interrupt a zone's power"
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    availability_zone_identifier: str = Field(alias="zone", description="us-east-1a, or a")

    def _nodes(self, cloud: Cloud) -> list[CacheNode]:
        group = cloud.caches[self.target]
        zone = checks.zone_of(group, self.availability_zone_identifier)
        return [node for node in group.nodes.values() if node.zone is zone and node.existing]

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        if not group.replicated or not group.settings.multi_az:
            raise Refused(
                "ResourceNotFoundException", f"{group.id} is no replication group with Multi-AZ: FIS leaves it alone"
            )
        if self.for_s is not None and not LEAST_S <= self.for_s <= MOST_S:
            raise Refused("ValidationException", "the duration of the action is one minute to twelve hours")
        if not self._nodes(cloud):
            raise Refused(
                "ResourceNotFoundException", f"no node of {group.id} is in {self.availability_zone_identifier}"
            )

    def preview(self, cloud: Cloud) -> Preview:
        try:
            nodes = self._nodes(cloud)
        except Refused:
            return Preview()
        sentences = [f"{node.id}: {checks.then_of(node.shard, node)[0]}" for node in nodes]
        return checks.preview_of(cloud, nodes, (*sentences, "nothing is replaced until the action ends"))

    async def run(self, cloud: Cloud) -> None:
        nodes, fault = self._nodes(cloud), self.begin(cloud)
        for node in nodes:
            fault.undo.append(lambda node=node: node.regain_host(fault.id))  # type: ignore[misc]
            node.lose_host(fault.id)
        await cloud.faults.last(fault)


class FlushCache(Command):
    """Delete every key of a cache: a client's FLUSHALL on each primary, or flush_all on each Memcached node.

    Everything runs on; the cache is cold, and what it kept from its database comes down on it.
    """

    name: ClassVar[str] = "sim:cache-flush"
    title: ClassVar[str] = "Flush the cache (FLUSHALL)"
    kind: ClassVar[Kind] = Kind.FAULT
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        if not any(node.leads and node.running for node in group.nodes.values()):
            raise Refused("InvalidCacheClusterState", f"no node of {group.id} runs that could be flushed")

    def preview(self, cloud: Cloud) -> Preview:
        nodes = cloud.caches[self.target].nodes.values()
        return checks.preview_of(cloud, nodes, ("every key is gone; every read is a miss until the cache is warm",))

    async def run(self, cloud: Cloud) -> None:
        cloud.log.sim(cloud.now_us, self.target, "fault", name=self.name, now="struck")
        cloud.caches[self.target].empty("it was flushed")


class HotKey(FaultCommand):
    """One key of an app becomes so popular that a share of all its cached reads ask for it alone.

    The part of the cache that holds it (a shard, a Memcached node) gets those reads on top of its own: its
    EngineCPUUtilization rises, up to 100 %, while the others have less to do than before. More shards do not help, for
    a key is in one of them; more replicas to read from, a copy in the app or a split key do. Source: AWS documentation,
    hot keys; which key it is is the fleet's own chance (SIM).
    """

    name: ClassVar[str] = "sim:hot-key"
    title: ClassVar[str] = "Make one key hot"
    takes: ClassVar[TargetKind] = TargetKind.APP

    share: Share = Field(500_000, description="how much of its reads ask for that key, for example 50%")

    def _cache(self, cloud: Cloud) -> AppCache:
        cache = cloud.apps[self.target].cache
        if cache is None:
            raise Refused("InvalidParameterCombination", f"{self.target} uses no cache")
        return cache

    def check(self, cloud: Cloud) -> None:
        cache = self._cache(cloud)
        if len(cache.parts) < 2:
            raise Refused("InvalidParameterCombination", f"{cache.group.id} has one part: every key is there already")
        if self.share <= max(cache.spec.hot_key * 1_000_000, *cache.hot_keys.values(), 0):
            raise Refused("InvalidParameterCombination", f"{self.target} has a key that is as hot already")

    def preview(self, cloud: Cloud) -> Preview:
        cache = self._cache(cloud)
        shard = cache.group.shards.get(cache.hot_part())
        text = f"{cache.hot_part()} gets {self.share / 10_000:g}% of the reads alone, and its part of the others"
        return checks.preview_of(cloud, shard.nodes.values() if shard is not None else (), (text,))

    async def run(self, cloud: Cloud) -> None:
        fault, cache = self.begin(cloud), self._cache(cloud)
        cache.hot_keys[fault.id] = self.share

        def undo() -> None:
            cache.hot_keys.pop(fault.id, None)
            cache.app.look_again()

        fault.undo.append(undo)
        cache.app.look_again()
        await cloud.faults.last(fault)


class EvictionStorm(FaultCommand):
    """Strangers fill a cache with keys of theirs: of what its apps keep there, only `left` still fits.

    Memory stands at 100 %, Evictions go up and stay up, the hit rate goes down, and the database is asked for the rest.
    Scale up or out, shorten TTLs, cache less, or find out who it is. When they are gone, the cache fills again by being
    asked. Source: AWS documentation, Evictions; that strangers take the memory at once is SIM.
    """

    name: ClassVar[str] = "sim:eviction-storm"
    title: ClassVar[str] = "Fill the cache"
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    left: Share = Field(500_000, description="how much of what its apps keep there still fits, for example 50%")

    def _left_ppm(self, cloud: Cloud) -> int:
        """The millionths of the memory that are left to the apps: as much as what they keep there now takes, less."""
        group = cloud.caches[self.target]
        held = room = 0
        for cache in cloud.app_caches():
            if cache.group is group:
                for part in cache.parts.values():
                    held += part.fill.content(cloud.now_us).bytes
                    room += part.memory_bytes
        return held * self.left // room * group.room_ppm.value // 1_000_000 if room else 0

    def check(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        if group.settings.maxmemory_policy == "noeviction":
            raise Refused("InvalidParameterCombination", f"{group.id} evicts nothing: its policy is noeviction")
        if not 0 < self._left_ppm(cloud) < group.room_ppm.value:
            raise Refused("InvalidParameterCombination", f"{group.id} holds nothing that would have to go")

    def preview(self, cloud: Cloud) -> Preview:
        nodes = cloud.caches[self.target].nodes.values()
        text = f"{self.left / 10_000:g}% of the keys of its apps still fit; what does not is asked of the database"
        return checks.preview_of(cloud, nodes, (text,))

    async def run(self, cloud: Cloud) -> None:
        left, fault, group = self._left_ppm(cloud), self.begin(cloud), cloud.caches[self.target]
        group.crowd(fault.id, left)
        fault.undo.append(lambda: group.clear_strangers(fault.id))
        await cloud.faults.last(fault)
