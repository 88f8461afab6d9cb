"""Custom endpoints of an Aurora cluster: some of its instances under one name."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole import catalog

from .form_aurora import EndpointTable
from .reading import Reading
from .sift import known
from .spec import CustomEndpointSpec
from .text import meant, quoted


def resolve_endpoints(reading: Reading) -> tuple[CustomEndpointSpec, ...]:
    """The custom endpoints of one cluster."""
    tables = reading.table.endpoints
    most = catalog.limit("custom-endpoints").value
    if len(tables) > most:
        wrong = f"a cluster may have {most} custom endpoints, and this is number {most + 1}"
        reading.add("endpoints", most, wrong=wrong, right="leave it out")
    own = [ident for ident in (known(instance.id) for instance in reading.table.instances) if ident is not None]
    return tuple(_endpoint(reading, index, table, own) for index, table in enumerate(tables))


def _endpoint(reading: Reading, index: int, table: EndpointTable, own: Sequence[str]) -> CustomEndpointSpec:
    if table.members is not None and table.excluded is not None:
        path = (*reading.path, "endpoints", index, "excluded")
        wrong = "a custom endpoint has members or excluded, not both"
        reading.findings.add(path, wrong, "keep one of the two lists", at="key")
    if table.members is not None and not table.members:
        right = "name an instance, or leave the key out for all of them"
        reading.add("endpoints", index, "members", wrong="the endpoint has no member", right=right)
    _check_list(reading, index, "members", table.members or [], own)
    _check_list(reading, index, "excluded", table.excluded or [], own)
    return CustomEndpointSpec(
        id=table.id, type=table.type, members=tuple(table.members or ()), excluded=tuple(table.excluded or ())
    )


def _check_list(reading: Reading, index: int, key: str, names: Sequence[str], own: Sequence[str]) -> None:
    existing, seen = set(own), set[str]()
    for position, name in enumerate(names):
        where = ("endpoints", index, key, position)
        if name in seen:
            reading.add(*where, wrong=f"{quoted(name)} is listed twice", right="leave one of them out")
        elif name not in existing:
            wrong = f"{quoted(name)} is not an instance of {reading.id}"
            reading.findings.missing((*reading.path, *where), wrong, meant(name, own))
        seen.add(name)
