"""How the tests write a mistake down: a fleet text with `§` before the character that the problem must point at."""

from dataclasses import dataclass

from opsconsole.fleet import FileProblems, Problem, parse_fleet

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

WHOLE = """\
[regions]
us-east-1 = {}
eu-west-1 = {}

[rds.ledger]
engine = "postgres"
region = "us-east-1"
zone = "a"
multi_az = true
class = "db.m6g.large"
storage = "400 GiB"
replicas = [
  { id = "ledger-ro", zone = "c", backup_retention = "1d" },
  { id = "ledger-far", zone = "a", region = "eu-west-1" },
  { id = "ledger-ro-ro", zone = "b", source = "ledger-ro" },
]

[multi_az_cluster.payments]
engine = "mysql"
region = "us-east-1"
class = "db.m6g.large"
storage = "200 GiB"

[elasticache.sessions]
engine = "redis"
region = "us-east-1"
nodes = [{ zone = "a" }, { zone = "b" }]

[elasticache.cart]
engine = "valkey"
region = "us-east-1"
shards = 3
replicas = 1

[elasticache.pages]
engine = "memcached"
region = "us-east-1"
nodes = [{ zone = "a" }, { zone = "b" }, { zone = "c" }]

[apps.billing]
homes = ["us-east-1"]
writes_to = "ledger"
reads_from = ["ledger-ro"]
cache = { store = "sessions", pattern = "lazy", keys = 1000, ttl = "10m" }
writes = "10/s"
reads = "100/s"
"""
"""A fleet without Aurora: one of each of the other things."""


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


def table(heading: str, sound: dict[str, str], changes: dict[str, str]) -> str:
    """A table of a file: sound keys with some changed, added, or (empty) left out. A change may carry the mark.

    A key with the mark in its own name takes the place of the one without it.
    """
    keys = sound | changes
    for key in changes:
        if key.startswith("§"):
            keys.pop(key[1:], None)
    return f"[{heading}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def problems_of(text: str) -> tuple[Problem, ...]:
    """What is wrong with a text that must be refused."""
    try:
        parse_fleet(text, FILE)
    except FileProblems as refused:
        return refused.problems
    raise AssertionError("the text was accepted")


def assert_alone(found: Mistake, key: str, wrong: str, right: str) -> None:
    """The mistake is reported at its place with both halves of the sentence, and nothing else is."""
    (problem,) = problems_of(found.text)
    assert (problem.file, problem.line, problem.column) == (FILE, found.line, found.column)
    assert (problem.key, problem.wrong, problem.right) == (key, wrong, right)
    assert str(problem) == f"{FILE}:{problem.line}:{problem.column} {key}: {wrong}; {right}"


def problem_texts(text: str) -> list[str]:
    """What is wrong, without where."""
    return [problem.wrong for problem in problems_of(text)]
