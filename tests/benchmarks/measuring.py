"""What the benchmarks share: processor time, medians of rounds in which contenders take turns, and a small table."""

from __future__ import annotations

import argparse
import gc
import operator
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

ROUNDS = 7


class Figure(NamedTuple):
    """One line of a table: what was measured, against what, and what it should reach (`at least` or `at most`)."""

    what: str
    against: str
    value: float
    reach: float
    at_most: bool = False
    unit: str = "×"
    note: str = ""

    @property
    def met(self) -> bool:
        return (operator.le if self.at_most else operator.ge)(self.value, self.reach)


def rounds(description: str | None) -> int:
    """How many rounds the command line asks for: at least five, or the median says little."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least 5, default {ROUNDS}")
    return max(5, int(parser.parse_args().rounds))


def processor_s(work: Callable[[], object]) -> float:
    """Seconds of this process's own time, so that busy neighbours matter less."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def medians(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each contender's figure. They take turns; the first round warms up and does not count."""
    figures = [{name: measure() for name, measure in contenders.items()} for _ in range(rounds + 1)][1:]
    return {name: statistics.median(round[name] for round in figures) for name in contenders}


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    rows = [("what", "against", "measured", "reach", "", "")]
    for one in figures:
        bound = f"{'≤' if one.at_most else '≥'} {one.reach:g} {one.unit}"
        rows.append(
            (one.what, one.against, f"{one.value:.3g} {one.unit}", bound, "" if one.met else "NOT MET", one.note)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)
