"""Where the figures of a tab or a screen come from: the simulation, the catalog, the fleet file, or other figures.

What is told of each figure, and which tab shows which, is data (`provenance.toml`). Here a thing's own rows are put in
its place: its class, its engine, its metrics.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, model_validator

from opsconsole import catalog
from opsconsole.catalog import Row
from opsconsole.cloud import Cloud, costs
from opsconsole.cloud.cost_line import COUNTED
from opsconsole.console.views.lines import Line, Span, line
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.scene import SIM
from opsconsole.console.views.things import kind_of
from opsconsole.console.views.traits import Traits, traits

FILE: Final = Path(__file__).with_name("provenance.toml")
MOST_IN_PLACE: Final = 10
"""A figure that rests on more rows of a kind than these leaves them to the page of their kind."""


class Figure(BaseModel):
    """What one figure, or several beside each other, come from; see the head of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shown: tuple[str, ...]
    simulated: str = ""
    derived: str = ""
    catalog: tuple[str, ...] = ()
    fleet: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Figure:
        if not (self.shown and (self.simulated or self.derived or self.catalog or self.fleet)):
            raise ValueError("a figure stands beside something, and comes from somewhere")
        return self


class Provenance(BaseModel):
    """The whole file: figures by name, and what names them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figures: Mapping[str, Figure]
    tabs: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By kind of thing and tab."""
    screens: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, tuple[str, ...]]
    """By kind of thing: names of rows."""


@cache
def provenance() -> Provenance:
    """The file, read once."""
    return Provenance.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


ROWS: Final[Mapping[str, Callable[[str], Row]]] = {
    "timings": catalog.timing,
    "assumptions": catalog.assumption,
    "limits": catalog.limit,
    "engines": catalog.engine,
    "classes": catalog.instance_class,
    "capacities": lambda name: catalog.capacity_rules()[name],
    "storage": catalog.storage_type,
    "cache-nodes": catalog.cache_node_type,
    "cache-policies": lambda name: catalog.cache_policies()[name],
    "regions": catalog.region,
    "metrics": lambda name: catalog.metric(*_namespace_and_name(name)),
}
"""How a row of each kind is found. Raises UnknownRow or KeyError for one that there is not."""
PAGES: Final = ("timings", "limits", "assumptions")
"""Kinds of rows that have a page of their own."""


def _namespace_and_name(metric: str) -> tuple[str, str]:
    namespace, _, name = metric.rpartition("/")
    return namespace, name


def rows_of(figure: Figure, own: Traits) -> Iterator[str]:
    """The rows that a figure of a thing rests on, as KIND/NAME; a row that stands for none of its own is left out."""
    for pattern in figure.catalog:
        yield from _filled(pattern, own)


def _filled(pattern: str, own: Traits) -> list[str]:
    """The pattern with what the thing has in place of `{…}`: once for each of several."""
    before, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    trait, _, after = rest.partition("}")
    return [f"{before}{value}{after}" for value in own.rows[trait]]


# -- pages -------------------------------------------------------------------------------------------------------------


def tab_origins(cloud: Cloud, id: str, tab: str) -> list[Line]:
    """Each figure that a tab of a thing shows, and where it comes from."""
    return _origins(cloud, id, provenance().tabs.get(kind_of(cloud, id), {}).get(tab, ()))


def screen_origins(cloud: Cloud, id: str, screen: str) -> list[Line]:
    """Each figure that a screen shows, of the selected thing where it is one of its."""
    return _origins(cloud, id, provenance().screens[screen])


def row_origins(cloud: Cloud, id: str, kind: str) -> list[Line]:
    """The catalog's rows of a kind (`timings`, `limits`, `assumptions`) that anything about a thing rests on."""
    lines = [part for ref in dict.fromkeys(_refs(cloud, id, kind)) for part in _row(cloud, ref)]
    return lines or [line(f"no {kind} apply to {id}")]


def price_origins(cloud: Cloud, id: str) -> list[Line]:
    """The prices of what a thing is billed for now, each with when it was noted."""
    try:
        billed = costs.lines(cloud, id)
    except KeyError:
        billed = ()
    prices = {one.price.name: one.price for one in billed}
    lines: list[Line] = []
    for name, price in prices.items():
        per = price.unit.removeprefix("USD/")
        value = f"{price.usd:g} USD for {per} ({COUNTED[price.unit]}), noted {price.date}"
        lines += [*_told(name, value, price.confidence), _under(price.meaning), _under(price.source)]
    return lines or [line(f"nothing of {id} is billed now")]


