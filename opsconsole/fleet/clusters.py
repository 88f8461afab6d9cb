"""Aurora clusters and global databases: AWS's rules for what may stand in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from opsconsole import catalog

from .bounds import most
from .findings import Findings, Path
from .form import AuroraTable, EndpointTable, GlobalTable, InstanceTable
from .identity import Directory
from .places import Places
from .sift import known
from .spec import AuroraSpec, CustomEndpointSpec, GlobalSpec, InstanceSpec, RegionSpec
from .text import meant, nearest, one_of, quoted
from .units import GIB, TIB, format_duration, format_size

LEAST_STORAGE: Final = 10 * GIB
"""One protection group: no Aurora volume is smaller (facts AUR-STO-12)."""
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the checks of one cluster share."""

    id: str
    table: AuroraTable
    directory: Directory
    places: Places
    findings: Findings

    @property
    def path(self) -> Path:
        return ("aurora", self.id)

    @property
    def primary(self) -> AuroraTable | None:
        """Its primary's table, if it is a secondary."""
        primary = self.directory.primary_of.get(self.id)
        return None if primary is None else self.directory.cluster(primary)

    @property
    def secondary(self) -> bool:
        return self.id in self.directory.primary_of

    def add(self, *where: str | int, wrong: str, right: str, key: bool = False) -> None:
        self.findings.add((*self.path, *where), wrong, right, at="key" if key else "value")


def resolve_cluster(
    ident: str, table: AuroraTable, directory: Directory, places: Places, findings: Findings
) -> AuroraSpec | None:
    """One cluster with its instances and custom endpoints; None if anything that it needs is wrong."""
    reading = _Reading(ident, table, directory, places, findings)
    engine = _engine(reading)
    release = _release(reading, engine)
    region = places.region(known(table.region), (*reading.path, "region"), findings)
    storage = _storage(reading, release)
    retention = _retention(reading)
    _check_backtrack(reading, engine)
    instances = _instances(reading, engine, region)
    endpoints = _endpoints(reading)
    if engine is None or release is None or region is None:
        return None
    return AuroraSpec(
        id=ident,
        engine=engine.name,
        engine_version=release.name,
        region=region.id,
        storage_bytes=storage,
        backtrack_s=int(table.backtrack),
        retention_days=retention,
        deletion_protection=table.deletion_protection,
        instances=instances,
        endpoints=endpoints,
        secondary=reading.secondary,
    )


def _engine(reading: _Reading) -> catalog.Engine | None:
    name = known(reading.table.engine)
    if name is None:
        return None
    engines = catalog.engines()
    aurora = {other: row for other, row in engines.items() if row.family == "aurora"}
    if name in aurora:
        return aurora[name]
    near = {"mysql": "aurora-mysql", "aurora": "aurora-mysql"}.get(name)
    near = near or ("aurora-postgresql" if "postgres" in name else nearest(name, aurora))
    right = f"write {quoted(near)}" if near else f"write {one_of(aurora)}"
    reading.add("engine", wrong=f"{quoted(name)} is not an Aurora engine", right=right)
    return None


def _release(reading: _Reading, engine: catalog.Engine | None) -> catalog.EngineVersion | None:
    if engine is None:
        return None
    name = reading.table.engine_version
    if name is None and reading.primary is not None and known(reading.primary.engine) == engine.name:
        name = reading.primary.engine_version
        if name is not None and name not in engine.versions:
            return None  # reported at the primary
    if name is None:
        name = engine.default_version
    if name in engine.versions:
        return engine.release(name)
    tails = [version for version in engine.versions if version.endswith(f".{name}")]
    near = tails[-1] if tails else nearest(name, engine.versions)
    right = f"did you mean {quoted(near)}?" if near else f"write {one_of(engine.versions[-4:])}"
    reading.add("engine_version", wrong=f"{engine.name} has no version {quoted(name)} here", right=right)
    return None


def _storage(reading: _Reading, release: catalog.EngineVersion | None) -> int:
    storage = reading.table.storage
    if reading.secondary:
        primary = reading.primary
        of_primary = LEAST_STORAGE if primary is None or primary.storage is None else primary.storage
        if storage is not None and primary is not None and storage != of_primary:
            reading.add(
                "storage",
                wrong="a secondary's volume is a copy of its primary's, so it starts with the same data",
                right=f'leave it out (the primary has "{format_size(of_primary)}")',
            )
        return of_primary
    if storage is None:
        return LEAST_STORAGE
    if storage < LEAST_STORAGE:
        reading.add(
            "storage",
            wrong=f"{format_size(storage)} is less than an Aurora volume's first {format_size(LEAST_STORAGE)}",
            right=f'write "{format_size(LEAST_STORAGE)}" or more, or leave it out',
        )
    elif release is not None and storage > release.max_volume_tib * TIB:
        reading.add(
            "storage",
            wrong=f"{format_size(storage)} is more than a volume of {release.name} can hold",
            right=f'write "{release.max_volume_tib} TiB" or less',
        )
    return storage


