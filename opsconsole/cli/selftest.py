"""The self-test of `opsconsole doctor`: does this installation simulate the same thing twice, and keep a journal?

Each test is a function that raises when something is wrong. All of them together have five seconds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.cli.terminal import write_traceback

if TYPE_CHECKING:
    from opsconsole.engine.session import Session

LIMIT_S: Final = 5.0
"""Wall seconds that it may take in all."""

FLEET: Final = "aurora_mysql"
OUTAGE: Final = "az:outage us-east-1a for=10m"
LENGTH_S: Final = 1800
_US: Final = 1_000_000


class Wrong(Exception):
    """What a test found, as a sentence."""


class Budget:
    """What is left of the time, from when it is made."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._until_s = time.monotonic() + limit_s

    def check(self) -> None:
        """Raise ``Wrong`` when it is spent."""
        if time.monotonic() > self._until_s:
            raise Wrong(f"not done within {self._limit_s:g} s")


def run_selftest(tell: Callable[[str, str, str], None], limit_s: float = LIMIT_S) -> bool:
    """Run every test and tell of each: ok or failed, what it is about, how long it took or what is wrong."""
    budget, passed = Budget(limit_s), True
    for title, test in (
        ("half an hour with a zone outage, twice: the same event log", _same_twice),
        ("a journal: written, read back, replayed to the same event log", _journal),
        ("a journal's torn last line is dropped, a changed byte is found", _harmed_journal),
    ):
        began = time.monotonic()
        try:
            budget.check()
            test(budget)
        except Wrong as wrong:
            passed = False
            tell("failed", title, str(wrong))
        except Exception as error:
            passed = False
            tell("failed", title, f"{type(error).__name__}: {error} (more in {write_traceback(error)})")
        else:
            tell("ok", title, f"{time.monotonic() - began:.2f} s")
    return passed


def _same_twice(budget: Budget) -> None:
    first, second = (_played(budget).cloud.log for _ in range(2))
    if not first.count or first.digest != second.digest:
        raise Wrong(f"{first.count} events with digest {first.digest}, then {second.count} with {second.digest}")


def _journal(budget: Budget) -> None:
    from opsconsole.engine.journal import read_journal
    from opsconsole.engine.replay import replay

    with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:
        path = Path(folder) / "test.journal"
        session = _played(budget, path)
        again = replay(read_journal(path))
    if session.recorder is None or session.recorder.trouble is not None:
        raise Wrong(f"not recorded: {session.recorder and session.recorder.trouble}")
    if again.cloud.log.digest != session.cloud.log.digest:
        raise Wrong(f"digest {session.cloud.log.digest}, replayed {again.cloud.log.digest}")


def _harmed_journal(budget: Budget) -> None:
    from opsconsole.engine.journal import JournalDamage, read_journal

    with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:
        path = Path(folder) / "test.journal"
        _played(budget, path, length_s=60)
        whole, records = path.read_bytes(), read_journal(path).records
        path.write_bytes(whole[:-9])
        torn = read_journal(path)
        if not torn.torn or torn.records != records[:-1]:
            raise Wrong("a last line that was cut off was not dropped")
        path.write_bytes(whole.replace(OUTAGE.encode(), OUTAGE.replace("1a", "1b").encode()))
        try:
            read_journal(path)
        except JournalDamage as damage:
            if damage.line == 2:
                return
        raise Wrong("line 2 was changed, and it was not noticed there")


def _played(budget: Budget, journal: Path | None = None, length_s: int = LENGTH_S) -> Session:
    """A shipped fleet with an outage at its start, in slices so that the time is minded."""
    from opsconsole.commands import parse
    from opsconsole.engine.begin import begin
    from opsconsole.fleet import load_fleet

    session = begin(load_fleet(FLEET), journal=journal, live=journal is not None)
    try:
        session.ask(parse(OUTAGE), "doctor")
        for minute in range(60, length_s + 60, 60):
            session.run_until(minute * _US)
            budget.check()
    finally:
        session.close()
    return session
