"""Which step waits for which: every `after` names a step that can end, and none waits for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opsconsole.drills.reading.form import (
    DrillForm,
    StepForm,
)
from opsconsole.fleet.findings import Findings, Path
from opsconsole.fleet.text import meant, quoted

_OF_A_PLACE: Final = ("az:", "region:", "link:")


def check_order(form: DrillForm, findings: Findings) -> None:
    """Every `after` names a step that can end, and none waits for itself; every name is given once."""
    marks: dict[str, int] = {}
    for number, step in enumerate(form.timeline):
        if step.mark is not None and marks.setdefault(step.mark, number) != number:
            wrong = f"the mark {quoted(step.mark)} is set twice, first at timeline[{marks[step.mark]}]"
            findings.add(("timeline", number, "mark"), wrong, "rename one of them")
    ids: dict[str, int] = {}
    for number, step in enumerate(form.timeline):
        if step.id is not None and step.id in ids:
            wrong = f"the id {quoted(step.id)} is given twice, first at timeline[{ids[step.id]}]"
            findings.add(("timeline", number, "id"), wrong, "rename one of them")
        elif step.id is not None:
            ids[step.id] = number
    circles = _in_circles(form, ids)
    for number, step in enumerate(form.timeline):
        if step.after is None:
            continue
        path: Path = ("timeline", number, "after")
        if step.after not in ids and findings.enough:
            findings.missing(path, "", "")
            continue
        if step.after not in ids:
            right = meant(step.after, ids) if ids else 'give that step an id = "…"'
            findings.missing(path, f"no step has the id {quoted(step.after)}", right)
            continue
        before = form.timeline[ids[step.after]]
        if before.stop is not None:
            findings.add(path, "it can never start: the drill ends with that step", "name another one")
        elif before.always is not None and before.for_ is None:
            findings.add(path, "it can never start: that step holds until the end of the drill", "give that one a for")
        elif _never_ends(before, form):
            right = "give that one a for, or undo it with an action"
            findings.add(path, "it can never start: that fault lasts until the end of the drill", right)
        elif number in circles:
            findings.add(path, "it can never start: it waits for itself", "begin the chain with at or when")


def _never_ends(step: StepForm, form: DrillForm) -> bool:
    """Whether a step is a fault of a place that lasts until it is undone, in a drill in which nothing is done."""
    lasting = step.fault is not None and step.fault.startswith(_OF_A_PLACE) and step.for_ is None
    return lasting and not any(other.action for other in form.timeline)


def _in_circles(form: DrillForm, ids: Mapping[str, int]) -> set[int]:
    """The steps that wait for themselves, or for one that does."""
    begins: set[int] = set()
    circles: set[int] = set()
    for number in range(len(form.timeline)):
        chain: dict[int, None] = {}
        at: int | None = number
        while at is not None and at not in chain and at not in begins and at not in circles:
            chain[at] = None
            at = ids.get(form.timeline[at].after or "")
        (circles if at in chain or at in circles else begins).update(chain)
    return circles
