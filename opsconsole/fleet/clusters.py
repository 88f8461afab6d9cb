"""Aurora clusters: AWS's rules for what may stand in one."""

from __future__ import annotations

from typing import Final

from opsconsole import catalog

from .auto_scaling import resolve_auto_scaling
from .backups import check_windows, resolve_retention
from .classes import check_class
from .encryption import encryption_in_doubt, resolve_copy_encryption, resolve_encryption
from .endpoints import resolve_endpoints
from .engines import find_engine, find_release
from .findings import Findings
from .form_aurora import AuroraTable, InstanceTable
from .identity import Directory
from .places import Places
from .reading import Reading, Scope
from .sift import known
from .spec import AuroraSpec, InstanceSpec, RegionSpec
from .text import quoted
from .units import GIB, TIB, format_duration, format_size

HOUR_S: Final = 3_600
EXAMPLE_CLASS: Final = "db.r6g.large"


def resolve_cluster(
    ident: str, table: AuroraTable, directory: Directory, places: Places, findings: Findings
) -> AuroraSpec | None:
    """One cluster with its instances and custom endpoints; None if anything that it needs is wrong."""
    reading = Reading(ident, table, directory, places, findings)
    engine = find_engine(known(table.engine), "aurora", reading.scope)
    release = _release(reading, engine)
    region = places.region(known(table.region), (*reading.path, "region"), findings)
    storage = _storage(reading, release)
    retention = resolve_retention(table.backup_retention, "Aurora", catalog.limit("retention-days"), reading.scope)
    _check_backtrack(reading, engine)
    instances = _instances(reading, engine, region)
    endpoints = resolve_endpoints(reading)
    auto_scaling = resolve_auto_scaling(table.auto_scaling, reading)
    kms_key = _kms_key(reading, region)
    check_windows(table.maintenance_window, table.backup_window, reading.scope)
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
        auto_scaling=auto_scaling,
        backup_window=table.backup_window,
        maintenance_window=table.maintenance_window,
        kms_key=kms_key,
    )


def _release(reading: Reading, engine: catalog.Engine | None) -> catalog.EngineVersion | None:
    """The engine version asked for; a secondary's is its primary's."""
    if engine is None:
        return None
    name = reading.table.engine_version
    if name is None and reading.primary is not None and known(reading.primary.engine) == engine.name:
        name = reading.primary.engine_version
        if name is not None and name not in engine.versions:
            return None  # it has been reported at the primary
    return find_release(engine, name, reading.scope)


def _storage(reading: Reading, release: catalog.EngineVersion | None) -> int:
    """Bytes of data the volume starts with; a secondary's volume is a copy of its primary's."""
    least = round(catalog.assumption("volume-step-gib").value) * GIB
    storage = reading.table.storage
    if reading.secondary:
        primary = reading.primary
        wanted = least if primary is None or primary.storage is None else primary.storage
        spoiled = reading.findings.about("aurora", reading.directory.primary_of[reading.id], "storage")
        if storage is not None and storage != wanted and not spoiled:
            reading.findings.missing(
                (*reading.path, "storage"),
                "a secondary's volume is a copy of its primary's, and starts with the same data",
                f'leave it out (the primary has "{format_size(wanted)}")',
            )
        return wanted
    if storage is None:
        return least
    if storage < least:
        wrong = f"{format_size(storage)} is less than an Aurora volume's first {format_size(least)}"
        reading.add("storage", wrong=wrong, right=f'write "{format_size(least)}" or more, or leave it out')
    elif release is not None and storage > release.max_volume_tib * TIB:
        wrong = f"{format_size(storage)} is more than a volume of {release.name} can hold"
        reading.add("storage", wrong=wrong, right=f'write "{release.max_volume_tib} TiB" or less')
    return storage


