"""`opsconsole attach` on the command line: which session is meant, who may, and what is told at the end."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.cli.state import default_journal, meeting_folder
from opsconsole.console.options import ConsoleOptions, Sharing
from opsconsole.engine.begin import begin
from opsconsole.engine.sharing.meeting import Card
from opsconsole.engine.sharing.messages import Role
from opsconsole.fleet import load_fleet
from tests.console.pseudo_terminal import opsconsole

posix_only = pytest.mark.skipif(os.name != "posix", reason="Unix sockets and pseudo terminals")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_names, **_options: tmp_path / "state")
    return meeting_folder()


@contextmanager
def listening(folder: Path, name: str) -> Iterator[None]:
    """What another process leaves in the folder while its session runs, and somebody who takes connections."""
    folder.mkdir(exist_ok=True, mode=0o700)
    with socket.create_server(("127.0.0.1", 0)) as server:
        card = Card(name=name, fleet="A fleet", pid=1, admits=Role.WATCH, token="t", port=server.getsockname()[1])
        (folder / f"{name}.json").write_text(card.model_dump_json())
        yield


def test_without_a_session_it_says_how_to_open_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attach"]) == 2
    assert "no session is running that can be attached to\n`opsconsole global_aurora`" in capsys.readouterr().err
    with listening(folder, "killed"):
        pass
    assert main(["attach", "killed"]) == 2
    assert "no session is running" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_of_several_sessions_one_must_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(folder, "orders-1"), listening(folder, "orders-12"), listening(folder, "billing"):
        assert main(["attach"]) == 2
        err = capsys.readouterr().err
        assert "3 sessions are running: say which\n" in err
        assert "\n  opsconsole attach billing    A fleet\n" in err
        assert main(["attach", "orders"]) == 2
        assert "2 sessions are running: say which\n" in capsys.readouterr().err
        assert main(["attach", "nope"]) == 2
        assert "no running session is called nope\n" in capsys.readouterr().err
        for name in ("b", "orders-1"):  # the beginning of one, and all of another
            assert main(["attach", name]) == 2
            assert "the console needs a terminal" in capsys.readouterr().err


def test_a_name_that_no_journal_could_hold_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a b", "ä", "x" * 33, "\x1b[31m"):
        assert main(["attach", "--as", name]) == 2
        assert "is no name: up to 32 letters, digits, dots" in capsys.readouterr().err


@posix_only
def test_a_killed_session_is_told_with_what_resumes_it(tmp_path: Path, folder: Path) -> None:
    journal = tmp_path / "a.journal"
    with opsconsole("aurora_mysql", "--journal", str(journal)) as leader:
        leader.wait_for(b"checkout")
        with opsconsole("attach", "--role", "instructor", "--as", "ana") as follower:
            leader.wait_for(b"1 instructor (ana)")
            follower.wait_for(b"checkout")
            os.kill(leader.pid, signal.SIGKILL)
            leader.end()
            assert follower.end()[0] == 4
            follower.wait_for(f"the session ended abruptly; go on with it:\r\n  opsconsole resume {journal}".encode())


@pytest.mark.parametrize(
    ("arguments", "instructors"),
    [
        (["aurora_mysql"], True),
        (["aurora_mysql", "--attach", "watch"], False),
        (["aurora_mysql", "--read-only"], False),
        (["aurora_mysql", "--no-attach"], None),
        (["drill", "az_outage", "--console"], True),
        (["drill", "az_outage", "--console", "--no-attach"], None),
    ],
)
def test_who_may_attach_is_said_when_the_console_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], instructors: bool | None
) -> None:
    opened: list[Sharing | None] = []

    def run_console(opening: object, options: ConsoleOptions, drill: object = None, **_: object) -> int:
        opened.append(options.sharing)
        return 0

    monkeypatch.setattr("opsconsole.console.app.run_console", run_console)
    for module in ("console", "drill_console"):
        monkeypatch.setattr(f"opsconsole.cli.{module}.need_terminal", lambda: None)
    assert main(arguments) in (0, 4)
    assert opened == [None if instructors is None else Sharing(folder, instructors)]


def test_a_running_session_is_listed_with_how_to_attach_to_it(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = default_journal("orders")
    session = begin(load_fleet("aurora_mysql"), journal=journal)
    with listening(folder, journal.stem):
        assert main(["sessions"]) == 0
    assert f"running\n    opsconsole attach {journal.stem}\n" in capsys.readouterr().out
    session.close()
