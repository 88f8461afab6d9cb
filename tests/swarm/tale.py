"""The log is complete: whoever reads nothing else knows every status, engine, copy, name and mirror as it is.

Follows the rows, and compares what they have told of a service with what it is. A thing's first state may be untold
(the fleet file told it); no change after it may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opsconsole.cloud import Cloud
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.events import Row
from opsconsole.cloud.rds import DbInstance
from tests.swarm.touched import Scope

Require = Callable[[bool, str, str], None]
Fact = tuple[str, str]  # a kind of row, and the thing or name that it is about
KINDS = ("status", "engine", "copy", "dns", "mirror", "fence", "place", "key")


class Tale:
    """What the rows of one run have told."""

    def __init__(self, cloud: Cloud, require: Require) -> None:
        self.cloud = cloud
        self._require = require
        self._told: dict[Fact, object] = {}
        self.check(Scope(everything=True, members=True, places=True))

    def follow(self, row: Row) -> None:
        """One row more."""
        kind, source = str(row.get("kind")), str(row["source"])
        if kind not in KINDS:
            return
        fact = (kind, str(row.get("name", source)))
        before = self._told.get(fact)
        if before is not None and "was" in row:
            self._require(before == row["was"], "complete", f"{fact} was {before}, and a row says {row['was']}: {row}")
        self._told[fact] = row["now"]
        if kind == "status" and (row["now"] == "gone" or "was" not in row):
            self._forget(source)

    def _forget(self, id: str) -> None:
        """What has this id is made anew, or is gone."""
        for kind, about in list(self._told):
            if about == id or about.startswith((f"{id}/", f"{id}.")):
                del self._told[kind, about]

    def check(self, scope: Scope) -> None:
        """What was told of the services looked at is what they are."""
        for fact, now in self._facts(scope):
            told = self._told.setdefault(fact, now)
            self._require(told == now, "complete", f"the {fact[0]} of {fact[1]} is {now!r}, and the log says {told!r}")

    def _facts(self, scope: Scope) -> Iterator[tuple[Fact, object]]:
        cloud = self.cloud
        for cluster in scope.named(cloud.clusters):
            yield from self._of_cluster(cluster)
        for db in scope.named(cloud.rds):
            yield from self._of_db_instance(db)
        for group in scope.named(cloud.caches):
            yield from self._of_cache(group)
        for zone in cloud.places.zones.values() if scope.places else ():
            yield ("place", zone.name), zone.condition.value
        for key in cloud.keys.values() if scope.everything else ():
            yield ("key", key.id), key.state.value

    def _of_cluster(self, cluster: Cluster) -> Iterator[tuple[Fact, object]]:
        yield ("status", cluster.id), cluster.status.value
        yield ("fence", cluster.id), cluster.fenced
        for instance in cluster.instances.values():
            yield ("status", instance.id), instance.status.value
            yield ("engine", instance.id), instance.engine.value
        for record in (cluster.writer_record, cluster.reader_record):
            yield ("dns", record.id), ",".join(record.answers.value)
        for copy in cluster.volume.copies if isinstance(cluster, AuroraCluster) else ():
            yield ("copy", f"{cluster.id}/{copy.number}"), copy.state.value

    def _of_db_instance(self, db: DbInstance) -> Iterator[tuple[Fact, object]]:
        yield ("status", db.id), db.status.value
        yield ("mirror", db.id), db.mirror.value
        yield ("dns", db.id), ",".join(db.record.answers.value)
        for host in db.hosts.values():
            yield ("engine", host.id), host.engine.value

    def _of_cache(self, group: CacheGroup) -> Iterator[tuple[Fact, object]]:
        yield ("status", group.id), group.status.value
        for node in group.nodes.values():
            yield ("status", node.id), node.status.value
            yield ("engine", node.id), node.engine.value
        for record in group.records():
            yield ("dns", record.id), ",".join(record.answers.value)
