"""List the fleets that come with opsconsole. Open one by its name: `opsconsole global_aurora`."""

from __future__ import annotations

import argparse

from opsconsole.cli.terminal import EXIT_DONE, count, say_list, table


def configure(parser: argparse.ArgumentParser) -> None:
    """It has no options."""


def execute(args: argparse.Namespace) -> int:
    """Print each fleet's name, title, contents and file."""
    from opsconsole.fleet import load_fleet, shipped_fleets

    rows = []
    for name, path in shipped_fleets().items():
        fleet = load_fleet(path).fleet
        instances = sum(len(cluster.instances) for cluster in fleet.aurora.values())
        contents = (
            f"{count(len(fleet.regions), 'region')}, {count(instances, 'instance')}, {count(len(fleet.apps), 'app')}"
        )
        rows.append((name, fleet.name, contents, str(path)))
    say_list(table(rows))
    return EXIT_DONE
