"""What a fleet, or one thing in it, costs in an hour and in a month, line by line, at any virtual time.

The rates are those of the instant: what runs, what is stored and what passes then. Prices are remembered, not read: see
`opsconsole catalog prices`, and never take them for an offer.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from opsconsole.cli.script import add_fleet, add_moment, add_script, clock, session_at
from opsconsole.cli.terminal import EXIT_DONE, UsageError, headed, say, table

if TYPE_CHECKING:
    from opsconsole.cloud.cost_line import CostLine

HEADINGS = ("THING", "WHAT", ">QUANTITY", "", ">USD", "FOR", "NOTED", "", ">USD/H", ">USD/MONTH")


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole costs`."""
    add_fleet(parser)
    parser.add_argument("id", nargs="?", metavar="ID", help="a thing's id in the fleet file (default: everything)")
    add_moment(parser)
    add_script(parser)


def execute(args: argparse.Namespace) -> int:
    """Run to the moment and print the bill."""
    from opsconsole.cloud import costs

    session = session_at(args)
    cloud = session.cloud
    try:
        lines = costs.fleet(cloud) if args.id is None else costs.lines(cloud, args.id)
    except KeyError:
        raise UsageError(_unknown(args.id, [*costs.things(cloud), *cloud.global_databases, *cloud.instances])) from None
    of = f"  {args.id}" if args.id else ""
    say(f"SIMULATED  {cloud.fleet.name}{of}  seed {cloud.seed}  at {clock(cloud.now_us)}")
    say("Prices on demand in us-east-1, remembered: never take them for an offer. L: recollection, SIM: ours.\n")
    say(headed(HEADINGS, [*map(_row, lines)]) if lines else "nothing that is billed")
    say(f"\n{table(_sums(lines, costs.so_far(cloud, args.id)))}")
    return EXIT_DONE


def _row(line: CostLine) -> tuple[str, ...]:
    from opsconsole.cloud.cost_line import amount, dollars

    price = line.price
    rate = (f"{price.usd:g}", price.unit.removeprefix("USD/"), price.date, f"[{price.confidence}]")
    sums = (dollars(line.usd_per_hour), dollars(line.usd_per_month, 2))
    return (line.thing, line.what, amount(line.quantity), line.unit, *rate, *sums)


def _sums(lines: Sequence[CostLine], so_far: Fraction) -> list[tuple[str, ...]]:
    """Each kind with its share, the total, and what compute has cost until now."""
    from opsconsole.cloud.cost_line import dollars, hours_per_month, per_hour
    from opsconsole.cloud.costs import by_kind

    total, month = per_hour(lines), hours_per_month()

    def money(name: str, usd: Fraction, note: str) -> tuple[str, ...]:
        return (name, f"{dollars(usd):>12} USD/h", f"{dollars(usd * month, 2):>12} USD/month", note)

    kinds = [money(kind, usd, f"{float(usd / total * 100):5.1f} %") for kind, usd in by_kind(lines).items()]
    spent = ("compute so far", f"{dollars(so_far):>12} USD", "", "per second, at least ten minutes of whatever begins")
    return [*kinds, money("total", total, f"a month of {month} hours"), spent]


def _unknown(id: str, known: Sequence[str]) -> str:
    from opsconsole.fleet import nearest

    near = nearest(id, known)
    hint = f"did you mean {near}?" if near else f"it has {', '.join(known)}"
    return f'the fleet has nothing that is billed with the id "{id}"; {hint}'
