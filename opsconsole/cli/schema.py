"""Print the JSON Schema of a kind of file, for editors that complete and check TOML."""

from __future__ import annotations

import argparse
import json

from opsconsole.cli.terminal import EXIT_DONE, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Which kind of file."""
    parser.add_argument("kind", choices=["fleet", "drill"], help="the kind of file")


def execute(args: argparse.Namespace) -> int:
    """Print the schema."""
    from opsconsole.drills.schema import drill_schema
    from opsconsole.fleet import json_schema

    schema = json_schema() if args.kind == "fleet" else drill_schema()
    say(json.dumps(schema, indent=2, ensure_ascii=False))
    return EXIT_DONE
