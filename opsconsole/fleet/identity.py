"""Who is called what: one namespace of ids over the whole file, AWS's rules for them, and what each id stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from opsconsole import catalog

from .findings import Findings, Path, key_text
from .form import FleetForm
from .form_aurora import AuroraTable
from .form_caches import CacheTable
from .form_rds import RdsTable
from .naming import cache_node_ids, cluster_instance_ids
from .sift import known
from .text import quoted

Kind: TypeAlias = Literal[
    "cluster",
    "multi-az-cluster",
    "instance",
    "endpoint",
    "global",
    "rds",
    "replica",
    "cache",
    "cache-node",
    "app",
    "key",
]

LONGEST_ID: Final = 63
LONGEST_CACHE_ID: Final = 40
"""Of a replication group: AWS appends the numbers of shard and node."""
LONGEST_MEMCACHED_ID: Final = 50
RESERVED: Final = frozenset({"writer", "reader"})
"""Words that name a cluster's natural endpoints, as in `orders.writer`."""

ID_PATTERN: Final = "[a-z][a-z0-9]*(-[a-z0-9]+)*"
"""An identifier that AWS takes and gives back unchanged (the length is checked apart)."""
_ID: Final = re.compile(ID_PATTERN, re.ASCII)
_KIND_WORDS: Final[Mapping[Kind, str]] = {
    "cluster": "cluster",
    "multi-az-cluster": "Multi-AZ DB cluster",
    "instance": "instance",
    "endpoint": "custom endpoint",
    "global": "global database",
    "rds": "RDS DB instance",
    "replica": "read replica",
    "cache": "cache",
    "cache-node": "cache node",
    "app": "app",
    "key": "KMS key",
}


class Entry(NamedTuple):
    """What an id stands for, and where it is given."""

    kind: Kind
    path: Path
    owner: str | None = None
    """What it belongs to: the cluster of an instance or custom endpoint, a replica's DB instance, a node's cache."""

    derived: bool = False
    """Whether AWS makes it from the owner's id, so that only that can be wrong."""
    longest: int = LONGEST_ID

    @property
    def words(self) -> str:
        """Its kind in a sentence."""
        return _KIND_WORDS[self.kind]


@dataclass(slots=True)
class Directory:
    """Every id of a file, and how the clusters of global databases belong together."""

    form: FleetForm
    entries: dict[str, Entry] = field(default_factory=dict)
    primary_of: dict[str, str] = field(default_factory=dict)
    """A secondary's primary."""
    global_of: dict[str, str] = field(default_factory=dict)
    """The global database that a cluster is a member of."""

    def ids(self, *kinds: Kind) -> list[str]:
        """All ids of some kinds, in order."""
        return sorted(ident for ident, entry in self.entries.items() if entry.kind in kinds)

    def cluster(self, ident: str) -> AuroraTable | None:
        """The table of an Aurora cluster, if there is one of that id."""
        return self.form.aurora.get(ident)

    def writer(self, cluster: str) -> str | None:
        """The instance that a cluster starts with as its writer."""
        table = self.form.aurora.get(cluster)
        if table is None:
            return cluster_instance_ids(cluster)[0]
        return known(table.instances[0].id) if table.instances else None


def survey(form: FleetForm, raw: Mapping[str, object], findings: Findings) -> Directory:
    """Every id of the file, in the order of the file, so that the second of two equal ones is the one reported."""
    directory = Directory(form)
    for ident, entry, place in _ids(form, raw):
        other = directory.entries.get(ident)
        if other is not None:
            findings.add(
                entry.path,
                f"the id {quoted(ident)} is taken by the {other.words} at {key_text(other.path)}",
                "ids are one namespace over the whole file: choose another",
                at=place,
            )
            continue
        directory.entries[ident] = entry
        if not entry.derived:
            check_id(ident, entry, place, findings)
    for global_id, table in sorted(form.global_clusters.items()):
        for member in [known(table.primary), *table.secondaries]:
            if member is not None:
                directory.global_of.setdefault(member, global_id)
        primary = known(table.primary)
        for secondary in table.secondaries:
            if primary is not None and secondary != primary:
                directory.primary_of.setdefault(secondary, primary)
    return directory


