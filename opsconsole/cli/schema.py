"""Print the JSON Schema of a kind of file, for editors that complete and check TOML."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from typing import Final

from opsconsole.cli.terminal import EXIT_DONE, say

SCHEMAS: Final = {
    "fleet": ("opsconsole.fleet", "json_schema"),
    "drill": ("opsconsole.drills.schema", "drill_schema"),
    "keys": ("opsconsole.console.schemas", "keys_schema"),
    "console": ("opsconsole.console.schemas", "console_schema"),
}
"""Each kind of file, and what makes its schema: only that is imported."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Which kind of file."""
    parser.add_argument("kind", choices=list(SCHEMAS), help="the kind of file")


def execute(args: argparse.Namespace) -> int:
    """Print the schema."""
    room, name = SCHEMAS[args.kind]
    say(json.dumps(getattr(import_module(room), name)(), indent=2, ensure_ascii=False))
    return EXIT_DONE
