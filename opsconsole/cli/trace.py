"""Follow requests of an app hop by hop, at any virtual time: cache, name, connection, node, and what came back."""

from __future__ import annotations

import argparse

from opsconsole.cli.script import add_fleet, add_moment, add_script, clock, session_at
from opsconsole.cli.terminal import EXIT_DONE, UsageError, say

MOST = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole trace`."""
    add_fleet(parser)
    parser.add_argument("app", metavar="APP", help="the app that asks")
    parser.add_argument("kind", nargs="?", choices=("read", "write"), default="read", help="default: read")
    parser.add_argument(
        "--count", type=int, default=3, metavar="N", help="so many requests, of other processes and keys (default: 3)"
    )
    add_moment(parser)
    add_script(parser)


def execute(args: argparse.Namespace) -> int:
    """Run to the moment and print the hops."""
    from opsconsole.cloud.tracer import Tracer, text
    from opsconsole.fleet import nearest

    if not 1 <= args.count <= MOST:
        raise UsageError(f"--count {args.count}: write 1 to {MOST}")
    session = session_at(args)
    cloud = session.cloud
    if args.app not in cloud.apps:
        near = nearest(args.app, list(cloud.apps))
        hint = f"did you mean {near}?" if near else f"it has {', '.join(cloud.apps)}"
        raise UsageError(f'the fleet has no app "{args.app}"; {hint}')
    tracer = Tracer(cloud, args.app)
    try:
        traces = [tracer.follow(args.kind, number) for number in range(args.count)]
    except ValueError as nothing:
        raise UsageError(str(nothing)) from None
    say("\n\n".join("\n".join(text(trace)) for trace in traces))
    say(f"; at {clock(session.now_us)}")
    return EXIT_DONE