def _ids(form: FleetForm, raw: Mapping[str, object]) -> Iterator[tuple[str, Entry, Literal["key", "value"]]]:
    for heading in raw:
        match heading:
            case "aurora":
                for ident, table in form.aurora.items():
                    yield from _ids_of_cluster(ident, table)
            case "global":
                yield from ((ident, Entry("global", (heading, ident)), "key") for ident in form.global_clusters)
            case "apps":
                yield from ((ident, Entry("app", (heading, ident)), "key") for ident in form.apps)
            case "kms":
                yield from ((ident, Entry("key", (heading, ident)), "key") for ident in form.kms)
            case "rds":
                for ident, instance in form.rds.items():
                    yield from _ids_of_rds(ident, instance)
            case "multi_az_cluster":
                for ident in form.multi_az_clusters:
                    yield from _ids_of_multi_az_cluster(ident)
            case "elasticache":
                for ident, cache in form.caches.items():
                    yield from _ids_of_cache(ident, cache)
            case _:
                pass


def _ids_of_cluster(ident: str, table: AuroraTable) -> Iterator[tuple[str, Entry, Literal["key", "value"]]]:
    path: Path = ("aurora", ident)
    yield ident, Entry("cluster", path), "key"
    for index, instance in enumerate(table.instances):
        if known(instance.id) is not None:
            yield instance.id, Entry("instance", (*path, "instances", index, "id"), ident), "value"
    for index, endpoint in enumerate(table.endpoints):
        if known(endpoint.id) is not None:
            yield endpoint.id, Entry("endpoint", (*path, "endpoints", index, "id"), ident), "value"


def _ids_of_rds(ident: str, table: RdsTable) -> Iterator[tuple[str, Entry, Literal["key", "value"]]]:
    path: Path = ("rds", ident)
    yield ident, Entry("rds", path), "key"
    for index, replica in enumerate(table.replicas):
        if known(replica.id) is not None:
            yield replica.id, Entry("replica", (*path, "replicas", index, "id"), ident), "value"


def _ids_of_multi_az_cluster(ident: str) -> Iterator[tuple[str, Entry, Literal["key", "value"]]]:
    path: Path = ("multi_az_cluster", ident)
    names = cluster_instance_ids(ident)
    yield ident, Entry("multi-az-cluster", path, longest=LONGEST_ID - len(names[0]) + len(ident)), "key"
    yield from ((name, Entry("instance", path, ident, derived=True), "key") for name in names)


def _ids_of_cache(ident: str, table: CacheTable) -> Iterator[tuple[str, Entry, Literal["key", "value"]]]:
    path: Path = ("elasticache", ident)
    longest = LONGEST_MEMCACHED_ID if table.engine == "memcached" else LONGEST_CACHE_ID
    yield ident, Entry("cache", path, longest=longest), "key"
    for names in cache_node_ids(ident, table):
        yield from ((name, Entry("cache-node", path, ident, derived=True), "key") for name in names)


def check_id(ident: str, entry: Entry, place: Literal["key", "value"], findings: Findings) -> None:
    """AWS's rules for identifiers, and two of ours: no word of the endpoint grammar, no Region's name."""
    if len(ident) > entry.longest or _ID.fullmatch(ident) is None:
        findings.add(entry.path, *_bad_id(ident, entry.longest), at=place)
    elif ident in RESERVED and entry.kind in ("instance", "endpoint"):
        findings.add(
            entry.path, f"{quoted(ident)} names a natural endpoint, as in orders.{ident}", "choose another id", at=place
        )
    elif "-" in ident and ident in catalog.regions():
        findings.add(entry.path, f"{quoted(ident)} is the name of a Region", "choose another id", at=place)


def _bad_id(ident: str, longest: int) -> tuple[str, str]:
    better = re.sub(r"[^a-z0-9]+", "-", ident[:200].lower()).lstrip("-0123456789")[:longest].rstrip("-")
    right = f'write something like "{better}"' if better else 'write something like "orders-1"'
    if not ident:
        return "an id has at least one character", right
    if len(ident) > longest:
        return f"the id {quoted(ident, 24)} has {len(ident)} characters, AWS allows {longest}", "shorten it"
    strange = next((char for char in ident if not (char.isascii() and (char.isalnum() or char == "-"))), None)
    if strange is not None:
        return (
            f"the id {quoted(ident)} has a character other than letters, digits and hyphens: {quoted(strange)}",
            right,
        )
    if not ident[0].isalpha():
        return f"the id {quoted(ident)} does not start with a letter", right
    if "--" in ident:
        return f"the id {quoted(ident)} has two hyphens in a row", right
    if ident.endswith("-"):
        return f"the id {quoted(ident)} ends with a hyphen", right
    return f"the id {quoted(ident)} has capital letters, and AWS stores identifiers in lower case", right
