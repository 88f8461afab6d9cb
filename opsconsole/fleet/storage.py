"""Storage of RDS DB instances: AWS's bounds of size, IOPS and throughput by storage type and engine.

The arithmetic is the catalog's. What comes out is what is in force, so a gp3 volume without IOPS in the file has its
baseline of them.
"""

from __future__ import annotations

from typing import Final

from opsconsole import catalog

from .form_rds import StorageKeys
from .reading import Scope
from .spec import StorageSpec
from .text import meant, quoted
from .units import GIB, format_size

DEFAULT_TYPE: Final = "gp3"


def resolve_storage(
    table: StorageKeys,
    engine: catalog.Engine | None,
    size: int | None,
    scope: Scope,
    *,
    max_storage: int | None = None,
    data: int | None = None,
    cluster: bool = False,
) -> StorageSpec | None:
    """The volume that a table describes; None if anything about it is wrong. `size` is its allocated bytes."""
    if engine is None or size is None or engine.family != "rds":
        return None
    kind = _kind(table.storage_type, engine, scope, cluster)
    if (
        kind is None
        or not _check_size(kind, engine, size, scope)
        or not _check_provisioned(table, kind, engine, size, scope)
    ):
        return None
    gib = size // GIB
    if max_storage is not None:
        _check_autoscaling(kind, engine, size, max_storage, scope)
    if data is not None and data > size:
        wrong = f"{format_size(data)} of data do not fit into {format_size(size)} of storage"
        scope.add("data", wrong=wrong, right=f'write "{format_size(size)}" or less')
    return StorageSpec(
        type=kind.name,
        allocated_bytes=size,
        iops=kind.baseline_iops(gib, engine.name, table.iops or 0),
        throughput_mibps=kind.throughput_mibps(gib, engine.name, table.iops or 0, table.throughput or 0),
        max_allocated_bytes=max_storage or 0,
        data_bytes=round(size * catalog.assumption("rds-data-share").value) if data is None else data,
    )


def _kind(name: str | None, engine: catalog.Engine, scope: Scope, cluster: bool) -> catalog.StorageType | None:
    kinds = catalog.storage_types()
    row = kinds.get(DEFAULT_TYPE if name is None else name)
    possible = [other.name for other in kinds.values() if other.multi_az_cluster or not cluster]
    if row is None:
        right = 'write "standard"' if name == "magnetic" else meant(name or "", possible)
        scope.add("storage_type", wrong=f"{quoted(name)} is not a storage type of RDS", right=right)
        return None
    if cluster and not row.multi_az_cluster:
        wrong = f"a Multi-AZ DB cluster cannot have {row.name} storage"
        scope.add("storage_type", wrong=wrong, right=meant("", possible))
        return None
    return row


def _check_size(kind: catalog.StorageType, engine: catalog.Engine, size: int, scope: Scope) -> bool:
    bounds = kind.bounds_for(engine.name)
    if size % GIB:
        wrong = f"{format_size(size)} is not a whole number of GiB"
        scope.add("storage", wrong=wrong, right=f'write "{max(1, round(size / GIB))} GiB"')
        return False
    if not bounds.min_gib <= size // GIB <= bounds.max_gib:
        least, most = format_size(bounds.min_gib * GIB), format_size(bounds.max_gib * GIB)
        wrong = f"{format_size(size)} is outside what {kind.name} storage of {engine.title} has, {least} to {most}"
        scope.add("storage", wrong=wrong, right=f'write "{least}" to "{most}"')
        return False
    return True


def _check_provisioned(
    table: StorageKeys, kind: catalog.StorageType, engine: catalog.Engine, size: int, scope: Scope
) -> bool:
    gib, iops, throughput = size // GIB, table.iops, table.throughput
    allowed = kind.iops_range(gib, engine.name)
    if iops is None and kind.provisioned:
        right = f"add iops = {allowed[0]}" if allowed else f"choose {DEFAULT_TYPE}, or more storage"
        scope.missing("storage_type", wrong=f"{kind.name} storage needs provisioned IOPS", right=right)
        return False
    if iops is not None and (iops <= 0 or kind.refusal(gib, engine.name, iops)):
        right = f"write {allowed[0]} to {allowed[1]}" if allowed else _without_provisioning(kind, engine)
        scope.add("iops", wrong=kind.refusal(gib, engine.name, iops) or f"{iops} IOPS are not possible", right=right)
        return False
    wrong = "" if throughput is None else kind.refusal(gib, engine.name, iops or 0, throughput)
    if throughput == 0:
        wrong = "a throughput of 0 MiB/s is not possible"
    if wrong:
        scope.add("throughput", wrong=wrong, right=_throughput_range(kind, engine, gib, iops or 0))
    return not wrong


def _throughput_range(kind: catalog.StorageType, engine: catalog.Engine, gib: int, iops: int) -> str:
    if not kind.provisionable or not kind.may_provision(gib, engine.name):
        return _without_provisioning(kind, engine)
    least = kind.throughput_mibps(gib, engine.name)
    allowed = int(kind.baseline_iops(gib, engine.name, iops) * kind.throughput_per_iops_mibps)
    most = min(allowed, kind.bounds_for(engine.name).max_throughput_mibps)
    return f'write "{least} MiB/s" to "{most} MiB/s"'


def _without_provisioning(kind: catalog.StorageType, engine: catalog.Engine) -> str:
    from_gib = kind.bounds_for(engine.name).provision_from_gib
    return f"leave it out, or take {from_gib} GiB or more" if from_gib else "leave it out"


def _check_autoscaling(kind: catalog.StorageType, engine: catalog.Engine, size: int, most: int, scope: Scope) -> None:
    least_percent = catalog.limit("storage-autoscaling-headroom-percent").value
    least = -(-size * (100 + least_percent) // 100 // GIB) * GIB
    bound = kind.bounds_for(engine.name).max_gib * GIB
    if not kind.autoscaling:
        scope.add_key("max_storage", wrong=f"{kind.name} storage does not scale by itself", right="leave it out")
    elif most < least:
        wrong = f"{format_size(most)} is less than {least_percent} % above the storage of {format_size(size)}"
        scope.add("max_storage", wrong=wrong, right=f'write "{format_size(least)}" or more, or leave it out')
    elif most > bound or most % GIB:
        wrong = f"storage autoscaling cannot reach {format_size(most)}"
        scope.add("max_storage", wrong=wrong, right=f'write whole GiB, up to "{format_size(bound)}"')
