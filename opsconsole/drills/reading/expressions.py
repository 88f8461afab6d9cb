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
from opsconsole.drills.reading.quantities import likely_duration
from opsconsole.drills.spec import OPERATORS, START, Check, Reference
from opsconsole.drills.subjects import NoSubject, Subject, find
from opsconsole.drills.values import Unit, Value, read
from opsconsole.fleet import BadQuantity
from opsconsole.fleet.text import meant, one_of, quoted

_SHAPE: Final = re.compile(
    r"\s*(?P<left>[^\s=!<>≥≤≠~]+)\s*(?P<op>[=!<>≥≤≠~]+|\bis not\b|\bis\b)\s*(?P<right>[^\s=!<>≥≤≠~].*?)\s*"
)
_NO_SHAPE: Final = re.compile(r"\s*(?:not\b|!)(?P<turned>.*)")
_ALIASES: Final = {
    "=": "==",
    "===": "==",
    "is": "==",
    "≥": ">=",
    "=>": ">=",
    "≤": "<=",
    "=<": "<=",
    "≠": "!=",
    "<>": "!=",
    "!==": "!=",
    "is not": "!=",
}
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_JOINED: Final = re.compile(r"\s(and|or|AND|OR|&&|\|\|)\s")
_CHAINED: Final = re.compile(r"(?P<value>\S+)\s*(?P<op>==|!=|<=|>=|<|>)\s*(?P<more>\S.*)")
_EQUALITY: Final = ("==", "!=")
_HEALTH: Final = ("ok", "impaired", "failing")
_ALL_PERCENT: Final = 100.0


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
        self._check_sides(left, op, right)
        subject = self._subject(left)
        if subject.unit in (Unit.TEXT, Unit.BOOL) and op not in _EQUALITY:
            raise BadExpression(f"{left} has no greater and less: it is {subject.unit.one}", f"write {left} == {right}")
        thing, at, mark = right.rpartition("@")
        if at and "." in thing:
            return Check(text, subject, op, self._reference(subject, thing, mark))
        value = self._literal(subject, right)
        _check_range(subject, op, value)
        return Check(text, subject, op, value)

    def _check_sides(self, left: str, op: str, right: str) -> None:
        """What people write who know other languages: functions, a value on the left, two comparisons in one."""
        if "(" in left or "[" in left:
            raise BadExpression("a check calls no function", "write a thing and what of it, like checkout.p99 < 2s")
        subject, at, mark = left.partition("@")
        if at:
            wrong = "only the right side of a check looks back"
            raise BadExpression(wrong, f"write {right} {_MIRRORED.get(op, op)} {subject}@{mark}")
        more = _CHAINED.fullmatch(right)
        if more is not None:
            middle = more["value"]
            first = f"{middle} {_MIRRORED.get(op, op)} {left}" if self._is_subject(middle) else f"{left} {op} {middle}"
            second = f"{middle if self._is_subject(middle) else left} {more['op']} {more['more']}"
            raise BadExpression("a check is one comparison", f'write a list, which is and: ["{first}", "{second}"]')
        if not self._is_subject(left) and self._is_subject(right):
            wrong = f"{quoted(left)} stands where the subject should be"
            raise BadExpression(wrong, f"write {right} {_MIRRORED.get(op, op)} {left}")

    def _is_subject(self, text: str) -> bool:
        try:
            find(self.cloud, text, self.made)
        except NoSubject:
            return False
        return True

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
                f"{subject.text} is {subject.unit.one}, {text} is {other.unit.one}", "compare what has the same unit"
            )
        return Reference(other, mark)

    def _literal(self, subject: Subject, text: str) -> Value:
        if subject.unit is not Unit.TEXT and self._is_subject(text):
            raise self._no_value(text)
        try:
            value = read(text, subject.unit)
        except BadQuantity as bad:
            raise self._no_quantity(subject, text, bad) from None
        known = self._words(subject)
        if known is not None and isinstance(value, str) and value not in known:
            if self._is_subject(text):
                raise self._no_value(text)
            raise BadExpression(f"{subject.text} is never {quoted(value)}", meant(value, known))
        return value

    def _no_value(self, text: str) -> BadExpression:
        mark = next(iter(self.marks), START)
        return BadExpression(
            f"the right side is a value, and {text} is not one", f"write {text}@{mark}, its value at a mark"
        )

    def _no_quantity(self, subject: Subject, text: str, bad: BadQuantity) -> BadExpression:
        one = subject.unit.one
        if " needs its " in bad.wrong:
            return BadExpression(f"{subject.text} is {one}, and needs its {bad.wrong.split()[-1]}", bad.right)
        probably = likely_duration(text) if subject.unit is Unit.DURATION else ""
        return BadExpression(f"{subject.text} is {one}: {quoted(text)} {bad.wrong}", probably or bad.right)

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
    turned = _NO_SHAPE.fullmatch(text)
    if turned is not None:
        found = _SHAPE.fullmatch(turned["turned"])
        op = _OPPOSITE.get(found["op"], "!=") if found is not None else ""
        right = f'write "{found["left"]} {op} {found["right"]}"' if found is not None else "turn the comparison round"
        raise BadExpression("there is no not in a check", right)
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise BadExpression(
            f"{quoted(text)} is no check", f"write SUBJECT OP VALUE, with one of {one_of(OPERATORS)} between"
        )
    if found["op"] not in OPERATORS:
        op = _ALIASES.get(found["op"], "")
        right = f'write "{found["left"]} {op} {found["right"]}"' if op else f"write one of {one_of(OPERATORS)}"
        raise BadExpression(f'"{found["op"]}" is no comparison', right)
    return found["left"], found["op"], found["right"]


def _check_range(subject: Subject, op: str, value: Value) -> None:
    """A percentage is 0 to 100: what lies outside is compared in vain."""
    if subject.unit is not Unit.PERCENT or not isinstance(value, float):
        return
    compare = OPERATORS[op]
    outcomes = [compare(one, value) for one in (0.0, min(value, _ALL_PERCENT), _ALL_PERCENT)]
    if all(outcomes) or not any(outcomes):
        wrong = f"{subject.text} is 0% to 100%: this is {'always' if outcomes[0] else 'never'} true"
        raise BadExpression(wrong, "compare it with what it can be, and can fail to be")
