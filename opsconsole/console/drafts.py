"""A command that is being filled in: its fields as a form asks for them, and what AWS would say to it as it stands.

Values are text, as a command line spells them, so a form teaches the grammar and has no second one of its own. Nothing
here knows a widget.
"""

from __future__ import annotations

import shlex
import types
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from opsconsole.cloud import Cloud, Refused
from opsconsole.commands import BadCommand, Command, Preview, UnknownTarget, parse
from opsconsole.commands.base import PerSecond, Seconds
from opsconsole.console.offers import offers
from opsconsole.fleet import format_duration

NOT_GIVEN = ""
"""The value of a field that its command does without."""


class FieldKind(Enum):
    """How a field is asked for."""

    CHOICE = auto()
    TEXT = auto()


@dataclass(frozen=True)
class FormField:
    """One field of a form. ``choices`` are the values of a choice; ``NOT_GIVEN`` among them means leave it out."""

    key: str
    kind: FieldKind
    hint: str
    required: bool
    default: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A command's model, its target, and the values given so far."""

    model: type[Command]
    target: str
    values: tuple[tuple[str, str], ...] = field(default=())

    def given(self, key: str, value: str) -> Draft:
        """The same draft with another value for a field."""
        values = {**dict(self.values), key: value}
        return replace(self, values=tuple(values.items()))

    def line(self) -> str:
        """The draft as one line of the command grammar, as far as it has been filled in."""
        words = [self.model.name]
        if self.target:
            words.append(shlex.quote(self.target))
        words += [f"{key}={shlex.quote(value)}" for key, value in sorted(self.values) if value != NOT_GIVEN]
        return " ".join(words)


@dataclass(frozen=True)
class Verdict:
    """What can be said of a draft now: the command it makes, or what is missing; AWS's refusal; its blast radius."""

    command: Command | None = None
    missing: str = ""
    code: str = ""
    sentence: str = ""
    preview: Preview | None = None
    whatever: bool = False
    """AWS refuses it of this target, whatever the fields say."""

    @property
    def may_be_asked(self) -> bool:
        """Nothing is missing and AWS would accept it now."""
        return self.command is not None and not self.code


def draft_of(command: Command) -> Draft:
    """The draft that a command came from, so that a typed line can be confirmed in a form."""
    given = command.model_dump(mode="json", by_alias=True, exclude={"target"}, exclude_defaults=True)
    values = tuple((key, _text(value)) for key, value in given.items() if value is not None)
    return Draft(type(command), command.target, values)


def judge(cloud: Cloud, draft: Draft) -> Verdict:
    """Check and preview a draft against the cloud as it stands; changes nothing."""
    try:
        command = parse(draft.line())
        command.find(cloud)
    except (BadCommand, UnknownTarget) as bad:
        return Verdict(missing=str(bad))
    try:
        command.admit(cloud)
    except Refused as refused:
        return Verdict(command, code=refused.code, sentence=refused.sentence)
    return Verdict(command, preview=command.preview(cloud))


def judge_target(cloud: Cloud, draft: Draft) -> Verdict:
    """What can be said of a draft before anything is filled in: whether AWS refuses it of its target in any case."""
    try:
        draft.model.check_target(cloud, draft.target)
    except Refused as refused:
        return Verdict(code=refused.code, sentence=refused.sentence, whatever=True)
    return Verdict()


def form_fields(cloud: Cloud, model: type[Command], target: str) -> list[FormField]:
    """What a form asks for, in the order in which the command declares it; the target apart."""
    return [
        _form_field(cloud, model, target, name, info) for name, info in model.model_fields.items() if name != "target"
    ]


def requires_input(model: type[Command]) -> bool:
    """Whether a command cannot be made from its target alone."""
    return any(info.is_required() for name, info in model.model_fields.items() if name != "target")


def has_fields(model: type[Command]) -> bool:
    """Whether a command has any field besides its target."""
    return len(model.model_fields) > 1


def _form_field(cloud: Cloud, model: type[Command], target: str, name: str, info: FieldInfo) -> FormField:
    key = info.alias or name
    required = info.is_required()
    is_duration = get_args(Seconds)[1] in _marks(info)
    default = NOT_GIVEN if required or info.default is None else _text(info.default)
    if is_duration and isinstance(info.default, float):
        default = format_duration(info.default)
    hint = info.description or ""
    if info.annotation is bool:
        return FormField(key, FieldKind.CHOICE, hint, required, _text(info.default), ("false", "true"))
    if bool in get_args(info.annotation):
        return FormField(key, FieldKind.CHOICE, hint, required, default, (NOT_GIVEN, "false", "true"))
    options = offers(cloud, model, target, name) or _literals(info.annotation)
    if options:
        optional = () if required or default else (NOT_GIVEN,)
        return FormField(key, FieldKind.CHOICE, hint, required, default, (*optional, *options))
    return FormField(key, FieldKind.TEXT, _hinted(info, hint), required, default)


def _hinted(info: FieldInfo, hint: str) -> str:
    """The field's own description, and how its quantity is written unless it says so."""
    if any(char.isdigit() for char in hint):
        return hint
    marks = _marks(info)
    like = "30s, 5m, 1h30m" if get_args(Seconds)[1] in marks else "400/s" if get_args(PerSecond)[1] in marks else ""
    return ": ".join(part for part in (hint, like) if part)


def _marks(info: FieldInfo) -> tuple[object, ...]:
    """What annotates a field's type, also inside of `… | None`."""
    return (*info.metadata, *(mark for part in get_args(info.annotation) for mark in get_args(part)))


def _literals(annotation: object) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(value) for value in get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for part in get_args(annotation) if (found := _literals(part))), ())
    return ()


def _text(value: object) -> str:
    return "true" if value is True else "false" if value is False else str(value)
