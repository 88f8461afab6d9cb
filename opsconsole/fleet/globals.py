"""Aurora global databases: which clusters may form one."""

from __future__ import annotations

from opsconsole import catalog

from .findings import Findings, Path
from .form_aurora import AuroraTable, GlobalTable
from .identity import Directory
from .sift import known
from .spec import GlobalSpec
from .text import meant, quoted


def resolve_global(ident: str, table: GlobalTable, directory: Directory, findings: Findings) -> GlobalSpec | None:
    """One global database; None if anything that it needs is wrong."""
    path: Path = ("global", ident)
    most = catalog.limit("global-secondaries").value
    if len(table.secondaries) > most:
        wrong = f"a global database may have {most} secondary Regions, and this is number {most + 1}"
        findings.add((*path, "secondaries", most), wrong, "leave it out")
    primary = known(table.primary)
    head = None if primary is None else _member(ident, primary, (*path, "primary"), directory, findings)
    taken: dict[str, str] = {}
    if head is not None and primary is not None and known(head.region) is not None:
        taken[head.region] = primary
    seen = {primary}
    for index, member in enumerate(table.secondaries):
        where: Path = (*path, "secondaries", index)
        if member in seen:
            wrong = f"{quoted(member)} is in this global database already"
            findings.add(where, wrong, "leave it out, or name another cluster")
            continue
        seen.add(member)
        cluster = _member(ident, member, where, directory, findings)
        if cluster is not None:
            _check_region(member, cluster, primary, taken, where, findings)
            _check_engine(member, cluster, primary, head, findings)
    if primary is None:
        return None
    return GlobalSpec(id=ident, primary=primary, secondaries=tuple(sorted(table.secondaries)))


def _member(ident: str, member: str, path: Path, directory: Directory, findings: Findings) -> AuroraTable | None:
    cluster = directory.cluster(member)
    if cluster is None:
        entry = directory.entries.get(member)
        wrong = f"there is no Aurora cluster {quoted(member)}"
        if entry is not None:
            wrong = f"{quoted(member)} is not an Aurora cluster: it is the {entry.words}"
        findings.missing(path, wrong, meant(member, directory.ids("cluster"), "name an [aurora.…] table"))
        return None
    owner = directory.global_of[member]
    if owner != ident:
        wrong = f"cluster {member} is in the global database {owner} already"
        findings.add(path, wrong, "name another cluster: one can be in one global database only")
    row = _aurora_engine(cluster)
    if row is not None and not row.global_database:
        findings.add(path, f"{row.title} has no global databases", "name a cluster of another engine")
    return cluster


def _aurora_engine(cluster: AuroraTable) -> catalog.Engine | None:
    """The engine of a cluster; None if it is none of Aurora's, which is reported there."""
    row = catalog.engines().get(known(cluster.engine) or "")
    return row if row is not None and row.family == "aurora" else None


def _check_region(
    member: str, cluster: AuroraTable, primary: str | None, taken: dict[str, str], path: Path, findings: Findings
) -> None:
    region = known(cluster.region)
    if region is None:
        return
    other = taken.setdefault(region, member)
    if other == member:
        return
    if other == primary:
        wrong = f"secondary {member} is in {region}, the Region of its primary {primary}"
    else:
        wrong = f"secondary {member} is in {region}, where {other} is a secondary already"
    findings.add(path, wrong, "place it in another Region: a global database has one cluster in each")


def _check_engine(
    member: str, cluster: AuroraTable, primary: str | None, head: AuroraTable | None, findings: Findings
) -> None:
    """A secondary runs what its primary runs."""
    row = None if head is None else _aurora_engine(head)
    if primary is None or head is None or row is None or known(cluster.engine) is None:
        return
    if cluster.engine != row.name:
        wrong = f"a secondary runs the engine of its primary, and {primary} runs {row.name}"
        findings.add(("aurora", member, "engine"), wrong, f"write {quoted(row.name)}")
        return
    version = head.engine_version or row.default_version
    spoiled = findings.about("aurora", primary, "engine_version")
    if cluster.engine_version is not None and cluster.engine_version != version and not spoiled:
        wrong = f"a secondary runs the version of its primary, and {primary} runs {version}"
        findings.missing(("aurora", member, "engine_version"), wrong, "leave it out")
