"""What has happened in a drill that may be told, what is to come; in a lesson hints and, at the end, the questions."""

from __future__ import annotations

from opsconsole.console.views.apps import apps_view
from opsconsole.console.views.drill.win import wrapped
from opsconsole.console.views.feed import event_feed
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.lines import Line, line
from opsconsole.console.views.quantities import since_start
from opsconsole.drills.lesson import Progress, score
from opsconsole.drills.running import Run
from opsconsole.drills.standing import to_come, told_so_far
from opsconsole.fleet import format_duration

SECOND_US = 1_000_000
TOLD = 40
EVENTS = 60


def story_view(run: Run, progress: Progress | None, width: int, *, ascii: bool = False) -> list[Line]:
    """Hints and questions first, where there are any; what users get; then the story, the newest first."""
    lines: list[Line] = []
    if progress is not None:
        lines += _questions(run, progress, width) if run.over else _hints(run, progress, width)
    lines += [line(("What users get", "title"))]
    lines += [*apps_view(run.session.cloud, width, truth=run.over, ascii=ascii), line("")]
    lines += [line(("What happened, the newest first" if run.over else "So far, the newest first", "title"))]
    for at_us, who, what in told_so_far(run)[:TOLD]:
        rows = wrapped(what, width - 4, "")
        lines.append(line((f"{since_start(at_us):12}", "number"), (who, "accent")))
        lines += [line("    ", *row.spans) for row in rows]
    if not run.director.said and not run.director.asking.doings:
        lines.append(line(("  nothing yet", "dim")))
    coming = to_come(run)
    if coming:
        lines += [line(""), line(("To come", "title"))]
        lines += [line((f"{when:12}", "number"), (f" {kind} ", "dim"), what) for when, kind, what in coming]
    lines += [line(""), line(("Events", "title"))]
    lines += event_feed(run.session.cloud, width, truth=run.over, ascii=ascii, limit=EVENTS)
    return in_ascii(lines, ascii)


def question_open(run: Run, progress: Progress | None) -> int | None:
    """The question that waits for an answer, if the drill is over (or it is a prediction) and one does."""
    if progress is None:
        return None
    questions = enumerate(progress.lesson.questions)
    return next((n for n, one in questions if n not in progress.answers and (run.over or one.before)), None)


def _hints(run: Run, progress: Progress, width: int) -> list[Line]:
    lines = [line(("Hints", "title"))]
    for hint in progress.hints:
        lines += wrapped(f"{hint.text}  (-{hint.cost})", width, "", "  ")
    following, wait_us = progress.next_hint(run.session.now_us)
    if following is None:
        lines.append(line(("  there are no more", "dim")))
    elif wait_us:
        lines.append(line((f"  the next one in {format_duration(wait_us // SECOND_US or 1)}", "dim")))
    else:
        lines.append(line("  ", ("n", "key"), (f" gives the next one: it costs {following.cost} points", "dim")))
    open = question_open(run, progress)
    return [*lines, line(""), *([] if open is None else _question(progress, open, width))]


def _questions(run: Run, progress: Progress, width: int) -> list[Line]:
    """The questions, with the answers that were given; then the score, and what to talk about."""
    lines: list[Line] = []
    for number in range(len(progress.lesson.questions)):
        lines += _question(progress, number, width)
    lines.append(line(("Score", "title")))
    for one in score(run.drill, run.result, progress):
        style = "ok" if one.points > 0 else "bad" if one.points < 0 or one.of else "dim"
        lines.append(
            line((f"  {one.points:+4d}", style), (f" of {one.of:<4d}" if one.of else " " * 8, "dim"), " " + one.text)
        )
    if progress.lesson.debrief:
        lines += [line(""), line(("To talk about", "title"))]
        lines += [row for text in progress.lesson.debrief for row in wrapped(text, width, "", "  ")]
    return [*lines, line("")]


def _question(progress: Progress, number: int, width: int) -> list[Line]:
    question, given = progress.lesson.questions[number], progress.answers.get(number)
    lines = wrapped(question.ask, width, "title")
    for choice, text in enumerate(question.choices):
        if given is None:
            lines.append(line("  ", (f"{choice + 1}", "key"), f" {text}"))
        else:
            glyph, style = (
                ("✓", "ok") if choice == question.answer else ("✗", "bad") if choice == given else ("·", "dim")
            )
            lines.append(line("  ", (f"{glyph} {text}", style)))
    if given is not None and question.why:
        lines += wrapped(question.why, width, "dim", "  ")
    return [*lines, line("")]
