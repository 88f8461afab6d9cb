"""The command that a step asks for: its name, its target, its members."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from opsconsole.drills.reading.base import Reading
from opsconsole.drills.reading.expressions import Vocabulary
from opsconsole.drills.reading.form import (
    StepForm,
)
from opsconsole.fleet import (
    format_duration,
    format_rate,
)
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.text import meant, quoted

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
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


def registered(form: StepForm, kind: str, path: Path, reading: Reading) -> Command | None:
    """The command of a fault or an action; None with what is wrong noted."""
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


def load_change(form: StepForm, path: Path, reading: Reading) -> Command | None:
    """The change of an app's load that a step asks for; None with what is wrong noted."""
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
