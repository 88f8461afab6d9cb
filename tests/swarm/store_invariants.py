"""What must hold at every instant of RDS DB instances and of caches.

As in `invariants.py`, things are worked out anew from gates, engines and histories wherever that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard, acknowledged
from opsconsole.cloud.caching import AppCache
from opsconsole.cloud.content import Content
from opsconsole.cloud.events import Row
from opsconsole.cloud.places import Zone
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.server import Server
from opsconsole.cloud.writelog import WRITE, Branch
from tests.swarm.touched import Scope

Require = Callable[[bool, str, str], None]
Reaches = Callable[[Cloud, Zone, Zone], bool]


def kind_of(cloud: Cloud, source: str) -> str | None:
    """By which statuses of the catalog a thing's status moves, for RDS DB instances and what caches consist of."""
    if source in cloud.rds:
        return "db-instance"
    if source in cloud.caches:
        return cloud.caches[source].kind
    for group in cloud.caches.values():
        if source in group.nodes:
            return "cache-cluster" if group.replicated else "cache-node"
        if group.replicated and any(shard.key == source for shard in group.shards.values()):
            return "node-group"
    return None


def statuses(cloud: Cloud) -> dict[str, str]:
    """What AWS shows for each of them now."""
    found = {db.id: db.status.value for db in cloud.rds.values()}
    for group in cloud.caches.values():
        found[group.id] = group.status.value
        if group.replicated:
            found |= {shard.key: shard.status.value for shard in group.shards.values()}
        found |= {node.id: node.status.value for node in group.nodes.values()}
    return found


