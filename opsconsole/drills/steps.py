"""From what a file says about one step to what is run: exactly one thing to do, exactly one way to start."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from opsconsole import catalog
from opsconsole.cloud import Refused
from opsconsole.commands import BadCommand, Command, TargetKind, registry
from opsconsole.commands.base import Kind
from opsconsole.commands.moments import HOW, moment
from opsconsole.commands.targets import require
from opsconsole.drills.expressions import BadExpression, Vocabulary
from opsconsole.drills.form import KINDS, StepForm
from opsconsole.drills.spec import START, Check, Step, StepKind
from opsconsole.fleet import format_duration, format_rate
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.text import meant, one_of, quoted

SECOND_US: Final = 1_000_000
MOST_TIMES: Final = 10_000
LEAST_EVERY_S: Final = 1.0
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}", re.ASCII)
_EVERYWHERE: Final = ("id", "at", "after", "when", "delay", "note", "solution", "hidden")
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "fault": ("target", "with", "for", "every", "times"),
    "action": ("target", "with", "refused", "every", "times"),
    "load": ("set", "ramp", "for", "every", "times"),
    "mark": (),
    "say": ("from", "every", "times"),
    "expect": ("within", "for", "allow", "points"),
    "always": ("for", "allow", "points"),
    "stop": (),
}
"""The keys that a step of each kind takes, beside those that all take."""
FAULTS: Final = (Kind.FAULT,)
_ACTIONS: Final = (Kind.OPERATION, Kind.APP, Kind.SESSION)
_NAMING: Final[Mapping[str, TargetKind]] = {
    "target_db_instance_identifier": TargetKind.INSTANCE,
    "target_db_cluster_identifier": TargetKind.CLUSTER,
    "availability_zone_identifier": TargetKind.ZONE,
}
"""Members that name a thing of the fleet."""
_MOMENTS: Final = ("backtrack_to", "restore_to_time", "restore_time")
_RIGHT: Final = {
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
}
_NEW: Final = ("final_db_snapshot_identifier", "new_db_instance_identifier")
_MAKING: Final = re.compile(r"\w+:(create|copy|restore)-")


def makes(action: str) -> bool:
    """Whether an action makes something that was not there: its members name what will be."""
    return _MAKING.match(action) is not None


def made_by(form: StepForm) -> list[str]:
    """Ids of what a step makes, if it is an action that makes something."""
    if form.action is None:
        return []
    named = form.with_ if makes(form.action) else {key: form.with_[key] for key in _NEW if key in form.with_}
    target = [form.target] if form.target and "create-" in form.action else []
    return [*(value for value in named.values() if isinstance(value, str)), *target]


@dataclass(frozen=True)
class Reading:
    """What the reading of every step shares."""

    words: Vocabulary | None
    """None while there is no fleet that names could be looked up in."""
    raw: Mapping[str, object]
    """The file's tables as they are written."""
    findings: Findings
    length_us: int

    def check(self, text: str, path: Path) -> Check | None:
        """The check of a text; None if it is wrong, which is noted."""
        if self.words is None:
            return None
        try:
            return self.words.check(text)
        except BadExpression as bad:
            self.findings.add(path, bad.wrong, bad.right)
            return None

    def checks(self, texts: Sequence[str] | None, path: Path) -> tuple[Check, ...]:
        """Those of a list that are right; the others are noted."""
        alone = isinstance(self.written(path), str)
        found = [self.check(text, path if alone else (*path, index)) for index, text in enumerate(texts or ())]
        if texts is not None and not texts and self.written(path) == []:
            self.findings.add(path, "no check at all is always true", "write one, or leave it out")
        return tuple(check for check in found if check is not None)

    def written(self, path: Path) -> object:
        """What the file has at a path; None if it has nothing there."""
        found: object = self.raw
        for part in path:
            try:
                found = found[part]  # type: ignore[index]  # whatever cannot be indexed has nothing there
            except (TypeError, KeyError, IndexError):
                return None
        return found


