"""What must come true: the title, the brief of a lesson, every promise with its running value, every check."""

from __future__ import annotations

import textwrap

from opsconsole.console.views.apps import course
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, left, right
from opsconsole.console.views.lines import Line, line
from opsconsole.console.views.quantities import since_start
from opsconsole.drills.figures import span
from opsconsole.drills.lesson import Progress, score, total
from opsconsole.drills.result import DrillResult, Outcome, Verdict
from opsconsole.drills.running import Run
from opsconsole.drills.standing import CheckNow, PromiseNow, checks_now, promises_now
from opsconsole.fleet import format_duration

SECOND_US = 1_000_000
_VERDICTS = {Verdict.PASSED: ("✓", "ok"), Verdict.FAILED: ("✗", "bad"), Verdict.INVALID: ("?", "warn")}
_OUTCOMES = {Outcome.PASSED: ("✓", "passed", "ok"), Outcome.FAILED: ("✗", "failed", "bad")}


def win_view(run: Run, progress: Progress | None, width: int, *, ascii: bool = False) -> list[Line]:
    """The win condition, always in sight; after the end, the verdict above it."""
    lines = [*_verdict(run, progress, width), *_brief(run, width)]
    lines += [line(("Promises, measured at the apps", "title"))] if run.drill.objectives else []
    promises = promises_now(run)
    names = max((len(one.name) for promise in promises for one in promise.judged), default=0) + 2
    apps = max((len(promise.app) for promise in promises), default=0) + 2
    for promise in promises:
        lines += _promise(promise, _running(run, promise.app), (apps, names), width, run.over)
    if run.over:
        lines += _aftermath(run.result, width)
    checks = checks_now(run)
    lines += [line(""), line(("Checks", "title"))] if checks else []
    for check in checks:
        lines += _check(run, check, width)
    return in_ascii(lines, ascii)


def _running(run: Run, name: str) -> tuple[int, str] | None:
    """How long the app's open incident has run, or had when it was well again, and which of the two."""
    app = run.session.cloud.apps[name]
    running_us = course(run.session.cloud, app).running_us
    if running_us is None:
        return None
    return running_us, "settling" if app.well.value else "and counting"


def wrapped(text: str, width: int, style: str = "", indent: str = "") -> list[Line]:
    """Text in lines that fit."""
    rows = textwrap.wrap(text, max(10, width - len(indent))) or [""]
    return [line(indent, (row, style)) for row in rows]


def _verdict(run: Run, progress: Progress | None, width: int) -> list[Line]:
    now, length = run.session.now_us, run.drill.length_us
    lines = wrapped(run.drill.title, width, "title")
    if not run.over:
        return [
            *lines,
            line(
                f"{since_start(now)} of {format_duration(length / SECOND_US)}",
                ("   AWS's view until the debrief", "dim"),
            ),
            line(""),
        ]
    result = run.result
    glyph, style = _VERDICTS.get(result.verdict, ("■", "warn"))
    lines += [line(""), line((f"{glyph} {result.verdict.value.upper()}", style))]
    lines += wrapped(result.reason, width)
    if progress is not None:
        made, possible = total(score(run.drill, result, progress))
        lines.append(line(("score ", "dim"), (f"{made} of {possible}", "accent")))
    lines += wrapped("Not evidence of the real system's RTO or RPO.", width, "dim")
    return [*lines, line("")]


def _brief(run: Run, width: int) -> list[Line]:
    lesson = run.drill.lesson
    if lesson is None:
        return []
    rows = [row for text in lesson.brief.split("\n\n") for row in [*wrapped(text, width), line("")]]
    return [line((f"Lesson {lesson.number}: {', '.join(lesson.topics)}", "dim")), *rows]


def _promise(
    promise: PromiseNow, running: tuple[int, str] | None, columns: tuple[int, int], width: int, over: bool
) -> list[Line]:
    lines = []
    for one in promise.judged:
        open = promise.open and one.name == "rto"
        kept = one.outcome is Outcome.PASSED
        glyph, word, style = (
            ("▲", "running", "warn")
            if open
            else ("✓", "kept" if over else "so far", "ok")
            if kept
            else ("✗", "broken", "bad")
        )
        if open and running is not None:
            measured, margin = span(running[0]), running[1]
        else:
            measured, margin = one.measured, one.margin
        row = Row((f"{glyph} {word:8}", style))
        row.add(left(one.app, columns[0])).add(left(one.name, columns[1])).add(right(one.target, 11), "dim").add(
            right(measured, 11), "number"
        )
        row.add(f"  {margin}", "dim")
        lines.append(row.line(width))
    return lines


def _aftermath(result: DrillResult, width: int) -> list[Line]:
    """Where the time of each app's longest outage went, and what became of its writes."""
    lines = [line(""), line(("Where the time went", "title"))]
    for app in result.apps:
        over = [one for one in app.incidents if one.recovered_us is not None]
        longest = max(over, key=lambda one: one.rank, default=None)
        if longest is None:
            told = "was never without it" if app.rto_us == 0 else "did not recover"
            lines.append(line((f"  {app.app}: ", "accent"), told))
            continue
        parts = ", ".join(f"{phase.name} {span(phase.ends_us - phase.begins_us)}" for phase in longest.phases)
        lines += wrapped(f"{app.app}: {span(app.rto_us)}: {parts}", width, "", "  ")
    lost = [app for app in result.apps if app.counts.lost or app.counts.discarded or app.counts.writes_unknown]
    lines += [line(""), line(("What became of writes", "title"))] if lost else []
    for app in lost:
        counts = app.counts
        told = f"{counts.lost:,} lost, {counts.discarded:,} discarded, {counts.writes_unknown:,} unknown"
        lines.append(line((f"  {app.app}: ", "accent"), told))
    return lines


def _check(run: Run, check: CheckNow, width: int) -> list[Line]:
    if check.outcome is not None:
        glyph, word, style = _OUTCOMES.get(check.outcome, ("✗", "not reached", "bad"))
    elif check.begun_us is None:
        glyph, word, style = "·", "to come", "dim"
    elif check.holds:
        glyph, word, style = "●", "holds", "ok"
    else:
        glyph, word, style = "▲", "not yet", "warn"
    told = "now" if check.outcome is None else "saw"
    seen = f"   {told} {check.seen}" if check.seen else ""
    lines = [line((f"{glyph} {word} ", style), (check.text, ""), (seen, "dim"))]
    until = "" if check.until_us is None else f"decided by {since_start(check.until_us)}"
    more = "; ".join(text for text in (check.note, until) if text)
    return lines + (wrapped(more, width, "dim", "    ") if more else [])
