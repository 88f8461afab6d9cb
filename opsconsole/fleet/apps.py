"""Applications: where they run and which endpoints they call.

An id means its natural endpoint: a cluster's writer endpoint for writes and its reader endpoint for reads, an
instance's or a custom endpoint's own; RDS DB instances and read replicas have just that one. `<cluster>.writer`,
`<cluster>.reader` and `<cluster>.<custom endpoint>` are taken as they are. Writes may name a secondary's writer
endpoint in full (`orders-eu.writer`): the name exists, it only does not answer before the secondary is promoted. The
bare id of a secondary is refused there, because it is most likely a mistake.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from opsconsole import catalog

from .cache_use import resolve_cache_use
from .findings import Findings, Path
from .form_apps import AppTable
from .identity import RESERVED, Directory
from .places import Places
from .reading import Scope
from .sift import known
from .spec import AppSpec
from .text import meant, one_of, quoted

Purpose: TypeAlias = Literal["writes", "reads"]

MOST_POOL = 100_000


def resolve_app(
    ident: str, table: AppTable, directory: Directory, places: Places, findings: Findings
) -> AppSpec | None:
    """One app; None if anything that it needs is wrong."""
    path: Path = ("apps", ident)
    homes = _homes(table, places, path, findings)
    writes_to = None
    if table.writes_to is not None:
        writes_to = _target(table.writes_to, "writes", directory, (*path, "writes_to"), findings)
    reads_from: list[str] = []
    for index, text in enumerate(table.reads_from):
        where: Path = (*path, "reads_from", index)
        target = _target(text, "reads", directory, where, findings)
        if target in reads_from:
            findings.add(where, f"{quoted(text)} is listed twice", "leave one of them out")
        elif target is not None:
            reads_from.append(target)
    _check_rates(table, path, findings)
    scope = Scope((*path, "cache"), places, findings)
    cache = None if table.cache is None else resolve_cache_use(table.cache, table, directory, scope)
    if homes is None:
        return None
    return AppSpec(
        id=ident,
        homes=homes,
        writes_to=writes_to,
        reads_from=tuple(reads_from),
        writes_per_s=table.writes,
        reads_per_s=table.reads,
        pool=table.pool,
        pool_lifetime_s=table.pool_lifetime,
        timeout_s=table.timeout,
        dns_cache_s=table.dns_cache,
        health_check_s=_health_check_s(table),
        cache=cache,
        profile=table.profile,
        tls=table.tls,
    )


def _health_check_s(table: AppTable) -> float:
    if table.health_check is None:
        return catalog.assumption("router-health-check-s").value
    return table.health_check


def _homes(table: AppTable, places: Places, path: Path, findings: Findings) -> tuple[str, ...] | None:
    homes = known(table.homes)
    if homes is None:
        return None
    if not homes:
        findings.add((*path, "homes"), "the app runs nowhere", 'write homes = ["us-east-1"]')
    for index, home in enumerate(homes):
        if home in homes[:index]:
            findings.add((*path, "homes", index), f"{quoted(home)} is listed twice", "leave one of them out")
        else:
            places.region(home, (*path, "homes", index), findings)
    return tuple(homes)


def _check_rates(table: AppTable, path: Path, findings: Findings) -> None:
    no_writer = table.writes_to is None and not findings.about(*path, "writes_to")
    no_reader = not table.reads_from and not findings.about(*path, "reads_from")
    cached = table.cache is not None or findings.about(*path, "cache")
    if no_writer and no_reader and not cached:
        findings.missing(path, "the app calls nothing", 'add writes_to = "orders" or reads_from = ["orders"]', at="key")
    elif table.writes and no_writer and not cached:
        findings.missing((*path, "writes"), "the app has writes and nowhere to write to", 'add writes_to = "orders"')
    elif table.reads and no_reader and not cached:
        findings.missing((*path, "reads"), "the app has reads and nowhere to read from", 'add reads_from = ["orders"]')
    if not 1 <= table.pool <= MOST_POOL:
        findings.add((*path, "pool"), f"a pool of {table.pool} is not possible", f"write 1 to {MOST_POOL}")
    for key, value in (("pool_lifetime", table.pool_lifetime), ("timeout", table.timeout)):
        if value <= 0:
            findings.add((*path, key), f"a {key} of 0s would end everything at once", 'write "2s" or more')


def _target(text: str, purpose: Purpose, directory: Directory, path: Path, findings: Findings) -> str | None:
    """The endpoint that a text means: `<cluster>.<what>`, or the id of an RDS DB instance; None if there is none."""
    if findings.enough:
        findings.add(path, "", "")  # only counted, whether right or not: the file is refused anyway
        return None
    head, dot, tail = text.partition(".")
    entry = directory.entries.get(head)
    match None if entry is None else entry.kind:
        case "cluster" | "multi-az-cluster" if not dot:
            return _natural(head, purpose, directory, path, findings)
        case "cluster" | "multi-az-cluster":
            return _named(head, tail, purpose, directory, path, findings)
        case "instance" | "endpoint" if not dot:
            return _own(head, purpose, directory, path, findings)
        case "rds" | "replica":
            return _database(text, purpose, directory, path, findings)
        case _:
            findings.missing(path, *_no_endpoint(head if dot else text, directory))
            return None


def _no_endpoint(ident: str, directory: Directory) -> tuple[str, str]:
    entry = directory.entries.get(ident)
    databases = directory.ids("cluster", "multi-az-cluster", "rds")
    if entry is not None and entry.kind in ("cache", "cache-node"):
        store = entry.owner or ident
        return (
            f"{quoted(ident)} is a {entry.words}, and an app reaches it as a cache",
            f'write cache = {{ store = "{store}", pattern = "lazy", keys = 50000 }} and name a database here',
        )
    if entry is not None:
        return (
            f"{quoted(ident)} is a {entry.words} and has no endpoint of its own",
            f"name a cluster: {one_of(databases)}" if databases else "name a database",
        )
    return (
        f"there is no cluster, instance or custom endpoint {quoted(ident)}",
        meant(ident, [*databases, *directory.ids("instance", "endpoint", "replica")], f"write {one_of(databases)}"),
    )


def _database(text: str, purpose: Purpose, directory: Directory, path: Path, findings: Findings) -> str | None:
    """An RDS DB instance or read replica: each has one endpoint, and a replica's takes no writes."""
    ident, dot, _ = text.partition(".")
    source = directory.entries[ident].owner
    if dot:
        wrong = f"an RDS DB instance has one endpoint, and no {quoted(text)}"
        findings.add(path, wrong, f'write "{ident}": it follows the primary to its standby')
        return None
    if purpose == "writes" and source is not None:
        wrong = f"{ident} is a read replica and takes no writes before it is promoted"
        findings.add(path, wrong, f'write "{source}", its source')
        return None
    return ident


