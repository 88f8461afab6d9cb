"""What must hold at every instant of every run.

`Watch` follows a cloud from its first row on. Where it can, it works a thing out by itself rather than asking the cloud
(quorums from the gates, dues from the rates, roles and statuses from the log), so that a wrong answer cannot agree with
itself. Its looks change nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.books import Flow
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.events import Row
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.places import Places, Zone
from opsconsole.cloud.server import HOST_FAILURE, Server
from opsconsole.cloud.volume import Copy
from opsconsole.cloud.writelog import WRITE, Branch, Follower
from opsconsole.commands.key_operations import OPERATOR
from tests.swarm import recovery_invariants, store_invariants
from tests.swarm.survival import Survival
from tests.swarm.tale import Tale
from tests.swarm.touched import EVERY, Scope, Touched

TO_WRITE, TO_READ = 4, 3
AWS_KEYS = {"t", "stream", "source", "id", "source_type", "category", "message"}
OF_BOTH = ("RDS-EVENT-0016",)
CACHES = ("replication-group", "cache-cluster", "cache-node")
RESYNCHRONISED = {"RDS-EVENT-0240", "RDS-EVENT-0241", "RDS-EVENT-0512"}


class Broken(Exception):
    """An invariant does not hold: `rule` names it, the text says how."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(f"{rule}: {sentence}")
        self.rule = rule
        self.sentence = sentence


WAIVED: list[re.Pattern[str]] = []
"""What is known to be broken, as patterns of `rule: sentence`: looked over, so that a campaign finds the rest."""


REACHED: WeakKeyDictionary[Places, tuple[dict[tuple[str, str], bool], int]] = WeakKeyDictionary()
"""What was found out since a gate opened or shut."""


def require(holds: bool, rule: str, sentence: str) -> None:
    """Raise Broken unless it holds."""
    if not holds and not waived(rule, sentence):
        raise Broken(rule, sentence)


def waived(rule: str, sentence: str) -> bool:
    """Whether this is known to be broken."""
    return any(pattern.search(f"{rule}: {sentence}") for pattern in WAIVED)


def reaches(cloud: Cloud, a: Zone, b: Zone) -> bool:
    """Whether a packet from `a` arrives at `b` and the answer comes back, from the gates alone."""
    places = cloud.places
    known, version = REACHED.get(places, ({}, -1))
    if version != places.version:
        known = {}
        REACHED[places] = known, places.version
    if (a.name, b.name) not in known:
        known[a.name, b.name] = places._measure(a, b) is not None and places._measure(b, a) is not None
    return known[a.name, b.name]


def quorum(cloud: Cloud, cluster: Cluster, zone: Zone) -> int:
    """Healthy copies that an instance in `zone` reaches."""
    return sum(copy.state.value == "healthy" and reaches(cloud, zone, copy.zone) for copy in copies_of(cluster))


def copies_of(cluster: Cluster) -> list[Copy]:
    """The copies of an Aurora cluster's volume; a Multi-AZ DB cluster has none."""
    return cluster.volume.copies if isinstance(cluster, AuroraCluster) else []


def follower_of(cluster: Cluster) -> Follower | None:
    """By what the cluster's storage follows another region's."""
    return cluster.volume.follower if isinstance(cluster, AuroraCluster) else None


def has_quorum(cloud: Cloud, cluster: Cluster, writer: Instance) -> bool:
    """Whether what the writer writes is acknowledged: by four copies, or by the engine of a reader that it reaches."""
    if isinstance(cluster, AuroraCluster):
        return quorum(cloud, cluster, writer.zone) >= TO_WRITE
    others = [other for other in cluster.instances.values() if other is not writer and other.running and other.host_up]
    level = [other for other in others if isinstance(cluster, MultiAzCluster) and cluster.storage.complete(other)]
    return any(reaches(cloud, writer.zone, other.zone) for other in level)


def regions_connected(cloud: Cloud, a: Cluster, b: Cluster) -> bool:
    """Whether any zone of the one region reaches any zone of the other."""
    return any(reaches(cloud, here, there) for here in a.region.zones for there in b.region.zones)


def takes_writes(cloud: Cloud, cluster: Cluster) -> bool:
    """Whether a client beside the writer could write."""
    writer = cluster.writer
    return (
        writer is not None
        and writer.engine.value == "running"
        and writer.host_up
        and not cluster.fenced
        and has_quorum(cloud, cluster, writer)
    )


