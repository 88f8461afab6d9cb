"""The shipped lessons: each can be solved, none solves itself, and its ladder of hints and its points make sense."""

from functools import cache
from pathlib import Path

import pytest

from opsconsole.drills.lesson import Progress, score, total
from opsconsole.drills.load import load_drill, shipped_drills
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import AppResult, DrillResult, Verdict
from opsconsole.drills.running import run_drill
from opsconsole.drills.spec import Lesson

LESSONS = shipped_drills("lessons")
every_lesson = pytest.mark.parametrize("path", LESSONS.values(), ids=LESSONS)
MOST_LINES = 5


SOLVED = Manner()
drill = cache(load_drill)


@cache
def played(path: Path, manner: Manner = SOLVED) -> DrillResult:
    return run_drill(drill(path), manner=manner)


def lesson(path: Path) -> Lesson:
    found = drill(path).lesson
    assert found is not None
    return found


@every_lesson
def test_the_model_solution_passes(path: Path) -> None:
    assert played(path).verdict is Verdict.PASSED


@every_lesson
@pytest.mark.parametrize("withheld", [Manner(solution=False), Manner(faults=False)], ids=["solution", "faults"])
def test_without_the_solution_it_fails_and_without_the_faults_it_proves_nothing(path: Path, withheld: Manner) -> None:
    assert played(path, withheld).verdict in (Verdict.FAILED, Verdict.INVALID)


@every_lesson
def test_the_hints_go_from_a_look_to_a_command_and_cost_more_each(path: Path) -> None:
    costs = [hint.cost for hint in lesson(path).hints]
    assert len(costs) == 3
    assert costs == sorted(set(costs))
    moves = [step.command.name for step in drill(path).timeline if step.solution and step.command is not None]
    last = lesson(path).hints[-1].text
    assert any(move in last for move in moves)


@every_lesson
def test_the_brief_is_short_and_names_no_move_of_the_solution(path: Path) -> None:
    brief = lesson(path).brief.strip()
    assert len(brief.splitlines()) <= MOST_LINES
    for step in drill(path).timeline:
        if step.solution and step.command is not None:
            assert step.command.name.partition(":")[2] not in brief


@every_lesson
def test_who_solves_it_without_a_hint_and_answers_right_has_all_hundred_points(path: Path) -> None:
    progress = Progress(lesson(path))
    for number, question in enumerate(lesson(path).questions):
        assert progress.answer(number, question.answer)
    assert total(score(drill(path), played(path), progress)) == (100, 100)


def test_a_number_is_given_to_one_lesson_only() -> None:
    numbers = [lesson(path).number for path in LESSONS.values()]
    assert len(set(numbers)) == len(numbers)


def test_time_lost_to_an_address_that_is_kept_for_ever_is_the_client_caches() -> None:
    result = played(LESSONS["the_endpoint_moved"])
    [incident] = app(result, "billing-app").incidents
    lasted = {phase.name: (phase.ends_us - phase.begins_us) / 1_000_000 for phase in incident.phases}
    assert lasted["client cache"] > 240
    assert "pool" not in lasted
    assert [phase.said_by for phase in incident.phases][-1] == "billing-app keeps DNS answers for ever"


def app(result: DrillResult, id: str) -> AppResult:
    return next(one for one in result.apps if one.app == id)
