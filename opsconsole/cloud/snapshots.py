"""Snapshots: what a DB instance or a DB cluster contained at one instant, kept where no zone can be lost with it.

A snapshot stores no data. It is a content, pinned so that it can be asked for however old it is, and the picture of
the database that a restore begins from. Manual ones never expire; automated ones belong to an `Archive`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole.cloud.content import Content
from opsconsole.fleet import AuroraSpec, MultiAzClusterSpec, RdsSpec
from opsconsole.fleet.units import GIB
from opsconsole.simulation import Step

if TYPE_CHECKING:
    from opsconsole.cloud.archive import Archive
    from opsconsole.cloud.world import World

FULL_BYTES = 100 * GIB
"""What the catalog's `rds-snapshot-full` copies."""

DROPPED_KEPT_US = 6 * 3600 * 1_000_000
"""How long a deleted snapshot is remembered: longer than any chart of a metric goes back."""

Picture = RdsSpec | AuroraSpec | MultiAzClusterSpec
"""A database as it was, with its settings: what a restore takes over of them is the restore's business."""


@dataclass(eq=False)
class Snapshot:
    """One DB snapshot or DB cluster snapshot.

    `source` is the id of what it is of, `region` where it is kept. `stored_bytes` is what had to be copied for it: the
    first snapshot of a database copies everything, later ones what has changed. It is complete at `ends_us`. `copy_of`
    is the snapshot that it was copied from.
    """

    name: str
    source: str
    region: str
    automated: bool
    picture: Picture
    content: Content
    data_bytes: int
    stored_bytes: int
    created_us: int
    ends_us: int
    status: Step[str]
    kms_key: str | None = None
    copy_of: Snapshot | None = None

    @property
    def original(self) -> Snapshot:
        """What it is, or was copied from, the first of them."""
        return self if self.copy_of is None else self.copy_of.original

    @property
    def of_cluster(self) -> bool:
        """Whether it is of a DB cluster."""
        return not isinstance(self.picture, RdsSpec)

    @property
    def available(self) -> bool:
        """Whether it may be restored and copied."""
        return self.status.value == "available"

    def set_status(self, world: World, status: str) -> None:
        """Change its status, and log it."""
        before = self.status.value
        if self.status.set(world.now_us, status):
            world.log.sim(world.now_us, self.name, "status", was=before, now=status)

    async def complete(self, world: World) -> None:
        """Wait until it is made. A snapshot whose database is taken away meanwhile has failed."""
        try:
            await world.kernel.sleep_until(self.ends_us)
            self.set_status(world, "available")
        finally:
            if not self.available:
                self.set_status(world, "failed")

    def percent(self, now_us: int) -> int:
        """`PercentProgress`, 0 to 100."""
        if self.available or now_us >= self.ends_us:
            return 100
        return (now_us - self.created_us) * 100 // max(1, self.ends_us - self.created_us)


class Snapshots(Mapping[str, Snapshot]):
    """Every snapshot by its name: the manual ones in `kept`, and those that automated backups have now."""

    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}
        self.dropped: list[Snapshot] = []  # manual ones deleted in the last hours, for whoever looks at the past
        self.archives: dict[str, Archive] = {}  # by the id of the database, also of deleted ones whose backups are kept

    def keep(self, snapshot: Snapshot) -> None:
        """A manual snapshot more."""
        self.kept[snapshot.name] = snapshot
        self.kept = dict(sorted(self.kept.items()))
        snapshot.content.pin()

    def drop(self, snapshot: Snapshot, now_us: int) -> None:
        """A manual snapshot is deleted."""
        del self.kept[snapshot.name]
        young = [one for one in self.dropped if one.status.changed_us > now_us - DROPPED_KEPT_US]
        self.dropped = [*young, snapshot]
        snapshot.content.unpin()

    def __getitem__(self, name: str) -> Snapshot:
        if name in self.kept:
            return self.kept[name]
        found = (archive.find(name) for archive in self.archives.values())
        snapshot = next((one for one in found if one is not None), None)
        if snapshot is None:
            raise KeyError(name)
        return snapshot

    def __iter__(self) -> Iterator[str]:
        yield from self.kept
        for archive in self.archives.values():
            yield from archive.names()

    def __len__(self) -> int:
        return len(self.kept) + sum(len(archive.names()) for archive in self.archives.values())

    def names(self, of_cluster: bool) -> list[str]:
        """The names of those of DB clusters, or of DB instances."""
        kept = [name for name, snapshot in self.kept.items() if snapshot.of_cluster is of_cluster]
        archives = (archive for archive in self.archives.values() if archive.of_cluster is of_cluster)
        return [*kept, *(name for archive in archives for name in archive.names())]

    def of(self, source: str) -> list[Snapshot]:
        """All of one database, the oldest first."""
        manual = [snapshot for snapshot in self.kept.values() if snapshot.source == source]
        archive = self.archives.get(source)
        automated = archive.snapshots() if archive is not None else []
        return sorted([*manual, *automated], key=lambda snapshot: (snapshot.created_us, snapshot.name))