def _retention(reading: _Reading) -> int:
    retention = reading.table.backup_retention
    if retention is None:
        return 1
    highest = most("retention-days")
    if retention % DAY_S:
        days = max(1, min(highest, round(retention / DAY_S)))
        reading.add("backup_retention", wrong="backups are kept for whole days", right=f'write "{days}d"')
    elif not 1 <= retention / DAY_S <= highest:
        reading.add(
            "backup_retention",
            wrong=f"{format_duration(retention)} is outside what Aurora allows, 1 to {highest} days",
            right=f'write "1d" to "{highest}d"; Aurora\'s backups cannot be switched off',
        )
    return int(retention // DAY_S)


def _check_backtrack(reading: _Reading, engine: catalog.Engine | None) -> None:
    window = reading.table.backtrack
    highest = most("backtrack-hours") * 3600
    if not window:
        return
    if engine is not None and not engine.backtrack:
        reading.add("backtrack", wrong=f"{engine.title} cannot backtrack", right="leave it out; only Aurora MySQL can")
    elif window > highest:
        reading.add(
            "backtrack",
            wrong=f"a backtrack window of {_hours(window)} is longer than AWS allows",
            right=f'write "{highest // 3600}h" or less',
        )
    elif window % 1:
        reading.add("backtrack", wrong="a backtrack window has whole seconds", right=f'write "{int(window) + 1}s"')
    if reading.id in reading.directory.global_of:
        reading.add(
            "backtrack",
            wrong=f"a cluster of a global database ({reading.directory.global_of[reading.id]}) cannot backtrack",
            right="leave it out, or take the cluster out of the global database",
        )


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} h"


def _instances(reading: _Reading, engine: catalog.Engine | None, region: RegionSpec | None) -> tuple[InstanceSpec, ...]:
    tables = reading.table.instances
    _check_count(reading)
    specs = (_instance(reading, index, table, engine, region) for index, table in enumerate(tables))
    return tuple(spec for spec in specs if spec is not None)


def _check_count(reading: _Reading) -> None:
    count = len(reading.table.instances)
    if reading.secondary:
        highest = most("readers-in-secondary")
        if count > highest:
            reading.add(
                "instances",
                highest,
                wrong=f"a secondary cluster may have {highest} readers, this would be reader {highest + 1}",
                right="leave it out",
            )
        return
    highest = most("readers")
    if count == 0:
        reading.add(
            wrong="the cluster has no instance, so nothing could connect to it",
            right='add instances = [{ id = "' + reading.id[:60] + '-1", zone = "a", class = "db.r6g.large" }]',
            key=True,
        )
    if count > highest + 1:
        reading.add(
            "instances",
            highest + 1,
            wrong=f"a cluster may have {highest} readers beside its writer, this would be reader {highest + 1}",
            right="leave it out",
        )


def _instance(
    reading: _Reading, index: int, table: InstanceTable, engine: catalog.Engine | None, region: RegionSpec | None
) -> InstanceSpec | None:
    path: Path = (*reading.path, "instances", index)
    findings = reading.findings
    ident, zone_text, class_name = known(table.id), known(table.zone), known(table.instance_class)
    if class_name is not None:
        _check_class(class_name, engine, (*path, "class"), findings)
    if not 0 <= table.tier <= most("tier"):
        findings.add(
            (*path, "tier"),
            f"the promotion tier {table.tier} is out of range",
            f"write 0 (first) to {most('tier')} (last)",
        )
    if region is None or zone_text is None:
        return None
    zone = reading.places.zone(region, zone_text, (*path, "zone"), findings)
    if ident is None or zone is None or class_name is None:
        return None
    return InstanceSpec(id=ident, zone=zone, instance_class=class_name, tier=table.tier)


def _check_class(name: str, engine: catalog.Engine | None, path: Path, findings: Findings) -> None:
    row = catalog.instance_classes().get(name)
    if engine is None or (row is not None and row.offered_by(engine.name)):
        return
    offered = [other.name for other in catalog.instance_classes().values() if other.offered_by(engine.name)]
    if row is None:
        findings.add(
            path,
            f"{quoted(name)} is not an instance class known here",
            meant(name, offered, 'write one like "db.r6g.large"'),
        )
        return
    enough = [other for other in offered if catalog.instance_class(other).family == row.family]
    enough.sort(key=lambda other: catalog.instance_class(other).size_rank)
    right = (
        f"write {quoted(enough[0])}, the smallest of its family there" if enough else 'write one like "db.r6g.large"'
    )
    findings.add(path, f"{engine.title} does not offer {name}", right)


