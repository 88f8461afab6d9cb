"""The console in a real (pseudo) terminal: it paints, it leaves in order, and it survives the terminal's end."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from opsconsole.console.terminal import GRACE_S
from opsconsole.engine.journal import read_journal
from tests.console.pseudo_terminal import opsconsole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal")


def test_it_paints_takes_keys_and_leaves_in_order(tmp_path: Path) -> None:
    journal = tmp_path / "a.journal"
    with opsconsole("global_aurora", "--journal", str(journal)) as terminal:
        terminal.wait_for(b"checkout")
        terminal.type(b" ")
        terminal.wait_for(b"paused")
        terminal.type(b"q")
        code, _ = terminal.end()
        terminal.read(0.1)
    assert code == 0
    assert b"\x1b[?1049l" in terminal.written
    assert b"opsconsole resume" in terminal.written
    assert b"Traceback" not in terminal.written
    assert read_journal(journal).last_us > 0


@pytest.mark.parametrize("ignore_hangup", [False, True], ids=["sighup", "no signal, only the end of input"])
def test_a_terminal_that_goes_away_ends_it_soon_and_keeps_the_journal(tmp_path: Path, ignore_hangup: bool) -> None:
    journal = tmp_path / "a.journal"
    with opsconsole(
        "global_aurora", "--do", "T+1s az:outage us-east-1a", "--journal", str(journal), ignore_hangup=ignore_hangup
    ) as terminal:
        terminal.wait_for(b"1 fault")
        terminal.hang_up()
        began = time.monotonic()
        code, cpu_s = terminal.end(20)
    assert code == 4
    assert time.monotonic() - began < GRACE_S  # in order, not by the emergency exit
    assert cpu_s < 10  # all of its life: it did not spin
    contents = read_journal(journal)
    assert [asked.command for asked in contents.asked] == ["az:outage us-east-1a"]
    assert not contents.torn


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_told_to_end_it_restores_the_terminal_and_finishes_the_journal(tmp_path: Path, number: signal.Signals) -> None:
    journal = tmp_path / "a.journal"
    with opsconsole("global_aurora", "--journal", str(journal)) as terminal:
        terminal.wait_for(b"checkout")
        os.kill(terminal.pid, number)
        code, _ = terminal.end()
        terminal.read(0.1)
    assert code == 4
    assert b"\x1b[?1049l" in terminal.written
    assert b"Traceback" not in terminal.written
    assert not read_journal(journal).torn


def test_a_file_that_is_wrong_is_told_in_words_after_the_screen_is_itself_again(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("nonsense = 1\n")
    with opsconsole(str(file), "--no-journal") as terminal:
        code, _ = terminal.end()
        terminal.read(0.1)
    assert code == 2
    said = terminal.written.rpartition(b"\x1b[?1049l")[2]
    assert b"bad.toml" in said
    assert b"Traceback" not in terminal.written


def test_no_color_uses_no_colour(tmp_path: Path) -> None:
    with opsconsole("global_aurora", "--no-journal", NO_COLOR="1") as terminal:
        terminal.wait_for(b"checkout")
        terminal.type(b"q")
        terminal.end()
    rgb = {tuple(map(int, found)) for found in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.written)}
    assert rgb
    assert all(max(colour) - min(colour) <= 1 for colour in rgb), rgb


def test_on_a_terminal_with_sixteen_colours_it_asks_for_no_others() -> None:
    with opsconsole("global_aurora", "--no-journal", "--projector", TERM="xterm", COLORTERM="") as terminal:
        terminal.wait_for(b"checkout")
        terminal.type(b"q")
        terminal.type(b"q")
        terminal.end()
    assert not re.findall(rb"[34]8;[25];", terminal.written)
    assert b";40m" in terminal.written  # on black
    assert re.search(rb"\x1b\[[0-9;]*9[0-7][;m]", terminal.written)  # in bright colours


def test_ascii_draws_with_plain_ascii(tmp_path: Path) -> None:
    with opsconsole("global_aurora", "--no-journal", "--ascii") as terminal:
        terminal.wait_for(b"checkout")
        terminal.type(b"q")
        terminal.end()
    painted = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", terminal.written).decode()
    assert painted.isascii(), sorted({char for char in painted if not char.isascii()})
