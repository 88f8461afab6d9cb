"""From a drill's file to what is run: every name in it is looked up in the fleet, everything wrong is noted at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.commands import Command
from opsconsole.drills.expressions import Vocabulary
from opsconsole.drills.form import (
    ChaosFaultForm,
    ChaosForm,
    DrillForm,
    LessonForm,
    ObjectiveForm,
    QuestionForm,
    StepForm,
)
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
)
from opsconsole.drills.steps import FAULTS, SECOND_US, Reading, build, find_command, made_by, resolve_step
from opsconsole.fleet import FileProblems, Fleet, LoadedFleet, format_duration, nearest, parse_fleet, shipped_fleets
from opsconsole.fleet.files import read_text
from opsconsole.fleet.findings import Findings
from opsconsole.fleet.findings import Path as KeyPath
from opsconsole.fleet.shipped import MOST_BESIDE, shipped_folder
from opsconsole.fleet.sift import known
from opsconsole.fleet.text import meant, one_of, quoted, shown
from opsconsole.fleet.values import GREATEST_SEED

LONGEST_DAYS: Final = 400
MOST_STEPS: Final = 10_000
MOST_AT_ONCE: Final = 1_000
MOST_RUNS: Final = 1_000_000
FLEETS_KEPT: Final = 4
"""A file with mistakes is read twice, and a folder of drills is often about one fleet."""
LONGEST_BRIEF: Final = 5
DEFAULT_THRESHOLD: Final = 99.0
_OF_A_PLACE: Final = ("az:", "region:", "link:")
_ANY: Final = re.compile(r"any\((?P<of>[^()]+)\)")
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[^{}]*)\}")
_OTHERWISE: Final = re.compile(r"\$(?P<name>\w{1,64})|\{\{ ?(?P<braces>\w{1,64}) ?\}\}|\$\{(?P<open>\w{1,64})(?![\w}])")
"""How other tools write a variable."""
_NO_VARIABLES: Final = "add vars = { … } to the drill, or write the value itself"


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
    table = raw.get("vars", {})
    written = table if isinstance(table, dict) else {}
    variables = {key: source.settings.get(key, _text(value)) for key, value in written.items()}
    for key, value in written.items():
        if "${" in _text(value) and key not in source.settings:
            findings.add(("vars", key), "a variable is a text, and holds no other variable", "write it out")

    def replaced(value: object, path: KeyPath) -> object:
        if isinstance(value, str) and ("$" in value or "{{" in value):
            if written is not table:  # nobody knows which variables there would be
                findings.silenced.add(path)
            return _replaced(value, path, variables, findings)
        if isinstance(value, dict):
            return {key: replaced(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [replaced(inner, (*path, index)) for index, inner in enumerate(value)]
        return value

    return {key: value if key == "vars" else replaced(value, (key,)) for key, value in raw.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _replaced(text: str, path: KeyPath, variables: Mapping[str, str], findings: Findings) -> str:
    """A text with its variables put in; nothing more is said about one in which that is not possible."""
    found = len(findings.found)
    for name in _VARIABLE.findall(text):
        if name not in variables:
            right = meant(name.strip(), variables, f"write one of {one_of(variables)}") if variables else _NO_VARIABLES
            findings.add(path, f'there is no variable "{name}"', right)
    for other in _OTHERWISE.finditer(text):
        name = other["name"] or other["braces"] or other["open"]
        if name in variables:
            findings.add(path, f"{quoted(other[0])} is not how a variable is written", f"write ${{{name}}}")
    if len(findings.found) > found:
        findings.silenced.add(path)
    return _VARIABLE.sub(lambda match: variables.get(match["name"], match[0]), text)


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
    loaded = _fleet(source, known(form.fleet), findings)
    cloud = None if loaded is None else _cloud(loaded.text, str(loaded.path))
    if cloud is not None and not cloud.apps:
        wrong = "this fleet has no apps: nobody in it could say whether it got through"
        findings.add(("fleet",), wrong, "give it an [apps.…], or take another fleet")
    words = None if cloud is None else Vocabulary(cloud, _made(form), _marks(form))
    reading = Reading(words, raw, findings, _length_us(form))
    given = reading.checks(form.given or None, ("given",))
    steady = reading.checks(form.steady or None, ("steady",))
    steps = [resolve_step(step, number, reading) for number, step in enumerate(form.timeline)]
    timeline = tuple(step for step in steps if step is not None)
    _check_order(form, findings)
    objectives = [_objective(app, table, reading, steady) for app, table in sorted(form.objective.items())]
    chaos = None if form.chaos is None else _chaos(form.chaos, reading)
    lesson = None if form.lesson is None else _lesson(form.lesson, findings)
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


def _fleet(source: Source, name: str | None, findings: Findings) -> LoadedFleet | None:
    """A shipped fleet by its name, or a file in the drill's folder, that folder's parent, or among the shipped ones."""
    if name is None:
        return None
    shipped = shipped_fleets()
    path = shipped.get(name)
    if path is None:
        path = source.path.parent / name
        if not _is_file(path):
            findings.add(("fleet",), f"there is no fleet {quoted(name)}", _other_fleet(path, name, shipped))
            return None
        folder = source.path.resolve().parent
        allowed = (folder, folder.parent, *(one.parent for one in shipped.values()))
        if not any(path.resolve().is_relative_to(one) for one in allowed):
            findings.add(
                ("fleet",), "the fleet lies outside the drill's folder and its parent", "copy it beside the drill"
            )
            return None
    try:
        text = read_text(path)
        return LoadedFleet(_parsed(text, str(path)), text, path)
    except FileProblems as bad:
        more = f" (and {len(bad.problems) - 1} more)" if len(bad.problems) > 1 else ""
        findings.add(("fleet",), f"the fleet has mistakes: {bad.problems[0]}{more}", f"see `opsconsole check {name}`")
        return None


@lru_cache(maxsize=FLEETS_KEPT)
def _parsed(text: str, filename: str) -> Fleet:
    return parse_fleet(text, filename)


@lru_cache(maxsize=FLEETS_KEPT)
def _cloud(text: str, filename: str) -> Cloud:
    """A fleet as it stands at the begin, where names are looked up; nobody runs it or changes anything in it."""
    return Cloud(_parsed(text, filename))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _other_fleet(path: Path, name: str, shipped: Mapping[str, Path]) -> str:
    """What was probably meant: a file beside the drill, or a shipped fleet."""
    try:
        beside = [other.name for other in islice(path.parent.glob("*.toml"), MOST_BESIDE)] if path.name else []
    except (OSError, ValueError):
        beside = []
    near = nearest(path.name, beside)
    if near is not None:
        return f'did you mean "{shown(str(Path(name).with_name(near)))}"?'
    return meant(name.removesuffix(".toml"), shipped, "give a shipped fleet's name, or a path beside the drill")


def _made(form: DrillForm) -> dict[str, None]:
    """Ids of what actions make on the way."""
    return dict.fromkeys(id for step in form.timeline for id in made_by(step))


def _marks(form: DrillForm) -> dict[str, None]:
    return {step.mark: None for step in form.timeline if step.mark is not None}


def _check_order(form: DrillForm, findings: Findings) -> None:
    """Every `after` names a step that can end, and none waits for itself; every name is given once."""
    marks: dict[str, int] = {}
    for number, step in enumerate(form.timeline):
        if step.mark is not None and marks.setdefault(step.mark, number) != number:
            wrong = f"the mark {quoted(step.mark)} is set twice, first at timeline[{marks[step.mark]}]"
            findings.add(("timeline", number, "mark"), wrong, "rename one of them")
    ids: dict[str, int] = {}
    for number, step in enumerate(form.timeline):
        if step.id is not None and step.id in ids:
            wrong = f"the id {quoted(step.id)} is given twice, first at timeline[{ids[step.id]}]"
            findings.add(("timeline", number, "id"), wrong, "rename one of them")
        elif step.id is not None:
            ids[step.id] = number
    circles = _in_circles(form, ids)
    for number, step in enumerate(form.timeline):
        if step.after is None:
            continue
        path: KeyPath = ("timeline", number, "after")
        if step.after not in ids and findings.enough:
            findings.missing(path, "", "")
            continue
        if step.after not in ids:
            right = meant(step.after, ids) if ids else 'give that step an id = "…"'
            findings.missing(path, f"no step has the id {quoted(step.after)}", right)
            continue
        before = form.timeline[ids[step.after]]
        if before.stop is not None:
            findings.add(path, "it can never start: the drill ends with that step", "name another one")
        elif before.always is not None and before.for_ is None:
            findings.add(path, "it can never start: that step holds until the end of the drill", "give that one a for")
        elif _never_ends(before, form):
            right = "give that one a for, or undo it with an action"
            findings.add(path, "it can never start: that fault lasts until the end of the drill", right)
        elif number in circles:
            findings.add(path, "it can never start: it waits for itself", "begin the chain with at or when")


def _never_ends(step: StepForm, form: DrillForm) -> bool:
    """Whether a step is a fault of a place that lasts until it is undone, in a drill in which nothing is done."""
    lasting = step.fault is not None and step.fault.startswith(_OF_A_PLACE) and step.for_ is None
    return lasting and not any(other.action for other in form.timeline)


def _in_circles(form: DrillForm, ids: Mapping[str, int]) -> set[int]:
    """The steps that wait for themselves, or for one that does."""
    begins: set[int] = set()
    circles: set[int] = set()
    for number in range(len(form.timeline)):
        chain: dict[int, None] = {}
        at: int | None = number
        while at is not None and at not in chain and at not in begins and at not in circles:
            chain[at] = None
            at = ids.get(form.timeline[at].after or "")
        (circles if at in chain or at in circles else begins).update(chain)
    return circles


def _check_purpose(form: DrillForm, findings: Findings) -> None:
    """A drill that could not fail would be green by accident."""
    checks = bool(form.steady) or any(step.expect or step.always or step.refused for step in form.timeline)
    if not checks and not form.objective and not findings:
        right = "add an expect, an always, or an [objective.APP]"
        findings.missing((), "nothing in this drill could fail: it has no check and no objective", right)
    if form.timeline or form.chaos is not None or findings:
        return
    findings.missing((), "nothing happens in this drill", "add a timeline, or [chaos]")


def _objective(app: str, form: ObjectiveForm, reading: Reading, steady: tuple[Check, ...]) -> Objective | None:
    path: KeyPath = ("objective", app)
    findings = reading.findings
    promises = (form.rto, form.rpo, form.lost, form.discarded, form.wrong, form.availability, form.staleness)
    if all(one is None for one in promises) and not findings.about(*path):
        findings.missing(path, "it promises nothing", 'add rto = "90s", rpo = "0s", or another one', at="key")
    for key, count in (("lost", form.lost), ("discarded", form.discarded), ("wrong", form.wrong)):
        if count is not None and count < 0:
            findings.add((*path, key), "fewer than none", "write 0 or more")
    for key, share in (("threshold", form.threshold), ("availability", form.availability)):
        if share is not None and share <= 0:
            findings.add((*path, key), "0% is kept whatever happens", 'write what is good, like "99%"')
    if form.settle <= 0:
        findings.add((*path, "settle"), "a window of no length is always good", 'write settle = "10s"')
    elif reading.length_us and form.settle * SECOND_US >= reading.length_us:
        length = format_duration(reading.length_us / SECOND_US)
        findings.add((*path, "settle"), f"no window of it ends before the drill does, at {length}", "make it shorter")
    on = _judged_on(app, form, reading)
    if on is None:
        return None
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


def _judged_on(app: str, form: ObjectiveForm, reading: Reading) -> str | None:
    """What an app's RTO is judged on; None if there is no such app, or no fleet to look it up in."""
    path: KeyPath = ("objective", app)
    findings, words = reading.findings, reading.words
    if form.on not in (None, "writes", "reads"):
        findings.add((*path, "on"), f"{quoted(form.on)} is not possible here", 'write "writes" or "reads"')
    if words is None or isinstance(reading.written(path), str | int | float | None):
        return None
    if app not in words.cloud.apps:
        findings.add(path, f"there is no app {quoted(app)}", meant(app, words.cloud.apps), at="key")
        return None
    writes, reads = words.cloud.apps[app].writes_to is not None, words.cloud.apps[app].reads_at_all
    on = form.on or ("writes" if writes else "reads")
    if (on == "writes" and not writes) or (on == "reads" and not reads):
        findings.add((*path, "on"), f"{app} has no {on}", f'write "{"reads" if on == "writes" else "writes"}"')
    useless = [key for key in ("rpo", "lost", "discarded", "wrong") if not writes and getattr(form, key) is not None]
    useless += ["staleness"] if form.staleness is not None and not reads else []
    for key in useless:
        what = "reads" if key == "staleness" else "writes"
        findings.add((*path, key), f"{app} has no {what}: this is kept whatever happens", "leave it out", at="key")
    return on


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
    if form.need <= 0:
        findings.add(("chaos", "need"), "0% of the runs pass whatever happens", 'write what is needed, like "99%"')
    if not known(form.fault):
        if not findings.about("chaos", "fault") and reading.written(("chaos", "fault")) is not None:
            right = 'write [{ fault = "…", target = "…", mean = "1d" }]'
            findings.add(("chaos", "fault"), "nothing goes wrong by chance", right)
        return None
    faults = [_chaos_fault(fault, index, reading) for index, fault in enumerate(form.fault)]
    whole = tuple(fault for fault in faults if fault is not None)
    return Chaos(form.runs, form.need, form.concurrent, round(form.gap * SECOND_US), whole)


