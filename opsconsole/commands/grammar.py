"""One line is one command: `T+60s az:outage us-east-1a for=30m`, the same everywhere."""

from __future__ import annotations

import shlex
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError

from opsconsole.commands.base import Command
from opsconsole.commands.errors import BadCommand
from opsconsole.commands.index import find, registry
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet.units import BadQuantity, parse_duration

LONGEST_LINE: Final = 100_000
"""Characters of a command; no command that people write comes near."""

BOUNDS = {"less_than_equal": "it is at most", "greater_than_equal": "it is at least"}


def parse(text: str) -> Command:
    """The command that a line says.

    Raises BadCommand: an unknown name or field, a missing target, a value that does not fit.
    """
    words = _words(text)
    if not words:
        raise BadCommand("an empty line is no command; write for example: az:outage us-east-1a for=30m")
    name, *rest = words
    model = find(name)
    if model is None:
        near = get_close_matches(name, registry(), n=1)
        hint = f"did you mean {near[0]}?" if near else "`opsconsole catalog commands` lists them"
        raise BadCommand(f"there is no command {name!r}; {hint}")
    target, fields = _split(model, rest)
    try:
        return model.model_validate({"target": target, **fields})
    except ValidationError as error:
        raise BadCommand(_explain(model, error)) from None


def timed(text: str) -> tuple[int, Command]:
    """Virtual time in microseconds and command of `T+60s az:outage us-east-1a`; without a time, the very start."""
    first, _, rest = text.strip().partition(" ")
    if not first.upper().startswith("T+"):
        if first[:1].isdigit():
            raise BadCommand(f"a time begins with T+: write T+{first} {rest}".rstrip())
        return 0, parse(text)
    try:
        seconds = parse_duration(first[2:])
    except BadQuantity as bad:
        raise BadCommand(f"{first!r} is not a time: {bad}") from None
    return round(seconds * 1_000_000), parse(rest)


def _words(text: str) -> list[str]:
    if len(text) > LONGEST_LINE:
        raise BadCommand(f"a line of {len(text):,} characters is no command; {LONGEST_LINE:,} are the most")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadCommand(f"{text!r} cannot be read: {error}") from None


def _split(model: type[Command], words: list[str]) -> tuple[str, dict[str, str]]:
    target = ""
    if words and "=" not in words[0]:
        target, *words = words
    elif model.takes is not TargetKind.LABEL:
        raise BadCommand(f"{model.name} needs a target: the {model.takes} it is aimed at")
    fields: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise BadCommand(f"{word!r} is not a field; write key=value")
        if key in fields:
            raise BadCommand(f"{key} is given twice")
        fields[key] = value
    return target, fields


def field_names(model: type[Command]) -> list[str]:
    """The fields of a command as a line spells them, the target apart."""
    return [field.alias or name for name, field in model.model_fields.items() if name != "target"]


def _explain(model: type[Command], error: ValidationError) -> str:
    sentences = []
    for problem in error.errors():
        key = str(problem["loc"][0]) if problem["loc"] else ""
        if problem["type"] == "extra_forbidden":
            names = field_names(model)
            near = get_close_matches(key, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(names) or 'none'}"
            sentences.append(f"{model.name} has no field {key!r}; {hint}")
        elif problem["type"] == "missing":
            sentences.append(f"{model.name} needs {key}=…")
        elif problem["type"] in BOUNDS:
            bound = next(iter(problem.get("ctx", {}).values()), "")
            sentences.append(f"{key}={problem['input']}: {BOUNDS[problem['type']]} {bound}")
        elif problem["type"] == "literal_error":
            sentences.append(f"{key}={problem['input']}: write {problem.get('ctx', {}).get('expected', '')}")
        else:
            sentences.append(f"{key}: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(sentences)
