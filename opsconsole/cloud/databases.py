"""Any database of the fleet by its id, whatever service it is of: what it contains, who serves it, and its harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.content import Content, Damage
from opsconsole.cloud.writelog import Branch

if TYPE_CHECKING:
    from opsconsole.cloud.archive import Archive
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.cluster import Cluster
    from opsconsole.cloud.places import Region
    from opsconsole.cloud.rds import DbInstance
    from opsconsole.simulation import Step


def ids(cloud: Cloud) -> list[str]:
    """Every database: clusters, then DB instances, each in id order."""
    return [*cloud.clusters, *cloud.rds]


def holder_of(cloud: Cloud, id: str) -> Cluster | DbInstance:
    """The cluster or the RDS DB instance itself."""
    return cloud.clusters[id] if id in cloud.clusters else cloud.rds[id]


def content_of(cloud: Cloud, id: str, at_us: int | None = None) -> Content:
    """What a database shows its readers, now or at a time of its past."""
    at = cloud.now_us if at_us is None else at_us
    return cloud.clusters[id].storage.content(at) if id in cloud.clusters else cloud.rds[id].shown(at)


def histories(cloud: Cloud, id: str) -> list[tuple[int, Branch]]:
    """The histories that a database has gone on with, the oldest first, each with since when: a rewind begins one."""
    if id in cloud.rds:
        changes = cloud.rds[id].branches
    elif id in cloud.aurora:
        changes = cloud.aurora[id].volume.branches
    else:
        branch = cloud.clusters[id].storage.branch
        return [(branch.born_us, branch)]
    return changes.since(changes.known_from_us)


def branch_of(cloud: Cloud, id: str) -> Branch:
    """The history that a database goes on with now."""
    return cloud.clusters[id].storage.branch if id in cloud.clusters else cloud.rds[id].branch


def leaders(cloud: Cloud, id: str) -> Step[str]:
    """Which of its servers led it over time: a cluster's writer, an instance's primary; empty for nobody."""
    return cloud.clusters[id].writer_history if id in cloud.clusters else cloud.rds[id].primary_history


def region_of(cloud: Cloud, id: str) -> Region:
    """The Region that it is in."""
    return cloud.clusters[id].region if id in cloud.clusters else cloud.rds[id].region


def status_of(cloud: Cloud, id: str) -> Step[str]:
    """Its status over time."""
    return cloud.clusters[id].status if id in cloud.clusters else cloud.rds[id].status


def busy_until_us(cloud: Cloud, id: str) -> int | None:
    """When what is under way on it ends; None while nothing is."""
    return cloud.clusters[id].busy_until_us if id in cloud.clusters else cloud.rds[id].busy_until_us


def bytes_per_write(cloud: Cloud, id: str) -> int:
    """How much data a write adds to it."""
    holder = cloud.clusters[id].storage if id in cloud.clusters else cloud.rds[id].contents
    return holder.bytes_per_write


def servers_of(cloud: Cloud, id: str) -> list[str]:
    """The servers that it has."""
    return list(cloud.clusters[id].instances if id in cloud.clusters else cloud.rds[id].hosts)


def archive_of(cloud: Cloud, id: str) -> Archive:
    """Its automated backups."""
    return cloud.clusters[id].archive if id in cloud.clusters else cloud.rds[id].archive


def serves(cloud: Cloud, id: str) -> bool:
    """Whether anybody could read its data now."""
    if id in cloud.clusters:
        return any(instance.running for instance in cloud.clusters[id].instances.values())
    return cloud.rds[id].primary.running


def why_read_only(cloud: Cloud, id: str) -> str | None:
    """Why no statement could change it now, if that is so."""
    if id in cloud.clusters:
        cluster = cloud.clusters[id]
        if cluster.secondary or (isinstance(cluster, AuroraCluster) and cluster.volume.follower is not None):
            return f"{id} is a secondary: it shows what its primary writes"
        return None if cluster.writer is not None and cluster.writer.running else f"{id} has no writer now"
    db = cloud.rds[id]
    if db.replication is not None:
        return f"{id} is a read replica of {db.replication.source.id}"
    return None if db.primary.running else f"{id} is {db.status.value}: its engine does not run"


def harm(cloud: Cloud, id: str, damage: Damage) -> None:
    """Something is done to a database right after this instant, and to every copy that gets so far.

    After it: what the instant itself names, a mark or a snapshot, is from before the harm.
    """
    content_of(cloud, id).branch.damage.append(damage)
    cloud.kernel.call_at(damage.at_us, touch, cloud, id)


def touch(cloud: Cloud, id: str) -> None:
    """Something changed for a database, and for everybody who has its history."""
    if id not in ids(cloud):
        return
    branch = content_of(cloud, id).branch
    having = [other for other in ids(cloud) if content_of(cloud, other).branch is branch]
    cloud.traffic.touch_servers(server for other in having for server in servers_of(cloud, other))


def heads(cloud: Cloud) -> list[Branch]:
    """The histories that databases go on with, each once."""
    found = {id(branch): branch for branch in (content_of(cloud, one).branch for one in ids(cloud))}
    return list(found.values())


def review_backups(archive: Archive, cloud: Cloud) -> None:
    """What keeps backups of a database from being made has changed."""
    if archive.owner in cloud.clusters:
        cloud.clusters[archive.owner].review_backups()
    elif archive.owner in cloud.rds:
        cloud.rds[archive.owner].review_backups()
