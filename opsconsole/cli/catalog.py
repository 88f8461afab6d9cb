"""Look things up: commands with their fields, AWS's events, metrics, timings and limits, with source and confidence.

Without a KIND, the kinds; with one, its rows; with a NAME too, all that is known about it. `modifications` takes a
service for a name too: rds, multi-az-cluster, aurora, redis or memcached. `subjects FLEET` lists what the checks of a
drill can be about in that fleet.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from opsconsole.cli.terminal import EXIT_DONE, UsageError, say, say_list, table

if TYPE_CHECKING:
    from opsconsole.catalog import Row
    from opsconsole.commands import Command
    from opsconsole.drills.values import Unit

TARGET_EXAMPLES: Final = {
    "zone": "us-east-1a",
    "region": "us-east-1",
    "link": "us-east-1a/us-east-1b or us-east-1/eu-west-1",
    "fault or thing": "f1, us-east-1a or all",
}
COMMANDS = "commands"
LOG = "log"
SUBJECTS = "subjects"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which kind, which row."""
    parser.add_argument("kind", nargs="?", metavar="KIND", help="commands, timings, limits, events, metrics, facts, …")
    parser.add_argument("name", nargs="?", metavar="NAME", help="one row")


def execute(args: argparse.Namespace) -> int:
    """Print what was asked for."""
    kinds = _kinds()
    if args.kind is None:
        known = [(COMMANDS, "what an operator may ask, and what may go wrong")]
        known.append((SUBJECTS, "what a drill's checks can be about, in a FLEET: `catalog subjects global_aurora`"))
        known.append((LOG, "kinds of rows in the event log, beside AWS's events"))
        say(table([*known, *((kind, text) for kind, (text, _) in kinds.items())]))
    elif args.kind == COMMANDS:
        _commands(args.name)
    elif args.kind == SUBJECTS:
        _subjects(args.name)
    elif args.kind == LOG:
        _log_rows()
    elif args.kind in kinds:
        _rows(args.kind, kinds[args.kind][1](), args.name)
    else:
        raise UsageError(
            f'the catalog has no kind "{args.kind}"; {_near(args.kind, [COMMANDS, SUBJECTS, LOG, *kinds])}'
        )
    return EXIT_DONE


def _kinds() -> dict[str, tuple[str, Callable[[], Mapping[str, Row]]]]:
    from opsconsole import catalog

    return {
        "timings": ("how long AWS's operations take", catalog.timings),
        "assumptions": ("numbers of the model that AWS does not publish", catalog.assumptions),
        "limits": ("AWS's quotas and bounds", catalog.limits),
        "engines": ("engines and their versions", catalog.engines),
        "classes": ("DB instance classes", catalog.instance_classes),
        "capacities": ("what a vCPU does for an engine, and how many connections fit", catalog.capacity_rules),
        "storage": ("storage types of RDS", catalog.storage_types),
        "cache-nodes": ("cache node types of ElastiCache", catalog.cache_node_types),
        "prices": ("what is billed beside classes, nodes and storage; never take them for an offer", catalog.prices),
        "cache-policies": ("what a full Redis or Valkey node removes", catalog.cache_policies),
        "modifications": ("changes a customer may ask for, and what they cost", catalog.modifications),
        "events": ("events of RDS and ElastiCache", catalog.events),
        "metrics": (
            "CloudWatch metrics",
            lambda: {f"{row.namespace}/{row.name}": row for row in catalog.metrics().values()},
        ),
        "statuses": (
            "statuses of AWS resources",
            lambda: {
                f"{kind}/{name}": row for kind, rows in catalog.all_statuses().items() for name, row in rows.items()
            },
        ),
        "errors": ("AWS's refusals, and what clients are told", catalog.errors),
        "regions": ("Regions and their zones", catalog.regions),
        "facts": ("the course's claims that the simulator shows", catalog.facts),
    }