class StoreWatch:
    """Checks DB instances and caches; remembers what may only grow, and what was lost."""

    def __init__(self, cloud: Cloud, require: Require, reaches: Reaches) -> None:
        self.cloud = cloud
        self._require = require
        self._reaches = reaches
        self._allocated: dict[str, int] = {}
        self._roles: dict[str, str] = {db.id: db.primary.id for db in cloud.rds.values()}
        self._mirrors: dict[str, str] = {db.id: db.mirror.value for db in cloud.rds.values()}
        self._followed: dict[str, tuple[object, bool, int, int]] = {}
        self._lost_before: dict[str, tuple[object, int]] = {}
        self._strangers: dict[str, frozenset[str]] = {}
        self._told: dict[str, tuple[int, int]] = {}  # writes lost by the log, and in how many rows

    # -- the log ------------------------------------------------------------------------------------------------

    def follow(self, row: Row) -> None:
        """Roles, mirrors and losses as the log tells them, in its order."""
        source, kind = str(row["source"]), row["kind"]
        db = self.cloud.rds.get(source.rpartition("/")[0])
        if kind == "role" and db is not None and row["now"] == "primary":
            told = self._mirrors.get(db.id)
            self._require(
                told == "synchronised", "standby", f"{source} becomes the primary of {db.id}, whose copies are {told}"
            )
            self._roles[db.id] = source
        elif kind == "mirror":
            self._mirrors[source] = str(row["now"])
        elif kind == "lost" and source in self.cloud.caches:
            writes = row["writes"]
            assert isinstance(writes, int)
            before, rows = self._told.get(f"{source}/{row['part']}", (0, 0))
            self._told[f"{source}/{row['part']}"] = (before + writes, rows + 1)
        elif kind == "replication" and source in self.cloud.rds:
            was, now = str(row["was"]), str(row["now"])
            known = catalog.statuses("read-replication")
            self._require(
                now in known[was].next, "status", f"replication of {source} went from {was} to {now}, as AWS's does not"
            )

    # -- every instant ------------------------------------------------------------------------------------------

    def check(self, scope: Scope) -> None:
        """DB instances and caches at the end of an instant."""
        for known in (self._allocated, self._roles, self._mirrors, self._followed) if scope.members else ():
            for id in [id for id in known if id not in self.cloud.rds and id not in self.cloud.servers]:
                del known[id]  # it may be used again
        for db in scope.reaching(self.cloud.rds):
            self._check_instance(db)
            self._check_stream(db)
        for group in scope.reaching(self.cloud.caches):
            self._check_group(group)
        for cache in (self.cloud.apps[id].cache for id in scope.apps):
            if cache is not None:
                self._check_cache_use(cache)
        self._check_loads(scope)
        self._check_names(scope)

    def _check_instance(self, db: DbInstance) -> None:
        require, status = self._require, db.status.value
        running = [host.id for host in db.hosts.values() if host.running]
        require(len(running) <= 1, "one-primary", f"{db.id} has the running hosts {running}")
        require(set(running) <= {db.primary.id}, "one-primary", f"{running} runs, and {db.primary.id} is the primary")
        told = self._roles.setdefault(db.id, db.primary.id)
        require(told == db.primary.id, "one-primary", f"{db.primary.id} is the primary, and the log says {told}")
        hosts = [db.primary] + ([db.standby] if db.standby is not None else [])
        require(
            all(db.hosts.get(host.id) is host for host in hosts), "one-primary", f"{db.id} has hosts that it has not"
        )
        none = db.mirror.value == "none"
        unborn = status in ("creating", "deleting")  # it may be deleted before it was made
        require(none == (db.standby is None) or unborn, "standby", f"{db.id} has {db.mirror.value}")
        if status in ("storage-full", "stopped", "creating"):
            require(not running, "status", f"{db.id} is {status}, and {running} runs")
        if db.replication is not None:
            source = db.replication.source
            there = self.cloud.rds.get(source.id) is source
            require(there or source.deleting, "replication", f"{db.id} follows {source.id}, which does not exist")
        gib = db.disk.allocation.gib
        before = self._allocated.get(db.id, gib)
        self._allocated[db.id] = gib
        require(gib >= before or status == "creating", "storage", f"{db.id} shrank from {before} to {gib} GiB")
        now = self.cloud.now_us
        require(
            0 <= db.contents.used_bytes(now) <= db.disk.allocated_bytes,
            "storage",
            f"{db.id} uses {db.contents.used_bytes(now)}",
        )
        level, most = db.disk.credits.level(now), db.disk.credits.capacity
        require(0 <= level <= most, "credits", f"{db.id} has {level} of {most} I/O credits")

    def _check_stream(self, db: DbInstance) -> None:
        """What a replica has applied, received, and what its source has."""
        stream, now, require = db.replication, self.cloud.now_us, self._require
        if stream is None:
            self._followed.pop(db.id, None)
            return
        received, applied = stream.received.received(now), stream.applied.received(now)
        written = stream.source.contents.position(now)
        require(
            0 <= applied <= received <= written,
            "streams",
            f"{db.id} has applied {applied} of {received} received of {written} that {stream.source.id} has",
        )
        require(
            stream.received.branch is stream.source.branch,
            "streams",
            f"{db.id} follows another history than its source",
        )
        here, there = stream.replica.primary, stream.source.primary
        flows = stream.status.value == "replicating" and here.running and there.running and not here.volume.paused.value
        flows = (
            flows and not here.unplugged and not there.unplugged and self._reaches(self.cloud, here.zone, there.zone)
        )
        require(stream.received.open == flows, "streams", f"{db.id} receives: {stream.received.open}, may: {flows}")
        _, flowed, got, shown = self._followed.get(db.id, (None, True, received, applied))
        require(received >= got, "position", f"{db.id} went back from {got} to {received} received")
        require(applied >= shown, "position", f"{db.id} went back from {shown} to {applied} applied")
        require(
            flows or flowed or received == got, "position", f"{db.id} is cut off and went on from {got} to {received}"
        )
        self._followed[db.id] = (stream, flows, received, applied)

    # -- caches -------------------------------------------------------------------------------------------------

    def _check_group(self, group: CacheGroup) -> None:
        for shard in group.shards.values():
            if shard.deleting:
                continue
            self._check_shard(shard)
            if group.replicated:
                self._check_losses(shard)
        if group.cluster_mode:
            ranges = sorted(slots for shard in group.shards.values() for slots in shard.slots)
            first = 0
            for begin, end in ranges:
                self._require(begin == first, "slots", f"{group.id} has a gap or an overlap at slot {first}: {ranges}")
                first = end + 1
            self._require(first == catalog.limit("cache-slots-total").value, "slots", f"{group.id} ends at {first}")
        parts = group.parts().values()
        shares = sum(num / den for num, den in parts)
        self._require(abs(shares - 1) < 1e-9, "slots", f"the parts of {group.id} add up to {shares}")

    def _check_shard(self, shard: Shard) -> None:
        require, now = self._require, self.cloud.now_us
        for node in shard.nodes.values():
            if not shard.group.replicated:
                continue
            if node.leads and node is not shard.primary:
                reached = node.reached_from(shard.group.region.observers(node.zone))
                require(node.id in shard.cut_off, "one-primary", f"{node.id} leads beside {shard.primary}")
                require(
                    not reached or not shard.group.region.up, "one-primary", f"{node.id} leads and could have been told"
                )
            follower = node.follower
            require(follower is None or not node.leads, "streams", f"{node.id} leads and follows")
            if follower is not None:
                got, written = follower.received(now), follower.branch.position(now)
                require(0 <= got <= written, "streams", f"{node.id} has received {got} of {written}")
                self._check_progress(node, got)
            else:
                self._followed.pop(node.id, None)
            if node.synced and not node.leads:
                require(node.running and follower is not None, "streams", f"{node.id} is synchronised and does not run")

    def _check_progress(self, node: CacheNode, got: int) -> None:
        """A replica goes back only when it begins to follow anew, and forward only over an open way."""
        follower, primary = node.follower, node.shard.primary
        if follower is None:
            return
        flows = follower.open and primary is not None and self._reaches(self.cloud, primary.zone, node.zone)
        require, (before, flowed, had, _) = self._require, self._followed.get(node.id, (follower, True, got, 0))
        if before is follower:
            require(got >= had, "position", f"{node.id} went back from {had} to {got}")
            require(flows or flowed or got == had, "position", f"{node.id} is cut off and went on from {had} to {got}")
        self._followed[node.id] = (follower, flows, got, 0)

    def _check_losses(self, shard: Shard) -> None:
        """Acknowledged = present + lost, to the nano-write, for all writes since the shard was last empty."""
        branch, _now = shard.branch, self.cloud.now_us
        if branch is None:
            return
        family = branch.family
        strangers = frozenset(id for id, (one, _) in shard.cut_off.items() if one.family is not family)
        known, base = self._lost_before.get(shard.key, (None, 0))
        behind = self._left_behind(shard, family, branch)
        if known is not family or strangers != self._strangers.get(shard.key, frozenset()):
            base = shard.lost - behind if known is family else shard.lost
            self._lost_before[shard.key] = (family, base)
        self._strangers[shard.key] = strangers
        self._require(
            behind == shard.lost - base,
            "durability",
            f"{shard.key} has lost {shard.lost - base} nano-writes since it was empty; its histories say {behind}",
        )
        writes, rows = self._told.get(shard.key, (0, 0))
        self._require(
            writes <= shard.lost // WRITE <= writes + rows,
            "loss",
            f"{shard.key} has lost {shard.lost / WRITE} writes, and the log says {writes} in {rows} rows",
        )

    def _left_behind(self, shard: Shard, family: list[Branch], branch: Branch) -> int:
        """Acknowledged somewhere in the shard's histories, not present, and not still being taken by the cut off.

        A cache that began with a snapshot of another is of its family: what either has written is no loss of the other.
        """
        now = self.cloud.now_us
        own = [one for one in family if one.id.partition("@")[0] == shard.key]
        every = sum(curve.at(now) for one in own for curve in one.acknowledged.values())
        pieces = [(one, until) for one, until in Content(branch, now).pieces() if one in own]
        present = sum(curve.at(until) for one, until in pieces for curve in one.acknowledged.values())
        still = sum(
            acknowledged(one, now) - acknowledged(one, since)
            for one, since in shard.cut_off.values()
            if one.family is family
        )
        return every - present - still

    def _check_cache_use(self, cache: AppCache) -> None:
        require, now, look = self._require, self.cloud.now_us, cache.look
        asked = sum(got.asked for got in look.gets.values())
        require(
            look.hits + look.misses + look.failed == asked,
            "cache",
            f"{cache.id}: {look.hits} hits, {look.misses} misses, {look.failed} failed of {asked} gets",
        )
        require(
            min(look.hits, look.misses, look.failed, look.stale) >= 0 and look.stale <= look.hits, "cache", f"{look}"
        )
        require(0 <= cache.service.value.hit_permille <= 1000, "cache", f"{cache.id}: {cache.service.value}")
        for id, part in cache.parts.items():
            flow = part.flow.value
            require(min(flow.gets, flow.hits, flow.failed, flow.sets, flow.misses) >= 0, "cache", f"{id}: {flow}")
            rest = (flow.stale, flow.evictions, flow.expiries, flow.refused)
            require(min(rest) >= 0, "cache", f"{cache.id} {id}: {flow}")
            items, most = part.fill.items_at(now), -(-cache.spec.keys * part.num // part.den)
            require(0 <= items <= most + 1, "cache", f"{cache.id} {id} holds {items} of {most} keys")

    # -- loads and names ----------------------------------------------------------------------------------------

    def _check_loads(self, scope: Scope) -> None:
        """Nobody does more than it can."""
        servers = self.cloud.servers
        for server in servers.values() if scope.everything else [servers[id] for id in scope.servers if id in servers]:
            load = server.load.value
            if not (load.reads or load.writes):
                continue
            can_read, can_write = server.capacity()
            done = load.reads_served * can_write + load.writes_served * can_read
            self._require(
                done <= can_read * can_write,
                "capacity",
                f"{server.id} serves {load.reads_served} + {load.writes_served} of {can_read} or {can_write}",
            )
            self._require(
                min(load.reads_served, load.writes_served, load.read_us, load.write_us, load.connections) >= 0
                and load.reads_served <= load.reads
                and load.writes_served <= load.writes,
                "capacity",
                f"{server.id}: {load}",
            )

    def _check_names(self, scope: Scope) -> None:
        """Every name of a store leads to servers that exist."""
        cloud = self.cloud
        owned: list[tuple[Iterable[str], Iterable[Server]]] = []
        owned += [((db.record.id,), db.hosts.values()) for db in scope.named(cloud.rds)]
        groups = scope.named(cloud.caches)
        owned += [([record.id for record in group.records()], group.nodes.values()) for group in groups]
        for names, servers in owned:
            ids = {server.id for server in servers}
            for name in names:
                answers = cloud.names.records[name].answers.value
                self._require(set(answers) <= ids, "names", f"{name} leads to {answers}; there are {sorted(ids)}")

    def writes_with_leave(self, server: Server) -> bool:
        """Whether a write that this server acknowledges is kept as AWS promises: one primary, both volumes."""
        db = getattr(server, "db", None)
        if isinstance(db, DbInstance):
            if db.primary is not server or db.replication is not None or db.status.value == "storage-full":
                return False
            if server.volume.paused.value:
                return False
            standby = db.standby
            if standby is None or db.mirror.value in ("broken", "synchronising"):
                return True
            up = standby.host_up and not standby.unplugged and not db.primary.unplugged
            up = up and not standby.volume.paused.value
            return up and self._reaches(self.cloud, db.primary.zone, standby.zone)
        return not isinstance(server, CacheNode) or server.leads or not server.shard.group.replicated
