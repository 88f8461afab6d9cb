"""From what a file says about one step to what is run: exactly one thing to do, exactly one way to start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError

from opsconsole import catalog
from opsconsole.commands import BadCommand, Command, TargetKind, registry
from opsconsole.commands.base import Kind
from opsconsole.drills.expressions import BadExpression, Vocabulary
from opsconsole.drills.form import KINDS, StepForm
from opsconsole.drills.spec import Check, Step, StepKind
from opsconsole.fleet import format_duration, format_rate
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.text import meant, one_of, quoted

SECOND_US: Final = 1_000_000
MOST_TIMES: Final = 10_000
LEAST_EVERY_S: Final = 1.0
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
_FAULTS: Final = (Kind.FAULT,)
_ACTIONS: Final = (Kind.OPERATION, Kind.APP, Kind.SESSION)


@dataclass(frozen=True)
class Reading:
    """What the reading of every step shares."""

    words: Vocabulary
    findings: Findings
    length_us: int

    def check(self, text: str, path: Path) -> Check | None:
        """The check of a text; None if it is wrong, which is noted."""
        try:
            return self.words.check(text)
        except BadExpression as bad:
            self.findings.add(path, bad.wrong, bad.right)
            return None

    def checks(self, texts: Iterable[str] | None, path: Path) -> tuple[Check, ...]:
        """Those of a list that are right; the others are noted."""
        found = [self.check(text, (*path, index)) for index, text in enumerate(texts or ())]
        return tuple(check for check in found if check is not None)


def kind_of(form: StepForm) -> str | None:
    """What a step is, if it is exactly one thing."""
    given = [kind for kind in KINDS if getattr(form, kind) is not None]
    return given[0] if len(given) == 1 else None


def resolve_step(form: StepForm, number: int, reading: Reading) -> Step | None:
    """The step that a table describes; None with what is wrong noted."""
    path: Path = ("timeline", number)
    findings, before = reading.findings, len(reading.findings.found)
    kind = _kind(form, path, findings)
    _check_id(form, path, findings)
    if kind is None:
        return None
    _check_keys(form, kind, path, findings)
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


def _kind(form: StepForm, path: Path, findings: Findings) -> str | None:
    given = [kind for kind in KINDS if getattr(form, kind) is not None]
    if len(given) == 1:
        return given[0]
    if given:
        wrong = f"a step is exactly one thing, and this one is {' and '.join(given)}"
        findings.add((*path, given[1]), wrong, "make two steps of it", at="key")
    elif not findings.about(*path):
        findings.add(path, "a step that does nothing", f"give it one of {one_of(KINDS)}")
    return None


def _check_id(form: StepForm, path: Path, findings: Findings) -> None:
    if form.id is not None and ID.fullmatch(form.id) is None:
        findings.add(
            (*path, "id"), f"{quoted(form.id)} is no id", "begin with a letter, go on with letters, digits, - or _"
        )


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
        findings.add(
            path, f"nothing says when this {kind} starts", 'add at = "60s", after = "an id", or when = "a check"'
        )
    if form.times is not None and not 1 <= form.times <= MOST_TIMES:
        findings.add((*path, "times"), f"{form.times} times", f"write 1 to {MOST_TIMES:,}")
    if (form.every is None) != (form.times is None):
        key = "every" if form.every is not None else "times"
        right = "say how often: times = 7" if key == "every" else 'say how far apart: every = "1d"'
        findings.add((*path, key), f"{key} stands alone", right, at="key")
    if form.every is not None and form.at is None:
        findings.add((*path, "every"), "only what starts at a time can be repeated", 'write at = "…"', at="key")
    if form.every is not None and form.every < LEAST_EVERY_S:
        findings.add((*path, "every"), "steps less than a second apart", 'write every = "1s" or more')
    if form.at is None:
        return None
    last = form.at + form.delay + (form.every or 0.0) * ((form.times or 1) - 1)
    if reading.length_us and _us(last) >= reading.length_us and not findings.about(*path):
        length = format_duration(reading.length_us / SECOND_US)
        what = "it can never start" if form.times in (None, 1) else "its last time can never come"
        findings.add((*path, "at"), f"{what}: the drill ends at {length}", "begin earlier, or make length longer")
    return _us(form.at)


def _check_lengths(form: StepForm, kind: str, at_us: int | None, path: Path, reading: Reading) -> None:
    """A check that the drill's end would cut off could never pass."""
    findings, length_us = reading.findings, reading.length_us
    if form.for_ is not None and form.for_ <= 0 and kind != "expect":
        findings.add((*path, "for"), "it would last no time at all", "write how long, or leave it out")
    if at_us is None or not length_us or findings.about(*path):
        return
    ends_us = at_us + _us(form.delay) + (_us(form.within or 0.0) if kind == "expect" else 0) + _us(form.for_ or 0.0)
    if kind in ("expect", "always") and form.when is None and ends_us > length_us:
        over = format_duration((ends_us - length_us) / SECOND_US)
        key = "for" if form.for_ is not None else "within"
        findings.add((*path, key), f"it can end {over} after the drill does", "shorten it, or make length longer")


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
    wanted = _FAULTS if kind == "fault" else _ACTIONS
    model = find_command(name, wanted, (*path, kind), reading.findings)
    if model is None:
        return None
    if kind == "action" and form.refused is not None and form.refused not in catalog.errors():
        right = meant(form.refused, catalog.errors(), "`opsconsole catalog errors` lists AWS's codes")
        reading.findings.add((*path, "refused"), f"AWS has no error {quoted(form.refused)}", right)
    return build(model, form.target, form.with_, form.for_, path, reading)