def _chaos_fault(form: ChaosFaultForm, index: int, reading: Reading) -> ChaosFault | None:
    path: KeyPath = ("chaos", "fault", index)
    findings, name, target = reading.findings, known(form.fault), known(form.target)
    if name is None or target is None or known(form.mean) is None:
        return None
    if form.mean < 1 and not findings.about(*path, "mean"):
        findings.add((*path, "mean"), "less than a second between two faults", 'write mean = "1h" or so')
    model = find_command(name, FAULTS, (*path, "fault"), findings)
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
    if found is None and "(" not in text:
        return (text,)
    if found is None:
        reading.findings.add(path, f"{quoted(text)} is no choice", 'write any(ID), like "any(orders)"')
        return ()
    if reading.words is None:
        return ()
    cloud = reading.words.cloud
    members = members_of(cloud, found["of"])
    if not members:
        id, dot, part = found["of"].partition(".")
        ids = [*cloud.places.regions, *cloud.clusters, *cloud.rds, *cloud.caches]
        otherwise = "write a Region, a cluster, an instance, or a cache, or its .readers or .nodes"
        if dot and id in ids:
            otherwise = meant(part, ("readers", "replicas", "nodes"), otherwise)
        right = meant(found["of"], [one for one in ids if members_of(cloud, one)], otherwise)
        reading.findings.add(path, f"{quoted(found['of'])} is made of nothing that can be chosen", right)
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


def _check_question(form: QuestionForm, path: KeyPath, findings: Findings) -> None:
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
