"""Every shipped drill keeps its promise with the operator's moves, and proves something: without them it fails, and
without what goes wrong it fails or is invalid.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from opsconsole.drills.director import Manner
from opsconsole.drills.load import load_drill, shipped_drills
from opsconsole.drills.result import Outcome, Verdict
from opsconsole.drills.running import run_drill
from opsconsole.drills.spec import Drill

DRILLS = shipped_drills()
STEPS = {name: tomllib.loads(path.read_text(encoding="utf-8")).get("timeline", []) for name, path in DRILLS.items()}
LED = [name for name, steps in STEPS.items() if any(step.get("solution") for step in steps)]
HIT = [name for name, steps in STEPS.items() if any("fault" in step for step in steps)]


def facts(path: Path) -> list[str]:
    """Facts of the mission list that a drill says it shows."""
    return list(tomllib.loads(path.read_text(encoding="utf-8")).get("facts", []))


SHOWING = [
    pytest.param(name, marks=[pytest.mark.fact(*shown)] if (shown := facts(path)) else [])
    for name, path in DRILLS.items()
]


@lru_cache
def drill(name: str) -> Drill:
    return load_drill(DRILLS[name])


def test_there_are_drills_of_every_sort() -> None:
    assert LED, "some need an operator"
    assert HIT, "some have faults"
    assert set(DRILLS) - set(LED), "some go well by themselves"


@pytest.mark.parametrize("name", SHOWING)
def test_it_passes_with_the_operators_moves_on_its_own_seed(name: str) -> None:
    result = run_drill(drill(name), detail=False)
    bad = [one for one in (*result.checks, *result.objectives) if one.outcome is not Outcome.PASSED]
    assert (result.verdict, bad) == (Verdict.PASSED, []), result.reason


@pytest.mark.parametrize("name", LED)
def test_without_the_operators_moves_it_fails(name: str) -> None:
    result = run_drill(drill(name), manner=Manner(solution=False), detail=False)
    assert result.verdict is Verdict.FAILED, result.reason


@pytest.mark.parametrize("name", HIT)
def test_without_its_faults_it_proves_nothing_or_fails(name: str) -> None:
    result = run_drill(drill(name), manner=Manner(faults=False), detail=False)
    assert result.verdict in (Verdict.INVALID, Verdict.FAILED), result.reason


@pytest.mark.parametrize("name", DRILLS)
def test_its_header_says_what_it_teaches_and_how_often_it_passes(name: str) -> None:
    text = DRILLS[name].read_text(encoding="utf-8")
    header = text[: text.index("\ntitle")]
    assert all(line.startswith("#") or not line for line in header.splitlines())
    assert "What it teaches: " in header
    assert "seeds" in header
