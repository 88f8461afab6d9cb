"""The doctor tells of versions, terminal and paths, and its self-test fails when something is wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opsconsole.cli import selftest
from opsconsole.cli.main import main
from opsconsole.console.rebinding import read_keys
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


def test_keys_and_settings_that_cannot_be_used_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_names, **_options: tmp_path)
    monkeypatch.setattr(selftest, "run_selftest", lambda tell: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    (tmp_path / "keys.toml").write_text("[keys]\npuase = 'p'\n")
    (tmp_path / "console.toml").write_text("theme = 'lite'\n")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "there is no action 'puase'; did you mean pause?" in out
    assert 'console does not open with it: there is no theme "lite"' in out


@pytest.mark.skipif(os.name != "posix", reason="a shell that closes a stream")
def test_it_runs_with_its_streams_closed(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    command = f"{sys.executable} -m opsconsole --version <&- >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", command], check=False, env=environment).returncode == 0


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 50_000, "x = " + "9" * 5_000, "\x00", "keys = 1", "[keys]\npause = []"]
)
def test_keys_of_any_text_are_problems_with_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    assert str(file) in read_keys(file).problems[0]


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
