"""Results as JUnit XML, for the CI that runs the drills: a suite for each drill, a case for each check and objective.

A check that was not reached is a failure, never green. A drill that proved nothing, or was stopped, is an error of its
own, as no check of it says so; and so is a failed drill whose checks and objectives all held.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from opsconsole.drills.figures import moment, visible
from opsconsole.drills.result import CheckResult, DrillResult, ObjectiveResult, Outcome, Verdict

_GOOD = (Outcome.PASSED, Outcome.DONE)


def junit(results: Sequence[DrillResult]) -> str:
    """The XML text of results, one suite each in their order; times are virtual seconds."""
    root = Element("testsuites", name="opsconsole")
    for result in results:
        _suite(root, result)
    _count(root)
    root.set("time", _seconds(sum(result.ended_us for result in results)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: Element, result: DrillResult) -> None:
    suite = SubElement(root, "testsuite", name=visible(result.drill), time=_seconds(result.ended_us))
    properties = SubElement(suite, "properties")
    told = {
        "simulated": result.simulated,
        "title": result.title,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "seed": str(result.seed),
        "fleet": result.fleet,
        "product": result.product,
        "command": result.command,
        "log_digest": result.log_digest,
    }
    for name, value in told.items():
        SubElement(properties, "property", name=name, value=visible(value))
    for check in result.checks:
        _check(suite, result, check)
    for objective in result.objectives:
        _objective(suite, result, objective)
    _verdict(suite, result)
    _count(suite)


def _check(suite: Element, result: DrillResult, check: CheckResult) -> None:
    took_us = max(0, (check.decided_us or 0) - (check.begun_us or 0))
    case = _case(suite, result, f"{check.id}: {check.text}", took_us)
    if check.outcome in _GOOD:
        return
    if check.outcome is Outcome.WITHHELD:
        SubElement(case, "skipped", message=visible(check.why or check.outcome.value))
        return
    when = moment(check.decided_us)
    short = f"{check.outcome.value}: seen {check.seen} at {when}" if check.seen else f"{check.outcome.value} at {when}"
    told = (
        check.text,
        f"outcome: {check.outcome.value}",
        f"seen: {check.seen or '–'}",
        f"from: {moment(check.begun_us)}",
        f"decided: {when}",
        f"why: {check.why or '–'}",
        f"last event before it: {check.event or '–'}",
        f"replay: {result.command}",
    )
    _trouble(case, "failure", check.outcome.value, short, told)


def _objective(suite: Element, result: DrillResult, objective: ObjectiveResult) -> None:
    case = _case(suite, result, f"objective {objective.app} {objective.name} {objective.target}", 0)
    if objective.outcome in _GOOD:
        return
    short = f"{objective.outcome.value}: measured {objective.measured}, target {objective.target}"
    told = (
        f"{objective.app} {objective.name}",
        f"target: {objective.target}",
        f"measured: {objective.measured}",
        f"margin: {objective.margin}",
        f"why: {objective.why or '–'}",
        f"at: {moment(result.ended_us)}",
        f"replay: {result.command}",
    )
    _trouble(case, "failure", objective.outcome.value, short, told)


def _verdict(suite: Element, result: DrillResult) -> None:
    """A case for a verdict that no check or objective tells of."""
    if result.verdict is Verdict.PASSED:
        return
    if result.verdict is Verdict.FAILED and suite.find("testcase/failure") is not None:
        return
    kind = "failure" if result.verdict is Verdict.FAILED else "error"
    told = (result.reason, f"ended: {moment(result.ended_us)}", f"replay: {result.command}")
    case = _case(suite, result, f"verdict: {result.verdict.value}", 0)
    _trouble(case, kind, result.verdict.value, result.reason, told)


def _case(suite: Element, result: DrillResult, name: str, took_us: int) -> Element:
    classname = f"drill.{visible(result.drill)}"
    return SubElement(suite, "testcase", classname=classname, name=visible(name), time=_seconds(took_us))


def _trouble(case: Element, kind: str, type: str, message: str, told: Sequence[str]) -> None:
    trouble = SubElement(case, kind, message=visible(message), type=type)
    trouble.text = visible("\n".join(told))


def _count(element: Element) -> None:
    """Set the counts of a suite, or of all of them."""
    element.set("tests", str(len(list(element.iter("testcase")))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(len(list(element.iter(tag)))))


def _seconds(us: int) -> str:
    return f"{us / 1_000_000:.3f}"