def resolve_step(form: StepForm, number: int, reading: Reading) -> Step | None:
    """The step that a table describes; None with what is wrong noted."""
    path: Path = ("timeline", number)
    findings, before = reading.findings, len(reading.findings.found)
    kind = _kind(form, path, reading)
    _check_id(form, path, findings)
    if kind is None:
        return None
    _check_keys(form, kind, path, findings)
    _check_words(form, kind, path, findings)
    at_us = _start(form, kind, path, reading)
    when = reading.checks(form.when, (*path, "when"))
    checks = reading.checks(getattr(form, kind), (*path, kind)) if kind in ("expect", "always") else ()
    command = _command(form, kind, path, reading)
    _check_lengths(form, kind, at_us, path, reading)
    if len(findings.found) > before:
        return None
    return Step(
        number=number,
        id=form.id or f"timeline[{number}]",
        kind=StepKind(kind),
        at_us=at_us,
        after=form.after,
        when=when,
        delay_us=_us(form.delay),
        every_us=_us(form.every or 0.0),
        times=form.times or 1,
        command=command,
        checks=checks,
        within_us=_us(form.within or 0.0),
        for_us=None if form.for_ is None else _us(form.for_),
        allow_us=_us(form.allow),
        refused=form.refused or "",
        text=str(getattr(form, kind)) if kind in ("say", "mark", "stop") else "",
        sender=form.from_ or "",
        note=form.note or "",
        solution=form.solution,
        hidden=form.hidden,
        points=form.points or 0,
    )


def _us(seconds: float) -> int:
    return round(seconds * SECOND_US)


def _kind(form: StepForm, path: Path, reading: Reading) -> str | None:
    findings, row = reading.findings, reading.written(path)
    given = [key for key in row if key in KINDS] if isinstance(row, Mapping) else []
    if len(given) > 1:
        wrong = f"a step is exactly one thing, and this one is {' and '.join(given)}"
        findings.add((*path, given[1]), wrong, "make two steps of it", at="key")
    elif not given and not findings.about(*path):
        findings.missing(path, "a step that does nothing", f"give it one of {one_of(KINDS)}")
    return given[0] if len(given) == 1 and getattr(form, given[0]) is not None else None


def _check_id(form: StepForm, path: Path, findings: Findings) -> None:
    if form.id is not None and ID.fullmatch(form.id) is None:
        findings.add(
            (*path, "id"), f"{quoted(form.id)} is no id", "begin with a letter, go on with letters, digits, - or _"
        )


def _check_words(form: StepForm, kind: str, path: Path, findings: Findings) -> None:
    """Texts that say nothing, names that mean something else already, points that take away."""
    text = getattr(form, kind)
    if kind in ("say", "stop", "mark") and not text.strip():
        findings.add((*path, kind), "an empty text", "write what it says" if kind == "say" else "write why, or which")
    if form.mark == START:
        findings.add((*path, "mark"), f"{quoted(START)} is the mark of the first instant", "take another name")
    if form.mark is not None and "@" in form.mark:
        findings.add((*path, "mark"), f"{quoted(form.mark)} has an @, which stands before a mark", "leave it out")
    if form.points is not None and form.points < 0:
        findings.add((*path, "points"), "a check that takes points away", "write 0 or more")


def _check_keys(form: StepForm, kind: str, path: Path, findings: Findings) -> None:
    """A key that this kind of step does not take would be silently ignored: so it is refused."""
    fields = {field.alias or name: name for name, field in StepForm.model_fields.items()}
    takes = (*_EVERYWHERE, *_KEYS[kind], kind)
    for key, name in fields.items():
        if name not in form.model_fields_set or key in takes or key in KINDS:
            continue
        owners = [other for other, keys in _KEYS.items() if key in keys]
        right = f"it belongs to {one_of(owners)}" if owners else "leave it out"
        findings.add((*path, key), f"a step with {kind} takes no {key}", right, at="key")


