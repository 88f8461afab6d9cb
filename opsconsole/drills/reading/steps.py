"""From what a file says about one step to what is run: exactly one thing to do, exactly one way to start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from opsconsole.commands import Command, registry
from opsconsole.drills.reading.base import SECOND_US, Reading
from opsconsole.drills.reading.commands import load_change, registered
from opsconsole.drills.reading.form import (
    KINDS,
    StepForm,
)
from opsconsole.drills.spec import (
    START,
    UNNAMED,
    Step,
    StepKind,
)
from opsconsole.fleet import (
    format_duration,
)
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.text import one_of, quoted

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
        id=form.id or f"{UNNAMED}{number}]",
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
    if form.every is not None and (form.at is None or form.when is not None) and not told:
        right = 'write at = "…"' if form.when is None else 'write at = "…", and leave when out'
        findings.add((*path, "every"), "only what starts at a time can be repeated", right, at="key")
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


def _command(form: StepForm, kind: str, path: Path, reading: Reading) -> Command | None:
    match kind:
        case "fault" | "action":
            return registered(form, kind, path, reading)
        case "load":
            return load_change(form, path, reading)
        case "mark":
            return registry()["mark"].model_validate({"target": form.mark})
        case _:
            return None
