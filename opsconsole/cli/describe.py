"""Print what AWS's describe-* calls would answer, for a whole fleet or one thing in it, at any virtual time."""

from __future__ import annotations

import argparse
import json

from opsconsole.cli.script import add_fleet, add_moment, add_script, session_at
from opsconsole.cli.terminal import EXIT_DONE, UsageError, say


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole describe`."""
    add_fleet(parser)
    parser.add_argument(
        "id",
        nargs="?",
        metavar="ID",
        help="a thing's id, a snapshot's name, kept backups (ab-ID) or a KMS key (default: everything)",
    )
    parser.add_argument("--truth", action="store_true", help="as it is, instead of as AWS's API would say it by now")
    add_moment(parser)
    add_script(parser)


def execute(args: argparse.Namespace) -> int:
    """Run to the moment and print JSON."""
    from opsconsole.cloud.describe import describe
    from opsconsole.fleet import nearest

    session = session_at(args)
    try:
        answer = describe(session.cloud, args.id, truth=args.truth)
    except KeyError:
        if args.id in session.cloud.apps:
            raise UsageError(
                f'"{args.id}" is an application, not an AWS resource: describe-* knows nothing of it'
            ) from None
        known = [
            *session.cloud.clusters,
            *session.cloud.instances,
            *session.cloud.global_databases,
            *session.cloud.rds,
            *session.cloud.caches,
        ]
        others = [*session.cloud.snapshots, *session.cloud.snapshots.archives, *session.cloud.keys]
        near = nearest(args.id, [*known, *others])
        hint = f"did you mean {near}?" if near else f"it has {', '.join(known)}"
        raise UsageError(f'the fleet has nothing with the id "{args.id}"; {hint}') from None
    say(json.dumps(answer, indent=2, ensure_ascii=False))
    return EXIT_DONE