def _kms_key(reading: Reading, region: RegionSpec | None) -> str | None:
    """A secondary is encrypted if its primary is, with a key of its own Region."""
    table, primary, scope = reading.table, reading.primary, reading.scope
    if primary is None:
        return resolve_encryption(table, region, scope)
    head = reading.directory.primary_of[reading.id]
    if encryption_in_doubt(Scope(("aurora", head), reading.places, reading.findings)):
        return None
    encrypted = bool(primary.encrypted) or primary.kms_key is not None
    return resolve_copy_encryption(table, "a secondary", head, encrypted, region, scope)


def _check_backtrack(reading: Reading, engine: catalog.Engine | None) -> None:
    window = reading.table.backtrack
    most_h = catalog.limit("backtrack-window-hours").value
    if not window:
        return
    owner = reading.directory.global_of.get(reading.id)
    if engine is not None and not engine.backtrack:
        wrong = f"{engine.title} cannot backtrack"
        reading.add("backtrack", wrong=wrong, right="leave it out; only Aurora MySQL can")
    elif owner is not None:
        wrong = f"a cluster of a global database ({owner}) cannot backtrack"
        reading.add("backtrack", wrong=wrong, right=f"leave it out, or take the cluster out of {owner}")
    elif window > most_h * HOUR_S:
        wrong = f"a backtrack window of {window / HOUR_S:g} h is longer than the {most_h} h that AWS allows"
        reading.add("backtrack", wrong=wrong, right=f'write "{most_h}h" or less')
    elif window % 1:
        wrong = "a backtrack window has whole seconds"
        reading.add("backtrack", wrong=wrong, right=f'write "{format_duration(max(1, int(window)))}"')


def _instances(reading: Reading, engine: catalog.Engine | None, region: RegionSpec | None) -> tuple[InstanceSpec, ...]:
    _check_count(reading)
    tables = reading.table.instances
    specs = (_instance(reading, index, table, engine, region) for index, table in enumerate(tables))
    return tuple(spec for spec in specs if spec is not None)


def _check_count(reading: Reading) -> None:
    """A writer and at most 15 readers; in a secondary no writer and at most 16. Only a secondary may have none."""
    count = len(reading.table.instances)
    if reading.secondary:
        most, held = catalog.limit("readers-per-secondary").value, 0
        whose = f"a secondary cluster may have {most} readers"
    else:
        most, held = catalog.limit("aurora-replicas").value, 1
        whose = f"a cluster may have {most} readers beside its writer"
    if count > most + held:
        reading.add("instances", most + held, wrong=f"{whose}, and this is reader {most + 1}", right="leave it out")
    if count == 0 and not reading.secondary and not reading.instances_uncertain:
        reading.findings.missing(
            reading.path,
            "the cluster has no instance, so nothing can connect to it",
            f'add instances = [{{ id = "{reading.id[:60]}-1", zone = "a", class = "{EXAMPLE_CLASS}" }}]',
            at="key",
        )


def _instance(
    reading: Reading, index: int, table: InstanceTable, engine: catalog.Engine | None, region: RegionSpec | None
) -> InstanceSpec | None:
    ident, zone_text, class_name = known(table.id), known(table.zone), known(table.instance_class)
    check_class(class_name, engine, reading.scope, "instances", index, "class")
    tier = _tier(reading, index, table)
    if region is None or zone_text is None:
        return None
    zone = reading.places.zone(region, zone_text, (*reading.path, "instances", index, "zone"), reading.findings)
    if ident is None or zone is None or class_name is None:
        return None
    return InstanceSpec(id=ident, zone=zone, instance_class=class_name, tier=tier)


def _tier(reading: Reading, index: int, table: InstanceTable) -> int:
    if table.tier is None:
        return catalog.limit("promotion-tier-default").value
    limit = catalog.limit("promotion-tier")
    if not limit.allows(table.tier):
        wrong = f"the promotion tier {quoted(table.tier)} is out of range"
        right = f"write {limit.minimum} (promoted first) to {limit.value} (last)"
        reading.add("instances", index, "tier", wrong=wrong, right=right)
    return table.tier
