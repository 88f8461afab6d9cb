"""Make a failing case smaller while it fails in the same way: fewer commands, then fewer things in the fleet."""

from __future__ import annotations

import time
from dataclasses import replace

from tests.swarm.run import Case, Result, run

PATIENCE_S = 90.0


def shrink(failing: Result, patience_s: float = PATIENCE_S) -> Result:
    """The smallest case found in the time given, with its result."""
    deadline = time.monotonic() + patience_s
    lines, _ = failing.case.script()
    keep = failing.case.keep if failing.case.keep is not None else tuple(range(len(lines)))
    best = replace(failing)
    best = _try(best, replace(best.case, keep=tuple(n for n in keep if lines_before(failing, n)))) or best
    while time.monotonic() < deadline:
        smaller = _fewer_commands(best, deadline) or _fewer_things(best, deadline)
        if smaller is None:
            break
        best = smaller
    return best


def lines_before(failing: Result, number: int) -> bool:
    """Whether a line of the script had been asked when it failed."""
    lines, _ = failing.case.whole_script()
    return lines[number].t <= failing.t


def _try(best: Result, case: Case) -> Result | None:
    if case == best.case:
        return None
    result = run(case)
    return result if result.failure == best.failure else None


def _fewer_commands(best: Result, deadline: float) -> Result | None:
    """Drop halves, quarters … single commands."""
    found: Result | None = None
    keep = best.case.keep or ()
    size = max(1, len(keep) // 2)
    while keep:
        start = 0
        while start < len(keep) and time.monotonic() < deadline:
            fewer = keep[:start] + keep[start + size :]
            smaller = _try(best, replace(best.case, keep=fewer))
            if smaller is not None:
                found = best = smaller
                keep = fewer
            else:
                start += size
        if size == 1 or time.monotonic() >= deadline:
            break
        size //= 2
    return found


def _fewer_things(best: Result, deadline: float) -> Result | None:
    found: Result | None = None
    for id in best.case.plan().ids():
        if time.monotonic() >= deadline:
            break
        smaller = _try(best, replace(best.case, without=(*best.case.without, id)))
        if smaller is not None:
            found = best = smaller
    return found
