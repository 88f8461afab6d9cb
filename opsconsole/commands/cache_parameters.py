"""Parameters of a cache: what goes when memory is full, and the append-only file that ElastiCache once had."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, cache_stories
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.commands import cache_checks as checks
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind


class ModifyCacheParameterGroup(Operation):
    """Change parameters of a cache (ElastiCache `ModifyCacheParameterGroup` on the group it uses); no restart.

    `maxmemory-policy` is one of eight, volatile-lru unless changed. `appendonly` is refused where ElastiCache has no
    AOF any more (since Redis 2.8.22), and beside automatic failover. Source: AWS documentation, Parameters of Redis.
    """

    name: ClassVar[str] = "elasticache:modify-cache-parameter-group"
    title: ClassVar[str] = "Change parameters"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CACHE

    maxmemory_policy: str | None = Field(None, alias="maxmemory-policy", description="what goes when memory is full")
    reserved_memory_percent: int | None = Field(None, alias="reserved-memory-percent", description="0 to 100")
    appendonly: Literal["yes", "no"] | None = Field(None, description="an append-only file; old versions only")

    def check(self, cloud: Cloud) -> None:
        group, policies = cloud.caches[self.target], catalog.cache_policies()
        if not group.replicated:
            sentence = f"{group.id} is Memcached, and these are parameters of Redis and Valkey"
            raise Refused("InvalidParameterValue", sentence)
        if not self.model_dump(exclude={"target"}, exclude_none=True):
            raise Refused("InvalidParameterCombination", "no parameter was given")
        checks.require_available(group)
        if self.maxmemory_policy is not None and self.maxmemory_policy not in policies:
            known = ", ".join(policies)
            raise Refused("InvalidParameterValue", f"{self.maxmemory_policy!r} is no maxmemory-policy; one of {known}")
        limit = catalog.limit("reserved-memory-percent")
        if self.reserved_memory_percent is not None and not limit.allows(self.reserved_memory_percent):
            raise Refused("InvalidParameterValue", limit.sentence.rstrip("."))
        if self.appendonly == "yes":
            check_append_only(group)

    def preview(self, cloud: Cloud) -> Preview:
        return Preview((self.target,), sentences=("in force at once, without a restart",))

    async def run(self, cloud: Cloud) -> None:
        group = cloud.caches[self.target]
        append = None if self.appendonly is None else self.appendonly == "yes"
        story = cache_stories.change_parameters(group, self.maxmemory_policy, self.reserved_memory_percent, append)
        cache_stories.begin(group, story, "change parameters")


def check_append_only(group: CacheGroup) -> None:
    """Raise Refused where ElastiCache has no append-only file, saying why."""
    if not group.release.aof:
        last = [row.name for row in catalog.engine("redis").releases if row.aof][-1]
        sentence = (
            f"ElastiCache has had no append-only file since Redis {last}: a node that fails gets a new disk, so the "
            "file would not be there; rely on replicas and snapshots, or use MemoryDB"
        )
        raise Refused("InvalidParameterValue", sentence)
    if group.automatic_failover.value != "disabled":
        raise Refused("InvalidParameterCombination", "AOF and Multi-AZ with automatic failover exclude each other")
