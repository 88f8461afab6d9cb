"""One comparison, as a text: `orders.endpoint.writer.az != us-east-1a`. No and, no or, no arithmetic: a list is and.

It is typed when the file is read: the subject exists in the fleet, the right side has the subject's unit, a zone is a
zone. So a check that could never come true, or never fail, because of a slip of the pen is found before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.drills.spec import OPERATORS, START, Check, Reference
from opsconsole.drills.subjects import NoSubject, Subject, find
from opsconsole.drills.values import Unit, Value, read
from opsconsole.fleet import BadQuantity
from opsconsole.fleet.text import meant, one_of, quoted

_SHAPE: Final = re.compile(r"\s*(?P<left>[^\s=!<>]+)\s*(?P<op>==|!=|<=|>=|<|>|=|≥|≤|≠)\s*(?P<right>\S.*?)\s*")
_ALIASES: Final = {"=": "==", "≥": ">=", "≤": "<=", "≠": "!="}
_JOINED: Final = re.compile(r"\s(and|or|AND|OR|&&|\|\|)\s")
_EQUALITY: Final = ("==", "!=")
_HEALTH: Final = ("ok", "impaired", "failing")


class BadExpression(ValueError):
    """A text that is no check: `wrong` says why, `right` what would do."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


@dataclass(frozen=True)
class Vocabulary:
    """What checks of one drill may name: its fleet, what it makes on the way, its marks."""

    cloud: Cloud
    made: Mapping[str, None] = field(default_factory=dict)
    marks: Mapping[str, None] = field(default_factory=dict)

    def check(self, text: str) -> Check:
        """The check that a text says. Raises BadExpression."""
        left, op, right = _split(text)
        subject = self._subject(left)
        if subject.unit in (Unit.TEXT, Unit.BOOL) and op not in _EQUALITY:
            raise BadExpression(f"{left} has no greater and less: it is {subject.unit}", f"write {left} == {right}")
        thing, at, mark = right.rpartition("@")
        if at and "." in thing:
            return Check(text, subject, op, self._reference(subject, thing, mark))
        return Check(text, subject, op, self._literal(subject, right))

    def _subject(self, text: str) -> Subject:
        try:
            return find(self.cloud, text, self.made)
        except NoSubject as bad:
            raise BadExpression(bad.wrong, bad.right) from None

    def _reference(self, subject: Subject, text: str, mark: str) -> Reference:
        other = self._subject(text)
        if mark != START and mark not in self.marks:
            raise BadExpression(f"no step marks {quoted(mark)}", meant(mark, [*self.marks, START]))
        if other.unit is not subject.unit:
            raise BadExpression(
                f"{subject.text} is {subject.unit}, {text} is {other.unit}", "compare what has the same unit"
            )
        return Reference(other, mark)

    def _literal(self, subject: Subject, text: str) -> Value:
        try:
            value = read(text, subject.unit)
        except BadQuantity as bad:
            wrong = bad.wrong if " needs " in bad.wrong else f"{quoted(text)} {bad.wrong}"
            raise BadExpression(f"{subject.text} is {subject.unit}: {wrong}", bad.right) from None
        known = self._words(subject)
        if known is not None and isinstance(value, str) and value not in known:
            raise BadExpression(f"{subject.text} is never {quoted(value)}", meant(value, known))
        return value

    def _words(self, subject: Subject) -> list[str] | None:
        """What a subject of text can be, where that is known: comparing it with anything else is a slip of the pen."""
        last, cloud = subject.name.rpartition(".")[2], self.cloud
        if last == "az":
            return list(cloud.places.zones)
        if last == "region":
            return list(cloud.places.regions)
        if subject.name in ("writer", "endpoint.writer"):
            return [*cloud.instances, *self.made]
        if subject.name == "health":
            return list(_HEALTH)
        if subject.name == "status" and (subject.thing in cloud.rds or subject.thing in cloud.instances):
            return list(catalog.statuses("db-instance"))
        if subject.name == "status" and subject.thing in cloud.clusters:
            return list(catalog.statuses("db-cluster"))
        return None


def _split(text: str) -> tuple[str, str, str]:
    joined = _JOINED.search(text)
    if joined is not None:
        halves = f'["{text[: joined.start()].strip()}", "{text[joined.end() :].strip()}"]'
        if joined[1].lower() in ("and", "&&"):
            raise BadExpression("a check is one comparison", f"write a list, which is and: {halves}")
        raise BadExpression("a check is one comparison, and there is no or", "write two steps, or turn it round")
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise BadExpression(
            f"{quoted(text)} is no check", f"write SUBJECT OP VALUE, with one of {one_of(OPERATORS)} between"
        )
    if found["op"] not in OPERATORS:
        op = _ALIASES[found["op"]]
        raise BadExpression(f'"{found["op"]}" is no comparison', f'write "{found["left"]} {op} {found["right"]}"')
    return found["left"], found["op"], found["right"]
