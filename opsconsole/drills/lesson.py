"""A lesson under way: hints that were taken, answers that were given, and the score that is left.

Nothing of it touches the simulation: a hint costs points and no time, a question is answered beside the run.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from opsconsole.drills.result import DrillResult, Outcome
from opsconsole.drills.spec import Drill, Hint, Lesson


@dataclass(frozen=True)
class ScoreLine:
    """What a check, a question or a hint gave or took."""

    text: str
    points: int
    of: int


@dataclass
class Progress:
    """How far somebody has come with a lesson. `taken` are the times (virtual µs) at which hints were taken."""

    lesson: Lesson
    taken: list[int] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)

    @property
    def hints(self) -> tuple[Hint, ...]:
        """The hints that were taken."""
        return self.lesson.hints[: len(self.taken)]

    def next_hint(self, now_us: int) -> tuple[Hint | None, int]:
        """The next rung of the ladder, and how long (µs) it is still kept back; None when there is none left."""
        if len(self.taken) == len(self.lesson.hints):
            return None, 0
        hint = self.lesson.hints[len(self.taken)]
        since = self.taken[-1] if self.taken else 0
        return hint, max(0, since + hint.after_us - now_us)

    def take(self, now_us: int) -> Hint:
        """Take the next hint. ValueError if there is none, or it is kept back."""
        hint, wait = self.next_hint(now_us)
        if hint is None or wait:
            raise ValueError("there is no hint to take now")
        self.taken.append(now_us)
        return hint

    def answer(self, question: int, choice: int) -> bool:
        """Answer a question, once; whether the answer is right."""
        self.answers.setdefault(question, choice)
        return self.answers[question] == self.lesson.questions[question].answer


def score(drill: Drill, result: DrillResult, progress: Progress) -> list[ScoreLine]:
    """Every line of the score: checks with points, questions, hints. An unanswered question gives nothing."""
    outcomes = {check.id: check.outcome for check in result.checks}
    lines = [
        ScoreLine(step.note or step.told, step.points if outcomes.get(step.id) is Outcome.PASSED else 0, step.points)
        for step in drill.timeline
        if step.points
    ]
    for number, question in enumerate(progress.lesson.questions):
        right = progress.answers.get(number) == question.answer
        lines.append(ScoreLine(question.ask, question.points if right else 0, question.points))
    lines += [ScoreLine(f"hint {number}", -hint.cost, 0) for number, hint in enumerate(progress.hints, start=1)]
    return lines


def total(lines: list[ScoreLine]) -> tuple[int, int]:
    """Points that were made, never below none, and those that could be made."""
    return max(0, sum(line.points for line in lines)), sum(line.of for line in lines)