def _rows(kind: str, rows: Mapping[str, Row], name: str | None) -> None:
    from opsconsole.cli.catalog_rows import listing, whole

    named = {key: row for key, row in rows.items() if name in (key, key.rpartition("/")[2])}
    found = rows if name is None else named or _of_service(rows, name)
    if not found:
        raise UsageError(f'{kind} has no "{name}"; {_near(name or "", rows)}')
    if named:
        say("\n\n".join(whole(row) for row in named.values()))
    else:
        say_list(listing(kind, found))


def _of_service(rows: Mapping[str, Row], service: str) -> dict[str, Row]:
    """The rows that are of a service (`rds`, `aurora`, `redis`, …), where rows of this kind say which they are of."""
    return {key: row for key, row in rows.items() if service in getattr(row, "services", ())}


def _subjects(fleet: str | None) -> None:
    """What can be asked of each kind of thing; with a fleet, every subject of it. Each with its unit and an example."""
    from opsconsole.cloud import Cloud
    from opsconsole.drills.subjects import kinds, listing
    from opsconsole.fleet import load_fleet

    found = kinds() if fleet is None else listing(Cloud(load_fleet(fleet).fleet))
    say_list(table([(text, _like(unit), says) for text, unit, says in found]))
    if fleet is None:
        say("\n`opsconsole catalog subjects global_aurora` lists those of a fleet, CloudWatch metrics and events too")


def _like(unit: Unit) -> str:
    return f"{unit} like {unit.example}" if unit.example else str(unit)


def _log_rows() -> None:
    """Every row has t (µs), stream and source; `aws` rows add id, source_type, category and message."""
    from opsconsole.cloud.events import KINDS, SCHEMA_VERSION

    say(f"event log, schema {SCHEMA_VERSION}: JSON lines with t (µs since the run began), stream (aws or sim), source")
    say("aws rows: id, source_type, category, message, as DescribeEvents has them; sim rows: kind, and\n")
    say(table([(kind, ", ".join(fields), meaning) for kind, (meaning, fields) in KINDS.items()]))


def _commands(name: str | None) -> None:
    from opsconsole.commands import registry

    commands = registry()
    if name is None:
        say_list(table([(key, kind.kind, str(kind.danger), _summary(kind)) for key, kind in commands.items()]))
        return
    if name not in commands:
        raise UsageError(f'there is no command "{name}"; {_near(name, commands)}')
    command = commands[name]
    say(f"{name}  ({command.kind}, {command.danger})\n\n{inspect.getdoc(command) or ''}\n")
    example = TARGET_EXAMPLES.get(command.takes)
    target = (str(command.takes), f"for example {example}" if example else "")
    say(table([("target", *target), *_fields(command)], "  "))


def _fields(command: type[Command]) -> list[tuple[str, str, str]]:
    """Each field as a line spells it: its name, what it takes, what it means."""
    schema = command.model_json_schema(by_alias=True)
    needed = schema.get("required", [])
    rows = []
    for field, info in schema["properties"].items():
        if field != "target":
            text = _takes(info) if field in needed else f"{_takes(info)}, optional"
            rows.append((f"{field}=", text, info.get("description", "")))
    return rows


def _takes(info: Mapping[str, Any]) -> str:
    """What a field of a JSON schema takes, in words: `duration like 30m`, `both | to | from`, `1 to 6`."""
    kind = next((one for one in info.get("anyOf", [info]) if one.get("type") != "null"), info)
    if "enum" in kind:
        return " | ".join(kind["enum"])
    if "examples" in kind:
        return f"{kind['format']} like {kind['examples'][0]}"
    if "minimum" in kind and "maximum" in kind:
        return f"{kind['minimum']} to {kind['maximum']}"
    return {"boolean": "true | false", "integer": "number", "string": "text"}.get(kind.get("type", ""), "text")


def _summary(command: type[Command]) -> str:
    return (inspect.getdoc(command) or "").partition("\n")[0]


def _near(word: str, known: Iterable[str]) -> str:
    from opsconsole.fleet import nearest

    near = nearest(word, known)
    return f"did you mean {near}?" if near else f"there are {', '.join(known)}"