def _start(form: StepForm, kind: str, path: Path, reading: Reading) -> int | None:
    """When it begins, if that is a time; notes what is wrong with how it starts."""
    findings = reading.findings
    if form.at is not None and form.after is not None:
        right = 'keep one; a later time is after = "…" with delay = "…"'
        findings.add((*path, "after"), "a step starts at a time or after a step, not both", right, at="key")
    if form.at is None and form.after is None and form.when is None and not findings.about(*path):
        findings.missing(
            path, f"nothing says when this {kind} starts", 'add at = "60s", after = "an id", or when = "a check"'
        )
    if form.times is not None and not 1 <= form.times <= MOST_TIMES:
        findings.add((*path, "times"), f"{form.times} times", f"write 1 to {MOST_TIMES:,}")
    told = findings.about(*path, "every") or findings.about(*path, "times")
    if (form.every is None) != (form.times is None) and not told:
        key = "every" if form.every is not None else "times"
        right = "say how often: times = 7" if key == "every" else 'say how far apart: every = "1d"'
        findings.add((*path, key), f"{key} stands alone", right, at="key")
    if form.every is not None and form.at is None and not told:
        findings.add((*path, "every"), "only what starts at a time can be repeated", 'write at = "…"', at="key")
    if form.every is not None and form.every < LEAST_EVERY_S:
        findings.add((*path, "every"), "steps less than a second apart", 'write every = "1s" or more')
    _check_in_time(form, path, reading)
    return None if form.at is None else _us(form.at)


def _check_in_time(form: StepForm, path: Path, reading: Reading) -> None:
    """What would start at the drill's end or later never starts."""
    at = form.at or 0.0
    last = at + form.delay + (form.every or 0.0) * ((form.times or 1) - 1)
    if not reading.length_us or _us(last) < reading.length_us or reading.findings.about(*path):
        return
    late = [key for key, begins in (("at", at), ("delay", at + form.delay)) if _us(begins) >= reading.length_us]
    length = format_duration(reading.length_us / SECOND_US)
    what = "it can never start" if late else "its last time can never come"
    right = "begin earlier, or make length longer" if late else "repeat it less often, or make length longer"
    where = (*path, late[0] if late else "times")
    reading.findings.add(where, f"{what}: the drill ends at {length}", right)


def _check_lengths(form: StepForm, kind: str, at_us: int | None, path: Path, reading: Reading) -> None:
    """A check that the drill's end would cut off could never pass."""
    findings, length_us = reading.findings, reading.length_us
    if form.for_ is not None and form.for_ <= 0 and kind != "expect":
        findings.add((*path, "for"), "it would last no time at all", "write how long, or leave it out")
    if kind == "load" and form.for_ is not None and form.ramp > form.for_:
        findings.add((*path, "ramp"), "the load ends before the ramp does", "make for longer, or the ramp shorter")
    _check_allowed(form, kind, path, findings)
    if at_us is None or not length_us or findings.about(*path):
        return
    ends_us = at_us + _us(form.delay) + (_us(form.within or 0.0) if kind == "expect" else 0) + _us(form.for_ or 0.0)
    if kind in ("expect", "always") and form.when is None and ends_us > length_us:
        over = format_duration((ends_us - length_us) / SECOND_US)
        key = "for" if form.for_ is not None else "within"
        findings.add((*path, key), f"it can end {over} after the drill does", "shorten it, or make length longer")


def _check_allowed(form: StepForm, kind: str, path: Path, findings: Findings) -> None:
    """What is forgiven is less than the whole."""
    if not form.allow or findings.about(*path, "allow") or findings.about(*path, "for"):
        return
    if form.for_ is not None and form.allow >= form.for_:
        findings.add((*path, "allow"), "all of it would be forgiven: it could not fail", "allow less than its for")
    elif kind == "expect" and not form.for_:
        right = 'say how long it stays true: for = "5m"'
        findings.add((*path, "allow"), "allow forgives what happens during a for, and there is none", right, at="key")


