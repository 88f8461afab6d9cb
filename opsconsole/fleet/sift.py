"""Reading a file that has mistakes, key by key: every mistake is noted, everything else is kept.

A file without mistakes never comes here: pydantic reads it in one go. What comes out of here may lack required values:
they are None, whatever their type says, and have been reported; `known` is how later checks ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .findings import Findings, Path
from .text import meant, nearest, one_of, quoted, shown
from .units import BadQuantity
from .values import Table

T = TypeVar("T")
F = TypeVar("F", bound=Table)

_KINDS = {
    "string_type": ("text", 'write it in quotes, like "{0}"'),
    "int_type": ("a whole number", "write it without quotes, like 5"),
    "int_from_float": ("a whole number", "write it without a fraction"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "list_type": ("a list", "write it in brackets, like [{1}]"),
    "dict_type": ("a table", "write it in braces, like {{ key = value }}, or under its own [heading]"),
}


def known(value: T) -> T | None:
    """A value of a sifted form: None if it was missing or wrong, which has been reported already."""
    return value


def sift(form: type[F], raw: object, path: Path, findings: Findings) -> F:
    """As much of one table as can be understood; nothing but defaults if it is no table at all."""
    try:
        return form.model_validate(raw)
    except ValidationError:
        pass  # this table, at least, has mistakes
    short = form.shorthand is not None and not isinstance(raw, dict | list)
    if short:
        raw = {form.shorthand: raw}
    fields = {field.alias or name: (name, field) for name, field in form.model_fields.items()}
    values: dict[str, object] = {name: None for name, field in fields.values() if field.is_required()}
    mistyped: list[str] = []  # keys that were meant, and whose values fit
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key in fields:
                name, field = fields[key]
                values[name] = _sift_value(form, name, field, value, path if short else (*path, key), findings)
            else:
                near = _unknown_key(form, key, raw, sorted(fields), path, findings)
                if near is not None and _take_as_meant(form, *fields[near], value, values):
                    mistyped.append(near)
        for key, (_, field) in fields.items():
            if field.is_required() and key not in raw and key not in mistyped:
                findings.missing(path, f"{key} is missing", f"add {_example(key, field)}", at="key")
    else:
        findings.add(path, f"{quoted(raw)} stands where a table should be", _KINDS["dict_type"][1].format())
    sifted = form.model_construct(None, **{name: value for name, value in values.items() if value is not _LEFT_OUT})
    assert isinstance(sifted, form)
    return sifted


def _take_as_meant(form: type[Table], name: str, field: FieldInfo, raw: object, values: dict[str, object]) -> bool:
    """Take a value under a mistyped key if it fits the key that was meant: what depends on it is then checked too."""
    trial = Findings()
    value = None if _has_table(_bare(field.annotation)) else _sift_value(form, name, field, raw, (), trial)
    if value is None or trial:
        return False
    values[name] = value
    return True


class _LeftOut:
    """Stands for a wrong value of a key that has a default: the default is as good a guess as any."""


_LEFT_OUT = _LeftOut()


def _sift_value(form: type[Table], name: str, field: FieldInfo, raw: object, path: Path, findings: Findings) -> object:
    inner = _bare(field.annotation)
    if _has_table(inner) and isinstance(raw, get_origin(inner) or object):
        return _sift_tables(inner, raw, path, findings)
    try:
        blank = _blank(form)
        form.__pydantic_validator__.validate_assignment(blank, name, raw)
    except ValidationError as bad:
        errors = bad.errors(include_url=False)
        for error in errors:
            findings.add(path + tuple(error["loc"][1:]), *_sentence(error))
        if isinstance(raw, list) and all(len(error["loc"]) > 1 for error in errors):
            return _without(raw, [error["loc"][1] for error in errors], path, findings)
        return None if field.is_required() else _LEFT_OUT
    return getattr(blank, name)


@cache
def _blank(form: type[Table]) -> Table:
    """A table to try one value after the other in."""
    return form.model_construct()


def _without(raw: list[object], bad: list[int | str], path: Path, findings: Findings) -> list[object]:
    """A list of texts whose bad elements are empty; nothing more is said about those."""
    findings.silenced.update((*path, index) for index in bad)
    return ["" if index in bad else item for index, item in enumerate(raw)]


def _bare(annotation: object) -> object:
    """An annotation without what is said beside it, and without "or None"."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(get_args(annotation)[0])
    return annotation


def _has_table(bare: object) -> bool:
    """Whether an annotation is a table, or a list or dict of tables, however deep."""
    if get_origin(bare) in (list, dict):
        return _has_table(_bare(get_args(bare)[-1]))
    return isinstance(bare, type) and issubclass(bare, Table)


def _sift_tables(bare: object, raw: object, path: Path, findings: Findings) -> object:
    if isinstance(bare, type) and issubclass(bare, Table):
        return sift(bare, raw, path, findings)
    inner = _bare(get_args(bare)[-1])
    if get_origin(bare) is dict and isinstance(raw, dict):
        return {key: _sift_tables(inner, value, (*path, key), findings) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_sift_tables(inner, row, (*path, index), findings) for index, row in enumerate(raw)]
    findings.add(path, f"{quoted(raw)} is not a list", "write it in brackets, like [{ key = value }]")
    return []


def _unknown_key(
    form: type[Table], key: str, raw: Mapping[str, object], keys: Sequence[str], path: Path, findings: Findings
) -> str | None:
    """Report a key that a table does not have; returns the one that was meant, if it is not given beside it."""
    if findings.enough:
        findings.add((*path, key), "", "")
        return None
    special = form.instead.get(key)
    if special is not None:
        findings.add((*path, key), *special, at="key")
        return None
    near = nearest(key, keys)
    right = f"leave it out: {near} is given already" if near in raw else meant(key, keys)
    findings.add((*path, key), f"{quoted(key)} is not a key here", right, at="key")
    return None if near in raw else near


def _sentence(error: ErrorDetails) -> tuple[str, str]:
    """Both halves of the sentence for one error of pydantic."""
    value = error["input"]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, BadQuantity):
        return cause.wrong, cause.right
    if error["type"] == "literal_error":
        expected = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
        words = [word.strip() for word in expected.split(",")]
        return f"{quoted(value)} is not possible here", f"write {one_of(words)}"
    if error["type"] in _KINDS:
        kind, remedy = _KINDS[error["type"]]
        plain = shown(value) if isinstance(value, str | int | float) else "…"
        inner = quoted(value) if plain != "…" else "{ … }" if isinstance(value, dict) else "…"
        return f"{quoted(value)} is not {kind}", remedy.format(plain, inner)
    return f"{quoted(value)} is not possible here", shown(error["msg"], 200)


def _example(key: str, field: FieldInfo) -> str:
    examples = {
        "id": 'id = "orders-1"',
        "zone": 'zone = "a"',
        "region": 'region = "us-east-1"',
        "homes": 'homes = ["us-east-1"]',
        "primary": "primary, the id of the cluster that takes the writes",
        "typical": 'typical = "24s"',
    }
    if field.examples:
        return f"{key} = {quoted(field.examples[0])}"
    return examples.get(key, f"{key}: {field.description}")
