"""A run of a fleet of caches, and writes whose every one can be counted."""

from __future__ import annotations

from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard, acknowledged
from opsconsole.cloud.writelog import WRITE, Branch, Rates
from tests.cloud.play import Play

REGION = """
name = "Caches"
[regions]
us-east-1 = {}
"""
SESSIONS = """
[elasticache.sessions]
engine = "redis"
region = "us-east-1"
nodes = [ { zone = "a" }, { zone = "b" }, { zone = "c" } ]
"""
PAGES = """
[elasticache.pages]
engine = "memcached"
region = "us-east-1"
nodes = [ { zone = "a" }, { zone = "b" }, { zone = "c" } ]
"""
CART = """
[elasticache.cart]
engine = "valkey"
region = "us-east-1"
shards = 3
replicas = 1
"""
ALONE = """
[elasticache.sessions]
engine = "redis"
region = "us-east-1"
nodes = [ { zone = "a" } ]
"""
REDIS, MEMCACHED, CLUSTER = REGION + SESSIONS, REGION + PAGES, REGION + CART
SINGLE = REGION + ALONE


class CachePlay(Play):
    """A run of caches; `writes` plays a client whose writes end at the primary while that takes them."""

    def cache(self, id: str = "sessions") -> CacheGroup:
        return self.cloud.caches[id]

    def shard(self, id: str = "sessions", part: str = "0001") -> Shard:
        return self.cache(id).shards[part]

    def node(self, id: str) -> CacheNode:
        node = self.cloud.servers[id]
        assert isinstance(node, CacheNode)
        return node

    def primary(self, id: str = "sessions", part: str = "0001") -> str:
        primary = self.shard(id, part).primary
        assert primary is not None
        return primary.id

    def writes(self, per_s: int, cache: str = "sessions") -> CachePlay:
        """From now on so many writes a second are acknowledged by every node that leads, for clients in its zone."""
        self._rate, self._cache, self._into = per_s * 1000, self.cache(cache), dict[str, Branch]()
        group, before = self._cache, self._cache.on_traffic_change

        def changed() -> None:
            before()
            self._book()

        group.on_traffic_change = changed
        self._book()
        return self

    def _book(self) -> None:
        now = self.cloud.now_us
        for node in self._cache.nodes.values():
            branch = node.branch() if node.leads and node.running and node.host_up else None
            old = self._into.pop(node.id, None)
            if old is not None and old is not branch:
                old.set_rates(now, "app", Rates())
            if branch is not None:
                branch.set_rates(now, "app", Rates(self._rate))
                self._into[node.id] = branch

    def acknowledged_in(self, branch: Branch | None) -> float:
        """Writes that a history holds now."""
        assert branch is not None
        return acknowledged(branch, self.cloud.now_us) / WRITE

    def lost(self, source: str = "sessions") -> int:
        """What the log says promotions left behind."""
        found = 0
        for row in self.truth("lost", source):
            writes = row["writes"]
            assert isinstance(writes, int)
            found += writes
        return found

    def slugs(self, source: str | None = None) -> list[str]:
        """ElastiCache's events about one thing, without the notifications."""
        return [slug for slug in self.events(source) if slug.startswith("elasticache:")]

    def events(self, source: str | None = None) -> list[str]:
        """ElastiCache's events about one thing, by their names."""
        return [str(r["id"]) for r in self.rows if r["stream"] == "aws" and source in (None, r["source"])]

    def said(self, source: str | None = None) -> list[str]:
        """The words of those events."""
        return [event.message for event in self.aws_events(source)]

    def statuses(self, source: str) -> list[object]:
        """Every status that AWS showed for a thing after the first."""
        return [row["now"] for row in self.truth("status", source)]
