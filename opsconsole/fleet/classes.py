"""DB instance classes and cache node types: does the engine offer what the file asks for?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from opsconsole import catalog

from .reading import Scope
from .text import meant, quoted

Size: TypeAlias = catalog.InstanceClass | catalog.CacheNodeType


def check_class(name: str | None, engine: catalog.Engine | None, scope: Scope, *where: str | int) -> None:
    """Report a DB instance class that the engine does not offer; `where` is its key."""
    example = "db.r6g.large" if engine is not None and engine.family == "aurora" else "db.m5.large"
    _check(name, engine, catalog.instance_classes(), "an instance class", example, scope, where)


def check_node_type(name: str, engine: catalog.Engine | None, scope: Scope) -> None:
    """Report a cache node type that the engine does not offer."""
    _check(name, engine, catalog.cache_node_types(), "a cache node type", "cache.r6g.large", scope, ("node_type",))


def _check(
    name: str | None,
    engine: catalog.Engine | None,
    rows: Mapping[str, Size],
    kind: str,
    example: str,
    scope: Scope,
    where: tuple[str | int, ...],
) -> None:
    if name is None:
        return
    row = rows.get(name)
    if row is not None and (engine is None or engine.name in row.engines):
        return
    offered = [other for other in rows.values() if engine is None or engine.name in other.engines]
    if row is None:
        twin = _twin(name)
        right = (
            f'did you mean "{twin}"?'
            if twin in rows
            else meant(name, [other.name for other in offered], f"write one like {quoted(example)}")
        )
        scope.add(*where, wrong=f"{quoted(name)} is not {kind} known here", right=right)
        return
    assert engine is not None
    family = sorted((other for other in offered if other.family == row.family), key=lambda other: other.size_rank)
    right = f"write {quoted(family[0].name)}, the smallest of its family there" if family else "choose another family"
    scope.add(*where, wrong=f"{engine.title} does not offer {name}", right=right)


def _twin(name: str) -> str:
    """The same size of the other service: `cache.r6g.large` for `db.r6g.large`."""
    service, _, size = name.partition(".")
    return f"{'cache' if service == 'db' else 'db'}.{size}"
