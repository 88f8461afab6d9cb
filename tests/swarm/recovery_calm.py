"""What must have become of backups, snapshots, restores and keys when nothing has been wrong or asked for long.

What moves much data may take longer than the calm; it must then have an end that lies ahead.
"""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.cloud import Cloud
from opsconsole.simulation import Task
from tests.swarm.recovery_invariants import snapshots

AT_REST = ("available", "failed")
MAKING = ("creating", "copying")


def problems(cloud: Cloud) -> Iterator[str]:
    """What has not converged, one sentence each."""
    now = cloud.now_us
    for snapshot in snapshots(cloud):
        status = snapshot.status.value
        if status not in AT_REST and not (status in MAKING and snapshot.ends_us > now):
            yield f"snapshot {snapshot.name} is {status}"
    for key in cloud.keys.values():
        if not key.enabled:
            yield f"{key.id} is disabled"
    for db in cloud.rds.values():
        ahead = db.loading_until_us is not None and db.loading_until_us > now
        if (db.loaded.value != 1000 or db.status.value == "storage-initialization") and not ahead:
            yield f"{db.id} is still loading its blocks ({db.loaded.value})"
    for archive in cloud.snapshots.archives.values():
        gone_us = archive.gone_us()
        if archive.closed_us is not None and (gone_us is None or gone_us < now):
            yield f"backups of {archive.owner} are kept, and have expired"
    for cluster in cloud.aurora.values():
        for rewind in cluster.window.rewinds:
            if rewind.status.value != "completed":
                yield f"the rewind {rewind.id} is {rewind.status.value}"


def is_being_copied(cloud: Cloud, id: str) -> bool:
    """Whether a snapshot of a database is being made, until a time that lies ahead."""
    of = [one for one in snapshots(cloud) if one.source == id]
    return any(one.status.value == "creating" and one.ends_us > cloud.now_us for one in of)


def is_foreseen(cloud: Cloud, task: Task[None]) -> bool:
    """Whether a task that still runs copies or loads much data."""
    if any(db.loading is task for db in cloud.rds.values()):
        return True
    databases = [*cloud.rds.values(), *cloud.clusters.values()]
    if any(one.change is task and is_being_copied(cloud, one.id) for one in databases):
        return True
    copies = [one.name for one in snapshots(cloud) if one.status.value == "copying"]
    return any(task.name == f"{name}: copy" for name in copies)
