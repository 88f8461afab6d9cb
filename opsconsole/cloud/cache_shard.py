"""A shard of a replication group: a primary, up to five replicas that follow it, and the keys of its slots.

A node of a Memcached cluster is a shard too, of one node and without a history. What the shard's nodes hold is one
history of writes (`writelog.py`): a replica's part of it is what it has received, and a promotion forks it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.catalog import CacheNodeType
from opsconsole.cloud import cache_failover
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.content import Content
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import HOST_FAILURE, Engine
from opsconsole.cloud.writelog import WRITE, Branch
from opsconsole.simulation import Step, Task, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.cache_group import CacheGroup

Slots = tuple[tuple[int, int], ...]


class Shard:
    """One node group (`0001`). `slots` are ranges of hash slots, none where keys are not in slots.

    `primary` is who should take writes, whether it can or not. `lost` counts acknowledged writes that promotions left
    behind, in nano-writes.
    """

    def __init__(self, group: CacheGroup, id: str, slots: Slots, running: bool = True) -> None:
        self.group = group
        self.world = group.world
        self.id = id
        self.slots = slots
        self.status: Step[str] = Step("available" if running else "creating", group.world.now_us)
        self.nodes: dict[str, CacheNode] = {}
        self.primary: CacheNode | None = None
        self.primary_history: Step[str] = Step("", group.world.now_us)
        self.branch: Branch | None = None
        self.filled = running
        self.lost = 0
        self.promoting: CacheNode | None = None
        self.response: Task[None] | None = None
        self.syncing: Task[None] | None = None
        self.recovering: dict[str, Task[None]] = {}
        self.cut_off: dict[str, Content] = {}  # former primaries that have not heard of it: what they had then
        self.primary_record: Record | None = None
        self.reader_record: Record | None = None
        self.deleting = False
        self._reader_change: Timer | None = None
        if group.replicated:
            now = group.world.now_us  # a shard's number may be used again
            self.set_branch(Branch(f"{group.id}/{id}@{now}" if now else f"{group.id}/{id}", at_us=now))

    @property
    def key(self) -> str:
        """Its name in streams of chance and in the log: `sessions/0001`."""
        return f"{self.group.id}/{self.id}"

    # -- members ------------------------------------------------------------------------------------------------

    def add_node(self, id: str, zone: Zone, node_type: CacheNodeType, running: bool) -> CacheNode:
        """A node more; the first is the primary."""
        node = CacheNode(self, id, zone, node_type, running)
        node.on_change = self.group.look_again
        self.nodes[id] = node
        self.nodes = dict(sorted(self.nodes.items()))
        if self.primary is None:
            self.primary = node
            self.primary_history.set(self.world.now_us, id)
            if running:
                node.lead(self.branch)
        elif running and self.branch is not None:
            node.follow(self.branch)
        return node

    def replicas(self) -> list[CacheNode]:
        """Every node but the primary, in id order."""
        return [node for node in self.nodes.values() if node is not self.primary]

    def candidates(self) -> list[CacheNode]:
        """Who may be promoted: available replicas, the least replication lag first.

        If no node of the shard holds data any more, a replaced replica that waits for it may take over, empty.
        """
        ready = [node for node in self.replicas() if self.group.sees(node) and not node.deleting]
        holding = [node for node in ready if node.running and node.follower is not None]
        if not holding and not self.filled:
            return [node for node in ready if node.waiting]
        now = self.world.now_us
        return sorted(holding, key=lambda node: (not node.synced, node.lag_us(now), node.id))

    def primary_is_well(self) -> bool:
        """Whether there is no reason to fail over; a reboot that a customer asked for is none."""
        node = self.primary
        if node is None or not self.group.sees(node):
            return False
        return node.running or node.status.value == "rebooting cluster nodes"

    def set_status(self, status: str) -> None:
        """Change `NodeGroup.Status`, and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.key, "status", was=before, now=status)

    # -- its history --------------------------------------------------------------------------------------------

    def set_branch(self, branch: Branch) -> None:
        """Go on with another history."""
        if self.branch is not None and self.group.look_again in self.branch.watchers:
            self.branch.watchers.remove(self.group.look_again)
        self.branch = branch
        branch.watchers.append(self.group.look_again)

    def _next_id(self) -> str:
        """A name for a new history: by its time, and by a number where there are several at one instant."""
        id, now = f"{self.key}@{self.world.now_us}", self.branch
        if now is None or now.id.partition(".")[0] != id:
            return id
        return f"{id}.{int(now.id.partition('.')[2] or 1) + 1}"

    def write_rate(self) -> int:
        """What its primary makes of clients' writes, in milli-writes per second."""
        return self.branch.write_rate(self.world.now_us) if self.branch is not None else 0

    def empty(self, reason: str) -> None:
        """Nothing of what it held is left: a new history begins."""
        now = self.world.now_us
        self.filled = False
        if self.branch is not None:
            self.set_branch(Branch(self._next_id(), at_us=now))
        self.world.log.sim(now, self.group.id, "emptied", part=self.id, reason=reason)
        self.group.on_emptied(self.id)

    def fork_from(self, node: CacheNode) -> None:
        """Go on with what a replica had received; what it had not is lost, to the write."""
        follower, old, now = node.follower, self.branch, self.world.now_us
        if follower is None or old is None:
            return
        fork_us = follower.received_until(now)
        new = Branch(self._next_id(), follower.branch, fork_us, now)
        self.world.log.sim(now, self.group.id, "fork", parent=follower.branch.id, fork_us=fork_us, part=self.id)
        self.set_branch(new)
        self.count_lost(acknowledged(old, now) - acknowledged(new, now), fork_us)

    def count_lost(self, nano_writes: int, fork_us: int) -> None:
        """So many acknowledged writes are gone."""
        if nano_writes > 0:
            self.lost += nano_writes
            writes = nano_writes // WRITE
            self.world.log.sim(self.world.now_us, self.group.id, "lost", writes=writes, fork_us=fork_us, part=self.id)

    def open_primary(self, node: CacheNode, branch: Branch | None) -> None:
        """The primary runs again: with `branch`, which it kept, or empty; replicas then have to follow what it has."""
        if branch is None and self.filled:
            self.empty(f"{node.id} came back empty")
        if self.branch is not None:
            for replica in self.replicas():
                replica.synced = False
        node.lead(self.branch)
        self.filled = True
        node.set_engine(Engine.RUNNING)

    def set_primary(self, node: CacheNode) -> None:
        """The roles change."""
        now, old = self.world.now_us, self.primary
        self.primary = node
        self.primary_history.set(now, node.id)
        if old is not None and old is not node:
            self.world.log.sim(now, old.id, "role", now="replica")
        self.world.log.sim(now, node.id, "role", now="primary")
        self.group.look_again()

    # -- looking ------------------------------------------------------------------------------------------------

    def review(self) -> None:
        """Look once: links, former primaries, nodes to replace and to fill, a lost primary, the reader endpoint."""
        if self.deleting:
            return
        self._review_links()
        self._review_former_primaries()
        if self.filled and not any(node.filled for node in self.nodes.values()):
            self.empty("no node of it is left")
        for node in list(self.nodes.values()):
            self._review_host(node)
        if not self.group.region.up:  # nobody is left who could notice
            return
        if self.syncing is None and cache_failover.next_to_fill(self) is not None:
            self.syncing = self.world.kernel.spawn(cache_failover.fill_replicas(self), f"{self.key}: fill its replicas")
        if self.response is None and self.may_fail_over() and not self.primary_is_well():
            story = cache_failover.respond(self)
            self.response = self.world.kernel.spawn(story, f"{self.key}: respond to the loss of its primary")
        self._review_reader_endpoint()

    def may_fail_over(self) -> bool:
        """Whether a lost primary is replaced by a replica."""
        idle = self.promoting is None and not self.deleting and self.status.value != "creating"
        return idle and self.group.fails_over and len(self.nodes) > 1

    def linked(self, node: CacheNode) -> bool:
        """Whether the primary's writes reach a replica."""
        primary = self.primary
        if primary is None or not primary.host_up or not node.host_up or primary.unplugged or node.unplugged:
            return False
        return self.world.places.round_trip(primary.zone, node.zone) is not None

    def _review_links(self) -> None:
        now = self.world.now_us
        for node in self.replicas():
            follower = node.follower
            if follower is None:
                continue
            wanted = node.synced and self.linked(node)
            if follower.open != wanted:
                was, became = ("flows", "cut") if follower.open else ("cut", "flows")
                follower.set_open(now, wanted)
                self.world.log.sim(now, node.id, "replication", was=was, now=became)

    def _review_former_primaries(self) -> None:
        """A former primary that was cut off hears of its successor: what it was told since is lost."""
        for node in list(self.nodes.values()):
            if node is self.primary or node.id not in self.cut_off:
                continue
            if node.leads and self.group.sees(node):
                self.step_down(node)
            elif not node.leads:  # it died before it was reached: what it had taken since died with it
                self.count_lost_behind(node)

    def step_down(self, node: CacheNode) -> None:
        """It takes no more writes and will follow the primary."""
        node.leads = False
        node.synced = False
        node.led_branch = None
        self.count_lost_behind(node)

    def count_lost_behind(self, node: CacheNode) -> None:
        """What a former primary acknowledged after another had taken its role is lost."""
        then = self.cut_off.pop(node.id, None)
        if then is not None:
            now = self.world.now_us
            self.count_lost(acknowledged(then.branch, now) - acknowledged(*then), then.until_us)
            then.unpin()

    def _review_host(self, node: CacheNode) -> None:
        """A node that is down is replaced in its own zone, which may have to come back first."""
        blocked = any(cause != HOST_FAILURE for cause in node.holds) or not node.zone.up or node.deleting
        lost = node.engine.value == Engine.DOWN and not blocked
        running = self.recovering.get(node.id)
        running = None if running is None or running.done else running
        if lost and running is None and node.zone.has_room:
            story = cache_failover.replace(self, node)
            self.recovering[node.id] = self.world.kernel.spawn(story, f"{node.id}: replace it")
        elif blocked and running is not None:
            running.cancel()
            node.busy_until_us = None

    # -- the reader endpoint ------------------------------------------------------------------------------------

    def readers(self) -> tuple[str, ...]:
        """What the reader endpoint should answer with: the replicas that serve, else the primary."""
        serving = (node for node in self.replicas() if node.running and not node.deleting and self.group.sees(node))
        found = tuple(node.id for node in serving if node is not self.promoting)
        return found or ((self.primary.id,) if self.primary is not None else ())

    def _review_reader_endpoint(self) -> None:
        if self.reader_record is None or self.promoting is not None:
            return
        changed = self.readers() != self.reader_record.answers.value
        if changed and self._reader_change is None:
            delay_s = cache_failover.notice_s(self, "reader endpoint")
            due = self.world.now_us + round(delay_s * 1_000_000)
            self._reader_change = self.world.kernel.call_at(due, self.point_readers)
        elif not changed and self._reader_change is not None:
            self._reader_change.cancel()
            self._reader_change = None

    def point_readers(self) -> None:
        """Bring the reader endpoint in line with who serves."""
        if self._reader_change is not None:
            self._reader_change.cancel()
            self._reader_change = None
        if self.reader_record is not None and self.group.region.up:
            self.group.point(self.reader_record, self.readers())

    def point_primary(self) -> None:
        """Move the primary endpoint, and the reader endpoint with it."""
        if self.primary_record is not None and self.primary is not None:
            self.group.point(self.primary_record, (self.primary.id,))
        self.point_readers()


def acknowledged(branch: Branch, at_us: int) -> int:
    """Writes of every app that this history holds and acknowledged by `at_us`, in nano-writes."""
    content = Content(branch, at_us)
    return sum(content.acknowledged(app) for app in content.apps())
