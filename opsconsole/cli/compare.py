"""Two results of drills side by side: what each app felt in both, the difference, and which is better.

A and B are what `opsconsole drill --json` wrote, or folders that `--report` wrote. A phase belongs to the longest
incident of its app; times served again are the longest of all incidents.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.cli.terminal import EXIT_DONE, UsageError, headed, say

if TYPE_CHECKING:
    from opsconsole.drills.result import ChaosResult, DrillResult


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole compare`."""
    for name in ("A", "B"):
        parser.add_argument(name.lower(), type=Path, metavar=name, help="a result: a JSON file, or a report's folder")


def execute(args: argparse.Namespace) -> int:
    """Print both results side by side."""
    from opsconsole.drills.comparison import HEADINGS, CannotCompare, compare
    from opsconsole.drills.figures import visible
    from opsconsole.drills.result_file import ResultProblem, read_result

    try:
        a, b = read_result(args.a), read_result(args.b)
        lines = compare(a, b)
    except (ResultProblem, CannotCompare) as problem:
        raise UsageError(str(problem)) from None
    say(f"SIMULATED  A {visible(_named(a))}\n           B {visible(_named(b))}\n")
    say(headed(HEADINGS, [tuple(visible(cell) for cell in line) for line in lines]))
    return EXIT_DONE


def _named(result: DrillResult | ChaosResult) -> str:
    """What a result is of, on one line."""
    from opsconsole.drills.result import DrillResult

    if isinstance(result, DrillResult):
        return f"{result.drill}  {result.fleet}  seed {result.seed}  {result.verdict.value}"
    return f"{result.drill}  {len(result.runs):,} runs from seed {result.first_seed}  {result.verdict.value}"
