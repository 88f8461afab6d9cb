"""How the tests write a mistake down: a fleet text with `§` before the character that the problem must point at."""

from dataclasses import dataclass

from opsconsole.fleet import FleetProblems, Problem, parse_fleet

FILE = "some/fleet.toml"

SOUND = """\
name = "Sound"

[regions]
us-east-1 = {}
eu-west-1 = {}

[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]

[aurora.orders-eu]
engine = "aurora-mysql"
region = "eu-west-1"
instances = [{ id = "orders-eu-1", zone = "a", class = "db.r6g.large" }]

[global.orders-global]
primary = "orders"
secondaries = ["orders-eu"]

[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "10/s"
reads = "100/s"
"""


@dataclass(frozen=True)
class Mistake:
    """A text, and where in it the problem is."""

    text: str
    line: int
    column: int


def mistake(marked: str) -> Mistake:
    """Take the mark out of a text and remember where it stood."""
    before, mark, after = marked.partition("§")
    assert mark, "the text has no §"
    return Mistake(before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def change(old: str, new: str, text: str = SOUND) -> Mistake:
    """The sound fleet with one thing changed; `new` carries the mark."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    return mistake(text.replace(old, new))


def after(line: str, addition: str, text: str = SOUND) -> Mistake:
    """The sound fleet with lines added behind one line; `addition` carries the mark."""
    return change(f"{line}\n", f"{line}\n{addition}\n", text)


def problems_of(text: str) -> tuple[Problem, ...]:
    """What is wrong with a text that must be refused."""
    try:
        parse_fleet(text, FILE)
    except FleetProblems as refused:
        return refused.problems
    raise AssertionError("the text was accepted")
