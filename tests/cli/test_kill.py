"""kill -9 at random instants of a console in a terminal: what was recorded holds, and the session goes on identical.

A few by default; ``OPSCONSOLE_KILLS=50`` for as many as one likes, ``-s`` to see what they met.
"""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.commands import timed
from opsconsole.engine.begin import begin
from opsconsole.engine.eventfile import EventFile
from opsconsole.engine.journal import JournalError, read_journal
from opsconsole.engine.records import Contents
from opsconsole.engine.session import Scripted
from opsconsole.fleet import load_fleet
from tests.console.pseudo_terminal import Terminal, opsconsole

KILLS = int(os.environ.get("OPSCONSOLE_KILLS", "3"))
LONGEST_S = 2.0 if KILLS <= 3 else 6.0
"""Wall seconds that a session lives at most from its first picture, or its journal's first byte."""

FLEET, SEED = "aurora_mysql", 11
MORE_S = 900
"""Virtual seconds for which it goes on afterwards."""

SCRIPT = [
    "T+3s mark three",
    "T+10s az:outage us-east-1c for=1m",
    "T+15s rds:failover-db-cluster orders",
    "T+22s sim:crash-instance orders-2",
    "T+35s sim:crash-instance orders-1",
    "T+50s rds:reboot-db-instance orders-2",
    "T+75s sim:crash-host orders-2",
    "T+100s region:outage us-east-1 for=20s",
    "T+130s heal all",
    "T+150s rds:failover-db-cluster orders",
    "T+400s az:outage us-east-1a for=2m",
]
ENTER, PALETTE, DO_IT = b"\r", b"\x10", b"\x1b[21~"
KEYS = (b" ", b" ", b"+", b"-", b".", b" ", b"v", b"v")
"""Pause, on, faster, slower, a step, on, and two looks."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal, and kill -9")


class Victim:
    """A console that is operated by hand until it is killed, at an instant that nothing it does depends on."""

    def __init__(self, terminal: Terminal, lives_s: float) -> None:
        self._terminal = terminal
        self._dead = threading.Event()
        self._timer = threading.Timer(lives_s, self._kill)
        self._timer.start()

    def operate(self) -> None:
        """Brake off; then a command by hand and keys, over and over."""
        self._terminal.type(b"b")
        self._terminal.type(b"r")  # it may have bitten already
        number = 0
        while not self._dead.is_set():
            number += 1
            self._command(b"mark by-hand-%d" % number)
            for key in KEYS:
                self._press(key)
        self._timer.join()
        assert self._terminal.end()[0] == 128 + signal.SIGKILL

    def _kill(self) -> None:
        os.kill(self._terminal.pid, signal.SIGKILL)
        self._dead.set()

    def _command(self, line: bytes) -> None:
        self._press(PALETTE, b"orders-3")  # in the hint of an empty palette
        self._press(line, line)
        self._press(b"", seconds=0.15)  # it looks for what fits
        self._press(ENTER, b"ctrl+s")
        self._press(DO_IT)

    def _press(self, key: bytes, answer: bytes | None = None, seconds: float = 0.03) -> None:
        """Press it; wait for what it shows, or a little."""
        before, until = len(self._terminal.written), time.monotonic() + (seconds if answer is None else 1.0)
        if not self._dead.is_set():
            self._terminal.type(key)
        while not self._dead.is_set() and time.monotonic() < until:
            if answer is not None and answer in self._terminal.written[before:]:
                return
            self._terminal.read(0.01)


def play_and_kill(terminal: Terminal, journal: Path, number: int) -> None:
    """Two of three are killed some time after they are on the screen, the third from its journal's first byte on."""
    while not journal.exists():
        terminal.read(0.005)
    if number % 3 != 2:
        terminal.wait_for(b"checkout")
    Victim(terminal, random.Random(number).uniform(0, LONGEST_S)).operate()


def rest_of_script(contents: Contents) -> list[str]:
    """What the script has not asked yet."""
    return SCRIPT[sum(asked.who == "script" for asked in contents.asked) :]


def uninterrupted(contents: Contents, until_us: int, events: Path) -> int:
    """The event log of a run that nobody killed, with the same commands at the same times; the rows it has."""
    log = EventFile(events)
    session = begin(load_fleet(FLEET), seed=SEED, attach=log.attach)
    asked = [(asked.t, asked.who, asked.command) for asked in contents.asked]
    rest = [(timed(line)[0], "script", line.split(maxsplit=1)[1]) for line in rest_of_script(contents)]
    session.schedule(Scripted(at, who, timed(line)[1]) for at, who, line in asked + rest)
    session.run_until(until_us)
    log.close()
    return session.cloud.log.count


def test_a_console_killed_at_any_instant_goes_on_as_if_it_had_not_been(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    met = []
    for number in range(KILLS):
        journal, events, whole = (tmp_path / f"{number}.{kind}" for kind in ("journal", "events", "whole"))
        do = [word for line in SCRIPT for word in ("--do", line)]
        with opsconsole(FLEET, "--seed", str(SEED), "--speed", "120", "--journal", str(journal), *do) as terminal:
            play_and_kill(terminal, journal, number)
        try:
            contents = read_journal(journal)
        except JournalError:
            assert b"\n" not in journal.read_bytes()  # killed between the file's making and its first line
            met.append("before its first line")
            continue
        assert [asked.command for asked in contents.asked if asked.who == "script"] == [
            line.split(maxsplit=1)[1] for line in SCRIPT if timed(line)[0] <= contents.last_us
        ]
        rest = [word for line in rest_of_script(contents) for word in ("--do", line)]
        resumed = ["resume", str(journal), "--headless", "--events", str(events), "--for", f"{MORE_S}s", *rest]
        assert main(resumed) == 0, capsys.readouterr()
        rows = uninterrupted(contents, contents.last_us + MORE_S * 1_000_000, whole)
        assert events.read_bytes() == whole.read_bytes()
        assert rows > 40
        by_hand = sum(asked.who != "script" for asked in contents.asked)
        met.append(
            f"at T+{contents.last_us / 1e6:.3f}s: {len(contents.asked)} asked ({by_hand} by hand), "
            f"{contents.checkpoints[-1].rows if contents.checkpoints else 0} rows checked, "
            f"{'torn, ' if contents.torn else ''}{rows} rows in the end the same"
        )
    capsys.readouterr()
    print(*(f"\nkill {number} {what}" for number, what in enumerate(met)))
