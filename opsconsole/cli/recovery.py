"""Which ways back each database has at a moment, and what each would cost: lost writes, time, another name.

Without --to: if it were lost now. With --to: to have it as it was at that moment. Times are typical ones; those that
AWS does not publish are ours (see `opsconsole catalog timings`). USD/MONTH is what it costs to keep that way open.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from opsconsole.cli.script import add_fleet, add_moment, add_script, clock, session_at
from opsconsole.cli.terminal import EXIT_DONE, UsageError, headed, say

if TYPE_CHECKING:
    from opsconsole.cloud import Cloud
    from opsconsole.cloud.copies import Copy
    from opsconsole.cloud.recovery import Way

WAYS = (
    "DATABASE",
    "WAY",
    "WHAT HAPPENS",
    ">AGE",
    ">WRITES LOST",
    ">WRONG ROWS",
    ">READY IN",
    "NAME",
    ">USD/MONTH",
    "COMMAND",
)
COPIES = ("COPY", "KIND", ">UP TO", ">ROWS", ">WRONG", "MISSING TABLES", "MARKS")


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole recovery`."""
    add_fleet(parser)
    parser.add_argument(
        "id", nargs="?", metavar="ID", help="a database's id: its copies, too (default: every database)"
    )
    parser.add_argument("--to", metavar="MOMENT", help="a mark, T+10m, or 2026-01-05T09:10:00Z: as it was then")
    add_moment(parser)
    add_script(parser)


def execute(args: argparse.Namespace) -> int:
    """Run to the moment and print the ways back."""
    from opsconsole.cloud import Refused, copies, databases, recovery
    from opsconsole.commands.moments import moment

    session = session_at(args)
    cloud = session.cloud
    known = databases.ids(cloud)
    if args.id is not None and args.id not in known:
        raise UsageError(_unknown(args.id, known))
    try:
        to_us = None if args.to is None else moment(cloud, args.to)
    except Refused as refused:
        raise UsageError(refused.sentence) from None
    rows = [
        _way(cloud, id, way)
        for id in ([args.id] if args.id else known)
        for way in (recovery.ways(cloud, id) if to_us is None else recovery.ways_to(cloud, id, to_us))
    ]
    what = "if it were lost now" if to_us is None else f"to have it as it was at {args.to}"
    say(f"SIMULATED  {cloud.fleet.name}  seed {cloud.seed}  at {clock(cloud.now_us)}  {what}\n")
    say(headed(WAYS, rows) if rows else "no way back")
    if args.id is not None:
        say("\n" + headed(COPIES, [_copy(cloud, copy) for copy in copies.copies(cloud, args.id)]))
    return EXIT_DONE


def _writes(nano: int) -> str:
    return f"{nano // 1_000_000_000:,}"


def _way(cloud: Cloud, id: str, way: Way) -> tuple[str, ...]:
    from opsconsole.cloud.cost_line import dollars, hours_per_month
    from opsconsole.cloud.recovery_costs import usd_per_hour
    from opsconsole.fleet import format_duration

    return (
        id,
        way.kind.value,
        way.title,
        format_duration(way.age_us // 1000 / 1000) if way.age_us else "0s",
        _writes(way.given_up),
        _writes(way.wrong_left) + "".join(f" and no {damage.table}" for damage in way.damage),
        format_duration(round(way.seconds)),
        "another" if way.renames else "the same",
        dollars(usd_per_hour(cloud, id, way) * hours_per_month(), 2),
        way.command or "by itself",
    )


def _copy(cloud: Cloud, copy: Copy) -> tuple[str, ...]:
    content = copy.content
    rows = sum(content.acknowledged(app) + content.unknown(app) for app in content.apps())
    missing = ", ".join(damage.table for damage in content.damage)
    marks = ", ".join(copy.marks(cloud))
    return (copy.id, copy.kind, clock(content.until_us), _writes(rows), _writes(content.wrong_rows), missing, marks)


def _unknown(id: str, known: list[str]) -> str:
    from opsconsole.fleet import nearest

    near = nearest(id, known)
    hint = f"did you mean {near}?" if near else f"it has {', '.join(known) or 'none'}"
    return f'the fleet has no database with the id "{id}"; {hint}'
