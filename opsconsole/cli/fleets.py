"""List the fleets, drills and lessons that come with opsconsole.

Open a fleet by its name, `opsconsole global_aurora`; run a drill by its, `opsconsole drill az_outage`.
"""

from __future__ import annotations

import argparse

from opsconsole.cli.terminal import EXIT_DONE, count, say, say_list, table


def configure(parser: argparse.ArgumentParser) -> None:
    """It has no options."""


def execute(args: argparse.Namespace) -> int:
    """Print each fleet's name, title, contents and file; each drill's and lesson's name and title."""
    say("fleets:")
    say_list(table(_fleets(), "  "))
    for folder in ("drills", "lessons"):
        rows = _drills(folder)
        if rows:
            say(f"\n{folder}:")
            say_list(table(rows, "  "))
    return EXIT_DONE


def _fleets() -> list[tuple[str, ...]]:
    from opsconsole.fleet import load_fleet, shipped_fleets

    rows: list[tuple[str, ...]] = []
    for name, path in shipped_fleets().items():
        fleet = load_fleet(path).fleet
        instances = sum(len(cluster.instances) for cluster in fleet.aurora.values())
        contents = (
            f"{count(len(fleet.regions), 'region')}, {count(instances, 'instance')}, {count(len(fleet.apps), 'app')}"
        )
        rows.append((name, fleet.name, contents, str(path)))
    return rows


def _drills(folder: str) -> list[tuple[str, ...]]:
    """Names and titles: a title needs no reading of the whole drill, nor of its fleet."""
    import tomllib

    from opsconsole.drills.shipped import shipped_drills

    found: list[tuple[str, ...]] = []
    for name, path in shipped_drills(folder).items():
        head = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append((name, str(head["fleet"]), str(head["title"])))
    return found
