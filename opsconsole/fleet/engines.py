"""Engines and their versions, as the catalog knows them: one reading for all services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opsconsole import catalog

from .reading import Scope
from .text import nearest, one_of, quoted

_HEADINGS: Final[Mapping[str, str]] = {"aurora": "aurora", "rds": "rds", "elasticache": "elasticache"}
_TITLES: Final[Mapping[str, str]] = {"aurora": "an Aurora", "rds": "an RDS", "elasticache": "an ElastiCache"}


def find_engine(name: str | None, family: str, scope: Scope) -> catalog.Engine | None:
    """The engine of a family that a name or one of its short forms means; None if there is none, which is reported."""
    if name is None:
        return None
    rows = {other: row for other, row in catalog.engines().items() if row.family == family}
    short = {alias: row for row in rows.values() for alias in row.aliases}
    found = rows.get(name) or short.get(name)
    if found is None:
        scope.add("engine", wrong=f"{quoted(name)} is not {_TITLES[family]} engine", right=_instead(name, family, rows))
    return found


def _instead(name: str, family: str, rows: Mapping[str, catalog.Engine]) -> str:
    if family == "aurora":
        near = {"mysql": "aurora-mysql", "aurora": "aurora-mysql"}.get(name)
        near = near or ("aurora-postgresql" if "postgres" in name else nearest(name, rows))
        return f"write {quoted(near)}" if near else f"write {one_of(rows)}"
    other = catalog.engines().get(name)
    if other is not None:
        return f"it belongs under [{_HEADINGS[other.family]}.…]"
    near = nearest(name, rows)
    return f"did you mean {quoted(near)}?" if near else f"write {one_of(rows)}"


def find_release(engine: catalog.Engine | None, name: str | None, scope: Scope) -> catalog.EngineVersion | None:
    """The version asked for, or the engine's current one; None if it is not known, which is reported."""
    if engine is None:
        return None
    if name is None:
        name = engine.default_version
    if name in engine.versions:
        return engine.release(name)
    tails = [version for version in engine.versions if version.endswith(f".{name}") or version.startswith(f"{name}.")]
    major = [version for version in engine.versions if version.split(".")[0] == name.split(".")[0]]
    near = tails[-1] if tails else nearest(name, major) or nearest(name, engine.versions)
    right = f"did you mean {quoted(near)}?" if near else f"write {one_of(engine.versions[-4:])}"
    scope.add("engine_version", wrong=f"{engine.title} has no version {quoted(name)} here", right=right)
    return None
