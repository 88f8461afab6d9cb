"""See a fact happen: play its scene in the console, slowed so that a person can follow.

A fact is a claim of the course (`opsconsole catalog facts`), a scene a small drill that shows it and fails where the
product behaves otherwise. Without a FACT, those that have a scene; with an area (RDS-MAZ), those of it. Without a
terminal, or with --headless, the scene is run like any drill, with its verdict and exit code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.cli.console import add_looks, looks
from opsconsole.cli.terminal import EXIT_DONE, UsageError, count, say, say_list, table

if TYPE_CHECKING:
    from opsconsole.catalog import Fact
    from opsconsole.console.options import ConsoleOptions
    from opsconsole.drills.spec import Drill

WATCHED_S: Final = 60.0
"""How many seconds of a person's time a scene takes, about; a shorter one is never slower than the wall clock."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Which fact, and where."""
    parser.add_argument("fact", nargs="?", metavar="FACT", help="a fact's id like RDS-MAZ-03, or an area like RDS-MAZ")
    parser.add_argument("--headless", action="store_true", help="run it without the console, as fast as it goes")
    add_looks(parser)


def execute(args: argparse.Namespace) -> int:
    """List, play or run."""
    from opsconsole import catalog
    from opsconsole.drills.scenes import scenes

    found, wanted = scenes(), (args.fact or "").upper()
    if wanted in catalog.facts():
        return _show(catalog.facts()[wanted], found, args)
    shown = [fact for fact in catalog.facts().values() if fact.id in found and wanted in ("", fact.area)]
    if not shown:
        raise UsageError(_unknown(args.fact))
    _list(shown, found)
    return EXIT_DONE


def _unknown(word: str) -> str:
    """What is wrong with a word that is neither a fact nor an area with scenes."""
    from opsconsole import catalog
    from opsconsole.fleet.text import meant, quoted

    areas = {fact.area: fact.title for fact in catalog.facts().values()}
    if word.upper() in areas:
        return f"no fact of {word.upper()} ({areas[word.upper()]}) has a scene; `opsconsole show` lists those that have"
    right = meant(word.upper(), [*catalog.facts(), *areas], "`opsconsole show` lists those that can be seen")
    return f"there is no fact {quoted(word)}; {right}"


def _list(facts: list[Fact], found: Mapping[str, tuple[Path, ...]]) -> None:
    """Facts with their scenes, area by area."""
    areas: dict[str, list[Fact]] = {}
    for fact in facts:
        areas.setdefault(f"{fact.area}  {fact.title}", []).append(fact)
    blocks = []
    for heading, members in areas.items():
        rows = [(fact.id, found[fact.id][0].stem, fact.claim) for fact in members]
        blocks.append(f"{heading}\n{table(rows, '  ')}")
    say_list("\n\n".join(blocks))
    say(f"\n{count(len(facts), 'fact')} can be seen: `opsconsole show {facts[0].id}` plays a scene of it")


def _show(fact: Fact, found: Mapping[str, tuple[Path, ...]], args: argparse.Namespace) -> int:
    from opsconsole.drills.load import load_drill

    if fact.id not in found:
        near = [id for id in found if id.rpartition("-")[0] == fact.area]
        there = f"scenes of this area show {', '.join(near)}" if near else "no scene shows anything of this area"
        raise UsageError(
            f"{fact.id} has no scene: {fact.claim}\n{there}; "
            f"what tests show of it, and of {fact.area} ({fact.title}), `pytest --facts` tells"
        )
    drills = [load_drill(path) for path in found[fact.id]]
    return _run(fact, drills) if args.headless or not sys.stdout.isatty() else _play(drills, looks(args))


def _claim(fact: Fact) -> str:
    rows = [(fact.id, fact.claim), *([("today", fact.today)] if fact.today else [])]
    return table([*rows, ("about", fact.title)])


def _run(fact: Fact, drills: list[Drill]) -> int:
    """Every scene of it headless, in full; the exit code is the worst verdict's."""
    from opsconsole.cli.drill import WORST_FIRST
    from opsconsole.cli.drill_text import say_in_full
    from opsconsole.cli.runs import stoppable
    from opsconsole.drills.result import EXIT_CODES
    from opsconsole.drills.running import run_drill

    say(_claim(fact))
    codes = []
    with stoppable() as stopped:
        for drill in drills:
            if stopped:
                break
            result = run_drill(drill, stop=lambda: bool(stopped))
            say("")
            say_in_full(result)
            codes.append(EXIT_CODES[result.verdict])
    return next(code for code in WORST_FIRST if code in codes)


def _play(drills: list[Drill], options: ConsoleOptions) -> int:
    """The scene that shows it best, in the console; it can be seen again at any time, so no journal is kept."""
    from opsconsole.cli.drill_console import open_drill
    from opsconsole.drills.manner import Manner

    options = replace(options, speed=watching_speed(drills[0]))
    code, _ = open_drill(drills[0], Manner(), options=options, keep=False)
    if len(drills) > 1:
        more = ", ".join(drill.name for drill in drills[1:])
        say(f"also seen in {more}: `opsconsole drill {drills[1].name} --console`")
    return code


def watching_speed(drill: Drill) -> float:
    """Virtual seconds in a second, so that a person sees it all in about a minute."""
    from opsconsole.engine.pacing import MAX_SPEED

    return min(MAX_SPEED, max(1.0, drill.length_us / 1_000_000 / WATCHED_S))
