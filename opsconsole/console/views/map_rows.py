"""What stands on the map: a row for each thing that has parts in several zones, and a mark for each part.

Every service says here what its rows are; how a row is drawn is the map's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.volume import CopyState
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.elasticache import state as cache_state
from opsconsole.console.views.lines import Span
from opsconsole.console.views.rds import state as rds_state
from opsconsole.console.views.states import State

COPY_GLYPHS: dict[str, Span] = {
    CopyState.HEALTHY.value: (glyphs.COPY, "reader"),
    CopyState.REPAIRING.value: (glyphs.COPY_REPAIRING, "warn"),
    CopyState.DOWN.value: (glyphs.COPY_DOWN, "bad"),
}
LETTERS = {"writer": "W", "reader": "R", "primary": "P", "standby": "S", "replica": "R", "node": "N"}
"""One letter per role, in the order of the legend."""
ROLE_STYLES = {"writer": "writer", "primary": "writer", "standby": "standby"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a thing, in its zone: its id, its role, what it does."""

    id: str
    zone: str
    role: str
    state: State

    @property
    def well(self) -> bool:
        """Whether it does what it is there for."""
        return self.state.style in ("ok", "standby")

    @property
    def style(self) -> str:
        """The role's style while all is well, else the state's."""
        return ROLE_STYLES.get(self.role, "reader") if self.well else self.state.style


@dataclass(slots=True)
class MapRow:
    """A thing on the map: its marks, its volume copies by zone, and what is not well, each with whom it is about."""

    id: str
    region: str
    service: str
    marks: list[Mark] = field(default_factory=list)
    copies: dict[str, list[Span]] = field(default_factory=dict)
    notes: list[tuple[str, State]] = field(default_factory=list)

    def note(self, id: str, state: State) -> None:
        """Remember what is not well."""
        if state.word != "available":
            self.notes.append((id, state))


Rows = dict[str, list[MapRow]]
"""Those of each region."""


def rows(cloud: Cloud, truth: bool) -> Rows:
    """The rows of each region, service by service."""
    return sorted_in(cloud, each(cloud, truth))


def each(cloud: Cloud, truth: bool) -> Iterator[MapRow]:
    """Every row, service by service, each worked out when it is asked for: things may come and go meanwhile."""
    yield from (_cluster_row(cloud, cluster, truth) for cluster in list(cloud.clusters.values()))
    yield from (_rds_row(cloud, dbs, truth) for dbs in _rds_by_owner(cloud))
    yield from (_cache_row(cloud, group, truth) for group in list(cloud.caches.values()))


def sorted_in(cloud: Cloud, found: Iterable[MapRow]) -> Rows:
    """Rows, by their regions."""
    by_region: Rows = {name: [] for name in cloud.places.regions}
    for row in found:
        by_region[row.region].append(row)
    return by_region


def matching(found: Rows, words: str) -> Rows:
    """The rows whose id holds the words, whole, and of the others the marks whose id, role or state holds them."""
    words = words.lower()
    return {region: [row for one in here if (row := _matching(one, words))] for region, here in found.items()}


def _matching(row: MapRow, words: str) -> MapRow | None:
    if words in row.id.lower():
        return row
    marks = [mark for mark in row.marks if any(words in text for text in (mark.id.lower(), mark.role, mark.state.word))]
    return replace(row, marks=marks) if marks else None


def rings(ringing: Collection[str], row: MapRow, mark: Mark) -> bool:
    """Whether an alarm rings on a node; one of the whole thing rings on the node that leads it."""
    return mark.id in ringing or (row.id in ringing and mark.role in ROLE_STYLES and mark.role != "standby")


def count(cloud: Cloud) -> int:
    """How many rows there are."""
    return len(cloud.clusters) + sum(owner(db) is db for db in cloud.rds.values()) + len(cloud.caches)


# -- clusters -----------------------------------------------------------------------------------------------------


def _cluster_row(cloud: Cloud, cluster: Cluster, truth: bool) -> MapRow:
    service = "Aurora" if isinstance(cluster, AuroraCluster) else "RDS Multi-AZ DB clusters"
    row = MapRow(cluster.id, cluster.region.name, service, copies=_copies(cluster) if truth else {})
    writer = aws_view.writer_of(cloud, cluster, truth)
    for instance in cluster.instances.values():
        role = "writer" if instance is writer else "reader"
        row.marks.append(Mark(instance.id, instance.zone.name, role, states.of_instance(cloud, instance, truth)))
    row.note(cluster.id, states.of_cluster(cloud, cluster, truth))
    return row


def _copies(cluster: Cluster) -> dict[str, list[Span]]:
    """The volume copies by zone; AWS shows none, and only Aurora has them."""
    found: dict[str, list[Span]] = {}
    if isinstance(cluster, AuroraCluster):
        for copy in cluster.volume.copies:
            found.setdefault(copy.zone.name, []).append(COPY_GLYPHS[copy.state.value])
    return found


# -- RDS DB instances ---------------------------------------------------------------------------------------------


def owner(db: DbInstance) -> DbInstance:
    """In whose row an instance stands: a read replica in its source's, as long as both are in one region."""
    while db.source is not None and db.source.region is db.region:
        db = db.source
    return db


def _rds_by_owner(cloud: Cloud) -> list[list[DbInstance]]:
    """The instances of each row, the one that it is named by first."""
    by_owner: dict[str, list[DbInstance]] = {}
    for db in sorted(cloud.rds.values(), key=lambda one: owner(one) is not one):
        by_owner.setdefault(owner(db).id, []).append(db)
    return list(by_owner.values())


def _rds_row(cloud: Cloud, dbs: list[DbInstance], truth: bool) -> MapRow:
    row = MapRow(owner(dbs[0]).id, dbs[0].region.name, "RDS")
    for db in dbs:
        row.marks += _rds_marks(cloud, db, truth)
        row.note(db.id, _own_state(cloud, db, truth))
    return row


def _own_state(cloud: Cloud, db: DbInstance, truth: bool) -> State:
    """Its state apart from its replication, which has a line of its own."""
    status = rds_state.of_db(cloud, db, truth=False) if not truth else states.of_status(db.status.value)
    return next(iter(rds_state.troubles(db)), status) if truth and status.word in rds_state.SERVES else status


def _rds_marks(cloud: Cloud, db: DbInstance, truth: bool) -> Iterator[Mark]:
    """Its hosts; one that is alone stands for the instance."""
    primary = aws_view.primary_of(cloud, db, truth)
    for host in db.hosts.values():
        role = "standby" if host is not primary else "replica" if db.replication is not None else "primary"
        found = rds_state.of_host(cloud, db, host, truth)
        yield Mark(host.id if len(db.hosts) > 1 else db.id, host.zone.name, role, found)


# -- caches -------------------------------------------------------------------------------------------------------


def _cache_row(cloud: Cloud, group: CacheGroup, truth: bool) -> MapRow:
    row = MapRow(group.id, group.region.name, "ElastiCache")
    for id, node in group.nodes.items():
        role = cache_state.role_of(cloud, node, truth)
        row.marks.append(Mark(id, node.zone.name, role, cache_state.of_node(cloud, node, truth)))
    row.note(group.id, cache_state.of_group(cloud, group, truth))
    return row