def _refs(cloud: Cloud, id: str, kind: str) -> Iterator[str]:
    told, own, what = provenance(), traits(cloud, id), kind_of(cloud, id)
    if kind == "limits":
        yield from (f"limits/{name}" for name in told.limits.get(what, ()))
    for names in told.tabs.get(what, {}).values():
        for name in names:
            yield from (ref for ref in rows_of(told.figures[name], own) if ref.startswith(f"{kind}/"))


def _origins(cloud: Cloud, id: str, names: Iterable[str]) -> list[Line]:
    figures, own = provenance().figures, traits(cloud, id)
    lines: list[Line] = []
    for name in names:
        figure = figures[name]
        lines.append(line((", ".join(figure.shown), "title")))
        if figure.simulated:
            lines.append(line(("  simulated  ", "dim"), figure.simulated))
        if figure.derived:
            lines.append(line(("  derived    ", "dim"), figure.derived))
        lines += _catalogued(cloud, list(rows_of(figure, own)))
        keys = [key.format_map(own.keys) for key in figure.fleet]
        if keys:
            lines.append(line(("  fleet file ", "dim"), own.written(keys)))
        lines.append(line(""))
    return lines[:-1]


def _catalogued(cloud: Cloud, refs: Sequence[str]) -> list[Line]:
    many = [kind for kind in PAGES if sum(ref.startswith(f"{kind}/") for ref in refs) > MOST_IN_PLACE]
    lines = [line(("  catalog    ", "dim"), f"the page `{kind}` has the rows with their sources") for kind in many]
    return lines + [part for ref in refs if ref.partition("/")[0] not in many for part in _row(cloud, ref)]


def _row(cloud: Cloud, ref: str) -> list[Line]:
    """A row: its name, what it says, how sure that is; below it its source."""
    kind, _, name = ref.partition("/")
    row = ROWS[kind](name)
    mine = cloud.fleet.timings.get(name) if kind == "timings" else None
    if mine is not None:
        value = _spread(mine.typical_s, mine.min_s, mine.max_s)
        return [*_told(ref, value, "this fleet"), _under("[timings] of the fleet file, in place of the catalog's row")]
    return [*_told(ref, row_text(row), row.confidence), _under(row.source)]


def _told(name: str, value: str, confidence: str) -> list[Line]:
    sure: Span = (f"  {confidence}", "warn" if confidence == SIM else "dim")
    return [line(("  catalog    ", "dim"), (name, "accent"), "  ", (value, "number"), sure)]


def _under(text: str) -> Line:
    return line(("             ", ""), (text, "dim"))


def row_text(row: Row) -> str:
    """What a row says, in a line."""
    match row:
        case catalog.Timing():
            return f"{row.title}: {_spread(row.typical_s, row.min_s, row.max_s)}"
        case catalog.Assumption():
            return f"{row.value:g} {row.unit}: {row.meaning}"
        case catalog.Limit():
            return f"{row.value:,} {row.unit}: {row.sentence}"
        case catalog.Metric():
            return f"{row.unit}, {row.statistic} of {row.period_s} s: {row.meaning}"
        case catalog.InstanceClass():
            return f"{row.vcpu} vCPU, {row.memory_gib} GiB, {row.processor}"
        case catalog.CapacityRule():
            reads, writes = row.rds_reads_per_s_per_vcpu * row.times_rds, row.rds_writes_per_s_per_vcpu * row.times_rds
            return f"{reads:,} reads/s or {writes:,} writes/s for each vCPU"
        case catalog.CacheNodeType():
            return f"{row.vcpu} vCPU, {row.memory_gib:g} GiB, {row.processor}"
        case catalog.StorageType() | catalog.CachePolicy():
            return row.meaning
        case catalog.Engine():
            return f"{row.title}, port {row.port}"
        case catalog.RegionRow():
            return f"{row.title}: {', '.join(zone.az_id for zone in row.zones)}"
    raise TypeError(f"nothing is told of a row of the kind {type(row).__name__}")


def _spread(typical_s: float, min_s: float, max_s: float) -> str:
    typical, low, high = (latency(round(value * 1_000_000)) for value in (typical_s, min_s, max_s))
    return f"typically {typical}, from {low} to {high}"
