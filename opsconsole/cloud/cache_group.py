"""A cache: a replication group of Redis or Valkey, or a Memcached cluster, and the control plane that looks after it.

Redis and Valkey keep each part of the keys on a shard, whose replicas can take over (`cache_shard.py`,
`cache_failover.py`). Memcached's nodes know nothing of each other: clients spread the keys over them (`cache_ring.py`),
and what a node held is gone with it. The control plane looks once per instant, after everything that happened in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import CacheNodeType, EngineVersion
from opsconsole.cloud import cache_ring
from opsconsole.cloud.cache_names import Endpoints
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.cache_slots import slot_of
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.server import Engine
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.fleet.spec import CacheSpec
from opsconsole.simulation import Event, Step, Task, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.cache_snapshots import CacheSnapshot

Share = tuple[int, int]
"""A part of all keys, as a fraction."""


@dataclass
class CacheSettings:
    """What ModifyReplicationGroup, ModifyCacheCluster and the parameter group may change."""

    engine_version: str
    multi_az: bool
    transit_encryption: bool
    at_rest_encryption: bool
    auth: bool
    maxmemory_policy: str
    reserved_memory_percent: int
    append_only: bool
    snapshot_retention_days: int
    snapshot_window: str
    maintenance_window: str
    parameter_group: str

    @classmethod
    def of(cls, spec: CacheSpec) -> CacheSettings:
        """As the fleet file has it."""
        return cls(
            spec.engine_version,
            spec.multi_az,
            spec.transit_encryption,
            spec.at_rest_encryption,
            spec.auth,
            spec.maxmemory_policy,
            spec.reserved_memory_percent,
            spec.append_only,
            spec.snapshot_retention_days,
            spec.snapshot_window,
            spec.maintenance_window,
            f"{spec.id}-parameters",
        )


class CacheGroup:
    """One cache. `parts` of its keys are its shards, each known by its id (`0001`).

    The callbacks are the cloud's: `on_emptied(part)` when nothing of a part is left, `on_moved(source, target, share)`
    when a share of all keys goes from one part to another and is kept, `on_parts_change()` when the parts or their
    shares have changed, `on_traffic_change()` when clients may feel something else than before, `on_gone(node)` when a
    node is deleted.
    """

    def __init__(self, world: World, spec: CacheSpec, running: bool = True) -> None:
        self.world = world
        self.spec = spec
        self.id = spec.id
        self.region: Region = world.places.regions[spec.region]
        self.engine = catalog.engine(spec.engine)
        self.release: EngineVersion = self.engine.release(spec.engine_version)
        self.replicated = self.engine.read_replicas > 0
        self.kind = "replication-group" if self.replicated else "cache-cluster"
        self.cluster_mode = spec.cluster_mode
        self.settings = CacheSettings.of(spec)
        self.node_type: CacheNodeType = catalog.cache_node_type(spec.node_type)
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        failover = "enabled" if spec.automatic_failover else "disabled"
        self.automatic_failover: Step[str] = Step(failover, world.now_us)
        self.created_us = world.now_us
        self.strangers: dict[str, int] = {}  # faults, and the millionths of its memory that each leaves to the apps
        self.room_ppm: Step[int] = Step(1_000_000, world.now_us)  # what is left to them, with an hour of history
        self.failovers = 0
        self.tested: list[int] = []  # when TestFailover was called
        self.snapshots: dict[str, CacheSnapshot] = {}  # replaced by the cloud: everybody's
        self.backup: Timer | None = None  # the next automatic snapshot
        self.change: Task[None] | None = None  # the modification under way
        self.busy_until_us: int | None = None
        self.deleting = False
        self.on_traffic_change: Callable[[], None] = lambda: None
        self.on_gone: Callable[[str], None] = lambda node: None
        self.on_emptied: Callable[[str], None] = lambda part: None
        self.on_moved: Callable[[str, str, Share], None] = lambda source, target, share: None
        self.on_parts_change: Callable[[], None] = lambda: None
        self.pulse: Event[None] = world.kernel.event(f"{self.id}: a change")
        self.shards: dict[str, Shard] = {}
        self.endpoints = Endpoints(self)
        for shard in spec.shards:
            made = self.add_shard(shard.id, (shard.slots,) if shard.slots is not None else (), running)
            for node in shard.nodes:
                self.add_node(made, node.id, world.places.zones[node.zone], running)
            self.open_shard(made)
        self.known: tuple[str, ...] = tuple(self.shards)  # the Memcached nodes that its clients know
        self._former: dict[str, Record] = {}  # names of removed nodes that clients still ask for
        if self.cluster_mode or not self.replicated:
            self.endpoints.add_configuration(tuple(self.nodes))

    # -- members ------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> dict[str, CacheNode]:
        """Every node by its id."""
        return {id: node for shard in self.shards.values() for id, node in shard.nodes.items()}

    def add_shard(self, id: str, slots: tuple[tuple[int, int], ...], running: bool = True) -> Shard:
        """A shard more, without nodes."""
        self.shards[id] = Shard(self, id, slots, running)
        self.shards = dict(sorted(self.shards.items()))
        return self.shards[id]

    def open_shard(self, shard: Shard) -> None:
        """The shard has its nodes: clients may learn how to reach it."""
        if self.replicated:
            self.endpoints.add_shard(shard)

    def add_node(self, shard: Shard, id: str, zone: Zone, running: bool) -> CacheNode:
        """A node more, with its own name."""
        node = shard.add_node(id, zone, self.node_type, running)
        self.endpoints.add_node(node)
        return node

    def remove_node(self, node: CacheNode) -> None:
        """A deleted node leaves."""
        shard = node.shard
        node.deleting = True
        node.stop()
        replacing = shard.recovering.pop(node.id, None)
        if replacing is not None:
            replacing.cancel()
        node.set_engine(Engine.DELETED)
        shard.count_lost_behind(node)  # if it still led a part of the clients: that goes with it
        node.set_status("gone")
        del shard.nodes[node.id]
        if shard.reader_record is not None and node.id in shard.reader_record.answers.value:
            self.point(shard.reader_record, shard.readers())
        self.endpoints.remove_node(node)
        self.on_gone(node.id)
        self.look_again()

    def remove_shard(self, shard: Shard) -> None:
        """A shard leaves, and its nodes with it."""
        shard.deleting = True
        for node in list(shard.nodes.values()):
            if not self.replicated and node.record is not None:
                self._former[shard.id] = node.record
            self.remove_node(node)
        self.endpoints.remove_shard(shard)
        if self.replicated:
            shard.set_status("gone")
        self.shards.pop(shard.id, None)

    def publish_nodes(self) -> None:
        """Let the configuration endpoint tell clients what nodes there are."""
        if self.endpoints.configuration is not None:
            staying = tuple(node.id for node in self.nodes.values() if not node.deleting)
            self.point(self.endpoints.configuration, staying)

    def records(self) -> list[Record]:
        """Every name of the cache."""
        return self.endpoints.all()

    def role(self, node: CacheNode) -> str:
        """`primary` or `replica`; a Memcached node is neither."""
        if not self.replicated:
            return "node"
        return "primary" if node.shard.primary is node else "replica"

    # -- its keys -----------------------------------------------------------------------------------------------

    def parts(self) -> dict[str, Share]:
        """Each part's share of all keys, as clients spread them now."""
        if not self.replicated:
            return {id: (share, cache_ring.RING) for id, share in self.ring_shares().items()}
        if not self.cluster_mode:
            return dict.fromkeys(self.shards, (1, 1))
        total = catalog.limit("cache-slots-total").value
        return {id: (sum(last - first + 1 for first, last in s.slots), total) for id, s in self.shards.items()}

    def ring_shares(self) -> dict[str, int]:
        """Memcached: each node's share of the keys out of 2**32, by number, as clients see the ring."""
        return cache_ring.shares(self.known)

    def learn(self) -> None:
        """Memcached's clients have asked the configuration endpoint again: they spread the keys over today's nodes."""
        known = tuple(id for id, shard in self.shards.items() if not shard.deleting)
        if known != self.known:
            self.known = known
            self._former.clear()
            self.on_parts_change()
            self.look_again()

    def part_of(self, key: str) -> str:
        """The part that holds a key: by the ring, by its hash slot, or the only one."""
        if not self.replicated:
            return cache_ring.node_of(key, self.known)
        if self.cluster_mode:
            slot = slot_of(key)
            for id, shard in self.shards.items():
                if any(first <= slot <= last for first, last in shard.slots):
                    return id
        return next(iter(self.shards))

    def serving(self, part: str, writes: bool) -> Record | None:
        """The name through which clients reach a part: to write, or to read from replicas; None if it is gone.

        A Memcached node that was removed has a name that answers nobody, until its clients have learnt of it.
        """
        shard = self.shards.get(part)
        if shard is None:
            return self._former.get(part)
        if not self.replicated:
            return next((node.record for node in shard.nodes.values()), None)
        return shard.primary_record if writes else shard.reader_record

    def empty(self, reason: str) -> None:
        """FLUSHALL: nothing is left anywhere, although everything runs."""
        for shard in self.shards.values():
            shard.empty(reason)
            shard.filled = True
            for node in shard.nodes.values():
                if node is shard.primary and node.leads:  # a former primary that is cut off does not hear of it
                    node.led_branch = shard.branch
                elif node.follower is not None and shard.branch is not None:
                    node.follow(shard.branch)
        self.look_again()

    def crowd(self, cause: str, left_ppm: int) -> None:
        """Keys of strangers take its memory; so much of it, in millionths, is left to its apps."""
        self.strangers[cause] = left_ppm
        self._note_strangers()

    def clear_strangers(self, cause: str) -> None:
        """The strangers of one cause have gone, and their keys."""
        self.strangers.pop(cause, None)
        self._note_strangers()

    def _note_strangers(self) -> None:
        self.room_ppm.set(self.world.now_us, min(self.strangers.values(), default=1_000_000))
        self.look_again()

    # -- what the control plane sees and does -------------------------------------------------------------------

    @property
    def fails_over(self) -> bool:
        """Whether a replica takes over by itself."""
        on = self.automatic_failover.value in ("enabled", "disabling")
        return on and not self.deleting and self.status.value != "creating"

    def sees(self, node: CacheNode) -> bool:
        """Whether the control plane reaches a node's host, there and back."""
        return node.reached_from(self.region.observers(node.zone))

    def set_status(self, status: str) -> None:
        """Change `ReplicationGroup.Status`, or a Memcached cluster's `CacheClusterStatus`, and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.look_again()

    def point(self, record: Record, answers: tuple[str, ...]) -> None:
        """Move a name, and log it."""
        now, before = self.world.now_us, record.answers.value
        if self.world.names.point(record, answers, now) and now:
            self.world.log.sim(now, self.id, "dns", name=record.id, was=",".join(before), now=",".join(answers))

    def say(self, node: CacheNode, event: str) -> None:
        """One of ElastiCache's events about a node: Redis has it under the node's own name, Memcached under ours."""
        now, source = self.world.now_us, node.id if self.replicated else self.id
        names = {"node": node.number, "name": source, "zone": node.zone.name}
        wanted = catalog.event(event).fields
        self.world.log.aws(now, source, event, **{field: names[field] for field in wanted})

    def look_again(self) -> None:
        """Ask for a review at the end of this instant."""
        self.world.settlement.look_again(Phase.CLUSTER, self.id, self.review)

    def places_changed(self) -> None:
        """Power or links of the region changed."""
        for node in self.nodes.values():
            node.host_changed()
        self.look_again()

    def review(self) -> None:
        """Look at every shard once; then the load."""
        pulse, self.pulse = self.pulse, self.world.kernel.event(f"{self.id}: a change")
        pulse.set()
        for shard in list(self.shards.values()):
            shard.review()
        self.on_traffic_change()
