"""Sections 7 to 10: every check, every step, the numbers that are ours, and what is for people to write."""

from __future__ import annotations

from opsconsole.drills.figures import moment, span
from opsconsole.drills.report.markup import Html, element, join
from opsconsole.drills.report.parts import code, note, outcome, section, table
from opsconsole.drills.result import CheckResult, DrillResult, StepResult

_QUESTIONS = (
    ("What went well", "Which signal, tool or habit helped? What should stay as it is?"),
    ("What went badly", "What was slow, missing or wrong? What was believed that was not so?"),
    ("Where we got lucky", "What would have made it worse, and did not happen this time?"),
    ("Action items", "What is to be done, by whom, until when?"),
)


def checks_section(result: DrillResult) -> Html:
    """Section 7."""
    if not result.checks:
        return section("checks", "Checks", element("p", "This drill has no check."))
    headings = ("Ended", "Check", "Seen", "From", "Decided")
    return section("checks", "Checks", table(headings, [_check(c) for c in result.checks], numeric=(3, 4), stacks=True))


def _check(check: CheckResult) -> tuple[Html | str, ...]:
    said = join(
        code(check.text),
        element("div", f"{check.kind} · {check.id}", class_="quiet"),
        element("div", check.note) if check.note else None,
        element("div", check.why) if check.why else None,
        element("div", "last event before it: ", check.event, class_="quiet") if check.event else None,
    )
    return outcome(check.outcome), said, check.seen or "–", moment(check.begun_us), moment(check.decided_us)


def steps_section(result: DrillResult) -> Html:
    """Section 8."""
    if not result.steps:
        return section("steps", "Steps", element("p", "Nothing was done in this drill."))
    headings = ("Ended", "Step", "By", "When", "Took")
    return section("steps", "Steps", table(headings, [_step(s) for s in result.steps], numeric=(3, 4), stacks=True))


def _step(step: StepResult) -> tuple[Html | str, ...]:
    kind = f"{step.kind} · {step.id}{' · hidden until now' if step.hidden else ''}"
    said = join(
        element("q", step.text) if step.kind == "say" else code(step.text),
        element("div", kind, class_="quiet"),
        element("div", code(step.code), " ", step.sentence) if step.code else None,
        element("div", step.sentence) if step.sentence and not step.code else None,
    )
    return outcome(step.outcome), said, step.by, moment(step.begun_us), _took(step)


def _took(step: StepResult) -> str:
    """From when it was asked until it had its effect."""
    if step.begun_us is None or step.ended_us is None:
        return "–"
    return span(step.ended_us - step.begun_us) if step.ended_us > step.begun_us else "at once"


def assumptions_section(result: DrillResult) -> Html:
    """Section 9."""
    rows = [(row.name, row.value, row.source, row.confidence) for row in result.assumptions]
    return section(
        "assumptions",
        "What rests on our own assumptions",
        note(
            "AWS publishes no number for these, so the simulation has its own (confidence SIM): a result that hangs on "
            "one of them is a reason to measure it on the real thing."
        ),
        table(("What", "Value", "Where it is from", "Confidence"), rows, stacks=True)
        if rows
        else element("p", "None: every number behind this result has a source outside the simulator."),
    )


def people_section() -> Html:
    """Section 10: boxes to fill in, on the screen or on paper; nothing that is typed goes anywhere."""
    return section(
        "people",
        "For the people who ran it",
        element("div", [_box(title, question) for title, question in _QUESTIONS], class_="boxes"),
    )


def _box(title: str, question: str) -> Html:
    field = element(
        "div", class_="box", contenteditable="true", role="textbox", aria_multiline="true", aria_label=title
    )
    return element("article", element("h3", title), element("p", question, class_="quiet"), field)
