"""How the tests write a drill: a few lines of TOML on a shipped fleet, run at once."""

from __future__ import annotations

from pathlib import Path

from opsconsole.drills.load import parse_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import CheckResult, DrillResult
from opsconsole.drills.running import run_drill
from opsconsole.drills.spec import Drill

ALWAYS_TRUE = '{ at = "1s", expect = "checkout.writes.due > 0/s", within = "1s" }'


def drill(*rows: str, fleet: str = "aurora_mysql", length: str = "10m", before: str = "", after: str = "") -> Drill:
    """A drill whose timeline has these rows."""
    timeline = "".join(f"  {row},\n" for row in rows)
    head = f'title = "A test"\nfleet = "{fleet}"\nlength = "{length}"\n{before}\n'
    return parse_drill(f"{head}timeline = [\n{timeline}]\n{after}\n", Path("test.toml"))


def run(*rows: str, manner: Manner | None = None, **how: str) -> DrillResult:
    """What comes of it."""
    return run_drill(drill(*rows, **how), manner=manner, detail=False)


def check(result: DrillResult, id: str) -> CheckResult:
    """One check of a result, by its id."""
    return next(one for one in result.checks if one.id == id)
