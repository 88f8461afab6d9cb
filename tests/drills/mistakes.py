"""How the tests write a mistake in a drill down: its text with `§` before the character that the problem must point at.

The sound drill here is run by nobody; it is only read. It has a step of each kind, so that most mistakes are one word.
"""

from pathlib import Path

from opsconsole.drills.load import parse_drill
from opsconsole.fleet import FileProblems, Problem
from tests.fleet.mistakes import Mistake, change, mistake

FILE = Path(__file__).with_name("blackout.toml")
"""Where the texts are said to lie: beside the fleet that they name."""

SOUND = """\
title = "AZ-a loses power: checkout is back within two minutes"
fleet = "shop.toml"
length = "20m"
seed = 3
vars = { az = "us-east-1a" }
tags = ["availability-zone"]
given = ["orders.writer.az == ${az}"]
steady = ["checkout.writes.ok >= 99%"]
timeline = [
  { at = "60s", fault = "az:outage", target = "${az}", for = "9m", id = "outage" },
  { at = "60s", expect = "orders.endpoint.writer.az != ${az}", within = "90s", for = "5m" },
  { at = "70s", always = "orders.copies >= 4", for = "14m", allow = "10s" },
  { at = "80s", mark = "dark" },
  { at = "3m", say = "customers cannot pay", from = "support" },
  { at = "5m", load = "checkout", set = { writes = "20/s" }, ramp = "30s", for = "2m" },
  { after = "outage", action = "rds:failover-db-cluster", target = "orders", id = "home", solution = true },
  { after = "home", expect = "orders.endpoint.writer.az == ${az}", within = "2m" },
  { when = "checkout.lost > 100", stop = "too much is lost" },
]

[objective.checkout]
rto = "2m"
rpo = "0s"
"""


def swap(old: str, new: str) -> Mistake:
    """The sound drill with one thing changed; `new` carries the mark."""
    return change(old, new, SOUND)


def step(row: str) -> Mistake:
    """The sound drill with another step at its end; the row, written without its braces, carries the mark.

    Without a mark in it the step as a whole is meant.
    """
    table = f"{{ {row} }}" if "§" in row else f"§{{ {row} }}"
    return swap("\n]\n\n[objective", f"\n  {table},\n]\n\n[objective")


def below(tables: str) -> Mistake:
    """The sound drill with tables after it, which carry the mark."""
    return mistake(f"{SOUND}\n{tables}\n")


def top(lines: str) -> Mistake:
    """The sound drill with lines before it, which carry the mark."""
    return mistake(f"{lines}\n{SOUND}")


def problems_of(text: str, settings: dict[str, str] | None = None) -> tuple[Problem, ...]:
    """What is wrong with a text that must be refused."""
    try:
        parse_drill(text, FILE, settings=settings)
    except FileProblems as refused:
        return refused.problems
    raise AssertionError("the text was accepted")


def assert_alone(found: Mistake, key: str, wrong: str, right: str) -> None:
    """The mistake is reported at its place with both halves of the sentence, and nothing else is."""
    (problem,) = problems_of(found.text)
    assert (problem.line, problem.column) == (found.line, found.column), str(problem)
    assert (problem.key, problem.wrong, problem.right) == (key, wrong, right)
    place = f"{FILE}:{problem.line}:{problem.column}"
    assert str(problem) == f"{place} {key}: {wrong}; {right}" if key else f"{place}: {wrong}; {right}"
