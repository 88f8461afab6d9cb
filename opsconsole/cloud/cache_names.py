"""The endpoints of a cache, in AWS's own shapes under a suffix that cannot resolve in the real world.

Cluster mode disabled has a primary and a reader endpoint; cluster mode enabled a configuration endpoint, behind which
clients learn the slots: what they know of a shard is a record too, so that it ages in their caches like any name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.names import Record

if TYPE_CHECKING:
    from opsconsole.cloud.cache_group import CacheGroup
    from opsconsole.cloud.cache_node import CacheNode
    from opsconsole.cloud.cache_shard import Shard

SUFFIX = "cache.amazonaws.test"


class Endpoints:
    """Makes and withdraws the records of one cache."""

    def __init__(self, group: CacheGroup) -> None:
        self.group = group
        self.world = group.world
        self.configuration: Record | None = None
        self._hash = group.world.account_hash(group.region.name)[1:7]
        self._region = catalog.region(group.region.name).short
        self._ttl = catalog.assumption("dns-ttl-cache-s").value

    def _add(self, id: str, name: str, kind: str, ttl_s: float, answers: tuple[str, ...]) -> Record:
        return self.world.names.add(id, f"{name}.{self._region}.{SUFFIX}", kind, ttl_s, answers, self.world.now_us)

    def add_configuration(self, nodes: tuple[str, ...]) -> None:
        """Cluster mode enabled and Memcached: where clients ask for the nodes there are."""
        group, id = self.group, self.group.id
        ttl = self._ttl
        if not group.replicated:
            name, ttl = f"{id}.{self._hash}.cfg", catalog.timing("memcached-config-poll").typical_s
        elif group.settings.transit_encryption:
            name = f"clustercfg.{id}.{self._hash}"
        else:
            name = f"{id}.{self._hash}.clustercfg"
        self.configuration = self._add(f"{id}.configuration", name, "configuration", ttl, nodes)

    def add_node(self, node: CacheNode) -> None:
        """A node's own name, which it keeps when it is replaced."""
        group = self.group
        if not group.replicated:
            name = f"{group.id}.{self._hash}.{node.number}"
        elif group.settings.transit_encryption:
            name = f"{node.id}.{group.id}.{self._hash}"
        else:
            name = f"{node.id}.{self._hash}.{node.number}"
        node.record = self._add(node.id, name, "cache-node", self._ttl, (node.id,))

    def add_shard(self, shard: Shard) -> None:
        """How clients reach a shard's primary and its replicas."""
        group, id = self.group, self.group.id
        primary = (shard.primary.id,) if shard.primary is not None else ()
        if group.cluster_mode:
            learnt = catalog.assumption("cache-topology-refresh-s").value
            names = (f"{shard.id}.{id}.{self._hash}.slots", f"{shard.id}-ro.{id}.{self._hash}.slots")
            ids, kind, ttl = (f"{id}.{shard.id}", f"{id}.{shard.id}.reader"), "slots", learnt
        else:
            names = (f"{id}.{self._hash}.ng.0001", f"{id}-ro.{self._hash}.ng.0001")
            if group.settings.transit_encryption:
                names = (f"master.{id}.{self._hash}", f"replica.{id}.{self._hash}")
            ids, kind, ttl = (f"{id}.primary", f"{id}.reader"), "", self._ttl
        shard.primary_record = self._add(ids[0], names[0], kind or "primary", ttl, primary)
        shard.reader_record = self._add(ids[1], names[1], kind or "reader", ttl, shard.readers())

    def remove_node(self, node: CacheNode) -> None:
        """A node is gone."""
        if node.record is not None:
            self.world.names.remove(node.record, self.world.now_us)
            node.record = None

    def remove_shard(self, shard: Shard) -> None:
        """A shard is gone."""
        for record in (shard.primary_record, shard.reader_record):
            if record is not None:
                self.world.names.remove(record, self.world.now_us)
        shard.primary_record = shard.reader_record = None

    def all(self) -> list[Record]:
        """Every name of the cache: configuration, shards, nodes."""
        shards = self.group.shards.values()
        found = [self.configuration]
        found += [record for shard in shards for record in (shard.primary_record, shard.reader_record)]
        found += [node.record for node in self.group.nodes.values()]
        return [record for record in found if record is not None]
