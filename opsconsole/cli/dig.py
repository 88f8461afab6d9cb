"""Resolve a name as an app's processes would, at any virtual time: what it leads to, and for how long they keep it."""

from __future__ import annotations

import argparse

from opsconsole.cli.script import add_fleet, add_moment, add_script, clock, session_at
from opsconsole.cli.terminal import EXIT_DONE, UsageError, say


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole dig`."""
    add_fleet(parser)
    parser.add_argument("name", metavar="NAME", help='a full name, or an endpoint such as "orders.writer"')
    parser.add_argument("--from", dest="app", required=True, metavar="APP", help="the app that asks")
    add_moment(parser)
    add_script(parser)


def execute(args: argparse.Namespace) -> int:
    """Run to the moment and print the answer."""
    from opsconsole.cloud.dig import dig
    from opsconsole.fleet import nearest

    session = session_at(args)
    cloud = session.cloud
    for wanted, known, what in ((args.app, list(cloud.apps), "app"), (args.name, [*cloud.names.records], "name")):
        if wanted not in known and not (what == "name" and cloud.names.find(wanted)):
            near = next((name for name in known if name.startswith(f"{wanted}.")), None) or nearest(wanted, known)
            hint = f"did you mean {near}?" if near else f"it has {', '.join(known)}"
            raise UsageError(f'the fleet has no {what} "{wanted}"; {hint}')
    say("\n".join([*dig(cloud, args.name, args.app), f"; at {clock(session.now_us)}"]))
    return EXIT_DONE
