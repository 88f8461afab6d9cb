"""Sections 1 and 2: what came of it, what it was, and each objective against what was measured."""

from __future__ import annotations

from opsconsole.drills.figures import clock, plural, span
from opsconsole.drills.report.markup import Html, element, join
from opsconsole.drills.report.parts import badge, code, command, facts, section, verdict_class
from opsconsole.drills.result import DrillResult, ObjectiveResult, Outcome

_GAUGE = 200.0

_NAMES = {
    "rto": "RTO",
    "rpo": "RPO",
    "lost": "Writes lost",
    "discarded": "Writes discarded",
    "wrong": "Wrong rows left",
    "availability": "Availability",
    "staleness": "Staleness",
}


def verdict_section(result: DrillResult) -> Html:
    """Section 1."""
    word = element("p", badge(verdict_class(result.verdict), result.verdict.value), class_="verdict")
    return element(
        "header",
        element("p", "Drill report", class_="kicker"),
        element("h1", result.title),
        element("div", word, element("p", result.reason, class_="reason"), class_="ending"),
        element("p", _tally(result), class_="tally"),
        element("p", result.note, class_="note") if result.note else None,
        command("Replay it", result.command),
        facts(
            (
                ("Drill", join(result.drill, _digest(result.drill_digest))),
                ("Fleet", join(result.fleet_name, " ", code(result.fleet), _digest(result.fleet_digest))),
                ("Seed", str(result.seed)),
                ("Settings", join(_separated(result.settings)) if result.settings else "as the file says"),
                ("Length", _length(result)),
                ("Version", join(result.product, _digest(f"catalog {result.catalog}"))),
                ("Event log", join(plural(result.log_rows, "row"), _digest(result.log_digest))),
                *((("Tags", ", ".join(result.tags)),) if result.tags else ()),
                *((("Facts shown", ", ".join(result.facts)),) if result.facts else ()),
            )
        ),
        class_=f"opening {verdict_class(result.verdict)}",
        id="verdict",
    )


def _digest(digest: str) -> Html:
    return element("span", digest, class_="digest")


def _separated(settings: tuple[str, ...]) -> list[Html]:
    return [join(" " if index else None, code(setting)) for index, setting in enumerate(settings)]


def _length(result: DrillResult) -> str:
    if result.ended_us == result.length_us:
        return span(result.length_us)
    return f"{span(result.length_us)}, ended at {clock(result.ended_us)}"


def _tally(result: DrillResult) -> str:
    kept = sum(objective.outcome is Outcome.PASSED for objective in result.objectives)
    passed = sum(check.outcome is Outcome.PASSED for check in result.checks)
    return (
        f"{kept} of {plural(len(result.objectives), 'objective')} kept · "
        f"{passed} of {plural(len(result.checks), 'check')} passed · "
        f"{plural(sum(len(app.incidents) for app in result.apps), 'incident')}"
    )


def objectives_section(result: DrillResult) -> Html:
    """Section 2."""
    if not result.objectives:
        return section("objectives", "Objectives", element("p", "This drill promises nothing: it has no objective."))
    apps = dict.fromkeys(objective.app for objective in result.objectives)
    groups = [(app, [objective for objective in result.objectives if objective.app == app]) for app in apps]
    return section(
        "objectives",
        "Objectives",
        [
            join(element("h3", app), element("div", (_tile(objective) for objective in of_app), class_="tiles"))
            for app, of_app in groups
        ],
    )


def _tile(objective: ObjectiveResult) -> Html:
    kept = objective.outcome is Outcome.PASSED
    word = "kept" if kept else "not kept" if objective.outcome is Outcome.FAILED else objective.outcome.value
    return element(
        "article",
        element(
            "div",
            element("h4", _NAMES.get(objective.name, objective.name)),
            badge("good" if kept else "bad", word),
            class_="tile-head",
        ),
        element("p", objective.measured, class_="measured"),
        _gauge(objective),
        facts((("Target", objective.target), ("Margin", objective.margin))),
        element("p", objective.why, class_="quiet") if objective.why else None,
        class_=f"tile {'good' if kept else 'bad'}",
    )


def _gauge(objective: ObjectiveResult) -> Html:
    """How much of what the objective allows was used up; the line is all of it."""
    used = allowance_used(objective)
    beyond = used is None or used > 1
    full = _GAUGE if beyond else _GAUGE * 0.8
    bar = full if beyond else full * (used or 0.0)
    words = "more than is allowed" if beyond else f"{(used or 0.0) * 100:.0f} % of what is allowed"
    return element(
        "svg",
        element("title", words),
        element("rect", x=0, y=2, width=_GAUGE, height=6, rx=3, class_="gauge"),
        element("rect", x=0, y=2, width=bar, height=6, rx=3, class_="gauge-bar") if bar > 0 else None,
        element("path", d=f"M{_GAUGE * 0.8:.0f} 0V10", class_="gauge-limit"),
        viewBox=f"0 0 {_GAUGE:.0f} 10",
        class_="gauge-box",
        role="img",
        aria_label=words,
        preserveAspectRatio="none",
    )


def allowance_used(objective: ObjectiveResult) -> float | None:
    """Which part of the allowance was used, 1 being all of it; None: more than there is, or it was not recovered."""
    if objective.measured_value is None:
        return None
    spent, allowed = objective.measured_value, objective.target_value
    if objective.name == "availability":
        spent, allowed = 100 - spent, 100 - allowed
    if allowed <= 0:
        return 0.0 if spent <= 0 else None
    return spent / allowed
