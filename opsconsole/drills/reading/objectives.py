"""Promises about apps, as a drill file makes them."""

from __future__ import annotations

from typing import Final

from opsconsole.drills.reading.base import SECOND_US, Reading
from opsconsole.drills.reading.form import (
    ObjectiveForm,
)
from opsconsole.drills.spec import (
    Check,
    Objective,
)
from opsconsole.fleet import (
    format_duration,
)
from opsconsole.fleet.findings import Path
from opsconsole.fleet.text import meant, quoted

DEFAULT_THRESHOLD: Final = 99.0


def read_objective(app: str, form: ObjectiveForm, reading: Reading, steady: tuple[Check, ...]) -> Objective | None:
    """The promises about one app; None with what is wrong noted."""
    path: Path = ("objective", app)
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
    path: Path = ("objective", app)
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