# -- commands ---------------------------------------------------------------------------------------------------------


def _command(form: StepForm, kind: str, path: Path, reading: Reading) -> Command | None:
    match kind:
        case "fault" | "action":
            return _registered(form, kind, path, reading)
        case "load":
            return _load(form, path, reading)
        case "mark":
            return registry()["mark"].model_validate({"target": form.mark})
        case _:
            return None


def _registered(form: StepForm, kind: str, path: Path, reading: Reading) -> Command | None:
    name = str(getattr(form, kind))
    wanted = FAULTS if kind == "fault" else _ACTIONS
    model = find_command(name, wanted, (*path, kind), reading.findings)
    if model is None:
        return None
    if kind == "action" and form.refused is not None and form.refused not in catalog.errors():
        fault = f"{form.refused}Fault"
        near = meant(form.refused, catalog.errors(), "`opsconsole catalog errors` lists AWS's codes")
        right = f'did you mean "{fault}"?' if fault in catalog.errors() else near
        reading.findings.add((*path, "refused"), f"AWS has no error {quoted(form.refused)}", right)
    return build(model, form.target, form.with_, form.for_, path, reading)


def find_command(name: str, kinds: tuple[Kind, ...], path: Path, findings: Findings) -> type[Command] | None:
    """The command of a name, if it is of one of these kinds; None with what is wrong noted."""
    model = registry().get(name)
    if model is not None and model.kind in kinds:
        return model
    if model is not None:
        is_fault, by_chance = model.kind is Kind.FAULT, path[0] == "chaos"
        wrong = f"{name} is {'a fault' if is_fault else 'an action'}"
        right = f"write {'fault' if is_fault else 'action'} = {quoted(name)}"
        findings.add(path, wrong, "only faults happen by chance" if by_chance else right)
        return None
    known = [other for other, one in registry().items() if one.kind in kinds]
    near = get_close_matches(_kebab(name), known, n=1)
    right = f"did you mean {near[0]}?" if near else "`opsconsole catalog commands` lists them"
    findings.add(path, f"there is no {'fault' if kinds == FAULTS else 'action'} {quoted(name)}", right)
    return None


def _kebab(name: str) -> str:
    """`rds:FailoverDBCluster`, as the API has it, in the way of the AWS CLI."""
    service, colon, api = name.partition(":")
    return service + colon + _CAMEL.sub("-", api).lower() if colon else name


def build(
    model: type[Command],
    target: str | None,
    members: Mapping[str, object],
    for_s: float | None,
    path: Path,
    reading: Reading,
) -> Command | None:
    """The command with this target and these members; None with what is wrong noted."""
    findings = reading.findings
    beside = [key for key in ("target", "for") if key in members]
    for key in beside:
        right = f"write {key} in the step itself, beside with"
        findings.add((*path, "with", key), f"{key} is no member of a command", right, at="key")
    if target is None and model.takes is not TargetKind.LABEL and not findings.about(*path):
        findings.missing(path, f"{model.name} needs a target", f'add target = "…", the {model.takes} it is aimed at')
    fields = {
        name: field.alias or name for name, field in model.model_fields.items() if name not in ("target", "for_s")
    }
    values: dict[str, object] = {"target": target or ""}
    for key, value in members.items():
        if key in fields:
            values[key] = _word(value)
        elif key not in beside:
            known = meant(key, fields) if fields else "leave it out: it has no members"
            findings.add((*path, "with", key), f"{model.name} has no {key}", known, at="key")
    if for_s is not None and "for_s" in model.model_fields:
        values["for"] = format_duration(for_s)
    elif for_s is not None and not findings.about(*path, "for"):
        findings.add((*path, "for"), f"{model.name} happens at one instant", "leave for out", at="key")
    if findings.about(*path):
        return None
    return _validated(model, values, path, reading)


