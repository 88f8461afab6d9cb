"""How rows of the catalog look in a terminal: a line of a list under its headings, or whole, with what they lead to.

A whole row tells only what it says itself: fields that keep their default do not belong to that kind of thing. Where it
came from and how sure it is stand last.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Final

from opsconsole import catalog
from opsconsole.cli.terminal import headed, table

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "modifications": ("OUTAGE", "APPLIED", "WHAT"),
    "storage": (">GIB", ">IOPS", ">MIB/S", ">LATENCY", "WHAT"),
    "cache-nodes": (">VCPU", ">GIB", ">REDIS OPS/S", ">MEMCACHED OPS/S", ">USD/H", "PROCESSOR"),
    "prices": (">USD", "FOR", "DATE", "WHAT"),
    "cache-policies": ("AMONG", "ORDER", "", "WHAT GOES WHEN A NODE IS FULL"),
    "classes": (">VCPU", ">GIB", ">CREDITS/H", ">EBS MBPS", "PROCESSOR"),
    "capacities": (">READS/S A VCPU", ">WRITES/S A VCPU"),
    "facts": ("SCENE", "CLAIM"),
    "engines": (">PORT", ">REPLICAS", "WHAT", "DEFAULT VERSION"),
}
"""Names of the columns after a row's name and confidence, for the kinds of row that have several; `>`: to the right."""

EXAMPLE_GIB: Final = (20, 100, 200, 334, 400, 1000, 1336, 4000, 16_384, 65_536)
_GISTS: Final = ("claim", "message", "sentence", "meaning", "title")
_LAST: Final = ("source", "confidence")


def listing(kind: str, rows: Mapping[str, catalog.Row]) -> str:
    """Rows of one kind, a line each: name, confidence, and what to know of it."""
    lines = [(key, f"[{row.confidence}]", *columns(row)) for key, row in rows.items()]
    return headed(("NAME", "", *HEADINGS[kind]), lines) if kind in HEADINGS else table(lines)


def columns(row: catalog.Row) -> tuple[str, ...]:
    """What to know of a row in a list: one cell for each heading of its kind, or one sentence."""
    match row:
        case catalog.Timing():
            return (f"typically {row.typical_s:g} s ({row.min_s:g} to {row.max_s:g})  {row.title}",)
        case catalog.Assumption():
            return (f"{row.value:g} {row.unit}  {row.meaning}",)
        case catalog.Limit():
            return (f"{row.value:g} {row.unit}  {row.sentence}",)
        case catalog.Modification():
            return (row.outage, row.applies, row.title)
        case catalog.StorageType():
            widest = max(row.bounds, key=lambda bounds: bounds.max_iops)
            iops, mibps = f"to {widest.max_iops:,}", f"to {widest.max_throughput_mibps:,}"
            return (f"{widest.min_gib:,}-{widest.max_gib:,}", iops, mibps, f"{row.latency_ms:g} ms", row.meaning)
        case catalog.CacheNodeType():
            does = [f"{row.capacity(catalog.engine(name)):,}" for name in ("redis", "memcached")]
            return (f"{row.vcpu}", f"{row.memory_gib:.2f}", *does, f"{row.usd_per_h:.3f}", row.processor)
        case catalog.Price():
            return (f"{row.usd:g}", row.unit.removeprefix("USD/"), row.date, row.meaning)
        case catalog.CachePolicy():
            return (row.among, row.order, "default" if row.default else "", row.meaning)
        case catalog.InstanceClass():
            earns = str(row.credits.credits_per_hour) if row.credits else ""
            return (str(row.vcpu), str(row.memory_gib), earns, f"{row.ebs_mbps:,}", row.processor)
        case catalog.CapacityRule():
            reads, writes = row.rds_reads_per_s_per_vcpu, row.rds_writes_per_s_per_vcpu
            return (f"{reads * row.times_rds:,}", f"{writes * row.times_rds:,}")
        case catalog.Fact():
            return ("scene" if _scenes(row) else "", row.claim)
        case catalog.Engine():
            return (str(row.port), str(row.read_replicas or ""), row.title, row.default_version)
    return (next((text for name in _GISTS if (text := getattr(row, name, ""))), ""),)


