"""The doctor tells of versions, terminal and paths, and its self-test fails when something is wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opsconsole.cli import selftest
from opsconsole.cli.main import main
from opsconsole.engine.recording import Recorder


def test_a_sound_installation_is_well(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm-256color", "PYTHONIOENCODING": "ascii"}
    program = (
        "import sys; from opsconsole.cli.main import main; code = main(['doctor']);"
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert ended.returncode == 0
    assert "textual" not in ended.stderr.split()
    for said in (
        "opsconsole  ",
        "pydantic  ",
        "xterm-256color",
        "not in ascii: open the console with --ascii",
        "4 fleets",
    ):
        assert said in ended.stdout
    assert str(tmp_path) in ended.stdout
    assert ended.stdout.count("\n  ok ") == 3
    assert ended.stdout.endswith("all is well\n")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_names, **_options: tmp_path / "file" / "state")
    monkeypatch.setattr(selftest, "run_selftest", lambda tell: True)
    assert main(["doctor"]) == 0
    assert f"{tmp_path / 'file'} cannot be written: give --journal FILE" in capsys.readouterr().out


def test_a_self_test_that_fails_is_exit_5_and_a_sentence_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forget(recorder: Recorder, *_what: object) -> None:
        """Record nothing that is asked."""

    def unlucky(budget: selftest.Budget) -> None:
        raise ZeroDivisionError("nothing left")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Recorder, "asked", forget)
    monkeypatch.setattr(selftest, "_same_twice", unlucky)
    assert main(["doctor"]) == 5
    out, err = capsys.readouterr()
    assert "failed  half an hour" in out
    assert "ZeroDivisionError: nothing left" in out
    assert "failed  a journal: written" in out
    assert "the self-test failed" in out
    assert "Traceback" not in out + err


def test_the_self_test_gives_up_when_its_time_is_over() -> None:
    told: list[tuple[str, str, str]] = []
    began = time.monotonic()
    assert not selftest.run_selftest(lambda *row: told.append(row), limit_s=0.0)
    assert time.monotonic() - began < 1
    assert [(verdict, found) for verdict, _, found in told] == [("failed", "not done within 0 s")] * 3
