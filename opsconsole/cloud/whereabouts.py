"""In which Region a thing of the fleet stands, so whose API is asked about it and tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cloud.events import Row

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.places import Region


def region_of(cloud: Cloud, id: str) -> Region | None:
    """The Region of anything that has an id; a global database's is its primary's. None for what is not there."""
    regions = cloud.places.regions
    if id in cloud.clusters:
        return cloud.clusters[id].region
    if id in cloud.rds:
        return cloud.rds[id].region
    if id in cloud.caches:
        return cloud.caches[id].region
    if id in cloud.servers:
        return cloud.servers[id].zone.region
    if id in cloud.global_databases:
        return cloud.global_databases[id].primary.region
    if id in cloud.keys:
        return regions[cloud.keys[id].region]
    if id in cloud.parameter_groups:
        return regions[cloud.parameter_groups[id].region]
    if id in cloud.places.zones or id in regions:
        return cloud.places.region_of(id)
    return _of_backup(cloud, id)


def _of_backup(cloud: Cloud, id: str) -> Region | None:
    """The Region of a snapshot, also of one that is being made."""
    kept = cloud.snapshots.kept.get(id) or cloud.cache_snapshots.get(id)
    if kept is not None:
        return cloud.places.regions[kept.region]
    owners = [archive for archive in cloud.snapshots.archives.values() if id.startswith(archive.prefix)]
    owner = max(owners, key=lambda archive: len(archive.prefix), default=None)
    return cloud.places.regions[owner.region] if owner is not None else None


class Homes:
    """Where each source of an AWS event stood when it was last heard of: it may be gone before that event is read."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._regions: dict[str, Region] = {}
        for row in cloud.log.tail:
            self.note(b"", row)

    def note(self, line: bytes, row: Row) -> None:
        """Remember where the source of a row is; a listener of the log."""
        if row["stream"] == "aws":
            source = str(row["source"])
            region = region_of(self._cloud, source)
            if region is not None:
                self._regions[source] = region

    def of(self, source: str) -> Region | None:
        """The Region that tells of it."""
        return self._regions.get(source)
