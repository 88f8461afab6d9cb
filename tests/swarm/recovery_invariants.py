"""What must hold at every instant of backups, snapshots, restores, rewinds and keys, and of an app's writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from opsconsole.cloud import Cloud, databases, keys, losses
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.content import Content
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.cloud.writelog import Branch
from tests.swarm.touched import Scope

T = TypeVar("T")
Require = Callable[[bool, str, str], None]
UPLOADS_US = 300_000_000
SELDOM = 4
"""Of so many checks of everything one looks at the contents of every snapshot."""


def snapshots(cloud: Cloud) -> Iterator[Snapshot]:
    """Every snapshot that was made in this run and is still kept."""
    yield from cloud.snapshots.kept.values()
    for archive in cloud.snapshots.archives.values():
        yield from archive.taken


def kind_of(snapshot: Snapshot) -> str:
    """By which statuses of the catalog it moves."""
    return "db-cluster-snapshot" if snapshot.of_cluster else "db-snapshot"


class Choice(Protocol):
    """Those of some things, by their ids, that are looked at."""

    def __call__(self, things: Mapping[str, T], /) -> list[T]: ...


def heads(cloud: Cloud, choice: Choice) -> Iterator[Branch]:
    """The newest histories of databases and caches."""
    for cluster in choice(cloud.clusters):
        yield cluster.storage.branch
    for db in choice(cloud.rds):
        yield db.branch
    for group in choice(cloud.caches):
        yield from (shard.branch for shard in group.shards.values() if shard.branch is not None)


class RecoveryWatch:
    """Checks what can be restored; remembers what may only grow, and what snapshots held at first."""

    def __init__(self, cloud: Cloud, require: Require) -> None:
        self.cloud = cloud
        self._require = require
        self._held: dict[str, tuple[Snapshot, tuple[object, ...]]] = {}
        self._latest: dict[int, tuple[Archive, int]] = {}
        self._well_since: dict[int, tuple[Archive, int]] = {}
        self._checks = 0
        self._kept_us = -1  # when the last snapshot was made

    def check(self, scope: Scope) -> None:
        """Recovery at the end of an instant."""
        for archive in scope.named(self.cloud.snapshots.archives):
            self._check_archive(archive, moments=scope.everything)
        self._check_windows(scope)
        self._check_keys(scope)
        self._checks += scope.everything
        if scope.everything or scope.members or self.cloud.now_us == self._kept_us:
            self._check_snapshots(everything=scope.everything and self._checks % SELDOM == 0)

    # -- automated backups --------------------------------------------------------------------------------------

    def _check_archive(self, archive: Archive, moments: bool) -> None:
        require, now = self._require, self.cloud.now_us
        earliest, latest = archive.earliest_us(), archive.latest_us()
        require((earliest is None) == (latest is None), "restorable", f"{archive.owner}: {earliest} to {latest}")
        known = self._latest.get(id(archive))
        if earliest is None or latest is None:
            self._latest.pop(id(archive), None)
            self._well_since.pop(id(archive), None)
            return
        require(archive.days > 0, "restorable", f"{archive.owner} has no backups and can be restored to {latest}")
        require(
            earliest <= latest <= now, "restorable", f"{archive.owner}: from {earliest} to {latest}, and now is {now}"
        )
        if known is not None:
            require(
                latest >= known[1], "restorable", f"{archive.owner} could be restored to {known[1]}, now to {latest}"
            )
        self._latest[id(archive)] = (archive, latest)
        for at_us in (earliest, latest) if moments else ():
            self._check_moment(archive, at_us)
        if not self._is_well(archive):
            self._well_since.pop(id(archive), None)
            return
        _, since = self._well_since.setdefault(id(archive), (archive, now))
        age = now - latest
        require(
            age <= UPLOADS_US or now - since < UPLOADS_US, "restorable", f"{archive.owner} is well and {age} µs behind"
        )

    def _check_moment(self, archive: Archive, at_us: int) -> None:
        """What can be restored can be told, and a database of daily snapshots has one to begin from."""
        content = archive.content(at_us)
        self._require(content.until_us <= at_us, "restorable", f"{archive.owner} at {at_us} has {content.until_us}")
        if archive.daily:
            self._require(archive.base(at_us) is not None, "restorable", f"{archive.owner} has no base for {at_us}")

    def _is_well(self, archive: Archive) -> bool:
        """Whether its database runs, and nothing keeps its logs from being uploaded."""
        cloud, id = self.cloud, archive.owner
        if archive.closed_us is not None or archive.failures or cloud.snapshots.archives.get(id) is not archive:
            return False
        if id in cloud.rds:
            db = cloud.rds[id]
            return db.region.up and db.primary.running
        cluster = cloud.clusters.get(id)
        if cluster is None or not cluster.region.up or cluster.status.value == "creating":
            return False
        return id not in cloud.aurora and cluster.writer is not None and cluster.writer.running

    # -- snapshots ----------------------------------------------------------------------------------------------

    def _check_snapshots(self, everything: bool) -> None:
        now, found = self.cloud.now_us, set()
        for snapshot in snapshots(self.cloud):
            key = f"{snapshot.name} {snapshot.created_us}"
            found.add(key)
            known = self._held.get(key)
            if known is None or known[0] is not snapshot or snapshot.created_us == now:  # all of that instant is in it
                self._kept_us = snapshot.created_us
                self._held[key] = (snapshot, _held(snapshot.content))
            elif everything:
                held = _held(snapshot.content)
                self._require(held == known[1], "snapshot", f"{snapshot.name} held {known[1]}, and now {held}")
            content, ends = snapshot.content, snapshot.ends_us
            self._require(content.until_us <= snapshot.created_us <= now, "snapshot", f"{snapshot.name} is of later")
            self._require(snapshot.created_us <= ends, "snapshot", f"{snapshot.name} ends before it begins")
            making = snapshot.status.value in ("creating", "copying")
            self._require(not making or now <= ends, "snapshot", f"{snapshot.name} is late: {snapshot.status.value}")
            self._require(0 <= snapshot.percent(now) <= 100, "snapshot", f"{snapshot.name}: {snapshot.percent(now)} %")
            self._require(
                0 <= snapshot.stored_bytes <= snapshot.data_bytes,
                "snapshot",
                f"{snapshot.name} stores {snapshot.stored_bytes} of {snapshot.data_bytes} bytes",
            )
        for key in [key for key in self._held if key not in found]:
            del self._held[key]

    # -- backtrack, keys ----------------------------------------------------------------------------------------

    def _check_windows(self, scope: Scope) -> None:
        now = self.cloud.now_us
        for cluster in scope.named(self.cloud.clusters):
            if not isinstance(cluster, AuroraCluster):
                continue
            actual, target = cluster.window.actual_us(now), cluster.window.target_us
            self._require(0 <= actual <= target, "backtrack", f"{cluster.id} has a window of {actual} of {target} µs")
            stored = cluster.window.stored(now)
            self._require(0 <= stored <= cluster.window.keeps, "backtrack", f"{cluster.id} keeps {stored} nano-records")
            if not cluster.settings.backtrack_s:
                self._require(
                    cluster.status.value != "backtracking", "backtrack", f"{cluster.id} is rewound, and may not"
                )

    def _check_keys(self, scope: Scope) -> None:
        """What is inaccessible serves nobody."""
        cloud = self.cloud
        for thing in (*scope.named(cloud.clusters), *scope.named(cloud.rds)):
            if thing.status.value in (keys.RECOVERABLE, keys.TERMINAL):
                running = [server for server in databases.servers_of(cloud, thing.id) if cloud.servers[server].running]
                self._require(not running, "key", f"{thing.id} is {thing.status.value}, and {running} runs")

    # -- what became of an app's writes -------------------------------------------------------------------------

    def check_account(self, app: str, acknowledged: int) -> None:
        """acknowledged = present + lost + discarded + wrong and removed, to the nano-write, wherever it has written."""
        account = losses.account(self.cloud, app)
        parts = account.present + account.lost + account.discarded + account.wrong_removed
        self._require(
            account.acknowledged == acknowledged == parts,
            "durability",
            f"{app}: {account} adds up to {parts}, {acknowledged} were acknowledged; it writes to"
            f" {self.cloud.apps[app].writes_to}",
        )
        self._require(min(account) >= 0, "durability", f"{app} has less than nothing: {account}")
        self._require(account.wrong_present <= account.present, "durability", f"{app}: {account}")


def _held(content: Content) -> tuple[object, ...]:
    apps = content.apps()
    books = tuple((app, content.acknowledged(app), content.unknown(app), content.wrong(app)) for app in apps)
    kept = tuple(book for book in books if any(book[1:]))
    return content.position, kept, tuple(damage.id for damage in content.damage), content.databases
