"""What may go wrong with a cache: a zone's power as FIS interrupts it, and what empties it or wears it out."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.commands import cache_checks as checks
from opsconsole.commands.base import Command, Danger, Kind, Preview
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
