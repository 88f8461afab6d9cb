"""Whatever the text, the answer is a fleet or problems with places in that text, and it comes in bounded time.

`FLEET_FUZZ=100000` tries so many mutations instead of a few thousand.
"""

import os
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.fleet import Problem, load_fleet, parse_fleet, shipped_fleets
from opsconsole.fleet.locate import Locator
from tests import fuzzing
from tests.fleet.mistakes import SOUND, WHOLE

MUTATIONS = int(os.environ.get("FLEET_FUZZ", "2000"))
SEEDS = [SOUND, WHOLE, *(load_fleet(name).text for name in shipped_fleets())]
PIECES = [
    *(
        '"',
        "'",
        '"""',
        "[",
        "]",
        "[[",
        "{",
        "}",
        ",",
        "=",
        "\n",
        "#",
        ".",
        "\\",
        "\x00",
        "\r",
        "\u202e",
        "é",
        "😀",
        " ",
        "\t",
    ),
    *("1", "-", "true", "inf", "nan", "1e400", "0x", "99999999999999999999", "2026-01-01", "{}", "[]", '""', "24h"),
    *("[aurora]", "[regions]", "aurora.orders = 1\n", "apps = []\n", "[[apps]]\n", "[global.g]\n", "timings.x = 1\n"),
    *("[rds]\n", "[rds.x]\n", "elasticache = 1\n", "[multi_az_cluster]\n", "[[elasticache.x.shards]]\n", "cache = {}"),
    *("replicas = ", "shards = ", "nodes = ", "source = ", 'profile = "office"', "storage = ", "iops = -1", "keys = "),
    *("secondaries = ", 'members = ["orders-1"]', "class = ", "zone = ", '"orders.reader"', "forever"),
    *("[kms.x]\n", "kms = 1\n", "kms_key = ", 'kms_key = "ledger-key"', "encrypted = true", "encrypted = false"),
]


def outcome(text: str) -> tuple[Problem, ...]:
    return fuzzing.outcome(lambda text: parse_fleet(text, "fuzz.toml"), text)


def test_a_mutated_fleet_is_a_fleet_or_refused() -> None:
    refused = sum(bool(outcome(text)) for text in fuzzing.mutations(MUTATIONS, SEEDS, PIECES))
    assert MUTATIONS / 4 < refused <= MUTATIONS, "the mutations should be neither harmless nor all fatal"


@given(st.text(st.characters(), max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_at_all_is_refused_or_a_fleet(text: str) -> None:
    outcome(text)
    outcome(f'name = "{text}"\n{SOUND}')


@pytest.mark.parametrize(
    "text", ["#\x1f", "#\x1f\n" + SOUND, SOUND + "#\x7f", "a\rb", "\ud800", 'name = "\ud800"', "\ufeff"]
)
def test_a_strange_character_is_refused_wherever_it_stands(text: str) -> None:
    assert outcome(text)


TEXTS = ["", "orders", "orders-1", "a", "24h", "db.r6g.large", "aurora-mysql", "us-east-1", "5/s", "10 GiB", "forever"]
NUMBERS = ["5", "-1", "0.5", "true", "inf", "nan", "99999999999999999999999"]
TIMES = ["2026-01-05T09:00:00Z", "2026-01-05", "10:00:00"]
INNER_KEYS = ["id", "zone", "class", "tier", "members", "excluded", "type", "typical", "min", "x"]
TABLE_KEYS = [
    *("engine", "engine_version", "region", "storage", "backtrack", "backup_retention", "instances", "endpoints"),
    *("primary", "secondaries", "homes", "writes_to", "reads_from", "writes", "reads", "pool", "dns_cache", "cache"),
    *("zones", "aurora-failover", "orders", "us-east-1", "orders.x"),
]
TABLES = [
    *("aurora.orders", "aurora.orders-eu", "aurora", "global.g", "global", "apps.web", "apps", "regions.us-east-1"),
    *("regions", "timings", "rds.ledger", "rds", "elasticache.x"),
]


def written(keys: dict[str, str], between: str) -> str:
    """Keys and values as TOML has them."""
    return between.join(f"{key} = {value}" for key, value in keys.items())


VALUES = st.recursive(
    st.sampled_from([f'"{text}"' for text in TEXTS] + NUMBERS + TIMES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(st.sampled_from(INNER_KEYS), inner, max_size=5).map(lambda keys: f"{{{written(keys, ', ')}}}"),
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(TABLE_KEYS)
HEADINGS = st.sampled_from(["", *TABLES])


@given(
    st.dictionaries(HEADINGS, st.dictionaries(KEYS, VALUES, max_size=8), max_size=8),
    st.sampled_from(["", SOUND]),
)
@settings(max_examples=200, deadline=None)
def test_right_syntax_with_any_values_is_refused_or_a_fleet(tables: dict[str, dict[str, str]], before: str) -> None:
    text = written(tables.pop("", {}), "\n") + "\n" + before
    for heading, keys in tables.items():
        text += f"[{heading}]\n{written(keys, chr(10))}\n"
    outcome(text)


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path into a parsed file."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


@pytest.mark.parametrize("text", SEEDS)
def test_every_key_of_a_file_has_a_place_where_it_is_written(text: str) -> None:
    every = [path for path in paths(tomllib.loads(text)) if path]
    locator = Locator(text, every)
    lines = text.split("\n")
    for path in every:
        line, column = locator.key(path)
        if isinstance(path[-1], str):
            assert lines[line - 1][column - 1 :].startswith(path[-1])


def test_places_are_found_through_arrays_of_tables_and_dotted_keys() -> None:
    text = 'a."b c".d = [1, # one\n 2]\n[[t.u]]\nv = 1\n[[t.u]]\nv = { w.x = 2 }\n[t.u.y]\nz = 3\n'
    locator = Locator(text, paths(tomllib.loads(text)))
    assert locator.value(("a", "b c", "d", 1)) == (2, 2)
    assert locator.key(("t", "u", 1, "v", "w", "x")) == (6, 9)
    assert locator.value(("t", "u", 1, "y", "z")) == (8, 5)
    assert locator.key(("t", "u", 7, "not there")) == (3, 5)


HOSTILE = {
    "open lists": "x = " + "[" * 200_000,
    "open tables": "x = " + "{a=" * 100_000,
    "headings of many parts": "[" + "a." * 100_000 + "b]\n",
    "quoted keys of many parts": '"a".' * 100_000 + "b = 1\n",
    "very many headings": "".join(f"[a{number}]\n" for number in range(30_000)),
    "very many broken lines": "what is this\n" * 100_000,
    "very many quotes": '"' * 300_000,
    "very many quotes on lines": '"\n' * 100_000,
    "very many braces": "a = {\n" * 50_000,
    "very many commas": "a = [" + "," * 300_000 + "]\n",
    "one long word": "a" * 1_000_000,
    "one long line of dots": "." * 300_000,
    "one key given very often": "a = 1\n" * 50_000,
    "very many apps": "".join(f"[apps.a{number}]\n" for number in range(3_000)),
    "very many unknown keys": "".join(f"nmae{number} = 1\n" for number in range(30_000)),
    "very many unknown instances": SOUND.replace('["orders"]', str([f"odrers-{number}" for number in range(3_000)])),
    "a long comment": "# " + "a.b " * 200_000 + "\n",
    "escapes": 'name = "' + "\\" * 300_001 + '"\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_in_bounded_time(name: str) -> None:
    assert outcome(HOSTILE[name])
