"""From a drill's file to what is run: every name in it is looked up in the fleet, everything wrong is noted at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.commands import Command
from opsconsole.commands.base import Kind
from opsconsole.drills.expressions import Vocabulary
from opsconsole.drills.form import ChaosFaultForm, ChaosForm, DrillForm, LessonForm, ObjectiveForm, StepForm
from opsconsole.drills.including import Included, join
from opsconsole.drills.spec import (
    Chaos,
    ChaosFault,
    Check,
    Drill,
    Hint,
    Lesson,
    Objective,
    Question,
    Step,
)
from opsconsole.drills.steps import SECOND_US, Reading, build, find_command, resolve_step
from opsconsole.fleet import FileProblems, LoadedFleet, load_fleet, shipped_fleets
from opsconsole.fleet.findings import Findings
from opsconsole.fleet.findings import Path as KeyPath
from opsconsole.fleet.shipped import shipped_folder
from opsconsole.fleet.sift import known
from opsconsole.fleet.text import meant, quoted
from opsconsole.fleet.values import GREATEST_SEED

LONGEST_DAYS: Final = 400
MOST_STEPS: Final = 10_000
MOST_AT_ONCE: Final = 1_000
MOST_RUNS: Final = 1_000_000
LONGEST_BRIEF: Final = 5
DEFAULT_THRESHOLD: Final = 99.0
_ANY: Final = re.compile(r"any\((?P<of>[^()]+)\)")
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[^{}]*)\}")


@dataclass(frozen=True)
class Source:
    """Where a drill's text comes from, and what the command line changes in it."""

    path: Path
    text: str
    settings: Mapping[str, str]
    seed: int | None
    included: list[Included] = field(default_factory=list)  # what `prepare` found, for `resolve`


def prepare(source: Source, raw: dict[str, object], findings: Findings) -> dict[str, object]:
    """The same tables with what the drill includes, and every `${name}` replaced by its variable."""
    joined, included = join(source.path, raw, findings)
    source.included[:] = [included]
    return _substitute(source, joined, findings)