class Watch:
    """Checks one run. Call `instant` after everything at an instant has happened.

    Everything is checked at every `every`-th instant, and what was touched at the others (`touched.py`). `instants`
    counts those that were checked, `steps` the kernel's steps.
    """

    def __init__(self, cloud: Cloud, every: int = EVERY) -> None:
        self.cloud = cloud
        self.instants = 0
        self.steps = 0
        self._stepped = (0, 0)  # at this time, so many
        self.touched = Touched(cloud, every)
        self.branches: dict[str, Branch] = {}
        self.branch_owner: dict[str, str] = {}
        self.forks: dict[tuple[str, int], int] = {}  # (cluster, fork_us): nano-writes left behind at the fork
        self._rows: list[Row] = []
        self._last_t = 0
        self._checked_us = -1
        self._statuses: dict[str, str] = {
            thing.id: thing.status.value
            for things in (cloud.clusters, cloud.instances, cloud.global_databases)
            for thing in things.values()
        } | store_invariants.statuses(cloud)
        self._kinds: dict[str, str] = {}
        self._recovery = recovery_invariants.RecoveryWatch(cloud, require)
        self._stores = store_invariants.StoreWatch(cloud, require, reaches)
        self._tale = Tale(cloud, require)
        self._survival = Survival(cloud, require)
        self._roles: dict[str, str] = {
            cluster.writer.id: "writer" for cluster in cloud.clusters.values() if cluster.writer is not None
        }
        self._books: dict[str, Flow] = {id: Flow() for id in cloud.apps}
        self._due: dict[str, tuple[int, int]] = dict.fromkeys(cloud.apps, (0, 0))
        self._rates: dict[str, tuple[int, int]] = {}
        self._rated_us = 0
        self._positions: dict[str, tuple[str, int, bool]] = {}
        self._ever: dict[str, str] = dict.fromkeys(cloud.clusters, "db-cluster") | dict.fromkeys(
            cloud.instances, "db-instance"
        )
        self._learn_kinds()
        self._members: dict[str, tuple[str, ...]] = {}
        cloud.log.subscribe(self._listen)
        self.instant(always=True)

    def close(self) -> None:
        """Watch no more."""
        self.touched.close()
        self.cloud.log.unsubscribe(self._listen)

    # -- the log ------------------------------------------------------------------------------------------------

    def _listen(self, line: bytes, row: Row) -> None:
        """Every row as it is written."""
        self._rows.append(row)
        t, stream, source = row.get("t"), row.get("stream"), row.get("source")
        require(isinstance(t, int) and t == self.cloud.now_us, "log", f"a row of another time: {row}")
        assert isinstance(t, int)
        require(t >= self._last_t, "log", f"time goes back: {row}")
        self._last_t = t
        require(isinstance(source, str) and bool(source), "log", f"no source: {row}")
        require(stream in ("aws", "sim"), "log", f"no stream: {row}")
        canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        require(line == canonical, "log", f"not canonical: {line!r}")
        require(
            all(value is None or isinstance(value, str | int) for value in row.values()), "log", f"not plain: {row}"
        )
        if stream == "aws":
            self._listen_aws(row)
        else:
            require(isinstance(row.get("kind"), str), "log", f"no kind: {row}")

    def _listen_aws(self, row: Row) -> None:
        require(set(row) == AWS_KEYS, "log", f"keys of an aws row: {sorted(row)}")
        known = catalog.events().get(str(row["id"]))
        if known is None:
            raise Broken("log", f"an id that the catalog has not: {row}")
        require(row["category"] == known.category, "log", f"category: {row}")
        caches = {"replication-group", "cache-cluster"}
        types = caches if known.source_type in caches else {known.source_type, *known.also}
        require(row["source_type"] in types, "log", f"source type: {row}")
        message = row["message"]
        require(isinstance(message, str) and bool(message) and "{" not in message, "log", f"message: {row}")

    def _follow_rows(self, rows: list[Row]) -> None:
        """Statuses and roles as the log tells them."""
        for row in rows:
            source = str(row["source"])
            if row["stream"] != "sim":
                continue
            self._stores.follow(row)
            self._tale.follow(row)
            self._survival.follow(row)
            if row["kind"] == "status":
                self._follow_status(source, row)
            elif row["kind"] == "role":
                self._roles[source] = str(row["now"])
            elif source in self.cloud.caches:
                continue
            elif row["kind"] == "fork":
                self._note_fork(source, row)
            elif row["kind"] == "lost" and source in self.cloud.rds:
                self._check_loss(source, row, "writes")
            elif row["kind"] == "lost":
                self._check_loss(self.cloud.global_databases[source].primary.id, row, "writes")
            elif row["kind"] == "detached":
                fork_us = self.cloud.aurora[source].volume.branch.fork_us
                self._check_loss(source, {**row, "fork_us": fork_us}, "not_received")

    def _follow_status(self, source: str, row: Row) -> None:
        kind = "db-cluster" if source in self.cloud.clusters else "db-instance"
        if source in self.cloud.global_databases:
            kind = "global-cluster"
        kind = self._kinds.get(source, kind)
        begins = ("creating", "copying") if kind.endswith("snapshot") else ("creating",)
        now = str(row["now"])
        before = self._statuses.get(source)
        if "was" in row:
            told = str(row["was"])
            require(before is None or before == told, "status", f"{source} was {before}, and the log says {told}")
            before = told
        self._statuses[source] = now
        words = catalog.statuses(kind)
        if before is None:
            require(now in begins, "status", f"{source} ({kind}) begins as {now}")
            return
        require(now in words or now == "gone", "status", f"{source}: {kind} has no status {now}")
        require(before in words, "status", f"{source}: {kind} has no status {before}")
        require(
            before == now or now in words[before].next,
            "status",
            f"{source} ({kind}) went from {before} to {now}, which AWS does not do",
        )

    # -- every instant ------------------------------------------------------------------------------------------

    def instant(self, always: bool = False) -> None:
        """The instant is over: add up what was due, and check what it touched."""
        cloud, now = self.cloud, self.cloud.now_us
        self._count_steps()
        elapsed = now - self._rated_us
        if elapsed and self._rates:
            for id, (writes, reads) in self._rates.items():
                due_writes, due_reads = self._due[id]
                self._due[id] = (due_writes + writes * elapsed, due_reads + reads * elapsed)
        self._rated_us = now
        for id, app in cloud.apps.items():
            self._rates[id] = (
                app.writes if app.writes_to else 0,
                app.reads if app.reads_from or app.cache is not None else 0,
            )
        if self._rows or always or self.touched.anything:
            rows, self._rows = self._rows, []
            self.instants += 1
            self.check(rows, self.touched.scope(rows, always))

    def _count_steps(self) -> None:
        at_us, steps = self._stepped
        now, taken = self.cloud.now_us, self.cloud.kernel._steps
        self.steps += taken - steps if now == at_us else taken
        self._stepped = (now, taken)

    def check(self, rows: list[Row], scope: Scope) -> None:
        """What must hold at the end of an instant."""
        if scope.members:
            self._meet_members()
        self._learn_branches(scope)
        self._follow_rows(rows)
        if scope.members:
            self._forget_gone()
        self._check_rows(rows)
        for cluster in scope.reaching(self.cloud.clusters):
            self._check_roles(cluster)
            if isinstance(cluster, MultiAzCluster):
                self._check_streams(cluster)
        for database in scope.reaching(self.cloud.global_databases):
            self._check_global(database)
        self._check_requests(scope)
        self._check_branches(scope)
        self._check_books(scope)
        self._check_positions(rows, scope)
        if scope.everything or any(row.get("kind") == "fault" for row in rows):
            self._check_causes()
        self._recovery.check(scope)
        self._stores.check(scope)
        self._tale.check(scope)
        self._survival.check(scope)

    def _meet_members(self) -> None:
        for id in self.cloud.instances:
            self._ever.setdefault(id, "db-instance")
        for id in self.cloud.clusters:
            self._ever.setdefault(id, "db-cluster")
        self._learn_kinds()

    def _forget_gone(self) -> None:
        """What is gone: its id may be used again."""
        here = {one.name for one in recovery_invariants.snapshots(self.cloud)}
        here |= set(store_invariants.statuses(self.cloud))
        for id in [id for id in self._ever if id not in self.cloud.instances and id not in self.cloud.clusters]:
            for told in (self._roles, self._statuses, self._positions):
                told.pop(id, None)
        for id in [id for id in self._statuses if id in self._kinds and id not in here]:
            del self._statuses[id]

    def _check_rows(self, rows: list[Row]) -> None:
        """Every event of AWS is about a thing of the type that it names."""
        for row in rows:
            if row.get("id") == "RDS-EVENT-0241":
                self._check_resync(self.cloud.clusters[str(row["source"])])
            if row["stream"] == "aws":
                source = str(row["source"])
                of = self._kinds.get(source) or self._ever.get(source)
                if of is None and source in self.cloud.parameter_groups:
                    of = "db-parameter-group"
                if of is None and source.startswith("rds:"):  # a snapshot of before the run
                    of = "db-cluster-snapshot" if row["source_type"] == "db-cluster-snapshot" else "db-snapshot"
                if row["source_type"] in ("replication-group", "cache-cluster"):
                    of = row["source_type"] if of in (*CACHES, None) else of  # None: a snapshot
                require(of == row["source_type"], "log", f"{row['source']} is a {of}: {row}")

    def _learn_kinds(self) -> None:
        """What every store is: it may be gone when its last rows are looked at."""
        for id in store_invariants.statuses(self.cloud):
            if id not in self._kinds:
                kind = store_invariants.kind_of(self.cloud, id)
                if kind is not None:
                    self._kinds[id] = kind
        for snapshot in recovery_invariants.snapshots(self.cloud):
            self._kinds.setdefault(snapshot.name, recovery_invariants.kind_of(snapshot))

    # -- writers ------------------------------------------------------------------------------------------------

    def _check_roles(self, cluster: Cluster) -> None:
        told = [id for id in cluster.instances if self._roles.get(id) == "writer"]
        require(len(told) <= 1, "one-writer", f"{cluster.id} has the writers {told} by the log")
        writer = cluster.writer
        has = [writer.id] if writer is not None else []
        require(told == has, "one-writer", f"{cluster.id} has the writer {has}, and the log says {told}")
        if writer is None:
            return
        require(cluster.instances.get(writer.id) is writer, "one-writer", f"{writer.id} is no member of {cluster.id}")
        require(not cluster.secondary, "secondary", f"{cluster.id} is a secondary and has the writer {writer.id}")
        require(follower_of(cluster) is None, "secondary", f"{cluster.id} follows another volume and has a writer")

    def _check_streams(self, cluster: MultiAzCluster) -> None:
        """Each copy is behind the one before it: what is written, received, applied; and the writer lacks nothing."""
        now, storage = self.cloud.now_us, cluster.storage
        written = storage.branch.position(now)
        followed = [id for id in cluster.instances if id not in storage.streams]
        require(len(followed) == 1, "streams", f"{cluster.id} has {len(followed)} instances that follow nobody")
        writer = cluster.writer
        require(writer is None or [writer.id] == followed, "streams", f"{cluster.id} follows {followed}, not {writer}")
        for id, stream in storage.streams.items():
            reader = cluster.instances[id]
            received, applied = stream.received.received(now), stream.applied.received(now)
            require(
                0 <= applied <= received <= written,
                "streams",
                f"{id} has applied {applied} of {received} received of {written} written",
            )
            flows = writer is not None and all(one.running and not one.unplugged for one in (writer, reader))
            flows = flows and writer is not None and reaches(self.cloud, writer.zone, reader.zone)
            require(stream.received.open == flows, "streams", f"{id} receives: {stream.received.open}, may: {flows}")

    def _check_global(self, database: GlobalDatabase) -> None:
        primary = database.primary
        for cluster in self._family(database):
            if cluster is primary or not takes_writes(self.cloud, cluster):
                continue
            rejoining = cluster.id in database.rejoining
            cut = not regions_connected(self.cloud, cluster, primary)
            require(
                rejoining and cut,
                "split-brain",
                f"{cluster.id} takes writes beside {primary.id} in {database.id}"
                f" (rejoining: {rejoining}, cut off: {cut})",
            )

        for cluster in database.secondaries:
            follower = cluster.volume.follower
            if follower is not None and follower.branch is primary.volume.branch:
                flows, state = self._may_flow(database, cluster), "open" if follower.open else "cut"
                require(
                    follower.open == flows,
                    "replication",
                    f"the stream from {primary.id} to {cluster.id} is {state}, the way is not",
                )

    def _family(self, database: GlobalDatabase) -> list[AuroraCluster]:
        waiting = [self.cloud.aurora[name] for name in database.rejoining]
        members = database.members()
        require(
            len({cluster.id for cluster in members}) == len(members),
            "membership",
            f"{database.id} has a member twice: {[cluster.id for cluster in members]}",
        )
        return [*members, *(cluster for cluster in waiting if cluster not in members)]

    # -- requests -----------------------------------------------------------------------------------------------

    def _check_requests(self, scope: Scope) -> None:
        """What is served is served by an engine that runs, over a path that is open, on storage that has a quorum."""
        cloud = self.cloud
        reached: dict[tuple[str, str], int] = {}  # copies, by cluster and zone: a tenth of slow seeds was counting them
        for app, demand in cloud.traffic._demands.items():
            looked_at = {target: scope.serves(self.touched.owner(target) or target) for target in demand.offers}
            if not any(looked_at.values()):
                continue
            for (zone, target, writes), rate in demand.served.items():
                if not rate or not looked_at.get(target, True):
                    continue
                what = f"{app} is served by {target} from {zone}"
                server = cloud.servers.get(target)
                if server is None:
                    raise Broken("served", f"{what}, which does not exist")
                require(server.running and server.host_up, "served", f"{what}, which is {server.engine.value}")
                require(cloud.places.zones[zone].up, "served", f"{what}, which has no power")
                require(reaches(cloud, cloud.places.zones[zone], server.zone), "served", f"{what}, and no path is open")
                require(not server.unplugged, "served", f"{what}, which is cut off")
                instance = cloud.instances.get(target)
                if instance is None:
                    require(not writes or self._stores.writes_with_leave(server), "served", f"{what}, a write")
                    continue
                cluster = cloud.cluster_of(target)
                key = (cluster.id, instance.zone.name)
                copies = reached[key] = reached[key] if key in reached else quorum(cloud, cluster, instance.zone)
                if writes:
                    require(cluster.writer is instance, "served", f"{what}, and it is not the writer")
                    require(not cluster.fenced, "served", f"{what}, and {cluster.id} is fenced")
                    acknowledged = has_quorum(cloud, cluster, instance)
                    require(acknowledged, "quorum", f"{what}: a write that nobody acknowledges ({copies} copies)")
                elif isinstance(cluster, AuroraCluster):
                    require(copies >= TO_READ, "quorum", f"{what}: a read with {copies} of 6 copies")

    def _owners(self, branch: Branch) -> list[Cluster]:
        owners = (cluster for cluster in self.cloud.clusters.values() if follower_of(cluster) is None)
        return [cluster for cluster in owners if cluster.storage.branch is branch]

    def _check_branches(self, scope: Scope) -> None:
        """Whoever acknowledges writes on a history owns it, alone, and has its quorum."""
        now = self.cloud.now_us
        branches = self.branches.values()
        for branch in branches if scope.everything else recovery_invariants.heads(self.cloud, scope.serving):
            writing = [app for app, curve in branch.acknowledged.items() if curve.rate_at(now)]
            writing += [app for app, curve in branch.unknown.items() if curve.rate_at(now)]
            if not writing:
                continue
            owners: list[str] = [c.id for c in self._owners(branch) if takes_writes(self.cloud, c)]
            owners += [server.id for server in self.cloud.servers.values() if self._takes(server, branch)]
            require(
                len(owners) == 1,
                "quorum",
                f"{writing} write on branch {branch.id}, and who could acknowledge that is {owners}",
            )

    def _takes(self, server: Server, branch: Branch) -> bool:
        """Whether a DB instance's host or a cache node takes writes of this history."""
        if server.id in self.cloud.instances or server.branch() is not branch:
            return False
        return server.running and server.host_up and self._stores.writes_with_leave(server)

    # -- books --------------------------------------------------------------------------------------------------

    def _learn_branches(self, scope: Scope) -> None:
        kept = [snapshot.content.branch for snapshot in recovery_invariants.snapshots(self.cloud) if scope.members]
        for head in (*recovery_invariants.heads(self.cloud, scope.named), *kept):
            for branch in head.family:
                known = self.branches.setdefault(branch.id, branch)
                require(known is branch, "branch", f"two branches are called {branch.id}")

    def _check_books(self, scope: Scope) -> None:
        now = self.cloud.now_us
        for id in scope.apps:
            app = self.cloud.apps[id]
            flow, before = app.books.at(now), self._books[id]
            self._books[id] = flow
            parts = (*flow, flow.writes_failed, flow.reads_failed)
            require(min(parts) >= 0, "books", f"{id} has a negative total: {flow}")
            require(min(flow.minus(before)) >= 0, "books", f"{id}: a total went down: {before} to {flow}")
            require(
                flow.minus(before).writes_failed >= 0 and flow.minus(before).reads_failed >= 0,
                "books",
                f"{id}: more ended well or unknown than was due: {before} to {flow}",
            )
            require(flow.reads_stale <= flow.reads_ok, "books", f"{id} has more stale reads than reads: {flow}")
            rates = app.books.rates_at(now)
            require(min(*rates, rates.writes_failed, rates.reads_failed) >= 0, "books", f"{id} has a rate {rates}")
            written = [branch.acknowledged[id] for branch in self.branches.values() if id in branch.acknowledged]
            rate = sum(curve.rate_at(now) for curve in written)  # right here, and right until it changes again
            told = f"{id} has {rates.writes_ok} mHz acknowledged, and the branches {rate}"
            require(rate == rates.writes_ok, "durability", told)
            require((rates.writes_due, rates.reads_due) == self._rates[id], "books", f"{id}: {rates} of {self._rates}")
            due = (flow.writes_due, flow.reads_due)
            require(due == self._due[id], "books", f"{id} has {due} due in its books, and was asked {self._due[id]}")
            acknowledged = sum(curve.at(now) for curve in written)
            require(
                acknowledged == flow.writes_ok,
                "durability",
                f"{id} has {flow.writes_ok} writes acknowledged, and the branches hold {acknowledged}",
            )
            self._check_histories(id, flow.writes_ok, scope)
            self._recovery.check_account(id, flow.writes_ok)

    def _check_histories(self, app: str, acknowledged: int, scope: Scope) -> None:
        """Per history: what it holds and what its forks left behind, and other histories, is all there is."""
        now = self.cloud.now_us
        contents = {c.id: c.storage.content(now) for c in scope.serving(self.cloud.clusters) if follower_of(c) is None}
        contents |= {db.id: db.content(now) for db in scope.serving(self.cloud.rds) if db.replication is None}
        for holder, content in contents.items():
            path = dict(self._path(content.branch))
            present = behind = elsewhere = 0
            for branch in self.branches.values():
                curve = branch.acknowledged.get(app)
                if curve is None:
                    continue
                if branch.id not in path:
                    elsewhere += curve.at(now)
                    continue
                until = path[branch.id]
                kept = curve.at(now if until is None else until) if until is None or until >= curve.known_from_us else 0
                present += kept
                behind += curve.at(now) - kept
            told = content.acknowledged(app)
            require(
                told == present and present + behind + elsewhere == acknowledged,
                "durability",
                f"{holder} says it holds {told} of {app}'s writes; {present} are present, {behind} behind forks,"
                f" {elsewhere} elsewhere, {acknowledged} acknowledged",
            )

    def _path(self, branch: Branch) -> Iterator[tuple[str, int | None]]:
        until: int | None = None
        here: Branch | None = branch
        while here is not None:
            yield here.id, until
            if here.parent is not None:
                until = here.fork_us if until is None else min(until, here.fork_us)
            here = here.parent

    # -- forks --------------------------------------------------------------------------------------------------

    def _note_fork(self, source: str, row: Row) -> None:
        fork_us, t = row["fork_us"], row["t"]
        assert isinstance(fork_us, int)
        assert isinstance(t, int)
        branch = self.branches.get(f"{source}@{t}") or (None if t else self.branches.get(source))
        if branch is None or branch.parent is None:
            raise Broken("branch", f"{row} made no branch {source}@{t}")
        require(branch.fork_us == fork_us and branch.parent.id == row["parent"], "branch", f"{row} is not {branch.id}")
        require(fork_us <= t, "branch", f"a fork in the future: {row}")
        self.forks[source, fork_us] = branch.parent.position(t) - branch.parent.position(fork_us)

    def _check_loss(self, cluster: str, row: Row, key: str) -> None:
        fork_us = row["fork_us"]
        assert isinstance(fork_us, int)
        left = self.forks.get((cluster, fork_us))
        if left is None:
            raise Broken("loss", f"a loss without a fork of {cluster} at {fork_us}: {row}")
        require(
            row[key] == left // WRITE,
            "loss",
            f"{row['source']} says {row[key]} writes were lost; the fork left {left / WRITE} behind",
        )

    # -- positions ----------------------------------------------------------------------------------------------

    def _check_positions(self, rows: list[Row], scope: Scope) -> None:
        now = self.cloud.now_us
        forked = {str(row["source"]) for row in rows if row.get("kind") == "fork"}
        resynced = {str(row["source"]) for row in rows if row.get("id") in RESYNCHRONISED}
        for cluster in scope.reaching(self.cloud.clusters):
            position, branch = cluster.storage.position(now), cluster.storage.branch.id
            cut = self._is_cut(cluster)
            before = self._positions.get(cluster.id)
            self._positions[cluster.id] = (branch, position, cut)
            require(position >= 0, "position", f"{cluster.id} stands at {position}")
            if before is None:
                continue
            if before[0] != branch:
                require(
                    cluster.id in forked or cluster.id in resynced,
                    "position",
                    f"{cluster.id} moved from branch {before[0]} to {branch} without a fork",
                )
                continue
            require(
                position >= before[1] or cluster.id in forked | resynced,
                "position",
                f"{cluster.id} went back from {before[1] / WRITE} to {position / WRITE} on branch {branch}",
            )
            require(
                not (cut and before[2]) or position == before[1],
                "position",
                f"{cluster.id} is cut off and went on from {before[1] / WRITE} to {position / WRITE}",
            )

    def _check_resync(self, cluster: Cluster) -> None:
        """A volume that was made anew can only have come over an open way."""
        database = self.cloud.global_of(cluster)
        require(
            database is not None and self._may_flow(database, cluster),
            "resync",
            f"{cluster.id} is resynchronised, and no way leads to it",
        )

    def _is_cut(self, cluster: Cluster) -> bool:
        """Whether a secondary cannot receive anything: cut off now from the primary that it follows."""
        database, follower = self.cloud.global_of(cluster), follower_of(cluster)
        if follower is None or database is None:
            return follower is not None
        follows = follower.branch is database.primary.volume.branch  # after a failover not before it is resynchronised
        return follows and not self._may_flow(database, cluster)

    def _may_flow(self, database: GlobalDatabase, secondary: Cluster) -> bool:
        """Whether the primary has a copy to send from, and a way to the secondary."""
        primary = database.primary
        sends = any(copy.state.value == "healthy" for copy in primary.volume.copies)
        return sends and regions_connected(self.cloud, primary, secondary)

    # -- faults -------------------------------------------------------------------------------------------------

    def _check_causes(self) -> None:
        """Whatever is held is held by a fault that is in force."""
        cloud = self.cloud
        known = cloud.faults.in_force
        holders: list[tuple[str, str]] = []
        for zone in cloud.places.zones.values():
            for gate in (zone.power, zone.capacity, zone.border.inward, zone.border.outward):
                holders += [(zone.name, cause) for cause in gate.holds]
        for region in cloud.places.regions.values():
            for gate in (region.border.inward, region.border.outward):
                holders += [(region.name, cause) for cause in gate.holds]
            api = region.api
            holders += [(f"the API of {region.name}", cause) for cause in (*api.outages, *api.delays, *api.throttles)]
        for (a, b), gate in cloud.places.links.items():
            holders += [(f"{a}/{b}", cause) for cause in gate.holds]
        for server in cloud.servers.values():
            holders += [(server.id, cause) for cause in (*server.holds, *server.unplugged) if cause != HOST_FAILURE]
        for db in cloud.rds.values():
            holders += [(db.id, cause) for cause in (*db.storage_failures, *db.hangs, *db.transactions)]
            holders += [(db.id, cause) for cause in (db.replication.stalls if db.replication is not None else ())]
        for instance in cloud.instances.values():
            holders += [(instance.id, cause) for cause in (*instance.holds, *instance.stalls) if cause != HOST_FAILURE]
        holders += [
            (archive.owner, cause) for archive in cloud.snapshots.archives.values() for cause in archive.failures
        ]
        holders += [(app.id, cause) for app in cloud.apps.values() for cause in app.bad_deploys]
        holders += [(key.id, cause) for key in cloud.keys.values() for cause in key.holds if cause != OPERATOR]
        for cluster in cloud.clusters.values():
            holders += [(f"{cluster.id}/{copy.number}", cause) for copy in copies_of(cluster) for cause in copy.holds]
        for thing, cause in holders:
            require(cause in known, "faults", f"{thing} is held by {cause}, which is not in force")