def _word(value: object) -> str:
    """A member as a command line has it: so a duration or a share needs its unit here as well."""
    if isinstance(value, list):
        return ",".join(_word(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _validated(model: type[Command], values: dict[str, object], path: Path, reading: Reading) -> Command | None:
    findings = reading.findings
    try:
        command = model.model_validate(values)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            key = str(problem["loc"][0]) if problem["loc"] else ""
            name = next((name for name, field in model.model_fields.items() if key in (name, field.alias)), key)
            if problem["type"] == "missing":
                findings.missing(path, f"{model.name} needs {name}", f"add with = {{ {name} = … }}")
            else:
                findings.add((*path, "with", name), *_sentence(name, problem))
        return None
    if reading.words is not None:
        _find_target(command, path, reading.words, findings)
        _find_members(command, path, reading.words, findings)
    return command


def _sentence(name: str, problem: ErrorDetails) -> tuple[str, str]:
    """Both halves of the sentence about a member that does not fit."""
    expected = problem.get("ctx", {}).get("expected")
    if problem["type"] == "value_error":
        wrong, _, right = problem["msg"].removeprefix("Value error, ").partition("; ")
        return wrong, right
    right = f"write {expected}" if expected else _RIGHT.get(problem["type"], problem["msg"].replace("Input", "it"))
    return f"{quoted(problem['input'])} is no {name}", right


def _find_target(command: Command, path: Path, words: Vocabulary, findings: Findings) -> None:
    """A target must be there at the begin, or be made by the drill; what is broken gets its id on the way."""
    if command.takes in (TargetKind.HEALABLE, TargetKind.LABEL) or command.target in words.made:
        return
    if command.target.startswith("any(") and path[0] != "chaos":
        findings.add((*path, "target"), "only [chaos] chooses its targets", "name one")
        return
    try:
        command.find(words.cloud)
    except BadCommand as bad:
        wrong, _, right = str(bad).partition("; ")
        findings.add((*path, "target"), wrong, right)


def _find_members(command: Command, path: Path, words: Vocabulary, findings: Findings) -> None:
    """Members that name something must name what is there, or what the drill makes."""
    for name, kind in _NAMING.items():
        named = getattr(command, name, None)
        if named is None or named in words.made or makes(command.name):
            continue
        try:
            require(words.cloud, kind, named)
        except BadCommand as bad:
            wrong, _, right = str(bad).partition("; ")
            findings.add((*path, "with", name), wrong, right)
    for name in _MOMENTS:
        named = getattr(command, name, None)
        if named is not None and named not in words.marks:
            _find_moment(named, (*path, "with", name), words, findings)


def _find_moment(text: str, path: Path, words: Vocabulary, findings: Findings) -> None:
    try:
        moment(words.cloud, text)
    except Refused:
        right = meant(text, words.marks, f"write {HOW}")
        findings.add(path, f"{quoted(text)} names no moment", right)


def _load(form: StepForm, path: Path, reading: Reading) -> Command | None:
    findings, asked = reading.findings, form.set
    if (asked is None or (asked.writes is None and asked.reads is None)) and not findings.about(*path):
        findings.missing((*path, "set"), "a load step says what it sets", 'write set = { writes = "800/s" }')
    if reading.words is None:
        return None
    apps = reading.words.cloud.apps
    app = apps.get(form.load or "")
    if app is None:
        findings.add((*path, "load"), f"there is no app {quoted(form.load)}", meant(str(form.load), apps))
    if app is None or asked is None:
        return None
    for key, rate, there in (("writes", asked.writes, app.writes_to), ("reads", asked.reads, app.reads_at_all)):
        if rate and not there:
            findings.add((*path, "set", key), f"{app.id} has no {key}", "leave it out")
    if findings.about(*path):
        return None
    rates = {"writes": asked.writes, "reads": asked.reads}
    values = {key: format_rate(rate) for key, rate in rates.items() if rate is not None}
    ramp = {"ramp": format_duration(form.ramp)} if form.ramp else {}
    return registry()["app:set-rate"].model_validate({"target": app.id, **values, **ramp})