def _substitute(source: Source, raw: dict[str, object], findings: Findings) -> dict[str, object]:
    table = raw.get("vars")
    variables = {key: str(value) for key, value in table.items()} if isinstance(table, dict) else {}
    variables.update(source.settings)

    def replaced(value: object, path: KeyPath) -> object:
        if isinstance(value, str) and "${" in value:
            for name in _VARIABLE.findall(value):
                if name not in variables:
                    findings.add(path, f'there is no variable "{name}"', meant(name, variables))
            return _VARIABLE.sub(lambda found: variables.get(found["name"], found[0]), value)
        if isinstance(value, dict):
            return {key: replaced(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [replaced(inner, (*path, index)) for index, inner in enumerate(value)]
        return value

    return {key: value if key == "vars" else replaced(value, (key,)) for key, value in raw.items()}


def resolve(source: Source, form: DrillForm, raw: Mapping[str, object], findings: Findings) -> Drill | None:
    """The drill that a form describes, or None with what is wrong added to `findings`."""
    drill = _resolve(source, form, findings)
    for included in source.included:
        included.move(findings)
    return drill


def _resolve(source: Source, form: DrillForm, findings: Findings) -> Drill | None:
    _check_numbers(form, findings)
    loaded = _fleet(source, known(form.fleet), findings)
    if loaded is None:
        return None
    cloud = Cloud(loaded.fleet)
    if not cloud.apps:
        wrong = "this fleet has no apps: nobody in it could say whether it got through"
        findings.add(("fleet",), wrong, "give it an [apps.…], or take another fleet")
    reading = Reading(Vocabulary(cloud, _made(form), _marks(form)), findings, _length_us(form))
    given = reading.checks(form.given, ("given",))
    steady = reading.checks(form.steady, ("steady",))
    steps = [resolve_step(step, number, reading) for number, step in enumerate(form.timeline)]
    timeline = tuple(step for step in steps if step is not None)
    _check_order(form, timeline, findings)
    objectives = [_objective(app, table, cloud, steady, findings) for app, table in sorted(form.objective.items())]
    chaos = None if form.chaos is None else _chaos(form.chaos, reading)
    lesson = None if form.lesson is None else _lesson(form.lesson, findings)
    _check_purpose(form, findings)
    for index, fact in enumerate(form.facts):
        if fact not in catalog.facts():
            right = meant(fact, catalog.facts(), "`opsconsole catalog facts` lists them")
            findings.add(("facts", index), f"the mission list has no fact {quoted(fact)}", right)
    if findings or findings.partial:
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
        variables={**form.vars, **source.settings},
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
    length = known(form.length)
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


def _fleet(source: Source, name: str | None, findings: Findings) -> LoadedFleet | None:
    """A shipped fleet by its name, or a file in the drill's folder, that folder's parent, or among the shipped ones."""
    if name is None:
        return None
    shipped = shipped_fleets()
    path = shipped.get(name)
    if path is None:
        path = source.path.parent / name
        folder = source.path.resolve().parent
        allowed = (folder, folder.parent, *(one.parent for one in shipped.values()))
        if not path.is_file():
            right = meant(name, shipped, "give a shipped fleet's name, or a path beside the drill")
            findings.add(("fleet",), f"there is no fleet {quoted(name)}", right)
            return None
        if not any(path.resolve().is_relative_to(one) for one in allowed):
            findings.add(
                ("fleet",), "the fleet lies outside the drill's folder and its parent", "copy it beside the drill"
            )
            return None
    try:
        return load_fleet(path)
    except FileProblems as bad:
        more = f" (and {len(bad.problems) - 1} more)" if len(bad.problems) > 1 else ""
        findings.add(("fleet",), f"the fleet has mistakes: {bad.problems[0]}{more}", f"see `opsconsole check {name}`")
        return None


def _made(form: DrillForm) -> dict[str, None]:
    """Ids of what actions make on the way: anything that they name may be new."""
    made: dict[str, None] = {}
    for step in form.timeline:
        if step.action is not None:
            texts = [value for value in step.with_.values() if isinstance(value, str)]
            made.update(dict.fromkeys([*texts, *([step.target] if step.target and "create-" in step.action else [])]))
    return made


def _marks(form: DrillForm) -> dict[str, None]:
    return {step.mark: None for step in form.timeline if step.mark is not None}


def _check_order(form: DrillForm, timeline: tuple[Step, ...], findings: Findings) -> None:
    """Every `after` names a step that can end, and none waits for itself."""
    ids: dict[str, int] = {}
    for number, step in enumerate(form.timeline):
        if step.id is not None and step.id in ids:
            wrong = f"the id {quoted(step.id)} is given twice, first at timeline[{ids[step.id]}]"
            findings.add(("timeline", number, "id"), wrong, "rename one of them")
        elif step.id is not None:
            ids[step.id] = number
    for number, step in enumerate(form.timeline):
        if step.after is None:
            continue
        path: KeyPath = ("timeline", number, "after")
        if step.after not in ids:
            right = meant(step.after, ids) if ids else 'give that step an id = "…"'
            findings.add(path, f"no step has the id {quoted(step.after)}", right)
            continue
        before = form.timeline[ids[step.after]]
        if before.stop is not None:
            findings.add(path, "it can never start: the drill ends with that step", "name another one")
        elif before.always is not None and before.for_ is None:
            findings.add(path, "it can never start: that step holds until the end of the drill", "give that one a for")
        elif _waits_for_itself(step, form, ids):
            findings.add(path, "it can never start: it waits for itself", "begin the chain with at or when")


def _waits_for_itself(step: StepForm, form: DrillForm, ids: Mapping[str, int]) -> bool:
    seen: list[StepForm] = []
    following: StepForm | None = step
    while following is not None and following.after is not None and following.after in ids:
        following = form.timeline[ids[following.after]]
        if following is step or any(following is one for one in seen):
            return True
        seen.append(following)
    return False


def _check_purpose(form: DrillForm, findings: Findings) -> None:
    """A drill that could not fail would be green by accident."""
    checks = any(step.expect or step.always or step.refused for step in form.timeline)
    if not checks and not form.steady and not form.objective and not findings:
        right = "add an expect, an always, or an [objective.APP]"
        findings.missing((), "nothing in this drill could fail: it has no check and no objective", right)
    if form.timeline or form.chaos is not None or findings:
        return
    findings.missing((), "nothing happens in this drill", "add a timeline, or [chaos]")


def _objective(
    app: str, form: ObjectiveForm, cloud: Cloud, steady: tuple[Check, ...], findings: Findings
) -> Objective | None:
    path: KeyPath = ("objective", app)
    if app not in cloud.apps:
        findings.add(path, f"there is no app {quoted(app)}", meant(app, cloud.apps), at="key")
        return None
    promises = (form.rto, form.rpo, form.lost, form.discarded, form.wrong, form.availability, form.staleness)
    if all(one is None for one in promises) and not findings.about(*path):
        findings.add(path, "it promises nothing", 'add rto = "90s", rpo = "0s", or another one')
    writes, reads = cloud.apps[app].writes_to is not None, cloud.apps[app].reads_at_all
    on = form.on or ("writes" if writes else "reads")
    if on not in ("writes", "reads"):
        findings.add((*path, "on"), f"{quoted(on)} is not possible here", 'write "writes" or "reads"')
    elif not (writes if on == "writes" else reads):
        findings.add((*path, "on"), f"{app} has no {on}", f'write "{"reads" if on == "writes" else "writes"}"')
    for key, count in (("lost", form.lost), ("discarded", form.discarded), ("wrong", form.wrong)):
        if count is not None and count < 0:
            findings.add((*path, key), "fewer than none", "write 0 or more")
    if form.settle <= 0:
        findings.add((*path, "settle"), "a window of no length is always good", 'write settle = "10s"')
    return Objective(
        app=app,
        on=on,
        threshold_percent=_threshold(app, on, steady) if form.threshold is None else form.threshold,
        settle_us=round(form.settle * SECOND_US),
        rto_us=_us(form.rto),
        rpo_us=_us(form.rpo),
        lost=form.lost,
        discarded=form.discarded,
        wrong=form.wrong,
        availability_percent=form.availability,
        staleness_us=_us(form.staleness),
    )


def _us(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * SECOND_US)


def _threshold(app: str, on: str, steady: tuple[Check, ...]) -> float:
    """The app's line in `steady`, else 99 %."""
    for check in steady:
        named = check.subject.thing == app and check.subject.name == f"{on}.ok"
        if named and check.op in (">", ">=") and isinstance(check.right, float):
            return check.right
    return DEFAULT_THRESHOLD


def _chaos(form: ChaosForm, reading: Reading) -> Chaos | None:
    findings = reading.findings
    if not 1 <= form.runs <= MOST_RUNS:
        findings.add(("chaos", "runs"), f"{form.runs:,} runs", f"write 1 to {MOST_RUNS:,}")
    if form.concurrent < 1:
        findings.add(("chaos", "concurrent"), "no fault at all could begin", "write 1 or more")
    if not known(form.fault):
        findings.missing(
            ("chaos",), "nothing goes wrong by chance", 'add fault = [{ fault = "…", target = "…", mean = "1d" }]'
        )
        return None
    faults = [_chaos_fault(fault, index, reading) for index, fault in enumerate(form.fault)]
    whole = tuple(fault for fault in faults if fault is not None)
    return Chaos(form.runs, form.need, form.concurrent, round(form.gap * SECOND_US), whole)


def _chaos_fault(form: ChaosFaultForm, index: int, reading: Reading) -> ChaosFault | None:
    path: KeyPath = ("chaos", "fault", index)
    findings, name, target = reading.findings, known(form.fault), known(form.target)
    if name is None or target is None or known(form.mean) is None:
        return None
    if form.mean < 1:
        findings.add((*path, "mean"), "less than a second between two faults", 'write mean = "1h" or so')
    model = find_command(name, (Kind.FAULT,), (*path, "fault"), findings)
    targets = _targets(target, (*path, "target"), reading)
    if model is None or not targets:
        return None
    for one in targets:
        if build(model, one, form.with_, None if form.for_ is None else form.for_[0] or 1.0, path, reading) is None:
            return None

    def command(target: str, for_s: float | None) -> Command:
        made = build(model, target, form.with_, for_s, path, reading)
        assert made is not None, "a fault that was right when it was read is wrong now"
        return made

    lasts = None if form.for_ is None else (round(form.for_[0] * SECOND_US), round(form.for_[1] * SECOND_US))
    return ChaosFault(command, name, targets, round(form.mean * SECOND_US), lasts)


def _targets(text: str, path: KeyPath, reading: Reading) -> tuple[str, ...]:
    """The id itself; of `any(ID)` what ID is made of: zones, instances, `.readers`, `.nodes`."""
    found = _ANY.fullmatch(text)
    if found is None:
        return (text,)
    members = members_of(reading.words.cloud, found["of"])
    if not members:
        wrong = f"{quoted(found['of'])} is made of nothing that can be chosen"
        reading.findings.add(
            path, wrong, "write a Region, a cluster, an instance, or a cache, or its .readers or .nodes"
        )
    return members


def members_of(cloud: Cloud, text: str) -> tuple[str, ...]:
    """What `any(…)` chooses among."""
    id, _, part = text.partition(".")
    if id in cloud.places.regions and not part:
        return tuple(zone.name for zone in cloud.places.regions[id].zones)
    if id in cloud.clusters and part in ("", "readers"):
        cluster = cloud.clusters[id]
        return tuple(cluster.instances) if not part else tuple(reader.id for reader in cluster.readers())
    if id in cloud.rds and part in ("", "readers", "replicas"):
        return tuple(replica.id for replica in cloud.rds[id].replicas()) if part else (id,)
    if id in cloud.caches and part in ("", "nodes", "replicas"):
        group = cloud.caches[id]
        return tuple(node for node in group.nodes if part != "replicas" or group.role(group.nodes[node]) == "replica")
    return ()


def _lesson(form: LessonForm, findings: Findings) -> Lesson | None:
    path: KeyPath = ("lesson",)
    brief = known(form.brief)
    if brief is None or known(form.number) is None:
        return None
    if len(brief.strip().splitlines()) > LONGEST_BRIEF:
        findings.add((*path, "brief"), f"a brief has {LONGEST_BRIEF} lines at most", "tell the symptom, not the cause")
    if not 1 <= form.level <= 3:
        findings.add((*path, "level"), f"level {form.level}", "write 1, 2 or 3")
    for index, question in enumerate(form.questions):
        choices = known(question.choices) or []
        answer = known(question.answer)
        if answer is not None and not 0 <= answer < len(choices):
            where: KeyPath = (*path, "questions", index, "answer")
            findings.add(where, f"there is no choice {answer}", f"write 0 to {len(choices) - 1}")
    if findings.about(*path):
        return None
    return Lesson(
        form.number,
        form.level,
        tuple(form.topics),
        brief.strip(),
        tuple(Hint(hint.text, hint.cost, round(hint.after * SECOND_US)) for hint in form.hints),
        tuple(
            Question(one.ask, tuple(one.choices), one.answer, one.points, one.why, one.before) for one in form.questions
        ),
        tuple(form.debrief),
    )
