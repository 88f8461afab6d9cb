"""A cache node: an engine that keeps its keys in memory, on a host in a zone.

A node that restarts has lost what it held, unless it writes an append-only file (old Redis versions). In a shard of
Redis or Valkey one node leads and takes writes, the others follow it asynchronously; a node of Memcached stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import CacheNodeType
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Answer, Engine, Server
from opsconsole.cloud.writelog import Branch, Follower
from opsconsole.simulation import Step

if TYPE_CHECKING:
    from opsconsole.cloud.cache_shard import Shard


class CacheNode(Server):
    """One node of a cache.

    `leads` says that it takes writes: the shard's primary, or a former one that is cut off and has not heard of its
    successor. `filled` says that it holds data, `synced` that this is what the shard's primary has. `waiting` is a node
    that runs again and waits to be filled. `costs` are what it does beside serving, in 1/1000 of its capacity. `paused`
    holds back writes for a moment (a change of node type). `quiet` is a failure that AWS does not show: a test's.
    """

    def __init__(self, shard: Shard, id: str, zone: Zone, node_type: CacheNodeType, running: bool) -> None:
        group = shard.group
        super().__init__(group.world, id, zone, running)
        self.shard = shard
        self.types: Step[CacheNodeType] = Step(node_type, group.world.now_us)
        self.status: Step[str] = Step("available" if running else "creating", group.world.now_us)
        self.record: Record | None = None
        self.streams: Step[Follower | None] = Step(None, group.world.now_us)  # what it follows, as a history
        self.led_branch: Branch | None = None  # what its writes become part of while it leads
        self.leads = False
        self.fillings: Step[bool] = Step(running, group.world.now_us)
        self.synced = running
        self.waiting = False
        self.paused = False
        self.quiet = False
        self.costs: dict[str, int] = {}
        self.saving: Step[bool] = Step(False, group.world.now_us)  # `SaveInProgress`
        self._get_us = catalog.assumption("cache-get-us").value
        self._set_us = catalog.assumption("cache-set-us").value

    @property
    def node_type(self) -> CacheNodeType:
        """`CacheNodeType`, as it is now."""
        return self.types.value

    @property
    def follower(self) -> Follower | None:
        """How it follows its primary, if it does."""
        return self.streams.value

    @follower.setter
    def follower(self, value: Follower | None) -> None:
        self.streams.set(self.world.now_us, value)

    @property
    def filled(self) -> bool:
        """Whether it holds data."""
        return self.fillings.value

    @filled.setter
    def filled(self, value: bool) -> None:
        self.fillings.set(self.world.now_us, value)

    @property
    def number(self) -> str:
        """`CacheNodeId`: Redis has one node in each cache cluster, Memcached numbers them."""
        return "0001" if self.shard.group.replicated else self.shard.id

    @property
    def memory_bytes(self) -> int:
        """What it may hold: `maxmemory` without what is reserved for snapshots and replication."""
        return self.node_type.memory_bytes * (100 - self.shard.group.settings.reserved_memory_percent) // 100

    # -- what clients meet --------------------------------------------------------------------------------------

    def answer(self, writes: bool) -> Answer:
        """A replica is read-only."""
        if writes and not self.leads:
            return Answer.READ_ONLY
        return Answer.STALLED if writes and self.paused else Answer.SERVES

    def error(self, answer: Answer, writes: bool) -> str:
        """What its engine tells a client instead of a result."""
        if answer is Answer.STALLED:
            return catalog.error("Redis-timeout").sentence
        return self.shard.group.engine.read_only_error

    def capacity(self) -> tuple[int, int]:
        """Gets and sets it could do alone now, in milli-commands per second: Redis has one thread for them."""
        full = self.node_type.capacity(self.shard.group.engine)
        left = max(1, full * (1000 - sum(self.costs.values())))
        return left, left

    def service_us(self, writes: bool) -> float:
        """Mean time of one command on an idle node."""
        return self._set_us if writes else self._get_us

    def branch(self) -> Branch | None:
        """The shard's history; Memcached has none."""
        return self.led_branch or self.shard.branch

    def background(self) -> int:
        """A replica does every write again."""
        return self.shard.write_rate() if self.follower is not None and self.follower.open else 0

    def may_be_stale(self) -> bool:
        """Replicas follow asynchronously."""
        return self.follower is not None

    def lag_us(self, at_us: int) -> int:
        """How far a replica is behind its primary."""
        return self.follower.lag_us(at_us) if self.follower is not None else 0

    # -- what becomes of it -------------------------------------------------------------------------------------

    def set_status(self, status: str) -> None:
        """Change what AWS shows: a cache cluster's status (Redis), a cache node's (Memcached)."""
        now, before = self.world.now_us, self.status.value
        if self.deleting and status not in ("deleting", "gone"):
            return
        if before not in ("available", "creating", status) and status not in ("available", "deleting", "gone"):
            self.set_status("available")  # one thing ends before another begins
            before = "available"
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.on_change()

    def set_engine(self, engine: Engine) -> None:
        """A host that dies takes the memory with it."""
        super().set_engine(engine)
        if engine in (Engine.DOWN, Engine.DELETED):
            self.forget()

    def forget(self) -> None:
        """What it held is gone."""
        self.filled = self.synced = self.waiting = self.leads = False
        self.led_branch = None
        self.unfollow()

    def unfollow(self) -> None:
        """It follows nobody any more."""
        if self.follower is not None:
            self.follower.stop()
            self.follower = None

    def resize(self, node_type: CacheNodeType) -> None:
        """It has another node type, and what it held."""
        self.types.set(self.world.now_us, node_type)
        if self.follower is not None and self.follower.open:
            follower, pace = self.follower, node_type.capacity(self.shard.group.engine) * 1000
            follower.set_pace(self.world.now_us, pace, follower.ceiling, follower.delay_us)
        self.on_change()

    def set_cost(self, cause: str, permille: int) -> None:
        """Something it does beside serving takes so much of its capacity; 0 when it is done."""
        if permille:
            self.costs[cause] = permille
        else:
            self.costs.pop(cause, None)
        self.on_change()

    def follow(self, branch: Branch, received: int | None = None) -> None:
        """It has what the primary has, and goes on following it."""
        self.unfollow()
        delay_us = round(self.world.draw(self.id, "elasticache-replica-lag") * 1_000_000)
        pace = self.node_type.capacity(self.shard.group.engine) * 1000
        self.follower = Follower(branch, delay_us, pace, self.world.now_us, received)
        self.filled = self.synced = True
        self.waiting = False

    def lead(self, branch: Branch | None) -> None:
        """It takes writes from now on, which become part of this history."""
        self.unfollow()
        self.leads = self.filled = self.synced = True
        self.waiting = False
        self.led_branch = branch

    def host_returned(self) -> None:
        """The control plane decides what becomes of a node that is back: it is replaced."""
        self.on_change()

    async def restart(self, timing: str) -> None:
        """The engine process starts anew; an append-only file is read again, all other memory is lost."""
        kept = self.shard.group.settings.append_only and self.filled
        if not kept:
            self.forget()
        elif not self.leads:  # it hears nothing meanwhile, and will have to follow anew
            self.synced = False
            self.unfollow()
        self.set_engine(Engine.RESTARTING)
        await self.busy(timing)
        if kept:
            await self.busy("elasticache-aof-replay")
        self.settled()
        if self.shard.primary is self:
            self.shard.open_primary(self, self.led_branch if kept else None)
        else:
            self.waiting = True
        self.on_change()