def whole(row: catalog.Row) -> str:
    """Everything a row says, wrapped to the screen where there is one, and the tables that follow from it."""
    said = [(field, _text(value)) for field, value in row if field in row.model_fields_set and field not in _LAST]
    said += _sequel(row)
    said += [(field, _text(getattr(row, field))) for field in _LAST]
    blocks = [_wrapped([(field, text) for field, text in said if text])]
    match row:
        case catalog.StorageType():
            blocks += [_sizes(row, bounds) for bounds in row.bounds]
        case catalog.InstanceClass() if row.engines:
            blocks.append(_capacities(row))
    return "\n\n".join(blocks)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(text for item in value if (text := _text(item)))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, catalog.StorageBounds):
        return ""
    if isinstance(value, catalog.CpuCredits):
        return (
            f"{value.credits_per_hour} an hour, {value.max_credits} at most; baseline {value.baseline_percent} % a vCPU"
        )
    if isinstance(value, catalog.Alarm):
        base = f" % of {value.threshold_of}" if value.threshold_of else ""
        condition = f"{value.statistic} {value.comparison} {value.threshold:g}{base}"
        return f"{condition}, {value.periods} of {value.of} datapoints  [{value.confidence}]"
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else "" if value is None else str(value)


def _scenes(fact: catalog.Fact) -> list[str]:
    from opsconsole.drills.scenes import scenes

    return [path.stem for path in scenes().get(fact.id, ())]


def _sequel(row: catalog.Row) -> list[tuple[str, str]]:
    """The texts of the rows that a row only names."""
    if isinstance(row, catalog.Fact):
        return [("scene", name) for name in _scenes(row)]
    if not isinstance(row, catalog.Modification):
        return []
    told = [(event, catalog.event(event).message) for event in row.events]
    if row.timing:
        told.append((row.timing, columns(catalog.timing(row.timing))[0]))
    return told


def _wrapped(fields: list[tuple[str, str]]) -> str:
    """Names and texts in two columns; a text goes on under itself on a screen, and on its line in a file."""
    if not sys.stdout.isatty():
        return table(fields)
    margin = max(len(name) for name, _ in fields) + 2
    width = max(shutil.get_terminal_size().columns - margin, 20)
    lines = []
    for name, text in fields:
        first, *more = textwrap.wrap(text, width, break_on_hyphens=False)
        lines += [f"{name:<{margin}}{first}", *(" " * margin + line for line in more)]
    return "\n".join(lines)


def _sizes(row: catalog.StorageType, bounds: catalog.StorageBounds) -> str:
    """What volumes of some sizes give a group of engines, and what may be provisioned of them."""
    engine = bounds.engines[0]
    headings = (">GIB", ">VOLUMES", ">IOPS", ">BURST", ">MIB/S", ">BURST FOR", ">PROVISION IOPS")
    rows = []
    for gib in EXAMPLE_GIB:
        if not bounds.min_gib <= gib <= bounds.max_gib:
            continue
        lasts, allowed = row.burst_s(gib, engine), row.iops_range(gib, engine)
        asked = allowed[0] if row.provisioned and allowed else 0
        volumes, mibps = row.volumes(gib, engine), row.throughput_mibps(gib, engine, asked)
        rows.append(
            (
                f"{gib:,}",
                str(volumes),
                f"{row.baseline_iops(gib, engine, asked):,}",
                f"{row.burst_iops(gib, engine, asked):,}" if lasts else "",
                f"{mibps:,}",
                f"{lasts:,.0f} s" if lasts else "",
                f"{allowed[0]:,} to {allowed[1]:,}" if allowed else "",
            )
        )
    return f"{', '.join(bounds.engines)}\n{headed(headings, rows, '  ')}"


def _capacities(row: catalog.InstanceClass) -> str:
    """What the class does for each engine that offers it, warm; numbers of ours but for the connections."""
    can = [catalog.capacity(name, row.name) for name in row.engines]
    lines = [(one.engine, f"{one.reads_per_s:,}", f"{one.writes_per_s:,}", f"{one.max_connections:,}") for one in can]
    return headed(("ENGINE", ">READS/S", ">WRITES/S", ">MAX_CONNECTIONS"), lines)
