"""Whatever the text, the answer is a drill or problems with places in that text, and it comes in bounded time.

`DRILL_FUZZ=100000` tries so many mutations instead of some.
"""

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cloud import Cloud
from opsconsole.drills.load import parse_drill
from opsconsole.drills.reading.expressions import BadExpression, Vocabulary
from opsconsole.fleet import Problem, load_fleet
from tests import fuzzing
from tests.drills.mistakes import FILE, SOUND

MUTATIONS = int(os.environ.get("DRILL_FUZZ", "100"))
WHOLE = (
    SOUND
    + """
[objective.billing]
rto = "1m"
on = "writes"
availability = "99%"

[chaos]
runs = 10
need = "90%"
gap = "1m"
fault = [{ fault = "sim:crash-host", target = "any(orders)", mean = "1h", for = "30s..5m" }]

[lesson]
number = 1
brief = "Customers cannot pay."
hints = [{ text = "look at the zones", cost = 5, after = "30s" }]
questions = [{ ask = "Which zone?", choices = ["a", "b"], answer = 0, points = 5 }]
"""
)
SEEDS = [SOUND, WHOLE]
PIECES = [
    *('"', "'", '"""', "[", "]", "{", "}", ",", "=", "\n", "#", ".", "\\", "\x00", "\r", "\u202e", "é", "😀", " "),
    *("1", "-", "true", "inf", "nan", "1e400", "99999999999999999999", "2026-01-01", "{}", "[]", '""', "24h", "0s"),
    *("${", "}", "${az}", "${}", "$az", "{{az}}", "@", "@dark", "@start", "any(", "()", "..", "T+", "PT", "P1D", "%"),
    *(" == ", " = ", " < ", " and ", " or ", "not ", " is ", "≥", "6 == ", "orders", "orders.", ".writer", "checkout"),
    *("fault = ", "action = ", "expect = ", "when = ", "after = ", "every = ", "times = ", "with = {}, ", "for = "),
    *("[chaos]\n", "[lesson]\n", "[objective.x]\n", "[[timeline]]\n", "vars = 1\n", "id = ", "mark = ", "refused = "),
]


def outcome(text: str) -> tuple[Problem, ...]:
    return fuzzing.outcome(lambda text: parse_drill(text, FILE), text)


@pytest.mark.parametrize("text", SEEDS)
def test_the_seeds_are_drills(text: str) -> None:
    assert outcome(text) == ()


def test_a_mutated_drill_is_a_drill_or_refused() -> None:
    refused = sum(bool(outcome(text)) for text in fuzzing.mutations(MUTATIONS, SEEDS, PIECES))
    assert MUTATIONS / 4 < refused <= MUTATIONS, "the mutations should be neither harmless nor all fatal"


KEYS = st.sampled_from(
    [
        *("id", "fault", "action", "load", "mark", "say", "expect", "always", "stop", "at", "after", "when", "delay"),
        *("every", "times", "target", "with", "set", "ramp", "for", "within", "allow", "refused", "solution", "points"),
    ]
)
WORDS = ["", "outage", "60s", "0s", "25m", "az:outage", "sim:crash-host", "rds:failover-db-cluster", "orders"]
WORDS += ["orders-1", "us-east-1a", "any(orders)", "orders.copies == 6", "checkout.lost@dark", "dark", "start"]
VALUES = st.recursive(
    st.sampled_from(
        [*(f'"{word}"' for word in WORDS), "5", "-1", "0.5", "true", "inf", "nan", "2026-01-05", "10:00:00"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["writes", "wrong", "target", "for", "x"]), inner, max_size=3).map(
            lambda keys: f"{{ {', '.join(f'{key} = {value}' for key, value in keys.items())} }}"
        ),
    ),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_steps_of_any_keys_and_values_are_refused_or_a_drill(steps: list[dict[str, str]]) -> None:
    rows = "\n".join(f"  {{ {', '.join(f'{key} = {value}' for key, value in step.items())} }}," for step in steps)
    outcome(SOUND.replace("timeline = [", f"timeline = [\n{rows}"))


VOCABULARY = Vocabulary(Cloud(load_fleet(FILE.with_name("shop.toml")).fleet), marks={"dark": None})
SUBJECTS = st.sampled_from(
    ["orders.writer", "orders.copies", "checkout.writes.ok", "checkout.p99", "ledger.az", "6", "x"]
)
OPERATORS = st.sampled_from(["==", "!=", "<", ">=", "=", "=~", "is", "is not", "in", "≥", "<>", " "])


@given(
    st.one_of(
        st.text(max_size=40),
        st.tuples(SUBJECTS, OPERATORS, st.one_of(SUBJECTS, st.text(max_size=8), st.sampled_from(WORDS))).map(" ".join),
    )
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_check_of_any_text_is_refused_or_a_check(text: str) -> None:
    with contextlib.suppress(BadExpression):
        assert VOCABULARY.check(text).text == text


HOSTILE = {
    "a long check": SOUND.replace("orders.copies >= 4", "a" * 100_000),
    "a check of many spaces": SOUND.replace("orders.copies >= 4", "orders.copies" + " " * 100_000),
    "a check of many operators": SOUND.replace("orders.copies >= 4", "=" * 100_000),
    "a check of many comparisons": SOUND.replace("orders.copies >= 4", "a < b " * 20_000),
    "a range of many dashes": WHOLE.replace("30s..5m", "-" * 100_000),
    "a duration of many digits": SOUND.replace('"20m"', '"' + "9" * 100_000 + '"'),
    "many open variables": SOUND.replace("orders.copies >= 4", "${" * 50_000),
    "many variables": SOUND.replace("orders.copies >= 4", "${az}" * 20_000),
    "very many unknown objectives": SOUND + "".join(f"[objective.x{number}]\n" for number in range(2_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_drill_is_refused_in_bounded_time(name: str) -> None:
    assert outcome(HOSTILE[name])