def _named(
    cluster: str, what: str, purpose: Purpose, directory: Directory, path: Path, findings: Findings
) -> str | None:
    """An endpoint of a cluster by its full name."""
    if what in RESERVED:
        return _natural_named(cluster, what, purpose, path, findings)
    inner = directory.entries.get(what)
    if inner is not None and inner.owner == cluster:
        return _own(what, purpose, directory, path, findings)
    choices = {*RESERVED, *(ident for ident, other in directory.entries.items() if other.owner == cluster)}
    findings.missing(path, f"cluster {cluster} has no endpoint {quoted(what)}", meant(what, choices))
    return None


def _natural(cluster: str, purpose: Purpose, directory: Directory, path: Path, findings: Findings) -> str:
    if purpose == "reads":
        return f"{cluster}.reader"
    if cluster in directory.primary_of:
        findings.add(
            path,
            f"{cluster} is a secondary of a global database and takes no writes",
            f'write "{directory.primary_of[cluster]}", or "{cluster}.writer", which answers once it is promoted',
        )
    return f"{cluster}.writer"


def _natural_named(cluster: str, what: str, purpose: Purpose, path: Path, findings: Findings) -> str:
    if purpose == "writes" and what == "reader":
        findings.add(path, "a reader endpoint takes no writes", f'write "{cluster}.writer", or just "{cluster}"')
    return f"{cluster}.{what}"


def _own(ident: str, purpose: Purpose, directory: Directory, path: Path, findings: Findings) -> str | None:
    """An instance's or a custom endpoint's own name."""
    entry = directory.entries[ident]
    cluster = entry.owner
    assert cluster is not None, f"{ident} belongs to no cluster"
    if purpose == "writes":
        wrong = None
        if cluster in directory.primary_of:
            wrong = f"{ident} belongs to {cluster}, a secondary of a global database, which takes no writes"
            cluster = directory.primary_of[cluster]
        elif entry.kind == "instance" and ident != directory.writer(cluster):
            wrong = f"{ident} starts as a reader and takes no writes"
        elif entry.kind == "endpoint" and _reads_only(ident, cluster, directory):
            wrong = f"{ident} is a READER endpoint and takes no writes"
        if wrong is not None:
            findings.add(path, wrong, f'write "{cluster}", the writer endpoint, which follows the writer')
            return None
    return f"{entry.owner}.{ident}"


def _reads_only(ident: str, cluster: str, directory: Directory) -> bool:
    table = directory.cluster(cluster)
    endpoints = [] if table is None else table.endpoints
    return any(known(endpoint.id) == ident and endpoint.type == "READER" for endpoint in endpoints)
