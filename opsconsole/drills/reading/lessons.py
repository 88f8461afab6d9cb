"""What makes a drill a lesson, as its file has it."""

from __future__ import annotations

from typing import Final

from opsconsole.drills.reading.base import SECOND_US
from opsconsole.drills.reading.form import (
    LessonForm,
    QuestionForm,
)
from opsconsole.drills.spec import (
    Hint,
    Lesson,
    Question,
)
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.sift import known

LONGEST_BRIEF: Final = 5


def read_lesson(form: LessonForm, findings: Findings) -> Lesson | None:
    """The lesson that a table describes; None with what is wrong noted."""
    path: Path = ("lesson",)
    brief, number = known(form.brief), known(form.number)
    if brief is not None and not brief.strip():
        findings.add((*path, "brief"), "a brief that says nothing", "tell the symptom, not the cause")
    if brief is not None and len(brief.strip().splitlines()) > LONGEST_BRIEF:
        findings.add((*path, "brief"), f"a brief has {LONGEST_BRIEF} lines at most", "tell the symptom, not the cause")
    if number is not None and number < 1:
        findings.add((*path, "number"), f"lesson {number}", "write its place in the course, from 1")
    if not 1 <= form.level <= 3:
        findings.add((*path, "level"), f"level {form.level}", "write 1, 2 or 3")
    for index, hint in enumerate(form.hints):
        if known(hint.text) is not None and not hint.text.strip():
            findings.add((*path, "hints", index, "text"), "a hint that says nothing", "write it, or leave it out")
        if hint.cost < 0:
            findings.add((*path, "hints", index, "cost"), "a hint that gives points", "write 0 or more")
    for index, question in enumerate(form.questions):
        _check_question(question, (*path, "questions", index), findings)
    if brief is None or number is None:
        return None
    if findings.partial or findings.about(*path):
        return None
    return Lesson(
        number,
        form.level,
        tuple(form.topics),
        brief.strip(),
        tuple(Hint(hint.text, hint.cost, round(hint.after * SECOND_US)) for hint in form.hints),
        tuple(
            Question(one.ask, tuple(one.choices), one.answer, one.points, one.why, one.before) for one in form.questions
        ),
        tuple(form.debrief),
    )


def _check_question(form: QuestionForm, path: Path, findings: Findings) -> None:
    choices, answer = known(form.choices), known(form.answer)
    if form.points < 0:
        findings.add((*path, "points"), "a right answer that takes points away", "write 0 or more")
    if choices is None:
        return
    if len(choices) < 2:
        findings.add((*path, "choices"), "nothing to choose from", 'write two or more, like ["seconds", "minutes"]')
    elif len(set(choices)) < len(choices):
        findings.add((*path, "choices"), "the same choice twice", "leave one out")
    elif answer is not None and not 0 <= answer < len(choices):
        right = f"write 0 to {len(choices) - 1}: the first choice is 0"
        findings.add((*path, "answer"), f"there is no choice {answer}", right)
