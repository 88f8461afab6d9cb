"""From a drill's file to what is run: every name in it is looked up in the fleet, everything wrong is noted at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opsconsole import catalog
from opsconsole.drills.reading.base import SECOND_US, Reading
from opsconsole.drills.reading.chaos import read_chaos
from opsconsole.drills.reading.commands import made_by
from opsconsole.drills.reading.expressions import Vocabulary
from opsconsole.drills.reading.fleets import cloud_of, fleet_of
from opsconsole.drills.reading.form import (
    DrillForm,
)
from opsconsole.drills.reading.lessons import read_lesson
from opsconsole.drills.reading.objectives import read_objective
from opsconsole.drills.reading.order import check_order
from opsconsole.drills.reading.steps import resolve_step
from opsconsole.drills.reading.variables import Source
from opsconsole.drills.spec import (
    Drill,
)
from opsconsole.fleet.findings import Findings
from opsconsole.fleet.shipped import shipped_folder
from opsconsole.fleet.sift import known
from opsconsole.fleet.text import meant, quoted
from opsconsole.fleet.values import GREATEST_SEED

LONGEST_DAYS: Final = 400
MOST_STEPS: Final = 10_000
MOST_AT_ONCE: Final = 1_000


def resolve(source: Source, form: DrillForm, raw: Mapping[str, object], findings: Findings) -> Drill | None:
    """The drill that a form describes, or None with what is wrong added to `findings`."""
    drill = _resolve(source, form, raw, findings)
    for included in source.included:
        included.move(findings)
    return drill


def _resolve(source: Source, form: DrillForm, raw: Mapping[str, object], findings: Findings) -> Drill | None:
    _check_numbers(form, findings)
    if len(form.timeline) > MOST_STEPS:
        return None  # that is noted, and nobody wants to wait for what is wrong with each
    loaded = fleet_of(source, known(form.fleet), findings)
    cloud = None if loaded is None else cloud_of(loaded.text, str(loaded.path))
    if cloud is not None and not cloud.apps:
        wrong = "this fleet has no apps: nobody in it could say whether it got through"
        findings.add(("fleet",), wrong, "give it an [apps.…], or take another fleet")
    words = None if cloud is None else Vocabulary(cloud, _made(form), _marks(form))
    reading = Reading(words, raw, findings, _length_us(form))
    given = reading.checks(form.given or None, ("given",))
    steady = reading.checks(form.steady or None, ("steady",))
    steps = [resolve_step(step, number, reading) for number, step in enumerate(form.timeline)]
    timeline = tuple(step for step in steps if step is not None)
    check_order(form, findings)
    objectives = [read_objective(app, table, reading, steady) for app, table in sorted(form.objective.items())]
    chaos = None if form.chaos is None else read_chaos(form.chaos, reading)
    lesson = None if form.lesson is None else read_lesson(form.lesson, findings)
    _check_purpose(form, findings)
    for index, fact in enumerate(form.facts):
        if fact not in catalog.facts():
            right = meant(fact, catalog.facts(), "`opsconsole catalog facts` lists them")
            findings.add(("facts", index), f"the mission list has no fact {quoted(fact)}", right)
    if findings or findings.partial or loaded is None:
        return None
    seed = loaded.fleet.seed if form.seed is None else form.seed
    return Drill(
        name=source.path.stem,
        path=source.path,
        text=source.text + "".join(one.text for one in source.included),
        title=form.title,
        loaded=loaded,
        seed=seed if source.seed is None else source.seed,
        length_us=reading.length_us,
        note=form.note or "",
        tags=tuple(form.tags),
        facts=tuple(form.facts),
        variables={name: source.settings.get(name, value) for name, value in form.vars.items()},
        settings={name: value for name, value in source.settings.items() if name in form.vars},
        shipped=source.path.resolve().is_relative_to(shipped_folder().resolve()),
        given=given,
        steady=steady,
        timeline=timeline,
        objectives=tuple(one for one in objectives if one is not None),
        chaos=chaos,
        lesson=lesson,
    )


def _length_us(form: DrillForm) -> int:
    """0 where it is not known."""
    length = known(form.length)
    return 0 if length is None else round(length * SECOND_US)


def _check_numbers(form: DrillForm, findings: Findings) -> None:
    title, length = known(form.title), known(form.length)
    if title is not None and not title.strip():
        findings.add(("title",), "an empty title", "write what happens, and what must hold, in one sentence")
    if length is not None and not 0 < length <= LONGEST_DAYS * 86_400:
        wrong = "a drill takes some time" if length <= 0 else f"a drill lasts {LONGEST_DAYS} days at most"
        findings.add(("length",), wrong, 'write it like "15m", "2h" or "7d"')
    if form.seed is not None and not 0 <= form.seed <= GREATEST_SEED:
        findings.add(
            ("seed",), f"the seed {form.seed} is out of range", f"write a whole number from 0 to {GREATEST_SEED}"
        )
    if len(form.timeline) > MOST_STEPS:
        findings.add(("timeline",), f"{len(form.timeline):,} steps", f"a drill has {MOST_STEPS:,} at most")
    instants: dict[float, int] = {}
    for step in form.timeline:
        if step.at is not None:
            instants[step.at] = instants.get(step.at, 0) + 1
    if max(instants.values(), default=0) > MOST_AT_ONCE:
        findings.add(("timeline",), f"more than {MOST_AT_ONCE:,} steps at one instant", "spread them")


def _made(form: DrillForm) -> dict[str, None]:
    """Ids of what actions make on the way."""
    return dict.fromkeys(id for step in form.timeline for id in made_by(step))


def _marks(form: DrillForm) -> dict[str, None]:
    return {step.mark: None for step in form.timeline if step.mark is not None}


def _check_purpose(form: DrillForm, findings: Findings) -> None:
    """A drill that could not fail would be green by accident."""
    checks = bool(form.steady) or any(step.expect or step.always or step.refused for step in form.timeline)
    if not checks and not form.objective and not findings:
        right = "add an expect, an always, or an [objective.APP]"
        findings.missing((), "nothing in this drill could fail: it has no check and no objective", right)
    if form.timeline or form.chaos is not None or findings:
        return
    findings.missing((), "nothing happens in this drill", "add a timeline, or [chaos]")