def _endpoints(reading: _Reading) -> tuple[CustomEndpointSpec, ...]:
    tables = reading.table.endpoints
    highest = most("custom-endpoints")
    if len(tables) > highest:
        reading.add(
            "endpoints",
            highest,
            wrong=f"a cluster may have {highest} custom endpoints, this would be number {highest + 1}",
            right="leave it out",
        )
    own = [ident for ident in (known(instance.id) for instance in reading.table.instances) if ident is not None]
    return tuple(_endpoint(reading, index, table, own) for index, table in enumerate(tables))


def _endpoint(reading: _Reading, index: int, table: EndpointTable, own: Sequence[str]) -> CustomEndpointSpec:
    where = ("endpoints", index)
    if table.members is not None and table.excluded is not None:
        reading.add(
            *where, "excluded",
            wrong="a custom endpoint has either members or excluded", right="keep one of the two lists", key=True,
        )  # fmt: skip
    for key, names in (("members", table.members), ("excluded", table.excluded)):
        for position, name in enumerate(names or []):
            if name not in own:
                wrong = f"{quoted(name)} is not an instance of {reading.id}"
                reading.add(*where, key, position, wrong=wrong, right=meant(name, own))
            elif name in (names or [])[:position]:
                reading.add(*where, key, position, wrong=f"{quoted(name)} is listed twice", right="leave one out")
    if table.members is not None and not table.members:
        reading.add(
            *where, "members", wrong="the list is empty", right="name an instance, or leave the key out for all"
        )
    return CustomEndpointSpec(
        id=table.id, type=table.type, members=tuple(table.members or ()), excluded=tuple(table.excluded or ())
    )


def resolve_global(ident: str, table: GlobalTable, directory: Directory, findings: Findings) -> GlobalSpec | None:
    """One global database; None if anything that it needs is wrong."""
    path: Path = ("global", ident)
    highest = most("secondaries")
    if len(table.secondaries) > highest:
        findings.add(
            (*path, "secondaries", highest),
            f"a global database may have {highest} secondary Regions, this would be number {highest + 1}",
            "leave it out",
        )
    primary = known(table.primary)
    head = None
    if primary is not None:
        head = _member(ident, primary, (*path, "primary"), directory, findings)
    regions: dict[str, str] = {}
    if head is not None and primary is not None and known(head.region) is not None:
        regions[head.region] = primary
    for index, member in enumerate(table.secondaries):
        where: Path = (*path, "secondaries", index)
        if member == primary or member in table.secondaries[:index]:
            wrong = f"{quoted(member)} is already in this global database"
            findings.add(where, wrong, "leave it out, or name another cluster")
            continue
        cluster = _member(ident, member, where, directory, findings)
        if cluster is None:
            continue
        _check_region(member, cluster, primary, regions, where, findings)
        if head is not None and primary is not None:
            _check_like_primary(member, cluster, primary, head, findings)
    if primary is None:
        return None
    return GlobalSpec(id=ident, primary=primary, secondaries=tuple(sorted(table.secondaries)))


def _member(ident: str, member: str, path: Path, directory: Directory, findings: Findings) -> AuroraTable | None:
    cluster = directory.cluster(member)
    if cluster is None:
        entry = directory.entries.get(member)
        what = f"{quoted(member)} is not an Aurora cluster but a {entry.words}" if entry else None
        findings.add(
            path, what or f"there is no Aurora cluster {quoted(member)}", meant(member, directory.ids("cluster"))
        )
        return None
    owner = directory.global_of[member]
    if owner != ident:
        findings.add(
            path, f"cluster {member} is already in the global database {owner}", "a cluster can be in one only"
        )
    return cluster


def _check_region(
    member: str, cluster: AuroraTable, primary: str | None, regions: dict[str, str], path: Path, findings: Findings
) -> None:
    region = known(cluster.region)
    if region is None:
        return
    other = regions.setdefault(region, member)
    if other == member:
        return
    if other == primary:
        wrong = f"secondary {member} is in {region}, the Region of its primary {primary}"
    else:
        wrong = f"secondary {member} is in {region}, where {other} is already a secondary"
    findings.add(path, wrong, "place it in another Region: a global database has one cluster per Region")


def _check_like_primary(member: str, cluster: AuroraTable, primary: str, head: AuroraTable, findings: Findings) -> None:
    engine, wanted = known(cluster.engine), known(head.engine)
    if engine is None or wanted is None:
        return
    if engine != wanted:
        findings.add(
            ("aurora", member, "engine"),
            f"a secondary runs its primary's engine, and {primary} is {wanted}",
            f"write {quoted(wanted)}",
        )
        return
    row = catalog.engines().get(wanted)
    version = head.engine_version or (row.default_version if row is not None else None)
    if cluster.engine_version is not None and version is not None and cluster.engine_version != version:
        findings.add(
            ("aurora", member, "engine_version"),
            f"a secondary runs its primary's version, and {primary} is {version}",
            "leave it out",
        )