def find_command(name: str, kinds: tuple[Kind, ...], path: Path, findings: Findings) -> type[Command] | None:
    """The command of a name, if it is of one of these kinds; None with what is wrong noted."""
    model = registry().get(name)
    if model is not None and model.kind in kinds:
        return model
    if model is not None:
        is_fault = model.kind is Kind.FAULT
        wrong = f"{name} is {'a fault' if is_fault else 'an action'}"
        findings.add(path, wrong, f"write {'fault' if is_fault else 'action'} = {quoted(name)}")
        return None
    known = [other for other, one in registry().items() if one.kind in kinds]
    near = get_close_matches(name, known, n=1)
    right = f"did you mean {near[0]}?" if near else "`opsconsole catalog commands` lists them"
    findings.add(path, f"there is no {'fault' if kinds is _FAULTS else 'action'} {quoted(name)}", right)
    return None


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
    if target is None and model.takes is not TargetKind.LABEL:
        findings.missing(path, f"{model.name} needs a target", f'add target = "…", the {model.takes} it is aimed at')
        return None
    fields = {
        name: field.alias or name for name, field in model.model_fields.items() if name not in ("target", "for_s")
    }
    values: dict[str, object] = {"target": target or ""}
    for key, value in members.items():
        if key in fields:
            values[key] = ",".join(map(str, value)) if isinstance(value, list) else value
        else:
            known = meant(key, fields) if fields else "it has none"
            findings.add((*path, "with", key), f"{model.name} has no {key}", known, at="key")
    if for_s is not None and "for_s" in model.model_fields:
        values["for"] = format_duration(for_s)
    elif for_s is not None:
        findings.add((*path, "for"), f"{model.name} happens at one instant", "leave for out", at="key")
    if findings.about(*path):
        return None
    return _validated(model, values, path, reading)


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
                wrong = f"{name} = {quoted(problem['input'])} does not fit"
                findings.add((*path, "with", name), wrong, problem["msg"].removeprefix("Value error, "))
        return None
    _find_target(command, path, reading)
    return command


def _find_target(command: Command, path: Path, reading: Reading) -> None:
    """A target must be there at the begin, or be made by the drill; what is broken gets its id on the way."""
    if command.takes in (TargetKind.HEALABLE, TargetKind.LABEL) or command.target in reading.words.made:
        return
    try:
        command.find(reading.words.cloud)
    except BadCommand as bad:
        wrong, _, right = str(bad).partition("; ")
        reading.findings.add((*path, "target"), wrong, right)


def _load(form: StepForm, path: Path, reading: Reading) -> Command | None:
    findings, apps = reading.findings, reading.words.cloud.apps
    app = apps.get(form.load or "")
    if app is None:
        findings.add((*path, "load"), f"there is no app {quoted(form.load)}", meant(str(form.load), apps))
        return None
    asked = form.set
    if asked is None or (asked.writes is None and asked.reads is None):
        findings.missing(path, "a load step says what it sets", 'add set = { writes = "800/s" }')
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
