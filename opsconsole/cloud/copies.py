"""Every copy of a database's data, and what each of them has: up to which write, which marks, how many wrong rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.cloud import databases
from opsconsole.cloud.content import Content
from opsconsole.cloud.rds_mirror import SYNCHRONISED

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud


class Copy(NamedTuple):
    """One copy: what it is of, what kind of copy, and what it has."""

    id: str
    kind: str
    content: Content

    def marks(self, cloud: Cloud) -> list[str]:
        """The marks whose instant is part of it, the oldest first."""
        found = [name for name, at_us in cloud.marks.items() if self.content.lived(at_us)]
        return sorted(found, key=lambda name: cloud.marks[name])


def copies(cloud: Cloud, id: str) -> list[Copy]:
    """All that has data of a database, or of what it came from: those that live, then backups, the newest first."""
    family, now = databases.content_of(cloud, id).branch.family, cloud.now_us
    found: list[Copy] = []
    for other in [id, *(other for other in databases.ids(cloud) if other != id)]:
        content = databases.content_of(cloud, other)
        if content.branch.family is family:
            found.append(Copy(other, "database" if other == id else _relation(cloud, other), content))
            found += _beside(cloud, other, now)
    latest_us = databases.archive_of(cloud, id).latest_us()
    if latest_us is not None:
        archive = databases.archive_of(cloud, id)
        found.append(Copy(id, "latest restorable", archive.content(latest_us)))
    related = [one for one in cloud.snapshots.values() if one.content.branch.family is family]
    found += [
        Copy(one.name, "automated snapshot" if one.automated else "snapshot", one.content)
        for one in sorted(related, key=lambda one: (-one.created_us, one.name))
    ]
    return found


def _relation(cloud: Cloud, id: str) -> str:
    if id in cloud.rds:
        return "read replica" if cloud.rds[id].replication is not None else "copy"
    if id in cloud.aurora:
        cluster = cloud.aurora[id]
        return "secondary" if cluster.volume.follower is not None else "clone" if cluster.cloned_from else "copy"
    return "copy"


def _beside(cloud: Cloud, id: str, now_us: int) -> Iterator[Copy]:
    """What stands beside a database under its own name: a standby, readers that apply at their own pace."""
    if id in cloud.rds:
        db = cloud.rds[id]
        if db.standby is not None and db.mirror.value == SYNCHRONISED:
            yield Copy(db.standby.id, "standby", db.content(now_us))
        return
    if id in cloud.aurora:
        return  # its instances share one volume
    for instance in cloud.clusters[id].readers():
        yield Copy(instance.id, "reader", instance.shown())
